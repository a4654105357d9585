/* `replay --until MARK`: a tap on the door that lets a run go as far as a place in it and
   then tells where it stands. A place is a mark, reached when the engine takes it up; or, with
   #N behind it as in a fault (recorder/model/fault.h), the N-th time that an operation is asked
   for there. The run ends at its next wait, so that what was asked for is in flight. Nothing
   that passes is changed. */
#ifndef ENGINE_CLI_UNTIL_H
#define ENGINE_CLI_UNTIL_H

#include "engine/batch/journal.h"
#include "engine/report/tail.h"
#include "engine/world/world.h"
#include "recorder/model/fault.h"

#define UNTIL_OPS_MAX 64
#define UNTIL_EVENTS 8 /* the last ones, told */

/* An op that has no completion yet. */
struct until_op {
    uint32_t id;
    enum op_kind kind;
    const char *operation; /* of a call: static */
    struct instant since, budget_end; /* INSTANT_NEVER: it has no budget of its own */
    bool given_up;
};

struct until {
    struct world world; /* first */
    struct world *inner;
    char text[MARK_TEXT_MAX]; /* the place asked for */
    struct mark asked;
    struct slice asked_step; /* into text; empty: any, or an operation is asked for */
    enum fault_target asked_target; /* FAULT_TARGET_COUNT: a mark is asked for */
    uint32_t calls_left; /* of the operation asked for, until it is there */
    const struct journal *found; /* of a resumed run; may be NULL */
    struct mark at;
    bool reached, stopped;
    uint32_t generation;
    struct until_op ops[UNTIL_OPS_MAX];
    size_t op_count;
    uint64_t ops_untold; /* beyond that many */
    struct visit_state visit; /* of the visit in hand: what was journaled of it */
    struct tail events;
};

/* ERR_USAGE when text is no place. */
enum err_code until_parse(struct until *until, const char *text, struct err *err) MUST_USE;
/* The door to be used in place of inner, which is borrowed, as is found. */
struct world *until_open(struct until *until, struct world *inner, const struct journal *found);
void until_fini(struct until *until); /* zeroed is fine */
/* A line of the event log, as it is emitted. */
void until_event(struct until *until, struct slice line);

/* Where the run stands, as lines for a person or as one JSON object. entry: the number of
   the recorded entry taken last. */
void until_print(const struct until *until, uint64_t entry, bool json, struct str *out);

/* Called when the place is reached: a place for a debugger to stop at. */
void replay_at_mark(const char *mark);

#endif
