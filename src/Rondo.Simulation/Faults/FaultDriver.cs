using System.Diagnostics;
using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>Lets things go wrong while the storm lasts, and mends them.</summary>
internal sealed class FaultDriver(Simulation simulation, Scenario scenario, Prng random)
{
    private readonly List<Action> _mends = [];
    private bool _storm;
    private bool _moved;
    private int _lostForGood;

    /// <summary>How often each kind of fault came.</summary>
    public Dictionary<Fault, int> Counts { get; } = [];

    public void Begin()
    {
        if (scenario.Kind != RunKind.Calm)
        {
            _storm = true;
            ScheduleNext();
        }
    }

    /// <summary>Everything that can be mended is.</summary>
    public void End()
    {
        _storm = false;
        foreach (var mend in _mends)
        {
            mend();
        }

        _mends.Clear();
    }

    public CommitFault AtCommit() =>
        _storm && scenario.CommitFaults > 0 && random.Chance(scenario.CommitFaults)
            ? (CommitFault)(1 + random.Below((int)CommitFault.Fails))
            : CommitFault.None;

    public bool CommitSurvivesCrash() => random.Chance(0.5);

    /// <summary>How long a crashed process stays away.</summary>
    public long RestartDelay() => random.Skewed(10, 3000) * Millisecond;

    private void ScheduleNext()
    {
        if (scenario.Faults.Count > 0)
        {
            simulation.Do(
                random.Between(scenario.FaultInterval / 10, scenario.FaultInterval),
                () =>
                {
                    if (_storm)
                    {
                        Happen(random.Pick(scenario.Faults));
                        ScheduleNext();
                    }
                }
            );
        }
    }

    private void Happen(Fault fault)
    {
        var victim = random.Pick(simulation.Machines);
        if (victim.Gone)
        {
            return;
        }

        simulation.Trace?.Line(victim.Id.ToString(), $"--- {fault} ---");
        Counts[fault] = Counts.GetValueOrDefault(fault) + 1;
        switch (fault)
        {
            case Fault.Crash:
                simulation.CrashAndRestart(victim, "crash");
                break;
            case Fault.LongCrash:
                simulation.Crash(victim, "long crash");
                simulation.StartAfter(victim, random.Between(5000, 25_000) * Millisecond);
                break;
            case Fault.CrashLoop:
                CrashLoop(victim, random.Below(6) + 2);
                break;
            case Fault.CrashAll:
                foreach (var machine in simulation.Machines)
                {
                    simulation.CrashAndRestart(machine, "crash of all");
                }

                break;
            case Fault.OrderlyRestart:
                simulation.Leave(victim, random.Between(10, 2000) * Millisecond);
                break;
            case Fault.ShortPause:
                Pause(victim, random.Between(5, 1500) * Millisecond);
                break;
            case Fault.LongPause:
                Pause(victim, random.Between(2, 30) * Second);
                break;
            case Fault.Partition:
                Partition();
                break;
            case Fault.Singleton:
                Separate(machine => machine == victim);
                break;
            case Fault.OneWayCut:
                MendLater([simulation.Network.Cut(victim, random.Pick(simulation.Machines), random.Chance(0.3))]);
                break;
            case Fault.Deaf:
                MendLater(CutAll(from: null, to: victim));
                break;
            case Fault.Mute:
                MendLater(CutAll(from: victim, to: null));
                break;
            case Fault.Flap:
                Flap(victim, random.Pick(simulation.Machines), random.Between(4, 20));
                break;
            case Fault.Reset:
                Reset(victim, random.Pick(simulation.Machines));
                break;
            case Fault.SlowLink:
                SlowLink(victim, random.Pick(simulation.Machines));
                break;
            case Fault.SlowDisk:
                victim.DiskSlowness = random.Below(60) + 2;
                MendLater([() => victim.DiskSlowness = 1]);
                break;
            case Fault.ClockJump:
                victim.WallOffset += random.Between(-7200, 7200) * Second;
                break;
            case Fault.NewAddress when _moved:
                break;
            case Fault.NewAddress:
                // Two that move at the same time would not find each other again: nobody can promise that.
                _moved = true;
                simulation.Crash(victim, "moves");
                victim.Address = simulation.Fleet.NewAddress(victim);
                simulation.StartAfter(victim, random.Between(10, 2000) * Millisecond);
                break;
            case Fault.GoneForGood:
                LoseForGood(victim);
                break;
            case Fault.EmptyDisk:
                EmptyDisk(victim);
                break;
            case Fault.Drain:
                simulation.Workload.Drain(victim);
                break;
            case Fault.JobStorm:
                simulation.Workload.Burst(random.Below(300) + 50, victim);
                break;
            default:
                throw new UnreachableException();
        }
    }

