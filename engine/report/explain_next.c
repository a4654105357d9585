/* What followed a step that failed: from the log alone. */
#include "engine/report/explain.h"

#include "engine/report/figures.h"

#define NEXT_MAX 12 /* events that are told */

/* What the engine did of its own in the step itself, before that had failed. */
static void add_browser(const struct explain_event *event, struct str *out)
{
    static const struct {
        const char *state, *words;
    } said[] = {{"killed", "killed the browser"},
                {"hung", "killed the browser, which did not answer"},
                {"crashed", "lost the page"},
                {"gone", "lost the browser"},
                {"started", "started a browser"}};
    for (size_t i = 0; i < sizeof said / sizeof *said; i++)
        if (strcmp(event->word, said[i].state) == 0)
            str_add_text(out, said[i].words);
}

static void add_event(const struct explain_event *event, struct str *out)
{
    str_add_text(out, out->len ? "; " : "");
    switch (event->kind) {
    case EXPLAIN_BATCH: str_add_text(out, "another run began"); break;
    case EXPLAIN_BROWSER: add_browser(event, out); break;
    case EXPLAIN_RETRY:
        str_add_text(out, "tried again after ");
        figure_add_time(out, event->ms);
        break;
    case EXPLAIN_VISIT_START: str_addf(out, "began attempt %u", event->attempt); break;
    case EXPLAIN_RESULT:
        if (event->outcome == VISIT_DONE)
            str_addf(out, "was done at attempt %u", event->attempt);
        else
            str_addf(out, "ended the visit as %s", visit_outcome_name(event->outcome));
        break;
    case EXPLAIN_STEP: str_addf(out, "failed again at %s (%s)", step_name(event->step), kind_name(event->error)); break;
    case EXPLAIN_BREAKER:
        str_addf(out, "breaker %s", event->word);
        break;
    case EXPLAIN_STOP: str_addf(out, "was asked to stop (%s)", event->word); break;
    case EXPLAIN_SESSION: str_addf(out, "found the session %s", event->word); break;
    case EXPLAIN_SUMMARY: str_addf(out, "ended the batch: %s", event->word); break;
    case EXPLAIN_DIALOG: str_addf(out, "met a dialog (%s)", event->word); break;
    }
}

/* In the step that failed, after its wait was over. */
static void add_within(const struct explain_log *log, uint32_t trouble, struct str *out)
{
    const struct explain_event *step = &log->events[trouble];
    uint32_t first = trouble;
    while (first > 0 && log->events[first - 1].kind != EXPLAIN_STEP && log->events[first - 1].kind != EXPLAIN_VISIT_START &&
           log->events[first - 1].at_ms >= step->at_ms - step->ms)
        first--;
    for (uint32_t i = first; i < trouble; i++)
        if (log->events[i].kind == EXPLAIN_BROWSER || log->events[i].kind == EXPLAIN_SESSION || log->events[i].kind == EXPLAIN_STOP)
            add_event(&log->events[i], out);
}

static void add_listening(const struct explain_wait *w, struct str *out)
{
    if (!w->known || !w->effect.sent || !w->effect.ended || w->effect.ended_after_ms <= w->waited_ms)
        return;
    str_addf(out, "%slistened for the answer to its request until ", out->len ? "; " : "");
    figure_add_time(out, w->effect.ended_after_ms);
    str_add_text(out, " after the call");
}

static bool is_told(const struct explain_event *event)
{
    return event->kind != EXPLAIN_DIALOG && (event->kind != EXPLAIN_STEP || event->error != KIND_NONE);
}

void explain_next(const struct explain_log *log, uint32_t trouble, const struct explain_wait *wait, struct str *out)
{
    const struct explain_event *step = &log->events[trouble];
    uint32_t told = 0;
    add_within(log, trouble, out);
    add_listening(wait, out);
    for (uint32_t i = trouble + 1; i < log->count && told < NEXT_MAX; i++) {
        const struct explain_event *event = &log->events[i];
        bool of_another = event->visit.patient && (event->visit.patient != step->visit.patient || event->visit.dos != step->visit.dos);
        if (of_another)
            return;
        if (!is_told(event))
            continue;
        add_event(event, out);
        told++;
        if (event->kind == EXPLAIN_RESULT || event->kind == EXPLAIN_STEP)
            return;
    }
}
