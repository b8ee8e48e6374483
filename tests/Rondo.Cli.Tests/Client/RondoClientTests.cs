using System.Net;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Http;
using Rondo.Client;

namespace Rondo.Cli.Tests.Client;

public sealed class RondoClientTests
{
    private const string Full = """{"error":{"type":"urn:rondo:full","title":"Full","status":429,"detail":"there is no room"},"line":1}""";

    private static CancellationToken Limit => TimeLimit.Token;

    [Theory]
    [InlineData(false, null, true)]
    [InlineData(false, 1L, false)]
    [InlineData(false, 2L, true)]
    [InlineData(true, null, false)]
    public async Task GroupResults_WithoutThoseOfExecutorsThatCannotBeReached_AreNotTakenForAll(bool follow, long? count, bool fails)
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            context.Response.Headers["Rondo-Unreachable"] = "zz99,m3xd";
            await context.Response.WriteAsync(
                $$"""{"id":"k7q2-1","job":{{executor.Add("echo", "hi").ToJson(false)}},"result":"hi"}""" + "\n"
            );
            return true;
        };
        using var client = new RondoClient(executor.Address);

        var told = 0;
        RondoException? failure = null;
        try
        {
            await foreach (var result in client.GroupResultsAsync("sweep", follow, count, Limit))
            {
                Assert.Equal("k7q2-1", result.Job.Id);
                told++;
            }
        }
        catch (RondoException missing)
        {
            failure = missing;
        }

        Assert.Equal(1, told);
        Assert.Equal(fails ? (ProblemTypes.ExecutorUnavailable, "zz99") : default, (failure?.Type, failure?.Executor));
        Assert.Equal(fails, failure?.Message.Contains("zz99,m3xd", StringComparison.Ordinal) ?? false);
    }

    [Fact]
    public async Task Submit_FirstAddressDown_GoesToTheNext()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(DeadAddress(), executor.Address);

        var id = await client.SubmitAsync(new JobRequest { Command = ["echo", "hi"] }, Limit);

        Assert.Equal("k7q2-1", id);
    }

    [Fact]
    public async Task Submit_WithoutAKeyAndTheConnectionBreaksBeforeTheAnswer_IsNotRepeated()
    {
        await using var breaking = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        breaking.Before = context =>
        {
            var isSubmission = context.Request.Method == "POST";
            if (isSubmission)
            {
                context.Abort();
            }

            return Task.FromResult(isSubmission);
        };
        using var client = new RondoClient(new RondoClientOptions { Addresses = [breaking.Address, other.Address], SafeRetries = false });

        await Assert.ThrowsAsync<RondoUncertainException>(() => client.SubmitAsync(new JobRequest { Command = ["echo"] }, Limit));

        Assert.Single(breaking.Requests, "POST /v1/jobs");
        Assert.Empty(other.Submitted);
    }

    [Fact]
    public async Task Submit_ConnectionBreaksBeforeTheAnswer_IsRepeatedAtTheNextUnderTheSameKey()
    {
        await using var breaking = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        var sent = "";
        breaking.Before = async context =>
        {
            if (context.Request.Method == "POST")
            {
                sent = await new StreamReader(context.Request.Body).ReadToEndAsync(Limit);
                context.Abort();
            }

            return sent.Length > 0;
        };
        using var client = new RondoClient(breaking.Address, other.Address);

        await client.SubmitAsync(new JobRequest { Command = ["echo"] }, Limit);

        Assert.Contains("\"idempotencyKey\":\"@k7q2/", sent, StringComparison.Ordinal);
        Assert.Equal(sent, Assert.Single(other.Submitted).ToJsonString());
    }

    [Fact]
    public async Task Submit_ExecutorDrains_GoesToTheNext()
    {
        await using var draining = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        draining.Before = async context =>
            context.Request.Method == "POST" && await FakeExecutor.RefuseAsync(context, 503, "draining", "k7q2 is leaving");
        using var client = new RondoClient(draining.Address, other.Address);

        await client.SubmitAsync(new JobRequest { Command = ["echo"] }, Limit);

        Assert.Single(other.Submitted);
    }

    [Fact]
    public async Task Submit_AllFields_AreSentAsTheInterfaceNamesThem()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(new RondoClientOptions { Addresses = [executor.Address], SafeRetries = false });

        await client.SubmitAsync(
            new JobRequest
            {
                Command = ["echo"],
                Env = new Dictionary<string, string> { ["A"] = "1" },
                WorkingDirectory = "/tmp",
                StdinBytes = [1, 2],
                Name = "n",
                Group = "g",
                Priority = 3,
                OnExecutorLoss = "fail",
            },
            Limit
        );

        Assert.True(executor.Submitted.TryDequeue(out var body));
        Assert.Equal(
            """{"command":["echo"],"env":{"A":"1"},"workingDirectory":"/tmp","stdinBase64":"AQI=","name":"n","group":"g","priority":3,"onExecutorLoss":"fail"}""",
            body.ToJsonString()
        );
    }

    [Fact]
    public async Task Get_ConnectionBreaks_GoesToTheNext()
    {
        await using var breaking = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        breaking.Before = context =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        var job = other.Add("echo");
        using var client = new RondoClient(breaking.Address, other.Address);

        Assert.Equal(JobState.Succeeded, (await client.GetAsync(job.Id, Limit)).State);
    }

    [Fact]
    public async Task Get_NobodyThere_NamesEveryAddress()
    {
        var (one, two) = (DeadAddress(), DeadAddress());
        using var client = new RondoClient(one, two);

        var failure = await Assert.ThrowsAsync<RondoUnreachableException>(() => client.GetAsync("k7q2-1", Limit));

        Assert.Equal([one, two], failure.Addresses);
        Assert.Equal($"no executor can be reached: {one} (connection refused), {two} (connection refused)", failure.Message);
    }

    [Fact]
    public async Task Get_SilentExecutor_GoesToTheNext()
    {
        await using var silent = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        silent.Before = SaysNothingAsync;
        var job = other.Add("echo");
        using var client = PatientClient(silent, other);

        Assert.Equal(job.Id, (await client.GetAsync(job.Id, Limit)).Id);
    }

    [Fact]
    public async Task Submit_SilentExecutor_GoesToTheNextAndNeverToTheSilentOne()
    {
        await using var silent = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        silent.Before = SaysNothingAsync;
        using var client = PatientClient(silent, other);

        await client.SubmitAsync(new JobRequest { Command = ["echo"] }, Limit);
        await client.SubmitAsync(new JobRequest { Command = ["echo"] }, Limit);

        Assert.Equal(2, other.Submitted.Count);
        Assert.Equal(["GET /health/live"], silent.Requests);
    }

    [Fact]
    public async Task Get_ExecutorFallsSilentOverTheRequest_GoesToTheNext()
    {
        await using var silent = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        var asked = false;
        silent.Before = context => (asked |= context.Request.Path != "/health/live") ? SaysNothingAsync(context) : Task.FromResult(false);
        var job = other.Add("echo");
        using var client = PatientClient(silent, other);

        Assert.Equal(job.Id, (await client.GetAsync(job.Id, Limit)).Id);
    }

    [Fact]
    public async Task Get_ExecutorIsAliveAndTakesItsTime_IsWaitedFor()
    {
        await using var slow = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        var job = slow.Add("echo");
        var answer = new TaskCompletionSource();
        slow.Before = async context =>
        {
            if (context.Request.Path != "/health/live")
            {
                await answer.Task;
            }
            else if (slow.Requests.Count(request => request == "GET /health/live") > 1)
            {
                // Asked again, because the request takes so long.
                answer.TrySetResult();
            }

            return false;
        };
        using var client = PatientClient(slow, other);

        Assert.Equal(job.Id, (await client.GetAsync(job.Id, Limit)).Id);
        Assert.DoesNotContain($"GET /v1/jobs/{job.Id}", other.Requests);
    }

    [Fact]
    public async Task Get_Refused_TellsTypeStatusAndDetail()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);

        var refusal = await Assert.ThrowsAsync<RondoException>(() => client.GetAsync("k7q2-99", Limit));

        Assert.Equal(ProblemTypes.NotFound, refusal.Type);
        Assert.Equal(HttpStatusCode.NotFound, refusal.Status);
        Assert.Equal("there is no such job", refusal.Detail);
    }

    [Fact]
    public async Task Get_SomethingElseAnswers_SaysThatItIsNoExecutor()
    {
        await using var other = await FakeExecutor.StartAsync();
        other.Before = async context =>
        {
            context.Response.StatusCode = 502;
            await context.Response.WriteAsync("<html>", Limit);
            return true;
        };
        using var client = new RondoClient(other.Address);

        var refusal = await Assert.ThrowsAsync<RondoException>(() => client.GetAsync("k7q2-1", Limit));

        Assert.Contains("502", refusal.Message);
        Assert.Contains("not an answer of an executor", refusal.Message);
    }

    [Fact]
    public async Task Get_UnknownState_IsReadAsUnknown()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            await context.Response.WriteAsync("""{"id":"k7q2-1","state":"dreaming","colour":"blue"}""", Limit);
            return true;
        };
        using var client = new RondoClient(executor.Address);

        var job = await client.GetAsync("k7q2-1", Limit);

        Assert.Equal(JobState.Unknown, job.State);
        Assert.False(job.IsFinal);
    }

    [Fact]
    public async Task Wait_JobNotFinalInOnePoll_PollsAgain()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        var polls = 0;
        executor.Before = async context =>
        {
            if (Interlocked.Increment(ref polls) < 3)
            {
                await context.Response.WriteAsync(job.ToJson(true), Limit);
                return true;
            }

            job.End("succeeded");
            return false;
        };
        using var client = new RondoClient(executor.Address);

        var final = await client.WaitAsync(job.Id, cancellationToken: Limit);

        Assert.Equal(JobState.Succeeded, final.State);
        Assert.Equal(3, polls);
    }

    [Fact]
    public async Task Wait_TimeIsOver_ReturnsTheJobAsItIs()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        using var client = new RondoClient(executor.Address);

        var waited = await client.WaitAsync(job.Id, TimeSpan.FromMilliseconds(50), Limit);

        Assert.Equal(JobState.Running, waited.State);
    }

    [Theory]
    [InlineData("executor_unavailable")]
    [InlineData("draining")] // What one that is stopping answers to those who wait.
    public async Task Wait_HomeIsAwayForAWhile_GoesOnUntilItIsBack(string problem)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("echo");
        var polls = 0;
        executor.Before = context =>
            Interlocked.Increment(ref polls) < 3
                ? FakeExecutor.RefuseAsync(context, 503, problem, "k7q2 does not answer")
                : Task.FromResult(false);
        using var client = new RondoClient(executor.Address);

        Assert.True((await client.WaitAsync(job.Id, cancellationToken: Limit)).IsFinal);
    }

    [Fact]
    public async Task Wait_OutageBeyondTolerance_Throws()
    {
        using var client = new RondoClient(new RondoClientOptions { Addresses = [DeadAddress()], OutageTolerance = TimeSpan.Zero });

        await Assert.ThrowsAsync<RondoUnreachableException>(() => client.WaitAsync("k7q2-1", cancellationToken: Limit));
    }

    [Fact]
    public async Task SubmitMany_MoreThanABatch_AnswersInOrder()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);
        List<string?> ids = [];

        await foreach (var outcome in client.SubmitManyAsync(Jobs(2500), Limit))
        {
            ids.Add(outcome.Id);
        }

        Assert.Equal(Enumerable.Range(1, 2500).Select(i => $"k7q2-{i}"), ids);
        Assert.Equal(3, executor.Requests.Count(request => request.Contains("batch", StringComparison.Ordinal)));
        Assert.Equal(Enumerable.Range(0, 2500).Select(i => $"{i}"), executor.Submitted.Select(body => (string?)body["command"]![1]));
    }

    [Fact]
    public async Task SubmitMany_OneIsRefused_TellsWhichAndGoesOn()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            await context.Response.WriteAsync(
                """
                {"id":"k7q2-1"}
                {"error":{"type":"urn:rondo:too_large","title":"Too large","status":413,"detail":"beyond the bound"},"line":2}

                """,
                Limit
            );
            return true;
        };
        using var client = new RondoClient(new RondoClientOptions { Addresses = [executor.Address], SafeRetries = false });
        List<SubmitOutcome> outcomes = [];

        await foreach (var outcome in client.SubmitManyAsync(Jobs(2), Limit))
        {
            outcomes.Add(outcome);
        }

        Assert.Equal("k7q2-1", outcomes[0].Id);
        Assert.Equal(ProblemTypes.TooLarge, outcomes[1].Problem?.Type);
        Assert.Equal("beyond the bound", outcomes[1].Problem?.Message);
    }

    [Fact]
    public async Task SubmitMany_NoRoomForSome_AreHandedInAgainUnderTheirKeys()
    {
        await using var executor = await FakeExecutor.StartAsync();
        List<string[]> sent = [];
        executor.Before = async context =>
        {
            if (context.Request.Method != "POST")
            {
                return false;
            }

            var lines = (await new StreamReader(context.Request.Body).ReadToEndAsync(Limit)).Split(
                '\n',
                StringSplitOptions.RemoveEmptyEntries
            );
            sent.Add(lines);
            if (sent.Count == 1)
            {
                context.Response.Headers.RetryAfter = "0";
                return await FakeExecutor.RefuseAsync(context, 429, "full", "there is no room");
            }

            // The one in the middle finds no room the first time.
            for (var i = 1; i <= lines.Length; i++)
            {
                var answer = (sent.Count, i) == (2, 2) ? Full : $$"""{"id":"k7q2-{{i}}"}""";
                await context.Response.WriteAsync(answer + "\n", Limit);
            }

            return true;
        };
        using var client = new RondoClient(executor.Address);

        var ids = await client.SubmitManyAsync(Jobs(3), Limit).Select(outcome => outcome.Id).ToListAsync(Limit);

        Assert.Equal(["k7q2-1", "k7q2-2", "k7q2-3"], ids);
        Assert.Equal(3, sent.Count);
        Assert.Equal(sent[1], sent[2]);
        Assert.All(sent[1], line => Assert.Contains("\"idempotencyKey\":\"@k7q2/", line, StringComparison.Ordinal));
    }

    [Fact]
    public async Task SubmitMany_WithoutKeysNoRoomForTheRequest_AreHandedInAgain()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var isTurnedAway = false;
        executor.Before = async context =>
        {
            context.Response.Headers.RetryAfter = "0";
            return !isTurnedAway
                && (isTurnedAway = context.Request.Method == "POST")
                && await FakeExecutor.RefuseAsync(context, 429, "full", "there is no room");
        };
        using var client = new RondoClient(new RondoClientOptions { Addresses = [executor.Address], SafeRetries = false });

        var ids = await client.SubmitManyAsync(Jobs(2), Limit).Select(outcome => outcome.Id).ToListAsync(Limit);

        Assert.True(isTurnedAway);
        Assert.Equal(["k7q2-1", "k7q2-2"], ids);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task SubmitMany_NoRoomForTooLongOrNothingToKnowThemBy_AreRefused(bool safe)
    {
        await using var executor = await FakeExecutor.StartAsync();
        var requests = 0;
        executor.Before = async context =>
        {
            var isSubmission = context.Request.Method == "POST";
            if (isSubmission)
            {
                requests++;
                await context.Response.WriteAsync($"{Full}\n{Full}\n", Limit);
            }

            return isSubmission;
        };
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [executor.Address],
                SafeRetries = safe,
                OutageTolerance = TimeSpan.FromMilliseconds(1),
            }
        );

        var outcomes = await client.SubmitManyAsync(Jobs(2), Limit).ToListAsync(Limit);

        Assert.Equal([ProblemTypes.Full, ProblemTypes.Full], outcomes.Select(outcome => outcome.Problem?.Type));
        Assert.Equal(safe ? 2 : 1, requests);
    }

    [Fact]
    public async Task SubmitMany_WithoutKeysAnswerBreaksOff_SaysThatItIsUncertain()
    {
        await using var executor = await FakeExecutor.StartAsync();
        executor.Before = async context =>
        {
            await context.Response.WriteAsync("{\"id\":\"k7q2-1\"}\n", Limit);
            await context.Response.Body.FlushAsync(Limit);
            context.Abort();
            return true;
        };
        using var client = new RondoClient(new RondoClientOptions { Addresses = [executor.Address], SafeRetries = false });
        List<string?> ids = [];

        await Assert.ThrowsAsync<RondoUncertainException>(async () =>
        {
            await foreach (var outcome in client.SubmitManyAsync(Jobs(2), Limit))
            {
                ids.Add(outcome.Id);
            }
        });

        Assert.True(ids.Count <= 1);
    }

    [Fact]
    public async Task OpenResult_BytesOfAnyKind_ComeUnchanged()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("echo");
        job.Output = [0, 255, 13, 10, 27];
        using var client = new RondoClient(executor.Address);

        await using var result = await client.OpenResultAsync(job.Id, Limit);
        using var bytes = new MemoryStream();
        await result.Content.CopyToAsync(bytes, Limit);

        Assert.Equal(job.Output, bytes.ToArray());
        Assert.Equal(JobState.Succeeded, result.State);
    }

    [Fact]
    public async Task OpenResult_NotFinished_IsRefused()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        using var client = new RondoClient(executor.Address);

        var refusal = await Assert.ThrowsAsync<RondoException>(() => client.OpenResultAsync(job.Id, Limit));

        Assert.Equal(ProblemTypes.NotFinished, refusal.Type);
    }

    [Fact]
    public async Task OpenLogs_Followed_EndsWhenTheJobDoes()
    {
        await using var executor = await FakeExecutor.StartAsync();
        var job = executor.Add("hold");
        using var client = new RondoClient(executor.Address);

        await using var logs = await client.OpenLogsAsync(job.Id, LogStream.Stderr, follow: true, Limit);
        job.Errors = Encoding.UTF8.GetBytes("late words");
        job.End("succeeded");
        using var reader = new StreamReader(logs);

        Assert.Equal("late words", await reader.ReadToEndAsync(Limit));
    }

    [Fact]
    public async Task List_SeveralPages_AreReadOneAfterTheOther()
    {
        await using var executor = await FakeExecutor.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            executor.Add("echo");
        }

        using var client = new RondoClient(executor.Address);
        List<string> ids = [];

        await foreach (var job in client.ListAsync(new JobQuery { PageSize = 2 }, Limit))
        {
            ids.Add(job.Id);
        }

        Assert.Equal(["k7q2-5", "k7q2-4", "k7q2-3", "k7q2-2", "k7q2-1"], ids);
    }

    [Fact]
    public async Task List_OddCharactersInAName_AreEscaped()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);

        await client.ListPageAsync(new JobQuery { Name = "a&b c" }, cancellationToken: Limit);

        Assert.Contains("GET /v1/jobs?limit=50&name=a%26b%20c", executor.Requests);
    }

    [Fact]
    public async Task Ring_AsTheExecutorTellsIt_IsTyped()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);

        var ring = await client.RingAsync(Limit);

        Assert.Equal(("k7q2", "m3xd"), (ring.Executors[0].Id, ring.Executors[1].Id));
        Assert.False(ring.Executors[1].IsAlive);
        Assert.Equal(new RingToken("7@k7q2", 8123, 0.4, 0.3), ring.Token);
    }

    [Fact]
    public async Task Request_AfterAFailover_StartsWithTheAddressThatAnswered()
    {
        await using var breaking = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        breaking.Before = context =>
        {
            context.Abort();
            return Task.FromResult(true);
        };
        using var client = new RondoClient(breaking.Address, other.Address);

        await client.RingAsync(Limit);
        await client.RingAsync(Limit);

        Assert.Single(breaking.Requests);
        Assert.Equal(2, other.Requests.Count(request => request == "GET /v1/ring"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ftp://host:1")]
    [InlineData("host:port")]
    [InlineData("http://host:1/path")]
    public void Address_Malformed_IsRefusedAtOnce(string address)
    {
        var refusal = Assert.Throws<ArgumentException>(() => new RondoClient(address));

        Assert.Contains("expected host:port", refusal.Message);
    }

    private static async Task<bool> SaysNothingAsync(HttpContext context)
    {
        await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        return true;
    }

    /// <summary>One that would wait for an answer for as long as any test may take.</summary>
    private static RondoClient PatientClient(params FakeExecutor[] executors) =>
        new(
            new RondoClientOptions
            {
                Addresses = [.. executors.Select(executor => executor.Address)],
                ResponseTimeout = TimeSpan.FromHours(1),
                SafeRetries = false,
            }
        );

    private static async IAsyncEnumerable<JobRequest> Jobs(int count)
    {
        await Task.Yield();
        for (var i = 0; i < count; i++)
        {
            yield return new JobRequest { Command = ["echo", $"{i}"] };
        }
    }

    /// <summary>An address that was just let go, where nobody listens.</summary>
    internal static string DeadAddress()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener.LocalEndpoint.ToString()!;
    }

    [Fact]
    public async Task Call_GivenUpAtTheMomentWhenItsConnectionFails_IsCancelled()
    {
        using var givenUp = new CancellationTokenSource();
        using var client = new RondoClient(new RondoClientOptions { Handler = new RefusedWhenGivenUp(givenUp) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetAsync("k7q2-1", givenUp.Token));
    }

    /// <summary>The call is given up once it is known that the connection failed, and before the client looks at that.</summary>
    private sealed class RefusedWhenGivenUp(CancellationTokenSource givenUp) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            request.Content = new Last(givenUp.Cancel);
            throw new HttpRequestException(HttpRequestError.ConnectionError, "refused");
        }
    }

    /// <summary>Is given back when all else of a request has been.</summary>
    private sealed class Last(Action givenBack) : ByteArrayContent([])
    {
        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            givenBack();
        }
    }
}
