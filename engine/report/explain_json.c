#include "engine/report/explain.h"

#include "engine/base/json_out.h"

#define PART_MAX 4096

static void add_label(struct json_out *j, struct visit_label visit)
{
    char label[MARK_TEXT_MAX];
    struct mark mark = {.patient = visit.patient};
    json_out_string(j, "patient", (struct slice){label, mark_format(&mark, label)});
    json_out_int(j, "dos", visit.dos);
}

static void add_effect(struct json_out *j, const struct explain_wait *w)
{
    static const char *const names[] = {
        [EFFECT_NO_REQUEST] = "none", [EFFECT_NOT_SENT] = "not_sent", [EFFECT_IN_FLIGHT] = "in_flight", [EFFECT_SENT] = "unanswered", [EFFECT_ANSWERED] = "answered"};
    if (!w->effect.is_effect)
        return;
    json_out_object(j, "request");
    json_out_bool(j, "sent", w->effect.sent);
    if (w->effect.sent)
        json_out_int(j, "sentAfterMs", w->effect.sent_after_ms);
    if (w->effect.ended) {
        json_out_text(j, "end", names[w->effect.request]);
        json_out_int(j, "endedAfterMs", w->effect.ended_after_ms);
    }
    json_out_bool(j, "tookPlace", w->effect.taken);
    json_out_end_object(j);
}

static void add_requests(struct json_out *j, const struct explain_wait *w)
{
    json_out_array(j, "unanswered");
    for (uint32_t i = 0; i < w->request_count; i++) {
        json_out_object(j, NULL);
        json_out_text(j, "tail", w->requests[i].tail);
        json_out_int(j, "ageMs", w->requests[i].age_ms);
        json_out_bool(j, "own", w->requests[i].own);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_heard(struct json_out *j, const struct explain_wait *w)
{
    if (!w->heard.known)
        return;
    json_out_object(j, "lastHeard");
    if (w->heard.name[0])
        json_out_text(j, w->heard.is_reply ? "replyTo" : "event", w->heard.name);
    json_out_int(j, "agoMs", w->heard.ago_ms);
    json_out_int(j, "messages", w->heard.count);
    json_out_end_object(j);
}

static void add_wait(struct json_out *j, const struct explain_wait *w)
{
    json_out_text(j, "operation", w->operation);
    json_out_int(j, "calledMs", w->called_ms);
    json_out_int(j, "waitedMs", w->waited_ms);
    if (w->budget_ms)
        json_out_int(j, "budgetMs", w->budget_ms);
    json_out_bool(j, "cutShort", w->cut_short);
    json_out_text(j, "end", explain_end_name(w->end));
    if (w->end == EXPLAIN_ANSWERED || w->end == EXPLAIN_LATE)
        json_out_int(j, "answeredAfterMs", w->answer_after_ms);
    if (w->kind != KIND_NONE)
        json_out_text(j, "answer", kind_name(w->kind));
    if (w->place)
        json_out_text(j, "place", w->place);
    if (w->silence)
        json_out_text(j, "silence", w->silence);
    add_heard(j, w);
    add_effect(j, w);
    add_requests(j, w);
    if (w->frames_known)
        json_out_int(j, "framesLoading", w->frames_loading);
    if (!w->editors_known)
        return;
    json_out_array(j, "editorsOpened");
    for (int i = 0; i < EXPLAIN_EDITORS; i++)
        if (w->editors >> i & 1)
            json_out_int(j, NULL, i);
    json_out_end_array(j);
}

static void add_dialogs(struct json_out *j, const struct explain_log *log, uint32_t trouble)
{
    const struct explain_event *step = &log->events[trouble];
    json_out_array(j, "dialogs");
    for (uint32_t i = trouble; i-- > 0 && log->events[i].kind != EXPLAIN_STEP && log->events[i].kind != EXPLAIN_VISIT_START;) {
        const struct explain_event *dialog = &log->events[i];
        if (dialog->kind != EXPLAIN_DIALOG || dialog->at_ms < step->at_ms - step->ms)
            continue;
        json_out_object(j, NULL);
        json_out_text(j, "dialog", dialog->word);
        json_out_text(j, "kind", dialog->type);
        json_out_int(j, "length", dialog->length);
        json_out_int(j, "atMs", dialog->at_ms);
        json_out_end_object(j);
    }
    json_out_end_array(j);
}

static void add_elsewhere(struct json_out *j, struct explain_compared c)
{
    json_out_object(j, "elsewhere");
    json_out_int(j, "n", c.n);
    if (c.n) {
        json_out_int(j, "p50Ms", c.p50_ms);
        json_out_int(j, "p95Ms", c.p95_ms);
        json_out_int(j, "maxMs", c.max_ms);
    }
    json_out_end_object(j);
}

static void add_trouble(struct json_out *j, const struct explain_page *p, uint32_t place)
{
    const struct explain_event *step = &p->log->events[p->visit->troubles[place]];
    CLEANUP_STR struct str next;
    str_init(&next, PART_MAX);
    json_out_object(j, NULL);
    json_out_text(j, "step", step_name(step->step));
    json_out_int(j, "attempt", step->attempt);
    json_out_int(j, "tookMs", step->ms);
    if (step->error != KIND_NONE)
        json_out_text(j, "errorKind", kind_name(step->error));
    if (step->pending)
        json_out_bool(j, "pending", true);
    if (p->waits[place].known)
        add_wait(j, &p->waits[place]);
    add_dialogs(j, p->log, p->visit->troubles[place]);
    add_elsewhere(j, explain_log_compare(p->log, step));
    if (step->error != KIND_NONE)
        explain_next(p->log, p->visit->troubles[place], &p->waits[place], &next);
    if (next.len)
        json_out_string(j, "then", str_slice(&next));
    json_out_end_object(j);
}

static void add_cure(struct json_out *j, const struct explain_page *p)
{
    const struct explain_cure *cure = &p->cure;
    CLEANUP_STR struct str command;
    str_init(&command, PART_MAX * 3);
    if (cure->kind == EXPLAIN_CURE_UNSOUGHT)
        return;
    json_out_object(j, "cure");
    json_out_int(j, "runs", cure->runs);
    if (cure->kind == EXPLAIN_CURE_NONE) {
        json_out_text(j, "none", explain_no_cure(p));
        json_out_end_object(j);
        return;
    }
    json_out_int(j, "timeoutMultiplierThousandths", cure->multiplier_thousandths);
    json_out_int(j, "attempt", cure->attempts);
    json_out_int(j, "duration", cure->took_ms);
    json_out_int(j, "assumed", (int64_t)cure->assumed);
    explain_cure_command(p, &command);
    json_out_string(j, "command", str_slice(&command));
    json_out_end_object(j);
}

void explain_json_begin(const struct explain_head *head, uint32_t found, struct str *out)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "path", head->path);
    if (head->recording)
        json_out_text(&j, "recording", head->recording);
    json_out_int(&j, "total", head->log->total);
    json_out_int(&j, "toExplain", found);
    json_out_bool(&j, "cut", head->cut);
    if (head->cause)
        json_out_text(&j, "endedBy", head->cause);
    json_out_array(&j, "visits");
}

