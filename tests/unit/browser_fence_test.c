/* The fence: a guarded POST leaves once, by our hand, inside its effect, or not
   at all. Each test looks at all that was sent. */
#include "tests/unit/browser_script.h"

#define PAUSED(request_id, method, url, rest)                                                                        \
    "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"" request_id "\",\"request\":{\"url\":\"" url      \
    "\",\"method\":\"" method "\",\"headers\":{\"Content-Type\":\"text/plain\",\"Cookie\":\"sid=v1\"}" rest              \
    "},\"frameId\":\"" TARGET "\",\"resourceType\":\"XHR\"}" ON_SESSION
#define NOTE "https://ehr.test/e/ov_ptnote2018.aspx?visitID=7"
#define BODY ",\"hasPostData\":true,\"postData\":\"a\\u0000b\",\"postDataEntries\":[{\"bytes\":\"YQBi\"}]"
#define BLOCKED(id, request_id) \
    COMMAND(id, "Fetch.failRequest", "\"requestId\":\"" request_id "\",\"errorReason\":\"BlockedByClient\"")

static enum effect_request request_of(struct script *s)
{
    return s->world->ops->effect(s->world).request;
}

/* An effect under way: op 2, command 11. */
static uint32_t open_effect(struct script *s)
{
    uint32_t op = submit_call(s, &operation_save, "{}");
    str_clear(&s->log);
    return op;
}

static struct wire_response answer_200(uint32_t id)
{
    struct wire_response response = {
        .id = id, .state = WIRE_HTTP_ANSWERED, .status = 200, .body = SLICE("{\"Success\":\"1\"}"), .header_count = 6};
    response.headers[0] = (struct wire_header){SLICE("Content-Type"), SLICE("application/json")};
    response.headers[1] = (struct wire_header){SLICE("Set-Cookie"), SLICE("p=1; HttpOnly")};
    response.headers[2] = (struct wire_header){SLICE("content-length"), SLICE("15")};
    response.headers[3] = (struct wire_header){SLICE("Transfer-Encoding"), SLICE("chunked")};
    response.headers[4] = (struct wire_header){SLICE("Set-Cookie"), SLICE("q=2")};
    response.headers[5] = (struct wire_header){SLICE("Content-Encoding"), SLICE("identity")};
    return response;
}

static void an_effects_post_is_sent_once_by_the_wire_and_answered_to_the_page(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = open_effect(s);
    assert_int_equal(request_of(s), EFFECT_NO_REQUEST);
    arrives(s, PAUSED("interception-job-1.0", "POST", NOTE, BODY));
    comes(s, COMPLETION_DEADLINE);
    assert_int_equal(str_slice(&s->log).len, strlen("http 5 POST " NOTE " 15000ms [Content-Type: text/plain] "
                                                    "[Cookie: sid=v1] body=") + 4);
    assert_memory_equal(s->log.ptr + s->log.len - 4, "a\0b\n", 4);
    str_clear(&s->log);
    assert_int_equal(request_of(s), EFFECT_IN_FLIGHT);
    assert_string_equal(s->world->ops->silence(s->world), "the effect's request has no answer yet");
    struct wire_response response = answer_200(5);
    arrives_answer(s, &response);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, COMMAND(12, "Fetch.fulfillRequest",
                        "\"requestId\":\"interception-job-1.0\",\"responseCode\":200,\"responseHeaders\":["
                        "{\"name\":\"Content-Type\",\"value\":\"application/json\"},"
                        "{\"name\":\"Set-Cookie\",\"value\":\"p=1; HttpOnly\"},{\"name\":\"Set-Cookie\",\"value\":\"q=2\"}],"
                        "\"body\":\"<body base64:{\"Success\":\"1\"}>\""));
    assert_int_equal(request_of(s), EFFECT_ANSWERED);
    arrives(s, "{\"id\":12,\"result\":{}" ON_SESSION);
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"done\"}}" ON_SESSION);
    results(s, op, "done");
    assert_int_equal(browser_counters(s->browser)->forwarded_posts, 1);
    script_free(s);
}

static void reads_of_guarded_paths_go_on_at_any_time(void **state)
{
    (void)state;
    struct script *s = script_up();
    arrives(s, PAUSED("j1", "GET", NOTE, ""));
    arrives(s, PAUSED("j2", "HEAD", NOTE, ""));
    arrives(s, PAUSED("j3", "POST", "https://ehr.test/e/search.aspx?back=/ov_ptnote", ""));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, COMMAND(11, "Fetch.continueRequest", "\"requestId\":\"j1\"")
                COMMAND(12, "Fetch.continueRequest", "\"requestId\":\"j2\"")
                COMMAND(13, "Fetch.continueRequest", "\"requestId\":\"j3\""));
    script_free(s);
}

