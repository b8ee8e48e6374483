using System.Diagnostics;
using Rondo.Core;
using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>
/// One run: executors with the real core on a virtual clock, network and stores, and everything that goes wrong, decided by one seed.
/// </summary>
internal sealed class Simulation
{
    private const long EventsMax = 5_000_000;

    private readonly EventQueue _queue = new();
    private readonly EventHash _hash = new();
    private readonly Prng _random;
    private readonly Ending _ending;
    private int _serial;
    private bool _over;

    /// <summary>Builds the run that a seed means, and lets nothing happen yet.</summary>
    /// <param name="kind">The kind of run; null for the one that the seed draws.</param>
    /// <param name="disks">Where the real stores go that are used beside the simulated ones; null for none.</param>
    public Simulation(ulong seed, RunKind? kind = null, string? disks = null)
    {
        Seed = seed;
        _random = new Prng(seed);
        Scenario = Scenario.Draw(_random.Fork(), kind);
        Disks = _random.Fork();
        Network = new SimulatedNetwork(this, _random.Fork(), Scenario.Executors, Scenario.MixedVersions) { Weather = Scenario.Weather };
        Faults = new FaultDriver(this, Scenario, _random.Fork());
        Workload = new Workload(this, Scenario, _random.Fork());
        Jobs = new JobLedger(this);
        Token = new TokenWatch(this);
        Rescues = new RescueWatch(this);
        if (Scenario.Kind == RunKind.Calm)
        {
            Balance = new BalanceWatch(this, grace: (8 * Scenario.CommitMax) + (8 * Scenario.Weather.LatencyMax) + (10 * Millisecond));
        }

        _ending = new Ending(this, _random.Fork());
        Fleet = new Fleet(Scenario, _random, disks);
    }

    public ulong Seed { get; }

    public Scenario Scenario { get; }

    public Prng Disks { get; }

    public SimulatedNetwork Network { get; }

    public FaultDriver Faults { get; }

    public Workload Workload { get; }

    public JobLedger Jobs { get; }

    public TokenWatch Token { get; }

    public RescueWatch Rescues { get; }

    public BalanceWatch? Balance { get; }

    /// <summary>Tells what happens; null when nobody wants to know.</summary>
    public Trace? Trace { get; set; }

    public Fleet Fleet { get; }

    public IReadOnlyList<Machine> Machines => Fleet.Machines;

    public long Now { get; private set; }

    public long Events { get; private set; }

    public int Crashes { get; private set; }

    public static SeedResult Run(ulong seed, RunKind? kind = null, string? disks = null) => Run(new Simulation(seed, kind, disks));

    public static SeedResult Run(Simulation simulation)
    {
        string? violation = null;
        try
        {
            simulation.RunToEnd();
        }
        catch (Violation broken)
        {
            violation = $"at {Text(simulation.Now)} s: {broken.Message}";
            simulation.Trace?.Violation(broken.Message);
        }

        foreach (var machine in simulation.Machines)
        {
            machine.Store.Close();
        }

        return new SeedResult(
            simulation.Seed,
            simulation._hash.Value,
            simulation.Events,
            new TimeSpan(simulation.Now),
            violation,
            simulation.Summary()
        )
        {
            BalanceChecks = simulation.Balance?.Checks ?? 0,
            MovesFromOne = simulation.Balance?.MovesFromOne ?? 0,
            Dependents = simulation.Jobs.Terms.Dependents,
            FullCaps = simulation.Jobs.Terms.FullCaps,
            Repetitions = simulation.Jobs.Terms.Repetitions,
            Faults = simulation.Faults.Counts.ToList(),
        };
    }

    public void At(long time, in Event item) => _queue.Add(time, item);

    public void After(long delay, in Event item) => _queue.Add(Now + delay, item);

    public void Do(long delay, Action action) => _queue.Add(Now + delay, new Event(EventKind.Do, 0, 0, default, default, action));

    public void End() => _over = true;

    /// <summary>The disk is gone with all that was on it; an operator may notice.</summary>
    public void LoseDisk(ExecutorId lost)
    {
        Fleet.Forget(lost);
        Jobs.OnDiskLost(lost);
        if (Scenario.Removes)
        {
            Workload.RemoveLater(lost, _random.Between(1, 15) * Second);
        }
    }

