using System.Diagnostics;
using System.Text.Json;

namespace Rondo.Client;

/// <summary>
/// Hands in single jobs and arrays. One that has an idempotency key, its own or one made up here, is handed in again when the connection breaks before
/// its answer comes: the same key leads to the same id, so it is neither lost nor doubled.
/// </summary>
/// <remarks>
/// A key that is made up names the executor that is spoken to, as <c>@k7q2/…</c>: that one takes the job itself, as it takes those without
/// a key, and any other executor knows where to ask for it. Its id is asked for once for each address.
/// </remarks>
internal sealed class Submission(Sender sender, RondoClientOptions options)
{
    private Spoken? _spokenTo;

    /// <summary>Hands it in.</summary>
    /// <exception cref="RondoUncertainException">It may have been accepted or not, and nobody can tell.</exception>
    public async Task<IdAnswer> PostAsync(JobRequest job, CancellationToken cancellationToken)
    {
        var makesKeys = options.SafeRetries && job.IdempotencyKey is null;
        var keyed = makesKeys ? null : job;
        Stopwatch? open = null;
        while (true)
        {
            try
            {
                return await PostOnceAsync(
                    async (address, limit) =>
                    {
                        if (makesKeys && open is null)
                        {
                            keyed = null;
                            keyed = job with { IdempotencyKey = await NewKeyAsync(address, limit) };
                        }

                        return JsonSerializer.SerializeToUtf8Bytes(keyed!, RequestJson.Default.JobRequest);
                    },
                    cancellationToken
                );
            }
            catch (RondoException failure) when (keyed?.IdempotencyKey is not null && IsOpen(failure, makesKeys, open))
            {
                _spokenTo = null;
                if (open is null)
                {
                    // Mostly one executor of several is gone: the next one is asked at once.
                    open = Stopwatch.StartNew();
                }
                else if (open.Elapsed < options.OutageTolerance)
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
    }

    private async Task<IdAnswer> PostOnceAsync(Func<Uri, CancellationToken, Task<byte[]>> body, CancellationToken cancellationToken)
    {
        using var response = await sender.SubmitAsync(
            "v1/jobs",
            async (address, limit) => JobLines.Content(await body(address, limit), "application/json"),
            cancellationToken
        );
        try
        {
            return await Answers.ReadAsync(response, ClientJson.Default.IdAnswer, cancellationToken);
        }
        catch (RondoUnreachableException broken)
        {
            throw new RondoUncertainException("the job was accepted, but the connection broke before its id came", broken);
        }
    }

    /// <summary>
    /// True when the job may have been accepted: the connection broke. Once it did, what usually says that a job was not accepted
    /// speaks of the repetition alone.
    /// </summary>
    private static bool IsOpen(RondoException failure, bool makesKeys, Stopwatch? open) =>
        failure is RondoUncertainException
        || (open is not null && (Answers.IsOutage(failure) || failure.Type is ProblemTypes.Full or ProblemTypes.Draining))
        // Somebody handed it on to the executor of the key, which did not answer; a client's own key is the client's to repeat.
        || (makesKeys && failure.Type == ProblemTypes.ExecutorUnavailable);

    private async Task<string> NewKeyAsync(Uri address, CancellationToken cancellationToken)
    {
        if (_spokenTo is not { } spoken || spoken.Address != address)
        {
            _spokenTo = spoken = new Spoken(address, await sender.ExecutorAtAsync(address, cancellationToken));
        }

        var key = Guid.NewGuid().ToString("N");
        return spoken.Executor is { } executor ? $"@{executor}/{key}" : key;
    }

    private sealed record Spoken(Uri Address, string? Executor);
}
