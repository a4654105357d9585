/* The report's model: its figures against the batch_summary and the summary of the same logs,
   the rule for proposed timeouts, and that nothing of a hostile log comes through. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
/* cmocka wants the four above first */
#include <cmocka.h>

#include "engine/cli/input_file.h"
#include "engine/report/report.h"
#include "engine/report/summary.h"

#include <dirent.h>
#include <jansson.h>

#define LOG_MAX ((size_t)16 << 20)

/* The text of the model of a log. */
static struct str model_of(struct slice text)
{
    struct explain_log log = {0};
    struct str model;
    struct err err;
    err_init(&err);
    str_init(&model, LOG_MAX);
    for (const char *end; (end = memchr(text.ptr, '\n', text.len)) != NULL;) {
        explain_log_take(&log, (struct slice){text.ptr, (size_t)(end - text.ptr)});
        text = (struct slice){end + 1, text.len - (size_t)(end + 1 - text.ptr)};
    }
    explain_log_judge(&log, 1000);
    struct report_run run = {.path = "a log", .log = &log, .multiplier_thousandths = 1000};
    assert_int_equal(report_model(&run, 1, "1", &model, &err), ERR_OK);
    explain_log_fini(&log);
    return model;
}

static json_t *run_of(struct slice text)
{
    CLEANUP_STR struct str model = model_of(text);
    json_auto_t *root = json_loadb(model.ptr, model.len, 0, NULL);
    assert_non_null(root);
    return json_incref(json_array_get(json_object_get(root, "runs"), 0));
}

static int64_t count_of(const json_t *run, const char *key)
{
    const json_t *count = json_object_get(json_object_get(run, "counts"), key);
    assert_non_null(count);
    return json_integer_value(count);
}

static void assert_sums(const char *path, struct slice text, const json_t *run)
{
    struct summary summary;
    summary_init(&summary);
    for (const char *end; (end = memchr(text.ptr, '\n', text.len)) != NULL;) {
        summary_take(&summary, (struct slice){text.ptr, (size_t)(end - text.ptr)});
        text = (struct slice){end + 1, text.len - (size_t)(end + 1 - text.ptr)};
    }
    print_message("%s\n", path);
    assert_int_equal(count_of(run, "total"), summary.total);
    assert_int_equal(count_of(run, "done"), summary.done);
    assert_int_equal(count_of(run, "doneByRetry"), summary.retried_done);
    assert_int_equal(count_of(run, "retries"), summary.retries);
    if (summary.ended) {
        assert_int_equal(count_of(run, "failed"), summary.failed);
        assert_int_equal(count_of(run, "needs_review"), summary.needs_review);
        assert_int_equal(count_of(run, "interrupted"), summary.interrupted);
        assert_int_equal(count_of(run, "not_attempted"), summary.not_attempted);
        assert_int_equal(count_of(run, "unseen"), summary.settled);
        assert_int_equal(count_of(run, "totalMs"), summary.total_ms);
    }
    json_t *row;
    size_t i, of_steps = 0;
    json_array_foreach(json_object_get(run, "steps"), i, row)
        of_steps += (size_t)(json_integer_value(json_object_get(row, "n")) + json_integer_value(json_object_get(row, "failed")));
    for (size_t k = 0; k < summary.step_count; k++)
        of_steps -= summary.steps[k].count;
    assert_int_equal(of_steps, 0);
    summary_fini(&summary);
}

static void the_figures_are_those_of_the_log(void **state)
{
    (void)state;
    uint32_t seen = 0;
    DIR *dir = opendir("fixtures");
    assert_non_null(dir);
    for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
        char path[512];
        CLEANUP_STR struct str text;
        struct err err;
        err_init(&err);
        str_init(&text, LOG_MAX);
        assert_true(text_format(path, sizeof path, "fixtures/%s/events.ndjson", entry->d_name));
        if (entry->d_name[0] == '.' || input_file_read(path, &text, &err) != ERR_OK || memchr(text.ptr, '{', text.len) == NULL)
            continue;
        json_auto_t *run = run_of(str_slice(&text));
        assert_sums(path, str_slice(&text), run);
        seen++;
    }
    closedir(dir);
    assert_true(seen >= 10);
}

