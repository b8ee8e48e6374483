using System.Diagnostics;
using Rondo.Chaos.Checks;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Disk;
using Rondo.Chaos.Faults;
using Rondo.Chaos.Measuring;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos;

/// <summary>One run: a ring, its clients, the faults, and the check at the end.</summary>
internal sealed class ChaosRun
{
    private const int Clients = 6;
    private static readonly TimeSpan QuietLimit = TimeSpan.FromMinutes(3);
    private static readonly TimeSpan ProgressEvery = TimeSpan.FromSeconds(5);

    private readonly ChaosOptions _options;
    private readonly string _folder;
    private readonly string _job;
    private readonly string _attempts;
    private readonly Violations _violations = new();
    private readonly FaultLog _faults = new();
    private readonly Recorder _recorder;
    private readonly OrphanCheck _orphans;

    private ChaosRun(ChaosOptions options, string folder)
    {
        (_options, _folder) = (options, folder);
        _job = Path.Combine(folder, "job");
        _attempts = Path.Combine(folder, "attempts");
        _recorder = new Recorder(_violations);
        _orphans = new OrphanCheck(_job, _violations);
    }

    /// <summary>Does it all.</summary>
    /// <returns>The exit code: 0 if every promise was kept.</returns>
    public static async Task<int> RunAsync(ChaosOptions options)
    {
        var folder = Directory.CreateTempSubdirectory("rondo-chaos-").FullName;
        Console.Error.WriteLine($"rondo-chaos: --seed {options.Seed}, in {folder}");
        try
        {
            return await new ChaosRun(options, folder).RunAsync();
        }
        finally
        {
            if (!options.Keep)
            {
                DeleteWhatCanBe(folder);
            }
        }
    }

    private async Task<int> RunAsync()
    {
        Shim.Compile("job.c", _job);
        using var ring = ChaosRing.Make(_options, _folder, _violations);
        foreach (var executor in ring.Executors)
        {
            executor.Shim.Lies = _options.LyingDisk;
        }

        await ring.StartAsync();
        if (await ring.WholeAsync(QuietLimit) is null)
        {
            throw new InvalidOperationException("the ring does not come together, before anything was done to it");
        }

        var random = new Random(_options.Seed);
        var recovery = new Recovery(ring, _violations, random);
        await recovery.MeasureAsync(_options.Measure);

        var clients = Enumerable.Range(0, Clients).Select(_ => NewClient(ring, random)).ToArray();
        var clock = Stopwatch.StartNew();
        var breaking = BreakAsync(ring, clients);
        if (_options.LyingDisk && await Task.WhenAny(breaking, _violations.Lie) != breaking)
        {
            Console.WriteLine("the check sees that jobs are gone from disks that lie");
            return 1;
        }

        await breaking;
        var time = clock.Elapsed;

        var checker = new Checker(ring, _recorder, NewClient(ring, random), _faults, _violations);
        await _orphans.EndAsync();
        Console.Error.WriteLine($"checking {_recorder.ById.Count} jobs");
        await checker.CheckAsync(AttemptLog.Read(_attempts));

        var report = Report.Write(_options, time, _faults, _recorder, checker, _orphans, recovery, _violations);
        Console.WriteLine(report);
        foreach (var violation in _violations.Texts)
        {
            Console.WriteLine(violation);
        }

        if (_options.Report is { } file)
        {
            await File.WriteAllTextAsync(file, report);
        }

        return _violations.Count == 0 ? 0 : 1;
    }

    private JobClient NewClient(ChaosRing ring, Random random) =>
        new(ring.Executors, _recorder, _job, _attempts, new Random(random.Next()));

    /// <summary>Clients work while the plan is carried out; then everything heals, and they get what they still wait for.</summary>
    private async Task BreakAsync(ChaosRing ring, JobClient[] clients)
    {
        using var noMore = new CancellationTokenSource();
        using var giveUp = new CancellationTokenSource();
        using var faultsEnd = _options.Time is { } limit ? new CancellationTokenSource(limit) : new CancellationTokenSource();
        using var told = new CancellationTokenSource();
        var work = clients.Select(client => Task.Run(() => client.RunAsync(noMore.Token, giveUp.Token), CancellationToken.None)).ToArray();
        var plan = Plan.Make(_options.Seed, _options.Executors, _options.Kills, _options.Others, _options.Only);
        if (_options.Previous is not null)
        {
            // A release before this was promised loses sight of jobs.
            plan = [.. plan.Where(fault => fault.Kind is not FaultKind.RemovedTooEarly)];
        }

        var driver = new Driver(ring, _faults, _orphans, _violations);
        var progress = TellAsync(driver, plan.Count, told.Token);
        if (_options.Previous is null)
        {
            await driver.RunAsync(plan, faultsEnd.Token);
        }
        else
        {
            await ReplaceAsync(ring, driver, plan, faultsEnd.Token);
        }

        await noMore.CancelAsync();
        foreach (var executor in ring.Executors)
        {
            executor.Shim.ClockOffset = TimeSpan.Zero;
            if (!executor.IsRunning)
            {
                await executor.StartAsync();
            }
        }

        if (await ring.WholeAsync(QuietLimit) is null)
        {
            _violations.Add(Broken.Executor, $"the ring was not whole {QuietLimit} after the last fault");
        }

        giveUp.CancelAfter(QuietLimit);
        await Task.WhenAll(work);
        await told.CancelAsync();
        await progress;
    }

    /// <summary>One executor after the other becomes the new release, with faults before and after each.</summary>
    private async Task ReplaceAsync(ChaosRing ring, Driver driver, IReadOnlyList<Fault> plan, CancellationToken end)
    {
        var part = (plan.Count / (ring.Executors.Count + 1)) + 1;
        foreach (var (index, faults) in plan.Chunk(part).Index())
        {
            await driver.RunAsync(faults, end);
            if (index < ring.Executors.Count)
            {
                await ReplaceAsync(ring.Executors[index]);
            }
        }
    }

    private async Task ReplaceAsync(ChaosExecutor executor)
    {
        var from = FaultLog.Now;
        if (!await executor.StopAsync(QuietLimit))
        {
            _violations.Add(Broken.Executor, $"e{executor.Index} did not stop to be replaced");
            executor.Kill();
        }

        executor.Rondo = _options.Rondo;
        executor.IsPrevious = false;
        await executor.StartAsync();
        _faults.Add(FaultKind.Stop, [executor.Index], from);
        Console.Error.WriteLine($"e{executor.Index} is of the new release now");
    }

    private async Task TellAsync(Driver driver, int faults, CancellationToken end)
    {
        var clock = Stopwatch.StartNew();
        try
        {
            while (true)
            {
                await Task.Delay(ProgressEvery, end);
                var final = _recorder.ById.Values.Count(story => story.Final is not null);
                Console.Error.WriteLine(
                    $"{clock.Elapsed:hh\\:mm\\:ss}  {driver.Begun}/{faults} faults, {_faults.Kills} kills, "
                        + $"{_recorder.ById.Count} ids told, {final} final, {_violations.Count} violations"
                );
            }
        }
        catch (OperationCanceledException)
        {
            // All is told.
        }
    }

    private static void DeleteWhatCanBe(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (IOException)
        {
            // Disks in memory are still mounted in there; they and their contents go away with this process.
        }
    }
}
