/* Why a visit failed, hung or was slow: a page that a person reads, or the same as JSON. It
   is composed from the event log and from what a recording tells beyond it, handed over as
   plain structs. What is not known is left out or said, never made up; no page text, no name
   and no address but the last part of a path is on it. */
#ifndef ENGINE_REPORT_EXPLAIN_H
#define ENGINE_REPORT_EXPLAIN_H

#include "engine/report/explain_log.h"
#include "engine/world/world.h"

#define EXPLAIN_REQUESTS_MAX 8
#define EXPLAIN_TAIL_MAX     40 /* of a path's last part */
#define EXPLAIN_HEARD_MAX    48
#define EXPLAIN_EDITORS      5

/* How the wait for an operation ended. */
enum explain_end {
    EXPLAIN_PENDING,    /* the recording ends before it */
    EXPLAIN_GIVEN_UP,   /* and nothing ever answered */
    EXPLAIN_LATE,       /* given up, and answered after that */
    EXPLAIN_ANSWERED,   /* by the page, with `kind` */
    EXPLAIN_REFUSED,    /* by the browser, with a failure */
    EXPLAIN_CRASHED,
    EXPLAIN_GONE,
    EXPLAIN_END_COUNT
};

struct explain_request {
    char tail[EXPLAIN_TAIL_MAX + 1];
    bool own;        /* sent by the engine's own hand; else a frame's document, by the browser */
    int64_t age_ms;  /* when the wait ended */
};

/* What a recording tells of the operation that a step failed in. Instants are of the run,
   `after` counts from the call. */
struct explain_wait {
    bool known; /* false: there is no recording, or it has no such operation */
    const char *operation; /* static */
    uint32_t nth; /* the call of it in this attempt, from 1; 0: it is no page operation */
    int64_t called_ms, waited_ms;
    int64_t budget_ms;    /* 0: it has none */
    bool cut_short;       /* the visit's time was over before the operation's, or a stop's grace was */
    enum explain_end end;
    int64_t answer_after_ms;  /* ANSWERED, LATE */
    enum kind kind;           /* what that answer said; KIND_NONE: that all is well */
    const char *place;        /* and named; or NULL */
    const char *silence;      /* why nothing comes, as the browser layer saw it; or NULL */
    struct {
        bool known;       /* the page had said something by then */
        bool is_reply;
        uint32_t count;   /* messages while it was waited for */
        int64_t ago_ms;   /* before the wait ended */
        char name[EXPLAIN_HEARD_MAX + 1];
    } heard;
    struct {
        bool is_effect;
        bool sent, ended, taken; /* taken: a later look shows it, or its own answer */
        enum effect_request request; /* at its end */
        int64_t sent_after_ms, ended_after_ms;
    } effect;
    bool frames_known;
    uint32_t frames_loading;
    bool editors_known;   /* the step is about the note, and its page was there */
    uint32_t editors;     /* those that were opened, as bits */
    struct explain_request requests[EXPLAIN_REQUESTS_MAX]; /* open and unanswered */
    uint32_t request_count, requests_more;
};

enum explain_cure_kind {
    EXPLAIN_CURE_UNSOUGHT,  /* nothing to cure, or no recording */
    EXPLAIN_CURE_NONE,
    EXPLAIN_CURE_MULTIPLIER
};

/* What was found by running the recording with longer timeouts. */
struct explain_cure {
    enum explain_cure_kind kind;
    uint32_t multiplier_thousandths; /* MULTIPLIER: the smallest found */
    uint32_t attempts;               /* the visit is then done at this one */
    int64_t took_ms;
    uint64_t assumed;                /* answers that this rests on */
    uint32_t runs;                   /* that were made to find it */
};

struct explain_page {
    const struct explain_log *log;
    const struct explain_visit *visit;
    struct explain_wait waits[EXPLAIN_TROUBLES_MAX]; /* of its troubles */
    struct explain_cure cure;
    const char *path;     /* as it was given */
    const char *recording; /* its path; NULL: there is none */
    uint32_t multiplier_thousandths; /* 0: not known */
    const char *journaled; /* what the journal says of effects left open; or NULL */
};

/* All that was asked for. */
struct explain_head {
    const struct explain_log *log;
    const char *path, *recording;
    bool cut; /* the recording, or the log, ends before the run did */
    const char *cause; /* of a run whose environment ended it; or NULL */
};

/* The visits to be explained, worst first, at most `max`; returns how many there are. */
uint32_t explain_choose(const struct explain_log *log, uint32_t max, const struct explain_visit **ret_visits);

/* Which of its troubles ended the visit; 0 where none did. */
uint32_t explain_place_of_main(const struct explain_visit *visit);
/* The verdict in a sentence. */
void explain_verdict(const struct explain_page *page, struct str *out);
/* What the engine did after a step failed, in the order of doing; trouble: the index of its
   event; out: empty. */
void explain_next(const struct explain_log *log, uint32_t trouble, const struct explain_wait *wait, struct str *out);
/* The commands that reproduce and cure it; empty without a recording. */
void explain_reproduce(const struct explain_page *page, struct str *out);
void explain_cure_command(const struct explain_page *page, struct str *out);
/* Why there is no cure, in a sentence. */
const char *explain_no_cure(const struct explain_page *page);
const char *explain_end_name(enum explain_end end);

void explain_print_head(const struct explain_head *head, uint32_t found, struct str *out);
void explain_print_page(const struct explain_page *page, struct str *out);
/* The visits that are told in a line each. */
void explain_print_rest(const struct explain_log *log, const struct explain_visit *const *visits, uint32_t count, struct str *out);

/* As JSON: one object, made in parts; the keys are in engine/report/README.md. */
void explain_json_begin(const struct explain_head *head, uint32_t found, struct str *out);
void explain_json_page(const struct explain_page *page, bool first, struct str *out);
void explain_json_end(struct str *out);

#endif
