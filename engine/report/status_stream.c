/* Every visit_result, and every visit that was begun, is a mention of a visit; the last
   one counts. Where the log holds the summary of its last run, its numbers are the
   status's; where it does not, they are counted. What earlier runs settled and the
   log does not show is known as numbers alone, from batch_start. */
#include "engine/report/status_stream.h"

#include "engine/base/json_in.h"
#include "engine/batch/runner.h"
#include "engine/world/mark.h"

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

/* 0 where there is none, or none that an event log would hold. */
static int64_t number_of(const json_t *event, const char *key, int64_t max)
{
    int64_t number = json_integer_value(json_object_get(event, key));
    return number < 0 || number > max ? 0 : number;
}

static uint32_t count_of(const json_t *event, const char *key)
{
    return (uint32_t)number_of(event, key, BATCH_VISITS_MAX);
}

static enum kind kind_of(const json_t *event)
{
    enum kind kind = KIND_NONE;
    return kind_parse(slice_of(text_of(event, "errorKind")), &kind) ? kind : KIND_NONE;
}

static enum step step_of(const json_t *event)
{
    const char *name = text_of(event, "step");
    for (unsigned step = 0; step < STEP_COUNT; step++)
        if (strcmp(name, step_name((enum step)step)) == 0)
            return (enum step)step;
    return STEP_NONE;
}

static bool label_of(const json_t *event, struct visit_label *ret_label)
{
    struct mark mark;
    struct slice step;
    bool is_patient = mark_parse(slice_of(text_of(event, "patient")), &mark, &step) && mark.patient && !mark.dos && !step.len;
    uint32_t dos = (uint32_t)number_of(event, "dos", BATCH_DOS_MAX);
    if (!is_patient || !dos)
        return false;
    *ret_label = (struct visit_label){mark.patient, dos};
    return true;
}

static void mention(struct status_stream *s, const struct status_visit *visit)
{
    s->full |= !status_add_visit(&s->status, visit);
}

/* A visit that was begun and has no result. */
static void leave_visit(struct status_stream *s)
{
    if (!s->in_visit)
        return;
    s->visit.running = false;
    s->visit.outcome = VISIT_INTERRUPTED;
    mention(s, &s->visit);
    s->in_visit = false;
}

/* What the log has shown already of what a run that begins calls settled. */
static void see_settled(struct status_stream *s)
{
    memset(s->shown, 0, sizeof s->shown);
    status_sort_visits(&s->status);
    for (size_t i = 0; i < s->status.visit_count; i++)
        s->shown[s->status.visits[i].outcome] += s->status.visits[i].settled;
}

static void take_batch_start(struct status_stream *s, const json_t *event)
{
    leave_visit(s);
    s->status.runs++;
    s->status.total = count_of(event, "total");
    s->started = true;
    s->summed = false;
    s->begun = (struct batch_summary){.settled = count_of(event, "settled")};
    uint32_t *earlier = s->begun.earlier;
    earlier[VISIT_FAILED] = count_of(event, "settledFailed");
    earlier[VISIT_NEEDS_REVIEW] = count_of(event, "settledNeedsReview");
    uint32_t bad = earlier[VISIT_FAILED] + earlier[VISIT_NEEDS_REVIEW];
    earlier[VISIT_DONE] = s->begun.settled > bad ? s->begun.settled - bad : 0;
    if (!s->begun.settled)
        s->status.visit_count = 0;
    see_settled(s);
}

static bool is_same(struct visit_label a, struct visit_label b)
{
    return a.patient == b.patient && a.dos == b.dos;
}

static void take_visit_start(struct status_stream *s, const json_t *event)
{
    struct visit_label label;
    if (!label_of(event, &label))
        return;
    if (s->in_visit && !is_same(s->visit.visit, label))
        leave_visit(s);
    if (!s->in_visit)
        s->visit = (struct status_visit){.visit = label, .running = true};
    uint32_t attempt = count_of(event, "attempt");
    s->visit.attempts = attempt ? attempt - 1 : 0;
    s->in_visit = true;
}

static void take_retry(struct status_stream *s, const json_t *event)
{
    struct visit_label label;
    if (!s->in_visit || !label_of(event, &label) || !is_same(s->visit.visit, label))
        return;
    uint32_t attempt = count_of(event, "attempt");
    s->visit.attempts = attempt ? attempt - 1 : 0;
    s->visit.step = step_of(event);
    s->visit.kind = kind_of(event);
}

static bool outcome_of(const json_t *event, enum visit_outcome *ret_outcome)
{
    const char *name = text_of(event, "outcome");
    for (unsigned outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++)
        if (strcmp(name, visit_outcome_name((enum visit_outcome)outcome)) == 0) {
            *ret_outcome = (enum visit_outcome)outcome;
            return true;
        }
    return false;
}

static void take_visit_result(struct status_stream *s, const json_t *event)
{
    struct status_visit visit = {
        .step = step_of(event),
        .kind = kind_of(event),
        .timed = true,
        .duration_ms = number_of(event, "duration", INT64_MAX),
        .attempts = count_of(event, "attempt"),
    };
    if (!label_of(event, &visit.visit) || !outcome_of(event, &visit.outcome))
        return;
    if (s->in_visit && !is_same(s->visit.visit, visit.visit))
        leave_visit(s);
    s->in_visit = false;
    if (visit.outcome == VISIT_NOT_ATTEMPTED)
        return;
    visit.settled = visit.outcome != VISIT_INTERRUPTED && kind_class_of(visit.kind) != CLASS_FATAL;
    mention(s, &visit);
}

