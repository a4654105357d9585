/* Browser replay as a wire: what goes down is answers, what comes up is what the engine
   would see of a site, and nothing that would have to be made up. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/offline/offline_state.h"
#include "recorder/record.h"
#include "tests/unit/recorder_script.h"

#define SITE "https://ehr.example"
#define OURS "\"sessionId\":\"0BADC0DE0BADC0DE\"}"
#define ENGINES "\"sessionId\":\"E0E0E0E0E0E0E0E0\"}"
#define BYTES(text) {.kind = WIRE_BYTES, .at = {10}, .generation = 1, .bytes = SLICE(text)}
#define EVENT(method, params) BYTES("{\"method\":\"Network." method "\",\"params\":{" params "}," OURS)
#define ASKED(id, method, path, more) \
    EVENT("requestWillBeSent", "\"requestId\":\"" id "\",\"request\":{\"url\":\"" SITE path "\",\"method\":\"" method "\",\"headers\":{}" more "}")
#define POSTED(text) ",\"hasPostData\":true,\"postData\":\"" text "\""
#define ANSWERED(id, headers) \
    EVENT("responseReceived", "\"requestId\":\"" id "\",\"response\":{\"status\":200,\"headers\":{" headers "}}")
#define FINISHED(id, reply, body) \
    EVENT("loadingFinished", "\"requestId\":\"" id "\""), \
        BYTES("{\"id\":" reply ",\"result\":{\"body\":\"" body "\",\"base64Encoded\":false}," OURS)

/* What was recorded. */
static const struct wire_item recorded[] = {
    BYTES("{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"targetInfo\":{\"targetId\":\"PAGE1\"}}}"),
    BYTES("{\"id\":5,\"result\":{\"sessionId\":\"E0E0E0E0E0E0E0E0\"}}"),
    BYTES("{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"0BADC0DE0BADC0DE\",\"targetInfo\":{\"targetId\":\"PAGE1\"}}}"),
    ASKED("R.1", "GET", "/page", ""),
    EVENT("responseReceivedExtraInfo", "\"requestId\":\"R.1\",\"headers\":{\"Set-Cookie\":\"a=12\\nb=34; HttpOnly\"}"),
    ANSWERED("R.1", "\"Content-Type\":\"text/html; charset=windows-1252\",\"Content-Encoding\":\"gzip\""),
    FINISHED("R.1", "1073741826", "caf\xc3\xa9"),
    ASKED("R.3", "GET", "/gone", ""),
    EVENT("loadingFailed", "\"requestId\":\"R.3\",\"errorText\":\"net::ERR_CONNECTION_RESET\""),
    ASKED("R.4", "GET", "/never", ""),
    EVENT("loadingFailed", "\"requestId\":\"R.4\",\"errorText\":\"net::ERR_ABORTED\",\"canceled\":true"),
    ASKED("R.8", "GET", "/half", ""),
    ANSWERED("R.8", ""),
    EVENT("loadingFailed", "\"requestId\":\"R.8\",\"errorText\":\"net::ERR_ABORTED\",\"canceled\":true"),
    ASKED("R.6", "GET", "/moved", ""),
    EVENT("requestWillBeSent", "\"requestId\":\"R.6\",\"request\":{\"url\":\"" SITE "/there\",\"method\":\"GET\",\"headers\":{}},"
          "\"redirectResponse\":{\"status\":302,\"headers\":{\"Location\":\"/there\"}}"),
    ANSWERED("R.6", ""),
    FINISHED("R.6", "1073741827", "there"),
    ASKED("R.7", "GET", "/forgotten", ""),
    ANSWERED("R.7", ""),
    EVENT("loadingFinished", "\"requestId\":\"R.7\""),
    BYTES("{\"id\":1073741828,\"error\":{\"code\":-32000,\"message\":\"No data found\"}," OURS),
    ASKED("R.2", "POST", "/save", POSTED("a=1")),
    ANSWERED("R.2", ""),
    FINISHED("R.2", "1073741829", "saved"),
    ASKED("R.5", "POST", "/lost", POSTED("b=1")),
    EVENT("loadingFailed", "\"requestId\":\"R.5\",\"errorText\":\"net::ERR_EMPTY_RESPONSE\""),
    BYTES("{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES),
};

struct fixture {
    char dir[64], path[128];
    struct recording *recording;
    struct script_outside outside;
    struct offline *offline;
    struct wire *wire;
    struct wire_item items[16]; /* what comes from below */
    struct err err;
};

static void record(struct fixture *f)
{
    static const struct script_act begin[] = {
        {.kind = ACT_START},
        {.kind = ACT_SEND,
         .text = SLICE("{\"id\":5,\"method\":\"Target.attachToTarget\",\"params\":{\"targetId\":\"PAGE1\",\"flatten\":true}}")},
    };
    static const struct script_act next = {.kind = ACT_NEXT, .deadline = {1000}};
    struct script_outside site;
    struct str told;
    struct record *tap = NULL;
    struct record_inputs inputs = {.redaction = RECORD_COPY, .dir = f->path, .engine = "1", .predecessor = "", .page_name = "page.js", .network = true,
                                   .wall_us = INT64_C(1700000000000000)};
    str_init(&told, 1u << 20);
    script_outside_init(&site, recorded, sizeof recorded / sizeof *recorded);
    assert_int_equal(record_open(&inputs, &site.wire, &tap, &f->err), ERR_OK);
    assert_int_equal(script_play(record_wire(tap), begin, 2, &told, &f->err), ERR_OK);
    for (int i = 0; i < 3; i++) /* the last of them passes over all that is the recorder's own */
        assert_int_equal(script_play(record_wire(tap), &next, 1, &told, &f->err), ERR_OK);
    assert_int_equal(record_close(tap, "", &f->err), ERR_OK);
    script_outside_fini(&site);
    str_fini(&told);
}

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    record(f);
    assert_int_equal(recording_open_manifest(f->path, &f->recording, NULL, &f->err), ERR_OK);
    script_outside_init(&f->outside, f->items, 0);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    offline_close(f->offline);
    recording_close(f->recording);
    script_outside_fini(&f->outside);
    script_remove(f->dir);
    free(f);
    return 0;
}

