// A shop that writes its invoices in the background. Start it as often as you like: the replicas form a ring, an order may come to any
// of them, and whichever has room writes the invoice. run.sh starts three, and checks what they do.
using Rondo.Client;
using Rondo.Samples.Web;

var builder = WebApplication.CreateSlimBuilder(args);
builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, ShopJson.Default));
builder.Services.AddSingleton<TaxTable>();
builder
    .Services.AddRondo(options => builder.Configuration.GetSection("Rondo").Bind(options))
    .AddHandler<InvoiceWriter, Order, Invoice>("invoice");
builder.Services.AddHealthChecks().AddRondo();

var app = builder.Build();
app.MapRondo();
app.MapRondoReference();
app.MapHealthChecks("/healthy");
app.MapGet("/", () => Results.Redirect("/scalar")); // A page to try everything with.
app.MapPost(
    "/orders",
    async (Order order, RondoClient jobs, CancellationToken cancellationToken) =>
    {
        // Once there is an id the order is on stable storage: the invoice will be written, whatever happens to this process.
        var id = await jobs.SubmitAsync("invoice", order, ShopJson.Default.Order, cancellationToken);
        return Results.Accepted($"/orders/{id}", new Accepted(id));
    }
);
app.MapGet(
    "/orders/{id}",
    async (string id, RondoClient jobs, CancellationToken cancellationToken) =>
    {
        var job = await jobs.GetAsync(id, cancellationToken);
        return job.State == JobState.Succeeded
            ? Results.Ok(await jobs.ResultAsync(id, ShopJson.Default.Invoice, cancellationToken: cancellationToken))
            : Results.Accepted(value: new Progress(id, job.State.ToWord(), job.Progress?.Text, job.Error));
    }
);
app.Run();
