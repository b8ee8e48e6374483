/*
 * One job between three or four executors: its handoffs, its result, and its rescue, as in src/Rondo.Core/Handoffs.
 *
 * Executor 0 is the home. The network is a set that only grows: whatever was sent may arrive never, late, out of order or many times.
 * A step is what its executor committed together with what it then sent; a crash before the commit is no step, a crash after the
 * commit is a step whose messages are lost. Time is left out: an offer may be made, a report sent, a job taken back at any moment,
 * which covers refusals, broken links, partitions and clocks of any kind.
 *
 * Checked in every reachable state: the job has its final record, or somebody has it on stable storage; the final record never
 * changes. Mutants (-DNAME) leave out one rule each, and must fail.
 */
#ifndef BLOCKS
#define BLOCKS 2                /* how often the home begins a new block of numbers, and one */
#endif
#ifndef GAP
#define GAP 4                   /* numbers in a block: 4096 in the code */
#endif
#ifndef CRASHES
#define CRASHES 1
#endif
#ifndef STARTS
#define STARTS true             /* false: nobody starts the job, for a look at more handoffs */
#endif
#define NUMBERS (BLOCKS * GAP)
#ifndef N
#define N 3
#endif
#define HOME 0

/* Phases. GONE: this executor has nothing to do with the job; num is then what it remembers of it, 0 for nothing. */
#define GONE    0
#define WAITING 1
#define RUNNING 2
#define OFFERED 3               /* to peer, which may or may not have it yet */
#define AWAY    4               /* at the home only: peer has it */
#define PASSED  5               /* elsewhere: peer has it, and the home is still to be told */
#define ENDED   6               /* elsewhere: the result is kept until the home has it */

#define BIT(n) (1 << (n))
#define HAS(set, n) ((set & BIT(n)) != 0)

#if defined(RESCUE_KEEPS_THE_NUMBER)
#define ABOVE(n) (n)
#elif defined(RESCUE_STEP_ONE)
#define ABOVE(n) ((n) + 1)
#else
#define ABOVE(n) (((n) / GAP + 1) * GAP)
#endif

/* A number that was made here for somebody else was not received here: the same number, arriving, is another handoff. */
#ifdef OWN_NUMBER_IS_KNOWN
#define KNOWN(me) num[me]
#else
#define KNOWN(me) (num[me] - (phase[me] == OFFERED || phase[me] == PASSED -> 1 : 0))
#endif

/* Only the home begins a block. */
#ifdef ANYONE_BEGINS_A_BLOCK
#define BACK_AT(me) ABOVE(num[me])
#define CAN_BE_BACK(me) (BACK_AT(me) < NUMBERS)
#else
#define BACK_AT(me) (me == HOME -> ABOVE(num[me]) : num[me] + 1)
#define CAN_BE_BACK(me) (BACK_AT(me) < NUMBERS && (me == HOME || IN_BLOCK(BACK_AT(me))))
#endif
#ifdef HOME_STAYS_IN_THE_BLOCK
#define HOME_AT(n) (n)
#else
#define HOME_AT(n) ABOVE(n)
#endif

/* Assumed: fewer handoffs than a block has numbers between two that the home hears of. */
#if defined(RESCUE_STEP_ONE) || defined(RESCUE_KEEPS_THE_NUMBER)
#define IN_BLOCK(n) ((n) < NUMBERS)
#else
#define IN_BLOCK(n) ((n) % GAP != 0)
#endif

/* Durable. */
byte phase[N];
byte num[N];
byte peer[N];
byte final;                     /* who ended the job, + 1; 0 while it is unfinished */
byte finals;                    /* how often the final record was written */
byte crashes;

/* The network, by transfer number; the index is sender * N + receiver, for claims reporter * N + holder. */
short offers[N * N];
short accepts[N * N];
short claims[N * N];            /* Holding, to the home */
short answered[N];              /* HoldingAck, from the home */
short refused[N];               /* HoldingAck: not current */
bool results[N];
bool resultAcks[N];

#define LACKS_IT(me) (phase[me] == GONE || phase[me] == PASSED || phase[me] == AWAY)
#if N == 4
#define NOBODY_HAS_IT (LACKS_IT(0) && LACKS_IT(1) && LACKS_IT(2) && LACKS_IT(3))
#else
#define NOBODY_HAS_IT (LACKS_IT(0) && LACKS_IT(1) && LACKS_IT(2))
#endif
#define CHECK assert(final != 0 || !NOBODY_HAS_IT); assert(finals <= 1)

