using CsCheck;
using Rondo.Core;

namespace Rondo.Storage.Tests;

/// <summary>Random records of each kind.</summary>
internal static class AnyRecord
{
    private static readonly Gen<Record> _accepted =
        from id in Any.Id
        from at in Any.Time
        from terms in Any.Terms
        from content in Any.Content
        select (Record)new Record.Accepted(id, at, terms, content);

    private static readonly Gen<Record> _held =
        from id in Any.Id
        from at in Any.Time
        from terms in Any.Terms
        from content in Any.Content
        from submitted in Any.Time
        from @from in Any.Executor
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from cancel in Gen.Bool
        from retries in Any.Count
        select (Record)new Record.Held(id, at, terms, content, submitted, @from, transfer, attempt, crashes, cancel) { Retries = retries };

    private static readonly Gen<Record> _offered =
        from id in Any.Id
        from at in Any.Time
        from to in Any.Executor
        from transfer in Any.Transfer
        from lap in Any.Long
        select (Record)new Record.Offered(id, at, to, transfer, lap);

    private static readonly Gen<Record> _handedOver =
        from id in Any.Id
        from at in Any.Time
        from to in Any.Executor
        from transfer in Any.Transfer
        select (Record)new Record.HandedOver(id, at, to, transfer);

    private static readonly Gen<Record> _located =
        from id in Any.Id
        from at in Any.Time
        from holder in Any.Executor
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from started in Any.OptionalTime
        select (Record)new Record.Located(id, at, holder, transfer, attempt, crashes, started);

    private static readonly Gen<Record> _takenBack =
        from id in Any.Id
        from at in Any.Time
        from @from in Any.Executor
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from why in Any.Text
        select (Record)new Record.TakenBack(id, at, @from, transfer, attempt, crashes, why);

    private static readonly Gen<Record> _finished =
        from id in Any.Id
        from at in Any.Time
        from @by in Any.Executor
        from attempt in Any.Attempt
        from crashes in Any.Count
        from started in Any.OptionalTime
        from outcome in Any.Outcome
        select (Record)new Record.Finished(id, at, @by, attempt, crashes, started, outcome);

    private static readonly Gen<Record> _retried =
        from id in Any.Id
        from at in Any.Time
        from @by in Any.Executor
        from transfer in Any.Transfer
        from attempt in Any.Attempt
        from crashes in Any.Count
        from started in Any.OptionalTime
        from backoff in Any.Length
        from outcome in Any.Outcome
        select (Record)new Record.Retried(id, at, @by, transfer, attempt, crashes, started, backoff, outcome);

    private static readonly Gen<Record> _cron =
        from name in Any.Text
        from definition in Gen.Byte.Array
        from set in Any.Time
        from through in Any.Time
        from firedFor in Any.OptionalTime
        from job in Any.Id
        from isCopy in Gen.Bool
        select (Record)
            new Record.CronKept(
                new Cron(name, definition, set, through, firedFor, firedFor is null ? null : job) { CopyOf = isCopy ? job.Home : null }
            );

    public static readonly Gen<Record> All = Gen.OneOf(
        _accepted,
        _held,
        _offered,
        _handedOver,
        _located,
        _takenBack,
        Gen.Select(Any.Id, Any.Time, Any.Attempt, (id, at, attempt) => (Record)new Record.Started(id, at, attempt)),
        Gen.Select(Any.Id, Any.Time, Gen.Bool, (id, at, crashed) => (Record)new Record.Interrupted(id, at, crashed)),
        Gen.Select(Any.Id, Any.Time, (id, at) => (Record)new Record.CancelNoted(id, at)),
        Gen.Select(
            Any.Id,
            Any.Time,
            Any.Id,
            Gen.Enum<DependencyState>(),
            (id, at, dependency, state) => (Record)new Record.DependencyEnded(id, at, dependency, state)
        ),
        _finished,
        _retried,
        Gen.Select(Any.Id, Any.Time, (id, at) => (Record)new Record.Dropped(id, at)),
        Any.Long.Select(epoch => (Record)new Record.Minted(epoch)),
        Any.Member.Select(member => (Record)new Record.MemberKnown(member)),
        _cron,
        Any.Text.Select(name => (Record)new Record.CronGone(name)),
        Gen.Select(Any.Executor, Any.Incarnation, (id, incarnation) => (Record)new Record.MemberGone(id, incarnation))
    );
}
