/* A replay that is asked for what was not recorded stops, and says where and why;
   it never says what: no value of either side is in the report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/replay.h"
#include "tests/unit/recorder_script.h"

struct fixture {
    char dir[64], path[128];
    struct str transcript;
    struct script_act acts[64];
    struct replay *replay;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    str_init(&f->transcript, 1u << 20);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    script_record(f->dir, &f->transcript);
    memcpy(f->acts, script_masked_acts(), script_act_count * sizeof f->acts[0]);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    replay_close(f->replay);
    script_remove(f->dir);
    str_fini(&f->transcript);
    free(f);
    return 0;
}

/* Plays acts (count of them) and expects the divergence; its report is in f->err. */
static const struct divergence *diverge_after(struct fixture *f, size_t count)
{
    if (replay_open(f->path, &f->replay, NULL, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    enum err_code code = script_play(replay_wire(f->replay), f->acts, count, &f->transcript, &f->err);
    if (code == ERR_OK)
        code = replay_finish(f->replay, &f->err);
    if (code != ERR_DIVERGED)
        fail_msg("%s: %s", err_name(code), f->err.text);
    assert_non_null(replay_divergence(f->replay));
    assert_null(strstr(f->err.text, "01/02/1950"));
    assert_null(strstr(f->err.text, "03/04/1960"));
    return replay_divergence(f->replay);
}

static void assert_says(const struct fixture *f, const char *words)
{
    if (!strstr(f->err.text, words))
        fail_msg("expected \"%s\" in: %s", words, f->err.text);
}

static void a_deleted_reply_is_missed_at_its_place(void **state)
{
    struct fixture *f = *state;
    script_delete_line(f->path, 11);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_UNSEEN);
    assert_int_equal(d->entry, 12);
    assert_int_equal(d->line, 11);
    assert_says(f, "entry 11 is missing before it");
}

static void a_deleted_and_renumbered_reply_diverges_too(void **state)
{
    struct fixture *f = *state;
    script_delete_line(f->path, 11);
    script_mend(f->path);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_true(d->reason == DIVERGED_FIELD_DIFFERS || d->reason == DIVERGED_WRONG_VISIT);
    assert_int_equal(d->line, 11);
}

static void a_deleted_command_is_unseen_or_out_of_order(void **state)
{
    struct fixture *f = *state;
    script_delete_line(f->path, 10);
    script_mend(f->path);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_UNSEEN);
    assert_int_equal(d->line, 10);
    assert_string_equal(d->engine.what, "send Runtime.evaluate searchPatient");
    assert_string_equal(d->engine.mark, "p3.v2.a1.searchPatient");
}

static void two_swapped_entries_are_told(void **state)
{
    struct fixture *f = *state;
    script_swap_lines(f->path, 15);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->line, 15);
    assert_int_equal(d->entry, 16);
}

static void two_swapped_and_renumbered_commands_are_out_of_order(void **state)
{
    struct fixture *f = *state;
    script_swap_lines(f->path, 4);
    script_mend(f->path);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_WRONG_ORDER);
    assert_int_equal(d->entry, 4);
    assert_int_equal(d->nearest.entry, 5);
    assert_says(f, "the same, but 1 entries come before it");
}

static void a_changed_argument_is_named_by_its_path(void **state)
{
    struct fixture *f = *state;
    script_edit_line(f->path, 10, SLICE("01/02/1950"), SLICE("03/04/1960"));
    script_mend(f->path);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 10);
    assert_string_equal(d->field, "params.expression.argument.dob");
    assert_string_equal(d->engine.shape, "string of 10 bytes, another from byte 1 on");
    assert_string_equal(d->recorded.mark, "p3.v2.a1.searchPatient");
    assert_says(f, "field_differs");
}

static void the_origin_of_the_recorded_value_is_told(void **state)
{
    struct fixture *f = *state;
    static struct script_act other;
    other = f->acts[4];
    other.text = SLICE("{\"id\":3,\"method\":\"Storage.setCookies\",\"params\":{\"cookies\":[{\"name\":"
                       "\"ASP.NET_SessionId\",\"value\":\"another\"},{\"name\":\"clinic\",\"value\":\"7\"}]}}");
    f->acts[4] = other;
    (void)diverge_after(f, script_act_count);
    assert_says(f, "params.cookies[0].value");
    assert_says(f, "the recorded value stands in state.json");
}

