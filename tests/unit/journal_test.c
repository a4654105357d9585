/* The journal as text and as a fold: every record comes back as it was written, what
   cannot follow is refused, a torn end is dropped and damage is not. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/batch/journal.h"
#include "engine/world/journal_line.h"

static const struct run_start start = {.batch_id = "t", .batch_hash = 0x1122334455667788, .plan_hash = 7, .total = 2,
                                       .wall_us = 1700000000000000, .settings = "{\"max_retries\":2}"};

/* Records, as lines that follow each other. */
static struct str journal_of(const struct record *records, size_t count)
{
    struct str text, scratch;
    str_init(&text, 1 << 20);
    str_init(&scratch, RECORD_BYTES_MAX);
    for (size_t i = 0; i < count; i++)
        journal_line_format(&text, i + 1, record_format(&records[i], &scratch));
    str_fini(&scratch);
    return text;
}

#define BEGIN {.type = RECORD_RUN_START, .start = &start}
#define PIN(p, d) {.type = RECORD_PINNED, .visit = {p, d}, .row_id = "trt1", .visit_id = "9"}
#define INTENT(p, d, n, s) {.type = RECORD_INTENT, .visit = {p, d}, .attempt = n, .step = s}
#define RESULT(p, d, n, s, v) {.type = RECORD_RESULT, .visit = {p, d}, .attempt = n, .step = s, .verdict = v}
#define FAILED(p, d, n) \
    {.type = RECORD_ATTEMPT_END, .visit = {p, d}, .attempt = n, .kind = KIND_TIMEOUT, .step = STEP_SAVE_SOAP, .ms = 5}
#define ENDED(p, d, n, o) {.type = RECORD_ATTEMPT_END, .visit = {p, d}, .attempt = n, .has_outcome = true, .outcome = o, .ms = 5}
#define OVER {.type = RECORD_RUN_END, .ms = 99, .ended = BATCH_STOPPED, .exit_status = 5}

/* The fold of these records; where they cannot follow each other, the error. */
static enum err_code fold(const struct record *records, size_t count, struct journal *ret_journal, struct err *err)
{
    struct str text = journal_of(records, count);
    err_init(err);
    enum err_code code = journal_fold(str_slice(&text), ret_journal, err);
    str_fini(&text);
    return code;
}

#define FOLD(journal, err, ...)                                                                                        \
    ({                                                                                                                 \
        const struct record records_[] = {__VA_ARGS__};                                                                \
        fold(records_, sizeof records_ / sizeof *records_, journal, err);                                              \
    })

static void every_record_is_read_as_it_was_written(void **state)
{
    (void)state;
    struct record records[] = {
        BEGIN, PIN(3, 12), INTENT(3, 12, 1, STEP_GENERATE_BILLING), RESULT(3, 12, 1, STEP_GENERATE_BILLING, VERDICT_NOT_BEGUN),
        FAILED(3, 12, 1), ENDED(3, 12, 2, VISIT_NEEDS_REVIEW), {.type = RECORD_LATCH, .kind = KIND_SESSION_EXPIRED},
        {.type = RECORD_BREAKER, .breaker = BREAKER_HALF_OPEN, .probe = 2}, OVER,
    };
    struct str scratch, again;
    str_init(&scratch, RECORD_BYTES_MAX);
    str_init(&again, RECORD_BYTES_MAX);
    for (size_t i = 0; i < sizeof records / sizeof *records; i++) {
        struct run_start begun;
        struct record read;
        struct slice text = record_format(&records[i], &scratch);
        assert_true(record_parse(text, &begun, &read));
        struct slice same = record_format(&read, &again);
        assert_int_equal(text.len, same.len);
        assert_memory_equal(text.ptr, same.ptr, text.len);
    }
    str_fini(&scratch);
    str_fini(&again);
}

static void a_record_is_the_text_that_the_header_says(void **state)
{
    (void)state;
    struct record record = FAILED(3, 12, 1);
    struct str scratch;
    str_init(&scratch, RECORD_BYTES_MAX);
    struct slice text = record_format(&record, &scratch);
    str_add_char(&scratch, '\0');
    assert_string_equal(text.ptr, "\"type\":\"attempt_end\",\"patient\":3,\"dos\":12,\"attempt\":1,\"step\":\"saveSOAP\","
                                  "\"errorKind\":\"timeout\",\"duration\":5");
    str_fini(&scratch);
}

static void attempts_are_charged_unless_a_stop_or_the_session_cut_them(void **state)
{
    (void)state;
    struct journal j;
    struct err err;
    assert_int_equal(FOLD(&j, &err, BEGIN, PIN(1, 1), FAILED(1, 1, 1), ENDED(1, 1, 2, VISIT_INTERRUPTED), OVER, BEGIN,
                          {.type = RECORD_ATTEMPT_END, .visit = {1, 1}, .attempt = 2, .kind = KIND_SESSION_EXPIRED,
                           .has_outcome = true, .outcome = VISIT_FAILED},
                          {.type = RECORD_LATCH, .kind = KIND_SESSION_EXPIRED}),
                     ERR_OK);
    const struct visit_state *visit = journal_find(&j, (struct visit_label){1, 1});
    assert_int_equal(visit->attempts, 1);
    assert_false(visit->settled);
    assert_true(j.latched);
    assert_int_equal(j.runs, 2);
    assert_false(j.ended);
    assert_null(journal_find(&j, (struct visit_label){1, 2}));
    journal_fini(&j);
}

