using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
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
        var expected = JsonSerializer.SerializeToUtf8Bytes(result, NumbersJson.Default.Int32Array);
        JsonResult.Write([1], NumbersJson.Default.Int32Array);
        var before = GC.GetAllocatedBytesForCurrentThread();

        var json = JsonResult.Write(result, NumbersJson.Default.Int32Array);

        // A little is for the pieces; a buffer that doubles would take twice as much, and the bytes again.
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, json.Length, json.Length + (4 << 20));
        Assert.Equal(expected, json);
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

    [JsonSerializable(typeof(int[]))]
    private sealed partial class NumbersJson : JsonSerializerContext;
}
