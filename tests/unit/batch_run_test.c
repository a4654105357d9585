/* The whole engine over a door for tests: what follows from every kind of
   failure, held against the event log and the charts. */
#include "tests/unit/batch_bench.h"

static void a_clean_batch_saves_and_bills_every_visit_once(void **state)
{
    (void)state;
    struct bench *b = run_with(NULL, 0, 2);
    assert_int_equal(b->code, ERR_OK);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(run_exit_status(&b->end.summary), 0);
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(b->world.charts[i].opens, 1);
        assert_int_equal(b->world.charts[i].code_saves, 1);
        assert_int_equal(b->world.charts[i].note_saves, 1);
        assert_int_equal(b->world.charts[i].bills, 1);
    }
    assert_laws(b);
    done_with(b);
}

static void the_first_attempt_opens_the_visit_too(void **state)
{
    (void)state;
    struct bench *b = run_with(NULL, 0, 0);
    assert_int_equal(fake_world_calls(&b->world, "openVisit"), 3);
    assert_int_equal(fake_world_calls(&b->world, "navigateICD"), 3);
    assert_int_equal(lines_with(b, "\"retry\""), 0);
    done_with(b);
}

static void retry_waits_2_s_then_4_s_and_gives_up_after_the_third_attempt(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 1, FAKE_TYPED, "element_not_found"}, {"navigateICD", 2, FAKE_TYPED, "network"},
                          {"navigateICD", 3, FAKE_TYPED, "unknown"});
    assert_event(b, "\"patient\":\"p1\",\"dos\":1,\"attempt\":2,\"delay\":2000,\"step\":\"navigateICD\",\"errorKind\":\"element_not_found\"");
    assert_event(b, "\"patient\":\"p1\",\"dos\":1,\"attempt\":3,\"delay\":4000,\"step\":\"navigateICD\",\"errorKind\":\"network\"");
    assert_event(b, "\"dos\":1,\"success\":false,\"outcome\":\"failed\",\"step\":\"navigateICD\",\"errorKind\":\"unknown\"");
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_int_equal(run_exit_status(&b->end.summary), 1);
    assert_laws(b);
    done_with(b);
}

static void a_retry_closes_the_visit_and_walks_again_to_the_pinned_row(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveSOAP", 1, FAKE_TYPED, "network"});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(fake_world_calls(&b->world, "closeVisit"), 4);
    assert_int_equal(fake_world_calls(&b->world, "openWaitingRoom"), 4);
    assert_int_equal(b->world.charts[0].opens, 2);
    assert_int_equal(b->world.charts[0].code_saves, 1);
    assert_laws(b);
    done_with(b);
}

static void a_permanent_failure_is_not_retried_and_the_batch_goes_on(void **state)
{
    (void)state;
    struct bench *b = RUN({"selectPatient", 1, FAKE_TYPED, "patient_not_found"});
    assert_event(b, "\"errorKind\":\"patient_not_found\"");
    assert_int_equal(lines_with(b, "\"retry\""), 0);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_laws(b);
    done_with(b);
}

static void a_lost_billing_answer_is_read_back_and_not_billed_again(void **state)
{
    (void)state;
    struct bench *b = RUN({"generateBilling", 1, FAKE_LOST_ANSWER, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(b->world.charts[0].bills, 1);
    assert_int_equal(fake_world_calls(&b->world, "generateBilling"), 3);
    assert_int_equal(b->world.starts, 2); /* the page of a given-up effect is killed */
    assert_laws(b);
    done_with(b);
}

/* A billed chart may show no editors any more: nothing but the bill is looked at. */
static void after_a_begun_bill_codes_and_note_are_left_alone(void **state)
{
    (void)state;
    struct bench *b = RUN({"generateBilling", 1, FAKE_LOST_ANSWER, NULL});
    assert_int_equal(fake_world_calls(&b->world, "openVisit"), 4);
    assert_int_equal(fake_world_calls(&b->world, "navigateICD"), 3);
    assert_int_equal(fake_world_calls(&b->world, "navigatePTNote"), 3);
    assert_int_equal(fake_world_calls(&b->world, "navigateCheckout"), 4);
    assert_laws(b);
    done_with(b);
}

static void a_bill_that_cannot_be_shown_needs_review_and_is_never_billed_again(void **state)
{
    (void)state;
    struct bench *b = RUN({"generateBilling", 1, FAKE_LOST_BILL, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_NEEDS_REVIEW], 1);
    assert_int_equal(b->world.charts[0].bills, 0);
    assert_int_equal(fake_world_calls(&b->world, "generateBilling"), 3);
    assert_int_equal(run_exit_status(&b->end.summary), 8);
    assert_event(b, "look at this visit before it is billed again");
    assert_laws(b);
    done_with(b);
}

static void a_bill_whose_request_never_left_is_billed_by_the_next_attempt(void **state)
{
    (void)state;
    struct bench *b = RUN({"generateBilling", 1, FAKE_SILENT, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(b->world.charts[0].bills, 1);
    assert_laws(b);
    done_with(b);
}

static void an_unknown_bill_on_the_last_attempt_needs_review(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"generateBilling", 1, FAKE_LOST_BILL, NULL}};
    struct bench *b = run_with(faults, 1, 0);
    assert_int_equal(b->end.summary.counts[VISIT_NEEDS_REVIEW], 1);
    assert_laws(b);
    done_with(b);
}

static void a_visit_billed_by_somebody_else_is_already_billed(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 0, FAKE_TYPED, "already_billed"});
    assert_event(b, "\"errorKind\":\"already_billed\"");
    assert_int_equal(b->world.effects_called, 0);
    assert_laws(b);
    done_with(b);
}

