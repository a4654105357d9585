#include "engine/batch/runner.h"

#include "engine/batch/journal.h"
#include "engine/mdland/operation.h"
#include "engine/mdland/session.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"

/* The main page: probe target of the session, and where a browser begins. */
#define MAIN_PAGE "/eClinic/clinic_main.aspx"

/* The charts that this run has opened for one patient: two visits of the batch must
   never come to the same one, whatever the list showed each time. */
#define PINNED_MAX 512

struct pinned {
    uint32_t patient;
    size_t count;
    struct {
        uint32_t dos;
        char visit_id[SITE_ID_MAX];
    } visits[PINNED_MAX];
};

struct runner {
    const struct run_plan *plan;
    struct event_log *log;
    struct err *err;
    struct caller caller;
    struct str main_url;
    struct batch_summary summary;
    uint32_t completed;
    bool over; /* no further visit is attempted */
    bool area_dirty; /* a visit may be open in the work area */
    struct pinned pinned; /* visits of the patient in hand, as the site names them */
    /* Of the visit in hand. */
    struct visit_label visit;
    uint32_t attempt;
};

static struct instant now(const struct runner *r)
{
    return world_now(r->caller.world);
}

static void on_dialog(void *ctx, const char *id, struct slice type, size_t length, bool accepted)
{
    struct runner *r = ctx;
    event_dialog(r->log, now(r), id, type, length, accepted);
}

static void on_browser(void *ctx, const char *what)
{
    struct runner *r = ctx;
    event_browser(r->log, now(r), what);
}

static bool on_opened(void *ctx, const struct visit_facts *facts)
{
    struct runner *r = ctx;
    struct pinned *pinned = &r->pinned;
    if (pinned->patient != r->visit.patient)
        *pinned = (struct pinned){.patient = r->visit.patient};
    for (size_t i = 0; i < pinned->count; i++)
        if (strcmp(pinned->visits[i].visit_id, facts->visit_id) == 0)
            return pinned->visits[i].dos == r->visit.dos;
    if (pinned->count == PINNED_MAX)
        return false;
    pinned->visits[pinned->count].dos = r->visit.dos;
    memcpy(pinned->visits[pinned->count++].visit_id, facts->visit_id, SITE_ID_MAX);
    return true;
}

static enum err_code on_pinned(void *ctx, const struct visit_facts *facts, struct err *err)
{
    struct runner *r = ctx;
    return journal_pinned(&r->caller, r->visit, facts, err);
}

static enum err_code on_intent(void *ctx, enum step step, struct err *err)
{
    struct runner *r = ctx;
    return journal_intent(&r->caller, r->visit, r->attempt, step, err);
}

static enum err_code on_result(void *ctx, enum step step, const char *verdict, struct err *err)
{
    struct runner *r = ctx;
    return journal_result(&r->caller, r->visit, r->attempt, step, verdict, err);
}

static void on_step(void *ctx, enum step step, struct duration took, enum kind kind)
{
    struct runner *r = ctx;
    event_step(r->log, now(r), r->visit, r->attempt, step_name(step), took, kind);
}

static void settle_visit(struct runner *r, const struct visit_result *result)
{
    r->summary.counts[result->outcome]++;
    event_visit_result(r->log, now(r), result);
    if (result->outcome == VISIT_NOT_ATTEMPTED)
        return;
    r->completed++;
    event_progress(r->log, now(r), r->completed, r->summary.total);
}

static void stop_run(struct runner *r, enum batch_outcome outcome, enum kind kind)
{
    r->over = true;
    r->summary.outcome = outcome;
    r->summary.kind = kind;
}

static void stop_expired(struct runner *r)
{
    event_session(r->log, now(r), "expired");
    stop_run(r, BATCH_FATAL, KIND_SESSION_EXPIRED);
}

/* Would a browser send this cookie with the preflight? Expired ones it drops when
   they are set, so the state's are taken as they are. */
