/* What if: the door over a recorded course (recorder/whatif/course.h), for a run with other
   settings, or with faults. As long as the run asks what the recorded one asked, it is told
   what that one was told, at the same instants. At the first difference - another op, a
   deadline that fires earlier or later, a fault - it has left the recording for good, and
   the model goes on, answered by position (recorder/whatif/recall.h). What was on its way then
   still comes: a late answer at its recorded instant.

   An answer that is not recorded is assumed by a rule and counted (recorder/whatif/recall.def), or
   the visit is undecided. */
#ifndef RECORDER_WHATIF_H
#define RECORDER_WHATIF_H

#include "recorder/model/model.h"
#include "recorder/whatif/open_ops.h"
#include "recorder/whatif/recall.h"

struct whatif_options {
    const struct fault *faults; /* borrowed; at most MODEL_FAULTS_MAX */
    size_t fault_count;
    struct str *journal; /* borrowed; NULL: a kill cannot be resumed from */
    /* Hears of each answer given after the run left its recording; NULL: nobody does. */
    void *ctx;
    void (*told)(void *ctx, const struct recall_told *told);
};

struct whatif {
    struct world base;
    /* Private from here on. */
    const struct course *course;
    struct recall recall;
    struct model_latency latency; /* as the first of each took that was recorded */
    struct ledger *ledger; /* owned: a chart for each visit of the course */
    struct whatif_options options;
    struct model model;
    struct mark mark;
    uint32_t at; /* the next passage */
    bool left;   /* the recording */
    bool ended;  /* in step to its last entry, which is not the run's */
    struct instant left_at;
    struct mark left_mark;
    bool running, there; /* the browser, its page, while in step */
    uint32_t shown_bill; /* the chart whose bill this page has shown: index + 1; 0 = none */
    uint32_t call;       /* the exchange of the call in hand; COURSE_NONE */
    bool call_given_up;
    struct duration call_budget, call_http_timeout;
    struct str record;   /* the journal's, in step, on its way */
    struct open_ops open;
};

/* ERR_ENV without memory. The course is borrowed. */
enum err_code whatif_open(struct whatif *w, const struct course *course, struct err *err) MUST_USE;
void whatif_close(struct whatif *w);

/* A run from its beginning; any number one after another. */
struct world *whatif_begin(struct whatif *w, const struct whatif_options *options);
/* The process after one that a fault killed: it has left the recording. */
struct world *whatif_resume(struct whatif *w, uint32_t run);
/* The same after any end, from here on with these options. */
struct world *whatif_resume_under(struct whatif *w, uint32_t run, const struct whatif_options *options);

/* next() gave an error: because a fault killed the process, or because the recording is of
   a run that was cut and this one kept to it up to there. */
bool whatif_killed(const struct whatif *w);
bool whatif_ended(const struct whatif *w);
/* Did it leave the recording, and where? ret_mark and ret_at may be NULL. */
bool whatif_left(const struct whatif *w, struct instant *ret_at, struct mark *ret_mark);
/* What a run that is over has done to the charts, also where it never left the recording: the
   counts of the n-th visit that was run. Borrowed. */
struct ledger *whatif_charts(struct whatif *w);
/* How often the n-th fault struck in this process. */
uint32_t whatif_struck(const struct whatif *w, size_t fault);
const struct recall *whatif_recall(const struct whatif *w);

#endif
