using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Watches the token: one hop of one generation is passed by one start of one executor, to one start of another. Anything else is a
/// forked token: two executors would hold the same one.
/// </summary>
internal sealed class TokenWatch(Simulation simulation)
{
    /// <summary>The passes of each generation, in the order of their hops, from 1.</summary>
    private readonly Dictionary<Generation, List<(ExecutorId From, int FromProcess, ExecutorId To, Incarnation Incarnation)>> _passes = [];
    private readonly HashSet<Generation> _made = [];
    private List<(ExecutorId From, int FromProcess, ExecutorId To, Incarnation Incarnation)> _passesOfLast = [];

    /// <summary>Passes that were not resends.</summary>
    public long Passes { get; private set; }

    public long Resends { get; private set; }

    public int Made => _made.Count;

    public long LastPassAt { get; private set; }

    public long LastMadeAt { get; private set; }

    public long Lap { get; private set; }

    public Generation Last { get; private set; }

    public void OnPass(Machine from, int process, Member to, Message.Pass pass)
    {
        var token = pass.Token;
        var now = (from.Id, process, to.Id, pass.To);
        var passes = PassesOf(token.Generation);
        if (token.Hop <= passes.Count)
        {
            var before = passes[(int)token.Hop - 1];
            if (before != now)
            {
                throw new Violation($"The token {token.Generation} hop {token.Hop} was passed twice: {before} and {now}");
            }

            Resends++;
            return;
        }

        Violation.Unless(token.Hop == passes.Count + 1, $"The token {token.Generation} comes to hop {token.Hop} after {passes.Count}");

        Violation.Unless(
            token.Generation.Creator != from.Id || from.Store.Minted >= token.Generation.Epoch,
            $"{from.Id} passes the token {token.Generation}, which it made but did not record"
        );
        passes.Add(now);
        Passes++;
        LastPassAt = simulation.Now;
        if (token.Lap != Lap)
        {
            Lap = token.Lap;
            simulation.Balance?.OnLap(token.Table.Count);
        }
    }

    private List<(ExecutorId From, int FromProcess, ExecutorId To, Incarnation Incarnation)> PassesOf(Generation generation)
    {
        if (generation != Last || _passesOfLast.Count == 0)
        {
            if (!_passes.TryGetValue(generation, out var passes))
            {
                _passes.Add(generation, passes = []);
            }

            _passesOfLast = passes;
            Last = generation;
        }

        return _passesOfLast;
    }

    public void OnMade(Machine machine, Generation generation)
    {
        Violation.Unless(generation.Creator == machine.Id, $"{machine.Id} made the token {generation} in another's name");
        Violation.Unless(_made.Add(generation), $"{machine.Id} made the token {generation} twice");
        LastMadeAt = simulation.Now;
    }
}