    public void StartAfter(Machine machine, long delay) => Do(delay, () => StartNow(machine));

    public void StartNow(Machine machine)
    {
        if (machine.Process is not null || machine.Gone)
        {
            return;
        }

        if (machine.DiskIsFull)
        {
            // It says so and exits; whoever watches over it tries again.
            Faults.Counts.Add(Fault.FullDisk);
            StartAfter(machine, 500 * Millisecond);
            return;
        }

        var settings = new CoreSettings
        {
            Self = new Member
            {
                Id = machine.Id,
                Incarnation = machine.Store.RaiseIncarnation(),
                Name = "m" + machine.Index,
                RingAddress = machine.Address,
                HttpAddress = machine.Address,
                Capabilities = machine.Capabilities,
            },
            Slots = machine.Slots,
            Weight = machine.Weight,
            Join = Fleet.JoinOf(machine),
            RescueAfter = Scenario.RescueAfter,
            RecentFinished = 16,
        };
        Trace?.Start(machine, settings.Self.Incarnation);
        var process = new ExecutorProcess(this, machine, ++_serial, settings);
        machine.Process = process;
        process.Start();
    }

    /// <summary>The process is started, and crashes while it takes up what it finds; some times over.</summary>
    public void CrashInRecovery(Machine machine, int rounds) =>
        Do(
            Faults.RestartDelay(),
            () =>
            {
                StartNow(machine);
                if (rounds > 0 && machine.Process is not null)
                {
                    Crash(machine, "in recovery");
                    CrashInRecovery(machine, rounds - 1);
                }
            }
        );

    public void CrashAndRestart(Machine machine, string why, bool? commitSurvives = null)
    {
        if (machine.Process is not null)
        {
            Crash(machine, why, commitSurvives);
            StartAfter(machine, Faults.RestartDelay());
        }
    }

    public void Crash(Machine machine, string why, bool? commitSurvives = null)
    {
        if (machine.Process is not { } process)
        {
            return;
        }

        Trace?.Crash(machine, why);
        Crashes++;
        process.Die(commitSurvives ?? Faults.CommitSurvivesCrash());
        TellPeers(machine);
    }

    /// <summary>Stops a process in an orderly way, and starts it again later.</summary>
    public void Leave(Machine machine, long delay)
    {
        if (machine.Process is { Paused: false } process)
        {
            Trace?.Line(machine.Id.ToString(), "stops in an orderly way");
            process.Quiesce();
            Do(_random.Between(0, 500) * Millisecond, process.Leave);
            StartAfter(machine, delay + Second);

            // Whoever stops an executor does not wait for ever.
            Do(
                Second,
                () =>
                {
                    if (!process.Dead)
                    {
                        Crash(machine, "did not stop in time");
                    }
                }
            );
        }
    }

    public void Exited(Machine machine)
    {
        machine.Process!.Die(commitSurvives: true);
        TellPeers(machine);
        if (Scenario.JobsWander)
        {
            // The next release is started as soon as this one has ended.
            StartAfter(machine, 20 * Millisecond);
        }
    }

    public long CommitTime(Machine machine)
    {
        var time = Disks.Skewed(Scenario.CommitMin, Scenario.CommitMax);
        return machine.DiskSlowness == 1 ? time : Math.Min(time * machine.DiskSlowness, 2 * Second);
    }

    public void OnStepped(Machine machine, StepOutput output)
    {
        _hash.Add(((long)output.Records.Count << 32) + output.Prompt.Count + output.Effects.Count + machine.Index);
        Trace?.Stepped(machine, output);
        Rescues.OnStepped(machine, output);
        Balance?.OnStepped(output);
    }

    public void OnSend(Machine machine, ExecutorProcess process, Effect.Send send)
    {
        if (send.Message is Message.Pass pass)
        {
            Token.OnPass(machine, process.Serial, send.To, pass);
        }
        else
        {
            MessageBounds.Check(machine.Id, send.Message);
            DurableFirst.Check(machine, send.Message);
        }

        Network.Send(machine, send.To, send.Message);
    }

