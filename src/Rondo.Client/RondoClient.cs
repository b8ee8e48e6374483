using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Rondo.Client;

/// <summary>
/// Speaks to a ring of executors over HTTP. Safe to use from many threads at the same time; make one and keep it.
/// </summary>
/// <remarks>
/// Every method throws <see cref="RondoException"/> when an executor refuses, and <see cref="RondoUnreachableException"/> when none of
/// the addresses can be reached.
/// </remarks>
public sealed class RondoClient : IDisposable
{
    private static readonly TimeSpan LongPoll = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan OutagePause = TimeSpan.FromMilliseconds(250);

    private readonly RondoClientOptions _options;
    private readonly Sender _sender;

    /// <summary>A client for the given addresses; nothing is sent yet.</summary>
    /// <exception cref="ArgumentException">An address is malformed, or there is none.</exception>
    public RondoClient(RondoClientOptions options)
    {
        _options = options;
        _sender = new Sender(options);
    }

    /// <summary>A client for one or more addresses such as <c>127.0.0.1:7070</c>.</summary>
    /// <exception cref="ArgumentException">An address is malformed, or there is none.</exception>
    public RondoClient(params string[] addresses)
        : this(new RondoClientOptions { Addresses = addresses }) { }

    /// <inheritdoc/>
    public void Dispose() => _sender.Dispose();

