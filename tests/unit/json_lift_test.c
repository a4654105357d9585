/* Long strings go around the parser and come back where they were: the values must be
   those that jansson makes of the whole text, and what is wrong must stay wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/json_in.h"
#include "engine/base/json_lift.h"

#define L10 "0123456789"
#define LONG L10 L10 L10 L10 L10 L10 /* is lifted */
#define NOTE "<p>a &amp; b \\\"quoted\\\" \\\\ \\/ \\n \\t caf\xc3\xa9 \xe9\x87\x9d</p>" L10 L10 L10

static json_t *whole(const char *text)
{
    return json_loads(text, JSON_REJECT_DUPLICATES, NULL);
}

static size_t lifted(const char *text)
{
    struct json_lift lift;
    struct str CLEANUP_STR shorter;
    str_init(&shorter, 1u << 20);
    return json_lift_cut(slice_of(text), &lift, &shorter) ? lift.count : 0;
}

static void lifted_values_are_those_of_the_whole_text(void **state)
{
    static const struct {
        const char *text;
        size_t lifted;
    } cases[] = {
        {"{\"a\":\"" LONG "\"}", 1},
        {"{\"a\":\"" NOTE "\",\"b\":\"short\",\"c\":[\"" LONG "\",1,{\"d\":\"" NOTE "\"}],\"e\":\"" LONG "\"}", 4},
        {"[\"x\",\"" LONG "\",\"\",\"" LONG "y\"]", 2},
        {"{\"" LONG "\" : \"v\",\"k\"\n:\t\"" LONG "\"}", 1},
        {"{\"a\":\"\\u0041" LONG "\",\"b\":\"" LONG "\"}", 1},
        {"{\"a\":\"\xf0\x9f\x98\x80" LONG "\",\"b\":\"" LONG "\"}", 1},
        {"{\"a\":\"" L10 "\"}", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct json_lift lift;
        struct str CLEANUP_STR shorter;
        str_init(&shorter, 1u << 20);
        json_auto_t *want = whole(cases[i].text);
        assert_non_null(want);
        bool cut = json_lift_cut(slice_of(cases[i].text), &lift, &shorter);
        assert_int_equal(cut ? lift.count : 0, cases[i].lifted);
        json_auto_t *got = json_loadb(shorter.ptr, shorter.len, JSON_REJECT_DUPLICATES, NULL);
        assert_true(json_lift_fill(&lift, got));
        if (!json_equal(want, got))
            fail_msg("not the same: %s", cases[i].text);
    }
}

static void what_is_in_doubt_is_not_lifted(void **state)
{
    static const char *const texts[] = {
        "{\"a\":\"\\u0000" LONG "\"}", "{\"a\":\"\\x" LONG "\"}",     "{\"a\":\"line\nbreak" LONG "\"}",
        "{\"a\":\"\xff" LONG "\"}",     "{\"a\":\"\xed\xa0\x80" LONG "\"}", "{\"a\":\"\xe0\x80\x80" LONG "\"}",
        "{\"a\":\"\xc3" LONG "\"}",     "{\"a\":\"" LONG,               "{\"" LONG "\":1}",
        "{\"a\":\"" LONG "\\",          "",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (lifted(texts[i]))
            fail_msg("lifted: %s", texts[i]);
}

static void what_is_wrong_with_a_long_text_is_told_by_its_place(void **state)
{
    static const struct {
        const char *text, *said;
    } cases[] = {
        {"{\"a\":\"" LONG LONG LONG LONG LONG "\",\n\"b\":nope}", "line 2, byte 317: not valid JSON"},
        {"{\"a\":\"" LONG LONG LONG LONG LONG "\",\"a\":1}", "a key appears twice in one object"},
        {"{\"a\":\"" LONG LONG LONG LONG LONG "\xff\"}", "bytes that are not UTF-8"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err;
        json_t *root = NULL;
        err_init(&err);
        assert_int_equal(json_in_parse(slice_of(cases[i].text), &json_in_limits_file, &root, &err), ERR_INPUT);
        if (!strstr(err.text, cases[i].said))
            fail_msg("%s", err.text);
    }
}

static void more_long_strings_than_fit_stay_with_the_parser(void **state)
{
    struct str CLEANUP_STR text;
    struct json_in_fault fault;
    (void)state;
    str_init(&text, 1u << 20);
    for (int i = 0; i < 2 * JSON_LIFT_MAX; i++)
        str_addf(&text, "%c\"" LONG "%d\"", i ? ',' : '[', i);
    str_add_char(&text, ']');
    json_auto_t *want = whole(text.ptr);
    json_auto_t *got = json_in_try(str_slice(&text), &json_in_limits_file, &fault);
    assert_true(json_equal(want, got));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lifted_values_are_those_of_the_whole_text),
        cmocka_unit_test(what_is_in_doubt_is_not_lifted),
        cmocka_unit_test(what_is_wrong_with_a_long_text_is_told_by_its_place),
        cmocka_unit_test(more_long_strings_than_fit_stay_with_the_parser),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
