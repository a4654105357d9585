/* Fault rules: which request, the how-manieth, and what happens to it
   (fault.def is the list). A rule counts the requests that fit it; the first
   rule that is due decides. The caller holds the server's lock. */
#ifndef TESTS_STANDIN_FAULT_H
#define TESTS_STANDIN_FAULT_H

#include "tests/standin/chart.h"

#include <jansson.h>
#include <stdbool.h>

#define FAULT(name, phase, sentence) FAULT_##name,
enum fault_kind {
    FAULT_none,
#include "tests/standin/fault.def"
};
#undef FAULT

enum fault_phase { PHASE_NONE, PHASE_BEFORE, PHASE_AFTER, PHASE_CARE, PHASE_SCRIPT };

struct fault {
    enum fault_kind kind; /* FAULT_none: nothing is to happen */
    json_t *rule;         /* owned copy, or NULL */
};

/* Replaces all rules and their counts. A sentence to free on failure (then nothing was changed), else NULL. */
char *fault_set(const json_t *rules);
void fault_clear(void);
/* New reference: the rules with "seen" and "hits". */
json_t *fault_list(void);
/* Counts the request on every rule that fits it. visit: NULL when the request names none. */
struct fault fault_match(const char *method, const char *path, const struct visit *visit);
void fault_fini(struct fault *fault);
enum fault_phase fault_phase(const struct fault *fault);
const char *fault_name(const struct fault *fault);
long fault_int(const struct fault *fault, const char *key, long otherwise);
const char *fault_text(const struct fault *fault, const char *key, const char *otherwise);

#endif
