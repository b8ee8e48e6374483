using System.Diagnostics;
using Rondo.Core;

namespace Rondo.Storage.Benchmarks;

/// <summary>A store with a long history: its start, look-ups and lists in it, and what deleting from it does to commits.</summary>
internal static class HistoryBenchmark
{
    private const int Batch = 4096;

    /// <summary>Makes a store; one in a hundred finished jobs failed.</summary>
    public static void Generate(string directory, long finished, long unfinished)
    {
        using var store = SqliteStore.Open(directory);
        foreach (var _ in store.Load().Jobs) { }

        var content = Content(100);
        var output = new JobOutput(content.Input, default);
        var records = new List<Record>(Batch * 3);
        var clock = Stopwatch.StartNew();
        for (var number = 1L; number <= finished + unfinished; )
        {
            records.Clear();
            for (; records.Count < Batch * 3 && number <= finished + unfinished; number++)
            {
                var id = new JobId(store.Id, number);
                records.Add(Jobs.Accepted(id, content));
                if (number <= finished)
                {
                    records.Add(Jobs.Started(id));
                    records.Add(Jobs.Finished(id, output, number % 100 == 0 ? JobEnd.Failed : JobEnd.Succeeded));
                }
            }

            store.Commit(records);
        }

        store.Flush();
        Console.WriteLine(
            Figures.Invariant(
                $"made {finished:#,0} finished and {unfinished:#,0} unfinished jobs in {clock.Elapsed.TotalSeconds:0.0} s; {new FileInfo(Path.Combine(directory, SqliteStore.FileName)).Length / 1e6:#,0} MB"
            )
        );
    }

    public static void Start(string directory)
    {
        var clock = Stopwatch.StartNew();
        using var store = SqliteStore.Open(directory);
        var opened = clock.Elapsed;
        var settings = new CoreSettings
        {
            Slots = 4,
            Self = new Member
            {
                Id = store.Id,
                Incarnation = store.Incarnation,
                Name = "bench",
                RingAddress = "127.0.0.1:1",
                HttpAddress = "127.0.0.1:2",
                Capabilities = new Capabilities(Commands: true, EquatableList<string>.Empty),
            },
        };
        var jobs = 0;
        var recovered = store.Load();
        var core = new ExecutorCore(
            settings,
            recovered with
            {
                Jobs = recovered.Jobs.Select(Count),
            },
            new Instant(TimeSpan.Zero, DateTimeOffset.UnixEpoch)
        );
        var loaded = clock.Elapsed;
        var output = new StepOutput();
        core.Start(new Instant(TimeSpan.Zero, DateTimeOffset.UnixEpoch), output);
        core.EndBatch(new Instant(TimeSpan.Zero, DateTimeOffset.UnixEpoch), output);
        var started = clock.Elapsed;
        store.Commit(output.Records);
        Console.WriteLine(
            Figures.Invariant(
                $"start: opened in {opened.TotalMilliseconds:0} ms, loaded in {(loaded - opened).TotalMilliseconds:0} ms, first step in {(started - loaded).TotalMilliseconds:0} ms; {Environment.WorkingSet / 1e6:0} MB of memory"
            )
        );
        output.Clear();
        GC.Collect();
        Console.WriteLine(
            Figures.Invariant(
                $"{GC.GetTotalMemory(true) / 1e6:0} MB of objects, {jobs} unfinished jobs: {GC.GetTotalMemory(true) / Math.Max(jobs, 1)} bytes each"
            )
        );
        GC.KeepAlive(core);

        IReadOnlyList<Record.OfJob> Count(IReadOnlyList<Record.OfJob> records)
        {
            jobs++;
            return records;
        }
    }

    public static void Read(string directory)
    {
        using var store = SqliteStore.Open(directory);
        foreach (var _ in store.Load().Jobs) { }

        var last = store.Reader.ListFinished(long.MaxValue, 1)[0][0].Id.Number;
        var random = new Random(1);
        var find = new Figures();
        var result = new Figures();
        var failed = new Figures();
        for (var i = 0; i < 1000; i++)
        {
            var id = new JobId(store.Id, random.NextInt64(1, last + 1));
            Time(find, () => store.Reader.FindJob(id));
            Time(result, () => store.Reader.ReadOutput(id));
        }

        for (var i = 0; i < 100; i++)
        {
            Time(failed, () => store.Reader.ListFinished(long.MaxValue, 100, JobEnd.Failed));
        }

        Console.WriteLine($"{last} jobs: look-up by id: {find}");
        Console.WriteLine($"its result: {result}");
        Console.WriteLine($"the latest 100 that failed: {failed}");
    }

    /// <summary>Commits at a fixed rate, first without, then with deletion of the oldest.</summary>
    public static void Retain(string directory, int jobsPerSecond)
    {
        using var store = SqliteStore.Open(directory);
        var lastNumber = store.Load() is var recovered ? recovered.LastNumber : 0;
        foreach (var _ in recovered.Jobs) { }

        for (var round = 0; round < 4; round++)
        {
            Console.WriteLine($"{jobsPerSecond} jobs/s: a commit takes {Submit(store, jobsPerSecond, ref lastNumber)}");
            using var stop = new CancellationTokenSource();
            var deleting = Task.Run(() => Delete(store, stop.Token));
            var figures = Submit(store, jobsPerSecond, ref lastNumber);
            stop.Cancel();
            Console.WriteLine($"{jobsPerSecond} jobs/s and {deleting.Result / 5} deleted a second: a commit takes {figures}");
        }
    }

    private static long Delete(SqliteStore store, CancellationToken cancellationToken)
    {
        var deleted = 0L;
        while (!cancellationToken.IsCancellationRequested)
        {
            deleted += store.DeleteFinishedBefore(DateTimeOffset.MaxValue, 500);
            Thread.Sleep(50);
        }

        return deleted;
    }

    private static Figures Submit(SqliteStore store, int jobsPerSecond, ref long lastNumber)
    {
        const int perCommit = 16;
        var content = Content(100);
        var output = new JobOutput(content.Input, default);
        var figures = new Figures();
        var records = new List<Record>();
        var clock = Stopwatch.StartNew();
        for (var done = 0L; clock.Elapsed < TimeSpan.FromSeconds(5); done += perCommit)
        {
            var due = TimeSpan.FromSeconds((double)done / jobsPerSecond);
            if (due > clock.Elapsed)
            {
                Thread.Sleep((int)Math.Ceiling((due - clock.Elapsed).TotalMilliseconds));
            }

            records.Clear();
            for (var i = 0; i < perCommit; i++)
            {
                var id = new JobId(store.Id, ++lastNumber);
                records.Add(Jobs.Accepted(id, content));
                records.Add(Jobs.Started(id));
                records.Add(Jobs.Finished(id, output));
            }

            var start = Stopwatch.GetTimestamp();
            store.Commit(records);
            figures.Add(Stopwatch.GetElapsedTime(start));
        }

        return figures;
    }

    private static JobContent Content(int bytes)
    {
        var payload = new byte[bytes];
        Random.Shared.NextBytes(payload);
        return new JobContent("{\"handler\":\"noop\"}"u8.ToArray(), payload);
    }

    private static void Time<T>(Figures figures, Func<T> action)
    {
        var start = Stopwatch.GetTimestamp();
        GC.KeepAlive(action());
        figures.Add(Stopwatch.GetElapsedTime(start));
    }
}
