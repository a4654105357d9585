#include "engine/report/explain.h"

#include "engine/base/utf8.h"
#include "engine/mdland/operation.h"
#include "engine/report/figures.h"

#define LABEL_WIDTH 11
#define PART_MAX    4096

static void begin_line(const char *label, struct str *out)
{
    str_addf(out, "    %-*s ", LABEL_WIDTH, label);
}

static void add_label(struct visit_label visit, struct str *out)
{
    str_addf(out, "p%u.v%u", visit.patient, visit.dos);
}

static const struct explain_event *result_of(const struct explain_log *log, const struct explain_visit *visit)
{
    return visit->result == EXPLAIN_NONE ? NULL : &log->events[visit->result];
}

static void add_headline(const struct explain_log *log, const struct explain_visit *visit, struct str *out)
{
    static const char *const headlines[] = {
#define X(id, name, headline) [id] = headline,
#include "engine/report/explain_class.def"
#undef X
    };
    const struct explain_event *result = result_of(log, visit);
    add_label(visit->visit, out);
    if (result && result->outcome == VISIT_NOT_ATTEMPTED) {
        str_add_text(out, "  was not attempted\n");
        return;
    }
    str_addf(out, "  %s", headlines[visit->class]);
    if (visit->main != EXPLAIN_NONE && visit->class != EXPLAIN_SLOW)
        str_addf(out, " at %s", step_name(log->events[visit->main].step));
    if (result) {
        bool done = result->outcome == VISIT_DONE;
        str_addf(out, done ? "; done at attempt %u" : result->attempt == 1 ? "; %u attempt" : "; %u attempts", result->attempt);
        str_add_text(out, ", ");
        figure_add_time(out, result->ms);
    }
    str_add_char(out, '\n');
}

static void add_waited(const struct explain_wait *w, struct str *out)
{
    begin_line("waited", out);
    figure_add_time(out, w->waited_ms);
    if (w->budget_ms) {
        str_add_text(out, " of ");
        figure_add_time(out, w->budget_ms);
    }
    str_addf(out, " for %s, called ", w->operation);
    figure_add_time(out, w->called_ms);
    str_add_text(out, w->cut_short ? " into the run; cut short: the time of the visit or of a stop was over\n" : " into the run\n");
}

static void add_answer(const struct explain_wait *w, struct str *out)
{
    if (w->end == EXPLAIN_ANSWERED || w->end == EXPLAIN_LATE) {
        begin_line("answered", out);
        figure_add_time(out, w->answer_after_ms);
        str_addf(out, " after the call%s: %s%s%s\n", w->end == EXPLAIN_LATE ? ", too late" : "",
                 w->kind == KIND_NONE ? "all is well" : kind_name(w->kind), w->place ? ", " : "", w->place ? w->place : "");
    }
    if (!w->silence)
        return;
    begin_line("silence", out);
    str_addf(out, "%s\n", w->silence);
}

static void add_heard(const struct explain_wait *w, struct str *out)
{
    begin_line("last heard", out);
    if (!w->heard.known) {
        str_add_text(out, "nothing of this page by then\n");
        return;
    }
    str_addf(out, "%s%s, ", w->heard.is_reply ? "the reply to " : "", w->heard.name[0] ? w->heard.name : "a message without a plain name");
    figure_add_time(out, w->heard.ago_ms);
    str_addf(out, " before %s; %u message%s of the page meanwhile\n",
             w->end == EXPLAIN_GIVEN_UP || w->end == EXPLAIN_LATE ? "it was given up" : "that", w->heard.count, w->heard.count == 1 ? "" : "s");
}

static void add_effect_end(const struct explain_wait *w, struct str *out)
{
    static const char *const ends[] = {
        [EFFECT_NO_REQUEST] = "the page made none",
        [EFFECT_NOT_SENT] = "no byte of it left",
        [EFFECT_IN_FLIGHT] = "it was still open",
        [EFFECT_SENT] = "ended without a whole answer",
        [EFFECT_ANSWERED] = "was answered",
    };
    if (!w->effect.ended) {
        str_add_text(out, "; its end is not in the recording");
        return;
    }
    str_addf(out, "; %s ", ends[w->effect.request]);
    figure_add_time(out, w->effect.ended_after_ms);
    str_add_text(out, " after the call");
    if (w->effect.ended_after_ms > w->waited_ms)
        str_add_text(out, ", too late");
}

static void add_effect(const struct explain_wait *w, struct str *out)
{
    if (!w->effect.is_effect)
        return;
    begin_line("its request", out);
    if (!w->effect.sent) {
        str_add_text(out, "not sent: the page never made it, or it was held back\n");
        return;
    }
    str_add_text(out, "left ");
    figure_add_time(out, w->effect.sent_after_ms);
    str_add_text(out, " after the call");
    add_effect_end(w, out);
    str_add_text(out, w->effect.taken ? "; it took place\n" : "; no look shows that it took place\n");
}

