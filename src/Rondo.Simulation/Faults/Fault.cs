namespace Rondo.Simulation;

/// <summary>What goes wrong in runs. Each run has a random few of these, and counts how often each really came.</summary>
internal enum Fault
{
    // What befalls the ring every now and then during the storm.
    Crash,
    LongCrash,
    CrashLoop,
    CrashOfAll,
    CrashInRecovery,
    OrderlyRestart,
    ShortPause,
    LongPause,
    Partition,
    Singleton,
    OneWayCut,
    Deaf,
    Mute,
    FlappingLink,
    ConnectionReset,
    SlowLink,
    SwizzleClog,
    SlowCommits,
    FullDisk,
    ClockJump,
    NewAddress,
    GoneForGood,
    BackWithEmptyDisk,
    RemovedTooEarly,
    DrainUnderLoad,
    JobStorm,

    // In runs whose jobs wander.
    RollingRestart,

    // Around one commit: between the record and its sync, between the sync and what is sent, amid what is sent.
    CrashBeforeSync,
    CrashBeforeSend,
    CrashAmidSends,
    FailingCommit,

    // Counted where it happens.
    LostCommit,
    MessageLoss,
    Duplication,
    Reordering,
    DelaySpike,
    PoisonJob,
    CancelRace,
    UnknownField,
    UnknownMessage,

    // One of them stays when a liveness run ends.
    StayingDeadExecutor,
    StayingOneWayCut,
    StayingPairCut,
    StayingMute,
    StayingDeaf,
    StayingLoss,
    StayingSlowCommits,
}

/// <summary>Which faults come in which way.</summary>
internal static class FaultKinds
{
    /// <summary>What the driver may let happen during the storm.</summary>
    public static IReadOnlyList<Fault> OfTheStorm { get; } =
    [.. Enum.GetValues<Fault>().Where(fault => fault is >= Fault.Crash and <= Fault.JobStorm)];

    public static IReadOnlyList<Fault> OfACommit { get; } =
    [.. Enum.GetValues<Fault>().Where(fault => fault is >= Fault.CrashBeforeSync and <= Fault.FailingCommit)];

    public static IReadOnlyList<Fault> ThatStay { get; } = [.. Enum.GetValues<Fault>().Where(fault => fault >= Fault.StayingDeadExecutor)];
}
