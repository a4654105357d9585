/* Cookie values and their stand-ins: found in every spelling, replaced by equal length
   and like shape, and nothing else is touched. A posted body that holds them is recorded
   and replayed: the body that the engine takes out of the message is the recorded one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "recorder/replay.h"
#include "recorder/secrets.h"
#include "recorder/text.h"
#include "tests/unit/recorder_script.h"

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

static void assert_hidden_everywhere(struct fixture *f, const char *secret)
{
    for (int before = 0; before < 40; before++)
        for (int after = 0; after < 40; after += 13) {
            char text[128];
            assert_true(text_format(text, sizeof text, "%*s%s%*s", before, "", secret, after, ""));
            assert_hidden(f, text, secret);
        }
}

/* At every distance from the ends of a text, also when a shorter one is learned later. */
static void a_value_is_found_at_every_place(void **state)
{
    static const char *const values[][2] = {{"sid", "aB3xY9kLmQ-aB3xY9kLmQ"}, {"clinic", "7"}, {"a", "1"}};
    static const char *const texts[] = {"aB3xY9kLmQ-aB3xY9kLmQ", "clinic=7", "a=1"};
    struct fixture *f = *state;
    for (size_t learned = 0; learned < 3; learned++) {
        secrets_learn(&f->secrets, slice_of(values[learned][0]), slice_of(values[learned][1]));
        for (size_t i = 0; i <= learned; i++)
            assert_hidden_everywhere(f, texts[i]);
    }
}

/* The second message has the header of the first; what else it tells of is learned too. */
static void a_header_that_is_known_hides_no_other_cookie(void **state)
{
    static const char first[] = "{\"params\":{\"headers\":{\"Cookie\":\"sid=from-A-Header-1\"}}}";
    static const char *const others[] = {
        "{\"a\":{\"Cookie\":\"sid=from-A-Header-1\"},\"b\":{\"Set-Cookie\":\"sid=zZ-Another-2\"}}",
        "{\"a\":{\"Set-Cookie\":\"sid=zZ-Another-2\"},\"b\":{\"Cookie\":\"sid=from-A-Header-1\"}}",
        "{\"headers\":{\"Cookie\":\"sid=from-A-Header-1; b=zZ-Another-2\"}}",
        "{\"headers\":{\"cookie\":\"sid=zZ-Another-2\"}}",
    };
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        struct fixture *f = *state;
        secrets_learn_message(&f->secrets, slice_of(first));
        secrets_learn_message(&f->secrets, slice_of(first));
        secrets_learn_message(&f->secrets, slice_of(others[i]));
        assert_hidden(f, others[i], "zZ-Another-2");
        assert_hidden(f, others[i], "from-A-Header-1");
        secrets_fini(&f->secrets);
    }
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

/* What the text spells is a stand-in too: its escapes stay as they are there. */
static void the_hex_digits_of_an_escape_may_be_of_either_case(void **state)
{
    static const char *const values[] = {"pass/word+42=A/b", "%2Fx%3Dy-Zebra42", "%2fx%3dy-Zebra43"};
    static const char *const texts[] = {
        "pass%2fword%2b42%3dA%2fb", "pass%2Fword%2b42%3DA%2fb", "%2fx%3dy-Zebra42",
        "%2fx%3Dy-Zebra42",         "%252fx%253dy-Zebra42",     "%2Fx%3Dy-Zebra43",
        "...%252Fx%253dy-Zebra43",
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        secrets_learn(&f->secrets, SLICE("sid"), slice_of(values[i]));
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct slice out = masked(f, texts[i]);
        assert_null(slice_find(out, SLICE("word")));
        assert_null(slice_find(out, SLICE("Zebra")));
        for (size_t at = 0; at < out.len; at++)
            if (texts[i][at] == '%')
                assert_memory_equal(out.ptr + at, texts[i] + at, 3);
    }
    assert_kept(f, "PASS%2fword%2b42%3dA%2fb");
    assert_kept(f, "pass%2fword%2b42%3da%2fb");
}

