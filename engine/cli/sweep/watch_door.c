/* The door as it is used. Between two completions the engine has no other source of news,
   so what it may ask next follows from what was answered last: an effect from a durable
   intent, a deadline from the table, nothing at all from an answer that says the session
   is over. */
#include "engine/cli/sweep/watch.h"

/* Times that stand still so often in a row are a loop. */
#define IDLE_TURNS_MAX 16
#define LATE_FACTOR 4
#define LATE_US_MAX 1000000
#define PING_MS 3000
#define SESSION_MS 15000
#define START_MS 15000

/* Written out, not taken from the table: a budget that changes is a bug here. */
static const int32_t budgets_ms[OPERATION_COUNT] = {
    [OPERATION_VALIDATE_SESSION] = 15000, [OPERATION_PROBE_SESSION] = 15000,    [OPERATION_OPEN_WAITING_ROOM] = 10000,
    [OPERATION_SEARCH_PATIENT] = 20000,   [OPERATION_SELECT_PATIENT] = 20000,   [OPERATION_SORT_VISITS] = 20000,
    [OPERATION_OPEN_VISIT] = 15000,       [OPERATION_NAVIGATE_ICD] = 15000,     [OPERATION_READ_DIAGNOSIS] = 15000,
    [OPERATION_ADD_ICD] = 10000,          [OPERATION_ADD_CPT] = 10000,          [OPERATION_SAVE_DIAGNOSIS] = 15000,
    [OPERATION_NAVIGATE_PT_NOTE] = 20000, [OPERATION_READ_NOTE] = 20000,        [OPERATION_FILL_SOAP] = 10000,
    [OPERATION_SAVE_SOAP] = 15000,        [OPERATION_NAVIGATE_CHECKOUT] = 15000, [OPERATION_READ_BILLING] = 15000,
    [OPERATION_GENERATE_BILLING] = 20000, [OPERATION_CLOSE_VISIT] = 10000,
};

struct duration watch_scaled(const struct watch *w, int64_t ms, uint32_t attempt)
{
    return duration_ms((ms * w->terms.multiplier_thousandths * (attempt + 1) + 1000) / 2000);
}

/* On time to the microsecond, but in a recording, where the machine had other things to do. */
bool watch_is_due(const struct watch *w, struct instant since, struct duration wanted)
{
    int64_t late_us = w->now.us - since.us - wanted.us;
    return late_us == 0 || (w->clinic->recorded && late_us > 0 && late_us < LATE_US_MAX);
}

static enum effect effect_of(enum operation_id operation)
{
    switch ((int)operation) {
    case OPERATION_SAVE_DIAGNOSIS:
    case OPERATION_READ_DIAGNOSIS: return EFFECT_DIAGNOSIS;
    case OPERATION_SAVE_SOAP:
    case OPERATION_READ_NOTE: return EFFECT_NOTE;
    case OPERATION_GENERATE_BILLING:
    case OPERATION_READ_BILLING: return EFFECT_BILLING;
    }
    return EFFECT_COUNT;
}

static bool is_effect(enum operation_id operation)
{
    return operation == OPERATION_SAVE_DIAGNOSIS || operation == OPERATION_SAVE_SOAP || operation == OPERATION_GENERATE_BILLING;
}

/* Does it lead up to a change of codes or note? */
static bool is_of_codes_or_note(enum operation_id operation)
{
    return operation == OPERATION_ADD_ICD || operation == OPERATION_ADD_CPT || operation == OPERATION_SAVE_DIAGNOSIS ||
           operation == OPERATION_FILL_SOAP || operation == OPERATION_SAVE_SOAP;
}

static void judge_effect(struct watch *w, enum operation_id operation, uint32_t attempt)
{
    enum effect effect = effect_of(operation);
    bool intended = w->intent && w->mark.patient && w->intent_visit == w->at && w->intent_attempt == attempt &&
                    w->intent_effect == effect && AT(w)->effects[effect] == EFFECT_INTENDED;
    MUST(w->v, INV_INTENT_FIRST, intended, "effect %d in attempt %u", effect, attempt);
    MUST(w->v, INV_ONE_CALL, !w->intent_used, "effect %d is called again", effect);
    MUST(w->v, INV_READ_FIRST, w->reads[effect].last == READ_ABSENT, "effect %d: the last read says %d", effect, w->reads[effect].last);
    w->intent_used = true;
    w->report_due = true;
    w->report = (struct effect_report){0};
    w->reads[effect] = (struct reads){.last = READ_NOT_YET};
}

