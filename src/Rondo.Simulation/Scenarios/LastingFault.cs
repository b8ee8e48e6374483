namespace Rondo.Simulation;

/// <summary>The fault that stays when a liveness run ends.</summary>
internal enum LastingFault
{
    None,
    DeadExecutor,
    OneWayCut,
    PairCut,
    Mute,
    Deaf,
    Loss,
    SlowDisk,
}
