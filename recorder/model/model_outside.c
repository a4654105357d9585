/* What is asked beside the page: the browser itself, one exchange over HTTP, the journal
   and the lock. */
#include "recorder/model/model_parts.h"

#include "engine/world/journal_line.h"

#include <errno.h>

#define IO_US 100

enum { TEXT_NOTHING, TEXT_FRAMES, TEXT_LOGIN_FRAMES };
enum { HTTP_MAIN_PAGE, HTTP_LOGIN_PAGE, HTTP_OTHER_PAGE, HTTP_BUSY, HTTP_REFUSED, HTTP_RESET, HTTP_TIMEOUT };

static void push_result(struct model *model, uint32_t op, struct duration after, int text)
{
    model_push(model, after,
               (struct model_event){.kind = MODEL_COMPLETION, .of_page = true, .op = op, .completion = COMPLETION_RESULT, .code = text});
}

static void push_failure(struct model *model, uint32_t op, struct duration after, enum failure_kind failure, const char *detail)
{
    struct model_event event = {.kind = MODEL_COMPLETION, .of_page = true, .op = op, .completion = COMPLETION_FAILURE};
    event.code = (int)failure;
    event.detail = detail;
    model_push(model, after, event);
}

/* The fault that strikes here; kills are done. */
static const struct fault *strike(struct model *model, enum fault_target target)
{
    const struct fault *fault = model->first_at[target] ? model_strike(model, target) : NULL;
    bool of_site = target == FAULT_AT_START || target == FAULT_AT_FRAMES || target == FAULT_AT_PING ||
                   (target == FAULT_AT_HTTP && fault && !model_fault_is_of_time(fault));
    if (fault && model->options.recall && of_site && !fault_kills(fault->kind))
        recall_count(model, target, RECALL_PLANTED);
    model->killed |= fault && (fault->kind == FAULT_KILL || (fault->kind == FAULT_KILL_AFTER && target != FAULT_AT_COMMIT));
    return fault;
}

/* What needs no page goes on without it. */
static void lose_page(struct model *model, const struct fault *fault)
{
    enum fault_kind kind = fault ? fault->kind : MODEL_NO_FAULT;
    if (kind == FAULT_TARGET_CRASH || kind == FAULT_BROWSER_GONE || kind == FAULT_PIPE_CLOSED)
        (void)model_page_lost(model, fault, (struct duration){0});
}

static void new_document(struct model *model)
{
    model_drop_page(model);
    model->page = (struct model_page){.running = true, .there = true, .began = model->base.now};
    ASSERT(text_format(model->page.nonce, sizeof model->page.nonce, "r%un%u", model->options.run, ++model->documents));
}

/* As it was when it was recorded: well, failed, or never answered. */
static void start_recalled(struct model *model, uint32_t op, const struct exchange *start)
{
    struct duration after = instant_since(start->ended, start->at);
    struct model_event failure = {.kind = MODEL_COMPLETION, .of_page = true, .op = op, .completion = COMPLETION_FAILURE};
    failure.verdict.recalled = start;
    model->page.there = start->end == EXCHANGE_RESULT;
    if (start->end == EXCHANGE_RESULT)
        push_result(model, op, after, TEXT_NOTHING);
    if (start->end == EXCHANGE_FAILURE)
        model_push(model, after, failure);
}

void model_start(struct model *model, uint32_t op)
{
    struct duration after = model_takes(model, model->options.latency.start);
    const struct fault *fault = strike(model, FAULT_AT_START);
    const struct exchange *recalled = model->options.recall && !fault ? recall_start(model) : NULL;
    model->counts.starts++;
    new_document(model);
    if (recalled) {
        start_recalled(model, op, recalled);
        return;
    }
    if (!fault) {
        push_result(model, op, after, TEXT_NOTHING);
        return;
    }
    if (model_page_lost(model, fault, after)) {
        model->page.there = false;
        return;
    }
    switch ((int)fault->kind) {
    case FAULT_DELAY:
    case FAULT_LATE_ANSWER: push_result(model, op, model_fault_delay(fault), TEXT_NOTHING); return;
    case FAULT_SLOW: push_result(model, op, (struct duration){after.us * fault->size}, TEXT_NOTHING); return;
    case FAULT_DIALOG: model_dialog(model, op); return;
    case FAULT_MALFORMED: push_failure(model, op, after, FAILURE_PROTOCOL, "nonsense"); return;
    case FAULT_NO_START:
        push_failure(model, op, after, FAILURE_LAUNCH, "ENOENT");
        model->page = (struct model_page){0};
        return;
    case FAULT_LOST_REQUEST:
    case FAULT_STATUS:
    case FAULT_SHORT_BODY:
    case FAULT_RESET: push_failure(model, op, after, FAILURE_NETWORK, "net::ERR_FAILED"); return;
    default: push_result(model, op, after, TEXT_NOTHING);
    }
}

