using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Rondo.Client;

namespace Rondo.Executor.Tests.Embedded;

/// <summary>Everything that the client has to offer, against executors as they are.</summary>
public sealed class ClientMembersTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Job_WithEveryOption_IsToldAsItWasGiven()
    {
        await using var app = await TestApp.StartAsync(AddHandlers, options => options.Name = "one");
        var client = app.Services.GetRequiredService<RondoClient>();
        var executor = app.Engine.Id.ToString();
        var before = await client.SubmitAsync("bad", 7, TestJson.Default.Int32, Cancellation);
        await client.WaitAsync(before, TestApp.Limit, Cancellation);

        var id = await client.SubmitAsync(
            JobRequest.For("wait", 7, TestJson.Default.Int32) with
            {
                Name = "n",
                Group = "g",
                Priority = 3,
                OnExecutorLoss = "fail",
                Labels = new Dictionary<string, string> { ["team"] = "red" },
                Requires = new Dictionary<string, string> { ["zone"] = "a" },
                StartAt = DateTimeOffset.UtcNow.AddHours(1),
                Retries = new RetryPolicy
                {
                    Max = 2,
                    Backoff = TimeSpan.FromSeconds(1),
                    Factor = 3,
                    MaxBackoff = TimeSpan.FromSeconds(9),
                    Jitter = 0.1,
                    Exceptions = ["System.TimeoutException"],
                    ExitCodes = [75],
                },
                Timeout = TimeSpan.FromMinutes(1),
                KillGrace = TimeSpan.FromSeconds(1),
                IdempotencyKey = "key",
                After = [new JobDependency(before, "end")],
                Concurrency = new ConcurrencyLimit("c", 2),
                Retention = TimeSpan.FromHours(2),
                Index = 5,
            },
            Cancellation
        );

        var job = await client.GetAsync(id, Cancellation);
        Assert.Equal((id, "n", "g", 3), (job.Id, job.Name, job.Group, job.Priority));
        Assert.Equal(("handler", "wait", "wait"), (job.Kind, job.Handler, job.Summary));
        Assert.Equal((JobState.Scheduled, "start_time", false), (job.State, job.Reason, job.IsFinal));
        Assert.Equal((executor, executor, 0, 0), (job.Home, job.Holder, job.Attempt, job.Crashes));
        Assert.Equal((null, null, null, null), (job.ExitCode, job.Signal, job.Error, job.Progress));
        Assert.Equal((0, 0), (job.ResultBytesDropped, job.ErrorBytesDropped));
        Assert.Equal((null, null, false), (job.StartedAt, job.FinishedAt, job.CancelRequested));
        Assert.True(job.SubmittedAt < job.StartAt);
        Assert.Equal("red", job.Labels!["team"]);
        Assert.Equal("a", job.Requires!["zone"]);
        Assert.Equal((5, TimeSpan.FromMinutes(1), TimeSpan.FromHours(2)), (job.Index, job.Timeout, job.Retention));
        Assert.Equal((TimeSpan.FromSeconds(1), "fail"), (job.KillGrace, job.OnExecutorLoss));
        Assert.Equal((2, 0), (job.Retries!.Max, job.Retries.Used));
        Assert.Equal((TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(9)), (job.Retries.Backoff, job.Retries.MaxBackoff));
        Assert.Equal((3, 0.1), (job.Retries.Factor, job.Retries.Jitter));
        Assert.Equal([75], job.Retries.ExitCodes!);
        Assert.Equal(["System.TimeoutException"], job.Retries.Exceptions!);
        var after = Assert.Single(job.After!);
        Assert.Equal((before, "end", "failed"), (after.Id, after.When, after.State));
        Assert.Equal(("c", 2, "key"), (job.Concurrency!.Key, job.Concurrency.Max, job.IdempotencyKey));
        var entry = job.Trail![0];
        Assert.Equal(("accepted", executor, null), (entry.Event, entry.Executor, entry.Detail));
        Assert.Equal(job.SubmittedAt, entry.At, TimeSpan.FromSeconds(1));
        Assert.Equal(id, (string?)JsonDocument.Parse(job.ToJson()).RootElement.GetProperty("id").GetString());

        var why = await client.ExplainAsync(id, Cancellation);
        Assert.Equal((id, JobState.Scheduled, "start_time"), (why.Id, why.State, why.Reason));
        Assert.NotEqual("", why.Text);
        Assert.Equal("accepted", why.Trail![0].Event);
        var fitness = Assert.Single(why.Executors!);
        Assert.Equal((executor, false), (fitness.Id, fitness.CanRun));
        Assert.Contains("zone", fitness.Why, StringComparison.Ordinal);

        Assert.Equal("n", Assert.Single(await ListAsync(client, new JobQuery { State = JobState.Scheduled })).Name);
        Assert.Equal(id, Assert.Single(await ListAsync(client, new JobQuery { Name = "n" })).Id);
        Assert.Equal(id, Assert.Single(await ListAsync(client, new JobQuery { Labels = job.Labels })).Id);
        Assert.Equal(id, Assert.Single(await ListAsync(client, new JobQuery { Since = job.SubmittedAt })).Id);
        Assert.Empty(await ListAsync(client, new JobQuery { Since = job.SubmittedAt.AddSeconds(1) }));
        Assert.Empty(await ListAsync(client, new JobQuery { Group = "g", State = JobState.Running }));
    }

    [Fact]
    public async Task JobThatFailed_IsRunAgainAsANewOne_AndAGroupIsCancelled()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var failing = JobRequest.For("bad", 7, TestJson.Default.Int32) with
        {
            Retries = new RetryPolicy { Max = 1, Backoff = TimeSpan.FromMilliseconds(1) },
        };
        var id = await client.SubmitAsync(failing, Cancellation);
        var failed = await client.WaitAsync(id, TestApp.Limit, Cancellation);

        Assert.Equal((JobState.Failed, 2, 1), (failed.State, failed.Attempt, failed.Retries!.Used));
        Assert.NotNull(failed.StartedAt);
        Assert.NotNull(failed.FinishedAt);
        var again = await client.RetryAsync(id, Cancellation);
        Assert.Equal(id, (await client.GetAsync(again, Cancellation)).RetryOf);

        var waiting = JobRequest.For("wait", 7, TestJson.Default.Int32) with { Group = "all" };
        var ids = new[] { await client.SubmitAsync(waiting, Cancellation), await client.SubmitAsync(waiting, Cancellation) };
        var cancelled = await client.CancelGroupAsync("all", Cancellation);
        Assert.Equal(2, cancelled.Cancelled);
        Assert.Empty(cancelled.Unreachable!);
        Assert.Contains("\"cancelled\":2", cancelled.ToJson(), StringComparison.Ordinal);
        foreach (var each in ids)
        {
            var job = await client.WaitAsync(each, TestApp.Limit, Cancellation);
            Assert.Equal((JobState.Cancelled, true), (job.State, job.CancelRequested));
        }
    }

    [Fact]
    public async Task Array_IsAJobForEachIndexWhoseAnswerMayBeLost()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new ClientOfApplicationTests.AnswerLost();
        using var client = new RondoClient(new RondoClientOptions { Addresses = [app.Client.BaseAddress!.Authority], Handler = lossy });
        var job = JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order) with { Array = "3,5-6", Group = "a" };

        var ids = await client.SubmitArrayAsync(job, Cancellation);

        Assert.Equal(2, lossy.Submissions);
        Assert.Equal(3, ids.Count);
        Assert.Equal(6, (await client.GetAsync(ids[2], Cancellation)).Index);
        Assert.Equal(ids.Order(), (await ListAsync(client, new JobQuery { Group = "a" })).Select(each => each.Id).Order());
    }

    [Fact]
    public async Task Job_WhoseOutputsAreCut_SaysHowMuchIsMissingOfEach()
    {
        await using var app = await TestApp.StartAsync(
            AddHandlers,
            options =>
            {
                options.RunCommands = true;
                options.OutputMaxBytes = 2048;
            }
        );
        var client = app.Services.GetRequiredService<RondoClient>();

        var id = await client.SubmitAsync(
            new JobRequest { Command = ["sh", "-c", "head -c 3000 /dev/zero; head -c 2055 /dev/zero >&2"] },
            Cancellation
        );
        var job = await client.WaitAsync(id, TestApp.Limit, Cancellation);

        Assert.Equal((952, 7), (job.ResultBytesDropped, job.ErrorBytesDropped));
    }

    [Fact]
    public async Task Priority_BeyondTheBounds_IsRefusedOfOneJobAndOfOneOfMany()
    {
        await using var app = await TestApp.StartAsync(AddHandlers, options => options.RunCommands = true);
        var client = app.Services.GetRequiredService<RondoClient>();
        JobRequest Of(int priority) => new() { Command = ["true"], Priority = priority };

        var alone = await Assert.ThrowsAsync<RondoException>(() => client.SubmitAsync(Of(1001), Cancellation));
        List<SubmitOutcome> many = [];
        await foreach (var outcome in client.SubmitManyAsync(new[] { Of(1000), Of(-1001), Of(-1000) }.ToAsyncEnumerable(), Cancellation))
        {
            many.Add(outcome);
        }

        const string Bounds = "\"priority\" has to be a whole number from -1000 to 1000";
        Assert.Equal(ProblemTypes.BadRequest, alone.Type);
        Assert.Contains(Bounds, alone.Message, StringComparison.Ordinal);
        Assert.Equal([true, false, true], many.Select(outcome => outcome.Id is not null));
        Assert.Contains(Bounds, many[1].Problem!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Command_IsGivenItsSurroundingsAndTellsWhatItWroteAndHowItEnded()
    {
        await using var app = await TestApp.StartAsync(AddHandlers, options => options.RunCommands = true);
        var client = app.Services.GetRequiredService<RondoClient>();

        var id = await client.SubmitAsync(
            new JobRequest
            {
                Command = ["sh", "-c", "cat; echo \" $WORD $(pwd)\"; echo oops >&2; exit 3"],
                Env = new Dictionary<string, string> { ["WORD"] = "hi" },
                WorkingDirectory = "/",
                Stdin = "in",
            },
            Cancellation
        );
        var job = await client.WaitAsync(id, TestApp.Limit, Cancellation);
        await using var result = await client.OpenResultAsync(id, Cancellation);
        var killed = await client.SubmitAsync(new JobRequest { Command = ["sh", "-c", "kill -9 $$"] }, Cancellation);
        var bytes = await client.SubmitAsync(new JobRequest { Command = ["cat"], StdinBytes = [0, 255] }, Cancellation);
        var stream = await client.SubmitAsync(
            new JobRequest { Command = ["cat"], OpenStdin = () => new MemoryStream([0, 255]) },
            Cancellation
        );

        Assert.Equal((JobState.Failed, "exit_code", 3, "command"), (job.State, job.Reason, job.ExitCode, job.Kind));
        Assert.Equal("in hi /\n", await TextAsync(result.Content));
        Assert.Equal(
            (JobState.Failed, 3, 0, "application/octet-stream"),
            (result.State, result.ExitCode, result.BytesDropped, result.ContentType)
        );
        Assert.Equal("oops\n", await TextAsync(await client.OpenLogsAsync(id, LogStream.Stderr, cancellationToken: Cancellation)));
        Assert.Equal("in hi /\n", await TextAsync(await client.OpenLogsAsync(id, LogStream.Stdout, follow: true, Cancellation)));
        Assert.Equal(9, (await client.WaitAsync(killed, TestApp.Limit, Cancellation)).Signal);
        Assert.Equal([0, 255], await client.ResultBytesAsync(bytes, TestApp.Limit, Cancellation));
        Assert.True((await client.WaitAsync(stream, TestApp.Limit, Cancellation)).IsFinal);
        await using var streamed = await client.OpenResultAsync(stream, Cancellation);
        Assert.Equal([0, 255], await streamed.ReadAllAsync(Cancellation));
    }

    [Fact]
    public async Task Ring_IsTold_AndAnExecutorDrainsAndIsRemoved()
    {
        await using var app = await TestApp.StartAsync(AddHandlers, options => options.Name = "one");
        var other = await TestApp.StartAsync(AddHandlers, options => options.Join = [app.Engine.RingAddress]);
        var client = app.Services.GetRequiredService<RondoClient>();
        await Whole.TestRing.UntilAsync(async () => (await client.RingAsync(Cancellation)).Executors.Count(each => each.IsAlive) == 2);
        await Whole.TestRing.UntilAsync(async () => (await client.RingAsync(Cancellation)).Token?.LapMs is not null);

        var ring = await client.RingAsync(Cancellation);
        var self = ring.Executors.Single(executor => executor.Id == ring.Self);
        Assert.Equal((app.Engine.Id.ToString(), "one", "alive"), (self.Id, self.Name, self.State));
        Assert.Equal((app.Engine.Address, app.Engine.RingAddress), (self.Address, self.RingAddress));
        Assert.Equal((0, 0, 4, 1), (self.Running, self.Waiting, self.Slots, self.Incarnation));
        Assert.Contains(self.Id, self.ToJson(), StringComparison.Ordinal);
        Assert.Equal(0, ring.Spread);
        Assert.Contains('@', ring.Token!.Generation!);
        Assert.True(ring.Token.Lap > 0);
        Assert.InRange(ring.Token.TravelMs!.Value, 0, ring.Token.LapMs!.Value);
        Assert.Contains("\"executors\"", await client.GetJsonAsync("v1/ring", Cancellation), StringComparison.Ordinal);

        var id = other.Engine.Id.ToString();
        var left = await client.DrainAsync(id, TestApp.Limit, Cancellation);
        Assert.Equal((0, 0, null, 0), (left!.Waiting, left.Scheduled, left.NextAt, left.Crons));
        await other.DisposeAsync();
        await Whole.TestRing.UntilAsync(async () => (await client.RingAsync(Cancellation)).Executors.Count == 1);

        // One that goes without a word stays a member, until somebody says that it will not return.
        var lost = await TestApp.StartAsync(AddHandlers, options => options.Join = [app.Engine.RingAddress]);
        await Whole.TestRing.UntilAsync(async () => (await client.RingAsync(Cancellation)).Executors.Count == 2);
        var lostId = lost.Engine.Id.ToString();
        await lost.DisposeAsync();
        await client.RemoveAsync(lostId, Cancellation);
        await Whole.TestRing.UntilAsync(async () => (await client.RingAsync(Cancellation)).Executors.Count == 1);
    }

    [Fact]
    public async Task SubmitMany_OfAnEndlessSource_ReadsNoMoreThanABatchAheadOfItsReader()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancellation);
        var (made, seen, most) = (0, 0, 0);

        // 16 KiB each: a batch is full by its bytes long before it has a thousand jobs.
        var payload = new byte[16 * 1024];
        await foreach (var outcome in client.SubmitManyAsync(Endless(), stop.Token))
        {
            Assert.Null(outcome.Problem);
            most = Math.Max(most, made - seen);
            if (++seen == 500)
            {
                break;
            }
        }

        Assert.InRange(most, 1, 100);

        async IAsyncEnumerable<JobRequest> Endless()
        {
            while (true)
            {
                await Task.Yield();
                made++;
                yield return new JobRequest { Handler = "raw", PayloadBytes = payload };
            }
        }
    }

    [Fact]
    public async Task SubmitMany_OfJobsThatNameEachOther_AndAWrongOne_TellsEachOutcome()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var order = JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order);
        string[] lines =
        [
            (order with { Ref = "first" }).ToJson(),
            (order with { After = [new JobDependency("#first")] }).ToJson(),
            """{"handler":"order","colour":"red"}""",
            (order with { Array = "1-3" }).ToJson(),
        ];

        var outcomes = new List<SubmitOutcome>();
        await foreach (var outcome in client.SubmitManyJsonAsync(Lines(), Cancellation))
        {
            outcomes.Add(outcome);
        }

        Assert.Equal(outcomes[0].Id, Assert.Single((await client.GetAsync(outcomes[1].Id!, Cancellation)).After!).Id);
        Assert.Equal(ProblemTypes.BadRequest, outcomes[2].Problem!.Type);
        Assert.Contains("colour", outcomes[2].Problem!.Detail, StringComparison.Ordinal);
        Assert.Equal(3, outcomes[3].Ids!.Count);

        async IAsyncEnumerable<ReadOnlyMemory<byte>> Lines()
        {
            foreach (var line in lines)
            {
                await Task.Yield();
                yield return Encoding.UTF8.GetBytes(line);
            }
        }
    }

    [Fact]
    public async Task Results_OfAGroup_AreTextOrBytes()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        await client.SubmitAsync(JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order) with { Group = "g" }, Cancellation);
        await client.SubmitAsync(
            new JobRequest
            {
                Handler = "give",
                PayloadBytes = [0, 255],
                Group = "g",
            },
            Cancellation
        );
        var json = JsonSerializer.SerializeToElement(7, TestJson.Default.Int32);
        var seven = await client.SubmitAsync(new JobRequest { Handler = "give", Payload = json }, Cancellation);
        Assert.Equal("7"u8.ToArray(), await client.ResultBytesAsync(seven, TestApp.Limit, Cancellation));

        var results = new List<GroupResult>();
        await foreach (var result in client.GroupResultsAsync("g", follow: true, count: 2, Cancellation))
        {
            results.Add(result);
        }

        Assert.Equal("""{"text":"tea","total":2}""", results.Single(result => result.Job.Handler == "order").ResultText);
        var bytes = results.Single(result => result.Job.Handler == "give");
        Assert.Equal([0, 255], bytes.ResultBinary!);
        Assert.Equal([0, 255], bytes.Result!);
        Assert.Equal((null, 2, 0), (bytes.ResultText, bytes.ResultBytes, bytes.ResultBytesDropped));
    }

    [Fact]
    public async Task Cron_TellsWhenItFiredAndWhenItWill()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var put = await client.PutCronAsync(
            "seconds",
            new CronRequest
            {
                Schedule = "* * * * * *",
                Missed = "skip",
                Job = JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order),
            },
            Cancellation
        );

        Assert.Equal(("skip", app.Engine.Id.ToString()), (put.Missed, put.Home));
        Assert.Equal("order", put.Job.GetProperty("handler").GetString());
        await Whole.TestRing.UntilAsync(async () => (await client.GetCronAsync("seconds", Cancellation)).LastJob is not null);
        var fired = await client.GetCronAsync("seconds", Cancellation);
        Assert.True(fired.LastAt < fired.NextAt);
        Assert.Equal(JobState.Succeeded, (await client.WaitAsync(fired.LastJob!, TestApp.Limit, Cancellation)).State);
        Assert.Contains("\"seconds\"", fired.ToJson(), StringComparison.Ordinal);
        Assert.Empty((await client.ListCronsAsync(Cancellation)).Unreachable!);
    }

    [Fact]
    public async Task Retry_ThatWaitsForItsTime_SaysWhen()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var failing = JobRequest.For("bad", 7, TestJson.Default.Int32) with
        {
            Retries = new RetryPolicy { Max = 1, Backoff = TimeSpan.FromHours(1) },
        };
        var id = await client.SubmitAsync(failing, Cancellation);

        await foreach (var job in client.WatchAsync(id, Cancellation))
        {
            if (job.Reason == "retry_backoff")
            {
                Assert.True(job.NextAttemptAt > job.StartedAt);
                break;
            }
        }

        var page = await client.ListPageAsync(new JobQuery { PageSize = 1 }, cancellationToken: Cancellation);
        Assert.Equal(id, Assert.Single(page.Jobs).Id);
        Assert.Empty(page.Unreachable!);
        var rest = await client.ListPageAsync(new JobQuery { PageSize = 1 }, page.NextCursor, Cancellation);
        Assert.Equal((0, null), (rest.Jobs.Count, rest.NextCursor));
    }

    [Fact]
    public async Task Executor_ThatTakesConnectionsAndSaysNothing_IsLeftForTheNext()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var silent = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        silent.Start();
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [silent.LocalEndpoint.ToString()!, app.Client.BaseAddress!.Authority],
                ConnectTimeout = TimeSpan.FromSeconds(30),
                ResponseTimeout = TimeSpan.FromMilliseconds(200),
            }
        );

        Assert.Equal(app.Engine.Id.ToString(), (await client.RingAsync(Cancellation)).Self);
    }

    [Fact]
    public void Words_ForStatesAndDurations_AreReadAsTheyAreWritten()
    {
        Assert.All(Enum.GetValues<JobState>(), state => Assert.Equal(state, JobStateWords.Parse(state.ToWord())));
        Assert.True(Rondo.Client.DurationText.TryParse("1h30m", out var read));
        Assert.Equal("1h30m", Rondo.Client.DurationText.Format(read));
        Assert.True(Rondo.Client.DurationText.TryParse("10000d", out var longest));
        Assert.Equal(Rondo.Client.DurationText.Max, longest);
        Assert.False(Rondo.Client.DurationText.TryParse("90", out _));
    }

    [Fact]
    public async Task Reference_IsServedWhereTheApplicationMapsIt()
    {
        await using var app = await TestApp.StartAsync(
            AddHandlers,
            map: it =>
            {
                it.MapRondo();
                it.MapRondoReference();
            }
        );

        Assert.Equal("3.1", ((string)(await app.GetAsync("/openapi/v1.json"))["openapi"]!)[..3]);
        Assert.Contains("<html", await app.TextAsync("/scalar"), StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task Refusals_SayWhatIsWrong()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();

        var wrong = await Assert.ThrowsAsync<RondoException>(() =>
            client.SubmitAsync(new JobRequest { Handler = "order", Timeout = TimeSpan.Zero }, Cancellation)
        );
        var none = await Assert.ThrowsAsync<RondoException>(() => client.GetAsync($"{app.Engine.Id}-99", Cancellation));
        using var nobody = new RondoClient("127.0.0.1:1");
        var unreachable = await Assert.ThrowsAsync<RondoUnreachableException>(() =>
            nobody.SubmitAsync(new JobRequest { Handler = "order" }, Cancellation)
        );

        Assert.Equal((ProblemTypes.BadRequest, System.Net.HttpStatusCode.BadRequest), (wrong.Type, wrong.Status));
        Assert.Contains("timeout", wrong.Detail, StringComparison.Ordinal);
        Assert.Equal((ProblemTypes.NotFound, null, null), (none.Type, none.Executor, none.RetryAfter));
        Assert.Equal(["127.0.0.1:1"], unreachable.Addresses);
    }

    /// <summary>
    /// Whether a member is used here at all can be read from the references of the compiled tests. What records have by themselves is left
    /// out, as are constants and what is called through an interface, which leave no reference; and <c>RunAsync</c>, which is a whole
    /// process: the tests of the cluster start those.
    /// </summary>
    [Theory]
    [InlineData(typeof(RondoClient))]
    [InlineData(typeof(RondoBuilder))]
    public void PublicMembers_AreEachUsedByATest(Type oneOf)
    {
        var used = References();

        var unused = oneOf
            .Assembly.GetExportedTypes()
            .Where(type => !type.IsEnum && !type.IsInterface)
            .SelectMany(type =>
                type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly)
            )
            .Where(member =>
                member is PropertyInfo or MethodInfo { IsSpecialName: false }
                && member.Name is not ("Equals" or "GetHashCode" or "ToString" or "Deconstruct" or "<Clone>$" or "Dispose" or "RunAsync")
            )
            .Select(member => $"{member.DeclaringType!.Name}.{member.Name}")
            .Except(used)
            .Order();

        Assert.Empty(unused);
    }

    private static HashSet<string> References()
    {
        using var file = File.OpenRead(typeof(ClientMembersTests).Assembly.Location);
        using var image = new PEReader(file);
        var metadata = image.GetMetadataReader();
        return
        [
            .. metadata
                .MemberReferences.Select(metadata.GetMemberReference)
                .Select(member => (Type: TypeName(member.Parent), Name: metadata.GetString(member.Name)))
                .Where(member => member.Type is not null)
                .Select(member => $"{member.Type}.{PropertyOf(member.Name)}"),
        ];

        // The accessors of a property count as the property.
        static string PropertyOf(string method) =>
            method.StartsWith("get_", StringComparison.Ordinal) || method.StartsWith("set_", StringComparison.Ordinal)
                ? method[4..]
                : method;

        string? TypeName(EntityHandle parent) =>
            parent.Kind switch
            {
                HandleKind.TypeReference => metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)parent).Name),
                // A generic type: a class or a value type, then which.
                HandleKind.TypeSpecification => GenericName((TypeSpecificationHandle)parent),
                _ => null,
            };

        string? GenericName(TypeSpecificationHandle handle)
        {
            var signature = metadata.GetBlobReader(metadata.GetTypeSpecification(handle).Signature);
            if (signature.ReadSignatureTypeCode() != SignatureTypeCode.GenericTypeInstance)
            {
                return null;
            }

            signature.ReadByte();
            return signature.ReadTypeHandle() is { Kind: HandleKind.TypeReference } type
                ? metadata.GetString(metadata.GetTypeReference((TypeReferenceHandle)type).Name)
                : null;
        }
    }

    private static async Task<List<Job>> ListAsync(RondoClient client, JobQuery query)
    {
        var jobs = new List<Job>();
        await foreach (var job in client.ListAsync(query with { PageSize = 1 }, Cancellation))
        {
            jobs.Add(job);
        }

        return jobs;
    }

    private static async Task<string> TextAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private static void AddHandlers(RondoBuilder rondo)
    {
        ClientOfApplicationTests.AddHandlers(rondo);
        rondo
            .AddRawHandler("raw", (_, _) => Task.FromResult(ReadOnlyMemory<byte>.Empty))
            .AddRawHandler("give", (job, _) => Task.FromResult(job.Payload));
    }
}
