/* Units are seconds, from whole milliseconds without a float in between: no locale, no rounding. */
#include "engine/report/metrics.h"

#include "engine/batch/event_table.h"
#include "engine/report/metrics_bounds.h"

static void add_head(struct str *out, const char *name, const char *type, const char *help)
{
    str_addf(out, "# HELP %s %s\n# TYPE %s %s\n", name, help, name, type);
}

static void add_seconds(struct str *out, int64_t ms)
{
    str_addf(out, "%lld", (long long)(ms / 1000));
    long long rest = ms % 1000;
    int digits = 3;
    for (; rest && rest % 10 == 0; rest /= 10)
        digits--;
    if (rest)
        str_addf(out, ".%0*lld", digits, rest);
}

static void add_gauge(struct str *out, const char *name, const char *help, int64_t value)
{
    add_head(out, name, "gauge", help);
    str_addf(out, "%s %lld\n", name, (long long)value);
}

static void add_counter(struct str *out, const char *name, const char *help, uint64_t value)
{
    add_head(out, name, "counter", help);
    str_addf(out, "%s %llu\n", name, (unsigned long long)value);
}

static void add_moment(struct str *out, const char *name, const char *help, int64_t wall_us)
{
    add_head(out, name, "gauge", help);
    str_addf(out, "%s ", name);
    add_seconds(out, wall_us / 1000);
    str_add_char(out, '\n');
}

/* label: "" or `step="saveSOAP",`, before the bucket's own. */
static void add_histogram(struct str *out, const char *name, const char *label, const int64_t *bounds_ms,
                          const struct metrics_histogram *h)
{
    uint64_t below = 0;
    for (size_t i = 0; i < METRICS_BUCKETS_MAX - 1; i++) {
        below += h->buckets[i];
        str_addf(out, "%s_bucket{%sle=\"", name, label);
        add_seconds(out, bounds_ms[i]);
        str_addf(out, "\"} %llu\n", (unsigned long long)below);
    }
    str_addf(out, "%s_bucket{%sle=\"+Inf\"} %llu\n", name, label, (unsigned long long)h->count);
    size_t length = strlen(label);
    bool bare = length == 0;
    str_addf(out, "%s_sum%s%.*s%s ", name, bare ? "" : "{", bare ? 0 : (int)length - 1, label, bare ? "" : "}");
    add_seconds(out, h->sum_ms);
    str_addf(out, "\n%s_count%s%.*s%s %llu\n", name, bare ? "" : "{", bare ? 0 : (int)length - 1, label, bare ? "" : "}",
             (unsigned long long)h->count);
}

static const char *step_label(size_t step)
{
    return step == STEP_COUNT ? "other" : step_name((enum step)step);
}

static void add_failures(const struct metrics *m, struct str *out)
{
    static const char name[] = "revisit_step_failures_total";
    bool head = false;
    for (size_t step = 0; step <= STEP_COUNT; step++)
        for (size_t kind = 0; kind <= METRICS_KINDS_MAX; kind++) {
            if (!m->failures[step][kind])
                continue;
            if (!head)
                add_head(out, name, "counter", "Steps that failed, by how.");
            head = true;
            str_addf(out, "%s{step=\"%s\",kind=\"%s\"} %llu\n", name, step_label(step),
                     kind == METRICS_KINDS_MAX ? "other" : kind_name((enum kind)kind), (unsigned long long)m->failures[step][kind]);
        }
}

static void add_steps(const struct metrics *m, struct str *out)
{
    static const char name[] = "revisit_step_duration_seconds";
    char label[64];
    bool head = false;
    for (size_t step = 0; step <= STEP_COUNT; step++) {
        if (!m->steps[step].count)
            continue;
        if (!head)
            add_head(out, name, "histogram", "Time that steps took, those that failed included.");
        head = true;
        ASSERT(text_format(label, sizeof label, "step=\"%s\",", step_label(step)));
        add_histogram(out, name, label, metrics_step_bounds_ms, &m->steps[step]);
    }
}

