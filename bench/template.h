/* A fixture's session taken apart: what comes before its second visit, the visits
   after it that can be repeated, and what ends it. */
#ifndef BENCH_TEMPLATE_H
#define BENCH_TEMPLATE_H

#include "engine/base/err.h"
#include "recorder/entry.h"
#include "recorder/recording.h"

/* Entries first .. end - 1 of the session. */
struct template_part {
    size_t first, end;
    uint32_t patient, dos; /* of the visit; 0 in the tail */
};

struct template
{
    struct recording *recording; /* owned */
    struct str text;             /* the whole session; entries point into it */
    struct entry *entries;       /* owned */
    size_t count;
    struct template_part head; /* the run's beginning and its first visit */
    struct template_part *bodies; /* owned: visits of one attempt, each after a browser that was up */
    size_t body_count;
    struct template_part tail;
};

/* ERR_INPUT when the fixture has no visit that can be repeated. */
enum err_code template_open(const char *path, struct template *ret_template, struct err *err) MUST_USE;
void template_fini(struct template *template);

#endif
