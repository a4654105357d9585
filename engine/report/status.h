/* Where a batch stands, for whoever looks from another process: a fold of a run's
   journal, or of the event log that a run prints. It never says more than they do: a
   visit is done when its journal says so, and a run without an end and without a
   process was killed. No identity in it, for there is none in either. */
#ifndef ENGINE_REPORT_STATUS_H
#define ENGINE_REPORT_STATUS_H

#include "engine/batch/journal.h"
#include "engine/report/tail.h"

#define STATUS_VISITS_MAX BATCH_VISITS_MAX

enum status_state {
#define X(id, name) id,
#include "engine/report/status_state.def"
#undef X
};

/* How the last run ended. */
enum status_end {
    STATUS_NO_END, /* it goes on, or there is none */
    STATUS_TOLD,   /* by itself: `outcome` and what follows it */
    STATUS_KILLED, /* its journal has no end, and no process holds it */
    STATUS_CUT,    /* the event log ends before its summary */
};

struct status_visit {
    struct visit_label visit;
    bool running; /* then the outcome is not known */
    bool settled; /* no run will try it again */
    enum visit_outcome outcome;
    enum step step; /* meaningful unless kind is KIND_NONE */
    enum kind kind;
    bool timed; /* an attempt has ended, and took: */
    int64_t duration_ms;
    uint32_t attempts;
    bool maybe_billed; /* not settled, and its bill was asked for */
    size_t mention;    /* private */
};

/* Zeroed: nothing has been run. */
struct status {
    enum status_state state;
    enum status_end end;
    enum batch_outcome outcome;
    enum kind kind;
    bool has_exit;
    int exit_status;
    char batch_id[BATCH_ID_MAX]; /* "" = not known */
    bool is_offline;             /* a browser replay: no site was touched */
    int64_t started_us, finished_us; /* wall clock, since 1970 UTC; 0 = not known */
    uint32_t runs, total, settled;
    uint32_t counts[VISIT_OUTCOME_COUNT], running;
    uint32_t holder;    /* process id of the run; 0 = none */
    size_t torn_bytes;  /* at the end of the journal */
    struct status_visit *visits; /* owned; by patient and dos, each once */
    size_t visit_count, visit_capacity;
    size_t mentions; /* private */
};

void status_fini(struct status *status);

/* The fold of a journal: `journal` is that of `text`, `holder` the process that holds its
   directory, or 0. */
enum err_code status_of_journal(struct slice text, const struct journal *journal, uint32_t holder,
                                struct status *ret_status, struct err *err) MUST_USE;

/* Takes the last event of a run whose journal has no end: where the journal is what broke,
   the event log alone says so. */
void status_take_last_event(struct status *status, struct slice line);

/* For those who fold: adds a visit, of which an earlier mention is forgotten; false when
   there are too many or memory ran out. */
bool status_add_visit(struct status *status, const struct status_visit *visit) MUST_USE;
/* Sorts the visits and leaves each once, as it was mentioned last. */
void status_sort_visits(struct status *status);

const char *status_state_name(enum status_state state);
/* Is anything left that another run would do? */
bool status_is_resumable(const struct status *status);

/* For a person, a screen at most; then the last `lines` of the tail. Whatever the lines
   hold, no control character comes out. dir: the run directory, NULL for a stream. */
void status_print(const struct status *status, const char *dir, const struct tail *tail, size_t lines, struct str *out);

/* One JSON object on one line, in pieces to `write`; the keys are in engine/cli/README.md.
   False when memory ran out. */
struct status_sink {
    void *ctx;
    void (*write)(void *ctx, struct slice piece);
};
bool status_print_json(const struct status *status, const struct tail *tail, const struct status_sink *sink) MUST_USE;

#endif
