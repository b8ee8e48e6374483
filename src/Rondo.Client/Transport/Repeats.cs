using System.Diagnostics;

namespace Rondo.Client;

/// <summary>
/// Whether something that was handed in may have been accepted without our knowing it, and how long it is handed in again: as long as
/// <see cref="RondoClientOptions.OutageTolerance"/>.
/// </summary>
internal sealed class Repeats(RondoClientOptions options)
{
    private Stopwatch? _open;

    /// <summary>True once the connection broke before an answer came: what is handed in now has to be the same as before.</summary>
    public bool IsOpen => _open is not null;

    /// <summary>
    /// True when the job may have been accepted: the connection broke. Once it did, what usually says that a job was not accepted
    /// speaks of the repetition alone.
    /// </summary>
    /// <param name="hasMadeKey">True for a job whose key was made up here, and names an executor.</param>
    public bool MayBeAccepted(RondoException failure, bool hasMadeKey) =>
        failure is RondoUncertainException
        || (IsOpen && (Answers.IsOutage(failure) || failure.Type == ProblemTypes.Full))
        // Somebody handed it on to the executor of the key, which did not answer; a client's own key is the client's to repeat.
        || (hasMadeKey && failure.Type == ProblemTypes.ExecutorUnavailable);

    /// <summary>Waits until it is to be handed in again.</summary>
    /// <exception cref="RondoUncertainException">That took too long.</exception>
    public async Task NextAsync(RondoException failure, CancellationToken cancellationToken)
    {
        if (_open is null)
        {
            // Mostly one executor of several is gone: the next one is asked at once.
            _open = Stopwatch.StartNew();
        }
        else if (_open.Elapsed < options.OutageTolerance)
        {
            await Task.Delay(Answers.OutagePause, cancellationToken);
        }
        else
        {
            throw failure as RondoUncertainException
                ?? new RondoUncertainException(
                    $"the job may have been accepted or not, and nobody who knows has answered since: {failure.Message}",
                    failure
                );
        }
    }
}
