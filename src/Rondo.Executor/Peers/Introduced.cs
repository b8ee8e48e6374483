using Rondo.Core;
using Rondo.Executor.Peers.V1;

namespace Rondo.Executor.Peers;

/// <summary>Who one end of a stream is, as it introduces itself.</summary>
/// <param name="Instance">Drawn at each start: tells apart two executors that run on copies of one data directory.</param>
internal readonly record struct Introduced(ExecutorId Id, Incarnation Incarnation, ulong Instance)
{
    /// <summary>The version of the stream's protocol that both sides need.</summary>
    public const int Protocol = 1;

    /// <summary>The first frame.</summary>
    public RingFrame ToFrame() =>
        new()
        {
            Introduction = new Introduction
            {
                Protocol = Protocol,
                Executor = Id.ToString(),
                Incarnation = Incarnation.Value,
                Instance = Instance,
            },
        };

    /// <summary>Reads the other side's first frame.</summary>
    /// <exception cref="IntroductionException">It is none, or of a version that is not understood.</exception>
    public static Introduced From(RingFrame frame) =>
        frame.Introduction switch
        {
            null => throw new IntroductionException("the other side did not introduce itself: is this the ring address of an executor?"),
            { Protocol: var other } when other != Protocol => throw new IntroductionException(
                $"the other side speaks ring protocol {other}, this executor speaks {Protocol}: run versions of Rondo that go together"
            ),
            var it when ExecutorId.TryParse(it.Executor, out var id) && it.Incarnation > 0 => new Introduced(
                id,
                new Incarnation(it.Incarnation),
                it.Instance
            ),
            var it => throw new IntroductionException(
                $"the other side calls itself '{it.Executor}', incarnation {it.Incarnation}, which no executor can be"
            ),
        };
}

/// <summary>Two executors cannot talk to each other; the message says why.</summary>
internal sealed class IntroductionException(string message) : Exception(message);
