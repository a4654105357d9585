/* In step, a passage of the course is what the engine must do, or hears, next. The model is
   made ready at the beginning, since it counts the faults and keeps the journal, and takes
   over with what the course has come to by then: charts, browser, what is on its way. */
#include "recorder/whatif/whatif.h"

#include "recorder/model/model_parts.h"

#include <stdlib.h>

static struct whatif *whatif_of(struct world *world)
{
    return (struct whatif *)world;
}

static void reset_charts(struct whatif *w)
{
    ledger_reset(w->ledger);
    for (uint32_t i = 0; i < w->course->visit_count; i++) {
        struct ledger_chart *chart = &ledger_charts(w->ledger)[i];
        chart->code_saves = (w->course->visits[i].before & CHART_CODES) != 0;
        chart->note_saves = (w->course->visits[i].before & CHART_NOTE) != 0;
        chart->other_bills = (w->course->visits[i].before & CHART_BILL) != 0;
    }
}

static void make_model(struct whatif *w, uint32_t run)
{
    struct model_options options = {
        .ledger = w->ledger,
        .faults = w->options.faults,
        .fault_count = w->options.fault_count,
        .run = run,
        .journal = w->options.journal,
        .latency = w->latency,
        .recall = &w->recall,
    };
    model_init(&w->model, &options);
}

/* What the effects in step have put on the charts by now. */
static void settle_charts(struct whatif *w, uint32_t exchange_end)
{
    for (uint32_t v = 0; v < w->course->visit_count; v++) {
        const struct course_visit *visit = &w->course->visits[v];
        struct ledger_chart *chart = &ledger_charts(w->ledger)[v];
        for (uint32_t i = visit->first; i < visit->end && i < exchange_end; i++) {
            const struct exchange *exchange = &w->course->exchanges[i];
            if (!exchange->taken || instant_before(w->base.now, exchange->sent_at))
                continue;
            unsigned part = course_part_changed(exchange->target);
            w->model.before = *chart; /* for a look that is stale */
            w->model.before_chart = v + 1;
            chart->code_saves += part == CHART_CODES;
            chart->note_saves += part == CHART_NOTE;
            chart->bills += part == CHART_BILL;
        }
    }
}

/* The call that was in hand: what it has sent is on its way as recorded. */
static void hand_over_call(struct whatif *w, const struct exchange *exchange, uint32_t op)
{
    struct model *model = &w->model;
    struct model_call *call = &model->call;
    call->op = op;
    call->target = exchange->target;
    call->effect = course_part_changed(exchange->target) != 0;
    call->given_up = w->call_given_up;
    call->called = exchange->at;
    call->recalled = exchange;
    call->budget = w->call_budget;
    call->http_timeout = w->call_http_timeout;
    call->pending = (struct model_verdict){.target = exchange->target, .recalled = exchange};
    while (call->dialogs_shown < exchange->dialog_count && !instant_before(w->base.now, exchange->dialogs[call->dialogs_shown].at))
        call->dialogs_shown++;
    call->acted = exchange->sent && !instant_before(w->base.now, exchange->sent_at);
    if (call->acted && exchange->request_ended.us != INSTANT_NEVER.us)
        model_keep_request(model, exchange->request_ended, exchange->report);
    else if (call->acted)
        model_keep_request(model, instant_add(exchange->sent_at, call->http_timeout), (struct effect_report){EFFECT_SENT, 0});
}

static bool is_page_op(enum op_kind kind)
{
    return kind != OP_HTTP && kind != OP_COMMIT && kind != OP_LOCK;
}

/* An answer that comes at its recorded instant, whatever the engine makes of it by then. */
static void hand_over_answer(struct whatif *w, const struct exchange *exchange, uint32_t op)
{
    static const enum completion_kind kinds[] = {
        [EXCHANGE_RESULT] = COMPLETION_RESULT, [EXCHANGE_FAILURE] = COMPLETION_FAILURE, [EXCHANGE_HTTP] = COMPLETION_HTTP,
        [EXCHANGE_IO] = COMPLETION_IO,         [EXCHANGE_CRASHED] = COMPLETION_CRASH,   [EXCHANGE_GONE] = COMPLETION_GONE,
    };
    if (exchange->end == EXCHANGE_SILENT || exchange->disturbed)
        return;
    if (exchange->kind == OP_COMMIT && exchange->io_error == 0)
        (void)model_journal_write(&w->model, str_slice(&w->record));
    struct model_event event = {.kind = MODEL_COMPLETION, .of_page = is_page_op(exchange->kind), .op = op};
    event.completion = kinds[exchange->end];
    event.verdict = (struct model_verdict){.target = exchange->target, .recalled = exchange};
    if (exchange->end == EXCHANGE_IO)
        event.code = exchange->io_error;
    if (exchange->kind == OP_CALL && exchange->end != EXCHANGE_CRASHED && exchange->end != EXCHANGE_GONE)
        event.kind = MODEL_ANSWER;
    model_push(&w->model, instant_since(exchange->ended, w->base.now), event);
}

