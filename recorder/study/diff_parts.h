/* The inside of a comparison, shared by diff.c (what is compared with what),
   diff_session.c (entries) and diff_events.c (lines of an event log). */
#ifndef RECORDER_DIFF_PARTS_H
#define RECORDER_DIFF_PARTS_H

#include "recorder/study/diff.h"

#define DIFF_CONTEXT_LINES 3

struct diff {
    const struct diff_options *options;
    struct str *out;
    struct diff_result result;
};

/* Another difference is told: false when no more is to be looked for. */
bool diff_goes_on(struct diff *diff);

/* Two sessions; the recordings are open. */
enum err_code diff_sessions(struct diff *diff, const struct recording *a, const struct recording *b, struct err *err);

/* Two event logs, by store and name (static text). */
struct diff_log {
    const struct store *store;
    const char *name;
};
enum err_code diff_logs(struct diff *diff, const struct diff_log *a, const struct diff_log *b, struct err *err);

/* "  A         what: shape". */
void diff_add_side(struct str *out, const char *who, const char *what, const char *shape);
void diff_add_field(struct str *out, const char *field);

#endif
