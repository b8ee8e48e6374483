using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Does one thing to several jobs: those that are not there are told, and do not keep it from the others.</summary>
internal static class EachJob
{
    /// <returns>0, or 3 when one of several was not there.</returns>
    /// <exception cref="RondoException">The only one is not there, or something else went wrong.</exception>
    public static async Task<int> DoAsync(Session session, IReadOnlyList<string> ids, Func<string, Task> action)
    {
        var code = ExitCodes.Ok;
        foreach (var id in ids)
        {
            try
            {
                await action(id);
            }
            catch (RondoException missing) when (missing.Type == ProblemTypes.NotFound && ids.Count > 1)
            {
                session.Out.Flush();
                await session.Talk.WriteLineAsync($"rondo: {id}: {missing.Message}");
                code = ExitCodes.NotFound;
            }
        }

        return code;
    }
}
