using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Rondo.Client;

public sealed partial class RondoClient
{
    /// <summary>What is known of a job.</summary>
    public async Task<Job> GetAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync(JobPath(id), default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.Job, cancellationToken);
    }

    /// <summary>
    /// Waits until a job is final, or the time is over: then <see cref="Job.IsFinal"/> is false. Goes on through an outage of
    /// executors for as long as <see cref="RondoClientOptions.OutageTolerance"/> allows.
    /// </summary>
    /// <param name="timeout">How long to wait; null for as long as it takes.</param>
    public async Task<Job> WaitAsync(string id, TimeSpan? timeout = null, CancellationToken cancellationToken = default)
    {
        var waited = Stopwatch.StartNew();
        Stopwatch? outage = null;
        while (true)
        {
            var left = timeout is { } limit ? limit - waited.Elapsed : LongPoll;
            var wait = TimeSpan.FromMilliseconds(Math.Clamp(left.TotalMilliseconds, 0, LongPoll.TotalMilliseconds));
            try
            {
                using var response = await _sender.GetAsync($"{JobPath(id)}?wait={WaitText.Format(wait)}", wait, cancellationToken);
                var job = await Answers.ReadAsync(response, ClientJson.Default.Job, cancellationToken);
                outage = null;
                if (job.IsFinal || waited.Elapsed >= timeout)
                {
                    return job;
                }
            }
            catch (Exception failure) when (Answers.IsOutage(failure) && !cancellationToken.IsCancellationRequested)
            {
                outage ??= Stopwatch.StartNew();
                if (outage.Elapsed >= _options.OutageTolerance || waited.Elapsed >= timeout)
                {
                    throw;
                }

                await Task.Delay(Answers.OutagePause, cancellationToken);
            }
        }
    }

    /// <summary>
    /// The job now, and again whenever its state, its place, its attempt or its progress changes, until it is final. Goes on through an outage of
    /// executors for as long as <see cref="RondoClientOptions.OutageTolerance"/> allows, and does not tell the same twice.
    /// </summary>
    public async IAsyncEnumerable<Job> WatchAsync(string id, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await using var events = new JobEvents($"v1/events?job={Uri.EscapeDataString(id)}", _sender);
        Stopwatch? outage = null;
        while (true)
        {
            Job? job = null;
            try
            {
                job = await events.NextAsync(cancellationToken);
                outage = null;
            }
            catch (Exception failure) when (Answers.IsOutage(failure) && !cancellationToken.IsCancellationRequested)
            {
                outage ??= Stopwatch.StartNew();
                if (outage.Elapsed >= _options.OutageTolerance)
                {
                    throw;
                }
            }

            if (job is null)
            {
                // The executor stops, or something in between ends what lasts long.
                await Task.Delay(Answers.OutagePause, cancellationToken);
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
        return await Answers.ReadAsync(response, ClientJson.Default.Job, cancellationToken);
    }

    /// <summary>Why a job waits, or is where it is.</summary>
    public async Task<JobExplanation> ExplainAsync(string id, CancellationToken cancellationToken = default)
    {
        using var response = await _sender.GetAsync($"{JobPath(id)}/explain", default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.JobExplanation, cancellationToken);
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

        Add("since", query.Since?.ToUniversalTime().ToString("O", CultureInfo.InvariantCulture));
        Add("cursor", cursor);
        using var response = await _sender.GetAsync("v1/jobs?" + string.Join('&', parts), default, cancellationToken);
        return await Answers.ReadAsync(response, ClientJson.Default.JobPage, cancellationToken);

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

    private static string JobPath(string id) => "v1/jobs/" + Uri.EscapeDataString(id);
}
