#include "engine/report/outcomes.h"

#include "engine/base/json_in.h"
#include "engine/report/figures.h"

#include <jansson.h>
#include <stdlib.h>

void outcomes_init(struct outcomes *o)
{
    *o = (struct outcomes){0};
}

void outcomes_fini(struct outcomes *o)
{
    free(o->visits);
}

void outcomes_clear(struct outcomes *o)
{
    *o = (struct outcomes){.visits = o->visits, .room = o->room};
}

static int64_t number_of(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

static void take_text(const json_t *event, const char *key, char ret_text[32])
{
    const char *text = json_string_value(json_object_get(event, key));
    if (!text || !text_format(ret_text, 32, "%s", text))
        ret_text[0] = '\0';
}

static struct visit_label label_of(const json_t *event)
{
    uint64_t patient = 0;
    const char *text = json_string_value(json_object_get(event, "patient"));
    if (text && text[0] == 'p' && !slice_parse_u64(slice_of(text + 1), UINT32_MAX, &patient))
        patient = 0;
    return (struct visit_label){(uint32_t)patient, (uint32_t)number_of(event, "dos")};
}

static bool same_visit(struct visit_label a, struct visit_label b)
{
    return a.patient == b.patient && a.dos == b.dos;
}

static struct outcome_visit *place_for(struct outcomes *o, struct visit_label visit)
{
    for (size_t i = o->count; i-- > 0 && o->visits[i].visit.patient >= visit.patient;)
        if (same_visit(o->visits[i].visit, visit)) {
            o->counts[o->visits[i].outcome]--;
            return &o->visits[i];
        }
    if (o->count == o->room) {
        size_t room = o->room ? o->room * 2 : 128;
        struct outcome_visit *longer = room > OUTCOMES_VISITS_MAX ? NULL : realloc(o->visits, room * sizeof *longer);
        o->full |= !longer;
        if (!longer)
            return NULL;
        o->visits = longer;
        o->room = room;
    }
    return &o->visits[o->count++];
}

static enum visit_outcome outcome_of(const json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "outcome"));
    for (int i = 0; name && i < VISIT_OUTCOME_COUNT; i++)
        if (strcmp(visit_outcome_name((enum visit_outcome)i), name) == 0)
            return (enum visit_outcome)i;
    return VISIT_NOT_ATTEMPTED;
}

static void take_result(struct outcomes *o, const json_t *event)
{
    struct visit_label label = label_of(event);
    struct outcome_visit *visit = place_for(o, label);
    if (!visit)
        return;
    bool was_open = same_visit(o->open.visit, label);
    *visit = was_open ? o->open : (struct outcome_visit){0};
    visit->visit = label;
    visit->outcome = outcome_of(event);
    visit->attempts = (uint32_t)number_of(event, "attempt");
    visit->took_ms = number_of(event, "duration");
    take_text(event, "step", visit->step);
    take_text(event, "errorKind", visit->kind);
    o->counts[visit->outcome]++;
    o->open = (struct outcome_visit){0};
}

static void take_retry(struct outcomes *o, const json_t *event)
{
    o->retries++;
    if (!same_visit(o->open.visit, label_of(event)))
        o->open = (struct outcome_visit){.visit = label_of(event)};
    if (o->open.retry_count == OUTCOMES_RETRIES_MAX)
        return;
    struct outcome_retry *retry = &o->open.retries[o->open.retry_count++];
    retry->delay_ms = number_of(event, "delay");
    take_text(event, "step", retry->step);
    take_text(event, "errorKind", retry->kind);
}

void outcomes_take(struct outcomes *o, struct slice line)
{
    bool result = slice_starts(line, SLICE("{\"type\":\"visit_result\"")), retry = slice_starts(line, SLICE("{\"type\":\"retry\""));
    if (!result && !retry && !slice_starts(line, SLICE("{\"type\":\"batch_summary\"")))
        return;
    json_auto_t *event = json_in_load(line, 0, NULL);
    if (result) {
        take_result(o, event);
        return;
    }
    if (retry) {
        take_retry(o, event);
        return;
    }
    const char *outcome = json_string_value(json_object_get(event, "outcome"));
    o->total_ms += number_of(event, "totalMs");
    if (!outcome || !text_format(o->outcome, sizeof o->outcome, "%s", outcome))
        o->outcome[0] = '\0';
}

static bool is_news(const struct outcomes *o, const struct visit_state *state, const struct journal *found)
{
    const struct visit_state *before = journal_find(found, state->visit);
    return state->settled && !(before && before->settled) && !outcomes_find(o, state->visit);
}

void outcomes_settle(struct outcomes *o, const struct journal *journal, const struct journal *found)
{
    for (size_t i = 0; i < journal->visit_count; i++) {
        const struct visit_state *state = &journal->visits[i];
        struct outcome_visit *visit = is_news(o, state, found) ? place_for(o, state->visit) : NULL;
        if (!visit)
            continue;
        *visit = (struct outcome_visit){.visit = state->visit, .outcome = state->outcome, .attempts = state->attempts,
                                        .took_ms = state->duration_ms};
        bool failed = state->kind != KIND_NONE;
        ASSERT(text_format(visit->kind, sizeof visit->kind, "%s", failed ? kind_name(state->kind) : "") &&
               text_format(visit->step, sizeof visit->step, "%s", failed ? step_name(state->step) : ""));
        o->counts[visit->outcome]++;
    }
}

const struct outcome_visit *outcomes_find(const struct outcomes *o, struct visit_label visit)
{
    for (size_t i = 0; i < o->count; i++)
        if (same_visit(o->visits[i].visit, visit))
            return &o->visits[i];
    return NULL;
}

static int by_time(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

int64_t outcomes_percentile_ms(const struct outcomes *o, uint32_t percent)
{
    int64_t *times = calloc(o->count + 1, sizeof *times), found = 0;
    size_t count = 0;
    for (size_t i = 0; times && i < o->count; i++)
        if (o->visits[i].attempts && o->visits[i].outcome != VISIT_UNDECIDED)
            times[count++] = o->visits[i].took_ms;
    if (count) {
        qsort(times, count, sizeof *times, by_time);
        found = times[figure_rank(count, percent)];
    }
    free(times);
    return found;
}

static bool retry_equal(const struct outcome_retry *a, const struct outcome_retry *b)
{
    return a->delay_ms == b->delay_ms && strcmp(a->step, b->step) == 0 && strcmp(a->kind, b->kind) == 0;
}

bool outcome_equal(const struct outcome_visit *a, const struct outcome_visit *b)
{
    if (a->outcome != b->outcome || a->attempts != b->attempts || a->retry_count != b->retry_count || strcmp(a->kind, b->kind) != 0 ||
        strcmp(a->step, b->step) != 0)
        return false;
    for (uint32_t i = 0; i < a->retry_count; i++)
        if (!retry_equal(&a->retries[i], &b->retries[i]))
            return false;
    return true;
}
