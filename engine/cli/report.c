/* revisit report: a run, or two or three side by side, as one HTML file. What it shows is
   read by explained.c, as for revisit explain; the file is composed by engine/report. */
#include "engine/report/report.h"

#include "engine/cli/command.h"
#include "engine/cli/explain/explained.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/output_file.h"
#include "engine/cli/report/report_ops.h"
#include "engine/cli/sniff.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

enum report_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/report.def"
};

#define PAGES_BYTES_MAX ((size_t)16 << 20)

struct shown {
    struct explained run;
    struct report_op *ops; /* owned */
    uint32_t op_count;
    struct str pages;
};

struct report_command {
    const char *output;
    struct isolation isolation;
    struct shown shown[REPORT_RUNS_MAX];
    uint32_t count;
    struct explain_page page;
    struct str model, html;
};

static enum err_code parse_arguments(int argc, char **argv, struct report_command *c, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("report", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum report_option)option) {
        case REPORT_KEY: TRY(keys_name(optarg, err)); break;
        case REPORT_OUTPUT: c->output = optarg; break;
        }
    }
    if (optind == argc || argc - optind > REPORT_RUNS_MAX)
        return err_set(err, ERR_USAGE, "report: name one to three recordings, run directories or event logs: revisit report RECORDING -o report.html");
    if (!c->output || !c->output[0])
        return err_set(err, ERR_USAGE, "report: say where to write it: -o report.html");
    for (int i = optind; i < argc; i++)
        c->shown[c->count++].run.path = argv[i];
    return keys_load(err);
}

/* A file is an event log, whatever it is called, unless it is a sealed recording. */
static enum err_code find(struct explained *run, struct err *err)
{
    struct stat info;
    if (stat(run->path, &info) != 0 || !S_ISREG(info.st_mode) || store_path_is_sealed(run->path))
        return explain_dir_find(run->path, &run->place, err);
    if (!text_format(run->place.events, PATH_MAX, "%s", run->path))
        return err_set(err, ERR_INPUT, "the path is too long");
    return ERR_OK;
}

static enum err_code add_pages(struct report_command *c, struct shown *shown, struct err *err)
{
    static const struct explain_visit *chosen[REPORT_PAGES_MAX]; /* static: it is large, and used once at a time */
    struct explain_head head = explained_head(&shown->run);
    uint32_t found = explain_choose(&shown->run.log, REPORT_PAGES_MAX, chosen);
    str_init(&shown->pages, PAGES_BYTES_MAX);
    explain_json_begin(&head, found, &shown->pages);
    for (uint32_t i = 0; i < found && i < REPORT_PAGES_MAX; i++) {
        TRY(explained_page(&shown->run, chosen[i], &c->page, err));
        explain_json_page(&c->page, i == 0, &shown->pages);
    }
    explain_json_end(&shown->pages);
    if (str_full(&shown->pages))
        return err_set(err, ERR_ENV, "there is no memory for the pages of this run");
    while (shown->pages.len && shown->pages.ptr[shown->pages.len - 1] == '\n')
        shown->pages.ptr[--shown->pages.len] = '\0';
    return ERR_OK;
}

static enum err_code read_run(struct report_command *c, struct shown *shown, struct err *err)
{
    struct explained *run = &shown->run;
    TRY(explained_read(run, err));
    if (run->log.count == 0) {
        (void)err_set(err, ERR_INPUT, "no line of it is an event: name a recording, a run directory or an event log that has begun");
        return run->place.events[0] ? sniff_suspect(run->place.events, err) : err->code;
    }
    if (explained_has_recording(run))
        TRY(report_ops(&run->recorded, &shown->ops, &shown->op_count, err));
    return add_pages(c, shown, err);
}

static struct report_run run_of(const struct shown *shown)
{
    const struct explained *run = &shown->run;
    struct explain_head head = explained_head(run);
    bool is_run_dir = head.recording ? strcmp(head.recording, run->path) != 0 : run->place.journal[0] != '\0';
    return (struct report_run){
        .path = run->path,
        .recording = head.recording,
        .log = &run->log,
        .multiplier_thousandths = run->multiplier,
        .cut = head.cut,
        .run_dir = is_run_dir ? run->path : NULL,
        .ops = shown->ops,
        .op_count = shown->op_count,
        .pages = str_slice(&shown->pages),
    };
}

/* A page is opened, not piped. */
static enum err_code refuse_special(const char *path, struct err *err)
{
    struct stat info;
    if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
        return err_set(err, ERR_ENV, "%s: is there and is no file: name another one", path);
    return ERR_OK;
}

/* All of them, before the first is read and this process can find no other. */
static enum err_code find_all(struct report_command *c, struct err *err)
{
    _Static_assert(2 * REPORT_RUNS_MAX <= ISOLATION_READS_MAX, "each run is a path, and perhaps a recording in it");
    for (uint32_t i = 0; i < c->count; i++) {
        struct explained *run = &c->shown[i].run;
        if (find(run, err) != ERR_OK)
            return err_wrap(err, "report %s", run->path);
        c->isolation.reads[2 * i] = run->path;
        c->isolation.reads[2 * i + 1] = run->place.recording;
    }
    c->isolation.output = c->output;
    c->shown[0].run.isolation = &c->isolation;
    return ERR_OK;
}

static enum err_code report(struct report_command *c, struct err *err)
{
    struct report_run runs[REPORT_RUNS_MAX];
    TRY(find_all(c, err));
    for (uint32_t i = 0; i < c->count; i++) {
        if (read_run(c, &c->shown[i], err) != ERR_OK)
            return err_wrap(err, "report %s", c->shown[i].run.path);
        runs[i] = run_of(&c->shown[i]);
    }
    TRY(report_model(runs, c->count, REVISIT_VERSION, &c->model, err));
    report_page(str_slice(&c->model), &c->html);
    if (str_full(&c->html))
        return err_set(err, ERR_ENV, "report: there is no memory for the page");
    TRY(refuse_special(c->output, err));
    TRY(output_file_write(c->output, str_slice(&c->html), err));
    printf("%s: %zu kB\n", c->output, (c->html.len + 999) / 1000);
    return ERR_OK;
}

static void take_down(struct report_command *c)
{
    for (uint32_t i = 0; i < c->count; i++) {
        explained_close(&c->shown[i].run);
        str_fini(&c->shown[i].pages);
        free(c->shown[i].ops);
    }
    str_fini(&c->model);
    str_fini(&c->html);
}

int command_report(int argc, char **argv, struct err *err)
{
    static struct report_command c; /* static: it is large, and there is one */
    str_init(&c.model, REPORT_BYTES_MAX);
    str_init(&c.html, REPORT_BYTES_MAX + (REPORT_BYTES_MAX >> 2));
    if (parse_arguments(argc, argv, &c, err) == ERR_OK)
        (void)report(&c, err);
    take_down(&c);
    return 0;
}