static void a_post_outside_its_effect_is_blocked(void **state)
{
    (void)state;
    struct script *s = script_up();
    arrives(s, PAUSED("j1", "POST", NOTE, BODY)); /* no effect at all */
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, BLOCKED(11, "j1"));
    submit_call(s, &operation_read, "{}"); /* a read is no effect: command 12 */
    str_clear(&s->log);
    arrives(s, PAUSED("j2", "POST", NOTE, BODY));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, BLOCKED(13, "j2"));
    uint32_t op = open_effect(s);                                                    /* command 14 */
    arrives(s, PAUSED("j3", "POST", "https://ehr.test/e/checkout2006_spec.aspx", BODY)); /* another's target */
    arrives(s, PAUSED("j4", "PUT", NOTE, BODY));                                     /* no POST */
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, BLOCKED(15, "j3") BLOCKED(16, "j4"));
    assert_int_equal(request_of(s), EFFECT_NO_REQUEST);
    arrives(s, "{\"id\":14,\"result\":{\"result\":{\"value\":\"done\"}}" ON_SESSION);
    arrives(s, PAUSED("j5", "POST", NOTE, BODY)); /* the effect is over */
    results(s, op, "done");
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, BLOCKED(17, "j5"));
    assert_int_equal(browser_counters(s->browser)->blocked_posts, 5);
    assert_int_equal(browser_counters(s->browser)->forwarded_posts, 0);
    script_free(s);
}

static void the_second_post_of_an_effect_is_blocked(void **state)
{
    (void)state;
    struct script *s = script_up();
    open_effect(s);
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    arrives(s, PAUSED("j2", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "http 5 POST " NOTE " 15000ms [Content-Type: text/plain] [Cookie: sid=v1] body=\n" BLOCKED(12, "j2"));
    struct wire_response response = answer_200(5);
    response.status = 307;
    response.header_count = 0;
    response.body = SLICE_NONE;
    arrives_answer(s, &response);
    arrives(s, PAUSED("j1", "POST", NOTE, "")); /* the browser follows the redirect as a POST */
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, COMMAND(13, "Fetch.fulfillRequest", "\"requestId\":\"j1\",\"responseCode\":307,\"responseHeaders\":[]")
                BLOCKED(14, "j1"));
    assert_int_equal(request_of(s), EFFECT_ANSWERED);
    script_free(s);
}

static void a_post_after_a_give_up_is_held_and_nothing_is_sent_for_it(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = open_effect(s);
    s->world->ops->give_up(s->world, op);
    arrives(s, PAUSED("j1", "POST", NOTE, BODY));
    arrives(s, PAUSED("j2", "POST", NOTE, BODY));
    arrives(s, PAUSED("j3", "POST", "https://ehr.test/checkout", BODY));
    arrives(s, "{\"method\":\"Page.javascriptDialogOpening\",\"params\":{\"type\":\"alert\",\"message\":\"\"}" ON_SESSION);
    comes(s, COMPLETION_DIALOG);
    submit_kind(s, OP_ANSWER);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    assert_int_equal(request_of(s), EFFECT_NOT_SENT);
    assert_int_equal(browser_counters(s->browser)->held_posts, 3);
    open_effect(s); /* a later effect of the same browser has no better luck */
    arrives(s, PAUSED("j4", "POST", NOTE, BODY));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    assert_int_equal(request_of(s), EFFECT_NOT_SENT);
    script_free(s);
}

static void an_answer_after_a_give_up_is_not_given_to_the_page(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = open_effect(s);
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    str_clear(&s->log);
    s->world->ops->give_up(s->world, op);
    assert_int_equal(request_of(s), EFFECT_IN_FLIGHT);
    struct wire_response response = answer_200(5);
    arrives_answer(s, &response);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    assert_int_equal(request_of(s), EFFECT_ANSWERED);
    script_free(s);
}

static void a_give_up_of_a_read_or_of_an_answered_effect_shuts_nothing(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t save = open_effect(s);
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"done\"}}" ON_SESSION);
    results(s, save, "done");
    uint32_t read = submit_call(s, &operation_read, "{}");
    s->world->ops->give_up(s->world, save);
    s->world->ops->give_up(s->world, read);
    open_effect(s);
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "http 9 POST " NOTE " 15000ms [Content-Type: text/plain] [Cookie: sid=v1] body=\n");
    script_free(s);
}

