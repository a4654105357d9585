/* The server, and the hand that sends to it: what becomes of the one request of an effect.
   The request leaves once (engine/browser holds it and sends it itself), so what is known
   of it outlives the page that made it. */
#include "recorder/model/model_parts.h"

static void say(struct model_verdict *verdict, const char *kind, const char *what)
{
    verdict->kind = kind;
    verdict->what = what;
}

/* The request's answer never came whole: the note's page hears that itself, the others have
   the browser's error page in their frame. */
static void say_network(const struct model *model, struct model_verdict *verdict)
{
    bool hears = model->call.target == FAULT_AT_OPERATION_SAVE_SOAP;
    say(verdict, "network", hears ? model_place(model->call.target) : "frame");
}

/* The request reaches the chart, or the login page. */
static void take(struct model *model, const struct ledger_request *request, struct model_verdict *verdict)
{
    if (model->keeps_before) {
        model->before = ledger_charts(model->ledger)[request->chart];
        model->before_chart = request->chart + 1;
    }
    bool expired = model->ledger->expired;
    if (!ledger_apply(model->ledger, request)) {
        say(verdict, "save_rejected", model_place(model->call.target));
        if (expired)
            model_expired(model, verdict);
        return;
    }
    model->page.billed |= request->change == LEDGER_BILL;
    if (model_call_fault(&model->call) != FAULT_CLOSES_ITSELF)
        return;
    verdict->first = true;
    ledger_charts(model->ledger)[request->chart].closes++;
    model->page.chart = 0;
}

void model_keep_request(struct model *model, struct instant ends, struct effect_report end)
{
    model->effect = (struct effect_report){EFFECT_IN_FLIGHT, end.retry_after_s};
    model->exchange_ends = ends;
    model->exchange_end = end.request;
}

/* Sent and open until `after`, or until nobody listens any more. */
static void keep_open(struct model *model, struct duration after)
{
    bool heard = after.us < model->call.http_timeout.us;
    struct duration open = heard ? after : model->call.http_timeout;
    model_keep_request(model, instant_add(model->base.now, open), (struct effect_report){heard ? EFFECT_ANSWERED : EFFECT_SENT, 0});
    model->call.answer_after = after;
}

/* What happens at the server unless it is told to misbehave. */
static bool take_plainly(struct model *model, const struct ledger_request *request, struct model_verdict *verdict)
{
    take(model, request, verdict);
    model->effect.request = EFFECT_ANSWERED;
    if (request->change == LEDGER_BILL && !verdict->kind)
        model->page.shown_bill = request->chart + 1;
    return true;
}

static bool take_late(struct model *model, struct ledger_request *request)
{
    struct duration after = model_fault_delay(model->call.fault);
    request->due = instant_add(model->ledger->now, after);
    ledger_send(model->ledger, request);
    keep_open(model, after);
    return model->exchange_end == EFFECT_ANSWERED;
}

bool model_server_take(struct model *model, struct ledger_request *request, struct model_verdict *verdict)
{
    const struct fault *fault = model->call.fault;
    enum effect_request *state = &model->effect.request;
    const char *place = model_place(model->call.target);
    switch ((int)model_call_fault(&model->call)) {
    case FAULT_LATE_EFFECT: return take_late(model, request);
    case FAULT_LATE_ANSWER:
        take(model, request, verdict);
        keep_open(model, model_fault_delay(fault));
        return model->exchange_end == EFFECT_ANSWERED;
    case FAULT_LOST_ANSWER:
        take(model, request, verdict);
        keep_open(model, model->call.http_timeout);
        return false;
    case FAULT_LOST_REQUEST:
        *state = EFFECT_NOT_SENT;
        say_network(model, verdict);
        return true;
    case FAULT_STATUS:
        model->effect = (struct effect_report){EFFECT_ANSWERED, fault->size};
        say(verdict, "network", place);
        return true;
    case FAULT_RESET:
        if (fault->taken)
            take(model, request, verdict);
        *state = EFFECT_SENT;
        say_network(model, verdict);
        return true;
    case FAULT_SHORT_BODY:
        take(model, request, verdict);
        *state = EFFECT_SENT;
        say_network(model, verdict);
        return true;
    case FAULT_REJECTED:
        *state = EFFECT_ANSWERED;
        say(verdict, "save_rejected", place);
        return true;
    case FAULT_CONFLICT:
        *state = EFFECT_ANSWERED;
        say(verdict, "conflict", place);
        return true;
    case FAULT_NO_WRITE_ACCESS:
        *state = EFFECT_ANSWERED;
        say(verdict, "no_write_access", place);
        return true;
    case FAULT_SILENT_LOSS: *state = EFFECT_ANSWERED; return true;
    case FAULT_MALFORMED:
        if (fault->taken)
            take(model, request, verdict);
        *state = EFFECT_ANSWERED;
        return verdict->nonsense = true;
    /* Taken, and the page has nobody any more who could say so. */
    case FAULT_HANG:
    case FAULT_STUCK:
    case FAULT_FREEZE:
    case FAULT_TARGET_CRASH:
    case FAULT_PIPE_CLOSED:
    case FAULT_BROWSER_GONE: return take_plainly(model, request, verdict) && false;
    default: return take_plainly(model, request, verdict);
    }
}