inline offer(me, to) {
    d_step {
        printf("%d offers %d its %d\n", me, to, num[me] + 1);
        num[me]++;
        phase[me] = OFFERED;
        peer[me] = to;
        offers[me * N + to] = offers[me * N + to] | BIT(num[me])
    }
}

inline takeBack(me) {
    d_step {
        printf("%d takes %d back, as %d\n", me, num[me], BACK_AT(me));
        num[me] = BACK_AT(me);
        phase[me] = WAITING;
        peer[me] = 0
    }
}

inline receiveOffer(me, from, n) {
    d_step {
        printf("%d hears offer %d of %d (phase %d, %d)\n", me, n, from, phase[me], num[me]);
        if
        :: me == HOME ->
            if
#ifndef KNOWN_BY_ID_ALONE
            :: (phase[HOME] == AWAY || phase[HOME] == OFFERED) && n > num[HOME] ->
                phase[HOME] = WAITING;
                num[HOME] = HOME_AT(n);
                peer[HOME] = 0
#endif
            :: else
            fi
        :: else ->
            if
#ifdef KNOWN_BY_ID_ALONE
            :: num[me] != 0
#else
            :: KNOWN(me) >= n
#endif
            :: else ->
                num[me] = n;
                if
                :: phase[me] == GONE || phase[me] == OFFERED || phase[me] == PASSED -> phase[me] = WAITING; peer[me] = 0
                :: else
                fi
            fi
        fi;
        accepts[me * N + from] = accepts[me * N + from] | BIT(n);
        CHECK
    }
}

inline receiveAccept(me, from) {
    d_step {
        printf("%d hears that %d accepts %d\n", me, from, num[me]);
        if
        :: me == HOME -> phase[me] = AWAY
        :: me != HOME && from != HOME -> phase[me] = PASSED
        :: else -> num[me] = KNOWN(me); phase[me] = GONE; peer[me] = 0
        fi;
        CHECK
    }
}

inline report(me, holder) {
    d_step {
        printf("%d reports that %d has %d\n", me, holder, num[me]); claims[me * N + holder] = claims[me * N + holder] | BIT(num[me]) }
}

inline receiveClaim(from, holder, n) {
    d_step {
        printf("0 hears from %d that %d has %d (phase %d, %d)\n", from, holder, n, phase[HOME], num[HOME]);
        if
        :: (phase[HOME] == OFFERED || phase[HOME] == AWAY) && (n > num[HOME] || (n == num[HOME] && peer[HOME] == holder)) ->
            phase[HOME] = AWAY;
            peer[HOME] = holder;
            num[HOME] = n
        :: else ->
            if
#ifndef REFUSES_WHAT_IS_SAID_OF_OTHERS
            :: holder != from
#endif
            :: else -> refused[from] = refused[from] | BIT(n)
            fi
        fi;
        answered[from] = answered[from] | BIT(n);
        CHECK
    }
}

inline forget(me) {
    d_step {
        printf("%d forgets (phase %d, %d)\n", me, phase[me], num[me]);
        num[me] = KNOWN(me);
        phase[me] = GONE;
        peer[me] = 0;
        CHECK
    }
}

inline finish(me) {
    d_step {
        printf("%d ends the job\n", me);
        if
        :: me == HOME -> final = HOME + 1; finals++; phase[HOME] = ENDED
        :: else -> phase[me] = ENDED; results[me] = true
        fi
    }
}

inline receiveResult(from) {
    d_step {
        printf("0 hears the result of %d\n", from);
        if
#ifdef SECOND_RESULT_WINS
        :: final != from + 1 ->
#else
        :: final == 0 ->
#endif
            final = from + 1;
            finals++;
            phase[HOME] = ENDED;
            peer[HOME] = 0
        :: else
        fi;
        resultAcks[from] = true;
        CHECK
    }
}

inline crash(me) {
    d_step {
        printf("%d crashes (phase %d)\n", me, phase[me]);
        crashes++;
        if
        :: phase[me] == RUNNING -> phase[me] = WAITING
        :: else -> num[me] = 0          /* GONE: what was remembered was not on stable storage */
        fi
    }
}

/* Once the job is final only its result's fate is of interest. */
#define OPEN (final == 0)

