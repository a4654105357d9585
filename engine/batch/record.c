#include "engine/batch/record.h"

#include "engine/base/json_in.h"
#include "engine/base/json_out.h"
#include "engine/base/memory.h"

#include <inttypes.h>

static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/batch/record.def"
#undef X
};

static const char *const verdicts[] = {[VERDICT_PROVED] = "proved", [VERDICT_NOT_BEGUN] = "not_begun"};

const char *record_name(enum record_type type)
{
    return names[type];
}

static void add_hash(struct json_out *j, const char *key, uint64_t hash)
{
    char text[17];
    ASSERT(text_format(text, sizeof text, "%016" PRIx64, hash));
    json_out_text(j, key, text);
}

static void add_start(struct json_out *j, const struct run_start *start)
{
    json_out_int(j, "format", JOURNAL_FORMAT);
    json_out_text(j, "batchId", start->batch_id);
    add_hash(j, "batch", start->batch_hash);
    add_hash(j, "plan", start->plan_hash);
    json_out_int(j, "total", start->total);
    json_out_int(j, "wall", start->wall_us);
    json_out_raw(j, "settings", slice_of(start->settings));
    if (!start->forced_batch && !start->forced_settings)
        return;
    json_out_array(j, "forced");
    if (start->forced_batch)
        json_out_text(j, NULL, "batch");
    if (start->forced_settings)
        json_out_text(j, NULL, "settings");
    json_out_end_array(j);
}

static void add_visit(struct json_out *j, const struct record *record)
{
    json_out_int(j, "patient", record->visit.patient);
    json_out_int(j, "dos", record->visit.dos);
    if (record->type != RECORD_PINNED) {
        json_out_int(j, "attempt", record->attempt);
        return;
    }
    json_out_text(j, "row", record->row_id);
    json_out_text(j, "visit", record->visit_id);
}

static void add_kind(struct json_out *j, enum kind kind)
{
    if (kind != KIND_NONE)
        json_out_text(j, "errorKind", kind_name(kind));
}

static void add_attempt_end(struct json_out *j, const struct record *record)
{
    if (record->kind != KIND_NONE)
        json_out_text(j, "step", step_name(record->step));
    add_kind(j, record->kind);
    if (record->has_outcome)
        json_out_text(j, "outcome", visit_outcome_name(record->outcome));
    json_out_int(j, "duration", record->ms);
}

static void add_run_end(struct json_out *j, const struct record *record)
{
    json_out_int(j, "at", record->ms);
    json_out_text(j, "outcome", batch_outcome_name(record->ended));
    add_kind(j, record->kind);
    json_out_int(j, "exit", record->exit_status);
}

static void add_members(struct json_out *j, const struct record *record)
{
    switch (record->type) {
    case RECORD_RUN_START: add_start(j, record->start); return;
    case RECORD_PINNED: add_visit(j, record); return;
    case RECORD_INTENT:
    case RECORD_RESULT:
        add_visit(j, record);
        json_out_text(j, "step", step_name(record->step));
        if (record->type == RECORD_RESULT)
            json_out_text(j, "verdict", verdicts[record->verdict]);
        return;
    case RECORD_ATTEMPT_END:
        add_visit(j, record);
        add_attempt_end(j, record);
        return;
    case RECORD_LATCH: add_kind(j, record->kind); return;
    case RECORD_BREAKER:
        json_out_text(j, "state", breaker_state_name(record->breaker));
        json_out_int(j, "probe", record->probe);
        return;
    case RECORD_RUN_END: add_run_end(j, record); return;
    }
}

/* Written as an object that is never closed. */
struct slice record_format(const struct record *record, struct str *scratch)
{
    struct json_out j;
    str_clear(scratch);
    json_out_init(&j, scratch);
    json_out_object(&j, NULL);
    json_out_text(&j, "type", names[record->type]);
    add_members(&j, record);
    if (str_full(scratch)) {
        ASSERT(memory_has_failed());
        return SLICE_NONE;
    }
    return (struct slice){scratch->ptr + 1, scratch->len - 1};
}

