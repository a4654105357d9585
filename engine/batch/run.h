/* A run in the making: what the parts of the runner share. Internal to engine/batch.

     runner.c    the batch: from its first event to its summary
     attempts.c  one visit, with its attempts
     gate.c      between two visits: stop, breaker, pace
     look.c      the site's main page by a plain GET: before a batch, and as a probe */
#ifndef ENGINE_BATCH_RUN_H
#define ENGINE_BATCH_RUN_H

#include "engine/batch/runner.h"

/* The main page: probe target of the session, and where a browser begins. */
#define MAIN_PAGE "/eClinic/clinic_main.aspx"

/* The charts opened for one patient: two visits of the batch must never come to the
   same one, whatever the list showed each time. */
#define PINNED_MAX 512

struct pinned {
    uint32_t patient;
    size_t count;
    struct {
        uint32_t dos;
        char visit_id[SITE_ID_MAX];
    } visits[PINNED_MAX];
};

struct runner {
    const struct run_plan *plan;
    struct event_log *log;
    struct err *err;
    struct caller caller;
    struct str main_url;
    struct batch_summary summary;
    struct breaker breaker;
    uint32_t completed;
    bool over;           /* no further visit is attempted */
    bool account_locked; /* this run is the only one in its EHR account */
    bool area_dirty;     /* a visit may be open in the work area */
    bool any_visit;      /* one has ended, at */
    struct instant visit_ended;
    struct instant not_before; /* the site asked the last visit's last attempt to wait so long */
    uint32_t retry_after_s; /* as the last answer to a look asked */
    struct pinned pinned; /* of the patient in hand, as the site names them */
    struct visit_state state; /* of the visit in hand */
    uint32_t attempt;
};

static inline struct instant run_now(const struct runner *r)
{
    return world_now(r->caller.world);
}

/* No further visit is begun; the first reason stays. */
void run_stop(struct runner *r, enum batch_outcome outcome, enum kind kind);
/* The session is over: told, latched in the journal, and the end of the run. */
enum err_code run_stop_expired(struct runner *r);
/* The stop that was asked for takes effect. */
void run_stop_asked(struct runner *r);

/* How an earlier run left the visit; NULL when it did not come to it. */
const struct visit_state *run_found(const struct runner *r, struct visit_label visit);

/* One visit with its attempts, and its result in the log. */
enum err_code attempts_run(struct runner *r, const struct visit *visit);
/* The visit's one result, and the progress it makes. */
void visit_settle(struct runner *r, const struct visit_result *result);

/* Waits between two visits until another may begin: then true in *ret_go. False when
   none may any more. */
enum err_code gate_pass(struct runner *r, bool *ret_go);

/* Before a batch. What is wrong with the site ends the run (ERR_ENV); a session that is
   over stops it. A site that is busy and says for how long is asked again. */
enum err_code look_before(struct runner *r);
/* The same look as a probe of the breaker: *ret_well; never an error of the site. */
enum err_code look_probe(struct runner *r, bool *ret_well);

#endif
