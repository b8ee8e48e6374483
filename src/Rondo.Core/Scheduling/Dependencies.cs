namespace Rondo.Core;

/// <summary>
/// Jobs that wait for others. The home of a job records how each of its dependencies ended before it acts on it; the home of a
/// dependency answers who asks for it: at once when it has ended, otherwise when it does.
/// </summary>
/// <remarks>
/// What others asked is not durable: they ask anew when they, or this executor, were started again, when either came back, and now and
/// then without any reason, so that no lost word keeps a job waiting for ever.
/// </remarks>
internal sealed class Dependencies(CoreSettings settings, JobTable jobs, Membership members, Handoffs handoffs)
{
    /// <summary>The most jobs that one batch settles: a long chain must not make one endless commit.</summary>
    public const int MaxSettled = 4096;

    public static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(2);
    public static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    private readonly Dictionary<JobId, HashSet<Job>> _waiting = [];
    private readonly Dictionary<ExecutorId, HashSet<JobId>> _elsewhere = [];
    private readonly Dictionary<JobId, HashSet<ExecutorId>> _askers = [];
    private readonly HashSet<JobId> _lookedUp = [];
    private readonly List<JobId> _toLookUp = [];
    private readonly Queue<JobEnded> _ended = [];

    /// <summary>True when there is more to do than one batch may.</summary>
    public bool IsBehind => _ended.Count > 0;

    /// <summary>A job of this home begins to wait for what it depends on: it was accepted, or this executor was started again.</summary>
    public void Begin(Job job, Turn turn)
    {
        foreach (var id in job.PendingDependencies)
        {
            if (!_waiting.TryGetValue(id, out var dependents))
            {
                _waiting.Add(id, dependents = []);
                Ask(id, job, turn);
            }

            dependents.Add(job);
        }
    }

    private void Ask(JobId id, Job dependent, Turn turn)
    {
        if (id.Home == settings.Self.Id)
        {
            // A job that was accepted later cannot have been known: somebody guessed its id, and could make a circle of such guesses.
            var state = id.Number < dependent.Id.Number ? StateHere(id, turn) : DependencyState.Unknown;
            if (state != DependencyState.Pending)
            {
                _ended.Enqueue(new JobEnded(id, state));
            }
        }
        else if (members.Find(id.Home) is { } home)
        {
            if (!_elsewhere.TryGetValue(home.Id, out var asked))
            {
                _elsewhere.Add(home.Id, asked = []);
            }

            asked.Add(id);
            home.Awaits.Add(id, turn.Now.Elapsed);
            if (asked.Count == 1)
            {
                Pause(home, FirstPause, turn);
            }
        }
        else
        {
            _ended.Enqueue(new JobEnded(id, DependencyState.Unknown));
        }
    }

    /// <summary>What memory says of a job of this home; pending, and looked up in the store, when it says nothing.</summary>
    private DependencyState StateHere(JobId id, Turn turn)
    {
        if (jobs.Find(id) is not null)
        {
            return DependencyState.Pending;
        }

        if (jobs.FindRecent(id, turn.Now.Wall) is { } view)
        {
            return view.State switch
            {
                JobState.Succeeded => DependencyState.Succeeded,
                JobState.Failed => DependencyState.Failed,
                JobState.Cancelled => DependencyState.Cancelled,
                _ => throw new System.Diagnostics.UnreachableException(),
            };
        }

        if (_lookedUp.Add(id))
        {
            _toLookUp.Add(id);
        }

        return DependencyState.Pending;
    }

    /// <summary>A job of this home changed: whoever waits for it is told at the end of the batch.</summary>
    public void Changed(Job job)
    {
        if (!job.AtHome || job.Phase is not Phase.Ended ended)
        {
            return;
        }

        if (_waiting.ContainsKey(job.Id) || _askers.ContainsKey(job.Id))
        {
            _ended.Enqueue(new JobEnded(job.Id, DependencyStates.Of(ended.Record.Outcome.End)));
        }

        foreach (var id in job.PendingDependencies)
        {
            if (_waiting.TryGetValue(id, out var dependents) && dependents.Remove(job) && dependents.Count == 0)
            {
                _waiting.Remove(id);
                Asked(id);
            }
        }
    }

    /// <summary>The store said how jobs ended that memory did not know any more.</summary>
    public void LookedUp(Input.LookedUp found, Turn turn)
    {
        foreach (var ended in found.Jobs)
        {
            _lookedUp.Remove(ended.Id);

            // An id that somebody guessed may have been given out since it was looked up.
            var state = ended.State == DependencyState.Pending ? StateHere(ended.Id, turn) : ended.State;
            if (state != DependencyState.Pending)
            {
                _ended.Enqueue(ended with { State = state });
            }
        }
    }

    public void Receive(Peer from, Message.Await await, Turn turn)
    {
        foreach (var id in await.Jobs)
        {
            var state = id.Home == settings.Self.Id ? StateHere(id, turn) : DependencyState.Unknown;
            from.AwaitAnswers.Add(new JobEnded(id, state));
            if (state == DependencyState.Pending)
            {
                if (!_askers.TryGetValue(id, out var askers))
                {
                    _askers.Add(id, askers = []);
                }

                askers.Add(from.Id);
            }
        }
    }

