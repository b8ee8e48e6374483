using System.Globalization;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;

namespace Rondo.Executor.Http.Jobs;

/// <summary>
/// <c>GET /v1/jobs</c>: the jobs of all executors, newest first. Each executor that answers gives a page of its own jobs; they are merged
/// by the time of submission, and the cursor remembers for each how far the client has come.
/// </summary>
internal sealed class ListEndpoint(HomeJobs jobs, RingLookup ring, Forwarder forwarder, ExecutorId self)
{
    public const int LimitDefault = 50;
    public const int LimitMax = 1_000;

    private static readonly TimeSpan PeerPatience = TimeSpan.FromSeconds(3);

    /// <summary>Handles the request. With <c>local=true</c>, which executors use among themselves, only this home's jobs.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var filter = JobFilter.Of(context);
        var limit = (int)context.QueryNumber("limit", 1, LimitMax, LimitDefault);
        var document = context.QueryFlag("local")
            ? await OwnAsync(filter, context.QueryNumber("below", 0, long.MaxValue, long.MaxValue), limit, context)
            : await MergedAsync(filter, ListCursor.Parse(context.QueryText("cursor")), limit, context);
        await context.WriteJsonAsync(document, HttpJson.Plain.JobListDocument);
    }

    private async Task<JobListDocument> MergedAsync(JobFilter filter, ListCursor cursor, int limit, HttpContext context)
    {
        var executors = (await ring.RingAsync(context.RequestAborted)).Executors;
        var asked = executors.Select(executor => PageAsync(executor, filter, cursor.Below(executor.Member.Id), limit, context)).ToArray();
        var pages = new List<Queue<JobDocument>>();
        var leftBelow = new List<(ExecutorId Home, Queue<JobDocument> Page, long Below)>();
        var unreachable = new List<string>();
        for (var i = 0; i < asked.Length; i++)
        {
            if (await asked[i] is { } page)
            {
                pages.Add(new Queue<JobDocument>(page.Jobs));
                if (page.NextCursor is { } below)
                {
                    leftBelow.Add((executors[i].Member.Id, pages[^1], long.Parse(below, CultureInfo.InvariantCulture)));
                }
            }
            else
            {
                unreachable.Add(executors[i].Member.Id.ToString());
            }
        }

        var mayHaveMore = pages.Any(page => page.Count == limit);
        var merged = Merge(pages, limit);
        mayHaveMore |= pages.Any(page => page.Count > 0);
        foreach (var job in merged)
        {
            cursor.Listed(JobId.Parse(job.Id));
        }

        // Where a search for labels ended before the end it goes on, once all that it found is in the list.
        foreach (var (home, page, below) in leftBelow)
        {
            mayHaveMore = true;
            if (page.Count == 0)
            {
                cursor.Listed(home, below);
            }
        }

        return new JobListDocument(merged, mayHaveMore ? cursor.ToString() : null, unreachable);
    }

    /// <summary>Within a home the numbers say what is newer; between homes the time does, as far as their clocks agree.</summary>
    private static List<JobDocument> Merge(List<Queue<JobDocument>> pages, int limit)
    {
        var merged = new List<JobDocument>();
        while (merged.Count < limit && pages.Where(page => page.Count > 0).MaxBy(page => page.Peek().SubmittedAt) is { } newest)
        {
            merged.Add(newest.Dequeue());
        }

        return merged;
    }

    /// <summary>The jobs of one home; the cursor, if any, is the number below which they were not looked at.</summary>
    private async Task<JobListDocument?> PageAsync(RingMemberView executor, JobFilter filter, long below, int limit, HttpContext context)
    {
        if (executor.Member.Id == self)
        {
            return await OwnAsync(filter, below, limit, context);
        }

        return await forwarder.AnswersAsync(executor, context.RequestAborted)
            ? await AskAsync(executor.Member, filter, below, limit, context)
            : null;
    }

    private async Task<JobListDocument> OwnAsync(JobFilter filter, long below, int limit, HttpContext context)
    {
        var (views, leftBelow) = await jobs.ListAsync(filter, below, limit, context.RequestAborted);
        return new JobListDocument(
            [.. views.Select(view => view.ToDocument(withTrail: false))],
            leftBelow?.ToString(CultureInfo.InvariantCulture),
            []
        );
    }

    private async Task<JobListDocument?> AskAsync(Member member, JobFilter filter, long below, int limit, HttpContext context)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        patience.CancelAfter(PeerPatience);
        try
        {
            var uri = new Uri($"http://{member.RingAddress}/v1/jobs?local=true&below={below}&limit={limit}{filter.ToQuery()}");
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            using var response = await forwarder.SendAsync(request, patience.Token);
            response.EnsureSuccessStatusCode();
            await using var body = await response.Content.ReadAsStreamAsync(patience.Token);
            return await JsonSerializer.DeserializeAsync(body, HttpJson.Plain.JobListDocument, patience.Token);
        }
        catch (Exception error)
            when (error is HttpRequestException or IOException or JsonException
                || (error is OperationCanceledException && !context.RequestAborted.IsCancellationRequested)
            )
        {
            // Named in the answer as unreachable.
            return null;
        }
    }
}
