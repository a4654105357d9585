/* The exit is looked for before the pipe is read: whatever the browser wrote before
   it ended is then in the pipe, and reading until it is empty reads all of it. A
   descendant that survived and holds the pipe open cannot delay the end. */
#include "engine/live/browser.h"

#include "engine/live/signals.h"

#include <sys/wait.h>

/* An orderly exit took 37 to 205 ms from the end of its pipe. */
#define GRACE_MS 1000

void browser_init(struct browser *browser)
{
    *browser = (struct browser){.process = PROCESS_NONE, .pipe = MESSAGE_PIPE_CLOSED, .dir = {.fd = -1}};
    browser->kill_at = INSTANT_NEVER;
}

static int spawn_guarded(struct browser *browser, const struct launch_wish *wish)
{
    struct launch launch;
    int error = launch_init(&launch, wish, browser->dir.path);
    if (error)
        return error;
    signals_hold();
    error = process_spawn(&browser->process, &browser->pipe, &launch);
    if (!error)
        signals_guard(browser->process.pid, &browser->dir);
    signals_release();
    return error;
}

int browser_start(struct browser *browser, uint32_t generation, const struct launch_wish *wish)
{
    ASSERT(!browser->is_present);
    browser_init(browser);
    browser->generation = generation;
    int error = private_dir_make(&browser->dir);
    if (error)
        return error;
    error = spawn_guarded(browser, wish);
    if (error)
        private_dir_remove(&browser->dir);
    browser->is_present = !error;
    return error;
}

/* Without one direction of its pipe a browser is of no use: its time is limited. */
static void limit_useless(struct browser *browser, struct instant now)
{
    bool is_useless = browser->is_eof || browser->pipe.write_fd < 0;
    if (is_useless && browser->kill_at.us == INSTANT_NEVER.us)
        browser->kill_at = instant_add(now, duration_ms(GRACE_MS));
}

void browser_send(struct browser *browser, struct instant now, struct slice message, const struct wire_bulk *bulk)
{
    if (!browser->is_present || browser->is_eof)
        return;
    if (!message_pipe_send(&browser->pipe, message, bulk))
        process_condemn(&browser->process);
    limit_useless(browser, now);
}

/* Signals are held: a second one in between would act on numbers that are no more ours. */
static void clean_up(struct browser *browser)
{
    private_dir_remove(&browser->dir);
    signals_guard(0, NULL);
}

static void fill_exit(struct browser *browser, struct wire_item *ret_item)
{
    bool signaled = WIFSIGNALED(browser->status);
    *ret_item = (struct wire_item){.kind = WIRE_EXIT, .generation = browser->generation};
    ret_item->exit.signaled = signaled;
    ret_item->exit.code = signaled ? WTERMSIG(browser->status) : WEXITSTATUS(browser->status);
    browser->is_present = false;
}

bool browser_stop(struct browser *browser, struct wire_item *ret_item)
{
    if (!browser->is_present)
        return false;
    if (!browser->has_exited) {
        signals_hold();
        process_kill(&browser->process, &browser->status);
        clean_up(browser);
        signals_release();
    }
    message_pipe_close(&browser->pipe);
    fill_exit(browser, ret_item);
    return true;
}

static void read_pipe(struct browser *browser, struct instant now)
{
    message_pipe_flush(&browser->pipe);
    enum message_pipe_state state = message_pipe_fill(&browser->pipe);
    if (state == MESSAGE_PIPE_FLOODED)
        process_condemn(&browser->process);
    browser->is_eof = state == MESSAGE_PIPE_ENDED || state == MESSAGE_PIPE_FLOODED ||
                      (state == MESSAGE_PIPE_EMPTY && browser->has_exited);
    limit_useless(browser, now);
}

static void look_for_exit(struct browser *browser)
{
    signals_hold();
    browser->has_exited = process_ended(&browser->process, &browser->status);
    if (browser->has_exited)
        clean_up(browser);
    signals_release();
}

void browser_work(struct browser *browser, struct instant now)
{
    if (!browser->is_present)
        return;
    if (!browser->has_exited)
        look_for_exit(browser);
    if (!browser->is_eof)
        read_pipe(browser, now);
    if (!browser->has_exited && !instant_before(now, browser->kill_at)) {
        process_condemn(&browser->process);
        browser->kill_at = INSTANT_NEVER;
    }
}

bool browser_take(struct browser *browser, struct wire_item *ret_item)
{
    struct slice message;
    if (!browser->is_present)
        return false;
    if (message_pipe_take(&browser->pipe, &message)) {
        *ret_item = (struct wire_item){.kind = WIRE_BYTES, .generation = browser->generation, .bytes = message};
        return true;
    }
    if (browser->is_eof && !browser->is_eof_taken) {
        browser->is_eof_taken = true;
        *ret_item = (struct wire_item){.kind = WIRE_EOF, .generation = browser->generation};
        ret_item->eof.dropped_bytes = message_pipe_rest(&browser->pipe);
        message_pipe_close(&browser->pipe);
        return true;
    }
    if (!browser->has_exited || !browser->is_eof_taken)
        return false;
    fill_exit(browser, ret_item);
    return true;
}
