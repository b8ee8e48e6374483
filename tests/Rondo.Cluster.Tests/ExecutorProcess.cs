using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Rondo.Cluster.Tests;

/// <summary>One real executor: the built command line, started as a process of its own, and the ways to hurt it.</summary>
internal sealed partial class ExecutorProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(30);
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(2) };

    private readonly string[] _options;
    private readonly StringBuilder _errors = new();
    private Process? _process;

    public ExecutorProcess(string data, int httpPort, int ringPort, params string[] options)
    {
        Data = data;
        HttpPort = httpPort;
        RingPort = ringPort;
        _options = options;
    }

    public static string Rondo { get; } = Path.Combine(AppContext.BaseDirectory, "rondo");

    public string Data { get; }

    public int HttpPort { get; }

    public int RingPort { get; }

    /// <summary>What it calls itself, once it was ready.</summary>
    public string Id { get; private set; } = "";

    /// <summary>Put before the command line, such as a tracer that injects errors.</summary>
    public string[] Wrapper { get; init; } = [];

    public Process Process => _process ?? throw new InvalidOperationException("The executor was not started.");

    public string Errors
    {
        get
        {
            lock (_errors)
            {
                return _errors.ToString();
            }
        }
    }

    /// <summary>Starts the executor and waits for the line that says that it is ready; null when it ends without it.</summary>
    public async Task<string?> StartAsync()
    {
        string[] words =
        [
            .. Wrapper,
            Rondo,
            "start",
            "--data",
            Data,
            "--listen",
            $"127.0.0.1:{HttpPort}",
            "--ring",
            $"127.0.0.1:{RingPort}",
            .. _options,
        ];
        var start = new ProcessStartInfo(words[0], words[1..])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        _process = Process.Start(start)!;
        var process = _process;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (_errors)
            {
                _errors.AppendLine(line.Data);
            }
        };
        process.BeginErrorReadLine();
        using var limit = new CancellationTokenSource(StartLimit);
        var ready = await process.StandardOutput.ReadLineAsync(limit.Token);
        Id = ready?.Split(' ')[1] ?? Id;
        return ready;
    }

    public void Kill()
    {
        Process.Kill();
        Process.WaitForExit();
    }

    public void Signal(PosixSignalNumber signal) => Assert.Equal(0, SendSignal(Process.Id, (int)signal));

    /// <summary>
    /// Stops the process, and returns once it stands still: with the signal alone its threads go on until the one that gets it has had a
    /// processor, and may answer meanwhile.
    /// </summary>
    public void Pause()
    {
        const int ByProcessId = 1;
        const int Stopped = 2;
        Signal(PosixSignalNumber.Stop);
        Assert.Equal(0, WaitForChild(ByProcessId, Process.Id, new byte[128], Stopped));
    }

    public async Task<int> ExitAsync(TimeSpan limit)
    {
        using var time = new CancellationTokenSource(limit);
        await Process.WaitForExitAsync(time.Token);
        return Process.ExitCode;
    }

    public Uri Url(string path) => new($"http://127.0.0.1:{HttpPort}{path}");

    public Task<HttpResponseMessage> GetAsync(string path) => Http.GetAsync(Url(path));

    public Task<HttpResponseMessage> PostAsync(string path, string body) =>
        Http.PostAsync(Url(path), new StringContent(body, Encoding.UTF8, "application/json"));

    public async Task<string> SubmitAsync(params string[] command)
    {
        using var response = await PostAsync(
            "/v1/jobs",
            new JsonObject { ["command"] = new JsonArray([.. command.Select(word => JsonValue.Create(word))]) }.ToJsonString()
        );
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return (string)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["id"]!;
    }

    public async Task<JsonNode> JsonAsync(string path)
    {
        using var response = await GetAsync(path);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {text}");
        return JsonNode.Parse(text)!;
    }

    /// <summary>Waits until the job is final, over restarts of this executor.</summary>
    public async Task<JsonNode> FinalAsync(string id, TimeSpan limit)
    {
        var clock = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var response = await GetAsync($"/v1/jobs/{id}?wait=10s");
                var text = await response.Content.ReadAsStringAsync();
                if (response.StatusCode != HttpStatusCode.ServiceUnavailable)
                {
                    Assert.True(response.IsSuccessStatusCode, $"{id}: {(int)response.StatusCode} {text}");
                    var job = JsonNode.Parse(text)!;
                    if ((string)job["state"]! is "succeeded" or "failed" or "cancelled")
                    {
                        return job;
                    }
                }
            }
            catch (Exception exception) when (exception is HttpRequestException or IOException or JsonException)
            {
                // The executor is down at the moment, or went down while it answered: asked again below.
                Assert.True(clock.Elapsed < limit, $"{id} was not final within {limit}: {exception.Message}");
            }

            Assert.True(clock.Elapsed < limit, $"{id} was not final within {limit}.");
        }
    }

    public void Dispose()
    {
        if (_process is not null)
        {
            if (!_process.HasExited)
            {
                _process.Kill();
                _process.WaitForExit();
            }

            _process.Dispose();
            _process = null;
        }
    }

    /// <summary>A port that nobody listens on at the moment.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int SendSignal(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "waitid")]
    private static partial int WaitForChild(int idType, int id, [Out] byte[] info, int options);
}

/// <summary>Signals by their numbers on Linux.</summary>
internal enum PosixSignalNumber
{
    Kill = 9,
    Term = 15,
    Continue = 18,
    Stop = 19,
}
