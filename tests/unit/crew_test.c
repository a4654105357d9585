/* Seeds over processes: what comes back, in which order, and of those that die. And a
   violation as it is told: here the clinic is made to expect what no engine enters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/sweep/pace.h"
#include "engine/cli/sweep_violation.h"
#include "recorder/model/schedule_file.h"
#include "tests/unit/batch_text.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static struct opened_batch opened;
static struct clinic clinic;
static struct journey journey;
static struct err err;

static int set_up(void **state)
{
    (void)state;
    err_init(&err);
    assert_int_equal(batch_text_open(&opened, slice_of(BATCH_TEXT)), ERR_OK);
    assert_int_equal(batch_keep(opened.batch, &opened.arena, &err), ERR_OK);
    assert_int_equal(clinic_init(&clinic, opened.batch, NULL, &err), ERR_OK);
    journey_init(&journey, &clinic);
    return 0;
}

static int take_down(void **state)
{
    (void)state;
    journey_fini(&journey);
    clinic_fini(&clinic);
    batch_text_close(&opened);
    return 0;
}

static void take_all(uint32_t jobs, uint64_t from, uint64_t to, struct seed_result *ret_results)
{
    struct crew *crew;
    struct crew_plan plan = {.clinic = &clinic, .seed_from = from, .seed_to = to, .faults_max = 8, .jobs = jobs};
    assert_int_equal(crew_open(&plan, &crew, &err), ERR_OK);
    for (uint64_t seed = from; seed <= to; seed++) {
        bool there = false;
        while (!there)
            assert_int_equal(crew_next(crew, 1000, &ret_results[seed - from], &there, &err), ERR_OK);
        assert_int_equal(ret_results[seed - from].seed, seed);
    }
    crew_close(crew);
}

static void results_are_the_same_however_many_processes(void **state)
{
    (void)state;
    static struct seed_result alone[70], among[70];
    take_all(1, 5, 74, alone);
    take_all(3, 5, 74, among);
    for (size_t i = 0; i < 70; i++) {
        assert_int_equal(alone[i].law, INVARIANT_COUNT);
        assert_memory_equal(&alone[i], &among[i], sizeof alone[i]);
    }
    /* Seed 64 is run twice. */
    assert_int_equal(alone[59].batches, 2);
    assert_int_equal(alone[58].batches, 1);
}

static void a_law_that_is_broken_comes_back_with_what_was_seen(void **state)
{
    (void)state;
    static struct seed_result results[8];
    clinic.expected[0].note++;
    take_all(2, 1, 8, results);
    clinic.expected[0].note--;
    size_t broke = 0;
    for (size_t i = 0; i < 8; i++) {
        broke += results[i].law == INV_CHART;
        assert_true(results[i].law == INVARIANT_COUNT || strstr(results[i].where, "the note is 0"));
    }
    assert_true(broke > 0);
}

static void a_process_that_dies_is_a_violation_of_its_seed_and_the_rest_goes_on(void **state)
{
    (void)state;
    static struct seed_result results[6];
    struct expected *kept = clinic.expected;
    clinic.expected = NULL;
    take_all(2, 1, 6, results);
    clinic.expected = kept;
    size_t died = 0;
    for (size_t i = 0; i < 6; i++) {
        char said[64];
        if (!results[i].died_of)
            continue;
        died++;
        assert_int_equal(results[i].law, INV_ENDS);
        crew_death_text(results[i].died_of, said);
        assert_string_equal(results[i].where, said);
    }
    assert_true(died > 0);
}

static void deaths_have_words(void **state)
{
    (void)state;
    char text[64];
    crew_death_text(6, text);
    assert_string_equal(text, "the process died of SIGABRT");
    crew_death_text(27, text);
    assert_string_equal(text, "it took more than 60 s of processor time");
    crew_death_text(257, text);
    assert_string_equal(text, "the process ended with status 1");
}

/* stdout is the command's, and cmocka's: what is told goes elsewhere meanwhile. */
static void tell(const struct sweep_arguments *arguments, const struct violation *violation, const char *path, struct str *ret_said)
{
    char bytes[8192];
    (void)fflush(stdout);
    int kept = dup(STDOUT_FILENO), fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    assert_true(kept >= 0 && fd >= 0 && dup2(fd, STDOUT_FILENO) >= 0);
    enum err_code code = violation_tell(arguments, &journey, violation, &err);
    (void)fflush(stdout);
    (void)dup2(kept, STDOUT_FILENO);
    ssize_t size = pread(fd, bytes, sizeof bytes, 0);
    close(kept);
    close(fd);
    assert_int_equal(code, ERR_OK);
    str_add(ret_said, (struct slice){bytes, (size_t)size});
}

