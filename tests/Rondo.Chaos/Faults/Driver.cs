using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Rondo.Chaos.Checks;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Disk;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos.Faults;

/// <summary>Does to the ring what the plan says, some of it at the same time; whoever was ended is started again.</summary>
internal sealed class Driver(ChaosRing ring, FaultLog log, OrphanCheck orphans, Violations violations)
{
    private const int AtTheSameTime = 3;
    private const long RoomOnAFullDisk = 64 * 1024;

    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan ProbePause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan RemoveLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan RemovePatience = TimeSpan.FromSeconds(1);

    private int _begun;

    public int Begun => _begun;

    /// <summary>Works through the plan until its end, or until it is told to end.</summary>
    public async Task RunAsync(IReadOnlyList<Fault> plan, CancellationToken end)
    {
        var waiting = new ConcurrentQueue<Fault>(plan);
        await Task.WhenAll(Enumerable.Range(0, AtTheSameTime).Select(_ => Task.Run(() => LaneAsync(waiting, end), CancellationToken.None)));
    }

    private async Task LaneAsync(ConcurrentQueue<Fault> waiting, CancellationToken end)
    {
        while (!end.IsCancellationRequested && waiting.TryDequeue(out var fault))
        {
            Interlocked.Increment(ref _begun);
            var random = new Random(fault.Seed);
            var hurt = fault.Executors.Select(index => ring.Executors[index]).OrderBy(executor => executor.Index).ToArray();
            var isOfProcess = !FaultKinds.Cuts.Contains(fault.Kind) && !FaultKinds.Traffic.Contains(fault.Kind);
            if (isOfProcess)
            {
                // Always in the same order, so that two faults never wait for each other.
                foreach (var executor in hurt)
                {
                    await executor.Gate.WaitAsync(CancellationToken.None);
                }
            }

            var from = FaultLog.Now;
            try
            {
                await DoAsync(fault, hurt, random);
            }
            catch (InvalidOperationException error)
            {
                // What was promised is still checked at the end; the run does not count as a good one.
                violations.Add(Broken.Executor, $"the fault {fault.Kind} could not be done: {error.Message}");
            }
            finally
            {
                log.Add(fault.Kind, fault.Executors, from);
                foreach (var executor in isOfProcess ? hurt : [])
                {
                    executor.Gate.Release();
                }
            }

            await Task.Delay(random.Next(150), CancellationToken.None);
        }
    }

    private Task DoAsync(Fault fault, ChaosExecutor[] hurt, Random random) =>
        fault.Kind switch
        {
            FaultKind.Kill or FaultKind.KillSeveral or FaultKind.KillAll => KillAsync(hurt, random, losesPower: false),
            FaultKind.PowerCut or FaultKind.PowerCutAll => KillAsync(hurt, random, losesPower: true),
            FaultKind.KillStarting => KillStartingAsync(hurt[0], random),
            FaultKind.TornWrite => TearAsync(hurt[0], random),
            FaultKind.Stop => StopAsync(hurt[0]),
            FaultKind.PauseShort => PauseAsync(hurt[0], random.Next(30, 900)),
            FaultKind.PauseLong => PauseAsync(hurt[0], random.Next(2500, 5000)),
            FaultKind.SyncFails => FailAsync(hurt[0], it => it.Shim.FailingSyncs = 1_000_000, "a failed sync"),
            FaultKind.DiskFull => FillAsync(hurt[0], random),
            FaultKind.SyncSlow => SlowAsync(hurt[0], random),
            FaultKind.Cut => ForAWhileAsync(ring.Network.Cut(fault.Executors[0], fault.Executors[1]), random),
            FaultKind.CutOneWay => ForAWhileAsync(ring.Network.Drop(fault.Executors[0], fault.Executors[1]), random),
            FaultKind.Isolate or FaultKind.Partition => ForAWhileAsync(ring.Network.Partition([.. fault.Executors]), random),
            FaultKind.Deaf => ForAWhileAsync(Each(hurt[0].Index, (it, other) => ring.Network.Drop(other, it)), random),
            FaultKind.Mute => ForAWhileAsync(Each(hurt[0].Index, (it, other) => ring.Network.Drop(it, other)), random),
            FaultKind.Loss => ForAWhileAsync(Lose(hurt[0].Index, random.Next(5, 40)), random),
            FaultKind.Reset => ForAWhileAsync(Each(hurt[0].Index, (it, other) => ring.Network.Reset(other, it)), random, longest: 500),
            FaultKind.SlowLink => SlowLinkAsync(random),
            FaultKind.BreakLink => BreakLinkAsync(random),
            FaultKind.ClockJump => JumpAsync(hurt[0], random),
            FaultKind.RemovedTooEarly => RemoveAsync(hurt[0], random),
            _ => throw new UnreachableException(),
        };