/* True when the recording says how this was answered, or that it was not. */
static bool is_recalled(struct model *model, uint32_t op, enum fault_target target, const struct fault *fault)
{
    const struct exchange *exchange = model->options.recall && !fault ? recall_outside(model, target) : NULL;
    if (!exchange)
        return false;
    struct model_event event = {.kind = MODEL_COMPLETION, .of_page = true, .op = op, .completion = COMPLETION_RESULT};
    event.verdict.recalled = exchange;
    if (exchange->end == EXCHANGE_RESULT)
        model_push(model, instant_since(exchange->ended, exchange->at), event);
    return true;
}

/* The browser knows where its frames are, whatever the page does. */
void model_frames(struct model *model, uint32_t op)
{
    const struct fault *fault = strike(model, FAULT_AT_FRAMES);
    struct duration after = model_takes(model, model->options.latency.read);
    bool login = model->ledger->expired && model->expiry_seen_by < 2;
    if (fault && model_page_lost(model, fault, after))
        return;
    if (login && model->options.recall && !fault)
        recall_count(model, FAULT_AT_FRAMES, RECALL_PLANTED);
    if (!login && !model->page.frozen && is_recalled(model, op, FAULT_AT_FRAMES, fault))
        return;
    if (model->page.there && !model->page.frozen)
        push_result(model, op, after, login ? TEXT_LOGIN_FRAMES : TEXT_FRAMES);
}

void model_ping(struct model *model, uint32_t op)
{
    const struct fault *fault = strike(model, FAULT_AT_PING);
    struct duration after = model_takes(model, model->options.latency.read);
    if (fault && model_page_lost(model, fault, after))
        return;
    if (!model->page.frozen && is_recalled(model, op, FAULT_AT_PING, fault))
        return;
    if (model->page.running && !model->page.frozen)
        push_result(model, op, after, TEXT_NOTHING);
}

static int exchange_of(const struct model *model, const struct fault *fault)
{
    switch (fault ? (int)fault->kind : (int)MODEL_NO_FAULT) {
    case FAULT_HANG:
    case FAULT_LOST_ANSWER: return HTTP_TIMEOUT;
    case FAULT_LOST_REQUEST: return HTTP_REFUSED;
    case FAULT_SHORT_BODY:
    case FAULT_RESET: return HTTP_RESET;
    case FAULT_STATUS: return HTTP_BUSY;
    case FAULT_MALFORMED: return HTTP_OTHER_PAGE;
    default: return model->ledger->expired ? HTTP_LOGIN_PAGE : HTTP_MAIN_PAGE;
    }
}

static const struct exchange *http_recalled(struct model *model, const struct fault *fault)
{
    bool recalls = model->options.recall && (!fault || model_fault_is_of_time(fault));
    const struct exchange *exchange = recalls ? recall_http(model) : NULL;
    return exchange && exchange->end == EXCHANGE_HTTP ? exchange : NULL;
}

void model_http(struct model *model, const struct wire_request *request, uint32_t op)
{
    const struct fault *fault = strike(model, FAULT_AT_HTTP);
    struct duration after = model_takes(model, model->options.latency.http);
    struct model_event event = {.kind = MODEL_COMPLETION, .op = op, .completion = COMPLETION_HTTP};
    event.code = exchange_of(model, fault);
    event.verdict.recalled = http_recalled(model, fault);
    if (event.verdict.recalled)
        after = instant_since(event.verdict.recalled->ended, event.verdict.recalled->at);
    if (fault && (fault->kind == FAULT_DELAY || fault->kind == FAULT_LATE_ANSWER))
        after = model_fault_delay(fault);
    if (fault && fault->kind == FAULT_SLOW)
        after.us *= fault->size;
    if (event.code == HTTP_TIMEOUT || request->timeout.us < after.us) {
        event.verdict.recalled = NULL;
        event.code = HTTP_TIMEOUT;
        after = request->timeout;
    }
    event.size = fault ? fault->size : 0;
    lose_page(model, fault);
    model_push(model, after, event);
}

static void cut_journal(struct str *journal, size_t len)
{
    journal->len = len;
    journal->full = false;
    if (journal->ptr)
        journal->ptr[len] = '\0';
}

/* Goes on after the last sound line: what follows was never acknowledged. */
void model_journal_open(struct model *model)
{
    struct str *journal = model->options.journal;
    struct slice record;
    if (!journal || model->options.commit)
        return;
    struct journal_walk walk = journal_walk_begin(str_slice(journal));
    while (journal_walk_next(&walk, &record) == JOURNAL_LINE)
        continue;
    cut_journal(journal, walk.sound_bytes);
    model->journal_seq = walk.next_seq - 1;
}

int model_journal_write(struct model *model, struct slice record)
{
    struct str *journal = model->options.journal;
    if (model->options.commit)
        return model->options.commit(model->options.commit_ctx, record);
    if (!journal)
        return 0;
    size_t before = journal->len;
    journal_line_format(journal, model->journal_seq + 1, record);
    if (str_full(journal)) {
        cut_journal(journal, before);
        return ENOSPC;
    }
    model->journal_seq++;
    return 0;
}