static void an_answer_that_asks_to_wait_is_told_where_the_site_is_busy(void **state)
{
    (void)state;
    static const struct {
        uint32_t status, seconds;
        const char *value;
    } rows[] = {{429, 7, "7"},  {503, 7, "7"}, {500, 0, "7"},    {200, 0, "7"},
                {503, 0, "-1"}, {503, 0, ""},  {503, 0, "86401"}, {503, 0, "Wed, 21 Oct 2015 07:28:00 GMT"}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct script *s = script_up();
        open_effect(s);
        arrives(s, PAUSED("j1", "POST", NOTE, ""));
        comes(s, COMPLETION_DEADLINE);
        struct wire_response response = {.id = 5, .state = WIRE_HTTP_ANSWERED, .status = rows[i].status, .header_count = 1,
                                         .headers = {{SLICE("retry-AFTER"), slice_of(rows[i].value)}}};
        arrives_answer(s, &response);
        comes(s, COMPLETION_DEADLINE);
        assert_int_equal(s->world->ops->effect(s->world).retry_after_s, rows[i].seconds);
        open_effect(s);
        assert_int_equal(s->world->ops->effect(s->world).retry_after_s, 0);
        script_free(s);
    }
}

static void never_sent_sent_and_answered_are_told_apart(void **state)
{
    (void)state;
    static const struct {
        enum wire_http_state wire_state;
        enum wire_http_failure failure;
        enum effect_request request;
        const char *command;
    } rows[] = {
#define FAILED(reason) COMMAND(12, "Fetch.failRequest", "\"requestId\":\"j1\",\"errorReason\":\"" reason "\"")
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_REFUSED, EFFECT_NOT_SENT, FAILED("ConnectionRefused")},
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_DNS, EFFECT_NOT_SENT, FAILED("NameNotResolved")},
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_TLS, EFFECT_NOT_SENT, FAILED("ConnectionFailed")},
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_CONNECT, EFFECT_NOT_SENT, FAILED("ConnectionFailed")},
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_TIMEOUT, EFFECT_NOT_SENT, FAILED("TimedOut")},
        {WIRE_HTTP_SENT, WIRE_HTTP_TIMEOUT, EFFECT_SENT, FAILED("TimedOut")},
        {WIRE_HTTP_SENT, WIRE_HTTP_RESET, EFFECT_SENT, FAILED("ConnectionReset")},
        {WIRE_HTTP_SENT, WIRE_HTTP_EMPTY, EFFECT_SENT, FAILED("ConnectionClosed")},
        {WIRE_HTTP_ANSWERED, WIRE_HTTP_SHORT, EFFECT_SENT, FAILED("ConnectionClosed")},
        {WIRE_HTTP_ANSWERED, WIRE_HTTP_TOO_LARGE, EFFECT_SENT, FAILED("Failed")},
        {WIRE_HTTP_SENT, WIRE_HTTP_MALFORMED, EFFECT_SENT, FAILED("Failed")},
        {WIRE_HTTP_NOT_SENT, WIRE_HTTP_BAD_URL, EFFECT_NOT_SENT, FAILED("Failed")},
        {WIRE_HTTP_SENT, WIRE_HTTP_OTHER, EFFECT_SENT, FAILED("Failed")},
        {WIRE_HTTP_ANSWERED, WIRE_HTTP_OK, EFFECT_ANSWERED,
         COMMAND(12, "Fetch.fulfillRequest", "\"requestId\":\"j1\",\"responseCode\":200,\"responseHeaders\":[]")},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct script *s = script_up();
        open_effect(s);
        arrives(s, PAUSED("j1", "POST", NOTE, ""));
        comes(s, COMPLETION_DEADLINE);
        str_clear(&s->log);
        struct wire_response response = {
            .id = 5, .state = rows[i].wire_state, .failure = rows[i].failure, .status = 200};
        arrives_answer(s, &response);
        comes(s, COMPLETION_DEADLINE);
        was_sent(s, rows[i].command);
        assert_int_equal(request_of(s), rows[i].request);
        script_free(s);
    }
}

