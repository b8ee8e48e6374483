namespace Rondo.Simulation;

/// <summary>What goes wrong during the storm of a run. A run has a random few of these.</summary>
internal enum Fault
{
    Crash,
    LongCrash,
    CrashLoop,
    CrashAll,
    OrderlyRestart,
    ShortPause,
    LongPause,
    Partition,
    Singleton,
    OneWayCut,
    Deaf,
    Mute,
    Flap,
    Reset,
    SlowLink,
    SlowDisk,
    ClockJump,
    NewAddress,
    GoneForGood,
    EmptyDisk,
    Drain,
    JobStorm,
}
