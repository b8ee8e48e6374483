namespace Rondo.Client;

/// <summary>
/// Hands in single jobs and arrays. One that has an idempotency key, its own or one made up here, is handed in again when the connection breaks before
/// its answer comes: the same key leads to the same id, so it is neither lost nor doubled.
/// </summary>
internal sealed class Submission(Sender sender, MadeKeys keys, RondoClientOptions options)
{
    /// <summary>Hands it in.</summary>
    /// <exception cref="RondoUncertainException">It may have been accepted or not, and nobody can tell.</exception>
    public async Task<IdAnswer> PostAsync(JobRequest job, CancellationToken cancellationToken)
    {
        var text = new JobText(job);
        var makesKeys = options.SafeRetries && !text.HasKey && !text.IsEmpty;
        string? key = null;
        var repeats = new Repeats(options);
        while (true)
        {
            try
            {
                return await PostOnceAsync(
                    async (address, limit) =>
                    {
                        if (makesKeys && !repeats.IsOpen)
                        {
                            key = null;
                            key = await keys.NewAsync(address, limit);
                        }

                        return JobsContent.Of(text, key);
                    },
                    cancellationToken
                );
            }
            catch (RondoException failure) when ((key is not null || text.HasKey) && repeats.MayBeAccepted(failure, makesKeys))
            {
                keys.Forget();
                await repeats.NextAsync(failure, cancellationToken);
            }
        }
    }

    private async Task<IdAnswer> PostOnceAsync(Func<Uri, CancellationToken, Task<HttpContent>> body, CancellationToken cancellationToken)
    {
        using var response = await sender.SubmitAsync("v1/jobs", body, cancellationToken);
        try
        {
            return await Answers.ReadAsync(response, ClientJson.Default.IdAnswer, cancellationToken);
        }
        catch (RondoUnreachableException broken)
        {
            throw new RondoUncertainException("the job was accepted, but the connection broke before its id came", broken);
        }
    }
}
