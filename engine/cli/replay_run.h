/* One strict replay of a recording, as `revisit replay` and `revisit check` make it: its
   inputs, the engine over it, and the recorded event log to hold the new one to. It reads
   nothing but the recording, and from its opening on this process opens no socket. */
#ifndef ENGINE_CLI_REPLAY_RUN_H
#define ENGINE_CLI_REPLAY_RUN_H

#include "engine/batch/runner.h"
#include "engine/cli/settings.h"
#include "engine/cli/run/state_file.h"
#include "recorder/events.h"
#include "recorder/replay.h"

struct replay_run {
    const char *path;
    bool verify; /* compare: replay_run_check() is given every line */
    struct replay *replay;
    struct settings settings;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct state state;
    struct journal found; /* what an earlier run had left */
    struct browser *browser;
    struct events_check *check; /* verify, else NULL */
    struct err check_failed;    /* the first line that differs; ERR_OK: none */
    struct run_end end;
    struct err run_ended; /* why the recorded run ended early; ERR_OK: it did not */
    /* What goes between the recording and the browser layer, and between the engine and its
       door. NULL: nothing. Set before the play. */
    struct wire *(*tap)(void *ctx, struct wire *behind);
    struct world *(*watch)(void *ctx, struct world *behind, const struct journal *found);
    void *watch_ctx;
};

/* Errors name the recording's file. replay_run_close() is due in any case. */
enum err_code replay_run_open(struct replay_run *run, const char *path, bool verify, struct err *err) MUST_USE;
/* The engine over it; event lines go to `log`. A recording of a run that was cut is played to
   its last entry, and one whose environment broke to that; both are no errors. */
enum err_code replay_run_play(struct replay_run *run, struct event_log *log, struct err *err) MUST_USE;
/* verify: the next line of the log, newline included. The first difference is kept. */
void replay_run_check(struct replay_run *run, struct slice line);
/* Nothing may be left: no entry, and of the recorded log no line. */
enum err_code replay_run_finish(struct replay_run *run, struct err *err) MUST_USE;
void replay_run_close(struct replay_run *run);

#endif
