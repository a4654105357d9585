/* A recording that failed outside any visit, or was not tried at all, has a case of its own. */
#include "engine/report/junit.h"

#include "engine/report/xml.h"
#include "engine/world/mark.h"

#define OWN_CASE "recording"

struct sums {
    size_t tests, failures, errors, skipped;
    int64_t took_us;
};

static bool has_failed_case(const struct junit_suite *s)
{
    for (size_t i = 0; i < s->count; i++)
        if (s->cases[i].result == JUNIT_FAILED)
            return true;
    return false;
}

/* What became of the recording where no visit tells it. */
static bool has_own_case(const struct junit_suite *s)
{
    return s->count == 0 || (s->failed && !has_failed_case(s));
}

static struct sums sums_of(const struct junit_suite *s)
{
    struct sums sums = {.tests = s->count + has_own_case(s), .took_us = s->took_us};
    for (size_t i = 0; i < s->count; i++)
        sums.skipped += s->cases[i].result == JUNIT_SKIPPED;
    sums.skipped += s->not_tried;
    sums.errors = s->failed && s->error;
    sums.failures = s->failed && !s->error;
    return sums;
}

static void add_seconds(struct str *out, int64_t us)
{
    str_addf(out, " time=\"%lld.%03lld\"", (long long)(us / 1000000), (long long)(us / 1000 % 1000));
}

static void add_sums(struct str *out, const struct sums *sums)
{
    str_addf(out, " tests=\"%zu\" failures=\"%zu\" errors=\"%zu\" skipped=\"%zu\"", sums->tests, sums->failures, sums->errors,
             sums->skipped);
    add_seconds(out, sums->took_us);
}

static void begin_case(struct str *out, const struct junit_suite *s, struct slice name, int64_t took_us)
{
    str_add(out, SLICE("    <testcase"));
    xml_add_attribute(out, "name", name);
    xml_add_attribute(out, "classname", slice_of(s->name));
    add_seconds(out, took_us);
}

static void add_failure(struct str *out, const struct junit_suite *s)
{
    const char *tag = s->error ? "error" : "failure";
    str_addf(out, "      <%s", tag);
    xml_add_attribute(out, "message", slice_of(s->reason));
    xml_add_attribute(out, "type", slice_of(s->kind));
    str_add_char(out, '>');
    xml_add_text(out, slice_of(s->story));
    str_addf(out, "</%s>\n", tag);
}

/* Beside a failure they are reruns that failed; in a case that passes, flaky ones. */
static void add_retries(struct str *out, const struct junit_case *c)
{
    const char *tag = c->result == JUNIT_FAILED ? "rerunFailure" : "flakyFailure";
    for (uint32_t i = 0; i < c->visit.retry_count; i++) {
        const struct outcome_retry *retry = &c->visit.retries[i];
        CLEANUP_STR struct str words;
        str_init(&words, 256);
        str_addf(&words, "attempt %u: %s at %s; tried again after %lld ms", i + 1, retry->kind, retry->step, (long long)retry->delay_ms);
        str_addf(out, "      <%s", tag);
        xml_add_attribute(out, "message", str_slice(&words));
        xml_add_attribute(out, "type", slice_of(retry->kind));
        str_addf(out, "><stackTrace>");
        xml_add_text(out, str_slice(&words));
        str_addf(out, "</stackTrace></%s>\n", tag);
    }
}

static void add_outcome(struct str *out, const struct junit_case *c)
{
    if (!c->ended || c->visit.outcome == VISIT_DONE)
        return;
    str_addf(out, "      <system-out>%s", visit_outcome_name(c->visit.outcome));
    if (c->visit.kind[0])
        str_addf(out, ": %s", c->visit.kind);
    if (c->visit.step[0])
        str_addf(out, " at %s", c->visit.step);
    str_addf(out, ", %u attempt%s, as recorded</system-out>\n", c->visit.attempts, c->visit.attempts == 1 ? "" : "s");
}

static void add_case(struct str *out, const struct junit_suite *s, const struct junit_case *c)
{
    char name[MARK_TEXT_MAX];
    struct mark mark = {.patient = c->visit.visit.patient, .dos = c->visit.visit.dos};
    size_t length = mark_format(&mark, name);
    begin_case(out, s, (struct slice){name, length}, c->took_us);
    str_add(out, SLICE(">\n"));
    if (c->result == JUNIT_SKIPPED)
        str_add(out, SLICE("      <skipped message=\"the replay had left its recording before it\"/>\n"));
    if (c->result == JUNIT_FAILED)
        add_failure(out, s);
    if (c->result != JUNIT_SKIPPED)
        add_retries(out, c);
    if (c->result == JUNIT_PASSED)
        add_outcome(out, c);
    str_add(out, SLICE("    </testcase>\n"));
}

static void add_own_case(struct str *out, const struct junit_suite *s)
{
    begin_case(out, s, SLICE(OWN_CASE), s->took_us);
    str_add(out, SLICE(">\n"));
    if (s->not_tried)
        str_add(out, SLICE("      <skipped message=\"not tried: another had failed\"/>\n"));
    if (s->failed)
        add_failure(out, s);
    str_add(out, SLICE("    </testcase>\n"));
}

static void add_suite(struct str *out, const struct junit_suite *s)
{
    struct sums sums = sums_of(s);
    str_add(out, SLICE("  <testsuite"));
    xml_add_attribute(out, "name", slice_of(s->name));
    add_sums(out, &sums);
    str_add(out, SLICE(">\n"));
    for (size_t i = 0; i < s->count; i++)
        add_case(out, s, &s->cases[i]);
    if (has_own_case(s))
        add_own_case(out, s);
    str_add(out, SLICE("  </testsuite>\n"));
}

void junit_format(const struct junit_suite *suites, size_t count, struct str *out)
{
    struct sums all = {0};
    for (size_t i = 0; i < count; i++) {
        struct sums sums = sums_of(&suites[i]);
        all.tests += sums.tests;
        all.failures += sums.failures;
        all.errors += sums.errors;
        all.skipped += sums.skipped;
        all.took_us += sums.took_us;
    }
    str_add(out, SLICE("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"revisit check\""));
    add_sums(out, &all);
    str_add(out, SLICE(">\n"));
    for (size_t i = 0; i < count; i++)
        add_suite(out, &suites[i]);
    str_add(out, SLICE("</testsuites>\n"));
}