static void a_value_is_the_same_one_in_either_spelling(void **state)
{
    struct fixture *f = *state;
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("one%2Fcookie-31337"));
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("one%2fcookie-31337"));
    assert_int_equal(f->secrets.cookies, 1);
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

/* A paused request as Chromium tells it; its body in two entries, cut at `cut`. */
static void add_paused(struct str *out, struct slice body, size_t cut)
{
    str_add_text(out, "{\"method\":\"Fetch.requestPaused\",\"params\":{\"request\":{\"method\":\"POST\",\"headers\":"
                      "{\"Cookie\":\"visitID=70012; tok=Ab3%2FxYz-9001\"},\"postData\":\"");
    str_add(out, body);
    str_add_text(out, "\",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"");
    if (cut) {
        text_add_base64(out, (struct slice){body.ptr, cut});
        str_add_text(out, "\"},{},{\"bytes\":\"");
    }
    text_add_base64(out, (struct slice){body.ptr + cut, body.len - cut});
    str_add_text(out, "\"}],\"referrerPolicy\":\"origin\"}}}");
}

/* What the entries say, joined: the body that an engine would post. */
static void take_body(const struct str *told, struct str *ret_body)
{
    const struct slice key = SLICE("{\"bytes\":\"");
    struct slice rest = str_slice(told);
    for (const char *at; (at = slice_find(rest, key)) != NULL;) {
        const char *from = at + key.len, *end = strchr(from, '"');
        assert_non_null(end);
        assert_true(text_decode_base64((struct slice){from, (size_t)(end - from)}, ret_body));
        rest = (struct slice){end, (size_t)(rest.ptr + rest.len - end)};
    }
}

/* Waits for the paused request, posts its body. */
static void post_what_is_told(struct wire *wire, struct str *ret_body)
{
    const struct script_act wait = {.kind = ACT_NEXT, .deadline = {INT64_MAX}};
    struct wire_request request = {.method = SLICE("POST"), .url = SLICE("http://127.0.0.1:1/save")};
    const struct script_act post = {.kind = ACT_HTTP, .id = 1, .request = &request};
    struct str told;
    struct err err;
    err_init(&err);
    str_init(&told, 1u << 20);
    if (script_play(wire, &wait, 1, &told, &err) != ERR_OK)
        fail_msg("%s", err.text);
    take_body(&told, ret_body);
    request.body = str_slice(ret_body);
    assert_int_equal(script_play(wire, &post, 1, &told, &err), ERR_OK);
    str_fini(&told);
}

static void assert_no_true_value(struct slice text, const char *where)
{
    static const char *const values[] = {"visitID=70012", "visitID%3D70012", "Ab3%2FxYz-9001", "Ab3/xYz-9001", "Ab3%252FxYz-9001"};
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        if (slice_find(text, slice_of(values[i])))
            fail_msg("%s holds %s", where, values[i]);
}

/* Also what base64 in it says: each run of its letters is read from each of four places. */
static void assert_file_is_clean(const char *dir, const char *name)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct str file, bytes;
    str_init(&file, 1u << 20);
    str_init(&bytes, 1u << 20);
    script_read(dir, name, &file);
    assert_no_true_value(str_slice(&file), name);
    for (const char *at = str_text(&file); *at; at += strcspn(at, letters)) {
        size_t run = strspn(at, letters);
        for (size_t skip = 0; skip < 4 && skip < run; skip++) {
            str_clear(&bytes);
            (void)text_decode_base64((struct slice){at + skip, (run - skip) / 4 * 4}, &bytes);
            assert_no_true_value(str_slice(&bytes), name);
        }
        at += run;
    }
    str_fini(&bytes);
    str_fini(&file);
}

static void record_post(const char *path, struct slice message)
{
    const struct wire_item item = {.kind = WIRE_BYTES, .at = {1000}, .generation = 1, .bytes = message};
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = path, .engine = "1", .predecessor = "", .page_name = "page.js"};
    struct script_outside outside;
    struct record *record = NULL;
    struct str body;
    struct err err;
    err_init(&err);
    str_init(&body, 1u << 20);
    script_outside_init(&outside, &item, 1);
    assert_int_equal(record_open(&inputs, &outside.wire, &record, &err), ERR_OK);
    post_what_is_told(record_wire(record), &body);
    assert_non_null(slice_find(str_slice(&outside.seen), SLICE("&visitID=70012&")));
    assert_int_equal(record_close(record, "", &err), ERR_OK);
    script_outside_fini(&outside);
    str_fini(&body);
}

