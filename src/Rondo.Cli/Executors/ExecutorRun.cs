using Rondo.Executor.Hosting;

namespace Rondo.Cli;

/// <summary>An executor in this process, from its ready line to its orderly stop.</summary>
internal static class ExecutorRun
{
    public static async Task<int> RunAsync(Session session, ExecutorOptions options, bool untilInputEnds)
    {
        await using var host = await ExecutorHost.StartAsync(options);
        var data = Path.GetFullPath(options.DataDirectory);
        await session.Out.WriteLineAsync(
            ReadyLine.Format(host.Id.ToString(), options.Name, host.Address, host.RingAddress, options.Slots, data)
        );
        await session.Out.FlushAsync();

        // When whoever started it is gone, nobody is left who would want to wait for the jobs.
        var isAbandoned = await IsAbandonedAsync(session, untilInputEnds);
        await host.StopAsync(isAbandoned ? new CancellationToken(canceled: true) : session.Surroundings.Interrupts.Second);
        return ExitCodes.Ok;
    }

    /// <summary>Returns when it is to stop: true when its input ended, false when it was asked to.</summary>
    private static async Task<bool> IsAbandonedAsync(Session session, bool untilInputEnds)
    {
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = session.Interrupted.Register(interrupted.SetResult);
        await (untilInputEnds ? Task.WhenAny(interrupted.Task, ReadToEndAsync(session.Surroundings.Input)) : interrupted.Task);
        return !interrupted.Task.IsCompleted;
    }

    private static async Task ReadToEndAsync(Stream input)
    {
        var ignored = new byte[64];
        while (await input.ReadAsync(ignored) > 0) { }
    }
}

/// <summary>The executor cannot start, for a reason that whoever started it can do something about.</summary>
internal sealed class CannotStartException(string message, Exception inner) : IOException(message, inner);
