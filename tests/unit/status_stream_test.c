/* Where a batch stands, by its event log: as it was printed, cut at every byte, in pieces of
   every size, between other lines, and by lines that mean no good. */
#include "tests/unit/batch_bench.h"

#include "engine/report/status_stream.h"

struct folded {
    uint64_t events;
    struct status status;
};

static void take_line(void *ctx, struct slice line)
{
    status_stream_take(ctx, line);
}

static struct folded fold_in_pieces(struct slice text, size_t piece)
{
    struct status_stream stream = {0};
    struct folded folded;
    struct tail tail;
    struct err err;
    err_init(&err);
    tail_init(&tail, &stream, take_line);
    for (size_t at = 0; at < text.len; at += piece)
        tail_feed(&tail, (struct slice){text.ptr + at, text.len - at < piece ? text.len - at : piece});
    tail_end(&tail);
    folded.events = stream.events;
    assert_int_equal(status_stream_end(&stream, &folded.status, &err), ERR_OK);
    status_stream_fini(&stream);
    tail_fini(&tail);
    return folded;
}

static struct folded fold(const char *text)
{
    return fold_in_pieces(slice_of(text), SIZE_MAX / 2);
}

static void take_piece(void *ctx, struct slice piece)
{
    str_add(ctx, piece);
}

/* All that is told, but the lines. */
static struct str json_of(const struct status *status)
{
    struct str json;
    struct tail none = {.count = 0};
    str_init(&json, 1 << 20);
    assert_true(status_print_json(status, &none, &(struct status_sink){&json, take_piece}));
    return json;
}

static void assert_tells(const char *text, const char *part)
{
    struct folded folded = fold(text);
    struct str json = json_of(&folded.status);
    if (!strstr(str_text(&json), part))
        fail_msg("%s\nis not in\n%s", part, str_text(&json));
    str_fini(&json);
    status_fini(&folded.status);
}

#define START "{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":3,\"settled\":0}\n"
#define VISIT(p, d, n) "{\"type\":\"visit_start\",\"at\":1,\"patient\":\"p" #p "\",\"dos\":" #d ",\"attempt\":" #n "}\n"
#define RESULT(p, d, rest) "{\"type\":\"visit_result\",\"at\":9,\"patient\":\"p" #p "\",\"dos\":" #d "," rest "}\n"
#define IS_DONE "\"success\":true,\"outcome\":\"done\",\"duration\":7,\"attempt\":1"
#define FOR_REVIEW \
    "\"success\":false,\"outcome\":\"needs_review\",\"step\":\"generateBilling\",\"errorKind\":\"timeout\",\"duration\":7,\"attempt\":2"
#define SUMMARY(counts, outcome) \
    "{\"type\":\"batch_summary\",\"at\":20,\"total\":3," counts ",\"totalMs\":20,\"outcome\":\"" outcome "\"}\n"

static void no_event_is_idle(void **state)
{
    (void)state;
    assert_tells("", "\"status\":\"idle\"");
    assert_tells("make: nothing to be done\n{}\n{\"type\":\"else\"}\n", "\"status\":\"idle\"");
}

static void a_log_with_its_summary_is_done_with_the_exit_status_of_the_run(void **state)
{
    (void)state;
    assert_tells(START VISIT(1, 1, 1) RESULT(1, 1, IS_DONE) SUMMARY("\"succeeded\":3,\"failed\":0,\"settled\":0", "complete"),
                 "\"status\":\"done\",\"outcome\":\"complete\",\"exitCode\":0,");
    assert_tells(START SUMMARY("\"succeeded\":2,\"failed\":1,\"settled\":0", "complete"), "\"exitCode\":1,");
    assert_tells(START SUMMARY("\"succeeded\":1,\"failed\":1,\"needsReview\":1,\"settled\":0", "complete"), "\"exitCode\":8,");
    assert_tells(START SUMMARY("\"succeeded\":1,\"interrupted\":1,\"notAttempted\":1,\"settled\":0", "stopped"),
                 "\"status\":\"failed\",\"outcome\":\"stopped\",\"exitCode\":5,\"resumable\":true,");
    assert_tells(START SUMMARY("\"notAttempted\":3,\"settled\":0", "environment"), "\"exitCode\":9,");
}

static void a_log_without_its_summary_was_cut(void **state)
{
    (void)state;
    assert_tells(START VISIT(1, 1, 1) RESULT(1, 1, FOR_REVIEW) VISIT(1, 2, 1) VISIT(1, 2, 2),
                 "{\"status\":\"failed\",\"outcome\":\"cut\",\"resumable\":true,\"runs\":1,\"total\":3,\"settled\":1,\"running\":0,"
                 "\"succeeded\":0,\"failed\":0,\"needsReview\":1,\"interrupted\":1,\"notAttempted\":1,\"visitResults\":["
                 "{\"patient\":\"p1\",\"dos\":1,\"success\":false,\"outcome\":\"needs_review\",\"step\":\"generateBilling\","
                 "\"errorKind\":\"timeout\",\"duration\":7,\"attempts\":2,\"settled\":true},"
                 "{\"patient\":\"p1\",\"dos\":2,\"success\":false,\"outcome\":\"interrupted\",\"attempts\":1,\"settled\":false}]");
}

