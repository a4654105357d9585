/* Calls and what may come instead of their answers. Row 6 of the faults: NUL,
   lone surrogates, long strings, unknown ids, broken JSON, a reply too late. */
#include "tests/unit/browser_script.h"

#include <errno.h>

static void a_call_is_one_evaluate_and_its_text_comes_back(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{\"visitId\":\"7\"}");
    was_sent(s, COMMAND(11, "Runtime.evaluate",
                        "\"expression\":\"__revisit.call(\\\"readNote\\\",{\\\"visitId\\\":\\\"7\\\"},"
                        "{\\\"budget\\\":15000,\\\"attempt\\\":1})\","
                        "\"awaitPromise\":true,\"returnByValue\":true,\"userGesture\":true"));
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"type\":\"string\",\"value\":\"{\\\"ok\\\":true,\\\"a\\\":\\\"\\u00e9\\\"}\"}}"
               ON_SESSION);
    results(s, op, "{\"ok\":true,\"a\":\"\xc3\xa9\"}");
    script_free(s);
}

static void start_by_and_nonce_travel_beside_the_arguments(void **state)
{
    (void)state;
    struct script *s = script_up();
    struct op op = {.kind = OP_CALL};
    op.call = (struct op_call){
        .operation = &operation_read,
        .args = SLICE("{}"),
        .budget = duration_ms(10),
        .start_by_page_ms = 1234,
        .nonce = SLICE("n1"),
        .attempt = 2,
    };
    s->world->ops->submit(s->world, &op);
    was_sent(s, COMMAND(11, "Runtime.evaluate",
                        "\"expression\":\"__revisit.call(\\\"readNote\\\",{},{\\\"budget\\\":10,\\\"startBy\\\":1234,"
                        "\\\"attempt\\\":2,\\\"nonce\\\":\\\"n1\\\"})\","
                        "\"awaitPromise\":true,\"returnByValue\":true,\"userGesture\":true"));
    script_free(s);
}

static void nul_is_kept_and_a_lone_surrogate_is_repaired(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        struct slice want;
    } rows[] = {
        {"a\\u0000b", {"a\0b", 3}},
        {"a\\ud800b", {"a\xef\xbf\xbd" "b", 5}},
        {"\\udc00", {"\xef\xbf\xbd", 3}},
        {"\\ud800\\ud800", {"\xef\xbf\xbd\xef\xbf\xbd", 6}},
        {"\\ud800\\n\\uDFFF", {"\xef\xbf\xbd\n\xef\xbf\xbd", 7}},
        {"\\ud83d\\ude00\\ud83d", {"\xf0\x9f\x98\x80\xef\xbf\xbd", 7}},
        {"\\\\ud800", {"\\ud800", 6}},
        {"\\\\\\ud800", {"\\\xef\xbf\xbd", 4}},
    };
    struct script *s = script_up();
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char reply[200];
        uint32_t op = submit_call(s, &operation_read, "{}");
        assert_true(text_format(reply, sizeof reply, "{\"id\":%u,\"result\":{\"result\":{\"value\":\"%s\"}}}", 11 + i,
                                rows[i].value));
        arrives(s, reply);
        const struct completion *done = comes(s, COMPLETION_RESULT);
        assert_int_equal(done->op, op);
        assert_true(slice_equal(done->result, rows[i].want));
    }
    assert_int_equal(browser_counters(s->browser)->malformed, 0);
    script_free(s);
}

static void a_ten_megabyte_answer_comes_whole(void **state)
{
    (void)state;
    const size_t size = 10 * 1000 * 1000;
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{}");
    struct str CLEANUP_STR text;
    str_init(&text, size * 2);
    str_add_text(&text, "{\"id\":11,\"result\":{\"result\":{\"value\":\"\\ud800");
    for (size_t i = 0; i < size; i++)
        str_add_char(&text, (char)('a' + i % 26));
    str_add_text(&text, "\"}}" ON_SESSION);
    arrives_bytes(s, str_slice(&text));
    const struct completion *done = comes(s, COMPLETION_RESULT);
    assert_int_equal(done->op, op);
    assert_int_equal(done->result.len, size + 3);
    assert_true(done->result.ptr[size + 2] == (char)('a' + (size - 1) % 26));
    script_free(s);
}

