namespace Rondo.Core.Tests;

/// <summary>One core with a store that keeps every record, and jobs that end after a while.</summary>
internal sealed class TestExecutor(TestRing ring, ExecutorId id, int slots, string? join, Capabilities capabilities)
{
    private readonly List<Record> _records = [];
    private ExecutorCore? _core;
    private long _incarnation;

    public ExecutorId Id => id;

    public bool IsUp => _core is not null;

    public TimeSpan NextDeadline => _core?.NextDeadline ?? TimeSpan.MaxValue;

    public IReadOnlyList<Record> Records => _records;

    /// <summary>The newest attempts that run.</summary>
    public Dictionary<JobId, Attempt> Running { get; } = [];

    // Also those that were told to end and have not yet.
    private readonly HashSet<(JobId, Attempt)> _live = [];

    public Dictionary<RequestId, Answer> Answers { get; } = [];

    public List<CoreEvent> Events { get; } = [];

    /// <summary>How long the jobs run here; null for ever.</summary>
    public TimeSpan? JobTime { get; set; } = TimeSpan.FromSeconds(1);

    public Member Member =>
        new()
        {
            Id = id,
            Incarnation = new Incarnation(_incarnation),
            Name = id.ToString(),
            RingAddress = $"{id}:1",
            HttpAddress = $"{id}:2",
            Capabilities = capabilities,
        };

    public void Start()
    {
        _incarnation++;
        var settings = new CoreSettings
        {
            Self = Member,
            Slots = slots,
            Join = join is null ? [] : [join],
        };
        _core = new ExecutorCore(settings, Recover(), ring.Instant);
        var output = new StepOutput();
        _core.Start(ring.Instant, output);
        _core.EndBatch(ring.Instant, output);
        Release(output);
    }

    public void Kill()
    {
        _core = null;
        Running.Clear();
        _live.Clear();
        foreach (var other in ring.Executors.Values.Where(other => other != this && other.IsUp))
        {
            ring.After(
                TimeSpan.FromMilliseconds(1),
                () =>
                {
                    if (other.IsUp && !IsUp)
                    {
                        other.Step(new Input.LinkBroken(id));
                    }
                }
            );
        }
    }

    public void Step(Input input)
    {
        var output = new StepOutput();
        _core!.Step(input, ring.Instant, output);
        _core.EndBatch(ring.Instant, output);
        Release(output);
    }

    public Answer Ask(Func<RequestId, Input> input)
    {
        var request = ring.NewRequest();
        Step(input(request));
        return Answers[request];
    }

    public JobId Submit(JobTerms? terms = null) =>
        Assert.IsType<Answer.Submitted>(Ask(request => new Input.Submit(request, terms ?? Command(), JobContent.Empty))).Id;

    public JobView View(JobId job) => Assert.IsType<Answer.Job>(Ask(request => new Input.Query(request, job))).View;

    public RingView Ring() => Assert.IsType<Answer.Ring>(Ask(request => new Input.QueryRing(request))).View;

    public static JobTerms Command(int priority = 0) =>
        new()
        {
            Kind = JobKind.Command,
            Summary = "true",
            Priority = priority,
        };

    public static JobTerms Handler(string name) =>
        new()
        {
            Kind = JobKind.Handler,
            Handler = name,
            Summary = name,
        };

    /// <summary>The first records of unfinished jobs and what followed, as a store would give them back.</summary>
    private Recovered Recover()
    {
        var jobs = new Dictionary<JobId, List<Record.OfJob>>();
        var members = new Dictionary<ExecutorId, Member>();
        long minted = 0;
        long number = 0;
        foreach (var record in _records)
        {
            switch (record)
            {
                case Record.Minted mint:
                    minted = mint.Epoch;
                    break;
                case Record.MemberKnown known:
                    members[known.Member.Id] = known.Member;
                    break;
                case Record.MemberGone gone:
                    members.Remove(gone.Id);
                    break;
                case Record.Finished finished when finished.Id.Home == id:
                case Record.Dropped:
                    jobs.Remove(((Record.OfJob)record).Id);
                    break;
                case Record.OfJob ofJob:
                    if (!jobs.TryGetValue(ofJob.Id, out var records))
                    {
                        jobs.Add(ofJob.Id, records = []);
                    }

                    records.Add(ofJob);
                    number = ofJob.Id.Home == id ? Math.Max(number, ofJob.Id.Number) : number;
                    break;
            }
        }

        return new Recovered(minted, number, [.. members.Values], jobs.Values);
    }

    private void Release(StepOutput output)
    {
        _records.AddRange(output.Records);
        foreach (var effect in output.Prompt.Concat(output.Effects))
        {
            switch (effect)
            {
                case Effect.Send send:
                    ring.Deliver(id, send.To.RingAddress, send.Message);
                    break;
                case Effect.Greet greet:
                    ring.Deliver(id, greet.Address, greet.Hello);
                    break;
                case Effect.Start start:
                    Assert.True(_live.Add((start.Id, start.Attempt)), $"{id} starts {start.Id} twice under the same number");
                    Running[start.Id] = start.Attempt;
                    if (JobTime is { } time)
                    {
                        ring.After(time, () => End(start.Id, start.Attempt, new Outcome { End = JobEnd.Succeeded, ExitCode = 0 }));
                    }

                    break;
                case Effect.Stop stop:
                    ring.After(
                        TimeSpan.FromMilliseconds(1),
                        () =>
                            End(
                                stop.Id,
                                stop.Attempt,
                                new Outcome
                                {
                                    End = JobEnd.Failed,
                                    Reason = Reasons.Signal,
                                    Signal = 15,
                                }
                            )
                    );
                    break;
                case Effect.Reply reply:
                    Answers.Add(reply.Request, reply.Answer);
                    break;
                case Effect.LookUp lookUp:
                    Step(new Input.LookedUp(new EquatableList<JobEnded>([.. lookUp.Jobs.Select(LookUp)])));
                    break;
                case Effect.FindKey find:
                    Step(new Input.KeyFound(find.Key, FindKey(find.Key)));
                    break;
                case Effect.Note note:
                    Events.Add(note.Event);
                    break;
            }
        }
    }

    private JobEnded LookUp(JobId job) =>
        new(
            job,
            _records.OfType<Record.Finished>().FirstOrDefault(finished => finished.Id == job) is { } ended
                    ? DependencyStates.Of(ended.Outcome.End)
                : _records.OfType<Record.Accepted>().Any(accepted => accepted.Id == job) ? DependencyState.Pending
                : DependencyState.Unknown
        );

    private KeyedJob? FindKey(string key) =>
        _records.OfType<Record.Accepted>().FirstOrDefault(accepted => accepted.Terms.IdempotencyKey == key) is { } accepted
            ? new KeyedJob(accepted.Id, accepted.Terms.Digest)
            : null;

    public void End(JobId job, Attempt attempt, Outcome outcome)
    {
        if (IsUp && _live.Remove((job, attempt)))
        {
            if (Running.TryGetValue(job, out var running) && running == attempt)
            {
                Running.Remove(job);
            }

            Step(new Input.RunEnded(job, attempt, outcome, Interrupted: false));
        }
    }
}
