using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Does one thing to several jobs: those that are not there, or not in the state for it, are told, and do not keep it from the others.</summary>
internal static class EachJob
{
    /// <returns>0, or 3 when one of several was not there, 1 when it could not be done to one.</returns>
    /// <exception cref="RondoException">It could not be done to the only one, or something else went wrong.</exception>
    public static async Task<int> DoAsync(Session session, IReadOnlyList<string> ids, Func<string, Task> action)
    {
        var code = ExitCodes.Ok;
        foreach (var id in ids)
        {
            try
            {
                await action(id);
            }
            catch (RondoException refused) when (refused.Type is ProblemTypes.NotFound or ProblemTypes.NotRetryable && ids.Count > 1)
            {
                session.Out.Flush();
                await session.Talk.WriteLineAsync($"rondo: {id}: {refused.Message}");
                code = refused.Type == ProblemTypes.NotFound ? ExitCodes.NotFound : ExitCodes.Error;
            }
        }

        return code;
    }
}