static void codes_whose_answer_was_lost_are_not_saved_twice(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveDiagnosis", 1, FAKE_LOST_ANSWER, NULL});
    assert_int_equal(b->world.charts[0].code_saves, 1);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_laws(b);
    done_with(b);
}

static void nothing_is_tried_again_while_our_own_request_is_under_way(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveDiagnosis", 1, FAKE_SLOW_SERVER, NULL}, {"generateBilling", 2, FAKE_SLOW_SERVER, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(b->world.charts[0].code_saves, 1);
    assert_int_equal(b->world.charts[1].bills, 1);
    assert_int_equal(fake_world_calls(&b->world, "saveDiagnosis"), 3);
    assert_laws(b);
    done_with(b);
}

static void somebody_elses_note_is_not_written_over(void **state)
{
    (void)state;
    struct bench *b = RUN({"readNote", 1, FAKE_FOREIGN_NOTE, NULL});
    assert_event(b, "\"errorKind\":\"conflict\"");
    assert_event(b, "the visit already has another note");
    assert_int_equal(b->world.charts[0].note_saves, 0);
    assert_int_equal(b->world.charts[0].bills, 0);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_laws(b);
    done_with(b);
}

static void a_visit_of_another_payer_is_not_touched(void **state)
{
    (void)state;
    struct bench *b = RUN({"openVisit", 1, FAKE_OTHER_PAYER, NULL});
    assert_event(b, "\"step\":\"openVisit\",\"errorKind\":\"bad_input\"");
    assert_int_equal(b->world.charts[0].code_saves, 0);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_laws(b);
    done_with(b);
}

static void two_visits_never_share_a_chart(void **state)
{
    (void)state;
    struct bench *b = RUN({"openVisit", 2, FAKE_SAME_ROW, NULL});
    assert_event(b, "\"dos\":2,\"success\":false,\"outcome\":\"failed\",\"step\":\"openVisit\",\"errorKind\":\"ambiguous\"");
    assert_int_equal(b->world.charts[0].note_saves, 1);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 2);
    assert_laws(b);
    done_with(b);
}

static void a_save_that_the_chart_does_not_show_is_tried_again(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveSOAP", 1, FAKE_NOT_TAKEN, NULL});
    assert_event(b, "\"delay\":2000,\"step\":\"saveSOAP\",\"errorKind\":\"unknown\"");
    assert_true(b->world.charts[0].note);
    assert_int_equal(fake_world_calls(&b->world, "saveSOAP"), 4);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_laws(b);
    done_with(b);
}

static void session_expiry_stops_the_batch_and_fences_it(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 2, FAKE_EXPIRED, NULL});
    assert_int_equal(run_exit_status(&b->end.summary), 3);
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 1);
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 1);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 1);
    assert_int_equal(b->world.calls_after_expiry, 0);
    assert_event(b, "\"outcome\":\"fatal\",\"errorKind\":\"session_expired\"");
    assert_laws(b);
    done_with(b);
}

