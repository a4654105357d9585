/* The site, the browser and the disk of the reference (tests/unit/reference.h): what they would
   have answered, and when. In step with the recording each answers as recorded; after that by
   position, and as the one fault says that strikes. */
#ifndef TESTS_UNIT_REFERENCE_SITE_H
#define TESTS_UNIT_REFERENCE_SITE_H

#include "tests/unit/reference.h"

#define REFERENCE_OPS_MAX    16384
#define REFERENCE_FAULTS_MAX 64

struct reference_answer {
    bool silent;      /* nothing came in time */
    const char *kind; /* how it failed, in silence too; NULL: it went well */
    bool lost;        /* the page went with it */
    bool yes;         /* what was looked for stands on the chart */
    bool foreign, closed, other_payer;
    bool begun;       /* an effect whose request left */
    int64_t open_until; /* the instant at which that request is over */
    int64_t retry_after;
};

struct reference_site {
    const struct reference_day *day;
    int64_t now;
    uint32_t visit, attempt;
    /* Private from here on. */
    size_t next;
    bool left, expired, stuck, frozen, foreign, bill_shown, pinned;
    int64_t seen_by;
    unsigned chart, before, sees, landing;
    int64_t lands_at;
    bool used[REFERENCE_OPS_MAX];
    uint32_t seen[REFERENCE_FAULTS_MAX];
};

void reference_site_begin(struct reference_site *s, const struct reference_day *day);
void reference_site_visit(struct reference_site *s, uint32_t visit);
/* Asks, and waits for the answer: for `budget`, but not beyond the instant `limit`. */
struct reference_answer reference_site_ask(struct reference_site *s, char op, const char *step, int64_t budget, int64_t limit);
void reference_site_wait(struct reference_site *s, int64_t span);

#endif
