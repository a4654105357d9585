#include "engine/batch/journal.h"

#include "engine/world/journal_line.h"

#include <stdlib.h>

static bool effect_of(enum step step, enum effect *ret_effect)
{
    switch ((int)step) {
    case STEP_SAVE_DIAGNOSIS: *ret_effect = EFFECT_DIAGNOSIS; return true;
    case STEP_SAVE_SOAP: *ret_effect = EFFECT_NOTE; return true;
    case STEP_GENERATE_BILLING: *ret_effect = EFFECT_BILLING; return true;
    }
    return false;
}

static bool is_same_pin(const struct visit_facts *facts, const struct record *record)
{
    return strcmp(facts->row_id, record->row_id) == 0 && strcmp(facts->visit_id, record->visit_id) == 0;
}

/* Codes and note may be written again where the chart did not show them; a bill whose
   intent stands is never asked for a second time. */
static bool may_intend(const struct visit_state *state, enum step step)
{
    enum effect effect;
    return state->facts.pinned && effect_of(step, &effect) &&
           (effect != EFFECT_BILLING || state->facts.effects[effect] == EFFECT_UNTOUCHED);
}

static bool may_result(const struct visit_state *state, enum step step)
{
    enum effect effect;
    return effect_of(step, &effect) && state->facts.effects[effect] == EFFECT_INTENDED;
}

bool visit_may(const struct visit_state *state, const struct record *record)
{
    if (state->settled || (record->type != RECORD_PINNED && record->attempt != state->attempts + 1))
        return false;
    switch (record->type) {
    case RECORD_PINNED: return !state->facts.pinned || is_same_pin(&state->facts, record);
    case RECORD_INTENT: return may_intend(state, record->step);
    case RECORD_RESULT: return may_result(state, record->step);
    case RECORD_ATTEMPT_END: return record->has_outcome || kind_class_of(record->kind) == CLASS_TRANSIENT;
    case RECORD_RUN_START:
    case RECORD_LATCH:
    case RECORD_BREAKER:
    case RECORD_RUN_END: return false;
    }
    return false;
}

static void end_attempt(struct visit_state *state, const struct record *record)
{
    bool stopped = record->has_outcome && record->outcome == VISIT_INTERRUPTED;
    bool charged = !stopped && kind_class_of(record->kind) != CLASS_FATAL;
    state->ended = true;
    state->outcome = record->has_outcome ? record->outcome : VISIT_INTERRUPTED;
    state->kind = record->kind;
    state->step = record->step;
    state->duration_ms = record->ms;
    state->attempts += charged;
    state->settled = charged && record->has_outcome;
}

void visit_apply(struct visit_state *state, const struct record *record)
{
    enum effect effect;
    switch ((int)record->type) {
    case RECORD_PINNED:
        state->facts.pinned = true;
        memcpy(state->facts.row_id, record->row_id, sizeof record->row_id);
        memcpy(state->facts.visit_id, record->visit_id, sizeof record->visit_id);
        return;
    case RECORD_INTENT:
        ASSERT(effect_of(record->step, &effect));
        state->facts.effects[effect] = EFFECT_INTENDED;
        return;
    case RECORD_RESULT:
        ASSERT(effect_of(record->step, &effect));
        state->facts.effects[effect] = record->verdict == VERDICT_PROVED ? EFFECT_PROVED : EFFECT_UNTOUCHED;
        return;
    case RECORD_ATTEMPT_END: end_attempt(state, record); return;
    }
}

enum err_code journal_commit(struct caller *c, struct visit_state *state, const struct record *record, struct err *err)
{
    if (state && !visit_may(state, record))
        return err_set(err, ERR_INTERNAL, "the journal refuses a record that cannot follow: %s", record_name(record->type));
    CLEANUP_STR struct str text;
    str_init(&text, RECORD_BYTES_MAX);
    struct slice members = record_format(record, &text);
    if (!members.ptr)
        return err_set(err, ERR_ENV, "out of memory");
    TRY(call_commit(c, members, err));
    if (state)
        visit_apply(state, record);
    return ERR_OK;
}

static size_t slot_of(const struct journal *j, struct visit_label visit)
{
    size_t slot = (visit.patient * UINT32_C(2654435761) ^ visit.dos * UINT32_C(40503)) & (j->slot_count - 1);
    while (j->slots[slot]) {
        struct visit_label held = j->visits[j->slots[slot] - 1].visit;
        if (held.patient == visit.patient && held.dos == visit.dos)
            break;
        slot = (slot + 1) & (j->slot_count - 1);
    }
    return slot;
}

const struct visit_state *journal_find(const struct journal *journal, struct visit_label visit)
{
    if (journal->slot_count == 0)
        return NULL;
    uint32_t held = journal->slots[slot_of(journal, visit)];
    return held ? &journal->visits[held - 1] : NULL;
}

