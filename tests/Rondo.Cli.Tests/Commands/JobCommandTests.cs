using System.Text;

namespace Rondo.Cli.Tests.Commands;

public sealed class JobCommandTests
{
    [Fact]
    public async Task Submit_Command_PrintsItsIdAlone()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            executor,
            "submit",
            "--name",
            "n",
            "--env",
            "A=1=2",
            "--priority",
            "-3",
            "--",
            "echo",
            "--name",
            "{}"
        );

        Assert.Equal(new Ran(0, "k7q2-1\n", ""), ran);
        Assert.True(executor.Submitted.TryDequeue(out var body));
        Assert.Equal("""{"command":["echo","--name","{}"],"env":{"A":"1=2"},"name":"n","priority":-3}""", body.ToJsonString());
    }

    [Fact]
    public async Task Submit_EveryOption_IsSent()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            executor,
            (
                "submit --name n --group g --label a=b --require gpu=yes --env C=d --workdir /tmp --retention 7d --idempotency-key k "
                + "--priority 5 --delay 1h30m --after k7q2-1 --after k7q2-2..3:end --concurrency db=2 --retries 3 --backoff 2s "
                + "--backoff-factor 1.5 --max-backoff 10m --jitter 0 --retry-exit 1,75 --on-executor-loss fail --timeout 90s "
                + "--kill-grace 1s -- echo"
            ).Split(' ')
        );

        Assert.Equal((0, ""), (ran.Code, ran.Error));
        Assert.True(executor.Submitted.TryDequeue(out var body));
        var expected = System.Text.Json.Nodes.JsonNode.Parse(
            """
            {"command":["echo"],"env":{"C":"d"},"workingDirectory":"/tmp","name":"n","group":"g","labels":{"a":"b"},"requires":{"gpu":"yes"},
             "priority":5,"onExecutorLoss":"fail","delay":"1h30m","timeout":"1m30s","killGrace":"1s","idempotencyKey":"k","retention":"7d",
             "retries":{"max":3,"backoff":"2s","factor":1.5,"maxBackoff":"10m","jitter":0,"exitCodes":[1,75]},
             "after":[{"id":"k7q2-1"},{"id":"k7q2-2","when":"end"},{"id":"k7q2-3","when":"end"}],"concurrency":{"key":"db","max":2}}
            """
        );
        Assert.True(System.Text.Json.Nodes.JsonNode.DeepEquals(expected, body), body.ToJsonString());
    }

    [Theory]
    [InlineData("03:08", "2026-01-02T03:08:00")] // The clock says 03:07:05.
    [InlineData("03:07:05", "2026-01-03T03:07:05")]
    [InlineData("2031-01-02 04:00", "2031-01-02T04:00:00")]
    public async Task Submit_At_IsTheNextSuchTimeByTheClock(string at, string expected)
    {
        await using var executor = await FakeExecutor.StartAsync();

        await CommandLines.RunAsync(executor, "submit", "--at", at, "--", "echo");

        Assert.True(executor.Submitted.TryDequeue(out var body));
        Assert.StartsWith(expected, (string)body["startAt"]!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Submit_RecordsThatReferToEachOther_GoInOneRequestWithAKeyForEach()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Input = """
                [{"command":["echo","0"]},
                 {"ref":"a","command":["echo","1"]},
                 {"ref":"b","command":["echo","2"],"after":["#a"],"group":"own"},
                 {"command":["echo","3"],"after":["#a",{"id":"#b","when":"end"}]}]
                """,
            },
            "submit",
            "--from-json",
            "-",
            "--group",
            "all",
            "--idempotency-key",
            "night"
        );

        Assert.Equal(new Ran(0, "k7q2-1\nk7q2-2\nk7q2-3\nk7q2-4\n", ""), ran);
        var last = executor.Submitted.Last();
        Assert.Equal("""["#a",{"id":"#b","when":"end"}]""", last["after"]!.ToJsonString());
        Assert.Equal(["all", "all", "own", "all"], executor.Submitted.Select(job => (string?)job["group"]));
        Assert.Equal(["night/1", "night/2", "night/3", "night/4"], executor.Submitted.Select(job => (string?)job["idempotencyKey"]));
    }

    [Theory]
    [InlineData("{\"command\":[\"echo\"]}\n{broken", "rondo: --from-json: - is not JSON at line 2")]
    [InlineData("7", "rondo: --from-json: record 1 of - is not a JSON object")]
    public async Task Submit_RecordsThatAreNone_SaysWhere(string input, string message)
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = input }, "submit", "--from-json", "-");

        Assert.Equal(2, ran.Code);
        Assert.StartsWith(message, ran.Error);
    }

    [Theory]
    [InlineData("1-3", "1,2,3")]
    [InlineData("1-10:4", "1,5,9")]
    [InlineData("7,2,5-6", "7,2,5,6")]
    [InlineData("3-1", null)]
    [InlineData("1-200000", null)]
    [InlineData("1-2147483647:50000", "42950")]
    [InlineData("1,,2", null)]
    [InlineData("4:2", null)]
    [InlineData("1-5:2,2-4:2,9", "1,3,5,2,4,9")]
    [InlineData("1-5,3", null)]
    public void Indexes_OfAnArray_AreReadOrRefused(string text, string? indexes)
    {
        var read = Core.IndexList.TryParse(text);

        Assert.Equal(
            indexes,
            read is { Count: > 100 } ? read.Count.ToString()
                : read is null ? null
                : string.Join(',', read)
        );
    }

    [Fact]
    public async Task Submit_StdinFromHere_IsSentAsBytes()
    {
        await using var executor = await FakeExecutor.StartAsync();

        await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "abc" }, "submit", "--stdin", "-", "--", "sort");

        Assert.True(executor.Submitted.TryDequeue(out var body));
        Assert.Equal("YWJj", (string?)body["stdinBase64"]);
    }

    [Theory]
    [InlineData("FILE", 3)]
    [InlineData("FILE", (1 << 20) + 1)]
    [InlineData("FILE --array 1-2", (1 << 20) + 1)]
    [InlineData("-", (1 << 20) + 1)]
    public async Task Submit_StdinOfAnySize_IsSentAsItIs(string how, int size)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var text = new string('x', size);
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = text },
            ["submit", "--stdin", .. how.Replace("FILE", file).Split(' '), "--", "sort"]
        );

        File.Delete(file);
        Assert.Equal(0, ran.Code);
        Assert.Equal(text, Encoding.UTF8.GetString(Convert.FromBase64String((string)executor.Submitted.Single()["stdinBase64"]!)));
    }

    [Fact]
    public async Task Submit_StdinOfAFileThatIsNotThere_SaysSo()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(executor, "submit", "--stdin", "/no/such/file", "--", "sort");

        Assert.Equal(1, ran.Code);
        Assert.Contains("/no/such/file", ran.Error, StringComparison.Ordinal);
        Assert.Empty(executor.Requests);
    }

    [Theory]
    [InlineData("json")]
    [InlineData("jsonl")]
    public async Task Submit_AsJson_PrintsAnObject(string format)
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal("{\"id\":\"k7q2-1\"}\n", (await CommandLines.RunAsync(executor, "submit", "-o", format, "--", "echo")).Output);
    }

    [Fact]
    public async Task List_AsTable_ShowsNewestFirst()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("echo", "hello");
        executor.Add("fail", "3");
        executor.Add("hold");

        executor.Unreachable = ["zz99"];

        var ran = await CommandLines.RunAsync(executor, "job", "list");

        Assert.Equal(
            """
            ID      STATE      EXECUTOR  AGE    RAN    JOB
            k7q2-3  running    m3xd      3m00s  2m59s  hold
            k7q2-2  failed     m3xd      3m00s  1.5s   fail 3
            k7q2-1  succeeded  m3xd      3m00s  1.5s   echo hello

            """,
            ran.Output
        );
        Assert.Equal("rondo: not in this list: the jobs of zz99, which cannot be reached\n", ran.Error);
        Assert.Equal(0, ran.Code);
    }

    [Fact]
    public async Task List_NoJobs_SaysSoBesideTheData()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(executor, "job", "list");

        Assert.Equal("", ran.Output);
        Assert.EndsWith("No jobs.\n", ran.Error);
    }

    [Fact]
    public async Task List_Limited_StopsThereAndSaysThatThereIsMore()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("echo");
        executor.Add("echo");

        var ran = await CommandLines.RunAsync(executor, "job", "list", "--limit", "1");

        Assert.Equal(2, ran.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
        Assert.EndsWith("The newest 1; --limit N or --all shows more.\n", ran.Error);
    }

    [Fact]
    public async Task List_OtherFormats_AreForPrograms()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("echo");
        executor.Add("hold");

        var quiet = await CommandLines.RunAsync(executor, "job", "list", "-o", "quiet", "--state", "running");
        var lines = await CommandLines.RunAsync(executor, "job", "list", "-o", "jsonl", "--all");
        var json = await CommandLines.RunAsync(executor, "job", "list", "-o", "json");

        Assert.Equal("k7q2-2\n", quiet.Output);
        Assert.Equal(
            """
            {"id":"k7q2-1","kind":"command","summary":"echo","priority":0,"state":"succeeded","reason":null,"home":"k7q2","holder":"m3xd","attempt":1,"crashes":0,"exitCode":0,"submittedAt":"2026-01-02T03:04:05+00:00","startedAt":"2026-01-02T03:04:05.02+00:00","finishedAt":"2026-01-02T03:04:06.52+00:00","cancelRequested":false,"trail":null}
            """,
            lines.Output.Split('\n')[1]
        );
        Assert.Equal(2, System.Text.Json.JsonDocument.Parse(json.Output).RootElement.GetArrayLength());
    }

    [Fact]
    public async Task Show_AsTable_TellsTheTrail()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("fail", "3");

        var ran = await CommandLines.RunAsync(executor, "job", "show", "k7q2-1");

        Assert.Equal(
            """
            job        k7q2-1
            state      failed
            reason     exit_code
            exit code  3
            command    fail 3
            home       k7q2
            executor   m3xd
            attempt    1
            submitted  2026-01-02 03:04:05.000Z (3m00s ago)
            started    2026-01-02 03:04:05.020Z
            finished   2026-01-02 03:04:06.520Z (ran 1.5s)

            trail
              +0ms   accepted  k7q2
              +5ms   moved     m3xd  lap 812
              +20ms  started   m3xd

            """,
            ran.Output
        );
    }

    [Fact]
    public async Task Show_AsJson_IsTheBodyUnchanged()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("echo");

        Assert.Equal(job.ToJson(true) + "\n", (await CommandLines.RunAsync(executor, "job", "show", job.Id, "-o", "json")).Output);
    }

    [Fact]
    public async Task Show_NoSuchJob_IsNotFound()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(new Ran(3, "", "rondo: there is no such job\n"), await CommandLines.RunAsync(executor, "job", "show", "k7q2-99"));
    }

    [Fact]
    public async Task Result_OfAFailedJob_WritesItAndFails()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("fail", "3");
        job.Output = "half\n"u8.ToArray();

        Assert.Equal(
            new Ran(4, "half\n", "rondo: k7q2-1 failed; 'rondo job show' says why\n"),
            await CommandLines.RunAsync(executor, "job", "result", job.Id)
        );
    }

    [Fact]
    public async Task Logs_Followed_EndWithTheJob()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        job.Errors = "words\n"u8.ToArray();

        var running = CommandLines.RunAsync(executor, "job", "logs", job.Id, "--follow", "--stderr");
        job.End("succeeded");

        Assert.Equal(new Ran(0, "words\n", ""), await running);
    }

    [Fact]
    public async Task Logs_ConnectionBreaks_GoesOnWhereItWas()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("echo", "one two");
        var breaks = 2;
        executor.Before = async context =>
        {
            if (!context.Request.Path.Value!.EndsWith("/logs", StringComparison.Ordinal) || Interlocked.Decrement(ref breaks) < 0)
            {
                return false;
            }

            await context.Response.Body.WriteAsync(job.Output.AsMemory(0, 3));
            await context.Response.Body.FlushAsync();
            context.Abort();
            return true;
        };

        Assert.Equal("one two\n", (await CommandLines.RunAsync(executor, "job", "logs", job.Id, "--follow")).Output);
    }

    [Fact]
    public async Task Result_OfJobsThatHaveNone_SaysWhyAndWritesTheOthers()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Add("echo", "one");
        executor.Add("hold");
        executor.Add("fail", "3");

        var ran = await CommandLines.RunAsync(executor, "job", "result", "k7q2-2", "k7q2-3", "k7q2-1");

        Assert.Equal((1, "one\n"), (ran.Code, ran.Output));
        Assert.Equal(
            "rondo: k7q2-2 has not ended yet: 'rondo job wait k7q2-2' waits for it, 'rondo job logs k7q2-2' writes what there is\n"
                + "rondo: k7q2-3 failed; 'rondo job show' says why\n",
            ran.Error
        );
    }

    [Theory]
    [InlineData(0, "echo")]
    [InlineData(4, "echo|fail 1")]
    [InlineData(6, "hold|fail 1")]
    public async Task Wait_Jobs_ExitsByHowTheyEnded(int code, string commands)
    {
        await using var executor = await FakeExecutor.StartAsync();
        string[] ids = [.. commands.Split('|').Select(command => executor.Add(command.Split(' ')).Id)];

        var ran = await CommandLines.RunAsync(executor, ["job", "wait", .. ids, "--timeout", "60ms"]);

        Assert.Equal(code, ran.Code);
    }

    [Fact]
    public async Task Cancel_Jobs_TellsTheirStates()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var (held, done) = (executor.Add("hold"), executor.Add("fail", "3"));

        var ran = await CommandLines.RunAsync(executor, "job", "cancel", held.Id, done.Id);
        var waited = await CommandLines.RunAsync(executor, "job", "wait", held.Id);

        Assert.Equal(new Ran(0, "k7q2-1 cancelled\nk7q2-2 failed (exit code 3)\n", ""), ran);
        Assert.Equal(new Ran(5, "k7q2-1 cancelled\n", ""), waited);
    }

    [Fact]
    public async Task Retry_OfAGroup_IsOfThoseThatFailedOrWereCancelled()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.AddTo("sweep", "echo");
        executor.AddTo("sweep", "fail", "3");
        executor.AddTo("sweep", "hold");

        var ran = await CommandLines.RunAsync(executor, "job", "retry", "--group", "sweep");

        Assert.Equal(0, ran.Code);
        Assert.Single(ran.Output.TrimEnd().Split('\n'));
        Assert.Contains(executor.Requests, request => request.Contains("k7q2-2:retry", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2026-01-02T03:00:00Z", "2026-01-02T03%3A00%3A00")]
    [InlineData("10m", "2026-01-02T02%3A57%3A05")] // Ten minutes before the clock's 03:07:05.
    [InlineData("03:07:05", "2026-01-02T03%3A07%3A05")]
    [InlineData("03:08", "2026-01-01T03%3A08%3A00")]
    public async Task List_Since_AsksForThoseOfThatTime(string since, string expected)
    {
        await using var executor = await FakeExecutor.StartAsync();

        await CommandLines.RunAsync(executor, "job", "list", "--since", since);

        Assert.Contains(executor.Requests, request => request.Contains($"since={expected}", StringComparison.Ordinal));
    }

    [Fact]
    public async Task AnyCommand_NobodyThere_SaysWhereItLookedAndWhatToDo()
    {
        var ran = await CommandLines.RunAsync(new Given { Executor = "127.0.0.1:1" }, "job", "list");

        Assert.Equal(7, ran.Code);
        Assert.Equal(
            """
            rondo: no executor can be reached: 127.0.0.1:1 (connection refused)
            Start an executor with 'rondo start --data DIR', or say where one is: --addr HOST:PORT or RONDO_ADDR

            """,
            ran.Error
        );
    }

    [Fact]
    public async Task Outputs_ThatAreCut_AreToldOfWhereOneLooksAtThem()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("fail", "1");
        (job.More["resultBytesDropped"], job.More["errorBytesDropped"]) = (952, 7);

        var shown = await CommandLines.RunAsync(executor, "job", "show", job.Id);
        var output = await CommandLines.RunAsync(executor, "job", "logs", job.Id, "--follow");
        var errors = await CommandLines.RunAsync(executor, "job", "logs", job.Id, "--stderr");

        const string Bound = "more bytes were beyond the executor's bound (rondo start --output-max), or found no room on its disk\n";
        Assert.Contains($"output          cut: 952 {Bound}", shown.Output, StringComparison.Ordinal);
        Assert.Contains($"standard error  cut: 7 {Bound}", shown.Output, StringComparison.Ordinal);
        Assert.Equal(new Ran(0, "", $"rondo: the output of k7q2-1 is cut: 952 {Bound}"), output);
        Assert.Equal(new Ran(0, "something broke\n", $"rondo: the standard error of k7q2-1 is cut: 7 {Bound}"), errors);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("retry")]
    [InlineData("wait")]
    public async Task Group_WithoutAJob_IsNotThere(string command)
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(executor, "job", command, "--group", "sweeep");

        Assert.Equal(3, ran.Code);
        Assert.Equal("rondo: there is no job of group 'sweeep'\n", ran.Error);
        Assert.Equal("", ran.Output);
    }

    [Theory]
    [InlineData("wait", true)]
    [InlineData("wait", false)]
    [InlineData("result", true)]
    [InlineData("cancel k7q2-1", false)]
    [InlineData("retry", false)]
    [InlineData("show", true)]
    public async Task Group_WhileAHomeIsDown_IsNotTakenForWhole(string command, bool isAny)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.AddTo(isAny ? "sweep" : null, "echo");
        executor.Unreachable = ["zz99", "m3xd"];
        using var said = new Said("trying again");
        using var interrupts = new Interrupts();

        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Patience = TimeSpan.Zero,
                Error = said,
                Interrupts = interrupts,
            },
            ["job", .. command.Split(' '), "--group", "sweep"]
        );
        await Task.WhenAny(said.ComesAsync(), running);
        interrupts.Raise();

        var ran = await running;
        Assert.Equal((ExitCodes.Interrupted, ""), (ran.Code, ran.Output));
        Assert.StartsWith(
            "rondo: not all jobs of group 'sweep' are known: those of m3xd, zz99 are missing, which cannot be reached; trying again for up to ",
            ran.Error
        );
    }

    [Fact]
    public async Task Wait_ForAGroupWhoseHomeComesBack_IsForAllOfIt()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.AddTo("sweep", "echo");
        executor.Unreachable = ["zz99"];
        var lists = 0;
        executor.Before = context =>
        {
            if (context.Request.Path == "/v1/jobs" && Interlocked.Increment(ref lists) == 2)
            {
                executor.Unreachable = [];
                executor.AddTo("sweep", "fail", "3");
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(executor, "job", "wait", "--group", "sweep");

        Assert.Equal(new Ran(4, "k7q2-1 succeeded\nk7q2-2 failed (exit code 3)\n", ""), ran);
    }

    [Fact]
    public async Task Wait_ForAGroupWhoseHomeIsDownUntilTheTimeIsOver_ExitsAsWhenTheTimeIsOver()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.AddTo("sweep", "echo");
        executor.Unreachable = ["zz99"];

        var ran = await CommandLines.RunAsync(executor, "job", "wait", "--group", "sweep", "--timeout", "300ms");

        Assert.Equal(
            new Ran(
                6,
                "",
                "rondo: the time to wait for group 'sweep' is over: not all jobs of group 'sweep' are known: those of zz99 are missing, which cannot be reached\n"
            ),
            ran
        );
    }

    [Fact]
    public async Task CancelGroup_NoneIsKnownAndAHomeIsDown_DoesNotSayThatThereIsNone()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Unreachable = ["zz99"];

        var ran = await CommandLines.RunAsync(executor, "job", "cancel", "--group", "sweep");

        Assert.Equal(
            new Ran(1, "", "rondo: not all jobs of group 'sweep' are known: those of zz99 are missing, which cannot be reached\n"),
            ran
        );
    }

    [Fact]
    public async Task Last_WhileAHomeIsDown_IsToldOfAsTheLastThatIsKnown()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Unreachable = ["zz99"];

        var none = await CommandLines.RunAsync(executor, "job", "wait", "last");
        executor.Add("echo");
        var one = await CommandLines.RunAsync(executor, "job", "wait", "last");

        Assert.Equal(new Ran(1, "", "rondo: which job is the last is not known: zz99 may have it, which cannot be reached\n"), none);
        Assert.Equal(
            new Ran(
                0,
                "k7q2-1 succeeded\n",
                "rondo: k7q2-1 is the last of those that are known; a newer one may be at zz99, which cannot be reached\n"
            ),
            one
        );
    }

    [Fact]
    public async Task Wait_ForMoreThanAreWaitedForAtOnce_HasOneTimeForAll()
    {
        await using var executor = await FakeExecutor.StartAsync();
        const int Count = JobWaits.MaxAtOnce + 3;
        for (var i = 0; i < Count; i++)
        {
            executor.Add("hold");
        }

        var ran = await CommandLines.RunAsync(executor, "job", "wait", $"k7q2-1..{Count}", "--timeout", "200ms");

        Assert.Equal(6, ran.Code);
        Assert.Equal(Count, ran.Output.TrimEnd().Split('\n').Length);
        // Those whose turn comes once the time is over are asked for what they are now.
        string[] late =
        [
            .. Enumerable.Range(JobWaits.MaxAtOnce + 1, Count - JobWaits.MaxAtOnce).Select(number => $"GET /v1/jobs/k7q2-{number}?"),
        ];
        Assert.Equal(
            late.Select(request => request + "wait=1ms"),
            executor.Requests.Where(request => late.Any(request.StartsWith)).Order(StringComparer.Ordinal)
        );
    }
}
