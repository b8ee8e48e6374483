using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using Rondo.Client;

namespace Rondo.Cli;

/// <summary>The demo from its first executor to its verdict.</summary>
internal sealed class DemoRun(Session session, DemoPlan plan, DemoStage stage, DemoView view)
{
    private const int CollectAtOnce = 128;

    /// <summary>Often enough to look twice between two finishes.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(25);

    /// <summary>Long enough to see that the ring goes on without the killed one.</summary>
    private static readonly TimeSpan DownTime = TimeSpan.FromSeconds(1);

    /// <summary>Without any result for so long, the demo gives up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60);

    private readonly DemoLedger _ledger = new();
    private readonly BalanceMeter _balance = new(plan.Executors);
    private readonly Stopwatch _elapsed = Stopwatch.StartNew();
    private RingStatus? _ring;

    private DemoExecutor Accepting => stage.Executors[0];

    public async Task<DemoVerdict> RunAsync()
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(session.Interrupted);
        // A reading that never ends must not outlive the run, whichever way it ends.
        using var client = new RondoClient(Accepting.Address);
        Task watching = Task.CompletedTask;
        try
        {
            await StartRingAsync(client, stop.Token);
            var ids = await SubmitAsync(client, stop.Token);
            watching = WatchAsync(client, stop.Token);
            var killing = KillOneAsync(stop.Token);
            await CollectAsync(client, ids, killing, stop.Token);
            return await JudgeAsync(await killing, stop.Token);
        }
        finally
        {
            await stop.CancelAsync();
            await watching.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    private async Task StartRingAsync(RondoClient client, CancellationToken cancellationToken)
    {
        view.Say($"starting {plan.Executors} executors on 127.0.0.1, data in {stage.Folder}");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(StartLimit);
        try
        {
            var starting = Task.WhenAll(stage.Executors.Select(executor => executor.StartAsync(limit.Token)));
            while (!starting.IsCompleted)
            {
                view.Show(stage, ring: null, received: 0);
                await Task.WhenAny(starting, Task.Delay(LookEvery, limit.Token));
            }

            await starting;
            view.Say($"all {plan.Executors} are ready; waiting until they are one ring");
            do
            {
                await Task.Delay(LookEvery, limit.Token);
                _ring = await client.RingAsync(limit.Token);
                view.Show(stage, _ring, _ledger.Count);
            } while (_ring.Executors.Count(executor => executor.IsAlive) < plan.Executors);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new DemoException(
                $"the ring was not complete after {Durations.Format(StartLimit)}: {_ring?.Executors.Count ?? 0} of {plan.Executors} executors"
            );
        }

        view.Say($"the ring is complete: {string.Join(" → ", _ring.Executors.Select(executor => executor.Name))} ↺");
    }

    private async Task<List<string>> SubmitAsync(RondoClient client, CancellationToken cancellationToken)
    {
        List<string> ids = [];
        await foreach (var outcome in client.SubmitManyAsync(CreateJobs(cancellationToken), cancellationToken))
        {
            ids.Add(outcome.Id ?? throw new DemoException($"a job was refused: {outcome.Problem?.Message}"));
        }

        view.Say($"gave all {ids.Count} jobs to {Accepting.Name} ({ids[0]} to {ids[^1]})");
        return ids;
    }

    private async IAsyncEnumerable<JobRequest> CreateJobs([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Task.CompletedTask;
        for (var i = 0; i < plan.Jobs && !cancellationToken.IsCancellationRequested; i++)
        {
            var seconds = (1 + (2 * Random.Shared.NextDouble())).ToString("0.00", CultureInfo.InvariantCulture);
            yield return new JobRequest
            {
                // The random part makes every run of a job write something else: a result recorded twice would show.
                Command = ["sh", "-c", $"sleep {seconds}; echo \"$RONDO_JOB_ID $(od -An -N8 -tx1 /dev/urandom | tr -d ' \\n')\""],
                Name = $"demo {i + 1}",
            };
        }
    }

    private async Task WatchAsync(RondoClient client, CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                _ring = await client.RingAsync(cancellationToken);
                _balance.Look(_ring);
                view.Show(stage, _ring, _ledger.Count);
            }
            catch (RondoException failure)
            {
                view.Say($"{Accepting.Name} did not tell of the ring: {failure.Message}");
            }

            await Task.Delay(LookEvery, cancellationToken);
        }
    }