#define ALONE(me) \
    :: atomic { STARTS && phase[me] == WAITING -> phase[me] = RUNNING } \
    :: atomic { phase[me] == RUNNING -> finish(me) } \
    :: atomic { OPEN && phase[me] == OFFERED && CAN_BE_BACK(me) -> takeBack(me) } \
    :: atomic { OPEN && crashes < CRASHES && (phase[me] == RUNNING || (phase[me] == GONE && num[me] != 0)) -> crash(me) }
#define BETWEEN(me, other) \
    :: atomic { OPEN && phase[me] == WAITING && IN_BLOCK(num[me] + 1) -> offer(me, other) } \
    :: atomic { OPEN && phase[me] == OFFERED && peer[me] == other && HAS(accepts[other * N + me], num[me]) -> receiveAccept(me, other) }
#ifdef REFUSED_UNDER_ANY_NUMBER
#define IS_REFUSED(me) refused[me] != 0
#else
#define IS_REFUSED(me) HAS(refused[me], num[me])
#endif
#define ELSEWHERE(me) \
    :: atomic { OPEN && (phase[me] == WAITING || phase[me] == RUNNING) && !HAS(claims[me * N + me], num[me]) -> report(me, me) } \
    :: atomic { OPEN && phase[me] == PASSED && !HAS(claims[me * N + peer[me]], num[me]) -> report(me, peer[me]) } \
    :: atomic { OPEN && phase[me] == PASSED && HAS(answered[me], num[me]) -> forget(me) } \
    :: atomic { OPEN && phase[me] == WAITING && IS_REFUSED(me) -> forget(me) } \
    :: atomic { results[me] && !(resultAcks[me] && final != 0) -> receiveResult(me) } \
    :: atomic { resultAcks[me] && phase[me] == ENDED -> forget(me) }
/* Where an offer, or a word of who has the job, arrives. */
#define OFFER(from, to) :: HAS(offers[from * N + to], n) && (to != HOME || HOME_AT(n) < NUMBERS) -> receiveOffer(to, from, n); break
#define CLAIM(from, holder) :: HAS(claims[from * N + holder], n) -> receiveClaim(from, holder, n); break

active proctype Ring() {
    byte n;
    phase[HOME] = WAITING;
end:
    do
    ALONE(0)
    ALONE(1)
    ALONE(2)
    BETWEEN(0, 1)
    BETWEEN(0, 2)
    BETWEEN(1, 0)
    BETWEEN(1, 2)
    BETWEEN(2, 0)
    BETWEEN(2, 1)
    ELSEWHERE(1)
    ELSEWHERE(2)
#if N == 4
    ALONE(3)
    BETWEEN(0, 3)
    BETWEEN(1, 3)
    BETWEEN(2, 3)
    BETWEEN(3, 0)
    BETWEEN(3, 1)
    BETWEEN(3, 2)
    ELSEWHERE(3)
#endif
    :: atomic { OPEN && phase[HOME] == AWAY && ABOVE(num[HOME]) < NUMBERS -> takeBack(HOME) }
    :: atomic {
        OPEN;
        n = 1;
        do
        :: n < NUMBERS - 1 -> n++
        OFFER(0, 1)
        OFFER(0, 2)
        OFFER(1, 0)
        OFFER(1, 2)
        OFFER(2, 0)
        OFFER(2, 1)
        CLAIM(1, 1)
        CLAIM(1, 2)
        CLAIM(2, 1)
        CLAIM(2, 2)
#if N == 4
        OFFER(0, 3)
        OFFER(1, 3)
        OFFER(2, 3)
        OFFER(3, 0)
        OFFER(3, 1)
        OFFER(3, 2)
        CLAIM(1, 3)
        CLAIM(2, 3)
        CLAIM(3, 1)
        CLAIM(3, 2)
        CLAIM(3, 3)
#endif
        :: n == NUMBERS - 1 -> break
        od;
        n = 0
    }
#ifdef ACCEPT_BEFORE_COMMIT
    /* The accept is out, and the crash comes before the commit. */
    :: OPEN && crashes < CRASHES && HAS(offers[0 * N + 1], 1) && phase[1] == GONE ->
        d_step { accepts[1 * N + 0] = accepts[1 * N + 0] | BIT(1); num[1] = 0; crashes++ }
#endif
#ifdef RESULT_ACK_BEFORE_COMMIT
    :: OPEN && crashes < CRASHES && results[1] -> d_step { resultAcks[1] = true; crashes++ }
#endif
    od
}
