using Rondo.Core;
using Rondo.Executor.Running.Linux;

namespace Rondo.Executor.Running;

/// <summary>Puts the ends of commands into the words of the core.</summary>
internal static class CommandOutcome
{
    /// <summary>The command ran.</summary>
    public static Outcome Of(ExitStatus exit, Run run) =>
        exit switch
        {
            ExitStatus.Code { Value: 0 } => new Outcome
            {
                End = JobEnd.Succeeded,
                ExitCode = 0,
                Output = OutputOf(run),
            },
            ExitStatus.Code code => new Outcome
            {
                End = JobEnd.Failed,
                Reason = Reasons.ExitCode,
                ExitCode = code.Value,
                Output = OutputOf(run),
            },
            ExitStatus.Signalled signalled => new Outcome
            {
                End = JobEnd.Failed,
                Reason = Reasons.Signal,
                Signal = signalled.Signal,
                Error = $"ended by signal {signalled.Signal} ({Signals.Name(signalled.Signal)})",
                Output = OutputOf(run),
            },
            ExitStatus.Lost => new Outcome
            {
                End = JobEnd.Failed,
                Reason = Reasons.ExitCode,
                Error = "the command ended, but its exit code was lost: other code in the executor's process took it",
                Output = OutputOf(run),
            },
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>The command was ended because it took longer than it may, in whatever way it then exited.</summary>
    public static Outcome OutOfTime(Outcome outcome, TimeLimit limit) =>
        outcome with
        {
            End = JobEnd.Failed,
            Reason = Reasons.Timeout,
            Error = $"it took longer than {DurationText.Of(limit.Timeout)} and was ended",
        };

    /// <summary>The command never ran.</summary>
    public static Outcome CannotStart(string problem) => CannotStart(new StartProblem(problem));

    /// <inheritdoc cref="CannotStart(string)"/>
    public static Outcome CannotStart(StartProblem problem) =>
        new()
        {
            End = JobEnd.Failed,
            Reason = Reasons.CannotStart,
            Error = problem.Text,
            ExitCode = problem.ExitCode,
        };

    /// <summary>The command was killed, and this executor did not wait to see it end.</summary>
    public static Outcome Abandoned(Run run) =>
        new()
        {
            End = JobEnd.Failed,
            Reason = Reasons.Signal,
            Signal = Signals.Kill,
            Error = "killed by the executor as it stopped, and not seen to end",
            Output = OutputOf(run),
        };

    private static JobOutput OutputOf(Run run) =>
        new(run.Output.ReadAll(), run.Errors.ReadAll(), run.Output.DroppedBytes, run.Errors.DroppedBytes);
}
