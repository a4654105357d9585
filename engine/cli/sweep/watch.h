/* What is watched of a run, from outside the engine: the ops it asks, the completions and
   marks, the lines of its event log, the records of its journal. From these alone a watch
   holds the state that the run must be in - a second opinion on the fold, the fence, the
   breaker, the waits - and judges each step as it is taken. It uses the engine's types and
   the readers of its lines, and none of its rules: budgets, classes of kinds, what record
   may follow which, when a breaker opens are all written down here a second time.

     watch_door.c     ops and completions: fences, deadlines, expiry, dialogs
     watch_journal.c  records: what may follow, and the state they make
     watch_log.c      event lines: attempts, results, backoff, breaker
     watch_end.c      what must hold where a process, or the whole run, has ended

   One watch goes with one run through all its processes. */
#ifndef ENGINE_CLI_SWEEP_WATCH_H
#define ENGINE_CLI_SWEEP_WATCH_H

#include "engine/batch/runner.h"
#include "engine/mdland/operation.h"
#include "recorder/model/ledger.h"
#include "engine/cli/sweep/clinic.h"
#include "engine/cli/sweep/invariant.h"

struct terms {
    uint32_t max_retries, multiplier_thousandths;
    struct duration min_gap, batch_timeout;
};

/* One visit. */
struct watched {
    bool soap_only;
    /* As the durable records have it. */
    bool pinned, settled;
    enum visit_outcome outcome; /* settled */
    uint32_t charged;
    enum effect_state effects[EFFECT_COUNT];
    uint32_t intents[EFFECT_COUNT];
    uint64_t pin;
    bool bill_cut; /* a process ended between the bill's intent and its result */
    /* The arguments of each operation, as digests; openVisit has two forms. */
    uint64_t args[OPERATION_COUNT], args_pinned;
    /* In this process. */
    bool settled_before;
    uint32_t starts, results;
    bool ended; /* by a record with an outcome, */
    enum visit_outcome journaled, told; /* and by a result */
};

/* One record of the journal. */
struct seen_record {
    enum record_type type;
    uint32_t visit; /* index */
    uint32_t attempt;
    enum effect effect;
    bool proved, has_outcome;
    enum kind kind;
    enum visit_outcome outcome;
    uint64_t pin;
    enum breaker_state breaker;
    int exit_status;
};

enum read_verdict { READ_NOT_YET, READ_ABSENT, READ_THERE };

/* What this attempt's reads have said of an effect. */
struct reads {
    enum read_verdict last;
    bool other; /* something else stands there */
    uint32_t absent;
    struct instant first_absent, last_absent;
};

struct watch {
    struct verdicts *v;
    struct clinic *clinic;
    struct terms terms;
    struct watched *visits; /* owned; by index */
    uint32_t runs;          /* processes begun */
    struct instant now;
    /* Where the engine says it is. */
    struct mark mark;
    uint32_t at; /* the visit's index; meaningful when mark.patient */
    /* The op that is waited for. */
    uint32_t op;           /* 0: none */
    enum op_kind op_kind;
    enum operation_id operation;
    struct instant op_asked;
    struct duration op_budget;
    bool op_is_effect;
    bool op_decides; /* it looks for what may have happened, or belongs to such a look: no visit deadline */
    /* The effect in hand. */
    bool intent;           /* durable, of this attempt, and */
    bool intent_used;      /* its effect was called */
    uint32_t intent_visit, intent_attempt;
    enum effect intent_effect;
    bool in_fence;         /* from the intent to the end of its step: no visit deadline */
    bool kill_first;       /* an effect was given up */
    bool report_due;       /* an effect was called and its report not yet asked for */
    struct effect_report report;
    struct reads reads[EFFECT_COUNT];
    bool closed;           /* closeVisit was the last operation, and went well */
    bool dialog_unknown;   /* one is open */
    /* The journal. */
    bool committing, commit_failed;
    struct seen_record pending;
    uint64_t acknowledged;    /* records, of all processes, */
    uint64_t acknowledged_digest, pending_digest; /* and all of their text */
    volatile uint64_t *published; /* takes `acknowledged` each time; NULL: nobody does */
    bool run_started, run_ended, latched;
    int run_end_exit;
    /* Stop, expiry, breaker. */
    bool stop_asked, told_expired, latch_due;
    bool told_in_step; /* so the run must say so */
    struct instant stop_limit;
    enum breaker_state breaker; /* by the records */
    uint32_t breaker_window, breaker_row, probes_failed, probes;
    uint32_t http_asked_s; /* by the last answer to a look */
    uint32_t looks;
    struct instant breaker_since;
    struct duration breaker_wait;
    /* The visit in hand. */
    struct instant visit_limit;
    bool backing_off;
    struct duration backoff;
    struct instant backoff_since; /* the record was durable; us < 0: not yet */
    bool any_visit_ended;
    struct instant visit_ended;
    struct instant not_before; /* as the site asked at its end */
    bool began_in_doubt; /* its attempt: with a bill begun and not seen */
    bool fresh_attempt; /* nothing was answered since the wait before it */
    /* Sums. */
    uint32_t counts[VISIT_OUTCOME_COUNT], settled_before, completed;
    uint32_t summaries;
    bool summary_fits;
    uint64_t log_digest, log_lines;
    uint32_t idle_turns; /* while time stood still */
};