/* Twice the room for visits, and slots for twice as many. */
static bool grow(struct journal *j)
{
    size_t capacity = j->visit_capacity ? 2 * j->visit_capacity : 128;
    struct visit_state *visits = realloc(j->visits, capacity * sizeof *visits);
    if (!visits)
        return false;
    j->visits = visits;
    uint32_t *slots = calloc(2 * capacity, sizeof *slots);
    if (!slots)
        return false;
    free(j->slots);
    j->slots = slots;
    j->slot_count = 2 * capacity;
    j->visit_capacity = capacity;
    for (size_t i = 0; i < j->visit_count; i++)
        j->slots[slot_of(j, j->visits[i].visit)] = (uint32_t)i + 1;
    return true;
}

/* The visit's state, made when there is none; NULL out of memory. */
static struct visit_state *state_of(struct journal *j, struct visit_label visit)
{
    if (j->visit_count == j->visit_capacity && !grow(j))
        return NULL;
    size_t slot = slot_of(j, visit);
    if (!j->slots[slot]) {
        j->visits[j->visit_count] = (struct visit_state){.visit = visit};
        j->slots[slot] = (uint32_t)++j->visit_count;
    }
    return &j->visits[j->slots[slot] - 1];
}

static void begin_run(struct journal *j, const struct run_start *start)
{
    j->start = *start;
    j->runs++;
    j->latched = j->ended = false;
    j->breaker = BREAKER_CLOSED;
}

static void end_run(struct journal *j, const struct record *record)
{
    j->ended = true;
    j->outcome = record->ended;
    j->kind = record->kind;
    j->exit_status = record->exit_status;
    j->ended_at_ms = record->ms;
}

static enum err_code apply(struct journal *j, const struct record *record, struct err *err)
{
    bool in_run = j->runs > 0 && !j->ended;
    if (!in_run && record->type != RECORD_RUN_START)
        return err_set(err, ERR_INTEGRITY, "a record of a run that has not begun or is over");
    switch (record->type) {
    case RECORD_RUN_START: begin_run(j, record->start); return ERR_OK;
    case RECORD_RUN_END: end_run(j, record); return ERR_OK;
    case RECORD_LATCH: j->latched = true; return ERR_OK;
    case RECORD_BREAKER: j->breaker = record->breaker; return ERR_OK;
    case RECORD_PINNED:
    case RECORD_INTENT:
    case RECORD_RESULT:
    case RECORD_ATTEMPT_END: break;
    }
    struct visit_state *state = state_of(j, record->visit);
    if (!state)
        return err_set(err, ERR_ENV, "out of memory");
    if (!visit_may(state, record))
        return err_set(err, ERR_INTEGRITY, "a record (%s) that cannot follow those before it", record_name(record->type));
    visit_apply(state, record);
    return ERR_OK;
}

static enum err_code fold_record(struct journal *j, struct slice text, struct err *err)
{
    struct run_start start;
    struct record record;
    if (!record_parse(text, &start, &record))
        return err_set(err, ERR_INTEGRITY, "no record of this version's journals (format %d)", JOURNAL_FORMAT);
    TRY(apply(j, &record, err));
    j->records++;
    return ERR_OK;
}

/* What follows the last sound line was torn by a crash, unless there is none and the text
   does not even begin as one. */
static enum err_code drop_torn(struct journal *j, struct slice text, size_t sound_bytes, struct err *err)
{
    struct slice opening = SLICE("{\"seq\":");
    opening.len = text.len < opening.len ? text.len : opening.len;
    if (sound_bytes == 0 && !slice_starts(text, opening))
        return err_set(err, ERR_INPUT, "this is no journal: nothing of it is used or changed");
    j->torn_bytes = text.len - sound_bytes;
    return ERR_OK;
}

enum err_code journal_fold(struct slice text, struct journal *ret_journal, struct err *err)
{
    *ret_journal = (struct journal){0};
    struct journal_walk walk = journal_walk_begin(text);
    for (;;) {
        struct slice record;
        unsigned long long line = walk.next_seq;
        switch (journal_walk_next(&walk, &record)) {
        case JOURNAL_END: return ERR_OK;
        case JOURNAL_TORN: return drop_torn(ret_journal, text, walk.sound_bytes, err);
        case JOURNAL_DAMAGED:
            return err_set(err, ERR_INTEGRITY,
                           "line %llu is damaged, and sound ones follow it: nothing of it is used. Restore it from a copy; "
                           "without one begin a run in another directory: it reads each chart before it writes",
                           line);
        case JOURNAL_LINE:
            if (fold_record(ret_journal, record, err) != ERR_OK)
                return err_wrap(err, "line %llu", line);
        }
    }
}

void journal_fini(struct journal *journal)
{
    free(journal->visits);
    free(journal->slots);
    *journal = (struct journal){0};
}

uint32_t journal_count(const struct journal *journal, enum visit_outcome outcome)
{
    uint32_t count = 0;
    for (size_t i = 0; i < journal->visit_count; i++)
        count += journal->visits[i].settled && journal->visits[i].outcome == outcome;
    return count;
}

bool journal_is_finished(const struct journal *journal)
{
    uint32_t settled = 0;
    for (size_t i = 0; i < journal->visit_count; i++)
        settled += journal->visits[i].settled;
    return journal->runs > 0 && settled >= journal->start.total;
}
