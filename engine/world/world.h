/* The door. What the engine asks is an op (call a page operation, answer a
   dialog, start or stop the browser, one HTTP request, one journal record, a lock), what
   it is told is a completion, and neither speaks of how it is done. Behind the door stands the browser layer over a wire (engine/browser),
   or something that needs no browser.

   submit() never blocks or fails: what goes wrong is the completion. Exactly one
   completion of kind RESULT, FAILURE, HTTP, IO answers each op, unless
   the browser is stopped (then its ops are never answered) or the op is given
   up; a reply to an op that was given up still arrives, as a RESULT or FAILURE
   with that op's id, for the caller to count and ignore. */
#ifndef ENGINE_WORLD_WORLD_H
#define ENGINE_WORLD_WORLD_H

#include "engine/base/budget.h"
#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/world/answer.h"
#include "engine/world/mark.h"
#include "engine/world/wire.h"

/* A page operation as the tables of a workload declare it (mdland/ops.def). */
struct operation {
    const char *name;   /* as page.js knows it */
    enum budget_class budget;
    bool is_effect;     /* changes the chart: its POST is held and sent by our own hand */
    const char *target; /* effects: how the path of its POST begins after the last '/', "ov_ptnote" */
};

struct op_call {
    const struct operation *operation;
    struct slice args;        /* a JSON object: the operation's identity */
    struct duration budget;   /* the page stops acting after it */
    int64_t start_by_page_ms; /* on the page's clock; an op that starts later answers too_late; 0 = any time */
    struct slice nonce;       /* of the document it is meant for; empty = any */
    uint32_t attempt;
    /* How long an answer to the effect's request is listened for, given up or not. */
    struct duration http_timeout;
};

struct op_cookie {
    struct slice name, value, domain, path;
    struct slice same_site; /* "Strict", "Lax", "None" */
    bool secure, http_only;
    int64_t expires_s; /* seconds of the Unix epoch; -1 = a session cookie */
};

struct op_start {
    struct slice url; /* the page to open */
    const struct op_cookie *cookies;
    size_t cookie_count;
    bool headed;
    /* POSTs to paths that begin so (after the last '/') leave only inside an effect:
       at any other time they are held and failed. */
    const char *const *guarded;
    size_t guarded_count;
};

enum op_kind {
    OP_START,  /* start a browser, open the page: RESULT {} once the page has begun to load its document */
    OP_STOP,   /* kill the browser's process group: no completion; nothing of it comes any more */
    OP_CALL,   /* call a page operation: RESULT with its text */
    OP_ANSWER, /* answer the open dialog: no completion of its own */
    OP_FRAMES, /* ask the browser itself for the frame tree: RESULT {"frames":[url, ...]} */
    OP_PING,   /* is the browser there at all: RESULT {} */
    OP_HTTP,   /* one request over HTTP: HTTP */
    OP_COMMIT, /* one journal record: IO */
    OP_LOCK,   /* the machine's lock of a name, kept to the end of the run: IO */
};

struct op {
    enum op_kind kind;
    union {
        struct op_start start;
        struct op_call call;
        struct {
            bool accept;
        } answer;
        struct wire_request http;
        struct slice record;
        struct slice lock;
    };
};

enum completion_kind {
    COMPLETION_RESULT,
    COMPLETION_FAILURE,
    COMPLETION_DIALOG,  /* a JavaScript dialog is open; the page stands still until it is answered */
    COMPLETION_CRASH,   /* the page's renderer is gone; no op of this page will be answered */
    COMPLETION_GONE,    /* the browser is gone */
    COMPLETION_HTTP,
    COMPLETION_IO,
    COMPLETION_SIGNAL,
    COMPLETION_DEADLINE /* the deadline of next() has passed */
};

/* Why an op failed, as far as the browser says it. */
enum failure_kind {
    FAILURE_NAVIGATED, /* the document went away under the call */
    FAILURE_THROWN,    /* the page's script threw: page.js missing or broken there */
    FAILURE_NETWORK,   /* the page could not be loaded: see `detail` */
    FAILURE_PROTOCOL,  /* the browser did not understand, or answered nonsense */
    FAILURE_LAUNCH     /* the browser could not be started: see `detail` */
};

struct completion {
    enum completion_kind kind;
    struct instant at;
    uint32_t op; /* the id that submit() gave; 0 = none */
    /* RESULT of an OP_CALL from a door that makes no text: what the text would say.
       Valid as long as the slices; NULL: `result` is to be read. */
    const struct answer *answer;
    union {
        struct slice result; /* JSON text; valid until the next call of next(), as all slices here */
        struct {
            enum failure_kind kind;
            struct slice detail; /* a net:: code or a protocol error's first words: never page text */
        } failure;
        struct {
            struct slice type; /* alert, confirm, prompt, beforeunload */
            struct slice text; /* the page's words: to be matched, never logged */
        } dialog;
        struct {
            bool signaled;
            int code;
        } gone;
        const struct wire_response *http;
        int io_error; /* 0 or an errno; of a lock EWOULDBLOCK: another process holds it */
        int signal;
    };
};

/* What is known of the request of the last effect that was called. */
enum effect_request {
    EFFECT_NO_REQUEST, /* the page has made none */
    EFFECT_NOT_SENT,   /* held, and no byte of it left */
    EFFECT_IN_FLIGHT,  /* sent, and its exchange is still open: it may yet be answered */
    EFFECT_SENT,       /* sent, and the exchange ended without a whole answer */
    EFFECT_ANSWERED
};

struct effect_report {
    enum effect_request request;
    /* Its answer was a 429 or 503 that asked to wait so long (Retry-After in seconds;
       its form as a date is not read); 0 = it did not. */
    uint32_t retry_after_s;
};

struct world;

struct world_ops {
    /* Returns the op's id, counted from 1; OP_STOP and OP_ANSWER return 0. */
    uint32_t (*submit)(struct world *, const struct op *);
    /* The caller waits no longer for this op. An effect given up can send nothing any
       more: a request of it that is still held, or comes later, is never let go. */
    void (*give_up)(struct world *, uint32_t op);
    struct effect_report (*effect)(const struct world *);
    void (*mark)(struct world *, const struct mark *);
    /* The next completion, at most until deadline. An error ends the run. */
    enum err_code (*next)(struct world *, struct instant deadline, struct completion *ret_completion, struct err *);
    /* A sentence part on why nothing comes: which dialog, navigation, frame or script is
       in the way, as far as the last messages tell; static text, no page text. */
    const char *(*silence)(struct world *);
};

/* Embedded as the first member by every implementation. */
struct world {
    const struct world_ops *ops;
    struct instant now; /* the `at` of the completion in hand */
};

static inline struct instant world_now(const struct world *world)
{
    return world->now;
}

#endif
