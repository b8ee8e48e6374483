using Rondo.Core;

namespace Rondo.Storage.Tests;

/// <summary>One value of each kind, the same in every run. The golden bytes are made of them: they do not change.</summary>
internal static class Samples
{
    public static readonly ExecutorId Self = ExecutorId.Parse("k7q2");
    public static readonly ExecutorId Peer = ExecutorId.Parse("m3xd");
    public static readonly JobId Own = new(Self, 42);
    public static readonly JobId Foreign = new(Peer, 1_000_000);
    public static readonly DateTimeOffset At = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.Zero).AddTicks(9);

    public static readonly JobTerms Terms = new()
    {
        Kind = JobKind.Command,
        Summary = "sh -c 'echo hi'",
        Name = "greet",
        Group = "demo",
        Priority = -3,
        FailOnExecutorLoss = true,
    };

    public static readonly JobTerms HandlerTerms = new()
    {
        Kind = JobKind.Handler,
        Handler = "resize",
        Summary = "resize",
    };

    public static readonly JobTerms AllTerms = Terms with
    {
        Labels = new EquatableList<Label>(new Label("team", "blue"), new Label("zone", "")),
        Requires = new EquatableList<Label>(new Label("gpu", "yes")),
        Start = new StartTime.At(At.AddDays(1)),
        Retries = new RetryPolicy
        {
            Max = 5,
            Backoff = TimeSpan.FromSeconds(2),
            Factor = 1.5,
            MaxBackoff = TimeSpan.FromMinutes(1),
            Jitter = 0.25,
            ExitCodes = new EquatableList<int>(75, 111),
            Exceptions = new EquatableList<string>("System.TimeoutException"),
        },
        TimeLimit = new TimeLimit(TimeSpan.FromMinutes(2), TimeSpan.FromSeconds(3)),
        IdempotencyKey = "order 7",
        After = new EquatableList<Dependency>(
            new Dependency(Own, DependencyCondition.Success),
            new Dependency(Foreign, DependencyCondition.End)
        ),
        Concurrency = new ConcurrencyLimit("database", 4),
        Retention = TimeSpan.FromHours(1),
        Index = -7,
        RetryOf = Foreign,
    };

    public static readonly JobTerms DelayedTerms = HandlerTerms with { Start = new StartTime.After(TimeSpan.FromMilliseconds(1500)) };

    public static readonly JobContent Content = new("{\"command\":[\"sh\"]}"u8.ToArray(), "text"u8.ToArray());

    public static readonly Outcome Failed = new()
    {
        End = JobEnd.Failed,
        Reason = Reasons.ExitCode,
        Error = "it exited with 7",
        ExitCode = 7,
        Output = new JobOutput("out"u8.ToArray(), "err"u8.ToArray(), 11, 12),
    };

    public static readonly Outcome Succeeded = new() { End = JobEnd.Succeeded, ExitCode = 0 };

    public static readonly Outcome Cancelled = new()
    {
        End = JobEnd.Cancelled,
        Reason = Reasons.CancelledByClient,
        Signal = 15,
    };

    public static readonly Outcome Threw = new()
    {
        End = JobEnd.Failed,
        Reason = Reasons.HandlerError,
        Error = "System.IO.IOException: no",
        Exception = "System.IO.IOException",
    };

    public static readonly Member Member = new()
    {
        Id = Peer,
        Incarnation = new Incarnation(5),
        Name = "left rack",
        RingAddress = "127.0.0.1:7071",
        HttpAddress = "127.0.0.1:7070",
        Capabilities = new Capabilities(true, new EquatableList<string>("resize", "thumbnail")) { Protocol = 1 },
    };

    public static readonly Member LabelledMember = Member with
    {
        Capabilities = Member.Capabilities with { Labels = new EquatableList<Label>(new Label("zone", "north")) },
    };

    public static readonly IReadOnlyList<Record> Records =
    [
        new Record.Accepted(Own, At, Terms, Content),
        new Record.Accepted(Own, At, HandlerTerms, JobContent.Empty),
        new Record.Held(Foreign, At, Terms, Content, At.AddSeconds(-1), Peer, new TransferNumber(3), new Attempt(2), 1, true),
        new Record.Offered(Own, At, Peer, new TransferNumber(4), 812),
        new Record.HandedOver(Own, At, Peer, new TransferNumber(4)),
        new Record.Located(Own, At, Peer, new TransferNumber(5), new Attempt(1), 2, At.AddSeconds(1)),
        new Record.Located(Own, At, Peer, new TransferNumber(5), new Attempt(0), 0, null),
        new Record.TakenBack(Own, At, Peer, new TransferNumber(6), new Attempt(2), 1, "executor_lost"),
        new Record.Started(Own, At, new Attempt(3)),
        new Record.Interrupted(Own, At, true),
        new Record.CancelNoted(Own, At),
        new Record.Finished(Own, At, Self, new Attempt(3), 1, At.AddSeconds(-2), Failed),
        new Record.Finished(Own, At, Peer, new Attempt(1), 0, null, Cancelled),
        new Record.Dropped(Foreign, At),
        new Record.Minted(7),
        new Record.MemberKnown(Member),
        new Record.MemberGone(Peer, new Incarnation(5)),
        new Record.Finished(Own, At, Self, new Attempt(1), 0, null, Threw),
        new Record.Accepted(Own, At, AllTerms, Content),
        new Record.Accepted(Own, At, DelayedTerms, JobContent.Empty),
        new Record.MemberKnown(LabelledMember),
        new Record.Retried(Own, At, Peer, new TransferNumber(8192), new Attempt(2), 1, At, TimeSpan.FromSeconds(4), Threw),
        new Record.Accepted(Own, At, HandlerTerms with { IdempotencyKey = "order-7", Digest = 0x1234567890ABCDEF }, JobContent.Empty),
        new Record.DependencyEnded(Own, At, Foreign, DependencyState.Failed),
        new Record.CronKept(new Cron("nightly", "{}"u8.ToArray(), At, At.AddHours(1))),
        new Record.CronKept(new Cron("nightly", "{}"u8.ToArray(), At, At.AddHours(1), At.AddHours(1), Own)),
        new Record.CronGone("nightly"),
        new Record.CronKept(new Cron("nightly", "{}"u8.ToArray(), At, At.AddHours(1)) { CopyOf = Peer }),
    ];

    private static readonly Generation _generation = new(7, Self);

    private static readonly Token _token = new(
        _generation,
        99,
        812,
        3,
        new EquatableList<LoadRow>(
            new LoadRow(Self, new Incarnation(2), 3, 40, 4, 1, false, EquatableList<OnTheWay>.Empty, new EquatableList<ExecutorId>(Peer)),
            new LoadRow(
                Peer,
                new Incarnation(5),
                1,
                0,
                8,
                2,
                true,
                new EquatableList<OnTheWay>(new OnTheWay(Self, new Incarnation(2), 17, 5)),
                EquatableList<ExecutorId>.Empty
            )
        )
    );

    public static readonly IReadOnlyList<Message> Messages =
    [
        new Message.Hello(-5, new EquatableList<Member>(Member)),
        new Message.HelloAck(6, EquatableList<Member>.Empty),
        new Message.Inquire(7),
        new Message.Alive(8, TimeSpan.FromTicks(12345)),
        new Message.Alive(8, null),
        new Message.Pass(new Incarnation(5), _token),
        new Message.Ack(_generation, 99),
        new Message.Nack(_generation, 99, new Incarnation(6)),
        new Message.Stale(_generation, 99, new Generation(8, Peer)),
        new Message.Stale(default, 0, new Generation(8, Peer)),
        new Message.Wake(),
        new Message.Offer(
            new EquatableList<OfferedJob>(new OfferedJob(Own, 17, new TransferNumber(4), new Attempt(1), 1, true, At, Terms, Content))
        ),
        new Message.Accept(new EquatableList<JobTransfer>(new JobTransfer(Own, new TransferNumber(4)))),
        new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(Foreign, new TransferNumber(1)))),
        new Message.Holding(new EquatableList<HeldJob>(new HeldJob(Own, Peer, new TransferNumber(4), new Attempt(1), 1, At))),
        new Message.HoldingAck(new EquatableList<JobVerdict>(new JobVerdict(Own, new TransferNumber(4), new Attempt(1), true))),
        new Message.Result(
            new EquatableList<JobResult>(new JobResult(Own, new TransferNumber(4), new Attempt(1), 1, At, At.AddSeconds(1), Failed))
        ),
        new Message.ResultAck(new EquatableList<ResultReceipt>(new ResultReceipt(Own, null), new ResultReceipt(Foreign, null))),
        new Message.Cancel(new EquatableList<JobId>(Own)),
        new Message.Leave(Peer, new Incarnation(5)),
        new Message.Await(new EquatableList<JobId>(Own, Foreign)),
        new Message.Ended(
            new EquatableList<JobEnded>(new JobEnded(Own, DependencyState.Pending), new JobEnded(Foreign, DependencyState.Unknown))
        ),
        new Message.EndedAck(new EquatableList<JobId>(Own)),
        new Message.ResultAck(
            new EquatableList<ResultReceipt>(
                new ResultReceipt(Own, new TransferNumber(4)),
                new ResultReceipt(Foreign, new TransferNumber(8193))
            )
        ),
        new Message.Progress(Own, new TransferNumber(4), new JobProgress(12.5, "resizing", At)),
        new Message.Offer(EquatableList<OfferedJob>.Empty) { To = new Incarnation(5) },
        new Message.Reject(new EquatableList<JobTransfer>(new JobTransfer(Foreign, new TransferNumber(1)))) { By = new Incarnation(6) },
        new Message.Pass(new Incarnation(5), _token with { Giver = Peer, Rests = true }),
        new Message.Offer(EquatableList<OfferedJob>.Empty) { To = new Incarnation(5), Load = 3 },
        new Message.Hello(-5, new EquatableList<Member>(Member)) { New = true },
        new Message.Check(new EquatableList<JobTransfer>(new JobTransfer(Own, new TransferNumber(4)))),
    ];
}
