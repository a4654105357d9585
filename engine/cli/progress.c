#include "engine/cli/progress.h"

static struct progress *progress_of(const struct world *world)
{
    return (struct progress *)world;
}

static int digits_of(int64_t number)
{
    int digits = 1;
    while ((number /= 10) > 0)
        digits++;
    return digits;
}

static void add_clock(int64_t seconds, struct str *out)
{
    if (seconds >= 3600)
        str_addf(out, "%lld:%02lld:%02lld", (long long)(seconds / 3600), (long long)(seconds / 60 % 60), (long long)(seconds % 60));
    else
        str_addf(out, "%lld:%02lld", (long long)(seconds / 60), (long long)(seconds % 60));
}

/* Nothing is known of the pace before the first visit has ended. */
static void add_pace(int64_t ended, int64_t planned, int64_t elapsed_us, struct str *out)
{
    if (ended == 0 || elapsed_us < 1000000)
        return;
    int64_t tenths = ended * 600 * 1000000 / elapsed_us;
    str_addf(out, "  %lld.%lld visits/min", (long long)(tenths / 10), (long long)(tenths % 10));
    if (ended >= planned)
        return;
    str_add_text(out, "  eta ");
    add_clock(elapsed_us / ended * (planned - ended) / 1000000, out);
}

void progress_format(const struct summary *s, const struct mark *at, int64_t elapsed_us, struct str *out)
{
    int64_t planned = s->total - s->settled, ended = s->done + s->failed + s->needs_review + s->interrupted + s->undecided;
    str_addf(out, "[%*lld/%lld] done %lld failed %lld", digits_of(planned), (long long)ended, (long long)planned, (long long)s->done,
             (long long)s->failed);
    if (s->needs_review)
        str_addf(out, " review %lld", (long long)s->needs_review);
    str_addf(out, " retried %lld", (long long)s->retries);
    add_pace(ended, planned, elapsed_us, out);
    if (at->patient && at->dos)
        str_addf(out, "  p%u.v%u %s", at->patient, at->dos, at->step ? at->step : "");
}

void progress_show(struct progress *p)
{
    if (!live_line_is_due(&p->line))
        return;
    CLEANUP_STR struct str text;
    str_init(&text, LIVE_LINE_MAX);
    progress_format(p->summary, &p->at, live_line_elapsed_us(&p->line), &text);
    live_line_draw(&p->line, p->summary->failed || p->summary->needs_review ? LIVE_BAD : LIVE_GOOD, str_text(&text));
}

void progress_clear(struct progress *p)
{
    live_line_clear(&p->line);
}

static uint32_t on_submit(struct world *world, const struct op *op)
{
    struct world *inner = progress_of(world)->inner;
    return inner->ops->submit(inner, op);
}

static void on_give_up(struct world *world, uint32_t op)
{
    struct world *inner = progress_of(world)->inner;
    inner->ops->give_up(inner, op);
}

static struct effect_report on_effect(const struct world *world)
{
    const struct world *inner = progress_of(world)->inner;
    return inner->ops->effect(inner);
}

static void on_mark(struct world *world, const struct mark *mark)
{
    struct progress *p = progress_of(world);
    p->at = *mark;
    p->inner->ops->mark(p->inner, mark);
    progress_show(p);
}

static enum err_code on_next(struct world *world, struct instant deadline, struct completion *ret_completion, struct err *err)
{
    struct progress *p = progress_of(world);
    enum err_code code = p->inner->ops->next(p->inner, deadline, ret_completion, err);
    world->now = p->inner->now;
    return code;
}

static const char *on_silence(struct world *world)
{
    struct world *inner = progress_of(world)->inner;
    return inner->ops->silence(inner);
}

static const struct world_ops progress_ops = {
    .submit = on_submit,
    .give_up = on_give_up,
    .effect = on_effect,
    .mark = on_mark,
    .next = on_next,
    .silence = on_silence,
};

void progress_begin(struct progress *p, const struct summary *summary, bool quiet)
{
    *p = (struct progress){.summary = summary};
    live_line_begin(&p->line, quiet);
}

struct world *progress_open(struct progress *p, struct world *inner)
{
    p->world = (struct world){.ops = &progress_ops, .now = inner->now};
    p->inner = inner;
    return &p->world;
}
