/* revisit run: a batch against the live site. Everything that could be wrong with
   what was given is said before a directory is made or a browser started. */
#include "engine/base/json_in.h"
#include "engine/batch/runner.h"
#include "engine/browser/browser.h"
#include "engine/cli/command.h"
#include "engine/cli/input_file.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/login/state_sealed.h"
#include "engine/cli/output.h"
#include "engine/cli/plan_hash.h"
#include "engine/cli/run/offline_run.h"
#include "engine/cli/run/resume.h"
#include "engine/cli/run/run_arguments.h"
#include "engine/cli/run/run_dir.h"
#include "engine/cli/shown.h"
#include "engine/cli/sniff.h"
#include "engine/cli/run/state_file.h"
#include "engine/live/browser_path.h"
#include "engine/live/live.h"
#include "engine/mdland/operation.h"
#include "engine/report/shell_word.h"
#include "recorder/record.h"
#include "recorder/recording.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* All that a run is made of, in the order in which it is taken down again. */
struct run {
    struct run_arguments arguments;
    struct input_file batch_file;
    struct batch_source source;
    struct str batch_text; /* read whole only to be recorded */
    struct arena arena;
    struct batch *batch;
    struct str state_text;
    struct state state;
    struct run_dir dir;
    struct resume resume;
    bool finished; /* an earlier run has left nothing to do */
    struct str settings;
    struct str offer; /* the command that goes on with it */
    int64_t wall_us;
    struct live *live;
    struct offline_run offline;
    struct record *record, *raw; /* the raw one stands on top of the clean one */
    struct err record_failed; /* the first event line that could not be recorded */
    struct browser *browser;
    struct summary summary;
    struct metrics_file metrics;
    struct progress progress;
    struct output output;
    struct event_log log;
    struct run_end end;
};

/* The session: of the site from its file, of a recording from there. */
static enum err_code open_state(struct run *run, struct err *err)
{
    struct run_arguments *a = &run->arguments;
    const char *path = a->replay_network ? RECORDING_STATE : a->state_path;
    run->offline = (struct offline_run){.path = a->replay_network, .virtual_time = a->virtual_time};
    str_init(&run->state_text, STATE_BYTES_MAX);
    TRY(a->replay_network ? offline_run_open(&run->offline, &a->settings, &run->state_text, err)
                          : state_read(path, &run->state_text, err));
    enum err_code code = a->replay_network
                             ? state_parse_recorded(str_slice(&run->state_text), a->settings.host, path, &run->state, err)
                             : state_parse(str_slice(&run->state_text), a->settings.host, path, &run->state, err);
    if (code == ERR_OK)
        return ERR_OK;
    return a->replay_network ? err_wrap(err, "recording %s", a->replay_network) : sniff_explain(path, err);
}

static enum err_code open_inputs(struct run *run, struct err *err)
{
    const struct run_arguments *a = &run->arguments;
    TRY(input_file_open(a->batch_path, BATCH_SIZE_BYTES_MAX, &run->batch_file, err));
    run->source = input_file_source(&run->batch_file);
    arena_init(&run->arena, BATCH_ARENA_BYTES);
    if (batch_open(&run->source, &run->arena, &run->batch, err) != ERR_OK)
        return sniff_explain(a->batch_path, err);
    return open_state(run, err);
}

static int64_t wall_clock_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* The clean recording, or the raw one that is sealed as it is written. */
static enum err_code open_record(struct run *run, bool raw, struct wire **wire, struct record **ret_record, struct err *err)
{
    const struct run_arguments *a = &run->arguments;
    char predecessor[BATCH_ID_MAX + 16] = "";
    if (run->resume.journal.runs)
        ASSERT(text_format(predecessor, sizeof predecessor, "%s, run %u", run->resume.journal.start.batch_id,
                           run->resume.journal.runs));
    struct record_inputs inputs = {
        .dir = raw ? a->record_raw : a->record_dir,
        .seal_to = a->seal_to.list,
        .seal_to_count = raw ? a->seal_to.count : 0,
        .redaction = raw ? RECORD_TRUE : RECORD_CLEAN,
        .batch = str_slice(&run->batch_text),
        .state = str_slice(&run->state_text),
        .journal = str_slice(&run->resume.text),
        .settings = str_slice(&run->settings),
        .engine = REVISIT_VERSION,
        .predecessor = predecessor,
        .wall_us = run->wall_us,
        .page_name = "page.js",
        .page = {page_script, page_script_size},
        .network = !raw && a->record_network,
        .plan = plan_hash,
    };
    TRY(record_open(&inputs, *wire, ret_record, err));
    *wire = record_wire(*ret_record);
    return ERR_OK;
}

