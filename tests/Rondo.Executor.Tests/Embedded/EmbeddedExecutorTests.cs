using System.Collections.Concurrent;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Rondo.Executor.Tests.Embedded;

/// <summary>An executor inside a web application, as its users see it.</summary>
public sealed class EmbeddedExecutorTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Delegate_WithTypedPayload_GivesItsResultAsJson()
    {
        await using var app = await TestApp.StartAsync(rondo =>
            rondo.AddHandler(
                "order",
                TestJson.Default.Order,
                TestJson.Default.Receipt,
                (order, job, _) => Task.FromResult(new Receipt($"{order.Item} for {job.JobId}", order.Count * 2))
            )
        );

        var job = await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"order","payload":{"item":"tea","count":21}}""");

        Assert.Equal("succeeded", (string)job["state"]!);
        Assert.Equal($$"""{"text":"tea for {{job["id"]}}","total":42}""", await app.TextAsync($"/v1/jobs/{job["id"]}/result"));
    }

    [Fact]
    public async Task HandlerClass_IsMadeInAScopeOfItsOwnForEachJob()
    {
        await using var app = await TestApp.StartAsync(
            rondo =>
            {
                rondo.Services.AddSingleton<ScopeLog>().AddScoped<ScopedThing>();
                rondo.AddHandler<OrderHandler, Order, Receipt>("order");
            },
            build: builder =>
                builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, TestJson.Default))
        );

        for (var i = 0; i < 2; i++)
        {
            await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"order","payload":{"item":"tea","count":1}}""");
        }

        var log = app.Services.GetRequiredService<ScopeLog>();
        Assert.Equal(2, log.Made);
        Assert.Equal(2, log.Disposed);
    }

    [Fact]
    public async Task Exception_IsTheJobsError()
    {
        await using var app = await TestApp.StartAsync(rondo =>
            rondo.AddRawHandler("bad", (_, _) => throw new InvalidDataException("no such picture"))
        );

        var job = await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"bad"}""");

        Assert.Equal("failed", (string)job["state"]!);
        Assert.Equal("handler_error", (string)job["reason"]!);
        Assert.StartsWith("System.IO.InvalidDataException: no such picture", (string)job["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Payload_ThatIsNotWhatTheHandlerTakes_FailsTheJobWithThePlace()
    {
        await using var app = await TestApp.StartAsync(AddOrder);

        var wrong = await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"order","payload":{"item":"tea","count":"many"}}""");
        var none = await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"order"}""");

        Assert.Contains("$.count", (string)wrong["error"]!, StringComparison.Ordinal);
        Assert.Contains("the job has no payload; its handler takes a Order", (string)none["error"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Cancel_ReachesTheHandler()
    {
        var started = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(rondo =>
            rondo.AddRawHandler(
                "wait",
                async (_, cancellationToken) =>
                {
                    started.SetResult();
                    await Task.Delay(Timeout.Infinite, cancellationToken);
                    return default;
                }
            )
        );
        var id = (string)(await app.PostAsync("/v1/jobs", """{"handler":"wait"}""", 201))["id"]!;
        await started.Task.WaitAsync(TestApp.Limit, Cancellation);

        await app.PostAsync($"/v1/jobs/{id}:cancel", "");

        var job = await app.GetAsync($"/v1/jobs/{id}?wait=30s");
        Assert.Equal("cancelled", (string)job["state"]!);
        Assert.Equal("cancelled_by_client", (string)job["reason"]!);
    }

    [Fact]
    public async Task Stop_OfTheApplication_LetsJobsEndWithinTheGraceAndTakesNoMore()
    {
        var started = new TaskCompletionSource();
        var gate = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(
            rondo =>
            {
                rondo.AddRawHandler(
                    "wait",
                    async (_, _) =>
                    {
                        started.SetResult();
                        await gate.Task;
                        return "done"u8.ToArray();
                    }
                );
                rondo.Services.AddHealthChecks().AddRondo();
            },
            options => options.StopGrace = TimeSpan.FromMinutes(1),
            map: it =>
            {
                it.MapRondo();
                it.MapHealthChecks("/healthy");
            }
        );
        Assert.Equal("Healthy", await app.TextAsync("/healthy"));
        var id = (string)(await app.PostAsync("/v1/jobs", """{"handler":"wait"}""", 201))["id"]!;
        await started.Task.WaitAsync(TestApp.Limit, Cancellation);
        var waiting = app.GetAsync($"/v1/jobs/{id}?wait=60s");

        var stopped = app.StopAsync();
        await Whole.TestRing.UntilAsync(async () =>
        {
            using var response = await app.Client.GetAsync("/healthy", Cancellation);
            return response.StatusCode == HttpStatusCode.ServiceUnavailable;
        });
        var refusal = await app.PostAsync("/v1/jobs", """{"handler":"wait"}""", 503);
        gate.SetResult();

        Assert.Equal("urn:rondo:draining", (string)refusal["type"]!);
        Assert.Equal("succeeded", (string)(await waiting)["state"]!);
        await stopped;
    }

    [Fact]
    public async Task Mistakes_InOptionsAndHandlers_AreToldAllAtOnce()
    {
        await using var app = TestApp.Build(
            rondo =>
                AddOrder(
                    rondo
                        .AddRawHandler("order", (_, _) => throw new InvalidOperationException())
                        .AddHandler<Uri[], Version>("old", (_, _, _) => throw new InvalidOperationException())
                ),
            options =>
            {
                options.DataDirectory = "";
                options.Slots = 0;
            },
            builder =>
                builder.Services.ConfigureHttpJsonOptions(json =>
                {
                    json.SerializerOptions.TypeInfoResolverChain.Clear();
                    json.SerializerOptions.TypeInfoResolverChain.Add(TestJson.Default);
                })
        );

        var error = await Assert.ThrowsAsync<OptionsValidationException>(app.StartAsync);

        Assert.Collection(
            error.Failures,
            failure => Assert.StartsWith("Rondo: DataDirectory is ''", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("Rondo: Slots is '0'", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("Rondo: handler 'old': its types have no JSON", failure, StringComparison.Ordinal),
            failure => Assert.StartsWith("Rondo: two handlers are named 'order'", failure, StringComparison.Ordinal)
        );
    }

    [Fact]
    public async Task Log_OfAHandler_HasTheJobInItsScope()
    {
        var log = new ScopeLogger();
        await using var app = await TestApp.StartAsync(
            rondo =>
                rondo.AddRawHandler(
                    "talk",
                    (job, _) =>
                    {
                        job.Services.GetRequiredService<ILoggerFactory>().CreateLogger("Mine").LogInformation("hello");
                        return Task.FromResult(ReadOnlyMemory<byte>.Empty);
                    }
                ),
            build: builder => builder.Logging.AddProvider(log)
        );

        var id = (string)(await app.PostAsync("/v1/jobs?wait=30s", """{"handler":"talk"}"""))["id"]!;

        Assert.Contains($"hello [job {id}, attempt 1, handler talk]", log.Lines);
    }

    [Fact]
    public async Task Command_IsNotRunUnlessTheApplicationAllowsIt()
    {
        await using var without = await TestApp.StartAsync(_ => { });
        await using var with = await TestApp.StartAsync(_ => { }, options => options.RunCommands = true);

        var waits = await without.PostAsync("/v1/jobs?wait=1ms", """{"command":["true"]}""", 202);
        var runs = await with.PostAsync("/v1/jobs?wait=30s", """{"command":["true"]}""");

        Assert.Equal("no_executor_can_run_it", (string)waits["reason"]!);
        Assert.Equal("succeeded", (string)runs["state"]!);
    }

    [Fact]
    public async Task Problem_InAnApplicationWithOtherRoutes_IsAProblemDocumentAndLeavesTheOthersAlone()
    {
        await using var app = await TestApp.StartAsync(
            AddOrder,
            map: it =>
            {
                it.MapGroup("/rondo").MapRondo();
                it.MapGet("/own", () => Results.NotFound());
            }
        );

        using var bad = await app.Client.GetAsync("/rondo/v1/jobs/nonsense", Cancellation);
        using var own = await app.Client.GetAsync("/own", Cancellation);

        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.Equal("application/problem+json", bad.Content.Headers.ContentType?.MediaType);
        Assert.Equal(HttpStatusCode.NotFound, own.StatusCode);
        Assert.Null(own.Content.Headers.ContentType);
    }

    [Fact]
    public async Task Ring_OfApplications_RunsJobsWhereTheirHandlersAreAndAnswersForThemEverywhere()
    {
        await using var first = await TestApp.StartAsync(_ => { }, map: it => it.MapGroup("/rondo").MapRondo());
        await using var second = await TestApp.StartAsync(AddOrder, options => options.Join = [first.Engine.RingAddress]);
        await Whole.TestRing.UntilAsync(async () => (await second.GetAsync("/v1/ring"))["executors"]!.AsArray().Count == 2);
        await Whole.TestRing.UntilAsync(async () => (await first.GetAsync("/rondo/v1/ring"))["executors"]!.AsArray().Count == 2);

        var id = (string)
            (await first.PostAsync("/rondo/v1/jobs", """{"handler":"order","payload":{"item":"tea","count":1}}""", 201))["id"]!;
        var job = await second.GetAsync($"/v1/jobs/{id}?wait=30s");

        Assert.Equal("succeeded", (string)job["state"]!);
        Assert.Equal(second.Engine.Id.ToString(), (string)job["holder"]!);
        var own = (string)(await second.PostAsync("/v1/jobs?wait=30s", """{"handler":"order","payload":{"item":"a","count":1}}"""))["id"]!;
        Assert.Equal(own, (string)(await first.GetAsync($"/rondo/v1/jobs/{own}"))["id"]!);
    }

    private static void AddOrder(RondoBuilder rondo) =>
        rondo.AddHandler(
            "order",
            TestJson.Default.Order,
            TestJson.Default.Receipt,
            (order, _, _) => Task.FromResult(new Receipt(order.Item, order.Count))
        );

    private sealed class ScopeLog
    {
        public int Made;
        public int Disposed;
    }

    private sealed class ScopedThing : IDisposable
    {
        private readonly ScopeLog _log;

        public ScopedThing(ScopeLog log)
        {
            _log = log;
            Interlocked.Increment(ref log.Made);
        }

        public void Dispose() => Interlocked.Increment(ref _log.Disposed);
    }

    private sealed class OrderHandler(ScopedThing thing) : IJobHandler<Order, Receipt>
    {
        public Task<Receipt> HandleAsync(Order input, JobContext context, CancellationToken cancellationToken)
        {
            Assert.Same(thing, context.Services.GetRequiredService<ScopedThing>());
            return Task.FromResult(new Receipt(input.Item, input.Count));
        }
    }

    /// <summary>Keeps every line with the scopes around it.</summary>
    private sealed class ScopeLogger : ILoggerProvider, ISupportExternalScope
    {
        private IExternalScopeProvider _scopes = new LoggerExternalScopeProvider();

        public ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Writer(this);

        public void SetScopeProvider(IExternalScopeProvider scopeProvider) => _scopes = scopeProvider;

        public void Dispose() { }

        private sealed class Writer(ScopeLogger owner) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull => owner._scopes.Push(state);

            public bool IsEnabled(LogLevel logLevel) => true;

            public void Log<TState>(
                LogLevel logLevel,
                EventId eventId,
                TState state,
                Exception? exception,
                Func<TState, Exception?, string> formatter
            )
            {
                var scopes = new List<string>();
                owner._scopes.ForEachScope((scope, all) => all.Add($"{scope}"), scopes);
                owner.Lines.Enqueue($"{formatter(state, exception)} [{string.Join("; ", scopes)}]");
            }
        }
    }
}
