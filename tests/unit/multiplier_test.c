/* TIMEOUT_MULTIPLIER: 0.1 to 100 in thousandths, and nothing else. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/policy/multiplier.h"

static void what_is_in_range_comes_out_in_thousandths(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t thousandths;
    } rows[] = {{"0.1", 100},   {"0.10", 100},   {"0.100", 100},   {"0.125", 125},    {"1", 1000},     {"1.0", 1000},
                {"1.5", 1500},  {"2.05", 2050},  {"0.999", 999},   {"99.999", 99999}, {"100", 100000}, {"100.000", 100000},
                {"010", 10000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        err_init(&err);
        uint32_t thousandths = 0;
        assert_int_equal(multiplier_parse(slice_of(rows[i].text), &thousandths, &err), ERR_OK);
        assert_int_equal(thousandths, rows[i].thousandths);
    }
}

static void whatever_else_is_a_usage_error_that_names_the_range(void **state)
{
    (void)state;
    static const char *const rows[] = {"0",     "-1",     "nan",  "1e9",   "",    "1,5",  "1.2345", "0.099", "100.001", "101",
                                       " 1",    "1 ",     "+1",   ".5",    "1.",  ".",    "inf",    "0x1",   "1.5.5",   "1.-5",
                                       "99999", "1e1",    "1_0",  "0.0",   "0.09", "\xc2\xbd", "18446744073709551616",
                                       "100000000000000000000000"};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct err err;
        err_init(&err);
        uint32_t thousandths = 7;
        assert_int_equal(multiplier_parse(slice_of(rows[i]), &thousandths, &err), ERR_USAGE);
        assert_int_equal(err_exit_status(err.code), 2);
        assert_non_null(strstr(err.text, "0.1 to 100"));
        assert_int_equal(thousandths, 7);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_in_range_comes_out_in_thousandths),
        cmocka_unit_test(whatever_else_is_a_usage_error_that_names_the_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
