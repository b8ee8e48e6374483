namespace Rondo.Core;

/// <summary>Clients that want something of all jobs of a group, as far as they are of this home.</summary>
internal sealed class Groups(JobTable jobs, Handoffs handoffs)
{
    private readonly Dictionary<string, List<RequestId>> _watchers = [];

    /// <summary>Tells which jobs of the group ended since the client asked last, at once or when the next one does.</summary>
    public void Watch(Input.WatchGroup watch, Turn turn)
    {
        if (!jobs.RemembersFrom(watch.Since))
        {
            turn.Reply(watch.Request, new Answer.GroupEnded([], jobs.EndedCount, Missed: true));
            return;
        }

        var ended = jobs.EndedFrom(watch.Since).Where(view => view.Terms.Group == watch.Group).Select(view => view.Id).ToArray();
        if (ended.Length > 0)
        {
            turn.Reply(watch.Request, new Answer.GroupEnded(ended, jobs.EndedCount, Missed: false));
            return;
        }

        if (!_watchers.TryGetValue(watch.Group, out var watchers))
        {
            _watchers.Add(watch.Group, watchers = []);
        }

        watchers.Add(watch.Request);
    }

    public void Unwatch(Input.UnwatchGroup unwatch)
    {
        if (_watchers.TryGetValue(unwatch.Group, out var watchers) && watchers.Remove(unwatch.Request) && watchers.Count == 0)
        {
            _watchers.Remove(unwatch.Group);
        }
    }

    /// <summary>A job changed: tells those who wait for the end of one of its group.</summary>
    public void Changed(Job job, Turn turn)
    {
        if (
            _watchers.Count == 0
            || !job.AtHome
            || job.Phase is not Phase.Ended
            || job.Terms.Group is not { } group
            || !_watchers.Remove(group, out var watchers)
        )
        {
            return;
        }

        foreach (var request in watchers)
        {
            turn.Reply(request, new Answer.GroupEnded([job.Id], jobs.EndedCount, Missed: false));
        }
    }

    /// <summary>Cancels some jobs of the group: so many at most that one commit stays quick.</summary>
    public void Cancel(Input.CancelGroup cancel, Turn turn)
    {
        var found = jobs
            .All.Where(job => job is { AtHome: true, CancelRequested: false } && job.Terms.Group == cancel.Group)
            .Take(cancel.Limit)
            .ToArray();
        foreach (var job in found)
        {
            handoffs.Cancel(job, turn);
        }

        turn.Reply(cancel.Request, new Answer.Count(found.Length));
    }
}
