/* revisit replay: the same engine over a recording. Nothing but the recording is
   read: no environment, no network, no clock but the recorded one - and the real
   one once, to say how long it took. */
#include "engine/cli/command.h"
#include "engine/cli/isolation.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/output.h"
#include "engine/cli/phi_map_file.h"
#include "engine/cli/replay_run.h"
#include "engine/cli/shown.h"
#include "engine/cli/until.h"

#include <getopt.h>
#include <jansson.h>
#include <stdio.h>
#include <time.h>

enum replay_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/replay.def"
};

struct replaying {
    struct replay_run run;
    const char *path;
    bool verify, summarize, json, clean;
    const char *mark; /* --until; NULL: to the end */
    struct until until;
    struct summary summary;
    struct progress progress;
    struct output output;
    struct event_log log;
    struct timespec began;
};

static enum err_code refuse_course(struct err *err)
{
    return err_set(err, ERR_DIVERGED,
                   "a replay keeps to what was recorded: its settings come from the recording and cannot be changed here "
                   "(revisit whatif is to answer what another setting would have done)");
}

static enum err_code take_option(enum replay_option option, struct replaying *r, struct err *err)
{
    switch (option) {
    case REPLAY_VERIFY: r->verify = true; return ERR_OK;
    case REPLAY_SUMMARY: r->summarize = true; return ERR_OK;
    case REPLAY_JSON: r->json = true; return ERR_OK;
    case REPLAY_KEY: return keys_name(optarg, err);
    case REPLAY_UNTIL: r->mark = optarg; return until_parse(&r->until, optarg, err);
    case REPLAY_REQUIRE_CLEAN: r->clean = true; return ERR_OK;
    case REPLAY_MAX_RETRIES:
    case REPLAY_TIMEOUT_MULTIPLIER:
    case REPLAY_BASE_URL:
    case REPLAY_SET: return refuse_course(err);
    }
    return ERR_OK;
}

static enum err_code parse_arguments(int argc, char **argv, struct replaying *r, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("replay", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum replay_option)option, r, err));
    }
    if (r->verify + r->summarize + (r->mark != NULL) > 1)
        return err_set(err, ERR_USAGE, "replay: --verify, --summary and --until print different things: choose one");
    if (r->json && !r->mark)
        return err_set(err, ERR_USAGE, "replay: --json goes with --until; the event log is JSON already");
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "replay: name one recording: revisit replay RECORDING");
    r->path = argv[optind];
    return keys_load(err);
}

static void check_line(void *ctx, struct slice line)
{
    struct replaying *r = ctx;
    replay_run_check(&r->run, line);
}

static void keep_line(void *ctx, struct slice line)
{
    struct replaying *r = ctx;
    until_event(&r->until, line);
}

static struct world *watch_for_mark(void *ctx, struct world *behind, const struct journal *found)
{
    struct replaying *r = ctx;
    return until_open(&r->until, behind, found);
}

static enum err_code replay_batch(struct replaying *r, struct err *err)
{
    r->output = (struct output){
        .print = !r->verify && !r->summarize && !r->mark,
        .progress = r->summarize ? &r->progress : NULL,
        .events_fd = -1,
        .summary = r->summarize ? &r->summary : NULL,
        .ctx = r,
        .line = r->verify ? check_line : r->mark ? keep_line : NULL,
    };
    summary_init(&r->summary);
    progress_begin(&r->progress, &r->summary, false);
    event_log_init(&r->log, &r->output, output_line);
    if (r->mark) {
        r->run.watch = watch_for_mark;
        r->run.watch_ctx = r;
    }
    enum err_code code = replay_run_play(&r->run, &r->log, err);
    if (r->until.stopped) {
        err_init(err);
        return ERR_OK;
    }
    return code;
}

