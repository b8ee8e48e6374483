namespace Rondo.Simulation;

/// <summary>What befalls a process around one commit.</summary>
internal enum CommitFault
{
    None,
    CrashBefore,
    CrashAfter,
    CrashAmidEffects,
    Fails,
}