static void a_log_of_two_runs_counts_each_visit_once(void **state)
{
    (void)state;
    json_auto_t *run = run_of(SLICE(
        "{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":2,\"settled\":0}\n"
        "{\"type\":\"visit_start\",\"at\":5,\"patient\":\"p1\",\"dos\":1,\"attempt\":1}\n"
        "{\"type\":\"visit_result\",\"at\":900,\"patient\":\"p1\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":895,\"attempt\":1}\n"
        "{\"type\":\"visit_result\",\"at\":900,\"patient\":\"p2\",\"dos\":1,\"success\":false,\"outcome\":\"interrupted\",\"duration\":0,\"attempt\":0}\n"
        "{\"type\":\"batch_start\",\"at\":0,\"format\":1,\"total\":2,\"settled\":1}\n"
        "{\"type\":\"visit_start\",\"at\":7,\"patient\":\"p2\",\"dos\":1,\"attempt\":1}\n"
        "{\"type\":\"visit_result\",\"at\":700,\"patient\":\"p2\",\"dos\":1,\"success\":true,\"outcome\":\"done\",\"duration\":693,\"attempt\":1}\n"
        "{\"type\":\"batch_summary\",\"at\":700,\"totalMs\":700,\"outcome\":\"complete\"}\n"));
    assert_int_equal(count_of(run, "done"), 2);
    assert_int_equal(count_of(run, "interrupted"), 0);
    assert_int_equal(count_of(run, "unseen"), 0);
    assert_int_equal(json_integer_value(json_object_get(run, "endMs")), 900 + 2000 + 700);
}

/* A model of a log in which each text that can be another one is `evil`. */
static struct str model_with(const char *evil)
{
    CLEANUP_STR struct str text;
    str_init(&text, 65536);
    static const char *const lines[] = {
        "{\"type\":\"batch_start\",\"at\":0,\"total\":1,\"E\":\"E\"}", "{\"type\":\"visit_start\",\"at\":1,\"patient\":\"p1\",\"dos\":1,\"attempt\":1,\"E\":1}",
        "{\"type\":\"step\",\"at\":2,\"patient\":\"p1\",\"dos\":1,\"attempt\":1,\"step\":\"E\",\"duration\":1,\"errorKind\":\"E\"}",
        "{\"type\":\"dialog\",\"at\":2,\"dialog\":\"E\",\"kind\":\"E\",\"length\":4,\"answer\":\"E\"}", "{\"type\":\"browser\",\"at\":2,\"state\":\"E\"}",
        "{\"type\":\"breaker\",\"at\":2,\"state\":\"E\"}", "{\"type\":\"E\",\"at\":2,\"patient\":\"E\"}",
        "{\"type\":\"visit_result\",\"at\":3,\"patient\":\"p1\",\"dos\":1,\"outcome\":\"failed\",\"step\":\"E\",\"errorKind\":\"E\",\"error\":\"E\",\"attempt\":1}",
        "{\"type\":\"batch_summary\",\"at\":4,\"outcome\":\"E\",\"errorKind\":\"E\"}"};
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        for (const char *at = lines[i]; *at; at++)
            if (*at == 'E')
                str_add_text(&text, evil);
            else
                str_add_char(&text, *at);
        str_add_char(&text, '\n');
    }
    return model_of(str_slice(&text));
}

static void nothing_of_a_hostile_log_comes_through(void **state)
{
    (void)state;
    CLEANUP_STR struct str markup = model_with("</script><script>zedson\\u2028'\\\""), name = model_with("zedson");
    assert_null(strstr(str_text(&markup), "zedson"));
    assert_null(strstr(str_text(&markup), "script>"));
    assert_null(strstr(str_text(&name), "zedson"));
    assert_non_null(strstr(str_text(&name), "\"outcome\":\"failed\""));
}