static void hand_over_signals(struct whatif *w)
{
    for (uint32_t i = w->at; i < w->course->passage_count; i++) {
        const struct passage *passage = &w->course->passages[i];
        if (passage->kind != PASSAGE_OUTSIDE || passage->completion->kind != COMPLETION_SIGNAL)
            continue;
        struct model_event event = {.kind = MODEL_COMPLETION, .completion = COMPLETION_SIGNAL, .code = passage->completion->signal};
        model_push(&w->model, instant_since(passage->at, w->base.now), event);
    }
}

static void hand_over_ops(struct whatif *w)
{
    for (uint32_t i = 0; i < w->open.count; i++) {
        const struct exchange *exchange = &w->course->exchanges[w->open.ops[i].exchange];
        if (w->open.ops[i].exchange != w->call) {
            hand_over_answer(w, exchange, w->open.ops[i].op);
            continue;
        }
        hand_over_call(w, exchange, w->open.ops[i].op);
        recall_take_over(&w->model);
    }
}

static uint32_t exchanges_met(const struct whatif *w)
{
    for (uint32_t i = w->at; i-- > 0;)
        if (w->course->passages[i].kind == PASSAGE_SUBMIT)
            return w->course->passages[i].exchange + 1;
    return 0;
}

static void leave(struct whatif *w)
{
    struct model *model = &w->model;
    if (w->left)
        return;
    w->left = true;
    w->left_at = w->base.now;
    w->left_mark = w->mark;
    model->base.now = w->base.now;
    model->mark = w->mark;
    model->page = (struct model_page){.running = w->running, .there = w->there, .began = w->base.now, .shown_bill = w->shown_bill};
    w->ledger->now = w->base.now;
    model->epoch = (struct instant){0};
    settle_charts(w, exchanges_met(w));
    hand_over_ops(w);
    hand_over_signals(w);
}

static bool same_step(const char *a, const char *b)
{
    return a == b || (a && b && strcmp(a, b) == 0);
}

/* An exchange is timed by the wire: under another timeout it may end otherwise. */
static bool is_http(const struct exchange *exchange, struct duration timeout)
{
    bool timed_out = exchange->end == EXCHANGE_HTTP && exchange->http->failure == WIRE_HTTP_TIMEOUT;
    bool in_time = instant_since(exchange->ended, exchange->at).us <= timeout.us;
    return timeout.us == exchange->budget.us || (!timed_out && in_time);
}

static bool is_op(struct whatif *w, const struct exchange *exchange, const struct op *op)
{
    bool same = exchange->kind == op->kind && mark_same_visit(&exchange->mark, &w->mark) &&
                exchange->mark.attempt == w->mark.attempt && same_step(exchange->mark.step, w->mark.step);
    if (same && op->kind == OP_HTTP)
        return is_http(exchange, op->http.timeout);
    if (!same || op->kind != OP_CALL)
        return same;
    if (exchange_ran_out(exchange) && exchange->budget.us != op->call.budget.us)
        return false;
    return exchange->target == model_target_of(&w->model, op->call.operation) && exchange->args == ledger_digest(op->call.args);
}

/* The passage that must come next, if it is of that kind. */
static const struct passage *next_passage(const struct whatif *w, enum passage_kind kind)
{
    if (w->at == w->course->passage_count || w->course->passages[w->at].kind != kind)
        return NULL;
    return &w->course->passages[w->at];
}

static void forget_page(struct whatif *w, bool browser)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < w->open.count; i++)
        if (!is_page_op(w->course->exchanges[w->open.ops[i].exchange].kind))
            w->open.ops[kept++] = w->open.ops[i];
    w->open.count = kept;
    w->there = false;
    w->shown_bill = 0;
    w->running &= !browser;
    w->call = COURSE_NONE;
}

static uint32_t submit_in_step(struct whatif *w, const struct op *op, uint32_t exchange)
{
    w->at++;
    recall_met(&w->recall, exchange);
    if (op->kind == OP_STOP)
        forget_page(w, true);
    if (op->kind == OP_STOP || op->kind == OP_ANSWER)
        return 0;
    if (op->kind == OP_COMMIT) {
        str_clear(&w->record);
        str_add(&w->record, op->record);
    }
    if (op->kind == OP_CALL) {
        w->call = exchange;
        w->call_given_up = false;
        w->call_budget = op->call.budget;
        w->call_http_timeout = op->call.http_timeout;
    }
    open_ops_add(&w->open, ++w->model.last_op, exchange);
    return w->model.last_op;
}

