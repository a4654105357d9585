/* revisit test: scenarios, each a claim of a person's about what the engine does. All files
   are read before the first is run, so that all that is wrong with any of them is told at
   once. A scenario with faults is run twice: without them it must not hold, or they prove
   nothing. */
#include "engine/cli/command.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/scenario/draft.h"
#include "engine/cli/scenario/edit.h"
#include "engine/cli/scenario/files.h"
#include "engine/cli/scenario/report.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>

enum test_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/test.def"
};

#define OUTPUT_BYTES_MAX ((size_t)256 << 20)

struct test_run {
    struct scenario_files files;
    struct problems problems;
    struct report report;
    const char *filter; /* NULL: all */
    const char *from, *from_visit; /* NULL: no draft */
    bool accept, without_faults, keys, log;
    struct str out;
};

static void take_option(enum test_option option, struct test_run *t)
{
    switch (option) {
    case TEST_FILTER: t->filter = optarg; break;
    case TEST_ACCEPT: t->accept = true; break;
    case TEST_WITHOUT_FAULTS: t->without_faults = true; break;
    case TEST_QUIET: t->report.quiet = true; break;
    case TEST_JSON: t->report.form = REPORT_JSON; break;
    case TEST_TAP: t->report.form = REPORT_TAP; break;
    case TEST_LOG: t->log = true; break;
    case TEST_KEYS: t->keys = true; break;
    case TEST_FROM: t->from = optarg; break;
    }
}

static enum err_code parse_arguments(int argc, char **argv, struct test_run *t, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("test", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        take_option((enum test_option)option, t);
    }
    if (t->accept && t->without_faults)
        return err_set(err, ERR_USAGE, "test: --accept writes what comes with the faults: leave --without-faults out");
    if (t->log && t->report.form != REPORT_LINES)
        return err_set(err, ERR_USAGE, "test: --log goes with neither --json nor --tap");
    if (t->report.quiet && (t->log || t->report.form != REPORT_LINES))
        return err_set(err, ERR_USAGE, "test: --quiet goes with none of --json, --tap and --log: they tell of each");
    if (t->from && optind + 1 < argc)
        return err_set(err, ERR_USAGE, "test: --from RECORDING takes a visit, like p3.v2, or nothing more");
    t->from_visit = t->from ? argv[optind] : NULL;
    if (t->from)
        return ERR_OK;
    if (!t->keys && optind == argc)
        return err_set(err, ERR_USAGE, "test: name scenarios or a folder of them: revisit test fixtures/scenarios");
    for (int i = optind; i < argc; i++)
        TRY(scenario_files_add(&t->files, argv[i], &t->problems, err));
    return ERR_OK;
}

static void flush_text(struct test_run *t)
{
    (void)fwrite(str_text(&t->out), 1, t->out.len, stdout);
    str_clear(&t->out);
}

/* The claims must not hold without the faults that they are about. */
static enum err_code judge_without(struct judgement *g, struct scenario *s, struct err *err)
{
    struct judgement without;
    struct trial trial = {0};
    enum err_code code = judgement_init(&without, s, err);
    if (code == ERR_OK)
        code = trial_run(&trial, s, false, NULL, err);
    if (code == ERR_OK)
        code = judge_trial(&without, s, &trial, err);
    if (code == ERR_OK && without.count == 0)
        code = judgement_note(g, s->fault_items[0]->node, "faults", "all that is expected holds without them too: they prove nothing",
                              err);
    trial_fini(&trial);
    judgement_fini(&without);
    return code;
}

static enum err_code judge(struct test_run *t, struct scenario *s, struct judgement *g, struct err *err)
{
    struct trial trial = {0};
    enum err_code code = trial_run(&trial, s, !t->without_faults, t->log ? &t->out : NULL, err);
    if (code == ERR_OK)
        code = judge_trial(g, s, &trial, err);
    if (code == ERR_OK && !t->without_faults && trial.run_count)
        code = judge_faults(g, s, &trial, err);
    trial_fini(&trial);
    if (code == ERR_OK && g->count == 0 && s->fault_count && !t->without_faults)
        code = judge_without(g, s, err);
    return code;
}

/* Written only where that makes all of it hold. */
static enum err_code accept(const struct scenario *s, const struct judgement *g, bool *ret_accepted, struct err *err)
{
    *ret_accepted = g->count > 0;
    for (size_t i = 0; i < g->count; i++)
        *ret_accepted &= g->findings[i].edit_count > 0;
    return *ret_accepted ? edit_write(s->path, str_slice(&s->text), g->edits, g->edit_count, err) : ERR_OK;
}

static enum err_code run_scenario(struct test_run *t, struct scenario *s, struct err *err)
{
    struct judgement g;
    bool accepted = false;
    enum err_code code = judgement_init(&g, s, err);
    if (code == ERR_OK)
        code = judge(t, s, &g, err);
    if (code == ERR_OK && t->accept)
        code = accept(s, &g, &accepted, err);
    if (code == ERR_OK)
        report_scenario(&t->report, s, &g, accepted, &t->out);
    judgement_fini(&g);
    flush_text(t);
    return code;
}

static bool is_wanted(const struct test_run *t, const struct scenario *s)
{
    return !t->filter || slice_contains_nocase(slice_of(s->path), slice_of(t->filter)) ||
           slice_contains_nocase(s->claim, slice_of(t->filter));
}

/* run: else only read. */
static enum err_code each(struct test_run *t, bool run, struct err *err)
{
    static struct scenario s; /* static: it is large, and there is one at a time */
    for (size_t i = 0; i < t->files.count; i++) {
        bool whole;
        enum err_code code = scenario_open(&s, t->files.paths[i], &t->problems, &whole, err);
        if (code == ERR_OK && run && whole && is_wanted(t, &s))
            code = run_scenario(t, &s, err);
        scenario_close(&s);
        TRY(code);
    }
    return ERR_OK;
}

static enum err_code run_all(struct test_run *t, struct err *err)
{
    TRY(each(t, false, err));
    if (t->problems.count)
        return ERR_OK;
    TRY(each(t, true, err));
    if (t->report.passed + t->report.failed + t->report.accepted == 0)
        return err_set(err, ERR_USAGE, "test: no scenario has \"%s\" in its file name or claim", t->filter ? t->filter : "");
    report_end(&t->report, &t->out);
    flush_text(t);
    return ERR_OK;
}

static enum err_code draft(struct test_run *t, struct err *err)
{
    enum err_code code = draft_write(t->from, t->from_visit, &t->out, err);
    return code == ERR_OK ? ERR_OK : err_wrap(err, "test");
}

static enum err_code work(struct test_run *t, struct err *err)
{
    if (!t->keys && !t->from)
        return run_all(t, err);
    if (t->keys)
        schema_print(&t->out);
    else
        TRY(draft(t, err));
    flush_text(t);
    return ERR_OK;
}

int command_test(int argc, char **argv, struct err *err)
{
    static struct test_run t;
    problems_init(&t.problems);
    str_init(&t.out, OUTPUT_BYTES_MAX);
    if (parse_arguments(argc, argv, &t, err) == ERR_OK)
        (void)work(&t, err);
    problems_close(&t.problems);
    (void)fflush(stdout);
    fputs(str_text(&t.problems.text), stderr);
    bool bad = t.problems.count > 0, failed = t.report.failed > 0;
    scenario_files_fini(&t.files);
    problems_fini(&t.problems);
    str_fini(&t.out);
    return bad ? err_exit_status(ERR_INPUT) : failed;
}