/* A look for an effect that may have happened; and what is asked when it fails. */
static bool decides(const struct watch *w, enum operation_id operation)
{
    enum effect effect = effect_of(operation);
    if (operation == OPERATION_PROBE_SESSION)
        return w->op_decides;
    return !is_effect(operation) && effect != EFFECT_COUNT && AT(w)->effects[effect] == EFFECT_INTENDED;
}

static void judge_args(struct watch *w, enum operation_id operation, struct slice args)
{
    struct watched *visit = AT(w);
    uint64_t digest = digest_of(args);
    uint64_t *kept = operation == OPERATION_OPEN_VISIT && visit->pinned ? &visit->args_pinned : &visit->args[operation];
    MUST(w->v, INV_ONE_PAYLOAD, *kept == 0 || *kept == digest, "operation %d has other arguments than before", operation);
    *kept = digest;
}

static void judge_call(struct watch *w, const struct op_call *call)
{
    enum operation_id operation = (enum operation_id)(call->operation - operation_get(0));
    struct duration budget = watch_scaled(w, budgets_ms[operation], call->attempt);
    MUST(w->v, INV_DEADLINES, call->budget.us == budget.us && call->http_timeout.us == budget.us * LATE_FACTOR,
         "operation %d in attempt %u has %lld us, not %lld", operation, call->attempt, (long long)call->budget.us,
         (long long)budget.us);
    w->operation = operation;
    w->op_budget = budget;
    w->op_is_effect = is_effect(operation);
    w->closed = false;
    if (!w->mark.patient)
        return;
    w->op_decides = decides(w, operation);
    MUST(w->v, INV_OPEN, w->breaker == BREAKER_CLOSED, "operation %d", operation);
    if (is_of_codes_or_note(operation))
        MUST(w->v, INV_UNKNOWN_BILL, AT(w)->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED, "operation %d", operation);
    judge_args(w, operation, call->args);
    if (w->op_is_effect)
        judge_effect(w, operation, call->attempt);
}

static void judge_http(struct watch *w)
{
    if (w->breaker == BREAKER_HALF_OPEN)
        w->probes++;
    else
        w->looks++;
    bool fits = w->breaker == BREAKER_HALF_OPEN ? w->probes == 1
                                                : w->breaker == BREAKER_CLOSED && !w->any_visit_ended && w->looks <= 3;
    MUST(w->v, INV_ONE_PROBE, fits, "look %u, probe %u, breaker %d", w->looks, w->probes, w->breaker);
    w->http_asked_s = 0;
}

static void judge_answer(struct watch *w, bool accept)
{
    bool must_not = w->dialog_unknown && w->op && w->op_kind == OP_CALL && w->op_is_effect;
    MUST(w->v, INV_DIALOG, !must_not || !accept, "accepted during operation %d", w->operation);
    w->dialog_unknown = false;
}

static bool is_for_site(enum op_kind kind)
{
    return kind == OP_CALL || kind == OP_HTTP || kind == OP_START;
}

void watch_submit(struct watch *w, const struct op *op)
{
    bool spoken_to = op->kind == OP_CALL || op->kind == OP_ANSWER || op->kind == OP_FRAMES || op->kind == OP_PING;
    MUST(w->v, INV_DURABLE_FIRST, !w->committing, "op %d", op->kind);
    if (op->kind == OP_STOP || op->kind == OP_START)
        w->kill_first = false;
    if (op->kind == OP_STOP) {
        w->op = 0;
        return;
    }
    MUST(w->v, INV_FATAL, !w->told_expired || !is_for_site(op->kind), "op %d", op->kind);
    MUST(w->v, INV_LATCH, !w->latch_due || op->kind == OP_COMMIT, "op %d before it", op->kind);
    MUST(w->v, INV_KILLED_FIRST, !w->kill_first || !spoken_to, "op %d", op->kind);
    MUST(w->v, INV_FAILED_COMMIT, !w->commit_failed || op->kind == OP_ANSWER, "op %d", op->kind);
    w->idle_turns = 0;
    switch (op->kind) {
    case OP_CALL: judge_call(w, &op->call); return;
    case OP_HTTP: judge_http(w); return;
    case OP_COMMIT: watch_record(w, op->record); return;
    case OP_ANSWER: judge_answer(w, op->answer.accept); return;
    case OP_START:
        MUST(w->v, INV_OPEN, w->breaker == BREAKER_CLOSED, "a browser is started");
        w->op_budget = watch_scaled(w, START_MS, w->mark.attempt ? w->mark.attempt : 1);
        return;
    case OP_FRAMES: w->op_budget = watch_scaled(w, SESSION_MS, 1); return;
    case OP_PING: w->op_budget = duration_ms(PING_MS); return;
    case OP_LOCK:
    case OP_STOP: return;
    }
}