static void an_answer_that_is_no_json_fails_its_call_by_the_id_at_its_head(void **state)
{
    (void)state;
    static const char *const rests[] = {
        "", "\"result\":", "\"result\":{\"result\":{\"value\":\"a\"}}", "\"result\":{\"result\":{\"value\":\"\xff\"}}}",
        "\"a\":1,\"a\":2}", "\"result\":{\"result\":{\"value\":\"\\uZZZZ\"}}}", "\"result\":1e999}",
        "\"result\":12345678901234567890}",
    };
    struct script *s = script_up();
    for (uint32_t i = 0; i < sizeof rests / sizeof rests[0]; i++) {
        char reply[200];
        uint32_t op = submit_call(s, &operation_read, "{}");
        assert_true(text_format(reply, sizeof reply, "{\"id\":%u,%s", 11 + i, rests[i]));
        arrives(s, reply);
        fails(s, op, FAILURE_PROTOCOL, "the answer is not JSON, or over the limit");
    }
    assert_int_equal(browser_counters(s->browser)->malformed, sizeof rests / sizeof rests[0]);
    script_free(s);
}

static void an_answer_too_deep_or_of_too_many_values_fails_at_once(void **state)
{
    (void)state;
    struct script *s = script_up();
    for (uint32_t i = 0; i < 2; i++) {
        struct str CLEANUP_STR text;
        str_init(&text, (size_t)64 << 20);
        uint32_t op = submit_call(s, &operation_read, "{}");
        str_addf(&text, "{\"id\":%u,\"result\":", 11 + i);
        for (size_t n = 0; n < (i ? 4000000 : 200); n++)
            str_add_text(&text, i ? (n ? ",0" : "[0") : "[");
        for (size_t n = 0; n < (i ? 1 : 200); n++)
            str_add_char(&text, ']');
        str_add_char(&text, '}');
        arrives_bytes(s, str_slice(&text));
        fails(s, op, FAILURE_PROTOCOL, "the answer is not JSON, or over the limit");
    }
    script_free(s);
}

static void an_answer_that_is_not_text_is_a_protocol_failure(void **state)
{
    (void)state;
    static const char *const results_[] = {
        "{\"result\":{\"type\":\"undefined\"}}", "{\"result\":{\"type\":\"object\",\"value\":{}}}", "{}", "7", "null",
        "{\"result\":{\"type\":\"number\",\"unserializableValue\":\"NaN\"}}",
    };
    struct script *s = script_up();
    for (uint32_t i = 0; i < sizeof results_ / sizeof results_[0]; i++) {
        char reply[200];
        uint32_t op = submit_call(s, &operation_read, "{}");
        assert_true(text_format(reply, sizeof reply, "{\"id\":%u,\"result\":%s}", 11 + i, results_[i]));
        arrives(s, reply);
        fails(s, op, FAILURE_PROTOCOL, "the answer is not text");
    }
    script_free(s);
}

static void a_thrown_exception_is_named_by_its_class_and_never_quoted(void **state)
{
    (void)state;
    static const char *const classes[][2] = {
        {"ReferenceError", "ReferenceError"}, {"TypeError", "TypeError"}, {"TEST, ALPHA", "exception"}};
    struct script *s = script_up();
    for (uint32_t i = 0; i < 3; i++) {
        char reply[400];
        uint32_t op = submit_call(s, &operation_read, "{}");
        assert_true(text_format(reply, sizeof reply,
                                "{\"id\":%u,\"result\":{\"result\":{\"type\":\"object\"},\"exceptionDetails\":{\"text\":"
                                "\"Uncaught\",\"exception\":{\"className\":\"%s\",\"description\":\"TEST, ALPHA\"}}}}",
                                11 + i, classes[i][0]));
        arrives(s, reply);
        fails(s, op, FAILURE_THROWN, classes[i][1]);
    }
    script_free(s);
}

static void protocol_errors_are_told_apart_by_their_sentences(void **state)
{
    (void)state;
    static const struct {
        const char *message;
        enum failure_kind kind;
        const char *detail;
    } rows[] = {
        {"Inspected target navigated or closed", FAILURE_NAVIGATED, "Inspected target navigated or closed"},
        {"Execution context was destroyed.", FAILURE_NAVIGATED, "Execution context was destroyed."},
        {"Execution was terminated", FAILURE_PROTOCOL, "Execution was terminated"},
        {"TEST, ALPHA", FAILURE_PROTOCOL, "protocol error -32000"},
    };
    struct script *s = script_up();
    for (uint32_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char reply[200];
        uint32_t op = submit_call(s, &operation_read, "{}");
        assert_true(text_format(reply, sizeof reply, "{\"id\":%u,\"error\":{\"code\":-32000,\"message\":\"%s\"}}", 11 + i,
                                rows[i].message));
        arrives(s, reply);
        fails(s, op, rows[i].kind, rows[i].detail);
    }
    script_free(s);
}