static uint32_t whatif_submit(struct world *world, const struct op *op)
{
    struct whatif *w = whatif_of(world);
    const struct passage *passage = w->left ? NULL : next_passage(w, PASSAGE_SUBMIT);
    const struct exchange *exchange = passage ? &w->course->exchanges[passage->exchange] : NULL;
    if (exchange && is_op(w, exchange, op)) {
        bool struck = exchange->target != FAULT_TARGET_COUNT && model_would_strike(&w->model, exchange->target);
        if (!struck)
            return submit_in_step(w, op, passage->exchange);
    }
    leave(w);
    return w->model.base.ops->submit(&w->model.base, op);
}

static void whatif_give_up(struct world *world, uint32_t op)
{
    struct whatif *w = whatif_of(world);
    if (!w->left && next_passage(w, PASSAGE_GIVE_UP)) {
        w->at++;
        w->call_given_up |= w->call != COURSE_NONE && op == w->model.last_op;
        return;
    }
    leave(w);
    w->model.base.ops->give_up(&w->model.base, op);
}

static struct effect_report whatif_effect(const struct world *world)
{
    struct whatif *w = whatif_of((struct world *)world);
    const struct passage *passage = w->left ? NULL : next_passage(w, PASSAGE_EFFECT);
    if (passage) {
        w->at++;
        return passage->effect;
    }
    leave(w);
    return w->model.base.ops->effect(&w->model.base);
}

static const char *whatif_silence(struct world *world)
{
    struct whatif *w = whatif_of(world);
    const struct passage *passage = w->left ? NULL : next_passage(w, PASSAGE_SILENCE);
    if (passage) {
        w->at++;
        return passage->silence;
    }
    leave(w);
    return w->model.base.ops->silence(&w->model.base);
}

static void whatif_mark(struct world *world, const struct mark *mark)
{
    struct whatif *w = whatif_of(world);
    w->mark = *mark;
    w->model.mark = *mark;
}

/* What a page has shown of a bill it shows again. */
static void keep_shown(struct whatif *w, const struct exchange *exchange)
{
    bool bills = exchange->kind == OP_CALL && exchange->target == FAULT_AT_OPERATION_GENERATE_BILLING;
    const struct course_visit *visit = bills ? course_visit(w->course, exchange->mark.patient, exchange->mark.dos) : NULL;
    if (visit && exchange->end == EXCHANGE_RESULT && !exchange->answer->kind[0])
        w->shown_bill = (uint32_t)(visit - w->course->visits) + 1;
}

static void answer_in_step(struct whatif *w, uint32_t index, struct completion *ret)
{
    const struct exchange *exchange = &w->course->exchanges[index];
    ret->op = open_ops_close_exchange(&w->open, index);
    keep_shown(w, exchange);
    switch ((int)exchange->end) {
    case EXCHANGE_RESULT:
        ret->kind = COMPLETION_RESULT;
        ret->result = exchange->kind == OP_CALL ? SLICE_NONE : exchange->result;
        if (exchange->kind != OP_CALL)
            break;
        course_answer(exchange, &w->model.answer);
        w->model.told_expired |= w->model.answer.expired;
        ret->answer = &w->model.answer;
        break;
    case EXCHANGE_FAILURE:
        ret->kind = COMPLETION_FAILURE;
        ret->failure.kind = exchange->failure.kind;
        ret->failure.detail = exchange->failure.detail;
        break;
    case EXCHANGE_HTTP:
        ret->kind = COMPLETION_HTTP;
        ret->http = exchange->http;
        break;
    case EXCHANGE_IO:
        ret->kind = COMPLETION_IO;
        ret->io_error = exchange->io_error;
        if (exchange->kind == OP_COMMIT && exchange->io_error == 0)
            (void)model_journal_write(&w->model, str_slice(&w->record));
        break;
    }
    if (exchange->kind == OP_START)
        w->running = w->there = exchange->end == EXCHANGE_RESULT;
    if (is_page_op(exchange->kind) || exchange->kind == OP_HTTP)
        recall_count(&w->model, exchange->target, RECALL_IN_STEP);
}

/* What comes unasked. */
static void hear_in_step(struct whatif *w, const struct passage *passage, struct completion *ret)
{
    *ret = *passage->completion;
    if (ret->kind == COMPLETION_CRASH || ret->kind == COMPLETION_GONE)
        forget_page(w, ret->kind == COMPLETION_GONE);
}

/* The next passage is heard in step only where the engine would be waiting still, and no
   longer than it did. */
