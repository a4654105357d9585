/* What a stop cuts is nobody's failure: the whole engine over the model, stopped where a
   visit has no other attempt left, and the process that goes on. */
#include "tests/unit/model_run.h"

#define LAST_START "p1.v1.a3.start:hang p1.v1.a3.start:signal=150 "

static void goes_on(struct model_run *r)
{
    assert_said(r, "\"dos\":1,\"success\":false,\"outcome\":\"interrupted\"");
    assert_int_equal(r->code, ERR_OK);
    assert_int_equal(run_exit_status(&r->end.summary), 5);
    model_run_go(r, "");
    assert_all_done(r);
    model_run_end(r);
}

static void a_start_that_a_stop_cuts_is_charged_to_no_visit(void **state)
{
    (void)state;
    goes_on(model_run_under(LAST_START "p1.v1.a1.openVisit:missing_element p1.v1.a2.openVisit:browser_gone"));
}

static void a_start_that_a_stop_cuts_is_no_third_that_failed(void **state)
{
    (void)state;
    goes_on(model_run_under(LAST_START "p1.v1.a1.start:no_start p1.v1.a2.start:no_start"));
}

/* Two looks, and a second between them, as at any other time. */
static void a_bill_is_looked_for_twice_within_the_grace(void **state)
{
    (void)state;
    struct model_run *r = model_run_under("p1.v1.generateBilling:signal=1 p1.v1.readBilling#2:stale_read");
    assert_said(r, "\"step\":\"generateBilling\",\"duration\":1442}");
    goes_on(r);
}

static void a_second_look_that_the_grace_has_no_time_for_is_the_next_runs(void **state)
{
    (void)state;
    goes_on(model_run_under("p1.v1.a1.openVisit:missing_element p1.v1.a2.generateBilling:late_answer=24300 "
                            "p1.v1.a2.generateBilling:signal=1 p1.v1.readBilling#2:stale_read"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_a_stop_cuts_is_charged_to_no_visit),
        cmocka_unit_test(a_start_that_a_stop_cuts_is_no_third_that_failed),
        cmocka_unit_test(a_bill_is_looked_for_twice_within_the_grace),
        cmocka_unit_test(a_second_look_that_the_grace_has_no_time_for_is_the_next_runs),
    };
    return cmocka_run_group_tests_name("model_stop", tests, NULL, NULL);
}
