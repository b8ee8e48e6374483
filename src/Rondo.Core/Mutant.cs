namespace Rondo.Core;

/// <summary>
/// Mistakes that are easy to make, each a rule left out. A test build (<c>-p:Mutants=true</c>) can switch one on, and the simulator must
/// notice; in every other build the switch is a constant and nothing of this is left.
/// </summary>
internal enum Mutant
{
    None,

    // The token.
    SkipWithoutNewGeneration,
    NoIncarnationFence,
    IncarnationNotRaised,
    EpochNotSynced,
    TokenRestoredFromDisk,
    NoDuplicateCheck,
    ResendToNewerIncarnation,
    LowerGenerationLives,
    HopNotCounted,
    LostTokenNotRemade,
    OneMessageClearsSuspicion,

    // The handoff of jobs.
    DuplicateByJobIdAlone,
    OwnNumberIsKnown,
    AcceptBeforeCommit,
    OfferBeforeCommit,
    ForgetBeforeHomeKnows,
    RescueOnSuspicion,
    RemovedIsGoneForGood,
    MissingIsNotAskedFor,
    AbandonedAttemptCounts,
    RescueKeepsTheNumber,
    RescueTakesTheNextNumber,
    AnyoneLeavesAGap,
    ComesHomeWithoutAGap,
    OldReportLocates,
    OutOfDateUnderAnyNumber,
    OfferToAnyStart,
    NothingIsSentAgain,
    ResultAckUnderAnyNumber,

    // Jobs and their results.
    IdBeforeCommit,
    StartBeforeCommit,
    HeldResultNotStored,
    ResultNotStored,
    ResultAckBeforeCommit,
    SecondResultWins,
    RetryKeepsTheNumber,
    OldFailureCounts,
    NoCrashLimit,
    CrashNotNoted,
    LostRunsAgain,

    // Balance.
    NoQuota,
    NothingOnTheWay,
    SurplusStays,
}

/// <summary>Which mistake is switched on.</summary>
internal static class Mutants
{
#if MUTANTS
    public static Mutant Active { get; set; }

    public static bool Is(Mutant mutant) => mutant == Active;
#else
    /// <summary>False: this build has none.</summary>
    public static bool Is(Mutant _) => false;
#endif
}