static bool comes_in_step(const struct whatif *w, struct instant deadline)
{
    const struct passage *passage = w->at < w->course->passage_count ? &w->course->passages[w->at] : NULL;
    if (!passage)
        return false;
    switch (passage->kind) {
    case PASSAGE_WAKE: return passage->asked.us == deadline.us;
    case PASSAGE_ANSWER: return passage->exchange != COURSE_NONE && !instant_before(deadline, passage->at);
    case PASSAGE_OUTSIDE: return !instant_before(deadline, passage->at);
    case PASSAGE_SUBMIT:
    case PASSAGE_GIVE_UP:
    case PASSAGE_EFFECT:
    case PASSAGE_SILENCE: return false;
    }
    return false;
}

static void step(struct whatif *w, struct completion *ret)
{
    const struct passage *passage = &w->course->passages[w->at++];
    w->base.now = passage->at;
    w->model.base.now = passage->at;
    *ret = (struct completion){.kind = COMPLETION_DEADLINE};
    if (passage->kind == PASSAGE_ANSWER)
        answer_in_step(w, passage->exchange, ret);
    if (passage->kind == PASSAGE_OUTSIDE)
        hear_in_step(w, passage, ret);
    ret->at = passage->at;
}

static enum err_code whatif_next(struct world *world, struct instant deadline, struct completion *ret, struct err *err)
{
    struct whatif *w = whatif_of(world);
    if (!w->left && comes_in_step(w, deadline)) {
        step(w, ret);
        return ERR_OK;
    }
    if (!w->left && w->at == w->course->passage_count && w->course->cut) {
        w->ended = true;
        return err_set(err, ERR_DIVERGED, "the recording ends here");
    }
    leave(w);
    enum err_code code = w->model.base.ops->next(&w->model.base, deadline, ret, err);
    w->base.now = w->model.base.now;
    return code;
}

enum err_code whatif_open(struct whatif *w, const struct course *course, struct err *err)
{
    *w = (struct whatif){.course = course};
    str_init(&w->record, 1u << 16);
    w->ledger = malloc(ledger_size_bytes(course->visit_count));
    if (!w->ledger || !recall_init(&w->recall, course)) {
        whatif_close(w);
        return err_set(err, ERR_ENV, "out of memory");
    }
    w->latency.start = course_took(course, FAULT_AT_START);
    w->latency.http = course_took(course, FAULT_AT_HTTP);
    w->latency.commit = course_took(course, FAULT_AT_COMMIT);
    ledger_init(w->ledger, course->visit_count);
    for (uint32_t i = 0; i < course->visit_count; i++)
        (void)ledger_add_visit(w->ledger, ledger_add_patient(w->ledger, SLICE_NONE, SLICE_NONE), 1, SLICE_NONE);
    return ERR_OK;
}

void whatif_close(struct whatif *w)
{
    free(w->ledger);
    recall_fini(&w->recall);
    str_fini(&w->record);
    w->ledger = NULL;
}

static struct world *begin(struct whatif *w, uint32_t run)
{
    static const struct world_ops ops = {whatif_submit, whatif_give_up, whatif_effect, whatif_mark, whatif_next, whatif_silence};
    w->base = (struct world){.ops = &ops};
    w->mark = MARK_RUN;
    w->call = COURSE_NONE;
    w->open.count = 0;
    w->running = w->there = w->ended = false;
    w->shown_bill = 0;
    make_model(w, run);
    return &w->base;
}

struct world *whatif_begin(struct whatif *w, const struct whatif_options *options)
{
    w->options = *options;
    w->at = 0;
    w->left = false;
    recall_reset(&w->recall);
    w->recall.ctx = options->ctx;
    w->recall.told = options->told;
    reset_charts(w);
    return begin(w, 1);
}

struct world *whatif_resume(struct whatif *w, uint32_t run)
{
    return begin(w, run);
}

struct world *whatif_resume_under(struct whatif *w, uint32_t run, const struct whatif_options *options)
{
    w->options = *options;
    return begin(w, run);
}

bool whatif_killed(const struct whatif *w)
{
    return model_killed(&w->model);
}

bool whatif_ended(const struct whatif *w)
{
    return w->ended;
}

bool whatif_left(const struct whatif *w, struct instant *ret_at, struct mark *ret_mark)
{
    if (w->left && ret_at)
        *ret_at = w->left_at;
    if (w->left && ret_mark)
        *ret_mark = w->left_mark;
    return w->left;
}

struct ledger *whatif_charts(struct whatif *w)
{
    leave(w);
    return w->ledger;
}

uint32_t whatif_struck(const struct whatif *w, size_t fault)
{
    return model_struck(&w->model, fault);
}

const struct recall *whatif_recall(const struct whatif *w)
{
    return &w->recall;
}
