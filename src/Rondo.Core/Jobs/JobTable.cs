namespace Rondo.Core;

/// <summary>
/// The unfinished jobs that this executor has to do with, indexed by what is asked of them, and the latest finished ones of this home.
/// </summary>
internal sealed class JobTable(CoreSettings settings)
{
    // Asked for at every batch while somebody is missed.
    private static readonly HashSet<Job> NoJobs = [];

    private readonly JobIndex<Job> _jobs = new();
    private readonly Dictionary<ExecutorId, HashSet<Job>> _away = [];
    private readonly Dictionary<ExecutorId, int> _fewerAt = [];
    private readonly Dictionary<JobId, JobView> _recent = [];
    private readonly Queue<JobId> _recentOrder = [];
    private readonly Dictionary<string, KeyedJob> _keys = [];
    private readonly ConcurrencyCaps _caps = new();
    private readonly ReadyQueue _ready = new();
    private readonly ReadyQueue _unable = new();

    public ExecutorId Self { get; } = settings.Self.Id;

    /// <summary>Told of every job whose durable part changed, after it changed.</summary>
    public Action<Job, Turn>? Changed { get; set; }

    /// <summary>Jobs that wait and can run here.</summary>
    public ReadyQueue Ready => _ready;

    /// <summary>Jobs that wait and cannot run here: another executor must take them.</summary>
    public ReadyQueue Unable => _unable;

    /// <summary>Jobs that wait for a time.</summary>
    public Alarms Alarms { get; } = new();

    public int Running { get; private set; }

    /// <summary>Jobs of this home that may not run yet: they wait for a time, for other jobs, or for their turn.</summary>
    public int Scheduled { get; private set; }

    /// <summary>Unfinished jobs of this home.</summary>
    public int HomeCount { get; private set; }

    /// <summary>The contents of the unfinished jobs of this home, in bytes.</summary>
    public long HomeBytes { get; private set; }

    /// <summary>All jobs here, those held for others and kept results included.</summary>
    public int Count => _jobs.Count;

    public IEnumerable<Job> All => _jobs.All;

    /// <summary>True when the store may have jobs with an idempotency key that memory does not know.</summary>
    public bool ForgotKeys { get; set; }

    /// <summary>The job of this home that was handed in with a key, as far as memory knows.</summary>
    public KeyedJob? FindKey(string key) => _keys.TryGetValue(key, out var job) ? job : null;

    /// <summary>How many jobs of this home have ended since the start.</summary>
    public long EndedCount { get; private set; }

    /// <summary>True when all that ended after so many are still remembered.</summary>
    public bool RemembersFrom(long count) => count >= EndedCount - _recentOrder.Count && count <= EndedCount;

    /// <summary>The jobs that ended after so many, in order.</summary>
    public IEnumerable<JobView> EndedFrom(long count) =>
        _recentOrder.Skip((int)(_recentOrder.Count - (EndedCount - count))).Select(id => _recent[id]);

    public Job? Find(JobId id) => _jobs.Find(id);

    /// <summary>A job of this home that ended lately; null when it is not remembered, or kept no longer: the store decides how long it has it.</summary>
    public JobView? FindRecent(JobId id, DateTimeOffset now) =>
        _recent.TryGetValue(id, out var view)
        && now - view.FinishedAt is var age
        && !(age > settings.KeepFinished || age > view.Terms.Retention)
            ? view
            : null;

    /// <summary>Jobs that this executor gave, or is giving, to another: those to take back when it is gone.</summary>
    public IReadOnlyCollection<Job> AwayAt(ExecutorId holder) => _away.TryGetValue(holder, out var jobs) ? jobs : NoJobs;

    /// <summary>How many jobs of this home an executor had before that it has no more; less than nothing when it got some since.</summary>
    public IReadOnlyDictionary<ExecutorId, int> FewerAt => _fewerAt;

    /// <summary>From now on is what was before.</summary>
    public void CountFewerFromHere() => _fewerAt.Clear();

    /// <summary>Records a fact and applies it.</summary>
    public Job Write(Record.OfJob record, Turn turn)
    {
        var mutant = record.Id.Home == Self ? Mutant.ResultNotStored : Mutant.HeldResultNotStored;
        if (record is not Record.Finished || !Mutants.Is(mutant))
        {
            turn.Record(record);
        }

        var job = Apply(record);
        Changed?.Invoke(job, turn);
        return job;
    }

    /// <summary>Takes up a job as the store has it.</summary>
    public void Recover(IReadOnlyList<Record.OfJob> records)
    {
        var job = Job.Replay(Self, records);
        var size = records[0] is Record.Accepted accepted ? accepted.Content.Size : 0;
        job.LeaveToStore(settings.InMemoryMaxBytes);
        Add(job, size);
        if (job.Phase is Phase.Forgotten || (job.AtHome && job.Phase is Phase.Ended))
        {
            Forget(job, size);
        }
        else
        {
            Enter(job);
        }
    }

