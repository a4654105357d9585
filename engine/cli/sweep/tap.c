#include "engine/cli/sweep/tap.h"

static struct tap *tap_of(struct world *world)
{
    return (struct tap *)world;
}

static void count_spot(struct tap *tap, const struct op *op)
{
    const struct watch *w = tap->watch;
    enum fault_target target = fault_target_of_op(op);
    if (target == FAULT_TARGET_COUNT)
        return;
    if (!w->mark.patient)
        tap->spots->outside[target]++;
    else if (w->at < SPOTS_VISITS && w->mark.attempt && w->mark.attempt <= SPOTS_ATTEMPTS)
        tap->spots->met[w->at][w->mark.attempt - 1][target]++;
}

static uint32_t tap_submit(struct world *world, const struct op *op)
{
    struct tap *tap = tap_of(world);
    tap->asked += op->kind == OP_CALL || op->kind == OP_START;
    watch_submit(tap->watch, op);
    if (tap->spots)
        count_spot(tap, op);
    uint32_t id = tap->behind->ops->submit(tap->behind, op);
    watch_submitted(tap->watch, op, id);
    return id;
}

static void tap_give_up(struct world *world, uint32_t op)
{
    struct tap *tap = tap_of(world);
    watch_give_up(tap->watch, op);
    tap->behind->ops->give_up(tap->behind, op);
}

static struct effect_report tap_effect(const struct world *world)
{
    const struct tap *tap = (const struct tap *)world;
    struct effect_report report = tap->behind->ops->effect(tap->behind);
    watch_report(tap->watch, report);
    return report;
}

static void tap_mark(struct world *world, const struct mark *mark)
{
    struct tap *tap = tap_of(world);
    watch_mark(tap->watch, mark);
    tap->behind->ops->mark(tap->behind, mark);
}

static enum err_code tap_next(struct world *world, struct instant deadline, struct completion *ret, struct err *err)
{
    struct tap *tap = tap_of(world);
    watch_wait(tap->watch, deadline);
    if (tap->stop_broken && tap->watch->v->first != INVARIANT_COUNT)
        return err_set(err, ERR_INTERNAL, "a law was broken");
    enum err_code code = tap->behind->ops->next(tap->behind, deadline, ret, err);
    world->now = tap->behind->now;
    if (code == ERR_OK)
        watch_completion(tap->watch, ret, world->now);
    return code;
}

static const char *tap_silence(struct world *world)
{
    struct tap *tap = tap_of(world);
    return tap->behind->ops->silence(tap->behind);
}

void tap_init(struct tap *tap, struct world *behind, struct watch *watch)
{
    static const struct world_ops ops = {tap_submit, tap_give_up, tap_effect, tap_mark, tap_next, tap_silence};
    *tap = (struct tap){.base = {.ops = &ops, .now = behind->now}, .behind = behind, .watch = watch};
}
