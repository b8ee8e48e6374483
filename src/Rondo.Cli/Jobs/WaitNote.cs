using Rondo.Client;

namespace Rondo.Cli;

/// <summary>
/// Tells once what a command waits for whose job has not begun after a while: one that is silent for ever looks as if it hung. Of a job that
/// runs there is nothing to tell.
/// </summary>
internal sealed class WaitNote(Session session, Action<string> say)
{
    /// <summary>How many different things that speak against executors are told; <c>job explain</c> has all.</summary>
    private const int WhysMax = 3;

    private bool _isTold;

    public WaitNote(Session session)
        : this(session, text => session.Talk.WriteLine("rondo: " + text)) { }

    /// <summary>Waits for a job, with an eye on the clock.</summary>
    public async Task<T> WhileAsync<T>(string id, Task<T> wait)
    {
        if (_isTold || wait.IsCompleted)
        {
            return await wait;
        }

        using var over = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);
        var telling = TellAsync(id, over.Token);
        try
        {
            return await wait;
        }
        finally
        {
            await over.CancelAsync();
            await telling;
        }
    }

    private async Task TellAsync(string id, CancellationToken over)
    {
        try
        {
            JobExplanation? explanation;
            do
            {
                await Task.Delay(session.Surroundings.Patience, session.Surroundings.Clock, over);
                explanation = await ExplainAsync(id, over);
            } while (explanation is null);

            if (explanation.State is JobState.Scheduled or JobState.Waiting)
            {
                _isTold = true;
                say($"{id} is {explanation.State.ToWord()}: {Why(explanation)} (rondo job explain {id})");
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The job has ended, or nobody waits for it any more.
        }
    }

    /// <summary>Null while there is no answer to be had.</summary>
    private async Task<JobExplanation?> ExplainAsync(string id, CancellationToken over)
    {
        try
        {
            return await session.Client.ExplainAsync(id, over);
        }
        catch (RondoException)
        {
            // A courtesy changes nothing about what is waited for: whatever stands in the way of the wait, the wait itself tells of.
            return null;
        }
    }

    private static string Why(JobExplanation explanation)
    {
        if (explanation is not { Reason: "no_executor_can_run_it", Executors: { Count: > 0 } executors })
        {
            return OneLine.Of(explanation.Text ?? explanation.Reason ?? "no reason is known").TrimEnd('.');
        }

        string[] whys = [.. executors.Where(executor => !executor.CanRun).Select(executor => executor.Why).OfType<string>().Distinct()];
        var more = whys.Length > WhysMax ? ", …" : "";
        return $"no executor of the ring can run it, for {string.Join(", ", whys.Take(WhysMax))}{more}";
    }
}
