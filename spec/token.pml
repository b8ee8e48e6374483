/*
 * The token's safety, as in src/Rondo.Core/Ring/TokenRing.cs.
 *
 * The network is a set of passes that only grows: each may arrive never, late, out of order or many times. A step is what its executor
 * committed together with what it then sent. A crash takes everything that is not on stable storage, and a higher incarnation follows
 * at once (how long nobody is there does not matter: messages may wait).
 *
 * Answers and time limits are nondeterminism, which allows more than the code does: whoever has not got the token may make a new one
 * at any moment (given up, refused by Nack, lost whatever an inquiry would say); the token may be passed to anybody; an executor may
 * hear by Stale of any generation that was ever made. An Ack only ends repetitions, and the set repeats anyway.
 *
 * Checked in every reachable state: a generation is made at most once, a (generation, hop) is accepted at most once, and a generation
 * has at most one holder. Mutants (-DNAME) leave out one rule each, and must fail.
 */
#ifndef N
#define N 3
#endif
#ifndef EPOCHS
#define EPOCHS 2
#endif
#ifndef HOPS
#define HOPS 2                  /* of a generation */
#endif
#ifndef RESTARTS
#define RESTARTS 1              /* of all executors together */
#endif
#define GENERATIONS (EPOCHS * N)

/* A generation is (epoch, creator), in this order; 0 is none. */
#define GENERATION(epoch, creator) (((epoch) - 1) * N + (creator) + 1)
#define EPOCH(g) (((g) + N - 1) / N)
#define BIT(n) (1 << (n))
#define HAS(set, n) ((set & BIT(n)) != 0)

/* Durable: the highest epoch made here. The incarnation is durable too; all that counts of it is that a start raises it. */
byte minted[N];

/* Volatile. The last token accepted or made, and whether it is still here. */
byte seen[N];
byte lastGeneration[N];
byte lastHop[N];
bool holds[N];

/* Passes to an executor's present start, by hop, as sets of generations. */
short sent[N * HOPS];

/*
 * What only mutants need: to whom a pass is under way (+ 1), and passes to earlier starts. By the rules the first leads to repetitions
 * and to giving up, which are possible at any time, and the second are refused.
 */
#if defined(SKIP_KEEPS_THE_GENERATION) || defined(RESEND_TO_THE_NEWEST_START) || defined(NO_INCARNATION_FENCE)
#define MORE_STATE
byte passTo[N];
short sentBefore[N * HOPS];
#endif

byte restarts;
short made;
short accepted[HOPS];

byte g, hop, other;             /* zero between two steps */

/* Above all epochs that this executor saw or made. */
#define NEXT_EPOCH(me) ((EPOCH(seen[me]) > minted[me] -> EPOCH(seen[me]) : minted[me]) + 1)

#ifdef MORE_STATE
#define BEGIN_PASS(me, to) passTo[me] = to + 1;
#define END_PASS(me) passTo[me] = 0;
#define SENT_BEFORE(me, hop) sentBefore[me * HOPS + hop] = sentBefore[me * HOPS + hop] | sent[me * HOPS + hop];
#else
#define BEGIN_PASS(me, to)
#define END_PASS(me)
#define SENT_BEFORE(me, hop)
#endif

/*
 * A pass that is refused now is refused for the rest of this start, as what was seen only rises: it is taken out of the set, which
 * saves states. Not where a mutant refuses less.
 */
#if defined(LOWER_GENERATION_LIVES) || defined(NO_DUPLICATE_CHECK) || defined(MORE_STATE)
#define DROP_REFUSED(me)
#else
#define DROP_REFUSED(me) \
    hop = 0; \
    do \
    :: hop == HOPS -> break \
    :: hop < HOPS && hop < lastHop[me] -> sent[me * HOPS + hop] = sent[me * HOPS + hop] & ~(2 * BIT(seen[me]) - 1); hop++ \
    :: hop < HOPS && hop >= lastHop[me] -> sent[me * HOPS + hop] = sent[me * HOPS + hop] & ~(BIT(seen[me]) - 1); hop++ \
    od; \
    hop = 0;
#endif

inline hold(me, generation, atHop) {
    seen[me] = generation;
    lastGeneration[me] = generation;
    lastHop[me] = atHop;
    holds[me] = true;
    END_PASS(me)
    other = 0;
    do
    :: other == N -> break
    :: else -> assert(other == me || !holds[other] || lastGeneration[other] != generation); other++
    od;
    other = 0;
    DROP_REFUSED(me)
    skip
}

/* The epoch is synced before anybody sees the token. */
inline mint(me) {
    d_step {
        minted[me] = NEXT_EPOCH(me);
        g = GENERATION(minted[me], me);
        assert(!HAS(made, g));
        made = made | BIT(g);
        hold(me, g, 0);
        g = 0
    }
}

