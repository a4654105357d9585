#include "engine/cli/scenario/counting.h"

static struct counting *counting_of(struct world *world)
{
    return (struct counting *)world;
}

static uint32_t submit(struct world *world, const struct op *op)
{
    struct counting *c = counting_of(world);
    if (c->at && op->kind == OP_CALL)
        c->at->operations++;
    c->operations += op->kind == OP_CALL;
    c->starts += op->kind == OP_START;
    return c->behind->ops->submit(c->behind, op);
}

static void give_up(struct world *world, uint32_t op)
{
    struct counting *c = counting_of(world);
    c->behind->ops->give_up(c->behind, op);
}

static struct effect_report effect(const struct world *world)
{
    const struct counting *c = (const struct counting *)world;
    return c->behind->ops->effect(c->behind);
}

static void mark(struct world *world, const struct mark *place)
{
    struct counting *c = counting_of(world);
    c->at = story_visit(c->story, place->patient, place->dos);
    c->behind->ops->mark(c->behind, place);
}

static enum err_code next(struct world *world, struct instant deadline, struct completion *ret, struct err *err)
{
    struct counting *c = counting_of(world);
    enum err_code code = c->behind->ops->next(c->behind, deadline, ret, err);
    world->now = c->behind->now;
    return code;
}

static const char *silence(struct world *world)
{
    struct counting *c = counting_of(world);
    return c->behind->ops->silence(c->behind);
}

struct world *counting_init(struct counting *counting, struct world *behind, struct story *story)
{
    static const struct world_ops ops = {submit, give_up, effect, mark, next, silence};
    *counting = (struct counting){.base = {.ops = &ops, .now = behind->now}, .behind = behind, .story = story};
    return &counting->base;
}
