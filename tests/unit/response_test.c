/* What an answer over HTTP says in its headers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/world/response.h"

static const struct wire_response response = {
    .headers = {{SLICE("Retry-After-Not"), SLICE("1")}, {SLICE("reTRY-after"), SLICE("7")},
                {SLICE("Retry-After"), SLICE("9")}, {SLICE("X-Empty"), SLICE("")}},
    .header_count = 4,
};

static void the_first_header_of_a_name_is_found_in_any_case(void **state)
{
    (void)state;
    assert_true(slice_equal(response_header(&response, "Retry-After"), SLICE("7")));
    assert_non_null(response_header(&response, "x-empty").ptr);
}

static void a_header_that_is_not_there_is_none(void **state)
{
    (void)state;
    assert_null(response_header(&response, "Retry").ptr);
    assert_null(response_header(&(struct wire_response){.header_count = 0}, "Retry-After").ptr);
    assert_int_equal(response_retry_after_s(&(struct wire_response){.header_count = 0}), 0);
}

static void only_whole_seconds_up_to_a_day_are_a_time_to_wait(void **state)
{
    (void)state;
    static const struct {
        struct slice value;
        uint32_t seconds;
    } rows[] = {
        {SLICE("7"), 7},       {SLICE("0"), 0},     {SLICE("007"), 7},     {SLICE("86400"), 86400},
        {SLICE("86401"), 0},   {SLICE(""), 0},      {SLICE("-7"), 0},      {SLICE("+7"), 0},
        {SLICE("7.5"), 0},     {SLICE("7 s"), 0},   {SLICE("0x7"), 0},     {SLICE("18446744073709551623"), 0},
        {SLICE("7\0"), 0},     {SLICE("7, 9"), 0},  {SLICE("Wed, 21 Oct 2026 07:28:00 GMT"), 0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct wire_response one = {.headers = {{SLICE("Retry-After"), rows[i].value}}, .header_count = 1};
        if (response_retry_after_s(&one) != rows[i].seconds)
            fail_msg("\"%.*s\": %u, expected %u", SLICE_ARG(rows[i].value), response_retry_after_s(&one), rows[i].seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_first_header_of_a_name_is_found_in_any_case),
        cmocka_unit_test(a_header_that_is_not_there_is_none),
        cmocka_unit_test(only_whole_seconds_up_to_a_day_are_a_time_to_wait),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