static enum err_code open_records(struct run *run, struct wire **wire, struct err *err)
{
    const struct run_arguments *a = &run->arguments;
    if (!a->record_dir && !a->record_raw)
        return ERR_OK;
    str_init(&run->batch_text, BATCH_SIZE_BYTES_MAX);
    TRY(input_file_read(a->batch_path, &run->batch_text, err));
    if (a->record_dir)
        TRY(open_record(run, false, wire, &run->record, err));
    return a->record_raw ? open_record(run, true, wire, &run->raw, err) : ERR_OK;
}

static enum err_code check_browser(const struct run_arguments *a, struct err *err)
{
    char path[PATH_MAX];
    if (geteuid() == 0 && !a->no_sandbox)
        return err_set(err, ERR_ENV, "Chromium does not run as root inside its sandbox: run as another user, or add --no-sandbox "
                                     "where only pages that you trust are opened");
    int error = browser_path_find(a->browser, a->settings.headed, path);
    if (error == 0)
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s: no browser there (%s): install chromium-headless-shell, or name a Chromium with --browser "
                                 "or $REVISIT_BROWSER",
                   a->browser ? a->browser : "chromium", strerror(error));
}

/* A place that is there and will not do for a recording is told before a run directory is made. */
static enum err_code check_record_dir(const char *path, struct err *err)
{
    int fd = -1;
    if (!path || access(path, F_OK) != 0)
        return ERR_OK;
    if (recording_make_directory(path, &fd, err) != ERR_OK)
        return err_wrap(err, "recording %s", path);
    close(fd);
    return ERR_OK;
}

static enum err_code check_record_raw(const char *path, struct err *err)
{
    if (!path || access(path, F_OK) != 0)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "%s: is there already, and is not replaced: name a new file for --record-raw", path);
}

static enum err_code open_run_dir(int argc, char **argv, struct run *run, struct err *err)
{
    struct run_arguments *a = &run->arguments;
    str_init(&run->offer, 1u << 16);
    str_init(&run->settings, SETTINGS_BYTES_MAX);
    settings_format(&a->settings, &run->settings);
    if (a->replay_network && !a->run_dir) {
        TRY(offline_run_place(run->batch->id, run->offline.place, sizeof run->offline.place, err));
        a->run_dir = run->offline.place;
    }
    enum err_code code = run_dir_open(a->run_dir, run->batch->id, a->resume, &run->dir, err);
    resume_offer(argc, argv, &run->dir, &run->offer);
    if (code == ERR_USAGE)
        fputs(str_text(&run->offer), stderr);
    TRY(code);
    fprintf(stderr, "revisit: run directory %s\n", shown(run->dir.path));
    if (!a->resume)
        return ERR_OK;
    TRY(resume_open(&run->dir, run->batch, str_slice(&run->settings), a->force, &run->resume, err));
    run->finished = resume_is_finished(&run->resume);
    if (run->finished)
        resume_say_finished(&run->resume, &run->dir);
    return ERR_OK;
}

static enum err_code open_wires(struct run *run, struct err *err)
{
    struct run_arguments *a = &run->arguments;
    run->wall_us = wall_clock_us();
    struct live_options options = {.browser = a->browser, .no_sandbox = a->no_sandbox, .journal_path = run->dir.journal,
                                   .no_network = a->replay_network,
                                   .last_words = a->replay_network ? NULL : str_text(&run->offer)};
    TRY(live_open(&options, &run->live, err));
    struct wire *wire = live_wire(run->live);
    if (a->replay_network)
        TRY(offline_run_begin(&run->offline, run->live, &wire, err));
    TRY(open_records(run, &wire, err));
    struct browser_options page = {.page_script = page_script, .page_script_len = page_script_size};
    run->browser = browser_new(wire, &page);
    return run->browser ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
}

static void record_line(void *ctx, struct slice line)
{
    struct run *run = ctx;
    struct slice bare = {line.ptr, line.len - 1};
    struct record *const records[] = {run->record, run->raw};
    for (size_t i = 0; i < 2; i++)
        if (records[i] && run->record_failed.code == ERR_OK && record_event(records[i], bare, &run->record_failed) != ERR_OK)
            run->output.line = NULL;
}

/* Event lines would run through a line that is drawn over itself. */
static bool both_are_one_terminal(void)
{
    return isatty(STDERR_FILENO) && isatty(STDOUT_FILENO);
}

static void begin_output(struct run *run)
{
    summary_init(&run->summary);
    progress_begin(&run->progress, &run->summary, run->arguments.quiet || both_are_one_terminal());
    run->metrics = (struct metrics_file){.path = run->arguments.metrics_path, .began_us = run->wall_us};
    run->output = (struct output){
        .print = true,
        .live = true,
        .narrate = run->arguments.verbose,
        .progress = &run->progress,
        .events_fd = run->dir.events_fd,
        .summary = &run->summary,
        .metrics = &run->metrics,
        .ctx = run,
        .line = run->record || run->raw ? record_line : NULL,
    };
    event_log_init(&run->log, &run->output, output_line);
}

