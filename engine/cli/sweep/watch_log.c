/* The event log, line by line: what it says of attempts, waits, results and the breaker is
   held against what the records and the clock say. */
#include "engine/cli/sweep/watch.h"

#include "engine/cli/sweep/scan.h"

#define STOP_US 25000000
#define FIRST_WAIT_MS 30000

struct line {
    struct scan scan;
    uint32_t visit; /* index; UINT32_MAX: none */
    int64_t attempt;
};

static int64_t asked_ms(uint32_t seconds)
{
    return (seconds < 120 ? seconds : 120) * INT64_C(1000);
}

static uint32_t take_label(const struct watch *w, struct scan *s)
{
    int64_t dos = 0;
    if (!scan_word(s, SLICE(",\"patient\":\"p")))
        return UINT32_MAX;
    int64_t patient = scan_number(s);
    s->at += s->at < s->end;
    (void)scan_int(s, KEY("dos"), &dos);
    return clinic_visit(w->clinic, (uint32_t)patient, (uint32_t)dos);
}

static enum kind take_kind(struct scan *s)
{
    struct slice word;
    enum kind kind = KIND_NONE;
    if (scan_string(s, TEXT_KEY("errorKind"), &word))
        (void)kind_parse(word, &kind);
    return kind;
}

static void first_start(struct watch *w, struct watched *visit)
{
    MUST(w->v, INV_BREAKER_OPENS, !watch_breaker_trips(w), "a visit is begun after %u visits in a row, %d of 20 attempts",
         w->breaker_row, __builtin_popcount(w->breaker_window));
    if (w->any_visit_ended)
        MUST(w->v, INV_PACE, w->now.us - w->visit_ended.us >= w->terms.min_gap.us && w->now.us >= w->not_before.us,
             "%lld us after the last, which the site asked to be %lld", (long long)(w->now.us - w->visit_ended.us),
             (long long)(w->not_before.us - w->visit_ended.us));
    int64_t thousandths = w->terms.multiplier_thousandths > 1000 ? w->terms.multiplier_thousandths : 1000;
    w->visit_limit = instant_add(w->now, duration_ms(600 * thousandths));
    visit->ended = false;
}

static void visit_start(struct watch *w, struct line *line)
{
    int64_t attempt = 0;
    uint32_t index = take_label(w, &line->scan);
    (void)scan_int(&line->scan, KEY("attempt"), &attempt);
    if (index == UINT32_MAX) {
        BROKEN(w->v, INV_ONE_RESULT, "a visit that is not in the batch");
        return;
    }
    struct watched *visit = &w->visits[index];
    MUST(w->v, INV_STOP, !w->stop_asked, "attempt %lld", (long long)attempt);
    MUST(w->v, INV_OPEN, w->breaker == BREAKER_CLOSED, "attempt %lld", (long long)attempt);
    MUST(w->v, INV_FATAL, !w->told_expired, "attempt %lld", (long long)attempt);
    MUST(w->v, INV_ONE_RESULT, !visit->settled && visit->results == 0, "a settled visit is begun");
    bool in_doubt = visit->effects[EFFECT_BILLING] == EFFECT_INTENDED;
    MUST(w->v, INV_ATTEMPTS, attempt == visit->charged + 1 && attempt <= w->terms.max_retries + 1 + in_doubt,
         "attempt %lld after %u charged", (long long)attempt, visit->charged);
    MUST(w->v, INV_BACKOFF, w->backing_off == (visit->starts > 0), "attempt %lld without a wait, or a wait without", (long long)attempt);
    if (w->backing_off)
        MUST(w->v, INV_BACKOFF, watch_is_due(w, w->backoff_since, w->backoff), "attempt %lld after %lld us, not %lld",
             (long long)attempt, (long long)(w->now.us - w->backoff_since.us), (long long)w->backoff.us);
    if (visit->starts++ == 0)
        first_start(w, visit);
    w->fresh_attempt = w->backing_off;
    w->began_in_doubt = in_doubt;
    w->backing_off = w->intent = w->in_fence = w->intent_used = false;
    w->report = (struct effect_report){0};
    memset(w->reads, 0, sizeof w->reads);
}

