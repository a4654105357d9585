/* Cookie values and their stand-ins: found in every spelling, replaced by equal length
   and like shape, and nothing else is touched. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/secrets.h"

struct fixture {
    struct secrets secrets;
    struct str scratch;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    secrets_init(&f->secrets);
    str_init(&f->scratch, 1u << 20);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    secrets_fini(&f->secrets);
    str_fini(&f->scratch);
    free(f);
    return 0;
}

static struct slice masked(struct fixture *f, const char *text)
{
    struct slice out = secrets_masked(&f->secrets, slice_of(text), &f->scratch);
    assert_int_equal(out.len, strlen(text));
    return out;
}

static void assert_hidden(struct fixture *f, const char *text, const char *secret)
{
    struct slice out = masked(f, text);
    if (slice_find(out, slice_of(secret)))
        fail_msg("%s is in %.*s", secret, SLICE_ARG(out));
}

static void assert_kept(struct fixture *f, const char *text)
{
    struct slice out = masked(f, text);
    if (!slice_equal(out, slice_of(text)))
        fail_msg("%s became %.*s", text, SLICE_ARG(out));
}

static void a_long_value_is_hidden_wherever_it_stands(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("aB3xY9kLmQ"));
    assert_hidden(f, "aB3xY9kLmQ", "aB3xY9kLmQ");
    assert_hidden(f, "xaB3xY9kLmQx aB3xY9kLmQ", "aB3xY9kLmQ");
    assert_hidden(f, "\"value\":\"aB3xY9kLmQ\"", "aB3xY9kLmQ");
    assert_kept(f, "aB3xY9kLm is one short");
    assert_kept(f, "");
    assert_kept(f, "aB");
}

static void a_stand_in_has_the_shape_of_its_value(void **state)
{
    struct fixture *f = *state;
    const char *value = "aB3-9_%2Fx.Q";
    secrets_learn(&f->secrets, SLICE("sid"), slice_of(value));
    struct slice out = masked(f, value);
    for (size_t i = 0; i < out.len; i++) {
        char was = value[i], is = out.ptr[i];
        if (i >= 6 && i < 9)
            assert_int_equal(was, is);
        else if (was >= '0' && was <= '9')
            assert_true(is >= '0' && is <= '9');
        else if (was >= 'a' && was <= 'z')
            assert_true(is >= 'a' && is <= 'z');
        else if (was >= 'A' && was <= 'Z')
            assert_true(is >= 'A' && is <= 'Z');
        else
            assert_int_equal(was, is);
    }
}

static void every_spelling_of_a_value_becomes_that_of_its_stand_in(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("pass\"word/+42=A"));
    struct slice plain = masked(f, "pass\"word/+42=A");
    char stand_in[32], want[64];
    memcpy(stand_in, plain.ptr, plain.len);
    stand_in[plain.len] = '\0';
    assert_true(text_format(want, sizeof want, "%.4s%%22%.4s%%2F%%2B%.2s%%3D%.1s", stand_in, stand_in + 5, stand_in + 11,
                            stand_in + 14));
    struct slice encoded = masked(f, "pass%22word%2F%2B42%3DA");
    assert_int_equal(encoded.len, strlen(want));
    assert_memory_equal(encoded.ptr, want, encoded.len);
    assert_true(text_format(want, sizeof want, "%.4s\\\"%s", stand_in, stand_in + 5));
    struct slice quoted = masked(f, "pass\\\"word/+42=A");
    assert_memory_equal(quoted.ptr, want, quoted.len);
}

static void a_short_value_is_hidden_beside_its_name_only(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("clinic"), SLICE("731"));
    assert_hidden(f, "a=1; clinic=731; b=2", "731");
    assert_hidden(f, "clinic=731", "731");
    assert_hidden(f, "{\"name\":\"clinic\",\"value\":\"731\"}", "731");
    assert_kept(f, "{\"id\":731}");
    assert_kept(f, "clinic=7312");
    assert_kept(f, "myclinic=731");
}

static void a_plain_word_is_left_alone(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("script"), SLICE("javascript"));
    assert_kept(f, "{\"method\":\"Page.javascriptDialogOpening\"}");
    assert_hidden(f, "script=javascript", "javascript");
}

static void the_same_cookies_get_the_same_stand_ins(void **state)
{
    struct fixture *f = *state;
    struct secrets *other = malloc(sizeof *other);
    secrets_init(other);
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("aB3xY9kLmQ"));
    secrets_learn(other, SLICE("sid"), SLICE("zQ8wE2rTyU"));
    struct slice first = masked(f, "aB3xY9kLmQ");
    char text[] = "zQ8wE2rTyU";
    secrets_mask(other, text, strlen(text));
    assert_memory_equal(first.ptr, text, first.len);
    secrets_fini(other);
    free(other);
}

static void two_values_never_share_a_stand_in(void **state)
{
    struct fixture *f = *state;
    static char seen[2000][9];
    for (int i = 0; i < 2000; i++) {
        char value[16];
        assert_true(text_format(value, sizeof value, "%08d", i));
        secrets_learn(&f->secrets, SLICE("n"), slice_of(value));
        memcpy(seen[i], masked(f, value).ptr, 8);
        for (int j = 0; j < i; j++)
            assert_memory_not_equal(seen[i], seen[j], 8);
    }
    assert_false(f->secrets.full);
}

static void values_are_learned_where_they_are_met(void **state)
{
    struct fixture *f = *state;
    static const char *const messages[] = {
        "{\"params\":{\"request\":{\"headers\":{\"Cookie\":\"a=1; sid=from-A-Header-1\"}}}}",
        "{\"params\":{\"responseHeaders\":[{\"name\":\"set-cookie\",\"value\":\"sid=from-A-List-2; Path=/\"}]}}",
        "{\"result\":{\"cookies\":[{\"name\":\"sid\",\"value\":\"from-A-Jar-3\",\"domain\":\"x\"}]}}",
        "{\"params\":{\"headers\":{\"Set-Cookie\":\"x=1\\nsid=from-A-Line-4; HttpOnly\"}}}",
        "{\"params\":{\"lone\":\"\\ud800\",\"headers\":{\"Cookie\":\"sid=beside-A-Surrogate-5\"}}}",
        "{\"params\":{\"nul\":\"\\u0000\",\"headers\":{\"Cookie\":\"sid=beside-A-Nul-6\"}}}",
    };
    static const char *const values[] = {"from-A-Header-1", "from-A-List-2",          "from-A-Jar-3",
                                         "from-A-Line-4",   "beside-A-Surrogate-5", "beside-A-Nul-6"};
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        secrets_learn_message(&f->secrets, slice_of(messages[i]));
        assert_hidden(f, messages[i], values[i]);
    }
}

static void a_value_inside_base64_is_hidden_too(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("s3cret-Value-31337"));
    /* base64 of "<pad>s3cret-Value-31337&rest" at the three alignments */
    assert_hidden(f, "\"bytes\":\"czNjcmV0LVZhbHVlLTMxMzM3JnJlc3Q=\"", "czNjcmV0LVZhbHVlLTMxMzM3");
    assert_hidden(f, "\"bytes\":\"YXMzY3JldC1WYWx1ZS0zMTMzNyZyZXN0\"", "MzY3JldC1WYWx1ZS0zMTMzN");
    assert_hidden(f, "\"bytes\":\"YWFzM2NyZXQtVmFsdWUtMzEzMzcmcmVzdA==\"", "zM2NyZXQtVmFsdWUtMzEzMzc");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_value_is_hidden_wherever_it_stands),
        TEST(a_stand_in_has_the_shape_of_its_value),
        TEST(every_spelling_of_a_value_becomes_that_of_its_stand_in),
        TEST(a_short_value_is_hidden_beside_its_name_only),
        TEST(a_plain_word_is_left_alone),
        TEST(the_same_cookies_get_the_same_stand_ins),
        TEST(two_values_never_share_a_stand_in),
        TEST(values_are_learned_where_they_are_met),
        TEST(a_value_inside_base64_is_hidden_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
