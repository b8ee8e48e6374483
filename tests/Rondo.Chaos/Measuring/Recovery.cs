using System.Diagnostics;
using System.Globalization;
using Rondo.Chaos.Checks;
using Rondo.Chaos.Clients;
using Rondo.Chaos.Ring;

namespace Rondo.Chaos.Measuring;

/// <summary>Times recoveries in a ring that is otherwise left alone.</summary>
internal sealed class Recovery(ChaosRing ring, Violations violations, Random random)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan TokenLimit = TimeSpan.FromSeconds(5);

    /// <summary>After so many looks that see the token at one place, it goes so slowly that whoever has it then can be ended with it.</summary>
    private const int LooksAtHolder = 5;

    private readonly Lock _gate = new();
    private TaskCompletionSource<DateTime>? _made;

    public Times Token { get; } = new("SIGKILL of the token's holder until there is a new token", goalMs: 50);

    public Times Serves { get; } = new("start on old data until it answers", goalMs: 500);

    public Times Runs { get; } = new("start on old data until a job that it was given has run", goalMs: 500);

    public Times Merge { get; } = new("end of a partition until all see each other and one token", goalMs: 2000);

    public IReadOnlyList<Times> All => [Token, Serves, Runs, Merge];

    public async Task MeasureAsync(int times)
    {
        foreach (var executor in ring.Executors)
        {
            executor.Logged = Logged;
        }

        for (var i = 0; i < times; i++)
        {
            await EndHolderAsync();
            Console.Error.Write($"\rmeasured {i + 1}/{times}: token {Token}, start {Runs}   ");
        }

        for (var i = 0; i < (times + 1) / 2; i++)
        {
            await PartAsync();
            Console.Error.Write($"\rmeasured {i + 1}/{(times + 1) / 2}: merge {Merge}             ");
        }

        Console.Error.WriteLine();
        foreach (var executor in ring.Executors)
        {
            executor.Logged = null;
        }
    }

    private async Task EndHolderAsync()
    {
        if (await SlowHolderAsync() is not { } holder)
        {
            violations.Add(Broken.Executor, $"the token does not go slowly within {Limit} in a ring without work");
            return;
        }

        var made = new TaskCompletionSource<DateTime>(TaskCreationOptions.RunContinuationsAsynchronously);
        lock (_gate)
        {
            _made = made;
        }

        var killed = DateTime.UtcNow;
        holder.Kill();
        if (await Task.WhenAny(made.Task, Task.Delay(TokenLimit)) == made.Task)
        {
            // Without a new one the token had just left the executor that was ended.
            Token.Add(await made.Task - killed);
        }

        lock (_gate)
        {
            _made = null;
        }

        await StartAsync(holder);
        if (await ring.WholeAsync(Limit) is null)
        {
            violations.Add(Broken.Executor, $"the ring was not whole within {Limit} of the start of e{holder.Index}");
        }
    }

    private async Task StartAsync(ChaosExecutor executor)
    {
        var clock = Stopwatch.StartNew();
        if (await executor.StartAsync() is not { } serves)
        {
            return;
        }

        Serves.Add(serves);
        if (
            await Api.PostAsync(executor.Url, "/v1/jobs", JobClient.ProbeBody) is { IsGood: true } created
            && await Api.GetAsync(executor.Url, $"/v1/jobs/{created.Json.GetProperty("id").GetString()}?wait=5s") is { IsGood: true } job
            && job.Json.GetProperty("state").GetString() == "succeeded"
            && job.Json.GetProperty("holder").GetString() == executor.Id
        )
        {
            Runs.Add(clock.Elapsed);
        }
    }

    private async Task PartAsync()
    {
        var group = Enumerable.Range(0, ring.Executors.Count).ToArray();
        random.Shuffle(group);
        using (ring.Network.Partition(group[..random.Next(1, group.Length)]))
        {
            await Task.Delay(random.Next(1500, 9000));
        }

        if (await ring.WholeAsync(Limit) is { } merged)
        {
            Merge.Add(merged);
        }
        else
        {
            violations.Add(Broken.Executor, $"the ring was not whole within {Limit} of a partition");
        }
    }

    /// <summary>Waits until the token goes so slowly that it is known who has it.</summary>
    private async Task<ChaosExecutor?> SlowHolderAsync()
    {
        var clock = Stopwatch.StartNew();
        (ChaosExecutor? Executor, long Lap) seen = default;
        for (var looks = 0; clock.Elapsed < Limit; )
        {
            var now = await HolderAsync();
            looks = now == seen ? looks + 1 : 1;
            seen = now;
            if (looks == LooksAtHolder)
            {
                return seen.Executor;
            }
        }

        return null;
    }

    /// <summary>
    /// In the order of their ids executors note the lap at which the token was theirs last: whoever is the last one of the newest lap
    /// has it, or has just passed it on.
    /// </summary>
    private async Task<(ChaosExecutor? Executor, long Lap)> HolderAsync()
    {
        var laps = await Task.WhenAll(
            ring.Executors.Select(async executor =>
                (Executor: executor, Reply: await Api.GetAsync(executor.Url, "/v1/ring", TimeSpan.FromSeconds(2)))
            )
        );
        return laps.Where(lap => lap.Reply is { IsGood: true })
            .Select(lap => (lap.Executor, Lap: lap.Reply!.Json.GetProperty("token").GetProperty("lap").GetInt64()))
            .OrderByDescending(lap => lap.Lap)
            .ThenByDescending(lap => lap.Executor.Id, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    private void Logged(ChaosExecutor executor, string line)
    {
        if (!line.Contains("Made the token", StringComparison.Ordinal))
        {
            return;
        }

        lock (_gate)
        {
            _made?.TrySetResult(
                DateTime.Parse(line.AsSpan(0, line.IndexOf(' ')), CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal)
            );
        }
    }
}
