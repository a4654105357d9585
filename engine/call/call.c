/* The one loop that takes completions. Everything that waits - for a page
   operation, a commit, an HTTP exchange, or only for time to pass - waits in
   await(), which deals with what may come meanwhile and returns when the op it
   was asked for is answered, can no longer be answered, or is out of time. */
#include "engine/call/call.h"

#include "engine/base/json_in.h"
#include "engine/call/envelope.h"
#include "engine/policy/timeout.h"

#include <errno.h>

/* A page that opens dialogs without end is stuck. */
#define DIALOGS_A_CALL_MAX 20
#define STARTS_MAX 3
/* A browser answers for itself within a millisecond, whatever its page does; one that
   says nothing for this long is frozen. Not a timeout of the table: it does not grow. */
#define PING_MS 3000
/* The answer to an effect's request is listened for beyond the effect's budget: it
   changes nothing any more, but a recording shows that it came, and when. */
#define LATE_FACTOR 4

enum await_end { AWAIT_ANSWERED, AWAIT_DEADLINE, AWAIT_CRASHED, AWAIT_GONE, AWAIT_DIALOGS, AWAIT_STOPPED };

struct await {
    uint32_t op;            /* 0: none, time only */
    struct instant deadline;
    bool is_effect;         /* an unknown dialog is dismissed and remembered */
    bool ends_on_stop;      /* what changes nothing ends as soon as a stop is asked */
    bool dialog_unknown;    /* out */
    uint32_t dialogs;
    enum await_end end;     /* out */
    struct completion done; /* out, when answered */
};

void caller_init(struct caller *c, struct world *world, const struct caller_options *options)
{
    *c = (struct caller){
        .world = world,
        .options = *options,
        .attempt = 1,
        .limit = INSTANT_NEVER,
        .stop_at = INSTANT_NEVER,
        .stop_limit = INSTANT_NEVER,
    };
}

static const struct dialog_rule *find_rule(const struct caller *c, struct slice text)
{
    for (size_t i = 0; i < c->options.dialog_count; i++)
        if (slice_contains_nocase(text, slice_of(c->options.dialogs[i].part)))
            return &c->options.dialogs[i];
    return NULL;
}

/* A known dialog gets its answer. An unknown one is dismissed while an effect is
   under way (it may ask for more than we mean) and accepted otherwise (it stands
   in the way of a look that changes nothing). beforeunload is always accepted:
   to stay would keep the page for ever. */
static void answer_dialog(struct caller *c, struct await *a, const struct completion *completion)
{
    const struct dialog_rule *rule = find_rule(c, completion->dialog.text);
    bool leaving = slice_equal(completion->dialog.type, SLICE("beforeunload"));
    bool accept = rule ? rule->accept : leaving || !a->is_effect;
    a->dialogs++;
    a->dialog_unknown |= !rule && !leaving;
    c->options.observer.dialog(c->options.observer.ctx, rule ? rule->id : NULL, completion->dialog.type,
                               completion->dialog.text.len, accept);
    struct op answer = {.kind = OP_ANSWER, .answer = {.accept = accept}};
    (void)c->world->ops->submit(c->world, &answer);
}

static void ask_stop(struct caller *c, bool out_of_time)
{
    if (c->stop_asked)
        return;
    c->stop_asked = true;
    c->out_of_time = out_of_time;
    c->stop_limit = instant_add(world_now(c->world), duration_ms(STOP_GRACE_MS));
    c->options.observer.stop(c->options.observer.ctx, out_of_time);
}

bool call_grace_is_over(const struct caller *c)
{
    return c->stop_asked && !instant_before(world_now(c->world), c->stop_limit);
}

/* No page is there any more; what says how to the observer (NULL: nothing). */
static void lose_page(struct caller *c, const char *what)
{
    c->browser_up = false;
    c->page_clock_known = false;
    c->nonce[0] = '\0';
    if (what)
        c->options.observer.browser(c->options.observer.ctx, what);
}

