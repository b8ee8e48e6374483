using System.Text.Json;
using Rondo.Core;

namespace Rondo.Executor.Http.Submitting;

/// <summary>Reads when, where, how often and beside what a job runs.</summary>
internal static class JobOptionsReader
{
    public const int DependenciesMax = 1_000;

    /// <summary>The most dependencies of all jobs of an array taken together.</summary>
    public const int ArrayDependenciesMax = 1_000_000;
    public const int ExitCodesMax = 255;
    public const int ExceptionsMax = 64;
    public const int RetriesMax = 10_000;
    public const int FactorMax = 100;
    public const int KeyMaxLength = 256;

    private static readonly TimeSpan _shortest = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan _shortestRetention = TimeSpan.FromSeconds(1);
    private static readonly string[] _retryFields = ["max", "backoff", "factor", "maxBackoff", "jitter", "exitCodes", "exceptions"];
    private static readonly string[] _dependencyFields = ["id", "when"];
    private static readonly string[] _concurrencyFields = ["key", "max"];

    /// <summary>Reads one of these fields into the request.</summary>
    public static void ReadField(ref StrictJson json, string field, JobRequest request)
    {
        switch (field)
        {
            case "labels":
                request.Labels = LabelsReader.Read(ref json, field);
                break;
            case "requires":
                request.Requires = LabelsReader.Read(ref json, field);
                break;
            case "startAt":
                request.StartAt = json.Time(field);
                break;
            case "delay":
                request.Delay = json.Duration(field, TimeSpan.Zero);
                break;
            case "retries":
                request.Retries = ReadRetries(ref json);
                break;
            case "timeout":
                request.Timeout = json.Duration(field, _shortest);
                break;
            case "killGrace":
                request.KillGrace = json.Duration(field, TimeSpan.Zero);
                break;
            case "idempotencyKey":
                request.IdempotencyKey = json.Name(field, KeyMaxLength);
                break;
            case "after":
                request.After = ReadAfter(ref json);
                break;
            case "ref":
                request.Ref = json.Name(field, KeyMaxLength);
                break;
            case "concurrency":
                request.Concurrency = ReadConcurrency(ref json);
                break;
            case "retention":
                request.Retention = json.Duration(field, _shortestRetention);
                break;
            case "index":
                request.Index = json.Whole(field);
                break;
            case "array":
                request.Array = ReadArray(ref json);
                break;
            default:
                throw new System.Diagnostics.UnreachableException($"No rule for the field {field}.");
        }
    }

