/* The parts of the model, for each other: the queue and the door (model.c), an operation
   from its call to its answer (model_operation.c, its arguments model_call.c, the page
   model_page.c, the server model_server.c, the words model_answer.c), what else is asked
   (model_outside.c), and which fault strikes (model_fault.c). Internal to recorder/model/model*.c. */
#ifndef RECORDER_MODEL_PARTS_H
#define RECORDER_MODEL_PARTS_H

#include "recorder/model/model.h"
#include "recorder/whatif/recall.h"

#define MODEL_NO_FAULT FAULT_KIND_COUNT

/* The kind of the call's fault, or MODEL_NO_FAULT. */
static inline enum fault_kind model_call_fault(const struct model_call *call)
{
    return call->fault ? call->fault->kind : MODEL_NO_FAULT;
}

/* What only comes at another time is still what it would be. */
static inline bool model_fault_is_of_time(const struct fault *fault)
{
    return fault->kind == FAULT_DELAY || fault->kind == FAULT_LATE_ANSWER || fault->kind == FAULT_SLOW;
}

static inline struct duration model_fault_delay(const struct fault *fault)
{
    return duration_ms(fault->size);
}

/* Puts an event into the queue; of those at one instant the first one put comes first. */
void model_push(struct model *model, struct duration after, struct model_event event);
/* Nothing of this page comes any more. */
void model_drop_page(struct model *model);

/* The target that the operation is. */
enum fault_target model_target_of(struct model *model, const struct operation *operation);
/* An operation is called; its instant comes (false: no completion is due by it). */
void model_operation(struct model *model, const struct op_call *call, uint32_t op);
bool model_operation_act(struct model *model, const struct model_event *event, struct model_verdict *ret_verdict);
/* The open dialog is answered. */
void model_dialog_answered(struct model *model, bool accepted);

/* What is asked of the browser, the disk and the network. */
void model_start(struct model *model, uint32_t op);
void model_frames(struct model *model, uint32_t op);
void model_ping(struct model *model, uint32_t op);
void model_http(struct model *model, const struct wire_request *request, uint32_t op);
void model_commit(struct model *model, struct slice record, uint32_t op);
void model_lock(struct model *model, uint32_t op);
void model_journal_open(struct model *model);
/* A completion that is no operation's answer, put into words. */
void model_complete(struct model *model, const struct model_event *event, struct completion *ret);

/* Faults that take the page or the browser away, at a call or a start; true when nothing
   more is to be done for it. */
bool model_page_lost(struct model *model, const struct fault *fault, struct duration after);
/* A dialog opens before it. */
void model_dialog(struct model *model, uint32_t op);
struct duration model_takes(const struct model *model, struct duration plainly);

/* With a recall (recorder/whatif/recall.h). An operation is called: finds what answers it; nothing
   may, then its kind is undecided. */
void recall_call(struct model *model, struct slice args);
/* Does it ever act, as recorded? */
bool recall_acts(const struct model_call *call);
/* A session is looked at, and no recorded look is like it, or a fault has ended it: the page
   says what is so. */
bool recall_answers_plainly(const struct model *model);
/* How long until it acts; where the recording never came to that, as `plainly`. */
struct duration recall_time_to_act(const struct model_call *call, struct duration plainly);
/* An effect whose answer nobody waited for any more, and its request was answered. */
bool recall_is_heard(const struct exchange *exchange);
/* Puts what comes next of the operation in hand into the queue, `later` than recorded: its
   dialogs, its act, its answer. */
void recall_go_on(struct model *model, struct duration later);
/* The same for an operation that was called while the run kept to its recording: each at its
   recorded instant. */
void recall_take_over(struct model *model);
/* Carries it out, as recorded, on the chart. */
struct model_verdict recall_act(struct model *model, bool *ret_sends, struct ledger_request *ret_request);
/* Its request has been sent, and nothing but the recording says what became of it. */
void recall_sent(struct model *model);
/* True when the answer is a failure: then it is in *ret. */
bool recall_failure(const struct model_verdict *verdict, struct completion *ret);
/* Puts a recorded answer into model->answer, with what the chart shows now. */
void recall_answer(struct model *model, const struct model_verdict *verdict);

/* The engine waits no longer for the operation in hand. */
void recall_given_up(struct model *model);
/* A recorded look at the main page that this one is like; NULL: the recording has none. */
const struct exchange *recall_http(struct model *model);
/* A recorded exchange for what is asked beside the page, in this visit and step; NULL: the
   model says what a browser and a session in order say. */
const struct exchange *recall_outside(struct model *model, enum fault_target target);
/* The recorded start of a browser that this one is like, or NULL. */
const struct exchange *recall_start(struct model *model);
/* The visit that the mark names; NULL: the recording has none of it. */
const struct course_visit *recall_visit(const struct model *model);
/* The chart as the look in hand sees it. */
unsigned recall_position_seen(struct model *model);

/* Puts one record behind the journal; 0 or an errno. */
int model_journal_write(struct model *model, struct slice record);

/* Reads the arguments of the call; false, and an answer of bad_input, when they are not
   what an engine writes. */
bool model_call_read(struct model_call *call, struct slice args);

/* The fault that strikes at this target and place, or NULL; those that happen beside an
   operation (a signal, another person's bill) have happened then. */
const struct fault *model_strike(struct model *model, enum fault_target target);
/* Would one strike here now? Where none does, the places that were met are counted. */
bool model_would_strike(struct model *model, enum fault_target target);

/* Carries out the operation in hand on the page; *ret_request tells whether the page has
   made a request that changes the chart: it is in `ret`. */
struct model_verdict model_page_act(struct model *model, bool *ret_sends, struct ledger_request *ret_request);
/* Where on the site the operation is at work, as its failures name it. */
const char *model_place(enum fault_target target);
/* The chart that the operation is about, or NULL. */
struct ledger_chart *model_page_chart(struct model *model);
/* Sends the request of an effect, as the fault will have it. False: the page hears
   nothing of it. */
bool model_server_take(struct model *model, struct ledger_request *request, struct model_verdict *verdict);

/* What an effect has sent: open until `ends`, then as `end` says. */
void model_keep_request(struct model *model, struct instant ends, struct effect_report end);

/* How a page fails whose session is over. */
void model_expired(const struct model *model, struct model_verdict *verdict);

/* Does it happen in the page alone, whatever the session? */
bool model_is_local(enum fault_target target);
int64_t model_page_clock_ms(const struct model *model);
/* Puts the verdict into model->answer. */
void model_answer(struct model *model, const struct model_verdict *verdict);

#endif