static void a_changed_request_body_is_told_by_its_digest(void **state)
{
    struct fixture *f = *state;
    static struct wire_request other;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_HTTP) {
            other = *f->acts[i].request;
            other.body = SLICE("__VIEWSTATE=other");
            f->acts[i].request = &other;
            break;
        }
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 15);
    assert_string_equal(d->field, "body.size");
}

/* Another account, or the same one of another site: never another run's recording. */
static void a_lock_of_another_name_is_told_by_field(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_LOCK)
            f->acts[i].text = SLICE("http://127.0.0.1:1/ \"4712\"\n");
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 31);
    assert_string_equal(d->field, "name");
    assert_string_equal(d->engine.what, "lock");
    assert_null(strstr(f->err.text, "471"));
}

static void a_lock_that_was_not_recorded_is_unseen(void **state)
{
    struct fixture *f = *state;
    script_delete_line(f->path, 31);
    script_mend(f->path);
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_UNSEEN);
    assert_string_equal(d->engine.what, "lock");
}

static void another_body_of_an_answer_differs_and_is_no_note(void **state)
{
    struct fixture *f = *state;
    static const struct wire_bulk other = {
        .name = "body", .bytes = SLICE("another"), .encoding = WIRE_BULK_BASE64, .at = 3};
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].bulk && strcmp(f->acts[i].bulk->name, "body") == 0)
            f->acts[i].bulk = &other;
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 20);
    assert_string_equal(d->field, "bulk.size");
}

static void the_right_command_in_another_visit_is_the_wrong_one(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_MARK && f->acts[i].mark.attempt == 1)
            f->acts[i].mark.dos = 3;
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_WRONG_VISIT);
    assert_int_equal(d->entry, 10);
    assert_string_equal(d->engine.mark, "p3.v3.a1.searchPatient");
    assert_string_equal(d->recorded.mark, "p3.v2.a1.searchPatient");
}

/* Line 10 goes the fast way, line 15 is an exchange. */
static void a_request_of_another_browser_or_instant_is_told_by_field(void **state)
{
    static const struct {
        size_t line;
        const char *from, *to, *field, *engine, *recorded;
    } edits[] = {
        {10, "\"gen\":1", "\"gen\":2", "gen", "1", "2"},
        {10, "\"at\":2600", "\"at\":2601", "at", "2600", "2601"},
        {15, "\"gen\":1", "\"gen\":0", "gen", "1", "0"},
        {15, "\"at\":5000002", "\"at\":5000003", "at", "5000002", "5000003"},
    };
    struct fixture *f = *state;
    for (size_t i = 0; i < sizeof edits / sizeof edits[0]; i++) {
        script_edit_line(f->path, edits[i].line, slice_of(edits[i].from), slice_of(edits[i].to));
        script_mend(f->path);
        const struct divergence *d = diverge_after(f, script_act_count);
        assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
        assert_int_equal(d->entry, edits[i].line);
        assert_string_equal(d->field, edits[i].field);
        assert_string_equal(d->engine.shape, edits[i].engine);
        assert_string_equal(d->recorded.shape, edits[i].recorded);
        replay_close(f->replay);
        f->replay = NULL;
        script_edit_line(f->path, edits[i].line, slice_of(edits[i].to), slice_of(edits[i].from));
        err_init(&f->err);
    }
}

