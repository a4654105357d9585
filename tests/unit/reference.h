/* A second opinion on a whole day: when each visit begins, is tried again and ends, and how.
   It is told a recorded day as plain numbers, settings and faults, and says what the event log
   must say. It shares nothing with the engine: its rules - budgets, retries, classes of kinds,
   the fence, the breaker, the fatal stop - are written down once more in reference.c, and what
   the recorded site would have answered in reference_site.c.

   Operations are letters: Y validateSession, w openWaitingRoom, s searchPatient, p selectPatient,
   l sortVisits, o openVisit, d navigateICD, D readDiagnosis, i addICD, c addCPT, 1 saveDiagnosis,
   n navigatePTNote, N readNote, f fillSOAP, 2 saveSOAP, k navigateCheckout, K readBilling,
   3 generateBilling, x closeVisit, R probeSession; B start, P ping, F frames, H http, L lock,
   # commit. Instants and spans are microseconds. */
#ifndef TESTS_UNIT_REFERENCE_H
#define TESTS_UNIT_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REFERENCE_NEVER    INT64_MAX
#define REFERENCE_ANYWHERE UINT32_MAX
#define REFERENCE_CODES    1u
#define REFERENCE_NOTE     2u
#define REFERENCE_BILL     4u

/* One recorded operation; spans are from `at`. */
struct reference_op {
    char op;
    bool pinned;        /* openVisit: by its ids */
    bool taken;         /* an effect that reached the chart */
    uint32_t visit;     /* from 1, in the order of the batch; 0: outside any */
    uint32_t attempt;
    unsigned position;  /* what stood on the chart */
    const char *step, *fails; /* NULL: it went well */
    int64_t at, takes, sends, request_ends;
    int64_t page_budget;      /* how long the page was to wait, where it then said that nothing had come; 0: it did not */
    int64_t given_up, budget; /* when nobody waited any more, and when that was due; NEVER: somebody did */
};

struct reference_fault {
    char op;
    bool taken;
    uint32_t visit, attempt, nth; /* ANYWHERE, 0, 0: any */
    const char *kind;
    int64_t size;
};

struct reference_day {
    const struct reference_op *ops;
    size_t op_count;
    const size_t *first;    /* of each visit's operations; [visit + 1] is its end */
    const unsigned *before; /* what stood on each visit's chart; [0] is none's */
    const bool *soap_only;
    uint32_t visit_count;
    int64_t commit, http, start; /* how long the first of each took */
    uint32_t max_retries;
    int64_t multiplier;     /* thousandths */
    int64_t visit_timeout;  /* 0: as the rules say */
    const struct reference_fault *faults;
    size_t fault_count;
};

/* What the log says: s visit_start, r retry (after this attempt), v visit_result, b breaker. */
struct reference_event {
    char what;
    uint32_t visit, attempt;
    int64_t span; /* of a retry its delay, of a result the whole visit */
    const char *outcome, *step, *kind; /* of a breaker: where it stands */
    int64_t at;
};

#define REFERENCE_EVENTS_MAX 4096

struct reference_log {
    struct reference_event events[REFERENCE_EVENTS_MAX];
    size_t count;
    const char *outcome; /* of the batch */
};

void reference_run(const struct reference_day *day, struct reference_log *ret_log);

#endif