static void a_post_that_cannot_be_read_whole_is_never_sent(void **state)
{
    (void)state;
    static const char *const paused[] = {
        PAUSED("j1", "POST", NOTE, ",\"hasPostData\":true"),
        PAUSED("j1", "POST", NOTE, ",\"hasPostData\":true,\"postDataEntries\":[{}]"),
        PAUSED("j1", "POST", NOTE, ",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YQ=\"}]"),
        PAUSED("j1", "POST", NOTE, ",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"Y=Q=\"}]"),
        PAUSED("j1", "POST", NOTE, ",\"hasPostData\":true,\"postDataEntries\":[{\"bytes\":\"YQBi\"},7]"),
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"j1\",\"request\":{\"url\":\"" NOTE
        "\",\"method\":\"POST\",\"headers\":{\"X\":\"a\\r\\nY: b\"}}}" ON_SESSION,
    };
    for (size_t i = 0; i < sizeof paused / sizeof paused[0]; i++) {
        struct script *s = script_up();
        open_effect(s);
        arrives(s, paused[i]);
        arrives(s, PAUSED("j2", "POST", NOTE, "")); /* and it was the effect's one request */
        comes(s, COMPLETION_DEADLINE);
        was_sent(s, COMMAND(12, "Fetch.failRequest", "\"requestId\":\"j1\",\"errorReason\":\"Failed\"")
                    BLOCKED(13, "j2"));
        assert_int_equal(request_of(s), EFFECT_NOT_SENT);
        script_free(s);
    }
}

static void a_paused_request_that_is_no_json_stays_held(void **state)
{
    (void)state;
    static const char *const paused[] = {
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"j1\"" ON_SESSION,
        "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":7}" ON_SESSION,
        PAUSED("j\\\"1", "POST", NOTE, ""),
    };
    for (size_t i = 0; i < sizeof paused / sizeof paused[0]; i++) {
        struct script *s = script_up();
        open_effect(s);
        arrives(s, paused[i]);
        comes(s, COMPLETION_DEADLINE);
        was_sent(s, "");
        assert_int_equal(request_of(s), EFFECT_NOT_SENT);
        assert_int_equal(browser_counters(s->browser)->malformed, 1);
        script_free(s);
    }
}

static void headers_of_the_connection_are_ours_and_post_data_is_the_fallback(void **state)
{
    (void)state;
    struct script *s = script_up();
    open_effect(s);
    arrives(s, "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"j1\",\"request\":{\"url\":\"" NOTE
               "\",\"method\":\"POST\",\"headers\":{\"Host\":\"h\",\"Accept-Encoding\":\"gzip\",\"Connection\":\"close\","
               "\"content-length\":\"9\",\"Referer\":\"https://ehr.test/\",\"Expect\":\"100-continue\"},"
               "\"postData\":\"plain\"}}" ON_SESSION);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "http 5 POST " NOTE " 15000ms [Referer: https://ehr.test/] body=plain\n");
    script_free(s);
}

static void a_large_body_is_sent_byte_for_byte(void **state)
{
    (void)state;
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    struct script *s = script_up();
    struct str CLEANUP_STR text;
    struct str CLEANUP_STR want;
    str_init(&text, (size_t)1 << 20);
    str_init(&want, (size_t)1 << 20);
    open_effect(s);
    str_add_text(&text, "{\"method\":\"Fetch.requestPaused\",\"params\":{\"requestId\":\"j1\",\"request\":{\"url\":\"" NOTE
                        "\",\"method\":\"POST\",\"headers\":{},\"postDataEntries\":[");
    for (uint32_t entry = 0; entry < 2; entry++) {
        str_add_text(&text, entry ? "\"},{\"bytes\":\"" : "{\"bytes\":\"");
        for (uint32_t i = 0; i < 50000; i++) {
            uint32_t bits = (i * 2654435761u + entry) >> 8;
            for (int shift = 18; shift >= 0; shift -= 6)
                str_add_char(&text, alphabet[bits >> shift & 63]);
            str_add(&want, (struct slice){(char[]){(char)(bits >> 16), (char)(bits >> 8), (char)bits}, 3});
        }
    }
    str_add_text(&text, "\"}]}}" ON_SESSION);
    arrives_bytes(s, str_slice(&text));
    comes(s, COMPLETION_DEADLINE);
    size_t head = strlen("http 5 POST " NOTE " 15000ms body=");
    assert_int_equal(s->log.len, head + 300000 + 1);
    assert_memory_equal(s->log.ptr + head, want.ptr, want.len);
    script_free(s);
}

