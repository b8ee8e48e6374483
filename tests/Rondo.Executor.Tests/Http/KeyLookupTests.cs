using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Http.Forwarding;
using Rondo.Executor.Http.Keys;

namespace Rondo.Executor.Tests.Http;

public sealed class KeyLookupTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Keys_OfAnExecutorThatTakesOneAtATime_AreAskedForOneByOne()
    {
        var requests = new ConcurrentQueue<string>();
        await using var elder = await StartAsync(async context =>
        {
            requests.Enqueue($"{context.Request.Method} {context.Request.Path}");
            if (context.Request.Method == "POST")
            {
                context.Response.StatusCode = StatusCodes.Status404NotFound;
            }
            else if (context.Request.Path == "/v1/keys/known")
            {
                await context.Response.WriteAsync("""{"id":"m3xd-7","digest":9}""");
            }
            else
            {
                await context.Response.WriteAsync("""{"id":null,"digest":null}""");
            }
        });

        var found = await FindAsync(elder, "new", "known");

        Assert.Equal([(null, null), (new KeyedJob(JobId.Parse("m3xd-7"), 9), null)], found);
        Assert.Equal(["GET /v1/keys/known", "GET /v1/keys/new", "POST /v1/keys"], requests.Order());
    }

    [Fact]
    public async Task Keys_OfAnExecutorThatAnswersForTooFew_CountAsUnanswered()
    {
        await using var elder = await StartAsync(context => context.Response.WriteAsync("""[{"id":"m3xd-7","digest":9}]"""));

        var found = await FindAsync(elder, "one", "other");

        Assert.Equal([(null, ExecutorId.Parse("m3xd")), (null, ExecutorId.Parse("m3xd"))], found);
    }

    private static async Task<IReadOnlyList<(KeyedJob? Known, ExecutorId? Unreachable)>> FindAsync(
        WebApplication elder,
        params string[] keys
    )
    {
        // It only sends: whoever is asked is given.
        using var forwarder = new Forwarder(ExecutorId.Parse("k7q2"), ring: null!, NullLogger.Instance);
        var member = new Member
        {
            Id = ExecutorId.Parse("m3xd"),
            Incarnation = new Incarnation(1),
            Name = "m",
            RingAddress = new Uri(elder.Urls.First()).Authority,
            HttpAddress = "127.0.0.1:2",
            Capabilities = new Capabilities(true, EquatableList<string>.Empty),
        };
        return await KeyLookup.FindAsync(forwarder, keys, new EquatableList<Member>([member]), Cancellation);
    }

    private static async Task<WebApplication> StartAsync(RequestDelegate answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ConfigureEndpointDefaults(it => it.Protocols = HttpProtocols.Http2));
        var app = builder.Build();
        app.Run(answer);
        await app.StartAsync(Cancellation);
        return app;
    }
}
