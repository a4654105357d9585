#include "engine/batch/events.h"

#include "engine/base/json_out.h"
#include "engine/base/memory.h"
#include "engine/batch/event_table.h"
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

/* One line in the making. It goes down the rows of its event: a key that the table has not
   there, and one that it has always and that is left out, are our bugs. */
struct line {
    struct event_log *log;
    struct json_out j;
    size_t row;
};

static struct line begin(struct event_log *log, enum event_row event, struct instant at)
{
    struct line l = {.log = log, .row = event + 1};
    str_clear(&log->text);
    json_out_init(&l.j, &log->text);
    json_out_object(&l.j, NULL);
    json_out_text(&l.j, "type", event_rows[event].event);
    json_out_int(&l.j, "at", instant_to_ms(at));
    return l;
}

static const char *row_of(struct line *l, const char *key)
{
    while (!event_rows[l->row].key || strcmp(event_rows[l->row].key, key) != 0) {
        ASSERT(event_rows[l->row].key && !event_rows[l->row].always);
        l->row++;
    }
    return event_rows[l->row++].key;
}

static void put_int(struct line *l, const char *key, int64_t value)
{
    json_out_int(&l->j, row_of(l, key), value);
}

static void put_text(struct line *l, const char *key, const char *value)
{
    json_out_text(&l->j, row_of(l, key), value);
}

static void put_string(struct line *l, const char *key, struct slice value)
{
    json_out_string(&l->j, row_of(l, key), value);
}

static void end(struct line *l)
{
    struct event_log *log = l->log;
    for (; event_rows[l->row].key; l->row++)
        ASSERT(!event_rows[l->row].always);
    json_out_end_object(&l->j);
    str_add_char(&log->text, '\n');
    if (str_full(&log->text)) {
        ASSERT(memory_has_failed());
        return;
    }
    log->line(log->ctx, str_slice(&log->text));
}

static void label(struct line *l, struct visit_label visit)
{
    struct mark mark = {.patient = visit.patient};
    char text[MARK_TEXT_MAX];
    size_t length = mark_format(&mark, text);
    put_string(l, "patient", (struct slice){text, length});
    put_int(l, "dos", visit.dos);
}

static void error_kind(struct line *l, enum kind kind)
{
    if (kind != KIND_NONE)
        put_text(l, "errorKind", kind_name(kind));
}

void event_batch_start(struct event_log *log, struct instant at, const struct batch_summary *summary)
{
    struct line l = begin(log, EVENT_BATCH_START, at);
    put_int(&l, "format", EVENTS_FORMAT);
    put_int(&l, "total", summary->total);
    put_int(&l, "settled", summary->settled);
    if (summary->earlier[VISIT_FAILED])
        put_int(&l, "settledFailed", summary->earlier[VISIT_FAILED]);
    if (summary->earlier[VISIT_NEEDS_REVIEW])
        put_int(&l, "settledNeedsReview", summary->earlier[VISIT_NEEDS_REVIEW]);
    end(&l);
}

void event_visit_start(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt)
{
    struct line l = begin(log, EVENT_VISIT_START, at);
    label(&l, visit);
    put_int(&l, "attempt", attempt);
    end(&l);
}

void event_step(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt, const char *step,
                struct duration took, enum kind kind)
{
    struct line l = begin(log, EVENT_STEP, at);
    label(&l, visit);
    put_int(&l, "attempt", attempt);
    put_text(&l, "step", step);
    put_int(&l, "duration", duration_to_ms(took));
    error_kind(&l, kind);
    end(&l);
}

void event_retry(struct event_log *log, struct instant at, struct visit_label visit, uint32_t attempt,
                 struct duration delay, const char *step, enum kind kind)
{
    struct line l = begin(log, EVENT_RETRY, at);
    label(&l, visit);
    put_int(&l, "attempt", attempt);
    put_int(&l, "delay", duration_to_ms(delay));
    put_text(&l, "step", step);
    error_kind(&l, kind);
    end(&l);
}