static void send_text(struct fixture *f, const char *text)
{
    f->wire->ops->send(f->wire, slice_of(text), NULL);
}

static void open_at(struct fixture *f, bool virtual_time)
{
    struct offline_options options = {.inner = &f->outside.wire, .recording = f->recording, .virtual_time = virtual_time};
    if (offline_open(&options, &f->offline, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    f->wire = offline_wire(f->offline);
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    send_text(f, "{\"id\":9,\"method\":\"Fetch.enable\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{\"patterns\":[{\"urlPattern\":\"*/save*\"}]}}");
}

static void comes(struct fixture *f, const char *text)
{
    f->items[f->outside.item_count++] = (struct wire_item){.kind = WIRE_BYTES, .at = {50}, .generation = 1, .bytes = slice_of(text)};
}

/* What next() gives; the script's end is an error of its own. */
static enum err_code take(struct fixture *f, struct wire_item *ret_item)
{
    err_init(&f->err);
    return f->wire->ops->next(f->wire, (struct instant){1000}, ret_item, &f->err);
}

static bool was_sent(struct fixture *f, const char *text)
{
    return slice_find(str_slice(&f->outside.seen), slice_of(text)) != NULL;
}

static void assert_sent(struct fixture *f, const char *text)
{
    if (!was_sent(f, text))
        fail_msg("expected %s in %s", text, str_text(&f->outside.seen));
}

#define PAUSED(id, method, path, more, session) \
    "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"" id "\",\"request\":{\"url\":\"" SITE path "\",\"method\":\"" method \
    "\",\"headers\":{}" more "}}," session

/* The page asks, the engine sees it and lets it go. */
static void page_asks(struct fixture *f, const char *event, const char *let_go)
{
    struct wire_item item;
    comes(f, event);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_true(slice_equal(item.bytes, slice_of(event)));
    send_text(f, let_go);
}

#define LET_GO(id, request) "{\"id\":" id ",\"method\":\"Fetch.continueRequest\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{\"requestId\":\"" request "\"}}"

static void every_request_of_the_page_is_paused_and_answered_in_the_engines_name(void **state)
{
    struct fixture *f = *state;
    open_at(f, false);
    assert_sent(f, "send {\"id\":9,\"method\":\"Fetch.enable\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{\"patterns\":[{\"urlPattern\":\"*\","
                   "\"requestStage\":\"Request\"}]}}\n");
    assert_sent(f, "\"method\":\"Target.setAutoAttach\"");
    page_asks(f, PAUSED("job-1", "GET", "/page", "", ENGINES), LET_GO("21", "job-1"));
    assert_sent(f, "send {\"id\":21,\"method\":\"Fetch.fulfillRequest\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{\"requestId\":\"job-1\","
                   "\"responseCode\":200,\"responseHeaders\":["
                   "{\"name\":\"Content-Type\",\"value\":\"text/html; charset=utf-8\"},{\"name\":\"Set-Cookie\",\"value\":\"a=");
    assert_sent(f, ",{\"name\":\"Set-Cookie\",\"value\":\"b=34; HttpOnly\"}],\"body\":\"\"}} with caf\xc3\xa9\n");
    page_asks(f, PAUSED("job-2", "GET", "/moved", "", ENGINES), LET_GO("22", "job-2"));
    assert_sent(f, "\"requestId\":\"job-2\",\"responseCode\":302,\"responseHeaders\":[{\"name\":\"Location\",\"value\":\"/there\"}]}}\n");
    assert_false(was_sent(f, "Fetch.continueRequest"));
    assert_int_equal(offline_counts(f->offline).answered, 2);
}

static struct wire_response ask(struct fixture *f, const char *method, const char *path, const char *body)
{
    char url[128];
    struct wire_item item;
    struct wire_request request = {.method = slice_of(method), .body = slice_of(body)};
    assert_true(text_format(url, sizeof url, SITE "%s", path));
    request.url = slice_of(url);
    f->wire->ops->http(f->wire, 77, &request);
    if (take(f, &item) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(item.kind, WIRE_HTTP);
    assert_int_equal(item.http->id, 77);
    return *item.http;
}

static void the_engines_own_requests_never_go_down(void **state)
{
    struct fixture *f = *state;
    open_at(f, false);
    for (int i = 0; i < 2; i++) { /* a look takes nothing away */
        struct wire_response page = ask(f, "GET", "/page", "");
        assert_int_equal(page.state, WIRE_HTTP_ANSWERED);
        assert_true(slice_equal(page.body, SLICE("caf\xc3\xa9")));
    }
    struct wire_response saved = ask(f, "POST", "/save", "a=1");
    assert_int_equal(saved.status, 200);
    assert_true(slice_equal(saved.body, SLICE("saved")));
    struct wire_response lost = ask(f, "POST", "/lost", "b=1");
    assert_int_equal(lost.state, WIRE_HTTP_SENT);
    assert_int_equal(lost.failure, WIRE_HTTP_EMPTY);
    page_asks(f, PAUSED("job-1", "GET", "/page", "", ENGINES), LET_GO("21", "job-1"));
    assert_false(was_sent(f, "http "));
}

static void no_lock_of_an_account_is_taken(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, false);
    f->wire->ops->lock(f->wire, 3, SLICE("https://ehr.example doctor"));
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(item.kind, WIRE_IO);
    assert_int_equal(item.io.id, 3);
    assert_int_equal(item.io.error, 0);
    assert_false(was_sent(f, "lock "));
}

static void what_failed_fails_again_and_what_hung_hangs(void **state)
{
    struct fixture *f = *state;
    open_at(f, false);
    page_asks(f, PAUSED("job-1", "GET", "/gone", "", ENGINES), LET_GO("21", "job-1"));
    assert_sent(f, "\"method\":\"Fetch.failRequest\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{\"requestId\":\"job-1\",\"errorReason\":\"ConnectionReset\"}}");
    page_asks(f, PAUSED("job-2", "GET", "/never", "", ENGINES), LET_GO("22", "job-2"));
    assert_false(was_sent(f, "job-2"));
    assert_int_equal(offline_counts(f->offline).held, 1);
    assert_int_equal(offline_counts(f->offline).failed, 1);
}

/* Its status is known, its body is not: neither is given. */
static void what_was_answered_and_then_given_up_is_never_answered(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    struct wire_request request = {.method = SLICE("GET"), .url = SLICE(SITE "/half")};
    open_at(f, false);
    f->wire->ops->http(f->wire, 77, &request);
    comes(f, "{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(item.kind, WIRE_BYTES);
    assert_int_equal(offline_counts(f->offline).held, 1);
    page_asks(f, PAUSED("job-1", "GET", "/half", "", ENGINES), LET_GO("21", "job-1"));
    assert_false(was_sent(f, "job-1"));
    assert_int_equal(offline_counts(f->offline).held, 2);
}

static void a_miss_ends_the_run_and_tells_no_value(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, false);
    f->wire->ops->mark(f->wire, &(struct mark){2, 1, 1, "saveSOAP"});
    page_asks(f, PAUSED("job-1", "POST", "/save?who=ALPHA", POSTED("a=TEST"), ENGINES), LET_GO("21", "job-1"));
    assert_false(was_sent(f, "job-1"));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(take(f, &item), ERR_DIVERGED);
        assert_non_null(strstr(f->err.text, "diverged: the page asked for the same with another value (field_differs)\n"
                                            "  request   POST /save, in p2.v1.a1.saveSOAP\n"
                                            "  field     list of names in the query: 9 bytes, recorded 0; others differ too\n"
                                            "  nearest   network.ndjson:22, POST /save, in run: its list of names in the query differs"));
        assert_null(strstr(f->err.text, "ALPHA"));
        assert_null(strstr(f->err.text, "TEST"));
    }
}

/* Nobody recorded a stop here: what a stopping run asks otherwise is no fault of the page. */
static void a_miss_after_a_stop_is_refused_and_counted(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, false);
    f->items[f->outside.item_count++] = (struct wire_item){.kind = WIRE_SIGNAL, .at = {50}};
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(item.kind, WIRE_SIGNAL);
    page_asks(f, PAUSED("job-1", "POST", "/save?who=ALPHA", POSTED("a=TEST"), ENGINES), LET_GO("21", "job-1"));
    assert_true(was_sent(f, "Fetch.failRequest"));
    assert_true(was_sent(f, "job-1"));
    comes(f, "{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(offline_counts(f->offline).stopped, 1);
}

static void a_body_that_was_not_recorded_is_not_made_up(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, false);
    page_asks(f, PAUSED("job-1", "GET", "/forgotten", "", ENGINES), LET_GO("21", "job-1"));
    assert_int_equal(take(f, &item), ERR_DIVERGED);
    assert_non_null(strstr(f->err.text, "(no_body)"));
}

