#include "engine/cli/scenario/story.h"

#include "engine/base/json_in.h"
#include "engine/cli/scenario/value.h"
#include "engine/world/mark.h"

#include <stdlib.h>

static const char NONE[] = "none";

enum err_code story_init(struct story *story, const struct batch *batch, struct err *err)
{
    *story = (struct story){.count = batch->visit_count};
    story->visits = calloc(batch->visit_count, sizeof *story->visits);
    if (!story->visits)
        return err_set(err, ERR_ENV, "out of memory");
    for (size_t i = 0; i < batch->visit_count; i++) {
        struct visit_story *v = &story->visits[i];
        v->visit = (struct visit_label){batch->patients[batch->visits[i].patient].number, batch->visits[i].dos};
        v->outcome = v->step = v->error = NONE;
        str_init(&v->delays, STORY_LIST_BYTES_MAX);
        str_init(&v->retried, STORY_LIST_BYTES_MAX);
    }
    return ERR_OK;
}

void story_fini(struct story *story)
{
    for (size_t i = 0; story->visits && i < story->count; i++) {
        str_fini(&story->visits[i].delays);
        str_fini(&story->visits[i].retried);
    }
    free(story->visits);
    *story = (struct story){0};
}

void story_begin_run(struct story *story)
{
    story->run++;
    story->expired = false;
}

struct visit_story *story_visit(const struct story *story, uint32_t patient, uint32_t dos)
{
    for (size_t i = 0; i < story->count; i++)
        if (story->visits[i].visit.patient == patient && story->visits[i].visit.dos == dos)
            return &story->visits[i];
    return NULL;
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static int64_t number_of(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

/* The word of the table that the event says; "none" where it says nothing. */
static const char *word_of(const json_t *event, const char *key, enum value_type type)
{
    struct slice text = slice_of(text_of(event, key));
    for (size_t i = 0; i < value_word_count(type); i++)
        if (slice_equal(text, slice_of(value_word(type, i))))
            return value_word(type, i);
    return NONE;
}

static struct visit_story *visit_of(const struct story *story, const json_t *event)
{
    struct mark mark;
    struct slice step;
    if (!mark_parse(slice_of(text_of(event, "patient")), &mark, &step))
        return NULL;
    return story_visit(story, mark.patient, (uint32_t)number_of(event, "dos"));
}

static void take_start(struct story *s, const json_t *event)
{
    struct visit_story *v = visit_of(s, event);
    if (!v)
        return;
    v->attempts = (uint32_t)number_of(event, "attempt");
    if (s->expired)
        breach_note(&s->breaches, NEVER_VISIT_EXPIRED, v->visit, s->run);
    if (v->settled)
        breach_note(&s->breaches, NEVER_TOUCHED_AGAIN, v->visit, s->run);
}

static bool is_transient(const char *error)
{
    enum kind kind;
    return kind_parse(slice_of(error), &kind) && kind_class_of(kind) == CLASS_TRANSIENT;
}

static void take_retry(struct story *s, const json_t *event)
{
    struct visit_story *v = visit_of(s, event);
    const char *error = word_of(event, "errorKind", VALUE_ERROR);
    if (!v)
        return;
    s->retries++;
    if (v->delays.len) {
        str_add_text(&v->delays, ", ");
        str_add_text(&v->retried, ", ");
    }
    value_add_duration(&v->delays, number_of(event, "delay"));
    str_addf(&v->retried, "%s %s", word_of(event, "step", VALUE_STEP), error);
    s->full |= str_full(&v->delays) || str_full(&v->retried);
    if (!is_transient(error))
        breach_note(&s->breaches, NEVER_TRIED_PERMANENT, v->visit, s->run);
}

static void take_result(struct story *s, const json_t *event)
{
    struct visit_story *v = visit_of(s, event);
    if (!v)
        return;
    v->outcome = word_of(event, "outcome", VALUE_OUTCOME);
    v->step = word_of(event, "step", VALUE_STEP);
    v->error = word_of(event, "errorKind", VALUE_ERROR);
    v->attempts = (uint32_t)number_of(event, "attempt");
    v->duration_ms = number_of(event, "duration");
    v->run = s->run;
}

static void take_session(struct story *s, const json_t *event)
{
    s->expired |= strcmp(text_of(event, "state"), "expired") == 0;
}

static void take_breaker(struct story *s, const json_t *event)
{
    s->probes += strcmp(text_of(event, "state"), breaker_state_name(BREAKER_HALF_OPEN)) == 0;
}

void story_take(struct story *s, struct slice line)
{
    static const struct json_in_limits limits = {1u << 16, 1u << 20, .allow_nul = false};
    static const struct {
        const char *type;
        void (*take)(struct story *, const json_t *);
    } events[] = {{"visit_start", take_start},   {"retry", take_retry},     {"visit_result", take_result},
                  {"session", take_session},     {"breaker", take_breaker}};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++) {
        /* Every line begins {"type":"...": the others need not be parsed. */
        struct slice type = slice_of(events[i].type), rest = {line.ptr + 9, line.len > 9 ? line.len - 9 : 0};
        if (!slice_starts(rest, type) || rest.ptr[type.len] != '"')
            continue;
        struct json_in_fault fault;
        json_auto_t *event = json_in_try((struct slice){line.ptr, line.len - 1}, &limits, &fault);
        s->full |= !event;
        events[i].take(s, event);
    }
}

void story_end_run(struct story *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (!s->visits[i].settled && s->visits[i].run != s->run)
            breach_note(&s->breaches, NEVER_LOST, s->visits[i].visit, s->run);
}

static void take_state(struct visit_story *v, const struct visit_state *state)
{
    v->outcome = visit_outcome_name(state->outcome);
    v->attempts = state->attempts;
    v->duration_ms = state->duration_ms;
    v->error = kind_name(state->kind);
    v->step = state->kind == KIND_NONE ? NONE : step_name(state->step);
}

void story_take_journal(struct story *s, const struct journal *journal)
{
    for (size_t i = 0; i < s->count; i++) {
        struct visit_story *v = &s->visits[i];
        const struct visit_state *state = journal_find(journal, v->visit);
        if (v->settled || !state || !state->settled)
            continue;
        v->settled = true;
        if (v->run != s->run)
            take_state(v, state);
    }
}