/* A member that must be there as such; what is wrong once stays wrong. */
struct take {
    const json_t *root;
    bool failed;
};

static int64_t take_int(struct take *t, const char *key, int64_t min, int64_t max)
{
    const json_t *value = json_object_get(t->root, key);
    bool fits = json_is_integer(value) && json_integer_value(value) >= min && json_integer_value(value) <= max;
    t->failed |= !fits;
    return fits ? json_integer_value(value) : min;
}

static struct slice take_word(struct take *t, const char *key)
{
    const json_t *value = json_object_get(t->root, key);
    t->failed |= !json_is_string(value);
    return json_is_string(value) ? (struct slice){json_string_value(value), json_string_length(value)} : SLICE("");
}

static void take_text(struct take *t, const char *key, char *ret_text, size_t size)
{
    struct slice text = take_word(t, key);
    t->failed |= text.len >= size || memchr(text.ptr, '\0', text.len);
    if (!t->failed)
        memcpy(ret_text, text.ptr, text.len + 1);
}

static uint64_t take_hash(struct take *t, const char *key)
{
    static const char digits[] = "0123456789abcdef";
    struct slice text = take_word(t, key);
    uint64_t hash = 0;
    t->failed |= text.len != 16 || strspn(text.ptr, digits) != text.len;
    for (size_t i = 0; i < text.len && !t->failed; i++)
        hash = hash << 4 | (uint64_t)(strchr(digits, text.ptr[i]) - digits);
    return hash;
}

/* An index into a table of names; a word that is in none is a failure. */
static unsigned take_name(struct take *t, const char *key, const char *(*name_of)(unsigned), unsigned count)
{
    struct slice word = take_word(t, key);
    for (unsigned i = 0; i < count; i++)
        if (slice_equal(word, slice_of(name_of(i))))
            return i;
    t->failed = true;
    return 0;
}

#define NAME_OF(function, name, type) \
    static const char *function(unsigned i) { return name((type)i); }
NAME_OF(nth_type, record_name, enum record_type)
NAME_OF(nth_step, step_name, enum step)
NAME_OF(nth_outcome, visit_outcome_name, enum visit_outcome)
NAME_OF(nth_end, batch_outcome_name, enum batch_outcome)
NAME_OF(nth_breaker, breaker_state_name, enum breaker_state)
static const char *nth_verdict(unsigned i) { return verdicts[i]; }

static enum kind take_kind(struct take *t)
{
    enum kind kind = KIND_NONE;
    if (json_object_get(t->root, "errorKind"))
        t->failed |= !kind_parse(take_word(t, "errorKind"), &kind);
    return kind;
}

static bool is_forced(const struct take *t, const char *what)
{
    size_t index;
    const json_t *word;
    json_array_foreach(json_object_get(t->root, "forced"), index, word)
        if (json_is_string(word) && strcmp(json_string_value(word), what) == 0)
            return true;
    return false;
}

static void take_start(struct take *t, struct run_start *ret_start)
{
    *ret_start = (struct run_start){0};
    (void)take_int(t, "format", JOURNAL_FORMAT, JOURNAL_FORMAT);
    take_text(t, "batchId", ret_start->batch_id, sizeof ret_start->batch_id);
    ret_start->batch_hash = take_hash(t, "batch");
    ret_start->plan_hash = take_hash(t, "plan");
    ret_start->total = (uint32_t)take_int(t, "total", 1, UINT32_MAX);
    ret_start->wall_us = take_int(t, "wall", 0, INT64_MAX);
    ret_start->forced_batch = is_forced(t, "batch");
    ret_start->forced_settings = is_forced(t, "settings");
    const json_t *settings = json_object_get(t->root, "settings");
    CLEANUP_STR struct str text;
    str_init(&text, RUN_SETTINGS_MAX - 1);
    t->failed |= !json_is_object(settings) || !json_in_print(settings, JSON_COMPACT, &text) ||
                 !text_format(ret_start->settings, sizeof ret_start->settings, "%s", str_text(&text));
}