static void add_visits(const struct metrics *m, struct str *out)
{
    static const char name[] = "revisit_visits_total", settled[] = "revisit_visits_settled_before";
    add_gauge(out, "revisit_visits_planned", "Visits of the batch that are to be run.", m->total);
    add_head(out, settled, "gauge", "Visits that earlier runs of the batch have settled, by how they ended.");
    str_addf(out, "%s{outcome=\"done\"} %lld\n", settled, (long long)(m->settled - m->settled_failed - m->settled_needs_review));
    str_addf(out, "%s{outcome=\"failed\"} %lld\n", settled, (long long)m->settled_failed);
    str_addf(out, "%s{outcome=\"needs_review\"} %lld\n", settled, (long long)m->settled_needs_review);
    add_head(out, name, "counter", "Visits that have ended in this run, by how.");
    for (int i = 0; i < VISIT_OUTCOME_COUNT; i++)
        if (i != VISIT_UNDECIDED || m->visits[i])
            str_addf(out, "%s{outcome=\"%s\"} %llu\n", name, visit_outcome_name((enum visit_outcome)i), (unsigned long long)m->visits[i]);
    add_head(out, "revisit_visit_duration_seconds", "histogram", "Time that visits took which were attempted, waits included.");
    add_histogram(out, "revisit_visit_duration_seconds", "", metrics_visit_bounds_ms, &m->visit);
    add_counter(out, "revisit_attempts_total", "Attempts at visits that were begun.", m->attempts);
    add_counter(out, "revisit_retries_total", "Attempts that failed and were followed by another.", m->retries);
}

static void add_browser(const struct metrics *m, struct str *out)
{
    static const char name[] = "revisit_browser_events_total";
    const char *words = event_key_kind_words(KEY_BROWSER_STATE);
    add_head(out, name, "counter", "What became of the browser's process and page.");
    for (size_t i = 0, length; *words && i < METRICS_WORDS_MAX; i++, words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        str_addf(out, "%s{state=\"%.*s\"} %llu\n", name, (int)length, words, (unsigned long long)m->browser[i]);
    }
    add_counter(out, "revisit_dialogs_total", "JavaScript dialogs that were answered.", m->dialogs);
}

/* A state is 1, the others 0. */
static void add_breaker(const struct metrics *m, struct str *out)
{
    static const enum breaker_state states[] = {
#define X(id, name) id,
#include "engine/policy/breaker.def"
#undef X
    };
    add_head(out, "revisit_breaker_state", "gauge", "Where the breaker between visits stands: 1 at its state.");
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        str_addf(out, "revisit_breaker_state{state=\"%s\"} %d\n", breaker_state_name(states[i]), states[i] == m->breaker);
    add_gauge(out, "revisit_session_expired", "1 once the session at the site was seen to be over.", m->session_expired);
}

static void add_run(const struct metrics *m, const struct metrics_run *run, struct str *out)
{
    add_gauge(out, "revisit_run_active", "1 while a process is at the run.", run->active);
    if (run->began_us)
        add_moment(out, "revisit_run_last_start_timestamp_seconds", "When the last run began.", run->began_us);
    if (run->began_us && m->ended)
        add_moment(out, "revisit_run_last_end_timestamp_seconds", "When the last run ended.", run->began_us + m->ended_at_ms * 1000);
    add_head(out, "revisit_run_duration_seconds", "gauge", "How long the last run has taken so far, up to its last event.");
    str_add_text(out, "revisit_run_duration_seconds ");
    add_seconds(out, m->at_ms);
    str_add_char(out, '\n');
    add_head(out, "revisit_run_outcome", "gauge", "How the last run ended: 1 at its outcome, none while it goes on.");
    for (int i = 0; i < BATCH_OUTCOME_COUNT; i++)
        str_addf(out, "revisit_run_outcome{outcome=\"%s\"} %d\n", batch_outcome_name((enum batch_outcome)i),
                 m->has_outcome && m->outcome == (enum batch_outcome)i);
}

void metrics_format(const struct metrics *m, const struct metrics_run *run, struct str *out)
{
    add_head(out, "revisit_build_info", "gauge", "The program that made this: 1 at its version.");
    str_addf(out, "revisit_build_info{version=\"%s\"} 1\n", run->version);
    add_run(m, run, out);
    if (!m->begun)
        return;
    add_visits(m, out);
    add_steps(m, out);
    add_failures(m, out);
    add_browser(m, out);
    add_breaker(m, out);
}
