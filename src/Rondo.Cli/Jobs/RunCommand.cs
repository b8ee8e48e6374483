using System.CommandLine;
using Rondo.Client;

namespace Rondo.Cli;

internal sealed class RunCommand : RondoCommand
{
    /// <summary>Shells report a command that a signal ended as this and the signal's number.</summary>
    private const int SignalBase = 128;

    private readonly JobOptions _job = new();
    private readonly StdinOption _stdin = new();

    public RunCommand()
        : base("run", "Runs a command as a job, as if it ran here: its output, its exit code")
    {
        _stdin.AddTo(this);
        _job.AddTo(this);
    }

    public override string Synopsis => "[OPTIONS] -- COMMAND [ARG]...";

    public override string More =>
        """
            The job's standard output and standard error come through as they are written. Ctrl-C cancels the job; a second one leaves it.
            Exits with the command's exit code, 128 and the signal's number when a signal ended it, 127 when there is no such command and 126 when
            it cannot be executed. With -o json the job is written when it has
            ended, with its standard output as "result", and not as it comes.

            With --retries each attempt that failed is told of at the end. Only the last one's output is kept: what an earlier one wrote comes
            through while it runs, and is missing when it ends at once.
            """;

    public override TailUse Tail => TailUse.Needed;

    public override IReadOnlyList<(string Title, IReadOnlyList<Option> Options)> Sections => _job.Sections;

    public override IReadOnlyList<(string Title, IReadOnlyList<(string Word, string? Meaning)> Entries)> Tables => JobOptions.Environment;

    public override IReadOnlyList<string> Examples { get; } =
    ["rondo run -- sh -c 'echo hello from $RONDO_EXECUTOR'", "rondo run --stdin words.txt -- sort -u > sorted.txt"];

    public override async Task<int> RunAsync(Session session, ParseResult parse)
    {
        var request = await _stdin.GiveAsync(await _job.ReadAsync(session, parse) with { Command = session.Tail }, session, parse);
        var leave = session.Surroundings.Interrupts.Second;
        // Not broken off by the first Ctrl-C: a job that was accepted without its id being known could not be cancelled.
        var id = await Submitting.SubmitAsync(session, request, leave);
        await using var cancelling = session.Interrupted.Register(() => _ = CancelAsync(session, id));
        try
        {
            var isJson = session.Format is OutputFormat.Json or OutputFormat.JsonLines;
            var output = isJson ? Stream.Null : session.Surroundings.Output;
            var job = await new WaitNote(session).WhileAsync(id, FollowToEndAsync(session, id, output, leave));
            if (isJson)
            {
                await (await JobRecord.ReadAsync(session, id, line: null, leave)).WriteAsync(session, leave);
                await session.Out.WriteLineAsync();
            }
            else
            {
                TellOfFailedAttempts(session, job);
                TellWhatIsCut(session, job);
            }

            return Conclude(session, job);
        }
        catch (OperationCanceledException) when (leave.IsCancellationRequested)
        {
            await session.Talk.WriteLineAsync($"rondo: left {id}; 'rondo job show {id}' tells what becomes of it");
            return ExitCodes.Interrupted;
        }
        catch (OutputClosedException)
        {
            // As with a command that is run without Rondo: when nobody reads what it writes, it ends.
            await session.Client.CancelAsync(id, leave);
            return ExitCodes.OutputClosed;
        }
    }

    /// <summary>The last attempt's end is the job's; of those before it not even the output may have come through.</summary>
    private static void TellOfFailedAttempts(Session session, Job job)
    {
        foreach (var failed in (job.Trail ?? []).Where(entry => entry.Event == "failed"))
        {
            session.Talk.WriteLine($"rondo: {job.Id} was tried again after {failed.Detail}");
        }
    }

    private static void TellWhatIsCut(Session session, Job job)
    {
        foreach (var cut in CutOutput.Of(job))
        {
            session.Talk.WriteLine("rondo: " + cut);
        }
    }

    private static async Task<Job> FollowToEndAsync(Session session, string id, Stream output, CancellationToken leave)
    {
        await FollowAsync(session, id, output, leave);
        return await JobWaits.WaitAsync(session, id, timeout: null, session.OutageNote, leave);
    }

    private static async Task FollowAsync(Session session, string id, Stream output, CancellationToken leave)
    {
        using var open = CancellationTokenSource.CreateLinkedTokenSource(leave);
        Task[] streams =
        [
            new LogFollower(session, id, LogStream.Stdout, output).RunAsync(open.Token),
            new LogFollower(session, id, LogStream.Stderr, session.Surroundings.Error).RunAsync(open.Token),
        ];
        try
        {
            // The first that fails ends both.
            await await Task.WhenAny(streams);
            await Task.WhenAll(streams);
        }
        finally
        {
            await open.CancelAsync();
        }
    }

    private static async Task CancelAsync(Session session, string id)
    {
        await session.Talk.WriteLineAsync($"rondo: cancelling {id}; Ctrl-C once more leaves without waiting for it");
        try
        {
            await session.Client.CancelAsync(id, session.Surroundings.Interrupts.Second);
        }
        catch (RondoException failure)
        {
            await session.Talk.WriteLineAsync($"rondo: {id} could not be cancelled: {failure.Message}");
        }
        catch (OperationCanceledException)
        {
            // Left by a second Ctrl-C, which has its own words.
        }
    }

    private static int Conclude(Session session, Job job)
    {
        switch (job)
        {
            case { State: JobState.Cancelled }:
                session.Talk.WriteLine($"rondo: {job.Id} was cancelled");
                return ExitCodes.Cancelled;
            case { Reason: "timeout" }:
                session.Talk.WriteLine($"rondo: {job.Id} failed: {job.Error}");
                return job.Signal is { } last ? SignalBase + last
                    : job.ExitCode is { } own and not 0 ? own
                    : ExitCodes.JobFailed;
            case { Reason: "cannot_start" }:
                session.Talk.WriteLine($"rondo: {job.Id} {JobWords.Ending(job)}");
                return job.ExitCode ?? ExitCodes.JobFailed;
            case { Signal: { } signal }:
                return SignalBase + signal;
            case { ExitCode: { } code }:
                return code;
            case { State: JobState.Succeeded }:
                return ExitCodes.Ok;
            default:
                session.Talk.WriteLine($"rondo: {job.Id} {JobWords.Ending(job)}");
                return ExitCodes.JobFailed;
        }
    }
}