#define RESUMED \
    "{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":3,\"settled\":2,\"settledNeedsReview\":1}\n"

static void of_several_runs_the_last_is_told_and_earlier_visits_count(void **state)
{
    (void)state;
    const char *counted = "\"runs\":2,\"total\":3,\"settled\":3,\"running\":0,\"succeeded\":2,\"failed\":0,\"needsReview\":1,"
                          "\"interrupted\":0,\"notAttempted\":0,";
    assert_tells(START RESULT(1, 1, IS_DONE) RESULT(1, 2, FOR_REVIEW) VISIT(2, 1, 1) RESUMED VISIT(2, 1, 1) RESULT(2, 1, IS_DONE),
                 counted);
    assert_tells(START RESULT(1, 1, IS_DONE) RESULT(1, 2, FOR_REVIEW) VISIT(2, 1, 1) RESUMED VISIT(2, 1, 1) RESULT(2, 1, IS_DONE)
                     SUMMARY("\"succeeded\":1,\"settled\":2", "complete"),
                 counted);
    assert_tells(RESUMED RESULT(2, 1, IS_DONE) SUMMARY("\"succeeded\":1,\"settled\":2", "complete"),
                 "\"exitCode\":8,\"resumable\":false,\"runs\":1,\"total\":3,\"settled\":3,");
    assert_tells(RESULT(2, 1, IS_DONE) SUMMARY("\"succeeded\":1,\"settled\":2", "complete"),
                 "\"status\":\"done\",\"outcome\":\"complete\",\"resumable\":false,");
}

/* Real logs, of the whole engine over a door that misbehaves. */
static const struct fake_fault faults[] = {{"generateBilling", 1, FAKE_LOST_BILL, NULL}};

static struct bench *recorded(void)
{
    return run_with(faults, 1, 2);
}

static void a_log_cut_anywhere_tells_what_its_whole_lines_say(void **state)
{
    (void)state;
    struct bench *b = recorded();
    struct slice whole = str_slice(&b->events);
    uint64_t lines = 0;
    for (size_t len = 0; len <= whole.len; len++) {
        lines += len && whole.ptr[len - 1] == '\n';
        struct folded folded = fold_in_pieces((struct slice){whole.ptr, len}, SIZE_MAX / 2);
        bool unfinished = len < whole.len && whole.ptr[len] == '\n'; /* whole but for its newline */
        if (folded.events != lines + unfinished)
            fail_msg("cut at %zu: %llu events, %llu whole lines", len, (unsigned long long)folded.events, (unsigned long long)lines);
        assert_int_equal(folded.status.state, !folded.events          ? STATUS_IDLE
                                              : len + 1 < whole.len ? STATUS_FAILED
                                                                    : STATUS_DONE);
        status_fini(&folded.status);
    }
    done_with(b);
}

static void pieces_of_any_size_make_the_same(void **state)
{
    (void)state;
    struct bench *b = recorded();
    struct folded whole = fold_in_pieces(str_slice(&b->events), SIZE_MAX / 2);
    struct str want = json_of(&whole.status);
    for (size_t piece = 1; piece < 300; piece++) {
        struct folded folded = fold_in_pieces(str_slice(&b->events), piece);
        struct str got = json_of(&folded.status);
        assert_string_equal(str_text(&got), str_text(&want));
        str_fini(&got);
        status_fini(&folded.status);
    }
    str_fini(&want);
    status_fini(&whole.status);
    done_with(b);
}

static void other_lines_between_change_nothing(void **state)
{
    (void)state;
    static const char *const noise[] = {"revisit: run directory /x", "", "{", "{}", "{\"type\":\"visit_result\"", "[1,2]", " {\"type\":\"stop\"}",
                                        "{\"type\":\"visit_result\"}", "{\"type\":7}", "{\"type\":\"batch_summary\\u0000\"}", "\x1b[31m{", "\xff\xfe",
                                        "{\"type\":\"retry\",\"type\":\"retry\"}", "{\"type\":\"visit_start\",\"patient\":\"Smith\",\"dos\":1}"};
    struct bench *b = recorded();
    struct folded plain = fold_in_pieces(str_slice(&b->events), SIZE_MAX / 2);
    CLEANUP_STR struct str mixed;
    str_init(&mixed, 1 << 20);
    size_t next = 0;
    for (const char *at = b->events.ptr, *newline; (newline = memchr(at, '\n', (size_t)(b->events.ptr + b->events.len - at))); at = newline + 1) {
        str_add(&mixed, (struct slice){at, (size_t)(newline - at) + 1});
        str_add_text(&mixed, noise[next++ % (sizeof noise / sizeof *noise)]);
        str_add_char(&mixed, '\n');
    }
    struct folded folded = fold_in_pieces(str_slice(&mixed), SIZE_MAX / 2);
    struct str want = json_of(&plain.status), got = json_of(&folded.status);
    assert_string_equal(str_text(&got), str_text(&want));
    str_fini(&got);
    str_fini(&want);
    status_fini(&plain.status);
    status_fini(&folded.status);
    done_with(b);
}

