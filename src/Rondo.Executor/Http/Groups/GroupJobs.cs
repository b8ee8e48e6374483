using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Rondo.Core;
using Rondo.Executor.Http.Jobs;
using Rondo.Executor.Loop;
using Rondo.Storage;

namespace Rondo.Executor.Http.Groups;

/// <summary>A job that ended, as a line of JSON with its end of line.</summary>
internal readonly record struct GroupLine(JobId Id, ReadOnlyMemory<byte> Json);

/// <summary>The jobs of a group that are of this home.</summary>
internal sealed class GroupJobs(ExecutorLoop loop, StoreReader store, HomeJobs jobs, ExecutorId self, Incarnation start)
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
    /// <param name="from">Behind which place to begin; null for the beginning.</param>
    /// <param name="withPlaces">True to say in each line how far it goes, and no results.</param>
    public async IAsyncEnumerable<GroupLine> LinesAsync(
        string group,
        bool follow,
        GroupPlace? from,
        bool withPlaces,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        var place = from is { } known && known.Start == start.Value ? known : GroupPlace.Beginning(start);
        if (place.Below > 0)
        {
            foreach (var view in Stored(group, place.Below))
            {
                place = place with { Below = view.Id.Number };
                yield return Tell(view, place);
            }

            place = place with { Below = 0 };
        }

        do
        {
            var news = await NewsAsync(group, place.Since, cancellationToken);
            foreach (var id in news.Ids.Skip(place.Told))
            {
                place = place with { Told = place.Told + 1 };
                yield return Tell(await jobs.FindAsync(id, cancellationToken), place);
            }

            place = new GroupPlace(start.Value, news.Since, 0, 0);

            // What ended before this answer is in the store already.
            foreach (var view in news.Missed ? Stored(group, long.MaxValue) : [])
            {
                yield return Tell(view, place with { Below = view.Id.Number });
            }
        } while (follow);

        GroupLine Tell(JobView view, GroupPlace place) => withPlaces ? Line(view, place) : Line(view);
    }

    private async Task<Answer.GroupEnded> NewsAsync(string group, long since, CancellationToken cancellationToken) =>
        await loop.AskAsync(request => new Input.WatchGroup(request, group, since), cancellationToken) switch
        {
            Answer.GroupEnded ended => ended,
            Answer.Refused refused => throw HttpProblem.Refused(refused),
            _ => throw new UnreachableException(),
        };

    private IEnumerable<JobView> Stored(string group, long below)
    {
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
        var large = store.FindLargeOutput(view.Id, ResultMaxBytes);
        var output = large is { ResultBytes: > ResultMaxBytes } ? JobOutput.Empty : store.ReadOutput(view.Id) ?? JobOutput.Empty;
        var bytes = large?.ResultBytes ?? output.Result.Length;
        var fits = bytes <= ResultMaxBytes;
        var isText = fits && Utf8.IsValid(output.Result.Span);
        var document = new GroupResultDocument(
            view.Id.ToString(),
            view.ToDocument(withTrail: false),
            isText ? System.Text.Encoding.UTF8.GetString(output.Result.Span) : null,
            fits && !isText ? Convert.ToBase64String(output.Result.Span) : null,
            bytes,
            large?.ResultBytesDropped ?? output.ResultBytesDropped
        );
        return Line(view.Id, document, HttpJson.Plain.GroupResultDocument);
    }

    private static GroupLine Line(JobView view, GroupPlace place) =>
        Line(
            view.Id,
            new GroupEndDocument(view.Id.ToString(), view.ToDocument(withTrail: false), place.ToString()),
            HttpJson.Plain.GroupEndDocument
        );

    private static GroupLine Line<T>(JobId id, T document, JsonTypeInfo<T> type)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(document, type);
        Array.Resize(ref json, json.Length + 1);
        json[^1] = (byte)'\n';
        return new GroupLine(id, json);
    }
}
