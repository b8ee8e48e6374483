using System.Text;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Rondo.Executor.Hosting;

namespace Rondo.Executor.Tests.Embedded;

/// <summary>A web application with an executor in it.</summary>
internal sealed class TestApp : IAsyncDisposable
{
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    private readonly WebApplication _app;
    private readonly string _directory;

    private TestApp(WebApplication app, string directory) => (_app, _directory) = (app, directory);

    public IServiceProvider Services => _app.Services;

    public HttpClient Client { get; private set; } = new();

    public ExecutorEngine Engine => Services.GetRequiredService<HostedExecutor>().Engine!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public static async Task<TestApp> StartAsync(
        Action<RondoBuilder> handlers,
        Action<ExecutorOptions>? configure = null,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null
    )
    {
        var app = Build(handlers, configure, build, map);
        await app._app.StartAsync(Cancellation);
        app.Client = new HttpClient { BaseAddress = new Uri(app._app.Urls.First()) };
        return app;
    }

    public static TestApp Build(
        Action<RondoBuilder> handlers,
        Action<ExecutorOptions>? configure = null,
        Action<WebApplicationBuilder>? build = null,
        Action<WebApplication>? map = null
    )
    {
        var directory = Directory.CreateTempSubdirectory("rondo-app-").FullName;
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        handlers(
            builder.Services.AddRondo(options =>
            {
                options.DataDirectory = directory;
                options.Ring = "127.0.0.1:0";
                options.Slots = 4;
                options.StopGrace = TimeSpan.Zero;
                configure?.Invoke(options);
            })
        );
        build?.Invoke(builder);
        var app = builder.Build();
        (map ?? (it => it.MapRondo()))(app);
        return new TestApp(app, directory);
    }

    public Task StartAsync() => _app.StartAsync(Cancellation);

    public Task StopAsync() => _app.StopAsync(Cancellation);

    public async Task<JsonNode> PostAsync(string path, string body, int status = 200)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        using var response = await Client.PostAsync(path, content, Cancellation);
        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.True((int)response.StatusCode == status, $"expected {status}, got {response.StatusCode}: {text}");
        return JsonNode.Parse(text)!;
    }

    public async Task<JsonNode> GetAsync(string path) => JsonNode.Parse(await Client.GetStringAsync(path, Cancellation))!;

    public Task<string> TextAsync(string path) => Client.GetStringAsync(path, Cancellation);

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _app.DisposeAsync();
        Directory.Delete(_directory, recursive: true);
    }
}

internal sealed record Order(string Item, int Count);

internal sealed record Receipt(string Text, int Total);

[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Receipt))]
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
internal sealed partial class TestJson : JsonSerializerContext;
