/* A door for tests: answers the operations of a visit from a few counters, after
   10 ms each, and misbehaves where it is told to. Time is virtual. */
#ifndef TESTS_UNIT_FAKE_WORLD_H
#define TESTS_UNIT_FAKE_WORLD_H

#include "engine/world/world.h"

enum fake_fault_kind {
    FAKE_TYPED,       /* answers with a typed failure, `detail` being its kind */
    FAKE_SILENT,      /* never answers; an effect is not taken and its request never made; of a start, the page */
    FAKE_LOST_ANSWER, /* an effect is taken and its request sent, and no answer comes */
    FAKE_SLOW_SERVER, /* its request is sent, and the exchange ends, the effect taken, after 40 s */
    FAKE_FOREIGN_NOTE, /* somebody else has written a note there */
    FAKE_OTHER_PAYER, /* the row shows another payer */
    FAKE_SAME_ROW,    /* the row that opens is the first chart's */
    FAKE_LOST_BILL,   /* its request is sent and has no effect, and no answer comes */
    FAKE_NOT_TAKEN,   /* answers as if all were well, and the chart has not changed */
    FAKE_LATE,        /* taken, answered 15.5 s later: past the budget of a navigation */
    FAKE_CRASH,       /* the renderer is gone; of a commit, before it is durable */
    FAKE_GONE,        /* the browser is gone; of a start, it never says a word */
    FAKE_EXPIRED,     /* the session is over from here on */
    FAKE_SIGNAL,      /* SIGTERM arrives, then the answer; to an HTTP request only after a minute */
    FAKE_SIGNAL_LOST, /* SIGTERM arrives, then as FAKE_LOST_ANSWER */
    FAKE_DIALOG,      /* a dialog with the text `detail` opens first */
    FAKE_COMMIT_FAILS, /* the journal says ENOSPC (operation: "commit") */
    FAKE_KILL,        /* the process dies; of a commit, `detail` characters of whose line are on the disk */
    FAKE_BUSY,        /* of an HTTP request: status 503, and Retry-After is `detail` */
    FAKE_HELD         /* of a lock: another process has it */
};

struct fake_fault {
    const char *operation; /* as in ops.def; "start", "commit", "http", "lock" */
    uint32_t nth;          /* from 1; 0: every time */
    enum fake_fault_kind kind;
    const char *detail;
};

#define FAKE_VISITS_MAX 32
#define FAKE_QUEUE_MAX 64

struct fake_chart {
    char name[64];
    uint32_t order;
    uint32_t opens, code_saves, note_saves, bills;
    bool codes, note;
    bool foreign_note; /* somebody else's words stand there */
};

struct fake_world {
    struct world base;
    const struct fake_fault *faults;
    size_t fault_count;
    struct fake_chart charts[FAKE_VISITS_MAX];
    size_t chart_count;
    struct fake_chart *open;
    /* Counted for the tests. */
    uint32_t calls_after_expiry, effects_called, starts, stops, commits;
    uint32_t intents_unanswered; /* effects called before their intent was durable */
    bool expired, running, intent_durable, other_payer, same_row;
    char commands[1 << 16]; /* names of the operations called, one a line */
    char lock_name[128];
    struct str journal; /* as a file would hold it; owned by whoever looks at it */
    uint64_t journal_seq;
    bool killed;
    /* Private. */
    uint32_t next_op;
    uint32_t seen[64];
    enum effect_request request;
    struct instant exchange_ends; /* while the request is in flight */
    const char *in_flight;        /* the effect that lands then, */
    struct fake_chart *in_flight_chart; /* and where */
    struct {
        struct completion completion;
        char text[256];
        struct wire_response response;
    } queue[FAKE_QUEUE_MAX];
    size_t queued;
    char delivered[256];
    struct wire_response response;
};

void fake_world_init(struct fake_world *world, const struct fake_fault *faults, size_t fault_count);
/* Another process, with other faults, over the same charts and journal. */
void fake_world_restart(struct fake_world *world, const struct fake_fault *faults, size_t fault_count, uint64_t journal_seq);
struct fake_chart *fake_world_chart(struct fake_world *world, const char *name, uint32_t order);
/* How many times an operation was called. */
uint32_t fake_world_calls(const struct fake_world *world, const char *operation);

#endif
