using Rondo.Core;

namespace Rondo.Wire;

/// <summary>Jobs as messages name them while they move, are held, and come back as results.</summary>
internal static class HandoffMapping
{
    public static V1.OfferedJob ToWire(OfferedJob job) =>
        new()
        {
            Id = JobMapping.ToWire(job.Id),
            Sequence = job.Sequence,
            Transfer = job.Transfer.Value,
            Attempt = job.Attempt.Value,
            Crashes = job.Crashes,
            CancelRequested = job.CancelRequested,
            SubmittedAt = job.SubmittedAt.UtcTicks,
            Terms = TermsMapping.ToWire(job.Terms),
            Content = JobMapping.ToWire(job.Content),
            Retries = job.Retries,
        };

    public static OfferedJob FromWire(V1.OfferedJob job) =>
        new(
            JobMapping.FromWire(job.Id),
            Field.NotNegative(job.Sequence, "sequence"),
            Transfer(job.Transfer),
            Attempt(job.Attempt),
            Crashes(job.Crashes),
            job.CancelRequested,
            Field.Time(job.SubmittedAt, "submitted at"),
            TermsMapping.FromWire(job.Terms),
            JobMapping.FromWire(job.Content)
        )
        {
            Retries = Field.NotNegative(job.Retries, "retries"),
        };

    public static V1.JobTransfer ToWire(JobTransfer job) => new() { Id = JobMapping.ToWire(job.Id), Transfer = job.Transfer.Value };

    public static JobTransfer FromWire(V1.JobTransfer job) => new(JobMapping.FromWire(job.Id), Transfer(job.Transfer));

    public static V1.ProgressMessage ToWire(Message.Progress message)
    {
        var wire = new V1.ProgressMessage
        {
            Id = JobMapping.ToWire(message.Id),
            Transfer = message.Transfer.Value,
            At = message.Said.At.UtcTicks,
        };
        if (message.Said.Percent is { } percent)
        {
            wire.Percent = percent;
        }

        if (message.Said.Text is not null)
        {
            wire.Text = message.Said.Text;
        }

        return wire;
    }

    public static Message.Progress FromWire(V1.ProgressMessage message) =>
        new(
            JobMapping.FromWire(message.Id),
            Transfer(message.Transfer),
            new JobProgress(
                message.HasPercent ? message.Percent : null,
                message.HasText ? message.Text : null,
                Field.Time(message.At, "progress at")
            )
        );

    public static V1.HeldJob ToWire(HeldJob job)
    {
        var wire = new V1.HeldJob
        {
            Id = JobMapping.ToWire(job.Id),
            Holder = Field.Text(job.Holder),
            Transfer = job.Transfer.Value,
            Attempt = job.Attempt.Value,
            Crashes = job.Crashes,
        };
        if (job.StartedAt is { } startedAt)
        {
            wire.StartedAt = startedAt.UtcTicks;
        }

        return wire;
    }

    public static HeldJob FromWire(V1.HeldJob job) =>
        new(
            JobMapping.FromWire(job.Id),
            Field.Executor(job.Holder, "holder"),
            Transfer(job.Transfer),
            Attempt(job.Attempt),
            Crashes(job.Crashes),
            Field.Time(job.HasStartedAt, job.StartedAt, "started at")
        );

    public static V1.JobVerdict ToWire(JobVerdict job) =>
        new()
        {
            Id = JobMapping.ToWire(job.Id),
            Transfer = job.Transfer.Value,
            Attempt = job.Attempt.Value,
            Current = job.Current,
        };

    public static JobVerdict FromWire(V1.JobVerdict job) =>
        new(JobMapping.FromWire(job.Id), Transfer(job.Transfer), Attempt(job.Attempt), job.Current);

    public static V1.JobResult ToWire(JobResult job)
    {
        var wire = new V1.JobResult
        {
            Id = JobMapping.ToWire(job.Id),
            Transfer = job.Transfer.Value,
            Attempt = job.Attempt.Value,
            Crashes = job.Crashes,
            FinishedAt = job.FinishedAt.UtcTicks,
            Outcome = JobMapping.ToWire(job.Outcome),
        };
        if (job.StartedAt is { } startedAt)
        {
            wire.StartedAt = startedAt.UtcTicks;
        }

        return wire;
    }

    public static JobResult FromWire(V1.JobResult job) =>
        new(
            JobMapping.FromWire(job.Id),
            Transfer(job.Transfer),
            Attempt(job.Attempt),
            Crashes(job.Crashes),
            Field.Time(job.HasStartedAt, job.StartedAt, "started at"),
            Field.Time(job.FinishedAt, "finished at"),
            JobMapping.FromWire(job.Outcome)
        );

    public static V1.ResultAckMessage ToWire(Message.ResultAck message)
    {
        var wire = new V1.ResultAckMessage();
        foreach (var (id, transfer) in message.Jobs)
        {
            wire.Jobs.Add(JobMapping.ToWire(id));
            if (transfer is { } known)
            {
                wire.Transfers.Add(known.Value);
            }
        }

        return wire;
    }

    public static Message.ResultAck FromWire(V1.ResultAckMessage message)
    {
        var told = message.Transfers.Count > 0;
        if (told && message.Transfers.Count != message.Jobs.Count)
        {
            throw new WireFormatException($"{message.Transfers.Count} transfer numbers are told for {message.Jobs.Count} jobs");
        }

        var receipts = new ResultReceipt[message.Jobs.Count];
        for (var i = 0; i < receipts.Length; i++)
        {
            receipts[i] = new ResultReceipt(JobMapping.FromWire(message.Jobs[i]), told ? Transfer(message.Transfers[i]) : null);
        }

        return new Message.ResultAck(new EquatableList<ResultReceipt>(receipts));
    }

    public static TransferNumber Transfer(int value) => new(Field.NotNegative(value, "transfer number"));

    public static Attempt Attempt(int value) => new(Field.NotNegative(value, "attempt"));

    public static int Crashes(int value) => Field.NotNegative(value, "crashes");
}