static void a_violation_is_told_cut_down_and_kept(void **state)
{
    (void)state;
    char dir[] = "/tmp/revisit-crew-XXXXXX", path[64], text[4096];
    struct fault faults[8];
    size_t count;
    struct str said CLEANUP_STR;
    str_init(&said, 1 << 16);
    assert_non_null(mkdtemp(dir));
    struct sweep_arguments arguments = {.path = "a day's.json", .faults_max = 8, .shrink = true, .out_dir = dir};
    assert_int_equal(fault_parse_list(SLICE("p2.v1.a1.saveSOAP:hang p1.v1.a1.saveSOAP:lost_request"), 8, faults, &count, &err), ERR_OK);
    struct violation v = {.law = INV_CHART, .where = "what was seen", .plan = {.faults = faults, .fault_count = count}, .of_seed = true};
    schedule_settle(16, &v.plan);
    assert_true(text_format(path, sizeof path, "%s/said", dir));
    clinic.expected[0].note++;
    tell(&arguments, &v, path, &said);
    clinic.expected[0].note--;
    assert_non_null(strstr(str_text(&said), "violated    chart_as_batch: the chart of a done visit"));
    assert_non_null(strstr(str_text(&said), "  seed      16, with 2 faults\n"));
    assert_non_null(strstr(str_text(&said), "  shrunk    from 2 faults to 0, in "));
    assert_non_null(strstr(str_text(&said), "  again     revisit sweep 'a day'\\''s.json' --schedule ''\n"));
    (void)unlink(path);
    assert_true(text_format(path, sizeof path, "%s/chart_as_batch-16.json", dir));
    int fd = open(path, O_RDONLY);
    ssize_t size = read(fd, text, sizeof text);
    assert_true(fd >= 0 && size > 0);
    close(fd);
    assert_int_equal(schedule_file_read((struct slice){text, (size_t)size}, 8, faults, &count, &err), ERR_OK);
    assert_int_equal(count, 0);
    (void)unlink(path);
    assert_int_equal(rmdir(dir), 0);
}

static void the_live_line_says_how_far_and_how_fast(void **state)
{
    (void)state;
    static struct cover cover = {.seeds = 412, .batches = 418};
    struct str out CLEANUP_STR;
    str_init(&out, 256);
    pace_format(1000, &cover, 6400000, &out);
    assert_string_equal(str_text(&out), "[ 412/1000] 0 violations  3,918 batches/min  64 seeds/s");
    str_clear(&out);
    cover.violations = 1;
    pace_format(1000, &cover, 0, &out);
    assert_string_equal(str_text(&out), "[ 412/1000] 1 violation  0 batches/min  0 seeds/s");
}

static void a_seed_keeps_to_its_kinds_and_to_the_most_there_may_be(void **state)
{
    (void)state;
    static struct schedule schedule;
    uint32_t kinds_sum = 0;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        bool seen[FAULT_KIND_COUNT] = {false};
        uint32_t max = 1 + seed % MODEL_FAULTS_MAX;
        schedule_random(seed, opened.batch, max, &schedule);
        assert_true(schedule.count >= 1 && schedule.count <= max);
        for (size_t i = 0; i < schedule.count; i++) {
            uint32_t patient = schedule.faults[i].patient;
            assert_true(fault_applies(schedule.faults[i].kind, schedule.faults[i].target));
            assert_true(patient == FAULT_OUTSIDE || patient <= opened.batch->patient_count);
            kinds_sum += !seen[schedule.faults[i].kind];
            seen[schedule.faults[i].kind] = true;
        }
    }
    /* Of 34 kinds and tens of faults, were they drawn from all of them, more would be met. */
    assert_true(kinds_sum > 200 && kinds_sum < 200 * 16);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(results_are_the_same_however_many_processes),
        cmocka_unit_test(a_law_that_is_broken_comes_back_with_what_was_seen),
        cmocka_unit_test(a_process_that_dies_is_a_violation_of_its_seed_and_the_rest_goes_on),
        cmocka_unit_test(deaths_have_words),
        cmocka_unit_test(a_violation_is_told_cut_down_and_kept),
        cmocka_unit_test(the_live_line_says_how_far_and_how_fast),
        cmocka_unit_test(a_seed_keeps_to_its_kinds_and_to_the_most_there_may_be),
    };
    return cmocka_run_group_tests_name("crew", tests, set_up, take_down);
}