static void a_crash_and_a_dead_browser_are_started_anew(void **state)
{
    (void)state;
    struct bench *b = RUN({"fillSOAP", 1, FAKE_CRASH, NULL}, {"navigateCheckout", 2, FAKE_GONE, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_int_equal(b->world.starts, 3);
    assert_event(b, "\"errorKind\":\"target_crashed\"");
    assert_event(b, "\"errorKind\":\"browser_gone\"");
    assert_laws(b);
    done_with(b);
}

static void three_failed_starts_in_a_row_end_the_run(void **state)
{
    (void)state;
    struct bench *b = RUN({"start", 0, FAKE_GONE, NULL});
    assert_int_equal(b->code, ERR_ENV);
    assert_int_equal(b->world.starts, 3);
    assert_event(b, "\"outcome\":\"environment\"");
    assert_laws(b);
    done_with(b);
}

static void a_journal_that_cannot_be_written_stops_before_the_effect(void **state)
{
    (void)state;
    struct bench *b = RUN({"commit", 3, FAKE_COMMIT_FAILS, NULL}); /* start, pinned, the first intent */
    assert_int_equal(b->code, ERR_ENV);
    assert_int_equal(b->world.effects_called, 0);
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    assert_int_equal(run_exit_status(&b->end.summary), 9);
    assert_laws(b);
    done_with(b);
}

static void a_site_that_is_not_there_costs_no_visit_an_attempt(void **state)
{
    (void)state;
    struct bench *b = RUN({"http", 1, FAKE_TYPED, NULL});
    assert_int_equal(b->code, ERR_ENV);
    assert_int_equal(b->world.starts, 0);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 3);
    assert_non_null(strstr(b->err.text, "refused"));
    assert_laws(b);
    done_with(b);
}

static void a_signal_ends_the_run_at_the_next_safe_point(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveSOAP", 1, FAKE_SIGNAL, NULL});
    assert_int_equal(run_exit_status(&b->end.summary), 5);
    assert_int_equal(b->world.charts[0].note_saves, 1); /* the effect under way is proved first */
    assert_int_equal(fake_world_calls(&b->world, "generateBilling"), 0);
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 2);
    assert_laws(b);
    done_with(b);
}

static void a_stop_leaves_even_an_effect_after_25_s(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"saveSOAP", 1, FAKE_SIGNAL_LOST, NULL}};
    struct bench *b = run_under(faults, 1, (struct terms){2, 100000, 0, 0, BREAKER_AUTO});
    assert_int_equal(run_exit_status(&b->end.summary), 5);
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    assert_true(duration_to_ms(b->end.summary.took) < 27000);
    assert_laws(b);
    done_with(b);
}

static void no_attempt_begins_after_the_visit_deadline_of_600_s(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"navigateICD", 0, FAKE_SILENT, NULL}};
    struct bench *b = run_under(faults, 1, (struct terms){9, 1000, 0, 0, BREAKER_AUTO});
    /* Budgets of 15, 22.5, ... and waits of 2, 4, ... s: the ninth attempt would begin past it. */
    assert_event(b, "\"dos\":1,\"attempt\":8}");
    assert_int_equal(lines_with(b, "\"attempt\":9}"), 0);
    assert_event(b, "\"errorKind\":\"timeout\",\"error\":\"no answer within the budget: nothing\"");
    assert_laws(b);
    done_with(b);
}

static void a_late_reply_is_counted_and_ignored(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 1, FAKE_LATE, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
    assert_true(b->end.late_replies >= 1);
    assert_laws(b);
    done_with(b);
}

/* The list and the search are loaded with the main page: closing a visit mends nothing there. */
static void what_broke_outside_a_visit_is_left_with_its_browser(void **state)
{
    (void)state;
    static const char *const steps[] = {"validateSession", "openWaitingRoom", "searchPatient", "selectPatient", "sortVisits", "closeVisit"};
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        struct fake_fault fault = {steps[i], 1, FAKE_TYPED, "element_not_found"};
        struct bench *b = run_with(&fault, 1, 2);
        assert_int_equal(b->end.summary.counts[VISIT_DONE], 3);
        assert_int_equal(lines_with(b, "\"state\":\"started\""), 2);
        assert_laws(b);
        done_with(b);
    }
    struct bench *b = RUN({"navigateICD", 1, FAKE_TYPED, "element_not_found"});
    assert_int_equal(lines_with(b, "\"state\":\"started\""), 1);
    done_with(b);
}

