/* When the metrics of a run are written: at its begin, at a visit's end but not twice within a
   second of the run's time, and at its end. */
#include "engine/cli/run/metrics_file.h"

#include <setjmp.h>
#include <stdarg.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/revisit-metrics-XXXXXX";
static char path[64];

/* Was it written by this line? A file that is written is another file each time, so it is
   taken away before. */
static bool writes(struct metrics_file *file, const char *line)
{
    (void)unlink(path);
    metrics_file_take(file, slice_of(line));
    return access(path, F_OK) == 0;
}

#define RESULT(at) "{\"type\":\"visit_result\",\"at\":" #at ",\"patient\":\"p1\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":9,\"attempt\":1}\n"
#define START "{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":9,\"settled\":0}\n"
#define STEP(at) "{\"type\":\"step\",\"at\":" #at ",\"patient\":\"p1\",\"dos\":1,\"attempt\":1,\"step\":\"saveSOAP\",\"duration\":5}\n"
#define SUMMARY(at) "{\"type\":\"batch_summary\",\"at\":" #at ",\"total\":9,\"outcome\":\"complete\"}\n"

static void it_is_written_once_a_second_and_at_both_ends(void **state)
{
    (void)state;
    struct metrics_file file = {.path = path, .began_us = 1000000};
    assert_true(writes(&file, START));
    assert_false(writes(&file, STEP(5000)));
    assert_true(writes(&file, RESULT(5000)));
    assert_false(writes(&file, RESULT(5999)));
    assert_true(writes(&file, RESULT(6000)));
    assert_true(writes(&file, SUMMARY(6001)));
    assert_int_equal(file.failed.code, ERR_OK);
    assert_int_equal(file.metrics.visits[VISIT_DONE], 3);
}

static void a_failure_is_kept_and_hinders_nothing(void **state)
{
    (void)state;
    struct metrics_file file = {.path = "/nowhere/m.prom"};
    metrics_file_take(&file, SLICE(START));
    metrics_file_take(&file, SLICE(RESULT(5000)));
    assert_int_equal(file.failed.code, ERR_ENV);
    assert_int_equal(file.metrics.visits[VISIT_DONE], 1);
}

static void without_a_path_nothing_is_folded(void **state)
{
    (void)state;
    struct metrics_file file = {0};
    metrics_file_take(&file, SLICE(START));
    assert_false(file.metrics.begun);
}

static void while_it_goes_on_it_is_active(void **state)
{
    (void)state;
    struct metrics_file file = {.path = path, .began_us = 1000000};
    char text[4096];
    assert_true(writes(&file, START));
    FILE *in = fopen(path, "r");
    assert_non_null(in);
    size_t length = fread(text, 1, sizeof text - 1, in);
    text[length] = '\0';
    (void)fclose(in);
    assert_non_null(strstr(text, "\nrevisit_run_active 1\n"));
    assert_non_null(strstr(text, "\nrevisit_run_last_start_timestamp_seconds 1\n"));
}

static int make_folder(void **state)
{
    (void)state;
    return mkdtemp(folder) && text_format(path, sizeof path, "%s/m.prom", folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    (void)state;
    (void)unlink(path);
    return rmdir(folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_written_once_a_second_and_at_both_ends),
        cmocka_unit_test(a_failure_is_kept_and_hinders_nothing),
        cmocka_unit_test(without_a_path_nothing_is_folded),
        cmocka_unit_test(while_it_goes_on_it_is_active),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
