/* Where the late answer was seen, its latency says which multiplier is about the smallest, so
   that two runs are mostly enough; the ends of the range are tried where it is not. What is
   bisected need not be monotone: what comes out was tried, and one less was tried in vain. */
#include "engine/cli/explain/explain_cure.h"

#include "engine/policy/timeout.h"

struct hunt {
    struct explain_cure_search *search;
    struct visit_label visit;
    const char *step; /* that is not to fail */
    uint32_t runs;
};

static void take_line(void *ctx, struct slice line)
{
    outcomes_take(ctx, line);
}

enum err_code explain_cure_open(struct explain_cure_search *search, const struct recorded *recorded, struct err *err)
{
    search->recorded = recorded;
    outcomes_init(&search->outcomes);
    event_log_init(&search->log, &search->outcomes, take_line);
    return whatif_open(&search->whatif, &recorded->course, err);
}

void explain_cure_close(struct explain_cure_search *search)
{
    if (!search->recorded)
        return;
    whatif_close(&search->whatif);
    event_log_fini(&search->log);
    outcomes_fini(&search->outcomes);
}

static const struct outcome_visit *run(struct hunt *h, uint32_t multiplier, struct err *err)
{
    struct explain_cure_search *s = h->search;
    static struct whatif_end end; /* static: it is large, and there is one */
    s->terms.settings = s->recorded->run.settings;
    s->terms.settings.multiplier_thousandths = multiplier;
    outcomes_clear(&s->outcomes);
    h->runs++;
    if (whatif_run(s->recorded, &s->whatif, &s->terms, &s->log, &end, err) != ERR_OK)
        return NULL;
    if (s->outcomes.full)
        (void)err_set(err, ERR_ENV, "there is no memory for the visits of this batch");
    return outcomes_find(&s->outcomes, h->visit);
}

static bool meets_failure(const struct hunt *h, const struct outcome_visit *visit)
{
    for (uint32_t i = 0; i < visit->retry_count; i++)
        if (strcmp(visit->retries[i].step, h->step) == 0)
            return true;
    return false;
}

static bool passes(struct hunt *h, uint32_t multiplier, struct explain_cure *cure, struct err *err)
{
    const struct outcome_visit *visit = run(h, multiplier, err);
    if (err->code != ERR_OK || !visit || visit->outcome != VISIT_DONE || meets_failure(h, visit))
        return false;
    cure->kind = EXPLAIN_CURE_MULTIPLIER;
    cure->multiplier_thousandths = multiplier;
    cure->attempts = visit->attempts;
    cure->took_ms = visit->took_ms;
    cure->assumed = recall_total(whatif_recall(&h->search->whatif), RECALL_ALL_ASSUMED);
    return true;
}

/* low does not pass, high does. */
static void bisect(struct hunt *h, uint32_t low, uint32_t high, struct explain_cure *cure, struct err *err)
{
    while (high - low > 1 && err->code == ERR_OK) {
        uint32_t middle = low + (high - low) / 2;
        if (passes(h, middle, cure, err))
            high = middle;
        else
            low = middle;
    }
}

/* Up from the recorded multiplier; `guess` is about where it is, or 0. */
static void hunt_down(struct hunt *h, uint32_t low, uint32_t guess, struct explain_cure *cure, struct err *err)
{
    const uint32_t high = MULTIPLIER_MAX;
    if (low >= high)
        return;
    bool guessed = guess > low && guess < high;
    if (guessed && passes(h, guess, cure, err)) {
        if (guess - 1 > low && passes(h, guess - 1, cure, err))
            bisect(h, low, guess - 1, cure, err);
        return;
    }
    if (err->code == ERR_OK && passes(h, high, cure, err))
        bisect(h, guessed ? guess : low, high, cure, err);
}

/* The multiplier whose budget is the late answer's latency; 0: there was none. */
static uint32_t guess_multiplier(const struct explain_wait *w, uint32_t recorded)
{
    int64_t needed_ms = w->end == EXPLAIN_LATE ? w->answer_after_ms : 0;
    if (w->effect.ended && w->effect.request == EFFECT_ANSWERED && w->effect.ended_after_ms > w->waited_ms)
        needed_ms = w->effect.ended_after_ms;
    if (!needed_ms || !w->budget_ms)
        return 0;
    int64_t guess = (needed_ms * recorded + w->budget_ms - 1) / w->budget_ms;
    return guess < MULTIPLIER_MAX ? (uint32_t)guess : 0;
}

enum err_code explain_cure_find(struct explain_cure_search *search, const struct explain_log *log, const struct explain_visit *visit,
                                const struct explain_wait *wait, struct explain_cure *ret_cure, struct err *err)
{
    const uint32_t recorded = search->recorded->run.settings.multiplier_thousandths;
    const struct explain_event *trouble = visit->main == EXPLAIN_NONE ? NULL : &log->events[visit->main];
    *ret_cure = (struct explain_cure){0};
    if (!trouble || trouble->error == KIND_NONE)
        return ERR_OK;
    ret_cure->kind = EXPLAIN_CURE_NONE;
    struct hunt h = {.search = search, .visit = visit->visit, .step = step_name(trouble->step)};
    hunt_down(&h, recorded, guess_multiplier(wait, recorded), ret_cure, err);
    ret_cure->runs = h.runs;
    return err->code;
}