/* As the rules of redaction leave a font or an image out: the file is gone, and the line says so. */
static void a_body_that_redaction_left_out_is_given_empty_and_counted(void **state)
{
    struct fixture *f = *state;
    struct exchange *e;
    open_at(f, false);
    e = &f->offline->traffic->list[0];
    while (!slice_equal(e->url, SLICE(SITE "/there")))
        e++;
    e->body_dropped = true;
    e->sha256 = SLICE_NONE;
    page_asks(f, PAUSED("job-1", "GET", "/there", "", ENGINES), LET_GO("21", "job-1"));
    assert_sent(f, "\"requestId\":\"job-1\",\"responseCode\":200,\"responseHeaders\":[]}}\n");
    assert_int_equal(offline_counts(f->offline).emptied, 1);
    struct wire_response looked = ask(f, "GET", "/there", "");
    assert_int_equal(looked.status, 200);
    assert_int_equal(looked.body.len, 0);
}

static void a_changed_body_is_damage(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    struct file_digest digest;
    char name[128];
    file_digest_text(SLICE("there"), &digest);
    assert_true(text_format(name, sizeof name, "bodies/%s", digest.sha256));
    script_write(f->path, name, SLICE("theRe"));
    open_at(f, false);
    page_asks(f, PAUSED("job-1", "GET", "/there", "", ENGINES), LET_GO("21", "job-1"));
    assert_int_equal(take(f, &item), ERR_INTEGRITY);
    assert_false(was_sent(f, "job-1"));
}

