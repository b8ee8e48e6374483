using Rondo.Core;

namespace Rondo.Simulation;

/// <summary>
/// Watches the token: one hop of one generation is passed by one start of one executor, to one start of another. Anything else is a
/// forked token: two executors would hold the same one.
/// </summary>
internal sealed class TokenWatch(Simulation simulation)
{
    private readonly Dictionary<
        (Generation Generation, long Hop),
        (ExecutorId From, int FromProcess, ExecutorId To, Incarnation Incarnation)
    > _passes = [];
    private readonly HashSet<Generation> _made = [];
    private readonly Queue<(Generation, long)> _order = new();

    private const int RememberedPasses = 4096;

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
        if (_passes.TryGetValue((token.Generation, token.Hop), out var before))
        {
            Violation.Unless(
                before == now,
                "The token {0} was passed twice: {1} and {2}",
                $"{token.Generation} hop {token.Hop}",
                before,
                now
            );
            Resends++;
            return;
        }

        Violation.Unless(
            token.Generation.Creator != from.Id || from.Store.Minted >= token.Generation.Epoch,
            "{0} passes the token {1}, which it made but did not record",
            from.Id,
            token.Generation
        );
        _passes.Add((token.Generation, token.Hop), now);
        _order.Enqueue((token.Generation, token.Hop));
        if (_order.Count > RememberedPasses)
        {
            _passes.Remove(_order.Dequeue());
        }

        Passes++;
        LastPassAt = simulation.Now;
        Last = token.Generation;
        if (token.Lap != Lap)
        {
            Lap = token.Lap;
            simulation.Balance?.OnLap(token.Table.Count);
        }
    }

    public void OnMade(Machine machine, Generation generation)
    {
        Violation.Unless(generation.Creator == machine.Id, "{0} made the token {1} in another's name", machine.Id, generation);
        Violation.Unless(_made.Add(generation), "{0} made the token {1} twice", machine.Id, generation);
        LastMadeAt = simulation.Now;
    }
}
