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
    struct answer e;
    envelope_parse(SLICE(HEAD "{\"billed\":true}}"), &e);
    assert_true(e.valid && !e.expired && !e.unreadable);
    assert_string_equal(e.kind, "");
    assert_int_equal(e.clock_ms, 7);
    assert_string_equal(e.nonce, "n1");
    bool billed = false;
    assert_true(answer_flag(&e, "billed", &billed) && billed);
    assert_string_equal(answer_word(&e, "billed"), "");
    assert_false(answer_flag(&e, "closed", &billed));
}

/* Row 6 of the faults, one level further in: JSON.stringify writes them as escapes. */
static void a_nul_and_a_lone_surrogate_spoil_no_answer(void **state)
{
    (void)state;
    static const struct slice texts[] = {
        SLICE(HEAD "{\"odd\":\"a\\u0000b\",\"rowId\":\"trt1\"}}"),
        SLICE(HEAD "{\"odd\":\"a\\ud800b\",\"rowId\":\"trt1\"}}"),
        SLICE(HEAD "{\"odd\":\"\\ud83d\\ude00\",\"rowId\":\"trt1\"}}"),
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct answer e;
        envelope_parse(texts[i], &e);
        assert_true(e.valid);
        assert_string_equal(answer_word(&e, "rowId"), "trt1");
        assert_null(answer_find(&e, "odd"));
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
        struct answer e;
        envelope_parse(slice_of(texts[i]), &e);
        assert_false(e.valid);
        assert_string_equal(e.kind, "unknown");
        assert_int_equal(e.value_count, 0);
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
    struct answer e;
    envelope_parse((struct slice){text, at + 401}, &e);
    assert_false(e.valid);
    assert_int_equal(e.value_count, 0);
}

/* Its words reach the event log. */
static void what_fails_is_named_by_a_word_or_not_at_all(void **state)
{
    (void)state;
    struct answer e;
    envelope_parse(SLICE("{\"ok\":false,\"clock\":7,\"nonce\":\"n1\",\"session\":\"expired\",\"kind\":\"timeout\",\"what\":\"frame\"}"), &e);
    assert_string_equal(e.kind, "timeout");
    assert_string_equal(e.what, "frame");
    assert_true(e.expired);
    envelope_parse(SLICE("{\"ok\":false,\"clock\":7,\"nonce\":\"n1\",\"session\":\"ok\",\"kind\":\"odd\",\"what\":\"TEST, ALPHA\"}"), &e);
    assert_string_equal(e.kind, "unknown");
    assert_string_equal(e.what, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_in_its_envelope_is_taken_out),
        cmocka_unit_test(a_nul_and_a_lone_surrogate_spoil_no_answer),
        cmocka_unit_test(nothing_of_another_shape_is_used),
        cmocka_unit_test(a_page_cannot_nest_without_end),
        cmocka_unit_test(what_fails_is_named_by_a_word_or_not_at_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
