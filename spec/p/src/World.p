// Lets things happen to a ring: chance and crashes first, then a healed network for as long as it takes to finish every job.

type tWorld = (executors: int, mutant: tMutant, tokens: bool, jobs: int, ticks: int, crashes: int);

machine World {
    var given: tWorld;
    var network: machine;
    var executors: seq[machine];
    var rounds: int;
    var next: int;

    start state Making {
        entry (world: tWorld) {
            var i: int;
            given = world;
            network = new Network();
            while (i < given.executors) {
                executors += (i, new Executor((id = i, count = given.executors, network = network, mutant = given.mutant, tokens = given.tokens)));
                i = i + 1;
            }
            i = 0;
            while (i < given.executors) {
                send executors[i], eMeet, executors;
                i = i + 1;
            }
            new Client((executors = executors, jobs = given.jobs));
            goto Chaos;
        }
    }

    state Chaos {
        entry {
            if (given.ticks == 0) {
                send network, eHeal;
                goto Healed;
            }
            given.ticks = given.ticks - 1;
            if (given.crashes > 0 && choose(8) == 0) {
                given.crashes = given.crashes - 1;
                send executors[choose(given.executors)], eCrash;
            }
            send executors[choose(given.executors)], eTick, (world = this, healed = false);
            send network, eFlush, this;
        }
        on eFlushed goto Chaos;
    }

    // One executor after the other, and every message arrives in between.
    state Healed {
        entry {
            if (rounds == 12 * given.executors || given.jobs == 0) {
                return;
            }
            rounds = rounds + 1;
            send executors[rounds % given.executors], eTick, (world = this, healed = true);
        }
        on eTicked do {
            send network, eFlush, this;
        }
        on eFlushed goto Healed;
    }
}
