/* The model: an EHR in memory behind the door of engine/world/world.h. It stands where the
   browser layer stands and behaves as page.js over the site does (engine/mdland/README.md
   has the operations, engine/world/world.h the rest), without JSON, browser or clock: the
   whole engine above it runs tens of thousands of batches a minute. It misbehaves where a
   schedule of faults tells it to.

   Time is virtual: an operation is carried out at its own instant, from a queue, and a
   wait is a jump. One model is one process. Where a fault kills it, next() returns
   ERR_UNREADABLE and model_killed() tells; the ledger and the journal stay, and a model
   begun anew on them is the process after that. What the process knew - browser, page,
   forms - is gone; requests that it had sent land all the same.

   An engine that waits for what can never come, or goes round without end, is told so by
   ERR_INTERNAL. */
#ifndef RECORDER_MODEL_H
#define RECORDER_MODEL_H

#include "engine/world/world.h"
#include "recorder/model/fault.h"
#include "recorder/model/ledger.h"

struct exchange;
struct recall;

#define MODEL_FAULTS_MAX 128
#define MODEL_QUEUE_MAX  64

/* How long each takes; 0 = the default in brackets. */
struct model_latency {
    struct duration read;       /* [20 ms] what looks at a page that is there */
    struct duration navigation; /* [300 ms] what loads a page */
    struct duration effect;     /* [400 ms] what changes a chart; its request leaves after half of it */
    struct duration start;      /* [900 ms] */
    struct duration http;       /* [150 ms] */
    struct duration commit;     /* [1 ms] */
};

struct model_options {
    struct ledger *ledger;      /* borrowed */
    const struct fault *faults; /* borrowed; at most MODEL_FAULTS_MAX */
    size_t fault_count;
    uint32_t run;               /* the number of this process among those of the run; 0 = 1 */
    /* Makes a record durable; returns 0 or an errno. NULL: the line goes to `journal`, in
       the framing of engine/world/journal_line.h, after what is there; a torn line at its
       end is cut off first, as the live journal does. Without either records go nowhere. */
    int (*commit)(void *ctx, struct slice record);
    void *commit_ctx;
    struct str *journal; /* borrowed; its ceiling is ENOSPC */
    struct model_latency latency;
    /* Answers come from a recorded course (recorder/whatif/recall.h), not from pages of the model's
       own; the ledger then only says what stands on each chart. NULL: they do not. */
    struct recall *recall;
    uint64_t seed;       /* 0: latencies as they are; else each between half and one and a half of it */
    uint64_t turns_max;  /* calls of next() before an engine is held to go round for ever; 0 = 2^24 */
};

/* What tests and sweeps ask after a run. */
struct model_counts {
    uint64_t turns;
    uint32_t operations, effects, starts, stops, commits;
    uint32_t effects_without_intent; /* called before their intent was durable: must be 0 */
    uint32_t effects_after_expiry;   /* called after this process was told: must be 0 */
    uint32_t wrong_patient;          /* comparisons that failed before an effect */
};

/* What an operation answers, before it is put into words. */
struct model_verdict {
    enum fault_target target;
    const char *kind, *what; /* static; NULL: it succeeded */
    bool nonsense, expired, unreadable;
    bool first, second; /* billed; present; equal, empty; closed */
    uint32_t chart;     /* openVisit: index + 1 */
    const char *payer;
    const struct exchange *recalled; /* the answer is this one's, where `kind` is NULL */
    bool heard; /* only its request is known to have been answered (recorder/whatif/recall.h) */
};

enum model_event_kind { MODEL_ACT, MODEL_ANSWER, MODEL_COMPLETION };

struct model_event {
    struct instant at;
    enum model_event_kind kind;
    bool of_page; /* goes with it */
    uint32_t op;
    struct model_verdict verdict;
    /* Of a completion that is no operation's answer. */
    enum completion_kind completion;
    int code;          /* errno, signal, failure or which HTTP response */
    uint32_t size;     /* Retry-After */
    const char *detail;
};

/* The operation in hand: its arguments, read when it was called. A later one replaces it. */
struct model_call {
    uint32_t op; /* 0: none */
    enum fault_target target;
    const struct fault *fault; /* or NULL */
    bool effect, given_up, other_document;
    bool unreadable; /* the arguments are not understood */
    bool pinned;     /* openVisit: by its ids */
    int64_t start_by_ms;
    struct instant called;
    struct duration budget, http_timeout, answer_after;
    const struct exchange *recalled; /* what it was like when it was recorded; or NULL */
    uint32_t dialogs_shown;          /* of that one */
    bool acted;
    struct model_verdict pending;    /* acted, and answered once its dialogs are */
    uint64_t name, dob, payer, note;
    uint32_t order;
    char row_id[LEDGER_ID_BYTES], visit_id[LEDGER_ID_BYTES];
    struct ledger_codes codes;
};

enum model_section { MODEL_NOWHERE, MODEL_CODES, MODEL_NOTE, MODEL_CHECKOUT };

/* What a browser holds: gone with it. */
struct model_page {
    bool running; /* the browser */
    bool there;   /* its page */
    bool stuck, frozen;
    uint32_t dialog; /* the op whose dialog is open; 0 = none */
    bool dialog_is_recalled;
    struct instant began;
    char nonce[NONCE_MAX + 1];
    bool in_waiting_room;
    uint64_t searched;       /* the birth date; 0 = none */
    uint32_t patient, chart; /* of the list; the open one: index + 1; 0 = none */
    bool billed;             /* as the open visit's page knows it */
    uint32_t shown_bill;     /* the chart whose bill an answer has shown: index + 1; 0 = none */
    enum model_section section;
    bool form_dirty, note_filled;
    uint64_t note;
    struct ledger_codes form;
};

struct model {
    struct world base;
    /* Private from here on. */
    struct model_options options;
    struct model_counts counts;
    struct ledger *ledger;
    struct instant epoch; /* of this process, on the ledger's clock */
    struct mark mark;
    uint32_t last_op, documents, patient_hint;
    /* The schedule by target: index + 1 of the first fault there, and of the next after each; 0 = none. */
    uint8_t first_at[FAULT_TARGET_COUNT], next_at[MODEL_FAULTS_MAX];
    uint32_t seen[MODEL_FAULTS_MAX], struck[MODEL_FAULTS_MAX];
    bool killed, intent_durable, told_expired, keeps_before;
    uint32_t expiry_seen_by;
    uint64_t journal_seq;
    struct effect_report effect;
    struct instant exchange_ends; /* while the effect's request is in flight, */
    enum effect_request exchange_end; /* and what it is then */
    uint32_t before_chart; /* whose last effect `before` precedes: index + 1; 0 = none */
    struct ledger_chart before;
    uint32_t queued;
    struct model_event queue[MODEL_QUEUE_MAX]; /* the next one last */
    struct model_call call;
    struct model_page page;
    const struct operation *known[64];
    uint8_t known_target[64];
    /* What the completion in hand points to. */
    struct answer answer;
    struct wire_response response;
    char retry_after[16];
};

void model_init(struct model *model, const struct model_options *options);
struct world *model_world(struct model *model);

/* next() gave an error because a fault killed the process. */
bool model_killed(const struct model *model);
/* How often the n-th fault of the schedule struck: a sweep is over when none does. */
uint32_t model_struck(const struct model *model, size_t fault);
struct model_counts model_counts(const struct model *model);
/* A person logs in again. */
void model_login(struct model *model);

#endif
