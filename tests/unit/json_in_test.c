/* JSON from outside: what is refused, where, and that nothing of it is repeated. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/json_in.h"

#include <errno.h>
#include <stdlib.h>

static enum err_code parse(struct slice text, struct err *err)
{
    json_t *root = NULL;
    err_init(err);
    enum err_code code = json_in_parse(text, &json_in_limits_file, &root, err);
    if (code != ERR_OK)
        assert_null(root);
    json_decref(root);
    return code;
}

static void refused(struct slice text, const char *why)
{
    struct err err;
    if (parse(text, &err) != ERR_INPUT || !strstr(err.text, why))
        fail_msg("want ERR_INPUT with \"%s\", got %s: \"%s\"", why, err_name(err.code), err.text);
}

/* opens depth brackets and closes them: caller frees. */
static char *nested(size_t depth, char open, char close)
{
    char *text = malloc(2 * depth + 1);
    assert_non_null(text);
    memset(text, open, depth);
    memset(text + depth, close, depth);
    text[2 * depth] = '\0';
    return text;
}

static void plain_json_is_read(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(parse(SLICE("{\"a\":[1,-2,3.5,true,null,\"\\u00e9\xc3\xa9\"],\"b\":{}}"), &err), ERR_OK);
    assert_int_equal(parse(SLICE(" [9223372036854775807]\r\n"), &err), ERR_OK);
}

static void numbers_that_do_not_fit_are_errors_and_never_zero(void **state)
{
    (void)state;
    refused(SLICE("{\"a\":12345678901234567890}"), "too large");
    refused(SLICE("[99999999999999999999]"), "too large");
    refused(SLICE("[1e400]"), "too large");
    refused(SLICE("[NaN]"), "not valid JSON");
    refused(SLICE("[Infinity]"), "not valid JSON");
    refused(SLICE("[0x10]"), "not valid JSON");
}

static void a_key_twice_is_an_error_at_any_depth(void **state)
{
    (void)state;
    refused(SLICE("{\"a\":1,\"a\":1}"), "a key appears twice");
    refused(SLICE("[{\"b\":{\"a\":1,\"\\u0061\":2}}]"), "a key appears twice");
}

static void depth_128_is_read_and_129_is_not(void **state)
{
    (void)state;
    struct err err;
    char *deep = nested(128, '[', ']');
    assert_int_equal(parse(slice_of(deep), &err), ERR_OK);
    free(deep);
    deep = nested(129, '[', ']');
    refused(slice_of(deep), "nested deeper than 128");
    free(deep);
    deep = nested(1000000, '[', ']');
    refused(slice_of(deep), "line 1, byte 128: over the limit");
    free(deep);
    refused(SLICE("{\"[[[[[\":[\"]]]]]\\\"[[[\"]}}"), "more text after");
}

static void encodings_other_than_utf8_are_named(void **state)
{
    (void)state;
    refused(SLICE("\xef\xbb\xbf{}"), "byte order mark");
    refused(SLICE("\xff\xfe{\0}\0"), "UTF-16");
    refused(SLICE("\xfe\xff\0{\0}"), "UTF-16");
    refused(SLICE("[\"\xe9\"]"), "not UTF-8");
    refused(SLICE("[\"\xc0\x80\"]"), "not UTF-8");
    refused(SLICE("[\"\xed\xa0\x80\"]"), "not UTF-8");
    refused(SLICE("[\"\\ud800\"]"), "not valid JSON");
    refused(SLICE("[\"a\\u0000b\"]"), "NUL");
}

static void nul_is_kept_where_it_is_allowed(void **state)
{
    (void)state;
    struct err err;
    err_init(&err);
    struct json_in_limits limits = json_in_limits_file;
    limits.allow_nul = true;
    json_t *root = NULL;
    assert_int_equal(json_in_parse(SLICE("[\"a\\u0000b\"]"), &limits, &root, &err), ERR_OK);
    assert_int_equal(json_string_length(json_array_get(root, 0)), 3);
    json_decref(root);
}

static void an_error_says_line_and_byte_and_repeats_nothing(void **state)
{
    (void)state;
    struct err err;
    assert_int_equal(parse(SLICE("{\n \"name\": \"TEST, ALPHA\",\n \"dob\": SECRET\n}"), &err), ERR_INPUT);
    assert_non_null(strstr(err.text, "line 3, byte "));
    assert_null(strstr(err.text, "SECRET"));
    assert_null(strstr(err.text, "ALPHA"));
    refused(SLICE(""), "there is no text");
    refused(SLICE(" "), "line 1, byte 1: the text ends too early");
    refused(SLICE("{"), "the text ends too early");
    refused(SLICE("{} x"), "more text after");
}

static void every_cut_of_a_text_is_an_error(void **state)
{
    (void)state;
    struct slice text = SLICE("{\"a\":[1,{\"b\":\"c\\\"\\u00e9\"}],\"d\":{\"e\":[[]]}}");
    struct err err;
    for (size_t len = 0; len < text.len; len++)
        assert_int_equal(parse((struct slice){text.ptr, len}, &err), ERR_INPUT);
}

/* What jansson holds, counted at its own door. */
static size_t held_bytes, held_bytes_most;

