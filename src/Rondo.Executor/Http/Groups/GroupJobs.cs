using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Unicode;
using Rondo.Core;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Groups;

/// <summary>A job that ended, as a line of JSON with its end of line.</summary>
internal readonly record struct GroupLine(JobId Id, ReadOnlyMemory<byte> Json);

/// <summary>The jobs of a group that are of this home.</summary>
internal sealed class GroupJobs(ExecutorLoop loop, StoreReader store, HomeJobs jobs, ExecutorId self)
{
    /// <summary>A larger result is not in the line; the client fetches it by itself.</summary>
    public const int ResultMaxBytes = 256 * 1024;

    /// <summary>The most jobs that one step cancels.</summary>
    private const int CancelStep = 10_000;

    private const int PageJobs = 200;

    /// <summary>Cancels all unfinished jobs of the group; tells how many.</summary>
    public async Task<long> CancelAsync(string group, CancellationToken cancellationToken)
    {
        var cancelled = 0L;
        while (true)
        {
            var answer = await loop.AskAsync(request => new Input.CancelGroup(request, group, CancelStep), cancellationToken);
            var number = answer switch
            {
                Answer.Count count => count.Number,
                Answer.Refused refused => throw HttpProblem.Refused(refused),
                _ => throw new UnreachableException(),
            };
            cancelled += number;
            if (number < CancelStep)
            {
                return cancelled;
            }
        }
    }

    /// <summary>Those that have ended, and those that end, as lines. A job may come twice.</summary>
    public async IAsyncEnumerable<GroupLine> LinesAsync(
        string group,
        bool follow,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var since = -1L;
        do
        {
            var news = await loop.AskAsync(request => new Input.WatchGroup(request, group, since), cancellationToken) switch
            {
                Answer.GroupEnded ended => ended,
                Answer.Refused refused => throw HttpProblem.Refused(refused),
                _ => throw new UnreachableException(),
            };
            since = news.Since;
            foreach (var id in news.Ids)
            {
                yield return Line(await jobs.FindAsync(id, cancellationToken));
            }

            // What ended before this answer is in the store already.
            foreach (var view in news.Missed ? Stored(group) : [])
            {
                yield return Line(view);
            }
        } while (follow);
    }

    private IEnumerable<JobView> Stored(string group)
    {
        var below = long.MaxValue;
        while (true)
        {
            var page = store.ListFinished(below, PageJobs, null, null, group);
            foreach (var records in page)
            {
                yield return JobHistory.View(self, records);
            }

            if (page.Count < PageJobs)
            {
                yield break;
            }

            below = page[^1][0].Id.Number;
        }
    }

    private GroupLine Line(JobView view)
    {
        var output = store.ReadOutput(view.Id) ?? JobOutput.Empty;
        var fits = output.Result.Length <= ResultMaxBytes;
        var isText = fits && Utf8.IsValid(output.Result.Span);
        var document = new GroupResultDocument(
            view.Id.ToString(),
            view.ToDocument(withTrail: false),
            isText ? System.Text.Encoding.UTF8.GetString(output.Result.Span) : null,
            fits && !isText ? Convert.ToBase64String(output.Result.Span) : null,
            output.Result.Length,
            output.ResultBytesDropped
        );
        var json = JsonSerializer.SerializeToUtf8Bytes(document, HttpJson.Plain.GroupResultDocument);
        Array.Resize(ref json, json.Length + 1);
        json[^1] = (byte)'\n';
        return new GroupLine(view.Id, json);
    }
}