#define CHILD "\"sessionId\":\"C41D\"}"

static void a_worker_or_a_frame_of_another_site_is_answered_behind_the_engines_back(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, false);
    comes(f, "{\"method\":\"Target.attachedToTarget\",\"params\":{\"sessionId\":\"C41D\",\"targetInfo\":{\"targetId\":\"W\"},"
             "\"waitingForDebugger\":true}," ENGINES);
    comes(f, PAUSED("job-9", "GET", "/there", "", CHILD));
    comes(f, "{\"id\":536870913,\"result\":{}," CHILD);
    comes(f, "{\"method\":\"Target.detachedFromTarget\",\"params\":{\"sessionId\":\"C41D\"}," ENGINES);
    comes(f, "{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_non_null(slice_find(item.bytes, SLICE("Page.frameNavigated")));
    assert_sent(f, "\"method\":\"Fetch.enable\",\"params\":{\"patterns\":[{\"urlPattern\":\"*\",\"requestStage\":\"Request\"}]},\"sessionId\":\"C41D\"}");
    assert_sent(f, "\"method\":\"Runtime.runIfWaitingForDebugger\",\"params\":{},\"sessionId\":\"C41D\"}");
    assert_sent(f, "\"sessionId\":\"C41D\",\"params\":{\"requestId\":\"job-9\",\"responseCode\":200");
}

