/* Between the parts of the model's writer (report_model.c). */
#ifndef ENGINE_REPORT_REPORT_PARTS_H
#define ENGINE_REPORT_REPORT_PARTS_H

#include "engine/base/json_out.h"
#include "engine/report/report.h"

/* Of the log's events: the instant on the report's axis, and the next one of the same visit
   (EXPLAIN_NONE: none); of its visits the first. Owned. */
struct report_index {
    int64_t *at_ms;
    uint32_t *next, *first;
    int64_t end_ms;
};

void report_add_visits(struct json_out *j, const struct report_run *run, const struct report_index *index);
void report_add_marks(struct json_out *j, const struct report_run *run, const struct report_index *index);
void report_add_figures(struct json_out *j, const struct report_run *run, const struct report_figures *figures);

#endif
