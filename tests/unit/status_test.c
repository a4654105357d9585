/* Where a batch stands, by its journal: every state, what a torn end and a process that
   holds the directory make of it, and what a terminal and a program are shown. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/report/status.h"
#include "engine/world/journal_line.h"

#define NOBODY 0
#define SOMEBODY 4711

static const struct run_start start = {.batch_id = "clinic", .total = 4, .wall_us = 1795614181123000, .settings = "{}"};

#define BEGIN {.type = RECORD_RUN_START, .start = &start}
#define PIN(p, d) {.type = RECORD_PINNED, .visit = {p, d}, .row_id = "trt1", .visit_id = "9"}
#define INTENT(p, d, n, s) {.type = RECORD_INTENT, .visit = {p, d}, .attempt = n, .step = s}
#define RETRIED(p, d, n) \
    {.type = RECORD_ATTEMPT_END, .visit = {p, d}, .attempt = n, .kind = KIND_TIMEOUT, .step = STEP_SAVE_SOAP, .ms = 5}
#define DONE(p, d, n) \
    {.type = RECORD_ATTEMPT_END, .visit = {p, d}, .attempt = n, .has_outcome = true, .outcome = VISIT_DONE, .ms = 700}
#define BAD(p, d, n, o, k)                                                                                             \
    {.type = RECORD_ATTEMPT_END, .visit = {p, d}, .attempt = n, .has_outcome = true, .outcome = o, .kind = k,          \
     .step = STEP_GENERATE_BILLING, .ms = 900}
#define OVER(o, e) {.type = RECORD_RUN_END, .ms = 2500, .ended = o, .exit_status = e}

struct seen {
    struct str journal, text, json;
    struct status status;
};

static void take_piece(void *ctx, struct slice piece)
{
    str_add(ctx, piece);
}

static void fold(struct seen *seen, uint32_t holder, const char *last_event)
{
    struct journal journal;
    struct err err;
    err_init(&err);
    assert_int_equal(journal_fold(str_slice(&seen->journal), &journal, &err), ERR_OK);
    assert_int_equal(status_of_journal(str_slice(&seen->journal), &journal, holder, &seen->status, &err), ERR_OK);
    if (last_event)
        status_take_last_event(&seen->status, slice_of(last_event));
    journal_fini(&journal);
}

static void show(struct seen *seen, const struct tail *tail, size_t lines)
{
    const struct status_sink sink = {&seen->json, take_piece};
    str_init(&seen->text, 1 << 20);
    str_init(&seen->json, 1 << 20);
    status_print(&seen->status, "runs/1", tail, lines, &seen->text);
    assert_true(status_print_json(&seen->status, tail, &sink));
    assert_false(str_full(&seen->text) || str_full(&seen->json));
}

static struct seen look(const struct record *records, size_t count, size_t torn, uint32_t holder, const char *last_event)
{
    struct seen seen = {0};
    struct tail tail;
    CLEANUP_STR struct str scratch;
    str_init(&seen.journal, 1 << 20);
    str_init(&scratch, RECORD_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        journal_line_format(&seen.journal, i + 1, record_format(&records[i], &scratch));
    seen.journal.len -= torn;
    tail_init(&tail, NULL, NULL);
    fold(&seen, holder, last_event);
    show(&seen, &tail, 0);
    tail_fini(&tail);
    return seen;
}

#define LOOK_AT(torn, holder, event, ...)                                                                              \
    ({                                                                                                                 \
        const struct record records_[] = {__VA_ARGS__};                                                                \
        look(records_, sizeof records_ / sizeof *records_, torn, holder, event);                                       \
    })
#define LOOK(holder, ...) LOOK_AT(0, holder, NULL, __VA_ARGS__)

static void forget(struct seen *seen)
{
    status_fini(&seen->status);
    str_fini(&seen->journal);
    str_fini(&seen->text);
    str_fini(&seen->json);
}

static void says(const struct str *text, const char *part)
{
    if (!strstr(str_text(text), part))
        fail_msg("\"%s\" is not in\n%s", part, str_text(text));
}

static void says_not(const struct str *text, const char *part)
{
    if (strstr(str_text(text), part))
        fail_msg("\"%s\" is in\n%s", part, str_text(text));
}

static void an_empty_journal_is_idle_and_one_that_is_held_runs(void **state)
{
    (void)state;
    for (uint32_t holder = 0; holder < 2; holder++) {
        struct seen seen = look(NULL, 0, 0, holder, NULL);
        assert_int_equal(seen.status.state, holder ? STATUS_RUNNING : STATUS_IDLE);
        says(&seen.json, holder ? "{\"status\":\"running\"," : "{\"status\":\"idle\",\"resumable\":false,");
        says_not(&seen.json, "startedAt");
        forget(&seen);
    }
}

static void a_batch_of_settled_visits_is_done_with_times_and_exit_status(void **state)
{
    (void)state;
    struct seen seen = LOOK(NOBODY, BEGIN, DONE(1, 1, 1), DONE(1, 2, 1), DONE(2, 1, 1), DONE(3, 1, 1), OVER(BATCH_COMPLETE, 0));
    assert_int_equal(seen.status.state, STATUS_DONE);
    assert_string_equal(
        str_text(&seen.json),
        "{\"batchId\":\"clinic\",\"status\":\"done\",\"outcome\":\"complete\",\"startedAt\":\"2026-11-25T13:43:01.123Z\","
        "\"finishedAt\":\"2026-11-25T13:43:03.623Z\",\"exitCode\":0,\"resumable\":false,\"runs\":1,\"total\":4,\"settled\":4,"
        "\"running\":0,\"succeeded\":4,\"failed\":0,\"needsReview\":0,\"interrupted\":0,\"notAttempted\":0,\"visitResults\":["
        "{\"patient\":\"p1\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":700,\"attempts\":1,\"settled\":true},"
        "{\"patient\":\"p1\",\"dos\":2,\"success\":true,\"outcome\":\"done\",\"duration\":700,\"attempts\":1,\"settled\":true},"
        "{\"patient\":\"p2\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":700,\"attempts\":1,\"settled\":true},"
        "{\"patient\":\"p3\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":700,\"attempts\":1,\"settled\":true}],"
        "\"lines\":[]}\n");
    forget(&seen);
}

static void a_run_without_an_end_runs_while_somebody_holds_it(void **state)
{
    (void)state;
    struct seen seen = LOOK(SOMEBODY, BEGIN, DONE(1, 1, 1), PIN(1, 2), INTENT(1, 2, 1, STEP_SAVE_SOAP));
    assert_int_equal(seen.status.state, STATUS_RUNNING);
    says(&seen.text, "clinic: running: process 4711\n");
    says(&seen.text, "  1 of 4 visits settled: 1 done, 2 not attempted\n  now at p1.v2\n");
    says(&seen.json, "\"resumable\":false,\"process\":4711,");
    says(&seen.json, "{\"patient\":\"p1\",\"dos\":2,\"success\":false,\"outcome\":\"running\",\"attempts\":0,\"settled\":false}");
    says_not(&seen.json, "exitCode");
    forget(&seen);
}

static void a_run_without_an_end_was_killed_when_nobody_holds_it(void **state)
{
    (void)state;
    struct seen seen = LOOK(NOBODY, BEGIN, DONE(1, 1, 1), PIN(1, 2), INTENT(1, 2, 1, STEP_SAVE_SOAP));
    assert_int_equal(seen.status.state, STATUS_FAILED);
    says(&seen.text, "clinic: failed: it was killed");
    says(&seen.text, "--resume --run-dir runs/1\n");
    says(&seen.json, "\"status\":\"failed\",\"outcome\":\"killed\",");
    says(&seen.json, "\"outcome\":\"interrupted\",\"attempts\":0,\"settled\":false}");
    says_not(&seen.json, "exitCode");
    says_not(&seen.json, "finishedAt");
    forget(&seen);
}

static void a_visit_between_two_attempts_is_under_way(void **state)
{
    (void)state;
    struct seen seen = LOOK(SOMEBODY, BEGIN, PIN(1, 2), RETRIED(1, 2, 1), {.type = RECORD_BREAKER, .breaker = BREAKER_CLOSED});
    says(&seen.json, "\"outcome\":\"running\",\"step\":\"saveSOAP\",\"errorKind\":\"timeout\",\"duration\":5,\"attempts\":1,");
    forget(&seen);
}

static void a_visit_left_by_an_earlier_run_is_not_the_one_under_way(void **state)
{
    (void)state;
    struct seen seen = LOOK(SOMEBODY, BEGIN, PIN(1, 2), OVER(BATCH_STOPPED, 5), BEGIN);
    assert_int_equal(seen.status.runs, 2);
    says(&seen.json, "\"running\":0,\"succeeded\":0,\"failed\":0,\"needsReview\":0,\"interrupted\":1,\"notAttempted\":3,");
    forget(&seen);
}

static void every_other_ending_has_failed_and_says_why(void **state)
{
    (void)state;
    static const struct {
        enum batch_outcome outcome;
        int exit_status;
        const char *words;
    } ends[] = {{BATCH_FATAL, 3, "session has expired"}, {BATCH_BREAKER, 4, "breaker"}, {BATCH_STOPPED, 5, "it was stopped"}};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        struct record over = OVER(ends[i].outcome, ends[i].exit_status);
        over.kind = ends[i].outcome == BATCH_FATAL ? KIND_SESSION_EXPIRED : KIND_NONE;
        const struct record records[] = {BEGIN, DONE(1, 1, 1), over};
        struct seen seen = look(records, 3, 0, NOBODY, NULL);
        assert_int_equal(seen.status.state, STATUS_FAILED);
        assert_int_equal(seen.status.exit_status, ends[i].exit_status);
        says(&seen.text, ends[i].words);
        says(&seen.text, "to go on");
        says(&seen.json, "\"resumable\":true,");
        forget(&seen);
    }
}

static void a_broken_environment_is_told_by_the_last_event_alone(void **state)
{
    (void)state;
    const char *broke = "{\"type\":\"batch_summary\",\"at\":1500,\"total\":4,\"outcome\":\"environment\"}";
    struct seen seen = LOOK_AT(0, NOBODY, broke, BEGIN);
    says(&seen.json, "\"status\":\"failed\",\"outcome\":\"environment\",\"startedAt\":\"2026-11-25T13:43:01.123Z\","
                     "\"finishedAt\":\"2026-11-25T13:43:02.623Z\",\"exitCode\":9,");
    forget(&seen);
    seen = LOOK_AT(0, SOMEBODY, broke, BEGIN);
    assert_int_equal(seen.status.state, STATUS_RUNNING);
    forget(&seen);
}

static void a_torn_line_is_not_counted(void **state)
{
    (void)state;
    const struct record records[] = {BEGIN, DONE(1, 1, 1), DONE(1, 2, 1)};
    struct seen whole = look(records, 3, 0, NOBODY, NULL), before = look(records, 2, 0, NOBODY, NULL);
    size_t line = whole.journal.len - before.journal.len;
    for (size_t torn = 1; torn <= line; torn++) {
        struct seen seen = look(records, 3, torn, NOBODY, NULL);
        assert_int_equal(seen.status.settled, 1);
        assert_int_equal(seen.status.torn_bytes, line - torn);
        forget(&seen);
    }
    assert_int_equal(whole.status.settled, 2);
    forget(&whole);
    forget(&before);
}

static void what_needs_review_is_named_before_what_failed(void **state)
{
    (void)state;
    struct seen seen = LOOK(NOBODY, BEGIN, BAD(1, 1, 1, VISIT_FAILED, KIND_PATIENT_NOT_FOUND), PIN(3, 2),
                            INTENT(3, 2, 1, STEP_GENERATE_BILLING), BAD(3, 2, 1, VISIT_NEEDS_REVIEW, KIND_TIMEOUT),
                            OVER(BATCH_COMPLETE, 8));
    assert_int_equal(seen.status.counts[VISIT_NEEDS_REVIEW], 1);
    says(&seen.text, "look at these charts before anything of theirs is billed again:\n"
                     "  p3.v2  needs_review: timeout at generateBilling, 1 attempt\n"
                     "failed:\n"
                     "  p1.v1  failed: patient_not_found at generateBilling, 1 attempt\n");
    says(&seen.json, "{\"patient\":\"p3\",\"dos\":2,\"success\":false,\"outcome\":\"needs_review\",\"step\":\"generateBilling\","
                     "\"errorKind\":\"timeout\",\"duration\":900,\"attempts\":1,\"settled\":true}");
    forget(&seen);
}

static void a_bill_that_was_asked_for_before_a_kill_is_told(void **state)
{
    (void)state;
    struct seen seen = LOOK(NOBODY, BEGIN, PIN(3, 2), INTENT(3, 2, 1, STEP_GENERATE_BILLING));
    says(&seen.text, "a bill may stand on these charts; --resume looks before it acts:\n  p3.v2  interrupted, 0 attempts\n");
    says(&seen.json, "\"settled\":false,\"maybeBilled\":true}");
    forget(&seen);
}

static void a_visit_that_the_session_ended_is_failed_and_not_settled(void **state)
{
    (void)state;
    struct seen seen = LOOK(NOBODY, BEGIN, BAD(1, 1, 1, VISIT_FAILED, KIND_SESSION_EXPIRED), OVER(BATCH_FATAL, 3));
    says(&seen.json, "\"outcome\":\"failed\",\"step\":\"generateBilling\",\"errorKind\":\"session_expired\",\"duration\":900,"
                     "\"attempts\":0,\"settled\":false}");
    says(&seen.text, "it will be tried again");
    forget(&seen);
}

static void of_many_visits_a_screen_is_shown(void **state)
{
    (void)state;
    struct record records[1 + 2 * 100] = {BEGIN};
    for (uint32_t i = 0; i < 200; i++)
        records[1 + i] = (struct record)BAD(i + 1, 1, 1, i % 2 ? VISIT_FAILED : VISIT_NEEDS_REVIEW, KIND_CONFLICT);
    struct seen seen = look(records, 201, 0, NOBODY, NULL);
    size_t lines = 0;
    for (const char *at = str_text(&seen.text); (at = strchr(at, '\n')); at++)
        lines++;
    assert_in_range(lines, 10, 26);
    says(&seen.text, "  ... and 90 more: --json lists all\n");
    says(&seen.json, "\"patient\":\"p200\"");
    forget(&seen);
}

/* What a line may do to a terminal: move, colour, name the window, ring, by C0, C1 and
   in UTF-8; and text that runs from right to left. */
