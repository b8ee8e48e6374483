using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Client;

namespace Rondo.Cli.Tests.Documents;

/// <summary>The code of docs/tutorial-dotnet.md, so that it compiles.</summary>
internal static class DotnetTutorial
{
    public static WebApplication Host()
    {
        var builder = WebApplication.CreateBuilder();
        builder
            .Services.AddRondo(options => options.DataDirectory = "./data")
            .AddHandler<Order, Invoice>(
                "invoice",
                (order, job, cancellationToken) => Task.FromResult(new Invoice(order.Number, order.Amount * 1.19m))
            );
        builder.Services.AddHealthChecks().AddRondo();

        var app = builder.Build();
        app.MapRondo();
        return app;
    }

    public static async Task<Invoice?> EnqueueAsync()
    {
        using var client = new RondoClient("127.0.0.1:7070", "127.0.0.1:7080");
        var id = await client.SubmitAsync("invoice", new Order(7, 100m));
        var invoice = await client.ResultAsync<Invoice>(id);
        return invoice;
    }

    public static async Task<string> OptionsAsync(RondoClient client)
    {
        var later = JobRequest.For("invoice", new Order(8, 20m)) with
        {
            Delay = TimeSpan.FromHours(1),
            Retries = new RetryPolicy { Max = 3, Backoff = TimeSpan.FromSeconds(2) },
            Timeout = TimeSpan.FromMinutes(5),
            IdempotencyKey = "invoice-8",
            Concurrency = new ConcurrencyLimit("tax-office", 2),
        };
        var first = await client.SubmitAsync(later);
        var second = await client.SubmitAsync(JobRequest.For("invoice", new Order(9, 5m)) with { After = [new JobDependency(first)] });
        return second;
    }

    public static async Task RecurAsync(RondoClient client)
    {
        await client.PutCronAsync(
            "nightly",
            new CronRequest
            {
                Schedule = "30 2 * * *",
                TimeZone = "Europe/Berlin",
                Missed = "once",
                Job = JobRequest.For("invoice", new Order(0, 0m)),
            }
        );
    }

    public static async Task ManyAsync(RondoClient client, IAsyncEnumerable<JobRequest> orders)
    {
        await foreach (var outcome in client.SubmitManyAsync(orders))
        {
            Console.WriteLine(outcome.Id ?? outcome.Problem!.Message);
        }
    }

    internal sealed record Order(int Number, decimal Amount);

    internal sealed record Invoice(int Number, decimal Total);
}