static void retry(struct watch *w, struct line *line)
{
    int64_t attempt = 1, delay = 0;
    struct slice step;
    uint32_t index = take_label(w, &line->scan);
    (void)scan_int(&line->scan, KEY("attempt"), &attempt);
    (void)scan_int(&line->scan, KEY("delay"), &delay);
    (void)scan_string(&line->scan, TEXT_KEY("step"), &step);
    enum kind kind = take_kind(&line->scan);
    int64_t asked = asked_ms(w->report.retry_after_s);
    int64_t expected = INT64_C(1000) << (attempt - 1);
    if (asked > expected) {
        expected = asked;
        reached(w->v, SOMETIMES_RETRY_AFTER);
    }
    MUST(w->v, INV_BACKOFF, delay == expected, "%lld ms before attempt %lld, not %lld", (long long)delay, (long long)attempt,
         (long long)expected);
    bool to_look = !w->began_in_doubt && index != UINT32_MAX && w->visits[index].effects[EFFECT_BILLING] == EFFECT_INTENDED;
    MUST(w->v, INV_RETRIES_USED, kind_is_transient(kind) && attempt <= w->terms.max_retries + 1 + to_look, "attempt %lld after kind %d",
         (long long)attempt, kind);
    MUST(w->v, INV_ATTEMPTS, index != UINT32_MAX && attempt == w->visits[index].charged + 2, "attempt %lld", (long long)attempt);
    w->in_fence = false;
    w->backing_off = true;
    w->backoff = duration_ms(expected);
}

/* In a fence the visit's deadline is no limit, until the step of the effect is over. */
static void step(struct watch *w, struct line *line)
{
    struct slice name = SLICE_NONE;
    int64_t number = 0;
    uint32_t index = take_label(w, &line->scan);
    MUST(w->v, INV_ATTEMPTS, scan_int(&line->scan, KEY("attempt"), &number) && index != UINT32_MAX && number == w->visits[index].charged + 1,
         "a step of attempt %lld", (long long)number);
    (void)scan_string(&line->scan, TEXT_KEY("step"), &name);
    (void)scan_int(&line->scan, KEY("duration"), &number);
    MUST(w->v, INV_FORWARD, number >= 0, "a step of %lld ms", (long long)number);
    static const char *const of[] = {[EFFECT_DIAGNOSIS] = "saveDiagnosis", [EFFECT_NOTE] = "saveSOAP", [EFFECT_BILLING] = "generateBilling"};
    if (w->in_fence && (line->scan.at[0] == ',' || slice_equal(name, slice_of(of[w->intent_effect]))))
        w->in_fence = false;
}

static enum visit_outcome outcome_of(struct slice name)
{
    for (enum visit_outcome outcome = 0; outcome < VISIT_OUTCOME_COUNT; outcome++)
        if (slice_equal(name, slice_of(visit_outcome_name(outcome))))
            return outcome;
    return VISIT_OUTCOME_COUNT;
}

static bool result_fits(const struct watch *w, const struct watched *visit, enum visit_outcome outcome, enum kind kind)
{
    switch (outcome) {
    case VISIT_DONE: return visit->settled && visit->outcome == outcome && kind == KIND_NONE;
    case VISIT_FAILED:
    case VISIT_NEEDS_REVIEW:
        return visit->ended && visit->journaled == outcome && visit->settled == !kind_is_fatal(kind) && kind != KIND_NONE;
    case VISIT_INTERRUPTED: return !visit->settled && (w->stop_asked || w->commit_failed || visit->starts);
    case VISIT_NOT_ATTEMPTED: return !visit->settled && visit->starts == 0;
    case VISIT_UNDECIDED: return w->clinic->recorded && visit->ended && visit->journaled == outcome;
    case VISIT_OUTCOME_COUNT: return false;
    }
    return false;
}

