/* --record-network: the recorder's own session on the page, which the engine never
   sees, and what it leaves in network.ndjson and bodies/. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "recorder/replay.h"
#include "recorder/verify.h"
#include "tests/unit/recorder_script.h"

#define OURS "\"sessionId\":\"0BADC0DE0BADC0DE\"}"
#define ENGINES "\"sessionId\":\"E0E0E0E0E0E0E0E0\"}"
#define BYTES(us, text) {.kind = WIRE_BYTES, .at = {us}, .generation = 1, .bytes = SLICE(text)}

static const struct wire_item items[] = {
    BYTES(10, "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"targetInfo\":"
              "{\"targetId\":\"PAGE1\"}}}"),
    BYTES(20, "{\"id\":5,\"result\":{\"sessionId\":\"E0E0E0E0E0E0E0E0\"}}"),
    /* ours from here, apart from what the engine's session says */
    BYTES(30, "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"0BADC0DE0BADC0DE\",\"targetInfo\":"
              "{\"targetId\":\"PAGE1\"}}}"),
    BYTES(40, "{\"id\":1073741824,\"result\":{\"sessionId\":\"0BADC0DE0BADC0DE\"}}"),
    BYTES(50, "{\"id\":1073741825,\"result\":{}," OURS),
    BYTES(60, "{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES),
    BYTES(70, "{\"method\":\"Network.requestWillBeSent\",\"params\":{\"requestId\":\"R.1\",\"request\":{\"url\":"
              "\"http://127.0.0.1/a\"}}," OURS),
    BYTES(80, "{\"method\":\"Network.responseReceivedExtraInfo\",\"params\":{\"requestId\":\"R.1\",\"headers\":"
              "{\"Set-Cookie\":\"sid=Fresh-From-The-Net-9; path=/\"}}," OURS),
    BYTES(90, "{\"method\":\"Network.dataReceived\",\"params\":{\"requestId\":\"R.1\"}," OURS),
    BYTES(100, "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"R.1\"}," OURS),
    BYTES(110, "{\"id\":1073741826,\"result\":{\"body\":\"<p>Fresh-From-The-Net-9</p>\",\"base64Encoded\":false}," OURS),
    BYTES(120, "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"R.2\"}," OURS),
    BYTES(130, "{\"id\":1073741827,\"result\":{\"body\":\"AP/+\",\"base64Encoded\":true}," OURS),
    BYTES(140, "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"R.3\"}," OURS),
    BYTES(150, "{\"id\":1073741828,\"error\":{\"code\":-32000,\"message\":\"No data found\"}," OURS),
    BYTES(160, "{\"method\":\"Network.loadingFinished\",\"params\":{\"requestId\":\"R.4\"}," OURS),
    BYTES(170, "{\"id\":1073741829,\"result\":{\"body\":\"AP/+\",\"base64Encoded\":true}," OURS),
    BYTES(180, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}," OURS),
    BYTES(190, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}," ENGINES),
    BYTES(200, "{\"method\":\"Target.detachedFromTarget\",\"params\":{\"sessionId\":\"0BADC0DE0BADC0DE\"}}"),
    BYTES(210, "{\"method\":\"Target.detachedFromTarget\",\"params\":{\"sessionId\":\"E0E0E0E0E0E0E0E0\"}}"),
};

#define NEXT {.kind = ACT_NEXT, .deadline = {1000}}
static const struct script_act acts[] = {
    {.kind = ACT_START},
    {.kind = ACT_SEND,
     .text = SLICE("{\"id\":5,\"method\":\"Target.attachToTarget\",\"params\":{\"targetId\":\"PAGE1\",\"flatten\":true}}")},
    NEXT,
    NEXT,
    {.kind = ACT_SEND, .text = SLICE("{\"id\":6,\"method\":\"Page.enable\"," ENGINES)},
    NEXT,
    NEXT,
    NEXT,
    {.kind = ACT_KILL},
};
#define ACTS (sizeof acts / sizeof acts[0])

