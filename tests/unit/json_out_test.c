/* Strings as the JSON writer quotes them: every byte at every place of a run. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/base/json_out.h"

static void quotes_as(struct slice value, const char *want)
{
    CLEANUP_STR struct str out;
    str_init(&out, 1 << 16);
    json_out_quote(&out, value);
    assert_string_equal(str_text(&out), want);
}

static void expected_of(unsigned char c, char ret_text[8])
{
    switch (c) {
    case '\n': strcpy(ret_text, "\\n"); return;
    case '\r': strcpy(ret_text, "\\r"); return;
    case '\t': strcpy(ret_text, "\\t"); return;
    case '"': strcpy(ret_text, "\\\""); return;
    case '\\': strcpy(ret_text, "\\\\"); return;
    }
    if (c >= 0x80)
        strcpy(ret_text, "\\ufffd");
    else if (c < 0x20 || c == 0x7f)
        assert_true(text_format(ret_text, 8, "\\u%04x", c));
    else
        assert_true(text_format(ret_text, 8, "%c", c));
}

static void every_byte_is_escaped_at_every_place(void **state)
{
    (void)state;
    enum { LENGTH = 19 };
    for (unsigned byte = 0; byte < 256; byte++) {
        char special[8];
        expected_of((unsigned char)byte, special);
        for (size_t at = 0; at < LENGTH; at++) {
            char text[LENGTH + 1] = "abcdefghijklmnopqrs", want[64];
            text[at] = (char)byte;
            assert_true(text_format(want, sizeof want, "\"%.*s%s%s\"", (int)at, text, special, text + at + 1));
            quotes_as((struct slice){text, LENGTH}, want);
        }
    }
}

static void neighbours_do_not_hide_each_other(void **state)
{
    (void)state;
    quotes_as(SLICE("\"\"\"\"\"\"\"\"\"\""), "\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\\\"\"");
    quotes_as(SLICE("\\\"\x7f\x01 !#~[]\\"), "\"\\\\\\\"\\u007f\\u0001 !#~[]\\\\\"");
    quotes_as(SLICE("        "), "\"        \"");
    quotes_as(SLICE_NONE, "\"\"");
}

static void characters_stand_as_they_are_and_broken_ones_are_replaced(void **state)
{
    (void)state;
    quotes_as(SLICE("abcdefgé試😀"), "\"abcdefgé試😀\"");
    quotes_as(SLICE("a\xe8\xa9"), "\"a\\ufffd\\ufffd\"");
    quotes_as(SLICE("\xed\xa0\x80"), "\"\\ufffd\\ufffd\\ufffd\"");
    quotes_as(SLICE("a\xe2\x80\xa8" "b\xe2\x80\xa9"), "\"a\\u2028b\\u2029\"");
}

static void members_come_in_the_order_of_their_writing(void **state)
{
    (void)state;
    CLEANUP_STR struct str out;
    struct json_out j;
    str_init(&out, 1 << 16);
    json_out_init(&j, &out);
    json_out_object(&j, NULL);
    json_out_int(&j, "b", -5);
    json_out_text(&j, "a", "x\"y");
    json_out_array(&j, "list");
    json_out_bool(&j, NULL, true);
    json_out_raw(&j, NULL, SLICE("{}"));
    json_out_end_array(&j);
    json_out_end_object(&j);
    assert_string_equal(str_text(&out), "{\"b\":-5,\"a\":\"x\\\"y\",\"list\":[true,{}]}");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_byte_is_escaped_at_every_place),
        cmocka_unit_test(neighbours_do_not_hide_each_other),
        cmocka_unit_test(characters_stand_as_they_are_and_broken_ones_are_replaced),
        cmocka_unit_test(members_come_in_the_order_of_their_writing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
