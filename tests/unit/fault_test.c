/* The short form of a fault, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "recorder/model/fault.h"

static bool same(const struct fault *a, const struct fault *b)
{
    return a->run == b->run && a->patient == b->patient && a->dos == b->dos && a->attempt == b->attempt &&
           a->target == b->target && a->nth == b->nth && a->kind == b->kind && a->size == b->size && a->taken == b->taken;
}

static void assert_comes_back(const struct fault *fault)
{
    char text[FAULT_TEXT_MAX];
    struct fault back;
    struct err err;
    err_init(&err);
    size_t length = fault_format(fault, text);
    if (fault_parse((struct slice){text, length}, &back, &err) != ERR_OK || !same(fault, &back))
        fail_msg("%s: %s", text, err.text);
}

static void assert_both_ways(struct fault fault)
{
    if (!fault_applies(fault.kind, fault.target))
        return;
    assert_comes_back(&fault);
    fault.size = fault_has_size(fault.kind) ? FAULT_SIZE_MAX : 0;
    fault.taken = fault_has_taken(fault.kind, fault.target);
    assert_comes_back(&fault);
}

static void what_is_written_is_read_back_the_same(void **state)
{
    (void)state;
    static const struct fault places[] = {
        {.nth = 1},
        {.nth = 0, .run = 2},
        {.nth = 7, .patient = FAULT_OUTSIDE},
        {.nth = 1, .patient = 3},
        {.nth = 1, .patient = 3, .dos = 2},
        {.nth = UINT32_MAX, .patient = FAULT_OUTSIDE - 1, .dos = FAULT_OUTSIDE - 1, .attempt = 9, .run = 12},
        {.nth = 1, .patient = 1, .attempt = 2},
    };
    const int pairs = FAULT_TARGET_COUNT * FAULT_KIND_COUNT;
    for (size_t i = 0; i < sizeof places / sizeof *places; i++)
        for (int pair = 0; pair < pairs; pair++) {
            struct fault fault = places[i];
            fault.target = (enum fault_target)(pair / FAULT_KIND_COUNT);
            fault.kind = (enum fault_kind)(pair % FAULT_KIND_COUNT);
            assert_both_ways(fault);
        }
}

static void a_place_and_a_kind_are_read(void **state)
{
    (void)state;
    struct fault faults[4];
    size_t count;
    struct err err;
    err_init(&err);
    struct slice text = SLICE("p3.v2.a1.saveSOAP:hang,taken\n r2.p1.v1.generateBilling#2:late_effect=31000  run.http#*:status=30");
    assert_int_equal(fault_parse_list(text, 4, faults, &count, &err), ERR_OK);
    assert_int_equal(count, 3);
    assert_true(same(&faults[0], &(struct fault){0, 3, 2, 1, FAULT_AT_OPERATION_SAVE_SOAP, 1, FAULT_HANG, 0, true}));
    assert_true(same(&faults[1], &(struct fault){2, 1, 1, 0, FAULT_AT_OPERATION_GENERATE_BILLING, 2, FAULT_LATE_EFFECT, 31000, false}));
    assert_true(same(&faults[2], &(struct fault){0, FAULT_OUTSIDE, 0, 0, FAULT_AT_HTTP, 0, FAULT_STATUS, 30, false}));
    struct str out CLEANUP_STR;
    str_init(&out, 4096);
    fault_format_list(faults, count, &out);
    assert_string_equal(str_text(&out), "p3.v2.a1.saveSOAP:hang,taken r2.p1.v1.generateBilling#2:late_effect=31000 run.http#*:status=30");
}

static void what_is_no_fault_is_refused_and_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } bad[] = {
        {"saveSOAP", "PLACE:KIND"},
        {"", "PLACE:KIND"},
        {"saveSOPA:hang", "\"saveSOPA\" is no place; did you mean saveSOAP?"},
        {"p1.v1.:hang", "\"\" is no place"},
        {"p0.saveSOAP:hang", "is no place"},
        {"v1.saveSOAP:hang", "is no place"},
        {"p01.saveSOAP:hang", "is no place"},
        {"p99999999999.saveSOAP:hang", "is no place"},
        {"a1.p1.saveSOAP:hang", "is no place"},
        {"saveSOAP#0:hang", "a number from 1, or *"},
        {"saveSOAP#:hang", "a number from 1, or *"},
        {"saveSOAP:hangs", "\"hangs\" is no kind of fault; did you mean hang?"},
        {"saveSOAP:hang=5", "hang=5"},
        {"saveSOAP:late_effect=", "late_effect="},
        {"saveSOAP:late_effect=1x", "late_effect=1x"},
        {"saveSOAP:late_effect=100000001", "late_effect=100000001"},
        {"saveSOAP:rejected,taken", "rejected,taken"},
        {"readNote:hang,taken", "hang,taken at readNote"},
        {"saveSOAP:hang,taken,taken", "hang,taken,taken"},
        {"readNote:rejected", "rejected cannot happen at readNote"},
        {"commit:hang", "hang cannot happen at commit"},
        {"start:commit_fails", "commit_fails cannot happen at start"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault fault;
        struct err err;
        err_init(&err);
        assert_int_equal(fault_parse(slice_of(bad[i].text), &fault, &err), ERR_INPUT);
        if (!slice_find(slice_of(err.text), slice_of(bad[i].said)))
            fail_msg("%s: said \"%s\", expected \"%s\"", bad[i].text, err.text, bad[i].said);
    }
}

static void a_schedule_tells_which_of_its_faults_is_bad_and_has_an_end(void **state)
{
    (void)state;
    struct fault faults[2];
    size_t count = 77;
    struct err err;
    err_init(&err);
    assert_int_equal(fault_parse_list(SLICE("start:hang x:y"), 2, faults, &count, &err), ERR_INPUT);
    assert_non_null(slice_find(slice_of(err.text), SLICE("fault 2: ")));
    err_init(&err);
    assert_int_equal(fault_parse_list(SLICE("start:hang start:hang start:hang"), 2, faults, &count, &err), ERR_INPUT);
    assert_int_equal(count, 77);
    err_init(&err);
    assert_int_equal(fault_parse_list(SLICE(" \n"), 2, faults, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
}

static void every_kind_can_happen_somewhere(void **state)
{
    (void)state;
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++) {
        uint32_t places = 0;
        for (int target = 0; target < FAULT_TARGET_COUNT; target++)
            places += fault_applies((enum fault_kind)kind, (enum fault_target)target);
        assert_true(places > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back_the_same),
        cmocka_unit_test(a_place_and_a_kind_are_read),
        cmocka_unit_test(what_is_no_fault_is_refused_and_named),
        cmocka_unit_test(a_schedule_tells_which_of_its_faults_is_bad_and_has_an_end),
        cmocka_unit_test(every_kind_can_happen_somewhere),
    };
    return cmocka_run_group_tests_name("fault", tests, NULL, NULL);
}
