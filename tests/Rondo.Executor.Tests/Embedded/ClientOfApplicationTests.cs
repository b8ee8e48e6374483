using Microsoft.Extensions.DependencyInjection;
using Rondo.Client;

namespace Rondo.Executor.Tests.Embedded;

/// <summary>What an application does with the client that it finds among its services.</summary>
public sealed class ClientOfApplicationTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Submit_AndResult_AreTypedOnBothSides()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();

        var id = await client.SubmitAsync("order", new Order("tea", 21), TestJson.Default.Order, Cancellation);
        var receipt = await client.ResultAsync(id, TestJson.Default.Receipt, TestApp.Limit, Cancellation);

        Assert.Equal(new Receipt("tea", 42), receipt);
    }

    [Fact]
    public async Task Submit_ByReflection_WritesCamelCase()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();

        var id = await client.SubmitAsync("order", new { Item = "tea", Count = 1 }, Cancellation);

        Assert.Equal(new Receipt("tea", 2), await client.ResultAsync<Receipt>(id, TestApp.Limit, Cancellation));
    }

    [Fact]
    public async Task Result_OfAJobThatFailed_IsAnExceptionWithTheJob()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var id = await client.SubmitAsync("bad", 7, TestJson.Default.Int32, Cancellation);

        var error = await Assert.ThrowsAsync<RondoJobException>(() =>
            client.ResultAsync(id, TestJson.Default.Receipt, TestApp.Limit, Cancellation)
        );

        Assert.Equal((id, "handler_error"), (error.Job!.Id, error.Job.Reason));
        Assert.Contains("no such picture", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Result_ThatDoesNotComeInTime_IsATimeout()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var id = await client.SubmitAsync("wait", 7, TestJson.Default.Int32, Cancellation);

        await Assert.ThrowsAsync<TimeoutException>(() => client.ResultBytesAsync(id, TimeSpan.FromMilliseconds(50), Cancellation));
    }

    [Fact]
    public async Task Watch_TellsEachStateOnceUpToTheEnd()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var id = await client.SubmitAsync("wait", 7, TestJson.Default.Int32, Cancellation);

        var states = new List<JobState>();
        await foreach (var job in client.WatchAsync(id, Cancellation))
        {
            states.Add(job.State);
            if (job.State == JobState.Running)
            {
                await client.CancelAsync(id, Cancellation);
            }
        }

        Assert.Equal(JobState.Cancelled, states[^1]);
        Assert.Equal(states.Distinct(), states);
    }

    [Fact]
    public async Task SubmitMany_OfAStream_GivesAnIdForEachInOrder()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();

        var ids = new List<string>();
        await foreach (var outcome in client.SubmitManyAsync(Orders(), Cancellation))
        {
            ids.Add(outcome.Id!);
        }

        var totals = new List<int>();
        foreach (var id in ids)
        {
            totals.Add((await client.ResultAsync(id, TestJson.Default.Receipt, TestApp.Limit, Cancellation))!.Total);
        }

        Assert.Equal(Enumerable.Range(0, 50).Select(number => 2 * number), totals);

        static async IAsyncEnumerable<JobRequest> Orders()
        {
            for (var i = 0; i < 50; i++)
            {
                await Task.Yield();
                yield return JobRequest.For("order", new Order("tea", i), TestJson.Default.Order) with
                {
                    Priority = i,
                };
            }
        }
    }

    [Fact]
    public async Task Client_BeforeTheApplicationStarts_SaysThatNobodyIsThere()
    {
        await using var app = TestApp.Build(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();

        var error = await Assert.ThrowsAsync<RondoUnreachableException>(() => client.RingAsync(Cancellation));

        Assert.Contains("has not started", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task RegisteredClient_SpeaksToTheAddressesOfItsOptions()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        await using var other = new ServiceCollection()
            .AddRondoClient(options => options.Addresses = ["127.0.0.1:1", app.Client.BaseAddress!.Authority])
            .BuildServiceProvider();

        var ring = await other.GetRequiredService<RondoClient>().RingAsync(Cancellation);

        Assert.Equal(app.Engine.Id.ToString(), Assert.Single(ring.Executors).Id);
    }

    [Fact]
    public async Task Submit_WhoseAnswerIsLost_IsRepeatedAndRunsOnce()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new AnswerLost();
        using var client = new RondoClient(new RondoClientOptions { Addresses = [app.Client.BaseAddress!.Authority], Handler = lossy });

        var id = await client.SubmitAsync("order", new Order("coffee", 2), TestJson.Default.Order, Cancellation);

        Assert.Equal(2, lossy.Submissions);
        Assert.Equal(new Receipt("coffee", 4), await client.ResultAsync(id, TestJson.Default.Receipt, TestApp.Limit, Cancellation));
        Assert.Equal(id, Assert.Single((await client.ListPageAsync(new JobQuery(), cancellationToken: Cancellation)).Jobs).Id);
    }

    [Fact]
    public async Task Submit_OfADelayedJobUnderItsOwnKeyWhoseAnswerIsLost_IsRepeatedAsTheSameJob()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new AnswerLost();
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [app.Client.BaseAddress!.Authority],
                Handler = lossy,
                SafeRetries = false,
            }
        );
        var job = JobRequest.For("order", new Order("coffee", 2), TestJson.Default.Order) with
        {
            Delay = TimeSpan.FromHours(1),
            IdempotencyKey = "breakfast",
        };

        var id = await client.SubmitAsync(job, Cancellation);

        Assert.Equal(id, await client.SubmitAsync(job, Cancellation));
        Assert.Equal("breakfast", (await client.GetAsync(id, Cancellation)).IdempotencyKey);
        var conflict = await Assert.ThrowsAsync<RondoException>(() => client.SubmitAsync(job with { Priority = 1 }, Cancellation));
        Assert.Equal(ProblemTypes.IdempotencyConflict, conflict.Type);
    }

    [Fact]
    public void Context_OfATestOfAHandler_IsMadeByTheTest()
    {
        var reports = new List<(double?, string?)>();
        var context = new JobContext { Attempt = 2, OnProgress = (percent, text) => reports.Add((percent, text)) };

        context.ReportProgress(40, "half of it");

        Assert.Equal(("test-1", 2), (context.JobId, context.Attempt));
        Assert.Equal([(40, "half of it")], reports);
        Assert.Null(context.Services.GetService(typeof(string)));
    }

    [Fact]
    public async Task SubmitMany_WhoseAnswerBreaksOff_GoesOnWhereItWasAndRunsEachOnce()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new AnswerLost { Losses = 3, LinesBefore = 4 };
        using var client = new RondoClient(new RondoClientOptions { Addresses = [app.Client.BaseAddress!.Authority], Handler = lossy });
        var job = JobRequest.For("order", new Order("coffee", 1), TestJson.Default.Order);
        JobRequest[] jobs =
        [
            job with
            {
                Ref = "first",
            },
            job with
            {
                Handler = "",
            },
            job with
            {
                IdempotencyKey = "my own",
                After = [new JobDependency("#first")],
            },
            .. Enumerable.Range(0, 17).Select(_ => job with { After = [new JobDependency("#first")] }),
        ];

        var outcomes = new List<SubmitOutcome>();
        await foreach (var outcome in client.SubmitManyAsync(jobs.ToAsyncEnumerable(), Cancellation))
        {
            outcomes.Add(outcome);
        }

        Assert.Equal(4, lossy.Submissions);
        Assert.Equal([1], outcomes.Index().Where(outcome => outcome.Item.Problem is not null).Select(outcome => outcome.Index));
        var ids = outcomes.Select(outcome => outcome.Id).OfType<string>().ToArray();
        Assert.Equal(19, ids.Distinct().Count());
        foreach (var id in ids)
        {
            Assert.Equal(JobState.Succeeded, (await client.WaitAsync(id, TestApp.Limit, Cancellation)).State);
        }

        Assert.Equal(
            ids.Order(),
            (await client.ListPageAsync(new JobQuery(), cancellationToken: Cancellation)).Jobs.Select(listed => listed.Id).Order()
        );
    }

    [Fact]
    public async Task Submit_WithoutSafeRetriesWhoseAnswerIsLost_IsUncertainAndNotRepeated()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new AnswerLost();
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [app.Client.BaseAddress!.Authority],
                Handler = lossy,
                SafeRetries = false,
            }
        );

        await Assert.ThrowsAsync<RondoUncertainException>(() =>
            client.SubmitAsync("order", new Order("tea", 1), TestJson.Default.Order, Cancellation)
        );

        Assert.Equal(1, lossy.Submissions);
        Assert.Single((await client.ListPageAsync(new JobQuery(), cancellationToken: Cancellation)).Jobs);
    }

    [Fact]
    public async Task Submit_WhoseAnswersAreAllLost_IsUncertainInTheEnd()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        using var lossy = new AnswerLost { Losses = int.MaxValue };
        using var client = new RondoClient(
            new RondoClientOptions
            {
                Addresses = [app.Client.BaseAddress!.Authority],
                Handler = lossy,
                OutageTolerance = TimeSpan.Zero,
            }
        );

        await Assert.ThrowsAsync<RondoUncertainException>(() =>
            client.SubmitAsync("order", new Order("tea", 1), TestJson.Default.Order, Cancellation)
        );

        Assert.Single((await client.ListPageAsync(new JobQuery(), cancellationToken: Cancellation)).Jobs);
    }

    [Fact]
    public async Task Progress_OfAHandler_IsToldToWhoeverWatchesTheJob()
    {
        var goOn = new TaskCompletionSource();
        await using var app = await TestApp.StartAsync(rondo =>
            rondo.AddRawHandler(
                "slow",
                async (job, _) =>
                {
                    job.ReportProgress(40, "resizing");
                    await goOn.Task;
                    return default;
                }
            )
        );
        var client = app.Services.GetRequiredService<RondoClient>();
        var id = await client.SubmitAsync("slow", 0, TestJson.Default.Int32, Cancellation);

        var told = new List<(double?, string?)>();
        await foreach (var job in client.WatchAsync(id, Cancellation))
        {
            if (job.Progress is { } progress)
            {
                told.Add((progress.Percent, progress.Text));
                Assert.True(progress.At >= job.StartedAt);
                Assert.Equal(progress, (await client.GetAsync(id, Cancellation)).Progress);
                goOn.TrySetResult();
            }
        }

        Assert.Equal([(40, "resizing")], told);
        Assert.Null((await client.GetAsync(id, Cancellation)).Progress);
    }

    [Fact]
    public async Task Result_HasTheMediaTypeThatItsHandlerGivesIt()
    {
        await using var app = await TestApp.StartAsync(rondo =>
        {
            AddHandlers(rondo);
            rondo.AddRawHandler("raw", (job, _) => Task.FromResult(job.Payload));
            rondo.AddRawHandler(
                "picture",
                (job, _) =>
                {
                    job.ResultType = "image/png";
                    return Task.FromResult(job.Payload);
                }
            );
        });
        var client = app.Services.GetRequiredService<RondoClient>();

        Assert.Equal("application/json", await TypeAsync(JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order)));
        Assert.Equal("application/octet-stream", await TypeAsync(new JobRequest { Handler = "raw", PayloadBytes = [0, 255] }));
        Assert.Equal(
            "application/octet-stream",
            await TypeAsync(new JobRequest { Handler = "raw", OpenPayload = () => new MemoryStream([0, 255]) })
        );
        Assert.Equal("image/png", await TypeAsync(new JobRequest { Handler = "picture", PayloadBytes = [0, 255] }));

        async Task<string> TypeAsync(JobRequest job)
        {
            var id = await client.SubmitAsync(job, Cancellation);
            await client.ResultBytesAsync(id, TestApp.Limit, Cancellation);
            await using var result = await client.OpenResultAsync(id, Cancellation);
            return result.ContentType;
        }
    }

    [Fact]
    public async Task GroupResults_FollowedToTheirCount_AreAllOfTheGroup()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var sent = new HashSet<string>();
        for (var i = 1; i <= 5; i++)
        {
            sent.Add(
                await client.SubmitAsync(
                    JobRequest.For("order", new Order("tea", i), TestJson.Default.Order) with
                    {
                        Group = "g",
                    },
                    Cancellation
                )
            );
        }

        var totals = new List<int>();
        await foreach (var result in client.GroupResultsAsync("g", follow: true, count: 5, Cancellation))
        {
            Assert.Contains(result.Job.Id, sent);
            totals.Add(System.Text.Json.JsonSerializer.Deserialize(result.Result, TestJson.Default.Receipt)!.Total);
        }

        Assert.Equal([2, 4, 6, 8, 10], totals.Order());
    }

    [Fact]
    public async Task Cron_PutShownListedAndDeleted_IsThatCron()
    {
        await using var app = await TestApp.StartAsync(AddHandlers);
        var client = app.Services.GetRequiredService<RondoClient>();
        var job = JobRequest.For("order", new Order("tea", 1), TestJson.Default.Order);

        var put = await client.PutCronAsync(
            "nightly",
            new CronRequest
            {
                Schedule = "0 3 * * *",
                TimeZone = "Europe/Berlin",
                Job = job,
            },
            Cancellation
        );

        Assert.Equal(("nightly", "0 3 * * *", "Europe/Berlin"), (put.Name, put.Schedule, put.TimeZone));
        Assert.NotNull((await client.GetCronAsync("nightly", Cancellation)).NextAt);
        Assert.Equal("nightly", Assert.Single((await client.ListCronsAsync(Cancellation)).Crons).Name);
        Assert.True(await client.DeleteCronAsync("nightly", Cancellation));
        Assert.False(await client.DeleteCronAsync("nightly", Cancellation));
    }

    /// <summary>Loses the answers to the first submissions after the executor has given them.</summary>
    internal sealed class AnswerLost() : DelegatingHandler(new SocketsHttpHandler())
    {
        private int _submissions;

        public int Losses { get; init; } = 1;

        public int Submissions => _submissions;

        /// <summary>How many lines of the answer come before it breaks off; 0 for not even its head.</summary>
        public int LinesBefore { get; init; }

        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            var response = await base.SendAsync(request, cancellationToken);
            if (request.Method == HttpMethod.Post && Interlocked.Increment(ref _submissions) <= Losses)
            {
                if (LinesBefore > 0)
                {
                    var lines = (await response.Content.ReadAsStringAsync(cancellationToken)).Split('\n');
                    response.Content = new StreamContent(new Breaking(string.Join('\n', lines.Take(LinesBefore)) + "\n"));
                    return response;
                }

                response.Dispose();
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "the connection broke");
            }

            return response;
        }
    }

    /// <summary>A text, and then a broken connection.</summary>
    private sealed class Breaking(string text) : MemoryStream(System.Text.Encoding.UTF8.GetBytes(text))
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            await base.ReadAsync(buffer, cancellationToken) is > 0 and var read ? read : throw new IOException("the connection broke");
    }

    internal static void AddHandlers(RondoBuilder rondo) =>
        rondo
            .AddHandler(
                "order",
                TestJson.Default.Order,
                TestJson.Default.Receipt,
                (order, _, _) => Task.FromResult(new Receipt(order.Item, order.Count * 2))
            )
            .AddHandler("bad", TestJson.Default.Int32, (_, _, _) => throw new InvalidDataException("no such picture"))
            .AddHandler("wait", TestJson.Default.Int32, (_, _, cancellationToken) => Task.Delay(Timeout.Infinite, cancellationToken));
}
