/* Items that come at once go to the kernel at once, and always before the engine acts
   on one of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/record.h"
#include "tests/unit/recorder_script.h"

struct fixture {
    char dir[64], path[128];
    struct script_outside outside;
    struct record *record;
    struct wire *wire;
    struct str session;
    struct err err;
};

#define MESSAGE(at_us, is_more, text) \
    {.kind = WIRE_BYTES, .at = {at_us}, .generation = 1, .more = is_more, .bytes = {text, sizeof text - 1}}

static const struct wire_item items[] = {
    MESSAGE(10, true, "{\"method\":\"one\"}"),
    MESSAGE(10, true, "{\"method\":\"two\"}"),
    MESSAGE(10, false, "{\"method\":\"three\"}"),
    MESSAGE(20, true, "{\"method\":\"four\"}"),
    MESSAGE(20, true, "{\"method\":\"five\"}"),
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct wire_launch launch = {.headed = false};
    struct record_inputs inputs = {.redaction = RECORD_COPY, .batch = SLICE("{}"), .settings = SLICE("{}"), .engine = "1", .predecessor = "",
                                   .page_name = "page.js"};
    err_init(&f->err);
    str_init(&f->session, 1u << 20);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    inputs.dir = f->path;
    script_outside_init(&f->outside, items, sizeof items / sizeof items[0]);
    if (record_open(&inputs, &f->outside.wire, &f->record, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    f->wire = record_wire(f->record);
    f->wire->ops->start(f->wire, &launch);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    record_abandon(f->record);
    script_outside_fini(&f->outside);
    script_remove(f->dir);
    str_fini(&f->session);
    free(f);
    return 0;
}

static void take(struct fixture *f, size_t count)
{
    struct wire_item item;
    while (count--)
        if (f->wire->ops->next(f->wire, (struct instant){1000}, &item, &f->err) != ERR_OK)
            fail_msg("%s", f->err.text);
}

static bool on_record(struct fixture *f, const char *word)
{
    str_clear(&f->session);
    script_read(f->path, "session.ndjson", &f->session);
    return slice_find(str_slice(&f->session), slice_of(word)) != NULL;
}

static void a_burst_is_on_record_with_its_last_item(void **state)
{
    struct fixture *f = *state;
    take(f, 2);
    assert_false(on_record(f, "two"));
    take(f, 1);
    assert_true(on_record(f, "one") && on_record(f, "two") && on_record(f, "three"));
}

static void an_item_is_on_record_before_the_next_message_is_sent(void **state)
{
    struct fixture *f = *state;
    take(f, 4);
    assert_false(on_record(f, "four"));
    f->wire->ops->send(f->wire, SLICE("{\"id\":1}"), NULL);
    assert_true(on_record(f, "four"));
}

static void an_item_is_on_record_before_a_request_over_http(void **state)
{
    struct fixture *f = *state;
    struct wire_request request = {.method = SLICE("GET"), .url = SLICE("http://127.0.0.1:1/")};
    take(f, 4);
    f->wire->ops->http(f->wire, 2, &request);
    assert_true(on_record(f, "four") && on_record(f, "http_out"));
}

static void an_item_is_on_record_before_a_lock(void **state)
{
    struct fixture *f = *state;
    take(f, 1);
    assert_false(on_record(f, "one"));
    f->wire->ops->lock(f->wire, 2, SLICE("account 7"));
    assert_true(on_record(f, "one") && on_record(f, "account 7"));
}

static void an_item_is_on_record_before_a_commit_a_kill_or_a_start(void **state)
{
    struct fixture *f = *state;
    struct wire_launch launch = {.headed = false};
    take(f, 1);
    f->wire->ops->commit(f->wire, 2, SLICE("{\"type\":\"x\"}"));
    assert_true(on_record(f, "one"));
    take(f, 1);
    f->wire->ops->kill(f->wire);
    assert_true(on_record(f, "two"));
    take(f, 2);
    f->wire->ops->start(f->wire, &launch);
    assert_true(on_record(f, "four"));
}

static void an_item_is_on_record_before_an_event_is_told(void **state)
{
    struct fixture *f = *state;
    take(f, 4);
    assert_int_equal(record_event(f->record, SLICE("{\"type\":\"x\"}"), &f->err), ERR_OK);
    assert_true(on_record(f, "four"));
}

static void a_burst_that_breaks_off_is_on_record_at_the_end(void **state)
{
    struct fixture *f = *state;
    take(f, 5);
    assert_int_equal(record_close(f->record, "", &f->err), ERR_OK);
    f->record = NULL;
    assert_true(on_record(f, "five"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_burst_is_on_record_with_its_last_item),
        TEST(an_item_is_on_record_before_the_next_message_is_sent),
        TEST(an_item_is_on_record_before_a_request_over_http),
        TEST(an_item_is_on_record_before_a_commit_a_kill_or_a_start),
        TEST(an_item_is_on_record_before_a_lock),
        TEST(an_item_is_on_record_before_an_event_is_told),
        TEST(a_burst_that_breaks_off_is_on_record_at_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