static void take_batch_summary(struct status_stream *s, const json_t *event)
{
    struct batch_summary *summary = &s->summary;
    const char *outcome = text_of(event, "outcome");
    leave_visit(s);
    *summary = (struct batch_summary){.settled = count_of(event, "settled"), .kind = kind_of(event)};
    for (unsigned i = 0; i < BATCH_OUTCOME_COUNT; i++)
        if (strcmp(outcome, batch_outcome_name((enum batch_outcome)i)) == 0) {
            summary->outcome = (enum batch_outcome)i;
            s->summed = true;
        }
    summary->counts[VISIT_DONE] = count_of(event, "succeeded");
    summary->counts[VISIT_FAILED] = count_of(event, "failed");
    summary->counts[VISIT_NEEDS_REVIEW] = count_of(event, "needsReview");
    summary->counts[VISIT_INTERRUPTED] = count_of(event, "interrupted");
    summary->counts[VISIT_NOT_ATTEMPTED] = count_of(event, "notAttempted");
    s->status.total = count_of(event, "total");
    s->status.runs += s->status.runs == 0;
}

/* The types of an event log, and what is made of each; NULL = it changes nothing here. */
static const struct {
    const char *type;
    void (*take)(struct status_stream *s, const json_t *event);
} events[] = {
    {"batch_start", take_batch_start},
    {"visit_start", take_visit_start},
    {"retry", take_retry},
    {"visit_result", take_visit_result},
    {"batch_summary", take_batch_summary},
    {"step", NULL},
    {"progress", NULL},
    {"dialog", NULL},
    {"browser", NULL},
    {"breaker", NULL},
    {"stop", NULL},
    {"session", NULL},
};

void status_stream_take(struct status_stream *s, struct slice line)
{
    static const struct json_in_limits limits = {TAIL_LINE_BYTES_MAX, 1u << 20, .allow_nul = false};
    struct json_in_fault fault;
    if (line.len == 0 || line.ptr[0] != '{')
        return;
    json_auto_t *event = json_in_try(line, &limits, &fault);
    const char *type = text_of(event, "type");
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        if (strcmp(type, events[i].type) != 0)
            continue;
        s->events++;
        if (events[i].take)
            events[i].take(s, event);
        return;
    }
}

/* What batch_start told of earlier runs and no line of theirs did. */
static uint32_t unlisted(const struct status_stream *s, enum visit_outcome outcome)
{
    return s->begun.earlier[outcome] > s->shown[outcome] ? s->begun.earlier[outcome] - s->shown[outcome] : 0;
}

static void count_visits(struct status_stream *s)
{
    struct status *status = &s->status;
    uint32_t known = 0;
    for (size_t i = 0; i < status->visit_count; i++) {
        status->counts[status->visits[i].outcome]++;
        status->settled += status->visits[i].settled;
    }
    for (enum visit_outcome outcome = 0; outcome < VISIT_NOT_ATTEMPTED; outcome++) {
        status->counts[outcome] += unlisted(s, outcome);
        status->settled += unlisted(s, outcome);
        known += status->counts[outcome];
    }
    status->counts[VISIT_NOT_ATTEMPTED] = status->total > known ? status->total - known : 0;
}

/* The exit status is not known where a piece of a log leaves open how earlier runs' visits
   ended. */
static void take_end(struct status_stream *s)
{
    struct status *status = &s->status;
    for (enum visit_outcome outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++) {
        s->summary.earlier[outcome] = s->begun.earlier[outcome];
        status->counts[outcome] = s->summary.counts[outcome] + s->begun.earlier[outcome];
    }
    if (!s->started)
        status->settled += s->summary.settled;
    status->outcome = s->summary.outcome;
    status->kind = s->summary.kind;
    status->has_exit = s->started || !s->summary.settled || s->summary.outcome != BATCH_COMPLETE;
    status->exit_status = status->has_exit ? run_exit_status(&s->summary) : 0;
}

static void judge(struct status_stream *s)
{
    struct status *status = &s->status;
    status->end = s->summed ? STATUS_TOLD : s->events ? STATUS_CUT : STATUS_NO_END;
    if (s->events == 0)
        status->state = STATUS_IDLE;
    else
        status->state = s->summed && s->summary.outcome == BATCH_COMPLETE ? STATUS_DONE : STATUS_FAILED;
}

enum err_code status_stream_end(struct status_stream *s, struct status *ret_status, struct err *err)
{
    leave_visit(s);
    if (s->full)
        return err_set(err, ERR_INPUT, "more than the %u visits of a batch, or out of memory", STATUS_VISITS_MAX);
    status_sort_visits(&s->status);
    count_visits(s);
    if (s->summed)
        take_end(s);
    judge(s);
    *ret_status = s->status;
    s->status = (struct status){0};
    return ERR_OK;
}

void status_stream_fini(struct status_stream *s)
{
    status_fini(&s->status);
}
