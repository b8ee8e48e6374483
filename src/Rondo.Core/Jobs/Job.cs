using System.Diagnostics;

namespace Rondo.Core;

/// <summary>
/// One job as one executor knows it. Its durable part changes in <see cref="Apply(Record.OfJob)"/> only, from records: the live path and recovery
/// come to the same state because both go through there.
/// </summary>
internal sealed class Job : KnownByJobId<Job>
{
    /// <summary>Accepted or held, started, finished: what most jobs have to tell.</summary>
    private const int UsualTrail = 3;

    private readonly bool _atHome;
    private readonly DependencyState[] _dependencies;
    private readonly long _submittedAt;
    private string? _lastError;

    // Times as ticks, 0 for none: there may be a million of jobs that wait.
    private long _startedAt;

    // Null while there is nothing more to tell than that this home accepted the job: so it is with most of those that wait.
    private List<TrailEntry>? _trail;

    private Job(ExecutorId self, JobId id, JobTerms terms, JobContent content, DateTimeOffset submittedAt)
        : base(id)
    {
        Self = self;
        Terms = terms;
        Content = content;
        _submittedAt = submittedAt.UtcTicks;
        _dependencies = terms.After.Count == 0 ? [] : new DependencyState[terms.After.Count];
        _atHome = id.Home == self;
    }

    public ExecutorId Self { get; }

    public JobTerms Terms { get; }

    public JobContent Content { get; private set; }

    public DateTimeOffset SubmittedAt => new(_submittedAt, TimeSpan.Zero);

    /// <summary>Where a job that could start is in their order: higher priority first, then the older one.</summary>
    public int CompareTurn(Job other)
    {
        var byPriority = other.Terms.Priority.CompareTo(Terms.Priority);
        if (byPriority != 0)
        {
            return byPriority;
        }

        var byAge = _submittedAt.CompareTo(other._submittedAt);
        return byAge != 0 ? byAge : Id.CompareTo(other.Id);
    }

    public TransferNumber Transfer { get; private set; }

    public Attempt Attempt { get; private set; }

    public int Crashes { get; private set; }

    public bool CancelRequested { get; private set; }

    /// <summary>How many failed attempts were followed by another one.</summary>
    public int RetriesUsed { get; private set; }

    public Phase Phase { get; private set; } = Phase.Waiting.Instance;

    /// <summary>When the last attempt that is known started.</summary>
    public DateTimeOffset? StartedAt
    {
        get => _startedAt == 0 ? null : new DateTimeOffset(_startedAt, TimeSpan.Zero);
        private set => _startedAt = value?.UtcTicks ?? 0;
    }

    public bool AtHome => _atHome;

    /// <summary>True while an attempt is made, here or elsewhere, as far as is known here.</summary>
    public bool IsRunning => Phase is Phase.Running or Phase.Away { StartedAt: not null };

    /// <summary>The number of the offer that is under way; it says nothing after a restart, and is then given anew.</summary>
    public long OfferSequence { get; set; }

    /// <summary>Who is told of the end, since it asked to with the job itself; not durable, and default for nobody.</summary>
    public RequestId Follower { get; set; }

    /// <summary>What the running attempt said last of how far it is.</summary>
    public JobProgress? Progress { get; set; }

    /// <summary>Set once the runner was told to end the current attempt.</summary>
    public bool Stopping { get; set; }

    /// <summary>Makes the job from the first record of its life here.</summary>
    public static Job Create(ExecutorId self, Record.OfJob first)
    {
        var job = first switch
        {
            Record.Accepted accepted => new Job(self, accepted.Id, accepted.Terms, accepted.Content, accepted.At),
            Record.Held held => new Job(self, held.Id, held.Terms, held.Content, held.SubmittedAt),
            _ => throw new InvalidOperationException(
                $"The records of job {first.Id} begin with {first.GetType().Name}, not with Accepted or Held."
            ),
        };
        job.Apply(first);
        return job;
    }

