/* A bill that was begun and not seen: the attempt after it looks, even where the visit has
   no attempt and no time left, and does nothing else. */
#include "tests/unit/model_run.h"

#define TWO_FAIL "p1.v1.a1.openVisit:missing_element p1.v1.a2.openVisit:missing_element "
#define LOST TWO_FAIL "p1.v1.a3.generateBilling:reset,taken "
#define REVIEWED "\"success\":false,\"outcome\":\"needs_review\",\"step\":"

static void it_is_seen_by_one_attempt_more_when_the_last_has_lost_its_answer(void **state)
{
    (void)state;
    struct model_run *r = model_run_under(LOST);
    assert_said(r, "\"type\":\"retry\",\"at\":13999,\"patient\":\"p1\",\"dos\":1,\"attempt\":4,\"delay\":8000,\"step\":\"generateBilling\"");
    assert_said(r, "\"dos\":1,\"success\":true,\"outcome\":\"done\"");
    assert_int_equal(model_counts(&r->model).effects, 9);
    assert_all_done(r);
    model_run_end(r);
}

static void it_is_for_review_when_two_looks_do_not_show_it(void **state)
{
    (void)state;
    struct model_run *r = model_run_under(TWO_FAIL "p1.v1.a3.generateBilling:reset");
    assert_said(r, REVIEWED "\"generateBilling\",\"errorKind\":\"unknown\"");
    assert_int_equal(model_run_lines(r, "\"dos\":1,\"attempt\":4}"), 1);
    assert_int_equal(model_counts(&r->model).effects, 9);
    assert_int_equal(model_run_chart(r, 1, 1)->bills, 0);
    model_run_end(r);
}

static void it_is_for_review_when_the_one_attempt_more_fails(void **state)
{
    (void)state;
    struct model_run *r = model_run_under(LOST "p1.v1.a4.openVisit:missing_element");
    assert_said(r, REVIEWED "\"openVisit\",\"errorKind\":\"element_not_found\"");
    assert_int_equal(model_run_lines(r, "\"attempt\":5"), 0);
    model_run_end(r);
}

static void it_is_looked_for_past_the_deadline_of_its_visit(void **state)
{
    (void)state;
    struct model_run *r = model_run_begin();
    r->visit_timeout = duration_ms(6000);
    model_run_go(r, "p1.v1.generateBilling:reset,taken");
    assert_said(r, "\"dos\":1,\"success\":true,\"outcome\":\"done\"");
    assert_said(r, "\"attempt\":2,\"delay\":2000,\"step\":\"generateBilling\"");
    assert_all_done(r);
    model_run_end(r);
}

static void any_other_failure_at_the_deadline_is_the_visits_last(void **state)
{
    (void)state;
    struct model_run *r = model_run_begin();
    r->visit_timeout = duration_ms(6000);
    model_run_go(r, "p1.v1.generateBilling:lost_request");
    assert_said(r, "\"outcome\":\"failed\",\"step\":\"generateBilling\",\"errorKind\":\"network\"");
    assert_int_equal(model_run_lines(r, "\"type\":\"retry\""), 0);
    model_run_end(r);
}

static void a_look_for_codes_that_may_be_there_is_not_cut_by_the_deadline(void **state)
{
    (void)state;
    struct model_run *r = model_run_begin();
    r->visit_timeout = duration_ms(8000);
    model_run_go(r, "p1.v1.saveDiagnosis:reset,taken p1.v1.a2.readDiagnosis:late_answer=5000");
    assert_non_null(slice_find(str_slice(&r->journal), SLICE("\"attempt\":2,\"step\":\"saveDiagnosis\",\"verdict\":\"proved\"")));
    assert_said(r, "\"outcome\":\"failed\",\"step\":\"navigatePTNote\",\"errorKind\":\"timeout\"");
    model_run_end(r);
}

/* Before and after each operation and record of the attempt that looks. */
static void a_kill_while_it_is_looked_for_changes_nothing(void **state)
{
    (void)state;
    static const char *const kills[] = {"kill", "kill_after"};
    static const char *const at[] = {"closeVisit", "openWaitingRoom", "searchPatient", "selectPatient", "sortVisits", "openVisit",
                                     "navigateCheckout", "readBilling", "commit", "commit#2"};
    for (size_t i = 0; i < 2 * sizeof at / sizeof *at; i++) {
        char schedule[256];
        assert_true(text_format(schedule, sizeof schedule, LOST "p1.v1.a4.%s:%s", at[i / 2], kills[i % 2]));
        struct model_run *r = model_run_under(schedule);
        assert_true(model_killed(&r->model));
        model_run_go(r, schedule);
        assert_all_done(r);
        model_run_end(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_seen_by_one_attempt_more_when_the_last_has_lost_its_answer),
        cmocka_unit_test(it_is_for_review_when_two_looks_do_not_show_it),
        cmocka_unit_test(it_is_for_review_when_the_one_attempt_more_fails),
        cmocka_unit_test(it_is_looked_for_past_the_deadline_of_its_visit),
        cmocka_unit_test(any_other_failure_at_the_deadline_is_the_visits_last),
        cmocka_unit_test(a_look_for_codes_that_may_be_there_is_not_cut_by_the_deadline),
        cmocka_unit_test(a_kill_while_it_is_looked_for_changes_nothing),
    };
    return cmocka_run_group_tests_name("model_doubt", tests, NULL, NULL);
}
