using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>What kind of run a seed is.</summary>
internal enum RunKind
{
    /// <summary>No faults and equal executors: here the promises about balance and pace are checked.</summary>
    Calm,

    /// <summary>Faults; at the end everything is healed and everything must finish.</summary>
    Safety,

    /// <summary>Faults; at the end one fault stays for good, and whatever can finish must.</summary>
    Liveness,
}

/// <summary>All that a seed decides before the run begins.</summary>
internal sealed record Scenario
{
    public required RunKind Kind { get; init; }

    public required int Executors { get; init; }

    public required NetworkWeather Weather { get; init; }

    public required long CommitMin { get; init; }

    public required long CommitMax { get; init; }

    /// <summary>How long faults and workload last.</summary>
    public required long StormLength { get; init; }

    public required TimeSpan RescueAfter { get; init; }

    /// <summary>The kinds of faults of this run.</summary>
    public required IReadOnlyList<Fault> Faults { get; init; }

    /// <summary>Time from one fault to the next, at most.</summary>
    public required long FaultInterval { get; init; }

    /// <summary>How often a commit is hit by a fault of its own.</summary>
    public required double CommitFaults { get; init; }

    public required int Slots { get; init; }

    /// <summary>False: executors differ in slots and weight.</summary>
    public required bool Equal { get; init; }

    /// <summary>True: some jobs need a handler that only some executors have.</summary>
    public required bool Handlers { get; init; }

    public required int Jobs { get; init; }

    /// <summary>The most jobs that a storm of them brings beside these.</summary>
    public int JobStorm { get; init; } = 350;

    public required double PoisonJobs { get; init; }

    /// <summary>How many of those that are told to end do not, until they are made to.</summary>
    public double StubbornJobs { get; init; }

    /// <summary>The fault that stays when the run ends; null for none.</summary>
    public required Fault? Staying { get; init; }

    /// <summary>An operator removes executors that are gone for good.</summary>
    public required bool Removes { get; init; }

    /// <summary>Every other executor is of another version.</summary>
    public bool MixedVersions { get; init; }

    /// <summary>All jobs come to one executor, which is away from then on, and take long.</summary>
    public bool JobsWander { get; init; }

    /// <summary>When all is done the ring is watched at rest for a while; otherwise the run ends as soon as nothing is left over.</summary>
    public bool IsWatchedAtRest { get; init; } = true;

    /// <summary>
    /// Draws a run. Most are small: few executors and jobs in a short storm get into every state that a rule is about, in a tenth of the
    /// events. The others are of every size up to large.
    /// </summary>
    public static Scenario Draw(Prng random, RunKind? wanted = null)
    {
        var drawn = random.Below(20) switch
        {
            < 3 => RunKind.Calm,
            < 14 => RunKind.Safety,
            _ => RunKind.Liveness,
        };
        var kind = wanted ?? drawn;
        var scenario = kind == RunKind.Calm ? DrawCalm(random) : DrawStorm(random, kind);
        scenario = random.Chance(0.75) ? scenario.MakeSmall(random) : scenario;
        return kind != RunKind.Calm && random.Chance(0.15) ? scenario.MakeWander(random) : scenario;
    }

    private Scenario MakeSmall(Prng random) =>
        this with
        {
            Executors = Math.Min(Executors, 2 + random.Below(3)),
            StormLength = Kind == RunKind.Calm ? 5 * Second : random.Between(1, 4) * Second,
            FaultInterval = Math.Max(FaultInterval / 3, 50 * Millisecond),
            Jobs = Math.Min(Jobs, (int)random.Skewed(3, 50)),
            JobStorm = 60,
            IsWatchedAtRest = Kind == RunKind.Calm || random.Chance(0.1),
        };

