/* An attempt in the making: what the steps of one attempt share. A step is a
   function that returns true when it is done; on false either attempt->end says
   how the visit failed or attempt->code says that the run is over. So a visit
   reads as `walk(a) && codes(a) && note(a) && ...`. Internal to engine/mdland. */
#ifndef ENGINE_MDLAND_ATTEMPT_H
#define ENGINE_MDLAND_ATTEMPT_H

#include "engine/base/json_out.h"
#include "engine/mdland/operation.h"
#include "engine/mdland/visit.h"

struct attempt {
    const struct visit_plan *plan;
    struct caller *caller;
    uint32_t number;
    struct instant step_began;
    enum step step;
    struct attempt_end end;
    enum err_code code; /* other than ERR_OK: the run is over, `err` says why */
    struct err *err;
    struct str args;    /* the arguments being written; cleared by each args_begin */
    struct json_out json;
};

/* Begins a step: the mark moves, the clock of the step starts. A stop that was
   asked for takes effect here: between steps is a safe point. */
bool step_begin(struct attempt *a, enum step step);
/* Ends it well. */
bool step_done(struct attempt *a);
/* Ends it as failed, with this kind; returns false. */
bool step_failed(struct attempt *a, enum kind kind);
/* The run is over with this code; returns false. */
bool attempt_broken(struct attempt *a, enum err_code code);

/* The arguments of an operation: begin, add members by json_out_*, then call. */
struct json_out *args_begin(struct attempt *a);
void args_identity(struct attempt *a); /* visitId, name, dob */

/* Calls with the arguments written since args_begin. False when the operation
   failed (the step has then failed too, the session examined) or the run is over. */
bool attempt_call(struct attempt *a, enum operation_id id, struct call_outcome *ret_outcome);
/* The same for an operation whose value does not matter. */
bool attempt_do(struct attempt *a, enum operation_id id);
/* An effect: a failure is not yet a failure of the step; *ret_outcome tells. False
   only when the run is over. */
bool attempt_act(struct attempt *a, enum operation_id id, struct call_outcome *ret_outcome);
/* The step fails as the outcome says, after the session has been examined. */
bool attempt_fail(struct attempt *a, const struct call_outcome *outcome);

/* From the waiting room to the opened visit (walk.c). */
bool walk_to_visit(struct attempt *a);
bool walk_close(struct attempt *a);

/* The fence around a change of the chart (fence.c): read; act only if absent;
   intent, act, read again by the same operation, result. */
struct fence {
    enum effect effect;
    enum step step;
    enum operation_id act;
    bool (*is_there)(struct attempt *a, bool *ret_there);
    bool (*prepare)(struct attempt *a); /* NULL: nothing to prepare */
    bool (*reach)(struct attempt *a);   /* back to where is_there can read, after the visit closed itself */
};

bool fence_run(struct attempt *a, const struct fence *fence);

/* The three chapters of a visit (codes.c, note.c, billing.c). */
bool codes_save(struct attempt *a);
bool note_save(struct attempt *a);
bool billing_create(struct attempt *a);

#endif