static void in_the_page_no_data_is_markup(void **state)
{
    (void)state;
    CLEANUP_STR struct str page;
    str_init(&page, LOG_MAX);
    report_page(SLICE("{\"a\":\"</script><b>@STYLE@<!--\"}"), &page);
    assert_non_null(strstr(str_text(&page), "{\"a\":\"\\u003c/script>\\u003cb>@STYLE@\\u003c!--\"}"));
    assert_non_null(strstr(str_text(&page), "default-src 'none'; base-uri 'none'; form-action 'none'; script-src 'sha256-"));
}

static void a_timeout_is_proposed_by_the_rule(void **state)
{
    (void)state;
    static const struct {
        struct report_row row;
        bool changes_chart;
        enum report_advice advice;
        int64_t ms;
    } cases[] = {
        {{.n = 29, .p99_ms = 100, .max_ms = 100, .budget_ms = 10000}, false, REPORT_TOO_FEW, 10000},
        {{.n = 30, .p99_ms = 100, .max_ms = 100, .budget_ms = 10000}, false, REPORT_SHORTER, 5000},
        {{.n = 30, .p99_ms = 1501, .max_ms = 1600, .budget_ms = 10000}, false, REPORT_SHORTER, 7000},
        {{.n = 30, .p99_ms = 1000, .max_ms = 7000, .budget_ms = 10000}, false, REPORT_SHORTER, 9000},
        {{.n = 30, .p99_ms = 100, .max_ms = 100, .budget_ms = 15000}, true, REPORT_KEEP, 15000},
        {{.n = 30, .p99_ms = 2500, .max_ms = 3000, .budget_ms = 10000}, false, REPORT_KEEP, 10000},
        {{.n = 30, .p99_ms = 9000, .max_ms = 9000, .budget_ms = 10000}, false, REPORT_LONGER, 12000},
        {{.n = 2, .max_ms = 100, .given_up = 1, .late = 1, .latest_ms = 21333, .budget_ms = 15000}, true, REPORT_LONGER, 27000},
        {{.n = 2, .max_ms = 100, .given_up = 3, .budget_ms = 15000}, true, REPORT_TOO_FEW, 15000},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        int64_t ms = 0;
        print_message("case %zu\n", i);
        assert_int_equal(report_propose(&cases[i].row, cases[i].changes_chart, &ms), cases[i].advice);
        assert_int_equal(ms, cases[i].ms);
    }
}

static void a_late_failure_is_no_false_timeout(void **state)
{
    (void)state;
    struct report_op ops[] = {
        {.operation = OPERATION_SAVE_SOAP, .end = EXPLAIN_ANSWERED, .waited_ms = 400},
        {.operation = OPERATION_SAVE_SOAP, .end = EXPLAIN_GIVEN_UP, .waited_ms = 15000, .late_ms = 20000},
        {.operation = OPERATION_SAVE_SOAP, .end = EXPLAIN_LATE, .waited_ms = 15000, .late_ms = 30000, .kind = KIND_ELEMENT_NOT_FOUND},
        {.operation = OPERATION_SAVE_SOAP, .end = EXPLAIN_GIVEN_UP, .waited_ms = 15000},
        {.operation = OPERATION_SAVE_SOAP, .end = EXPLAIN_PENDING, .waited_ms = 9},
    };
    struct report_figures figures;
    struct err err;
    err_init(&err);
    assert_int_equal(report_figures(ops, sizeof ops / sizeof *ops, 1000, &figures, &err), ERR_OK);
    const struct report_row *row = &figures.budgets[BUDGET_SAVE];
    assert_int_equal(row->n, 1);
    assert_int_equal(row->failed, 3);
    assert_int_equal(row->given_up, 3);
    assert_int_equal(row->late, 1);
    assert_int_equal(row->latest_ms, 20000);
    assert_int_equal(report_multiplier(&figures, 1000), 1667);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_figures_are_those_of_the_log),       cmocka_unit_test(a_log_of_two_runs_counts_each_visit_once),
        cmocka_unit_test(nothing_of_a_hostile_log_comes_through), cmocka_unit_test(in_the_page_no_data_is_markup),
        cmocka_unit_test(a_timeout_is_proposed_by_the_rule),      cmocka_unit_test(a_late_failure_is_no_false_timeout),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
