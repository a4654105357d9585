/* Events are kept in their order, visits by their labels: a run begins them in the order of
   patients, so a new one goes to the end, and only a resumed run looks further back. */
#include "engine/report/explain_log.h"

#include "engine/base/json_in.h"
#include "engine/report/event_word.h"

#include <jansson.h>
#include <stdlib.h>

void explain_log_fini(struct explain_log *log)
{
    for (int step = 0; step < STEP_COUNT; step++)
        free(log->steps[step].ms);
    free(log->events);
    free(log->visits);
}

/* Room for one more of a table; false, and `full`, when there is none. */
static bool make_room(struct explain_log *log, void **table, uint32_t count, uint32_t *room, uint32_t room_max, size_t element_bytes)
{
    if (count < *room)
        return true;
    uint32_t wanted = *room ? *room * 2 : 256;
    void *longer = wanted > room_max ? NULL : realloc(*table, wanted * element_bytes);
    log->full |= !longer;
    if (!longer)
        return false;
    *table = longer;
    *room = wanted;
    return true;
}

static bool label_before(struct visit_label a, struct visit_label b)
{
    return a.patient < b.patient || (a.patient == b.patient && a.dos < b.dos);
}

/* Where the visit stands, or would. */
static uint32_t place_of(const struct explain_log *log, struct visit_label visit)
{
    uint32_t low = 0, high = log->visit_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (label_before(log->visits[middle].visit, visit))
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const struct explain_log *log, uint32_t place, struct visit_label visit)
{
    return place < log->visit_count && !label_before(visit, log->visits[place].visit);
}

const struct explain_visit *explain_log_find(const struct explain_log *log, struct visit_label visit)
{
    uint32_t place = place_of(log, visit);
    return is_at(log, place, visit) ? &log->visits[place] : NULL;
}

static struct explain_visit *visit_for(struct explain_log *log, struct visit_label visit)
{
    uint32_t place = place_of(log, visit);
    if (is_at(log, place, visit))
        return &log->visits[place];
    void *table = log->visits;
    bool room = make_room(log, &table, log->visit_count, &log->visit_room, EXPLAIN_VISITS_MAX * 2, sizeof *log->visits);
    log->visits = table;
    if (!room)
        return NULL;
    memmove(&log->visits[place + 1], &log->visits[place], (log->visit_count - place) * sizeof *log->visits);
    log->visit_count++;
    log->visits[place] = (struct explain_visit){
        .visit = visit, .first = log->count - 1, .result = EXPLAIN_NONE, .main = EXPLAIN_NONE, .class = EXPLAIN_FINE};
    return &log->visits[place];
}

static void add_duration(struct explain_log *log, enum step step, int64_t ms)
{
    struct explain_steps *steps = &log->steps[step];
    void *table = steps->ms;
    bool room = make_room(log, &table, steps->count, &steps->room, EXPLAIN_EVENTS_MAX, sizeof *steps->ms);
    steps->ms = table;
    if (room)
        steps->ms[steps->count++] = ms;
}

static int64_t number_of(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

static struct slice text_of(const json_t *event, const char *key)
{
    const json_t *value = json_object_get(event, key);
    return json_is_string(value) ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE_NONE;
}

/* A word that is none of ours is none. */
static void take_word(const json_t *event, const char *key, enum event_key_kind kind, char *ret_word, size_t size)
{
    struct slice text = text_of(event, key);
    bool ours = text.len < size && event_word_is_ours(kind, text);
    if (ours)
        memcpy(ret_word, text.ptr, text.len);
    ret_word[ours ? text.len : 0] = '\0';
}

static struct visit_label label_of(const json_t *event)
{
    uint64_t patient = 0;
    struct slice text = text_of(event, "patient");
    if (text.len < 2 || text.ptr[0] != 'p' || !slice_parse_u64((struct slice){text.ptr + 1, text.len - 1}, UINT32_MAX, &patient))
        return (struct visit_label){0};
    return (struct visit_label){(uint32_t)patient, (uint32_t)number_of(event, "dos")};
}

static enum step step_of(const json_t *event)
{
    struct slice name = text_of(event, "step");
    for (int step = 0; step < STEP_COUNT; step++)
        if (slice_equal(name, slice_of(step_name((enum step)step))))
            return (enum step)step;
    return STEP_NONE;
}

static enum visit_outcome outcome_of(const json_t *event)
{
    struct slice name = text_of(event, "outcome");
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        if (slice_equal(name, slice_of(visit_outcome_name((enum visit_outcome)i))))
            return (enum visit_outcome)i;
    return VISIT_NOT_ATTEMPTED;
}

/* Of a sentence of the log its parts are kept, and what is none of ours is dropped. */
static void take_ending(const json_t *event, struct explain_event *ret)
{
    static const char *const places[] = {
#define X(name, sentence) sentence,
#include "engine/mdland/place.def"
#undef X
    };
    struct slice error = text_of(event, "error");
    ret->outcome = outcome_of(event);
    ret->billed = slice_equal(error, slice_of(event_review_sentence(true)));
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        struct slice place = slice_of(places[i]);
        if (error.len > place.len && slice_equal((struct slice){error.ptr + error.len - place.len, place.len}, place))
            ret->place = places[i];
    }
}

