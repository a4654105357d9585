/* What the site asks of a visit that is not tried again holds for whatever comes next: the
   whole engine over the model. */
#include "tests/unit/model_run.h"

#define TWO_FAIL "p1.v1.a1.openVisit:missing_element p1.v1.a2.openVisit:missing_element "

/* A visit that ends at 13258 ms, and the one after it. */
static void assert_next_begins_at(const char *schedule, const char *at)
{
    struct model_run *r = model_run_under(schedule);
    assert_said(r, "\"type\":\"visit_result\",\"at\":13258,\"patient\":\"p1\",\"dos\":1,\"success\":false,\"outcome\":\"failed\"");
    char line[128];
    assert_true(text_format(line, sizeof line, "\"type\":\"visit_start\",\"at\":%s,\"patient\":\"p1\",\"dos\":2,", at));
    assert_said(r, line);
    model_run_end(r);
}

static void the_next_visit_begins_no_sooner_than_the_site_asked(void **state)
{
    (void)state;
    assert_next_begins_at(TWO_FAIL "p1.v1.a3.saveSOAP:status=60", "73258");
    assert_next_begins_at(TWO_FAIL "p1.v1.a3.saveSOAP:status", "13258");
}

static void it_waits_two_minutes_at_most(void **state)
{
    (void)state;
    assert_next_begins_at(TWO_FAIL "p1.v1.a3.saveSOAP:status=6000", "133258");
}

/* Twelve of twelve attempts have failed before the third visit. */
static void an_opening_breaker_waits_as_long_as_the_site_asked(void **state)
{
    (void)state;
    struct model_run *r = model_run_begin();
    r->max_retries = 5;
    model_run_go(r, "p1.v1.openVisit#*:missing_element p1.v2.a1.openVisit:missing_element p1.v2.a2.openVisit:missing_element "
                    "p1.v2.a3.openVisit:missing_element p1.v2.a4.openVisit:missing_element p1.v2.a5.openVisit:missing_element "
                    "p1.v2.a6.saveSOAP:status=100");
    assert_said(r, "\"state\":\"open\",\"delay\":100000");
    assert_int_equal(model_run_lines(r, "\"state\":\"closed\""), 1);
    assert_int_equal(r->end.summary.counts[VISIT_DONE], 1);
    model_run_end(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_next_visit_begins_no_sooner_than_the_site_asked),
        cmocka_unit_test(it_waits_two_minutes_at_most),
        cmocka_unit_test(an_opening_breaker_waits_as_long_as_the_site_asked),
    };
    return cmocka_run_group_tests_name("model_wait", tests, NULL, NULL);
}
