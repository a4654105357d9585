/* modelled_run BATCH LEDGER DIR [SCHEDULE [RETRIES MULTIPLIER]]: what `revisit run [--resume] --run-dir DIR` does,
   with the model of the EHR (recorder/model/model.h) where the browser is. Run directory, journal
   file, fold, output and exit status are the program's own; the charts are in the file
   LEDGER, a shared mapping, so that they stay as they are when this process is killed. A
   directory that holds a journal is gone on with. SCHEDULE is of recorder/model/fault.h; a fault of it that never struck is told on
   stderr, a process that one killed ends with status 137. RETRIES and MULTIPLIER are those
   of --max-retries and TIMEOUT_MULTIPLIER.
   modelled_run BATCH LEDGER: prints what the charts hold, a line a visit. */
#include "engine/base/memory.h"
#include "engine/batch/runner.h"
#include "engine/cli/input_file.h"
#include "engine/cli/output.h"
#include "engine/cli/run/resume.h"
#include "engine/cli/run/run_dir.h"
#include "engine/cli/sweep/clinic.h"
#include "engine/live/journal_file.h"
#include "engine/policy/multiplier.h"
#include "recorder/model/model.h"
#include "tests/torture/charts.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define SETTINGS SLICE("{}")
#define RETRIES_MOST 9
#define EXIT_KILLED 137

/* Of failing_malloc.c, where that is preloaded: what comes before is not the engine's. */
__attribute__((weak)) void torture_malloc_begin(void);

struct modelled_run {
    struct input_file file;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct ledger *ledger;
    struct fault faults[MODEL_FAULTS_MAX];
    size_t fault_count;
    uint64_t max_retries;
    uint32_t multiplier_thousandths;
    struct run_dir dir;
    struct resume resume;
    bool resumed, finished;
    struct journal_file journal;
    struct model model;
    struct output output;
    struct summary summary;
    struct event_log log;
    struct run_end end;
};

static enum err_code open_batch(struct modelled_run *r, const char *path, struct err *err)
{
    TRY(input_file_open(path, BATCH_SIZE_BYTES_MAX, &r->file, err));
    r->source = input_file_source(&r->file);
    arena_init(&r->arena, BATCH_ARENA_BYTES);
    return batch_open(&r->source, &r->arena, &r->batch, err);
}

static enum err_code open_ledger(struct modelled_run *r, const char *path, struct err *err)
{
    uint32_t visits = (uint32_t)r->batch->visit_count;
    size_t size = ledger_size_bytes(visits);
    struct stat info;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || fstat(fd, &info) != 0 || ftruncate(fd, (off_t)size) != 0)
        return err_set(err, ERR_ENV, "%s: %s", path, strerror(errno));
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (memory == MAP_FAILED)
        return err_set(err, ERR_ENV, "%s: %s", path, strerror(errno));
    r->ledger = memory;
    if (info.st_size == 0)
        clinic_fill(ledger_init(memory, visits), r->batch);
    return ERR_OK;
}

static int commit(void *ctx, struct slice record)
{
    return memory_has_failed() ? ENOMEM : journal_file_append(ctx, record);
}

static enum err_code open_run(struct modelled_run *r, const char *dir, struct err *err)
{
    char journal[4096 + 32];
    struct stat info;
    r->resumed = text_format(journal, sizeof journal, "%s/journal.ndjson", dir) && stat(journal, &info) == 0;
    TRY(run_dir_open(dir, r->batch->id, r->resumed, &r->dir, err));
    if (r->resumed)
        TRY(resume_open(&r->dir, r->batch, SETTINGS, false, &r->resume, err));
    r->finished = resume_is_finished(&r->resume);
    if (r->finished)
        return ERR_OK;
    int error = journal_file_open(&r->journal, r->dir.journal);
    if (error)
        return err_set(err, ERR_ENV, "cannot open the journal %s: %s", r->dir.journal, strerror(error));
    model_init(&r->model, &(struct model_options){
        .ledger = r->ledger,
        .faults = r->faults,
        .fault_count = r->fault_count,
        .run = r->resume.journal.runs + 1,
        .commit = commit,
        .commit_ctx = &r->journal,
    });
    return ERR_OK;
}

