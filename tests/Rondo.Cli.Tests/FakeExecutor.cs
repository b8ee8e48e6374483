using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Rondo.Cli.Tests;

/// <summary>
/// Answers the HTTP interface with jobs that end at once: <c>echo WORDS</c> writes them, <c>fail N</c> exits with N, <c>kill N</c> is ended
/// by a signal, and <c>hold</c> runs until it is released or cancelled.
/// </summary>
internal sealed class FakeExecutor : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, FakeJob> _jobs = new();
    private int _last;

    private FakeExecutor(WebApplication app) => _app = app;

    public string Address => new Uri(_app.Urls.First()).Authority;

    /// <summary>Every request as <c>METHOD path?query</c>.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public ConcurrentQueue<JsonObject> Submitted { get; } = new();

    /// <summary>Answers a request instead of the fake; returns false to let the fake go on.</summary>
    public Func<HttpContext, Task<bool>> Before { get; set; } = _ => Task.FromResult(false);

    public string Ring { get; set; } =
        """
            {"executors":[{"id":"k7q2","name":"alpha","address":"127.0.0.1:7070","ringAddress":"127.0.0.1:7071","state":"alive","running":2,"waiting":5,"slots":4,"incarnation":1},{"id":"m3xd","name":"bravo","address":"127.0.0.1:7072","ringAddress":"127.0.0.1:7073","state":"suspected","running":0,"waiting":0,"slots":2,"incarnation":3}],"token":{"generation":"7@k7q2","lap":8123,"lapMs":0.4,"travelMs":0.3},"spread":0,"self":"k7q2"}
            """;

    public string Explanation { get; set; } =
        """
            {"id":"k7q2-1","state":"waiting","reason":"waiting_for_slot","text":"Both executors that can run it are full; 4 jobs are before it.","trail":[{"at":"2026-01-02T03:04:05Z","event":"accepted","executor":"k7q2"}],"executors":[{"id":"k7q2","canRun":true,"why":"all 4 slots are taken"},{"id":"m3xd","canRun":false,"why":"it lacks the label gpu=yes"}]}
            """;

    public string Cron { get; set; } =
        """
            {"name":"nightly","cron":"30 2 * * *","timeZone":"Europe/Berlin","missed":"once","job":{"command":["sh","-c","./backup.sh && echo done"],"retries":3},"home":"k7q2","nextAt":"2026-01-03T01:30:00Z","lastAt":"2026-01-02T01:30:00Z","lastJob":"m3xd-17"}
            """;

    /// <summary>Executors that could not be asked for their jobs, when the jobs are listed.</summary>
    public IReadOnlyList<string> Unreachable { get; set; } = [];

    public string DrainState { get; set; } = "drained";

    public ICollection<FakeJob> Jobs => _jobs.Values;

    public static async Task<FakeExecutor> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeExecutor(app);
        app.Run(fake.AnswerAsync);
        await app.StartAsync();
        return fake;
    }

    public static async Task<bool> RefuseAsync(HttpContext context, int status, string type, string detail)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/problem+json";
        await context.Response.WriteAsync(
            $$"""{"type":"urn:rondo:{{type}}","title":"{{type}}","status":{{status}},"detail":"{{detail}}"}"""
        );
        return true;
    }

    public FakeJob Add(params string[] command) => AddTo(group: null, command);

    public FakeJob AddTo(string? group, params string[] command)
    {
        var job = new FakeJob($"k7q2-{Interlocked.Increment(ref _last)}", command) { Group = group };
        _jobs[job.Id] = job;
        return job;
    }

    /// <summary>Takes no more connections, and ends once what was asked before is answered.</summary>
    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var job in _jobs.Values)
        {
            job.End("cancelled");
        }

        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var (request, response) = (context.Request, context.Response);
        var path = request.Path.Value!;
        Requests.Enqueue($"{request.Method} {path}{request.QueryString}");
        if (await Before(context))
        {
            return;
        }

        if (path == "/v1/ring")
        {
            await response.WriteAsync(Ring);
        }
        else if (path is "/v1/jobs" && request.Method == "POST")
        {
            response.StatusCode = 201;
            await response.WriteAsync(await SubmitAsync(await new StreamReader(request.Body).ReadToEndAsync()));
        }
        else if (path == "/v1/jobs:batch")
        {
            using var lines = new StreamReader(request.Body);
            while (await lines.ReadLineAsync() is { } line)
            {
                await response.WriteAsync(await SubmitAsync(line) + "\n");
            }
        }
        else if (path == "/v1/jobs")
        {
            await ListAsync(context);
        }
        else if (path is "/v1/executors/k7q2:drain" or "/v1/executors/k7q2:remove")
        {
            await response.WriteAsync(
                $$"""{"id":"k7q2","state":"{{(path.EndsWith("drain", StringComparison.Ordinal) ? DrainState : "removed")}}"}"""
            );
        }
        else if (path == "/v1/crons")
        {
            await response.WriteAsync($$"""{"crons":[{{Cron}}],"unreachable":["zz99"]}""");
        }
        else if (path == "/v1/crons/nightly" && request.Method == "DELETE")
        {
            response.StatusCode = 204;
        }
        else if (path == "/v1/crons/nightly")
        {
            await response.WriteAsync(Cron);
        }
        else if (path.Split('/', ':') is [_, "v1", "groups", var group, "cancel"])
        {
            var held = Jobs.Where(each => each.Group == group && !each.Ended.IsCompleted).ToList();
            held.ForEach(each => each.End("cancelled"));
            await response.WriteAsync($$"""{"cancelled":{{held.Count}},"unreachable":[]}""");
        }
        else if (path.Split('/', ':') is [_, "v1", "jobs", var id, ..] && _jobs.TryGetValue(id, out var job))
        {
            await AnswerOfJobAsync(context, job, path[("/v1/jobs/".Length + id.Length)..]);
        }
        else
        {
            await RefuseAsync(context, 404, "not_found", "there is no such job");
        }
    }

    /// <summary>The answer: an id, and all ids of an array.</summary>
    private async Task<string> SubmitAsync(string body)
    {
        var parsed = JsonNode.Parse(body)!.AsObject();
        Submitted.Enqueue(parsed);
        await Task.Yield();
        if (parsed["command"] is not JsonArray command)
        {
            return """{"error":{"type":"urn:rondo:bad_request","title":"Bad request","status":400,"detail":"a job needs \"command\""},"line":1}""";
        }

        var group = (string?)parsed["group"];
        string[] words = [.. command.Select(word => (string)word!)];
        if ((string?)parsed["array"] is not { } array)
        {
            return $$"""{"id":"{{AddTo(group, words).Id}}"}""";
        }

        var bounds = array.Split('-').Select(int.Parse).ToArray();
        string[] ids = [.. Enumerable.Range(bounds[0], bounds[1] - bounds[0] + 1).Select(_ => $"\"{AddTo(group, words).Id}\"")];
        return $$"""{"id":{{ids[0]}},"ids":[{{string.Join(',', ids)}}]}""";
    }

    private async Task ListAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var limit = int.Parse(query["limit"].ToString());
        var skip = query["cursor"].Count > 0 ? int.Parse(query["cursor"].ToString()) : 0;
        var all = _jobs
            .Values.Where(job => query["state"].Count == 0 || job.State == query["state"])
            .Where(job => query["group"].Count == 0 || job.Group == query["group"])
            .OrderByDescending(job => job.Number)
            .ToList();
        var next = skip + limit < all.Count ? $""","nextCursor":"{skip + limit}" """ : "";
        await context.Response.WriteAsync(
            $$"""{"jobs":[{{string.Join(',', all.Skip(skip).Take(limit).Select(job => job.ToJson(false)))}}]{{next}},"unreachable":[{{string.Join(',', Unreachable.Select(id => $"\"{id}\""))}}]}"""
        );
    }

    private async Task AnswerOfJobAsync(HttpContext context, FakeJob job, string rest)
    {
        var (query, response) = (context.Request.Query, context.Response);
        if (query["wait"].Count > 0)
        {
            await Task.WhenAny(
                job.Ended,
                Task.Delay(TimeSpan.FromMilliseconds(double.Parse(query["wait"].ToString()[..^2])), context.RequestAborted)
            );
        }

        switch (rest)
        {
            case "":
                await response.WriteAsync(job.ToJson(true));
                break;
            case ":cancel":
                job.End("cancelled");
                await response.WriteAsync(job.ToJson(true));
                break;
            case ":retry":
                response.StatusCode = 201;
                await response.WriteAsync($$"""{"id":"{{AddTo(job.Group, job.Command).Id}}"}""");
                break;
            case "/explain":
                await response.WriteAsync(Explanation);
                break;
            case "/result" when !job.Ended.IsCompleted:
                await RefuseAsync(context, 409, "not_finished", $"{job.Id} is running");
                break;
            case "/result":
                response.Headers["Rondo-State"] = job.State;
                await response.Body.WriteAsync(job.Output);
                break;
            case "/logs":
                await response.Body.FlushAsync();
                if (query["follow"] == "true")
                {
                    await job.Ended.WaitAsync(context.RequestAborted);
                }

                await response.Body.WriteAsync(query["stream"] == "stderr" ? job.Errors : job.Output);
                break;
            default:
                await RefuseAsync(context, 404, "not_found", rest);
                break;
        }
    }
}