static void a_step_by_another_name_is_the_same_visit(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_MARK && f->acts[i].mark.attempt == 1)
            f->acts[i].mark.step = "findPatient";
    struct replay *replay = NULL;
    assert_int_equal(replay_open(f->path, &replay, NULL, &f->err), ERR_OK);
    if (script_play(replay_wire(replay), f->acts, script_act_count, &f->transcript, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    replay_close(replay);
}

static void a_command_too_many_is_exhausted(void **state)
{
    struct fixture *f = *state;
    f->acts[script_act_count] = f->acts[1];
    const struct divergence *d = diverge_after(f, script_act_count + 1);
    assert_int_equal(d->reason, DIVERGED_EXHAUSTED);
    assert_int_equal(d->entry, 0);
    assert_int_equal(d->nearest.entry, 2);
    assert_says(f, "the same, but it was taken already");
}

static void a_wait_too_many_is_exhausted(void **state)
{
    struct fixture *f = *state;
    f->acts[script_act_count] = (struct script_act){.kind = ACT_NEXT, .deadline = {99000000}};
    const struct divergence *d = diverge_after(f, script_act_count + 1);
    assert_int_equal(d->reason, DIVERGED_EXHAUSTED);
    assert_false(replay_ended_early(f->replay));
}

static void a_run_that_stops_short_diverges(void **state)
{
    struct fixture *f = *state;
    const struct divergence *d = diverge_after(f, script_act_count - 1);
    assert_int_equal(d->reason, DIVERGED_WRONG_ORDER);
    assert_int_equal(d->entry, 33);
    assert_says(f, "has ended");
}

static void another_deadline_is_told_where_the_wake_comes(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_NEXT && f->acts[i].deadline.us == 5000000)
            f->acts[i].deadline.us = 4000000;
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 11);
    assert_string_equal(d->field, "deadline");
    assert_says(f, "asked for 5000000 us");
}

static void a_deadline_before_the_recorded_answer_is_told(void **state)
{
    struct fixture *f = *state;
    for (size_t i = 0; i < script_act_count; i++)
        if (f->acts[i].kind == ACT_NEXT) {
            f->acts[i].deadline.us = 999;
            break;
        }
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_FIELD_DIFFERS);
    assert_int_equal(d->entry, 3);
    assert_says(f, "comes later, at 1000 us");
}

static void a_wait_where_a_command_was_sent_is_out_of_order(void **state)
{
    struct fixture *f = *state;
    f->acts[1] = f->acts[2];
    const struct divergence *d = diverge_after(f, script_act_count);
    assert_int_equal(d->reason, DIVERGED_WRONG_ORDER);
    assert_int_equal(d->entry, 2);
    assert_int_equal(d->nearest.entry, 3);
}

static void after_a_divergence_nothing_more_is_answered(void **state)
{
    struct fixture *f = *state;
    struct wire_item item;
    struct err again;
    err_init(&again);
    f->acts[1] = f->acts[2];
    (void)diverge_after(f, script_act_count);
    struct wire *wire = replay_wire(f->replay);
    wire->ops->send(wire, SLICE("{\"id\":1,\"method\":\"Browser.getVersion\"}"), NULL);
    assert_int_equal(wire->ops->next(wire, (struct instant){15000000}, &item, &again), ERR_DIVERGED);
    assert_string_equal(again.text, f->err.text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_deleted_reply_is_missed_at_its_place),
        TEST(a_deleted_and_renumbered_reply_diverges_too),
        TEST(a_deleted_command_is_unseen_or_out_of_order),
        TEST(two_swapped_entries_are_told),
        TEST(two_swapped_and_renumbered_commands_are_out_of_order),
        TEST(a_changed_argument_is_named_by_its_path),
        TEST(the_origin_of_the_recorded_value_is_told),
        TEST(a_changed_request_body_is_told_by_its_digest),
        TEST(a_lock_of_another_name_is_told_by_field),
        TEST(a_lock_that_was_not_recorded_is_unseen),
        TEST(another_body_of_an_answer_differs_and_is_no_note),
        TEST(the_right_command_in_another_visit_is_the_wrong_one),
        TEST(a_request_of_another_browser_or_instant_is_told_by_field),
        TEST(a_step_by_another_name_is_the_same_visit),
        TEST(a_command_too_many_is_exhausted),
        TEST(a_wait_too_many_is_exhausted),
        TEST(a_run_that_stops_short_diverges),
        TEST(another_deadline_is_told_where_the_wake_comes),
        TEST(a_deadline_before_the_recorded_answer_is_told),
        TEST(a_wait_where_a_command_was_sent_is_out_of_order),
        TEST(after_a_divergence_nothing_more_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