    private async Task KillAsync(ChaosExecutor[] hurt, Random random, bool losesPower)
    {
        await Task.Delay(random.Next(50));
        foreach (var executor in hurt)
        {
            Kill(executor);
        }

        if (losesPower)
        {
            foreach (var executor in hurt)
            {
                log.Lost(PowerCut.Lose(executor.Shim.UndoPath, random));
            }
        }

        // Mostly it is back before anybody takes its jobs back, sometimes not.
        await Task.Delay(random.Next(6) == 0 ? random.Next(2000, 4000) : random.Next(400));
        await Task.WhenAll(hurt.Select(executor => executor.StartAsync()));
    }

    private void Kill(ChaosExecutor executor)
    {
        executor.Kill();
        log.Killed();
        orphans.Watch(executor);
    }

    private async Task KillStartingAsync(ChaosExecutor executor, Random random)
    {
        for (var i = 0; i < Plan.KillsOfAStart; i++)
        {
            Kill(executor);
            var started = executor.StartAsync();
            await Task.WhenAny(started, Task.Delay(random.Next(10, 600)));
            executor.MayEnd();
            if (i == Plan.KillsOfAStart - 1)
            {
                Kill(executor);
                await started;
                await executor.StartAsync();
            }
        }
    }

    private async Task TearAsync(ChaosExecutor executor, Random random)
    {
        executor.MayEnd();
        executor.Shim.TornWrite = true;
        await MustEndAsync(executor, "a torn write");
        log.Killed();
        log.Lost(PowerCut.Lose(executor.Shim.UndoPath, random));
        await executor.StartAsync();
    }

    private async Task StopAsync(ChaosExecutor executor)
    {
        if (!await executor.StopAsync(TimeSpan.FromSeconds(60)))
        {
            violations.Add(Broken.Executor, $"e{executor.Index} did not stop within a minute of SIGTERM: {executor.LastLines()}");
            executor.Kill();
        }

        await executor.StartAsync();
    }

    private static async Task PauseAsync(ChaosExecutor executor, int milliseconds)
    {
        executor.Pause();
        await Task.Delay(milliseconds);
        executor.Continue();
    }

    /// <summary>Whoever has no room must take no job, and may end. What goes on takes jobs again once there is room.</summary>
    private async Task FillAsync(ChaosExecutor executor, Random random)
    {
        executor.Disk!.Fill(RoomOnAFullDisk);
        executor.MayEnd();
        try
        {
            await MustComeToAsync(executor, HttpStatusCode.TooManyRequests, "takes jobs on a full disk");

            // The jobs that it has go on, and may find no room.
            await executor.EndsAsync(TimeSpan.FromMilliseconds(random.Next(3000)));
        }
        finally
        {
            executor.Disk.Empty();
        }

        await MustComeToAsync(executor, HttpStatusCode.Created, "takes no jobs though its disk has room");
        if (executor.IsRunning)
        {
            executor.MustGoOn();
            return;
        }

        await executor.StartAsync();
    }

    /// <summary>Hands in jobs until they are answered so, or it ends.</summary>
    private async Task MustComeToAsync(ChaosExecutor executor, HttpStatusCode status, string otherwise)
    {
        var clock = Stopwatch.StartNew();
        while (executor.IsRunning)
        {
            if (await Api.PostAsync(executor.Url, "/v1/jobs", JobClient.ProbeBody) is { } reply && reply.Status == status)
            {
                return;
            }

            if (clock.Elapsed > EndLimit)
            {
                violations.Add(Broken.Executor, $"e{executor.Index} {otherwise}, for {EndLimit.TotalSeconds} s: {executor.LastLines()}");
                Kill(executor);
                return;
            }

            await Task.Delay(ProbePause);
        }
    }