    private void CrashLoop(Machine victim, int rounds)
    {
        if (!_storm || rounds == 0)
        {
            return;
        }

        simulation.Crash(victim, "crash loop");
        simulation.StartAfter(victim, random.Between(1, 100) * Millisecond);
        simulation.Do(random.Between(100, 400) * Millisecond, () => CrashLoop(victim, rounds - 1));
    }

    private void Pause(Machine victim, long length)
    {
        if (victim.Process is { Paused: false } process)
        {
            process.Pause();
            Later(length, process.Resume);
        }
    }

    private void Partition()
    {
        var side = new bool[simulation.Machines.Count];
        for (var i = 0; i < side.Length; i++)
        {
            side[i] = random.Chance(0.5);
        }

        Separate(machine => side[machine.Index]);
    }

    private void Separate(Func<Machine, bool> isOnOneSide)
    {
        var notice = random.Chance(0.3);
        var mends = new List<Action>();
        foreach (var from in simulation.Machines)
        {
            foreach (var to in simulation.Machines)
            {
                if (isOnOneSide(from) != isOnOneSide(to))
                {
                    mends.Add(simulation.Network.Cut(from, to, notice));
                }
            }
        }

        MendLater(mends);
    }

    /// <summary>Cuts everything from or to one machine.</summary>
    private List<Action> CutAll(Machine? from, Machine? to)
    {
        var mends = new List<Action>();
        foreach (var other in simulation.Machines)
        {
            if (other != (from ?? to))
            {
                mends.Add(simulation.Network.Cut(from ?? other, to ?? other, notice: false));
            }
        }

        return mends;
    }

    private void Flap(Machine from, Machine to, long times)
    {
        if (!_storm || times == 0 || from == to)
        {
            return;
        }

        var mend = simulation.Network.Cut(from, to, random.Chance(0.5));
        Later(random.Between(10, 500) * Millisecond, mend);
        simulation.Do(random.Between(500, 1000) * Millisecond, () => Flap(from, to, times - 1));
    }

    private void Reset(Machine left, Machine right)
    {
        simulation.Network.TellBroken(left, right.Id, right);
        simulation.Network.TellBroken(right, left.Id, left);
    }

    private void SlowLink(Machine from, Machine to)
    {
        simulation.Network.Slow(from, to, random.Between(5, 400) * Millisecond);
        MendLater([() => simulation.Network.Slow(from, to, 0)]);
    }

    private void LoseForGood(Machine victim)
    {
        if (!MayLose())
        {
            return;
        }

        simulation.Crash(victim, "gone for good");
        victim.Gone = true;
        simulation.LoseDisk(victim.Id);
    }

    private void EmptyDisk(Machine victim)
    {
        if (!MayLose())
        {
            return;
        }

        simulation.Crash(victim, "lost its disk");
        simulation.LoseDisk(victim.Id);
        simulation.Fleet.ReplaceDisk(victim);
        simulation.StartAfter(victim, random.Between(10, 5000) * Millisecond);
    }

    private bool MayLose() => _lostForGood++ == 0 && simulation.Machines.Count > 2;

    private void MendLater(List<Action> mends)
    {
        var length = random.Chance(0.2) ? 1000 * Second : random.Skewed(50, 15_000) * Millisecond;
        foreach (var mend in mends)
        {
            Later(length, mend);
        }
    }

    private void Later(long length, Action mend)
    {
        _mends.Add(mend);
        simulation.Do(length, mend);
    }
}
