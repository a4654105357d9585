/* Ops in. What an op needs of the browser is written and sent here; an op that
   makes no sense now (a call without a page) becomes a failure that the next
   next() tells, since submit() itself never fails. */
#include "engine/browser/command.h"

/* __revisit.call("name",{args},{"budget":..}): see engine/mdland/README.md. */
static void write_expression(struct browser *b, const struct op_call *call)
{
    struct str *text = &b->expression;
    struct json_out options;
    str_clear(text);
    str_add(text, SLICE("__revisit.call("));
    json_out_quote(text, slice_of(call->operation->name));
    str_add_char(text, ',');
    str_add(text, call->args);
    str_add_char(text, ',');
    json_out_init(&options, text);
    json_out_object(&options, NULL);
    json_out_int(&options, "budget", duration_to_ms(call->budget));
    if (call->start_by_page_ms)
        json_out_int(&options, "startBy", call->start_by_page_ms);
    json_out_int(&options, "attempt", call->attempt);
    if (call->nonce.len)
        json_out_string(&options, "nonce", call->nonce);
    json_out_end_object(&options);
    str_add_char(text, ')');
}

static void submit_call(struct browser *b, uint32_t op, const struct op_call *call)
{
    bool is_fenced = !call->operation->is_effect || fence_open(b, op, call);
    if (b->stage != STAGE_UP || !is_fenced) {
        fence_answered(b, op);
        ready_failure(b, op, FAILURE_PROTOCOL, is_fenced ? "there is no page" : "the effect's path is not guarded");
        return;
    }
    struct command command;
    struct pending pending = {.kind = PENDING_CALL, .op = op};
    write_expression(b, call);
    command_begin(b, &command, "Runtime.evaluate", true);
    json_out_string(&command.params, "expression", str_slice(&b->expression));
    json_out_bool(&command.params, "awaitPromise", true);
    json_out_bool(&command.params, "returnByValue", true);
    json_out_bool(&command.params, "userGesture", true);
    if (!str_full(&b->expression) && command_end(b, &command, &pending, NULL))
        return;
    fence_answered(b, op);
    ready_failure(b, op, FAILURE_PROTOCOL, "the call is over the limit");
}

static void submit_ping(struct browser *b, uint32_t op)
{
    struct command command;
    struct pending pending = {.kind = PENDING_PING, .op = op};
    command_begin(b, &command, "Browser.getVersion", false);
    if (!command_end(b, &command, &pending, NULL))
        ready_failure(b, op, FAILURE_PROTOCOL, "too many commands are unanswered");
}

/* After a give-up the dialog stays: behind it the given-up call may be waiting. */
static void submit_answer(struct browser *b, bool accept)
{
    if (!b->dialog_open || b->fence.shut || (b->stage != STAGE_UP && b->stage != STAGE_STARTING))
        return;
    struct command command;
    command_begin(b, &command, "Page.handleJavaScriptDialog", true);
    json_out_bool(&command.params, "accept", accept);
    command_end_ignored(b, &command, NULL);
}

uint32_t browser_submit(struct world *world, const struct op *op)
{
    struct browser *b = (struct browser *)world;
    uint32_t id = op->kind == OP_STOP || op->kind == OP_ANSWER ? 0 : ++b->last_op;
    switch (op->kind) {
    case OP_START:
        forget_generation(b);
        start_begin(b, id, &op->start);
        break;
    case OP_STOP:
        if (b->stage != STAGE_NONE)
            b->wire->ops->kill(b->wire);
        forget_generation(b);
        break;
    case OP_CALL: submit_call(b, id, &op->call); break;
    case OP_ANSWER: submit_answer(b, op->answer.accept); break;
    case OP_FRAMES:
        if (b->stage == STAGE_UP)
            frames_ask(b, id);
        else
            ready_failure(b, id, FAILURE_PROTOCOL, "there is no page");
        break;
    case OP_PING:
        if (b->stage != STAGE_NONE && b->stage != STAGE_GONE)
            submit_ping(b, id);
        else
            ready_failure(b, id, FAILURE_PROTOCOL, "there is no browser");
        break;
    case OP_HTTP: b->wire->ops->http(b->wire, http_id_of_op(id), &op->http); break;
    case OP_COMMIT: b->wire->ops->commit(b->wire, id, op->record); break;
    case OP_LOCK: b->wire->ops->lock(b->wire, id, op->lock); break;
    }
    return id;
}
