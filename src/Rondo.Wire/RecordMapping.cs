using Rondo.Core;
using static Rondo.Wire.HandoffMapping;
using Kind = Rondo.Wire.V1.StoredRecord.KindOneofCase;

namespace Rondo.Wire;

/// <summary>Each kind of record. Checked on writing too: what could not be read again must not get onto the disk.</summary>
internal static class RecordMapping
{
    public static V1.StoredRecord ToWire(Record record)
    {
        V1.StoredRecord wire = record switch
        {
            Record.Accepted r => new()
            {
                Accepted = new() { Terms = TermsMapping.ToWire(r.Terms), Content = JobMapping.ToWire(r.Content) },
            },
            Record.Held r => new() { Held = ToWire(r) },
            Record.Offered r => new()
            {
                Offered = new()
                {
                    To = Field.Text(r.To),
                    Transfer = Field.NotNegative(r.Transfer.Value, "transfer number"),
                    Lap = Field.NotNegative(r.Lap, "lap"),
                },
            },
            Record.HandedOver r => new()
            {
                HandedOver = new() { To = Field.Text(r.To), Transfer = Field.NotNegative(r.Transfer.Value, "transfer number") },
            },
            Record.Located r => new() { Located = ToWire(r) },
            Record.TakenBack r => new() { TakenBack = ToWire(r) },
            Record.Started r => new() { Started = new() { Attempt = Field.NotNegative(r.Attempt.Value, "attempt") } },
            Record.Interrupted r => new() { Interrupted = new() { Crashed = r.Crashed } },
            Record.CancelNoted => new() { CancelNoted = new() },
            Record.Retried r => new() { Retried = ToWire(r) },
            Record.DependencyEnded r => new()
            {
                DependencyEnded = new() { Dependency = JobMapping.ToWire(r.Dependency), State = DependencyMapping.ToWire(r.State) },
            },
            Record.Finished r => new() { Finished = ToWire(r) },
            Record.Dropped => new() { Dropped = new() },
            Record.Minted r => new() { Minted = new() { Epoch = Field.NotNegative(r.Epoch, "epoch") } },
            Record.MemberKnown r => new() { MemberKnown = new() { Member = JobMapping.ToWire(r.Member) } },
            Record.CronKept r => new() { CronKept = CronMapping.ToWire(r.Cron) },
            Record.CronGone r => new() { CronGone = new() { Name = r.Name } },
            Record.MemberGone r => new()
            {
                MemberGone = new() { Id = Field.Text(r.Id), Incarnation = r.Incarnation.Value },
            },
            _ => throw new System.Diagnostics.UnreachableException(),
        };
        if (record is Record.OfJob ofJob)
        {
            wire.Id = JobMapping.ToWire(ofJob.Id);
            wire.At = ofJob.At.UtcTicks;
        }

        return wire;
    }

    public static Record? FromWire(V1.StoredRecord wire) =>
        wire.KindCase switch
        {
            Kind.None => null,
            Kind.Minted => new Record.Minted(Field.NotNegative(wire.Minted.Epoch, "epoch")),
            Kind.MemberKnown => new Record.MemberKnown(JobMapping.FromWire(wire.MemberKnown.Member)),
            Kind.CronKept => new Record.CronKept(CronMapping.FromWire(wire.CronKept)),
            Kind.CronGone => new Record.CronGone(wire.CronGone.Name),
            Kind.MemberGone => new Record.MemberGone(
                Field.Executor(wire.MemberGone.Id, "member"),
                new Incarnation(Field.NotNegative(wire.MemberGone.Incarnation, "incarnation"))
            ),
            _ => OfJob(wire, JobMapping.FromWire(wire.Id), Field.Time(wire.At, "at")),
        };

