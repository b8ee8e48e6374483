using System.Runtime.InteropServices;

namespace Rondo.Core;

/// <summary>Clients that wait for a job to change or to end. They are answered by the change itself: nobody polls.</summary>
internal sealed class Watchers
{
    private readonly Dictionary<JobId, List<(RequestId Request, WatchedState? Known)>> _byJob = [];

    public void Add(JobId id, RequestId request, WatchedState? known)
    {
        if (!_byJob.TryGetValue(id, out var watchers))
        {
            _byJob.Add(id, watchers = new(capacity: 1));
        }

        watchers.Add((request, known));
    }

    public void Remove(JobId id, RequestId request)
    {
        if (_byJob.TryGetValue(id, out var watchers))
        {
            watchers.RemoveAll(watcher => watcher.Request == request);
            if (watchers.Count == 0)
            {
                _byJob.Remove(id);
            }
        }
    }

    /// <summary>Answers those for whom the job is news.</summary>
    public void Changed(Job job, Turn turn)
    {
        if (!_byJob.TryGetValue(job.Id, out var watchers))
        {
            return;
        }

        var view = job.ToView();
        var left = 0;
        foreach (var watcher in watchers)
        {
            if (IsNews(view, watcher.Known))
            {
                turn.Reply(watcher.Request, new Answer.Job(view));
            }
            else
            {
                CollectionsMarshal.AsSpan(watchers)[left++] = watcher;
            }
        }

        watchers.RemoveRange(left, watchers.Count - left);
        if (watchers.Count == 0)
        {
            _byJob.Remove(job.Id);
        }
    }

    public static bool IsNews(JobView view, WatchedState? known) => view.IsFinal || (known is { } seen && seen != WatchedState.Of(view));
}