    /// <summary>Submits a job and returns its id, which is given out only after the job is on stable storage.</summary>
    /// <exception cref="RondoUncertainException">The connection broke before the answer came. The job is not submitted again.</exception>
    public async Task<string> SubmitAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        var answer = await PostJobAsync(job, cancellationToken);
        return answer.Id ?? throw new RondoUncertainException("the executor accepted the job but named no id");
    }

    /// <summary>Submits a job for each index of <see cref="JobRequest.Array"/> and returns their ids in the order of the indexes.</summary>
    /// <exception cref="RondoUncertainException">The connection broke before the answer came. The jobs are not submitted again.</exception>
    public async Task<IReadOnlyList<string>> SubmitArrayAsync(JobRequest job, CancellationToken cancellationToken = default)
    {
        var answer = await PostJobAsync(job, cancellationToken);
        return answer.Ids ?? throw new RondoUncertainException("the executor accepted the array but named no ids");
    }

    /// <summary>
    /// Submits many jobs with few requests: jobs are read as they come, sent in batches, and their outcomes given out in the same order.
    /// </summary>
    /// <exception cref="RondoUncertainException">
    /// The connection broke before a batch was answered. Outcomes given out before are certain; those that are missing are not.
    /// </exception>
    public async IAsyncEnumerable<SubmitOutcome> SubmitManyAsync(
        IAsyncEnumerable<JobRequest> jobs,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        await foreach (var outcome in SubmitManyJsonAsync(JobLines.SerializeAsync(jobs, cancellationToken), cancellationToken))
        {
            yield return outcome;
        }
    }

    /// <summary>
    /// As <see cref="SubmitManyAsync"/>, for jobs that are JSON already: each the body of a job, without line breaks. Those behind an
    /// empty one are sent in one request, however many they are, so that they can name each other.
    /// </summary>
    /// <exception cref="RondoUncertainException">As there.</exception>
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

    /// <summary>What is known of a job.</summary>
    public async Task<Job> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(JobPath(id), default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.Job, cancellationToken);
    }

    /// <summary>
    /// Waits until a job is final, or the time is over: then <see cref="Job.IsFinal"/> is false. Goes on through an outage of
    /// executors for as long as <see cref="RondoClientOptions.OutageTolerance"/> allows.
    /// </summary>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    public async Task<Job> WaitAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        System.Diagnostics.Stopwatch? outage = null;
        while (true)
        {
            var left = timeout is { } limit ? limit - waited.Elapsed : LongPoll;
            var wait = TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 0, LongPoll.TotalMilliseconds));
            try
            {
                using var response = await _sender.GetAsync($"{JobPath(id)}?wait={WaitText.Format(wait)}", wait, cancellationToken);
                var job = await ReadAsync(response, ClientJson.Default.Job, cancellationToken);
                outage = null;
                if (job.IsFinal || waited.Elapsed >= timeout)
                {
                    return job;
                }
            }
            catch (Exception failure) when (IsOutage(failure) && !cancellationToken.IsCancellationRequested)
            {
                outage ??= System.Diagnostics.Stopwatch.StartNew();
                if (outage.Elapsed >= _options.OutageTolerance || waited.Elapsed >= timeout)
                {
                    throw;
                }

                await Task.Delay(OutagePause, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The job now, and again whenever its state, its place or its attempt changes, until it is final. Goes on through an outage of
    /// executors for as long as <see cref="RondoClientOptions.OutageTolerance"/> allows, and does not tell the same twice.
    /// </summary>
    public async IAsyncEnumerable<Job> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var events = new JobEvents($"v1/events?job={Uri.EscapeDataString(id)}", _sender);
        System.Diagnostics.Stopwatch? outage = null;
        while (true)
        {
            Job? job = null;
            try
            {
                job = await events.NextAsync(cancellationToken);
                outage = null;
            }
            catch (Exception failure) when (IsOutage(failure) && !cancellationToken.IsCancellationRequested)
            {
                outage ??= System.Diagnostics.Stopwatch.StartNew();
                if (outage.Elapsed >= _options.OutageTolerance)
                {
                    throw;
                }
            }

            if (job is null)
            {
                // The executor stops, or something in between ends what lasts long.
                await Task.Delay(OutagePause, cancellationToken);
                continue;
            }

            yield return job;
            if (job.IsFinal)
            {
                yield break;
            }
        }
    }

    /// <summary>A finished job's standard output, as a stream that is read from the executor.</summary>
    /// <exception cref="RondoException">The job is not finished (<see cref="ProblemTypes.NotFinished"/>), among others.</exception>
    public async Task<JobResult> OpenResultAsync(string id, CancellationToken cancellationToken = default)
    {
        var response = await _sender.GetAsync($"{JobPath(id)}/result", default, cancellationToken);
        return new JobResult(response, await response.Content.ReadAsStreamAsync(cancellationToken));
    }

    /// <summary>What a job has written so far, from the beginning.</summary>
    /// <param name="follow">True for a stream that goes on until the job is final.</param>
    /// <remarks>A connection that breaks shows as an <see cref="IOException"/> while reading.</remarks>
    public async Task<Stream> OpenLogsAsync(string id, LogStream stream, bool follow = false, CancellationToken cancellationToken = default)
    {
        var name = stream == LogStream.Stderr ? "stderr" : "stdout";
        // A follower's headers come with its first byte at the latest; until then the job may wait for as long as it likes.
        var wait = follow ? TimeSpan.FromDays(1) : default;
        var response = await _sender.GetAsync(
            $"{JobPath(id)}/logs?stream={name}&follow={(follow ? "true" : "false")}",
            wait,
            cancellationToken
        );
        return await response.Content.ReadAsStreamAsync(cancellationToken);
    }

    /// <summary>Asks to cancel a job. It may still run in the answer: <see cref="WaitAsync"/> tells when it has ended.</summary>
    public async Task<Job> CancelAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.RepeatablePostAsync($"{JobPath(id)}:cancel", default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.Job, cancellationToken);
    }

    /// <summary>Asks to cancel all jobs of a group that are not final, wherever they are. They may still run in the answer.</summary>
    public async Task<GroupCancellation> CancelGroupAsync(string group, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.RepeatablePostAsync(
            $"v1/groups/{Uri.EscapeDataString(group)}:cancel",
            default,
            cancellationToken
        );
        return await ReadAsync(response, ClientJson.Default.GroupCancellation, cancellationToken);
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
        var answer = await ReadAsync(response, ClientJson.Default.IdAnswer, cancellationToken);
        return answer.Id ?? throw new RondoUncertainException("the executor accepted the retry but named no id");
    }

    /// <summary>Why a job waits, or is where it is.</summary>
    public async Task<JobExplanation> ExplainAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync($"{JobPath(id)}/explain", default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.JobExplanation, cancellationToken);
    }

    /// <summary>The jobs of a group that have ended, and with <paramref name="follow"/> those that end from now on, as they do.</summary>
    /// <param name="follow">True to go on until <paramref name="count"/> jobs were told, or the caller stops.</param>
    /// <param name="count">How many jobs to tell at most; null for all.</param>
    /// <exception cref="RondoUnreachableException">The connection broke. Asked again, all are told again.</exception>
    public async IAsyncEnumerable<GroupResult> GroupResultsAsync(
        string group,
        bool follow = false,
        long? count = null,
        [EnumeratorCancellation] CancellationToken cancellationToken = default
    )
    {
        var query = $"?follow={(follow ? "true" : "false")}{(count is { } number ? $"&count={number}" : "")}";
        var wait = follow ? TimeSpan.FromDays(1) : default;
        using var response = await _sender.GetAsync($"{GroupPath(group)}/results{query}", wait, cancellationToken);
        await foreach (var line in JobLines.ReadLinesAsync(response, cancellationToken))
        {
            yield return JsonSerializer.Deserialize(line, ClientJson.Default.GroupResult)
                ?? throw new RondoException("the executor's answer has an empty line");
        }
    }

    /// <summary>Keeps a cron under a name, in the place of one that has it already.</summary>
    /// <exception cref="RondoException">It is not right, among others.</exception>
    public async Task<Cron> PutCronAsync(string name, CronRequest cron, CancellationToken cancellationToken = default)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(cron, RequestJson.Default.CronRequest);
        using var response = await _sender.RepeatableAsync(
            HttpMethod.Put,
            CronPath(name),
            () => JobLines.Content(body, "application/json"),
            default,
            cancellationToken
        );
        return await ReadAsync(response, ClientJson.Default.Cron, cancellationToken);
    }

    /// <summary>A cron, with the time of its next and its last firing.</summary>
    public async Task<Cron> GetCronAsync(string name, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(CronPath(name), default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.Cron, cancellationToken);
    }

    /// <summary>The crons of the whole ring, by name.</summary>
    public async Task<CronList> ListCronsAsync(CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync("v1/crons", default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.CronList, cancellationToken);
    }

    /// <summary>Forgets a cron; jobs that it handed in go on.</summary>
    /// <returns>False when there was none of this name.</returns>
    public async Task<bool> DeleteCronAsync(string name, CancellationToken cancellationToken = default)
    {
        try
        {
            (await _sender.RepeatableAsync(HttpMethod.Delete, CronPath(name), null, default, cancellationToken)).Dispose();
            return true;
        }
        catch (RondoException refusal) when (refusal.Type == ProblemTypes.NotFound)
        {
            return false;
        }
    }

    /// <summary>One page of the jobs of the whole ring, newest first.</summary>
    /// <param name="cursor">Where to begin, from the page before; null for the first page.</param>
    public async Task<JobPage> ListPageAsync(JobQuery query, string? cursor = null, CancellationToken cancellationToken = default)
    {
        List<string> parts = [$"limit={query.PageSize}"];
        Add("state", query.State?.ToWord());
        Add("name", query.Name);
        Add("group", query.Group);
        foreach (var (name, value) in query.Labels ?? new Dictionary<string, string>())
        {
            Add("label", $"{name}={value}");
        }

        Add("cursor", cursor);
        using var response = await _sender.GetAsync("v1/jobs?" + string.Join('&', parts), default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.JobPage, cancellationToken);

        void Add(string name, string? value)
        {
            if (value is not null)
            {
                parts.Add($"{name}={Uri.EscapeDataString(value)}");
            }
        }
    }

    /// <summary>The jobs of the whole ring, newest first, page by page as they are read.</summary>
    public async IAsyncEnumerable<Job> ListAsync(JobQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        string? cursor = null;
        do
        {
            var page = await ListPageAsync(query, cursor, cancellationToken);
            foreach (var job in page.Jobs)
            {
                yield return job;
            }

            cursor = page.NextCursor;
        } while (cursor is not null);
    }

    /// <summary>The ring as the executor that answers knows it.</summary>
    public async Task<RingStatus> RingAsync(CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync("v1/ring", default, cancellationToken);
        return await ReadAsync(response, ClientJson.Default.RingStatus, cancellationToken);
    }

    /// <summary>
    /// Has an executor leave in order: it takes no more jobs, hands over what waits and finishes what runs. Asking again does no harm.
    /// </summary>
    /// <param name="timeout">How long to wait until nothing is left there; null for as long as it takes.</param>
    /// <returns>What stays there once nothing is left that another executor can do; null when the time was over first: it goes on draining.</returns>
    public async Task<DrainedExecutor?> DrainAsync(string executor, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var waited = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var left = timeout is { } limit ? limit - waited.Elapsed : LongPoll;
            var wait = TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 0, LongPoll.TotalMilliseconds));
            using var response = await _sender.RepeatablePostAsync(
                $"{ExecutorPath(executor)}:drain?wait={WaitText.Format(wait)}",
                wait,
                cancellationToken
            );
            var answer = await ReadAsync(response, ClientJson.Default.ExecutorAnswer, cancellationToken);
            if (answer.State == "drained")
            {
                return new DrainedExecutor(answer.Scheduled, answer.NextAt, answer.Crons);
            }

            if (waited.Elapsed >= timeout)
            {
                return null;
            }
        }
    }

    /// <summary>Removes an executor that will never return: the homes of jobs that it held take them back.</summary>
    public async Task RemoveAsync(string executor, CancellationToken cancellationToken = default) =>
        (await _sender.RepeatablePostAsync($"{ExecutorPath(executor)}:remove", default, cancellationToken)).Dispose();

    /// <summary>The unread JSON text of anything that can be asked for, such as <c>v1/ring</c>.</summary>
    public async Task<string> GetJsonAsync(string path, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(path, default, cancellationToken);
        return await response.Content.ReadAsStringAsync(cancellationToken);
    }

    private async Task<IdAnswer> PostJobAsync(JobRequest job, CancellationToken cancellationToken)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(job, RequestJson.Default.JobRequest);
        using var response = await _sender.SubmitAsync("v1/jobs", () => JobLines.Content(body, "application/json"), cancellationToken);
        try
        {
            return await ReadAsync(response, ClientJson.Default.IdAnswer, cancellationToken);
        }
        catch (RondoUnreachableException broken)
        {
            throw new RondoUncertainException("the job was accepted, but the connection broke before its id came", broken);
        }
    }

    private static string JobPath(string id) => "v1/jobs/" + Uri.EscapeDataString(id);

    private static string GroupPath(string group) => "v1/groups/" + Uri.EscapeDataString(group);

    private static string CronPath(string name) => "v1/crons/" + Uri.EscapeDataString(name);

    private static string ExecutorPath(string id) => "v1/executors/" + Uri.EscapeDataString(id);

    private static bool IsOutage(Exception failure) =>
        failure is RondoUnreachableException or RondoException { Type: ProblemTypes.ExecutorUnavailable };

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response, JsonTypeInfo<T> type, CancellationToken cancellationToken)
    {
        var where = response.RequestMessage?.RequestUri?.Authority;
        try
        {
            await using var stream = await response.Content.ReadAsStreamAsync(cancellationToken);
            return await JsonSerializer.DeserializeAsync(stream, type, cancellationToken)
                ?? throw new RondoException("the executor's answer is empty");
        }
        catch (JsonException failure)
        {
            throw new RondoException($"the answer of {where} is not one of an executor: {failure.Message}", failure);
        }
        catch (Exception failure) when (failure is IOException or HttpRequestException)
        {
            throw new RondoUnreachableException($"the connection to {where} broke while it answered", failure)
            {
                Addresses = [where ?? ""],
            };
        }
    }
}
