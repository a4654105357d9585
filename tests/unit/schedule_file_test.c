/* A schedule as a file, both ways. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "recorder/model/schedule_file.h"

#define MAX 4

static void what_is_written_is_read_back_and_stands_a_line_each(void **state)
{
    (void)state;
    static const char text[] = "{\n"
                               "  \"claim\": \"the \\\"note\\\" is saved once\",\n"
                               "  \"repeat\": \"revisit sweep b.json --seed 7\",\n"
                               "  \"faults\": [\n"
                               "    \"p2.v1.a1.saveSOAP:hang,taken\",\n"
                               "    \"r2.run.http#*:status=30\"\n"
                               "  ]\n"
                               "}\n";
    struct fault faults[MAX];
    size_t count = 0;
    struct err err;
    err_init(&err);
    if (schedule_file_read(slice_of(text), MAX, faults, &count, &err) != ERR_OK)
        fail_msg("%s", err.text);
    assert_int_equal(count, 2);
    assert_int_equal(faults[0].kind, FAULT_HANG);
    assert_true(faults[0].taken);
    assert_int_equal(faults[1].patient, FAULT_OUTSIDE);
    struct str out CLEANUP_STR;
    str_init(&out, 4096);
    schedule_file_format(SLICE("the \"note\" is saved once"), SLICE("revisit sweep b.json --seed 7"), faults, count, &out);
    assert_string_equal(str_text(&out), text);
}

static void no_faults_are_a_schedule_too(void **state)
{
    (void)state;
    struct str out CLEANUP_STR;
    struct fault faults[MAX];
    size_t count = 77;
    struct err err;
    err_init(&err);
    str_init(&out, 4096);
    schedule_file_format(SLICE("all is well"), SLICE_NONE, NULL, 0, &out);
    assert_string_equal(str_text(&out), "{\n  \"claim\": \"all is well\",\n  \"faults\": []\n}\n");
    assert_int_equal(schedule_file_read(str_slice(&out), MAX, faults, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
}

static void what_is_no_schedule_is_refused_with_its_place(void **state)
{
    (void)state;
    static const struct {
        const char *text, *said;
    } bad[] = {
        {"", "there is no text"},
        {"[]", "a schedule is an object"},
        {"{\n\"claim\": \"a\",\n\"claim\": \"b\", \"faults\": []}", "line 3, byte"},
        {"{\"faults\": []}", "claim: must be there"},
        {"{\"claim\": \"\", \"faults\": []}", "claim: must be there"},
        {"{\"claim\": 1, \"faults\": []}", "claim: must be there"},
        {"{\"claim\": \"a\"}", "faults: must be there"},
        {"{\"claim\": \"a\", \"faults\": {}}", "faults: must be there"},
        {"{\"claim\": \"a\", \"faults\": [], \"repeat\": 1}", "repeat: must be a string"},
        {"{\"claim\": \"a\", \"faults\": [], \"fault\": []}", "a member that is not"},
        {"{\"claim\": \"a\", \"faults\": [\"start:hang\", 1]}", "faults[1]: a fault is a string"},
        {"{\"claim\": \"a\", \"faults\": [\"saveSOPA:hang\"]}", "faults[0]: \"saveSOPA\" is no place"},
        {"{\"claim\": \"a\", \"faults\": [\"saveSOAP:hang saveSOAP:hang\"]}", "faults[0]: a fault is one word"},
        {"{\"claim\": \"a\", \"faults\": [\"\\u001b[2J:hang\"]}", "faults[0]: a fault is one word of plain letters"},
        {"{\"claim\": \"a\", \"faults\": [\"x\",\"x\",\"x\",\"x\",\"x\"]}", "faults: 5 of them, at most 4"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct fault faults[MAX];
        size_t count = 77;
        struct err err;
        err_init(&err);
        assert_int_equal(schedule_file_read(slice_of(bad[i].text), MAX, faults, &count, &err), ERR_INPUT);
        assert_int_equal(count, 77);
        if (!slice_find(slice_of(err.text), slice_of(bad[i].said)))
            fail_msg("%s: said \"%s\", expected \"%s\"", bad[i].text, err.text, bad[i].said);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_written_is_read_back_and_stands_a_line_each),
        cmocka_unit_test(no_faults_are_a_schedule_too),
        cmocka_unit_test(what_is_no_schedule_is_refused_with_its_place),
    };
    return cmocka_run_group_tests_name("schedule_file", tests, NULL, NULL);
}
