/* A page operation's answer read by its place must be what its JSON says, and what is
   laid out otherwise must be left to the parser. */
#include "tests/unit/browser_script.h"

#include "engine/browser/answer.h"

#define REPLY(value) "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":" value "}}" ON_SESSION

static void a_plain_answer_is_read_with_its_escapes(void **state)
{
    static const char *const values[][2] = {
        {"\"\"", ""},
        {"\"{\\\"ok\\\":true,\\\"note\\\":\\\"a\\\\\\\\b\\\"}\"", "{\"ok\":true,\"note\":\"a\\\\b\"}"},
        {"\"\\/\\b\\f\\n\\r\\t\"", "/\b\f\n\r\t"},
        {"\"ends in \\\\\"", "ends in \\"},
    };
    struct str CLEANUP_STR text, reply;
    (void)state;
    str_init(&text, 1u << 16);
    str_init(&reply, 1u << 16);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        str_clear(&reply);
        str_addf(&reply, REPLY("%s"), values[i][0]);
        if (!answer_read_text(str_slice(&reply), &text))
            fail_msg("left to the parser: %s", reply.ptr);
        assert_string_equal(str_text(&text), values[i][1]);
    }
}

static void any_other_layout_is_left_to_the_parser(void **state)
{
    static const char *const replies[] = {
        REPLY("\"caf\xc3\xa9\""),
        REPLY("\"\\u00e9\""),
        REPLY("\"\\ud800\""),
        REPLY("\"a\nb\""),
        REPLY("\"\\x\""),
        REPLY("7"),
        "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":\"a\"}",
        "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":\"a\\",
        "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":\"a\"},\"exceptionDetails\":{}}" ON_SESSION,
        "{\"id\":11,\"result\":{}" ON_SESSION,
        "",
    };
    struct str CLEANUP_STR text;
    (void)state;
    str_init(&text, 1u << 16);
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++)
        if (answer_read_text(slice_of(replies[i]), &text))
            fail_msg("read: %s", replies[i]);
}

static void an_answer_over_its_ceiling_is_not_read(void **state)
{
    struct str CLEANUP_STR text;
    (void)state;
    str_init(&text, 3);
    assert_true(answer_read_text(SLICE(REPLY("\"abc\"")), &text));
    assert_false(answer_read_text(SLICE(REPLY("\"abcd\"")), &text));
}

static void the_engine_is_told_the_same_whichever_way_it_was_read(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{}");
    arrives(s, REPLY("\"{\\\"ok\\\":true}\""));
    results(s, op, "{\"ok\":true}");
    op = submit_call(s, &operation_read, "{}");
    arrives(s, "{\"id\":12,\"result\":{\"result\":{\"value\":\"{\\u0022ok\\\":true}\",\"type\":\"string\"}}" ON_SESSION);
    results(s, op, "{\"ok\":true}");
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_plain_answer_is_read_with_its_escapes),
        cmocka_unit_test(any_other_layout_is_left_to_the_parser),
        cmocka_unit_test(an_answer_over_its_ceiling_is_not_read),
        cmocka_unit_test(the_engine_is_told_the_same_whichever_way_it_was_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
