using System.Text.Json.Serialization;
using Rondo.Executor;

namespace Rondo.Samples.Web;

internal sealed record Order(string Customer, string Country, IReadOnlyList<Item> Items);

internal sealed record Item(string Name, int Count, decimal Price);

internal sealed record Invoice(string Number, string Customer, decimal Total, string WrittenBy);

internal sealed record Accepted(string Id);

internal sealed record Progress(string Id, string State, string? Doing, string? Error);

internal sealed class TaxTable
{
    private readonly Dictionary<string, decimal> _rates = new() { ["DE"] = 0.19m, ["SE"] = 0.25m };

    public decimal Rate(string country) =>
        _rates.TryGetValue(country, out var rate) ? rate : throw new ArgumentException($"no tax is known for '{country}'", nameof(country));
}

/// <summary>Made anew for each job, with whatever it asks for in its constructor.</summary>
internal sealed partial class InvoiceWriter(TaxTable taxes, ILogger<InvoiceWriter> logger) : IJobHandler<Order, Invoice>
{
    public async Task<Invoice> HandleAsync(Order input, JobContext context, CancellationToken cancellationToken)
    {
        var net = input.Items.Sum(item => item.Count * item.Price);
        var total = decimal.Round(net * (1 + taxes.Rate(input.Country)), 2);

        // Shown by GET /orders/{id} meanwhile, and by `rondo job show`.
        context.ReportProgress(50, "printing");

        // What takes time in earnest: a printer, a mail server, somebody else's service.
        await Task.Delay(TimeSpan.FromMilliseconds(200), cancellationToken);
        Written(logger, total, input.Customer);

        // The job's id stays the same when the job is run again after a crash: a number that is never given twice.
        return new Invoice($"I-{context.JobId}", input.Customer, total, context.Executor);
    }

    [LoggerMessage(1, LogLevel.Information, "An invoice over {Total} for {Customer}")]
    private static partial void Written(ILogger logger, decimal total, string customer);
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Order))]
[JsonSerializable(typeof(Invoice))]
[JsonSerializable(typeof(Accepted))]
[JsonSerializable(typeof(Progress))]
internal sealed partial class ShopJson : JsonSerializerContext;