    public void OnNote(Machine machine, CoreEvent note)
    {
        Trace?.Line(machine.Id.ToString(), "note: " + note);
        if (note is CoreEvent.TokenMade made)
        {
            Token.OnMade(machine, made.Generation);
        }
    }

    private void RunToEnd()
    {
        foreach (var machine in Machines)
        {
            StartAfter(machine, _random.Between(0, 300) * Millisecond);
        }

        Workload.Begin();
        Faults.Begin();
        Do(Scenario.StormLength, _ending.Begin);
        while (!_over && _queue.TryTake(out var time, out var next))
        {
            Now = time;
            Violation.Unless(++Events < EventsMax, "The run does not come to an end");
            _hash.Add(time);
            _hash.Add(((long)next.Kind << 32) + next.Machine);
            Dispatch(next);
        }
    }

    private void Dispatch(in Event next)
    {
        switch (next.Kind)
        {
            case EventKind.Deliver:
                Deliver(next);
                break;
            case EventKind.Do:
                ((Action)next.Payload!)();
                break;
            default:
                if (Fleet[next.Machine].Process is { } process && process.Serial == next.Process)
                {
                    Dispatch(process, next);
                }

                break;
        }
    }

    private void Dispatch(ExecutorProcess process, in Event next)
    {
        switch (next.Kind)
        {
            case EventKind.Wake:
                process.OnWake();
                break;
            case EventKind.Tick:
                process.OnTick();
                break;
            case EventKind.CommitDone:
                process.OnCommitDone();
                break;
            case EventKind.RunEnded:
                process.Runner.OnEnded((Run)next.Payload!);
                break;
            case EventKind.LinkBroken:
                Trace?.Line(process.Settings.Self.Id.ToString(), $"hears that its connection to {next.From} broke");
                process.Receive(new Input.LinkBroken(next.From));
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void Deliver(in Event next)
    {
        var machine = Fleet[next.Machine];
        if (machine.Process is not { } process || (!next.To.IsNone && next.To != machine.Id))
        {
            // Nobody listens there, or somebody else does: the sender's connection breaks.
            if (
                !next.To.IsNone
                && Fleet.Find(next.From) is { } sender
                && !Network.IsCut(machine, sender)
                && Disks.Chance(Scenario.Weather.BreakNotice)
            )
            {
                Network.TellBroken(sender, next.To, machine);
            }

            return;
        }

        var message = (Message)next.Payload!;
        _hash.Add(KindOf(message));
        Trace?.Delivered(machine, next.From, message);
        process.Receive(new Input.Received(next.From, message));
    }

    private static long KindOf(Message message) =>
        message switch
        {
            Message.Pass pass => (pass.Token.Generation.Epoch << 32) + pass.Token.Hop,
            Message.Ack ack => ack.Hop + 1,
            Message.Offer offer => -offer.Jobs.Count,
            Message.Result result => -1000 - result.Jobs.Count,
            Message.Hello hello => hello.Nonce,
            _ => 0,
        };

    private void TellPeers(Machine machine)
    {
        foreach (var other in Machines)
        {
            if (
                other != machine
                && other.Process is not null
                && !Network.IsCut(machine, other)
                && Disks.Chance(Network.Weather.BreakNotice)
            )
            {
                Network.TellBroken(other, machine.Id, machine);
            }
        }
    }

    private string Summary() =>
        $"{Scenario.Kind} {Scenario.Executors} executors {Scenario.Staying} {Jobs.Jobs.Count} jobs {Jobs.Executions} executions {Jobs.Handoffs} handoffs {Jobs.Rescues} rescues "
        + $"{Crashes} crashes {Token.Made} tokens {Token.Passes} passes {Token.Resends} resends {Network.Lost} lost {Workload.Drained} drained {Workload.Removed} removed "
        + $"{Jobs.Terms.Dependents} dependents {Jobs.Terms.FullCaps} full caps {Jobs.Terms.Repetitions} repetitions {Balance?.Checks ?? 0} balance checks";
}
