/* The records, read off their text as they are committed. What may follow is written down
   here anew, so that the engine's own judgement (engine/batch/journal.c) has a second. */
#include "engine/cli/sweep/watch.h"

#include "engine/cli/sweep/scan.h"

/* Written out, not taken from the table: a kind that changes its class is a bug here. */
bool kind_is_transient(enum kind kind)
{
    switch ((int)kind) {
    case KIND_TIMEOUT:
    case KIND_ELEMENT_NOT_FOUND:
    case KIND_NETWORK:
    case KIND_TARGET_CRASHED:
    case KIND_BROWSER_GONE:
    case KIND_DIALOG_BLOCKED:
    case KIND_TOO_LATE:
    case KIND_UNKNOWN: return true;
    }
    return false;
}

bool kind_is_fatal(enum kind kind)
{
    return kind == KIND_SESSION_EXPIRED;
}

static enum record_type type_of(struct slice name)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/batch/record.def"
#undef X
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (slice_equal(name, slice_of(names[i])))
            return (enum record_type)i;
    return RECORD_RUN_END;
}

static enum effect effect_of(struct slice step)
{
    if (slice_equal(step, SLICE("saveDiagnosis")))
        return EFFECT_DIAGNOSIS;
    if (slice_equal(step, SLICE("saveSOAP")))
        return EFFECT_NOTE;
    return slice_equal(step, SLICE("generateBilling")) ? EFFECT_BILLING : EFFECT_COUNT;
}

static enum visit_outcome outcome_of(struct slice name)
{
    for (enum visit_outcome outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++)
        if (slice_equal(name, slice_of(visit_outcome_name(outcome))))
            return outcome;
    return VISIT_NOT_ATTEMPTED;
}

static void read_visit(struct scan *s, const struct watch *w, struct seen_record *r)
{
    int64_t patient = 0, dos = 0, attempt = 0;
    struct slice step = SLICE_NONE;
    (void)scan_int(s, KEY("patient"), &patient);
    (void)scan_int(s, KEY("dos"), &dos);
    r->visit = clinic_visit(w->clinic, (uint32_t)patient, (uint32_t)dos);
    if (r->type == RECORD_PINNED) {
        r->pin = digest_of((struct slice){s->at, (size_t)(s->end - s->at)});
        return;
    }
    (void)scan_int(s, KEY("attempt"), &attempt);
    r->attempt = (uint32_t)attempt;
    if (scan_string(s, TEXT_KEY("step"), &step))
        r->effect = effect_of(step);
}

struct seen_record watch_read_record(const struct watch *w, struct slice record)
{
    struct seen_record r = {.visit = UINT32_MAX, .effect = EFFECT_COUNT, .outcome = VISIT_NOT_ATTEMPTED};
    struct scan s = scan_of(record);
    struct slice word = SLICE_NONE;
    if (!scan_word(&s, SLICE("\"type\":\"")))
        return r;
    r.type = type_of(scan_text(&s));
    if (r.type == RECORD_RUN_START)
        return r;
    if (r.type != RECORD_BREAKER && r.type != RECORD_LATCH && r.type != RECORD_RUN_END)
        read_visit(&s, w, &r);
    if (scan_string(&s, TEXT_KEY("verdict"), &word))
        r.proved = slice_equal(word, SLICE("proved"));
    if (scan_string(&s, TEXT_KEY("state"), &word))
        (void)breaker_state_parse(word, &r.breaker);
    if (scan_string(&s, TEXT_KEY("errorKind"), &word))
        (void)kind_parse(word, &r.kind);
    if (r.type == RECORD_RUN_END) {
        const char *exit = slice_find(record, SLICE("\"exit\":"));
        s.at = exit ? exit + strlen("\"exit\":") : s.end;
        r.exit_status = (int)scan_number(&s);
    } else if (scan_string(&s, TEXT_KEY("outcome"), &word)) {
        r.has_outcome = true;
        r.outcome = outcome_of(word);
    }
    return r;
}

