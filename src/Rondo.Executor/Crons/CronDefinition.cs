using System.Buffers;
using System.Text.Json;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Crons;

/// <summary>A cron as its client wrote it.</summary>
internal sealed record CronDefinition
{
    public const int NameMaxLength = 100;
    private const int TextMaxLength = 256;
    private const string PriorityField = "priority";

    private static readonly string[] _fields = ["name", "cron", "timeZone", "missed", "job"];

    /// <summary>When, as a cron expression.</summary>
    public required string Expression { get; init; }

    /// <summary>By whose clocks, as an IANA name.</summary>
    public required string TimeZone { get; init; }

    /// <summary>What becomes of missed times.</summary>
    public required MissedRuns Missed { get; init; }

    /// <summary>The job, as the JSON that was checked.</summary>
    public required ReadOnlyMemory<byte> Job { get; init; }

    /// <summary>When, to be asked.</summary>
    public required CronSchedule Schedule { get; init; }

    /// <summary>The missed-run rule as clients write it.</summary>
    public string MissedText =>
        Missed switch
        {
            MissedRuns.Skip => "skip",
            MissedRuns.Once => "once",
            MissedRuns.All => "all",
            _ => throw new System.Diagnostics.UnreachableException(),
        };

    /// <summary>Reads what a client wants kept, and sees whether its job is right.</summary>
    /// <inheritdoc cref="Read(string, ReadOnlyMemory{byte})"/>
    public static CronDefinition ReadNew(string name, ReadOnlyMemory<byte> body)
    {
        var definition = Read(name, body);
        CheckJob(definition.Job.Span);
        return definition;
    }

    /// <summary>Reads a definition. An earlier release may have taken a job that this one refuses.</summary>
    /// <param name="name">The name that it is to have; one in the definition has to be the same.</param>
    /// <exception cref="HttpProblem">It is not right; says where and why.</exception>
    public static CronDefinition Read(string name, ReadOnlyMemory<byte> body) =>
        StrictJson.Document(body.Span, (ref StrictJson json) => Read(name, ref json));

    /// <summary>
    /// As it fires: an earlier release took any priority, and what would be refused now goes first, or last, of all that are handed in. A cron that
    /// was taken must not stop.
    /// </summary>
    public CronDefinition InBounds()
    {
        using var read = JsonDocument.Parse(Job);
        if (
            read.RootElement.ValueKind != JsonValueKind.Object
            || !read.RootElement.TryGetProperty(PriorityField, out var priority)
            || priority.ValueKind != JsonValueKind.Number
            || !priority.TryGetInt32(out var given)
            || given is >= -JobTerms.PriorityMax and <= JobTerms.PriorityMax
        )
        {
            return this;
        }

        var job = new ArrayBufferWriter<byte>(Job.Length);
        using (var write = new Utf8JsonWriter(job))
        {
            write.WriteStartObject();
            foreach (var field in read.RootElement.EnumerateObject().Where(field => field.Name != PriorityField))
            {
                field.WriteTo(write);
            }

            write.WriteNumber(PriorityField, Math.Clamp(given, -JobTerms.PriorityMax, JobTerms.PriorityMax));
            write.WriteEndObject();
        }

        return this with
        {
            Job = job.WrittenMemory,
        };
    }

    private static CronDefinition Read(string name, ref StrictJson json)
    {
        if (json.Token != JsonTokenType.StartObject)
        {
            throw json.Wrong(
                $"expected an object such as {{\"cron\":\"0 3 * * *\",\"job\":{{\"command\":[\"echo\"]}}}}, got {json.Kind()}"
            );
        }

        string? cron = null;
        var timeZone = "UTC";
        var missed = MissedRuns.Skip;
        byte[]? job = null;
        var seen = 0UL;
        while (json.ReadField(_fields, "", ref seen, out var field))
        {
            switch (field)
            {
                case "name":
                    if (json.Name(field, NameMaxLength) is { } given && given != name)
                    {
                        throw json.Wrong($"\"name\" is \"{given}\", but the path says \"{name}\"; leave it out");
                    }

                    break;
                case "cron":
                    cron = json.Name(field, TextMaxLength);
                    break;
                case "timeZone":
                    timeZone = json.Name(field, TextMaxLength) ?? timeZone;
                    break;
                case "missed":
                    missed = json.IsNull ? missed : ReadMissed(ref json);
                    break;
                default:
                    job = json.IsNull ? null : json.Raw().ToArray();
                    break;
            }
        }

        if (cron is null || job is null)
        {
            throw HttpProblem.BadRequest(
                "a cron needs \"cron\", such as \"0 3 * * *\", and \"job\", such as {\"command\":[\"echo\",\"hi\"]}"
            );
        }

        return new CronDefinition
        {
            Expression = cron,
            TimeZone = timeZone,
            Missed = missed,
            Job = job,
            Schedule = CronSchedule.Parse(cron, timeZone, out var problem) ?? throw HttpProblem.BadRequest(problem!),
        };
    }

    private static MissedRuns ReadMissed(ref StrictJson json)
    {
        json.Expect(JsonTokenType.String, "missed", "\"skip\", \"once\" or \"all\"");
        return json.AnyText("missed") switch
        {
            "skip" => MissedRuns.Skip,
            "once" => MissedRuns.Once,
            "all" => MissedRuns.All,
            var other => throw json.Wrong($"\"missed\" is \"{other}\": expected \"skip\", \"once\" or \"all\""),
        };
    }

    private static void CheckJob(ReadOnlySpan<byte> job)
    {
        JobRequest request;
        try
        {
            request = JobRequestReader.Read(job);
        }
        catch (HttpProblem problem)
        {
            throw HttpProblem.BadRequest($"in \"job\": {problem.Message}");
        }

        if (request.IdempotencyKey is not null || request.Ref is not null || request.StartAt is not null || request.Array is not null)
        {
            throw HttpProblem.BadRequest(
                "\"job\" cannot have \"idempotencyKey\", \"ref\", \"startAt\" or \"array\": one job is handed in anew, with a key of its own, at each scheduled time"
            );
        }
    }
}
