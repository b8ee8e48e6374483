using Rondo.Core;

namespace Rondo.Wire;

/// <summary>The terms of jobs.</summary>
internal static class TermsMapping
{
    public static V1.JobTerms ToWire(JobTerms terms)
    {
        var wire = new V1.JobTerms
        {
            Kind = terms.Kind switch
            {
                JobKind.Command => V1.JobKind.Command,
                JobKind.Handler => V1.JobKind.Handler,
                _ => throw new System.Diagnostics.UnreachableException(),
            },
            Summary = terms.Summary,
            Priority = terms.Priority,
            FailOnExecutorLoss = terms.FailOnExecutorLoss,
            Retries = terms.Retries is null ? null : ToWire(terms.Retries),
            TimeLimit = terms.TimeLimit is { } limit
                ? new V1.TimeLimit { Timeout = limit.Timeout.Ticks, KillGrace = limit.KillGrace.Ticks }
                : null,
            Concurrency = terms.Concurrency is { } cap ? new V1.ConcurrencyLimit { Key = cap.Key, Max = cap.Max } : null,
            RetryOf = terms.RetryOf is { } origin ? JobMapping.ToWire(origin) : null,
        };
        if (terms.Handler is not null)
        {
            wire.Handler = terms.Handler;
        }

        if (terms.Name is not null)
        {
            wire.Name = terms.Name;
        }

        if (terms.Group is not null)
        {
            wire.Group = terms.Group;
        }

        if (terms.IdempotencyKey is not null)
        {
            wire.IdempotencyKey = terms.IdempotencyKey;
            wire.Digest = terms.Digest;
        }

        if (terms.Retention is { } retention)
        {
            wire.Retention = retention.Ticks;
        }

        if (terms.Index is { } index)
        {
            wire.Index = index;
        }

        switch (terms.Start)
        {
            case StartTime.At at:
                wire.StartAt = at.Time.UtcTicks;
                break;
            case StartTime.After after:
                wire.Delay = after.Delay.Ticks;
                break;
        }

        Field.AddTo(wire.Labels, terms.Labels, ToWire);
        Field.AddTo(wire.Requires, terms.Requires, ToWire);
        Field.AddTo(wire.After, terms.After, ToWire);
        return wire;
    }

    public static JobTerms FromWire(V1.JobTerms? terms)
    {
        Field.Present(terms, "terms");
        return new JobTerms
        {
            Kind = terms!.Kind switch
            {
                V1.JobKind.Command => JobKind.Command,
                V1.JobKind.Handler => JobKind.Handler,
                _ => throw new WireFormatException($"terms: {(int)terms.Kind} is not a kind of job that this version knows"),
            },
            Handler = terms.HasHandler ? terms.Handler : null,
            Summary = terms.Summary,
            Name = terms.HasName ? terms.Name : null,
            Group = terms.HasGroup ? terms.Group : null,
            Priority = terms.Priority,
            FailOnExecutorLoss = terms.FailOnExecutorLoss,
            Labels = Field.List(terms.Labels, FromWire),
            Requires = Field.List(terms.Requires, FromWire),
            Start = terms.StartCase switch
            {
                V1.JobTerms.StartOneofCase.StartAt => new StartTime.At(Field.Time(terms.StartAt, "start at")),
                V1.JobTerms.StartOneofCase.Delay => new StartTime.After(Field.Length(terms.Delay, "delay")),
                _ => null,
            },
            Retries = terms.Retries is null ? null : FromWire(terms.Retries),
            TimeLimit = terms.TimeLimit is { } limit
                ? new TimeLimit(Field.Length(limit.Timeout, "timeout"), Field.Length(limit.KillGrace, "kill grace"))
                : null,
            IdempotencyKey = terms.HasIdempotencyKey ? terms.IdempotencyKey : null,
            Digest = terms.Digest,
            After = Field.List(terms.After, FromWire),
            Concurrency = terms.Concurrency is { } cap ? new ConcurrencyLimit(cap.Key, Field.NotNegative(cap.Max, "concurrency")) : null,
            Retention = terms.HasRetention ? Field.Length(terms.Retention, "retention") : null,
            Index = terms.HasIndex ? terms.Index : null,
            RetryOf = terms.RetryOf is null ? null : JobMapping.FromWire(terms.RetryOf),
        };
    }

    public static V1.Label ToWire(Label label) => new() { Key = label.Key, Value = label.Value };

    public static Label FromWire(V1.Label label) => new(label.Key, label.Value);

    private static V1.RetryPolicy ToWire(RetryPolicy policy) =>
        new()
        {
            Max = Field.NotNegative(policy.Max, "retries"),
            Backoff = policy.Backoff.Ticks,
            Factor = policy.Factor,
            MaxBackoff = policy.MaxBackoff.Ticks,
            Jitter = policy.Jitter,
            ExitCodes = { policy.ExitCodes },
            Exceptions = { policy.Exceptions },
        };

    private static RetryPolicy FromWire(V1.RetryPolicy policy) =>
        new()
        {
            Max = Field.NotNegative(policy.Max, "retries"),
            Backoff = Field.Length(policy.Backoff, "backoff"),
            Factor = policy.Factor >= 1 ? policy.Factor : throw new WireFormatException($"factor: {policy.Factor} is less than 1"),
            MaxBackoff = Field.Length(policy.MaxBackoff, "longest backoff"),
            Jitter = policy.Jitter is >= 0 and <= 1
                ? policy.Jitter
                : throw new WireFormatException($"jitter: {policy.Jitter} is not from 0 to 1"),
            ExitCodes = Field.List(policy.ExitCodes, code => code),
            Exceptions = Field.List(policy.Exceptions, name => name),
        };

    private static V1.Dependency ToWire(Dependency dependency) =>
        new()
        {
            Id = JobMapping.ToWire(dependency.Id),
            When = dependency.When switch
            {
                DependencyCondition.Success => V1.DependencyCondition.Success,
                DependencyCondition.Failure => V1.DependencyCondition.Failure,
                DependencyCondition.End => V1.DependencyCondition.End,
                _ => throw new System.Diagnostics.UnreachableException(),
            },
        };

    private static Dependency FromWire(V1.Dependency dependency) =>
        new(
            JobMapping.FromWire(dependency.Id),
            dependency.When switch
            {
                V1.DependencyCondition.Success => DependencyCondition.Success,
                V1.DependencyCondition.Failure => DependencyCondition.Failure,
                V1.DependencyCondition.End => DependencyCondition.End,
                _ => throw new WireFormatException($"after: {(int)dependency.When} is not a condition that this version knows"),
            }
        );
}
