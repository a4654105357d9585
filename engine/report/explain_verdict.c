/* The verdict: the first rule that fits what is known. It says what was seen, and where the
   cause lies only as far as that shows it. */
#include "engine/report/explain.h"

#include "engine/mdland/operation.h"
#include "engine/report/figures.h"

const char *explain_end_name(enum explain_end end)
{
    static const char *const names[EXPLAIN_END_COUNT] = {"pending", "given_up", "late", "answered", "refused", "crashed", "gone"};
    return names[end];
}

static void add_chart(const struct explain_wait *w, struct str *out)
{
    str_add_text(out, w->effect.taken ? "; the chart shows that it took place" : "; the chart does not show that it took place");
}

static void add_request_answered(const struct explain_wait *w, struct str *out)
{
    str_addf(out, "the site answered the request of %s ", w->operation);
    figure_add_time(out, w->effect.ended_after_ms);
    str_add_text(out, " after the call, ");
    figure_add_time(out, w->effect.ended_after_ms - w->waited_ms);
    str_add_text(out, " after it was given up: it was slow, not stuck");
}

static void add_request_unanswered(const struct explain_wait *w, struct str *out)
{
    str_addf(out, "the site was sent the request of %s and gave no whole answer", w->operation);
    if (w->effect.ended) {
        str_add_text(out, " in ");
        figure_add_time(out, w->effect.ended_after_ms - w->effect.sent_after_ms);
    }
    add_chart(w, out);
}

/* An effect whose request decides. False: it is not about the request. */
static bool add_effect(const struct explain_wait *w, struct str *out)
{
    bool unanswered = w->end == EXPLAIN_GIVEN_UP || w->end == EXPLAIN_LATE || w->end == EXPLAIN_CRASHED || w->end == EXPLAIN_GONE;
    bool failed = w->end == EXPLAIN_ANSWERED && w->kind == KIND_NETWORK;
    if (!w->effect.is_effect || !(unanswered || failed))
        return false;
    if (!w->effect.sent && w->end == EXPLAIN_GIVEN_UP) {
        str_addf(out, "the page never made the request of %s%s%s", w->operation, w->silence ? ": " : "", w->silence ? w->silence : "");
        return true;
    }
    if (!w->effect.sent || w->end == EXPLAIN_CRASHED || w->end == EXPLAIN_GONE)
        return false;
    if (w->effect.ended && w->effect.request == EFFECT_NOT_SENT)
        str_addf(out, "no byte of the request of %s left: there was no connection to the site", w->operation);
    else if (w->effect.ended && w->effect.request == EFFECT_ANSWERED && w->effect.ended_after_ms > w->waited_ms)
        add_request_answered(w, out);
    else if (w->effect.ended && w->effect.request == EFFECT_ANSWERED)
        return false;
    else
        add_request_unanswered(w, out);
    return true;
}

static void add_last_heard(const struct explain_wait *w, struct str *out)
{
    if (w->heard.known && w->heard.count == 0) {
        str_add_text(out, "; the page said nothing while it was waited for");
        return;
    }
    if (!w->heard.known || !w->heard.name[0])
        return;
    str_addf(out, "; the page was last heard from (%s) ", w->heard.name);
    figure_add_time(out, w->heard.ago_ms);
    str_add_text(out, " before that");
}

static void add_kind(enum kind kind, const char *place, struct str *out)
{
    str_addf(out, "%s%s%s", kind_sentence(kind), place ? ": " : "", place ? place : "");
}

static void add_late(const struct explain_wait *w, struct str *out)
{
    str_addf(out, "%s was answered ", w->operation);
    figure_add_time(out, w->answer_after_ms);
    str_add_text(out, " after its call, ");
    figure_add_time(out, w->answer_after_ms - w->waited_ms);
    str_add_text(out, " after it was given up");
    if (w->kind == KIND_NONE) {
        str_add_text(out, ": it was slow, not stuck");
        return;
    }
    str_add_text(out, ", and by then it said: ");
    add_kind(w->kind, w->place, out);
}

static void add_answered(const struct explain_wait *w, enum kind kind, struct str *out)
{
    str_addf(out, "%s was answered after ", w->operation);
    figure_add_time(out, w->answer_after_ms);
    if (w->budget_ms) {
        str_add_text(out, " of ");
        figure_add_time(out, w->budget_ms);
    }
    if (w->kind == KIND_NONE && kind == KIND_SESSION_EXPIRED) {
        str_add_text(out, ", and the session was found to have expired");
        return;
    }
    if (w->kind == KIND_NONE) {
        str_add_text(out, ", and the chart does not show what the step was to bring about");
        return;
    }
    str_add_text(out, ": ");
    add_kind(kind == KIND_SESSION_EXPIRED ? kind : w->kind, w->place, out);
    if (w->answer_after_ms * 2 > w->budget_ms && w->budget_ms)
        add_last_heard(w, out);
}