/// <summary>A job of the fake executor.</summary>
internal sealed class FakeJob
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public FakeJob(string id, string[] command)
    {
        Id = id;
        Command = command;
        switch (command)
        {
            case ["echo", .. var words]:
                Output = Encoding.UTF8.GetBytes(string.Join(' ', words) + "\n");
                ExitCode = 0;
                End("succeeded");
                break;
            case ["fail", var code]:
                Errors = "something broke\n"u8.ToArray();
                ExitCode = int.Parse(code);
                End("failed");
                break;
            case ["kill", var signal]:
                Signal = int.Parse(signal);
                End("failed");
                break;
        }
    }

    public string Id { get; }

    public string[] Command { get; }

    public string? Group { get; init; }

    /// <summary>What the job document says beyond what every job's does.</summary>
    public JsonObject More { get; } = [];

    public int Number => int.Parse(Id.Split('-')[1]);

    public string State { get; private set; } = "running";

    public byte[] Output { get; set; } = [];

    public byte[] Errors { get; set; } = [];

    public int? ExitCode { get; private set; }

    public int? Signal { get; private set; }

    public Task Ended => _ended.Task;

    public void End(string state)
    {
        if (!_ended.Task.IsCompleted)
        {
            State = state;
            _ended.TrySetResult();
        }
    }

    public string ToJson(bool withTrail)
    {
        var job = new JsonObject
        {
            ["id"] = Id,
            ["kind"] = "command",
            ["summary"] = string.Join(' ', Command),
            ["priority"] = 0,
            ["state"] = State,
            ["reason"] =
                State == "failed"
                    ? Signal is null
                        ? "exit_code"
                        : "signal"
                    : null,
            ["home"] = "k7q2",
            ["holder"] = "m3xd",
            ["attempt"] = 1,
            ["crashes"] = 0,
            ["exitCode"] = ExitCode,
            ["submittedAt"] = FakeExecutor.Start,
            ["startedAt"] = FakeExecutor.Start.AddMilliseconds(20),
            ["finishedAt"] = Ended.IsCompleted ? FakeExecutor.Start.AddMilliseconds(1520) : null,
            ["cancelRequested"] = State == "cancelled",
            ["trail"] = null,
        };
        if (Signal is not null)
        {
            job["signal"] = Signal;
        }

        foreach (var (name, value) in More)
        {
            job[name] = value?.DeepClone();
        }

        if (withTrail && !More.ContainsKey("trail"))
        {
            job["trail"] = new JsonArray(
                new JsonObject
                {
                    ["at"] = FakeExecutor.Start,
                    ["event"] = "accepted",
                    ["executor"] = "k7q2",
                },
                new JsonObject
                {
                    ["at"] = FakeExecutor.Start.AddMilliseconds(5),
                    ["event"] = "moved",
                    ["executor"] = "m3xd",
                    ["detail"] = "lap 812",
                },
                new JsonObject
                {
                    ["at"] = FakeExecutor.Start.AddMilliseconds(20),
                    ["event"] = "started",
                    ["executor"] = "m3xd",
                }
            );
        }

        return job.ToJsonString(new JsonSerializerOptions());
    }
}
