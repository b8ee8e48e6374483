using System.Buffers;
using BenchmarkDotNet.Attributes;
using Rondo.Wire;

namespace Rondo.Core.Benchmarks;

/// <summary>The records of a no-op job with a payload of 100 bytes, to the bytes on the disk and back.</summary>
[MemoryDiagnoser]
public class RecordBenchmark
{
    private readonly ArrayBufferWriter<byte> _buffer = new(4096);
    private Record _record = null!;
    private byte[] _bytes = null!;

    [Params("accepted", "started", "finished")]
    public string Kind { get; set; } = "";

    [GlobalSetup]
    public void SetUp()
    {
        var id = new JobId(ExecutorId.Parse("e0001"), 1);
        var at = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
        var payload = new byte[100];
        var terms = new JobTerms
        {
            Kind = JobKind.Handler,
            Handler = "noop",
            Summary = "noop",
        };
        var outcome = new Outcome { End = JobEnd.Succeeded, Output = new JobOutput(payload, ReadOnlyMemory<byte>.Empty) };
        _record = Kind switch
        {
            "accepted" => new Record.Accepted(id, at, terms, new JobContent(ReadOnlyMemory<byte>.Empty, payload)),
            "started" => new Record.Started(id, at, new Attempt(1)),
            _ => new Record.Finished(id, at, id.Home, new Attempt(1), 0, at, outcome),
        };
        _bytes = RecordCodec.Encode(_record);
    }

    [Benchmark]
    public int Encode()
    {
        _buffer.ResetWrittenCount();
        RecordCodec.Encode(_record, _buffer);
        return _buffer.WrittenCount;
    }

    [Benchmark]
    public Record? Decode() => RecordCodec.Decode(_bytes);
}
