/* Runs that are cut and gone on with: by a kill at any byte of the journal, a stop, the
   end of a session, an open breaker; and what paces a run. */
#include "tests/unit/batch_bench.h"

#include <stdlib.h>

static void assert_all_done(const struct bench *b)
{
    const struct batch_summary *s = &b->end.summary;
    assert_int_equal(b->code, ERR_OK);
    assert_int_equal(s->outcome, BATCH_COMPLETE);
    assert_int_equal(s->counts[VISIT_DONE] + s->earlier[VISIT_DONE], 3);
    for (size_t i = 0; i < b->world.chart_count; i++) {
        assert_int_equal(b->world.charts[i].code_saves, 1);
        assert_int_equal(b->world.charts[i].note_saves, 1);
        assert_int_equal(b->world.charts[i].bills, 1);
    }
}

/* The same commits as an uncut run, whatever the kill left of the line. A bill whose intent
   may have been written and whose result was not is the one thing that cannot be told. */
static void killed_in_any_commit_it_is_finished_by_the_next_run(void **state)
{
    (void)state;
    static const char *const left[] = {"0", "1", "40", "99999"};
    struct bench *b = RUN({"none", 1, FAKE_TYPED, NULL});
    uint32_t commits = b->world.commits;
    done_with(b);
    assert_true(commits > 20);
    for (uint32_t n = 1; n <= commits; n++)
        for (size_t i = 0; i < sizeof left / sizeof *left; i++) {
            struct fake_fault kill = {"commit", n, FAKE_KILL, left[i]};
            b = run_with(&kill, 1, 2);
            assert_int_equal(b->code, ERR_UNREADABLE);
            b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
            bool bill_unknown = lines_with(b, "needs_review") > 0;
            if (bill_unknown)
                assert_int_equal(b->end.summary.counts[VISIT_NEEDS_REVIEW], 1);
            else
                assert_all_done(b);
            assert_true(!bill_unknown || i == 3);
            assert_laws(b);
            done_with(b);
        }
}

static void a_second_resume_finds_nothing_to_do(void **state)
{
    (void)state;
    struct bench *b = RUN({"commit", 9, FAKE_KILL, "0"});
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_all_done(b);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_true(journal_is_finished(&b->found));
    assert_int_equal(b->world.starts, 0);
    assert_int_equal(lines_with(b, "visit_result"), 0);
    assert_int_equal(run_exit_status(&b->end.summary), 0);
    done_with(b);
}

