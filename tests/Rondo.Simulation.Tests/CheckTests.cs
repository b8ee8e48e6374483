using Rondo.Core;
using Record = Rondo.Core.Record;

namespace Rondo.Simulation.Tests;

/// <summary>The checks themselves: each is shown a history in which its promise is broken.</summary>
public sealed class CheckTests
{
    private readonly Simulation _simulation = new(seed: 4, kind: RunKind.Safety);
    private readonly Machine _home;
    private readonly Machine _other;
    private readonly JobId _job;

    public CheckTests()
    {
        _home = _simulation.Machines[0];
        _other = _simulation.Machines[1];
        _job = new JobId(_home.Id, 1);
    }

    private static JobTerms Terms => new() { Kind = JobKind.Command, Summary = "job" };

    [Fact]
    public void SecondFinalRecord_IsCaught()
    {
        Accept();
        Commit(_home, Finished(Cancelled()));

        Throws("after the final record", () => Commit(_home, Finished(Cancelled())));
    }

    [Fact]
    public void ResultThatNoExecutionCameTo_IsCaught()
    {
        var run = Start();
        var changed = run.Outcome with { End = run.Outcome.End == JobEnd.Succeeded ? JobEnd.Failed : JobEnd.Succeeded };

        Throws("came to", () => Commit(_home, Finished(changed)));
    }

    [Fact]
    public void ResultOfAnotherJob_IsCaught()
    {
        var run = Start();
        Commit(_home, new Record.Accepted(new JobId(_home.Id, 2), default, Terms, Content()));

        Throws("came to", () => Commit(_home, Finished(run.Outcome) with { Id = new JobId(_home.Id, 2) }));
    }

    [Fact]
    public void CancelThatNobodyAskedFor_IsCaught()
    {
        Accept();

        Throws("no reason", () => Commit(_home, Finished(new Outcome { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient })));
    }

    [Fact]
    public void SecondExecutionWithoutACrash_IsCaught()
    {
        Start();

        Throws("executed 2 times", () => _simulation.Jobs.OnStart(_home, StartEffect()));
    }

    [Fact]
    public void SecondExecutionAfterACrash_OfAJobThatMustNotRunTwice_IsCaught()
    {
        var id = Accept(9, Terms with { FailOnExecutorLoss = true });
        Commit(_home, new Record.Started(id, default, new Attempt(1)));
        var start = StartEffect() with { Id = id };
        _simulation.Jobs.OnCrashed(_simulation.Jobs.OnStart(_home, start));

        Throws("executed 2 times", () => _simulation.Jobs.OnStart(_home, start));
    }

    [Fact]
    public void SecondExecutionAfterACrash_IsFine()
    {
        _simulation.Jobs.OnCrashed(Start());

        _simulation.Jobs.OnStart(_home, StartEffect());
    }

    [Fact]
    public void StartBeforeItsRecordIsDurable_IsCaught()
    {
        Accept();

        Throws("before that is durable", () => _simulation.Jobs.OnStart(_home, StartEffect()));
    }

    [Fact]
    public void IdGivenOutBeforeTheJobIsDurable_IsCaught() =>
        Throws("before it was durable", () => _simulation.Jobs.OnTold(_home, _job, _simulation.Workload.NewPlan(Terms), isKnown: false));

    [Fact]
    public void FinalStateToldBeforeItIsDurable_IsCaught()
    {
        Accept();

        Throws("not durable", () => _simulation.Jobs.OnView(_home, View(JobState.Succeeded)));
    }

    [Fact]
    public void FinalStateThatChanges_IsCaught()
    {
        Accept();
        Commit(_home, Finished(Cancelled()));
        _simulation.Jobs.OnView(_home, View(JobState.Cancelled) with { Reason = Reasons.CancelledByClient });

        Throws("after it was final", () => _simulation.Jobs.OnView(_home, View(JobState.Running)));
    }

    [Fact]
    public void CrashThatDidNotHappen_IsCaught()
    {
        Start();

        Throws("did not", () => Commit(_home, new Record.Interrupted(_job, default, Crashed: true)));
    }

    [Fact]
    public void DependentThatRunsTooEarly_IsCaught()
    {
        Accept();
        var dependent = Accept(2, Terms with { After = new EquatableList<Dependency>(new Dependency(_job, DependencyCondition.Success)) });
        Commit(_home, new Record.Started(dependent, default, new Attempt(1)));

        Throws("which waits for", () => _simulation.Jobs.OnStart(_home, StartEffect() with { Id = dependent }));
    }

    [Fact]
    public void EndOfADependencyThatDidNotCome_IsCaught()
    {
        Accept();
        var dependent = Accept(2, Terms with { After = new EquatableList<Dependency>(new Dependency(_job, DependencyCondition.Success)) });

        foreach (var state in new[] { DependencyState.Succeeded, DependencyState.Unknown })
        {
            Throws("is Pending", () => Commit(_home, new Record.DependencyEnded(dependent, default, _job, state)));
        }
    }

