#include "engine/cli/output.h"

#include "engine/cli/descriptor.h"
#include "engine/cli/narrator.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* A reader that takes nothing for this long is one that has left: a run must not stand
   still between a change of a chart and its proof because somebody paused a pager. */
#define READER_MS_MAX 10000

static bool takes_a_line(void)
{
    struct pollfd out = {.fd = STDOUT_FILENO, .events = POLLOUT};
    int ready = 0;
    do
        ready = poll(&out, 1, READER_MS_MAX);
    while (ready < 0 && errno == EINTR);
    return ready != 0;
}

/* The first line goes out at once even in a replay: who reads along sees that it
   has begun. */
static void print(struct output *o, struct slice line)
{
    if (o->stdout_error)
        return;
    if (o->live && !takes_a_line()) {
        o->stdout_error = EPIPE;
        return;
    }
    bool whole = fwrite(line.ptr, 1, line.len, stdout) == line.len;
    if (o->live || !o->first_done)
        whole = whole && fflush(stdout) == 0;
    o->first_done = true;
    if (!whole)
        o->stdout_error = errno;
}

/* Whoever pressed Ctrl-C learns at once that it was heard, and what a second one does. */
static void add_stop(struct slice line, struct str *out)
{
    if (!slice_starts(line, SLICE("{\"type\":\"stop\",")))
        return;
    bool by_signal = slice_find(line, SLICE("\"reason\":\"signal\"")) != NULL;
    str_addf(out, "revisit: %s: stopping at the next safe point, at most 25 s%s\n", by_signal ? "asked to stop" : "the batch is out of time",
             by_signal ? "; again to leave at once" : "");
}

/* What is said while the progress line stands: it goes away for that. */
static void say(struct output *o, struct slice line)
{
    CLEANUP_STR struct str text;
    str_init(&text, 4096);
    if (o->narrate)
        narrate(line, &text);
    if (o->live)
        add_stop(line, &text);
    if (text.len && o->progress)
        progress_clear(o->progress);
    fputs(str_text(&text), stderr);
}

void output_line(void *ctx, struct slice line)
{
    struct output *o = ctx;
    if (o->events_fd >= 0 && !o->fd_failed)
        o->fd_failed = !descriptor_write(o->events_fd, line);
    if (o->line)
        o->line(o->ctx, line);
    if (o->summary)
        summary_take(o->summary, line);
    if (o->metrics)
        metrics_file_take(o->metrics, line);
    if (o->print)
        print(o, line);
    say(o, line);
    if (o->progress)
        progress_show(o->progress);
}

enum err_code output_finish(struct output *o, struct err *err)
{
    if (o->progress)
        progress_clear(o->progress);
    if (o->fd_failed)
        return err_set(err, ERR_ENV, "the run's events.ndjson could not be written whole; the journal is complete");
    if (o->stdout_error && o->stdout_error != EPIPE)
        return err_set(err, ERR_ENV, "stdout cannot be written: %s", strerror(o->stdout_error));
    if (o->metrics && o->metrics->failed.code != ERR_OK)
        return err_set(err, o->metrics->failed.code, "%s: the run is not touched by that", o->metrics->failed.text);
    return ERR_OK;
}