static enum err_code run(struct modelled_run *r, struct err *err)
{
    struct run_plan plan = {
        .batch = r->batch,
        .base_url = SLICE("https://ehr.invalid"),
        .max_retries = (uint32_t)r->max_retries,
        .multiplier_thousandths = r->multiplier_thousandths,
        .settings = SETTINGS,
        .found = r->resumed ? &r->resume.journal : NULL,
    };
    summary_init(&r->summary);
    r->output = (struct output){.print = true, .live = true, .events_fd = r->dir.events_fd, .summary = &r->summary};
    event_log_init(&r->log, &r->output, output_line);
    enum err_code code = run_batch(&plan, model_world(&r->model), &r->log, &r->end, err);
    if (output_finish(&r->output, err) != ERR_OK && code == ERR_OK)
        code = err->code;
    return code;
}

static void take_down(struct modelled_run *r)
{
    event_log_fini(&r->log);
    summary_fini(&r->summary);
    journal_file_close(&r->journal);
    resume_fini(&r->resume);
    run_dir_close(&r->dir);
    arena_fini(&r->arena);
    input_file_close(&r->file);
}

static enum err_code print_charts(struct modelled_run *r, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, 16u << 20);
    TRY(charts_print(r->ledger, r->batch, &text, err));
    fputs(str_text(&text), stdout);
    return ERR_OK;
}

static enum err_code take_settings(struct modelled_run *r, const char *retries, const char *multiplier, struct err *err)
{
    if (!slice_parse_u64(slice_of(retries), RETRIES_MOST, &r->max_retries))
        return err_set(err, ERR_USAGE, "%s: no number of retries", retries);
    return multiplier_parse(slice_of(multiplier), &r->multiplier_thousandths, err);
}

static void tell_unstruck(const struct modelled_run *r)
{
    char text[FAULT_TEXT_MAX];
    for (size_t i = 0; i < r->fault_count; i++) {
        (void)fault_format(&r->faults[i], text);
        if (model_struck(&r->model, i) == 0)
            fprintf(stderr, "modelled_run: %s never struck\n", text);
    }
}

static enum err_code go(struct modelled_run *r, int argc, char **argv, struct err *err)
{
    TRY(open_batch(r, argv[1], err));
    TRY(open_ledger(r, argv[2], err));
    if (argc == 3)
        return print_charts(r, err);
    TRY(fault_parse_list(slice_of(argc > 4 ? argv[4] : ""), MODEL_FAULTS_MAX, r->faults, &r->fault_count, err));
    if (argc > 6)
        TRY(take_settings(r, argv[5], argv[6], err));
    if (torture_malloc_begin)
        torture_malloc_begin();
    TRY(open_run(r, argv[3], err));
    if (r->finished)
        return ERR_OK;
    enum err_code code = run(r, err);
    tell_unstruck(r);
    return code;
}

int main(int argc, char **argv)
{
    static struct modelled_run r = {.max_retries = 2, .multiplier_thousandths = 1000, .dir = {.events_fd = -1, .lock_fd = -1}, .journal = {.fd = -1}};
    static struct err err;
    err_init(&err);
    (void)signal(SIGPIPE, SIG_IGN);
    if (argc < 3 || argc == 6 || argc > 7) {
        fputs("usage: modelled_run BATCH LEDGER [DIR [SCHEDULE [RETRIES MULTIPLIER]]]\n", stderr);
        return 2;
    }
    enum err_code code = go(&r, argc, argv, &err);
    int status = r.finished ? resume_exit_status(&r.resume) : run_exit_status(&r.end.summary);
    take_down(&r);
    if (model_killed(&r.model))
        return EXIT_KILLED;
    if (code == ERR_OK)
        return argc == 3 ? 0 : status;
    fprintf(stderr, "modelled_run: %s\n", err.text);
    return err_exit_status(code);
}
