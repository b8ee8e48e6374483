using Rondo.Core;

namespace Rondo.Storage.Tests.Stores;

/// <summary>An endless order of records that the core could write.</summary>
internal sealed class RandomJobs(Random random)
{
    private readonly List<JobId> _own = [];
    private readonly List<JobId> _held = [];
    private long _lastNumber;
    private long _lastForeign;
    private long _epoch;

    public Record Next()
    {
        switch (random.Next(20))
        {
            case 0:
                return new Record.Minted(++_epoch);
            case 1:
                return new Record.MemberKnown(Samples.Member with { Id = Member(), Incarnation = new Incarnation(random.Next(1, 9)) });
            case 2:
                return new Record.MemberGone(Member(), new Incarnation(9));
            case < 7:
                var accepted = Lives.Accepted(++_lastNumber, Content(), Text(), Text());
                _own.Add(accepted.Id);
                return accepted;
            case < 10:
                var held = Lives.Held(++_lastForeign, content: Content());
                _held.Add(held.Id);
                return held;
            case < 13 when _own.Count > 0:
                return Lives.Finished(Take(_own), (JobEnd)random.Next(3), new JobOutput(new byte[Size(3)], new byte[Size(2)]));
            case < 15 when _held.Count > 0:
                return new Record.Dropped(Take(_held), Samples.At);
            case < 18 when _held.Count > 0:
                return Step(_held[random.Next(_held.Count)]);
            default:
                return _own.Count > 0 ? Step(_own[random.Next(_own.Count)]) : new Record.Minted(++_epoch);
        }
    }

    private Record Step(JobId id) =>
        random.Next(7) switch
        {
            0 => new Record.Offered(id, Samples.At, Samples.Peer, new TransferNumber(1), 4),
            1 => new Record.HandedOver(id, Samples.At, Samples.Peer, new TransferNumber(1)),
            2 => new Record.Started(id, Samples.At, new Attempt(1)),
            3 => new Record.Interrupted(id, Samples.At, false),
            4 when id.Home != Samples.Self => Lives.Held(id.Number, 2, Content()),
            5 when id.Home != Samples.Self => Lives.Finished(id),
            _ => new Record.TakenBack(id, Samples.At, Samples.Peer, new TransferNumber(4096), new Attempt(1), 1, "why"),
        };

    private JobContent Content() => Lives.Content(Size(4));

    // Some are so large that they are not copied on their way.
    private int Size(int steps) => random.Next(16) == 0 ? 100_001 : random.Next(steps) * 2_500;

    private string? Text() =>
        random.Next(4) switch
        {
            0 => null,
            1 => "a\0b",
            2 => "žluťoučký 🐎",
            _ => $"name {random.Next(5)}",
        };

    private ExecutorId Member() => ExecutorId.Parse($"m{random.Next(4)}");

    private JobId Take(List<JobId> from)
    {
        var at = random.Next(from.Count);
        var id = from[at];
        from.RemoveAt(at);
        return id;
    }
}
