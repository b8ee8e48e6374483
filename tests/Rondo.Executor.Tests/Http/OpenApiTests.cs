using System.Reflection;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Reference;
using Rondo.Executor.Http.Submitting;
using Rondo.Executor.Tests.Whole;

namespace Rondo.Executor.Tests.Http;

/// <summary>The OpenAPI document is written by hand: here it is held against the code, in both directions.</summary>
public sealed partial class OpenApiTests
{
    private static readonly JsonNode _document = JsonNode.Parse(ReferencePages.Document.Span)!;

    /// <summary>Documents by the schema that describes them.</summary>
    private static readonly Dictionary<Type, string> _schemas = new()
    {
        [typeof(JobDocument)] = "Job",
        [typeof(TrailDocument)] = "TrailEntry",
        [typeof(DependencyDocument)] = "Dependency",
        [typeof(ConcurrencyDocument)] = "Concurrency",
        [typeof(JobListDocument)] = "JobList",
        [typeof(ExplanationDocument)] = "Explanation",
        [typeof(FitnessDocument)] = "Fitness",
        [typeof(SubmittedDocument)] = "Submitted",
        [typeof(BatchErrorDocument)] = "BatchError",
        [typeof(ProblemDocument)] = "Problem",
        [typeof(RingDocument)] = "Ring",
        [typeof(ExecutorDocument)] = "Executor",
        [typeof(ExecutorStateDocument)] = "ExecutorState",
        [typeof(CronDocument)] = "Cron",
        [typeof(CronListDocument)] = "CronList",
        [typeof(GroupCancelledDocument)] = "GroupCancelled",
        [typeof(GroupResultDocument)] = "GroupResult",
    };