    /// <summary>Makes the job from all records of its life here.</summary>
    public static Job Replay(ExecutorId self, IReadOnlyList<Record.OfJob> records)
    {
        var job = Create(self, records[0]);
        for (var i = 1; i < records.Count; i++)
        {
            job.Apply(records[i]);
        }

        return job;
    }

    /// <summary>Changes the durable part. Never refuses: whoever writes a record has checked it before.</summary>
    public void Apply(Record.OfJob record)
    {
        if (record is Record.Started or Record.TakenBack or Record.Interrupted or Record.Retried or Record.Finished)
        {
            Progress = null;
        }

        switch (record)
        {
            case Record.Accepted:
                Phase = Following(over: null);
                break;
            case Record.Held held:
                Apply(held);
                break;
            case Record.Offered offered:
                Transfer = offered.Transfer;
                Phase = new Phase.Offered(offered.To);
                Trail(offered.At, "offered", offered.To, $"lap {offered.Lap}");
                break;
            case Record.HandedOver handedOver:
                Phase = _atHome ? new Phase.Away(handedOver.To, StartedAt: null) : new Phase.PassedOn(handedOver.To);
                Content = _atHome ? Content : JobContent.Empty;
                Trail(handedOver.At, "moved", handedOver.To);
                break;
            case Record.Located located:
                Apply(located);
                break;
            case Record.TakenBack takenBack:
                Transfer = takenBack.Transfer;
                Attempt = takenBack.Attempt;
                Crashes = takenBack.Crashes;
                Phase = Phase.Waiting.Instance;
                Trail(takenBack.At, "taken_back", takenBack.From, takenBack.Why);
                break;
            case Record.Started started:
                Attempt = started.Attempt;
                StartedAt = started.At;
                Phase = new Phase.Running(started.At, started.Attempt);
                Trail(started.At, "started", Self, Text(started.Attempt));
                break;
            case Record.Interrupted interrupted:
                Crashes += interrupted.Crashed ? 1 : 0;
                Phase = Phase.Waiting.Instance;
                Trail(interrupted.At, interrupted.Crashed ? "executor_crashed" : "interrupted", Self);
                break;
            case Record.CancelNoted:
                CancelRequested = true;
                Trail(record.At, "cancel_requested", Self);
                break;
            case Record.Retried retried:
                Apply(retried);
                break;
            case Record.DependencyEnded ended:
                Apply(ended);
                break;
            case Record.Finished finished:
                Apply(finished);
                break;
            case Record.Dropped:
                Phase = Phase.Forgotten.Instance;
                break;
            default:
                throw new UnreachableException($"No rule for {record.GetType().Name}.");
        }
    }

    /// <summary>Leaves what is larger than this to the store, which has every record that was applied.</summary>
    public void LeaveToStore(long beyondBytes)
    {
        if (Content.Size > beyondBytes && Content is not StoredContent)
        {
            Content = new StoredContent(Content.Size);
        }

        if (
            !_atHome
            && Phase is Phase.Ended { Record: var ended }
            && ended.Outcome.Output is { Size: var size } and not StoredOutput
            && size > beyondBytes
        )
        {
            Phase = new Phase.Ended(ended with { Outcome = ended.Outcome with { Output = new StoredOutput(size) } });
        }
    }

    /// <summary>The jobs that it still waits for.</summary>
    public IEnumerable<JobId> PendingDependencies =>
        _dependencies.Length == 0
            ? []
            : Terms.After.Where((_, i) => _dependencies[i] == DependencyState.Pending).Select(dependency => dependency.Id).Distinct();

    /// <summary>A job that ended in another way than this one asked for; null for none.</summary>
    public Dependency? FailedDependency
    {
        get
        {
            for (var i = 0; i < _dependencies.Length; i++)
            {
                if (_dependencies[i] != DependencyState.Pending && !_dependencies[i].Meets(Terms.After[i].When))
                {
                    return Terms.After[i];
                }
            }

            return null;
        }
    }