static void no_control_character_reaches_a_terminal(void **state)
{
    (void)state;
    static const char hostile[] = "\x1b[2J\x1b]0;owned\x07 \r\x08\x7f\x00 \xc2\x9b" "31m \x9b" "0m \xe2\x80\xae\xff\xfe {\"a\":\"\x1b\"}\n";
    struct seen seen = {0};
    struct tail tail;
    tail_init(&tail, NULL, NULL);
    tail_feed(&tail, (struct slice){hostile, sizeof hostile - 1});
    memcpy(seen.status.batch_id, "\x1b[31m", 6);
    show(&seen, &tail, TAIL_LINES_MAX);
    for (size_t i = 0; i < seen.text.len; i++)
        if (seen.text.ptr[i] != '\n' && (seen.text.ptr[i] < ' ' || seen.text.ptr[i] > '~'))
            fail_msg("byte %zu is 0x%02x in\n%s", i, (unsigned char)seen.text.ptr[i], str_text(&seen.text));
    for (size_t i = 0; i + 1 < seen.json.len; i++)
        assert_true((unsigned char)seen.json.ptr[i] >= ' ');
    says(&seen.text, "?[2J?]0;owned?");
    tail_fini(&tail);
    forget(&seen);
}

static void the_tail_is_the_last_500_lines_however_the_pieces_fall(void **state)
{
    (void)state;
    CLEANUP_STR struct str text;
    str_init(&text, 1 << 20);
    for (int i = 0; i < 1234; i++)
        str_addf(&text, "line %d%s\n", i, i % 7 ? "" : " ........................................");
    for (size_t piece = 1; piece < 40; piece += 3) {
        struct tail tail;
        tail_init(&tail, NULL, NULL);
        for (size_t at = 0; at < text.len; at += piece)
            tail_feed(&tail, (struct slice){text.ptr + at, text.len - at < piece ? text.len - at : piece});
        assert_int_equal(tail.count, 500);
        assert_true(slice_starts(tail_at(&tail, 0), SLICE("line 734")));
        assert_true(slice_equal(tail_at(&tail, 499), SLICE("line 1233")));
        tail_fini(&tail);
    }
}