static void an_answer_for_a_page_or_browser_that_is_no_more_is_dropped(void **state)
{
    (void)state;
    struct wire_response response = answer_200(5);
    for (int i = 0; i < 3; i++) {
        struct script *s = script_up();
        open_effect(s);
        arrives(s, PAUSED("j1", "POST", NOTE, ""));
        comes(s, COMPLETION_DEADLINE);
        if (i == 0)
            arrives(s, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}" ON_SESSION);
        else if (i == 1)
            script_item(s, WIRE_EOF);
        if (i < 2)
            comes(s, i == 0 ? COMPLETION_CRASH : COMPLETION_GONE);
        else
            submit_kind(s, OP_STOP);
        str_clear(&s->log);
        arrives_answer(s, &response);
        arrives_answer(s, &response);
        comes(s, COMPLETION_DEADLINE);
        was_sent(s, "");
        assert_int_equal(request_of(s), EFFECT_ANSWERED);
        script_free(s);
    }
}

static void an_answer_of_an_earlier_effect_says_nothing_of_the_last(void **state)
{
    (void)state;
    struct script *s = script_up();
    open_effect(s);
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    submit_kind(s, OP_STOP);
    uint32_t op = submit_start(s);
    arrives_start_replies(s);
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"F\"}}");
    results(s, op, "{}");
    op = open_effect(s); /* op 4 */
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "http 9 POST " NOTE " 15000ms [Content-Type: text/plain] [Cookie: sid=v1] body=\n");
    struct wire_response response = answer_200(5);
    arrives_answer(s, &response);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    assert_int_equal(request_of(s), EFFECT_IN_FLIGHT);
    script_free(s);
}

static void a_new_browser_starts_with_an_open_fence_and_no_old_request(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = open_effect(s);
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    s->world->ops->give_up(s->world, op);
    submit_kind(s, OP_STOP);
    op = submit_start(s);
    arrives_start_replies(s);
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"F\"}}");
    results(s, op, "{}");
    str_clear(&s->log);
    struct wire_response response = answer_200(5);
    arrives_answer(s, &response);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    open_effect(s); /* op 4 */
    arrives(s, PAUSED("j1", "POST", NOTE, ""));
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "http 9 POST " NOTE " 15000ms [Content-Type: text/plain] [Cookie: sid=v1] body=\n");
    script_free(s);
}

static void a_post_that_comes_with_a_crash_is_not_sent(void **state)
{
    (void)state;
    struct script *s = script_up();
    open_effect(s);
    arrives(s, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}" ON_SESSION);
    arrives(s, PAUSED("j1", "POST", NOTE, BODY));
    comes(s, COMPLETION_CRASH);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, BLOCKED(12, "j1"));
    assert_int_equal(request_of(s), EFFECT_NO_REQUEST);
    script_free(s);
}

static void an_effect_whose_path_is_not_guarded_is_not_called(void **state)
{
    (void)state;
    static const struct operation operation = {"saveDiagnosis", BUDGET_SAVE, true, "ov_icdcpt"};
    struct script *s = script_up();
    fails(s, submit_call(s, &operation, "{}"), FAILURE_PROTOCOL, "the effect's path is not guarded");
    was_sent(s, "");
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_effects_post_is_sent_once_by_the_wire_and_answered_to_the_page),
        cmocka_unit_test(reads_of_guarded_paths_go_on_at_any_time),
        cmocka_unit_test(a_post_outside_its_effect_is_blocked),
        cmocka_unit_test(the_second_post_of_an_effect_is_blocked),
        cmocka_unit_test(a_post_after_a_give_up_is_held_and_nothing_is_sent_for_it),
        cmocka_unit_test(an_answer_after_a_give_up_is_not_given_to_the_page),
        cmocka_unit_test(a_give_up_of_a_read_or_of_an_answered_effect_shuts_nothing),
        cmocka_unit_test(an_answer_that_asks_to_wait_is_told_where_the_site_is_busy),
        cmocka_unit_test(never_sent_sent_and_answered_are_told_apart),
        cmocka_unit_test(a_post_that_cannot_be_read_whole_is_never_sent),
        cmocka_unit_test(a_paused_request_that_is_no_json_stays_held),
        cmocka_unit_test(headers_of_the_connection_are_ours_and_post_data_is_the_fallback),
        cmocka_unit_test(a_large_body_is_sent_byte_for_byte),
        cmocka_unit_test(an_answer_for_a_page_or_browser_that_is_no_more_is_dropped),
        cmocka_unit_test(a_new_browser_starts_with_an_open_fence_and_no_old_request),
        cmocka_unit_test(a_post_that_comes_with_a_crash_is_not_sent),
        cmocka_unit_test(an_effect_whose_path_is_not_guarded_is_not_called),
        cmocka_unit_test(an_answer_of_an_earlier_effect_says_nothing_of_the_last),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
