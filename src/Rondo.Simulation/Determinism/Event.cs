using Rondo.Core;

namespace Rondo.Simulation;

internal enum EventKind : byte
{
    /// <summary>A message reaches a machine; the payload is the <see cref="Message"/>.</summary>
    Deliver,

    /// <summary>A process learns that the connection to <see cref="Event.From"/> broke.</summary>
    LinkBroken,

    /// <summary>A process may step its next batch.</summary>
    Wake,

    /// <summary>The core's next deadline may have come.</summary>
    Tick,

    /// <summary>A commit ended.</summary>
    CommitDone,

    /// <summary>A job's run ended; the payload is the <see cref="Run"/>.</summary>
    RunEnded,

    /// <summary>Anything rare; the payload is the <see cref="Action"/>.</summary>
    Do,
}

/// <summary>One thing that will happen.</summary>
/// <param name="Machine">Where, as an index.</param>
/// <param name="Process">The process that it is meant for; one that is gone by then never hears of it.</param>
/// <param name="From">The sender, or the peer that it is about.</param>
/// <param name="To">The executor that a message is meant for; none for a greeting, which is for whoever is at the address.</param>
internal readonly record struct Event(EventKind Kind, int Machine, int Process, ExecutorId From, ExecutorId To, object? Payload);