    [Fact]
    public void CapThatIsExceeded_IsCaught()
    {
        var capped = Terms with { Concurrency = new ConcurrencyLimit("cap", 1) };
        foreach (var number in new[] { 1, 2 })
        {
            Commit(_home, new Record.Started(Accept(number, capped), default, new Attempt(1)));
        }

        var run = _simulation.Jobs.OnStart(_home, StartEffect());
        Throws("at the same time", () => _simulation.Jobs.OnStart(_home, StartEffect() with { Id = new JobId(_home.Id, 2) }));

        _simulation.Jobs.Terms.OnEnded(run);
        Commit(_home, new Record.Started(Accept(3, capped), default, new Attempt(1)));
        Throws("at the same time", () => _simulation.Jobs.OnStart(_home, StartEffect() with { Id = new JobId(_home.Id, 3) }));
    }

    [Fact]
    public void KeyThatGivesTwoJobs_IsCaught()
    {
        var keyed = Terms with { IdempotencyKey = "key" };
        Commit(_home, new Record.MemberKnown(MemberOf(_other)));
        Commit(_other, new Record.MemberKnown(MemberOf(_home)));
        Accept(1, keyed);

        var content = _simulation.Workload.NewPlan(keyed).ToContent();
        Throws("has the same key", () => Commit(_other, new Record.Accepted(new JobId(_other.Id, 1), default, keyed, content)));
    }

    [Fact]
    public void JobThatMovesTwiceInCalm_IsCaught()
    {
        var (calm, balance) = Calm();
        PassFor(laps: 3, calm);
        Come(balance);

        balance.OnAccepted(_job, calm.Machines[0], isFirst: true);
        balance.OnMoved(_job);
        Throws("moved twice", () => balance.OnMoved(_job));

        balance.OnEnded();
        balance.OnMoved(_job);
    }

    [Fact]
    public void JobThatCameBeforeTheRingWasAtRest_MayMoveTwice()
    {
        var (calm, balance) = Calm();
        Come(balance);
        PassFor(laps: 3, calm);

        balance.OnAccepted(_job, calm.Machines[0], isFirst: true);
        balance.OnMoved(_job);
        balance.OnMoved(_job);
    }

    private static (Simulation, BalanceWatch) Calm()
    {
        var calm = new Simulation(seed: 4, kind: RunKind.Calm);
        return (calm, new BalanceWatch(calm, grace: 0));
    }

    private void Come(BalanceWatch balance)
    {
        var output = new StepOutput();
        output.Records.Add(new Record.Accepted(_job, default, Terms, JobContent.Empty));
        balance.OnStepped(output);
    }

    private static void PassFor(int laps, Simulation calm)
    {
        for (var lap = 1; lap <= laps; lap++)
        {
            calm.Token.OnPass(calm.Machines[0], process: 1, MemberOf(calm.Machines[1]), PassOf(calm.Machines[1], hop: lap, lap));
        }
    }

    [Fact]
    public void ForkedToken_IsCaught()
    {
        Commit(_home, new Record.Minted(3));
        var pass = Pass(hop: 1);
        _simulation.Token.OnPass(_home, process: 1, MemberOf(_other), pass);
        _simulation.Token.OnPass(_home, process: 1, MemberOf(_other), pass);

        Throws("passed twice", () => _simulation.Token.OnPass(_other, process: 2, MemberOf(_home), pass));
        Throws("passed twice", () => _simulation.Token.OnPass(_home, process: 3, MemberOf(_other), pass));
        Throws("passed twice", () => _simulation.Token.OnPass(_home, process: 1, MemberOf(_other), pass with { To = new Incarnation(9) }));
    }

    [Fact]
    public void TokenOfAnEpochThatIsNotDurable_IsCaught() =>
        Throws("did not record", () => _simulation.Token.OnPass(_home, process: 1, MemberOf(_other), Pass(hop: 1)));

    [Fact]
    public void EpochMadeTwice_IsCaught()
    {
        Commit(_home, new Record.Minted(3));
        Throws("made epoch 3 after 3", () => Commit(_home, new Record.Minted(3)));

        _simulation.Token.OnMade(_home, new Generation(3, _home.Id));
        Throws("twice", () => _simulation.Token.OnMade(_home, new Generation(3, _home.Id)));
    }

    [Fact]
    public void MessageAboutTooManyJobs_IsCaught()
    {
        var jobs = new JobId[Message.MaxJobs + 1];
        MessageBounds.Check(_home.Id, new Message.Cancel(new EquatableList<JobId>(jobs.AsSpan(1))));

        Throws("513 jobs", () => MessageBounds.Check(_home.Id, new Message.Cancel(new EquatableList<JobId>(jobs))));
        Throws("0 jobs", () => MessageBounds.Check(_home.Id, new Message.Cancel(EquatableList<JobId>.Empty)));
    }