/* The kinds of event that are kept, and the members that say what each is about. */
static const struct {
    struct slice type;
    enum explain_event_kind kind;
    const char *ms, *word;
    enum event_key_kind word_kind;
} kinds[] = {
    {{"batch_start", 11}, EXPLAIN_BATCH, NULL, NULL, 0},
    {{"visit_start", 11}, EXPLAIN_VISIT_START, NULL, NULL, 0},
    {{"step", 4}, EXPLAIN_STEP, "duration", NULL, 0},
    {{"retry", 5}, EXPLAIN_RETRY, "delay", NULL, 0},
    {{"visit_result", 12}, EXPLAIN_RESULT, "duration", NULL, 0},
    {{"browser", 7}, EXPLAIN_BROWSER, NULL, "state", KEY_BROWSER_STATE},
    {{"dialog", 6}, EXPLAIN_DIALOG, NULL, "dialog", KEY_DIALOG},
    {{"breaker", 7}, EXPLAIN_BREAKER, "delay", "state", KEY_BREAKER_STATE},
    {{"stop", 4}, EXPLAIN_STOP, NULL, "reason", KEY_STOP_REASON},
    {{"session", 7}, EXPLAIN_SESSION, NULL, "state", KEY_SESSION_STATE},
    {{"batch_summary", 13}, EXPLAIN_SUMMARY, "totalMs", "outcome", KEY_BATCH_OUTCOME},
};

static bool read_event(struct explain_log *log, const json_t *root, struct explain_event *ret)
{
    struct slice type = text_of(root, "type");
    size_t i = 0;
    while (i < sizeof kinds / sizeof *kinds && !slice_equal(type, kinds[i].type))
        i++;
    if (i == sizeof kinds / sizeof *kinds)
        return false;
    *ret = (struct explain_event){.kind = kinds[i].kind, .at_ms = number_of(root, "at"), .step = step_of(root)};
    ret->visit = json_object_get(root, "patient") ? label_of(root) : log->in_hand;
    ret->attempt = json_object_get(root, "attempt") ? (uint32_t)number_of(root, "attempt") : log->attempt;
    if (!kind_parse(text_of(root, "errorKind"), &ret->error))
        ret->error = KIND_NONE;
    ret->ms = kinds[i].ms ? number_of(root, kinds[i].ms) : 0;
    ret->length = (uint32_t)number_of(root, "length");
    if (kinds[i].word)
        take_word(root, kinds[i].word, kinds[i].word_kind, ret->word, sizeof ret->word);
    if (ret->kind == EXPLAIN_DIALOG) {
        take_word(root, "kind", KEY_DIALOG_KIND, ret->type, sizeof ret->type);
        ret->accepted = slice_equal(text_of(root, "answer"), SLICE("accepted"));
    }
    if (ret->kind == EXPLAIN_RESULT)
        take_ending(root, ret);
    return true;
}

static void add_trouble(struct explain_visit *visit, uint32_t event)
{
    if (visit->trouble_count == EXPLAIN_TROUBLES_MAX)
        visit->troubles_more++;
    else
        visit->troubles[visit->trouble_count++] = event;
}

static void note(struct explain_log *log, const struct explain_event *event)
{
    struct explain_visit *visit = event->visit.patient ? visit_for(log, event->visit) : NULL;
    uint32_t index = log->count - 1;
    if (event->kind == EXPLAIN_VISIT_START) {
        log->in_hand = event->visit;
        log->attempt = event->attempt;
    }
    if (event->kind == EXPLAIN_STEP && event->error == KIND_NONE && !event->pending)
        add_duration(log, event->step, event->ms);
    if (event->kind == EXPLAIN_STEP && event->error != KIND_NONE && visit)
        add_trouble(visit, index);
    if (event->kind != EXPLAIN_RESULT || !visit)
        return;
    visit->result = index;
    log->in_hand = (struct visit_label){0};
    log->attempt = 0;
}

static bool add_event(struct explain_log *log, const struct explain_event *event)
{
    void *table = log->events;
    bool room = make_room(log, &table, log->count, &log->room, EXPLAIN_EVENTS_MAX, sizeof *log->events);
    log->events = table;
    if (!room)
        return false;
    log->events[log->count++] = *event;
    note(log, event);
    return true;
}

void explain_log_take(struct explain_log *log, struct slice line)
{
    struct explain_event event;
    if (log->full || slice_starts(line, SLICE("{\"type\":\"progress\"")))
        return;
    json_auto_t *root = json_in_load(line, 0, NULL);
    if (slice_equal(text_of(root, "type"), SLICE("batch_start"))) {
        log->total = (uint32_t)number_of(root, "total");
        log->settled = (uint32_t)number_of(root, "settled");
        log->settled_failed = (uint32_t)number_of(root, "settledFailed");
        log->settled_needs_review = (uint32_t)number_of(root, "settledNeedsReview");
        log->in_hand = (struct visit_label){0};
        log->attempt = 0;
    }
    if (read_event(log, root, &event))
        add_event(log, &event);
}

void explain_log_pend(struct explain_log *log, const struct explain_event *step)
{
    struct explain_visit *visit = add_event(log, step) ? visit_for(log, step->visit) : NULL;
    if (visit)
        add_trouble(visit, log->count - 1);
}
