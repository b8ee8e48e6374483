using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>Carries messages between machines: first in, first out on each link, unless the weather or a cut says otherwise.</summary>
internal sealed class SimulatedNetwork(Simulation simulation, Prng random, int machines, bool mixed)
{
    private const long LongestSpike = 2 * VirtualTime.Second;

    private readonly long[] _lastArrival = new long[machines * machines];
    private readonly int[] _cuts = new int[machines * machines];
    private readonly int[] _cutsWithNotice = new int[machines * machines];
    private readonly long[] _extraDelay = new long[machines * machines];
    private readonly long[] _clogged = new long[machines];

    private readonly MixedVersions? _versions = mixed ? new MixedVersions(simulation, random) : null;

    public required NetworkWeather Weather { get; set; }

    public long Lost { get; private set; }

    public void Send(Machine from, Member to, Message message)
    {
        var target = simulation.Fleet.Find(to.Id);
        if (target is null || !string.Equals(target.Address, to.RingAddress, StringComparison.Ordinal))
        {
            // Somebody else is at that address by now, or nobody: the connection's handshake tells.
            target = simulation.Fleet.At(to.RingAddress);
            if (target is null)
            {
                TellBroken(from, to.Id, from);
                return;
            }
        }

        Carry(from, target, to.Id, message);
    }

    public void Greet(Machine from, string address, Message.Hello hello)
    {
        if (simulation.Fleet.At(address) is { } target)
        {
            Carry(from, target, default, hello);
        }
    }

    /// <summary>Something else than a ring's message, on a connection of its own: it comes, late perhaps, unless the way is cut.</summary>
    public void Call(Machine from, Machine to, Action arrival)
    {
        if (from == to || !IsCut(from, to))
        {
            simulation.Do(Arrival(from, to, overtakes: true), arrival);
        }
    }

    public bool IsCut(Machine from, Machine to) => _cuts[Link(from, to)] > 0;

    /// <summary>Cuts one direction; returns what mends it. Cuts add up.</summary>
    public Action Cut(Machine from, Machine to, bool notice)
    {
        var link = Link(from, to);
        var mended = false;
        _cuts[link]++;
        if (notice)
        {
            _cutsWithNotice[link]++;
            TellBroken(from, to.Id, to);
        }

        return () =>
        {
            if (mended)
            {
                return;
            }

            mended = true;
            _cuts[link]--;
            _cutsWithNotice[link] -= notice ? 1 : 0;
        };
    }

    /// <summary>What is sent from now on need not wait behind what was held up before: connections are made anew.</summary>
    public void Heal()
    {
        Array.Clear(_lastArrival);
        Array.Clear(_extraDelay);
        Array.Clear(_clogged);
    }

    /// <summary>Holds up all that is sent from and to a machine until then.</summary>
    public void Clog(Machine machine, long until) => _clogged[machine.Index] = Math.Max(_clogged[machine.Index], until);

    /// <summary>Makes one direction slow; zero makes it as quick as it was.</summary>
    public void Slow(Machine from, Machine to, long delay) => _extraDelay[Link(from, to)] = delay;

    /// <summary>Tells a process that its connection to a peer broke, as the peer's own network stack would.</summary>
    public void TellBroken(Machine told, ExecutorId peer, Machine peerMachine)
    {
        if (told.Process is { } process)
        {
            simulation.After(
                Arrival(peerMachine, told, overtakes: false),
                new Event(EventKind.LinkBroken, told.Index, process.Serial, peer, default, null)
            );
        }
    }

    private void Carry(Machine from, Machine to, ExecutorId expected, Message message)
    {
        var link = Link(from, to);
        if (from != to)
        {
            if (_cuts[link] > 0)
            {
                Lost++;
                if (_cutsWithNotice[link] > 0 && !expected.IsNone)
                {
                    TellBroken(from, expected, to);
                }

                return;
            }

            if (Weather.Loss > 0 && random.Chance(Weather.Loss))
            {
                Lost++;
                simulation.Faults.Counts.Add(Fault.MessageLoss);
                return;
            }

            if (Weather.Duplication > 0 && random.Chance(Weather.Duplication))
            {
                simulation.Faults.Counts.Add(Fault.Duplication);
                Deliver(from, to, expected, message);
            }
        }

        Deliver(from, to, expected, message);
    }

    private void Deliver(Machine from, Machine to, ExecutorId expected, Message message)
    {
        if (_versions is not null)
        {
            if (_versions.Carry(from, to, message) is not { } understood)
            {
                return;
            }

            message = understood;
        }

        var overtakes = Weather.Reordering > 0 && random.Chance(Weather.Reordering);
        simulation.After(Arrival(from, to, overtakes), new Event(EventKind.Deliver, to.Index, 0, from.Id, expected, message));
    }

    /// <summary>The delay from now until a message on this link arrives.</summary>
    private long Arrival(Machine from, Machine to, bool overtakes)
    {
        var link = Link(from, to);
        var delay = random.Between(Weather.LatencyMin, Weather.LatencyMax) + _extraDelay[link];
        if (Weather.Spikes > 0 && random.Chance(Weather.Spikes))
        {
            simulation.Faults.Counts.Add(Fault.DelaySpike);
            delay = Math.Min(delay * random.Between(2, 100), LongestSpike);
        }

        delay = Math.Max(delay, Math.Max(_clogged[from.Index], _clogged[to.Index]) - simulation.Now);
        if (overtakes)
        {
            if (simulation.Now + delay < _lastArrival[link])
            {
                simulation.Faults.Counts.Add(Fault.Reordering);
            }

            return delay;
        }

        var arrival = Math.Max(simulation.Now + delay, _lastArrival[link]);
        _lastArrival[link] = arrival;
        return arrival - simulation.Now;
    }

    private int Link(Machine from, Machine to) => (from.Index * machines) + to.Index;
}