static void unknown_ids_and_messages_without_id_or_method_are_counted_and_ignored(void **state)
{
    (void)state;
    static const char *const messages[] = {
        "{\"id\":99,\"result\":{}}", "{\"id\":0,\"result\":{}}", "{\"id\":-1,\"result\":{}}",
        "{\"id\":4294967307,\"result\":{}}", "{\"id\":\"11\",\"result\":{}}", "{\"id\":11.0,\"result\":{}}",
        "{\"error\":{\"code\":-32700,\"message\":\"Message must be a valid JSON\"}}", "{}", "[]", "null", "garbage", "", "{",
        "{\"id\":", "{\"id\":1", "{\"method\":\"", "{\"method\":\"\"}", "{\"method\":7}", "\xff\xfe",
    };
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{}");
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        arrives(s, messages[i]);
    comes(s, COMPLETION_DEADLINE);
    const struct browser_counters *counters = browser_counters(s->browser);
    assert_int_equal(counters->unknown_replies + counters->malformed, sizeof messages / sizeof messages[0]);
    assert_true(counters->unknown_replies >= 6);
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"x\"}}}");
    results(s, op, "x");
    script_free(s);
}

static void messages_in_an_unusual_shape_are_understood(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{}");
    arrives(s, " { \"result\" : {\"result\":{\"value\":\"x\"}}, \"id\" : 11 }");
    results(s, op, "x");
    arrives(s, "{\"params\":{\"message\":\"m\",\"type\":\"alert\"},\"sessionId\":\"" SESSION
               "\",\"method\":\"Page.javascriptDialogOpening\"}");
    assert_slice(comes(s, COMPLETION_DIALOG)->dialog.text, "m");
    script_free(s);
}

static void a_reply_after_its_give_up_comes_as_a_late_one_and_is_counted(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = submit_call(s, &operation_read, "{}");
    s->world->ops->give_up(s->world, op);
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"x\"}}}");
    results(s, op, "x");
    assert_int_equal(browser_counters(s->browser)->late_replies, 1);
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"again\"}}}");
    comes(s, COMPLETION_DEADLINE);
    assert_int_equal(browser_counters(s->browser)->unknown_replies, 1);
    script_free(s);
}

static void given_up_calls_make_room_for_new_ones(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t op = 0;
    for (int i = 0; i < 1000; i++) {
        op = submit_call(s, &operation_read, "{}");
        s->world->ops->give_up(s->world, op);
    }
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"forgotten\"}}}");
    arrives(s, "{\"id\":1010,\"result\":{\"result\":{\"value\":\"x\"}}}");
    results(s, op, "x");
    script_free(s);
}

static void awaited_calls_beyond_the_bound_fail_by_name(void **state)
{
    (void)state;
    struct script *s = script_up();
    for (int i = 0; i < 256; i++)
        submit_call(s, &operation_read, "{}");
    str_clear(&s->log);
    fails(s, submit_call(s, &operation_read, "{}"), FAILURE_PROTOCOL, "the call is over the limit");
    was_sent(s, "");
    script_free(s);
}

static void a_dialog_comes_as_a_completion_and_is_answered(void **state)
{
    (void)state;
    struct script *s = script_up();
    submit_kind(s, OP_ANSWER);
    was_sent(s, "");
    arrives(s, "{\"method\":\"Page.javascriptDialogOpening\",\"params\":{\"url\":\"http://x\",\"message\":\"Save?\\u0000"
               "\\ud800\",\"type\":\"confirm\",\"hasBrowserHandler\":false}" ON_SESSION);
    const struct completion *done = comes(s, COMPLETION_DIALOG);
    assert_slice(done->dialog.type, "confirm");
    assert_true(slice_equal(done->dialog.text, (struct slice){"Save?\0\xef\xbf\xbd", 9}));
    assert_string_equal(s->world->ops->silence(s->world), "a dialog is open");
    struct op answer = {.kind = OP_ANSWER, .answer = {.accept = true}};
    assert_int_equal(s->world->ops->submit(s->world, &answer), 0);
    was_sent(s, COMMAND(11, "Page.handleJavaScriptDialog", "\"accept\":true"));
    arrives(s, "{\"method\":\"Page.javascriptDialogClosed\",\"params\":{\"result\":true}" ON_SESSION);
    arrives(s, EMPTY_REPLY(11));
    comes(s, COMPLETION_DEADLINE);
    assert_string_equal(s->world->ops->silence(s->world), "the page's script is busy, or waits for the application");
    assert_int_equal(browser_counters(s->browser)->unknown_replies, 0);
    script_free(s);
}

