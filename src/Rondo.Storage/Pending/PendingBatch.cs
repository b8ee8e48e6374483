using System.Buffers;
using System.Buffers.Binary;
using System.Diagnostics;
using Rondo.Core;
using Rondo.Storage.Journals;
using Rondo.Wire;

namespace Rondo.Storage.Pending;

/// <summary>
/// Records on their way into the tables, as the bytes that the journal has: a frame for each commit, in memory from a pool.
/// </summary>
internal sealed class PendingBatch(bool isEven) : IBufferWriter<byte>
{
    private const int ChunkBytes = 256 << 10;

    // Larger memory is not kept in the pool: after a flood of large jobs it would stay there.
    private const int PooledMaxBytes = 32 * ChunkBytes;

    // What a record has beside its large part, roughly; more than that only means that the frame moves once more.
    private const int RecordRestBytes = 1024;

    private readonly List<byte[]> _chunks = [];
    private readonly List<PendingRecord> _records = [];
    private readonly List<ActiveJob> _ended = [];
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
    /// <param name="records">How many records there will be.</param>
    /// <param name="largeBytes">How many bytes of contents and outputs they have: large ones are not to be moved while the frame grows.</param>
    public void Begin(int records = 0, long largeBytes = 0)
    {
        if (_records.Count == 0)
        {
            Since = Stopwatch.GetTimestamp();
        }

        _frameRecords = _records.Count;
        _frame = _end;
        GetSpan(
            largeBytes <= 4 * ChunkBytes ? Frame.HeaderBytes : checked((int)(Frame.HeaderBytes + largeBytes + (records * RecordRestBytes)))
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
        RecordCodec.Encode(record, this);
        Note(record, job, at);
    }

    /// <summary>Adds a record whose bytes are known already.</summary>
    public void Add(Record record, ActiveJob? job, ReadOnlySpan<byte> bytes)
    {
        var at = _end - _frame;
        bytes.CopyTo(GetSpan(Frame.RecordHeaderBytes + bytes.Length)[Frame.RecordHeaderBytes..]);
        Advance(Frame.RecordHeaderBytes + bytes.Length);
        Note(record, job, at);
    }

    /// <summary>Ends the frame.</summary>
    /// <param name="bytes">How many bytes of records it has.</param>
    /// <returns>The frame with an empty header, in memory that stays as it is until <see cref="Clear"/>.</returns>
    public Span<byte> End(out int bytes)
    {
        bytes = _end - _frame - Frame.HeaderBytes;
        var padding = Frame.Padding(bytes);
        GetSpan(Frame.Alignment)[..padding].Clear();
        Advance(padding);

        // Only now is it known where the frame is.
        foreach (ref var record in System.Runtime.InteropServices.CollectionsMarshal.AsSpan(_records)[_frameRecords..])
        {
            record = record with { Chunk = Chunk, At = record.At + _frame };
        }

        Bytes += _end - _frame;
        return Chunk.AsSpan(_frame, _end - _frame);
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

    private void Note(Record record, ActiveJob? job, int at)
    {
        var bytes = _end - _frame - at - Frame.RecordHeaderBytes;
        BinaryPrimitives.WriteInt32LittleEndian(Chunk.AsSpan(_frame + at), bytes);
        var index = _records.Count;
        _records.Add(
            new PendingRecord(job, job is null ? record : null, [], at + Frame.RecordHeaderBytes, bytes, job is { IsOver: true }, Next: -1)
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

    // A frame is in one piece, for one write: when its chunk ends, what there is of it moves to a larger one.
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
/// <param name="Chunk">The memory in which its bytes are.</param>
/// <param name="At">Where they begin; within its frame, until the frame has ended.</param>
/// <param name="Length">How many they are.</param>
/// <param name="IsLast">True when the job takes no more records after it.</param>
/// <param name="Next">The place of its job's next record in the batch; -1 for none.</param>
internal readonly record struct PendingRecord(ActiveJob? Job, Record? Other, byte[] Chunk, int At, int Length, bool IsLast, int Next)
{
    public ReadOnlySpan<byte> Bytes => Chunk.AsSpan(At, Length);
}
