/* What passed the door (engine/world/world.h) in one strict replay of a recording: each op
   with its answer, its instants and what became of its request, and the order of it all.
   It is made once; any number of what-if runs (recorder/whatif/whatif.h) read it.

   An op and all that answers it is an exchange. Its position is what stands on the chart of
   its visit at that moment: codes, note, bill. That is derived here, since no answer says
   when an effect took place: an effect that succeeded is taken, and so is one whose outcome
   was unknown and which a later look of the recording shows. */
#ifndef RECORDER_COURSE_H
#define RECORDER_COURSE_H

#include "engine/base/arena.h"
#include "engine/world/world.h"
#include "recorder/model/fault.h"
#include "recorder/heard.h"

#define COURSE_EXCHANGES_MAX (1u << 22)
#define COURSE_DIALOGS_MAX   4 /* of one exchange; later ones are not kept */
#define COURSE_BYTES_MAX     ((size_t)1 << 30)
#define COURSE_NONE          UINT32_MAX

/* What stands on a chart, as bits. */
#define CHART_CODES 1u
#define CHART_NOTE  2u
#define CHART_BILL  4u

/* How an exchange ended for the engine. */
enum exchange_end {
    EXCHANGE_SILENT,   /* nothing ever came */
    EXCHANGE_RESULT,
    EXCHANGE_FAILURE,
    EXCHANGE_HTTP,
    EXCHANGE_IO,
    EXCHANGE_CRASHED,  /* the renderer died while it was awaited */
    EXCHANGE_GONE,     /* the browser did */
};

struct exchange_dialog {
    struct instant at;
    struct slice type, text;
};

struct exchange {
    enum op_kind kind;
    enum fault_target target; /* FAULT_TARGET_COUNT: stop, answer */
    struct mark mark;
    uint64_t args;       /* digest of a call's arguments */
    struct instant at;   /* submitted */
    enum exchange_end end;
    struct instant ended;    /* the answer's instant, also where it came after the op was given up */
    struct instant given_up; /* INSTANT_NEVER: it was not */
    struct duration budget;  /* of a call; of an HTTP request its timeout */
    bool disturbed;          /* answered late, after others had changed what it waited for */
    bool unknown;            /* the recording was cut while it was open */
    const struct answer *answer; /* of a call: as much of it as it uses, see course_answer() */
    union {
        struct slice result;  /* of other ops */
        struct {
            enum failure_kind kind;
            struct slice detail;
        } failure;
        const struct wire_response *http;
        int io_error;
    };
    struct exchange_dialog *dialogs;
    uint32_t dialog_count;
    /* Of an op for the page: what that said last before the answer, or before it was given up.
       NULL: nothing, or it is open still. */
    const struct heard_last *heard;
    /* Of an effect: its request. */
    bool sent, taken;
    struct instant sent_at, request_ended; /* INSTANT_NEVER: it did not end while it was listened for */
    struct effect_report report; /* once it had ended */
    uint8_t position; /* CHART_ bits when it was submitted */
};

/* What the engine did and heard, in order. */
enum passage_kind {
    PASSAGE_SUBMIT,
    PASSAGE_GIVE_UP,
    PASSAGE_EFFECT,  /* effect() was asked */
    PASSAGE_SILENCE, /* silence() was asked */
    PASSAGE_ANSWER,  /* the exchange's answer came */
    PASSAGE_OUTSIDE, /* a dialog, a crash, an exit or a signal came */
    PASSAGE_WAKE     /* the deadline that was asked of next() passed */
};

struct passage {
    enum passage_kind kind;
    struct instant at;
    uint32_t exchange; /* index, or COURSE_NONE */
    union {
        struct instant asked;        /* WAKE */
        struct effect_report effect;
        const char *silence;
        struct completion *completion; /* OUTSIDE */
    };
};

/* The exchanges of one visit: they follow each other. */
struct course_visit {
    uint32_t patient, dos;
    uint32_t first, end; /* of the exchanges */
    uint8_t before;      /* CHART_ bits at its first */
};

struct course {
    struct arena arena; /* owns whatever the rest points to */
    struct exchange *exchanges;
    uint32_t exchange_count, exchange_room;
    struct passage *passages;
    uint32_t passage_count, passage_room;
    struct course_visit *visits; /* in the order of their running */
    uint32_t visit_count, visit_room;
    struct instant end;
    bool cut;  /* the recording ends before the run did */
    bool full; /* there was no memory, or a ceiling was met: of no use */
};

void course_init(struct course *course);
void course_fini(struct course *course);

/* Room for one more, zeroed; NULL, and `full`, when there is none. */
struct exchange *course_add_exchange(struct course *course);
struct passage *course_add_passage(struct course *course, enum passage_kind kind, struct instant at, uint32_t exchange);
/* The replay has ended: derives visits and positions. ERR_ENV without memory. */
enum err_code course_finish(struct course *course, bool cut, struct err *err) MUST_USE;
/* An answer in as much room as it uses; NULL without memory. */
const struct answer *course_keep_answer(struct course *course, const struct answer *answer);

/* NULL when the recording has none of it. */
const struct course_visit *course_visit(const struct course *course, uint32_t patient, uint32_t dos);
/* The part of the chart that an operation changes; 0: none. */
unsigned course_part_changed(enum fault_target target);
/* Did the exchange look at a part of the chart, and was it there? */
bool course_reads(const struct exchange *exchange, unsigned *ret_part, bool *ret_there);
/* Was it answered, by itself? */
static inline bool exchange_is_answered(const struct exchange *exchange)
{
    return (exchange->end == EXCHANGE_RESULT || exchange->end == EXCHANGE_FAILURE) && !exchange->disturbed;
}
/* How long a page waits before it says that what it waits for has not come: a little less
   than its budget (engine/mdland/page/00-core.js). */
struct duration page_patience(struct duration budget);
/* Did the page end it so? Its answer then belongs to that budget, and to no other. */
bool exchange_ran_out(const struct exchange *exchange);
/* The whole answer of an exchange that has one. */
void course_answer(const struct exchange *exchange, struct answer *ret_answer);
/* How long the first of these took that took any time; zero when none did. */
struct duration course_took(const struct course *course, enum fault_target target);
/* Two marks of one visit? */
static inline bool mark_same_visit(const struct mark *a, const struct mark *b)
{
    return a->patient == b->patient && a->dos == b->dos;
}

#endif