static void visit_result(struct watch *w, struct line *line)
{
    struct slice word = SLICE_NONE;
    uint32_t index = take_label(w, &line->scan);
    bool success = scan_word(&line->scan, SLICE(",\"success\":true"));
    if (!success)
        (void)scan_word(&line->scan, SLICE(",\"success\":false"));
    (void)scan_string(&line->scan, TEXT_KEY("outcome"), &word);
    enum visit_outcome outcome = outcome_of(word);
    (void)scan_string(&line->scan, TEXT_KEY("step"), &word);
    enum kind kind = take_kind(&line->scan);
    if (index == UINT32_MAX || outcome == VISIT_OUTCOME_COUNT) {
        BROKEN(w->v, INV_ONE_RESULT, "a result that is none");
        return;
    }
    struct watched *visit = &w->visits[index];
    MUST(w->v, INV_ONE_RESULT, visit->results++ == 0 && !visit->settled_before, "a second result");
    MUST(w->v, INV_RESULT, success == (outcome == VISIT_DONE) && result_fits(w, visit, outcome, kind),
         "outcome %d, kind %d; the journal: settled %d, ended %d as %d", outcome, kind, visit->settled, visit->ended, visit->journaled);
    w->counts[outcome]++;
    visit->told = outcome;
    if (outcome == VISIT_NEEDS_REVIEW)
        reached(w->v, SOMETIMES_NEEDS_REVIEW);
    if (kind == KIND_ALREADY_BILLED)
        reached(w->v, SOMETIMES_ALREADY_BILLED);
    w->in_fence = w->intent = w->backing_off = w->began_in_doubt = w->op_decides = false;
    if (outcome == VISIT_NOT_ATTEMPTED)
        return;
    w->any_visit_ended = true;
    w->visit_ended = w->now;
    w->not_before = instant_add(w->now, duration_ms(asked_ms(w->report.retry_after_s)));
}

static void progress(struct watch *w, struct line *line)
{
    int64_t completed = 0, total = 0;
    (void)scan_int(&line->scan, KEY("completed"), &completed);
    (void)scan_int(&line->scan, KEY("total"), &total);
    w->completed++;
    MUST(w->v, INV_SUMS, completed == w->settled_before + w->completed && total == w->clinic->visit_count, "progress %lld of %lld",
         (long long)completed, (long long)total);
}

static void breaker(struct watch *w, struct line *line)
{
    struct slice word = SLICE_NONE;
    enum breaker_state state = BREAKER_CLOSED;
    int64_t delay = 0, failed = 0;
    (void)scan_string(&line->scan, TEXT_KEY("state"), &word);
    (void)breaker_state_parse(word, &state);
    if (!scan_int(&line->scan, KEY("delay"), &delay))
        return;
    (void)scan_int(&line->scan, KEY("probesFailed"), &failed);
    if (w->breaker == BREAKER_HALF_OPEN)
        w->probes_failed++;
    else
        w->http_asked_s = 0;
    int64_t expected = (int64_t)FIRST_WAIT_MS << w->probes_failed;
    int64_t asked = asked_ms(w->http_asked_s), before = (w->not_before.us - w->now.us) / 1000;
    asked = asked > before ? asked : before;
    expected = asked > expected ? asked : expected;
    MUST(w->v, INV_BREAKER_WAIT, delay == expected && failed == w->probes_failed && state == BREAKER_OPEN,
         "%lld ms after %lld failed probes, not %lld", (long long)delay, (long long)failed, (long long)expected);
    w->breaker_wait = duration_ms(expected);
}

