/* Events of the network folded into exchanges, in whichever order the browser tells them; and
   what a HAR says of an exchange that is not whole. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "recorder/har/har_write.h"
#include "recorder/traffic/traffic_event.h"

#define ASKED(url, more) \
    "{\"method\":\"Network.requestWillBeSent\",\"params\":{\"requestId\":\"1\",\"request\":{\"url\":\"" url \
    "\",\"method\":\"GET\",\"headers\":{}}" more "}}"
#define REDIRECT ",\"redirectHasExtraInfo\":true,\"redirectResponse\":{\"status\":302,\"headers\":{\"Location\":\"/b\"}}"
#define EXTRA_ASKED(name) \
    "{\"method\":\"Network.requestWillBeSentExtraInfo\",\"params\":{\"requestId\":\"1\",\"headers\":{\"X-Hop\":\"" name "\"}}}"
#define EXTRA_ANSWERED(name) \
    "{\"method\":\"Network.responseReceivedExtraInfo\",\"params\":{\"requestId\":\"1\",\"headers\":{\"Set-Cookie\":\"hop=" name "\"}}}"
#define ANSWERED \
    "{\"method\":\"Network.responseReceived\",\"params\":{\"requestId\":\"1\",\"hasExtraInfo\":true,\"response\":{\"status\":200,\"headers\":{}}}}"
#define CANCELED \
    "{\"method\":\"Network.loadingFailed\",\"params\":{\"requestId\":\"1\",\"errorText\":\"net::ERR_ABORTED\",\"canceled\":true}}"
#define FINISHED "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"1\"}}"
#define DROPPED "{\"requestId\":\"1\",\"size\":3,\"sha256\":\"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\",\"dropped\":true}"

static int set_up(void **state)
{
    struct traffic *traffic = calloc(1, sizeof *traffic);
    arena_init(&traffic->arena, 1u << 20);
    *state = traffic;
    return 0;
}

static int tear_down(void **state)
{
    traffic_free(*state);
    return 0;
}

static void take(struct traffic *traffic, uint32_t generation, const char *text)
{
    struct entry entry = {.line = 1, .head = {.generation = generation, .mark = SLICE("run")}};
    json_auto_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    assert_true(json_object_get(value, "method") ? traffic_take_event(traffic, &entry, value) : traffic_take_body(traffic, &entry, value));
}

static void take_all(struct traffic *traffic, const char *const *texts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        take(traffic, 1, texts[i]);
}

static void assert_header(const struct traffic_headers *headers, const char *name, const char *value)
{
    assert_true(slice_equal(traffic_header_find(headers, name), slice_of(value)));
}

static void headers_that_come_early_are_of_the_hop_that_comes_next(void **state)
{
    static const char *const texts[] = {EXTRA_ASKED("a"), ASKED("http://a/", ""), EXTRA_ANSWERED("a"), EXTRA_ASKED("b"),
                                        EXTRA_ANSWERED("b"), ASKED("http://b/", REDIRECT), ANSWERED};
    struct traffic *traffic = *state;
    take_all(traffic, texts, sizeof texts / sizeof *texts);
    assert_int_equal(traffic->count, 2);
    assert_header(&traffic->list[0].asked, "x-hop", "a");
    assert_header(&traffic->list[0].answered, "set-cookie", "hop=a");
    assert_header(&traffic->list[1].asked, "x-hop", "b");
    assert_header(&traffic->list[1].answered, "set-cookie", "hop=b");
}

static void headers_that_come_late_are_of_the_first_hop_that_lacks_them(void **state)
{
    static const char *const texts[] = {ASKED("http://a/", ""), ASKED("http://b/", REDIRECT), EXTRA_ASKED("a"), EXTRA_ASKED("b")};
    struct traffic *traffic = *state;
    take_all(traffic, texts, sizeof texts / sizeof *texts);
    assert_header(&traffic->list[0].asked, "x-hop", "a");
    assert_header(&traffic->list[1].asked, "x-hop", "b");
}

static void what_came_early_in_one_browser_is_of_no_request_of_the_next(void **state)
{
    struct traffic *traffic = *state;
    take(traffic, 1, EXTRA_ASKED("a"));
    take(traffic, 2, ASKED("http://a/", ""));
    assert_int_equal(traffic->list[0].asked.count, 0);
}

/* The first entry of the HAR; nothing is read of the recording's files. */
static json_t *written(struct traffic *traffic, struct har_report *ret_report)
{
    static struct recording recording;
    CLEANUP_STR struct str out;
    struct err err;
    str_init(&out, 1u << 20);
    err_init(&err);
    assert_int_equal(har_write(&recording, traffic, "1", &out, ret_report, &err), ERR_OK);
    json_t *root = json_loads(str_text(&out), 0, NULL);
    assert_non_null(root);
    return root;
}

static json_t *first_entry(json_t *root)
{
    return json_array_get(json_object_get(json_object_get(root, "log"), "entries"), 0);
}

static void a_har_does_not_say_that_what_was_given_up_was_empty(void **state)
{
    static const char *const texts[] = {ASKED("http://a/", ""), ANSWERED, CANCELED};
    struct har_report report;
    take_all(*state, texts, sizeof texts / sizeof *texts);
    json_auto_t *root = written(*state, &report);
    json_t *entry = first_entry(root), *response = json_object_get(entry, "response");
    assert_int_equal(json_integer_value(json_object_get(response, "status")), 200);
    assert_string_equal(json_string_value(json_object_get(response, "_error")), "net::ERR_ABORTED");
    assert_int_equal(json_integer_value(json_object_get(json_object_get(response, "content"), "size")), -1);
    assert_null(json_object_get(json_object_get(response, "content"), "text"));
    assert_true(json_is_true(json_object_get(entry, "_unanswered")));
    assert_int_equal(report.losses[HAR_LOSS_GIVEN_UP], 1);
    assert_int_equal(report.losses[HAR_LOSS_BODY] + report.losses[HAR_LOSS_UNANSWERED], 0);
}

static void a_har_says_which_body_redaction_left_out(void **state)
{
    static const char *const texts[] = {ASKED("http://a/", ""), ANSWERED, FINISHED, DROPPED};
    struct har_report report;
    take_all(*state, texts, sizeof texts / sizeof *texts);
    json_auto_t *root = written(*state, &report);
    json_t *response = json_object_get(first_entry(root), "response");
    assert_true(json_is_true(json_object_get(response, "_bodyMissing")));
    assert_int_equal(report.losses[HAR_LOSS_DROPPED], 1);
    assert_int_equal(report.losses[HAR_LOSS_BODY], 0);
}

static void only_two_hex_digits_are_a_byte_of_a_query(void **state)
{
    static const char *const texts[] = {ASKED("http://a/?a=%4a%4A+%\\u0011\\u0012%zz%4", "")};
    struct har_report report;
    take_all(*state, texts, 1);
    json_auto_t *root = written(*state, &report);
    json_t *pair = json_array_get(json_object_get(json_object_get(first_entry(root), "request"), "queryString"), 0);
    assert_string_equal(json_string_value(json_object_get(pair, "value")), "JJ %\x11\x12%zz%4");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(headers_that_come_early_are_of_the_hop_that_comes_next),
        TEST(headers_that_come_late_are_of_the_first_hop_that_lacks_them),
        TEST(what_came_early_in_one_browser_is_of_no_request_of_the_next),
        TEST(a_har_does_not_say_that_what_was_given_up_was_empty),
        TEST(a_har_says_which_body_redaction_left_out),
        TEST(only_two_hex_digits_are_a_byte_of_a_query),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
