/* What is told of a batch while it runs, and when it has ended. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/cli/narrator.h"
#include "engine/cli/progress.h"

#define MINUTE_US INT64_C(60000000)
#define SCREEN_LINES 24

static struct summary s;
static struct str text;

static int begin(void **state)
{
    (void)state;
    summary_init(&s);
    str_init(&text, 1 << 16);
    return 0;
}

static int end(void **state)
{
    (void)state;
    summary_fini(&s);
    str_fini(&text);
    return 0;
}

static void take(const char *line)
{
    summary_take(&s, slice_of(line));
}

static void visit(uint32_t patient, const char *outcome, const char *kind)
{
    CLEANUP_STR struct str line;
    str_init(&line, 1024);
    str_addf(&line, "{\"type\":\"visit_result\",\"at\":1,\"patient\":\"p%u\",\"dos\":1,\"success\":false,\"outcome\":\"%s\"%s%s,\"duration\":1,\"attempt\":3}",
             patient, outcome, kind ? ",\"step\":\"navigateCheckout\",\"errorKind\":" : "", kind ? kind : "");
    take(str_text(&line));
}

static void shows(const struct mark *at, int64_t elapsed_us, const char *expected)
{
    str_clear(&text);
    progress_format(&s, at, elapsed_us, &text);
    assert_string_equal(str_text(&text), expected);
}

static void the_line_counts_visits_and_tells_the_pace_and_the_place(void **state)
{
    struct mark at = {.patient = 12, .dos = 3, .attempt = 1, .step = "saveSOAP"};
    (void)state;
    take("{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":104,\"settled\":4}");
    shows(&MARK_RUN, 0, "[  0/100] done 0 failed 0 retried 0");
    for (uint32_t i = 1; i <= 36; i++)
        visit(i, "done", NULL);
    visit(37, "failed", "\"timeout\"");
    take("{\"type\":\"retry\",\"at\":1,\"patient\":\"p1\",\"dos\":1,\"attempt\":2,\"delay\":2000,\"step\":\"saveSOAP\",\"errorKind\":\"timeout\"}");
    shows(&at, 37 * MINUTE_US / 3, "[ 37/100] done 36 failed 1 retried 1  3.0 visits/min  eta 21:00  p12.v3 saveSOAP");
    shows(&at, 37 * MINUTE_US * 2, "[ 37/100] done 36 failed 1 retried 1  0.5 visits/min  eta 2:06:00  p12.v3 saveSOAP");
}

static void charts_for_a_person_are_counted_and_what_is_over_has_no_eta(void **state)
{
    struct mark outside = {.step = "preflight"};
    (void)state;
    take("{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":2,\"settled\":0}");
    visit(1, "needs_review", "\"timeout\"");
    visit(2, "done", NULL);
    shows(&outside, MINUTE_US, "[2/2] done 1 failed 0 review 1 retried 0  2.0 visits/min");
}

static void a_line_is_cut_to_the_window_with_a_mark(void **state)
{
    (void)state;
    live_line_fit("[ 37/100] done", 14, true, &text);
    assert_string_equal(str_text(&text), "[ 37/100] done");
    str_clear(&text);
    live_line_fit("[ 37/100] done", 13, true, &text);
    assert_string_equal(str_text(&text), "[ 37/100] do\xe2\x80\xa6");
    str_clear(&text);
    live_line_fit("[ 37/100] done", 13, false, &text);
    assert_string_equal(str_text(&text), "[ 37/100] do>");
    str_clear(&text);
    live_line_fit("[ 37/100] done", 0, false, &text);
    assert_string_equal(str_text(&text), "");
}

/* All that can be told, of a batch in which all went wrong; and six lines on how to go on stand below it. */
static void the_closing_summary_is_a_screen_at_most(void **state)
{
    static const char *const steps[] = {"openVisit", "saveSOAP", "saveDiagnosis", "navigateICD", "navigatePTNote"};
    size_t lines = 0;
    (void)state;
    take("{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":500,\"settled\":0}");
    for (uint32_t i = 1; i <= 400; i++)
        visit(i, i % 2 ? "failed" : "needs_review", "\"timeout\"");
    for (size_t i = 0; i < 5; i++) {
        CLEANUP_STR struct str line;
        str_init(&line, 1024);
        str_addf(&line, "{\"type\":\"step\",\"at\":1,\"patient\":\"p1\",\"dos\":1,\"attempt\":1,\"step\":\"%s\",\"duration\":7}", steps[i]);
        take(str_text(&line));
    }
    take("{\"type\":\"batch_summary\",\"at\":9,\"total\":500,\"succeeded\":0,\"failed\":200,\"needsReview\":200,\"interrupted\":0,\"notAttempted\":100,"
         "\"settled\":0,\"totalMs\":9,\"outcome\":\"breaker\"}");
    summary_print(&s, -1, &text);
    for (const char *c = str_text(&text); *c; c++)
        lines += *c == '\n';
    assert_true(lines + 6 <= SCREEN_LINES);
    assert_non_null(strstr(str_text(&text), "    p2.v1  needs_review: timeout at navigateCheckout, 3 attempts\n"));
    assert_non_null(strstr(str_text(&text), "    ... and 392 more\n"));
}

static void what_happens_is_told_in_sentences_and_steps_are_not(void **state)
{
    (void)state;
    narrate(SLICE("{\"type\":\"visit_result\",\"at\":1,\"patient\":\"p3\",\"dos\":2,\"success\":false,\"outcome\":\"failed\",\"step\":\"saveSOAP\","
                  "\"errorKind\":\"timeout\",\"error\":\"x\",\"duration\":61500,\"attempt\":3}"), &text);
    narrate(SLICE("{\"type\":\"retry\",\"at\":1,\"patient\":\"p3\",\"dos\":2,\"attempt\":2,\"delay\":2000,\"step\":\"saveSOAP\",\"errorKind\":\"network\"}"), &text);
    narrate(SLICE("{\"type\":\"browser\",\"at\":1,\"state\":\"killed\"}"), &text);
    narrate(SLICE("{\"type\":\"step\",\"at\":1,\"patient\":\"p3\",\"dos\":2,\"attempt\":1,\"step\":\"saveSOAP\",\"duration\":7}"), &text);
    narrate(SLICE("no event"), &text);
    assert_string_equal(str_text(&text), "p3.v2 failed: timeout at saveSOAP, attempt 3, 61.5 s\n"
                                         "p3.v2 attempt 1 failed: network at saveSOAP; again in 2.0 s\n"
                                         "browser killed\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_line_counts_visits_and_tells_the_pace_and_the_place, begin, end),
        cmocka_unit_test_setup_teardown(charts_for_a_person_are_counted_and_what_is_over_has_no_eta, begin, end),
        cmocka_unit_test_setup_teardown(a_line_is_cut_to_the_window_with_a_mark, begin, end),
        cmocka_unit_test_setup_teardown(the_closing_summary_is_a_screen_at_most, begin, end),
        cmocka_unit_test_setup_teardown(what_happens_is_told_in_sentences_and_steps_are_not, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
