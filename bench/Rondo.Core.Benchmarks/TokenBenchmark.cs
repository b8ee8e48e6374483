using BenchmarkDotNet.Attributes;
using Rondo.Wire;

namespace Rondo.Core.Benchmarks;

/// <summary>What a visit of the token costs in an idle ring: the rules alone, and its way over the wire.</summary>
[MemoryDiagnoser]
public class TokenBenchmark
{
    private const int Hops = 256;
    private Cores _ring = null!;
    private Message.Pass _pass = null!;
    private byte[] _bytes = null!;

    [Params(4, 16, 64)]
    public int Executors { get; set; }

    [GlobalSetup]
    public void SetUp()
    {
        _ring = new Cores([.. Enumerable.Repeat(4, Executors)]);
        _pass = _ring.LastPass!;
        _bytes = MessageCodec.Encode(_pass);
    }

    [Benchmark(OperationsPerInvoke = Hops)]
    public void Visit() => _ring.PassOn(Hops);

    [Benchmark]
    public byte[] Encode() => MessageCodec.Encode(_pass);

    [Benchmark]
    public Message? Decode() => MessageCodec.Decode(_bytes);
}