static size_t count_sent(struct fixture *f, const char *text)
{
    size_t count = 0;
    for (const char *at = str_text(&f->outside.seen); (at = strstr(at, text)) != NULL; at++)
        count++;
    return count;
}

#define EXPIRED "{\"method\":\"Emulation.virtualTimeBudgetExpired\",\"params\":{}," ENGINES
#define GRANT "\"policy\":\"pauseIfNetworkFetchesPending\",\"budget\":250"

static void the_pages_clock_runs_while_an_operation_is_under_way(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    open_at(f, true);
    assert_sent(f, "\"policy\":\"pause\",\"initialVirtualTime\":1700000000}");
    assert_int_equal(count_sent(f, GRANT), 0);
    send_text(f, "{\"id\":30,\"method\":\"Runtime.evaluate\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{}}");
    assert_int_equal(count_sent(f, GRANT), 1);
    assert_true(strstr(str_text(&f->outside.seen), GRANT) > strstr(str_text(&f->outside.seen), "\"id\":30"));
    comes(f, EXPIRED);
    comes(f, "{\"id\":30,\"result\":{}," ENGINES);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(count_sent(f, GRANT), 2);
    comes(f, EXPIRED);
    comes(f, "{\"method\":\"Page.frameNavigated\",\"params\":{}," ENGINES);
    assert_int_equal(take(f, &item), ERR_OK);
    assert_int_equal(count_sent(f, GRANT), 2); /* nobody waits: it stands still */
    page_asks(f, PAUSED("job-2", "GET", "/never", "", ENGINES), LET_GO("31", "job-2"));
    send_text(f, "{\"id\":32,\"method\":\"Runtime.evaluate\",\"sessionId\":\"E0E0E0E0E0E0E0E0\",\"params\":{}}");
    assert_int_equal(count_sent(f, "\"policy\":\"advance\""), 1);
}

static void a_recording_without_its_network_says_so(void **state)
{
    struct fixture *f = *state;
    struct offline_options options = {.inner = &f->outside.wire, .recording = f->recording};
    f->recording->manifest.network = false;
    assert_int_equal(offline_open(&options, &f->offline, &f->err), ERR_INPUT);
    assert_non_null(strstr(f->err.text, "--record-network"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(every_request_of_the_page_is_paused_and_answered_in_the_engines_name),
        TEST(the_engines_own_requests_never_go_down),
        TEST(no_lock_of_an_account_is_taken),
        TEST(what_failed_fails_again_and_what_hung_hangs),
        TEST(what_was_answered_and_then_given_up_is_never_answered),
        TEST(a_miss_ends_the_run_and_tells_no_value),
        TEST(a_miss_after_a_stop_is_refused_and_counted),
        TEST(a_body_that_was_not_recorded_is_not_made_up),
        TEST(a_body_that_redaction_left_out_is_given_empty_and_counted),
        TEST(a_changed_body_is_damage),
        TEST(a_worker_or_a_frame_of_another_site_is_answered_behind_the_engines_back),
        TEST(the_pages_clock_runs_while_an_operation_is_under_way),
        TEST(a_recording_without_its_network_says_so),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
