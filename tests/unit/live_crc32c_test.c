/* The checksum of journal and recording lines: its published answers, and that
   the fast path and the table never differ. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/crc32c.h"

static void the_published_answers_come_out(void **state)
{
    (void)state;
    char zeros[32] = {0};
    char ones[32];
    memset(ones, 0xff, sizeof ones);
    assert_int_equal(crc32c(0, SLICE("123456789")), 0xe3069283u);
    assert_int_equal(crc32c_by_table(0, SLICE("123456789")), 0xe3069283u);
    assert_int_equal(crc32c(0, (struct slice){zeros, 32}), 0x8a9136aau);
    assert_int_equal(crc32c(0, (struct slice){ones, 32}), 0x62a8ab43u);
    assert_int_equal(crc32c(0, SLICE_NONE), 0);
}

static void both_ways_agree_at_every_length_and_cut(void **state)
{
    (void)state;
    char text[420];
    for (size_t i = 0; i < sizeof text; i++)
        text[i] = (char)(i * 37 + 11);
    for (size_t start = 0; start < 9; start++)
        for (size_t length = 0; start + length <= sizeof text; length++) {
            struct slice whole = {text + start, length};
            uint32_t want = crc32c_by_table(0, whole);
            assert_int_equal(crc32c(0, whole), want);
            size_t cut = length / 3;
            uint32_t head = crc32c(0, (struct slice){whole.ptr, cut});
            assert_int_equal(crc32c(head, (struct slice){whole.ptr + cut, length - cut}), want);
        }
}

static void digits_are_exactly_eight_and_lower_case(void **state)
{
    (void)state;
    char digits[CRC32C_DIGITS];
    uint32_t crc = 1;
    crc32c_format(0x00ab12cdu, digits);
    assert_memory_equal(digits, "00ab12cd", 8);
    assert_true(crc32c_parse((struct slice){digits, 8}, &crc));
    assert_int_equal(crc, 0x00ab12cdu);
    assert_false(crc32c_parse(SLICE("00AB12CD"), &crc));
    assert_false(crc32c_parse(SLICE("00ab12c"), &crc));
    assert_false(crc32c_parse(SLICE("00ab12cdd"), &crc));
    assert_false(crc32c_parse(((struct slice){"00ab12c\0", 8}), &crc));
    assert_int_equal(crc, 0x00ab12cdu);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_published_answers_come_out),
        cmocka_unit_test(both_ways_agree_at_every_length_and_cut),
        cmocka_unit_test(digits_are_exactly_eight_and_lower_case),
    };
    return cmocka_run_group_tests_name("crc32c", tests, NULL, NULL);
}
