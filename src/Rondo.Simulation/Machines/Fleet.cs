using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>The machines of a run: who has which id, who is at which address, and whom each greets when it starts.</summary>
internal sealed class Fleet
{
    private readonly Scenario _scenario;
    private readonly Prng _random;
    private readonly List<Machine> _machines = [];
    private readonly Dictionary<ExecutorId, Machine> _byId = [];
    private readonly HashSet<ExecutorId> _ids = [];
    private readonly bool _joinAll;
    private int _addresses;

    private readonly string? _disks;

    public Fleet(Scenario scenario, Prng random, string? disks = null)
    {
        _disks = disks;
        _scenario = scenario;
        _random = random;

        // Who only ever greets one that cannot answer stays unknown to all: with a fault that stays nobody can help that.
        _joinAll = random.Chance(0.5) || scenario.Kind == RunKind.Liveness;
        for (var i = 0; i < scenario.Executors; i++)
        {
            Add(i);
        }
    }

    public IReadOnlyList<Machine> Machines => _machines;

    public Machine this[int index] => _machines[index];

    /// <summary>The machine that has the executor's disk; null when that is gone.</summary>
    public Machine? Find(ExecutorId id) => _byId.GetValueOrDefault(id);

    public Machine? At(string address) => _machines.Find(machine => string.Equals(machine.Address, address, StringComparison.Ordinal));

    public void Forget(ExecutorId lost) => _byId.Remove(lost);

    /// <summary>An empty disk: its executor is another one from now on.</summary>
    public void ReplaceDisk(Machine machine)
    {
        machine.Store.Close();
        machine.ReplaceDisk(NewStore());
        _byId.Add(machine.Id, machine);
    }

    public string NewAddress(Machine machine) => $"m{machine.Index}:{++_addresses}";

    /// <summary>All addresses, also its own; or that of one other executor, and none for the founder, not even after it lost its disk.</summary>
    public IReadOnlyList<string> JoinOf(Machine machine)
    {
        if (_joinAll)
        {
            return [.. Machines.Select(other => other.Address)];
        }

        var others = Machines.Where(other => other != machine && !other.Gone).ToArray();
        var before = Array.FindLast(others, other => other.Index < machine.Index) ?? others.FirstOrDefault();
        return before is null || machine.Index == 0 ? [] : [before.Address];
    }

    private SimulatedStore NewStore()
    {
        var id = NewId();
        return new SimulatedStore(id, _disks is null ? null : new RealDisk(Path.Combine(_disks, id.ToString()), id));
    }

    private ExecutorId NewId()
    {
        const string Letters = "abcdefghijkmnpqrstuvwxyz";
        Span<char> text = stackalloc char[2];
        while (true)
        {
            text[0] = Letters[_random.Below(Letters.Length)];
            text[1] = (char)('0' + _random.Below(10));
            var id = ExecutorId.Parse(text);
            if (_ids.Add(id))
            {
                return id;
            }
        }
    }

    private void Add(int index)
    {
        var machine = new Machine(index, "m" + index, NewStore())
        {
            Slots = _scenario.Equal ? _scenario.Slots : _random.Below(_scenario.Slots) + 1,
            Weight = _scenario.Equal ? 1 : _random.Below(3) + 1,
            Capabilities = CapabilitiesOf(index),
            MonotonicOffset = _random.Between(0, 1_000_000) * VirtualTime.Second,
            WallOffset = _scenario.Kind == RunKind.Calm ? 0 : _random.Between(-5, 5) * VirtualTime.Second,
        };
        _machines.Add(machine);
        _byId.Add(machine.Id, machine);
    }

    /// <summary>Everybody can do something, and each thing can be done by somebody who is not the first to go.</summary>
    private Capabilities CapabilitiesOf(int index)
    {
        var handlers = index == 0 || _random.Chance(0.5);
        var commands = !_scenario.Handlers || index <= 1 || _random.Chance(0.8);
        return new Capabilities(commands, _scenario.Handlers && handlers ? new EquatableList<string>("h") : EquatableList<string>.Empty);
    }
}