static void replay_post(const char *path, struct slice true_body)
{
    struct replay *replay = NULL;
    struct str body;
    struct err err;
    err_init(&err);
    str_init(&body, 1u << 20);
    if (replay_open(path, &replay, NULL, &err) != ERR_OK)
        fail_msg("%s", err.text);
    post_what_is_told(replay_wire(replay), &body);
    assert_int_equal(body.len, true_body.len);
    assert_non_null(slice_find(str_slice(&body), SLICE("&clinic=70012&visitID=")));
    if (replay_finish(replay, &err) != ERR_OK)
        fail_msg("%s", err.text);
    replay_close(replay);
    str_fini(&body);
}

static void check_post(const char *body_text, size_t cut)
{
    static const char *const files[] = {"manifest.json", "state.json", "session.ndjson", "events.ndjson"};
    struct slice body = slice_of(body_text);
    char dir[64], path[128];
    struct str message;
    str_init(&message, 1u << 20);
    script_directory(dir);
    assert_true(text_format(path, sizeof path, "%s/rec", dir));
    add_paused(&message, body, cut);
    record_post(path, str_slice(&message));
    replay_post(path, body);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++)
        assert_file_is_clean(path, files[i]);
    script_remove(dir);
    str_fini(&message);
}

static void a_posted_body_is_masked_as_the_bytes_it_says(void **state)
{
    (void)state;
    static const char body[] = "xx&visitID=70012&clinic=70012&visitID=70012&tok=Ab3%2FxYz-9001&tok=Ab3/xYz-9001"
                               "&again=Ab3%252FxYz-9001";
    for (size_t shift = 0; shift < 3; shift++) {
        check_post(body + shift, 0);
        for (size_t cut = 1; cut < sizeof body - 1 - shift; cut += 7)
            check_post(body + shift, cut);
    }
}

static void entries_that_are_no_base64_are_masked_as_text(void **state)
{
    struct fixture *f = *state;
    static const char *const messages[] = {"{\"postDataEntries\":[{\"bytes\":\"?sid=aB3xY9kLmQ\"}]}",
                                           "{\"postDataEntries\":[aB3xY9kLmQ", "{\"postDataEntries\":[{\"bytes\":\"aB3xY9kLmQ"};
    secrets_learn(&f->secrets, SLICE("sid"), SLICE("aB3xY9kLmQ"));
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++) {
        struct slice out = secrets_masked_message(&f->secrets, slice_of(messages[i]), &f->scratch);
        assert_int_equal(out.len, strlen(messages[i]));
        assert_null(slice_find(out, SLICE("aB3xY9kLmQ")));
        assert_true(slice_starts(out, SLICE("{\"postDataEntries\":[")));
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_long_value_is_hidden_wherever_it_stands),
        TEST(a_value_is_found_at_every_place),
        TEST(a_header_that_is_known_hides_no_other_cookie),
        TEST(a_stand_in_has_the_shape_of_its_value),
        TEST(every_spelling_of_a_value_becomes_that_of_its_stand_in),
        TEST(the_hex_digits_of_an_escape_may_be_of_either_case),
        TEST(a_value_is_the_same_one_in_either_spelling),
        TEST(a_short_value_is_hidden_beside_its_name_only),
        TEST(a_plain_word_is_left_alone),
        TEST(the_same_cookies_get_the_same_stand_ins),
        TEST(two_values_never_share_a_stand_in),
        TEST(values_are_learned_where_they_are_met),
        TEST(a_value_inside_base64_is_hidden_too),
        cmocka_unit_test(a_posted_body_is_masked_as_the_bytes_it_says),
        TEST(entries_that_are_no_base64_are_masked_as_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
