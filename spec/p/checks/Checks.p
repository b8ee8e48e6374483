// What must hold, whatever happens.

event eMade: tGeneration;
event eAccepted: (generation: tGeneration, hop: int);
event eHolds: (executor: int, generation: tGeneration);
event eReleases: (executor: int, generation: tGeneration);
event eWentDown: int;
event eTold: int;
event eFinal: (job: int, value: int);

// A generation is made once, each of its hops is accepted once, and at any time one executor at most has it.
spec OneHolderPerGeneration observes eMade, eAccepted, eHolds, eReleases, eWentDown {
    var made: set[tGeneration];
    var accepted: set[(generation: tGeneration, hop: int)];
    var holder: map[tGeneration, int];

    start state Watching {
        on eMade do (generation: tGeneration) {
            assert !(generation in made), format("generation {0} is made twice", generation);
            made += (generation);
        }
        on eAccepted do (pass: (generation: tGeneration, hop: int)) {
            assert !(pass in accepted), format("{0} is accepted twice", pass);
            accepted += (pass);
        }
        on eHolds do (held: (executor: int, generation: tGeneration)) {
            assert !(held.generation in holder) || holder[held.generation] == held.executor,
                format("{0} has generation {1}, and so has another", held.executor, held.generation);
            holder[held.generation] = held.executor;
        }
        on eReleases do (held: (executor: int, generation: tGeneration)) {
            if (held.generation in holder && holder[held.generation] == held.executor) {
                holder -= (held.generation);
            }
        }
        on eWentDown do (executor: int) {
            var generation: tGeneration;
            foreach (generation in keys(holder)) {
                if (holder[generation] == executor) {
                    holder -= (generation);
                }
            }
        }
    }
}

// A job has one final record, which never changes.
spec OneResult observes eFinal {
    var finals: map[int, int];

    start state Watching {
        on eFinal do (final: (job: int, value: int)) {
            assert !(final.job in finals), format("job {0} is recorded as {1}, then as {2}", final.job, finals[final.job], final.value);
            finals[final.job] = final.value;
        }
    }
}

// A job whose id a client has got comes to an end.
spec NoJobLost observes eTold, eFinal {
    var open: set[int];
    var done: set[int];

    start cold state AllDone {
        on eTold do (job: int) {
            if (!(job in done)) {
                open += (job);
                goto SomeOpen;
            }
        }
        on eFinal do (final: (job: int, value: int)) {
            done += (final.job);
        }
    }

    hot state SomeOpen {
        on eTold do (job: int) {
            if (!(job in done)) {
                open += (job);
            }
        }
        on eFinal do (final: (job: int, value: int)) {
            done += (final.job);
            open -= (final.job);
            if (sizeof(open) == 0) {
                goto AllDone;
            }
        }
    }
}
