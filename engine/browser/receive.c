/* Items in. Each is taken for what it says, and at most one completion comes of
   it; most messages are nobody's business and cost a look at their two ends and
   a copy of their head. */
#include "engine/browser/answer.h"
#include "engine/browser/command.h"
#include "engine/browser/parse.h"

/* A reply that somebody awaits: an error, an answer, or text that is no JSON,
   which fails its op by the id at its head. */
static bool take_awaited(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion)
{
    const json_t *error = json_object_get(root, "error");
    b->counters.late_replies += pending->given_up && pending->kind != PENDING_START && pending->kind != PENDING_TARGETS;
    b->counters.malformed += !root;
    if (pending->kind == PENDING_START)
        return start_take_reply(b, pending, root, ret_completion);
    if (pending->kind == PENDING_FRAME_TREE || pending->kind == PENDING_TARGETS)
        return frames_take_reply(b, pending, root, ret_completion);
    if (pending->kind == PENDING_CALL)
        fence_answered(b, pending->op);
    if (error)
        return reply_take_error(b, pending->op, error, ret_completion);
    if (!root)
        return completion_failure(ret_completion, pending->op, FAILURE_PROTOCOL, "the answer is not JSON, or over the limit");
    if (pending->kind == PENDING_PING)
        return completion_result(ret_completion, pending->op, SLICE("{}"));
    return reply_take_call(b, pending->op, root, ret_completion);
}

/* The answer of a page operation, in b->text. */
static bool take_answer(struct browser *b, const struct pending *pending, struct completion *ret_completion)
{
    b->counters.late_replies += pending->given_up;
    fence_answered(b, pending->op);
    return completion_result(ret_completion, pending->op, str_slice(&b->text));
}

static bool take_reply(struct browser *b, struct slice text, struct message *message, struct completion *ret_completion)
{
    struct pending pending;
    if (!pending_take(b, message->id, &pending)) {
        b->counters.unknown_replies++;
        return false;
    }
    if (pending.kind == PENDING_IGNORED)
        return false;
    if (pending.kind == PENDING_CALL && !message->root && answer_read_text(text, &b->text))
        return take_answer(b, &pending, ret_completion);
    bool done;
    if (pending.kind == PENDING_FRAME_TREE && !pending.given_up && !message->root &&
        frames_take_tree(b, &pending, text, ret_completion, &done))
        return done;
    if (!message->root)
        message->root = parse_json(text, &b->scratch);
    return take_awaited(b, &pending, message->root, ret_completion);
}

static bool take_dialog(struct browser *b, json_t *root, struct completion *ret_completion)
{
    if (b->stage != STAGE_UP && b->stage != STAGE_STARTING)
        return false;
    const json_t *params = json_object_get(root, "params");
    b->counters.malformed += !root;
    b->dialog_open = true;
    hold_reply(b, root);
    *ret_completion = (struct completion){.kind = COMPLETION_DIALOG};
    ret_completion->dialog.type = json_slice(json_object_get(params, "type"));
    ret_completion->dialog.text = json_slice(json_object_get(params, "message"));
    return true;
}

enum event_kind { EVENT_DIALOG, EVENT_DIALOG_CLOSED, EVENT_PAUSED, EVENT_CRASH, EVENT_TARGET_GONE };

/* The events that somebody awaits. All others are kept as heads at most. */
static const struct {
    struct slice method;
    enum event_kind kind;
    bool on_session;
} events[] = {
    {{"Page.javascriptDialogOpening", 28}, EVENT_DIALOG, true},
    {{"Page.javascriptDialogClosed", 27}, EVENT_DIALOG_CLOSED, true},
    {{"Fetch.requestPaused", 19}, EVENT_PAUSED, true},
    {{"Inspector.targetCrashed", 23}, EVENT_CRASH, true},
    {{"Target.targetCrashed", 20}, EVENT_TARGET_GONE, false},
    {{"Target.targetDestroyed", 22}, EVENT_TARGET_GONE, false},
    {{"Target.detachedFromTarget", 25}, EVENT_TARGET_GONE, false},
};

/* Of ours? The browser tells of every target it has. */
static bool names_our_page(const struct browser *b, const json_t *root)
{
    const json_t *params = json_object_get(root, "params");
    return b->target[0] && slice_equal(json_slice(json_object_get(params, "targetId")), slice_of(b->target));
}

static json_t *whole(struct browser *b, struct slice text, struct message *message)
{
    if (!message->root)
        message->root = parse_json(text, &b->scratch);
    return message->root;
}

