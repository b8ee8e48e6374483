using Rondo.Core;
using Rondo.Storage.Journals;
using Rondo.Wire;

namespace Rondo.Storage.Pending;

/// <summary>
/// What is durable in the journal and not in the tables yet, where readers find it: one batch takes commits in while the other is written.
/// </summary>
internal sealed class PendingRecords(ActiveJobs jobs, StoreOptions options)
{
    private readonly object _gate = new();
    private PendingBatch _filling = new(isEven: true);
    private PendingBatch _other = new(isEven: false);
    private bool _writing;
    private ulong _published;
    private ulong _written;
    private ulong _flushTo;
    private bool _stopped;

    /// <summary>Checks the records of a commit and puts them into a frame, once there is room. Nobody sees them before <see cref="Publish"/>.</summary>
    /// <exception cref="InvalidOperationException">One of them is a mistake; nothing more may be staged.</exception>
    public StagedFrame Stage(IReadOnlyList<Record> records)
    {
        lock (_gate)
        {
            // More than this waits only when the tables fall behind: then commits go at their speed.
            while (_filling.Bytes >= options.PendingMaxBytes && !_stopped)
            {
                Monitor.Wait(_gate);
            }

            _filling.Begin(records);
            for (var i = 0; i < records.Count; i++)
            {
                _filling.Add(records[i], records[i] is Record.OfJob ofJob ? jobs.Note(ofJob) : null);
            }

            return _filling.End();
        }
    }

    /// <summary>What was staged is on the disk.</summary>
    public void Publish(ulong sequence)
    {
        lock (_gate)
        {
            var first = _filling.Durable == 0;
            _filling.Publish(sequence);
            _published = sequence;
            if (first || IsDue)
            {
                Monitor.PulseAll(_gate);
            }
        }
    }

    /// <summary>Waits for a batch that is to be written into the tables.</summary>
    /// <returns>Null when there is nothing more to write.</returns>
    public PendingBatch? Take()
    {
        lock (_gate)
        {
            while (!IsDue || _filling.IsOpen)
            {
                if (_stopped && (_filling.IsEmpty || _filling.IsOpen))
                {
                    return null;
                }

                Monitor.Wait(_gate, Patience());
            }

            _writing = true;
            (_filling, _other) = (_other, _filling);
            Monitor.PulseAll(_gate);
            return _other;
        }
    }

    /// <summary>The batch is in the tables, durably: readers find it there.</summary>
    public void Written(PendingBatch batch)
    {
        // In pieces, so that no commit waits for long. Each job changes over at once.
        const int piece = 512;
        for (var from = 0; from < batch.Records.Length; from += piece)
        {
            lock (_gate)
            {
                batch.MarkStored(from, Math.Min(from + piece, batch.Records.Length), jobs);
            }
        }

        lock (_gate)
        {
            _written = batch.LastSequence;
            batch.Clear();
            _writing = false;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Has everything written into the tables that is committed now, and waits for it.</summary>
    public void Flush()
    {
        lock (_gate)
        {
            var all = _published;
            _flushTo = all;
            Monitor.PulseAll(_gate);
            while (_written < all && !_stopped)
            {
                Monitor.Wait(_gate);
            }
        }
    }

    /// <summary>Nothing more is staged; <see cref="Take"/> gives what is left.</summary>
    public void Stop()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>The job of an idempotency key, which may not be durable yet; null when only the tables may know it.</summary>
    public JobId? FindKey(string key)
    {
        lock (_gate)
        {
            return jobs.FindKey(key);
        }
    }

    /// <summary>How many bytes are not in the tables.</summary>
    public long Bytes
    {
        get
        {
            lock (_gate)
            {
                return _filling.Bytes + _other.Bytes;
            }
        }
    }

    /// <summary>How many bytes of a job's records are not in the tables.</summary>
    public long BytesOf(JobId id)
    {
        lock (_gate)
        {
            return jobs.Find(id) is { } job ? BytesOf(job, _filling) + (_writing ? BytesOf(job, _other) : 0) : 0;
        }
    }

    /// <summary>What is known of a job besides the tables; null when nothing is.</summary>
    public PendingJob? Find(JobId id)
    {
        lock (_gate)
        {
            if (jobs.Find(id) is not { } job)
            {
                return null;
            }

            var records = new List<FoundRecord>();
            if (_writing)
            {
                Copy(job, _other, records);
            }

            Copy(job, _filling, records);
            return records.Count > 0 ? new PendingJob(job.Stored, records) : null;
        }
    }

    /// <summary>The numbers of jobs of this home whose end is not in the tables, highest first.</summary>
    public List<long> ListEnded(long below, int limit, Func<ActiveJob, bool> matches)
    {
        var numbers = new PriorityQueue<long, long>();
        lock (_gate)
        {
            foreach (var batch in (ReadOnlySpan<PendingBatch>)[_filling, _other])
            {
                foreach (var job in batch.Ended)
                {
                    if (job.Id.Number < below && job.In(batch).Last < batch.Durable && matches(job))
                    {
                        numbers.Enqueue(job.Id.Number, job.Id.Number);
                        if (numbers.Count > limit)
                        {
                            numbers.Dequeue();
                        }
                    }
                }
            }
        }

        var highest = new List<long>(numbers.Count);
        while (numbers.TryDequeue(out var number, out _))
        {
            highest.Add(number);
        }

        highest.Reverse();
        return highest;
    }

    private bool IsDue =>
        _filling.Durable > 0
        && !_writing
        && (_written < _flushTo || _stopped || _filling.Bytes >= options.WriteBehindBytes || Age >= options.WriteBehindAfter);

    private TimeSpan Age => System.Diagnostics.Stopwatch.GetElapsedTime(_filling.Since);

    private TimeSpan Patience()
    {
        if (_filling.Durable == 0 || _filling.IsOpen)
        {
            return Timeout.InfiniteTimeSpan;
        }

        var left = options.WriteBehindAfter - Age;
        return left > TimeSpan.FromMilliseconds(1) ? left : TimeSpan.FromMilliseconds(1);
    }

    private static long BytesOf(ActiveJob job, PendingBatch batch)
    {
        var bytes = 0L;
        var all = batch.Records;
        for (var i = job.In(batch).First; i >= 0 && i < batch.Durable; i = all[i].Next)
        {
            bytes += all[i].Length;
        }

        return bytes;
    }

    private static void Copy(ActiveJob job, PendingBatch batch, List<FoundRecord> records)
    {
        var all = batch.Records;
        for (var i = job.In(batch).First; i >= 0 && i < batch.Durable; i = all[i].Next)
        {
            records.Add(all[i].Large is { } large ? new FoundRecord(large.Record, null) : new FoundRecord(null, all[i].Bytes.ToArray()));
        }
    }
}

/// <summary>A job's records that are not in the tables.</summary>
/// <param name="Stored">How many come before them, in the tables.</param>
internal sealed record PendingJob(int Stored, IReadOnlyList<FoundRecord> Records);

/// <summary>A record as it was found: itself when it is large, or its bytes.</summary>
internal readonly record struct FoundRecord(Record.OfJob? Record, byte[]? Bytes)
{
    public Record.OfJob Decode() => Record ?? (Record.OfJob)RecordCodec.Decode(Bytes)!;
}
