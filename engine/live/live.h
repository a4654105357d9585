/* The live bottom of the wire (engine/world/wire.h): a real Chromium on a pipe,
   HTTP by libcurl, SIGTERM and SIGINT, the journal file, the machine's locks and the
   monotonic clock, all waited for in one place. It knows clock, processes, sockets and
   environment; it knows nothing of what a message says or what a page is.

   What it promises beyond the wire:
   - Instants are microseconds of CLOCK_MONOTONIC since live_open(), read once
     after each wait. The wall clock is never looked at.
   - A browser lives in a session and process group of its own, with a private
     directory (0700, under $XDG_RUNTIME_DIR, $TMPDIR or /tmp) that holds its
     HOME, profile and temporary files. Its environment is a short list of our
     making. Both are gone when it is killed, when it dies, at live_close(), and
     at a second signal; if this process is killed, the browser dies with it and
     the next live_open() of the same user sweeps the directory.
   - The first SIGTERM or SIGINT is a WIRE_SIGNAL. The second, of either, ends the
     process at once with status 5 (stopped), wherever the program
     stands: browser killed, directory removed, the caller's last words written.
   - An HTTP exchange has a connection of its own and is sent at most once.
     Hop-by-hop headers (Host aside), Content-Length and Expect are ours; the
     other headers go out as given and nothing is added but Host and
     Content-Length. The body comes as received, without the transfer coding,
     with the content coding. Redirects and proxies are not followed.
   - Signal dispositions are process-wide, so one live wire is open at a time. */
#ifndef ENGINE_LIVE_LIVE_H
#define ENGINE_LIVE_LIVE_H

#include "engine/base/err.h"
#include "engine/live/network_off.h"
#include "engine/world/wire.h"

#include <stdbool.h>
#include <stdint.h>

struct live_options {
    /* A path, or a name to look up in $PATH; NULL: the usual names
       (engine/live/browser_path.h). Borrowed until live_close(). */
    const char *browser;
    /* As root a browser is refused (WIRE_REFUSED, EPERM) without it; never set by itself. */
    bool no_sandbox;
    /* The browser gets no way out: a network namespace of its own with nothing in it, or, where
       the kernel permits none, no name that resolves and a proxy that is nowhere
       (engine/live/network_off.h). */
    bool no_network;
    /* The journal to append to, made if absent; an existing one goes on after its last
       sound line, and a torn line behind that is cut off: fold it before opening
       (engine/live/journal_file.h). NULL: commits are answered with 0 and kept
       nowhere; for tests and for commands that only read. Borrowed for the call. */
    const char *journal_path;
    /* Written to stderr when a second signal ends the process; NULL: nothing. Borrowed until
       live_close(). */
    const char *last_words;
    /* Where locks lie. NULL: where all users of the machine look
       (engine/live/machine_lock.h); another place is for tests. Borrowed until live_close(). */
    const char *lock_folder;
};

/* Unanswered exchanges; one more is answered as failed, never sent. */
#define LIVE_EXCHANGES_MAX 32

struct live;

/* Takes over SIGTERM, SIGINT and SIGPIPE, sweeps directories left behind and opens
   the journal; starts no browser. On failure nothing stays open: ERR_INTEGRITY for a
   journal that is damaged before its end, else ERR_ENV. */
enum err_code live_open(const struct live_options *options, struct live **ret_live, struct err *err) MUST_USE;

/* The wire; lives as long as live does. */
struct wire *live_wire(struct live *live);

/* The process that holds the lock which was refused last; 0: none was, or it is not known.
   For people to be told. It is no part of the wire and must not be made one: no process
   id may enter a recording, an event or a decision. */
int live_lock_holder(const struct live *live);

/* How browsers are kept from the network; NETWORK_ON unless it was asked for. */
enum network_off live_network_off(const struct live *live);

/* Kills the browser, drops open exchanges, gives back all locks, closes everything and gives the signals
   back. Leaves no process, directory or descriptor. NULL is allowed. */
void live_close(struct live *live);

#endif
