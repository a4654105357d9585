/* The live wire when memory runs out: a browser, an exchange and a commit, with the
   n-th allocation failing, once or from then on, for every n until none fails any
   more. Whatever comes is an item or an error; never a crash, and nothing is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/memory.h"
#include "engine/live/live.h"
#include "tests/unit/failing_malloc.h"
#include "tests/unit/live_fixture.h"
#include "tests/unit/live_server.h"

static void ask_for_everything(struct fixture *f, const char *url)
{
    struct wire_request request = {.method = SLICE("POST"),
                                   .url = slice_of(url),
                                   .headers = {{SLICE("Cookie"), SLICE("s=1")}},
                                   .header_count = 1,
                                   .body = SLICE("a=1"),
                                   .timeout = duration_ms(200)};
    f->wire->ops->start(f->wire, &(struct wire_launch){0});
    f->wire->ops->send(f->wire, SLICE("{}"), NULL);
    f->wire->ops->commit(f->wire, 2, SLICE("\"type\":\"a\""));
    f->wire->ops->http(f->wire, 1, &request);
}

/* Takes items until browser, exchange and commit have spoken, or the wire fails. */
static void take_everything(struct fixture *f)
{
    struct wire_item item = {.kind = WIRE_BYTES};
    unsigned wanted = 1u << WIRE_IO | 1u << WIRE_HTTP;
    while (wanted && item.kind != WIRE_WAKE) {
        if (f->wire->ops->next(f->wire, fixture_in(f, 1000), &item, &f->err) != ERR_OK)
            return;
        f->now = item.at;
        wanted &= ~(1u << item.kind);
    }
}

static void run_once(struct fixture *f, const struct live_options *options, const char *url, long n)
{
    int before = fixture_descriptors();
    has_failed = false;
    memory_forget_failure();
    f->now = (struct instant){0};
    countdown = n;
    if (live_open(options, &f->live, &f->err) == ERR_OK) {
        f->wire = live_wire(f->live);
        ask_for_everything(f, url);
        take_everything(f);
    }
    fixture_close(f);
    countdown = -1;
    err_init(&f->err);
    assert_int_equal(fixture_directories(f), 0);
    assert_int_equal(fixture_processes(), 0);
    if (fixture_descriptors() != before)
        fail_msg("allocation %ld failing leaves a descriptor open", n);
}

static void run_all(struct fixture *f, bool from_then_on)
{
    if (!HAS_OWN_MALLOC)
        skip();
    char url[64], journal[64];
    struct server server = {.answer = SLICE("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"), .end = SERVER_CLOSES};
    server_start(&server);
    const char *browser = fixture_file(f, "browser", "#!/bin/sh\nprintf 'up\\0' >&4; read x <&3\n", 0700);
    assert_true(text_format(url, sizeof url, "http://127.0.0.1:%u/", server.port));
    assert_true(text_format(journal, sizeof journal, "%s/journal.ndjson", f->folder));
    struct live_options options = {.browser = browser, .no_sandbox = true, .journal_path = journal};
    countdown = -1;
    fails_on = from_then_on;
    run_once(f, &options, url, -1); /* what is allocated once a process is behind us */
    has_failed = true;
    long n = 0;
    while (has_failed)
        run_once(f, &options, url, ++n);
    server_stop(&server);
    assert_true(n > 30);
}

static void any_one_allocation_may_fail(void **state)
{
    run_all(*state, false);
}

static void every_allocation_from_any_one_on_may_fail(void **state)
{
    run_all(*state, true);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(any_one_allocation_may_fail),
        TEST(every_allocation_from_any_one_on_may_fail),
    };
    return cmocka_run_group_tests_name("live memory", tests, NULL, NULL);
}