const char *event_review_sentence(bool billed)
{
    return billed ? "the bill was created and is on the chart, but the visit was not finished: close it, and do not bill it again"
                  : "the bill may have been created and the chart does not show it: look at this visit before it is billed again";
}

static void error_sentence(struct line *l, const struct visit_result *result)
{
    if (result->outcome == VISIT_NEEDS_REVIEW) {
        put_text(l, "error", event_review_sentence(result->billed));
        return;
    }
    CLEANUP_STR struct str sentence;
    str_init(&sentence, EVENT_LINE_MAX / 2);
    str_add_text(&sentence, kind_sentence(result->kind));
    if (result->place)
        str_addf(&sentence, ": %s", result->place);
    put_string(l, "error", str_slice(&sentence));
}

void event_visit_result(struct event_log *log, struct instant at, const struct visit_result *result)
{
    struct line l = begin(log, EVENT_VISIT_RESULT, at);
    label(&l, result->visit);
    json_out_bool(&l.j, row_of(&l, "success"), result->outcome == VISIT_DONE);
    put_text(&l, "outcome", visit_outcome_name(result->outcome));
    if (result->step)
        put_text(&l, "step", result->step);
    error_kind(&l, result->kind);
    if (result->kind != KIND_NONE)
        error_sentence(&l, result);
    put_int(&l, "duration", duration_to_ms(result->took));
    put_int(&l, "attempt", result->attempts);
    end(&l);
}

void event_progress(struct event_log *log, struct instant at, uint32_t completed, uint32_t total)
{
    struct line l = begin(log, EVENT_PROGRESS, at);
    put_int(&l, "completed", completed);
    put_int(&l, "total", total);
    end(&l);
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
    struct line l = begin(log, EVENT_DIALOG, at);
    put_text(&l, "dialog", id ? id : "unknown");
    put_text(&l, "kind", dialog_kind(type));
    put_int(&l, "length", (int64_t)length);
    put_text(&l, "answer", accepted ? "accepted" : "dismissed");
    end(&l);
}

void event_browser(struct event_log *log, struct instant at, const char *what)
{
    struct line l = begin(log, EVENT_BROWSER, at);
    put_text(&l, "state", what);
    end(&l);
}

void event_breaker(struct event_log *log, struct instant at, const struct breaker *breaker, struct duration delay)
{
    struct line l = begin(log, EVENT_BREAKER, at);
    put_text(&l, "state", breaker_state_name(breaker->state));
    if (breaker->state == BREAKER_OPEN)
        put_int(&l, "delay", duration_to_ms(delay));
    if (breaker->probes_failed)
        put_int(&l, "probesFailed", breaker->probes_failed);
    end(&l);
}

void event_stop(struct event_log *log, struct instant at, bool out_of_time)
{
    struct line l = begin(log, EVENT_STOP, at);
    put_text(&l, "reason", out_of_time ? "batch_timeout" : "signal");
    end(&l);
}

void event_session(struct event_log *log, struct instant at, const char *what)
{
    struct line l = begin(log, EVENT_SESSION, at);
    put_text(&l, "state", what);
    end(&l);
}

void event_batch_summary(struct event_log *log, struct instant at, const struct batch_summary *summary)
{
    struct line l = begin(log, EVENT_BATCH_SUMMARY, at);
    put_int(&l, "total", summary->total);
    put_int(&l, "succeeded", summary->counts[VISIT_DONE]);
    put_int(&l, "failed", summary->counts[VISIT_FAILED]);
    put_int(&l, "needsReview", summary->counts[VISIT_NEEDS_REVIEW]);
    put_int(&l, "interrupted", summary->counts[VISIT_INTERRUPTED]);
    put_int(&l, "notAttempted", summary->counts[VISIT_NOT_ATTEMPTED]);
    if (summary->counts[VISIT_UNDECIDED])
        put_int(&l, "undecided", summary->counts[VISIT_UNDECIDED]);
    put_int(&l, "settled", summary->settled);
    put_int(&l, "totalMs", duration_to_ms(summary->took));
    put_text(&l, "outcome", batch_outcome_name(summary->outcome));
    error_kind(&l, summary->kind);
    end(&l);
}
