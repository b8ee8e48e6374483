using System.Text;
using Rondo.Core;
using Rondo.Executor.Http;
using Rondo.Executor.Http.Submitting;

namespace Rondo.Executor.Tests.Http;

/// <summary>Jobs as JSON: what is right becomes a job, what is wrong is told with its place.</summary>
public sealed class JobRequestReaderTests
{
    [Fact]
    public void Command_WithEverything_BecomesTermsAndContent()
    {
        var request = Read(
            """
            {"command":["sh","-c","echo hi"],"env":{"LANG":"C"},"workingDirectory":"/tmp","stdin":"text ü","name":"n","group":"g",
             "priority":-3,"onExecutorLoss":"fail"}
            """
        );

        var terms = request.ToTerms();
        Assert.Equal(
            new JobTerms
            {
                Kind = JobKind.Command,
                Summary = "sh -c 'echo hi'",
                Name = "n",
                Group = "g",
                Priority = -3,
                FailOnExecutorLoss = true,
            },
            terms
        );
        var content = request.ToContent();
        Assert.Equal(
            """{"command":["sh","-c","echo hi"],"env":{"LANG":"C"},"workingDirectory":"/tmp"}""",
            Encoding.UTF8.GetString(content.Definition.Span)
        );
        Assert.Equal("text ü", Encoding.UTF8.GetString(content.Input.Span));
    }

    [Fact]
    public void Job_WithEveryOption_HasThemInItsTerms()
    {
        var request = Read(
            """
            {"handler":"resize","payloadBase64":"AAE=","labels":{"zone":"north","team":"blue"},"requires":{"gpu":"yes"},
             "startAt":"2026-01-31T09:00:00+01:00","timeout":"1h30m","killGrace":"250ms","idempotencyKey":"order 7",
             "retries":{"max":5,"backoff":"2s","factor":1.5,"maxBackoff":"1m","jitter":0,"exitCodes":[111,75],"exceptions":["TimeoutException"]},
             "after":["k7q2-1",{"when":"end","id":"m3xd-2"},{"id":"m3xd-3","when":"failure"}],
             "concurrency":{"key":"database","max":4},"retention":"2d","index":-7}
            """
        );

        var terms = request.ToTerms().WithDigest(request.ToContent());
        Assert.NotEqual(0ul, terms.Digest);
        Assert.Equal(
            new JobTerms
            {
                Kind = JobKind.Handler,
                Handler = "resize",
                Summary = "resize",
                Labels = new EquatableList<Label>(new Label("team", "blue"), new Label("zone", "north")),
                Requires = new EquatableList<Label>(new Label("gpu", "yes")),
                Start = new StartTime.At(new DateTimeOffset(2026, 1, 31, 8, 0, 0, TimeSpan.Zero)),
                TimeLimit = new TimeLimit(TimeSpan.FromMinutes(90), TimeSpan.FromMilliseconds(250)),
                IdempotencyKey = "order 7",
                Retries = new RetryPolicy
                {
                    Max = 5,
                    Backoff = TimeSpan.FromSeconds(2),
                    Factor = 1.5,
                    MaxBackoff = TimeSpan.FromMinutes(1),
                    Jitter = 0,
                    ExitCodes = new EquatableList<int>(75, 111),
                    Exceptions = new EquatableList<string>("TimeoutException"),
                },
                After = new EquatableList<Dependency>(
                    new Dependency(JobId.Parse("k7q2-1"), DependencyCondition.Success),
                    new Dependency(JobId.Parse("m3xd-2"), DependencyCondition.End),
                    new Dependency(JobId.Parse("m3xd-3"), DependencyCondition.Failure)
                ),
                Concurrency = new ConcurrencyLimit("database", 4),
                Retention = TimeSpan.FromDays(2),
                Index = -7,
                Digest = terms.Digest,
            },
            terms
        );
        Assert.Equal([0, 1], request.ToContent().Input.ToArray());
    }

