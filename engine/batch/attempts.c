/* One visit: its attempts, the waits between them, its outcome. What is known of the
   visit is a fold of the journal (r->state), brought up to date by each commit, so a
   visit that an earlier run left goes on exactly as one that this run retries. */
#include "engine/batch/run.h"

#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

static enum err_code on_account(void *ctx, const char *doctor_id, struct err *err)
{
    struct runner *r = ctx;
    bool held = false;
    if (r->account_locked)
        return ERR_OK;
    CLEANUP_STR struct str name;
    str_init(&name, 4096);
    str_addf(&name, "%.*s %s", SLICE_ARG(r->plan->base_url), doctor_id);
    if (str_full(&name))
        return err_set(err, ERR_ENV, "out of memory");
    TRY(call_lock(&r->caller, str_slice(&name), &held, err));
    if (held)
        return err_set(err, ERR_ENV, "another run is in this EHR account on this machine, and two browsers in one account log "
                                     "each other out: wait for it, then resume this run");
    r->account_locked = true;
    return ERR_OK;
}

/* A patient's other visits, as an earlier run has seen them. */
static void recall_pinned(struct runner *r, uint32_t patient)
{
    const struct journal *found = r->plan->found;
    r->pinned = (struct pinned){.patient = patient};
    for (size_t i = 0; found && i < found->visit_count && r->pinned.count < PINNED_MAX; i++) {
        const struct visit_state *state = &found->visits[i];
        if (state->visit.patient != patient || !state->facts.pinned)
            continue;
        r->pinned.visits[r->pinned.count].dos = state->visit.dos;
        memcpy(r->pinned.visits[r->pinned.count++].visit_id, state->facts.visit_id, SITE_ID_MAX);
    }
}

static bool on_opened(void *ctx, const struct visit_facts *facts)
{
    struct runner *r = ctx;
    struct pinned *pinned = &r->pinned;
    if (pinned->patient != r->state.visit.patient)
        recall_pinned(r, r->state.visit.patient);
    for (size_t i = 0; i < pinned->count; i++)
        if (strcmp(pinned->visits[i].visit_id, facts->visit_id) == 0)
            return pinned->visits[i].dos == r->state.visit.dos;
    if (pinned->count == PINNED_MAX)
        return false;
    pinned->visits[pinned->count].dos = r->state.visit.dos;
    memcpy(pinned->visits[pinned->count++].visit_id, facts->visit_id, SITE_ID_MAX);
    return true;
}

static enum err_code on_pinned(void *ctx, const struct visit_facts *opened, struct err *err)
{
    struct runner *r = ctx;
    struct record record = {.type = RECORD_PINNED, .visit = r->state.visit};
    memcpy(record.row_id, opened->row_id, sizeof record.row_id);
    memcpy(record.visit_id, opened->visit_id, sizeof record.visit_id);
    return journal_commit(&r->caller, &r->state, &record, err);
}

static enum err_code on_intent(void *ctx, enum step step, struct err *err)
{
    struct runner *r = ctx;
    struct record record = {.type = RECORD_INTENT, .visit = r->state.visit, .attempt = r->attempt, .step = step};
    return journal_commit(&r->caller, &r->state, &record, err);
}

static enum err_code on_result(void *ctx, enum step step, bool proved, struct err *err)
{
    struct runner *r = ctx;
    struct record record = {.type = RECORD_RESULT, .visit = r->state.visit, .attempt = r->attempt, .step = step,
                            .verdict = proved ? VERDICT_PROVED : VERDICT_NOT_BEGUN};
    return journal_commit(&r->caller, &r->state, &record, err);
}

static void on_step(void *ctx, enum step step, struct duration took, enum kind kind)
{
    struct runner *r = ctx;
    event_step(r->log, run_now(r), r->state.visit, r->attempt, step_name(step), took, kind);
}

static enum visit_outcome judge(const struct attempt_end *end, const struct visit_facts *facts)
{
    if (end->kind == KIND_NONE && !end->interrupted)
        return VISIT_DONE;
    if (end->interrupted)
        return VISIT_INTERRUPTED;
    if (end->kind == KIND_UNDECIDED)
        return VISIT_UNDECIDED;
    /* A bill of ours that may stand, or does, on a visit that is not done is a person's
       business: as `failed` it would be billed once more by hand. */
    return facts->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED ? VISIT_FAILED : VISIT_NEEDS_REVIEW;
}

static struct duration delay_after(const struct runner *r, const struct attempt_end *end)
{
    return retry_delay_asked(retry_delay(r->attempt + 1), end->retry_after_s);
}

/* Was a bill begun, and not seen since? */
static bool is_bill_in_doubt(const struct runner *r)
{
    return r->state.facts.effects[EFFECT_BILLING] == EFFECT_INTENDED;
}

/* A bill that this attempt has begun is looked for by one more at least, whatever retries
   and time the visit has left: in such an attempt nothing is done but looked. */
static bool is_tried_again(const struct runner *r, const struct attempt_end *end, bool began_in_doubt)
{
    struct instant begins = instant_add(run_now(r), delay_after(r, end));
    if (is_bill_in_doubt(r) && !began_in_doubt)
        return kind_class_of(end->kind) == CLASS_TRANSIENT;
    return instant_before(begins, r->caller.limit) && retry_allowed(end->kind, r->attempt, r->plan->max_retries);
}

/* A failure that would be tried again but for a stop is an interruption: it is
   not charged to the visit. */
