/* Replays as JUnit XML, in the dialect of Surefire: a suite a recording, a case a visit. A
   case fails where the replay of its visit is not what was recorded, whatever became of the
   visit then: a visit that failed and fails again in the same way is a case that passes. The
   attempts before the last one are told as reruns. */
#ifndef ENGINE_REPORT_JUNIT_H
#define ENGINE_REPORT_JUNIT_H

#include "engine/report/outcomes.h"

enum junit_result { JUNIT_PASSED, JUNIT_FAILED, JUNIT_SKIPPED };

struct junit_case {
    struct outcome_visit visit;
    enum junit_result result;
    bool ended;      /* its outcome is known */
    int64_t took_us; /* real time */
};

struct junit_suite {
    const char *name;
    const struct junit_case *cases; /* borrowed */
    size_t count;
    bool not_tried;
    bool failed;        /* a case of it, or where none is, the recording itself */
    bool error;         /* it failed because it could not be replayed */
    const char *kind;   /* of the failure: "diverged" */
    const char *reason; /* on one line */
    const char *story;  /* in as many as it takes, with how to look closer */
    int64_t took_us;    /* real time */
};

/* The whole document. */
void junit_format(const struct junit_suite *suites, size_t count, struct str *out);

#endif
