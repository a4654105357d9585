/* The wire: the outside, as it is. Whatever no computation could tell comes in
   through next() and nowhere else: CDP bytes, HTTP exchanges, the browser's exit,
   signals, the results of our own file writes, and when a deadline was noticed
   to have passed. Recording is therefore a tap on this interface
   (recorder/record) and replaying another bottom (recorder/replay); the live
   bottom is engine/live.

   Requests never block and never fail: what goes wrong with one arrives as an
   item. Calls that make no sense (send without a browser) are answered by the
   item that the outside would give (eof), never by a crash.

   Order is total: items come by (at, sequence of arrival). The clock is latched
   once a poll; every item of that poll carries the latched instant, and no item
   is ever earlier than the one before it. */
#ifndef ENGINE_WORLD_WIRE_H
#define ENGINE_WORLD_WIRE_H

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/world/mark.h"

/* How the browser is to be started. It says nothing of the machine (path,
   profile, HOME): those belong to the live bottom, so that a recording made
   here replays anywhere. */
struct wire_launch {
    bool headed;
};

/* A span that is part of an outgoing message but recorded only by name, size
   and digest: page.js, the body of a held request or of its answer. It is
   inserted into the message at byte `at`, raw or as base64. */
enum wire_bulk_encoding { WIRE_BULK_RAW, WIRE_BULK_BASE64 };

struct wire_bulk {
    const char *name;   /* static text: "page.js", "body" */
    struct slice bytes; /* borrowed for the call */
    enum wire_bulk_encoding encoding;
    size_t at;
    bool advisory; /* another digest in a replay is a note, not a divergence (page.js) */
};

struct wire_header {
    struct slice name;
    struct slice value;
};

#define WIRE_HEADERS_MAX 64

/* One HTTP request on a connection of its own, sent at most once, redirects
   not followed. */
struct wire_request {
    struct slice method; /* "GET", "POST" */
    struct slice url;    /* absolute, http or https */
    struct wire_header headers[WIRE_HEADERS_MAX];
    size_t header_count;
    struct slice body; /* recorded as a bulk named "body" */
    struct duration timeout;
};

/* How far an exchange came. Only WIRE_HTTP_NOT_SENT proves that the server has
   seen nothing of the request: no byte of it was handed to the kernel. */
enum wire_http_state { WIRE_HTTP_NOT_SENT, WIRE_HTTP_SENT, WIRE_HTTP_ANSWERED };

/* Why an exchange has no whole answer (wire_http.def: enum, wire name, sentence). */
enum wire_http_failure {
#define X(id, name, sentence) id,
#include "engine/world/wire_http.def"
#undef X
};

/* Bodies past this size are a failure (too large), never cut. */
#define WIRE_HTTP_BODY_MAX (8u << 20)

struct wire_response {
    uint32_t id;
    enum wire_http_state state;
    enum wire_http_failure failure; /* WIRE_HTTP_OK when state is answered and the body is whole */
    uint32_t status;                /* 0 when no answer began */
    struct wire_header headers[WIRE_HEADERS_MAX];
    size_t header_count;
    struct slice body;
};

enum wire_item_kind {
    WIRE_BYTES,  /* one whole CDP message, without its NUL */
    WIRE_EOF,    /* the pipe is closed; text left in the middle of a message is dropped and counted here */
    WIRE_EXIT,   /* the browser process ended */
    WIRE_HTTP,   /* an exchange ended, one way or another */
    WIRE_SIGNAL, /* SIGTERM, SIGINT, SIGHUP (numbers as on Linux: 15, 2, 1) */
    WIRE_WAKE,   /* the deadline asked of next() has passed */
    WIRE_IO,     /* a commit is durable, or a lock taken; or it failed */
    WIRE_REFUSED /* the browser could not be started */
};

struct wire_item {
    enum wire_item_kind kind;
    struct instant at;
    uint32_t generation; /* of the browser that the item speaks of; 0 = none */
    bool more;           /* another item is at hand: the next call of next() will not wait */
    union {
        struct slice bytes; /* valid until the next call of next() */
        struct {
            size_t dropped_bytes;
        } eof;
        struct {
            bool signaled;
            int code; /* exit status, or the signal's number */
        } exit;
        const struct wire_response *http; /* valid until the next call of next() */
        int signal;
        struct instant asked; /* WAKE: the deadline as it was asked */
        struct {
            uint32_t id;
            int error; /* 0, or an errno as on Linux */
        } io;
        int refused; /* an errno as on Linux */
    };
};

/* May a wait to this deadline be answered so? A wake comes at the deadline that was asked;
   anything else at or before it, because past its deadline the outside wakes first. */
bool wire_item_is_due(const struct wire_item *item, struct instant deadline);

struct wire;

struct wire_ops {
    /* Starts a browser; the generation grows by one. One that still runs is killed first. */
    void (*start)(struct wire *, const struct wire_launch *);
    /* Sends one CDP message; bulk may be NULL. */
    void (*send)(struct wire *, struct slice message, const struct wire_bulk *bulk);
    /* Kills the browser's process group and removes its private directory.
       Nothing of that generation is delivered afterwards but its WIRE_EXIT. */
    void (*kill)(struct wire *);
    void (*http)(struct wire *, uint32_t id, const struct wire_request *);
    /* Appends one journal record (a JSON object's members, without braces, seq and
       checksum: those are the journal's) and makes it durable; answered by WIRE_IO. */
    void (*commit)(struct wire *, uint32_t id, struct slice record);
    /* Takes the machine's lock of that name and keeps it as long as this process lives;
       answered by WIRE_IO, with EWOULDBLOCK when another process holds it. */
    void (*lock)(struct wire *, uint32_t id, struct slice name);
    /* The mark that entries carry from here on. */
    void (*mark)(struct wire *, const struct mark *);
    /* Waits for the next item, at most until deadline (INSTANT_NEVER: without end).
       Past the deadline WIRE_WAKE comes first, readable bytes next; an item that is
       there at exactly the deadline wins. Errors end the run: a divergence or a
       damaged recording in a replay, an unwritable recording, a failed poll. */
    enum err_code (*next)(struct wire *, struct instant deadline, struct wire_item *ret_item, struct err *);
};

/* Embedded as the first member by every implementation. */
struct wire {
    const struct wire_ops *ops;
};

#endif
