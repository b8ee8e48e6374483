// One executor: its part in the token's way round the ring, and the life of jobs, as in src/Rondo.Core. Between two events it is as if
// everything had been committed: a message leaves with the commit that it rests on, and a crash comes between two events. Time is left out:
// what a time limit would do is done at any tick, as chance has it.

enum tPhase { Waiting, Running, Offered, Away, PassedOn, Ended }

type tJob = (phase: tPhase, number: int, peer: int, value: int);

type tSetup = (id: int, count: int, network: machine, mutant: tMutant, tokens: bool);
event eMeet: seq[machine];

machine Executor {
    var setup: tSetup;
    var executors: seq[machine];

    // On stable storage.
    var incarnation: int;
    var minted: int;
    var jobs: map[int, tJob];
    var finals: map[int, int];
    var lastNumber: int;
    var runs: int;

    // Gone with a crash.
    var seen: tGeneration;
    var last: tGeneration;
    var lastHop: int;
    var holds: bool;
    var passes: bool;
    var passTo: int;
    var passIncarnation: int;
    var incarnations: map[int, int];
    var departed: map[int, int];

    start state Starting {
        entry (given: tSetup) {
            setup = given;
            lastNumber = setup.id * 100;
            StartUp();
        }
        on eMeet do (all: seq[machine]) {
            executors = all;
            goto Up;
        }
        defer eTick, eCrash, eSubmit;
    }

    state Up {
        on eTick do (tick: (world: machine, healed: bool)) {
            if (tick.healed) {
                GoOn();
                send tick.world, eTicked;
            } else {
                DoSomething();
            }
        }
        on eCrash do Crash;
        on ePass do ReceivePass;
        on eAck do ReceiveAck;
        on eNack do ReceiveNack;
        on eStale do ReceiveStale;
        on eSubmit do Submit;
        on eQuery do Query;
        on eOffer do ReceiveOffer;
        on eAccept do ReceiveAccept;
        on eHolding do ReceiveHolding;
        on eHoldingAck do ReceiveHoldingAck;
        on eResult do ReceiveResult;
        on eResultAck do ReceiveResultAck;
    }

    fun StartUp() {
        incarnation = incarnation + 1;
        seen = (epoch = 0, creator = 0);
        last = seen;
        lastHop = 0;
        holds = false;
        passes = false;
        incarnations = default(map[int, int]);
        departed = default(map[int, int]);
    }

    fun Crash() {
        var job: int;
        var generation: tGeneration;
        var hop: int;
        generation = last;
        hop = lastHop;
        announce eWentDown, setup.id;
        StartUp();
        if (setup.mutant == EpochNotSynced) {
            minted = 0;
        }
        if (setup.mutant == TokenRestoredFromDisk && generation.epoch > 0) {
            Hold(generation, hop);
        }
        foreach (job in keys(jobs)) {
            if (jobs[job].phase == Running) {
                jobs[job].phase = Waiting;
            }
        }
    }

    fun Say(recipient: int, what: event, content: any) {
        send setup.network, eTransmit, (recipient = executors[recipient], what = what, content = content);
    }

    fun AnyOther(): int {
        return (setup.id + 1 + choose(setup.count - 1)) % setup.count;
    }

    // One of the things that may happen next.
    fun DoSomething() {
        if (setup.tokens && (sizeof(jobs) == 0 || $)) {
            if (holds) {
                Release(AnyOther());
            } else if (passes) {
                if ($) {
                    Repeat();
                } else {
                    GiveUp();
                }
            } else if (choose(4) == 0) {
                Mint();
            }
        } else if (sizeof(jobs) > 0) {
            DoSomethingWith(choose(keys(jobs)));
        }
    }

    // ---- the token ----

    fun Hold(generation: tGeneration, hop: int) {
        seen = generation;
        last = generation;
        lastHop = hop;
        holds = true;
        passes = false;
        announce eHolds, (executor = setup.id, generation = generation);
    }

    fun Mint() {
        var generation: tGeneration;
        if (seen.epoch > minted) {
            minted = seen.epoch;
        }
        minted = minted + 1;
        generation = (epoch = minted, creator = setup.id);
        announce eMade, generation;
        Hold(generation, 0);
    }

    // The token is let go of before it is sent, to one start of its receiver.
    fun Release(recipient: int) {
        LetGo();
        passes = true;
        passTo = recipient;
        passIncarnation = 1;
        if (recipient in incarnations) {
            passIncarnation = incarnations[recipient];
        }
        Repeat();
    }

    fun LetGo() {
        if (holds) {
            announce eReleases, (executor = setup.id, generation = last);
        }
        holds = false;
    }

    fun Repeat() {
        Say(passTo, ePass, (sender = setup.id, incarnation = passIncarnation, generation = last, hop = lastHop + 1));
    }

    fun GiveUp() {
        if (setup.mutant == SkipKeepsTheGeneration) {
            Release(AnyOther());
        } else {
            Mint();
        }
    }

    fun ReceivePass(pass: tPass) {
        if (pass.incarnation != incarnation && setup.mutant != NoIncarnationFence) {
            Say(pass.sender, eNack, (sender = setup.id, generation = pass.generation, hop = pass.hop, incarnation = incarnation));
            return;
        }
        if (IsLower(pass.generation, seen) && setup.mutant != LowerGenerationLives) {
            Say(pass.sender, eStale, (sender = setup.id, generation = pass.generation, hop = pass.hop, seen = seen));
            return;
        }
        Say(pass.sender, eAck, (sender = setup.id, generation = pass.generation, hop = pass.hop));
        if (pass.generation == last && pass.hop <= lastHop && setup.mutant != NoDuplicateCheck) {
            return;
        }
        LetGo();
        announce eAccepted, (generation = pass.generation, hop = pass.hop);
        Hold(pass.generation, pass.hop);
    }

    fun IsUnderWay(sender: int, generation: tGeneration, hop: int): bool {
        return passes && passTo == sender && last == generation && lastHop + 1 == hop;
    }

    fun ReceiveAck(ack: tPassed) {
        if (IsUnderWay(ack.sender, ack.generation, ack.hop)) {
            passes = false;
        }
    }

    fun ReceiveNack(nack: tNack) {
        if (!(nack.sender in incarnations) || incarnations[nack.sender] < nack.incarnation) {
            incarnations[nack.sender] = nack.incarnation;
        }
        if (IsUnderWay(nack.sender, nack.generation, nack.hop)) {
            if (setup.mutant == ResendToTheNewestStart) {
                passIncarnation = incarnations[nack.sender];
                Repeat();
            } else {
                Mint();
            }
        }
    }

    fun ReceiveStale(stale: tStale) {
        if (IsLower(seen, stale.seen)) {
            seen = stale.seen;
        }
        if (IsUnderWay(stale.sender, stale.generation, stale.hop)) {
            passes = false;
        }
        if (holds && IsLower(last, seen)) {
            LetGo();
        }
    }

    // ---- jobs ----

    fun Submit(request: (client: machine)) {
        lastNumber = lastNumber + 1;
        jobs[lastNumber] = (phase = Waiting, number = 0, peer = setup.id, value = 0);
        send request.client, eSubmitted, lastNumber;
    }

    fun Query(query: (client: machine, job: int)) {
        if (query.job in finals) {
            send query.client, eAnswer, (job = query.job, value = finals[query.job]);
        }
    }

    fun DoSomethingWith(job: int) {
        var phase: tPhase;
        phase = jobs[job].phase;
        if (phase == Waiting && choose(3) != 0) {
            Offer(job, AnyOther());
        } else if (phase == Offered && $) {
            TakeBack(job);
        } else if (phase == Away && choose(4) == 0) {
            TakeBack(job);
        } else if (phase == Running && $) {
            Finish(job);
        } else if (phase == Waiting && choose(4) == 0) {
            jobs[job].phase = Running;
        } else {
            SayAgain(job);
        }
    }

    // The world is in order: jobs run, and what is not acknowledged is said again.
    fun GoOn() {
        var job: int;
        foreach (job in keys(jobs)) {
            SayAgain(job);
            if (jobs[job].phase == Running) {
                Finish(job);
            } else if (jobs[job].phase == Waiting) {
                jobs[job].phase = Running;
            }
        }
    }

    fun SayAgain(job: int) {
        var known: tJob;
        known = jobs[job];
        if (known.phase == Offered) {
            Say(known.peer, eOffer, (sender = setup.id, job = job, number = known.number));
        } else if (known.phase == Ended) {
            Say(HomeOf(job), eResult, (sender = setup.id, job = job, value = known.value));
        } else if (HomeOf(job) != setup.id && known.phase == PassedOn) {
            Say(HomeOf(job), eHolding, (sender = setup.id, job = job, number = known.number, holder = known.peer));
        } else if (HomeOf(job) != setup.id) {
            Say(HomeOf(job), eHolding, (sender = setup.id, job = job, number = known.number, holder = setup.id));
        }
    }

    fun Offer(job: int, recipient: int) {
        jobs[job] = (phase = Offered, number = jobs[job].number + 1, peer = recipient, value = 0);
        SayAgain(job);
    }

    // Above all numbers that others may have got to without the home's knowledge.
    fun AfterTakeBack(number: int): int {
        return (number / 64 + 2) * 64;
    }

    fun TakeBack(job: int) {
        var number: int;
        number = jobs[job].number + 1;
        if (HomeOf(job) == setup.id || setup.mutant == AnyoneLeavesAGap) {
            number = AfterTakeBack(jobs[job].number);
        }
        jobs[job] = (phase = Waiting, number = number, peer = setup.id, value = 0);
    }

    // The highest number under which the job was here; one that was made here for another executor is not.
    fun Known(job: int): int {
        if (!(job in jobs)) {
            if (job in departed) {
                return departed[job];
            }
            return -1;
        }
        if (jobs[job].phase == Offered || jobs[job].phase == PassedOn) {
            return jobs[job].number - 1;
        }
        return jobs[job].number;
    }

    fun IsNews(offer: tTransfer): bool {
        if (setup.mutant == KnownByIdAlone) {
            return Known(offer.job) < 0;
        }
        if (HomeOf(offer.job) == setup.id) {
            return offer.job in jobs && (jobs[offer.job].phase == Away || jobs[offer.job].phase == Offered) && offer.number > jobs[offer.job].number;
        }
        return offer.number > Known(offer.job);
    }

    fun ReceiveOffer(offer: tTransfer) {
        var phase: tPhase;
        var number: int;
        if (setup.mutant == AcceptBeforeCommit && choose(4) == 0) {
            // The accept is out, and the crash comes before the commit.
            Say(offer.sender, eAccept, (sender = setup.id, job = offer.job, number = offer.number));
            Crash();
            return;
        }
        if (IsNews(offer)) {
            phase = Waiting;
            if (offer.job in jobs && (jobs[offer.job].phase == Running || jobs[offer.job].phase == Ended)) {
                phase = jobs[offer.job].phase;
            }
            number = offer.number;
            if (HomeOf(offer.job) == setup.id && setup.mutant != HomeStaysInTheGap) {
                number = AfterTakeBack(number);
            }
            if (phase == Ended) {
                jobs[offer.job].number = number;
            } else {
                jobs[offer.job] = (phase = phase, number = number, peer = setup.id, value = 0);
            }
        }
        Say(offer.sender, eAccept, (sender = setup.id, job = offer.job, number = offer.number));
    }

    fun ReceiveAccept(accept: tTransfer) {
        var known: tJob;
        if (!(accept.job in jobs)) {
            return;
        }
        known = jobs[accept.job];
        if (known.phase != Offered || known.peer != accept.sender || known.number != accept.number) {
            return;
        }
        if (HomeOf(accept.job) == setup.id) {
            jobs[accept.job].phase = Away;
        } else if (HomeOf(accept.job) == accept.sender) {
            Forget(accept.job);
        } else {
            jobs[accept.job].phase = PassedOn;
        }
    }

    fun Forget(job: int) {
        departed[job] = Known(job);
        jobs -= (job);
    }

    fun ReceiveHolding(held: tHolding) {
        Say(held.sender, eHoldingAck,
            (sender = setup.id, job = held.job, number = held.number, current = Locate(held) || held.holder != held.sender));
    }

    fun Locate(held: tHolding): bool {
        var known: tJob;
        if (!(held.job in jobs)) {
            return false;
        }
        known = jobs[held.job];
        if ((known.phase == Offered || known.phase == Away)
            && (held.number > known.number || (held.number == known.number && held.holder == known.peer))) {
            jobs[held.job] = (phase = Away, number = held.number, peer = held.holder, value = 0);
            return true;
        }
        return false;
    }

    fun ReceiveHoldingAck(verdict: tVerdict) {
        var known: tJob;
        if (!(verdict.job in jobs)) {
            return;
        }
        known = jobs[verdict.job];
        if (known.number != verdict.number && setup.mutant != RefusedUnderAnyNumber) {
            return;
        }
        if (known.phase == PassedOn || (known.phase == Waiting && !verdict.current)) {
            Forget(verdict.job);
        }
    }

    // Every run comes to a value of its own, so that it is told whose result was recorded.
    fun Finish(job: int) {
        runs = runs + 1;
        if (HomeOf(job) == setup.id) {
            Record(job, runs * 10 + setup.id);
        } else {
            jobs[job].phase = Ended;
            jobs[job].value = runs * 10 + setup.id;
            SayAgain(job);
        }
    }

    fun Record(job: int, value: int) {
        finals[job] = value;
        announce eFinal, (job = job, value = value);
        if (job in jobs) {
            jobs -= (job);
        }
    }

    fun ReceiveResult(result: tResult) {
        if (setup.mutant == ResultAckBeforeCommit && choose(4) == 0) {
            Say(result.sender, eResultAck, (sender = setup.id, job = result.job, number = 0));
            Crash();
            return;
        }
        if (!(result.job in finals) || (setup.mutant == SecondResultWins && finals[result.job] != result.value)) {
            Record(result.job, result.value);
        }
        Say(result.sender, eResultAck, (sender = setup.id, job = result.job, number = 0));
    }

    fun ReceiveResultAck(ack: tTransfer) {
        if (ack.job in jobs && jobs[ack.job].phase == Ended) {
            Forget(ack.job);
        }
    }
}