    [Fact]
    public void Document_IsOfVersion31AndEveryReferenceInItLeadsSomewhere()
    {
        Assert.StartsWith("3.1.", (string)_document["openapi"]!, StringComparison.Ordinal);
        var references = ReferenceRegex().Matches(_document.ToJsonString()).Select(match => match.Groups["path"].Value).ToHashSet();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(reference.Split('/').Aggregate(_document, (node, part) => node?[part]!)));
    }

    [Fact]
    public void Paths_AreThoseOfTheRoutesWithTheirMethodsAndParameters()
    {
        var described = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (path, item) in _document["paths"]!.AsObject())
        {
            foreach (var (method, operation) in item!.AsObject().Where(entry => entry.Key != "parameters"))
            {
                var query = Parameters(item).Concat(Parameters(operation!)).Where(parameter => (string)parameter["in"]! == "query");
                described.Add(
                    $"{method.ToUpperInvariant()} {path}?{string.Join('&', query.Select(parameter => (string)parameter["name"]!))}"
                );
                Assert.NotNull(operation!["operationId"]);
                Assert.NotNull(operation["summary"]);
                var parameters = Parameters(item).Concat(Parameters(operation)).Where(parameter => (string)parameter["in"]! == "path");
                Assert.Equal(
                    PlaceRegex().Matches(path).Select(match => match.Groups["name"].Value),
                    parameters.Select(parameter => (string)parameter["name"]!)
                );
            }
        }

        var routes = HttpApi
            .Routes.Where(route => !route.IsAmongExecutors)
            .Select(route => $"{route.Method} {route.Pattern}?{string.Join('&', route.Query)}")
            .Concat(["GET /health/live?", "GET /health/ready?"]);
        Assert.Equal(routes.Order(StringComparer.Ordinal), described);
    }

    [Fact]
    public void Schemas_HaveTheFieldsOfTheDocumentsAndRequireThoseThatAreAlwaysThere()
    {
        foreach (var (type, schema) in _schemas)
        {
            var properties = HttpJson.Plain.GetTypeInfo(type)!.Properties;
            Assert.Equal(
                properties.Select(property => property.Name).Order(StringComparer.Ordinal),
                Fields(schema).Order(StringComparer.Ordinal)
            );
            var required = Schema(schema)["required"]?.AsArray().Select(field => (string)field!) ?? [];
            Assert.Equal(
                properties.Where(IsAlwaysThere).Select(property => property.Name).Order(StringComparer.Ordinal),
                required.Order(StringComparer.Ordinal)
            );
        }
    }

    [Fact]
    public void EveryDocumentThatIsAnswered_IsDescribed()
    {
        var answered = typeof(HttpJson)
            .GetCustomAttributesData()
            .Where(attribute => attribute.AttributeType == typeof(JsonSerializableAttribute))
            .Select(attribute => (Type)attribute.ConstructorArguments[0].Value!);

        Assert.DoesNotContain(
            answered,
            type => type.Name.EndsWith("Document", StringComparison.Ordinal) && !_schemas.ContainsKey(type) && !IsAmongExecutors(type)
        );
    }

    [Fact]
    public void JobRequest_HasTheFieldsThatAreRead() =>
        Assert.Equal(JobRequestReader.Fields.Order(StringComparer.Ordinal), Fields("JobRequest").Order(StringComparer.Ordinal));

    [Fact]
    public void Problems_AreThoseOfTheCode()
    {
        var source = typeof(HttpProblem)
            .GetMethods(BindingFlags.Public | BindingFlags.Static)
            .Where(method =>
                method.ReturnType == typeof(HttpProblem)
                && method.GetParameters() is [{ ParameterType: var type }]
                && type == typeof(string)
            )
            .Select(method => ((HttpProblem)method.Invoke(null, ["x"])!).Type)
            .Concat(Enum.GetValues<Core.Refusal>().Select(refusal => HttpProblem.Refused(new Core.Answer.Refused(refusal, "x")).Type))
            .Append(HttpProblem.Unavailable(Core.ExecutorId.Parse("k7q2"), "x").Type)
            .Append("urn:rondo:http_error");
        var described = Schema("Problem")["properties"]!["type"]!["oneOf"]!.AsArray().Select(type => (string)type!["const"]!);

        Assert.Equal(source.Distinct().Order(StringComparer.Ordinal), described.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Executor_ServesTheCheckedInDocumentAndAPageThatNamesNoOtherServer()
    {
        await using var ring = await TestRing.StartAsync(1);

        var served = await ring[0].Client.GetByteArrayAsync("/openapi/v1.json", TestContext.Current.CancellationToken);
        var page = await ring[0].TextAsync("/scalar");

        Assert.Equal(await File.ReadAllBytesAsync(CheckedIn(), TestContext.Current.CancellationToken), served);
        Assert.Contains("openapi/v1.json", page, StringComparison.Ordinal);
        Assert.DoesNotContain("https://", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Root_LeadsToThePage()
    {
        await using var ring = await TestRing.StartAsync(1);

        using var answer = await ring[0].Client.GetAsync("/", TestContext.Current.CancellationToken);

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal("/scalar/", answer.RequestMessage!.RequestUri!.AbsolutePath);
    }

    /// <summary>What has no value is left out, unless the document says otherwise.</summary>
    private static bool IsAlwaysThere(JsonPropertyInfo property)
    {
        var member = (PropertyInfo)property.AttributeProvider!;
        return member.GetCustomAttribute<JsonIgnoreAttribute>() is { Condition: JsonIgnoreCondition.Never }
            || new NullabilityInfoContext().Create(member).ReadState == NullabilityState.NotNull;
    }

    [GeneratedRegex("\"#/(?<path>[^\"]*)\"", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex ReferenceRegex();

    [GeneratedRegex("{(?<name>[^}]*)}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 10_000)]
    private static partial Regex PlaceRegex();

    private static bool IsAmongExecutors(Type type) => type.Name is "KeyDocument" or "BatchAnswerDocument" or "GroupEndDocument";

    private static JsonNode Schema(string name) => _document["components"]!["schemas"]![name]!;

    private static IEnumerable<string> Fields(string schema) => Schema(schema)["properties"]!.AsObject().Select(field => field.Key);

    private static IEnumerable<JsonNode> Parameters(JsonNode item) =>
        (item["parameters"]?.AsArray() ?? []).Select(parameter =>
            parameter!["$ref"] is { } reference ? _document["components"]!["parameters"]![((string)reference!).Split('/')[^1]]! : parameter
        );

    private static string CheckedIn()
    {
        var directory = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(directory, "Rondo.slnx")))
        {
            directory = Path.GetDirectoryName(directory)!;
        }

        return Path.Combine(directory, "docs", "openapi.json");
    }
}