/* For a batch; its runs are yet to come. */
void watch_init(struct watch *w, struct clinic *clinic, struct verdicts *v);
void watch_fini(struct watch *w);
/* The same watch for another run of the same batch, whose charts are as new. */
void watch_reset(struct watch *w, const struct terms *terms);
/* A process of the run begins. */
void watch_run(struct watch *w);
/* Is every visit settled? */
bool watch_is_finished(const struct watch *w);

/* watch_door.c. `op` as the engine submits it, before the world behind sees it. */
void watch_submit(struct watch *w, const struct op *op);
void watch_submitted(struct watch *w, const struct op *op, uint32_t id);
void watch_give_up(struct watch *w, uint32_t id);
void watch_report(struct watch *w, struct effect_report report);
void watch_mark(struct watch *w, const struct mark *mark);
void watch_wait(struct watch *w, struct instant deadline);
void watch_completion(struct watch *w, const struct completion *completion, struct instant now);
/* Is a wait that should take `wanted` over when it ought to be? */
bool watch_is_due(const struct watch *w, struct instant since, struct duration wanted);
/* Own budget of an operation, and of an attempt at it. */
struct duration watch_scaled(const struct watch *w, int64_t ms, uint32_t attempt);

/* watch_journal.c */
struct seen_record watch_read_record(const struct watch *w, struct slice record);
void watch_record(struct watch *w, struct slice record);
void watch_durable(struct watch *w, const struct seen_record *r);
bool watch_breaker_trips(const struct watch *w);
bool kind_is_transient(enum kind kind);
bool kind_is_fatal(enum kind kind);

/* watch_log.c */
void watch_line(struct watch *w, struct slice line);

/* watch_end.c. The process ended by itself, with `code`; or it was killed. */
void watch_run_ended(struct watch *w, enum err_code code, const struct err *err, const struct batch_summary *summary);
void watch_killed(struct watch *w);
/* The journal's text after any end. A record that was under way and is there counts. */
void watch_recovered(struct watch *w, struct slice text);
/* What its fold says. */
void watch_folded(struct watch *w, const struct journal *found);
/* A process that found all settled has ended. */
void watch_nothing_done(struct watch *w);
/* No more processes are to come. */
void watch_all_ended(struct watch *w);
/* The outcome, in a letter a visit: d f r i n, or - when it is not settled. */
char watch_outcome(const struct watched *visit);

/* Tells bytes apart, eight at a time. */
static inline uint64_t digest_more(uint64_t digest, struct slice bytes)
{
    uint64_t word;
    while (bytes.len >= sizeof word) {
        memcpy(&word, bytes.ptr, sizeof word);
        digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
        digest ^= digest >> 32;
        bytes.ptr += sizeof word;
        bytes.len -= sizeof word;
    }
    word = bytes.len;
    if (bytes.len)
        memcpy(&word, bytes.ptr, bytes.len);
    digest = (digest ^ word) * UINT64_C(0x9E3779B97F4A7C15);
    return digest ^ digest >> 29;
}

static inline uint64_t digest_of(struct slice bytes)
{
    return digest_more(bytes.len + 1, bytes);
}

#define AT(w) (&(w)->visits[(w)->at])

#endif
