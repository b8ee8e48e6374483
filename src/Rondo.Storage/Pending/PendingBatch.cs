using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Rondo.Core;
using Rondo.Storage.Journals;
using Rondo.Wire;

namespace Rondo.Storage.Pending;

/// <summary>
/// Records on their way into the tables, as the bytes that the journal has: a frame for each commit, in memory from a pool. Large contents and
/// outputs stay where they are, and are written from there.
/// </summary>
internal sealed class PendingBatch(bool isEven) : IBufferWriter<byte>
{
    private const int ChunkBytes = 256 << 10;

    // Larger memory is not kept in the pool: after a flood of large jobs it would stay there.
    private const int PooledMaxBytes = 32 * ChunkBytes;

    /// <summary>A larger content or output is not copied.</summary>
    public const int CopyMaxBytes = 64 << 10;

    // What a record has beside its content or output, roughly; more than that only means that the frame moves once more.
    private const int RecordRestBytes = 1024;

    private readonly List<byte[]> _chunks = [];
    private readonly List<PendingRecord> _records = [];
    private readonly List<ActiveJob> _ended = [];
    private readonly List<(int At, LargeRecord Record)> _frameLarge = [];
    private int _frameRecords;
    private int _frame;
    private int _end;

    public bool IsEven => isEven;

    /// <summary>How many of the records are durable; readers see no others.</summary>
    public int Durable { get; private set; }

    /// <summary>The last commit in it.</summary>
    public ulong LastSequence { get; private set; }

    /// <summary>The bytes of all frames.</summary>
    public long Bytes { get; private set; }

    /// <summary>When the first commit came, as a timestamp of <see cref="Stopwatch"/>.</summary>
    public long Since { get; private set; }

    public bool IsEmpty => _records.Count == 0;

    /// <summary>Whether a commit is under way.</summary>
    public bool IsOpen => _records.Count > Durable;