    private static Record.OfJob OfJob(V1.StoredRecord wire, JobId id, DateTimeOffset at) =>
        wire.KindCase switch
        {
            Kind.Accepted => new Record.Accepted(
                id,
                at,
                TermsMapping.FromWire(wire.Accepted.Terms),
                JobMapping.FromWire(wire.Accepted.Content)
            ),
            Kind.Held => Held(wire.Held, id, at),
            Kind.Offered => new Record.Offered(
                id,
                at,
                Field.Executor(wire.Offered.To, "to"),
                Transfer(wire.Offered.Transfer),
                Field.NotNegative(wire.Offered.Lap, "lap")
            ),
            Kind.HandedOver => new Record.HandedOver(id, at, Field.Executor(wire.HandedOver.To, "to"), Transfer(wire.HandedOver.Transfer)),
            Kind.Located => Located(wire.Located, id, at),
            Kind.TakenBack => new Record.TakenBack(
                id,
                at,
                Field.Executor(wire.TakenBack.From, "from"),
                Transfer(wire.TakenBack.Transfer),
                Attempt(wire.TakenBack.Attempt),
                Crashes(wire.TakenBack.Crashes),
                wire.TakenBack.Why
            ),
            Kind.Started => new Record.Started(id, at, Attempt(wire.Started.Attempt)),
            Kind.Interrupted => new Record.Interrupted(id, at, wire.Interrupted.Crashed),
            Kind.CancelNoted => new Record.CancelNoted(id, at),
            Kind.Retried => Retried(wire.Retried, id, at),
            Kind.DependencyEnded => new Record.DependencyEnded(
                id,
                at,
                JobMapping.FromWire(wire.DependencyEnded.Dependency),
                DependencyMapping.FromWire(wire.DependencyEnded.State)
            ),
            Kind.Finished => Finished(wire.Finished, id, at),
            Kind.Dropped => new Record.Dropped(id, at),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    private static V1.HeldRecord ToWire(Record.Held record) =>
        new()
        {
            Terms = TermsMapping.ToWire(record.Terms),
            Content = JobMapping.ToWire(record.Content),
            SubmittedAt = record.SubmittedAt.UtcTicks,
            From = Field.Text(record.From),
            Transfer = Field.NotNegative(record.Transfer.Value, "transfer number"),
            Attempt = Field.NotNegative(record.Attempt.Value, "attempt"),
            Crashes = Field.NotNegative(record.Crashes, "crashes"),
            CancelRequested = record.CancelRequested,
            Retries = Field.NotNegative(record.Retries, "retries"),
        };

    private static Record.Held Held(V1.HeldRecord wire, JobId id, DateTimeOffset at) =>
        new(
            id,
            at,
            TermsMapping.FromWire(wire.Terms),
            JobMapping.FromWire(wire.Content),
            Field.Time(wire.SubmittedAt, "submitted at"),
            Field.Executor(wire.From, "from"),
            Transfer(wire.Transfer),
            Attempt(wire.Attempt),
            Crashes(wire.Crashes),
            wire.CancelRequested
        )
        {
            Retries = Field.NotNegative(wire.Retries, "retries"),
        };

    private static V1.LocatedRecord ToWire(Record.Located record)
    {
        var wire = new V1.LocatedRecord
        {
            Holder = Field.Text(record.Holder),
            Transfer = Field.NotNegative(record.Transfer.Value, "transfer number"),
            Attempt = Field.NotNegative(record.Attempt.Value, "attempt"),
            Crashes = Field.NotNegative(record.Crashes, "crashes"),
        };
        if (record.StartedAt is { } startedAt)
        {
            wire.StartedAt = startedAt.UtcTicks;
        }

        return wire;
    }

    private static Record.Located Located(V1.LocatedRecord wire, JobId id, DateTimeOffset at) =>
        new(
            id,
            at,
            Field.Executor(wire.Holder, "holder"),
            Transfer(wire.Transfer),
            Attempt(wire.Attempt),
            Crashes(wire.Crashes),
            Field.Time(wire.HasStartedAt, wire.StartedAt, "started at")
        );

    private static V1.TakenBackRecord ToWire(Record.TakenBack record) =>
        new()
        {
            From = Field.Text(record.From),
            Transfer = Field.NotNegative(record.Transfer.Value, "transfer number"),
            Attempt = Field.NotNegative(record.Attempt.Value, "attempt"),
            Crashes = Field.NotNegative(record.Crashes, "crashes"),
            Why = record.Why,
        };

    private static V1.RetriedRecord ToWire(Record.Retried record)
    {
        var wire = new V1.RetriedRecord
        {
            By = Field.Text(record.By),
            Transfer = Field.NotNegative(record.Transfer.Value, "transfer number"),
            Attempt = Field.NotNegative(record.Attempt.Value, "attempt"),
            Crashes = Field.NotNegative(record.Crashes, "crashes"),
            Backoff = Field.NotNegative(record.Backoff.Ticks, "backoff"),
            Outcome = JobMapping.ToWire(record.Outcome),
        };
        if (record.StartedAt is { } startedAt)
        {
            wire.StartedAt = startedAt.UtcTicks;
        }

        return wire;
    }

    private static Record.Retried Retried(V1.RetriedRecord wire, JobId id, DateTimeOffset at) =>
        new(
            id,
            at,
            Field.Executor(wire.By, "by"),
            Transfer(wire.Transfer),
            Attempt(wire.Attempt),
            Crashes(wire.Crashes),
            Field.Time(wire.HasStartedAt, wire.StartedAt, "started at"),
            Field.Length(wire.Backoff, "backoff"),
            JobMapping.FromWire(wire.Outcome)
        );

    private static V1.FinishedRecord ToWire(Record.Finished record)
    {
        var wire = new V1.FinishedRecord
        {
            By = Field.Text(record.By),
            Attempt = Field.NotNegative(record.Attempt.Value, "attempt"),
            Crashes = Field.NotNegative(record.Crashes, "crashes"),
            Outcome = JobMapping.ToWire(record.Outcome),
        };
        if (record.StartedAt is { } startedAt)
        {
            wire.StartedAt = startedAt.UtcTicks;
        }

        return wire;
    }

    private static Record.Finished Finished(V1.FinishedRecord wire, JobId id, DateTimeOffset at) =>
        new(
            id,
            at,
            Field.Executor(wire.By, "by"),
            Attempt(wire.Attempt),
            Crashes(wire.Crashes),
            Field.Time(wire.HasStartedAt, wire.StartedAt, "started at"),
            JobMapping.FromWire(wire.Outcome)
        );
}