static enum err_code run_plan(struct run *run, struct err *err)
{
    struct run_plan plan =
        settings_plan(&run->arguments.settings, str_slice(&run->settings), run->batch, &run->state, run->wall_us);
    plan.found = run->arguments.resume ? &run->resume.journal : NULL;
    begin_output(run);
    return run_batch(&plan, progress_open(&run->progress, browser_world(run->browser)), &run->log, &run->end, err);
}

static enum err_code close_record(struct run *run, struct record **taken, enum err_code code, struct err *err)
{
    struct record *record = *taken;
    if (!record)
        return code;
    *taken = NULL;
    if (run->record_failed.code != ERR_OK) {
        record_abandon(record);
        return err_set(err, run->record_failed.code, "%s", run->record_failed.text);
    }
    enum err_code closed = record_close(record, browser_product(run->browser), &run->record_failed);
    if (closed != ERR_OK)
        return err_set(err, closed, "%s", run->record_failed.text);
    return code;
}

static void add_way(const char *label, const char *command, const char *path, const char *more, struct str *out)
{
    str_addf(out, "%-10s revisit %s ", label, command);
    shell_word_add(out, path);
    str_addf(out, "%s\n", more);
}

/* A recording tells more than the directory of its run. */
static void add_ways_on(const struct run *run, struct str *out)
{
    const struct summary *s = &run->summary;
    const char *path = run->arguments.record_dir ? run->arguments.record_dir : run->dir.path;
    add_way("to see it:", "report", path, " -o report.html", out);
    if (s->failed || s->needs_review || s->retries)
        add_way("why:", "explain", path, "", out);
    if (s->needs_review)
        add_way("charts:", "status", run->dir.path, "", out);
}

static void print_summary(struct run *run)
{
    CLEANUP_STR struct str text;
    str_init(&text, 1 << 16);
    summary_print(&run->summary, -1, &text);
    add_ways_on(run, &text);
    fputs(str_text(&text), stderr);
}

/* Was anything left undone that another run may do? */
static bool is_resumable(const struct run *run)
{
    const struct batch_summary *s = &run->end.summary;
    return s->counts[VISIT_INTERRUPTED] + s->counts[VISIT_NOT_ATTEMPTED] > 0 || s->outcome == BATCH_FATAL;
}

/* The account is held: only here is it known by whom, for no process id may enter a run. */
static void name_lock_holder(int process, struct err *err)
{
    size_t length = strlen(err->text);
    if (process)
        (void)!text_format(err->text + length, sizeof err->text - length, " (process %d)", process);
}

static enum err_code whole_run(int argc, char **argv, struct run *run, struct err *err)
{
    TRY(open_inputs(run, err));
    keys_drop(); /* a run is long, and its inputs are open */
    TRY(check_browser(&run->arguments, err));
    TRY(check_record_dir(run->arguments.record_dir, err));
    TRY(check_record_raw(run->arguments.record_raw, err));
    TRY(open_run_dir(argc, argv, run, err));
    if (run->finished)
        return ERR_OK;
    TRY(open_wires(run, err));
    enum err_code code = run_plan(run, err);
    if (code == ERR_ENV)
        name_lock_holder(live_lock_holder(run->live), err);
    code = close_record(run, &run->raw, code, err);
    code = close_record(run, &run->record, code, err);
    if (output_finish(&run->output, err) != ERR_OK && code == ERR_OK)
        code = err->code;
    if (!run->arguments.quiet)
        print_summary(run);
    offline_run_tell(&run->offline);
    if (is_resumable(run) && !run->arguments.replay_network)
        fputs(str_text(&run->offer), stderr);
    return code;
}

static void take_down(struct run *run)
{
    record_abandon(run->raw);
    record_abandon(run->record);
    browser_free(run->browser);
    offline_run_close(&run->offline);
    live_close(run->live);
    resume_fini(&run->resume);
    run_dir_close(&run->dir);
    event_log_fini(&run->log);
    summary_fini(&run->summary);
    state_fini(&run->state);
    str_fini(&run->settings);
    str_fini(&run->offer);
    state_text_fini(&run->state_text);
    str_fini(&run->batch_text);
    arena_fini(&run->arena);
    input_file_close(&run->batch_file);
}

int command_run(int argc, char **argv, struct err *err)
{
    static struct run run; /* static: it is large, and there is one */
    if (run_arguments_parse(argc, argv, &run.arguments, err) != ERR_OK)
        return 0;
    run.dir.events_fd = run.dir.lock_fd = -1;
    enum err_code code = whole_run(argc, argv, &run, err);
    int status = code == ERR_OK && !run.finished ? run_exit_status(&run.end.summary) : 0;
    if (run.finished)
        status = resume_exit_status(&run.resume);
    take_down(&run);
    return status;
}