/* What one completion means for what is awaited; true when the wait is over. */
static bool take_completion(struct caller *c, struct await *a)
{
    const struct completion *done = &a->done;
    switch (done->kind) {
    case COMPLETION_RESULT:
    case COMPLETION_FAILURE:
    case COMPLETION_HTTP:
    case COMPLETION_IO:
        a->end = AWAIT_ANSWERED;
        if (a->op != 0 && done->op == a->op)
            return true;
        c->late_replies++;
        return false;
    case COMPLETION_DIALOG:
        if (a->dialogs >= DIALOGS_A_CALL_MAX) {
            a->end = AWAIT_DIALOGS;
            return true;
        }
        answer_dialog(c, a, done);
        return false;
    case COMPLETION_CRASH:
        lose_page(c, "crashed");
        a->end = AWAIT_CRASHED;
        return true;
    case COMPLETION_GONE:
        lose_page(c, "gone");
        a->end = AWAIT_GONE;
        return true;
    case COMPLETION_SIGNAL:
        ask_stop(c, false);
        a->end = AWAIT_STOPPED;
        return a->ends_on_stop;
    case COMPLETION_DEADLINE:
        a->end = AWAIT_DEADLINE;
        return true;
    }
    return false;
}

/* A commit, an exchange and a plain wait need no page: whatever becomes of it, they
   go on. A commit is not cut by a stop: what is written last is what a later look at
   this run starts from. */
static enum err_code await(struct caller *c, struct await *a, bool needs_page, struct err *err)
{
    for (;;) {
        bool hurried = needs_page || a->op == 0;
        struct instant deadline = hurried ? instant_min(a->deadline, c->stop_limit) : a->deadline;
        struct instant alarm = c->stop_asked ? deadline : instant_min(deadline, c->stop_at);
        bool was_asked = c->stop_asked;
        TRY(c->world->ops->next(c->world, alarm, &a->done, err));
        if (!instant_before(world_now(c->world), c->stop_at))
            ask_stop(c, true);
        bool is_alarm = a->done.kind == COMPLETION_DEADLINE && instant_before(world_now(c->world), deadline);
        bool is_over = !is_alarm && take_completion(c, a);
        if (!is_over && a->ends_on_stop && c->stop_asked && !was_asked) {
            a->end = AWAIT_STOPPED;
            return ERR_OK;
        }
        if (!is_over)
            continue;
        bool of_page = a->end == AWAIT_CRASHED || a->end == AWAIT_GONE || a->end == AWAIT_DIALOGS;
        if (needs_page || !of_page)
            return ERR_OK;
    }
}

/* The page's clock now, never later than it really is: its answer was made
   before it arrived here. 0 = not known. */
static int64_t page_clock_after(const struct caller *c, struct duration wait)
{
    if (!c->page_clock_known)
        return 0;
    int64_t passed_us = world_now(c->world).us - c->page_clock_at.us + wait.us;
    return c->page_clock_ms + passed_us / 1000;
}

static void learn_page(struct caller *c, const struct answer *answer)
{
    c->page_clock_known = true;
    c->page_clock_ms = answer->clock_ms;
    c->page_clock_at = world_now(c->world);
    memcpy(c->nonce, answer->nonce, sizeof c->nonce);
}

static enum kind kind_of_failure(enum failure_kind failure)
{
    switch (failure) {
    case FAILURE_NETWORK: return KIND_NETWORK;
    case FAILURE_LAUNCH: return KIND_BROWSER_GONE;
    case FAILURE_NAVIGATED:
    case FAILURE_THROWN:
    case FAILURE_PROTOCOL: return KIND_UNKNOWN;
    }
    return KIND_UNKNOWN;
}

static void read_answer(struct caller *c, const struct await *a, struct call_outcome *outcome)
{
    if (a->done.kind == COMPLETION_FAILURE) {
        outcome->kind = kind_of_failure(a->done.failure.kind);
        outcome->answer.unreadable = true;
        return;
    }
    if (a->done.answer)
        outcome->answer = *a->done.answer;
    else
        envelope_parse(a->done.result, &outcome->answer);
    const struct answer *answer = &outcome->answer;
    outcome->kind = KIND_NONE;
    if (answer->kind[0] && !kind_parse(slice_of(answer->kind), &outcome->kind))
        outcome->kind = KIND_UNKNOWN;
    if (outcome->kind == KIND_UNDECIDED && !a->done.answer) /* no page may say so, only a door without one */
        outcome->kind = KIND_UNKNOWN;
    if (answer->valid)
        learn_page(c, answer);
    c->fenced |= answer->expired || outcome->kind == KIND_SESSION_EXPIRED;
    if (outcome->kind == KIND_TIMEOUT && a->dialog_unknown)
        outcome->kind = KIND_DIALOG_BLOCKED;
}