static void what_earlier_runs_settled_is_counted_and_not_touched(void **state)
{
    (void)state;
    struct bench *b = RUN({"openVisit", 1, FAKE_TYPED, "visit_not_found"}, {"openVisit", 3, FAKE_SIGNAL, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_event(b, "\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":3,\"settled\":2,\"settledFailed\":1");
    assert_int_equal(lines_with(b, "\"type\":\"visit_start\""), 1);
    assert_int_equal(run_exit_status(&b->end.summary), 1);
    assert_event(b, "\"completed\":3,\"total\":3");
    assert_laws(b);
    done_with(b);
}

static void attempts_that_failed_stay_charged(void **state)
{
    (void)state;
    struct bench *b = RUN({"navigateICD", 1, FAKE_TYPED, "timeout"}, {"navigateICD", 2, FAKE_SIGNAL_LOST, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    b = RESUME(b, {"navigateICD", 1, FAKE_TYPED, "timeout"}, {"navigateICD", 2, FAKE_TYPED, "timeout"});
    assert_event(b, "\"type\":\"visit_start\",\"at\":10,\"patient\":\"p1\",\"dos\":1,\"attempt\":2}");
    assert_event(b, "\"outcome\":\"failed\",\"step\":\"navigateICD\",\"errorKind\":\"timeout\"");
    assert_int_equal(lines_with(b, "\"dos\":1,\"attempt\":4"), 0);
    assert_laws(b);
    done_with(b);
}

static void a_session_that_ended_costs_no_attempt_and_the_visit_is_finished_later(void **state)
{
    (void)state;
    struct bench *b = RUN({"saveSOAP", 1, FAKE_EXPIRED, NULL});
    assert_int_equal(b->end.summary.outcome, BATCH_FATAL);
    assert_true(slice_find(str_slice(&b->world.journal), SLICE("\"type\":\"latch\",\"errorKind\":\"session_expired\"")) != NULL);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_event(b, "\"dos\":1,\"attempt\":1}");
    assert_all_done(b);
    done_with(b);
}

static void a_bill_whose_answer_a_kill_lost_is_looked_at_and_not_repeated(void **state)
{
    (void)state;
    struct bench *b = RUN({"commit", 8, FAKE_KILL, "0"}); /* the bill's result */
    assert_int_equal(b->world.charts[0].bills, 1);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_all_done(b);
    assert_int_equal(fake_world_calls(&b->world, "readBilling") > 0, 1);
    assert_laws(b);
    done_with(b);
}

static void a_note_that_a_person_wrote_between_two_runs_stays(void **state)
{
    (void)state;
    for (uint32_t commit = 5; commit <= 6; commit++) { /* the note's intent, its result */
        struct fake_fault kill = {"commit", commit, FAKE_KILL, "99999"};
        struct bench *b = run_with(&kill, 1, 2);
        uint32_t saves = b->world.charts[0].note_saves;
        b = RESUME(b, {"readNote", 1, FAKE_FOREIGN_NOTE, NULL});
        assert_event(b, "\"dos\":1,\"success\":false,\"outcome\":\"failed\",\"step\":\"saveSOAP\",\"errorKind\":\"conflict\"");
        assert_int_equal(b->world.charts[0].note_saves, saves);
        done_with(b);
    }
}

static void a_chart_of_another_visit_is_known_across_runs(void **state)
{
    (void)state;
    struct bench *b = RUN({"searchPatient", 2, FAKE_SIGNAL, NULL});
    b = RESUME(b, {"openVisit", 1, FAKE_SAME_ROW, NULL});
    assert_true(lines_with(b, "\"errorKind\":\"ambiguous\"") > 0);
    assert_int_equal(b->world.charts[0].bills, 1);
    done_with(b);
}

#define EVERY(op) {op, 0, FAKE_TYPED, "timeout"}

static void the_breaker_waits_probes_and_stops(void **state)
{
    (void)state;
    struct bench *b = run_with((const struct fake_fault[]){EVERY("openVisit"), {"http", 2, FAKE_TYPED, NULL}}, 2, 0);
    assert_int_equal(lines_with(b, "\"type\":\"breaker\""), 0); /* the third visit is the last */
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 3);
    done_with(b);
    /* Ten attempts of two visits: the third finds it open. */
    static const struct fake_fault faults[] = {EVERY("openVisit"), {"http", 2, FAKE_TYPED, NULL}, {"http", 3, FAKE_TYPED, NULL},
                                               {"http", 4, FAKE_TYPED, NULL}};
    b = run_with(faults, 4, 4);
    assert_int_equal(b->end.summary.outcome, BATCH_BREAKER);
    assert_int_equal(run_exit_status(&b->end.summary), 4);
    assert_event(b, "\"state\":\"open\",\"delay\":30000}");
    assert_event(b, "\"state\":\"open\",\"delay\":60000,\"probesFailed\":1}");
    assert_event(b, "\"state\":\"open\",\"delay\":120000,\"probesFailed\":2}");
    assert_event(b, "\"state\":\"stopped\",\"probesFailed\":3}");
    assert_int_equal(lines_with(b, "\"state\":\"half_open\""), 3);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 1);
    assert_laws(b);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_int_equal(b->end.summary.counts[VISIT_DONE], 1);
    assert_int_equal(run_exit_status(&b->end.summary), 1);
    done_with(b);
}

static void a_probe_that_goes_well_lets_the_run_go_on(void **state)
{
    (void)state;
    struct bench *b = run_with((const struct fake_fault[]){EVERY("openVisit")}, 1, 4);
    assert_event(b, "\"state\":\"closed\"}");
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 3);
    assert_laws(b);
    done_with(b);
}

static void a_probe_that_meets_the_login_page_ends_the_batch(void **state)
{
    (void)state;
    struct bench *b = run_with((const struct fake_fault[]){EVERY("openVisit"), {"http", 2, FAKE_EXPIRED, NULL}}, 2, 4);
    assert_int_equal(b->end.summary.outcome, BATCH_FATAL);
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 1);
    assert_laws(b);
    done_with(b);
}

static void a_probe_waits_as_long_as_the_site_asks_up_to_two_minutes(void **state)
{
    (void)state;
    struct bench *b = run_with((const struct fake_fault[]){EVERY("openVisit"), {"http", 2, FAKE_BUSY, "100"},
                                                           {"http", 3, FAKE_BUSY, "4000"}}, 3, 4);
    assert_event(b, "\"state\":\"open\",\"delay\":100000,\"probesFailed\":1}");
    assert_event(b, "\"state\":\"open\",\"delay\":120000,\"probesFailed\":2}");
    assert_event(b, "\"state\":\"closed\"}");
    done_with(b);
}

static void a_breaker_that_is_forced_open_begins_no_visit_and_one_forced_closed_stops_none(void **state)
{
    (void)state;
    struct bench *b = run_under(NULL, 0, (struct terms){2, 1000, 0, 0, BREAKER_FORCED_OPEN});
    assert_int_equal(b->end.summary.counts[VISIT_NOT_ATTEMPTED], 3);
    assert_int_equal(b->end.summary.outcome, BATCH_BREAKER);
    done_with(b);
    b = run_under((const struct fake_fault[]){EVERY("openVisit")}, 1, (struct terms){4, 1000, 0, 0, BREAKER_FORCED_CLOSED});
    assert_int_equal(b->end.summary.counts[VISIT_FAILED], 3);
    assert_int_equal(lines_with(b, "\"type\":\"breaker\""), 0);
    done_with(b);
}