static void stop(struct watch *w, struct line *line)
{
    MUST(w->v, INV_STOP, !w->stop_asked, "asked twice");
    w->stop_asked = true;
    w->stop_limit = instant_add(w->now, (struct duration){STOP_US});
    if (w->op && w->op_kind == OP_CALL && w->op_is_effect)
        reached(w->v, SOMETIMES_SIGNAL_EFFECT);
    if (w->backing_off && !w->op)
        reached(w->v, SOMETIMES_SIGNAL_BACKOFF);
    if (scan_word(&line->scan, SLICE(",\"reason\":\"batch_timeout\"")))
        reached(w->v, SOMETIMES_BATCH_TIMEOUT);
    if (w->op && w->op_kind == OP_HTTP)
        w->op = 0;
}

static void session(struct watch *w)
{
    w->told_expired = true;
    w->latch_due = true;
}

static void batch_start(struct watch *w, struct line *line)
{
    int64_t format = 0, total = 0, settled = 0;
    (void)scan_int(&line->scan, KEY("format"), &format);
    (void)scan_int(&line->scan, KEY("total"), &total);
    (void)scan_int(&line->scan, KEY("settled"), &settled);
    MUST(w->v, INV_SUMS, total == w->clinic->visit_count && settled == w->settled_before, "%lld visits, %lld settled", (long long)total,
         (long long)settled);
}

static void batch_summary(struct watch *w, struct line *line)
{
    static const struct {
        struct slice key;
        enum visit_outcome outcome;
    } keys[] = {{KEY("succeeded"), VISIT_DONE},          {KEY("failed"), VISIT_FAILED},
                {KEY("needsReview"), VISIT_NEEDS_REVIEW}, {KEY("interrupted"), VISIT_INTERRUPTED},
                {KEY("notAttempted"), VISIT_NOT_ATTEMPTED}};
    int64_t total = 0, settled = 0, number, sum = 0;
    bool fits = true;
    (void)scan_int(&line->scan, KEY("total"), &total);
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        number = -1;
        fits &= scan_int(&line->scan, keys[i].key, &number) && number == w->counts[keys[i].outcome];
        sum += number;
    }
    (void)scan_int(&line->scan, KEY("settled"), &settled);
    MUST(w->v, INV_SUMS, fits && settled == w->settled_before && total == sum + settled, "the summary: %lld of %lld, settled %lld",
         (long long)sum, (long long)total, (long long)settled);
    w->summaries++;
    if (w->stop_asked)
        MUST(w->v, INV_STOP_TIME, w->now.us <= w->stop_limit.us + 2000000, "%lld us after it was asked",
             (long long)(w->now.us - w->stop_limit.us + STOP_US));
}

void watch_line(struct watch *w, struct slice text)
{
    struct line line = {.scan = scan_of(text), .visit = UINT32_MAX};
    int64_t at = -1;
    w->log_digest = digest_more(w->log_digest, text);
    w->log_lines++;
    if (!scan_word(&line.scan, SLICE("{\"type\":\"")))
        return;
    struct slice type = scan_text(&line.scan);
    (void)scan_int(&line.scan, KEY("at"), &at);
    MUST(w->v, INV_FORWARD, at == w->now.us / 1000, "a line of %lld ms at %lld us", (long long)at, (long long)w->now.us);
    MUST(w->v, INV_LATCH, !w->latch_due, "a line before it");
    switch (type.ptr[0]) {
    case 'v': type.len == 11 ? visit_start(w, &line) : visit_result(w, &line); return;
    case 'r': retry(w, &line); return;
    case 'p': progress(w, &line); return;
    case 'b':
        if (type.len == 11)
            batch_start(w, &line);
        else if (type.len == 13)
            batch_summary(w, &line);
        else if (type.ptr[2] == 'e')
            breaker(w, &line);
        return;
    case 's':
        if (type.len == 7)
            session(w);
        else if (type.ptr[2] == 'e')
            step(w, &line);
        else
            stop(w, &line);
        return;
    }
}