static void read_silence(struct caller *c, const struct await *a, struct call_outcome *outcome)
{
    static const enum kind kinds[] = {
        [AWAIT_ANSWERED] = KIND_UNKNOWN,       [AWAIT_DEADLINE] = KIND_TIMEOUT,  [AWAIT_CRASHED] = KIND_TARGET_CRASHED,
        [AWAIT_GONE] = KIND_BROWSER_GONE,      [AWAIT_DIALOGS] = KIND_DIALOG_BLOCKED,
        [AWAIT_STOPPED] = KIND_TIMEOUT,
    };
    outcome->kind = kinds[a->end];
    outcome->unanswered = true;
    if (a->end == AWAIT_DEADLINE)
        outcome->silence = c->world->ops->silence(c->world);
    if (outcome->kind == KIND_TIMEOUT && a->dialog_unknown)
        outcome->kind = KIND_DIALOG_BLOCKED;
    c->world->ops->give_up(c->world, a->op);
    if (a->end == AWAIT_DIALOGS)
        call_stop_browser(c, "hung");
}

enum err_code call_page(struct caller *c, const struct operation *operation, struct slice args,
                        struct call_outcome *ret_outcome, struct err *err)
{
    *ret_outcome = (struct call_outcome){.kind = KIND_BROWSER_GONE};
    if (c->fenced)
        ret_outcome->kind = KIND_SESSION_EXPIRED;
    if (c->fenced || !c->browser_up)
        return ERR_OK;
    struct duration budget = timeout_budget(operation->budget, c->attempt, c->options.multiplier_thousandths);
    struct op op = {.kind = OP_CALL};
    op.call = (struct op_call){
        .operation = operation,
        .args = args,
        .budget = budget,
        .start_by_page_ms = page_clock_after(c, budget),
        .nonce = slice_of(c->nonce),
        .attempt = c->attempt,
        .http_timeout = {budget.us * LATE_FACTOR},
    };
    struct instant deadline = instant_add(world_now(c->world), budget);
    struct await a = {.is_effect = operation->is_effect};
    a.deadline = operation->is_effect ? deadline : instant_min(deadline, c->limit);
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, true, err));
    if (a.end == AWAIT_ANSWERED)
        read_answer(c, &a, ret_outcome);
    else
        read_silence(c, &a, ret_outcome);
    if (operation->is_effect)
        ret_outcome->effect = c->world->ops->effect(c->world);
    return ERR_OK;
}

enum err_code call_frames(struct caller *c, json_t **ret_frames, struct err *err)
{
    *ret_frames = NULL;
    if (!c->browser_up)
        return ERR_OK;
    struct op op = {.kind = OP_FRAMES};
    struct duration budget = timeout_budget(BUDGET_SESSION, 1, c->options.multiplier_thousandths);
    struct await a = {.deadline = instant_add(world_now(c->world), budget)};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, true, err));
    if (a.end == AWAIT_ANSWERED && a.done.kind == COMPLETION_RESULT)
        *ret_frames = json_in_load(a.done.result, JSON_REJECT_DUPLICATES, NULL);
    else if (a.end != AWAIT_ANSWERED)
        c->world->ops->give_up(c->world, a.op);
    return ERR_OK;
}

static enum err_code ping(struct caller *c, bool *ret_alive, struct err *err)
{
    struct op op = {.kind = OP_PING};
    struct await a = {.deadline = instant_add(world_now(c->world), duration_ms(PING_MS))};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, true, err));
    *ret_alive = a.end == AWAIT_ANSWERED && a.done.kind == COMPLETION_RESULT;
    if (a.end != AWAIT_ANSWERED)
        c->world->ops->give_up(c->world, a.op);
    return ERR_OK;
}

enum err_code call_ping(struct caller *c, bool *ret_alive, struct err *err)
{
    *ret_alive = false;
    return c->browser_up ? ping(c, ret_alive, err) : ERR_OK;
}

static enum err_code start_failed(struct caller *c, const struct await *a, struct err *err)
{
    bool answered = a->end == AWAIT_ANSWERED;
    struct slice detail = answered ? a->done.failure.detail : SLICE("no answer");
    call_stop_browser(c, NULL);
    if (call_grace_is_over(c) || ++c->failed_starts < STARTS_MAX)
        return ERR_OK;
    return err_set(err, ERR_ENV,
                   "the browser could not be started, three times in a row (%.*s): see that it runs here by hand and that "
                   "its temporary directory has room; install chromium-headless-shell, or name a Chromium with --browser "
                   "or $REVISIT_BROWSER",
                   SLICE_ARG(detail));
}

