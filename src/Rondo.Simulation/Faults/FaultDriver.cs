using System.Diagnostics;
using static Rondo.Simulation.VirtualTime;

namespace Rondo.Simulation;

/// <summary>Lets things go wrong while the storm lasts, and mends them.</summary>
internal sealed class FaultDriver(Simulation simulation, Scenario scenario, Prng random)
{
    /// <summary>With so many jobs there are no more storms of them: a run must not be all about one executor's queue.</summary>
    private const int ManyJobs = 1000;

    private const long WanderersComeAfter = 350 * Millisecond;

    private readonly List<Action> _mends = [];
    private bool _storm;
    private bool _moved;
    private int _lostForGood;

    public FaultCounts Counts { get; } = new();

    public void Begin()
    {
        if (scenario.Kind != RunKind.Calm)
        {
            _storm = true;
            ScheduleNext();
            if (scenario.JobsWander)
            {
                LetJobsWander(simulation.Machines[0]);
            }
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

    /// <summary>What befalls a process at the commit that it begins now; null for nothing.</summary>
    public Fault? AtCommit(Machine machine)
    {
        if (machine.DiskIsFull)
        {
            Counts.Add(Fault.FullDisk);
            return Fault.FullDisk;
        }

        if (!_storm || scenario.CommitFaults == 0 || !random.Chance(scenario.CommitFaults))
        {
            return null;
        }

        var fault = random.Pick(FaultKinds.OfACommit);
        Counts.Add(fault);
        return fault;
    }

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

        if (Happen(fault, victim))
        {
            simulation.Trace?.Fault(victim, fault);
            Counts.Add(fault);
        }
    }

    /// <summary>False when it cannot happen now.</summary>
    private bool Happen(Fault fault, Machine victim)
    {
        var process = victim.Process;
        switch (fault)
        {
            case Fault.Crash:
                simulation.CrashAndRestart(victim, "crash");
                return process is not null;
            case Fault.LongCrash:
                simulation.Crash(victim, "long crash");
                simulation.StartAfter(victim, random.Between(5000, 25_000) * Millisecond);
                break;
            case Fault.CrashLoop:
                CrashLoop(victim, random.Below(6) + 2);
                break;
            case Fault.CrashOfAll:
                foreach (var machine in simulation.Machines)
                {
                    simulation.CrashAndRestart(machine, "crash of all");
                }

                break;
            case Fault.CrashInRecovery:
                simulation.Crash(victim, "crash");
                simulation.CrashInRecovery(victim, rounds: random.Below(3) + 1);
                break;
            case Fault.OrderlyRestart:
                simulation.Leave(victim, random.Between(10, 2000) * Millisecond);
                break;
            case Fault.RollingRestart:
                RollingRestart(random.Between(20, 400) * Millisecond);
                break;
            case Fault.ShortPause:
                return Pause(victim, random.Between(5, 1500) * Millisecond);
            case Fault.LongPause:
                return Pause(victim, random.Between(2, 30) * Second);
            case Fault.Partition:
                Partition();
                break;
            case Fault.Singleton:
                Separate(machine => machine == victim);
                break;
            case Fault.OneWayCut:
                var other = random.Pick(simulation.Machines);
                MendLater([simulation.Network.Cut(victim, other, random.Chance(0.3))]);
                return other != victim;
            case Fault.Deaf:
                MendLater(CutAll(from: null, to: victim));
                break;
            case Fault.Mute:
                MendLater(CutAll(from: victim, to: null));
                break;
            case Fault.FlappingLink:
                Flap(victim, random.Pick(simulation.Machines), random.Between(4, 20));
                break;
            case Fault.ConnectionReset:
                Reset(victim, random.Pick(simulation.Machines));
                break;
            case Fault.SlowLink:
                SlowLink(victim, random.Pick(simulation.Machines));
                break;
            case Fault.SwizzleClog:
                SwizzleClog();
                break;
            case Fault.FullDisk when victim.DiskIsFull:
                return false;
            case Fault.FullDisk:
                // Each commit that fails of it is counted.
                victim.DiskIsFull = true;
                Later(random.Skewed(100, 10_000) * Millisecond, () => victim.DiskIsFull = false);
                return false;
            case Fault.SlowCommits:
                victim.DiskSlowness = random.Below(60) + 2;
                MendLater([() => victim.DiskSlowness = 1]);
                break;
            case Fault.ClockJump:
                victim.WallOffset += random.Between(-7200, 7200) * Second;
                break;
            case Fault.NewAddress when _moved:
                return false;
            case Fault.NewAddress:
                // Two that move at the same time would not find each other again: nobody can promise that.
                _moved = true;
                simulation.Crash(victim, "moves");
                victim.Address = simulation.Fleet.NewAddress(victim);
                simulation.StartAfter(victim, random.Between(10, 2000) * Millisecond);
                break;
            case Fault.GoneForGood:
                return LoseForGood(victim);
            case Fault.BackWithEmptyDisk:
                return EmptyDisk(victim);
            case Fault.RemovedTooEarly when process is null || simulation.Machines.Count == 1:
                return false;
            case Fault.RemovedTooEarly:
                // An operator gives up on an executor that comes back after all.
                simulation.Crash(victim, "removed too early");
                simulation.Workload.RemoveOnce(victim.Id, random.Between(50, 3000) * Millisecond);
                simulation.StartAfter(victim, random.Between(100, 5000) * Millisecond);
                break;
            case Fault.DrainUnderLoad:
                var underLoad = victim.Store.Active.Count > 0;
                return simulation.Workload.Drain(victim) && underLoad;
            case Fault.JobStorm when simulation.Workload.Planned > ManyJobs:
                return false;
            case Fault.JobStorm:
                simulation.Workload.Burst(random.Between(scenario.JobStorm / 7, scenario.JobStorm), victim);
                break;
            default:
                throw new UnreachableException();
        }

        return true;
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

    /// <summary>All jobs come to one executor, which goes away; either until the end, or it is taken for gone for good and is back at once.</summary>
    private void LetJobsWander(Machine home)
    {
        simulation.Do(WanderersComeAfter, () => simulation.Workload.Burst(scenario.Jobs, home));
        simulation.Do(2 * WanderersComeAfter, () => simulation.Crash(home, "home is away"));
        if (random.Chance(0.5))
        {
            var removed = random.Between(1000, 2500) * Millisecond;
            simulation.Workload.RemoveOnce(home.Id, removed);
            simulation.StartAfter(home, removed + (random.Between(20, 500) * Millisecond));
        }
    }

    /// <summary>Each is stopped in an orderly way in its turn, as for a new release, and started again at once.</summary>
    private void RollingRestart(long every)
    {
        for (var i = 0; i < simulation.Machines.Count; i++)
        {
            var machine = simulation.Machines[i];
            simulation.Do(
                i * every,
                () =>
                {
                    if (_storm)
                    {
                        simulation.Leave(machine, 20 * Millisecond);
                    }
                }
            );
        }
    }

    private bool Pause(Machine victim, long length)
    {
        if (victim.Process is not { Paused: false } process)
        {
            return false;
        }

        process.Pause();
        Later(length, process.Resume);
        return true;
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

    /// <summary>
    /// All that is on its way from and to some machines is held up, one machine after the other, and let go in another order
    /// (FoundationDB's "swizzle-clogging": it found more bugs there than anything else).
    /// </summary>
    private void SwizzleClog()
    {
        foreach (var machine in simulation.Machines)
        {
            if (random.Chance(0.6))
            {
                var begin = random.Between(0, 3000) * Millisecond;
                var end = simulation.Now + (3 * Second) + (random.Between(0, 3000) * Millisecond);
                simulation.Do(begin, () => simulation.Network.Clog(machine, end));
            }
        }
    }

    private void SlowLink(Machine from, Machine to)
    {
        simulation.Network.Slow(from, to, random.Between(5, 400) * Millisecond);
        MendLater([() => simulation.Network.Slow(from, to, 0)]);
    }

    private bool LoseForGood(Machine victim)
    {
        if (!MayLose())
        {
            return false;
        }

        simulation.Crash(victim, "gone for good");
        victim.Gone = true;
        simulation.LoseDisk(victim.Id);
        return true;
    }

    private bool EmptyDisk(Machine victim)
    {
        if (!MayLose())
        {
            return false;
        }

        simulation.Crash(victim, "lost its disk");
        simulation.LoseDisk(victim.Id);
        simulation.Fleet.ReplaceDisk(victim);
        simulation.StartAfter(victim, random.Between(10, 5000) * Millisecond);
        return true;
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