    private static IndexList? ReadArray(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.String, "array", "indexes as a text such as \"1-1000\"");
        var text = json.AnyText("array");
        return IndexList.TryParse(text) ?? throw json.Wrong($"\"array\" is \"{text}\": {IndexList.Expected}");
    }

    private static RetryPolicy? ReadRetries(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        if (json.Token == JsonTokenType.Number)
        {
            return new RetryPolicy { Max = json.Whole("retries", 0, RetriesMax)!.Value };
        }

        json.Expect(JsonTokenType.StartObject, "retries", "a number, or an object such as {\"max\":5,\"backoff\":\"1s\"}");
        var policy = new RetryPolicy { Max = -1 };
        TimeSpan? maxBackoff = null;
        var seen = 0UL;
        while (json.ReadField(_retryFields, "retries.", ref seen, out var field))
        {
            switch (field)
            {
                case "max":
                    policy = policy with { Max = json.Whole("retries.max", 0, RetriesMax) ?? -1 };
                    break;
                case "backoff":
                    policy = policy with { Backoff = json.Duration("retries.backoff", TimeSpan.Zero) ?? policy.Backoff };
                    break;
                case "factor":
                    policy = policy with { Factor = json.Number("retries.factor", 1, FactorMax) ?? policy.Factor };
                    break;
                case "maxBackoff":
                    maxBackoff = json.Duration("retries.maxBackoff", TimeSpan.Zero);
                    break;
                case "jitter":
                    policy = policy with { Jitter = json.Number("retries.jitter", 0, 1) ?? policy.Jitter };
                    break;
                case "exitCodes":
                    policy = policy with { ExitCodes = ReadExitCodes(ref json) };
                    break;
                default:
                    policy = policy with { Exceptions = ReadExceptions(ref json) };
                    break;
            }
        }

        if (policy.Max < 0)
        {
            throw json.Wrong("\"retries\" needs \"max\": how many failed attempts are followed by another one");
        }

        if (maxBackoff < policy.Backoff)
        {
            throw json.Wrong(
                $"\"retries.maxBackoff\" is {DurationText.Of(maxBackoff.Value)}, less than \"backoff\", {DurationText.Of(policy.Backoff)}"
            );
        }

        var longest = policy.MaxBackoff > policy.Backoff ? policy.MaxBackoff : policy.Backoff;
        return policy with { MaxBackoff = maxBackoff ?? longest };
    }

    private static EquatableList<int> ReadExitCodes(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return EquatableList<int>.Empty;
        }

        json.Expect(JsonTokenType.StartArray, "retries.exitCodes", "a list of exit codes such as [75,111]");
        var codes = new SortedSet<int>();
        while (json.ReadItem())
        {
            json.Expect(JsonTokenType.Number, "retries.exitCodes", "a list of exit codes such as [75,111]");
            codes.Add(json.Whole("retries.exitCodes", 1, ExitCodesMax)!.Value);
        }

        return codes.Count > 0
            ? new EquatableList<int>([.. codes])
            : throw json.Wrong("\"retries.exitCodes\" is empty; leave it out to retry after any exit code");
    }

    private static EquatableList<string> ReadExceptions(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return EquatableList<string>.Empty;
        }

        json.Expect(JsonTokenType.StartArray, "retries.exceptions", "a list of type names such as [\"System.TimeoutException\"]");
        var names = new List<string>();
        while (json.ReadItem())
        {
            json.Expect(JsonTokenType.String, "retries.exceptions", "a list of type names such as [\"System.TimeoutException\"]");
            if (names.Count == ExceptionsMax)
            {
                throw json.Wrong($"\"retries.exceptions\" has more than {ExceptionsMax} names");
            }

            names.Add(json.Name("retries.exceptions", KeyMaxLength)!);
        }

        return names.Count > 0
            ? new EquatableList<string>([.. names])
            : throw json.Wrong("\"retries.exceptions\" is empty; leave it out to retry after any exception");
    }

    private static List<DependencyRequest>? ReadAfter(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.StartArray, "after", "a list of job ids such as [\"k7q2-42\"]");
        var dependencies = new List<DependencyRequest>();
        while (json.ReadItem())
        {
            if (dependencies.Count == DependenciesMax)
            {
                throw json.Wrong($"\"after\" has more than {DependenciesMax} jobs");
            }

            dependencies.Add(ReadDependency(ref json, $"after[{dependencies.Count}]"));
        }

        return dependencies;
    }

    private static DependencyRequest ReadDependency(ref StrictJson json, string place)
    {
        if (json.Token == JsonTokenType.String)
        {
            return Dependency(ref json, place, DependencyCondition.Success);
        }

        json.Expect(JsonTokenType.StartObject, place, "a job id, or an object such as {\"id\":\"k7q2-42\",\"when\":\"end\"}");
        DependencyRequest? dependency = null;
        var when = DependencyCondition.Success;
        var seen = 0UL;
        while (json.ReadField(_dependencyFields, $"{place}.", ref seen, out var field))
        {
            if (field == "id")
            {
                json.Expect(JsonTokenType.String, $"{place}.id", "a job id");
                dependency = Dependency(ref json, $"{place}.id", when);
            }
            else
            {
                when = ReadCondition(ref json, $"{place}.when");
            }
        }

        return dependency is { } known ? known with { When = when } : throw json.Wrong($"\"{place}\" needs \"id\", the job to wait for");
    }

    private static DependencyRequest Dependency(ref StrictJson json, string place, DependencyCondition when)
    {
        var text = json.AnyText(place);
        return text switch
        {
            ['#', _, ..] => new DependencyRequest(null, text[1..], when),
            _ when JobId.TryParse(text, out var id) => new DependencyRequest(id, null, when),
            _ => throw json.Wrong($"\"{place}\" is \"{text}\": expected a job id such as k7q2-42, or # and a \"ref\" of the same batch"),
        };
    }

    private static DependencyCondition ReadCondition(ref StrictJson json, string place) =>
        json.IsNull
            ? DependencyCondition.Success
            : json.AnyText(place) switch
            {
                "success" => DependencyCondition.Success,
                "failure" => DependencyCondition.Failure,
                "end" => DependencyCondition.End,
                var other => throw json.Wrong($"\"{place}\" is \"{other}\": expected \"success\", \"failure\" or \"end\""),
            };

    private static ConcurrencyLimit? ReadConcurrency(ref StrictJson json)
    {
        if (json.IsNull)
        {
            return null;
        }

        json.Expect(JsonTokenType.StartObject, "concurrency", "an object such as {\"key\":\"database\",\"max\":4}");
        string? key = null;
        int? max = null;
        var seen = 0UL;
        while (json.ReadField(_concurrencyFields, "concurrency.", ref seen, out var field))
        {
            if (field == "key")
            {
                key = json.Name("concurrency.key", KeyMaxLength);
            }
            else
            {
                max = json.Whole("concurrency.max", 1);
            }
        }

        return key is not null && max is not null
            ? new ConcurrencyLimit(key, max.Value)
            : throw json.Wrong("\"concurrency\" needs \"key\" and \"max\", such as {\"key\":\"database\",\"max\":4}");
    }
}
