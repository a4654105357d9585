/* Where the late answer was seen, its latency says which multiplier is about the smallest, so
   that two runs are mostly enough; the ends of the range are tried where it is not. What is
   bisected need not be monotone: what comes out was tried, and one less was tried in vain. */
#include "engine/cli/explain_cure.h"

#include "engine/policy/timeout.h"

/* A setting that is tried: the multiplier in thousandths, or a visit's time in ms. */
enum knob { KNOB_MULTIPLIER, KNOB_VISIT_TIMEOUT };

struct hunt {
    struct explain_cure_search *search;
    struct visit_label visit;
    const char *step; /* that is not to fail; NULL: whatever fails, the visit is to be done */
    enum knob knob;
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

static const struct outcome_visit *run(struct hunt *h, int64_t value, struct err *err)
{
    struct explain_cure_search *s = h->search;
    static struct whatif_end end; /* static: it is large, and there is one */
    s->terms.settings = s->recorded->settings;
    if (h->knob == KNOB_MULTIPLIER)
        s->terms.settings.multiplier_thousandths = (uint32_t)value;
    else
        s->terms.settings.visit_timeout = duration_ms(value);
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
    for (uint32_t i = 0; h->step && i < visit->retry_count; i++)
        if (strcmp(visit->retries[i].step, h->step) == 0)
            return true;
    return false;
}

static bool passes(struct hunt *h, int64_t value, struct explain_cure *cure, struct err *err)
{
    const struct outcome_visit *visit = run(h, value, err);
    if (err->code != ERR_OK || !visit || visit->outcome != VISIT_DONE || meets_failure(h, visit))
        return false;
    cure->kind = h->knob == KNOB_MULTIPLIER ? EXPLAIN_CURE_MULTIPLIER : EXPLAIN_CURE_VISIT_TIMEOUT;
    if (h->knob == KNOB_MULTIPLIER)
        cure->multiplier_thousandths = (uint32_t)value;
    else
        cure->visit_timeout_ms = value;
    cure->attempts = visit->attempts;
    cure->took_ms = visit->took_ms;
    cure->assumed = 0;
    for (int rule = 0; rule < RECALL_RULE_COUNT; rule++)
        if (strcmp(recall_rule_name((enum recall_rule)rule), "assumed") == 0)
            cure->assumed += whatif_recall(&h->search->whatif)->counts[rule];
    return true;
}

/* low does not pass, high does. */
static void bisect(struct hunt *h, int64_t low, int64_t high, struct explain_cure *cure, struct err *err)
{
    while (high - low > 1 && err->code == ERR_OK) {
        int64_t middle = low + (high - low) / 2;
        if (passes(h, middle, cure, err))
            high = middle;
        else
            low = middle;
    }
}

/* From `low`, the recorded value, up to `high`; `guess` is within or 0. */
static void hunt_down(struct hunt *h, int64_t low, int64_t guess, int64_t high, struct explain_cure *cure, struct err *err)
{
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
static int64_t guess_multiplier(const struct explain_wait *w, uint32_t recorded)
{
    int64_t needed_ms = w->end == EXPLAIN_LATE ? w->answer_after_ms : 0;
    if (w->effect.ended && w->effect.request == EFFECT_ANSWERED && w->effect.ended_after_ms > w->waited_ms)
        needed_ms = w->effect.ended_after_ms;
    if (!needed_ms || !w->budget_ms)
        return 0;
    return (needed_ms * recorded + w->budget_ms - 1) / w->budget_ms;
}

/* The time that the visit had is over before its operation's was, or left none for a retry. */
static bool is_out_of_time(const struct explain_wait *w, const struct explain_visit *visit, const struct explain_event *trouble)
{
    bool ended_by_it = visit->class == EXPLAIN_FAILED || visit->class == EXPLAIN_REVIEW;
    return w->cut_short || (ended_by_it && kind_class_of(trouble->error) == CLASS_TRANSIENT);
}

enum err_code explain_cure_find(struct explain_cure_search *search, const struct explain_log *log, const struct explain_visit *visit,
                                const struct explain_wait *wait, struct explain_cure *ret_cure, struct err *err)
{
    const struct settings *recorded = &search->recorded->settings;
    const struct explain_event *trouble = visit->main == EXPLAIN_NONE ? NULL : &log->events[visit->main];
    *ret_cure = (struct explain_cure){0};
    if (!trouble || trouble->error == KIND_NONE)
        return ERR_OK;
    ret_cure->kind = EXPLAIN_CURE_NONE;
    struct hunt h = {.search = search, .visit = visit->visit, .step = step_name(trouble->step)};
    hunt_down(&h, recorded->multiplier_thousandths, guess_multiplier(wait, recorded->multiplier_thousandths), MULTIPLIER_MAX, ret_cure, err);
    if (err->code == ERR_OK && ret_cure->kind == EXPLAIN_CURE_NONE && is_out_of_time(wait, visit, trouble)) {
        struct duration had = recorded->visit_timeout.us ? recorded->visit_timeout : timeout_visit(recorded->multiplier_thousandths);
        h.knob = KNOB_VISIT_TIMEOUT;
        h.step = wait->cut_short ? h.step : NULL; /* a retry that there was no time for is the cure */
        hunt_down(&h, duration_to_ms(had), 0, SETTINGS_DURATION_MS_MAX, ret_cure, err);
    }
    ret_cure->runs = h.runs;
    return err->code;
}
