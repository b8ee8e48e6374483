using System.Diagnostics;
using Rondo.Core;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Jobs;

/// <summary>What this executor knows of the jobs of its own home: the core has the unfinished and the latest, the store all others.</summary>
internal sealed class HomeJobs(ExecutorLoop loop, StoreReader store, ExecutorId self)
{
    /// <summary>An output of more bytes is sent in pieces.</summary>
    private const long LargeOutputBytes = 256 * 1024;

    /// <summary>How many finished jobs are read at a time to look for labels; as many as a list has at most.</summary>
    private const int SearchPage = ListEndpoint.LimitMax;

    /// <summary>How many of them one request looks at: then it says how far it came, and the next one goes on from there.</summary>
    private const int SearchMax = 20 * SearchPage;

    /// <summary>The job as it is now.</summary>
    /// <exception cref="HttpProblem">There is no such job.</exception>
    public async Task<JobView> FindAsync(JobId id, CancellationToken cancellationToken) =>
        View(id, await loop.AskAsync(request => new Input.Query(request, id), cancellationToken));

    /// <summary>The job once it is final, or as it is when the time is over.</summary>
    /// <exception cref="HttpProblem">There is no such job.</exception>
    public async Task<JobView> WaitAsync(JobId id, TimeSpan wait, CancellationToken cancellationToken)
    {
        if (wait > TimeSpan.Zero)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            patience.CancelAfter(wait);
            try
            {
                return View(id, await loop.AskAsync(request => new Input.Watch(request, id, null), patience.Token));
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                // The time is over, the client still there.
            }
        }

        return await FindAsync(id, cancellationToken);
    }

    /// <summary>The job once it is different from what is known of it.</summary>
    /// <exception cref="HttpProblem">There is no such job.</exception>
    public async Task<JobView> NewsAsync(JobView known, CancellationToken cancellationToken)
    {
        var state = WatchedState.Of(known);
        return View(known.Id, await loop.AskAsync(request => new Input.Watch(request, known.Id, state), cancellationToken));
    }

    /// <summary>Cancels the job.</summary>
    /// <exception cref="HttpProblem">There is no such job.</exception>
    public async Task<JobView> CancelAsync(JobId id, CancellationToken cancellationToken) =>
        View(id, await loop.AskAsync(request => new Input.Cancel(request, id), cancellationToken));

    /// <summary>What a finished job wrote.</summary>
    /// <exception cref="HttpProblem">It is not there any more.</exception>
    public JobOutput Output(JobId id) => store.ReadOutput(id) ?? throw NotFound(id);

    /// <summary>What a finished job wrote, if it is too large to be held as a whole for each client; null when it is not.</summary>
    public LargeOutput? LargeOutput(JobId id) => store.FindLargeOutput(id, LargeOutputBytes);

    /// <summary>A page of jobs, newest first.</summary>
    /// <returns>
    /// The jobs; and below which number those are that were not looked at, when the search ended before there were enough and before the end.
    /// </returns>
    public async Task<(IReadOnlyList<JobView> Views, long? LeftBelow)> ListAsync(
        JobFilter filter,
        long below,
        int limit,
        CancellationToken cancellationToken
    )
    {
        // First the unfinished, then the finished: a job that ends in between is in both lists, never in none.
        var unfinished = filter.WantsUnfinished ? await UnfinishedAsync(filter, below, limit, cancellationToken) : [];
        var (finished, leftBelow) = filter.WantsFinished ? Finished(filter, below, limit) : ([], null);
        var views = finished.Concat(unfinished).DistinctBy(view => view.Id).OrderByDescending(view => view.Id.Number);

        // Unfinished ones that are older than where the search ended come with the next page.
        return ([.. views.Where(view => leftBelow is null || view.Id.Number >= leftBelow).Take(limit)], leftBelow);
    }

    /// <summary>The store has no index on labels: it is read until there are enough that have them, within a bound.</summary>
    private (List<JobView> Views, long? LeftBelow) Finished(JobFilter filter, long below, int limit)
    {
        var views = new List<JobView>();
        var searched = 0;
        bool mayBeMore;
        do
        {
            var page = store.ListFinished(
                below,
                Math.Max(limit, filter.Labels.Count == 0 ? 0 : SearchPage),
                filter.End,
                filter.Name,
                filter.Group
            );
            var found = page.Select(records => JobHistory.View(self, records)).ToList();
            views.AddRange(found.Where(view => filter.IsLateEnough(view) && view.Terms.HasLabels(filter.Labels)));
            below = page.Count > 0 ? page[^1][0].Id.Number : 0;
            searched += page.Count;
            mayBeMore = filter.Labels.Count > 0 && views.Count < limit && page.Count == SearchPage && filter.IsLateEnough(found[^1]);
        } while (mayBeMore && searched < SearchMax);

        return (views, mayBeMore ? below : null);
    }

    private async Task<IReadOnlyList<JobView>> UnfinishedAsync(
        JobFilter filter,
        long below,
        int limit,
        CancellationToken cancellationToken
    ) =>
        await loop.AskAsync(
            request => new Input.List(request, below, limit, filter.State, filter.Name, filter.Group) { Labels = filter.Labels },
            cancellationToken
        ) switch
        {
            Answer.Jobs jobs => [.. jobs.Views.Where(filter.IsLateEnough)],
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };

    private JobView View(JobId id, Answer answer) =>
        answer switch
        {
            Answer.Job job => job.View,
            Answer.NotInMemory => store.FindJob(id) is { } records ? JobHistory.View(self, records) : throw NotFound(id),
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };

    private HttpProblem NotFound(JobId id) =>
        HttpProblem.NotFound($"executor {self} has no job {id}: it never accepted it, or it was deleted since");
}