    [Fact]
    public void Options_InTheirShortForms_TakeTheDefaultsForTheRest()
    {
        var terms = Read("""{"command":["a"],"delay":"1m30s","retries":3,"timeout":"10s"}""").ToTerms();

        Assert.Equal(new StartTime.After(TimeSpan.FromSeconds(90)), terms.Start);
        Assert.Equal(new RetryPolicy { Max = 3 }, terms.Retries);
        Assert.Equal(new TimeLimit(TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(5)), terms.TimeLimit);
        Assert.Null(Read("""{"command":["a"],"retries":0}""").ToTerms().Retries);
    }

    [Fact]
    public void Backoff_LongerThanTheDefaultLongest_IsItsOwnLongest() =>
        Assert.Equal(TimeSpan.FromHours(1), Read("""{"command":["a"],"retries":{"max":1,"backoff":"1h"}}""").ToTerms().Retries!.MaxBackoff);

    [Fact]
    public void Handler_WithPayload_KeepsThePayloadByteForByte()
    {
        var request = Read("""{"handler":"resize","payload": { "a" : [1, 2.50] } , "onExecutorLoss":"rerun"}""");

        Assert.Equal(
            new JobTerms
            {
                Kind = JobKind.Handler,
                Handler = "resize",
                Summary = "resize",
            },
            request.ToTerms()
        );
        Assert.Equal("""{ "a" : [1, 2.50] }""", Encoding.UTF8.GetString(request.ToContent().Input.Span));
    }

    [Fact]
    public void Fields_Null_CountAsAbsent()
    {
        var request = Read("""{"command":["b"],"env":null,"name":null,"handler":null,"stdinBase64":"AAE="}""");

        Assert.Equal("b", request.ToTerms().Summary);
        Assert.Null(request.ToTerms().Name);
        Assert.Equal([0, 1], request.ToContent().Input.ToArray());
    }

