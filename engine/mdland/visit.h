/* One attempt at one visit: from the waiting room to the closed visit, every
   step with its proof. What is known of the visit across attempts
   - the pinned row, how far each effect came - lives in struct visit_facts,
   which is a fold of the journal. */
#ifndef ENGINE_MDLAND_VISIT_H
#define ENGINE_MDLAND_VISIT_H

#include "engine/call/call.h"
#include "engine/mdland/batch_input.h"
#include "engine/mdland/step.h"

/* The three changes that a visit makes to a chart. */
enum effect { EFFECT_DIAGNOSIS, EFFECT_NOTE, EFFECT_BILLING, EFFECT_COUNT };

enum effect_state {
    EFFECT_UNTOUCHED, /* not begun, or proved not to have begun */
    EFFECT_INTENDED,  /* an intent was journaled and no proof followed: it may have happened */
    EFFECT_PROVED     /* seen on the chart after our intent */
};

#define SITE_ID_MAX 32

struct visit_facts {
    bool pinned;
    char row_id[SITE_ID_MAX];   /* the row's id on the site, "trt" and digits */
    char visit_id[SITE_ID_MAX]; /* the visit's id on the site, digits */
    enum effect_state effects[EFFECT_COUNT];
};

/* What the runner does at the moments that matter. Each commit is durable, and the
   facts of the plan tell of it, before it returns; an error ends the run. */
struct visit_hooks {
    void *ctx;
    /* The session was checked, in the account that the page names ("" = it names none). */
    enum err_code (*account)(void *ctx, const char *doctor_id, struct err *err);
    /* A row was opened for the first time: false when its chart belongs to another visit. */
    bool (*opened)(void *ctx, const struct visit_facts *facts);
    enum err_code (*pinned)(void *ctx, const struct visit_facts *opened, struct err *err);
    enum err_code (*intent)(void *ctx, enum step step, struct err *err);
    /* Either it is on the chart, or it is proved not to have begun. */
    enum err_code (*result)(void *ctx, enum step step, bool proved, struct err *err);
    /* A step is over: took counts from its beginning. */
    void (*step)(void *ctx, enum step step, struct duration took, enum kind kind);
};

struct attempt_end {
    enum kind kind;     /* KIND_NONE: the visit is done */
    enum step step;     /* where it ended */
    const char *place;  /* what of the page a failure names, or why it is silent; NULL = none */
    bool needs_review;  /* billing may have happened and is not shown: a person must look */
    bool interrupted;   /* a stop was asked and a safe point reached */
    bool left_open;     /* the visit may still be open in the work area */
    uint32_t retry_after_s; /* the site asked to wait so long; 0 = it did not */
};

struct visit_plan {
    struct caller *caller;
    const struct visit_hooks *hooks;
    const struct visit *visit;
    struct mark mark;         /* patient and dos */
    const struct visit_facts *facts; /* kept by the hooks */
    bool close_first;         /* a visit may be open in the work area */
};

/* Runs attempt number `attempt` (from 1). Failures of the visit are in
   *ret_end; an error ends the run. */
enum err_code visit_attempt(const struct visit_plan *plan, uint32_t attempt, struct attempt_end *ret_end,
                            struct err *err) MUST_USE;

/* Closes a visit that was left open in the work area, so that its lock keeps out nobody
   who finishes it. That it does not close is no failure of anything. */
enum err_code visit_leave(struct caller *c, bool *ret_closed, struct err *err) MUST_USE;

#endif
