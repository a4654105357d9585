/* The inside of the browser layer, shared by its files: one struct, and what
   each file offers to the others. The dispatch is in browser.c; start.c,
   reply.c, fence.c, frames.c and silence.c each own one member of it.

   Everything here is bounded and reset with the browser it speaks of: what one
   generation left behind is never seen by the next. */
#ifndef ENGINE_BROWSER_SESSION_H
#define ENGINE_BROWSER_SESSION_H

#include "engine/base/json_out.h"
#include "engine/browser/browser.h"
#include "engine/browser/message.h"

#include <jansson.h>

/* Chromium goes mute on commands of 100 MiB: stay well below. */
#define COMMAND_BYTES_MAX (64u << 20)
#define PENDING_MAX 256
#define READY_MAX 64
#define CDP_ID_MAX 64 /* target, session, context and request ids, NUL included */
#define DETAIL_MAX 96
#define COOKIES_BYTES_MAX (1u << 20)
#define URL_BYTES_MAX 8192
#define POST_BYTES_MAX (16u << 20)
#define FRAMES_BYTES_MAX (1u << 20)

enum stage {
    STAGE_NONE,     /* no browser */
    STAGE_STARTING, /* the start-up commands are under way */
    STAGE_UP,       /* the page may answer */
    STAGE_LOST,     /* the browser is there, the page is gone: no op of it will be answered */
    STAGE_GONE      /* the browser ended by itself */
};

/* Whom a reply is for. */
enum pending_kind {
    PENDING_IGNORED, /* nobody: a reply that only says it was done */
    PENDING_START,   /* start.c; `step` says which command */
    PENDING_CALL,
    PENDING_PING,
    PENDING_FRAME_TREE,
    PENDING_TARGETS
};

struct pending {
    uint32_t id; /* of the command; the table is in ascending order */
    uint32_t op;
    enum pending_kind kind;
    uint32_t step;
    bool given_up;
};

/* A failure known at submit() already, told by the next next(). */
struct ready {
    uint32_t op;
    enum failure_kind failure;
    const char *detail; /* static */
};

enum start_step {
    START_DISCOVER,
    START_VERSION,
    START_CONTEXT,
    START_COOKIES,
    START_TARGET,
    START_ATTACH,
    START_PAGE,
    START_SCRIPT,
    START_FENCE,
    START_NAVIGATE
};

#define GUARDED_MAX 16
#define GUARDED_LEN_MAX 64

struct start {
    uint32_t op; /* 0 = answered */
    uint32_t waiting;   /* replies of the phase in hand that have not come */
    struct str cookies; /* the JSON array of Storage.setCookies; "" = none */
    struct str url;
    char guarded[GUARDED_MAX][GUARDED_LEN_MAX];
    size_t guarded_count;
};

struct fence {
    uint32_t op;        /* the effect that was called last; 0 = none yet */
    const char *target; /* static, from its struct operation */
    struct duration timeout;
    bool open;     /* it was called, and neither answered nor given up */
    bool shut;     /* an effect was given up in this generation: no POST leaves any more */
    bool in_flight; /* its request is out, and the page waits for the answer */
    enum effect_request request;
    uint32_t retry_after_s;  /* as its answer asked, 429 and 503 alone */
    char request_id[CDP_ID_MAX]; /* of the paused request in flight */
    struct str body;
};

struct frames {
    uint32_t op;     /* 0 = none under way */
    uint32_t waiting; /* replies that have not come */
    struct str urls;  /* the result as far as it is known, and then until the next next() */
    struct json_out out;
};

/* The heads of the last messages nobody awaited: method and frame id stand in
   the first bytes, and nothing else is needed to say what the page was doing. */
#define RING_COUNT 1024
#define RING_HEAD_MAX 128

struct ring {
    uint64_t pushed;
    struct {
        uint16_t len;
        char text[RING_HEAD_MAX];
    } heads[RING_COUNT];
};

struct browser {
    struct world world; /* first */
    struct wire *wire;
    struct str page_script; /* escaped and quoted */

    enum stage stage;
    uint32_t generation; /* as the wire counts: one more with each start */
    uint32_t last_op;
    uint32_t last_command; /* of this generation */
    struct pending pending[PENDING_MAX];
    size_t pending_count;
    struct ready ready[READY_MAX];
    size_t ready_count;