    [Fact]
    public void LongCommand_Summary_IsCut()
    {
        var summary = Read($$"""{"command":["echo","{{new string('x', 500)}}"]}""").ToTerms().Summary;

        Assert.Equal(JobRequest.SummaryMaxLength, summary.Length);
        Assert.EndsWith("…", summary, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"command\":[\"a\"],\n  \"command\":[\"b\"]}", "line 2, column 3: \"command\" is given twice")]
    [InlineData("{\"name\":null,\"command\":[\"a\"],\"n\\u0061me\":\"n\"}", "line 1, column 30: \"name\" is given twice")]
    [InlineData("{\"command\":[\"a\"],\"env\":{\"A\":\"1\",\"A\":\"1\"}}", "line 1, column 33: \"env.A\" is given twice")]
    [InlineData("{\"labels\":{\"a\":\"1\",\"b\":\"1\",\"a\":\"2\"}}", "\"labels.a\" is given twice")]
    [InlineData("{\"retries\":{\"max\":1,\"max\":2}}", "\"retries.max\" is given twice")]
    [InlineData("{\"after\":[{\"id\":\"k7q2-1\",\"id\":\"k7q2-2\"}]}", "\"after[0].id\" is given twice")]
    [InlineData("{\"concurrency\":{\"key\":\"a\",\"key\":\"b\",\"max\":2}}", "\"concurrency.key\" is given twice")]
    public void Field_GivenTwice_IsRefusedByNameAndPlace(string json, string expected)
    {
        var refused = Assert.Throws<HttpProblem>(() => Read(json));

        Assert.Equal(400, refused.Status);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Payload_WithANameTwice_IsTheHandlersOwnAffair()
    {
        var payload = Read("""{"handler":"h","payload":{"a":1,"a":2}}""").ToContent().Input;

        Assert.Equal("""{"a":1,"a":2}""", Encoding.UTF8.GetString(payload.Span));
    }

    public static TheoryData<string> FieldsOfAKind => new(JobRequestReader.Fields.Where(name => name != "payload"));

    [Theory]
    [MemberData(nameof(FieldsOfAKind))]
    public void Field_OfTheWrongKind_IsRefusedByName(string field)
    {
        var refused = Assert.Throws<HttpProblem>(() => Read($"{{\"{field}\":[[true]]}}"));

        Assert.Equal(400, refused.Status);
        Assert.Matches($"^line 1, column \\d+: \"{field}(\\[0\\])?\"", refused.Message);
    }

    [Theory]
    [InlineData("", "the body is empty")]
    [InlineData("[]", "line 1, column 1: expected an object")]
    [InlineData("{}", "either \"command\"")]
    [InlineData("{\"command\":[\"a\"],\n  \"comand\":1}", "line 2, column 3: unknown field \"comand\"; the fields are command, env")]
    [InlineData(
        "{\"command\":\"ls\"}",
        "line 1, column 12: \"command\" has to be a list of strings such as [\"echo\",\"hi\"], got a string"
    )]
    [InlineData("{\"command\":[]}", "\"command\" has to name a program first")]
    [InlineData("{\"command\":[\"\"]}", "\"command\" has to name a program first")]
    [InlineData("{\"command\":[\"a\",7]}", "\"command[1]\" has to be a string, got a number")]
    [InlineData("{\"command\":[\"a\\u0000\"]}", "NUL")]
    [InlineData(
        "{\"command\":[\"a\"],\"workingDirectory\":\"work\"}",
        "line 1, column 37: \"workingDirectory\" is \"work\": expected an absolute path such as /srv/work"
    )]
    [InlineData("{\"command\":[\"a\"],\"env\":{\"A=B\":\"\"}}", "cannot be the name of an environment variable")]
    [InlineData("{\"command\":[\"a\"],\"env\":{\"A\":1}}", "\"env.A\" has to be a string, got a number")]
    [InlineData("{\"command\":[\"a\"],\"env\":[]}", "got a list")]
    [InlineData("{\"command\":[\"a\"],\"priority\":1.5}", "whole number")]
    [InlineData("{\"command\":[\"a\"],\"priority\":\"1\"}", "\"priority\" has to be a whole number, got a string")]
    [InlineData("{\"command\":[\"a\"],\"priority\":1001}", "\"priority\" has to be a whole number from -1000 to 1000")]
    [InlineData("{\"command\":[\"a\"],\"priority\":-1001}", "\"priority\" has to be a whole number from -1000 to 1000")]
    [InlineData("{\"command\":[\"a\"],\"onExecutorLoss\":\"retry\"}", "expected \"rerun\" or \"fail\"")]
    [InlineData("{\"command\":[\"a\"],\"stdinBase64\":\"?\"}", "not Base64")]
    [InlineData("{\"command\":[\"a\"],\"name\":\"\"}", "\"name\" is empty")]
    [InlineData("{\"command\":[\"a\"],\"handler\":\"b\"}", "exclude each other")]
    [InlineData("{\"command\":[\"a\"],\"payload\":1}", "\"payload\" goes with \"handler\"")]
    [InlineData("{\"handler\":\"a\",\"stdin\":\"\"}", "a handler takes \"payload\"")]
    [InlineData("{\"command\":[\"a\"],\"stdin\":\"\",\"stdinBase64\":\"\"}", "\"stdin\" and \"stdinBase64\" exclude each other")]
    [InlineData("{\"handler\":\"a\",\"payload\":1,\"payloadBase64\":\"\"}", "exclude each other")]
    [InlineData("{\"command\":[\"a\"],\"payloadBase64\":\"\"}", "a command takes \"stdin\"")]
    [InlineData("{\"command\":[\"a\"],\"labels\":{\"a b\":\"\"}}", "'a b' cannot be the key of a label")]
    [InlineData(
        "{\"command\":[\"a\"],\"labels\":[\"a\"]}",
        "\"labels\" has to be an object of strings such as {\"zone\":\"north\"}, got a list"
    )]
    [InlineData("{\"command\":[\"a\"],\"requires\":{\"a\":1}}", "\"requires.a\" has to be a string, got a number")]
    [InlineData(
        "{\"command\":[\"a\"],\"startAt\":\"2026-01-31T08:00:00\"}",
        "\"startAt\" is \"2026-01-31T08:00:00\": expected a time with its offset from UTC"
    )]
    [InlineData("{\"command\":[\"a\"],\"startAt\":\"2026-02-30T08:00:00Z\"}", "expected a time with its offset from UTC")]
    [InlineData("{\"command\":[\"a\"],\"startAt\":5}", "such as 2026-01-31T08:00:00Z or 2026-01-31T09:00:00+01:00, got a number")]
    [InlineData("{\"command\":[\"a\"],\"delay\":\"soon\"}", "\"delay\" is \"soon\": expected a time such as 90s, 1h30m, 500ms or 2d")]
    [InlineData(
        "{\"command\":[\"a\"],\"delay\":\"1s\",\"startAt\":\"2026-01-31T08:00:00Z\"}",
        "\"startAt\" and \"delay\" exclude each other"
    )]
    [InlineData(
        "{\"command\":[\"a\"],\"timeout\":\"0s\"}",
        "\"timeout\" is \"0s\": expected a time such as 90s, 1h30m, 500ms or 2d, from 1ms"
    )]
    [InlineData("{\"command\":[\"a\"],\"killGrace\":\"1s\"}", "\"killGrace\" goes with \"timeout\"")]
    [InlineData("{\"command\":[\"a\"],\"retries\":-1}", "\"retries\" has to be a whole number from 0 to 10000")]
    [InlineData("{\"command\":[\"a\"],\"retries\":\"3\"}", "\"retries\" has to be a number, or an object such as {\"max\":5")]
    [InlineData("{\"command\":[\"a\"],\"retries\":{}}", "\"retries\" needs \"max\"")]
    [InlineData("{\"command\":[\"a\"],\"retries\":{\"max\":1,\"factor\":0.5}}", "\"retries.factor\" has to be a number from 1 to 100")]
    [InlineData(
        "{\"command\":[\"a\"],\"retries\":{\"max\":1,\"times\":2}}",
        "unknown field \"retries.times\"; the fields are max, backoff"
    )]
    [InlineData("{\"command\":[\"a\"],\"retries\":{\"max\":1,\"exitCodes\":[0]}}", "a whole number from 1 to 255")]
    [InlineData("{\"command\":[\"a\"],\"retries\":{\"max\":1,\"exitCodes\":[]}}", "leave it out to retry after any exit code")]
    [InlineData(
        "{\"command\":[\"a\"],\"retries\":{\"max\":1,\"backoff\":\"2s\",\"maxBackoff\":\"1s\"}}",
        "\"retries.maxBackoff\" is 1s, less than \"backoff\", 2s"
    )]
    [InlineData("{\"command\":[\"a\"],\"after\":[\"b\"]}", "\"after[0]\" is \"b\": expected a job id such as k7q2-42, or # and a \"ref\"")]
    [InlineData(
        "{\"command\":[\"a\"],\"after\":[{\"id\":\"k7q2-1\",\"when\":\"ok\"}]}",
        "\"after[0].when\" is \"ok\": expected \"success\""
    )]
    [InlineData("{\"command\":[\"a\"],\"after\":[{\"when\":\"end\"}]}", "\"after[0]\" needs \"id\"")]
    [InlineData("{\"command\":[\"a\"],\"concurrency\":{\"key\":\"k\"}}", "\"concurrency\" needs \"key\" and \"max\"")]
    [InlineData("{\"command\":[\"a\"],\"concurrency\":{\"key\":\"k\",\"max\":0}}", "\"concurrency.max\" has to be a whole number from 1")]
    [InlineData("{\"command\":[\"a\"],\"retention\":\"1ms\"}", "\"retention\" is \"1ms\"")]
    [InlineData("{\"command\":[\"a\"],\"idempotencyKey\":\"\"}", "\"idempotencyKey\" is empty")]
    [InlineData("{\"command\":[\"a\"],\"index\":1.5}", "\"index\" has to be a whole number")]
    [InlineData("{\"command\":[\"a\"],\"array\":\"3-1\"}", "\"array\" is \"3-1\": expected indexes such as 1-1000, 1-100:2 or 1,5,9")]
    [InlineData("{\"command\":[\"a\"],\"array\":\"1-100001\"}", "at most 100,000 of them")]
    [InlineData("{\"command\":[\"a\"],\"array\":3}", "\"array\" has to be indexes as a text such as \"1-1000\", got a number")]
    [InlineData("{\"command\":[\"a\"],\"array\":\"1-3\",\"index\":1}", "\"array\" and \"index\" exclude each other")]
    [InlineData("{\"command\":[\"a\"]\n", "line 2, column 1: this is not JSON")]
    [InlineData("{\"command\":[\"a\"]} x", "line 1, column 19: this is not JSON")]
    [InlineData("{\"command\":[\"\\ud800\"]}", "this is not text")]
    public void Wrong_Request_IsRefusedWithPlaceAndReason(string json, string expected)
    {
        var problem = Assert.Throws<HttpProblem>(() => Read(json));

        Assert.Equal(400, problem.Status);
        Assert.Contains(expected, problem.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", problem.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("stdin", "plain text that is most of it, without escapes: ä 😀")]
    [InlineData("stdin", """\n\t\"\\\/\b\f\r text \u00e4\uD83D\uDE00\u0001 with each escape, and more of it, so that it is most""")]
    [InlineData("stdin", """\u0061\u0062\u0063\u0064\u0065\u0066\u0067\u0068\u0069\u006a\u006b\u006c\u006d\u006e\u006f""")]
    [InlineData("stdinBase64", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMw==")]
    [InlineData("stdinBase64", """-\/\/7\u002bAAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyMw==""")]
    [InlineData("stdinBase64", """\nAAECAwQFBgcI\nCQoLDA0ODxAREhMUFRYXGBkaGxwdHh8g\nISIjJCUmJygpKissLS4vMDEyMw==\n""")]
    [InlineData("stdinBase64", "Cg oK")]
    public async Task LargeInput_InMemoryOfItsOwn_IsDecodedInItsPlaceAndCanBeUndone(string field, string value)
    {
        value = value.Replace("-", "", StringComparison.Ordinal);
        var json = Encoding.UTF8.GetBytes($$"""{"command":["a"],"{{field}}":"{{value}}", "name":"n"}""");
        var kept = json.ToArray();
        var expected = JobRequestReader.Read(json);

        var request = JobRequestReader.ReadKept(kept);

        Assert.Equal(expected.ToContent().Input.ToArray(), request.ToContent().Input.ToArray());
        using var content = new JobsContent([request.Json(kept)]);
        var undone = JobRequestReader.Read(await content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
        Assert.Equal(expected.ToContent().Input.ToArray(), undone.ToContent().Input.ToArray());
        Assert.Equal(expected.ToTerms(), undone.ToTerms());
        var isMost = value.Length > json.Length / 2;
        var isInPlace =
            System.Runtime.InteropServices.MemoryMarshal.TryGetArray(request.ToContent().Input, out var part) && part.Array == kept;
        Assert.Equal(isMost, isInPlace);
    }

    [Theory]
    [InlineData("\n \"x\":1}")]
    [InlineData("\n \"priority\":\"y\"}")]
    [InlineData(" \"priority\":\"y\"}")]
    [InlineData("\n \"stdin\":\"y\"}")]
    [InlineData("\n \"name\": y}")]
    [InlineData("\n")]
    public void Mistake_BehindALargeInput_IsToldWithTheSamePlace(string rest)
    {
        // Ten ends of line in Base64.
        var json = Encoding.UTF8.GetBytes(
            "{\"command\":[\"a\"],\n\"stdinBase64\":\"" + string.Concat(Enumerable.Repeat("CgoK", 30)) + "\"," + rest
        );

        var expected = Assert.Throws<HttpProblem>(() => JobRequestReader.Read(json));
        var problem = Assert.Throws<HttpProblem>(() => JobRequestReader.ReadKept(json.ToArray()));

        Assert.Equal(expected.Message, problem.Message);
    }

    [Theory]
    [InlineData("stdin", """\ud800 is half of a pair, and this text is most of it""")]
    [InlineData("stdinBase64", "this is not Base64, and it is most of the job, is it not?")]
    [InlineData("stdinBase64", """AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8gISIjJCUmJygpKissLS4vMDEyM\u00e4==""")]
    public void LargeInput_ThatIsNone_IsToldWithTheSameWords(string field, string value)
    {
        var json = Encoding.UTF8.GetBytes($$"""{"command":["a"],"{{field}}":"{{value}}"}""");

        var expected = Assert.Throws<HttpProblem>(() => JobRequestReader.Read(json));
        var problem = Assert.Throws<HttpProblem>(() => JobRequestReader.ReadKept(json.ToArray()));

        Assert.Equal(expected.Message, problem.Message);
    }

    private static JobRequest Read(string json) => JobRequestReader.Read(Encoding.UTF8.GetBytes(json));
}