static void a_site_that_is_busy_before_the_batch_is_asked_again_when_it_says(void **state)
{
    (void)state;
    struct bench *b = RUN({"http", 1, FAKE_BUSY, "7"});
    assert_event(b, "\"type\":\"visit_start\",\"at\":7020");
    assert_all_done(b);
    done_with(b);
    b = RUN({"http", 1, FAKE_BUSY, "7"}, {"http", 2, FAKE_BUSY, "7"}, {"http", 3, FAKE_BUSY, "7"});
    assert_int_equal(b->code, ERR_ENV);
    assert_true(strstr(b->err.text, "asks to wait 7 s") != NULL);
    done_with(b);
    b = RUN({"http", 1, FAKE_BUSY, "4000"});
    assert_int_equal(b->code, ERR_ENV);
    done_with(b);
}

static int64_t at_of(const struct bench *b, const char *part)
{
    const char *hit = slice_find(str_slice(&b->events), slice_of(part));
    assert_non_null(hit);
    while (hit > b->events.ptr && hit[-1] != '\n')
        hit--;
    hit = strstr(hit, "\"at\":");
    return strtoll(hit + 5, NULL, 10);
}

static void visits_keep_their_gap(void **state)
{
    (void)state;
    struct bench *b = run_under(NULL, 0, (struct terms){2, 1000, 3000, 0, BREAKER_AUTO});
    int64_t ended = at_of(b, "\"type\":\"visit_result\""), next = at_of(b, "\"dos\":2,\"attempt\":1");
    assert_int_equal(next - ended, 3000);
    assert_all_done(b);
    done_with(b);
}

static void a_batch_that_is_out_of_time_stops_as_if_asked_and_can_be_resumed(void **state)
{
    (void)state;
    struct bench *b = run_under(NULL, 0, (struct terms){2, 1000, 0, 300, BREAKER_AUTO});
    assert_event(b, "{\"type\":\"stop\",\"at\":300,\"reason\":\"batch_timeout\"}");
    assert_int_equal(b->end.summary.outcome, BATCH_STOPPED);
    assert_event(b, "\"outcome\":\"stopped\",\"errorKind\":\"timeout\"");
    assert_int_equal(run_exit_status(&b->end.summary), 5);
    assert_laws(b);
    b = RESUME(b, {"none", 1, FAKE_TYPED, NULL});
    assert_all_done(b);
    done_with(b);
    /* The deadline falls into a wait. */
    b = run_under((const struct fake_fault[]){EVERY("openVisit")}, 1, (struct terms){2, 1000, 0, 1000, BREAKER_AUTO});
    assert_event(b, "{\"type\":\"stop\",\"at\":1000,\"reason\":\"batch_timeout\"}");
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    assert_int_equal(b->end.summary.took.us, 1010100);
    done_with(b);
}

static void one_run_at_a_time_is_in_an_account(void **state)
{
    (void)state;
    struct bench *b = RUN({"lock", 1, FAKE_HELD, NULL});
    assert_int_equal(b->code, ERR_ENV);
    assert_true(strstr(b->err.text, "another run is in this EHR account") != NULL);
    assert_string_equal(b->world.lock_name, "http://127.0.0.1:1 42");
    assert_int_equal(b->world.effects_called, 0);
    assert_int_equal(b->end.summary.counts[VISIT_INTERRUPTED], 1);
    assert_laws(b);
    done_with(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(killed_in_any_commit_it_is_finished_by_the_next_run),
        cmocka_unit_test(a_second_resume_finds_nothing_to_do),
        cmocka_unit_test(what_earlier_runs_settled_is_counted_and_not_touched),
        cmocka_unit_test(attempts_that_failed_stay_charged),
        cmocka_unit_test(a_session_that_ended_costs_no_attempt_and_the_visit_is_finished_later),
        cmocka_unit_test(a_bill_whose_answer_a_kill_lost_is_looked_at_and_not_repeated),
        cmocka_unit_test(a_note_that_a_person_wrote_between_two_runs_stays),
        cmocka_unit_test(a_chart_of_another_visit_is_known_across_runs),
        cmocka_unit_test(the_breaker_waits_probes_and_stops),
        cmocka_unit_test(a_probe_that_goes_well_lets_the_run_go_on),
        cmocka_unit_test(a_probe_that_meets_the_login_page_ends_the_batch),
        cmocka_unit_test(a_probe_waits_as_long_as_the_site_asks_up_to_two_minutes),
        cmocka_unit_test(a_breaker_that_is_forced_open_begins_no_visit_and_one_forced_closed_stops_none),
        cmocka_unit_test(a_site_that_is_busy_before_the_batch_is_asked_again_when_it_says),
        cmocka_unit_test(visits_keep_their_gap),
        cmocka_unit_test(a_batch_that_is_out_of_time_stops_as_if_asked_and_can_be_resumed),
        cmocka_unit_test(one_run_at_a_time_is_in_an_account),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