static bool goes_along(const struct run_plan *plan, const struct op_cookie *cookie)
{
    if (cookie->secure && !slice_starts(plan->base_url, SLICE("https:")))
        return false;
    struct slice path = SLICE(MAIN_PAGE);
    if (!slice_starts(path, cookie->path))
        return false;
    return path.len == cookie->path.len || path.ptr[cookie->path.len] == '/' || cookie->path.ptr[cookie->path.len - 1] == '/';
}

static void cookie_header(const struct run_plan *plan, struct str *out)
{
    for (size_t i = 0; i < plan->cookie_count; i++) {
        if (!goes_along(plan, &plan->cookies[i]))
            continue;
        if (out->len)
            str_add(out, SLICE("; "));
        str_add(out, plan->cookies[i].name);
        str_add_char(out, '=');
        str_add(out, plan->cookies[i].value);
    }
}

#define COOKIE_HEADER_MAX 65536

/* One GET of the main page before a browser is started: a site that is not
   there, or a session that is over, costs no visit an attempt. */
static enum err_code preflight(struct runner *r)
{
    struct mark mark = {.step = step_name(STEP_PREFLIGHT)};
    r->caller.world->ops->mark(r->caller.world, &mark);
    CLEANUP_STR struct str cookies;
    str_init(&cookies, COOKIE_HEADER_MAX);
    cookie_header(r->plan, &cookies);
    if (str_full(&cookies))
        return err_set(r->err, ERR_INPUT, "the state's cookies are longer than %d bytes", COOKIE_HEADER_MAX);
    struct wire_request request = {
        .method = SLICE("GET"),
        .url = str_slice(&r->main_url),
        .timeout = timeout_budget(BUDGET_SESSION, 1, r->plan->multiplier_thousandths),
        .headers = {{SLICE("Accept"), SLICE("text/html")},
                    {SLICE("User-Agent"), SLICE(USER_AGENT)},
                    {SLICE("Cookie"), str_slice(&cookies)}},
        .header_count = cookies.len ? 3 : 2,
    };
    const struct wire_response *response;
    TRY(call_http(&r->caller, &request, &response, r->err));
    if (!response)
        return ERR_OK; /* a stop: no visit is begun */
    bool expired;
    TRY(session_preflight(response, r->plan->base_url, &expired, r->err));
    if (expired)
        stop_expired(r);
    return ERR_OK;
}

static enum visit_outcome judge(const struct attempt_end *end, const struct visit_facts *facts)
{
    if (end->kind == KIND_NONE && !end->interrupted)
        return VISIT_DONE;
    if (end->interrupted)
        return VISIT_INTERRUPTED;
    /* A bill of ours that may stand, or does, on a visit that is not done is a person's
       business: as `failed` it would be billed once more by hand. */
    return facts->effects[EFFECT_BILLING] == EFFECT_UNTOUCHED ? VISIT_FAILED : VISIT_NEEDS_REVIEW;
}

/* A failure that would be tried again but for a stop is an interruption: it is
   not charged to the visit. */
static bool may_retry(const struct runner *r, struct attempt_end *end)
{
    if (end->kind == KIND_NONE || end->interrupted || end->needs_review)
        return false;
    struct instant begins = instant_add(now(r), retry_delay(r->attempt + 1));
    bool again = instant_before(begins, r->caller.limit) && retry_allowed(end->kind, r->attempt, r->plan->max_retries);
    end->interrupted = again && r->caller.stop_asked;
    return again && !r->caller.stop_asked;
}

static enum err_code back_off(struct runner *r, const struct attempt_end *end)
{
    struct duration delay = retry_delay(r->attempt + 1);
    event_retry(r->log, now(r), r->visit, r->attempt + 1, delay, step_name(end->step), end->kind);
    TRY(journal_attempt(&r->caller, r->visit, r->attempt, end->kind, NULL, r->err));
    return call_wait(&r->caller, delay, r->err);
}

