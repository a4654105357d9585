/* The journal says what became of every visit, but not which one is under way: that is
   the one that its last records are about, unless they end it. */
#include "engine/report/status.h"

#include "engine/base/json_in.h"
#include "engine/batch/runner.h"
#include "engine/world/journal_line.h"

#include <stdlib.h>

void status_fini(struct status *status)
{
    free(status->visits);
    *status = (struct status){0};
}

const char *status_state_name(enum status_state state)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/report/status_state.def"
#undef X
    };
    return names[state];
}

bool status_is_resumable(const struct status *status)
{
    return status->state == STATUS_FAILED && status->settled < status->total && !status->is_offline;
}

static int by_label(const struct status_visit *a, const struct status_visit *b)
{
    int order = (a->visit.patient > b->visit.patient) - (a->visit.patient < b->visit.patient);
    return order ? order : (a->visit.dos > b->visit.dos) - (a->visit.dos < b->visit.dos);
}

static int by_label_and_mention(const void *left, const void *right)
{
    const struct status_visit *a = left, *b = right;
    int order = by_label(a, b);
    return order ? order : (a->mention > b->mention) - (a->mention < b->mention);
}

void status_sort_visits(struct status *s)
{
    size_t kept = 0;
    if (s->visit_count)
        qsort(s->visits, s->visit_count, sizeof *s->visits, by_label_and_mention);
    for (size_t i = 0; i < s->visit_count; i++) {
        bool again = kept && by_label(&s->visits[kept - 1], &s->visits[i]) == 0;
        kept += !again;
        s->visits[kept - 1] = s->visits[i];
    }
    s->visit_count = kept;
}

/* Room for one more. Mentions of the same visits are thrown together before memory is
   asked for, so that what is kept is bounded by the visits there are. */
static bool make_room(struct status *s)
{
    if (s->visit_count < s->visit_capacity)
        return true;
    status_sort_visits(s);
    if (s->visit_count < s->visit_capacity / 2)
        return true;
    size_t capacity = s->visit_capacity ? 2 * s->visit_capacity : 128;
    struct status_visit *grown = s->visit_count > STATUS_VISITS_MAX ? NULL : realloc(s->visits, capacity * sizeof *grown);
    if (!grown)
        return false;
    s->visits = grown;
    s->visit_capacity = capacity;
    return true;
}

bool status_add_visit(struct status *s, const struct status_visit *visit)
{
    if (!make_room(s))
        return false;
    s->visits[s->visit_count] = *visit;
    s->visits[s->visit_count++].mention = s->mentions++;
    return true;
}

/* The last whole line of a journal, taken off its text. */
static bool take_last(struct slice *text, struct run_start *ret_start, struct record *ret_record)
{
    uint64_t seq;
    struct slice members;
    if (text->len == 0)
        return false;
    size_t end = text->len - 1;
    const char *newline = memrchr(text->ptr, '\n', end);
    size_t start = newline ? (size_t)(newline - text->ptr) + 1 : 0;
    struct slice line = {text->ptr + start, end - start};
    text->len = start;
    return journal_line_parse(line, &seq, &members) && record_parse(members, ret_start, ret_record);
}

/* The visit that the journal stops in. */
static bool find_current(struct slice sound, struct visit_label *ret_visit)
{
    struct run_start start;
    struct record record;
    while (take_last(&sound, &start, &record)) {
        switch (record.type) {
        case RECORD_RUN_START:
        case RECORD_RUN_END: return false;
        case RECORD_LATCH:
        case RECORD_BREAKER: continue;
        case RECORD_PINNED:
        case RECORD_INTENT:
        case RECORD_RESULT:
        case RECORD_ATTEMPT_END: break;
        }
        *ret_visit = record.visit;
        return record.type != RECORD_ATTEMPT_END || !record.has_outcome;
    }
    return false;
}