/* --until: where the run stands, or that it was never there. */
static enum err_code report_state(struct replaying *r, struct err *err)
{
    if (!r->until.stopped)
        return err_set(err, ERR_INPUT, "the recorded run never came to %s; `revisit replay %s` prints where it went", r->mark, r->path);
    CLEANUP_STR struct str text;
    str_init(&text, 4u << 20);
    until_print(&r->until, replay_receipt(r->run.replay).entries, r->json, &text);
    fputs(str_text(&text), stdout);
    return ERR_OK;
}

static int64_t since_us(const struct timespec *began)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)(now.tv_sec - began->tv_sec) * 1000000 + (now.tv_nsec - began->tv_nsec) / 1000;
}

static void print_receipt(const struct replaying *r)
{
    struct replay_receipt receipt = replay_receipt(r->run.replay);
    uint64_t uncompared = events_check_uncompared(r->run.check);
    const char *how_far = uncompared                        ? ", as far as that goes"
                          : replay_ended_early(r->run.replay) ? ", up to where the recording was cut"
                                                          : "";
    printf("replayed %s: the event log equals the recorded one%s\n", shown(r->path), how_far);
    if (uncompared)
        printf("  %llu lines of it are in no recorded log\n", (unsigned long long)uncompared);
    printf("  %llu entries (%llu sent, %llu received), %llu bytes\n", (unsigned long long)receipt.entries,
           (unsigned long long)receipt.sent, (unsigned long long)receipt.received, (unsigned long long)receipt.size_bytes);
    printf("  %lld ms of recorded time in %lld ms\n", (long long)instant_to_ms(receipt.end),
           (long long)(since_us(&r->began) / 1000));
    printf("  isolation: no socket, no program%s\n", isolation_holds() ? ", no file but the recording" : "; files are open to it: this kernel has no Landlock");
    for (struct slice notes = receipt.notes; notes.len;) {
        const char *newline = memchr(notes.ptr, '\n', notes.len);
        size_t len = newline ? (size_t)(newline - notes.ptr) + 1 : notes.len;
        printf("  %.*s", (int)len, notes.ptr);
        notes = (struct slice){notes.ptr + len, notes.len - len};
    }
}

static void report(struct replaying *r)
{
    if (r->verify)
        print_receipt(r);
    if (r->summarize) {
        CLEANUP_STR struct str text;
        str_init(&text, 1 << 16);
        summary_print(&r->summary, since_us(&r->began), &text);
        fputs(str_text(&text), stdout);
    }
    if (r->run.run_ended.code != ERR_OK)
        fprintf(stderr, "revisit: the recorded run was ended by its environment: %s\n", r->run.run_ended.text);
    if (replay_ended_early(r->run.replay))
        fprintf(stderr, "revisit: the recording was cut at entry %llu: the run is replayed up to there\n",
                (unsigned long long)replay_receipt(r->run.replay).entries);
}

static enum err_code replay_whole(struct replaying *r, struct err *err)
{
    struct isolation isolation = {.reads = {r->path}};
    TRY(isolation_begin(&isolation, err));
    TRY(replay_batch(r, err));
    if (r->mark)
        return report_state(r, err);
    TRY(replay_run_finish(&r->run, err));
    TRY(output_finish(&r->output, err));
    report(r);
    return ERR_OK;
}

static void take_down(struct replaying *r)
{
    replay_run_close(&r->run);
    until_fini(&r->until);
    event_log_fini(&r->log);
    summary_fini(&r->summary);
}

int command_replay(int argc, char **argv, struct err *err)
{
    static struct replaying r; /* static: it is large, and there is one */
    (void)clock_gettime(CLOCK_MONOTONIC, &r.began);
    (void)json_object_seed(1); /* or jansson would open /dev/urandom */
    if (parse_arguments(argc, argv, &r, err) != ERR_OK)
        return 0;
    if (replay_run_open(&r.run, r.path, r.verify, err) == ERR_OK &&
        ((r.clean && require_clean(replay_recording(r.run.replay), err) != ERR_OK) || replay_whole(&r, err) != ERR_OK))
        (void)err_wrap(err, "replay %s", r.path);
    take_down(&r);
    return 0;
}
