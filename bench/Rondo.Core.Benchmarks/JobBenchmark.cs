using BenchmarkDotNet.Attributes;

namespace Rondo.Core.Benchmarks;

/// <summary>A job's whole life in the core, from its submission to its result, without disk and network: time and memory a job.</summary>
[MemoryDiagnoser]
public class JobBenchmark
{
    private const int Jobs = 1024;
    private Cores _one = null!;
    private Cores _two = null!;

    [GlobalSetup]
    public void SetUp()
    {
        _one = new Cores(Jobs);
        _two = new Cores(1, Jobs);
    }

    /// <summary>It runs where it was handed in; all in one batch.</summary>
    [Benchmark(OperationsPerInvoke = Jobs)]
    public void Stays() => _one.RunJobs(Jobs);

    /// <summary>As before, each in a batch of its own.</summary>
    [Benchmark(OperationsPerInvoke = Jobs)]
    public void StaysAlone()
    {
        for (var i = 0; i < Jobs; i++)
        {
            _one.RunJobs(1);
        }
    }

    /// <summary>It is handed to another executor, which has a thousand times the slots, and its result comes back.</summary>
    [Benchmark(OperationsPerInvoke = Jobs)]
    public void Moves() => _two.RunJobs(Jobs);
}
