/* The two byte streams between us and a browser (--remote-debugging-pipe): each
   message is a text ended by one NUL, no text holds a NUL. Nothing here blocks:
   what the browser does not take yet is queued, what it sent is handed out as
   slices of the one buffer it was read into. Both buffers are born with a
   ceiling; hitting one means that the browser has to go. */
#ifndef ENGINE_LIVE_MESSAGE_PIPE_H
#define ENGINE_LIVE_MESSAGE_PIPE_H

#include "engine/world/wire.h"

#include <stdbool.h>
#include <stddef.h>

/* Chromium stops reading for good, without a word, at a message over 100 MiB. */
#define MESSAGE_SENT_MAX (64u << 20)
/* Unsent bytes in the queue. */
#define MESSAGE_QUEUE_MAX (128u << 20)
/* Replies of 134 MB were seen to arrive whole; none that we ask for is near. */
#define MESSAGE_RECEIVED_MAX (128u << 20)

struct message_pipe {
    int read_fd, write_fd; /* owned; -1 = closed */
    struct {
        char *ptr;
        size_t start, end, scanned, capacity; /* [start, end) is unread; no NUL in [start, scanned) */
    } in;
    struct {
        char *ptr;
        size_t start, end, capacity;
    } out;
};

#define MESSAGE_PIPE_CLOSED ((struct message_pipe){.read_fd = -1, .write_fd = -1})

/* Takes both descriptors over and makes them non-blocking. */
void message_pipe_open(struct message_pipe *pipe, int read_fd, int write_fd);
/* Closes and forgets all; harmless on a closed pipe. */
void message_pipe_close(struct message_pipe *pipe);

enum message_pipe_state { MESSAGE_PIPE_READABLE, MESSAGE_PIPE_EMPTY, MESSAGE_PIPE_ENDED, MESSAGE_PIPE_FLOODED };

/* Reads a portion of what is there. READABLE: there may be more; EMPTY: all is read;
   ENDED: the other side has closed; FLOODED: the ceiling or the memory is hit.
   Invalidates the slices that take() gave. */
enum message_pipe_state message_pipe_fill(struct message_pipe *pipe);

/* The next whole message, without its NUL; valid until the next fill or close. */
bool message_pipe_take(struct message_pipe *pipe, struct slice *ret_message);

/* Whether another take would give one. */
bool message_pipe_has_more(const struct message_pipe *pipe);

/* Bytes after the last whole message that was taken. */
size_t message_pipe_rest(const struct message_pipe *pipe);

/* Queues a message with its bulk (may be NULL) inserted, and writes what can be
   written. False: over a ceiling, or no memory. A pipe that the browser has closed
   swallows everything. */
bool message_pipe_send(struct message_pipe *pipe, struct slice message, const struct wire_bulk *bulk);

bool message_pipe_wants_write(const struct message_pipe *pipe);
void message_pipe_flush(struct message_pipe *pipe);

#endif