    char target[CDP_ID_MAX];  /* also the main frame's id */
    char session[CDP_ID_MAX]; /* "" = not attached */
    char context[CDP_ID_MAX];
    char product[CDP_ID_MAX];
    bool dialog_open;

    struct start start;
    struct fence fence;
    struct frames frames;
    struct ring ring;
    struct browser_counters counters;

    /* What the completion in hand borrows; dropped by the next next(). */
    json_t *held;
    struct str text;
    char detail[DETAIL_MAX];

    struct str out;     /* the command being written */
    struct str expression;
    struct str scratch; /* parse.h */
};

/* browser.c */

void stage_set(struct browser *b, enum stage stage);
/* All that belongs to the browser that was: its ops are never answered. */
void forget_generation(struct browser *b);
/* Fill ret_completion; each returns true, for `return completion_...`. */
bool completion_result(struct completion *ret_completion, uint32_t op, struct slice result);
bool completion_failure(struct completion *ret_completion, uint32_t op, enum failure_kind kind, const char *detail);
/* The page is gone: closes what only it could answer. False when that was known. */
bool page_lost(struct browser *b, struct completion *ret_completion);
/* Queues a failure found at submit(). detail is static. */
void ready_failure(struct browser *b, uint32_t op, enum failure_kind kind, const char *detail);
/* Keeps the reply until the next next(), since the completion borrows from it. */
void hold_reply(struct browser *b, json_t *root);
struct slice json_slice(const json_t *text); /* empty unless it is a string */
/* Copies text of harmless characters only; false and "" otherwise. */
bool copy_harmless(struct slice text, size_t size, char *ret_text);

/* submit.c: world_ops.submit */

uint32_t browser_submit(struct world *world, const struct op *op);

/* receive.c */

/* True when the item is something for the engine, whose next() has this deadline.
   Items of another generation are dropped here and nowhere else. */
bool receive_item(struct browser *b, const struct wire_item *item, struct instant deadline,
               struct completion *ret_completion);

/* start.c */

void start_begin(struct browser *b, uint32_t op, const struct op_start *start);
bool start_take_reply(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion);
/* Ends a start that can no longer succeed and gives the page up; detail is
   borrowed like a completion's. */
bool start_fail(struct browser *b, enum failure_kind kind, const char *detail, struct completion *ret_completion);

/* reply.c */

/* What an "error" reply means for op. */
bool reply_take_error(struct browser *b, uint32_t op, const json_t *error, struct completion *ret_completion);
bool reply_take_call(struct browser *b, uint32_t op, json_t *root, struct completion *ret_completion);

/* frames.c */

void frames_ask(struct browser *b, uint32_t op);
/* A frame tree by its text alone: false when it must be parsed; else *ret_done is what
   frames_take_reply() would return. */
bool frames_take_tree(struct browser *b, const struct pending *pending, struct slice text, struct completion *ret_completion,
                      bool *ret_done);
bool frames_take_reply(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion);
void frames_reset(struct browser *b);

/* fence.c */

/* False when the effect's target is not behind the fence: it must not be called. */
bool fence_open(struct browser *b, uint32_t op, const struct op_call *call);
void fence_answered(struct browser *b, uint32_t op);
void fence_give_up(struct browser *b, uint32_t op);
void fence_reset(struct browser *b); /* a new generation: nothing of the old one is in its way */
/* The event's text; *root is the whole of it, parsed, or NULL and set when it had to be. */
void fence_take_paused(struct browser *b, struct slice text, json_t **root);
void fence_take_response(struct browser *b, uint32_t op, const struct wire_response *response);
/* Ids of exchanges on the wire: an op's own, or its fence's. */
uint32_t http_id_of_op(uint32_t op);
uint32_t http_id_of_fence(uint32_t op);
bool http_id_is_fence(uint32_t id, uint32_t *ret_op);
/* How the path of url begins after its last '/'. */
bool url_tail_starts(struct slice url, struct slice prefix);

/* silence.c */

void silence_push(struct browser *b, struct slice text);
const char *silence_say(const struct browser *b);

#endif