    /// <summary>What it was scheduled for has come. Not durable: a restart finds the same, sooner or later.</summary>
    public void Release()
    {
        if (Phase is not Phase.Scheduled { Hold: var hold })
        {
            throw new InvalidOperationException($"Job {Id} is not scheduled.");
        }

        Phase = Following(hold);
    }

    /// <summary>What comes after something that it waited for: first jobs, then a time, then its turn.</summary>
    /// <param name="over">What it need not wait for any more; null at the beginning.</param>
    private Phase Following(Hold? over)
    {
        var hold =
            over is null && _dependencies.Length > 0 ? Hold.Dependencies.Instance
            : over is null or Hold.Dependencies && StartHold() is { } start ? start
            : over is not Hold.Turn && Terms.Concurrency is not null ? Hold.Turn.Instance
            : null;
        return hold is null ? Phase.Waiting.Instance : new Phase.Scheduled(hold);
    }

    private Hold? StartHold() =>
        Terms.Start switch
        {
            StartTime.At at => new Hold.Until(at.Time),
            StartTime.After after => new Hold.For(Reasons.StartTime, after.From(SubmittedAt), after.Delay),
            _ => null,
        };

    private void Apply(Record.DependencyEnded ended)
    {
        for (var i = 0; i < _dependencies.Length; i++)
        {
            if (Terms.After[i].Id == ended.Dependency)
            {
                _dependencies[i] = ended.State;
            }
        }

        if (
            Phase is Phase.Scheduled { Hold: Hold.Dependencies }
            && Array.IndexOf(_dependencies, DependencyState.Pending) < 0
            && FailedDependency is null
        )
        {
            Phase = Following(Hold.Dependencies.Instance);
        }
    }

    private void Apply(Record.Held held)
    {
        Transfer = held.Transfer;
        Attempt = new Attempt(Math.Max(Attempt.Value, held.Attempt.Value));
        Crashes = Math.Max(Crashes, held.Crashes);
        CancelRequested |= held.CancelRequested;
        if (Phase is Phase.Offered or Phase.PassedOn || (Phase is Phase.Ended && held.Retries > RetriesUsed))
        {
            Content = held.Content;
            Phase = Phase.Waiting.Instance;
        }

        RetriesUsed = Math.Max(RetriesUsed, held.Retries);
        Trail(held.At, "held", held.From);
    }

    private void Apply(Record.Located located)
    {
        var moved = Phase is not Phase.Away away || away.Holder != located.Holder;
        if (moved)
        {
            Trail(located.At, "moved", located.Holder);
        }

        if (located.StartedAt is { } startedAt && (moved || located.Attempt != Attempt || StartedAt != startedAt))
        {
            TrailStart(startedAt, located.Holder, located.Attempt);
            StartedAt = startedAt;
        }

        Transfer = located.Transfer;
        Attempt = located.Attempt;
        Crashes = located.Crashes;
        Phase = new Phase.Away(located.Holder, located.StartedAt);
    }

    private void Apply(Record.Retried retried)
    {
        NoteStart(retried.StartedAt, retried.By, retried.Attempt);
        Transfer = retried.Transfer;
        Attempt = retried.Attempt;
        Crashes = retried.Crashes;
        RetriesUsed++;
        _lastError = retried.Outcome.ToText();
        Phase = new Phase.Scheduled(new Hold.For(Reasons.RetryBackoff, retried.At + retried.Backoff, retried.Backoff));
        Trail(retried.At, "failed", retried.By, $"attempt {retried.Attempt}: {_lastError}");
    }

    /// <summary>An attempt that was made elsewhere may be heard of first by its end.</summary>
    private void NoteStart(DateTimeOffset? at, ExecutorId by, Attempt attempt)
    {
        if (at is { } startedAt && StartedAt != startedAt)
        {
            if (Phase is Phase.Offered { To: var to } && to == by)
            {
                // The word that the offer was accepted comes after the result, or not at all.
                Trail(startedAt, "moved", by);
            }

            TrailStart(startedAt, by, attempt);
            StartedAt = startedAt;
        }
    }