static void add_result(struct json_out *j, const struct explain_page *p)
{
    if (p->visit->result == EXPLAIN_NONE)
        return;
    const struct explain_event *result = &p->log->events[p->visit->result];
    json_out_text(j, "outcome", visit_outcome_name(result->outcome));
    json_out_int(j, "attempt", result->attempt);
    json_out_int(j, "duration", result->ms);
}

void explain_json_page(const struct explain_page *p, bool first, struct str *out)
{
    struct json_out j;
    CLEANUP_STR struct str part;
    str_init(&part, PART_MAX * 3);
    if (!first)
        str_add_char(out, ',');
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    add_label(&j, p->visit->visit);
    json_out_text(&j, "class", explain_class_name(p->visit->class));
    add_result(&j, p);
    json_out_array(&j, "troubles");
    for (uint32_t i = 0; i < p->visit->trouble_count; i++)
        add_trouble(&j, p, i);
    json_out_end_array(&j);
    if (p->journaled)
        json_out_text(&j, "journal", p->journaled);
    explain_verdict(p, &part);
    json_out_string(&j, "verdict", str_slice(&part));
    str_clear(&part);
    explain_reproduce(p, &part);
    if (part.len)
        json_out_string(&j, "reproduce", str_slice(&part));
    add_cure(&j, p);
    json_out_end_object(&j);
}

void explain_json_end(struct str *out)
{
    str_add_text(out, "]}\n");
}
