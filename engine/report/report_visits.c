/* Visits and marks. Steps, waits and operations are rows of numbers in one flat array each,
   instants counted from the visit's begin: a hundred visits take some hundred kilobytes. */
#include "engine/report/report_parts.h"

static int64_t begin_of(const struct report_run *run, const struct report_index *index, uint32_t visit)
{
    uint32_t first = index->first[visit];
    const struct explain_event *event = &run->log->events[first];
    return index->at_ms[first] - (event->kind == EXPLAIN_STEP || event->kind == EXPLAIN_RESULT ? event->ms : 0);
}

/* attempt, step, begin, took, kind */
static void add_steps(struct json_out *j, const struct report_run *run, const struct report_index *index, uint32_t visit, int64_t begin)
{
    json_out_array(j, "steps");
    for (uint32_t i = index->first[visit]; i != EXPLAIN_NONE; i = index->next[i]) {
        const struct explain_event *event = &run->log->events[i];
        if (event->kind != EXPLAIN_STEP)
            continue;
        json_out_int(j, NULL, event->attempt);
        json_out_int(j, NULL, event->step);
        json_out_int(j, NULL, index->at_ms[i] - event->ms - begin);
        json_out_int(j, NULL, event->ms);
        json_out_int(j, NULL, event->pending ? -1 : (int64_t)event->error);
    }
    json_out_end_array(j);
}

/* begin, wait, the attempt that follows, step, kind */
static void add_waits(struct json_out *j, const struct report_run *run, const struct report_index *index, uint32_t visit, int64_t begin)
{
    json_out_array(j, "waits");
    for (uint32_t i = index->first[visit]; i != EXPLAIN_NONE; i = index->next[i]) {
        const struct explain_event *event = &run->log->events[i];
        if (event->kind != EXPLAIN_RETRY)
            continue;
        json_out_int(j, NULL, index->at_ms[i] - begin);
        json_out_int(j, NULL, event->ms);
        json_out_int(j, NULL, event->attempt);
        json_out_int(j, NULL, event->step);
        json_out_int(j, NULL, event->error);
    }
    json_out_end_array(j);
}

/* attempt, step, operation, begin, waited, budget, end, kind, late */
static void add_ops(struct json_out *j, const struct report_op *ops, uint32_t count, int64_t begin)
{
    json_out_array(j, "ops");
    for (uint32_t i = 0; i < count; i++) {
        const int64_t row[] = {ops[i].attempt, ops[i].step, ops[i].operation, ops[i].called_ms - begin, ops[i].waited_ms, ops[i].budget_ms,
                               ops[i].end, ops[i].kind, ops[i].late_ms};
        for (size_t k = 0; k < sizeof row / sizeof *row; k++)
            json_out_int(j, NULL, row[k]);
    }
    json_out_end_array(j);
}

static void add_why(struct json_out *j, const struct explain_event *result)
{
    CLEANUP_STR struct str why;
    str_init(&why, 1024);
    if (result->error == KIND_NONE && result->outcome != VISIT_NEEDS_REVIEW)
        return;
    if (result->outcome == VISIT_NEEDS_REVIEW)
        str_add_text(&why, event_review_sentence(result->billed));
    else
        str_add_text(&why, kind_sentence(result->error));
    if (result->place && result->outcome != VISIT_NEEDS_REVIEW)
        str_addf(&why, ": %s", result->place);
    json_out_string(j, "why", str_slice(&why));
}

static void add_ending(struct json_out *j, const struct explain_event *result)
{
    json_out_text(j, "outcome", visit_outcome_name(result->outcome));
    json_out_int(j, "attempt", result->attempt);
    json_out_int(j, "duration", result->ms);
    if (result->step != STEP_NONE)
        json_out_text(j, "step", step_name(result->step));
    if (result->error != KIND_NONE)
        json_out_text(j, "errorKind", kind_name(result->error));
    add_why(j, result);
}

/* The operations of a visit follow each other, but for a log of several runs, which has none. */
static uint32_t ops_of(const struct report_run *run, struct visit_label visit, uint32_t from, uint32_t *ret_first)
{
    uint32_t i = from;
    while (i < run->op_count && (run->ops[i].visit.patient != visit.patient || run->ops[i].visit.dos != visit.dos))
        i++;
    *ret_first = i;
    while (i < run->op_count && run->ops[i].visit.patient == visit.patient && run->ops[i].visit.dos == visit.dos)
        i++;
    return i - *ret_first;
}

/* Visits run mostly in the order of their labels: the search goes on where the last one ended. */
static void add_ops_of(struct json_out *j, const struct report_run *run, struct visit_label visit, uint32_t *from, int64_t begin)
{
    uint32_t first = 0, count = ops_of(run, visit, *from, &first);
    if (count == 0)
        count = ops_of(run, visit, 0, &first);
    if (count == 0)
        return;
    add_ops(j, &run->ops[first], count, begin);
    *from = first + count;
}

void report_add_visits(struct json_out *j, const struct report_run *run, const struct report_index *index)
{
    uint32_t from = 0;
    json_out_array(j, "visits");
    for (uint32_t i = 0; i < run->log->visit_count; i++) {
        const struct explain_visit *visit = &run->log->visits[i];
        int64_t begin = begin_of(run, index, i);
        json_out_object(j, NULL);
        json_out_int(j, "patient", visit->visit.patient);
        json_out_int(j, "dos", visit->visit.dos);
        json_out_int(j, "at", begin);
        json_out_text(j, "class", explain_class_name(visit->class));
        if (visit->result != EXPLAIN_NONE)
            add_ending(j, &run->log->events[visit->result]);
        add_steps(j, run, index, i, begin);
        add_waits(j, run, index, i, begin);
        if (run->op_count && (visit->result == EXPLAIN_NONE || run->log->events[visit->result].attempt))
            add_ops_of(j, run, visit->visit, &from, begin);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static const char *mark_name(const struct explain_event *event)
{
    switch (event->kind) {
    case EXPLAIN_BATCH: return "run";
    case EXPLAIN_BROWSER: return "browser";
    case EXPLAIN_DIALOG: return "dialog";
    case EXPLAIN_BREAKER: return "breaker";
    case EXPLAIN_STOP: return "stop";
    case EXPLAIN_SESSION: return "session";
    case EXPLAIN_VISIT_START:
    case EXPLAIN_STEP:
    case EXPLAIN_RETRY:
    case EXPLAIN_RESULT:
    case EXPLAIN_SUMMARY: break;
    }
    return NULL;
}

void report_add_marks(struct json_out *j, const struct report_run *run, const struct report_index *index)
{
    json_out_array(j, "marks");
    for (uint32_t i = 0; i < run->log->count; i++) {
        const struct explain_event *event = &run->log->events[i];
        const struct explain_visit *visit = event->visit.patient ? explain_log_find(run->log, event->visit) : NULL;
        if (!mark_name(event) || (event->kind == EXPLAIN_BATCH && i == 0))
            continue;
        json_out_object(j, NULL);
        json_out_text(j, "mark", mark_name(event));
        json_out_int(j, "at", index->at_ms[i]);
        if (event->word[0])
            json_out_text(j, "word", event->word);
        if (visit)
            json_out_int(j, "visit", visit - run->log->visits);
        if (event->ms)
            json_out_int(j, "ms", event->ms);
        if (event->kind == EXPLAIN_DIALOG)
            json_out_text(j, "answer", event->accepted ? "accepted" : "dismissed");
        json_out_end_object(j);
    }
    json_out_end_array(j);
}
