/* The queue and the door. Every operation becomes an event at its own instant; next() takes
   the events up to its deadline, and those that nobody waits for (a page at work) make no
   completion. */
#include "recorder/model/model_parts.h"

#define TURNS_MAX ((uint64_t)1 << 24)

static struct model *model_of(struct world *world)
{
    return (struct model *)world;
}

static const struct model_latency plain = {{20000}, {300000}, {400000}, {900000}, {150000}, {1000}};

/* Chance of its own for each operation, so that a fault here moves nothing there. */
static uint64_t chance(uint64_t seed, uint64_t op)
{
    uint64_t z = seed + op * 0x9e3779b97f4a7c15u;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

struct duration model_takes(const struct model *model, struct duration plainly)
{
    if (model->options.seed == 0)
        return plainly;
    int64_t thousandths = 500 + (int64_t)(chance(model->options.seed, model->last_op) % 1001);
    return (struct duration){plainly.us * thousandths / 1000};
}

/* Where there is no room, the one that is due last is forgotten: an answer so late that
   dozens came before it is nobody's any more. */
void model_push(struct model *model, struct duration after, struct model_event event)
{
    event.at = instant_add(model->base.now, after);
    if (model->queued == MODEL_QUEUE_MAX) {
        memmove(&model->queue[0], &model->queue[1], (MODEL_QUEUE_MAX - 1) * sizeof *model->queue);
        model->queued--;
    }
    uint32_t at = model->queued++;
    while (at > 0 && !instant_before(event.at, model->queue[at - 1].at)) {
        model->queue[at] = model->queue[at - 1];
        at--;
    }
    model->queue[at] = event;
}

void model_drop_page(struct model *model)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < model->queued; i++)
        if (!model->queue[i].of_page)
            model->queue[kept++] = model->queue[i];
    model->queued = kept;
    model->page.there = false;
    model->page.dialog = 0;
    model->call.op = 0;
}

/* The browser is killed: with it goes all that only it knew. */
static void stop(struct model *model)
{
    model_drop_page(model);
    model->page = (struct model_page){0};
    model->counts.stops++;
}

static uint32_t model_submit(struct world *world, const struct op *op)
{
    struct model *model = model_of(world);
    if (op->kind == OP_STOP || op->kind == OP_ANSWER) {
        if (op->kind == OP_STOP)
            stop(model);
        else
            model_dialog_answered(model, op->answer.accept);
        return 0;
    }
    uint32_t id = ++model->last_op;
    if (model->killed)
        return id;
    switch (op->kind) {
    case OP_START: model_start(model, id); break;
    case OP_CALL: model_operation(model, &op->call, id); break;
    case OP_FRAMES: model_frames(model, id); break;
    case OP_PING: model_ping(model, id); break;
    case OP_HTTP: model_http(model, &op->http, id); break;
    case OP_COMMIT: model_commit(model, op->record, id); break;
    case OP_LOCK: model_lock(model, id); break;
    case OP_STOP:
    case OP_ANSWER: break;
    }
    return id;
}

static void model_give_up(struct world *world, uint32_t op)
{
    struct model *model = model_of(world);
    if (model->call.op != op)
        return;
    if (model->options.recall && !model->call.given_up)
        recall_given_up(model);
    model->call.given_up = true;
}

static struct effect_report model_effect(const struct world *world)
{
    const struct model *model = (const struct model *)world;
    struct effect_report report = model->effect;
    if (report.request == EFFECT_IN_FLIGHT && !instant_before(world->now, model->exchange_ends))
        report.request = model->exchange_end;
    return report;
}

static void model_mark(struct world *world, const struct mark *mark)
{
    model_of(world)->mark = *mark;
}

static void pass(struct model *model, struct instant now)
{
    if (instant_before(model->base.now, now))
        model->base.now = now;
    ledger_advance(model->ledger, (struct instant){model->epoch.us + model->base.now.us});
}

