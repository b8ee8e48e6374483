// What executors say to each other, and the words in it. Names follow src/Rondo.Core/Ring/Message.cs.

type tGeneration = (epoch: int, creator: int);

type tPass = (sender: int, incarnation: int, generation: tGeneration, hop: int);
type tPassed = (sender: int, generation: tGeneration, hop: int);
type tNack = (sender: int, generation: tGeneration, hop: int, incarnation: int);
type tStale = (sender: int, generation: tGeneration, hop: int, seen: tGeneration);
type tTransfer = (sender: int, job: int, number: int);
type tHolding = (sender: int, job: int, number: int, holder: int);
type tVerdict = (sender: int, job: int, number: int, current: bool);
type tResult = (sender: int, job: int, value: int);

event ePass: tPass;
event eAck: tPassed;
event eNack: tNack;
event eStale: tStale;
event eOffer: tTransfer;
event eAccept: tTransfer;
event eHolding: tHolding;
event eHoldingAck: tVerdict;
event eResult: tResult;
event eResultAck: tTransfer;

// Between a client and an executor.
event eSubmit: (client: machine);
event eSubmitted: int;
event eQuery: (client: machine, job: int);
event eAnswer: (job: int, value: int);

// What the world does to an executor.
event eTick: (world: machine, healed: bool);
event eTicked;
event eCrash;

// The rules that a mutant breaks, one each.
enum tMutant {
    Faithful,
    SkipKeepsTheGeneration,
    NoIncarnationFence,
    EpochNotSynced,
    TokenRestoredFromDisk,
    NoDuplicateCheck,
    ResendToTheNewestStart,
    LowerGenerationLives,
    KnownByIdAlone,
    AnyoneLeavesAGap,
    HomeStaysInTheGap,
    RefusedUnderAnyNumber,
    AcceptBeforeCommit,
    ResultAckBeforeCommit,
    SecondResultWins
}

fun IsLower(one: tGeneration, other: tGeneration): bool {
    return one.epoch < other.epoch || (one.epoch == other.epoch && one.creator < other.creator);
}

// The home of a job is in its id, as everywhere in Rondo.
fun HomeOf(job: int): int {
    return job / 100;
}
