/* Why nothing comes, told from the last events; and that reading past a great
   many of them is cheap and bounded. */
#include "tests/unit/browser_script.h"

#define STARTED_NAVIGATING(frame)                                                                                     \
    "{\"method\":\"Page.frameStartedNavigating\",\"params\":{\"frameId\":\"" frame                                      \
    "\",\"url\":\"https://ehr.test/\",\"loaderId\":\"L\"}" ON_SESSION
#define NAVIGATED(frame)                                                                                              \
    "{\"method\":\"Page.frameNavigated\",\"params\":{\"frame\":{\"id\":\"" frame "\",\"loaderId\":\"L\"}}" ON_SESSION
#define STARTED_LOADING(frame) "{\"method\":\"Page.frameStartedLoading\",\"params\":{\"frameId\":\"" frame "\"}" ON_SESSION
#define STOPPED_LOADING(frame) "{\"method\":\"Page.frameStoppedLoading\",\"params\":{\"frameId\":\"" frame "\"}" ON_SESSION
#define DETACHED(frame) \
    "{\"method\":\"Page.frameDetached\",\"params\":{\"frameId\":\"" frame "\",\"reason\":\"remove\"}" ON_SESSION

static void silence_is(struct script *s, const char *want)
{
    comes(s, COMPLETION_DEADLINE);
    assert_string_equal(s->world->ops->silence(s->world), want);
}

static void silence_names_what_is_still_open(void **state)
{
    (void)state;
    struct script *s = script_new("");
    silence_is(s, "no browser is running");
    submit_start(s);
    silence_is(s, "the browser did not answer its first commands");
    arrives_start_replies(s);
    silence_is(s, "the page did not open");
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"" TARGET "\"}}");
    comes(s, COMPLETION_RESULT);
    silence_is(s, "the page's script is busy, or waits for the application");

    arrives(s, STARTED_NAVIGATING(TARGET));
    arrives(s, STARTED_LOADING(TARGET));
    silence_is(s, "the page's navigation got no answer");
    arrives(s, NAVIGATED(TARGET));
    silence_is(s, "a frame began to load and did not stop");
    arrives(s, STOPPED_LOADING(TARGET));
    silence_is(s, "the page's script is busy, or waits for the application");

    arrives(s, STARTED_NAVIGATING("F1"));
    arrives(s, STARTED_LOADING("F1"));
    arrives(s, STARTED_LOADING("F2"));
    arrives(s, STOPPED_LOADING("F2"));
    silence_is(s, "a frame began to load and did not stop");
    arrives(s, DETACHED("F1"));
    silence_is(s, "the page's script is busy, or waits for the application");
    script_free(s);
}

static void what_another_session_loads_is_not_our_silence(void **state)
{
    (void)state;
    struct script *s = script_up();
    arrives(s, "{\"method\":\"Page.frameStartedLoading\",\"params\":{\"frameId\":\"F\"},\"sessionId\":\"07AE2\"}");
    arrives(s, "{\"method\":\"Page.frameStartedLoading\",\"params\":{\"frameId\":\"F\"}}");
    silence_is(s, "the page's script is busy, or waits for the application");
    script_free(s);
}

static void a_page_cannot_imitate_an_event_from_inside_another(void **state)
{
    (void)state;
    struct script *s = script_up();
    arrives(s, "{\"method\":\"Page.windowOpen\",\"params\":{\"url\":\"{\\\"method\\\":\\\"Page.frameStartedLoading\\\","
               "\\\"params\\\":{\\\"frameId\\\":\\\"" TARGET "\\\"}\"}" ON_SESSION);
    arrives(s, "{\"method\":\"Page.windowOpen\",\"params\":{\"url\":\",\\\"sessionId\\\":\\\"" SESSION "\\\"}\"}}");
    silence_is(s, "the page's script is busy, or waits for the application");
    script_free(s);
}

static void a_million_events_are_read_past_in_bounded_memory(void **state)
{
    (void)state;
    struct script *s = script_up();
    for (int round = 0; round < 1000000 / SCRIPT_ITEMS_MAX; round++) {
        for (int i = 0; i < SCRIPT_ITEMS_MAX; i++)
            arrives(s, i % 2 ? STOPPED_LOADING("F1") : STARTED_LOADING("F1"));
        comes(s, COMPLETION_DEADLINE);
    }
    arrives(s, STARTED_LOADING("F2"));
    silence_is(s, "a frame began to load and did not stop");
    assert_int_equal(browser_counters(s->browser)->malformed, 0);
    was_sent(s, "");
    script_free(s);
}

static void a_head_that_is_cut_says_nothing(void **state)
{
    (void)state;
    struct script *s = script_up();
    char text[600] = "{\"method\":\"Page.frameStartedLoading\",\"params\":{\"frameId\":\"";
    memset(text + strlen(text), 'F', 400);
    memcpy(text + strlen(text), "\"}" ON_SESSION, sizeof("\"}" ON_SESSION));
    arrives(s, text);
    comes(s, COMPLETION_DEADLINE);
    assert_non_null(s->world->ops->silence(s->world));
    script_free(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(silence_names_what_is_still_open),
        cmocka_unit_test(what_another_session_loads_is_not_our_silence),
        cmocka_unit_test(a_page_cannot_imitate_an_event_from_inside_another),
        cmocka_unit_test(a_million_events_are_read_past_in_bounded_memory),
        cmocka_unit_test(a_head_that_is_cut_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
