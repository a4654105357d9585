/* The model (recorder/model/model.h) answered from a recorded course (recorder/whatif/course.h): once a
   run has left its recording, an operation is answered by position, and position is what
   stands on the visit's chart; only effects move it.

   The answer is that of the same visit and operation with the same arguments, as recorded in
   that position; else in the nearest later; else in the nearest earlier. Of several, the
   first that was not met yet, and the last one again when all were. A visit is opened by its
   ids where the recording opened it by its order. Start, session check, closing and the way
   to the waiting room: any recorded one. What a look says of the chart is what stands there;
   where no recorded look showed it so, the answer is assumed. Where nothing of all this is
   recorded the answer is of kind `undecided`.

   Faults, the queue and what becomes of a request are the model's, so that a fault means the
   same everywhere. */
#ifndef RECORDER_RECALL_H
#define RECORDER_RECALL_H

#include "recorder/whatif/course.h"
#include "recorder/model/model.h"

/* Rules of a class. */
enum recall_class {
#define X(id, name) id,
#include "recorder/whatif/recall_class.def"
#undef X
    RECALL_CLASS_COUNT
};

/* Where the answers of a what-if run come from; each is one of these (recall.def). */
enum recall_rule {
#define X(id, class, sentence) id,
#include "recorder/whatif/recall.def"
#undef X
    RECALL_RULE_COUNT
};

/* An answer that a run was given after it left its recording. */
struct recall_told {
    struct instant at; /* it was asked for */
    const struct mark *mark;
    enum fault_target target;
    enum recall_rule rule;
};

struct recall {
    const struct course *course;
    uint8_t *used; /* by exchange: it was met; owned */
    const struct exchange *went_well[FAULT_TARGET_COUNT]; /* the first of each target; NULL: none did */
    const struct course_visit *visit; /* the one last asked for */
    uint64_t counts[RECALL_RULE_COUNT];
    struct instant first_assumed; /* INSTANT_NEVER: none was */
    struct mark assumed_at;
    void *ctx;
    void (*told)(void *ctx, const struct recall_told *told); /* NULL: nobody listens */
};

const char *recall_class_name(enum recall_class class);
enum recall_class recall_class_of(enum recall_rule rule);
const char *recall_rule_sentence(enum recall_rule rule);

/* How many answers of the run were of that class. */
uint64_t recall_total(const struct recall *recall, enum recall_class class);

/* False without memory. The course is borrowed. */
bool recall_init(struct recall *recall, const struct course *course);
void recall_fini(struct recall *recall);
/* As new, for another run over the same course. */
void recall_reset(struct recall *recall);
/* This exchange was met as it was recorded. */
void recall_met(struct recall *recall, uint32_t exchange);
/* An answer was given by that rule, at the mark and instant of the model. */
void recall_count(struct model *model, enum fault_target target, enum recall_rule rule);

/* The chart of the visit that the model's mark names, or NULL. */
struct ledger_chart *recall_chart(struct model *model);
/* What stands on a chart, as CHART_ bits. */
unsigned recall_position(const struct ledger_chart *chart);

#endif