static void what_other_targets_and_sessions_say_is_ignored(void **state)
{
    (void)state;
    struct script *s = script_up();
    arrives(s, "{\"method\":\"Page.javascriptDialogOpening\",\"params\":{\"message\":\"m\"},\"sessionId\":\"07AE2\"}");
    arrives(s, "{\"method\":\"Inspector.targetCrashed\",\"params\":{},\"sessionId\":\"07AE2\"}");
    arrives(s, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}}");
    arrives(s, "{\"method\":\"Target.targetCrashed\",\"params\":{\"targetId\":\"0\",\"errorCode\":5}}");
    arrives(s, "{\"method\":\"Target.targetDestroyed\",\"params\":{\"targetId\":\"0\"}}");
    arrives(s, "{\"method\":\"Target.targetDestroyed\",\"params\":{\"targetId\":7}}");
    arrives(s, "{\"method\":\"Target.targetDestroyed\",\"params\":");
    comes(s, COMPLETION_DEADLINE);
    script_free(s);
}

static void a_crash_is_told_once_and_its_calls_are_never_answered(void **state)
{
    (void)state;
    static const char *const crashes[] = {
        "{\"method\":\"Inspector.targetCrashed\",\"params\":{}" ON_SESSION,
        "{\"method\":\"Target.targetCrashed\",\"params\":{\"targetId\":\"" TARGET "\",\"status\":\"crashed\"}}",
        "{\"method\":\"Target.detachedFromTarget\",\"params\":{\"sessionId\":\"" SESSION "\",\"targetId\":\"" TARGET "\"}}",
        "{\"method\":\"Target.targetDestroyed\",\"params\":{\"targetId\":\"" TARGET "\"}}",
        "{\"id\":11,\"error\":{\"code\":-32000,\"message\":\"Target crashed\"}" ON_SESSION,
        "{\"id\":11,\"error\":{\"code\":-32001,\"message\":\"Session with given id not found.\"}}",
    };
    const size_t count = sizeof crashes / sizeof crashes[0];
    for (size_t i = 0; i < count; i++) {
        struct script *s = script_up();
        submit_call(s, &operation_read, "{}");
        for (size_t n = 0; n < count; n++)
            arrives(s, crashes[(i + n) % count]);
        assert_int_equal(comes(s, COMPLETION_CRASH)->op, 0);
        comes(s, COMPLETION_DEADLINE);
        assert_string_equal(s->world->ops->silence(s->world), "the page crashed, or never opened");
        fails(s, submit_call(s, &operation_read, "{}"), FAILURE_PROTOCOL, "there is no page");
        fails(s, submit_kind(s, OP_FRAMES), FAILURE_PROTOCOL, "there is no page");
        str_clear(&s->log);
        submit_kind(s, OP_PING);
        was_sent(s, "send {\"id\":12,\"method\":\"Browser.getVersion\",\"params\":{}}\n");
        script_free(s);
    }
}

static void the_browser_still_answers_for_itself_when_the_page_is_gone(void **state)
{
    (void)state;
    struct script *s = script_up();
    uint32_t ping = submit_kind(s, OP_PING);
    submit_call(s, &operation_read, "{}");
    submit_kind(s, OP_FRAMES);
    arrives(s, "{\"method\":\"Inspector.targetCrashed\",\"params\":{}" ON_SESSION);
    arrives(s, "{\"id\":12,\"result\":{\"result\":{\"value\":\"x\"}}}");
    arrives(s, "{\"id\":13,\"result\":{\"targetInfos\":[]}}");
    arrives(s, "{\"id\":14,\"result\":{\"frameTree\":{}}}");
    arrives(s, "{\"id\":11,\"result\":{\"product\":\"P\"}}");
    comes(s, COMPLETION_CRASH);
    results(s, ping, "{}");
    comes(s, COMPLETION_DEADLINE);
    script_free(s);
}

static void a_browser_that_ends_is_told_once(void **state)
{
    (void)state;
    struct script *s = script_up();
    submit_call(s, &operation_read, "{}");
    script_item(s, WIRE_EOF);
    struct wire_item *item = script_item(s, WIRE_EXIT);
    item->exit.signaled = true;
    item->exit.code = 9;
    arrives(s, "{\"id\":11,\"result\":{\"result\":{\"value\":\"x\"}}}");
    assert_false(comes(s, COMPLETION_GONE)->gone.signaled);
    comes(s, COMPLETION_DEADLINE);
    assert_string_equal(s->world->ops->silence(s->world), "the browser has ended");
    fails(s, submit_kind(s, OP_PING), FAILURE_PROTOCOL, "there is no browser");

    submit_start(s);
    arrives_start_replies(s);
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"F\"}}");
    comes(s, COMPLETION_RESULT);
    item = script_item(s, WIRE_EXIT);
    item->exit.signaled = true;
    item->exit.code = 9;
    script_item(s, WIRE_EOF);
    const struct completion *done = comes(s, COMPLETION_GONE);
    assert_true(done->gone.signaled);
    assert_int_equal(done->gone.code, 9);
    comes(s, COMPLETION_DEADLINE);
    script_free(s);
}

