using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Hands in the one job of a command.</summary>
internal static class Submitting
{
    /// <summary>Hands it in, and again while the executor has no room for it: that passes as the jobs of others reach its disk.</summary>
    /// <param name="leave">Breaks the request off. A wait for room ends with the first Ctrl-C, since there is no job then.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="RondoException">It is refused, or there was no room for as long as an outage may last.</exception>
    public static async Task<string> SubmitAsync(Session session, JobRequest job, CancellationToken leave)
    {
        var outage = new Outage(session.OutageNote);
        while (true)
        {
            try
            {
                return await session.Client.SubmitAsync(job, leave);
            }
            catch (RondoException full) when (full.Type == ProblemTypes.Full)
            {
                await outage.BearAsync(full, most: null, session.Interrupted);
            }
        }
    }
}