    public ReadOnlySpan<PendingRecord> Records => System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records);

    /// <summary>The jobs of this home that end in it, in the order of their ends; those whose end is not durable yet included.</summary>
    public IReadOnlyList<ActiveJob> Ended => _ended;

    private byte[] Chunk => _chunks[^1];

    /// <summary>Begins the frame of a commit.</summary>
    /// <param name="records">What will be added to it, as far as it is known: many bytes are not to be moved while the frame grows.</param>
    public void Begin(IReadOnlyList<Record>? records = null)
    {
        var bytes = records is null ? 0 : BytesToCopy(records);
        if (_records.Count == 0)
        {
            Since = Stopwatch.GetTimestamp();
        }

        _frameRecords = _records.Count;
        _frame = _end;
        GetSpan(
            bytes <= 4 * ChunkBytes ? Frame.HeaderBytes : checked((int)(Frame.HeaderBytes + bytes + (records!.Count * RecordRestBytes)))
        );
        Advance(Frame.HeaderBytes);
    }

    /// <summary>Adds a record to the frame.</summary>
    /// <param name="job">Its job; null for a record that is not about one.</param>
    public void Add(Record record, ActiveJob? job)
    {
        GetSpan(Frame.RecordHeaderBytes);
        var at = _end - _frame;
        Advance(Frame.RecordHeaderBytes);
        LargeRecord? large = null;
        if (record is Record.OfJob ofJob && IsLarge(record) && PartedRecord.Of(ofJob) is { } parted)
        {
            large = new LargeRecord(ofJob, parted.Part, parted.PartBytes);
            parted.Before.Span.CopyTo(GetSpan(parted.Before.Length));
            Advance(parted.Before.Length);
            _frameLarge.Add((_end - _frame, large));
        }
        else
        {
            RecordCodec.Encode(record, this);
        }

        Note(record, job, at, large);
    }

    /// <summary>Whether the record's content or output stays where it is.</summary>
    public static bool IsLarge(Record record) => record.LargeBytes() > CopyMaxBytes;

    /// <summary>Adds a record whose bytes are known already.</summary>
    public void Add(Record record, ActiveJob? job, ReadOnlySpan<byte> bytes)
    {
        var at = _end - _frame;
        bytes.CopyTo(GetSpan(Frame.RecordHeaderBytes + bytes.Length)[Frame.RecordHeaderBytes..]);
        Advance(Frame.RecordHeaderBytes + bytes.Length);
        Note(record, job, at);
    }

    /// <summary>Ends the frame.</summary>
    /// <returns>The frame with an empty header, in memory that stays as it is until <see cref="Clear"/>.</returns>
    public StagedFrame End()
    {
        var bytes = _end - _frame - Frame.HeaderBytes;
        foreach (var (_, record) in _frameLarge)
        {
            bytes = checked((int)(bytes + record.PartBytes));
        }

        var padding = Frame.Padding(bytes);
        GetSpan(Frame.Alignment)[..padding].Clear();
        Advance(padding);

        // Only now is it known where the frame is.
        foreach (ref var record in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records)[_frameRecords..])
        {
            record = record with { Chunk = Chunk, At = record.At + _frame };
        }

        var frame = new StagedFrame(Chunk.AsMemory(_frame, _end - _frame), null, bytes);
        Bytes += frame.Length;
        return _frameLarge.Count == 0 ? frame : PutIn(frame);
    }

    // What is large goes between the pieces of the frame.
    private StagedFrame PutIn(StagedFrame frame)
    {
        var others = new List<ReadOnlyMemory<byte>>();
        for (var i = 0; i < _frameLarge.Count; i++)
        {
            others.AddRange(_frameLarge[i].Record.Part);
            var next = frame.Head[_frameLarge[i].At..(i + 1 < _frameLarge.Count ? _frameLarge[i + 1].At : frame.Head.Length)];
            if (!next.IsEmpty)
            {
                others.Add(next);
            }
        }

        var head = frame.Head[.._frameLarge[0].At];
        _frameLarge.Clear();
        return frame with { Head = head, Others = others };
    }

    private static long BytesToCopy(IReadOnlyList<Record> records)
    {
        var bytes = 0L;
        for (var i = 0; i < records.Count; i++)
        {
            bytes += IsLarge(records[i]) ? 0 : records[i].LargeBytes();
        }

        return bytes;
    }

    /// <summary>The last frame is on the disk.</summary>
    public void Publish(ulong sequence)
    {
        Durable = _records.Count;
        LastSequence = sequence;
    }

    /// <summary>The jobs whose first record is in this part of it are in the tables now, as far as this batch goes.</summary>
    public void MarkStored(int from, int to, ActiveJobs jobs)
    {
        for (var i = from; i < to; i++)
        {
            if (_records[i].Job is not { } job || job.In(this).First != i)
            {
                continue;
            }

            ref var chain = ref job.In(this);
            for (var record = i; record >= 0; record = _records[record].Next)
            {
                job.Stored++;
            }

            chain = ActiveJob.Chain.None;
            if (job.IsOver && job.Stored == job.Records)
            {
                jobs.Remove(job);
            }
        }
    }

    /// <summary>Makes it as new; its memory goes back to the pool.</summary>
    public void Clear()
    {
        foreach (var chunk in _chunks)
        {
            Return(chunk);
        }

        _chunks.Clear();
        _records.Clear();
        _ended.Clear();
        (_frame, _end, Durable, Bytes) = (0, 0, 0, 0);
    }

    public void Advance(int count) => _end += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return Chunk.AsMemory(_end);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        MakeRoom(sizeHint);
        return Chunk.AsSpan(_end);
    }

    private void Note(Record record, ActiveJob? job, int at, LargeRecord? large = null)
    {
        var bytes = checked((int)(_end - _frame - at - Frame.RecordHeaderBytes + (large?.PartBytes ?? 0)));
        BinaryPrimitives.WriteInt32LittleEndian(Chunk.AsSpan(_frame + at), bytes);
        var index = _records.Count;
        _records.Add(
            new PendingRecord(job, job is null ? record : null, [], at + Frame.RecordHeaderBytes, bytes, job is { IsOver: true }, Next: -1)
            {
                Large = large,
            }
        );
        if (job is null)
        {
            return;
        }

        ref var chain = ref job.In(this);
        if (chain.IsEmpty)
        {
            chain = new ActiveJob.Chain(index, index);
        }
        else
        {
            ref var last = ref System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records)[chain.Last];
            last = last with { Next = index };
            chain = chain with { Last = index };
        }

        if (job.End is not null)
        {
            _ended.Add(job);
        }
    }

    // What is copied of a frame is in one piece: when its chunk ends, what there is of it moves to a larger one.
    private void MakeRoom(int sizeHint)
    {
        sizeHint = Math.Max(sizeHint, 16);
        if (_chunks.Count > 0 && Chunk.Length - _end >= sizeHint)
        {
            return;
        }

        var frame = _chunks.Count > 0 ? Chunk.AsSpan(_frame, _end - _frame) : [];
        var larger = Rent(checked(Math.Max(ChunkBytes, (frame.Length * 2) + sizeHint)));
        frame.CopyTo(larger);
        if (_chunks.Count > 0 && _frame == 0)
        {
            Return(Chunk);
            _chunks.RemoveAt(_chunks.Count - 1);
        }

        _chunks.Add(larger);
        (_frame, _end) = (0, frame.Length);
    }

    private static byte[] Rent(int bytes) =>
        bytes <= PooledMaxBytes ? ArrayPool<byte>.Shared.Rent(bytes) : GC.AllocateUninitializedArray<byte>(bytes);

    private static void Return(byte[] chunk)
    {
        if (chunk.Length <= PooledMaxBytes)
        {
            ArrayPool<byte>.Shared.Return(chunk);
        }
    }
}

/// <summary>One record of a batch.</summary>
/// <param name="Job">Its job; null when it is about none.</param>
/// <param name="Other">The record itself, when it is about no job.</param>
/// <param name="Chunk">The memory in which its bytes are; those of a large one up to its content or output.</param>
/// <param name="At">Where they begin; within its frame, until the frame has ended.</param>
/// <param name="Length">How many they are.</param>
/// <param name="IsLast">True when the job takes no more records after it.</param>
/// <param name="Next">The place of its job's next record in the batch; -1 for none.</param>
internal readonly record struct PendingRecord(ActiveJob? Job, Record? Other, byte[] Chunk, int At, int Length, bool IsLast, int Next)
{
    /// <summary>The record when its content or output was not copied; null otherwise.</summary>
    public LargeRecord? Large { get; init; }

    /// <summary>Its bytes, when it is not large.</summary>
    public ReadOnlySpan<byte> Bytes =>
        Large is null ? Chunk.AsSpan(At, Length) : throw new InvalidOperationException("A large record is not in one piece.");
}

/// <summary>A record whose content or output stays in the memory that it came in, until it is in the tables.</summary>
/// <param name="Part">That content or output, encoded: pieces that follow each other.</param>
/// <param name="PartBytes">How many bytes they are.</param>
internal sealed record LargeRecord(Record.OfJob Record, IReadOnlyList<ReadOnlyMemory<byte>> Part, long PartBytes);
