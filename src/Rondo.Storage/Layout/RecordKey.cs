namespace Rondo.Storage.Layout;

/// <summary>
/// The key of a record's row: the job's key and, in the low bits, the record's place among the job's. The key of a job of this home is its
/// number; jobs held for other homes have negative keys, handed out by the store.
/// </summary>
internal static class RecordKey
{
    private const int SequenceBits = 20;

    /// <summary>The most records that a job can have.</summary>
    public const int MaxRecords = 1 << SequenceBits;

    /// <summary>The highest number of a job.</summary>
    public const long MaxJob = long.MaxValue >> SequenceBits;

    public static long Of(long job, int sequence) => (job << SequenceBits) + sequence;

    public static long First(long job) => Of(job, 0);

    public static long Last(long job) => Of(job, MaxRecords - 1);

    public static int SequenceOf(long key) => (int)(key & (MaxRecords - 1));
}