    /// <summary>
    /// That a job has moved is heard of later than it happened, and who has it may have started it before: then it had moved by that time.
    /// </summary>
    private void TrailStart(DateTimeOffset at, ExecutorId by, Attempt attempt)
    {
        if (_trail is [.., var before, { Event: "moved" } moved] && moved.Executor == by && at < moved.At)
        {
            _trail[^1] = moved with { At = at > before.At ? at : before.At };
        }

        Trail(at, "started", by, Text(attempt));
    }

    private void Apply(Record.Finished finished)
    {
        NoteStart(finished.StartedAt, finished.By, finished.Attempt);
        Attempt = new Attempt(Math.Max(Attempt.Value, finished.Attempt.Value));
        Crashes = Math.Max(Crashes, finished.Crashes);
        Phase = new Phase.Ended(finished);
        Content = JobContent.Empty;
        Trail(finished.At, "finished", finished.By, finished.Outcome.Reason);
    }

    public JobView ToView(string? waitsBecause = null)
    {
        var ended = (Phase as Phase.Ended)?.Record;
        var hold = (Phase as Phase.Scheduled)?.Hold;
        var state = Phase switch
        {
            Phase.Ended { Record.Outcome.End: JobEnd.Succeeded } => JobState.Succeeded,
            Phase.Ended { Record.Outcome.End: JobEnd.Failed } => JobState.Failed,
            Phase.Ended { Record.Outcome.End: JobEnd.Cancelled } => JobState.Cancelled,
            _ when IsRunning => JobState.Running,
            Phase.Scheduled => JobState.Scheduled,
            _ => JobState.Waiting,
        };
        return new JobView
        {
            Id = Id,
            Terms = Terms,
            State = state,
            Reason = ended is null ? hold?.Reason ?? waitsBecause : ended.Outcome.Reason,
            Error = ended is null ? _lastError : ended.Outcome.Error,
            Holder = Phase switch
            {
                Phase.Away away => away.Holder,
                Phase.PassedOn passedOn => passedOn.To,
                Phase.Ended { Record.By: var by } => by,
                _ => Self,
            },
            Transfer = Transfer,
            Attempt = Attempt,
            Crashes = Crashes,
            ExitCode = ended?.Outcome.ExitCode,
            Signal = ended?.Outcome.Signal,
            ResultBytesDropped = ended?.Outcome.Output.ResultBytesDropped ?? 0,
            ErrorBytesDropped = ended?.Outcome.Output.ErrorBytesDropped ?? 0,
            SubmittedAt = SubmittedAt,
            StartedAt = StartedAt,
            FinishedAt = ended?.At,
            CancelRequested = CancelRequested,
            Dependencies = _dependencies,
            RetriesUsed = RetriesUsed,
            Progress = Progress,
            StartAt = Terms.Start?.From(SubmittedAt),
            NextAttemptAt = hold switch
            {
                Hold.Until until => until.Time,
                Hold.For wait => wait.End,
                _ => null,
            },
            Trail = (_trail ?? FirstTrail()).ToArray(),
        };
    }

    private void Trail(DateTimeOffset at, string what, ExecutorId executor, string? detail = null)
    {
        _trail ??= FirstTrail();
        if (_trail.Count == JobView.TrailMaxEntries)
        {
            // The first entry says where the job came from: it stays.
            _trail.RemoveAt(1);
        }

        _trail.Add(new TrailEntry(at, what, executor, detail));
    }

    // Mostly it is the first one: no text is made for it anew.
    private static string Text(Attempt attempt) => attempt.Value == 1 ? "attempt 1" : $"attempt {attempt}";

    private List<TrailEntry> FirstTrail()
    {
        var trail = new List<TrailEntry>(UsualTrail);
        if (_atHome)
        {
            trail.Add(new TrailEntry(SubmittedAt, "accepted", Self));
        }

        return trail;
    }
}