struct fixture {
    char dir[64], path[128];
    struct script_outside outside;
    struct str live, replayed, text;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    str_init(&f->live, 1u << 20);
    str_init(&f->replayed, 1u << 20);
    str_init(&f->text, 1u << 20);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_outside_init(&f->outside, items, sizeof items / sizeof items[0]);
    struct record_inputs inputs = {
        .redaction = RECORD_COPY,
        .dir = f->path, .engine = "1", .predecessor = "", .page_name = "page.js", .network = true};
    struct record *record = NULL;
    assert_int_equal(record_open(&inputs, &f->outside.wire, &record, &f->err), ERR_OK);
    if (script_play(record_wire(record), acts, ACTS, &f->live, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(record_close(record, "HeadlessChrome/1", &f->err), ERR_OK);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    script_remove(f->dir);
    script_outside_fini(&f->outside);
    str_fini(&f->live);
    str_fini(&f->replayed);
    str_fini(&f->text);
    free(f);
    return 0;
}

static void the_engine_sees_nothing_of_it(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(f->outside.next_item, sizeof items / sizeof items[0]);
    assert_null(slice_find(str_slice(&f->live), SLICE("0BADC0DE")));
    assert_null(slice_find(str_slice(&f->live), SLICE("Network.")));
    assert_non_null(slice_find(str_slice(&f->live), SLICE("Page.frameNavigated")));
    assert_non_null(slice_find(str_slice(&f->live), SLICE("Inspector.targetCrashed")));
    script_read(f->path, "session.ndjson", &f->text);
    assert_null(slice_find(str_slice(&f->text), SLICE("0BADC0DE")));
    assert_null(slice_find(str_slice(&f->text), SLICE("10737418")));
}

static void it_attaches_after_the_engine_and_asks_for_each_body(void **state)
{
    struct fixture *f = *state;
    static const char *const sent[] = {
        "{\"id\":1073741824,\"method\":\"Target.attachToTarget\",\"params\":{\"targetId\":\"PAGE1\",\"flatten\":true}}",
        "{\"id\":1073741825,\"method\":\"Network.enable\",\"params\":{}," OURS,
        "{\"id\":1073741826,\"method\":\"Network.getResponseBody\",\"params\":{\"requestId\":\"R.1\"}," OURS,
        "{\"id\":1073741829,\"method\":\"Network.getResponseBody\",\"params\":{\"requestId\":\"R.4\"}," OURS,
    };
    const char *at = str_text(&f->outside.seen);
    for (size_t i = 0; i < sizeof sent / sizeof sent[0]; i++) {
        at = strstr(at, sent[i]);
        if (!at)
            fail_msg("expected %s in %s", sent[i], str_text(&f->outside.seen));
    }
}

static void events_and_bodies_are_on_record_once_each(void **state)
{
    struct fixture *f = *state;
    script_read(f->path, "network.ndjson", &f->text);
    struct slice text = str_slice(&f->text);
    assert_non_null(slice_find(text, SLICE("\"n\":1,\"at\":70,\"gen\":1,\"mark\":\"run\",\"event\":{\"method\":\"Network.requestW")));
    assert_null(slice_find(text, SLICE("dataReceived")));
    assert_non_null(slice_find(text, SLICE("\"body\":{\"requestId\":\"R.3\"}}")));
    assert_non_null(slice_find(text, SLICE("\"body\":{\"requestId\":\"R.2\",\"size\":3,\"sha256\":\"")));
    assert_null(slice_find(text, SLICE("Fresh-From-The-Net-9")));

    struct verify_report report;
    if (recording_verify(f->path, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(report.files, 6 + 2);
}

static void a_changed_body_is_damage(void **state)
{
    struct fixture *f = *state;
    char path[256];
    struct verify_report report;
    script_read(f->path, "network.ndjson", &f->text);
    const char *at = strstr(str_text(&f->text), "\"requestId\":\"R.2\",\"size\":3,\"sha256\":\"");
    assert_non_null(at);
    at += strlen("\"requestId\":\"R.2\",\"size\":3,\"sha256\":\"");
    assert_true(text_format(path, sizeof path, "bodies/%.64s", at));
    script_write(f->path, path, SLICE("\x01\xff\xfe"));
    assert_int_equal(recording_verify(f->path, &report, NULL, &f->err), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, path + strlen("bodies/")));
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* The disk is full in the middle of the first body, as a kill there would leave it. */
static void a_body_that_was_not_finished_is_none(void **state)
{
    struct fixture *f = *state;
    struct wire_item longer[sizeof items / sizeof items[0]];
    struct record_inputs inputs = {
        .redaction = RECORD_COPY,
        .dir = f->path, .engine = "1", .predecessor = "", .page_name = "page.js", .network = true};
    struct record *record = NULL;
    struct verify_report report;
    memcpy(longer, items, sizeof items);
    str_addf(&f->text, "{\"id\":1073741826,\"result\":{\"body\":\"%09000d\"},%s", 0, OURS);
    longer[10].bytes = str_slice(&f->text);
    script_remove(f->path);
    script_outside_fini(&f->outside);
    script_outside_init(&f->outside, longer, sizeof longer / sizeof longer[0]);
    assert_int_equal(record_open(&inputs, &f->outside.wire, &record, &f->err), ERR_OK);
    limit_files(6000);
    assert_int_equal(script_play(record_wire(record), acts, ACTS, &f->live, &f->err), ERR_ENV);
    record_abandon(record);
    limit_files(RLIM_INFINITY);
    assert_non_null(strstr(f->err.text, "bodies: "));
    err_init(&f->err);
    if (recording_verify(f->path, &report, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_true(report.cut);
}

static void the_replay_needs_none_of_it(void **state)
{
    struct fixture *f = *state;
    struct replay *replay = NULL;
    if (replay_open(f->path, &replay, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    if (script_play(replay_wire(replay), acts, ACTS, &f->replayed, &f->err) != ERR_OK ||
        replay_finish(replay, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_string_equal(str_text(&f->live), str_text(&f->replayed));
    replay_close(replay);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    signal(SIGXFSZ, SIG_IGN);
    const struct CMUnitTest tests[] = {
        TEST(the_engine_sees_nothing_of_it),
        TEST(it_attaches_after_the_engine_and_asks_for_each_body),
        TEST(events_and_bodies_are_on_record_once_each),
        TEST(a_changed_body_is_damage),
        TEST(a_body_that_was_not_finished_is_none),
        TEST(the_replay_needs_none_of_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