static void numbers_that_no_log_holds_are_none(void **state)
{
    (void)state;
    assert_tells("{\"type\":\"batch_start\",\"total\":-5,\"settled\":99999999999}\n", "\"total\":0,\"settled\":0,");
    assert_tells(START RESULT(4294967296, 1, IS_DONE) RESULT(0, 1, IS_DONE) RESULT(1, 0, IS_DONE), "\"visitResults\":[]");
    assert_tells(START RESULT(1, 1, "\"outcome\":\"done\",\"duration\":-1,\"attempt\":1e3"),
                 "\"outcome\":\"done\",\"duration\":0,\"attempts\":0,");
}

static void more_visits_than_a_batch_has_are_refused_and_repeated_ones_are_not(void **state)
{
    (void)state;
    struct status_stream stream = {0};
    struct status status;
    struct err err;
    err_init(&err);
    for (uint32_t i = 0; i < 5 * STATUS_VISITS_MAX; i++) {
        char line[160];
        assert_true(text_format(line, sizeof line, "{\"type\":\"visit_result\",\"patient\":\"p%u\",\"dos\":1,\"outcome\":\"done\"}",
                                i % 1000 + 1));
        status_stream_take(&stream, slice_of(line));
    }
    assert_in_range(stream.status.visit_capacity, 1000, 4096);
    for (uint32_t i = 0; i < 3 * STATUS_VISITS_MAX && !stream.full; i++) {
        char line[160];
        assert_true(text_format(line, sizeof line, "{\"type\":\"visit_result\",\"patient\":\"p%u\",\"dos\":1,\"outcome\":\"done\"}", i + 1));
        status_stream_take(&stream, slice_of(line));
    }
    assert_int_equal(status_stream_end(&stream, &status, &err), ERR_INPUT);
    status_stream_fini(&stream);
}

static void journal_and_log_of_one_run_tell_the_same(void **state)
{
    (void)state;
    struct bench *b = recorded();
    struct journal journal;
    struct status by_journal;
    struct err err;
    err_init(&err);
    assert_int_equal(journal_fold(str_slice(&b->world.journal), &journal, &err), ERR_OK);
    assert_int_equal(status_of_journal(str_slice(&b->world.journal), &journal, 0, &by_journal, &err), ERR_OK);
    struct folded by_log = fold_in_pieces(str_slice(&b->events), SIZE_MAX / 2);
    assert_int_equal(by_journal.state, by_log.status.state);
    assert_int_equal(by_journal.outcome, by_log.status.outcome);
    assert_int_equal(by_journal.exit_status, by_log.status.exit_status);
    assert_int_equal(by_journal.settled, by_log.status.settled);
    assert_memory_equal(by_journal.counts, by_log.status.counts, sizeof by_journal.counts);
    assert_int_equal(by_journal.visit_count, by_log.status.visit_count);
    for (size_t i = 0; i < by_journal.visit_count; i++) {
        const struct status_visit *a = &by_journal.visits[i], *z = &by_log.status.visits[i];
        assert_int_equal(a->visit.patient, z->visit.patient);
        assert_int_equal(a->visit.dos, z->visit.dos);
        assert_int_equal(a->outcome, z->outcome);
        assert_int_equal(a->kind, z->kind);
        assert_int_equal(a->attempts, z->attempts);
        assert_int_equal(a->settled, z->settled);
    }
    journal_fini(&journal);
    status_fini(&by_journal);
    status_fini(&by_log.status);
    done_with(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_event_is_idle),
        cmocka_unit_test(a_log_with_its_summary_is_done_with_the_exit_status_of_the_run),
        cmocka_unit_test(a_log_without_its_summary_was_cut),
        cmocka_unit_test(of_several_runs_the_last_is_told_and_earlier_visits_count),
        cmocka_unit_test(a_log_cut_anywhere_tells_what_its_whole_lines_say),
        cmocka_unit_test(pieces_of_any_size_make_the_same),
        cmocka_unit_test(other_lines_between_change_nothing),
        cmocka_unit_test(numbers_that_no_log_holds_are_none),
        cmocka_unit_test(more_visits_than_a_batch_has_are_refused_and_repeated_ones_are_not),
        cmocka_unit_test(journal_and_log_of_one_run_tell_the_same),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
