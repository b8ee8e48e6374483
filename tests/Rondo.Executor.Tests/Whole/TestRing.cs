using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Hosting;

namespace Rondo.Executor.Tests.Whole;

/// <summary>Real executors in this process, each with a data directory of its own, and a client for each.</summary>
internal sealed class TestRing : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly string _directory = Directory.CreateTempSubdirectory("rondo-test-").FullName;
    private readonly List<TestHost> _hosts = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public TestHost this[int index] => _hosts[index];

    public static async Task<TestRing> StartAsync(
        int executors,
        int slots = 2,
        Func<ExecutorOptions, ExecutorOptions>? options = null,
        TimeProvider? time = null
    )
    {
        var ring = new TestRing();
        for (var i = 0; i < executors; i++)
        {
            await ring.AddAsync(slots, options, time);
        }

        await ring.UntilWholeAsync();
        return ring;
    }

    public async Task<TestHost> AddAsync(int slots = 2, Func<ExecutorOptions, ExecutorOptions>? options = null, TimeProvider? time = null)
    {
        var host = new TestHost(
            new ExecutorOptions
            {
                DataDirectory = Path.Combine(_directory, _hosts.Count.ToString()),
                Name = $"executor-{_hosts.Count}",
                Listen = "127.0.0.1:0",
                Ring = "127.0.0.1:0",
                Join = [.. _hosts.Take(1).Select(first => first.Host.RingAddress)],
                Slots = slots,
                StopGrace = TimeSpan.Zero,
                LogLevel = LogLevel.None,
            }
        );
        host.Time = time;
        host.Options = options?.Invoke(host.Options) ?? host.Options;
        _hosts.Add(host);
        await host.StartAsync();
        return host;
    }

    /// <summary>Waits until every executor knows every other as alive.</summary>
    public Task UntilWholeAsync() =>
        UntilAsync(async () =>
        {
            foreach (var host in _hosts.Where(host => host.IsUp))
            {
                var ring = await host.GetAsync("/v1/ring");
                var alive = ring["executors"]!.AsArray().Count(executor => (string)executor!["state"]! == "alive");
                if (alive != _hosts.Count(up => up.IsUp))
                {
                    return false;
                }
            }

            return true;
        });

    public static async Task UntilAsync(Func<Task<bool>> condition)
    {
        var limit = DateTime.UtcNow + Patience;
        while (!await condition())
        {
            Assert.True(DateTime.UtcNow < limit, "the condition did not come true in time");
            await Task.Delay(20, Cancellation);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in _hosts)
        {
            await host.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }
}

/// <summary>One executor and a client for it.</summary>
internal sealed class TestHost(ExecutorOptions options) : IAsyncDisposable
{
    private HttpClient? _client;
    private ExecutorHost? _host;

    public ExecutorOptions Options { get; set; } = options;

    /// <summary>The clock of its crons; null for the real one.</summary>
    public TimeProvider? Time { get; set; }

    public bool IsUp => _host is not null;

    public ExecutorHost Host => _host!;

    public HttpClient Client => _client!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async Task StartAsync()
    {
        _host = await ExecutorHost.StartAsync(Options, FatalExit.ExitProcess, Time);
        _client = new HttpClient { BaseAddress = new Uri($"http://{_host.Address}"), Timeout = TimeSpan.FromMinutes(5) };
    }

    public async Task StopAsync()
    {
        var host = _host!;
        _host = null;
        await host.StopAsync(CancellationToken.None);
        _client!.Dispose();
    }

    public async Task<JsonNode> GetAsync(string path, HttpStatusCode status = HttpStatusCode.OK)
    {
        using var response = await Client.GetAsync(path, Cancellation);
        return await ReadAsync(response, status);
    }

    public async Task<JsonNode> PostAsync(string path, string body = "", HttpStatusCode status = HttpStatusCode.OK)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(path, content, Cancellation);
        return await ReadAsync(response, status);
    }

    public async Task<string> SubmitAsync(params string[] command) =>
        (string)
            (await PostAsync("/v1/jobs", new JsonObject { ["command"] = ToJson(command) }.ToJsonString(), HttpStatusCode.Created))["id"]!;

    public async Task<JsonNode> FinalAsync(string id)
    {
        var job = await GetAsync($"/v1/jobs/{id}?wait=30s");
        Assert.NotNull(job["finishedAt"]);
        return job;
    }

    public Task UntilStateAsync(string id, string state) =>
        TestRing.UntilAsync(async () => (string)(await GetAsync($"/v1/jobs/{id}"))["state"]! == state);

    public Task<string> TextAsync(string path) => Client.GetStringAsync(path, Cancellation);

    public async ValueTask DisposeAsync()
    {
        if (_host is { } host)
        {
            await host.DisposeAsync();
        }

        _client?.Dispose();
    }

    private static JsonArray ToJson(string[] words) => new([.. words.Select(word => (JsonNode)word)]);

    private static async Task<JsonNode> ReadAsync(HttpResponseMessage response, HttpStatusCode status)
    {
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True(response.StatusCode == status, $"expected {status}, got {response.StatusCode}: {text}");
        var expected = (int)status >= 400 ? "application/problem+json" : "application/json";
        Assert.Equal(expected, response.Content.Headers.ContentType?.MediaType);
        return (await response.Content.ReadFromJsonAsync<JsonNode>(Cancellation))!;
    }
}