static void add_wait(const struct explain_wait *w, enum kind kind, struct str *out)
{
    if (add_effect(w, out))
        return;
    switch (w->end) {
    case EXPLAIN_PENDING:
        str_addf(out, "the recording ends while %s is waited for", w->operation);
        break;
    case EXPLAIN_GIVEN_UP:
        str_addf(out, "nothing answered %s%s%s", w->operation, w->silence ? ": " : "", w->silence ? w->silence : "");
        break;
    case EXPLAIN_LATE: add_late(w, out); return;
    case EXPLAIN_ANSWERED: add_answered(w, kind, out); return;
    case EXPLAIN_REFUSED: str_addf(out, "the browser failed %s: %s", w->operation, kind_sentence(kind)); return;
    case EXPLAIN_CRASHED:
    case EXPLAIN_GONE:
        str_addf(out, "%s ", w->end == EXPLAIN_GONE ? "the browser ended" : "the page's renderer died");
        figure_add_time(out, w->waited_ms);
        str_addf(out, " into %s", w->operation);
        if (w->effect.is_effect)
            str_add_text(out, w->effect.sent ? ", with its request sent" : ", with its request not sent");
        return;
    case EXPLAIN_END_COUNT: break;
    }
    add_last_heard(w, out);
}

static void add_slow(const struct explain_page *p, const struct explain_event *step, struct str *out)
{
    struct explain_compared elsewhere = explain_log_compare(p->log, step);
    int64_t budget_ms = explain_step_budget_ms(step->step, step->attempt, p->multiplier_thousandths);
    str_addf(out, "%s took ", step_name(step->step));
    figure_add_time(out, step->ms);
    if (elsewhere.n && elsewhere.p95_ms) {
        str_addf(out, ", %lld.%lld times the p95 of elsewhere", (long long)(step->ms / elsewhere.p95_ms),
                 (long long)(step->ms * 10 / elsewhere.p95_ms % 10));
    }
    if (budget_ms)
        str_addf(out, ", %lld %% of the budget of its operation", (long long)(step->ms * 100 / budget_ms));
    str_add_text(out, ": slow, and in time");
}

static void add_failed(const struct explain_page *p, uint32_t place, const struct explain_event *step, struct str *out)
{
    const struct explain_wait *w = &p->waits[place];
    if (w->known) {
        add_wait(w, step->error, out);
        return;
    }
    str_addf(out, "%s failed after ", step_name(step->step));
    figure_add_time(out, step->ms);
    str_addf(out, ": %s", kind_sentence(step->error));
}

uint32_t explain_place_of_main(const struct explain_visit *visit)
{
    for (uint32_t i = 0; i < visit->trouble_count; i++)
        if (visit->troubles[i] == visit->main)
            return i;
    return 0;
}

static const char *without_trouble(enum explain_class class)
{
    switch (class) {
    case EXPLAIN_UNENDED: return "the run was cut while this visit was in hand, and no step of it had failed by then";
    case EXPLAIN_INTERRUPTED: return "the run was stopped while this visit was in hand; that is charged to nothing of it";
    case EXPLAIN_FINE: return "no step of it failed or was slow";
    case EXPLAIN_FAILED:
    case EXPLAIN_REVIEW:
    case EXPLAIN_HUNG:
    case EXPLAIN_RETRIED:
    case EXPLAIN_SLOW: break;
    }
    return "no step of it is in the log";
}

void explain_verdict(const struct explain_page *p, struct str *out)
{
    const struct explain_visit *visit = p->visit;
    const struct explain_event *result = visit->result == EXPLAIN_NONE ? NULL : &p->log->events[visit->result];
    if (result && result->outcome == VISIT_NOT_ATTEMPTED)
        str_add_text(out, "it was not attempted: the batch had ended before it");
    else if (visit->main == EXPLAIN_NONE)
        str_add_text(out, without_trouble(visit->class));
    else if (visit->class == EXPLAIN_SLOW)
        add_slow(p, &p->log->events[visit->main], out);
    else
        add_failed(p, explain_place_of_main(visit), &p->log->events[visit->main], out);
}

const char *explain_no_cure(const struct explain_page *p)
{
    const struct explain_wait *w = &p->waits[explain_place_of_main(p->visit)];
    bool looked_on = w->end == EXPLAIN_ANSWERED && (w->kind == KIND_ELEMENT_NOT_FOUND || w->kind == KIND_TIMEOUT);
    bool heard_late = w->effect.ended && w->effect.request == EFFECT_ANSWERED && w->effect.ended_after_ms > w->waited_ms;
    if (!w->known)
        return "no operation of the recording is known to have failed";
    if (w->end == EXPLAIN_CRASHED || w->end == EXPLAIN_GONE)
        return "no timeout was in the way: the browser was lost";
    if (w->cut_short)
        return "the time of the visit was over before the operation's, and no later answer is in the recording";
    if (w->end == EXPLAIN_GIVEN_UP && !heard_late)
        return "no late answer is in the recording";
    if (w->end == EXPLAIN_LATE && w->kind != KIND_NONE)
        return "the late answer that is in the recording is a failure too";
    if (looked_on)
        return "the page gave up by itself, and what it would have shown later was not recorded";
    if (heard_late || w->end == EXPLAIN_LATE)
        return "a late answer is in the recording, and yet the visit passes under no multiplier up to 100";
    return "it is no matter of time";
}