static void add_requests(const struct explain_wait *w, struct str *out)
{
    for (uint32_t i = 0; i < w->request_count; i++) {
        begin_line(i ? "" : "unanswered", out);
        str_addf(out, "%s, open for ", w->requests[i].tail);
        figure_add_time(out, w->requests[i].age_ms);
        str_add_text(out, w->requests[i].own ? " (the engine's own request)\n" : " (a frame's document)\n");
    }
    if (w->requests_more)
        str_addf(out, "    %-*s and %u more\n", LABEL_WIDTH, "", w->requests_more);
}

static const char *editor_sentence(uint32_t editor)
{
    char word[16];
    if (!text_format(word, sizeof word, "noteEditor%u", editor))
        return "an editor";
    const char *sentence = place_sentence(word);
    return sentence ? sentence : "an editor";
}

static void add_page_state(const struct explain_wait *w, struct str *out)
{
    uint32_t ready = 0;
    for (uint32_t i = 0; i < EXPLAIN_EDITORS; i++)
        ready += w->editors >> i & 1;
    if (w->frames_known) {
        begin_line("frames", out);
        str_addf(out, "%u loading\n", w->frames_loading);
    }
    if (!w->editors_known)
        return;
    begin_line("editors", out);
    str_addf(out, "%u of %u opened", ready, EXPLAIN_EDITORS);
    for (uint32_t i = ready ? 0 : EXPLAIN_EDITORS, missing = 0; i < EXPLAIN_EDITORS; i++)
        if (!(w->editors >> i & 1))
            str_addf(out, "%s%s", missing++ ? ", " : "; not: ", editor_sentence(i));
    str_add_char(out, '\n');
}

/* Those that the log has of the step. */
static void add_dialogs(const struct explain_log *log, uint32_t trouble, struct str *out)
{
    const struct explain_event *step = &log->events[trouble];
    bool any = false;
    for (uint32_t i = trouble; i-- > 0 && log->events[i].kind != EXPLAIN_STEP && log->events[i].kind != EXPLAIN_VISIT_START;) {
        const struct explain_event *dialog = &log->events[i];
        if (dialog->kind != EXPLAIN_DIALOG || dialog->at_ms < step->at_ms - step->ms)
            continue;
        begin_line(any ? "" : "dialogs", out);
        str_addf(out, "%s (%s, %u bytes of text), ", dialog->word, dialog->type, dialog->length);
        figure_add_time(out, dialog->at_ms);
        str_add_text(out, " into the run\n");
        any = true;
    }
}

static void add_elsewhere(const struct explain_log *log, const struct explain_event *step, struct str *out)
{
    struct explain_compared c = explain_log_compare(log, step);
    begin_line("elsewhere", out);
    if (c.n == 0) {
        str_addf(out, "no other %s of this run went well\n", step_name(step->step));
        return;
    }
    str_addf(out, "%s took p50 ", step_name(step->step));
    figure_add_time(out, c.p50_ms);
    str_add_text(out, ", p95 ");
    figure_add_time(out, c.p95_ms);
    str_add_text(out, ", max ");
    figure_add_time(out, c.max_ms);
    str_addf(out, " (n %u)\n", c.n);
}

static void add_next(const struct explain_log *log, uint32_t trouble, const struct explain_wait *w, struct str *out)
{
    CLEANUP_STR struct str next;
    str_init(&next, PART_MAX);
    explain_next(log, trouble, w, &next);
    if (!next.len)
        return;
    begin_line("then", out);
    str_addf(out, "%s\n", str_text(&next));
}

static void add_trouble(const struct explain_page *p, uint32_t place, struct str *out)
{
    const struct explain_event *step = &p->log->events[p->visit->troubles[place]];
    const struct explain_wait *w = &p->waits[place];
    str_addf(out, "  %s at attempt %u: ", step_name(step->step), step->attempt);
    if (step->error != KIND_NONE)
        str_addf(out, "%s after ", kind_name(step->error));
    if (step->pending)
        str_add_text(out, "not ended after ");
    figure_add_time(out, step->ms);
    str_add_char(out, '\n');
    if (w->known) {
        add_waited(w, out);
        add_answer(w, out);
        add_heard(w, out);
        add_effect(w, out);
        add_requests(w, out);
        add_page_state(w, out);
    } else if (!p->recording) {
        begin_line("budget", out);
        int64_t budget_ms = explain_step_budget_ms(step->step, step->attempt, p->multiplier_thousandths);
        if (budget_ms)
            figure_add_time(out, budget_ms);
        str_add_text(out, budget_ms ? " for the operation of that name\n" : "not known\n");
    }
    add_dialogs(p->log, p->visit->troubles[place], out);
    add_elsewhere(p->log, step, out);
    if (step->error != KIND_NONE)
        add_next(p->log, p->visit->troubles[place], w, out);
}