/* True when the event is a completion. */
static bool deliver(struct model *model, const struct model_event *event, struct completion *ret)
{
    struct model_verdict verdict = event->verdict;
    ret->op = event->op;
    ret->at = model->base.now;
    ret->answer = NULL;
    if (event->kind == MODEL_COMPLETION) {
        model_complete(model, event, ret);
        return true;
    }
    if (event->kind == MODEL_ACT && !model_operation_act(model, event, &verdict))
        return false;
    if (verdict.heard && event->op == model->call.op && !model->call.given_up)
        recall_count(model, verdict.target, RECALL_HEARD);
    if (recall_failure(&verdict, ret))
        return true;
    model_answer(model, &verdict);
    ret->kind = COMPLETION_RESULT;
    ret->answer = &model->answer;
    ret->result = SLICE_NONE;
    return true;
}

static enum err_code past_deadline(struct model *model, struct instant deadline, struct completion *ret, struct err *err)
{
    if (deadline.us == INSTANT_NEVER.us)
        return err_set(err, ERR_INTERNAL, "the engine waits for nothing");
    pass(model, deadline);
    ret->kind = COMPLETION_DEADLINE;
    ret->at = model->base.now;
    ret->op = 0;
    ret->answer = NULL;
    return ERR_OK;
}

static enum err_code model_next(struct world *world, struct instant deadline, struct completion *ret, struct err *err)
{
    struct model *model = model_of(world);
    if (++model->counts.turns > model->options.turns_max)
        return err_set(err, ERR_INTERNAL, "the engine goes round without end");
    while (!model->killed) {
        if (model->queued == 0 || instant_before(deadline, model->queue[model->queued - 1].at))
            return past_deadline(model, deadline, ret, err);
        const struct model_event event = model->queue[--model->queued];
        pass(model, event.at);
        if (deliver(model, &event, ret))
            return ERR_OK;
    }
    return err_set(err, ERR_UNREADABLE, "killed here");
}

static const char *model_silence(struct world *world)
{
    const struct model *model = model_of(world);
    if (model->page.frozen)
        return "the browser itself does not answer";
    return model->page.stuck ? "a script of the page does not end" : NULL;
}

static struct duration or_plain(struct duration given, struct duration otherwise)
{
    return given.us ? given : otherwise;
}

static void settle_latency(struct model_latency *l)
{
    l->read = or_plain(l->read, plain.read);
    l->navigation = or_plain(l->navigation, plain.navigation);
    l->effect = or_plain(l->effect, plain.effect);
    l->start = or_plain(l->start, plain.start);
    l->http = or_plain(l->http, plain.http);
    l->commit = or_plain(l->commit, plain.commit);
}

void model_init(struct model *model, const struct model_options *options)
{
    static const struct world_ops ops = {model_submit, model_give_up, model_effect, model_mark, model_next, model_silence};
    ASSERT(options->fault_count <= MODEL_FAULTS_MAX);
    memset(model, 0, sizeof *model);
    model->base.ops = &ops;
    model->options = *options;
    model->options.run = options->run ? options->run : 1;
    model->options.turns_max = options->turns_max ? options->turns_max : TURNS_MAX;
    settle_latency(&model->options.latency);
    model->ledger = options->ledger;
    model->epoch = options->ledger->now;
    for (size_t i = options->fault_count; i-- > 0;) {
        const struct fault *fault = &options->faults[i];
        model->next_at[i] = model->first_at[fault->target];
        model->first_at[fault->target] = (uint8_t)(i + 1);
        model->keeps_before |= fault->kind == FAULT_STALE_READ;
    }
    model_journal_open(model);
}

struct world *model_world(struct model *model)
{
    return &model->base;
}

bool model_killed(const struct model *model)
{
    return model->killed;
}

uint32_t model_struck(const struct model *model, size_t fault)
{
    ASSERT(fault < model->options.fault_count);
    return model->struck[fault];
}

struct model_counts model_counts(const struct model *model)
{
    return model->counts;
}

void model_login(struct model *model)
{
    ledger_login(model->ledger);
}