static enum err_code attempts(struct runner *r, const struct visit *visit, struct visit_facts *facts,
                              struct attempt_end *ret_end)
{
    static const struct visit_hooks template = {NULL, on_opened, on_pinned, on_intent, on_result, on_step};
    struct visit_hooks hooks = template;
    hooks.ctx = r;
    struct visit_plan plan = {
        .caller = &r->caller,
        .hooks = &hooks,
        .visit = visit,
        .mark = {.patient = r->visit.patient, .dos = r->visit.dos},
        .facts = facts,
    };
    for (r->attempt = 1;; r->attempt++) {
        event_visit_start(r->log, now(r), r->visit, r->attempt);
        plan.close_first = r->area_dirty;
        TRY(visit_attempt(&plan, r->attempt, ret_end, r->err));
        r->area_dirty = ret_end->left_open;
        if (!may_retry(r, ret_end))
            return ERR_OK;
        TRY(back_off(r, ret_end));
        if (!r->caller.stop_asked)
            continue;
        ret_end->interrupted = true;
        return ERR_OK;
    }
}

static void end_visit(struct runner *r, struct instant began, const struct attempt_end *end,
                      const struct visit_facts *facts, enum visit_outcome outcome)
{
    bool failed = outcome != VISIT_DONE && end->kind != KIND_NONE;
    struct visit_result result = {
        .visit = r->visit,
        .outcome = outcome,
        .step = failed ? step_name(end->step) : NULL,
        .kind = failed ? end->kind : KIND_NONE,
        .place = failed ? end->place : NULL,
        .billed = facts->effects[EFFECT_BILLING] == EFFECT_PROVED && !end->needs_review,
        .took = instant_since(now(r), began),
        .attempts = r->attempt,
    };
    settle_visit(r, &result);
    if (end->kind == KIND_SESSION_EXPIRED)
        stop_expired(r);
    else if (outcome == VISIT_INTERRUPTED)
        stop_run(r, BATCH_STOPPED, KIND_NONE);
}

static enum err_code one_visit(struct runner *r, const struct visit *visit)
{
    struct instant began = now(r);
    struct visit_facts facts = {0};
    struct attempt_end end = {0};
    r->visit = (struct visit_label){visit->patient->number, visit->dos};
    r->caller.limit = instant_add(began, timeout_visit(r->plan->multiplier_thousandths));
    enum err_code code = attempts(r, visit, &facts, &end);
    if (code == ERR_OK) {
        enum visit_outcome outcome = judge(&end, &facts);
        code = journal_attempt(&r->caller, r->visit, r->attempt, end.kind, visit_outcome_name(outcome), r->err);
        if (code == ERR_OK)
            end_visit(r, began, &end, &facts, outcome);
    }
    /* The environment broke under this visit: what is on its chart, the next look will tell. */
    if (code == ERR_ENV) {
        end.kind = KIND_NONE;
        end_visit(r, began, &end, &facts, VISIT_INTERRUPTED);
    }
    return code;
}

static enum err_code run_visits(struct runner *r, size_t *ret_next)
{
    for (size_t i = *ret_next; i < r->plan->batch->visit_count && !r->over; i++) {
        if (r->caller.stop_asked) {
            stop_run(r, BATCH_STOPPED, KIND_NONE);
            break;
        }
        struct arena arena;
        struct visit *visit = NULL;
        arena_init(&arena, VISIT_ARENA_BYTES);
        enum err_code code = batch_visit_open(r->plan->batch, i, &arena, &visit, r->err);
        if (code == ERR_OK) {
            *ret_next = i + 1;
            code = one_visit(r, visit);
        }
        arena_fini(&arena);
        TRY(code);
    }
    return ERR_OK;
}