    public void Receive(Peer from, Message.Ended message)
    {
        foreach (var ended in message.Jobs)
        {
            from.Awaits.Remove(ended.Id);
            if (ended.State != DependencyState.Pending)
            {
                from.EndedAcks.Add(ended.Id);
                if (ended.Id.Home == from.Id && _waiting.ContainsKey(ended.Id))
                {
                    _ended.Enqueue(ended);
                }
            }
        }
    }

    public static void Receive(Peer from, Message.EndedAck ack)
    {
        foreach (var id in ack.Jobs)
        {
            from.Ends.Remove(id);
            from.EndsAs.Remove(id);
        }
    }

    /// <summary>A home is back, or was started again, and may know nothing of what it was asked.</summary>
    public void AskAgain(Peer home, Turn turn)
    {
        if (_elsewhere.TryGetValue(home.Id, out var asked))
        {
            foreach (var id in asked)
            {
                home.Awaits.Add(id, turn.Now.Elapsed);
            }

            Pause(home, FirstPause, turn);
        }
    }

    /// <summary>A home is gone for good: nobody will ever know how its jobs ended.</summary>
    public void Abandon(ExecutorId home)
    {
        if (_elsewhere.TryGetValue(home, out var asked))
        {
            foreach (var id in asked)
            {
                _ended.Enqueue(new JobEnded(id, DependencyState.Unknown));
            }
        }
    }

    /// <summary>Acts on what ended, and asks what is due to be asked.</summary>
    public void EndBatch(Turn turn)
    {
        var settled = 0;
        while (settled < MaxSettled && _ended.TryDequeue(out var ended))
        {
            settled += 1 + Settle(ended, turn);
        }

        for (var at = 0; at < _toLookUp.Count; at += Message.MaxJobs)
        {
            var part = _toLookUp.GetRange(at, Math.Min(Message.MaxJobs, _toLookUp.Count - at));
            turn.Emit(new Effect.LookUp(new EquatableList<JobId>([.. part])));
        }

        _toLookUp.Clear();
        if (_elsewhere.Count > 0)
        {
            AskAgainIfDue(turn);
        }
    }

    private int Settle(JobEnded ended, Turn turn)
    {
        Asked(ended.Id);
        if (_askers.Remove(ended.Id, out var askers))
        {
            foreach (var asker in askers)
            {
                if (members.Find(asker) is { } peer)
                {
                    peer.EndsAs[ended.Id] = ended.State;
                    peer.Ends.Add(ended.Id, turn.Now.Elapsed);
                }
            }
        }

        if (!_waiting.Remove(ended.Id, out var dependents))
        {
            return 0;
        }

        foreach (var job in dependents.OrderBy(job => job.Id))
        {
            jobs.Write(new Record.DependencyEnded(job.Id, turn.Now.Wall, ended.Id, ended.State), turn);
            if (job.FailedDependency is { } failed)
            {
                handoffs.Finish(job, NotMet(failed, ended.State), turn);
            }
        }

        return dependents.Count;
    }

    private static Outcome NotMet(Dependency dependency, DependencyState state) =>
        new()
        {
            End = JobEnd.Failed,
            Reason = Reasons.DependencyFailed,
            Error =
                state == DependencyState.Unknown
                    ? $"it was to start after {dependency.Id}, which is unknown: there never was such a job, it was deleted since, or its home has left the ring"
                    : $"it was to start after {dependency.Id} {Wanted(dependency.When)}, which {Became(state)}",
        };

    private static string Wanted(DependencyCondition when) =>
        when switch
        {
            DependencyCondition.Success => "had succeeded",
            DependencyCondition.Failure => "had failed",
            DependencyCondition.End => "had ended",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static string Became(DependencyState state) =>
        state switch
        {
            DependencyState.Succeeded => "succeeded",
            DependencyState.Failed => "failed",
            DependencyState.Cancelled => "was cancelled",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Nothing more has to be asked about a job.</summary>
    private void Asked(JobId id)
    {
        if (!_elsewhere.TryGetValue(id.Home, out var asked) || !asked.Remove(id))
        {
            return;
        }

        var home = members.Find(id.Home);
        home?.Awaits.Remove(id);
        if (asked.Count == 0)
        {
            _elsewhere.Remove(id.Home);
            if (home is not null)
            {
                home.AwaitAgainAt = TimeSpan.MaxValue;
            }
        }
    }

    private void AskAgainIfDue(Turn turn)
    {
        for (var i = 0; i < members.Peers.Count; i++)
        {
            var peer = members.Peers[i];
            if (!peer.Suspected && peer.AwaitAgainAt <= turn.Now.Elapsed)
            {
                var longer = peer.AwaitPause * 2;
                AskAgain(peer, turn);
                Pause(peer, longer < LongestPause ? longer : LongestPause, turn);
            }
        }
    }

    private static void Pause(Peer peer, TimeSpan pause, Turn turn)
    {
        peer.AwaitPause = pause;
        peer.AwaitAgainAt = turn.Now.Elapsed + pause;
    }
}
