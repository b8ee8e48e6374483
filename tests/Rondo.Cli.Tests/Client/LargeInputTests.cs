using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Rondo.Client;

namespace Rondo.Cli.Tests.Client;

/// <summary>Inputs that are written to the request in pieces: they arrive as if they had been put together before, also when they are sent again.</summary>
public sealed class LargeInputTests
{
    private static readonly byte[] Bytes = RandomNumberGenerator.GetBytes(200_003);

    // Two halves of a pair stand on both sides of every even boundary.
    private static readonly string Text = "\"" + string.Concat(Enumerable.Repeat("😀", 50_000)) + "\n\u0001ä";

    private static readonly string Json = $$"""{"text": "{{new string('ä', 70_000)}}\n", "list": [1, 2.50]}""";

    private static CancellationToken Limit => TimeLimit.Token;

    public static TheoryData<string, bool> Inputs =>
        new(
            from kind in (string[])
                ["bytes", "file", "pipe", "empty pipe", "text", "json", "lenient json", "payload bytes", "payload stream"]
            from isBatch in (bool[])[false, true]
            select (kind, isBatch)
        );

    [Theory]
    [MemberData(nameof(Inputs))]
    public async Task Submit_WithALargeInput_SendsAllOfIt(string kind, bool isBatch)
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);
        var job = Job(kind) with { Name = "n" };

        if (isBatch)
        {
            var jobs = new[]
            {
                new JobRequest { Command = ["echo"] },
                job,
                job,
                new JobRequest { Command = ["echo"] },
            };
            Assert.Equal(4, (await client.SubmitManyAsync(jobs.ToAsyncEnumerable(), Limit).ToListAsync(Limit)).Count);
            Assert.Equal(4, executor.Submitted.Count);
        }
        else
        {
            await client.SubmitAsync(job, Limit);
        }

        var arrived = executor.Submitted.Where(each => each.ContainsKey("name")).ToList();
        Assert.Equal(isBatch ? 2 : 1, arrived.Count);
        Assert.All(arrived, each => Assert.Equal(Expected(kind), Input(each)));
        Assert.All(arrived, each => Assert.StartsWith("@k7q2/", (string)each["idempotencyKey"]!));
    }

    [Theory]
    [InlineData("bytes", true)]
    [InlineData("file", true)]
    [InlineData("json", true)]
    [InlineData("pipe", false)]
    public async Task Submit_WithALargeInput_SaysHowLongItIsWhereItCan(string kind, bool isKnown)
    {
        await using var executor = await FakeExecutor.StartAsync();
        long? length = null;
        executor.Before = context =>
        {
            length = context.Request.Method == "POST" ? context.Request.ContentLength : length;
            return Task.FromResult(false);
        };
        using var client = new RondoClient(executor.Address);

        await client.SubmitAsync(Job(kind), Limit);

        Assert.Equal(isKnown, length is not null);
        Assert.Equal(Expected(kind), Input(executor.Submitted.Single()));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_ConnectionBreaks_OpensTheInputOnceMoreAndClosesAllOfThem(bool isBatch)
    {
        await using var breaking = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        breaking.Before = async context =>
        {
            if (context.Request.Method != "POST")
            {
                return false;
            }

            await context.Request.Body.ReadExactlyAsync(new byte[100_000], Limit);
            context.Abort();
            return true;
        };
        List<Watched> opened = [];
        var job = new JobRequest { Command = ["echo"], OpenStdin = Open };
        using var client = new RondoClient(breaking.Address, other.Address);

        if (isBatch)
        {
            Assert.NotNull((await client.SubmitManyAsync(new[] { job }.ToAsyncEnumerable(), Limit).SingleAsync(Limit)).Id);
        }
        else
        {
            await client.SubmitAsync(job, Limit);
        }

        Assert.Equal(Expected("bytes"), Input(other.Submitted.Single()));
        Assert.Equal(2, opened.Count);
        Assert.All(opened, each => Assert.True(each.IsDisposed));

        Stream Open()
        {
            opened.Add(new Watched(Bytes));
            return opened[^1];
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Submit_OverASlowConnection_MayTakeLongerThanTheAnswer(bool isInOnePiece)
    {
        var patience = TimeSpan.FromSeconds(2);
        var begun = Stopwatch.StartNew();
        using var slow = new Link(async cancellationToken =>
        {
            if (begun.Elapsed < patience * 1.5)
            {
                await Task.Delay(patience / 10, cancellationToken);
            }
        });
        using var client = ClientOver(slow, patience);

        var id = isInOnePiece
            ? (
                await client
                    .SubmitManyJsonAsync(Alone(Encoding.UTF8.GetBytes($$"""{"stdin":"{{new string('x', 4 << 20)}}"}""")), Limit)
                    .SingleAsync(Limit)
            ).Id
            : await client.SubmitAsync(new JobRequest { Command = ["cat"], StdinBytes = new byte[3 << 20] }, Limit);

        Assert.Equal("k7q2-1", id);
        Assert.True(begun.Elapsed > patience, $"It took no longer than an answer may: {begun.Elapsed}.");
    }

    [Fact]
    public async Task Submit_OverAConnectionThatTakesNoMore_Ends()
    {
        var pieces = 0;
        using var stuck = new Link(cancellationToken =>
            ++pieces < 3 ? Task.CompletedTask : Task.Delay(Timeout.Infinite, cancellationToken)
        );
        using var client = ClientOver(stuck, TimeSpan.FromSeconds(1));

        await Assert.ThrowsAsync<RondoUncertainException>(() =>
            client.SubmitAsync(new JobRequest { Command = ["cat"], StdinBytes = new byte[3 << 20] }, Limit)
        );

        Assert.Equal(3, pieces);
    }

    [Fact]
    public async Task Submit_NobodyIsThere_ClosesTheInput()
    {
        var opened = new Watched(Bytes);
        using var client = new RondoClient(new RondoClientOptions { Addresses = [RondoClientTests.DeadAddress()], SafeRetries = false });

        await Assert.ThrowsAsync<RondoUnreachableException>(() =>
            client.SubmitAsync(new JobRequest { Command = ["echo"], OpenStdin = () => opened }, Limit)
        );

        Assert.True(opened.IsDisposed);
    }

    [Theory]
    [InlineData("missing", "the job's input cannot be read: no such file")]
    [InlineData("breaks", "the job's input cannot be read: the disk is gone")]
    [InlineData("shrinks", "the job's input ended 1000 bytes early")]
    public async Task Submit_InputThatCannotBeRead_SaysSoAndIsNotTriedElsewhere(string what, string message)
    {
        await using var executor = await FakeExecutor.StartAsync();
        await using var other = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address, other.Address);
        Func<Stream> open = what switch
        {
            "missing" => () => throw new FileNotFoundException("no such file"),
            "breaks" => () => new Watched(Bytes) { Fails = true },
            _ => () => new Watched(Bytes) { More = 1000 },
        };

        var failure = await Assert.ThrowsAsync<RondoException>(() =>
            client.SubmitAsync(new JobRequest { Command = ["echo"], OpenStdin = open }, Limit)
        );

        Assert.Equal(message, failure.Message);
        Assert.Empty(executor.Submitted);
        Assert.DoesNotContain("POST /v1/jobs", other.Requests);
    }

    [Fact]
    public async Task Streams_WhereTheyCannotBe_AreRefused()
    {
        using var client = new RondoClient(RondoClientTests.DeadAddress());
        var job = new JobRequest { Command = ["cat"], OpenStdin = () => new MemoryStream() };

        Assert.Throws<InvalidOperationException>(job.ToJson);
        await Assert.ThrowsAsync<ArgumentException>(() =>
            client.PutCronAsync("c", new CronRequest { Schedule = "* * * * *", Job = job }, Limit)
        );
        await Assert.ThrowsAsync<ArgumentException>(() => client.SubmitAsync(job with { OpenPayload = job.OpenStdin }, Limit));
    }

    [Fact]
    public async Task SubmitManyJson_WithALargeJobAmongSmallOnes_KeepsTheirOrder()
    {
        await using var executor = await FakeExecutor.StartAsync();
        using var client = new RondoClient(executor.Address);
        string[] names = ["a", "b", new string('c', 1 << 20), "d", new string('e', 1 << 20)];
        var jobs = names.Select(name => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes($$"""{"command":["echo"],"name":"{{name}}"}"""));

        Assert.Equal(5, (await client.SubmitManyJsonAsync(jobs.ToAsyncEnumerable(), Limit).ToListAsync(Limit)).Count);

        Assert.Equal(names, executor.Submitted.Select(job => (string)job["name"]!));
    }

    private static JobRequest Job(string kind)
    {
        var command = new JobRequest { Command = ["echo"] };
        return kind switch
        {
            "bytes" => command with { StdinBytes = Bytes },
            "file" => command with { OpenStdin = () => new MemoryStream(Bytes) },
            "pipe" => command with { OpenStdin = () => new Watched(Bytes) { IsPipe = true } },
            "empty pipe" => command with { OpenStdin = () => new Watched([]) { IsPipe = true } },
            "text" => command with { Stdin = Text },
            "json" => command with { Payload = JsonDocument.Parse(Json).RootElement },
            "lenient json" => command with { Payload = JsonDocument.Parse("/* why */ " + Json[..^1] + ",}", Lenient).RootElement },
            "payload bytes" => command with { PayloadBytes = Bytes },
            "payload stream" => command with { OpenPayload = () => new MemoryStream(Bytes) },
            _ => throw new ArgumentException(kind, nameof(kind)),
        };
    }

    private static readonly JsonDocumentOptions Lenient = new() { AllowTrailingCommas = true, CommentHandling = JsonCommentHandling.Skip };

    private static string Expected(string kind) =>
        kind switch
        {
            "text" => Text,
            "json" or "lenient json" => JsonNode.Parse(Json)!.ToJsonString(),
            "empty pipe" => "",
            _ => Convert.ToBase64String(Bytes),
        };

    private static string Input(JsonObject job) =>
        (string?)(job["stdin"] ?? job["stdinBase64"] ?? job["payloadBase64"]) ?? job["payload"]!.ToJsonString();

    private static RondoClient ClientOver(Link link, TimeSpan patience) =>
        new(
            new RondoClientOptions
            {
                Handler = link,
                ResponseTimeout = patience,
                SafeRetries = false,
            }
        );

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> Alone(ReadOnlyMemory<byte> job)
    {
        await Task.CompletedTask;
        yield return job;
    }

    /// <summary>A connection that takes a piece of a body once it may, to an executor that takes every job.</summary>
    private sealed class Link(Func<CancellationToken, Task> take) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.Content is { } body)
            {
                await body.CopyToAsync(new Taking(take), cancellationToken);
            }

            return new HttpResponseMessage(HttpStatusCode.OK) { Content = new StringContent("""{"id":"k7q2-1"}""" + "\n") };
        }

        private sealed class Taking(Func<CancellationToken, Task> take) : MemoryStream
        {
            public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) =>
                await take(cancellationToken);
        }
    }

    /// <summary>A file, or a pipe, that may break.</summary>
    private sealed class Watched(byte[] bytes) : MemoryStream(bytes)
    {
        public bool IsDisposed { get; private set; }

        public bool IsPipe { get; init; }

        public bool Fails { get; init; }

        public int More { get; init; }

        public override bool CanSeek => !IsPipe;

        public override long Length => IsPipe ? throw new NotSupportedException() : base.Length + More;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            Fails && Position > 0
                ? throw new IOException("the disk is gone")
                : base.ReadAsync(IsPipe ? buffer[..Math.Min(1000, buffer.Length)] : buffer, cancellationToken);

        protected override void Dispose(bool disposing)
        {
            IsDisposed = true;
            base.Dispose(disposing);
        }
    }
}