    private async Task FailAsync(ChaosExecutor executor, Action<ChaosExecutor> fail, string what)
    {
        executor.MayEnd();
        fail(executor);
        await MustEndAsync(executor, what);
        await executor.StartAsync();
    }

    /// <summary>Whoever cannot write must not go on as if it could.</summary>
    private async Task MustEndAsync(ChaosExecutor executor, string what)
    {
        if (!await executor.EndsAsync(EndLimit))
        {
            violations.Add(Broken.Executor, $"e{executor.Index} goes on {EndLimit.TotalSeconds} s after {what}: {executor.LastLines()}");
            Kill(executor);
        }
    }

    private static async Task SlowAsync(ChaosExecutor executor, Random random)
    {
        executor.Shim.SyncDelay = TimeSpan.FromMilliseconds(random.Next(10, 300));
        await Task.Delay(random.Next(500, 3000));
        executor.Shim.SyncDelay = TimeSpan.Zero;
    }

    private static async Task ForAWhileAsync(IDisposable fault, Random random, int longest = 5000)
    {
        using (fault)
        {
            await Task.Delay(random.Next(100, random.Next(2) == 0 ? longest : Math.Max(longest / 4, 101)));
        }
    }

    private async Task SlowLinkAsync(Random random)
    {
        ring.Relay.Delay = TimeSpan.FromMilliseconds(random.Next(20, 200));
        ring.Relay.BytesPerSecond = random.Next(2) == 0 ? 0 : random.Next(50_000, 2_000_000);
        await Task.Delay(random.Next(500, 4000));
        ring.Relay.Delay = TimeSpan.Zero;
        ring.Relay.BytesPerSecond = 0;
    }

    private async Task BreakLinkAsync(Random random)
    {
        for (var i = random.Next(1, 6); i > 0; i--)
        {
            ring.Relay.BreakAll();
            await Task.Delay(random.Next(200));
        }
    }

    private static async Task JumpAsync(ChaosExecutor executor, Random random)
    {
        executor.Shim.ClockOffset = TimeSpan.FromSeconds(random.Next(-7200, 7200));
        await Task.Delay(random.Next(200, 3000));
        executor.Shim.ClockOffset = random.Next(2) == 0 ? TimeSpan.Zero : TimeSpan.FromSeconds(random.Next(-7200, 7200));
    }

    /// <summary>An operator gives up on an executor that is not gone for good.</summary>
    private async Task RemoveAsync(ChaosExecutor executor, Random random)
    {
        var lives = random.Next(2) == 0;
        if (lives)
        {
            executor.Pause();
        }
        else
        {
            Kill(executor);
        }

        await RemoveFromRingAsync(executor, random);

        // Mostly it is back at once, sometimes when all has been done with its jobs that the others do.
        await Task.Delay(random.Next(3) == 0 ? random.Next(1000, 4000) : random.Next(200));
        if (lives)
        {
            executor.Continue();
        }
        else
        {
            await executor.StartAsync();
        }
    }

    /// <summary>Asks the others in turn until one has noticed that the executor is not there, and removes it.</summary>
    private async Task RemoveFromRingAsync(ChaosExecutor executor, Random random)
    {
        executor.WasRemoved = true;
        var others = ring.Executors.Where(other => other != executor).ToArray();
        var clock = Stopwatch.StartNew();
        Reply? reply;
        do
        {
            if (clock.Elapsed > RemoveLimit)
            {
                violations.Add(Broken.Executor, $"nobody removes e{executor.Index} within {RemoveLimit.TotalSeconds} s");
                return;
            }

            reply = await Api.PostAsync(others[random.Next(others.Length)].Url, $"/v1/executors/{executor.Id}:remove", "", RemovePatience);
            // Where it is not known, an earlier request has removed it whose answer was lost.
        } while (reply is not ({ IsGood: true } or { Status: HttpStatusCode.NotFound }));
    }

    private All Lose(int index, int percent) =>
        Each(index, (it, other) => new All([ring.Network.Drop(other, it, percent), ring.Network.Drop(it, other, percent)]));

    private All Each(int index, Func<int, int, IDisposable> fault) =>
        new([.. ring.Executors.Where(other => other.Index != index).Select(other => fault(index, other.Index))]);

    private sealed class All(IReadOnlyList<IDisposable> parts) : IDisposable
    {
        public void Dispose()
        {
            foreach (var part in parts)
            {
                part.Dispose();
            }
        }
    }
}