static void add_cure(const struct explain_page *p, struct str *out)
{
    const struct explain_cure *cure = &p->cure;
    if (cure->kind == EXPLAIN_CURE_UNSOUGHT)
        return;
    str_add_text(out, "  cure        ");
    if (cure->kind == EXPLAIN_CURE_NONE) {
        str_addf(out, "none proposed: %s (%u tried)\n", explain_no_cure(p), cure->runs);
        return;
    }
    explain_cure_command(p, out);
    str_addf(out, "\n              done at attempt %u, ", cure->attempts);
    figure_add_time(out, cure->took_ms);
    str_addf(out, "; the smallest that was found, in %u runs", cure->runs);
    if (cure->assumed)
        str_addf(out, "; it rests on %llu assumed answer%s", (unsigned long long)cure->assumed, cure->assumed == 1 ? "" : "s");
    str_add_char(out, '\n');
}

static void add_needs_recording(struct str *out)
{
    str_add_text(out, "  unknown     without a recording: the operation and how long it was waited for, when the page was last heard from,\n"
                      "              its open requests, frames and editors, and what would cure it: run with --record DIR\n");
}

void explain_print_page(const struct explain_page *p, struct str *out)
{
    add_headline(p->log, p->visit, out);
    for (uint32_t i = 0; i < p->visit->trouble_count; i++)
        add_trouble(p, i, out);
    if (p->visit->troubles_more)
        str_addf(out, "  and %u more steps that failed\n", p->visit->troubles_more);
    if (p->journaled)
        str_addf(out, "  journal     %s\n", p->journaled);
    str_add_text(out, "  verdict     ");
    explain_verdict(p, out);
    str_add_char(out, '\n');
    if (p->recording) {
        str_add_text(out, "  reproduce   ");
        explain_reproduce(p, out);
        str_add_char(out, '\n');
        add_cure(p, out);
    } else {
        add_needs_recording(out);
    }
    str_add_char(out, '\n');
}

static void count_untried(const struct explain_log *log, uint32_t *ret_count)
{
    for (uint32_t i = 0; i < log->visit_count; i++) {
        const struct explain_event *result = result_of(log, &log->visits[i]);
        *ret_count += result && result->outcome == VISIT_NOT_ATTEMPTED;
    }
}

/* The end of the batch, where it is not the end of all its visits. */
static void add_batch_end(const struct explain_log *log, struct str *out)
{
    const struct explain_event *last = log->count ? &log->events[log->count - 1] : NULL;
    if (!last || last->kind != EXPLAIN_SUMMARY || strcmp(last->word, batch_outcome_name(BATCH_COMPLETE)) == 0)
        return;
    str_addf(out, "  the batch ended early (%s)", last->word);
    if (last->error != KIND_NONE)
        str_addf(out, ": %s", kind_sentence(last->error));
    str_add_char(out, '\n');
}

void explain_print_head(const struct explain_head *head, uint32_t found, struct str *out)
{
    uint32_t untried = 0;
    count_untried(head->log, &untried);
    utf8_add_visible(out, slice_of(head->path));
    str_addf(out, ": %u visits, %u of them to explain\n", head->log->total, found);
    add_batch_end(head->log, out);
    if (head->recording && strcmp(head->recording, head->path) != 0) {
        str_add_text(out, "  recorded in ");
        utf8_add_visible(out, slice_of(head->recording));
        str_add_char(out, '\n');
    }
    if (!head->recording)
        str_add_text(out, "  no recording: told from its journal and event log alone\n");
    if (head->cut)
        str_add_text(out, head->recording ? "  it ends before the run did: what is told is told up to there\n"
                                          : "  its journal has no end: the run was killed, or goes on\n");
    if (head->cause)
        str_addf(out, "  the run was ended by its environment: %s\n", head->cause);
    if (untried)
        str_addf(out, "  %u visits were not attempted: the batch had ended before them\n", untried);
    if (!found)
        str_addf(out, "  no visit failed, hung or was tried again, and no step took over %u times the p95 of its like, or half of its budget\n",
                 EXPLAIN_SLOW_FACTOR);
    str_add_char(out, '\n');
}

void explain_print_rest(const struct explain_log *log, const struct explain_visit *const *visits, uint32_t count, struct str *out)
{
    if (count)
        str_add_text(out, "less is told of these; name one to have its page:\n");
    for (uint32_t i = 0; i < count; i++) {
        str_add_text(out, "  ");
        add_headline(log, visits[i], out);
    }
}
