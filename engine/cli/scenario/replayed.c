#include "engine/cli/scenario/replayed.h"

#include <stdlib.h>

enum err_code replayed_open(const char *path, struct replayed **ret_replayed, struct err *err)
{
    struct replayed *r = calloc(1, sizeof *r);
    *ret_replayed = r;
    return r ? recorded_open(&r->recorded, path, err) : err_set(err, ERR_ENV, "out of memory");
}

static void drop_line(void *ctx, struct slice line)
{
    (void)ctx;
    (void)line;
}

enum err_code replayed_play(struct replayed *r, struct event_log *log, struct err *err)
{
    struct event_log silent;
    if (r->played)
        return ERR_OK;
    event_log_init(&silent, NULL, drop_line);
    enum err_code code = recorded_play(&r->recorded, log ? log : &silent, err);
    event_log_fini(&silent);
    TRY(code);
    TRY(whatif_open(&r->whatif, &r->recorded.course, err));
    r->played = true;
    return ERR_OK;
}

void replayed_close(struct replayed *r)
{
    if (!r)
        return;
    if (r->played)
        whatif_close(&r->whatif);
    recorded_close(&r->recorded);
    free(r);
}

uint64_t replayed_assumed(const struct replayed *r)
{
    return recall_total(whatif_recall(&r->whatif), RECALL_ALL_ASSUMED);
}

struct counts {
    uint32_t codes, notes, bills;
};

/* In step to the end, the recording says what was taken; else the charts of the model. */
static struct counts count(const struct replayed *r, const struct course_visit *visit)
{
    const struct course *course = &r->recorded.course;
    const struct ledger_chart *chart = &ledger_charts(r->whatif.ledger)[visit - course->visits];
    struct counts counts = {chart->code_saves, chart->note_saves, chart->bills};
    if (whatif_left(&r->whatif, NULL, NULL))
        return counts;
    counts = (struct counts){0};
    for (uint32_t i = visit->first; i < visit->end; i++) {
        unsigned part = course->exchanges[i].taken ? course_part_changed(course->exchanges[i].target) : 0;
        counts.codes += part == CHART_CODES;
        counts.notes += part == CHART_NOTE;
        counts.bills += part == CHART_BILL;
    }
    return counts;
}

void replayed_breaches(const struct replayed *r, struct story *story)
{
    for (size_t i = 0; i < story->count; i++) {
        const struct visit_story *v = &story->visits[i];
        const struct course_visit *visit = course_visit(&r->recorded.course, v->visit.patient, v->visit.dos);
        if (!visit)
            continue;
        struct counts counts = count(r, visit);
        if (counts.bills > 1)
            breach_note(&story->breaches, NEVER_BILLED_TWICE, v->visit, 0);
        if (counts.codes > 1)
            breach_note(&story->breaches, NEVER_CODES_SAVED_TWICE, v->visit, 0);
        if (counts.notes > 1)
            breach_note(&story->breaches, NEVER_NOTE_SAVED_TWICE, v->visit, 0);
        if (counts.bills && strcmp(v->outcome, visit_outcome_name(VISIT_FAILED)) == 0)
            breach_note(&story->breaches, NEVER_FAILED_BILLED, v->visit, 0);
    }
}