static bool may_end(const struct watch *w, const struct watched *visit, const struct seen_record *r)
{
    if (!r->has_outcome)
        return kind_is_transient(r->kind);
    switch (r->outcome) {
    case VISIT_DONE: return r->kind == KIND_NONE;
    case VISIT_FAILED: return r->kind != KIND_NONE && visit->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED;
    case VISIT_NEEDS_REVIEW: return r->kind != KIND_NONE && visit->effects[EFFECT_BILLING] != EFFECT_UNTOUCHED;
    case VISIT_INTERRUPTED: return w->stop_asked;
    case VISIT_UNDECIDED: return w->clinic->recorded;
    case VISIT_NOT_ATTEMPTED:
    case VISIT_OUTCOME_COUNT: return false;
    }
    return false;
}

static bool may_visit(const struct watch *w, const struct seen_record *r)
{
    if (r->visit == UINT32_MAX)
        return false;
    const struct watched *visit = &w->visits[r->visit];
    if (visit->settled || (r->type != RECORD_PINNED && r->attempt != visit->charged + 1))
        return false;
    switch ((int)r->type) {
    case RECORD_PINNED: return !visit->pinned || visit->pin == r->pin;
    case RECORD_INTENT: return visit->pinned && r->effect != EFFECT_COUNT;
    case RECORD_RESULT: return r->effect != EFFECT_COUNT && visit->effects[r->effect] == EFFECT_INTENDED;
    case RECORD_ATTEMPT_END: return may_end(w, visit, r);
    }
    return false;
}

static bool may_follow(const struct watch *w, const struct seen_record *r)
{
    static const bool breaker_may[][BREAKER_STOPPED + 1] = {
        [BREAKER_CLOSED] = {[BREAKER_OPEN] = true},
        [BREAKER_OPEN] = {[BREAKER_HALF_OPEN] = true},
        [BREAKER_HALF_OPEN] = {[BREAKER_CLOSED] = true, [BREAKER_OPEN] = true, [BREAKER_STOPPED] = true},
        [BREAKER_STOPPED] = {false},
    };
    if (w->run_ended || w->run_started == (r->type == RECORD_RUN_START))
        return false;
    switch (r->type) {
    case RECORD_RUN_START:
    case RECORD_RUN_END: return true;
    case RECORD_LATCH: return !w->latched && kind_is_fatal(r->kind);
    case RECORD_BREAKER: return breaker_may[w->breaker][r->breaker];
    case RECORD_PINNED:
    case RECORD_INTENT:
    case RECORD_RESULT:
    case RECORD_ATTEMPT_END: return may_visit(w, r);
    }
    return false;
}

static struct duration next_delay(const struct watch *w, uint32_t attempt)
{
    int64_t ms = INT64_C(1000) << attempt;
    int64_t asked_ms = (w->report.retry_after_s < 120 ? w->report.retry_after_s : 120) * INT64_C(1000);
    return duration_ms(ms > asked_ms ? ms : asked_ms);
}

static bool looked_twice(const struct reads *reads)
{
    return reads->absent >= 2 && instant_since(reads->last_absent, reads->first_absent).us >= 1000000;
}

static void judge_intent(struct watch *w, const struct watched *visit, const struct seen_record *r)
{
    const struct reads *reads = &w->reads[r->effect];
    bool unknown = visit->effects[r->effect] == EFFECT_INTENDED;
    MUST(w->v, INV_UNKNOWN_BILL, r->effect != EFFECT_BILLING || visit->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED,
         "a second intent to bill");
    if (unknown)
        MUST(w->v, INV_SECOND_LOOK, looked_twice(reads), "%u looks before it is written again", reads->absent);
    if (r->effect == EFFECT_NOTE)
        MUST(w->v, INV_FOREIGN_NOTE, !reads->other, "another note stood there");
    if (unknown)
        reached(w->v, SOMETIMES_UNKNOWN_AGAIN);
}

static void judge_result(struct watch *w, const struct seen_record *r)
{
    if (r->proved) {
        MUST(w->v, INV_PROVED, w->reads[r->effect].last == READ_THERE, "effect %d: the last read did not find it", r->effect);
        return;
    }
    bool unsent = w->report.request == EFFECT_NO_REQUEST || w->report.request == EFFECT_NOT_SENT;
    bool called = w->intent_used;
    MUST(w->v, INV_NOT_BEGUN, w->intent && w->intent_effect == r->effect && (!called || (!w->report_due && unsent)),
         "effect %d: the request is %d", r->effect, w->report.request);
    reached(w->v, SOMETIMES_NOT_BEGUN);
}

