/* Schedules cut down, against a law of the test's own: what must be in a schedule for it to
   break. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/sweep/shrink.h"

/* Broken when each of these stands in the schedule: a kind that will do, with at least this size. */
struct needed {
    struct {
        uint32_t patient;
        enum fault_target target;
        enum fault_kind kinds[2];
        uint32_t size_min;
    } parts[4];
    size_t count;
    bool seed; /* and the settings are not plain */
};

static bool has(const struct journey_plan *plan, const struct needed *needed, size_t part)
{
    for (size_t i = 0; i < plan->fault_count; i++) {
        const struct fault *f = &plan->faults[i];
        bool kind = f->kind == needed->parts[part].kinds[0] || f->kind == needed->parts[part].kinds[1];
        bool place = f->patient == 0 || f->patient == needed->parts[part].patient;
        if (kind && place && f->target == needed->parts[part].target && f->size >= needed->parts[part].size_min)
            return true;
    }
    return false;
}

static bool breaks(void *ctx, const struct journey_plan *plan)
{
    const struct needed *needed = ctx;
    for (size_t i = 0; i < needed->count; i++)
        if (!has(plan, needed, i))
            return false;
    return !needed->seed || plan->seed;
}

static struct schedule schedule;
static struct journey_plan plan;
static struct shrink shrink;

static const char *shrunk(const struct needed *needed, const char *given, uint64_t seed)
{
    static struct fault faults[MODEL_FAULTS_MAX];
    static char text[4096];
    size_t count;
    struct str out CLEANUP_STR;
    struct err err;
    err_init(&err);
    assert_int_equal(fault_parse_list(slice_of(given), MODEL_FAULTS_MAX, faults, &count, &err), ERR_OK);
    plan = (struct journey_plan){.faults = faults, .fault_count = count};
    schedule_settle(seed, &plan);
    shrink = (struct shrink){.breaks = breaks, .ctx = (void *)needed};
    shrink_plan(&shrink, &plan, &schedule);
    str_init(&out, sizeof text - 1);
    fault_format_list(plan.faults, plan.fault_count, &out);
    memcpy(text, str_text(&out), out.len + 1);
    return text;
}

static void what_is_not_needed_is_left_out(void **state)
{
    (void)state;
    struct needed needed = {.parts = {{2, FAULT_AT_OPERATION_SAVE_SOAP, {FAULT_HANG, FAULT_HANG}, 0}}, .count = 1};
    const char *given = "p1.v1.a1.saveSOAP:hang p2.v1.a1.saveSOAP:hang p3.v1.openVisit:missing_element run.http#2:status=20";
    assert_string_equal(shrunk(&needed, given, 0), "p2.v1.a1.saveSOAP:hang");
    assert_string_equal(shrunk(&(struct needed){.count = 0}, given, 0), "");
}

static void sizes_are_halved_and_kinds_and_places_made_plainer(void **state)
{
    (void)state;
    struct needed needed = {.parts = {{2, FAULT_AT_OPERATION_SAVE_SOAP, {FAULT_LATE_EFFECT, FAULT_LATE_EFFECT}, 15000}}, .count = 1};
    assert_string_equal(shrunk(&needed, "r2.p2.v1.a1.saveSOAP#3:late_effect=95000", 0), "p2.v1.a1.saveSOAP:late_effect=23750");
    needed = (struct needed){.parts = {{2, FAULT_AT_OPERATION_SAVE_SOAP, {FAULT_FREEZE, FAULT_RESET}, 0}}, .count = 1};
    assert_string_equal(shrunk(&needed, "p2.v1.saveSOAP#*:freeze,taken", 0), "p2.v1.saveSOAP:reset");
}

static void settings_are_plain_where_these_do(void **state)
{
    (void)state;
    struct needed needed = {.parts = {{2, FAULT_AT_OPERATION_SAVE_SOAP, {FAULT_HANG, FAULT_HANG}, 0}}, .count = 1};
    (void)shrunk(&needed, "p2.saveSOAP:hang", 77);
    assert_int_equal(plan.seed, 0);
    needed.seed = true;
    (void)shrunk(&needed, "p2.saveSOAP:hang", 77);
    assert_int_equal(plan.seed, 77);
}

/* No part can be left out: each is tried alone on what is left. */
static void of_a_hundred_faults_those_are_left_that_it_takes(void **state)
{
    (void)state;
    struct needed needed = {.count = 3};
    struct str given CLEANUP_STR;
    str_init(&given, 1 << 16);
    for (uint32_t i = 0; i < 3; i++) {
        needed.parts[i].patient = 5 + 40 * i;
        needed.parts[i].target = FAULT_AT_OPERATION_FILL_SOAP;
        needed.parts[i].kinds[0] = needed.parts[i].kinds[1] = FAULT_STUCK;
    }
    for (uint32_t i = 1; i <= 100; i++)
        str_addf(&given, "p%u.fillSOAP:stuck ", i);
    assert_string_equal(shrunk(&needed, str_text(&given), 5), "p5.fillSOAP:stuck p45.fillSOAP:stuck p85.fillSOAP:stuck");
    assert_true(shrink.trials < 150);
}

static void more_than_three_are_merged(void **state)
{
    (void)state;
    struct needed needed = {.count = 4};
    for (uint32_t i = 0; i < 4; i++) {
        needed.parts[i].patient = 1 + i;
        needed.parts[i].target = FAULT_AT_OPERATION_FILL_SOAP;
        needed.parts[i].kinds[0] = needed.parts[i].kinds[1] = FAULT_STUCK;
    }
    assert_string_equal(shrunk(&needed, "p1.fillSOAP:stuck p2.fillSOAP:stuck p3.fillSOAP:stuck p4.fillSOAP:stuck", 0), "fillSOAP:stuck");
}


int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_needed_is_left_out),
        cmocka_unit_test(sizes_are_halved_and_kinds_and_places_made_plainer),
        cmocka_unit_test(settings_are_plain_where_these_do),
        cmocka_unit_test(of_a_hundred_faults_those_are_left_that_it_takes),
        cmocka_unit_test(more_than_three_are_merged),
    };
    return cmocka_run_group_tests_name("shrink", tests, NULL, NULL);
}