static void count_line(void *ctx, struct slice line)
{
    (void)line;
    ++*(int *)ctx;
}

static void a_line_over_64_kb_is_cut_and_shown_to_nobody(void **state)
{
    (void)state;
    static char big[TAIL_LINE_BYTES_MAX + 1];
    int read_along = 0;
    struct tail tail;
    memset(big, 'x', sizeof big);
    tail_init(&tail, &read_along, count_line);
    for (int i = 0; i < 3; i++)
        tail_feed(&tail, (struct slice){big, sizeof big});
    tail_feed(&tail, SLICE("\nafter\nopen"));
    assert_int_equal(tail.count, 2);
    assert_int_equal(read_along, 1);
    assert_int_equal(tail_at(&tail, 0).len, TAIL_LINE_BYTES_MAX);
    assert_true(slice_equal(tail_at(&tail, 1), SLICE("after")));
    tail_end(&tail);
    assert_int_equal(read_along, 2);
    tail_fini(&tail);
}

static void days_become_dates(void **state)
{
    (void)state;
    static const struct {
        int64_t us;
        const char *text;
    } times[] = {{1, "1970-01-01T00:00:00.000Z"},
                 {951782400000000, "2000-02-29T00:00:00.000Z"},
                 {1709251199999999, "2024-02-29T23:59:59.999Z"},
                 {4107542400000000, "2100-03-01T00:00:00.000Z"},
                 {253402300799999999, "9999-12-31T23:59:59.999Z"},
                 {253402300800000000, NULL},
                 {INT64_MAX, NULL}};
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct seen seen = {.status = {.state = STATUS_DONE, .started_us = times[i].us}};
        struct tail tail = {.count = 0};
        show(&seen, &tail, 0);
        if (times[i].text)
            says(&seen.json, times[i].text);
        else
            says_not(&seen.json, "startedAt");
        forget(&seen);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_empty_journal_is_idle_and_one_that_is_held_runs),
        cmocka_unit_test(a_batch_of_settled_visits_is_done_with_times_and_exit_status),
        cmocka_unit_test(a_run_without_an_end_runs_while_somebody_holds_it),
        cmocka_unit_test(a_run_without_an_end_was_killed_when_nobody_holds_it),
        cmocka_unit_test(a_visit_between_two_attempts_is_under_way),
        cmocka_unit_test(a_visit_left_by_an_earlier_run_is_not_the_one_under_way),
        cmocka_unit_test(every_other_ending_has_failed_and_says_why),
        cmocka_unit_test(a_broken_environment_is_told_by_the_last_event_alone),
        cmocka_unit_test(a_torn_line_is_not_counted),
        cmocka_unit_test(what_needs_review_is_named_before_what_failed),
        cmocka_unit_test(a_bill_that_was_asked_for_before_a_kill_is_told),
        cmocka_unit_test(a_visit_that_the_session_ended_is_failed_and_not_settled),
        cmocka_unit_test(of_many_visits_a_screen_is_shown),
        cmocka_unit_test(no_control_character_reaches_a_terminal),
        cmocka_unit_test(the_tail_is_the_last_500_lines_however_the_pieces_fall),
        cmocka_unit_test(a_line_over_64_kb_is_cut_and_shown_to_nobody),
        cmocka_unit_test(days_become_dates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