#define SEND(me, to) sent[(to) * HOPS + lastHop[me]] = sent[(to) * HOPS + lastHop[me]] | BIT(lastGeneration[me])

/* The token is released before it is sent. */
inline pass(me, to) {
    d_step {
        holds[me] = false;
        BEGIN_PASS(me, to)
        SEND(me, to)
    }
}

/* Refused are those for an earlier start (Nack), those of a generation below one seen (Stale), and repetitions. */
#ifdef NO_INCARNATION_FENCE
#define ARRIVED(me, generation, atHop) HAS((sent[me * HOPS + atHop - 1] | sentBefore[me * HOPS + atHop - 1]), generation)
#else
#define ARRIVED(me, generation, atHop) HAS(sent[me * HOPS + atHop - 1], generation)
#endif
#ifdef LOWER_GENERATION_LIVES
#define IS_STALE(me, generation) false
#else
#define IS_STALE(me, generation) (generation < seen[me])
#endif
#ifdef NO_DUPLICATE_CHECK
#define IS_REPETITION(me, generation, atHop) false
#else
#define IS_REPETITION(me, generation, atHop) (generation == lastGeneration[me] && atHop <= lastHop[me])
#endif

inline accept(me, generation, atHop) {
    d_step {
        assert(!HAS(accepted[atHop - 1], generation));
        accepted[atHop - 1] = accepted[atHop - 1] | BIT(generation);
        hold(me, generation, atHop)
    }
}

inline hearStale(me, generation) {
    d_step {
        seen[me] = generation;
        END_PASS(me)
        holds[me] = false;
        hop = 0;
        do
        :: hop == HOPS -> break
        :: else -> sent[me * HOPS + hop] = sent[me * HOPS + hop] & ~(BIT(generation) - 1); hop++
        od;
        hop = 0
    }
}

inline crash(me) {
    d_step {
        restarts++;
        hop = 0;
        do
        :: hop == HOPS -> break
        :: else ->
            SENT_BEFORE(me, hop)
            sent[me * HOPS + hop] = 0;
            hop++
        od;
        hop = 0;
#ifdef EPOCH_NOT_SYNCED
        minted[me] = 0;
#endif
#ifdef TOKEN_RESTORED_FROM_DISK
        /* It was written there when it came, and nobody wrote that it went. */
        if
        :: lastGeneration[me] != 0 -> hold(me, lastGeneration[me], lastHop[me])
        :: else
        fi
#else
        seen[me] = 0;
        lastGeneration[me] = 0;
        lastHop[me] = 0;
        END_PASS(me)
        holds[me] = false
#endif
    }
}

#ifdef LATE_STALES
#define LATE_STALE(me) \
    :: atomic { \
        g = 1; \
        do \
        :: g < GENERATIONS -> g++ \
        :: HAS(made, g) && g > seen[me] -> hearStale(me, g); break \
        :: g == GENERATIONS -> break \
        od; \
        g = 0 \
    }
#else
#define LATE_STALE(me)
#endif

#define ALONE(me) \
    :: atomic { !holds[me] && NEXT_EPOCH(me) <= EPOCHS -> mint(me) } \
    :: atomic { restarts < RESTARTS && (minted[me] != 0 || seen[me] != 0) -> crash(me) } \
    LATE_STALE(me) \
    :: atomic { \
        g = 1; \
        hop = 1; \
        do \
        :: g < GENERATIONS -> g++ \
        :: hop < HOPS -> hop++ \
        :: ARRIVED(me, g, hop) && !IS_STALE(me, g) && !IS_REPETITION(me, g, hop) -> accept(me, g, hop); break \
        :: g == GENERATIONS && hop == HOPS -> break \
        od; \
        g = 0; \
        hop = 0 \
    }

#ifdef SKIP_KEEPS_THE_GENERATION
#define SKIP(me, to) :: atomic { passTo[me] != 0 && passTo[me] != to + 1 -> pass(me, to) }
#else
#define SKIP(me, to)
#endif
#ifdef RESEND_TO_THE_NEWEST_START
#define RESEND(me, to) :: atomic { passTo[me] == to + 1 && HAS(sentBefore[to * HOPS + lastHop[me]], lastGeneration[me]) -> pass(me, to) }
#else
#define RESEND(me, to)
#endif
#define TOWARDS(me, to) \
    :: atomic { holds[me] && lastHop[me] < HOPS -> pass(me, to) } \
    :: atomic { seen[to] > seen[me] -> hearStale(me, seen[to]) } \
    SKIP(me, to) \
    RESEND(me, to)

active proctype Ring() {
end:
    do
    ALONE(0)
    ALONE(1)
    TOWARDS(0, 1)
    TOWARDS(1, 0)
#if N > 2
    ALONE(2)
    TOWARDS(0, 2)
    TOWARDS(1, 2)
    TOWARDS(2, 0)
    TOWARDS(2, 1)
#endif
    od
}
