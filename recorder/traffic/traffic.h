/* What a page asked of the net and what it was answered, as exchanges: network.ndjson
   (recorder/network.h) folded, one struct a request. A redirect ends one exchange and
   begins the next. Bodies stay files (bodies/SHA256) and are read when somebody wants one.

   Requests stand in the order in which they were asked. Nothing is left out and nothing
   added: a request without an end is TRAFFIC_OPEN, a body that the browser had no more is
   told from an empty one. */
#ifndef RECORDER_TRAFFIC_H
#define RECORDER_TRAFFIC_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "recorder/recording.h"

#define TRAFFIC_MEMORY_MAX ((size_t)1 << 30)
#define TRAFFIC_EXCHANGES_MAX (1u << 22)
/* Chromium itself allows 256 KiB of headers. */
#define TRAFFIC_HEADERS_MAX 512
#define TRAFFIC_BODY_MAX ((size_t)64 << 20)

struct traffic_header {
    struct slice name, value;
};

struct traffic_headers {
    struct traffic_header *list;
    size_t count;
};

enum traffic_end {
    TRAFFIC_OPEN,     /* the recording ends before its answer does */
    TRAFFIC_ANSWERED, /* the answer is whole */
    TRAFFIC_FAILED,   /* the browser said why: `failure` */
    TRAFFIC_CANCELED  /* the page gave it up: nobody knows what the answer would have been */
};

/* Slices live as long as the traffic. */
struct exchange {
    uint64_t line;       /* of its request in network.ndjson, from 1 */
    uint64_t ended_line; /* of its end; UINT64_MAX while TRAFFIC_OPEN */
    struct slice mark;   /* where in the run it was asked */
    struct slice request_id;
    struct slice method, url, type; /* type: Document, XHR, Script, ... */
    struct traffic_headers asked, answered;
    struct slice posted;
    bool has_posted;   /* the request had a body */
    bool posted_known; /* and these are its bytes */
    bool has_answer;   /* status and headers came */
    bool from_cache;
    uint32_t status;
    struct slice status_text, protocol, mime, address;
    enum traffic_end end;
    struct slice failure; /* "net::ERR_CONNECTION_RESET" */
    struct slice sha256;  /* of the body; empty: there is none on record */
    bool body_dropped;    /* the rules of redaction left it out; sha256 is empty */
    uint64_t body_size_bytes;
    int64_t asked_wall_us; /* since 1970 UTC; 0 = not known */
    int64_t asked_us, answered_us, ended_us; /* the browser's own clock; 0 = not known */
    uint32_t older; /* 1 + index of the one before it in its bucket; 0 = none */
    bool has_extra; /* its answer's headers as they were on the connection have come */
    bool has_asked_extra; /* and the request's own */
    bool lacks_extra;     /* neither will come but what came */
};

/* Headers that were told before the request that they are of. */
struct traffic_early;

#define TRAFFIC_BUCKETS (1u << 14)

struct traffic {
    struct arena arena;
    struct exchange *list; /* owned */
    size_t count, capacity;
    uint64_t sockets;  /* WebSocket and other channels that are no exchanges */
    uint64_t streamed; /* messages of event streams */
    uint32_t buckets[TRAFFIC_BUCKETS]; /* by request id: 1 + index; only while reading */
    struct traffic_early *early[TRAFFIC_BUCKETS]; /* in the arena, latest first; only while reading */
    uint32_t generation;
};

/* Reads the whole of network.ndjson. ERR_INPUT when the recording has none ("recorded
   without --record-network"), ERR_INTEGRITY for damage, by file and line. traffic_free()
   in any case. */
enum err_code traffic_read(const struct recording *recording, struct traffic **ret_traffic, struct err *err) MUST_USE;
void traffic_free(struct traffic *traffic); /* NULL is fine */

/* The body of an answer into out (overwritten), held to its digest. ERR_INTEGRITY when it
   is another one, ERR_INPUT when it is not there. */
enum err_code traffic_body(const struct store *store, struct slice sha256, struct str *out, struct err *err) MUST_USE;

/* Caches may keep the answer: it is the same whenever it is asked for. */
bool traffic_is_cacheable(const struct exchange *exchange);
/* As far as is known: an answer without a body on record may have had any. */
bool traffic_is_same_answer(const struct exchange *a, const struct exchange *b);
/* The exchange itself where its body is on record; else another one of the same request whose
   answer caches may keep, and is equal as far as is known; NULL = there is none. */
const struct exchange *traffic_with_body(const struct traffic *traffic, const struct exchange *exchange);
/* Whether the answer has a body at all, on record or not. */
bool traffic_expects_body(const struct exchange *exchange);

/* The first header of that name, in any case of letters; ptr NULL = none. */
struct slice traffic_header_find(const struct traffic_headers *headers, const char *name);

#endif
