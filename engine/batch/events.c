#include "engine/batch/events.h"

#include "engine/base/json_out.h"
#include "engine/base/memory.h"
#include "engine/world/mark.h"

/* Far above the longest event: our sentences are short and ids are bounded. */
#define EVENT_LINE_MAX 4096

const char *visit_outcome_name(enum visit_outcome outcome)
{
    static const char *const names[] = {
#define X(id, name) [id] = name,
#include "engine/batch/outcome.def"
#undef X
    };
    return names[outcome];
}

const char *batch_outcome_name(enum batch_outcome outcome)
{
    static const char *const names[] = {
#define X(id, name, status) [id] = name,
#include "engine/batch/batch_outcome.def"
#undef X
    };
    return names[outcome];
}

void event_log_init(struct event_log *log, void *ctx, void (*line)(void *ctx, struct slice line))
{
    *log = (struct event_log){.ctx = ctx, .line = line};
    str_init(&log->text, EVENT_LINE_MAX);
}

void event_log_fini(struct event_log *log)
{
    str_fini(&log->text);
}

static void begin(struct event_log *log, struct json_out *j, const char *type, struct instant at)
{
    str_clear(&log->text);
    json_out_init(j, &log->text);
    json_out_object(j, NULL);
    json_out_text(j, "type", type);
    json_out_int(j, "at", instant_to_ms(at));
}

static void end(struct event_log *log, struct json_out *j)
{
    json_out_end_object(j);
    str_add_char(&log->text, '\n');
    if (str_full(&log->text)) {
        ASSERT(memory_has_failed());
        return;
    }
    log->line(log->ctx, str_slice(&log->text));
}

static void label(struct json_out *j, struct visit_label visit)
{
    struct mark mark = {.patient = visit.patient};
    char text[MARK_TEXT_MAX];
    size_t length = mark_format(&mark, text);
    json_out_string(j, "patient", (struct slice){text, length});
    json_out_int(j, "dos", visit.dos);
}

static void error_kind(struct json_out *j, enum kind kind)
{
    if (kind != KIND_NONE)
        json_out_text(j, "errorKind", kind_name(kind));
}

void event_batch_start(struct event_log *log, struct instant at, const struct batch_summary *summary)
{
    struct json_out j;
    begin(log, &j, "batch_start", at);
    json_out_int(&j, "format", EVENTS_FORMAT);
    json_out_int(&j, "total", summary->total);
    json_out_int(&j, "settled", summary->settled);
    if (summary->earlier[VISIT_FAILED])
        json_out_int(&j, "settledFailed", summary->earlier[VISIT_FAILED]);
    if (summary->earlier[VISIT_NEEDS_REVIEW])
        json_out_int(&j, "settledNeedsReview", summary->earlier[VISIT_NEEDS_REVIEW]);
    end(log, &j);
}

void event_visit_start(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt)
{
    struct json_out j;
    begin(log, &j, "visit_start", at);
    label(&j, visit);
    json_out_int(&j, "attempt", attempt);
    end(log, &j);
}

void event_step(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt, const char *step,
                struct duration took, enum kind kind)
{
    struct json_out j;
    begin(log, &j, "step", at);
    label(&j, visit);
    json_out_int(&j, "attempt", attempt);
    json_out_text(&j, "step", step);
    json_out_int(&j, "duration", duration_to_ms(took));
    error_kind(&j, kind);
    end(log, &j);
}

void event_retry(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt,
                 struct duration delay, const char *step, enum kind kind)
{
    struct json_out j;
    begin(log, &j, "retry", at);
    label(&j, visit);
    json_out_int(&j, "attempt", attempt);
    json_out_int(&j, "delay", duration_to_ms(delay));
    json_out_text(&j, "step", step);
    error_kind(&j, kind);
    end(log, &j);
}

static void error_sentence(struct json_out *j, const struct visit_result *result)
{
    if (result->outcome == VISIT_NEEDS_REVIEW) {
        json_out_text(j, "error",
                      result->billed ? "the bill was created and is on the chart, but the visit was not finished: "
                                       "close it, and do not bill it again"
                                     : "the bill may have been created and the chart does not show it: "
                                       "look at this visit before it is billed again");
        return;
    }
    CLEANUP_STR struct str sentence;
    str_init(&sentence, EVENT_LINE_MAX / 2);
    str_add_text(&sentence, kind_sentence(result->kind));
    if (result->place)
        str_addf(&sentence, ": %s", result->place);
    json_out_string(j, "error", str_slice(&sentence));
}