static void an_unknown_dialog_in_an_effect_is_dismissed_and_a_known_one_answered(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveSOAP", 1, FAKE_DIALOG, "something new"},
                          {"closeVisit", 1, FAKE_DIALOG, "Are you sure you want to close OFFICE VISIT?"});
    assert_event(b, "\"dialog\":\"unknown\",\"kind\":\"confirm\",\"length\":13,\"answer\":\"dismissed\"");
    assert_event(b, "\"dialog\":\"close_visit\",\"kind\":\"confirm\",\"length\":44,\"answer\":\"accepted\"");
    assert_laws(b);
    done_with(b);
}

static void no_event_carries_a_name_or_a_birth_date(void **state)
{
    (void)state;
    struct bench *b = RUN({"selectPatient", 1, FAKE_TYPED, "patient_not_found"}, {"saveSOAP", 1, FAKE_DIALOG, "TEST, BETA"});
    assert_int_equal(lines_with(b, "ALPHA") + lines_with(b, "BETA") + lines_with(b, "1903"), 0);
    done_with(b);
}

/* Every single fault, at every operation, on the first and the second call. */
static void every_single_fault_keeps_the_laws(void **state)
{
    (void)state;
    static const char *const operations[] = {"validateSession", "openWaitingRoom", "searchPatient", "selectPatient", "sortVisits",
                                             "openVisit", "navigateICD", "readDiagnosis", "addICD", "addCPT", "saveDiagnosis",
                                             "navigatePTNote", "readNote", "fillSOAP", "saveSOAP", "navigateCheckout",
                                             "readBilling", "generateBilling", "closeVisit"};
    uint32_t runs = 0;
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        for (uint32_t nth = 1; nth <= 2; nth++)
            for (enum fake_fault_kind kind = FAKE_TYPED; kind <= FAKE_DIALOG; kind++) {
                struct fake_fault fault = {operations[i], nth, kind, kind == FAKE_TYPED ? "unknown" : "some words"};
                struct bench *b = run_with(&fault, 1, 2);
                assert_laws(b);
                runs++;
                done_with(b);
            }
    assert_int_equal(runs, 19 * 2 * 16);
}

#define T(name) cmocka_unit_test(name)

int main(void)
{
    const struct CMUnitTest tests[] = {
        T(a_clean_batch_saves_and_bills_every_visit_once),
        T(the_first_attempt_opens_the_visit_too),
        T(retry_waits_2_s_then_4_s_and_gives_up_after_the_third_attempt),
        T(a_retry_closes_the_visit_and_walks_again_to_the_pinned_row),
        T(a_permanent_failure_is_not_retried_and_the_batch_goes_on),
        T(a_lost_billing_answer_is_read_back_and_not_billed_again),
        T(after_a_begun_bill_codes_and_note_are_left_alone),
        T(a_bill_that_cannot_be_shown_needs_review_and_is_never_billed_again),
        T(a_bill_whose_request_never_left_is_billed_by_the_next_attempt),
        T(an_unknown_bill_on_the_last_attempt_needs_review),
        T(a_visit_billed_by_somebody_else_is_already_billed),
        T(codes_whose_answer_was_lost_are_not_saved_twice),
        T(somebody_elses_note_is_not_written_over),
        T(a_visit_of_another_payer_is_not_touched),
        T(two_visits_never_share_a_chart),
        T(nothing_is_tried_again_while_our_own_request_is_under_way),
        T(a_save_that_the_chart_does_not_show_is_tried_again),
        T(session_expiry_stops_the_batch_and_fences_it),
        T(a_crash_and_a_dead_browser_are_started_anew),
        T(three_failed_starts_in_a_row_end_the_run),
        T(a_journal_that_cannot_be_written_stops_before_the_effect),
        T(a_site_that_is_not_there_costs_no_visit_an_attempt),
        T(a_signal_ends_the_run_at_the_next_safe_point),
        T(a_stop_leaves_even_an_effect_after_25_s),
        T(no_attempt_begins_after_the_visit_deadline_of_600_s),
        T(a_late_reply_is_counted_and_ignored),
        T(what_broke_outside_a_visit_is_left_with_its_browser),
        T(an_unknown_dialog_in_an_effect_is_dismissed_and_a_known_one_answered),
        T(no_event_carries_a_name_or_a_birth_date),
        T(every_single_fault_keeps_the_laws),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