    [Fact]
    public void OfferUnderANumberThatIsNotDurable_IsCaught()
    {
        Accept();
        Throws("offers", () => DurableFirst.Check(_home, Offer(1)));

        Commit(_home, new Record.Offered(_job, default, _other.Id, new TransferNumber(1), 0));
        DurableFirst.Check(_home, Offer(1));
        Throws("offers", () => DurableFirst.Check(_home, Offer(2)));
    }

    [Fact]
    public void OfferWhoseJobCameBackInTheSameCommit_IsFine()
    {
        _other.Store.Commit([
            Held(1),
            new Record.Offered(_job, default, _home.Id, new TransferNumber(2), 0),
            new Record.HandedOver(_job, default, _home.Id, new TransferNumber(2)),
            new Record.Dropped(_job, default),
            Held(8192),
        ]);

        DurableFirst.Check(_other, Offer(2));
        Throws("offers", () => DurableFirst.Check(_other, Offer(8192)));
    }

    [Fact]
    public void ResultThatIsNotDurableUnderItsNumber_IsCaught()
    {
        _other.Store.Commit([Held(1)]);
        Throws("sends a result", () => DurableFirst.Check(_other, Result(1)));

        _other.Store.Commit([Finished(Failed), Held(4)]);
        DurableFirst.Check(_other, Result(1));
        DurableFirst.Check(_other, Result(4));

        // Its home tries it again: it has not ended under that number.
        _other.Store.Commit([Held(8192) with { Retries = 1 }]);
        Throws("sends a result", () => DurableFirst.Check(_other, Result(8192)));
    }

    [Fact]
    public void ResultOfAnEarlierStayOfAJob_IsOfThatAlone()
    {
        _other.Store.Commit([Held(1), Finished(Failed), new Record.Dropped(_job, default), Held(8192)]);

        DurableFirst.Check(_other, Result(1));
        Throws("sends a result", () => DurableFirst.Check(_other, Result(8192)));
    }

    private static Outcome Failed { get; } = new() { End = JobEnd.Failed };

    private Record.Held Held(int transfer) =>
        new(_job, default, Terms, JobContent.Empty, default, _home.Id, new TransferNumber(transfer), default, 0, false);

    private Message.Offer Offer(int transfer) =>
        new(
            new EquatableList<OfferedJob>(
                new OfferedJob(_job, 1, new TransferNumber(transfer), default, 0, false, default, Terms, JobContent.Empty)
            )
        );

    private Message.Result Result(int transfer) =>
        new(new EquatableList<JobResult>(new JobResult(_job, new TransferNumber(transfer), new Attempt(1), 0, null, default, Failed)));

    private JobContent Content() => _simulation.Workload.NewPlan(Terms).ToContent();

    private void Accept() => Commit(_home, new Record.Accepted(_job, default, Terms, Content()));

    private JobId Accept(int number, JobTerms terms)
    {
        var id = new JobId(_home.Id, number);
        Commit(_home, new Record.Accepted(id, default, terms, _simulation.Workload.NewPlan(terms).ToContent()));
        return id;
    }

    private Run Start()
    {
        Accept();
        Commit(_home, new Record.Started(_job, default, new Attempt(1)));
        return _simulation.Jobs.OnStart(_home, StartEffect());
    }

    private Effect.Start StartEffect() => new(_job, new Attempt(1), Terms, JobContent.Empty);

    private Record.Finished Finished(Outcome outcome) => new(_job, default, _home.Id, new Attempt(1), 0, null, outcome);

    private Outcome Cancelled()
    {
        _simulation.Jobs.OnCancelRequested(_job);
        return new Outcome { End = JobEnd.Cancelled, Reason = Reasons.CancelledByClient };
    }

    private JobView View(JobState state) =>
        new()
        {
            Id = _job,
            Terms = Terms,
            State = state,
            Holder = _home.Id,
            SubmittedAt = default,
            Trail = [],
        };

    private Message.Pass Pass(long hop) =>
        new(new Incarnation(1), new Token(new Generation(3, _home.Id), hop, 0, 0, EquatableList<LoadRow>.Empty));

    private static Message.Pass PassOf(Machine creator, long hop, long lap) =>
        new(new Incarnation(1), new Token(new Generation(3, creator.Id), hop, lap, 0, EquatableList<LoadRow>.Empty));

    private static Member MemberOf(Machine machine) =>
        new()
        {
            Id = machine.Id,
            Incarnation = new Incarnation(1),
            Name = "",
            RingAddress = machine.Address,
            HttpAddress = machine.Address,
            Capabilities = machine.Capabilities,
        };

    private void Commit(Machine machine, Record record)
    {
        machine.Store.Commit([record]);
        _simulation.Jobs.OnCommitted(machine, [record]);
    }

    private static void Throws(string part, Action act) =>
        Assert.Contains(part, Assert.Throws<Violation>(act).Message, StringComparison.Ordinal);
}
