/* How visits and runs end: what a bill that stands makes of a failure, what is left
   open, what a stop leaves undone, and a browser whose page never opens. */
#include "tests/unit/batch_bench.h"

static void a_billed_visit_that_cannot_be_closed_needs_review(void **state)
{
    (void)state;
    struct bench *b = RUN({"closeVisit", 1, FAKE_TYPED, "element_not_found"}, {"closeVisit", 2, FAKE_TYPED, "element_not_found"},
                          {"closeVisit", 3, FAKE_TYPED, "element_not_found"});
    assert_event(b, "\"dos\":1,\"success\":false,\"outcome\":\"needs_review\",\"step\":\"closeVisit\"");
    assert_event(b, "the bill was created and is on the chart");
    assert_int_equal(b->world.charts[0].bills, 1);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_int_equal(run_exit_status(&b->end.summary), 8);
    assert_laws(b);
    done_with(b);
}

static void a_billed_visit_whose_session_ends_needs_review_and_the_batch_stops(void **state)
{
    (void)state;
    struct bench *b = RUN({"closeVisit", 1, FAKE_EXPIRED, NULL});
    assert_event(b, "\"outcome\":\"needs_review\",\"step\":\"closeVisit\",\"errorKind\":\"session_expired\"");
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 2);
    assert_int_equal(run_exit_status(&b->end.summary), 3);
    assert_laws(b);
    done_with(b);
}

/* Commit 7 of a first visit is the intent of its bill. */
static void a_bill_that_was_never_asked_for_is_created_by_the_next_attempt(void **state)
{
    (void)state;
    struct bench *b = RUN({"commit", 7, FAKE_CRASH, NULL});
    assert_event(b, "\"step\":\"generateBilling\",\"errorKind\":\"browser_gone\"");
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(b->world.charts[0].bills, 1);
    assert_laws(b);
    done_with(b);
}

static void a_visit_left_open_that_does_not_close_costs_the_next_visit_nothing(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"navigateICD", 1, FAKE_TYPED, "wrong_patient"},
                                               {"closeVisit", 1, FAKE_TYPED, "element_not_found"}};
    struct bench *b = run_with(faults, 2, 0);
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 1);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_int_equal(b->world.starts, 2);
    assert_laws(b);
    done_with(b);
}

static void the_last_visit_leaves_nothing_open(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 3, FAKE_TYPED, "wrong_patient"});
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 1);
    assert_int_equal(fake_world_calls(&b->world, "closeVisit"), 3);
    done_with(b);
}

static void a_first_look_that_fails_is_its_own_steps_failure(void **state)
{
    (void)state;
    struct bench *b = RUN({"readDiagnosis", 1, FAKE_TYPED, "network"});
    assert_event(b, "\"attempt\":1,\"step\":\"saveDiagnosis\",");
    assert_int_equal(lines_with(b, "\"dos\":1,\"attempt\":1,\"step\":\"navigateICD\""), 2); /* two patients' */
    assert_event(b, "\"delay\":2000,\"step\":\"saveDiagnosis\",\"errorKind\":\"network\"");
    assert_laws(b);
    done_with(b);
}

/* The browser answers for itself: it was started. */
static void a_main_page_that_never_opens_is_a_timeout_of_the_visit(void **state)
{
    (void)state;
    struct bench *b = RUN({"start", 1, FAKE_SILENT, NULL}, {"start", 2, FAKE_SILENT, NULL}, {"start", 3, FAKE_SILENT, NULL});
    assert_event(b, "\"outcome\":\"failed\",\"step\":\"startBrowser\",\"errorKind\":\"timeout\",\"error\":\"no answer within the budget: nothing\"");
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_int_equal(run_exit_status(&b->end.summary), 1);
    assert_event(b, "\"attempt\":1,\"step\":\"startBrowser\",\"duration\":15000");
    assert_event(b, "\"attempt\":2,\"step\":\"startBrowser\",\"duration\":22500");
    assert_event(b, "\"attempt\":3,\"step\":\"startBrowser\",\"duration\":30000");
    assert_laws(b);
    done_with(b);
}

static void a_browser_that_never_says_a_word_ends_the_run(void **state)
{
    (void)state;
    struct bench *b = RUN({"start", 0, FAKE_GONE, NULL});
    assert_int_equal(b->code, ERR_ENV);
    assert_non_null(strstr(b->err.text, "three times in a row (no answer)"));
    assert_int_equal(b->world.starts, 3);
    assert_laws(b);
    done_with(b);
}

static void a_stop_before_the_first_visit_waits_for_no_answer(void **state)
{
    (void)state;
    struct bench *b = RUN({"http", 1, FAKE_SIGNAL, NULL});
    assert_int_equal(run_exit_status(&b->end.summary), 5);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 3);
    assert_true(b->end.summary.took.us < 1000000);
    assert_int_equal(b->world.starts, 0);
    assert_laws(b);
    done_with(b);
}

static void a_stop_before_the_look_asks_for_nothing(void **state)
{
    (void)state;
    struct bench *b = RUN({"commit", 1, FAKE_SIGNAL, NULL}, {"http", 1, FAKE_SIGNAL, NULL});
    assert_int_equal(run_exit_status(&b->end.summary), 5);
    assert_true(b->end.summary.took.us < 1000000);
    assert_int_equal(b->world.starts, 0);
    assert_laws(b);
    done_with(b);
}

static void a_stop_at_the_end_of_the_last_visit_stops_nothing(void **state)
{
    (void)state;
    struct bench *b = RUN({"closeVisit", 3, FAKE_SIGNAL, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(run_exit_status(&b->end.summary), 0);
    assert_laws(b);
    done_with(b);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_billed_visit_that_cannot_be_closed_needs_review),
        T(a_billed_visit_whose_session_ends_needs_review_and_the_batch_stops),
        T(a_bill_that_was_never_asked_for_is_created_by_the_next_attempt),
        T(a_visit_left_open_that_does_not_close_costs_the_next_visit_nothing),
        T(the_last_visit_leaves_nothing_open),
        T(a_first_look_that_fails_is_its_own_steps_failure),
        T(a_main_page_that_never_opens_is_a_timeout_of_the_visit),
        T(a_browser_that_never_says_a_word_ends_the_run),
        T(a_stop_before_the_first_visit_waits_for_no_answer),
        T(a_stop_before_the_look_asks_for_nothing),
        T(a_stop_at_the_end_of_the_last_visit_stops_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
