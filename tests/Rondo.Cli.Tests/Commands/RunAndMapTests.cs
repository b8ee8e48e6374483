using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace Rondo.Cli.Tests.Commands;

public sealed class RunAndMapTests
{
    [Fact]
    public async Task Map_ResumedWithAnotherCommand_RunsNothingAndSaysWhatTheLogHolds()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Assert.Equal(0, (await MapAsync("a\nb\n", "echo")).Code);
            var written = await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken);

            var other = await MapAsync("a\nb\n", "echo", "new");
            Assert.Equal(
                (2, 2, written),
                (other.Code, executor.Jobs.Count, await File.ReadAllTextAsync(log, TestContext.Current.CancellationToken))
            );
            Assert.StartsWith(
                $"rondo: --resume: {log} is the log of another command, or of other lines: for line 1 it has 'echo a', now it would be 'echo new a'; give another file, or leave out --resume",
                other.Error
            );

            Assert.Equal("c\n", (await MapAsync("a\nb\nc\n", "echo")).Output);
            Assert.Equal("d\n", (await MapAsync("a\nd\nc\n", "echo")).Output);
            Assert.Equal(4, executor.Jobs.Count);
        }
        finally
        {
            File.Delete(log);
        }

        Task<Ran> MapAsync(string input, params string[] command) =>
            CommandLines.RunAsync(
                new Given { Executor = executor.Address, Input = input },
                ["map", "--joblog", log, "--resume", "--", .. command]
            );
    }

    [Fact]
    public async Task Map_ResumedFromALogWhoseLastLineIsCut_RunsThatLineOnce()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Given given = new() { Executor = executor.Address, Input = "a\nb\nc\n" };
            string[] map = ["map", "--joblog", log, "--resume", "--", "echo"];
            await CommandLines.RunAsync(given with { Input = "a\nb\n" }, map);
            await File.AppendAllTextAsync(log, "3\tpy5x\t17", TestContext.Current.CancellationToken);

            Assert.Equal("c\n", (await CommandLines.RunAsync(given, map)).Output);
            Assert.Equal("", (await CommandLines.RunAsync(given, map)).Output);
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Fact]
    public async Task Map_ResumedWithACommandThatWasMended_RunsWhatFailed()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var log = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            Given given = new() { Executor = executor.Address, Input = "1\n" };
            Assert.Equal(4, (await CommandLines.RunAsync(given, "map", "--joblog", log, "--resume", "--", "fail")).Code);
            Assert.Equal(0, (await CommandLines.RunAsync(given, "map", "--joblog", log, "--resume", "--", "echo")).Code);
        }
        finally
        {
            File.Delete(log);
        }
    }

    [Theory]
    [InlineData(0, "echo")]
    [InlineData(3, "fail 3")]
    [InlineData(137, "kill 9")]
    public async Task Run_Command_ExitsAsItDid(int code, string command)
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(code, (await CommandLines.RunAsync(executor, ["run", "--", .. command.Split(' ')])).Code);
    }

    [Fact]
    public async Task Run_Command_PassesBothStreamsThrough()
    {
        await using var executor = await FakeExecutor.StartAsync();

        Assert.Equal(new Ran(0, "hello\n", ""), await CommandLines.RunAsync(executor, "run", "--", "echo", "hello"));
        Assert.Equal(new Ran(1, "", "something broke\n"), await CommandLines.RunAsync(executor, "run", "--", "fail", "1"));
    }

    [Fact]
    public async Task Run_AttemptFailedBefore_IsToldOf()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = context =>
        {
            foreach (var job in executor.Jobs)
            {
                job.More["trail"] = JsonNode.Parse(
                    """[{"at":"2026-01-02T03:04:05Z","event":"failed","executor":"m3xd","detail":"attempt 1: exit code 3"}]"""
                );
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(executor, "run", "--retries", "1", "--", "echo", "hello");

        Assert.Equal(new Ran(0, "hello\n", "rondo: k7q2-1 was tried again after attempt 1: exit code 3\n"), ran);
    }

    [Theory]
    [InlineData(127, 127)]
    [InlineData(126, 126)]
    [InlineData(null, 4)]
    public async Task Run_CommandThatCannotBeStarted_ExitsAsAShellWould(int? exitCode, int code)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = _ =>
        {
            foreach (var job in executor.Jobs)
            {
                (job.More["reason"], job.More["error"], job.More["exitCode"]) = ("cannot_start", "it is not there", exitCode);
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(executor, "run", "--", "fail", "1");

        Assert.Equal(new Ran(code, "", "something broke\nrondo: k7q2-1 failed: it is not there\n"), ran);
    }

    [Fact]
    public async Task Run_OutputsThatAreCut_SaysHowMuchIsMissingOfEach()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = CutOutputs(executor);

        var ran = await CommandLines.RunAsync(executor, "run", "--", "echo", "hello");

        Assert.Equal(
            new Ran(
                0,
                "hello\n",
                "rondo: the output of k7q2-1 is cut: 952 more bytes were beyond the executor's bound (rondo start --output-max), or found no room on its disk\n"
                    + "rondo: the standard error of k7q2-1 is cut: 7 more bytes were beyond the executor's bound (rondo start --output-max), or found no room on its disk\n"
            ),
            ran
        );
    }

    [Fact]
    public async Task Map_StandardErrorOfAFailureThatIsCut_SaysHowMuchIsMissing()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = CutOutputs(executor);

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "3\n" }, "map", "--", "fail");

        Assert.Contains(
            "line 1: the standard error of k7q2-1 is cut: 7 more bytes were beyond the executor's bound (rondo start --output-max), or found no room on its disk\n",
            ran.Error,
            StringComparison.Ordinal
        );
    }

    [Fact]
    public async Task Run_InterruptedOnce_CancelsTheJob()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var interrupts = new Interrupts();
        InterruptWhen(executor, interrupts, request => request.Contains("/logs", StringComparison.Ordinal));

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Interrupts = interrupts }, "run", "--", "hold");

        Assert.Equal(5, ran.Code);
        Assert.Equal("rondo: cancelling k7q2-1; Ctrl-C once more leaves without waiting for it\nrondo: k7q2-1 was cancelled\n", ran.Error);
    }

    [Fact]
    public async Task Run_ExecutorStopsOnceTheJobHasEnded_ExitsAsTheJobDid()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = context =>
            context.Request.Path.Value!.EndsWith("/result", StringComparison.Ordinal)
                ? FakeExecutor.RefuseAsync(context, 503, "draining", "this executor is stopping")
                : Task.FromResult(false);

        var ran = await CommandLines.RunAsync(executor, "run", "--", "echo", "done");

        Assert.Equal(new Ran(0, "done\n", ""), ran);
    }

    [Fact]
    public async Task Run_InterruptedTwice_LeavesTheJob()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var interrupts = new Interrupts();
        InterruptWhen(executor, interrupts, request => request.Contains("/logs", StringComparison.Ordinal));
        var interruptOnce = executor.Before;
        executor.Before = async context =>
        {
            if (context.Request.Path.Value!.EndsWith(":cancel", StringComparison.Ordinal))
            {
                // The second one comes before the job is cancelled.
                interrupts.Raise();
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return true;
            }

            return await interruptOnce(context);
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Interrupts = interrupts }, "run", "--", "hold");

        Assert.Equal(130, ran.Code);
        Assert.EndsWith("rondo: left k7q2-1; 'rondo job show k7q2-1' tells what becomes of it\n", ran.Error);
    }

    [Fact]
    public async Task Map_Lines_AreFilledInAndAnsweredInOrder()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "a\nb b\n\nd" },
            "map",
            "--jobs",
            "2",
            "--",
            "echo",
            "<{}>",
            "{}{}"
        );

        Assert.Equal("<a> aa\n<b b> b bb b\n<> \n<d> dd\n", ran.Output);
        Assert.StartsWith("rondo: 4 jobs, 4 succeeded in ", ran.Error);
        Assert.Equal(0, ran.Code);
    }

    [Fact]
    public async Task Map_NoPlaceholder_AddsTheLineAtTheEnd()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "x\n" }, "map", "--", "echo", "nr");

        Assert.Equal("nr x\n", ran.Output);
        Assert.Contains("GET /v1/ring", executor.Requests);
    }

    [Fact]
    public async Task Map_FirstJobIsSlow_LaterOnesRunOnAndComeAfterIt()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = context =>
        {
            // The last line's job ends only after it was submitted, which needs the slow first one not to stand in its way.
            if (context.Request.Method == "GET" && executor.Jobs.Count == 6)
            {
                var slow = executor.Jobs.Single(job => job.Command is ["hold"]);
                slow.Output = "slow\n"u8.ToArray();
                slow.End("succeeded");
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "hold\necho\necho\necho\necho\necho" },
            "map",
            "--jobs",
            "2",
            "--",
            "{}"
        );

        Assert.Equal("slow\n\n\n\n\n\n", ran.Output);
    }

    [Fact]
    public async Task Map_SomeFail_TellsWhichAndFails()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "0\n7\n" },
            "map",
            "--jobs",
            "1",
            "--",
            "fail"
        );

        Assert.Equal(4, ran.Code);
        Assert.Contains("something broke\nrondo: line 2: k7q2-2 failed with exit code 7\nrondo: 2 jobs, 0 succeeded, 2 failed", ran.Error);
    }

    [Fact]
    public async Task Map_ExecutorIsFull_TriesAgain()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var refusals = 1;
        executor.Before = context =>
        {
            if (context.Request.Method != "POST" || Interlocked.Decrement(ref refusals) < 0)
            {
                return Task.FromResult(false);
            }

            context.Response.Headers.RetryAfter = "0";
            return FakeExecutor.RefuseAsync(context, 429, "full", "too many unfinished jobs");
        };

        Assert.Equal(
            0,
            (await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "x" }, "map", "--jobs", "1", "--", "echo")).Code
        );
    }

    [Theory]
    [InlineData("submit -- echo hi", "k7q2-1\n")]
    [InlineData("run -- echo hi", "hi\n")]
    public async Task Submit_ExecutorIsFull_SaysOnceThatItWaitsAndTriesAgain(string line, string output)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var refusals = 3;
        executor.Before = context =>
        {
            if (context.Request.Method != "POST" || Interlocked.Decrement(ref refusals) < 0)
            {
                return Task.FromResult(false);
            }

            context.Response.Headers.RetryAfter = "0";
            return FakeExecutor.RefuseAsync(context, 429, "full", "no room now");
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Patience = TimeSpan.Zero }, line.Split(' '));

        Assert.Equal((0, output), (ran.Code, ran.Output));

        // With so little patience it may tell of the job as well.
        var told = Assert.Single(ran.Error.Split('\n'), each => each.Contains("no room now", StringComparison.Ordinal));
        Assert.StartsWith("rondo: no room now; trying again for up to ", told, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("submit -- echo hi")]
    [InlineData("run -- echo hi")]
    public async Task Submit_ExecutorIsFull_EndsWithTheFirstInterrupt(string line)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            context.Response.Headers.RetryAfter = "1000";
            return await FakeExecutor.RefuseAsync(context, 429, "full", "no room now");
        };
        using var said = new Said("no room now");
        using var interrupts = new Interrupts();
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Patience = TimeSpan.Zero,
                Error = said,
                Interrupts = interrupts,
            },
            line.Split(' ')
        );

        await said.ComesAsync();
        interrupts.Raise();

        Assert.Equal(ExitCodes.Interrupted, (await running).Code);
    }

    [Fact]
    public async Task Map_OneLineIsRefused_TheOthersGoOn()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var posts = 0;
        executor.Before = context =>
            context.Request.Method == "POST" && Interlocked.Increment(ref posts) == 1
                ? FakeExecutor.RefuseAsync(context, 413, "too_large", "beyond the bound")
                : Task.FromResult(false);

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "x\ny" },
            "map",
            "--jobs",
            "1",
            "--",
            "echo"
        );

        Assert.Equal((4, "y\n"), (ran.Code, ran.Output));
        Assert.StartsWith("rondo: line 1: beyond the bound\n", ran.Error);
    }

    [Theory]
    [InlineData("map -j 1 -- echo", "x\ny\n")]
    [InlineData("submit -- echo x", "k7q2-1\n")]
    [InlineData("run -- echo x", "x\n")]
    public async Task Submit_ExecutorStopsForAMoment_HandsInOnceItIsBack(string line, string output)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var refusals = 3;
        executor.Before = context =>
            context.Request.Method == "POST" && Interlocked.Decrement(ref refusals) >= 0
                ? FakeExecutor.RefuseAsync(context, 503, "draining", "this executor is stopping")
                : Task.FromResult(false);

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "x\ny\n" }, line.Split(' '));

        Assert.True((0, output) == (ran.Code, ran.Output), ran.ToString());
    }

    [Fact]
    public async Task Map_NobodyIsThereForAMoment_GoesOnTrying()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var end = IPEndPoint.Parse(executor.Address);
        var stopping = Task.CompletedTask;
        executor.Before = async context =>
        {
            // The last answer that it gives, once nobody can connect any more.
            stopping = executor.StopAsync();
            context.Response.Headers.Connection = "close";
            while (await CanConnectAsync(end))
            {
                await Task.Yield();
            }

            return false;
        };
        using var said = new Said("trying again");
        using var interrupts = new Interrupts();
        var running = CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Input = "x\n",
                Patience = TimeSpan.Zero,
                Error = said,
                Interrupts = interrupts,
            },
            "map",
            "-j",
            "1",
            "--",
            "echo"
        );
        await Task.WhenAny(said.ComesAsync(), running);
        interrupts.Raise();

        var ran = await running;
        await stopping;
        Assert.True(ran.Code == ExitCodes.Cancelled, ran.ToString());
        Assert.Contains("(connection refused); trying again for up to ", ran.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Map_AnswerOfASubmissionBreaksOff_IsNotHandedInAgain()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var posts = 0;
        executor.Before = context =>
        {
            if (context.Request.Method == "POST" && Interlocked.Increment(ref posts) == 1)
            {
                context.Abort();
                return Task.FromResult(true);
            }

            return Task.FromResult(false);
        };

        var ran = await CommandLines.RunAsync(new Given { Executor = executor.Address, Input = "x\ny\n" }, "map", "-j", "1", "--", "echo");

        Assert.Equal((4, "y\n", 2), (ran.Code, ran.Output, posts));
        Assert.Contains("line 1: the connection to ", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/v1/jobs/k7q2-1/result", "line 1: what k7q2-1 wrote is not to be had, it succeeded: there is no such job", "table")]
    [InlineData("/v1/jobs/k7q2-1/result", "line 1: what k7q2-1 wrote is not to be had, it succeeded: there is no such job", "jsonl")]
    [InlineData("/v1/jobs/k7q2-1", "line 1: what became of k7q2-1 is not known: there is no such job", "table")]
    public async Task Map_OneJobIsNoLongerKept_TheOthersGoOn(string path, string said, string format)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = context =>
            context.Request.Path == path
                ? FakeExecutor.RefuseAsync(context, 404, "not_found", "there is no such job")
                : Task.FromResult(false);

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "x\ny\n" },
            "map",
            "-j",
            "1",
            "-o",
            format,
            "--",
            "echo"
        );

        Assert.Equal(4, ran.Code);
        Assert.Equal("y\n", format == "table" ? ran.Output : (string)JsonNode.Parse(ran.Output)!["result"]!);
        Assert.StartsWith($"rondo: {said}\nrondo: 2 jobs, 1 succeeded, 1 failed in ", ran.Error);
    }

    [Fact]
    public async Task Map_LineIsHandedInAtTheMomentOfTheHalt_IsWaitedFor()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var said = new Said("a job failed");
        using var lines = new OneBehindAnother("fail\n", "echo\n", said);

        var ran = await Task.Run(() =>
            CommandLines.RunAsync(
                new Given
                {
                    Executor = executor.Address,
                    InputStream = lines,
                    Error = said,
                },
                "map",
                "-j",
                "3",
                "--halt",
                "soon",
                "--",
                "{}",
                "7"
            )
        );

        Assert.Equal((4, "7\n"), (ran.Code, ran.Output));
        Assert.Contains("rondo: 2 jobs, 1 succeeded, 1 failed in ", ran.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1\n2\n3\n")]
    [InlineData("1\n2\n")]
    public async Task Map_Interrupted_SaysSoAndCancelsWhatRuns(string lines)
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var interrupts = new Interrupts();
        // Once both ids are known to the command: a job whose id it hears later is cancelled by a request of its own.
        var waits = 0;
        InterruptWhen(
            executor,
            interrupts,
            request => request.Contains("wait=", StringComparison.Ordinal) && Interlocked.Increment(ref waits) == 2
        );

        var ran = await CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Input = lines,
                Interrupts = interrupts,
            },
            "map",
            "--jobs",
            lines.Length > 4 ? "2" : "3",
            "--",
            "hold"
        );

        Assert.Equal(5, ran.Code);
        Assert.StartsWith("rondo: cancelling the jobs; Ctrl-C once more leaves without waiting for them\n", ran.Error);
        Assert.Contains("rondo: 2 jobs, 0 succeeded, 2 cancelled", ran.Error);
        Assert.All(executor.Jobs, job => Assert.Equal("cancelled", job.State));

        // One request for all of them: they are a group of their own.
        var group = Assert.Single(executor.Jobs.Select(job => job.Group).Distinct());
        Assert.Equal(
            $"POST /v1/groups/{group}:cancel",
            Assert.Single(executor.Requests, request => request.Contains(":cancel", StringComparison.Ordinal))
        );
    }

    [Fact]
    public async Task Map_HaltedAfterTheLastLineWasRead_SaysSo()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "hold\nfail\n" },
            "map",
            "--jobs",
            "3",
            "--halt",
            "now",
            "--",
            "{}",
            "7"
        );

        Assert.Equal(4, ran.Code);
        Assert.StartsWith("rondo: a job failed: cancelling the others (--halt now)\n", ran.Error);
        Assert.Contains("rondo: 2 jobs, 0 succeeded, 1 failed, 1 cancelled", ran.Error);
    }

    [Fact]
    public async Task Map_OfAGivenGroupInterrupted_CancelsItsOwnJobsAlone()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var other = executor.AddTo("sweep", "hold");
        using var interrupts = new Interrupts();
        InterruptWhen(executor, interrupts, request => request.Contains("wait=", StringComparison.Ordinal) && executor.Jobs.Count == 3);

        var ran = await CommandLines.RunAsync(
            new Given
            {
                Executor = executor.Address,
                Input = "1\n2\n3\n",
                Interrupts = interrupts,
            },
            "map",
            "--group",
            "sweep",
            "--jobs",
            "2",
            "--",
            "hold"
        );

        Assert.Equal(5, ran.Code);
        Assert.Equal("running", other.State);
        Assert.Equal(2, executor.Jobs.Count(job => job.State == "cancelled"));
    }

    [Theory]
    [InlineData("json")]
    [InlineData("jsonl")]
    public async Task Map_AsJson_WritesAJobWithItsResultForEachLine(string format)
    {
        await using var executor = await FakeExecutor.StartAsync();

        var ran = await CommandLines.RunAsync(
            new Given { Executor = executor.Address, Input = "a\nb\n" },
            "map",
            "--jobs",
            "1",
            "-o",
            format,
            "--",
            "echo"
        );

        var records =
            format == "json"
                ? [.. JsonNode.Parse(ran.Output)!.AsArray()]
                : ran.Output.TrimEnd().Split('\n').Select(line => JsonNode.Parse(line)).ToList();
        Assert.Equal([(1, "a\n"), (2, "b\n")], records.Select(record => ((int)record!["line"]!, (string)record["result"]!)));
        Assert.All(records, record => Assert.Equal("succeeded", (string)record!["job"]!["state"]!));
    }

    [Fact]
    public async Task Run_AsJson_WritesTheJobAtItsEndAndKeepsTheExitCode()
    {
        await using var executor = await FakeExecutor.StartAsync();

        var good = await CommandLines.RunAsync(new Given { Executor = executor.Address }, "run", "-o", "json", "--", "echo", "hi");
        var bad = await CommandLines.RunAsync(new Given { Executor = executor.Address }, "run", "-o", "json", "--", "fail", "3");

        Assert.Equal((0, "hi\n"), (good.Code, (string)JsonNode.Parse(good.Output)!["result"]!));
        Assert.Equal((3, "failed"), (bad.Code, (string)JsonNode.Parse(bad.Output)!["job"]!["state"]!));
    }

    [Fact]
    public async Task Run_AsJson_WritesALargeResultWhole()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var text = "\"" + string.Concat(Enumerable.Repeat("ä\n😀", 30_000));

        var ran = await CommandLines.RunAsync(executor, "run", "-o", "json", "--", "echo", text);

        Assert.Equal(text + "\n", (string)JsonNode.Parse(ran.Output)!["result"]!);
        Assert.Single(ran.Output, '\n');
    }

    private static Func<HttpContext, Task<bool>> CutOutputs(FakeExecutor executor) =>
        _ =>
        {
            foreach (var job in executor.Jobs)
            {
                job.More["resultBytesDropped"] = 952;
                job.More["errorBytesDropped"] = 7;
            }

            return Task.FromResult(false);
        };

    private static void InterruptWhen(FakeExecutor executor, Interrupts interrupts, Func<string, bool> request)
    {
        var raised = 0;
        executor.Before = context =>
        {
            if (request(context.Request.Path + context.Request.QueryString.Value) && Interlocked.Exchange(ref raised, 1) == 0)
            {
                // From another thread, as a signal would come: cancelling runs the command's own reaction.
                _ = Task.Run(interrupts.Raise);
            }

            return Task.FromResult(false);
        };
    }

    private static async Task<bool> CanConnectAsync(IPEndPoint end)
    {
        using var client = new TcpClient();
        try
        {
            await client.ConnectAsync(end, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    /// <summary>A line, and another one in the moment in which something is said: whoever reads it has it before it can look up.</summary>
    private sealed class OneBehindAnother(string first, string second, Said said) : MemoryStream
    {
        private int _reads;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var line = ++_reads switch
            {
                1 => first,
                2 => second,
                _ => "",
            };
            if (line == second)
            {
                said.ComesAsync().Wait(CancellationToken.None);
            }

            return ValueTask.FromResult(Encoding.UTF8.GetBytes(line, buffer.Span));
        }
    }
}
