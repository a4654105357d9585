#include "engine/report/summary.h"

#include "engine/base/json_in.h"
#include "engine/batch/events.h"
#include "engine/policy/kind.h"
#include "engine/report/figures.h"

#include <jansson.h>
#include <stdlib.h>

#define STEPS_SHOWN 3

void summary_init(struct summary *s)
{
    *s = (struct summary){0};
}

void summary_fini(struct summary *s)
{
    for (size_t i = 0; i < s->step_count; i++)
        free(s->steps[i].durations_ms);
    *s = (struct summary){0};
}

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static int64_t number_of(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

static struct step_stats *stats_of(struct summary *s, const char *name)
{
    for (size_t i = 0; i < s->step_count; i++)
        if (strcmp(s->steps[i].name, name) == 0)
            return &s->steps[i];
    if (s->step_count == SUMMARY_STEPS_MAX)
        return NULL;
    struct step_stats *stats = &s->steps[s->step_count];
    if (!text_format(stats->name, sizeof stats->name, "%s", name))
        return NULL;
    s->step_count++;
    return stats;
}

static void take_step(struct summary *s, const json_t *event)
{
    struct step_stats *stats = stats_of(s, text_of(event, "step"));
    if (!stats)
        return;
    if (stats->count == stats->capacity) {
        size_t capacity = stats->capacity ? stats->capacity * 2 : 64;
        int64_t *grown = realloc(stats->durations_ms, capacity * sizeof *grown);
        if (!grown)
            return;
        stats->durations_ms = grown;
        stats->capacity = capacity;
    }
    int64_t duration = number_of(event, "duration");
    memcpy(s->step, stats->name, sizeof s->step);
    stats->durations_ms[stats->count++] = duration;
    stats->total_ms += duration;
}

static void take_start(struct summary *s, const json_t *event)
{
    s->step[0] = '\0';
    if (!text_format(s->place, sizeof s->place, "%s.v%lld, attempt %lld", text_of(event, "patient"),
                     (long long)number_of(event, "dos"), (long long)number_of(event, "attempt")))
        s->place[0] = '\0';
}

/* NULL when no more are named. */
static struct visit_line *new_line(struct summary *s, bool review)
{
    if (review)
        return s->review_count++ < SUMMARY_VISITS_MAX ? &s->reviews[s->review_count - 1] : NULL;
    return s->visit_count++ < SUMMARY_VISITS_MAX ? &s->visits[s->visit_count - 1] : NULL;
}

static void take_batch(struct summary *s, const json_t *event)
{
    s->total = number_of(event, "total");
    s->settled = number_of(event, "settled");
    s->settled_failed = number_of(event, "settledFailed");
    s->settled_needs_review = number_of(event, "settledNeedsReview");
}

/* Until batch_summary has the sums. */
static void count(struct summary *s, const char *name)
{
    int64_t *const counts[VISIT_OUTCOME_COUNT] = {
        [VISIT_DONE] = &s->done,
        [VISIT_FAILED] = &s->failed,
        [VISIT_NEEDS_REVIEW] = &s->needs_review,
        [VISIT_INTERRUPTED] = &s->interrupted,
        [VISIT_NOT_ATTEMPTED] = &s->not_attempted,
        [VISIT_UNDECIDED] = &s->undecided,
    };
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        if (strcmp(visit_outcome_name((enum visit_outcome)i), name) == 0)
            ++*counts[i];
}

static void take_result(struct summary *s, const json_t *event)
{
    const char *outcome = text_of(event, "outcome");
    bool done = strcmp(outcome, "done") == 0;
    count(s, outcome);
    s->place[0] = '\0';
    s->retried_done += done && number_of(event, "attempt") > 1;
    if (done || strcmp(outcome, "not_attempted") == 0)
        return;
    struct visit_line *line = new_line(s, strcmp(outcome, "needs_review") == 0);
    if (!line)
        return;
    const char *kind = text_of(event, "errorKind");
    int64_t attempts = number_of(event, "attempt");
    if (!text_format(line->text, sizeof line->text, "%s.v%lld  %s%s%s%s%s, %lld attempt%s", text_of(event, "patient"),
                     (long long)number_of(event, "dos"), outcome, *kind ? ": " : "", kind, *kind ? " at " : "",
                     text_of(event, "step"), (long long)attempts, attempts == 1 ? "" : "s"))
        line->text[0] = '\0';
}

static void take_end(struct summary *s, const json_t *event)
{
    s->ended = true;
    s->total = number_of(event, "total");
    s->done = number_of(event, "succeeded");
    s->failed = number_of(event, "failed");
    s->needs_review = number_of(event, "needsReview");
    s->interrupted = number_of(event, "interrupted");
    s->not_attempted = number_of(event, "notAttempted");
    s->undecided = number_of(event, "undecided");
    s->total_ms = number_of(event, "totalMs");
    if (!text_format(s->outcome, sizeof s->outcome, "%s", text_of(event, "outcome")))
        s->outcome[0] = '\0';
    if (!kind_parse(slice_of(text_of(event, "errorKind")), &s->fatal))
        s->fatal = KIND_NONE;
}

void summary_take(struct summary *s, struct slice line)
{
    json_auto_t *event = json_in_load(line, 0, NULL);
    const char *type = text_of(event, "type");
    if (strcmp(type, "step") == 0)
        take_step(s, event);
    else if (strcmp(type, "visit_start") == 0)
        take_start(s, event);
    else if (strcmp(type, "batch_start") == 0)
        take_batch(s, event);
    else if (strcmp(type, "visit_result") == 0)
        take_result(s, event);
    else if (strcmp(type, "retry") == 0)
        s->retries++;
    else if (strcmp(type, "batch_summary") == 0)
        take_end(s, event);
}

static void print_count(struct str *out, const char *label, int64_t count, const char *note)
{
    if (count)
        str_addf(out, "  %-14s %5lld%s\n", label, (long long)count, note);
}

static int by_number(const void *left, const void *right)
{
    int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;
    return (a > b) - (a < b);
}

static int by_total(const void *left, const void *right)
{
    const struct step_stats *a = left, *b = right;
    int order = (a->total_ms < b->total_ms) - (a->total_ms > b->total_ms);
    return order ? order : strcmp(a->name, b->name);
}

static void print_steps(struct summary *s, struct str *out)
{
    if (s->step_count == 0)
        return;
    qsort(s->steps, s->step_count, sizeof *s->steps, by_total);
    str_addf(out, "  slowest steps          p50       p95       max   (ms)\n");
    for (size_t i = 0; i < s->step_count && i < STEPS_SHOWN; i++) {
        struct step_stats *stats = &s->steps[i];
        if (stats->count == 0)
            continue;
        qsort(stats->durations_ms, stats->count, sizeof *stats->durations_ms, by_number);
        str_addf(out, "    %-16s %7lld   %7lld   %7lld\n", stats->name, (long long)stats->durations_ms[figure_rank(stats->count, 50)],
                 (long long)stats->durations_ms[figure_rank(stats->count, 95)], (long long)stats->durations_ms[stats->count - 1]);
    }
}

static size_t print_lines(const struct visit_line *lines, size_t count, size_t room, struct str *out)
{
    size_t shown = count < room ? count : room;
    for (size_t i = 0; i < shown; i++)
        str_addf(out, "    %s\n", lines[i].text);
    return shown;
}

static void print_visits(const struct summary *s, struct str *out)
{
    size_t shown = print_lines(s->reviews, s->review_count, SUMMARY_VISITS_MAX, out), all = s->review_count + s->visit_count;
    shown += print_lines(s->visits, s->visit_count, SUMMARY_VISITS_MAX - shown, out);
    if (all > shown)
        str_addf(out, "    ... and %zu more\n", all - shown);
}

static void print_settled(const struct summary *s, struct str *out)
{
    if (!s->settled)
        return;
    print_count(out, "settled before", s->settled, "");
    if (s->settled_failed)
        str_addf(out, "    of these %lld failed\n", (long long)s->settled_failed);
    if (s->settled_needs_review)
        str_addf(out, "    of these %lld for review: revisit status tells which\n", (long long)s->settled_needs_review);
}

/* The log has no end: what is known is where it stands. */
static void print_cut(struct summary *s, struct str *out)
{
    str_addf(out, "%lld visits, cut: the event log ends before its batch_summary\n", (long long)s->total);
    print_count(out, "done", s->done, "");
    print_count(out, "retries", s->retries, "");
    print_visits(s, out);
    if (s->place[0])
        str_addf(out, "  it stood at %s%s%s\n", s->place, s->step[0] ? ", after " : "", s->step);
    print_steps(s, out);
}

void summary_print(struct summary *s, int64_t real_us, struct str *out)
{
    if (!s->ended) {
        print_cut(s, out);
        return;
    }
    str_addf(out, "%lld visits, %s: ", (long long)s->total, s->outcome);
    figure_add_time(out, s->total_ms);
    if (real_us >= 0) {
        str_add_text(out, " of recorded time, replayed in ");
        figure_add_time(out, (real_us + 999) / 1000);
    }
    str_add_char(out, '\n');
    if (s->fatal != KIND_NONE)
        str_addf(out, "  %s\n", kind_sentence(s->fatal));
    print_settled(s, out);
    print_count(out, "done", s->done, "");
    print_count(out, "failed", s->failed, "");
    print_count(out, "needs review", s->needs_review, "   look at these charts before billing again");
    print_count(out, "interrupted", s->interrupted, "");
    print_count(out, "not attempted", s->not_attempted, "");
    print_count(out, "undecided", s->undecided, "   the recording does not tell");
    print_count(out, "retries", s->retries, "");
    print_count(out, "done by retry", s->retried_done, "");
    print_visits(s, out);
    print_steps(s, out);
}