/* The browser runs, and its page did not open: no failure of the start, and tried again
   like any other of the page. */
static enum err_code page_failed(struct caller *c, enum kind kind, struct call_outcome *ret_outcome)
{
    ret_outcome->kind = kind;
    c->failed_starts = 0;
    call_stop_browser(c, NULL);
    return ERR_OK;
}

enum err_code call_start_browser(struct caller *c, struct call_outcome *ret_outcome, struct err *err)
{
    bool alive = false;
    *ret_outcome = (struct call_outcome){.kind = KIND_NONE};
    if (c->browser_up)
        call_stop_browser(c, "killed");
    struct op op = {.kind = OP_START, .start = c->options.start};
    struct duration budget = timeout_budget(BUDGET_START, c->attempt, c->options.multiplier_thousandths);
    struct await a = {.deadline = instant_add(world_now(c->world), budget)};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, true, err));
    if (a.end == AWAIT_ANSWERED && a.done.kind == COMPLETION_RESULT) {
        c->failed_starts = 0;
        c->browser_up = true;
        c->options.observer.browser(c->options.observer.ctx, "started");
        return ERR_OK;
    }
    if (a.end == AWAIT_ANSWERED && a.done.failure.kind == FAILURE_NETWORK)
        return page_failed(c, KIND_NETWORK, ret_outcome);
    if (a.end == AWAIT_DEADLINE) {
        ret_outcome->silence = c->world->ops->silence(c->world);
        TRY(ping(c, &alive, err));
    }
    if (alive)
        return page_failed(c, KIND_TIMEOUT, ret_outcome);
    ret_outcome->kind = KIND_BROWSER_GONE;
    return start_failed(c, &a, err);
}

void call_stop_browser(struct caller *c, const char *why)
{
    struct op op = {.kind = OP_STOP};
    (void)c->world->ops->submit(c->world, &op);
    lose_page(c, why);
}

enum err_code call_commit(struct caller *c, struct slice record, struct err *err)
{
    struct op op = {.kind = OP_COMMIT, .record = record};
    struct await a = {.deadline = INSTANT_NEVER};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, false, err));
    ASSERT(a.end == AWAIT_ANSWERED);
    c->journal_failed |= a.done.io_error != 0;
    if (a.done.io_error != 0)
        return err_set(err, ERR_ENV, "the journal cannot be written: %s; make room first; nothing was changed after what it holds",
                       strerrordesc_np(a.done.io_error));
    return ERR_OK;
}

enum err_code call_lock(struct caller *c, struct slice name, bool *ret_held, struct err *err)
{
    struct op op = {.kind = OP_LOCK, .lock = name};
    struct await a = {.deadline = INSTANT_NEVER};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, false, err));
    ASSERT(a.end == AWAIT_ANSWERED);
    *ret_held = a.done.io_error == EWOULDBLOCK;
    if (a.done.io_error == 0 || *ret_held)
        return ERR_OK;
    return err_set(err, ERR_ENV, "this machine's lock for the EHR account cannot be taken: %s", strerrordesc_np(a.done.io_error));
}

enum err_code call_http(struct caller *c, const struct wire_request *request, const struct wire_response **ret_response,
                        struct err *err)
{
    *ret_response = NULL;
    if (c->stop_asked)
        return ERR_OK;
    struct op op = {.kind = OP_HTTP, .http = *request};
    struct await a = {.deadline = INSTANT_NEVER, .ends_on_stop = true};
    a.op = c->world->ops->submit(c->world, &op);
    TRY(await(c, &a, false, err));
    ASSERT(a.end == AWAIT_ANSWERED || a.end == AWAIT_STOPPED);
    if (a.end == AWAIT_ANSWERED)
        *ret_response = a.done.http;
    return ERR_OK;
}

enum err_code call_wait(struct caller *c, struct duration wait, struct err *err)
{
    if (c->stop_asked)
        return ERR_OK;
    struct await a = {.deadline = instant_add(world_now(c->world), wait), .ends_on_stop = true};
    TRY(await(c, &a, false, err));
    return ERR_OK;
}

enum err_code call_wait_out(struct caller *c, struct duration wait, bool *ret_whole, struct err *err)
{
    struct await a = {.deadline = instant_add(world_now(c->world), wait)};
    *ret_whole = false;
    if (instant_before(c->stop_limit, a.deadline))
        return ERR_OK;
    TRY(await(c, &a, false, err));
    *ret_whole = !instant_before(world_now(c->world), a.deadline);
    return ERR_OK;
}