static bool is_on_chart(const struct watch *w, const struct watched *visit, enum effect effect)
{
    return visit->effects[effect] == EFFECT_PROVED || w->reads[effect].last == READ_THERE;
}

/* With a bill that may have been made and that nobody has seen. */
static void judge_doubt(struct watch *w, const struct seen_record *r)
{
    bool looked = looked_twice(&w->reads[EFFECT_BILLING]);
    if (r->has_outcome && r->outcome == VISIT_NEEDS_REVIEW && kind_is_transient(r->kind))
        MUST(w->v, INV_LOOKED, looked || w->began_in_doubt, "attempt %u began the bill, and %u looks followed", r->attempt,
             w->reads[EFFECT_BILLING].absent);
}

static void judge_end(struct watch *w, const struct watched *visit, const struct seen_record *r)
{
    bool cut = w->stop_asked && !instant_before(w->now, w->stop_limit);
    MUST(w->v, INV_STOP_CHARGES, !cut || (r->has_outcome && (r->outcome == VISIT_DONE || r->outcome == VISIT_INTERRUPTED)),
         "attempt %u, outcome %d, kind %d", r->attempt, r->outcome, r->kind);
    if (r->has_outcome && r->outcome == VISIT_DONE) {
        bool codes = visit->soap_only || (is_on_chart(w, visit, EFFECT_DIAGNOSIS) || visit->effects[EFFECT_BILLING] == EFFECT_PROVED);
        bool note = is_on_chart(w, visit, EFFECT_NOTE) || visit->effects[EFFECT_BILLING] == EFFECT_PROVED;
        bool bill = visit->soap_only || visit->effects[EFFECT_BILLING] == EFFECT_PROVED;
        MUST(w->v, INV_DONE_PROVED, codes && note && bill && w->closed, "codes %d, note %d, bill %d, closed %d", codes, note, bill,
             w->closed);
        if (r->attempt > 1 && r->attempt == w->terms.max_retries + 1)
            reached(w->v, SOMETIMES_LAST_ATTEMPT);
        return;
    }
    bool in_doubt = visit->effects[EFFECT_BILLING] == EFFECT_INTENDED;
    if (in_doubt)
        judge_doubt(w, r);
    bool missed = in_doubt ? looked_twice(&w->reads[EFFECT_BILLING]) : r->outcome == VISIT_NEEDS_REVIEW && r->kind == KIND_UNKNOWN;
    if (!r->has_outcome || !kind_is_transient(r->kind) || r->outcome == VISIT_INTERRUPTED || missed)
        return;
    struct instant begins = instant_add(w->now, next_delay(w, r->attempt));
    MUST(w->v, INV_RETRIES_USED, r->attempt > w->terms.max_retries || !instant_before(begins, w->visit_limit),
         "attempt %u was the last of %u", r->attempt, w->terms.max_retries + 1);
}

static void judge_breaker(struct watch *w, const struct seen_record *r)
{
    if (w->breaker == BREAKER_CLOSED && r->breaker == BREAKER_OPEN)
        MUST(w->v, INV_BREAKER_OPENS, watch_breaker_trips(w), "%u visits in a row, %d of the last 20 attempts", w->breaker_row,
             __builtin_popcount(w->breaker_window));
    if (r->breaker == BREAKER_HALF_OPEN)
        MUST(w->v, INV_BREAKER_WAIT, watch_is_due(w, w->breaker_since, w->breaker_wait), "waited %lld us, not %lld",
             (long long)(w->now.us - w->breaker_since.us), (long long)w->breaker_wait.us);
}

bool watch_breaker_trips(const struct watch *w)
{
    return w->breaker_row >= 3 || __builtin_popcount(w->breaker_window) >= 10;
}

