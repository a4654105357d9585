/* A browser from its start to its end: process, pipe and private directory, which
   come and go together. What it says comes out in one order: its messages, the end
   of its pipe, its exit. */
#ifndef ENGINE_LIVE_BROWSER_H
#define ENGINE_LIVE_BROWSER_H

#include "engine/live/launch.h"
#include "engine/live/message_pipe.h"
#include "engine/live/private_dir.h"
#include "engine/live/process.h"
#include "engine/world/wire.h"

struct browser {
    uint32_t generation;
    bool is_present; /* started, and its exit not yet taken */
    struct process process;
    struct message_pipe pipe;
    struct private_dir dir;
    bool is_eof, is_eof_taken;
    bool has_exited;
    int status; /* as of waitpid(); valid when has_exited */
    /* When a browser whose pipe is closed is killed, if it has not gone by itself. */
    struct instant kill_at;
};

void browser_init(struct browser *browser);

/* Starts one; none may be present. Returns 0 or an errno. */
int browser_start(struct browser *browser, uint32_t generation, const struct launch_wish *wish);

/* Sends a message; dropped where there is no browser, or one that is ending. One
   over the pipe's ceilings kills the browser. */
void browser_send(struct browser *browser, struct instant now, struct slice message, const struct wire_bulk *bulk);

/* Kills it and removes all traces; its messages are gone. True: ret_item is the
   WIRE_EXIT that is still owed. */
bool browser_stop(struct browser *browser, struct wire_item *ret_item);

/* Reads, writes and looks after the process, without waiting. Call it when all that
   take() had to give is taken. */
void browser_work(struct browser *browser, struct instant now);

/* The next thing it has to say; `at` is left to the caller. */
bool browser_take(struct browser *browser, struct wire_item *ret_item);

#endif
