using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Rondo.Core;
using Rondo.Executor.Handlers;
using Rondo.Wire;
using Record = Rondo.Core.Record;

namespace Rondo.Executor.Tests.Handlers;

/// <summary>What handlers return is in memory once, from there on to the disk.</summary>
public sealed partial class ResultMemoryTests
{
    private static readonly JobId Id = JobId.Parse("k7q2-1");

    [Fact]
    public async Task Bytes_ThatAHandlerReturns_AreWrittenToTheStoreFromWhereTheyAre()
    {
        var result = new byte[1 << 20];

        var output = await RunAsync(_ => result, default);

        Assert.Contains(
            Stored(output),
            piece => Memory(piece) is var (array, at, length) && array == result && (at, length) == (0, result.Length)
        );
    }

    [Fact]
    public async Task LargePartOfThePayload_ThatAHandlerReturns_IsNotCopied()
    {
        var payload = new byte[1 << 20];

        var output = await RunAsync(context => context.Payload[10..], payload);

        Assert.Equal((payload, 10, payload.Length - 10), Memory(output.Result));
    }

    [Fact]
    public async Task SmallPartOfALargeBuffer_ThatAHandlerReturns_DoesNotKeepTheBuffer()
    {
        var buffer = new byte[1 << 20];
        buffer[7] = 1;

        var output = await RunAsync(_ => buffer.AsMemory(5, 10), default);

        Assert.NotSame(buffer, Memory(output.Result).Array);
        Assert.Equal(buffer[5..15], output.Result.ToArray());
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(3_000_000)]
    public void Json_OfAHandler_IsWrittenOnceIntoMemoryOfItsLength(int numbers)
    {
        int[] result = [.. Enumerable.Range(0, numbers)];
        var expected = JsonSerializer.SerializeToUtf8Bytes(result, ResultJson.Default.Int32Array);
        var writing = new JsonResult<int[]>(ResultJson.Default.Int32Array);
        writing.Write([1]);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var json = writing.Write(result);

        // A little is for the pieces; a buffer that doubles would take twice as much, and the bytes again.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, json.Length, json.Length + (4 << 20));
        Assert.Equal(expected, json);
    }

    [Theory]
    [MemberData(nameof(LargeTexts))]
    public void LargeText_InAResult_IsWrittenOnceIntoMemoryOfItsLength(LargeResult result)
    {
        var expected = JsonSerializer.SerializeToUtf8Bytes(result, ResultJson.Default.LargeResult);
        var writing = new JsonResult<LargeResult>(ResultJson.Default.LargeResult);
        writing.Write(new LargeResult());
        Pool.Empty(expected.Length);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var json = writing.Write(result);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, json.Length, json.Length + (4 << 20));
        Assert.True(expected.AsSpan().SequenceEqual(json));
    }

    [Fact]
    public void Converters_OfTheApplication_ComeFirst()
    {
        var options = new JsonSerializerOptions
        {
            Converters = { new Reversing() },
            TypeInfoResolver = ResultJson.Default,
            WriteIndented = true,
        };
        var type = (JsonTypeInfo<LargeResult>)options.GetTypeInfo(typeof(LargeResult));
        var result = new LargeResult
        {
            Text = "abc",
            Others = new() { ["key"] = "xyz" },
        };

        var json = new JsonResult<LargeResult>(type).Write(result);

        Assert.Contains("cba", Encoding.UTF8.GetString(json), StringComparison.Ordinal);
        Assert.Equal(JsonSerializer.Serialize(result, type), Encoding.UTF8.GetString(json));
    }

    [Fact]
    public void Type_ThatWasChangedByItself_IsWrittenAsItSays()
    {
        var options = new JsonSerializerOptions { TypeInfoResolver = ResultJson.Default };
        var type = JsonTypeInfo.CreateJsonTypeInfo<LargeResult>(options);
        var text = type.CreateJsonPropertyInfo(typeof(string), "other");
        text.Get = _ => "name";
        type.Properties.Add(text);

        Assert.Equal("""{"other":"name"}"""u8, new JsonResult<LargeResult>(type).Write(new LargeResult()));
    }

    public static TheoryData<LargeResult> LargeTexts()
    {
        var bytes = new byte[(12 << 20) + 1];
        new Random(1).NextBytes(bytes);
        return
        [
            new LargeResult { Text = new string('x', bytes.Length) },
            // Pieces end within what are two characters, others are escaped, and some are not text.
            new LargeResult { Text = string.Concat(Enumerable.Repeat("xä\n\"😀\ud800\u2028", bytes.Length / 10)) },
            new LargeResult { Bytes = bytes },
            new LargeResult
            {
                Memory = bytes.AsMemory(1),
                Others = new() { ["key\n"] = "y" },
            },
            new LargeResult
            {
                Others = new() { ["a"] = new string('"', bytes.Length / 10), ["b"] = null },
            },
        ];
    }

    private static async Task<JobOutput> RunAsync(Func<JobContext, ReadOnlyMemory<byte>> handler, ReadOnlyMemory<byte> payload)
    {
        var services = new ServiceCollection();
        services.AddLogging().AddRondo(_ => { }).AddRawHandler("give", (context, _) => Task.FromResult(handler(context)));
        await using var provider = services.BuildServiceProvider();
        var registered = provider.GetServices<HandlerRegistration>().Single(one => one.Name == "give");
        var end = new TaskCompletionSource<Input.RunEnded>();
        var runner = new HandlerRunner(
            ExecutorId.Parse("m3xd"),
            new HandlerTable(registered.Bind(provider)),
            end.SetResult,
            _ => { },
            TimeProvider.System,
            NullLogger<HandlerRunner>.Instance
        );
        runner.Start(Id, new Attempt(1), "give", new JobContent(default, payload));
        var ended = await end.Task.WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);
        Assert.Equal(JobEnd.Succeeded, ended.Outcome.End);
        return ended.Outcome.Output;
    }

    private static IReadOnlyList<ReadOnlyMemory<byte>> Stored(JobOutput output) =>
        PartedRecord
            .Of(
                new Record.Finished(
                    Id,
                    DateTimeOffset.UnixEpoch,
                    Id.Home,
                    new Attempt(1),
                    0,
                    DateTimeOffset.UnixEpoch,
                    new Outcome { End = JobEnd.Succeeded, Output = output }
                )
            )!
            .Part;

    private static (byte[]? Array, int At, int Length) Memory(ReadOnlyMemory<byte> memory) =>
        MemoryMarshal.TryGetArray(memory, out var array) ? (array.Array, array.Offset, array.Count) : default;

    public sealed class LargeResult
    {
        public string? Text { get; init; }

        public byte[]? Bytes { get; init; }

        public ReadOnlyMemory<byte> Memory { get; init; }

        public Dictionary<string, string?>? Others { get; init; }
    }

    private sealed class Reversing : JsonConverter<string>
    {
        public override string Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            throw new NotSupportedException();

        public override void Write(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WriteStringValue(string.Concat(value.Reverse()));

        public override void WriteAsPropertyName(Utf8JsonWriter writer, string value, JsonSerializerOptions options) =>
            writer.WritePropertyName(value);
    }

    // The fast path of generated code writes "" for bytes that are null.
    [JsonSourceGenerationOptions(GenerationMode = JsonSourceGenerationMode.Metadata)]
    [JsonSerializable(typeof(int[]))]
    [JsonSerializable(typeof(LargeResult))]
    private sealed partial class ResultJson : JsonSerializerContext;
}
