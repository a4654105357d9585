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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_that_a_stop_cuts_is_charged_to_no_visit),
        cmocka_unit_test(a_start_that_a_stop_cuts_is_no_third_that_failed),
    };
    return cmocka_run_group_tests_name("model_stop", tests, NULL, NULL);
}