static bool take_known_event(struct browser *b, enum event_kind kind, struct slice text, struct message *message,
                             struct completion *ret_completion)
{
    switch (kind) {
    case EVENT_DIALOG: return take_dialog(b, whole(b, text, message), ret_completion);
    case EVENT_DIALOG_CLOSED: b->dialog_open = false; return false;
    case EVENT_PAUSED: fence_take_paused(b, text, &message->root); return false;
    case EVENT_CRASH: return page_lost(b, ret_completion);
    case EVENT_TARGET_GONE: return names_our_page(b, whole(b, text, message)) && page_lost(b, ret_completion);
    }
    return false;
}

static bool take_event(struct browser *b, struct slice text, struct message *message, struct completion *ret_completion)
{
    bool on_session = b->session[0] && slice_equal(message->session, slice_of(b->session));
    if (message->session.len != 0 && !on_session)
        return false;
    for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
        if (events[i].on_session != on_session || !slice_equal(message->method, events[i].method))
            continue;
        return take_known_event(b, events[i].kind, text, message, ret_completion);
    }
    if (on_session)
        silence_push(b, text);
    return false;
}

static bool take_message(struct browser *b, struct slice text, struct completion *ret_completion)
{
    struct message message;
    bool done = false;
    b->counters.messages++;
    if (!message_read_ends(text, &message))
        message_read_any(text, &b->scratch, &message);
    switch (message.kind) {
    case MESSAGE_REPLY: done = take_reply(b, text, &message, ret_completion); break;
    case MESSAGE_EVENT: done = take_event(b, text, &message, ret_completion); break;
    case MESSAGE_OTHER:
        b->counters.unknown_replies += message.root != NULL;
        b->counters.malformed += message.root == NULL;
        break;
    }
    message_fini(&message);
    return done;
}

/* The browser ended, or its pipe did: told once. */
static bool take_end(struct browser *b, const struct wire_item *item, struct completion *ret_completion)
{
    if (b->stage == STAGE_NONE || b->stage == STAGE_GONE)
        return false;
    bool exited = item->kind == WIRE_EXIT;
    bool starting = b->stage == STAGE_STARTING;
    bool signaled = exited && item->exit.signaled;
    int code = exited ? item->exit.code : 0;
    if (starting) {
        if (!text_format(b->detail, sizeof b->detail, "%s %d", signaled ? "killed by signal" : "exit status", code))
            b->detail[0] = '\0';
        start_fail(b, FAILURE_LAUNCH, exited ? b->detail : "the pipe was closed", ret_completion);
        stage_set(b, STAGE_GONE);
        return true;
    }
    stage_set(b, STAGE_GONE);
    *ret_completion = (struct completion){.kind = COMPLETION_GONE, .gone = {signaled, code}};
    return true;
}

static bool take_refusal(struct browser *b, int error, struct completion *ret_completion)
{
    if (b->stage != STAGE_STARTING)
        return false;
    const char *name = strerrorname_np(error);
    start_fail(b, FAILURE_LAUNCH, name ? name : "refused", ret_completion);
    stage_set(b, STAGE_GONE);
    return true;
}

static bool take_http(struct browser *b, const struct wire_response *response, struct completion *ret_completion)
{
    uint32_t op;
    if (http_id_is_fence(response->id, &op)) {
        fence_take_response(b, op, response);
        return false;
    }
    *ret_completion = (struct completion){.kind = COMPLETION_HTTP, .op = op, .http = response};
    return true;
}

bool receive_item(struct browser *b, const struct wire_item *item, struct instant deadline,
                      struct completion *ret_completion)
{
    bool is_old = item->generation != b->generation || b->stage == STAGE_NONE;
    switch (item->kind) {
    case WIRE_BYTES: return !is_old && b->stage != STAGE_GONE && take_message(b, item->bytes, ret_completion);
    case WIRE_EOF:
    case WIRE_EXIT: return !is_old && take_end(b, item, ret_completion);
    case WIRE_REFUSED: return !is_old && take_refusal(b, item->refused, ret_completion);
    case WIRE_HTTP: return take_http(b, item->http, ret_completion);
    case WIRE_SIGNAL:
        *ret_completion = (struct completion){.kind = COMPLETION_SIGNAL, .signal = item->signal};
        return true;
    case WIRE_WAKE:
        *ret_completion = (struct completion){.kind = COMPLETION_DEADLINE};
        return item->asked.us == deadline.us;
    case WIRE_IO:
        *ret_completion = (struct completion){.kind = COMPLETION_IO, .op = item->io.id};
        ret_completion->io_error = item->io.error;
        return true;
    }
    return false;
}
