#include "engine/report/metrics.h"

#include "engine/base/json_in.h"
#include "engine/batch/event_table.h"
#include "engine/report/metrics_bounds.h"

enum { KIND_TOTAL = 0
#define X(id, name, class, sentence) +1
#include "engine/policy/kind.def"
#undef X
};
_Static_assert((int)KIND_TOTAL <= METRICS_KINDS_MAX, "every kind has its place");

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

/* A log that was tampered with may hold anything; what is below zero or past a year is none. */
static int64_t ms_of(const json_t *event, const char *key)
{
    json_int_t number = json_integer_value(json_object_get(event, key));
    return number < 0 || number > INT64_C(31536000000) ? 0 : number;
}

static size_t step_of(const json_t *event)
{
    const char *name = text_of(event, "step");
    size_t i = 0;
    while (i < STEP_COUNT && strcmp(step_name((enum step)i), name) != 0)
        i++;
    return i;
}

static size_t kind_of(const json_t *event)
{
    enum kind kind;
    return kind_parse(slice_of(text_of(event, "errorKind")), &kind) ? (size_t)kind : METRICS_KINDS_MAX;
}

static void observe(struct metrics_histogram *h, const int64_t *bounds_ms, int64_t ms)
{
    size_t i = 0;
    while (i < METRICS_BUCKETS_MAX - 1 && ms > bounds_ms[i])
        i++;
    h->buckets[i]++;
    h->count++;
    h->sum_ms += ms;
}

static void take_start(struct metrics *m, const json_t *event)
{
    *m = (struct metrics){.begun = true, .total = ms_of(event, "total"), .settled = ms_of(event, "settled"),
                          .settled_failed = ms_of(event, "settledFailed"), .settled_needs_review = ms_of(event, "settledNeedsReview")};
}

static void take_step(struct metrics *m, const json_t *event)
{
    size_t step = step_of(event);
    observe(&m->steps[step], metrics_step_bounds_ms, ms_of(event, "duration"));
    if (json_object_get(event, "errorKind"))
        m->failures[step][kind_of(event)]++;
}

/* One that was not attempted took no time, and none is told of it. */
static void take_result(struct metrics *m, const json_t *event)
{
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        m->visits[i] += strcmp(visit_outcome_name((enum visit_outcome)i), text_of(event, "outcome")) == 0;
    if (ms_of(event, "attempt") > 0)
        observe(&m->visit, metrics_visit_bounds_ms, ms_of(event, "duration"));
}

static void take_browser(struct metrics *m, const json_t *event)
{
    const char *words = event_key_kind_words(KEY_BROWSER_STATE), *state = text_of(event, "state");
    for (size_t i = 0, length; *words && i < METRICS_WORDS_MAX; i++, words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        m->browser[i] += strlen(state) == length && strncmp(words, state, length) == 0;
    }
}

static void take_summary(struct metrics *m, const json_t *event)
{
    m->ended = true;
    m->ended_at_ms = m->at_ms;
    for (int i = 0; i < BATCH_OUTCOME_COUNT; i++)
        if (strcmp(batch_outcome_name((enum batch_outcome)i), text_of(event, "outcome")) == 0) {
            m->outcome = (enum batch_outcome)i;
            m->has_outcome = true;
        }
}

void metrics_take(struct metrics *m, struct slice line)
{
    json_auto_t *event = slice_starts(line, SLICE("{")) ? json_in_load(line, 0, NULL) : NULL;
    const char *type = text_of(event, "type");
    if (strcmp(type, "batch_start") == 0)
        take_start(m, event);
    if (!m->begun || !type[0])
        return;
    m->at_ms = ms_of(event, "at");
    m->attempts += strcmp(type, "visit_start") == 0;
    m->retries += strcmp(type, "retry") == 0;
    m->dialogs += strcmp(type, "dialog") == 0;
    m->session_expired |= strcmp(type, "session") == 0 && strcmp(text_of(event, "state"), "expired") == 0;
    if (strcmp(type, "step") == 0)
        take_step(m, event);
    else if (strcmp(type, "visit_result") == 0)
        take_result(m, event);
    else if (strcmp(type, "browser") == 0)
        take_browser(m, event);
    else if (strcmp(type, "breaker") == 0)
        (void)breaker_state_parse(slice_of(text_of(event, "state")), &m->breaker);
    else if (strcmp(type, "batch_summary") == 0)
        take_summary(m, event);
}