static void take_visit(struct take *t, struct record *r)
{
    r->visit.patient = (uint32_t)take_int(t, "patient", 1, UINT32_MAX);
    r->visit.dos = (uint32_t)take_int(t, "dos", 1, UINT32_MAX);
    if (r->type != RECORD_PINNED)
        r->attempt = (uint32_t)take_int(t, "attempt", 1, UINT32_MAX);
}

static void take_attempt_end(struct take *t, struct record *r)
{
    r->kind = take_kind(t);
    if (r->kind != KIND_NONE)
        r->step = (enum step)take_name(t, "step", nth_step, STEP_COUNT);
    r->has_outcome = json_object_get(t->root, "outcome") != NULL;
    if (r->has_outcome)
        r->outcome = (enum visit_outcome)take_name(t, "outcome", nth_outcome, VISIT_OUTCOME_COUNT);
    r->ms = take_int(t, "duration", 0, INT64_MAX);
}

static void take_members(struct take *t, struct run_start *ret_start, struct record *r)
{
    switch (r->type) {
    case RECORD_RUN_START:
        take_start(t, ret_start);
        r->start = ret_start;
        return;
    case RECORD_PINNED:
        take_visit(t, r);
        take_text(t, "row", r->row_id, sizeof r->row_id);
        take_text(t, "visit", r->visit_id, sizeof r->visit_id);
        return;
    case RECORD_INTENT:
    case RECORD_RESULT:
        take_visit(t, r);
        r->step = (enum step)take_name(t, "step", nth_step, STEP_COUNT);
        if (r->type == RECORD_RESULT)
            r->verdict = (enum verdict)take_name(t, "verdict", nth_verdict, VERDICT_NOT_BEGUN + 1);
        return;
    case RECORD_ATTEMPT_END:
        take_visit(t, r);
        take_attempt_end(t, r);
        return;
    case RECORD_LATCH: r->kind = take_kind(t); return;
    case RECORD_BREAKER:
        r->breaker = (enum breaker_state)take_name(t, "state", nth_breaker, BREAKER_STOPPED + 1);
        r->probe = (uint32_t)take_int(t, "probe", 0, BREAKER_PROBES_MAX);
        return;
    case RECORD_RUN_END:
        r->ms = take_int(t, "at", 0, INT64_MAX);
        r->ended = (enum batch_outcome)take_name(t, "outcome", nth_end, BATCH_OUTCOME_COUNT);
        r->kind = take_kind(t);
        r->exit_status = (int)take_int(t, "exit", 0, 255);
        return;
    }
}

bool record_parse(struct slice text, struct run_start *ret_start, struct record *ret_record)
{
    static const struct json_in_limits limits = {1u << 20, 8u << 20, .allow_nul = false};
    struct json_in_fault fault;
    CLEANUP_STR struct str object;
    str_init(&object, 1u << 20);
    str_add_char(&object, '{');
    str_add(&object, text);
    str_add_char(&object, '}');
    json_auto_t *root = str_full(&object) ? NULL : json_in_try(str_slice(&object), &limits, &fault);
    struct take t = {root, !json_is_object(root)};
    struct record r = {0};
    r.type = (enum record_type)take_name(&t, "type", nth_type, RECORD_RUN_END + 1);
    if (!t.failed)
        take_members(&t, ret_start, &r);
    if (!t.failed)
        *ret_record = r;
    return !t.failed;
}

bool run_start_is_offline(const struct run_start *start)
{
    json_auto_t *settings = json_in_load(slice_of(start->settings), 0, NULL);
    return json_is_true(json_object_get(settings, "replay_network"));
}