/* The process dies in the middle of the line. */
static void tear(struct model *model, struct slice record, uint32_t bytes)
{
    struct str *journal = model->options.journal;
    model->killed = true;
    if (model->options.commit || !journal)
        return;
    size_t before = journal->len;
    (void)model_journal_write(model, record);
    if (before + bytes < journal->len)
        cut_journal(journal, before + bytes);
}

void model_commit(struct model *model, struct slice record, uint32_t op)
{
    const struct fault *fault = strike(model, FAULT_AT_COMMIT);
    struct model_event event = {.kind = MODEL_COMPLETION, .op = op, .completion = COMPLETION_IO};
    enum fault_kind kind = fault ? fault->kind : MODEL_NO_FAULT;
    model->counts.commits++;
    if (kind == FAULT_TORN_COMMIT)
        tear(model, record, fault->size);
    if (model->killed)
        return;
    event.code = kind == FAULT_COMMIT_FAILS ? ENOSPC : model_journal_write(model, record);
    model->intent_durable = event.code == 0 && slice_starts(record, SLICE("\"type\":\"intent\""));
    model->killed = kind == FAULT_KILL_AFTER;
    lose_page(model, fault);
    model_push(model, model_takes(model, model->options.latency.commit), event);
}

void model_lock(struct model *model, uint32_t op)
{
    const struct fault *fault = strike(model, FAULT_AT_LOCK);
    struct model_event event = {.kind = MODEL_COMPLETION, .op = op, .completion = COMPLETION_IO};
    event.code = fault && fault->kind == FAULT_LOCKED ? EWOULDBLOCK : 0;
    lose_page(model, fault);
    model_push(model, (struct duration){IO_US}, event);
}

static struct slice text_of(int text)
{
    switch (text) {
    case TEXT_FRAMES: return SLICE("{\"frames\":[]}");
    case TEXT_LOGIN_FRAMES: return SLICE("{\"frames\":[\"https://login.invalid/login_single.aspx\"]}");
    }
    return SLICE("{}");
}

static void answer_http(struct model *model, const struct model_event *event)
{
    static const struct wire_response responses[] = {
        [HTTP_MAIN_PAGE] = {.state = WIRE_HTTP_ANSWERED, .status = 200, .body = SLICE("<iframe id=workarea0>")},
        [HTTP_LOGIN_PAGE] = {.state = WIRE_HTTP_ANSWERED, .status = 200, .body = SLICE("<input type=\"password\">")},
        [HTTP_OTHER_PAGE] = {.state = WIRE_HTTP_ANSWERED, .status = 200, .body = SLICE("It works!")},
        [HTTP_BUSY] = {.state = WIRE_HTTP_ANSWERED, .status = 503},
        [HTTP_REFUSED] = {.state = WIRE_HTTP_NOT_SENT, .failure = WIRE_HTTP_REFUSED},
        [HTTP_RESET] = {.state = WIRE_HTTP_SENT, .failure = WIRE_HTTP_RESET},
        [HTTP_TIMEOUT] = {.state = WIRE_HTTP_SENT, .failure = WIRE_HTTP_TIMEOUT},
    };
    struct wire_response *response = &model->response;
    *response = responses[event->code];
    model->told_expired |= event->code == HTTP_LOGIN_PAGE;
    if (event->code != HTTP_BUSY || event->size == 0)
        return;
    ASSERT(text_format(model->retry_after, sizeof model->retry_after, "%u", event->size));
    response->headers[0] = (struct wire_header){SLICE("Retry-After"), slice_of(model->retry_after)};
    response->header_count = 1;
}

void model_complete(struct model *model, const struct model_event *event, struct completion *ret)
{
    ret->kind = event->completion;
    switch (event->completion) {
    case COMPLETION_RESULT:
        ret->result = event->verdict.recalled ? event->verdict.recalled->result : text_of(event->code);
        model->told_expired |= event->code == TEXT_LOGIN_FRAMES;
        return;
    case COMPLETION_FAILURE:
        if (recall_failure(&event->verdict, ret))
            return;
        ret->failure.kind = (enum failure_kind)event->code;
        ret->failure.detail = slice_of(event->detail);
        return;
    case COMPLETION_DIALOG:
        if (event->verdict.recalled) {
            ret->dialog.type = event->verdict.recalled->dialogs[event->code].type;
            ret->dialog.text = event->verdict.recalled->dialogs[event->code].text;
            return;
        }
        ret->dialog.type = SLICE("confirm");
        ret->dialog.text = SLICE("Is this what you want?");
        return;
    case COMPLETION_CRASH: model_drop_page(model); return;
    case COMPLETION_GONE:
        model_drop_page(model);
        model->page = (struct model_page){0};
        ret->gone.signaled = true;
        ret->gone.code = 9;
        return;
    case COMPLETION_HTTP:
        ret->http = event->verdict.recalled ? event->verdict.recalled->http : &model->response;
        if (!event->verdict.recalled)
            answer_http(model, event);
        return;
    case COMPLETION_IO: ret->io_error = event->code; return;
    case COMPLETION_SIGNAL: ret->signal = event->code; return;
    case COMPLETION_DEADLINE: return;
    }
}
