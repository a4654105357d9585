/* What becomes of a change that the model's page was asked for, and of its request. */
#include "tests/unit/model_door.h"

static void a_second_bill_is_counted(void **state)
{
    (void)state;
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    (void)door_ask(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    (void)door_ask(OPERATION_READ_BILLING, "{" FIRST "}");
    assert_true(door_says("billed"));
    (void)door_ask(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    assert_int_equal(door_first()->bills, 2);
    assert_int_equal(model_counts(&door.model).effects_without_intent, 2);
    door_end();
}

static void what_begins_too_late_or_in_another_document_does_nothing(void **state)
{
    (void)state;
    door_begin("generateBilling:delay=3000");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    door.start_by_ms = door.done.answer->clock_ms + 1000;
    assert_string_equal(door_ask(OPERATION_GENERATE_BILLING, "{" FIRST "}"), "too_late");
    door.start_by_ms = 0;
    memcpy(door.nonce, door.done.answer->nonce, sizeof door.nonce);
    assert_string_equal(door_ask(OPERATION_READ_BILLING, "{" FIRST "}"), "");
    door_stop();
    door_start();
    assert_string_equal(door_ask(OPERATION_OPEN_WAITING_ROOM, "{}"), "too_late");
    assert_string_not_equal(door.done.answer->nonce, door.nonce);
    assert_int_equal(door_first()->bills, 0);
    door_end();
}

static void an_effect_that_was_given_up_sends_nothing_any_more(void **state)
{
    (void)state;
    door_begin("generateBilling:delay=3000");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    uint32_t op = door_submit(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    assert_false(door_next(1000));
    door.world->ops->give_up(door.world, op);
    assert_true(door_next(9000));
    assert_string_equal(door.done.answer->kind, "too_late");
    assert_int_equal(door_first()->bills, 0);
    door_end();
}

static void a_request_that_was_sent_lands_although_the_browser_is_killed(void **state)
{
    (void)state;
    door_begin("generateBilling:late_effect=5000");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    (void)door_submit(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    assert_false(door_next(300));
    assert_int_equal(door_request(), EFFECT_IN_FLIGHT);
    door_stop();
    assert_false(door_next(4000));
    assert_int_equal(door_first()->bills, 0);
    assert_false(door_next(1000));
    assert_int_equal(door_first()->bills, 1);
    assert_int_equal(door_request(), EFFECT_ANSWERED);
    door_end();
}

static void what_was_not_sent_yet_goes_with_the_browser(void **state)
{
    (void)state;
    door_begin("");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    (void)door_submit(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    assert_false(door_next(199));
    assert_int_equal(door_request(), EFFECT_NO_REQUEST);
    door_stop();
    assert_false(door_next(60000));
    assert_int_equal(door_first()->bills, 0);
    door_end();
}

static void the_door_tells_what_became_of_a_request(void **state)
{
    (void)state;
    static const struct {
        const char *fault;
        enum effect_request request;
        uint32_t bills, retry_after_s;
    } ends[] = {
        {"hang", EFFECT_NO_REQUEST, 0, 0},        {"hang,taken", EFFECT_ANSWERED, 1, 0},
        {"lost_answer", EFFECT_IN_FLIGHT, 1, 0},  {"lost_request", EFFECT_NOT_SENT, 0, 0},
        {"reset", EFFECT_SENT, 0, 0},             {"reset,taken", EFFECT_SENT, 1, 0},
        {"status=7", EFFECT_ANSWERED, 0, 7},      {"status", EFFECT_ANSWERED, 0, 0},
        {"silent_loss", EFFECT_ANSWERED, 0, 0},   {"rejected", EFFECT_ANSWERED, 0, 0},
        {"late_answer=9000", EFFECT_IN_FLIGHT, 1, 0}, {"late_effect=9000", EFFECT_IN_FLIGHT, 0, 0},
        {"missing_element", EFFECT_NO_REQUEST, 0, 0}, {"malformed", EFFECT_ANSWERED, 0, 0},
        {"malformed,taken", EFFECT_ANSWERED, 1, 0},   {"target_crash", EFFECT_NO_REQUEST, 0, 0},
        {"browser_gone,taken", EFFECT_ANSWERED, 1, 0}, {"no_write_access", EFFECT_ANSWERED, 0, 0},
    };
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        char schedule[FAULT_TEXT_MAX];
        assert_true(text_format(schedule, sizeof schedule, "generateBilling:%s", ends[i].fault));
        door_begin(schedule);
        door_open_first();
        (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
        (void)door_submit(OPERATION_GENERATE_BILLING, "{" FIRST "}");
        (void)door_next(5000);
        struct effect_report report = door.world->ops->effect(door.world);
        if (report.request != ends[i].request || door_first()->bills != ends[i].bills || report.retry_after_s != ends[i].retry_after_s)
            fail_msg("%s: request %d, %u bills, Retry-After %u", ends[i].fault, report.request, door_first()->bills, report.retry_after_s);
        door_end();
    }
}

static void nobody_listens_to_a_request_for_ever(void **state)
{
    (void)state;
    door_begin("generateBilling:late_effect=90000");
    door_open_first();
    (void)door_ask(OPERATION_NAVIGATE_CHECKOUT, "{" FIRST "}");
    (void)door_submit(OPERATION_GENERATE_BILLING, "{" FIRST "}");
    assert_false(door_next(60100));
    assert_int_equal(door_request(), EFFECT_IN_FLIGHT);
    assert_false(door_next(200));
    assert_int_equal(door_request(), EFFECT_SENT);
    assert_int_equal(door_first()->bills, 0);
    assert_false(door_next(30000));
    assert_int_equal(door_first()->bills, 1);
    assert_int_equal(door_request(), EFFECT_SENT);
    door_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_second_bill_is_counted),
        cmocka_unit_test(what_begins_too_late_or_in_another_document_does_nothing),
        cmocka_unit_test(an_effect_that_was_given_up_sends_nothing_any_more),
        cmocka_unit_test(a_request_that_was_sent_lands_although_the_browser_is_killed),
        cmocka_unit_test(what_was_not_sent_yet_goes_with_the_browser),
        cmocka_unit_test(the_door_tells_what_became_of_a_request),
        cmocka_unit_test(nobody_listens_to_a_request_for_ever),
    };
    return cmocka_run_group_tests_name("model effect", tests, NULL, NULL);
}