    private async Task CollectAsync(RondoClient client, List<string> ids, Task killing, CancellationToken cancellationToken)
    {
        var collecting = Parallel.ForEachAsync(
            ids,
            new ParallelOptions { MaxDegreeOfParallelism = CollectAtOnce, CancellationToken = cancellationToken },
            async (id, each) =>
            {
                await client.WaitAsync(id, timeout: null, each);
                _ledger.Receive(id, await DemoLedger.ReadAsync(client, id, each));
            }
        );
        var (count, at) = (0, _elapsed.Elapsed);
        while (!collecting.IsCompleted)
        {
            await Task.WhenAny(collecting, Task.Delay(DemoView.PlainEvery, cancellationToken));
            if (killing.IsFaulted)
            {
                await killing;
            }

            if (_ledger.Count > count)
            {
                (count, at) = (_ledger.Count, _elapsed.Elapsed);
            }
            else if (!collecting.IsCompleted && _elapsed.Elapsed - at > Patience)
            {
                view.Say($"no result for {Durations.Format(Patience)}: giving up");
                return;
            }
        }

        await collecting;
        view.Say("all results are here");
    }

    /// <summary>Kills the executor that runs most, never the one that accepted the jobs, and starts it again.</summary>
    private async Task<string> KillOneAsync(CancellationToken cancellationToken)
    {
        while (_ledger.Count < Math.Max(1, plan.Jobs / 8))
        {
            await Task.Delay(LookEvery, cancellationToken);
        }

        var running = _ring!.Executors.ToDictionary(executor => executor.Id, executor => executor.Running);
        var victim = stage.Executors.Skip(1).MaxBy(executor => running.GetValueOrDefault(executor.Id!))!;
        var (pid, at, before) = (victim.Pid, _elapsed.Elapsed, _ring.Executors.Single(executor => executor.Id == victim.Id).Incarnation);
        view.Alarm($"kill -9 {pid}: {victim.Name} is dead, while it ran {running.GetValueOrDefault(victim.Id!)} jobs");
        await victim.KillAsync();
        await UntilAsync(() => Seen() is not { IsAlive: true }, cancellationToken);
        view.Say($"the ring goes on without {victim.Name} (seen after {Durations.Format(_elapsed.Elapsed - at)})");
        await Task.Delay(DownTime, cancellationToken);
        view.Say($"starting {victim.Name} again on the same data");
        await victim.StartAsync(cancellationToken);
        await UntilAsync(() => Seen() is { IsAlive: true } back && back.Incarnation > before, cancellationToken);
        view.Say($"{victim.Name} is back in the ring, and so is what it held");
        return victim.Name;

        RingExecutor? Seen() => _ring.Executors.FirstOrDefault(executor => executor.Id == victim.Id);
    }

    private static async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        while (!condition())
        {
            await Task.Delay(LookEvery, cancellationToken);
        }
    }

    private async Task<DemoVerdict> JudgeAsync(string killed, CancellationToken cancellationToken)
    {
        var other = stage.Executors[^1];
        view.Say($"reading every result again, through {other.Name}");
        using var client = new RondoClient(other.Address);
        var (twice, changed, wrong, ranAgain) = await _ledger.CheckAsync(client, cancellationToken);
        return new DemoVerdict
        {
            Jobs = plan.Jobs,
            Received = _ledger.Count,
            RecordedTwice = twice,
            Changed = changed,
            Wrong = wrong,
            RanAgain = ranAgain,
            LargestSpread = _balance.Largest,
            Looks = _balance.Looks,
            Elapsed = _elapsed.Elapsed,
            ReadAgainThrough = other.Name,
            Killed = killed,
        };
    }
}
