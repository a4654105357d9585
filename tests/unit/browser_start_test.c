/* Starting a browser: what is sent, in which order, and every way it can fail. */
#include "tests/unit/browser_script.h"

#include <errno.h>

#define COOKIES                                                                                                       \
    "[{\"name\":\"sid\",\"value\":\"v1\",\"domain\":\"ehr.test\",\"path\":\"/\",\"secure\":true,\"httpOnly\":true,"    \
    "\"sameSite\":\"Lax\"}]"

static void start_up_sends_five_phases_and_page_js_as_a_bulk(void **state)
{
    (void)state;
    struct script *s = script_new("var a = \"x\";\n");
    uint32_t op = submit_start(s);
    was_sent(s, "start\n"
                "send {\"id\":1,\"method\":\"Target.setDiscoverTargets\",\"params\":{\"discover\":true}}\n"
                "send {\"id\":2,\"method\":\"Browser.getVersion\",\"params\":{}}\n"
                "send {\"id\":3,\"method\":\"Target.createBrowserContext\",\"params\":{}}\n");
    arrives_start_replies(s);
    comes(s, COMPLETION_DEADLINE);
    was_sent(s,
             "send {\"id\":4,\"method\":\"Storage.setCookies\",\"params\":{\"cookies\":" COOKIES
             ",\"browserContextId\":\"C0\"}}\n"
             "send {\"id\":5,\"method\":\"Target.createTarget\",\"params\":{\"url\":\"about:blank\","
             "\"browserContextId\":\"C0\",\"width\":1280,\"height\":900}}\n"
             "send {\"id\":6,\"method\":\"Target.attachToTarget\",\"params\":{\"targetId\":\"" TARGET
             "\",\"flatten\":true}}\n" COMMAND(7, "Page.enable", "")
             "send {\"id\":8,\"method\":\"Page.addScriptToEvaluateOnNewDocument\",\"sessionId\":\"" SESSION
             "\",\"params\":{\"source\":\"<page.js raw advisory:var a = \\\"x\\\";\\n>\"}}\n"
             COMMAND(9, "Fetch.enable", "\"patterns\":[{\"urlPattern\":\"*/ov_ptnote*\",\"requestStage\":\"Request\"},"
                     "{\"urlPattern\":\"*/checkout*\",\"requestStage\":\"Request\"}]")
             COMMAND(10, "Page.navigate", "\"url\":\"https://ehr.test/main.aspx\""));
    assert_string_equal(browser_product(s->browser), "HeadlessChrome/156.0.8078.79");
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"" TARGET "\"}" ON_SESSION);
    results(s, op, "{}");
    was_sent(s, "");
    script_free(s);
}

static void the_order_of_replies_within_a_phase_does_not_matter(void **state)
{
    (void)state;
    struct script *s = script_new("");
    submit_start(s);
    arrives(s, REPLY_CONTEXT);
    arrives(s, "{\"method\":\"Target.targetCreated\",\"params\":{\"targetInfo\":{\"targetId\":\"X\"}}}");
    comes(s, COMPLETION_DEADLINE);
    str_clear(&s->log);
    arrives(s, "{\"id\":2,\"result\":{\"protocolVersion\":\"1.3\",\"product\":\"P/1\"}}");
    comes(s, COMPLETION_DEADLINE);
    was_sent(s, "");
    arrives(s, EMPTY_REPLY(1));
    comes(s, COMPLETION_DEADLINE);
    assert_true(slice_starts(str_slice(&s->log), SLICE("send {\"id\":4,\"method\":\"Storage.setCookies\"")));
    script_free(s);
}

