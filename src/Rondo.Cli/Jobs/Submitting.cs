using Rondo.Client;

namespace Rondo.Cli;

/// <summary>Hands in the one job of a command.</summary>
internal static class Submitting
{
    /// <summary>
    /// Hands it in, and again while the executor has no room for it, which passes as the jobs of others reach its disk, or stops and is not back yet.
    /// An address at which nobody was to begin with is more likely wrong. What may have been accepted is not handed in again.
    /// </summary>
    /// <param name="leave">Breaks the request off. A wait for room ends with the first Ctrl-C, since there is no job then.</param>
    /// <returns>The job's id.</returns>
    /// <exception cref="RondoException">It is refused, or was not taken for as long as an outage may last.</exception>
    public static async Task<string> SubmitAsync(Session session, JobRequest job, CancellationToken leave)
    {
        var outage = new Outage(session.OutageNote);
        var hasAnswered = false;
        while (true)
        {
            try
            {
                return await session.Client.SubmitAsync(job, leave);
            }
            catch (RondoException failure) when (IsPassing(failure) && (hasAnswered || failure is not RondoUnreachableException))
            {
                hasAnswered = true;
                await outage.BearAsync(failure, most: null, session.Interrupted);
            }
        }
    }

    private static bool IsPassing(RondoException failure) => failure.Type == ProblemTypes.Full || Outage.Is(failure);
}
