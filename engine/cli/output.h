/* Where event lines go: stdout, the run's own log, the recording, the fold for
   the summary. A stdout that fails never stops a run: a reader that went away is no
   error, and anything else is told at the end, as is a log that could not be written. */
#ifndef ENGINE_CLI_OUTPUT_H
#define ENGINE_CLI_OUTPUT_H

#include "engine/base/str.h"
#include "engine/cli/progress.h"
#include "engine/cli/run/metrics_file.h"
#include "engine/report/summary.h"

struct output {
    bool print;                /* lines go to stdout */
    bool live;                 /* each line at once, not when a buffer is full */
    bool narrate;              /* what happens, on stderr, in sentences */
    struct progress *progress; /* how far it is, on stderr; NULL = not told. It watches `summary` */
    int events_fd;             /* -1 = none */
    struct summary *summary;   /* NULL = none */
    struct metrics_file *metrics; /* NULL = none */
    /* Another taker: the recording. NULL = none. */
    void *ctx;
    void (*line)(void *ctx, struct slice line);
    /* Private. */
    int stdout_error; /* the errno that ended printing; 0 = none */
    bool first_done, fd_failed;
};

/* The event log's sink: ctx is a struct output. */
void output_line(void *ctx, struct slice line);

/* ERR_ENV when the run's log, stdout or the metrics could not be written. */
enum err_code output_finish(struct output *output, struct err *err) MUST_USE;

#endif
