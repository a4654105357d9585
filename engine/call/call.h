/* Page operations, called straight: submit, then take completions until the
   reply or the deadline. Dialogs, crashes, late replies, signals and a browser
   that must be started anew are handled here and nowhere else, so that a step
   reads as what it does.

   Two kinds of failure are kept apart. A page operation that fails is an
   outcome with a kind (policy/kind.def): the visit's business. An err_code
   other than ERR_OK ends the run: a replay that diverged, a journal that cannot
   be written, a browser that cannot be started. */
#ifndef ENGINE_CALL_CALL_H
#define ENGINE_CALL_CALL_H

#include "engine/policy/kind.h"
#include "engine/world/world.h"

#include <jansson.h>

/* A dialog that the workload knows: matched by a part of its text, any case. */
struct dialog_rule {
    const char *part; /* of the dialog's text */
    const char *id;   /* what the event log says of it */
    bool accept;
};

/* What happens on the way, for the event log. ctx is the observer's own. */
struct call_observer {
    void *ctx;
    /* id is NULL for a dialog that is not in the table; length in bytes. */
    void (*dialog)(void *ctx, const char *id, struct slice type, size_t length, bool accepted);
    /* what: "started", "killed", "crashed", "gone", "hung". */
    void (*browser)(void *ctx, const char *what);
    /* A stop was asked for: by a signal, or because the batch is out of time. */
    void (*stop)(void *ctx, bool out_of_time);
};

struct caller_options {
    struct op_start start; /* how to start the browser, each time; borrowed */
    const struct dialog_rule *dialogs;
    size_t dialog_count;
    uint32_t multiplier_thousandths;
    struct call_observer observer;
};

struct caller {
    struct world *world;
    struct caller_options options;
    uint32_t attempt;       /* of the visit in hand: lengthens the budgets */
    struct instant limit;   /* no read outlives it: the visit's deadline */
    bool browser_up;        /* a page is there that may answer */
    uint32_t failed_starts; /* in a row */
    bool fenced;            /* session expiry was seen: no page operation is called any more */
    struct instant stop_at; /* the batch's deadline: a stop that nobody else needs to ask for */
    bool stop_asked;        /* SIGTERM or SIGINT came, or that deadline */
    bool out_of_time;       /* it was the deadline */
    struct instant stop_limit; /* by then we have left, wherever we are */
    bool journal_failed;       /* a record could not be made durable: none is tried after it */
    uint64_t late_replies;
    /* The page's clock, as its last answer told it, and when that came in. */
    bool page_clock_known;
    int64_t page_clock_ms;
    struct instant page_clock_at;
    char nonce[NONCE_MAX + 1];
};

/* How long a stop may take to reach a safe point. */
#define STOP_GRACE_MS 25000

struct call_outcome {
    enum kind kind;       /* KIND_NONE: it succeeded */
    struct answer answer; /* the page's own, empty where it gave none */
    bool unanswered;      /* it was given up: nothing is known of what the page does */
    const char *silence;  /* unanswered: what stands in the way, as far as the browser tells; or NULL */
    struct effect_report effect; /* effects: what is known of their request */
};

void caller_init(struct caller *c, struct world *world, const struct caller_options *options);

/* Calls a page operation and waits for its answer, at most its budget. args is
   a JSON object. */
enum err_code call_page(struct caller *c, const struct operation *operation, struct slice args,
                        struct call_outcome *ret_outcome, struct err *err) MUST_USE;

/* The browser's own account of its frames, as {"frames":[url, ...]}; NULL
   in *ret_frames when it does not answer. The caller owns it. */
enum err_code call_frames(struct caller *c, json_t **ret_frames, struct err *err) MUST_USE;

/* Does the browser itself still answer, whatever its page does? */
enum err_code call_ping(struct caller *c, bool *ret_alive, struct err *err) MUST_USE;

/* Starts a browser and opens the main page, killing the one that runs. Three
   starts in a row that fail end the run (ERR_ENV); one that a stop has cut is none of
   them. A start that failed for the page's sake - it did not load, or the browser answers
   and it does not open - leaves browser_up false and the kind in ret_outcome. */
enum err_code call_start_browser(struct caller *c, struct call_outcome *ret_outcome, struct err *err) MUST_USE;

/* Kills the browser; why goes to the observer (NULL: say nothing). */
void call_stop_browser(struct caller *c, const char *why);

/* Makes one journal record durable (wire.h has its shape). A failure ends the
   run: ERR_ENV. */
enum err_code call_commit(struct caller *c, struct slice record, struct err *err) MUST_USE;

/* Takes the machine's lock of that name, to the end of the run; *ret_held when another
   process has it. A lock that cannot be asked for ends the run: ERR_ENV. */
enum err_code call_lock(struct caller *c, struct slice name, bool *ret_held, struct err *err) MUST_USE;

/* One HTTP exchange that changes nothing. The response is valid until the next call
   here; NULL when a stop was asked, before or meanwhile. */
enum err_code call_http(struct caller *c, const struct wire_request *request, const struct wire_response **ret_response,
                        struct err *err) MUST_USE;

/* A stop was asked and its grace is over: whatever fails now, the stop has cut it. */
bool call_grace_is_over(const struct caller *c);

/* Does nothing for a while; returns early when a stop is asked. */
enum err_code call_wait(struct caller *c, struct duration wait, struct err *err) MUST_USE;

/* The same to its end, stop or not, where the grace of a stop leaves so much time;
   *ret_whole tells. */
enum err_code call_wait_out(struct caller *c, struct duration wait, bool *ret_whole, struct err *err) MUST_USE;

#endif