static void a_run_is_finished_when_every_visit_of_the_batch_is_settled(void **state)
{
    (void)state;
    struct journal j;
    struct err err;
    assert_int_equal(FOLD(&j, &err, BEGIN, ENDED(1, 1, 1, VISIT_DONE)), ERR_OK);
    assert_false(journal_is_finished(&j));
    journal_fini(&j);
    assert_int_equal(FOLD(&j, &err, BEGIN, ENDED(1, 1, 1, VISIT_DONE), ENDED(1, 2, 1, VISIT_NEEDS_REVIEW)), ERR_OK);
    assert_true(journal_is_finished(&j));
    assert_int_equal(journal_count(&j, VISIT_NEEDS_REVIEW), 1);
    journal_fini(&j);
}

/* Each list ends in the record that cannot follow. */
static void what_cannot_follow_is_refused_with_its_line(void **state)
{
    (void)state;
    static const struct record lists[][5] = {
        {PIN(1, 1)},
        {BEGIN, OVER, PIN(1, 1)},
        {BEGIN, INTENT(1, 1, 1, STEP_SAVE_SOAP)},
        {BEGIN, PIN(1, 1), INTENT(1, 1, 2, STEP_SAVE_SOAP)},
        {BEGIN, PIN(1, 1), INTENT(1, 1, 1, STEP_OPEN_VISIT)},
        {BEGIN, PIN(1, 1), RESULT(1, 1, 1, STEP_SAVE_SOAP, VERDICT_PROVED)},
        {BEGIN, PIN(1, 1), INTENT(1, 1, 1, STEP_GENERATE_BILLING), INTENT(1, 1, 1, STEP_GENERATE_BILLING)},
        {BEGIN, ENDED(1, 1, 1, VISIT_DONE), PIN(1, 1)},
        {BEGIN, ENDED(1, 1, 2, VISIT_DONE)},
        {BEGIN, FAILED(1, 1, 1), FAILED(1, 1, 1)},
        {BEGIN, PIN(1, 1), {.type = RECORD_PINNED, .visit = {1, 1}, .row_id = "trt1", .visit_id = "10"}},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        struct journal j;
        struct err err;
        char line[32];
        size_t count = 0;
        while (count < 5 && (lists[i][count].type != RECORD_RUN_START || lists[i][count].start))
            count++;
        if (fold(lists[i], count, &j, &err) != ERR_INTEGRITY)
            fail_msg("list %zu was taken", i);
        assert_true(text_format(line, sizeof line, "line %zu: ", count));
        assert_true(strncmp(err.text, line, strlen(line)) == 0);
        journal_fini(&j);
    }
}

static void cut_anywhere_it_is_a_prefix_and_says_what_was_torn(void **state)
{
    (void)state;
    static const struct record records[] = {BEGIN, PIN(1, 1), INTENT(1, 1, 1, STEP_SAVE_SOAP), FAILED(1, 1, 1)};
    struct str text = journal_of(records, 4);
    for (size_t cut = 0; cut <= text.len; cut++) {
        struct journal j;
        struct err err;
        err_init(&err);
        size_t lines = 0, whole = 0;
        for (size_t i = 0; i < cut; i++)
            if (text.ptr[i] == '\n') {
                lines++;
                whole = i + 1;
            }
        assert_int_equal(journal_fold((struct slice){text.ptr, cut}, &j, &err), ERR_OK);
        assert_int_equal(j.records, lines);
        assert_int_equal(j.torn_bytes, cut - whole);
        journal_fini(&j);
    }
    str_fini(&text);
}

static void damage_before_a_sound_line_and_a_missing_line_are_told(void **state)
{
    (void)state;
    static const struct record records[] = {BEGIN, PIN(1, 1), FAILED(1, 1, 1)};
    struct str text = journal_of(records, 3);
    struct journal j;
    struct err err;
    err_init(&err);
    char *second = strchr(text.ptr, '\n') + 1, *third = strchr(second, '\n') + 1;
    second[20] ^= 1;
    assert_int_equal(journal_fold(str_slice(&text), &j, &err), ERR_INTEGRITY);
    assert_true(strstr(err.text, "line 2 ") != NULL);
    journal_fini(&j);
    memmove(second, third, strlen(third) + 1);
    err_init(&err);
    assert_int_equal(journal_fold(slice_of(text.ptr), &j, &err), ERR_INTEGRITY);
    journal_fini(&j);
    str_fini(&text);
}

static void many_visits_are_found_again(void **state)
{
    (void)state;
    enum { VISITS = 3000 };
    static struct record records[VISITS + 1] = {BEGIN};
    for (uint32_t i = 1; i <= VISITS; i++)
        records[i] = (struct record)ENDED(i / 7 + 1, i % 7 + 1, 1, i % 3 ? VISIT_DONE : VISIT_FAILED);
    struct journal j;
    struct err err;
    assert_int_equal(fold(records, VISITS + 1, &j, &err), ERR_OK);
    assert_int_equal(j.visit_count, VISITS);
    for (uint32_t i = 1; i <= VISITS; i++) {
        const struct visit_state *visit = journal_find(&j, (struct visit_label){i / 7 + 1, i % 7 + 1});
        assert_non_null(visit);
        assert_int_equal(visit->outcome, i % 3 ? VISIT_DONE : VISIT_FAILED);
    }
    journal_fini(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_record_is_read_as_it_was_written),
        cmocka_unit_test(a_record_is_the_text_that_the_header_says),
        cmocka_unit_test(attempts_are_charged_unless_a_stop_or_the_session_cut_them),
        cmocka_unit_test(a_run_is_finished_when_every_visit_of_the_batch_is_settled),
        cmocka_unit_test(what_cannot_follow_is_refused_with_its_line),
        cmocka_unit_test(cut_anywhere_it_is_a_prefix_and_says_what_was_torn),
        cmocka_unit_test(damage_before_a_sound_line_and_a_missing_line_are_told),
        cmocka_unit_test(many_visits_are_found_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
