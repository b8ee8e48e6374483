// The faithful rules, and one test case for each mutant, which must fail.

module Ring = { World, Network, Executor, Client };

machine FaithfulTokenWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = Faithful, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test FaithfulToken [main=FaithfulTokenWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { FaithfulTokenWorld });

machine FaithfulJobsWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = Faithful, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test FaithfulJobs [main=FaithfulJobsWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { FaithfulJobsWorld });

machine FaithfulBothWorld {
    start state Making {
        entry {
            new World((executors = 4, mutant = Faithful, tokens = true, jobs = 3, ticks = 80, crashes = 3));
        }
    }
}
test FaithfulBoth [main=FaithfulBothWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { FaithfulBothWorld });

machine SkipKeepsTheGenerationWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = SkipKeepsTheGeneration, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test SkipKeepsTheGeneration [main=SkipKeepsTheGenerationWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { SkipKeepsTheGenerationWorld });

machine NoIncarnationFenceWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = NoIncarnationFence, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test NoIncarnationFence [main=NoIncarnationFenceWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { NoIncarnationFenceWorld });

machine EpochNotSyncedWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = EpochNotSynced, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test EpochNotSynced [main=EpochNotSyncedWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { EpochNotSyncedWorld });

machine TokenRestoredFromDiskWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = TokenRestoredFromDisk, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test TokenRestoredFromDisk [main=TokenRestoredFromDiskWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { TokenRestoredFromDiskWorld });

machine NoDuplicateCheckWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = NoDuplicateCheck, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test NoDuplicateCheck [main=NoDuplicateCheckWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { NoDuplicateCheckWorld });

machine ResendToTheNewestStartWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = ResendToTheNewestStart, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test ResendToTheNewestStart [main=ResendToTheNewestStartWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { ResendToTheNewestStartWorld });

machine LowerGenerationLivesWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = LowerGenerationLives, tokens = true, jobs = 0, ticks = 60, crashes = 3));
        }
    }
}
test LowerGenerationLives [main=LowerGenerationLivesWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { LowerGenerationLivesWorld });

machine KnownByIdAloneWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = KnownByIdAlone, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test KnownByIdAlone [main=KnownByIdAloneWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { KnownByIdAloneWorld });

machine AnyoneLeavesAGapWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = AnyoneLeavesAGap, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test AnyoneLeavesAGap [main=AnyoneLeavesAGapWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { AnyoneLeavesAGapWorld });

machine HomeStaysInTheGapWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = HomeStaysInTheGap, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test HomeStaysInTheGap [main=HomeStaysInTheGapWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { HomeStaysInTheGapWorld });

machine RefusedUnderAnyNumberWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = RefusedUnderAnyNumber, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test RefusedUnderAnyNumber [main=RefusedUnderAnyNumberWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { RefusedUnderAnyNumberWorld });

machine AcceptBeforeCommitWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = AcceptBeforeCommit, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test AcceptBeforeCommit [main=AcceptBeforeCommitWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { AcceptBeforeCommitWorld });

machine ResultAckBeforeCommitWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = ResultAckBeforeCommit, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test ResultAckBeforeCommit [main=ResultAckBeforeCommitWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { ResultAckBeforeCommitWorld });

machine SecondResultWinsWorld {
    start state Making {
        entry {
            new World((executors = 3, mutant = SecondResultWins, tokens = false, jobs = 1, ticks = 60, crashes = 2));
        }
    }
}
test SecondResultWins [main=SecondResultWinsWorld]:
    assert OneHolderPerGeneration, OneResult, NoJobLost in (union Ring, { SecondResultWinsWorld });
