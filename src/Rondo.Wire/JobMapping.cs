using Rondo.Core;

namespace Rondo.Wire;

/// <summary>What messages and records have in common: jobs and members. Terms have a mapping of their own.</summary>
internal static class JobMapping
{
    public static V1.JobId ToWire(JobId id) => new() { Home = Field.Text(id.Home), Number = id.Number };

    public static JobId FromWire(V1.JobId? id)
    {
        Field.Present(id, "job id");
        var home = Field.Executor(id!.Home, "job id");
        return id.Number >= 1
            ? new JobId(home, id.Number)
            : throw new WireFormatException($"job id: {id.Number} is not a job number: they count from 1");
    }

    public static V1.JobContent ToWire(JobContent content) =>
        content is not StoredContent
            ? new() { Definition = Field.Bytes(content.Definition), Input = Field.Bytes(content.Input) }
            : throw new WireFormatException("a content that only the store has cannot be written");

    public static JobContent FromWire(V1.JobContent? content)
    {
        Field.Present(content, "content");
        return new JobContent(content!.Definition.Memory, content.Input.Memory);
    }

    public static V1.Outcome ToWire(Outcome outcome)
    {
        var wire = new V1.Outcome
        {
            End = outcome.End switch
            {
                JobEnd.Succeeded => V1.JobEnd.Succeeded,
                JobEnd.Failed => V1.JobEnd.Failed,
                JobEnd.Cancelled => V1.JobEnd.Cancelled,
                _ => throw new System.Diagnostics.UnreachableException(),
            },
        };
        if (outcome.Reason is not null)
        {
            wire.Reason = outcome.Reason;
        }

        if (outcome.Error is not null)
        {
            wire.Error = outcome.Error;
        }

        if (outcome.ExitCode is { } exitCode)
        {
            wire.ExitCode = exitCode;
        }

        if (outcome.Signal is { } signal)
        {
            wire.Signal = signal;
        }

        if (outcome.Exception is not null)
        {
            wire.Exception = outcome.Exception;
        }

        if (outcome.Output is not { Size: 0, ResultBytesDropped: 0, ErrorBytesDropped: 0, ResultType: null })
        {
            wire.Output = ToWire(outcome.Output);
        }

        return wire;
    }

    public static Outcome FromWire(V1.Outcome? outcome)
    {
        Field.Present(outcome, "outcome");
        return new Outcome
        {
            End = outcome!.End switch
            {
                V1.JobEnd.Succeeded => JobEnd.Succeeded,
                V1.JobEnd.Failed => JobEnd.Failed,
                V1.JobEnd.Cancelled => JobEnd.Cancelled,
                _ => throw new WireFormatException($"outcome: {(int)outcome.End} is not an end of a job that this version knows"),
            },
            Reason = outcome.HasReason ? outcome.Reason : null,
            Error = outcome.HasError ? outcome.Error : null,
            ExitCode = outcome.HasExitCode ? outcome.ExitCode : null,
            Signal = outcome.HasSignal ? outcome.Signal : null,
            Exception = outcome.HasException ? outcome.Exception : null,
            Output = outcome.Output is null ? JobOutput.Empty : FromWire(outcome.Output),
        };
    }

    public static V1.JobOutput ToWire(JobOutput output)
    {
        if (output is StoredOutput)
        {
            throw new WireFormatException("an output that only the store has cannot be written");
        }

        var wire = new V1.JobOutput
        {
            Result = Field.Bytes(output.Result),
            Errors = Field.Bytes(output.Errors),
            ResultBytesDropped = output.ResultBytesDropped,
            ErrorBytesDropped = output.ErrorBytesDropped,
        };
        if (output.ResultType is not null)
        {
            wire.ResultType = output.ResultType;
        }

        return wire;
    }

    public static JobOutput FromWire(V1.JobOutput output) =>
        new(
            output.Result.Memory,
            output.Errors.Memory,
            Field.NotNegative(output.ResultBytesDropped, "result bytes dropped"),
            Field.NotNegative(output.ErrorBytesDropped, "error bytes dropped"),
            output.HasResultType ? output.ResultType : null
        );

    public static V1.Member ToWire(Member member) =>
        new()
        {
            Id = Field.Text(member.Id),
            Incarnation = member.Incarnation.Value,
            Name = member.Name,
            RingAddress = member.RingAddress,
            HttpAddress = member.HttpAddress,
            Capabilities = new V1.Capabilities
            {
                Commands = member.Capabilities.Commands,
                Handlers = { member.Capabilities.Handlers },
                Labels = { member.Capabilities.Labels.Select(TermsMapping.ToWire) },
            },
            Protocol = (uint)member.Capabilities.Protocol,
        };

    public static Member FromWire(V1.Member? member)
    {
        Field.Present(member, "member");
        if (member!.Protocol is 0 or > int.MaxValue)
        {
            throw new WireFormatException($"member {member.Id}: the protocol number is missing, or none");
        }

        var capabilities = Field.Present(member.Capabilities, "capabilities");
        return new Member
        {
            Id = Field.Executor(member.Id, "member"),
            Incarnation = new Incarnation(Field.NotNegative(member.Incarnation, "incarnation")),
            Name = member.Name,
            RingAddress = member.RingAddress,
            HttpAddress = member.HttpAddress,
            Capabilities = new Capabilities(capabilities.Commands, Field.List(capabilities.Handlers, name => name))
            {
                Labels = Field.List(capabilities.Labels, TermsMapping.FromWire),
                Protocol = (int)member.Protocol,
            },
        };
    }
}
