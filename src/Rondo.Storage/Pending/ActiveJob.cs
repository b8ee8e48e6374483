using Rondo.Core;

namespace Rondo.Storage.Pending;

/// <summary>What the store keeps in memory of a job that is unfinished, or whose end is not in the tables yet.</summary>
internal sealed class ActiveJob(JobId id, long key, JobTerms terms) : KnownByJobId<ActiveJob>(id)
{
    private Chain _even = Chain.None;
    private Chain _odd = Chain.None;

    // One more than the end, 0 for none: an optional value would take eight bytes of each job that waits.
    private byte _end;

    /// <summary>Its key in the tables.</summary>
    public long Key => key;

    /// <summary>What lists will say of it.</summary>
    public JobTerms Terms => terms;

    /// <summary>How many records it has, those of the commit under way included.</summary>
    public int Records { get; set; }

    /// <summary>How many of them are in the tables.</summary>
    public int Stored { get; set; }

    /// <summary>The part of the digest of its rows in the tables; the writer's own.</summary>
    public ulong Digest { get; set; }

    /// <summary>How it ended, at its home; null before.</summary>
    public JobEnd? End
    {
        get => _end == 0 ? null : (JobEnd)(_end - 1);
        set => _end = value is { } end ? (byte)(end + 1) : (byte)0;
    }

    /// <summary>When it ended, in UTC ticks.</summary>
    public long EndedAt { get; set; }

    /// <summary>True once it was held for another home and is forgotten.</summary>
    public bool IsDropped { get; set; }

    /// <summary>True when it takes no more records.</summary>
    public bool IsOver => End is not null || IsDropped;

    /// <summary>Its records in a batch. There are two batches at most: one that takes commits in, one that is being written.</summary>
    public ref Chain In(PendingBatch batch) => ref batch.IsEven ? ref _even : ref _odd;

    /// <summary>The first and the last of a job's records in a batch; each tells where the next one is.</summary>
    public record struct Chain(int First, int Last)
    {
        public static Chain None => new(-1, -1);

        public readonly bool IsEmpty => First < 0;
    }
}
