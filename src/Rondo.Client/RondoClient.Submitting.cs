using System.Runtime.CompilerServices;

namespace Rondo.Client;

public sealed partial class RondoClient
{
    /// <summary>Submits a job and returns its id, which is given out only after the job is on stable storage.</summary>
    /// <remarks>
    /// When the connection breaks before the answer comes, the job is submitted again at the next address, under the same idempotency key:
    /// it is neither lost nor doubled. See <see cref="RondoClientOptions.SafeRetries"/>.
    /// </remarks>
    /// <exception cref="RondoUncertainException">
    /// The connection broke before the answer came, and nobody who knows what became of the job has answered for as long as
    /// <see cref="RondoClientOptions.OutageTolerance"/>; or the job has no idempotency key.
    /// </exception>
    public async Task<string> SubmitAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        var answer = await _submission.PostAsync(job, cancellationToken);
        return answer.Id ?? throw new RondoUncertainException("the executor accepted the job but named no id");
    }

    /// <summary>Submits a job for each index of <see cref="JobRequest.Array"/> and returns their ids in the order of the indexes.</summary>
    /// <remarks>Safe to repeat, and repeated, as in <see cref="SubmitAsync"/>.</remarks>
    /// <exception cref="RondoUncertainException">As there.</exception>
    public async Task<IReadOnlyList<string>> SubmitArrayAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        var answer = await _submission.PostAsync(job, cancellationToken);
        return answer.Ids ?? throw new RondoUncertainException("the executor accepted the array but named no ids");
    }

    /// <summary>
    /// Submits many jobs with few requests: jobs are read as they come, sent in batches, and their outcomes given out in the same order.
    /// </summary>
    /// <remarks>
    /// When the connection breaks in the middle of a batch, what has no outcome yet is submitted again, as in <see cref="SubmitAsync"/>: no job
    /// is lost or doubled. See <see cref="RondoClientOptions.SafeRetries"/>. So it is while the executor has no room for more jobs
    /// (<see cref="ProblemTypes.Full"/>): a job is refused for that only when none was accepted for as long as
    /// <see cref="RondoClientOptions.OutageTolerance"/>.
    /// </remarks>
    /// <exception cref="RondoUncertainException">
    /// The connection broke, and nobody who knows what became of the jobs has answered for as long as
    /// <see cref="RondoClientOptions.OutageTolerance"/>; or jobs have no idempotency key. Outcomes given out before are certain; those that are
    /// missing are not.
    /// </exception>
    public async IAsyncEnumerable<SubmitOutcome> SubmitManyAsync(
        IAsyncEnumerable<JobRequest> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var lines in JobLines.BatchAsync(jobs, cancellationToken))
        {
            await using var batch = new BatchSubmission(_sender, _keys, _options, lines);
            while (await batch.NextAsync(cancellationToken) is { } outcome)
            {
                yield return outcome;
            }
        }
    }

    /// <summary>
    /// As <see cref="SubmitManyAsync"/>, for jobs that are JSON already: each the body of a job, without line breaks. Those behind an
    /// empty one are sent in one request, however many they are, so that they can name each other: an executor takes up to 1,000,000 jobs of one, of
    /// which up to 100,000, of 256 MiB, may name each other. They are sent as they are, without keys that
    /// they do not have, and never again.
    /// </summary>
    /// <exception cref="RondoUncertainException">
    /// The connection broke before a batch was answered. Outcomes given out before are certain; those that are missing are not.
    /// </exception>
    public async IAsyncEnumerable<SubmitOutcome> SubmitManyJsonAsync(
        IAsyncEnumerable<ReadOnlyMemory<byte>> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var batch in JobLines.BatchAsync(jobs, cancellationToken))
        {
            using var response = await _sender.SubmitAsync(
                "v1/jobs:batch",
                () => JobLines.Content(batch.Bytes, "application/x-ndjson"),
                cancellationToken
            );
            var answered = 0;
            await foreach (var outcome in JobLines.ReadOutcomesAsync(response, cancellationToken))
            {
                answered++;
                yield return outcome;
            }

            if (answered != batch.Count)
            {
                throw new RondoUncertainException($"the executor answered for {answered} of {batch.Count} jobs of a batch");
            }
        }
    }

    /// <summary>Runs a job that failed or was cancelled once more, as a new job: a result never changes.</summary>
    /// <returns>The new job's id.</returns>
    public async Task<string> RetryAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.SubmitAsync(
            $"{JobPath(id)}:retry",
            () => JobLines.Content(default, "application/json"),
            cancellationToken
        );
        var answer = await Answers.ReadAsync(response, ClientJson.Default.IdAnswer, cancellationToken);
        return answer.Id ?? throw new RondoUncertainException("the executor accepted the retry but named no id");
    }
}