static void http_commits_locks_marks_and_signals_pass_through(void **state)
{
    (void)state;
    struct script *s = script_new("");
    struct op http = {.kind = OP_HTTP, .http = {.method = SLICE("GET"), .url = SLICE("https://ehr.test/")}};
    http.http.timeout = duration_ms(5);
    uint32_t op_http = s->world->ops->submit(s->world, &http);
    struct op commit = {.kind = OP_COMMIT, .record = SLICE("\"a\":1")};
    uint32_t op_commit = s->world->ops->submit(s->world, &commit);
    struct op lock = {.kind = OP_LOCK, .lock = SLICE("an account")};
    uint32_t op_lock = s->world->ops->submit(s->world, &lock);
    struct mark mark = {2, 1, 0, NULL};
    s->world->ops->mark(s->world, &mark);
    was_sent(s, "http 2 GET https://ehr.test/ 5ms body=\ncommit 2 \"a\":1\nlock 3 an account\nmark p2.v1\n");
    struct wire_response response = {.id = 2, .state = WIRE_HTTP_ANSWERED, .status = 302};
    script_item(s, WIRE_SIGNAL)->signal = 15;
    struct wire_item *io = script_item(s, WIRE_IO);
    io->io.id = 2;
    io->io.error = 28;
    io = script_item(s, WIRE_IO);
    io->io.id = 3;
    io->io.error = EWOULDBLOCK;
    arrives_answer(s, &response);
    assert_int_equal(comes(s, COMPLETION_SIGNAL)->signal, 15);
    const struct completion *done = comes(s, COMPLETION_IO);
    assert_int_equal(done->op, op_commit);
    assert_int_equal(done->io_error, 28);
    done = comes(s, COMPLETION_IO);
    assert_int_equal(done->op, op_lock);
    assert_int_equal(done->io_error, EWOULDBLOCK);
    done = comes(s, COMPLETION_HTTP);
    assert_int_equal(done->op, op_http);
    assert_int_equal(done->http->status, 302);
    script_free(s);
}

static void a_wake_for_another_deadline_is_not_told(void **state)
{
    (void)state;
    struct script *s = script_new("");
    script_item(s, WIRE_WAKE)->asked = (struct instant){17};
    int64_t deadline_us = s->now_us + 3600 * (int64_t)1000000;
    assert_true(comes(s, COMPLETION_DEADLINE)->at.us == deadline_us);
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_call_is_one_evaluate_and_its_text_comes_back),
        cmocka_unit_test(start_by_and_nonce_travel_beside_the_arguments),
        cmocka_unit_test(nul_is_kept_and_a_lone_surrogate_is_repaired),
        cmocka_unit_test(a_ten_megabyte_answer_comes_whole),
        cmocka_unit_test(an_answer_that_is_no_json_fails_its_call_by_the_id_at_its_head),
        cmocka_unit_test(an_answer_too_deep_or_of_too_many_values_fails_at_once),
        cmocka_unit_test(an_answer_that_is_not_text_is_a_protocol_failure),
        cmocka_unit_test(a_thrown_exception_is_named_by_its_class_and_never_quoted),
        cmocka_unit_test(protocol_errors_are_told_apart_by_their_sentences),
        cmocka_unit_test(unknown_ids_and_messages_without_id_or_method_are_counted_and_ignored),
        cmocka_unit_test(messages_in_an_unusual_shape_are_understood),
        cmocka_unit_test(a_reply_after_its_give_up_comes_as_a_late_one_and_is_counted),
        cmocka_unit_test(given_up_calls_make_room_for_new_ones),
        cmocka_unit_test(awaited_calls_beyond_the_bound_fail_by_name),
        cmocka_unit_test(a_dialog_comes_as_a_completion_and_is_answered),
        cmocka_unit_test(what_other_targets_and_sessions_say_is_ignored),
        cmocka_unit_test(a_crash_is_told_once_and_its_calls_are_never_answered),
        cmocka_unit_test(the_browser_still_answers_for_itself_when_the_page_is_gone),
        cmocka_unit_test(a_browser_that_ends_is_told_once),
        cmocka_unit_test(http_commits_locks_marks_and_signals_pass_through),
        cmocka_unit_test(a_wake_for_another_deadline_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