    private void Add(Job job, long size)
    {
        if (!_jobs.TryAdd(job))
        {
            throw new InvalidOperationException($"Job {job.Id} is here already.");
        }

        if (job.AtHome)
        {
            HomeCount++;
            HomeBytes += size;
            if (job.Terms.IdempotencyKey is { } key)
            {
                _keys[key] = new KeyedJob(job.Id, job.Terms.Digest);
            }
        }
    }

    private Job Apply(Record.OfJob record)
    {
        if (Find(record.Id) is not { } job)
        {
            job = Job.Create(Self, record);
            job.LeaveToStore(settings.InMemoryMaxBytes);
            Add(job, job.Content.Size);
            Enter(job);
            return job;
        }

        var size = job.Content.Size;
        Leave(job);
        job.Apply(record);
        job.LeaveToStore(settings.InMemoryMaxBytes);
        if (job.Phase is Phase.Forgotten || (job.AtHome && job.Phase is Phase.Ended))
        {
            Forget(job, size);
        }
        else
        {
            Enter(job);
        }

        return job;
    }

    /// <summary>Lets the jobs go on whose time has come, and those whose turn it is.</summary>
    public void ReleaseDue(Turn turn)
    {
        while (Alarms.Due(turn.Now) is { } id)
        {
            Release(Find(id)!, turn);
        }

        while (_caps.Next() is { } job)
        {
            Release(job, turn);
        }
    }

    /// <summary>The first time of the clock at which a scheduled job is due; null when none waits for a time.</summary>
    public DateTimeOffset? NextScheduled()
    {
        DateTimeOffset? next = null;
        foreach (var job in _jobs.All)
        {
            DateTimeOffset? at = job.Phase switch
            {
                Phase.Scheduled { Hold: Hold.Until until } => until.Time,
                Phase.Scheduled { Hold: Hold.For wait } => wait.End,
                _ => null,
            };
            next = at is null || next <= at ? next : at;
        }

        return next;
    }

    private void Release(Job job, Turn turn)
    {
        Leave(job);
        job.Release();
        Enter(job);
        Changed?.Invoke(job, turn);
    }

    private void Forget(Job job, long size)
    {
        _jobs.Remove(job);
        if (!job.AtHome)
        {
            return;
        }

        HomeCount--;
        HomeBytes -= size;
        _recent[job.Id] = job.ToView();
        _recentOrder.Enqueue(job.Id);
        EndedCount++;
        if (_recentOrder.Count > settings.RecentFinished)
        {
            ForgetRecent(_recentOrder.Dequeue());
        }
    }

    private void ForgetRecent(JobId id)
    {
        _recent.Remove(id, out var view);
        if (view!.Terms.IdempotencyKey is { } key)
        {
            ForgotKeys = true;
            if (_keys.TryGetValue(key, out var keyed) && keyed.Id == id)
            {
                _keys.Remove(key);
            }
        }
    }

    private void Enter(Job job)
    {
        if (job.AtHome && job.Terms.Concurrency is { } limit)
        {
            _caps.Enter(job, limit);
        }

        Scheduled += job.Phase is Phase.Scheduled ? 1 : 0;
        switch (job.Phase)
        {
            case Phase.Scheduled { Hold: Hold.Until or Hold.For } scheduled:
                Alarms.Add(job.Id, scheduled.Hold);
                break;
            case Phase.Waiting:
                QueueOf(job).Add(job);
                break;
            case Phase.Running:
                Running++;
                break;
            case Phase.Offered offered:
                Give(offered.To, job);
                break;
            case Phase.Away away:
                Give(away.Holder, job);
                break;
        }
    }

    private void Leave(Job job)
    {
        if (job.AtHome && job.Terms.Concurrency is { } limit)
        {
            _caps.Leave(job, limit);
        }

        Scheduled -= job.Phase is Phase.Scheduled ? 1 : 0;
        switch (job.Phase)
        {
            case Phase.Scheduled { Hold: Hold.Until or Hold.For } scheduled:
                Alarms.Remove(job.Id, scheduled.Hold);
                break;
            case Phase.Waiting:
                QueueOf(job).Remove(job);
                break;
            case Phase.Running:
                Running--;
                break;
            case Phase.Offered offered:
                TakeBack(offered.To, job);
                break;
            case Phase.Away away:
                TakeBack(away.Holder, job);
                break;
        }
    }

    private ReadyQueue QueueOf(Job job) => settings.Self.Capabilities.CanRun(job.Terms) ? _ready : _unable;

    private void Give(ExecutorId holder, Job job)
    {
        if (!_away.TryGetValue(holder, out var jobs))
        {
            _away.Add(holder, jobs = []);
        }

        jobs.Add(job);
        CountFewer(holder, job, -1);
    }

    private void TakeBack(ExecutorId holder, Job job)
    {
        _away[holder].Remove(job);
        CountFewer(holder, job, 1);
    }

    private void CountFewer(ExecutorId holder, Job job, int by)
    {
        if (job.AtHome)
        {
            _fewerAt[holder] = _fewerAt.GetValueOrDefault(holder) + by;
        }
    }
}
