/* What page.js wraps its answers in, as it should be and otherwise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/call/envelope.h"

#define HEAD "{\"ok\":true,\"clock\":7,\"nonce\":\"n1\",\"session\":\"ok\",\"value\":"

static void an_answer_in_its_envelope_is_taken_out(void **state)
{
    (void)state;
    struct envelope e;
    envelope_parse(SLICE(HEAD "{\"billed\":true}}"), &e);
    assert_true(e.valid && !e.expired && !e.unreadable);
    assert_int_equal(e.kind, KIND_NONE);
    assert_int_equal(e.clock_ms, 7);
    assert_string_equal(e.nonce, "n1");
    assert_true(json_is_true(json_object_get(e.value, "billed")));
    json_decref(e.value);
}

/* Row 6 of the faults, one level further in: JSON.stringify writes them as escapes. */
static void a_nul_is_kept_and_a_lone_surrogate_is_repaired(void **state)
{
    (void)state;
    static const struct {
        struct slice text, want;
    } rows[] = {
        {SLICE(HEAD "\"a\\u0000b\"}"), SLICE("a\0b")},
        {SLICE(HEAD "\"a\\ud800b\"}"), SLICE("a\xef\xbf\xbd" "b")},
        {SLICE(HEAD "\"\\ud83d\\ude00\"}"), SLICE("\xf0\x9f\x98\x80")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct envelope e;
        envelope_parse(rows[i].text, &e);
        assert_true(e.valid);
        assert_int_equal(json_string_length(e.value), rows[i].want.len);
        assert_memory_equal(json_string_value(e.value), rows[i].want.ptr, rows[i].want.len);
        json_decref(e.value);
    }
}

static void nothing_of_another_shape_is_used(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "", "null", "[]", "{}", "{\"ok\":true}", HEAD "1",
        "{\"ok\":true,\"ok\":false,\"clock\":7,\"nonce\":\"n1\",\"session\":\"ok\",\"value\":1}",
        "{\"ok\":1,\"clock\":7,\"nonce\":\"n1\",\"session\":\"ok\",\"value\":1}",
        "{\"ok\":true,\"clock\":7.5,\"nonce\":\"n1\",\"session\":\"ok\",\"value\":1}",
        "{\"ok\":true,\"clock\":7,\"nonce\":\"TEST, ALPHA\",\"session\":\"ok\",\"value\":1}",
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct envelope e;
        envelope_parse(slice_of(texts[i]), &e);
        assert_false(e.valid);
        assert_int_equal(e.kind, KIND_UNKNOWN);
        assert_null(e.value);
    }
}

static void a_page_cannot_nest_without_end(void **state)
{
    (void)state;
    char text[1000] = HEAD;
    size_t at = strlen(text);
    memset(text + at, '[', 200);
    memset(text + at + 200, ']', 200);
    text[at + 400] = '}';
    struct envelope e;
    envelope_parse((struct slice){text, at + 401}, &e);
    assert_false(e.valid);
    assert_null(e.value);
}

/* Its words reach the event log. */
static void what_fails_is_named_by_a_word_or_not_at_all(void **state)
{
    (void)state;
    struct envelope e;
    envelope_parse(SLICE("{\"ok\":false,\"clock\":7,\"nonce\":\"n1\",\"session\":\"expired\",\"kind\":\"timeout\",\"what\":\"frame\"}"), &e);
    assert_int_equal(e.kind, KIND_TIMEOUT);
    assert_string_equal(e.what, "frame");
    assert_true(e.expired);
    envelope_parse(SLICE("{\"ok\":false,\"clock\":7,\"nonce\":\"n1\",\"session\":\"ok\",\"kind\":\"odd\",\"what\":\"TEST, ALPHA\"}"), &e);
    assert_int_equal(e.kind, KIND_UNKNOWN);
    assert_string_equal(e.what, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_in_its_envelope_is_taken_out),
        cmocka_unit_test(a_nul_is_kept_and_a_lone_surrogate_is_repaired),
        cmocka_unit_test(nothing_of_another_shape_is_used),
        cmocka_unit_test(a_page_cannot_nest_without_end),
        cmocka_unit_test(what_fails_is_named_by_a_word_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