void event_visit_result(struct event_log *log, struct instant at, const struct visit_result *result)
{
    struct json_out j;
    begin(log, &j, "visit_result", at);
    label(&j, result->visit);
    json_out_bool(&j, "success", result->outcome == VISIT_DONE);
    json_out_text(&j, "outcome", visit_outcome_name(result->outcome));
    if (result->step)
        json_out_text(&j, "step", result->step);
    error_kind(&j, result->kind);
    if (result->kind != KIND_NONE)
        error_sentence(&j, result);
    json_out_int(&j, "duration", duration_to_ms(result->took));
    json_out_int(&j, "attempt", result->attempts);
    end(log, &j);
}

void event_progress(struct event_log *log, struct instant at, uint32_t completed, uint32_t total)
{
    struct json_out j;
    begin(log, &j, "progress", at);
    json_out_int(&j, "completed", completed);
    json_out_int(&j, "total", total);
    end(log, &j);
}

/* The protocol knows four; whatever else a browser or a recording says is none of them. */
static const char *dialog_kind(struct slice type)
{
    static const char *const kinds[] = {"alert", "confirm", "prompt", "beforeunload"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (slice_equal(type, slice_of(kinds[i])))
            return kinds[i];
    return "other";
}

void event_dialog(struct event_log *log, struct instant at, const char *id, struct slice type, size_t length, bool accepted)
{
    struct json_out j;
    begin(log, &j, "dialog", at);
    json_out_text(&j, "dialog", id ? id : "unknown");
    json_out_text(&j, "kind", dialog_kind(type));
    json_out_int(&j, "length", (int64_t)length);
    json_out_text(&j, "answer", accepted ? "accepted" : "dismissed");
    end(log, &j);
}

void event_browser(struct event_log *log, struct instant at, const char *what)
{
    struct json_out j;
    begin(log, &j, "browser", at);
    json_out_text(&j, "state", what);
    end(log, &j);
}

void event_breaker(struct event_log *log, struct instant at, const struct breaker *breaker, struct duration delay)
{
    struct json_out j;
    begin(log, &j, "breaker", at);
    json_out_text(&j, "state", breaker_state_name(breaker->state));
    if (breaker->state == BREAKER_OPEN)
        json_out_int(&j, "delay", duration_to_ms(delay));
    if (breaker->probes_failed)
        json_out_int(&j, "probesFailed", breaker->probes_failed);
    end(log, &j);
}

void event_stop(struct event_log *log, struct instant at, bool out_of_time)
{
    struct json_out j;
    begin(log, &j, "stop", at);
    json_out_text(&j, "reason", out_of_time ? "batch_timeout" : "signal");
    end(log, &j);
}

void event_session(struct event_log *log, struct instant at, const char *what)
{
    struct json_out j;
    begin(log, &j, "session", at);
    json_out_text(&j, "state", what);
    end(log, &j);
}

void event_batch_summary(struct event_log *log, struct instant at, const struct batch_summary *summary)
{
    struct json_out j;
    begin(log, &j, "batch_summary", at);
    json_out_int(&j, "total", summary->total);
    json_out_int(&j, "succeeded", summary->counts[VISIT_DONE]);
    json_out_int(&j, "failed", summary->counts[VISIT_FAILED]);
    json_out_int(&j, "needsReview", summary->counts[VISIT_NEEDS_REVIEW]);
    json_out_int(&j, "interrupted", summary->counts[VISIT_INTERRUPTED]);
    json_out_int(&j, "notAttempted", summary->counts[VISIT_NOT_ATTEMPTED]);
    if (summary->counts[VISIT_UNDECIDED])
        json_out_int(&j, "undecided", summary->counts[VISIT_UNDECIDED]);
    json_out_int(&j, "settled", summary->settled);
    json_out_int(&j, "totalMs", duration_to_ms(summary->took));
    json_out_text(&j, "outcome", batch_outcome_name(summary->outcome));
    error_kind(&j, summary->kind);
    end(log, &j);
}
