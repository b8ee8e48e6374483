using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using Microsoft.AspNetCore.Http;
using Rondo.Executor.Loop;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Bounds the bytes of all request bodies, and lines of them, that are in memory until their jobs are on the disk.</summary>
[SuppressMessage("Design", "CA1001", Justification = "A semaphore whose wait handle is never asked for holds nothing to dispose of.")]
internal sealed class BodyBudget(int bodyMaxBytes)
{
    /// <summary>How many bodies of the largest size fit.</summary>
    private const long LargestBodies = 8;

    private const long LeastBytes = 8L << 20;

    private const int BlockBytes = 64 * 1024;

    /// <summary>So much of what a client announces it is given room for at once.</summary>
    private const int BlockMaxBytes = 1 << 20;

    private const int LargeAtOnce = 2;

    private readonly SemaphoreSlim _large = new(LargeAtOnce);
    private readonly ByteBudget _budget = new(Math.Max(LargestBodies * bodyMaxBytes, LeastBytes));

    /// <summary>The most bytes of all of them together.</summary>
    public long MaxBytes => _budget.MaxBytes;

    /// <summary>What one request takes of it, to begin with nothing.</summary>
    public ByteBudget.Share Open() => _budget.Open();

    /// <summary>Waits for the turn to take a large body apart: only so many are, since some of it is in memory twice meanwhile.</summary>
    public async ValueTask<IDisposable> LargeTurnAsync(CancellationToken cancellationToken)
    {
        await _large.WaitAsync(cancellationToken);
        return new Turn(_large);
    }

    /// <summary>Reads a whole body.</summary>
    /// <param name="share">What its bytes count in, until that is given back.</param>
    /// <returns>The body, in memory that nobody else has.</returns>
    /// <exception cref="HttpProblem">The body, or all bodies together, are too large.</exception>
    public async Task<Memory<byte>> ReadAsync(HttpContext context, ByteBudget.Share share)
    {
        // The bound is kept here. With one of its own the server would reset the connection beyond it; so it reads what is left of a refused body and throws
        // it away, for five seconds, and a client that sends all before it reads sees the answer.
        context.LimitBody(null);
        var expected = context.Request.ContentLength;
        if (expected > bodyMaxBytes)
        {
            throw TooLarge();
        }

        // It grows as bytes come: whoever announces many and sends none takes little room from others.
        using var begun = new GatheredBytes();
        var block = GC.AllocateUninitializedArray<byte>((int)Math.Min(BlockMaxBytes, expected ?? BlockBytes));
        var (length, counted) = (0, 0L);
        while (true)
        {
            if (length == block.Length && begun.Length + length != expected)
            {
                MakeRoom();
            }

            Count();

            // With all that was announced there is only the end left to read.
            var read = await context.Request.Body.ReadAsync(
                length < block.Length ? block.AsMemory(length) : new byte[1],
                context.RequestAborted
            );
            if (read == 0)
            {
                return begun.Length == 0 ? block.AsMemory(0, length) : begun.Join(new ReadOnlySequence<byte>(block, 0, length));
            }

            length += read;
            if (begun.Length + length is var all && (all > bodyMaxBytes || all > expected))
            {
                throw TooLarge();
            }
        }

        void MakeRoom()
        {
            if (length < BlockMaxBytes)
            {
                Array.Resize(ref block, Math.Min(4 * length, BlockMaxBytes));
                return;
            }

            begun.Add(block);
            length = 0;
        }

        void Count()
        {
            var room = Math.Min((long)begun.Length + block.Length, expected ?? bodyMaxBytes);
            if (!share.TryTake(room - counted))
            {
                throw Full();
            }

            counted = room;
        }
    }

    /// <summary>What a client is told whose job is larger than any may be.</summary>
    public HttpProblem TooLarge() =>
        HttpProblem.TooLarge(
            $"a job is at most {bodyMaxBytes} bytes of JSON, in which Base64 takes a third more (rondo start --job-max); put larger data where the job can fetch it"
        );

    /// <summary>What a client is told when there is no room for its body now.</summary>
    public HttpProblem Full() => HttpProblem.Full($"requests of {MaxBytes >> 20} MiB are being taken in already; try again in a moment");

    private sealed class Turn(SemaphoreSlim large) : IDisposable
    {
        public void Dispose() => large.Release();
    }
}
