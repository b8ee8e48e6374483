namespace Rondo.Core;

/// <summary>The one message that travels round the ring.</summary>
/// <param name="Generation">Which token this is; a higher one makes it die.</param>
/// <param name="Hop">Counts the passes of this generation, from 0 at its maker.</param>
/// <param name="Lap">Counts the rounds, over generations as far as they are known.</param>
/// <param name="QuietHops">Passes since the load table last changed: sets the pace.</param>
/// <param name="Table">A row for each executor that the token visits, in the order of their ids.</param>
public sealed record Token(Generation Generation, long Hop, long Lap, int QuietHops, EquatableList<LoadRow> Table)
{
    /// <summary>Who last handed jobs of its own home over; none when nobody did lately.</summary>
    public ExecutorId Giver { get; init; }

    /// <summary>True once it did so often and nobody else: the token rests there between its rounds, and nowhere else.</summary>
    public bool Rests { get; init; }
}

/// <summary>One executor's load, written by itself when it last held the token.</summary>
/// <param name="Executor">Whose row this is.</param>
/// <param name="Incarnation">The start that wrote it.</param>
/// <param name="Running">Jobs that run.</param>
/// <param name="Waiting">Jobs that could run and wait.</param>
/// <param name="Slots">How many it runs at most.</param>
/// <param name="Weight">Its part of the whole load in relation to the others' weights; 1 by default.</param>
/// <param name="Draining">True when it takes no more jobs.</param>
/// <param name="OnTheWay">Jobs handed to it that it had not got when it last wrote its row.</param>
/// <param name="Missed">Executors that it does not reach: it could not send the results of their jobs home.</param>
public sealed record LoadRow(
    ExecutorId Executor,
    Incarnation Incarnation,
    int Running,
    int Waiting,
    int Slots,
    int Weight,
    bool Draining,
    EquatableList<OnTheWay> OnTheWay,
    EquatableList<ExecutorId> Missed
)
{
    /// <summary>All jobs that it has or is about to have.</summary>
    public int Load => Running + Waiting + LoadOnTheWay;

    /// <summary>True when jobs wait there, or will when they arrive.</summary>
    public bool SomeWait => Waiting > 0 || Load > Slots;

    /// <summary>True when all slots are taken and so many wait for them, or are about to, that it does not run dry within a few laps.</summary>
    public bool HasPlenty => Running >= Slots && Load - Running >= Slots * Balancer.ComfortableWaitingPerSlot;

    /// <summary>How many jobs it is about to have.</summary>
    public int LoadOnTheWay
    {
        get
        {
            var load = 0;
            for (var i = 0; i < OnTheWay.Count; i++)
            {
                load += OnTheWay[i].Jobs;
            }

            return load;
        }
    }
}

/// <summary>Handoffs from one executor that may not have arrived yet.</summary>
/// <param name="From">Who sent them.</param>
/// <param name="Incarnation">The sender's start; the sequence counts within it.</param>
/// <param name="Sequence">The number of the last of them, as in <see cref="OfferedJob.Sequence"/>.</param>
/// <param name="Jobs">How many.</param>
public readonly record struct OnTheWay(ExecutorId From, Incarnation Incarnation, long Sequence, int Jobs);
