using CsCheck;
using Rondo.Core;

namespace Rondo.Storage.Tests;

/// <summary>Random messages of each kind.</summary>
internal static class AnyMessage
{
    private static readonly Gen<Generation> _generation =
        from epoch in Any.Long
        from creator in Gen.OneOf(Any.Executor, Gen.Const(default(ExecutorId)))
        select new Generation(epoch, creator);

    private static readonly Gen<OnTheWay> _onTheWay =
        from @from in Any.Executor
        from incarnation in Any.Incarnation
        from sequence in Any.Long
        from jobs in Any.Count
        select new OnTheWay(@from, incarnation, sequence, jobs);

    private static readonly Gen<LoadRow> _row =
        from executor in Any.Executor
        from incarnation in Any.Incarnation
        from running in Any.Count
        from waiting in Any.Count
        from slots in Any.Count
        from weight in Any.Count
        from draining in Gen.Bool
        from onTheWay in Any.List(_onTheWay)
        from missed in Any.List(Any.Executor)
        select new LoadRow(executor, incarnation, running, waiting, slots, weight, draining, onTheWay, missed);

    private static readonly Gen<Message> _pass =
        from to in Any.Incarnation
        from generation in _generation
        from hop in Any.Long
        from lap in Any.Long
        from quiet in Any.Count
        from table in Any.List(_row)
        from giver in Gen.Bool.SelectMany(some => some ? Any.Executor : Gen.Const(default(ExecutorId)))
        from rests in Gen.Bool
        select (Message)new Message.Pass(to, new Token(generation, hop, lap, quiet, table) { Giver = giver, Rests = rests });

    private static readonly Gen<OfferedJob> _offered =
        from id in Any.Id
        from sequence in Any.Long
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from cancel in Gen.Bool
        from submitted in Any.Time
        from terms in Any.Terms
        from content in Any.Content
        from retries in Any.Count
        select new OfferedJob(id, sequence, transfer, attempt, crashes, cancel, submitted, terms, content) { Retries = retries };

    private static readonly Gen<EquatableList<JobTransfer>> _transfers = Any.List(
        Gen.Select(Any.Id, Any.Transfer, (id, transfer) => new JobTransfer(id, transfer))
    );

    private static readonly Gen<Incarnation?> _start = Gen.Long[1, long.MaxValue].Select(value => new Incarnation(value)).Nullable();

    private static readonly Gen<HeldJob> _held =
        from id in Any.Id
        from holder in Any.Executor
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from started in Any.OptionalTime
        select new HeldJob(id, holder, transfer, attempt, crashes, started);

    private static readonly Gen<JobVerdict> _verdict =
        from id in Any.Id
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from current in Gen.Bool
        select new JobVerdict(id, transfer, attempt, current);

    private static readonly Gen<JobResult> _result =
        from id in Any.Id
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from started in Any.OptionalTime
        from finished in Any.Time
        from outcome in Any.Outcome
        select new JobResult(id, transfer, attempt, crashes, started, finished, outcome);

    private static readonly Gen<Message> _progress =
        from id in Any.Id
        from transfer in Any.Transfer
        from percent in Gen.Double[0, 100].Nullable()
        from text in Any.OptionalText
        from at in Any.Time
        select (Message)new Message.Progress(id, transfer, new JobProgress(percent, text, at));

    public static readonly Gen<Message> All = Gen.OneOf(
        _progress,
        Gen.Select(
            Gen.Long,
            Any.List(Any.Member),
            Gen.Bool,
            (nonce, members, isNew) => (Message)new Message.Hello(nonce, members) { New = isNew }
        ),
        Gen.Select(Gen.Long, Any.List(Any.Member), (nonce, members) => (Message)new Message.HelloAck(nonce, members)),
        Gen.Long.Select(nonce => (Message)new Message.Inquire(nonce)),
        Gen.Select(
            Gen.Long,
            Any.Long.Nullable(),
            (nonce, ago) => (Message)new Message.Alive(nonce, ago is { } ticks ? new TimeSpan(ticks) : null)
        ),
        _pass,
        Gen.Select(_generation, Any.Long, (generation, hop) => (Message)new Message.Ack(generation, hop)),
        Gen.Select(
            _generation,
            Any.Long,
            Any.Incarnation,
            (generation, hop, incarnation) => (Message)new Message.Nack(generation, hop, incarnation)
        ),
        Gen.Select(_generation, Any.Long, _generation, (generation, hop, seen) => (Message)new Message.Stale(generation, hop, seen)),
        Gen.Const((Message)new Message.Wake()),
        Gen.Select(Any.List(_offered), _start, Any.Count, (jobs, to, load) => (Message)new Message.Offer(jobs) { To = to, Load = load }),
        _transfers.Select(jobs => (Message)new Message.Accept(jobs)),
        Gen.Select(_transfers, _start, (jobs, by) => (Message)new Message.Reject(jobs) { By = by }),
        Any.List(_held).Select(jobs => (Message)new Message.Holding(jobs)),
        Any.List(_verdict).Select(jobs => (Message)new Message.HoldingAck(jobs)),
        Any.List(_result).Select(jobs => (Message)new Message.Result(jobs)),
        Any.List(Any.Id).Select(jobs => (Message)Acknowledged(jobs, static id => new ResultReceipt(id, null))),
        _transfers.Select(jobs => (Message)Acknowledged(jobs, static job => new ResultReceipt(job.Id, job.Transfer))),
        Any.List(Any.Id).Select(jobs => (Message)new Message.Cancel(jobs)),
        _transfers.Select(jobs => (Message)new Message.Check(jobs)),
        Any.List(Any.Id).Select(jobs => (Message)new Message.Await(jobs)),
        Any.List(Gen.Select(Any.Id, Gen.Enum<DependencyState>(), (id, state) => new JobEnded(id, state)))
            .Select(jobs => (Message)new Message.Ended(jobs)),
        Any.List(Any.Id).Select(jobs => (Message)new Message.EndedAck(jobs)),
        Gen.Select(Any.Executor, Any.Incarnation, (who, incarnation) => (Message)new Message.Leave(who, incarnation))
    );

    private static Message.ResultAck Acknowledged<T>(EquatableList<T> jobs, Func<T, ResultReceipt> receipt) =>
        new Message.ResultAck(new EquatableList<ResultReceipt>([.. jobs.Select(receipt)]));
}