void watch_record(struct watch *w, struct slice record)
{
    MUST(w->v, INV_FAILED_COMMIT, !w->commit_failed, "a record after one that could not be written");
    struct seen_record r = watch_read_record(w, record);
    MUST(w->v, INV_RECORDS, may_follow(w, &r), "%.*s", (int)(record.len < 120 ? record.len : 120), record.ptr);
    w->pending = r;
    w->pending_digest = digest_more(w->acknowledged_digest, record);
    if (r.type == RECORD_LATCH)
        w->latch_due = false;
    MUST(w->v, INV_LATCH, !w->latch_due, "another record before it");
    if (r.type == RECORD_BREAKER)
        judge_breaker(w, &r);
    if (r.visit == UINT32_MAX)
        return;
    const struct watched *visit = &w->visits[r.visit];
    if (r.type == RECORD_INTENT && r.effect != EFFECT_COUNT)
        judge_intent(w, visit, &r);
    if (r.type == RECORD_RESULT && r.effect != EFFECT_COUNT)
        judge_result(w, &r);
    if (r.type == RECORD_ATTEMPT_END)
        judge_end(w, visit, &r);
}

static void end_attempt(struct watch *w, struct watched *visit, const struct seen_record *r)
{
    bool stopped = r->has_outcome && r->outcome == VISIT_INTERRUPTED;
    bool charged = !stopped && !kind_is_fatal(r->kind);
    visit->charged += charged;
    visit->settled = charged && r->has_outcome;
    visit->outcome = r->outcome;
    visit->ended = r->has_outcome;
    visit->journaled = r->outcome;
    if (w->backing_off)
        w->backoff_since = w->now;
    if (!charged)
        return;
    w->breaker_window = (w->breaker_window << 1 | kind_is_transient(r->kind)) & 0xFFFFF;
    if (r->has_outcome)
        w->breaker_row = kind_is_transient(r->kind) ? w->breaker_row + 1 : 0;
}

static void move_breaker(struct watch *w, const struct seen_record *r)
{
    static const enum sometimes what[] = {
        [BREAKER_CLOSED] = SOMETIMES_CLOSED_AGAIN, [BREAKER_OPEN] = SOMETIMES_COUNT,
        [BREAKER_HALF_OPEN] = SOMETIMES_HALF_OPEN, [BREAKER_STOPPED] = SOMETIMES_BREAKER_STOPPED};
    if (what[r->breaker] != SOMETIMES_COUNT)
        reached(w->v, what[r->breaker]);
    w->breaker = r->breaker;
    w->breaker_since = w->now;
    w->probes = 0;
    if (r->breaker == BREAKER_CLOSED)
        w->breaker_window = w->breaker_row = w->probes_failed = 0;
}

static void take_result(struct watch *w, struct watched *visit, const struct seen_record *r)
{
    visit->effects[r->effect] = r->proved ? EFFECT_PROVED : EFFECT_UNTOUCHED;
    if (!r->proved || w->intent_used)
        return;
    reached(w->v, SOMETIMES_UNKNOWN_PROVED);
    if (r->effect == EFFECT_BILLING)
        reached(w->v, SOMETIMES_BILL_PROVED_LATER);
}

void watch_durable(struct watch *w, const struct seen_record *r)
{
    struct watched *visit = r->visit == UINT32_MAX ? NULL : &w->visits[r->visit];
    w->acknowledged++;
    w->acknowledged_digest = w->pending_digest;
    switch (r->type) {
    case RECORD_RUN_START: w->run_started = true; return;
    case RECORD_RUN_END:
        w->run_ended = true;
        w->run_end_exit = r->exit_status;
        return;
    case RECORD_LATCH: w->latched = true; return;
    case RECORD_BREAKER: move_breaker(w, r); return;
    case RECORD_PINNED:
    case RECORD_INTENT:
    case RECORD_RESULT:
    case RECORD_ATTEMPT_END: break;
    }
    if (!visit)
        return;
    if (r->type == RECORD_PINNED) {
        visit->pinned = true;
        visit->pin = r->pin;
    } else if (r->type == RECORD_INTENT && r->effect != EFFECT_COUNT) {
        visit->effects[r->effect] = EFFECT_INTENDED;
        visit->intents[r->effect]++;
        w->intent = w->in_fence = true;
        w->intent_used = false;
        w->intent_visit = r->visit;
        w->intent_attempt = r->attempt;
        w->intent_effect = r->effect;
    } else if (r->type == RECORD_RESULT && r->effect != EFFECT_COUNT) {
        take_result(w, visit, r);
    } else if (r->type == RECORD_ATTEMPT_END) {
        end_attempt(w, visit, r);
    }
}
