/* The rules of a run once more: timeouts, retries, classes of kinds, the breaker, the fatal stop. Not here: signals, kills, the
   journal's disk and a browser that does not start; of those the test compares outcomes alone. At most 80 lines. */
#include "tests/unit/reference_parts.h"
#include <string.h>
#define SECOND INT64_C(1000000)
static const struct budget { const char *ops; int64_t ms; } budgets[] = { /* of navigation, element, network, save, billing, editor, close, */
    {"odDkK", 15000}, {"wicf", 10000}, {"spl", 20000}, {"12", 15000}, {"3", 20000}, {"nN", 20000}, {"x", 10000},
    {"YRFH", 15000}, {"B", 15000}, {"P#L", 0}}; /* session, start */
static const char transient[] = "timeout element_not_found network target_crashed browser_gone dialog_blocked too_late unknown";
static struct reference_log *lines; static unsigned window, in_a_row; /* failed: attempts, a bit each; visits */

int64_t reference_budget(char op) /* rounded once, half up, to whole ms; a ping has 3 s whatever the settings, a disk its time */
{
    const struct budget *budget = budgets;
    while (!strchr(budget->ops, op)) budget++;
    int64_t halves = strchr("FH", op) ? 2 : reference.site.attempt + 1;
    int64_t ms = (budget->ms * reference.site.day->multiplier * halves + 1000) / 2000;
    return op == 'P' ? 3 * SECOND : strchr("#L", op) ? REFERENCE_NEVER : ms * 1000;
}
bool reference_is_transient(const char *kind) { return kind && strstr(transient, kind); }
static bool is_fatal(const char *kind) { return kind && strcmp(kind, "session_expired") == 0; }
static int64_t at_least(int64_t span, int64_t asked) /* what the site asks for, in seconds, is honoured up to 120 s */
{ int64_t honoured = (asked < 120 ? asked : 120) * SECOND; return span > honoured ? span : honoured; }
static void say(char what, int64_t span, const char *outcome)
{ struct reference_state *r = &reference;
  lines->events[lines->count++] = (struct reference_event){what, r->site.visit, r->site.attempt, span, outcome, r->step, r->kind, r->site.now}; }
static const char *run_visit(int64_t timeout) /* how the batch is over, or NULL */
{
    struct reference_state *r = &reference;
    int64_t began = r->site.now;
    for (r->limit = began + timeout, r->site.attempt = 1;; r->site.attempt++) {
        bool in_doubt = r->intended & REFERENCE_BILL;
        say('s', 0, NULL);
        bool failed = !reference_attempt() && reference_is_transient(r->kind);
        if (is_fatal(r->kind)) reference_ask('#'); else window = (window << 1 | failed) & 0xfffff;
        int64_t delay = at_least(SECOND << r->site.attempt, r->retry_after);
        bool in_time = r->site.attempt <= r->site.day->max_retries && r->site.now + delay < r->limit;
        bool looks = r->intended & REFERENCE_BILL && !in_doubt; /* a bill that may have been made is looked for, late or not */
        if (!failed || r->review || !(in_time || looks)) break;
        say('r', delay, NULL), reference_ask('#'), reference_site_wait(&r->site, delay);
    }
    reference_ask('#');
    const char *worse = r->kind && strcmp(r->kind, "undecided") == 0 ? r->kind : r->touched & REFERENCE_BILL ? "needs_review" : "failed";
    say('v', r->site.now - began, r->kind ? worse : "done");
    if (!is_fatal(r->kind)) in_a_row = reference_is_transient(r->kind) ? in_a_row + 1 : 0;
    return is_fatal(r->kind) ? "fatal" : NULL;
}
static const char *run_breaker(int64_t not_before) /* it has opened; how the batch is over, or NULL */
{
    int64_t wait = 30 * SECOND, retry_after = 0;
    say('b', 0, "open");
    for (int probes = 1;; probes++, wait *= 2) {
        int64_t told = at_least(wait, retry_after), left = not_before - reference.site.now;
        reference_ask('#'), reference_site_wait(&reference.site, told > left ? told : left);
        say('b', 0, "half_open"), reference_ask('#');
        bool answers = reference_ask('H'), expired = is_fatal(reference.said.kind), well = answers || expired;
        retry_after = reference.said.retry_after;
        if (expired) reference_ask('#');
        say('b', 0, well ? "closed" : probes == 3 ? "stopped" : "open");
        if (well || probes == 3) return window = in_a_row = 0, reference_ask('#'), expired ? "fatal" : well ? NULL : (reference_leave(), "breaker");
    }
}
void reference_run(const struct reference_day *day, struct reference_log *ret_log)
{
    int64_t multiplier = day->multiplier > 1000 ? day->multiplier : 1000, not_before = 0; /* 600 s a visit, never less by a multiplier */
    lines = ret_log, lines->count = window = in_a_row = 0, lines->outcome = NULL;
    reference_begin(day);
    for (uint32_t n = 1; n <= day->visit_count; n++) {
        bool trips = !lines->outcome && (in_a_row >= 3 || __builtin_popcount(window) >= 10);
        reference_visit(0);
        if (trips) lines->outcome = run_breaker(not_before);
        if (!lines->outcome && not_before > reference.site.now) reference_site_wait(&reference.site, not_before - reference.site.now);
        reference_visit(n);
        if (!lines->outcome) lines->outcome = run_visit(day->visit_timeout ? day->visit_timeout : 600000 * multiplier);
        else say('v', 0, "not_attempted");
        not_before = reference.site.now + at_least(0, reference.retry_after); /* the site asked the last attempt */
    }
    if (!lines->outcome) lines->outcome = "complete";
}
