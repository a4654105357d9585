#include "engine/cli/output.h"

#include "engine/cli/descriptor.h"

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

static void show_progress(struct output *o, struct slice line)
{
    if (!slice_starts(line, SLICE("{\"type\":\"progress\",")))
        return;
    const char *completed = slice_find(line, SLICE("\"completed\":"));
    const char *total = slice_find(line, SLICE("\"total\":"));
    if (!completed || !total)
        return;
    if (!text_format(o->progress_text, sizeof o->progress_text, "%.*s of %.*s visits",
                     (int)strspn(completed + 12, "0123456789"), completed + 12, (int)strspn(total + 8, "0123456789"), total + 8))
        return;
    if (isatty(STDERR_FILENO))
        fprintf(stderr, "\r%s", o->progress_text);
}

/* Whoever pressed Ctrl-C learns that it was heard, and what a second one does. */
static void say_stop(struct slice line)
{
    if (!slice_starts(line, SLICE("{\"type\":\"stop\",")))
        return;
    bool by_signal = slice_find(line, SLICE("\"reason\":\"signal\"")) != NULL;
    fprintf(stderr, "%srevisit: %s: going on to the next safe point, 25 s at most%s\n", isatty(STDERR_FILENO) ? "\n" : "",
            by_signal ? "asked to stop" : "the batch is out of time",
            by_signal ? "; a second signal leaves at once" : "");
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
    if (o->progress)
        show_progress(o, line);
    if (o->live)
        say_stop(line);
}

enum err_code output_finish(struct output *o, struct err *err)
{
    if (o->progress && o->progress_text[0])
        fprintf(stderr, "%s\n", isatty(STDERR_FILENO) ? "" : o->progress_text);
    if (o->fd_failed)
        return err_set(err, ERR_ENV, "the run's events.ndjson could not be written whole; the journal is complete");
    if (o->stdout_error && o->stdout_error != EPIPE)
        return err_set(err, ERR_ENV, "stdout cannot be written: %s", strerror(o->stdout_error));
    if (o->metrics && o->metrics->failed.code != ERR_OK)
        return err_set(err, o->metrics->failed.code, "%s: the run is not touched by that", o->metrics->failed.text);
    return ERR_OK;
}