void watch_submitted(struct watch *w, const struct op *op, uint32_t id)
{
    if (op->kind == OP_ANSWER || op->kind == OP_STOP)
        return;
    w->op = id;
    w->op_kind = op->kind;
    w->op_asked = w->now;
    w->committing = op->kind == OP_COMMIT;
}

void watch_give_up(struct watch *w, uint32_t id)
{
    if (id != w->op)
        return;
    w->kill_first = w->op_kind == OP_CALL && w->op_is_effect;
    w->op = 0;
}

void watch_report(struct watch *w, struct effect_report report)
{
    uint32_t asked_s = w->report_due ? report.retry_after_s : w->report.retry_after_s;
    w->report_due = false;
    w->report = report;
    w->report.retry_after_s = asked_s;
}

void watch_mark(struct watch *w, const struct mark *mark)
{
    uint32_t index = clinic_visit(w->clinic, mark->patient, mark->dos);
    w->mark = *mark;
    if (index == UINT32_MAX)
        w->mark.patient = 0;
    else
        w->at = index;
}

static bool needs_page(enum op_kind kind)
{
    return kind == OP_CALL || kind == OP_START || kind == OP_FRAMES || kind == OP_PING;
}

/* When next() must come back at the latest for the op that is waited for. That a stop is
   obeyed in time is watched where it ends (stop_in_time). */
static struct instant deadline_of(const struct watch *w, bool with_limit, bool with_stop)
{
    struct instant deadline = INSTANT_NEVER;
    if (needs_page(w->op_kind)) {
        deadline = instant_add(w->op_asked, w->op_budget);
        if (with_limit && w->op_kind == OP_CALL && !w->op_is_effect && w->mark.patient)
            deadline = instant_min(deadline, w->visit_limit);
        if (with_stop && w->stop_asked)
            deadline = instant_min(deadline, w->stop_limit);
    }
    bool alarm = !w->stop_asked && w->terms.batch_timeout.us;
    return alarm ? instant_min(deadline, (struct instant){w->terms.batch_timeout.us}) : deadline;
}

void watch_wait(struct watch *w, struct instant deadline)
{
    if (!w->op) {
        MUST(w->v, INV_DEADLINES, deadline.us != INSTANT_NEVER.us, "a wait without an end");
        return;
    }
    bool limited = !w->in_fence && !w->began_in_doubt && !w->op_decides;
    bool fits = deadline.us == deadline_of(w, limited, true).us;
    if (!fits && w->stop_asked)
        fits = deadline.us == deadline_of(w, true, true).us || deadline.us >= w->stop_limit.us;
    MUST(w->v, INV_DEADLINES, fits, "op %d (%d) asked at %lld us waits to %lld, not %lld", w->op_kind, w->operation,
         (long long)w->op_asked.us, (long long)deadline.us, (long long)deadline_of(w, limited, true).us);
}

static void take_read(struct watch *w, const struct answer *answer)
{
    static const char *const flags[] = {[EFFECT_DIAGNOSIS] = "present", [EFFECT_NOTE] = "equal", [EFFECT_BILLING] = "billed"};
    enum effect effect = effect_of(w->operation);
    struct reads *reads = &w->reads[effect];
    bool there, empty = true;
    if (answer->kind[0] || !answer_flag(answer, flags[effect], &there))
        return;
    if (effect == EFFECT_NOTE)
        (void)answer_flag(answer, "empty", &empty);
    reads->last = there ? READ_THERE : READ_ABSENT;
    reads->other = !there && !empty;
    if (there)
        return;
    if (reads->absent++ == 0)
        reads->first_absent = w->now;
    reads->last_absent = w->now;
}