static void a_page_that_cannot_be_loaded_fails_with_its_net_code(void **state)
{
    (void)state;
    static const struct {
        const char *error, *detail;
    } rows[] = {
        {"net::ERR_CONNECTION_REFUSED", "net::ERR_CONNECTION_REFUSED"},
        {"net::ERR_NAME_NOT_RESOLVED", "net::ERR_NAME_NOT_RESOLVED"},
        {"ALPHA, TEST <b>", "net::ERR_UNKNOWN"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct script *s = script_new("");
        uint32_t op = submit_start(s);
        char reply[200];
        assert_true(text_format(reply, sizeof reply, "{\"id\":10,\"result\":{\"frameId\":\"F\",\"errorText\":\"%s\"}}",
                                rows[i].error));
        arrives_start_replies(s);
        arrives(s, reply);
        fails(s, op, FAILURE_NETWORK, rows[i].detail);
        fails(s, submit_call(s, &operation_read, "{}"), FAILURE_PROTOCOL, "there is no page");
        script_free(s);
    }
}

static void a_refused_launch_names_the_errno(void **state)
{
    (void)state;
    struct script *s = script_new("");
    uint32_t op = submit_start(s);
    script_item(s, WIRE_REFUSED)->refused = ENOENT;
    fails(s, op, FAILURE_LAUNCH, "ENOENT");
    comes(s, COMPLETION_DEADLINE);
    script_free(s);
}

static void a_browser_that_ends_while_it_starts_is_one_failed_launch(void **state)
{
    (void)state;
    struct script *s = script_new("");
    uint32_t op = submit_start(s);
    struct wire_item *item = script_item(s, WIRE_EXIT);
    item->exit.signaled = false;
    item->exit.code = 21;
    script_item(s, WIRE_EOF);
    fails(s, op, FAILURE_LAUNCH, "exit status 21");
    comes(s, COMPLETION_DEADLINE);

    op = submit_start(s);
    item = script_item(s, WIRE_EXIT);
    item->exit.signaled = true;
    item->exit.code = 9;
    fails(s, op, FAILURE_LAUNCH, "killed by signal 9");

    op = submit_start(s);
    script_item(s, WIRE_EOF);
    fails(s, op, FAILURE_LAUNCH, "the pipe was closed");
    script_free(s);
}

static void a_browser_of_another_protocol_version_is_not_used(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{\"id\":2,\"result\":{\"protocolVersion\":\"2.0\",\"product\":\"HeadlessChrome/300\"}}",
        "{\"id\":2,\"result\":{\"product\":\"HeadlessChrome/300\"}}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct script *s = script_new("");
        uint32_t op = submit_start(s);
        arrives(s, replies[i]);
        fails(s, op, FAILURE_LAUNCH, "it speaks another DevTools protocol than version 1");
        script_free(s);
    }
}

static void a_refused_start_up_command_is_a_protocol_failure(void **state)
{
    (void)state;
    static const char *const replies[] = {
        "{\"id\":3,\"error\":{\"code\":-32601,\"message\":\"'Target.createBrowserContext' wasn't found\"}}",
        "{\"id\":3,\"result\":{}}",
        "{\"id\":3,\"result\":{\"browserContextId\":\"a\\\"b\"}}",
        "{\"id\":3,\"result\":",
        "{\"id\":3}",
    };
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct script *s = script_new("");
        uint32_t op = submit_start(s);
        arrives(s, replies[i]);
        fails(s, op, FAILURE_PROTOCOL, "a start-up command was refused");
        script_free(s);
    }
}

static void a_page_that_crashes_while_it_opens_is_a_failed_launch(void **state)
{
    (void)state;
    struct script *s = script_new("");
    uint32_t op = submit_start(s);
    arrives_start_replies(s);
    arrives(s, "{\"method\":\"Target.targetCrashed\",\"params\":{\"targetId\":\"" TARGET "\",\"errorCode\":5}}");
    fails(s, op, FAILURE_LAUNCH, "the page crashed while it was opened");
    script_free(s);
}

static void stop_forgets_the_browser_and_the_next_one_counts_from_one(void **state)
{
    (void)state;
    struct script *s = script_up();
    submit_call(s, &operation_read, "{}");
    str_clear(&s->log);
    assert_int_equal(submit_kind(s, OP_STOP), 0);
    was_sent(s, "kill\n");
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":\"late\"}}" ON_SESSION);
    script_item(s, WIRE_EXIT);
    comes(s, COMPLETION_DEADLINE);
    assert_string_equal(s->world->ops->silence(s->world), "no browser is running");

    uint32_t op = submit_start(s);
    str_clear(&s->log);
    struct wire_item *old = script_item(s, WIRE_EXIT);
    old->generation = 1;
    arrives_start_replies(s);
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"F\"}}");
    results(s, op, "{}");
    submit_kind(s, OP_STOP);
    str_clear(&s->log);
    submit_kind(s, OP_STOP);
    was_sent(s, "");
    script_free(s);
}

static void options_over_a_limit_fail_and_are_not_cut(void **state)
{
    (void)state;
    struct script *s = script_new("");
    static char url[9000];
    memset(url, 'a', sizeof url);
    struct op op = {.kind = OP_START, .start = {.url = {url, sizeof url}}};
    uint32_t id = s->world->ops->submit(s->world, &op);
    fails(s, id, FAILURE_PROTOCOL, "the start options are over a limit");
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_up_sends_five_phases_and_page_js_as_a_bulk),
        cmocka_unit_test(the_order_of_replies_within_a_phase_does_not_matter),
        cmocka_unit_test(a_page_that_cannot_be_loaded_fails_with_its_net_code),
        cmocka_unit_test(a_refused_launch_names_the_errno),
        cmocka_unit_test(a_browser_that_ends_while_it_starts_is_one_failed_launch),
        cmocka_unit_test(a_browser_of_another_protocol_version_is_not_used),
        cmocka_unit_test(a_refused_start_up_command_is_a_protocol_failure),
        cmocka_unit_test(a_page_that_crashes_while_it_opens_is_a_failed_launch),
        cmocka_unit_test(stop_forgets_the_browser_and_the_next_one_counts_from_one),
        cmocka_unit_test(options_over_a_limit_fail_and_are_not_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