static void *counting_malloc(size_t size)
{
    size_t *block = malloc(size + sizeof(max_align_t));
    if (!block)
        return NULL;
    *block = size;
    held_bytes += size + 32;
    if (held_bytes > held_bytes_most)
        held_bytes_most = held_bytes;
    return (char *)block + sizeof(max_align_t);
}

static void counting_free(void *at)
{
    if (!at)
        return;
    size_t *block = (size_t *)(void *)((char *)at - sizeof(max_align_t));
    held_bytes -= *block + 32;
    free(block);
}

/* Repeats `item` to `size` bytes between brackets; "#" stands for a member with a key of its own. */
static void bomb(const char *item, size_t size, char open, char close, struct str *ret_text)
{
    str_init(ret_text, size + 1024);
    str_add_char(ret_text, open);
    for (unsigned i = 0; ret_text->len < size; i++) {
        str_add_text(ret_text, i ? "," : "");
        if (strchr(item, '#'))
            str_addf(ret_text, "\"k%u\":0", i);
        else
            str_add_text(ret_text, item);
    }
    str_add_char(ret_text, close);
}

static void the_memory_is_bounded_whatever_the_text_repeats(void **state)
{
    (void)state;
    static const char *const items[] = {"0", "[]", "{}", "\"\"", "[[[]]]", "{\"\":{}}", "1.5", "#"};
    json_set_alloc_funcs(counting_malloc, counting_free);
    for (size_t i = 0; i < sizeof items / sizeof *items; i++)
        for (size_t size = 1 << 18; size <= 1 << 23; size *= 2) {
            struct str text CLEANUP_STR;
            bool keys = items[i][0] == '#';
            bomb(items[i], size, keys ? '{' : '[', keys ? '}' : ']', &text);
            held_bytes_most = held_bytes;
            struct err err;
            enum err_code code = parse(str_slice(&text), &err);
            assert_true(code == ERR_OK || strstr(err.text, "over the limit"));
            if (held_bytes_most > JSON_IN_MEMORY_BYTES_MAX + 2 * text.len)
                fail_msg("%s repeated to %zu bytes: jansson held %zu", items[i], size, held_bytes_most);
        }
    json_set_alloc_funcs(malloc, free);
}

static void forty_megabytes_of_zeros_are_over_the_limit(void **state)
{
    (void)state;
    struct str text CLEANUP_STR;
    bomb("0", (size_t)40 << 20, '[', ']', &text);
    refused(str_slice(&text), "over the limit");
    str_clear(&text);
    struct str keys CLEANUP_STR;
    bomb("#", (size_t)12 << 20, '{', '}', &keys);
    refused(str_slice(&keys), "over the limit");
}

/* malloc fails at the n-th call, for every n until none fails. */
static int calls_left;

static void *failing_malloc(size_t size)
{
    if (calls_left-- > 0)
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

static void *failing_once(size_t size)
{
    if (--calls_left != 0)
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

static void a_failed_allocation_is_no_input_error(void **state)
{
    (void)state;
    struct slice text = SLICE("{\"a\":[1,2,{\"b\":\"c\"}],\"d\":3.5,\"e\":[true,null]}");
    json_set_alloc_funcs(failing_malloc, free);
    int failed = 0;
    for (int n = 0;; n++) {
        struct err err;
        calls_left = n;
        if (parse(text, &err) == ERR_OK)
            break;
        if (err.code != ERR_ENV)
            fail_msg("allocation %d failed and was called %s: %s", n, err_name(err.code), err.text);
        failed++;
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(failed > 5);
}

/* jansson by itself leaves bytes out of a string that could not grow. */
static void a_string_is_whole_or_there_is_none(void **state)
{
    (void)state;
    CLEANUP_STR struct str text;
    str_init(&text, 4096);
    str_add(&text, SLICE("[\""));
    for (int i = 0; i < 1000; i++)
        str_add_char(&text, (char)('a' + i % 26));
    str_add(&text, SLICE("\"]"));
    json_set_alloc_funcs(failing_once, free);
    int failed = 0;
    for (int n = 1;; n++) {
        calls_left = n;
        json_auto_t *root = json_in_load(str_slice(&text), 0, NULL);
        if (root)
            assert_memory_equal(json_string_value(json_array_get(root, 0)), str_text(&text) + 2, 1000);
        if (root && calls_left > 0)
            break;
        failed++;
        assert_null(root);
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(failed > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(plain_json_is_read),
        cmocka_unit_test(numbers_that_do_not_fit_are_errors_and_never_zero),
        cmocka_unit_test(a_key_twice_is_an_error_at_any_depth),
        cmocka_unit_test(depth_128_is_read_and_129_is_not),
        cmocka_unit_test(encodings_other_than_utf8_are_named),
        cmocka_unit_test(nul_is_kept_where_it_is_allowed),
        cmocka_unit_test(an_error_says_line_and_byte_and_repeats_nothing),
        cmocka_unit_test(every_cut_of_a_text_is_an_error),
        cmocka_unit_test(the_memory_is_bounded_whatever_the_text_repeats),
        cmocka_unit_test(forty_megabytes_of_zeros_are_over_the_limit),
        cmocka_unit_test(a_failed_allocation_is_no_input_error),
        cmocka_unit_test(a_string_is_whole_or_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