static bool may_retry(const struct runner *r, struct attempt_end *end, bool began_in_doubt)
{
    if (end->kind == KIND_NONE || end->interrupted || end->needs_review)
        return false;
    bool again = is_tried_again(r, end, began_in_doubt);
    end->interrupted = again && r->caller.stop_asked;
    return again && !r->caller.stop_asked;
}

static enum err_code end_attempt(struct runner *r, struct instant began, const struct attempt_end *end,
                                 const enum visit_outcome *outcome)
{
    struct record record = {
        .type = RECORD_ATTEMPT_END,
        .visit = r->state.visit,
        .attempt = r->attempt,
        .step = end->step,
        .kind = end->kind,
        .has_outcome = outcome != NULL,
        .outcome = outcome ? *outcome : VISIT_INTERRUPTED,
        .ms = duration_to_ms(instant_since(run_now(r), began)),
    };
    if (!end->interrupted && kind_class_of(end->kind) != CLASS_FATAL)
        breaker_count_attempt(&r->breaker, kind_class_of(end->kind) == CLASS_TRANSIENT);
    return journal_commit(&r->caller, &r->state, &record, r->err);
}

static enum err_code back_off(struct runner *r, struct instant began, const struct attempt_end *end)
{
    struct duration delay = delay_after(r, end);
    event_retry(r->log, run_now(r), r->state.visit, r->attempt + 1, delay, step_name(end->step), end->kind);
    TRY(end_attempt(r, began, end, NULL));
    return call_wait(&r->caller, delay, r->err);
}

static enum err_code attempts(struct runner *r, const struct visit *visit, struct instant began,
                              struct attempt_end *ret_end)
{
    const struct visit_hooks hooks = {r, on_account, on_opened, on_pinned, on_intent, on_result, on_step};
    struct visit_plan plan = {
        .caller = &r->caller,
        .hooks = &hooks,
        .visit = visit,
        .mark = {.patient = r->state.visit.patient, .dos = r->state.visit.dos},
        .facts = &r->state.facts,
    };
    for (r->attempt = r->state.attempts + 1;; r->attempt++) {
        bool in_doubt = is_bill_in_doubt(r);
        event_visit_start(r->log, run_now(r), r->state.visit, r->attempt);
        plan.close_first = r->area_dirty;
        TRY(visit_attempt(&plan, r->attempt, ret_end, r->err));
        r->area_dirty = ret_end->left_open;
        if (ret_end->kind == KIND_SESSION_EXPIRED)
            TRY(run_stop_expired(r));
        if (!may_retry(r, ret_end, in_doubt))
            return ERR_OK;
        TRY(back_off(r, began, ret_end));
        if (!r->caller.stop_asked)
            continue;
        ret_end->interrupted = true;
        return ERR_OK;
    }
}

void visit_settle(struct runner *r, const struct visit_result *result)
{
    r->summary.counts[result->outcome]++;
    event_visit_result(r->log, run_now(r), result);
    if (result->outcome == VISIT_NOT_ATTEMPTED)
        return;
    r->completed++;
    event_progress(r->log, run_now(r), r->summary.settled + r->completed, r->summary.total);
}

static void end_visit(struct runner *r, struct instant began, const struct attempt_end *end, enum visit_outcome outcome)
{
    bool failed = outcome != VISIT_DONE && end->kind != KIND_NONE;
    struct visit_result result = {
        .visit = r->state.visit,
        .outcome = outcome,
        .step = failed ? step_name(end->step) : NULL,
        .kind = failed ? end->kind : KIND_NONE,
        .place = failed ? end->place : NULL,
        .billed = r->state.facts.effects[EFFECT_BILLING] == EFFECT_PROVED && !end->needs_review,
        .took = instant_since(run_now(r), began),
        .attempts = r->attempt,
    };
    visit_settle(r, &result);
    r->any_visit = true;
    r->visit_ended = run_now(r);
    r->not_before = instant_add(r->visit_ended, retry_delay_asked((struct duration){0}, end->retry_after_s));
    if (outcome == VISIT_INTERRUPTED)
        run_stop_asked(r);
    else if (kind_class_of(end->kind) != CLASS_FATAL)
        breaker_count_visit(&r->breaker, kind_class_of(end->kind) == CLASS_TRANSIENT);
}

/* The attempt that a wait was cut after has been written already. */
static enum err_code journal_outcome(struct runner *r, struct instant began, const struct attempt_end *end,
                                     enum visit_outcome outcome)
{
    return r->state.attempts == r->attempt ? ERR_OK : end_attempt(r, began, end, &outcome);
}

static void take_up(struct runner *r, struct visit_label visit)
{
    const struct visit_state *found = run_found(r, visit);
    r->state = found ? *found : (struct visit_state){.visit = visit};
}

enum err_code attempts_run(struct runner *r, const struct visit *visit)
{
    struct instant began = run_now(r);
    struct attempt_end end = {0};
    take_up(r, (struct visit_label){visit->patient->number, visit->dos});
    struct duration visit_timeout = r->plan->visit_timeout;
    r->caller.limit = instant_add(began, visit_timeout.us ? visit_timeout : timeout_visit(r->plan->multiplier_thousandths));
    enum err_code code = attempts(r, visit, began, &end);
    if (code == ERR_OK) {
        enum visit_outcome outcome = judge(&end, &r->state.facts);
        code = journal_outcome(r, began, &end, outcome);
        if (code == ERR_OK)
            end_visit(r, began, &end, outcome);
    }
    /* The environment broke under this visit: what is on its chart, the next look will tell. */
    if (code == ERR_ENV) {
        end.kind = KIND_NONE;
        end_visit(r, began, &end, VISIT_INTERRUPTED);
    }
    return code;
}
