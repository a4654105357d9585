/* One page operation at a time over a door that misbehaves. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/call/call.h"
#include "engine/mdland/operation.h"
#include "tests/unit/fake_world.h"

static void no_dialog(void *ctx, const char *id, struct slice type, size_t length, bool accepted)
{
    (void)ctx, (void)id, (void)type, (void)length, (void)accepted;
}

static void no_browser(void *ctx, const char *what)
{
    (void)ctx, (void)what;
}

static void start(struct caller *c, struct fake_world *world, const struct fake_fault *faults, size_t count)
{
    struct err err;
    struct call_outcome outcome = {0};
    struct caller_options options = {.multiplier_thousandths = 1000, .observer = {NULL, no_dialog, no_browser}};
    err_init(&err);
    fake_world_init(world, faults, count);
    caller_init(c, &world->base, &options);
    assert_int_equal(call_start_browser(c, &outcome, &err), ERR_OK);
    assert_true(c->browser_up);
}

static enum kind kind_of_call(struct caller *c, enum operation_id id)
{
    struct err err;
    struct call_outcome outcome = {0};
    err_init(&err);
    assert_int_equal(call_page(c, operation_get(id), SLICE("{}"), &outcome, &err), ERR_OK);
    return outcome.kind;
}

static void nothing_is_called_once_the_session_is_seen_to_be_over(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"searchPatient", 1, FAKE_EXPIRED, NULL}};
    static struct fake_world world;
    struct caller c;
    start(&c, &world, faults, 1);
    (void)kind_of_call(&c, OPERATION_SEARCH_PATIENT);
    assert_true(c.fenced);
    assert_int_equal(kind_of_call(&c, OPERATION_SORT_VISITS), KIND_SESSION_EXPIRED);
    assert_int_equal(kind_of_call(&c, OPERATION_SAVE_SOAP), KIND_SESSION_EXPIRED);
    assert_int_equal(fake_world_calls(&world, "sortVisits") + fake_world_calls(&world, "saveSOAP"), 0);
}

static void an_operation_is_given_up_at_its_budget_to_the_microsecond(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"searchPatient", 1, FAKE_SILENT, NULL}};
    static struct fake_world world;
    struct caller c;
    start(&c, &world, faults, 1);
    struct instant before = world_now(&world.base);
    assert_int_equal(kind_of_call(&c, OPERATION_SEARCH_PATIENT), KIND_TIMEOUT);
    assert_int_equal(instant_since(world_now(&world.base), before).us, 20000000);
}

static void the_second_attempt_waits_half_as_long_again(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"searchPatient", 1, FAKE_SILENT, NULL}};
    static struct fake_world world;
    struct caller c;
    start(&c, &world, faults, 1);
    c.attempt = 2;
    struct instant before = world_now(&world.base);
    (void)kind_of_call(&c, OPERATION_SEARCH_PATIENT);
    assert_int_equal(instant_since(world_now(&world.base), before).us, 30000000);
}

static void a_read_does_not_outlive_the_visits_deadline_and_an_effect_does(void **state)
{
    (void)state;
    static const struct fake_fault faults[] = {{"searchPatient", 1, FAKE_SILENT, NULL}, {"saveSOAP", 1, FAKE_SILENT, NULL}};
    static struct fake_world world;
    struct caller c;
    start(&c, &world, faults, 2);
    c.limit = instant_add(world_now(&world.base), duration_ms(3000));
    struct instant before = world_now(&world.base);
    (void)kind_of_call(&c, OPERATION_SEARCH_PATIENT);
    assert_int_equal(instant_since(world_now(&world.base), before).us, 3000000);
    before = world_now(&world.base);
    (void)kind_of_call(&c, OPERATION_SAVE_SOAP);
    assert_int_equal(instant_since(world_now(&world.base), before).us, 15000000);
}

static void a_call_without_a_page_is_browser_gone_at_once(void **state)
{
    (void)state;
    static struct fake_world world;
    struct caller c;
    start(&c, &world, NULL, 0);
    call_stop_browser(&c, NULL);
    struct instant before = world_now(&world.base);
    assert_int_equal(kind_of_call(&c, OPERATION_SORT_VISITS), KIND_BROWSER_GONE);
    assert_int_equal(instant_since(world_now(&world.base), before).us, 0);
}

/* A door behind which a page opens a dialog a millisecond, and nothing else happens. */
static uint32_t take_nothing(struct world *world, const struct op *op)
{
    (void)world, (void)op;
    return 0;
}

static enum err_code next_dialog(struct world *world, struct instant deadline, struct completion *ret_completion,
                                 struct err *err)
{
    (void)err;
    world->now = instant_min(instant_add(world->now, duration_ms(1)), deadline);
    *ret_completion = (struct completion){.kind = COMPLETION_DIALOG, .dialog = {SLICE("alert"), SLICE("once more")}};
    if (world->now.us == deadline.us)
        ret_completion->kind = COMPLETION_DEADLINE;
    ret_completion->at = world->now;
    return ERR_OK;
}

static void dialogs_without_end_do_not_shorten_a_wait(void **state)
{
    (void)state;
    static const struct world_ops ops = {.submit = take_nothing, .next = next_dialog};
    struct world world = {.ops = &ops};
    struct caller_options options = {.multiplier_thousandths = 1000, .observer = {NULL, no_dialog, no_browser}};
    struct caller c;
    struct err err;
    err_init(&err);
    caller_init(&c, &world, &options);
    assert_int_equal(call_wait(&c, duration_ms(2000), &err), ERR_OK);
    assert_int_equal(world_now(&world).us, 2000000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_called_once_the_session_is_seen_to_be_over),
        cmocka_unit_test(an_operation_is_given_up_at_its_budget_to_the_microsecond),
        cmocka_unit_test(the_second_attempt_waits_half_as_long_again),
        cmocka_unit_test(a_read_does_not_outlive_the_visits_deadline_and_an_effect_does),
        cmocka_unit_test(a_call_without_a_page_is_browser_gone_at_once),
        cmocka_unit_test(dialogs_without_end_do_not_shorten_a_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