static struct status_visit of_visit(const struct visit_state *state)
{
    return (struct status_visit){
        .visit = state->visit,
        .settled = state->settled,
        .outcome = state->ended ? state->outcome : VISIT_INTERRUPTED,
        .step = state->step,
        .kind = state->kind,
        .timed = state->ended,
        .duration_ms = state->duration_ms,
        .attempts = state->attempts,
        .maybe_billed = !state->settled && state->facts.effects[EFFECT_BILLING] != EFFECT_UNTOUCHED,
    };
}

static enum err_code take_visits(struct status *s, struct slice sound, const struct journal *j, struct err *err)
{
    struct visit_label current = {0};
    bool under_way = s->state == STATUS_RUNNING && find_current(sound, &current);
    for (size_t i = 0; i < j->visit_count; i++) {
        struct status_visit visit = of_visit(&j->visits[i]);
        visit.running = under_way && visit.visit.patient == current.patient && visit.visit.dos == current.dos;
        if (!status_add_visit(s, &visit))
            return err_set(err, ERR_ENV, "out of memory, or more than the %u visits of a batch", STATUS_VISITS_MAX);
        s->settled += visit.settled;
        s->running += visit.running;
        s->counts[visit.outcome] += !visit.running;
    }
    status_sort_visits(s);
    if (s->total > s->visit_count)
        s->counts[VISIT_NOT_ATTEMPTED] += s->total - (uint32_t)s->visit_count;
    return ERR_OK;
}

static void finish_at(struct status *s, int64_t after_ms)
{
    int64_t after_us;
    if (__builtin_mul_overflow(after_ms, 1000, &after_us) || __builtin_add_overflow(s->started_us, after_us, &s->finished_us))
        s->finished_us = 0;
}

static void judge(struct status *s, const struct journal *j)
{
    bool settled = journal_is_finished(j);
    s->end = j->ended ? STATUS_TOLD : s->holder || !j->runs ? STATUS_NO_END : STATUS_KILLED;
    if (j->ended) {
        s->outcome = j->outcome;
        s->kind = j->kind;
        s->has_exit = true;
        s->exit_status = j->exit_status;
        finish_at(s, j->ended_at_ms);
    }
    if (!j->ended && s->holder)
        s->state = STATUS_RUNNING;
    else if (!j->runs)
        s->state = STATUS_IDLE;
    else
        s->state = settled || (j->ended && j->outcome == BATCH_COMPLETE) ? STATUS_DONE : STATUS_FAILED;
}

enum err_code status_of_journal(struct slice text, const struct journal *j, uint32_t holder, struct status *ret_status,
                                struct err *err)
{
    *ret_status = (struct status){
        .started_us = j->start.wall_us,
        .runs = j->runs,
        .total = j->start.total,
        .holder = holder,
        .torn_bytes = j->torn_bytes,
        .is_offline = run_start_is_offline(&j->start),
    };
    memcpy(ret_status->batch_id, j->start.batch_id, sizeof ret_status->batch_id);
    judge(ret_status, j);
    struct slice sound = {text.ptr, text.len - j->torn_bytes};
    enum err_code code = take_visits(ret_status, sound, j, err);
    if (code != ERR_OK)
        status_fini(ret_status);
    return code;
}

void status_take_last_event(struct status *s, struct slice line)
{
    static const struct json_in_limits limits = {TAIL_LINE_BYTES_MAX, 1u << 20, .allow_nul = false};
    struct json_in_fault fault;
    if (s->end != STATUS_KILLED)
        return;
    json_auto_t *event = json_in_try(line, &limits, &fault);
    const char *type = json_string_value(json_object_get(event, "type"));
    const char *outcome = json_string_value(json_object_get(event, "outcome"));
    if (!type || !outcome || strcmp(type, "batch_summary") != 0 || strcmp(outcome, batch_outcome_name(BATCH_ENVIRONMENT)) != 0)
        return;
    struct batch_summary summary = {.outcome = BATCH_ENVIRONMENT};
    s->end = STATUS_TOLD;
    s->outcome = summary.outcome;
    s->has_exit = true;
    s->exit_status = run_exit_status(&summary);
    finish_at(s, json_integer_value(json_object_get(event, "at")));
}