static void told(struct watch *w)
{
    static const enum sometimes at_effect[] = {[EFFECT_DIAGNOSIS] = SOMETIMES_EXPIRED_CODES, [EFFECT_NOTE] = SOMETIMES_EXPIRED_NOTE,
                                               [EFFECT_BILLING] = SOMETIMES_EXPIRED_BILL};
    if (w->told_expired)
        return;
    w->told_expired = true;
    if (!w->mark.patient)
        return;
    w->told_in_step = !w->stop_asked;
    if (w->in_fence && w->intent_used)
        reached(w->v, at_effect[w->intent_effect]);
    else if (AT(w)->effects[EFFECT_DIAGNOSIS] == EFFECT_PROVED || AT(w)->effects[EFFECT_NOTE] == EFFECT_PROVED)
        reached(w->v, SOMETIMES_EXPIRED_BETWEEN);
    if (w->fresh_attempt)
        reached(w->v, SOMETIMES_EXPIRED_BACKOFF);
}

static void take_answer(struct watch *w, const struct answer *answer)
{
    bool is_probe = w->operation == OPERATION_PROBE_SESSION;
    bool over = answer->expired || strcmp(answer->kind, "session_expired") == 0 ||
                (is_probe && strcmp(answer_word(answer, "session"), "expired") == 0);
    if (over)
        told(w);
    if (w->operation == OPERATION_READ_DIAGNOSIS || w->operation == OPERATION_READ_NOTE || w->operation == OPERATION_READ_BILLING)
        take_read(w, answer);
    w->closed = w->operation == OPERATION_CLOSE_VISIT && !answer->kind[0];
    if (!over)
        w->fresh_attempt = false;
}

static void take_result(struct watch *w, const struct completion *done)
{
    if (done->op != w->op) {
        reached(w->v, SOMETIMES_LATE_REPLY);
        return;
    }
    w->op = 0;
    if (w->op_kind == OP_CALL && done->answer)
        take_answer(w, done->answer);
    else if (w->op_kind == OP_FRAMES && slice_contains_nocase(done->result, SLICE("login"))) {
        reached(w->v, SOMETIMES_EXPIRED_FRAME);
        told(w);
    }
}

static void take_io(struct watch *w, const struct completion *done)
{
    if (done->op != w->op)
        return;
    w->op = 0;
    if (w->op_kind != OP_COMMIT)
        return;
    w->committing = false;
    w->commit_failed = done->io_error != 0;
    if (w->commit_failed)
        reached(w->v, SOMETIMES_COMMIT_FAILED);
    else
        watch_durable(w, &w->pending);
    if (w->published)
        *w->published = w->acknowledged;
}

/* The header is read here by its name alone. */
static void take_http(struct watch *w, const struct completion *done)
{
    if (done->op != w->op)
        return;
    w->op = 0;
    for (size_t i = 0; i < done->http->header_count; i++) {
        const struct wire_header *header = &done->http->headers[i];
        uint64_t seconds = 0;
        bool is_it = header->name.len == strlen("retry-after") && slice_contains_nocase(header->name, SLICE("retry-after"));
        if (is_it && (done->http->status == 503 || done->http->status == 429) &&
            slice_parse_u64(header->value, UINT32_MAX, &seconds))
            w->http_asked_s = (uint32_t)seconds;
    }
}

static void judge_chart(struct watch *w)
{
    if (w->mark.patient)
        MUST(w->v, INV_BILLED_ONCE, ledger_charts(w->clinic->ledger)[w->at].bills <= 1, "%u bills",
             ledger_charts(w->clinic->ledger)[w->at].bills);
}

void watch_completion(struct watch *w, const struct completion *done, struct instant now)
{
    MUST(w->v, INV_FORWARD, now.us >= w->now.us, "from %lld to %lld us", (long long)w->now.us, (long long)now.us);
    w->idle_turns = now.us == w->now.us && done->kind == COMPLETION_DEADLINE ? w->idle_turns + 1 : 0;
    MUST(w->v, INV_BUSY, w->idle_turns <= IDLE_TURNS_MAX, "%u turns", w->idle_turns);
    w->now = now;
    switch (done->kind) {
    case COMPLETION_RESULT: take_result(w, done); break;
    case COMPLETION_FAILURE:
        if (done->op == w->op)
            w->op = 0;
        break;
    case COMPLETION_HTTP: take_http(w, done); break;
    case COMPLETION_IO: take_io(w, done); break;
    case COMPLETION_CRASH:
    case COMPLETION_GONE: w->kill_first = false; break;
    case COMPLETION_DIALOG: w->dialog_unknown = !slice_equal(done->dialog.type, SLICE("beforeunload")); break;
    case COMPLETION_SIGNAL:
    case COMPLETION_DEADLINE: break;
    }
    judge_chart(w);
}