    /// <summary>
    /// Jobs go far: their home is away, the others are restarted one after the other while messages are lost, and give each other up
    /// soon. So a job has copies that go on by themselves, and meet again.
    /// </summary>
    private Scenario MakeWander(Prng random) =>
        this with
        {
            Executors = 5 + random.Below(3),
            Weather = new NetworkWeather
            {
                LatencyMin = 2 * Millisecond,
                LatencyMax = random.Between(3, 10) * Millisecond,
                Loss = random.Between(10, 40) / 100.0,
            },
            StormLength = random.Between(3, 5) * Second,
            RescueAfter = TimeSpan.FromMilliseconds(random.Skewed(20, 200)),
            Faults = [Fault.RollingRestart, Fault.RollingRestart, Fault.OneWayCut, Fault.FlappingLink],
            FaultInterval = random.Between(300, 900) * Millisecond,
            CommitFaults = 0,
            Slots = 1,
            Jobs = 5 + random.Below(15),
            IsWatchedAtRest = false,
            StubbornJobs = 0.5,
            JobsWander = true,
        };

    private static Scenario DrawCalm(Prng random)
    {
        var latency = random.Between(50, 2000) * Microsecond;
        return new Scenario
        {
            Kind = RunKind.Calm,
            Executors = (int)random.Skewed(2, 16),
            Weather = new NetworkWeather { LatencyMin = latency / 2, LatencyMax = latency },
            CommitMin = 100 * Microsecond,
            CommitMax = random.Between(200, 3000) * Microsecond,
            StormLength = 10 * Second,
            RescueAfter = TimeSpan.FromSeconds(10),
            Faults = [],
            FaultInterval = Second,
            CommitFaults = 0,
            Slots = (int)random.Skewed(1, 32),
            Equal = true,
            Handlers = false,
            Jobs = (int)random.Skewed(4, 600),
            PoisonJobs = 0,
            Staying = null,
            Removes = false,
        };
    }

    private static Scenario DrawStorm(Prng random, RunKind kind)
    {
        var executors = random.Chance(0.02) ? 1 : (int)random.Skewed(2, 16);
        var latency = random.Skewed(100, 8000) * Microsecond;
        var faults = new List<Fault>();
        foreach (var fault in FaultKinds.OfTheStorm)
        {
            if (random.Chance(0.3))
            {
                faults.Add(fault);
            }
        }

        return new Scenario
        {
            Kind = kind,
            Executors = executors,
            Weather = new NetworkWeather
            {
                LatencyMin = latency / (random.Chance(0.5) ? 2 : 10),
                LatencyMax = latency,
                Loss = random.Chance(0.4) ? random.Between(1, 30) / 100.0 : 0,
                Duplication = random.Chance(0.4) ? random.Between(1, 20) / 100.0 : 0,
                Reordering = random.Chance(0.4) ? random.Between(1, 30) / 100.0 : 0,
                Spikes = random.Chance(0.3) ? random.Between(1, 20) / 1000.0 : 0,
                BreakNotice = random.Chance(0.6) ? 1 : random.Between(0, 10) / 10.0,
            },
            CommitMin = 50 * Microsecond,
            CommitMax = random.Skewed(200, 50_000) * Microsecond,
            StormLength = random.Between(2, 12) * Second,
            RescueAfter = TimeSpan.FromSeconds(random.Chance(0.5) ? 10 : random.Between(1, 5)),
            Faults = faults,
            FaultInterval = random.Skewed(100, 5000) * Millisecond,
            CommitFaults = random.Chance(0.4) ? 1.0 / random.Skewed(20, 1000) : 0,
            Slots = (int)random.Skewed(1, 16),
            Equal = random.Chance(0.5),
            Handlers = random.Chance(0.3),
            Jobs = (int)random.Skewed(10, 400),
            StubbornJobs = 0.1,
            PoisonJobs = random.Chance(0.2) ? 0.02 : 0,
            Staying = kind == RunKind.Liveness && executors > 1 ? random.Pick(FaultKinds.ThatStay) : null,
            Removes = random.Chance(0.5),
            MixedVersions = random.Chance(0.05),
        };
    }
}