static void settle_rest(struct runner *r, size_t next)
{
    for (size_t i = next; i < r->plan->batch->visit_count; i++) {
        const struct batch_visit *visit = &r->plan->batch->visits[i];
        struct visit_result result = {.outcome = VISIT_NOT_ATTEMPTED};
        result.visit = (struct visit_label){r->plan->batch->patients[visit->patient].number, visit->dos};
        settle_visit(r, &result);
    }
}

static enum err_code run_body(struct runner *r, size_t *ret_next)
{
    TRY(journal_run_start(&r->caller, r->plan->batch->hash, r->summary.total, r->err));
    TRY(preflight(r));
    return run_visits(r, ret_next);
}

static enum err_code end_journal(struct runner *r)
{
    enum err_code code = journal_run_end(&r->caller, r->summary.outcome, r->summary.kind, r->err);
    if (code == ERR_ENV)
        stop_run(r, BATCH_ENVIRONMENT, KIND_NONE);
    return code;
}

static enum err_code leave_area(struct runner *r)
{
    bool closed;
    if (!r->area_dirty)
        return ERR_OK;
    r->caller.attempt = 1;
    r->caller.limit = INSTANT_NEVER;
    return visit_leave(&r->caller, &closed, r->err);
}

/* Ends the log. A broken environment still gets its results and its summary; the
   journal, which may be what broke, is not asked again. A replay that left its
   recording gets neither: what happened then is not known. */
static enum err_code finish(struct runner *r, size_t next, enum err_code code)
{
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    struct mark mark = MARK_RUN;
    r->caller.world->ops->mark(r->caller.world, &mark);
    if (code == ERR_OK)
        code = leave_area(r);
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    call_stop_browser(&r->caller, NULL);
    if (code == ERR_ENV)
        stop_run(r, BATCH_ENVIRONMENT, KIND_NONE);
    settle_rest(r, next);
    if (code == ERR_OK)
        code = end_journal(r);
    if (code != ERR_OK && code != ERR_ENV)
        return code;
    r->summary.took = (struct duration){now(r).us};
    event_batch_summary(r->log, now(r), &r->summary);
    return code;
}

enum err_code run_batch(const struct run_plan *plan, struct world *world, struct event_log *log,
                        struct run_end *ret_end, struct err *err)
{
    struct runner r = {.plan = plan, .log = log, .err = err};
    r.summary.total = (uint32_t)plan->batch->visit_count;
    r.summary.outcome = BATCH_COMPLETE;
    str_init(&r.main_url, 4096);
    str_add(&r.main_url, plan->base_url);
    str_add(&r.main_url, SLICE(MAIN_PAGE));
    struct caller_options options = {
        .start = {.url = str_slice(&r.main_url),
                  .cookies = plan->cookies,
                  .cookie_count = plan->cookie_count,
                  .headed = plan->headed,
                  .guarded = operation_guarded,
                  .guarded_count = operation_guarded_count},
        .dialogs = dialog_rules,
        .dialog_count = dialog_rule_count,
        .multiplier_thousandths = plan->multiplier_thousandths,
        .observer = {&r, on_dialog, on_browser},
    };
    caller_init(&r.caller, world, &options);
    event_batch_start(log, world_now(world), r.summary.total, 0);
    size_t next = 0;
    enum err_code code = run_body(&r, &next);
    code = finish(&r, next, code);
    *ret_end = (struct run_end){.summary = r.summary, .late_replies = r.caller.late_replies};
    str_fini(&r.main_url);
    return code;
}

int run_exit_status(const struct batch_summary *summary)
{
    static const int statuses[] = {
#define X(id, name, status) [id] = status,
#include "engine/batch/batch_outcome.def"
#undef X
    };
    if (summary->outcome != BATCH_COMPLETE)
        return statuses[summary->outcome];
    if (summary->counts[VISIT_NEEDS_REVIEW])
        return 8;
    return summary->counts[VISIT_FAILED] ? 1 : 0;
}
