using System.Runtime.InteropServices;
using Rondo.Core;

namespace Rondo.Storage.Layout;

/// <summary>What the writer keeps in memory of an unfinished job.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Records">How many records it has.</param>
/// <param name="Digest">Its records' part of the digest.</param>
/// <param name="Terms">What lists will say of it.</param>
internal record struct ActiveJob(long Key, int Records, ulong Digest, JobTerms Terms);

/// <summary>The unfinished jobs, as the writer sees them: the committed ones and those of the commit that it is writing.</summary>
internal sealed class ActiveJobs(ExecutorId self)
{
    private readonly Dictionary<JobId, ActiveJob> _jobs = [];
    private long _lowestKey;

    /// <summary>A job that was found in the file.</summary>
    public void Restore(JobId id, ActiveJob job)
    {
        _jobs.Add(id, job);
        _lowestKey = Math.Min(_lowestKey, job.Key);
    }

    /// <summary>A job of this home begins; its number is its key.</summary>
    public void Accept(JobId id, JobTerms terms)
    {
        if (id.Home != self || id.Number > RecordKey.MaxJob || !_jobs.TryAdd(id, new ActiveJob(id.Number, 0, 0, terms)))
        {
            throw new InvalidOperationException($"{id} cannot be accepted at {self}: it is not a new job of this home");
        }
    }

    /// <summary>A job is held for another home: it gets a key lower than every other.</summary>
    /// <returns>False when it is held already.</returns>
    public bool Hold(JobId id, JobTerms terms)
    {
        if (id.Home == self)
        {
            throw new InvalidOperationException($"{id} cannot be held for its home at {self}: it is a job of this home");
        }

        if (!_jobs.TryAdd(id, new ActiveJob(_lowestKey - 1, 0, 0, terms)))
        {
            return false;
        }

        _lowestKey--;
        return true;
    }

    /// <summary>The job, to be changed in place until the next call.</summary>
    public ref ActiveJob this[JobId id]
    {
        get
        {
            ref var job = ref CollectionsMarshal.GetValueRefOrNullRef(_jobs, id);
            if (System.Runtime.CompilerServices.Unsafe.IsNullRef(ref job))
            {
                throw new InvalidOperationException($"a record of {id} cannot be written: it is not an unfinished job here");
            }

            return ref job;
        }
    }

    /// <summary>The job ended, or is forgotten.</summary>
    public ActiveJob Remove(JobId id)
    {
        var job = this[id];
        _jobs.Remove(id);
        return job;
    }
}
