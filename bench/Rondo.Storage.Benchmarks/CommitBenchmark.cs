using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Storage.Benchmarks;

/// <summary>
/// No-op jobs through a store, three commits each as under a steady load: a commit has the end of one batch, the start of the next and
/// the acceptance of a third.
/// </summary>
internal static class CommitBenchmark
{
    private static readonly TimeSpan _length = TimeSpan.FromSeconds(4);

    public static void Run(string directory, int payloadBytes)
    {
        foreach (var batch in (ReadOnlySpan<int>)[1, 16, 128, 1024, 4096])
        {
            Console.WriteLine($"commit of {batch} jobs ({payloadBytes} bytes of payload): {Measure(directory, batch, payloadBytes)}");
        }
    }

    private static string Measure(string directory, int batch, int payloadBytes)
    {
        var path = Path.Combine(directory, $"commit-{batch}");
        var store = SqliteStore.Open(path);
        foreach (var _ in store.Load().Jobs) { }

        var payload = new byte[payloadBytes];
        Random.Shared.NextBytes(payload);
        var content = new JobContent("{\"handler\":\"noop\"}"u8.ToArray(), payload);
        var output = new JobOutput(payload, default);
        var figures = new Figures();
        var records = new List<Record>();
        long next = 0;
        long first = 0;
        TimeSpan cpu = default;
        long allocated = 0;
        var clock = Stopwatch.StartNew();
        var measuring = false;
        for (; clock.Elapsed < _length; next += batch)
        {
            if (!measuring && clock.Elapsed > _length / 4)
            {
                measuring = true;
                first = next;
                cpu = Environment.CpuUsage.TotalTime;
                allocated = GC.GetTotalAllocatedBytes();
                clock.Restart();
            }

            records.Clear();
            for (var i = 0; i < batch; i++)
            {
                if (next - (2 * batch) + i is var finished and >= 0)
                {
                    records.Add(Jobs.Finished(new JobId(store.Id, finished + 1), output));
                }

                if (next - batch + i is var started and >= 0)
                {
                    records.Add(Jobs.Started(new JobId(store.Id, started + 1)));
                }

                records.Add(Jobs.Accepted(new JobId(store.Id, next + i + 1), content));
            }

            var start = Stopwatch.GetTimestamp();
            store.Commit(records);
            if (measuring)
            {
                figures.Add(Stopwatch.GetElapsedTime(start));
            }
        }

        var jobs = next - first;
        var perSecond = jobs / clock.Elapsed.TotalSeconds;
        var cpuPerJob = (Environment.CpuUsage.TotalTime - cpu).TotalMicroseconds / jobs;
        var bytesPerJob = (GC.GetTotalAllocatedBytes() - allocated) / jobs;
        store.Dispose();
        Directory.Delete(path, recursive: true);
        return Figures.Invariant(
            $"{perSecond:#,0} jobs/s, {cpuPerJob:0.0} µs of CPU and {bytesPerJob:#,0} bytes allocated a job; a commit: {figures}"
        );
    }
}
