using Rondo.Core;
using Rondo.Storage.Layout;

namespace Rondo.Storage.Pending;

/// <summary>
/// The jobs in memory, and the check of every record before it is written: what could not be read again must not get onto the disk.
/// </summary>
/// <param name="lastNumber">The last number that was given to a job.</param>
/// <param name="lowestKey">The lowest key of a job in the tables, as far as it is known.</param>
/// <param name="find">Finds an unfinished job in the tables; null when all of them are here.</param>
internal sealed class ActiveJobs(ExecutorId self, long lastNumber, long lowestKey = 0, Func<JobId, ActiveJob?>? find = null)
{
    private readonly JobIndex<ActiveJob> _jobs = new();
    private readonly Dictionary<string, JobId> _keys = [];
    private long _lastNumber = lastNumber;
    private long _lowestKey = Math.Min(lowestKey, 0);

    /// <summary>A job that was found in the tables.</summary>
    public void Restore(ActiveJob job)
    {
        if (!_jobs.TryAdd(job))
        {
            throw new InvalidOperationException($"{job.Id} is in memory already");
        }

        _lowestKey = Math.Min(_lowestKey, job.Key);
    }

    /// <summary>Also one whose end is not in the tables yet; null when only the tables may know it.</summary>
    public ActiveJob? Find(JobId id) => _jobs.Find(id);

    /// <summary>The job of this home that was handed in with this idempotency key since the start; null when only the tables may know it.</summary>
    public JobId? FindKey(string key) => _keys.TryGetValue(key, out var id) ? id : null;

    /// <summary>Checks a record, and notes what it changes.</summary>
    /// <returns>Its job.</returns>
    /// <exception cref="InvalidOperationException">It does not follow from what was written before.</exception>
    public ActiveJob Note(Record.OfJob record)
    {
        var job = record switch
        {
            Record.Accepted accepted => Accept(accepted),
            Record.Held held => Hold(held),
            _ => Open(record.Id) ?? throw new InvalidOperationException($"{record.Id} is not an unfinished job here"),
        };
        if (++job.Records > RecordKey.MaxRecords)
        {
            throw new InvalidOperationException($"{record.Id} has as many records as a job can have");
        }

        switch (record)
        {
            case Record.Finished finished when record.Id.Home == self:
                job.End = finished.Outcome.End;
                job.EndedAt = finished.At.UtcTicks;
                break;
            case Record.Dropped when record.Id.Home == self:
                throw new InvalidOperationException($"{record.Id} cannot be dropped at its home");
            case Record.Dropped:
                job.IsDropped = true;
                break;
        }

        return job;
    }

    /// <summary>Only the tables need to know the job from now on, unless another life of it began.</summary>
    public void Remove(ActiveJob job)
    {
        if (_jobs.Remove(job))
        {
            if (job.Terms.IdempotencyKey is { } key && _keys.TryGetValue(key, out var keyed) && keyed == job.Id)
            {
                _keys.Remove(key);
            }
        }
    }

    private ActiveJob Accept(Record.Accepted accepted)
    {
        var id = accepted.Id;
        if (id.Home != self || id.Number > RecordKey.MaxJob)
        {
            throw new InvalidOperationException($"{id} cannot be accepted at {self}: it is not a job of this home");
        }

        if (id.Number <= _lastNumber)
        {
            throw new InvalidOperationException($"{id} cannot be accepted: the last number given was {_lastNumber}");
        }

        _lastNumber = id.Number;

        // Its number is its key.
        var job = new ActiveJob(id, id.Number, accepted.Terms);
        _jobs.TryAdd(job);
        if (accepted.Terms.IdempotencyKey is { } key)
        {
            _keys[key] = id;
        }

        return job;
    }

    private ActiveJob Hold(Record.Held held)
    {
        if (held.Id.Home == self)
        {
            throw new InvalidOperationException($"{held.Id} cannot be held for its home at {self}: it is a job of this home");
        }

        if (Open(held.Id) is { } job)
        {
            return job;
        }

        if (Find(held.Id) is { } over)
        {
            _jobs.Remove(over);
        }

        // A job held for another home gets a key lower than every other. After one that was dropped another life of it begins.
        job = new ActiveJob(held.Id, --_lowestKey, held.Terms);
        _jobs.TryAdd(job);
        return job;
    }

    private ActiveJob? Open(JobId id)
    {
        if (Find(id) is { } job)
        {
            return job.IsOver ? null : job;
        }

        if (find?.Invoke(id) is not { } stored)
        {
            return null;
        }

        Restore(stored);
        return stored;
    }
}
