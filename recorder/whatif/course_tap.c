#include "recorder/whatif/course_tap.h"

#include "engine/world/response.h"
#include "recorder/model/ledger.h"

static struct course_tap *of_door(struct world *door)
{
    return (struct course_tap *)door;
}

static struct course_tap *of_wire(struct wire *wire)
{
    return (struct course_tap *)((char *)wire - offsetof(struct course_tap, wire));
}

static struct exchange *exchange_at(struct course_tap *tap, uint32_t index)
{
    return index == COURSE_NONE ? NULL : &tap->course->exchanges[index];
}

static bool needs_page(enum op_kind kind)
{
    return kind == OP_CALL || kind == OP_START || kind == OP_FRAMES || kind == OP_PING;
}

static uint32_t note_op(struct course_tap *tap, const struct op *op)
{
    struct exchange *exchange = course_add_exchange(tap->course);
    uint32_t index = exchange ? tap->course->exchange_count - 1 : COURSE_NONE;
    (void)course_add_passage(tap->course, PASSAGE_SUBMIT, tap->door.now, index);
    if (!exchange)
        return COURSE_NONE;
    exchange->kind = op->kind;
    exchange->target = fault_target_of_op(op);
    exchange->mark = tap->mark;
    exchange->at = tap->door.now;
    if (op->kind == OP_CALL) {
        exchange->args = ledger_digest(op->call.args);
        exchange->budget = op->call.budget;
    }
    if (op->kind == OP_HTTP)
        exchange->budget = op->http.timeout;
    if (op->kind == OP_CALL && op->call.operation->is_effect) {
        tap->effect = index;
        tap->request_id = 0;
    }
    if (needs_page(op->kind)) {
        tap->awaited = index;
        heard_begin(&tap->page);
    }
    return index;
}

/* The end of the wait for an op of the page: what it had said by then. `answered` is the
   instant of its answer, or NULL. */
static void keep_heard(struct course_tap *tap, uint32_t index, const struct instant *answered)
{
    struct exchange *exchange = exchange_at(tap, index);
    struct heard_last last;
    if (!exchange || index != tap->awaited || exchange->heard || !heard_find_last(&tap->page, answered, &last))
        return;
    struct heard_last *kept = arena_alloc(&tap->course->arena, sizeof *kept);
    tap->course->full |= !kept;
    if (kept)
        *kept = last;
    exchange->heard = kept;
}

static uint32_t door_submit(struct world *door, const struct op *op)
{
    struct course_tap *tap = of_door(door);
    uint32_t index = note_op(tap, op);
    tap->http_is_asked = op->kind == OP_HTTP;
    tap->calls = op->kind == OP_CALL ? op->call.operation->name : NULL;
    uint32_t id = tap->behind_door->ops->submit(tap->behind_door, op);
    tap->http_is_asked = false;
    tap->calls = NULL;
    if (id && index != COURSE_NONE)
        open_ops_add(&tap->open, id, index);
    return id;
}

static void door_give_up(struct world *door, uint32_t op)
{
    struct course_tap *tap = of_door(door);
    uint32_t exchange = COURSE_NONE;
    for (uint32_t i = 0; i < tap->open.count; i++)
        if (tap->open.ops[i].op == op)
            exchange = tap->open.ops[i].exchange;
    (void)course_add_passage(tap->course, PASSAGE_GIVE_UP, door->now, exchange);
    if (exchange != COURSE_NONE)
        tap->course->exchanges[exchange].given_up = door->now;
    keep_heard(tap, exchange, NULL);
    tap->behind_door->ops->give_up(tap->behind_door, op);
}

static struct effect_report door_effect(const struct world *door)
{
    struct course_tap *tap = of_door((struct world *)door);
    struct effect_report report = tap->behind_door->ops->effect(tap->behind_door);
    struct passage *passage = course_add_passage(tap->course, PASSAGE_EFFECT, door->now, tap->effect);
    if (passage)
        passage->effect = report;
    return report;
}

static void door_mark(struct world *door, const struct mark *mark)
{
    struct course_tap *tap = of_door(door);
    tap->mark = *mark;
    tap->behind_door->ops->mark(tap->behind_door, mark);
}

static const char *door_silence(struct world *door)
{
    struct course_tap *tap = of_door(door);
    const char *silence = tap->behind_door->ops->silence(tap->behind_door);
    struct passage *passage = course_add_passage(tap->course, PASSAGE_SILENCE, door->now, tap->awaited);
    if (passage)
        passage->silence = silence;
    return silence;
}

static struct slice keep(struct course_tap *tap, struct slice text)
{
    struct slice kept = arena_copy(&tap->course->arena, text);
    tap->course->full |= !kept.ptr;
    return kept;
}

static const struct wire_response *keep_response(struct course_tap *tap, const struct wire_response *response)
{
    struct wire_response *kept = arena_alloc(&tap->course->arena, sizeof *kept);
    tap->course->full |= !kept;
    if (!kept)
        return NULL;
    *kept = *response;
    kept->body = keep(tap, response->body);
    for (size_t i = 0; i < response->header_count; i++)
        kept->headers[i] = (struct wire_header){keep(tap, response->headers[i].name), keep(tap, response->headers[i].value)};
    return kept;
}

static void keep_result(struct course_tap *tap, struct exchange *exchange, const struct completion *done)
{
    struct answer answer;
    exchange->end = EXCHANGE_RESULT;
    if (exchange->kind != OP_CALL) {
        exchange->result = keep(tap, done->result);
        return;
    }
    tap->envelope(done->result, &answer);
    exchange->answer = course_keep_answer(tap->course, &answer);
}

static void note_answer(struct course_tap *tap, const struct completion *done)
{
    uint32_t index = open_ops_close(&tap->open, done->op);
    struct exchange *exchange = exchange_at(tap, index);
    (void)course_add_passage(tap->course, PASSAGE_ANSWER, done->at, index);
    if (!exchange)
        return;
    exchange->ended = done->at;
    keep_heard(tap, index, &done->at);
    switch ((int)done->kind) {
    case COMPLETION_RESULT: keep_result(tap, exchange, done); return;
    case COMPLETION_FAILURE:
        exchange->end = EXCHANGE_FAILURE;
        exchange->failure.kind = done->failure.kind;
        exchange->failure.detail = keep(tap, done->failure.detail);
        return;
    case COMPLETION_HTTP:
        exchange->end = EXCHANGE_HTTP;
        exchange->http = keep_response(tap, done->http);
        return;
    case COMPLETION_IO:
        exchange->end = EXCHANGE_IO;
        exchange->io_error = done->io_error;
        return;
    }
}

static void note_dialog(struct course_tap *tap, struct exchange *exchange, const struct completion *done)
{
    if (!exchange->dialogs)
        exchange->dialogs = arena_alloc_array(&tap->course->arena, COURSE_DIALOGS_MAX, sizeof *exchange->dialogs);
    tap->course->full |= !exchange->dialogs;
    if (!exchange->dialogs || exchange->dialog_count == COURSE_DIALOGS_MAX)
        return;
    exchange->dialogs[exchange->dialog_count++] =
        (struct exchange_dialog){done->at, keep(tap, done->dialog.type), keep(tap, done->dialog.text)};
}

/* A dialog, a crash or an exit is of the op that waits for the page, if one does. */
static void note_outside(struct course_tap *tap, const struct completion *done)
{
    struct exchange *exchange = exchange_at(tap, tap->awaited);
    bool waits = exchange && exchange->end == EXCHANGE_SILENT;
    struct passage *passage = course_add_passage(tap->course, PASSAGE_OUTSIDE, done->at, waits ? tap->awaited : COURSE_NONE);
    struct completion *kept = arena_alloc(&tap->course->arena, sizeof *kept);
    tap->course->full |= !kept;
    if (!passage || !kept)
        return;
    *kept = *done;
    passage->completion = kept;
    if (done->kind == COMPLETION_DIALOG) {
        kept->dialog.type = keep(tap, done->dialog.type);
        kept->dialog.text = keep(tap, done->dialog.text);
    }
    if (!waits || done->kind == COMPLETION_SIGNAL)
        return;
    if (done->kind == COMPLETION_DIALOG) {
        note_dialog(tap, exchange, done);
        return;
    }
    exchange->end = done->kind == COMPLETION_CRASH ? EXCHANGE_CRASHED : EXCHANGE_GONE;
    exchange->ended = done->at;
    keep_heard(tap, tap->awaited, NULL);
}

static void note_completion(struct course_tap *tap, struct instant asked, const struct completion *done)
{
    switch (done->kind) {
    case COMPLETION_RESULT:
    case COMPLETION_FAILURE:
    case COMPLETION_HTTP:
    case COMPLETION_IO: note_answer(tap, done); return;
    case COMPLETION_DIALOG:
    case COMPLETION_CRASH:
    case COMPLETION_GONE:
    case COMPLETION_SIGNAL: note_outside(tap, done); return;
    case COMPLETION_DEADLINE: {
        struct passage *passage = course_add_passage(tap->course, PASSAGE_WAKE, done->at, COURSE_NONE);
        if (passage)
            passage->asked = asked;
        return;
    }
    }
}

static enum err_code door_next(struct world *door, struct instant deadline, struct completion *ret, struct err *err)
{
    struct course_tap *tap = of_door(door);
    TRY(tap->behind_door->ops->next(tap->behind_door, deadline, ret, err));
    door->now = tap->behind_door->now;
    note_completion(tap, deadline, ret);
    return ERR_OK;
}

static void wire_start(struct wire *wire, const struct wire_launch *launch)
{
    struct course_tap *tap = of_wire(wire);
    heard_forget(&tap->page);
    tap->behind_wire->ops->start(tap->behind_wire, launch);
}

static void wire_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct course_tap *tap = of_wire(wire);
    heard_sent(&tap->page, message, tap->calls);
    tap->behind_wire->ops->send(tap->behind_wire, message, bulk);
}

static void wire_kill(struct wire *wire)
{
    struct wire *behind = of_wire(wire)->behind_wire;
    behind->ops->kill(behind);
}

/* What leaves without the engine having asked for it is the request of the effect in hand. */
static void wire_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct course_tap *tap = of_wire(wire);
    struct exchange *exchange = tap->http_is_asked ? NULL : exchange_at(tap, tap->effect);
    if (exchange && !exchange->sent) {
        exchange->sent = true;
        exchange->sent_at = tap->heard;
        tap->request_id = id;
    }
    tap->behind_wire->ops->http(tap->behind_wire, id, request);
}

static void wire_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct wire *behind = of_wire(wire)->behind_wire;
    behind->ops->commit(behind, id, record);
}

static void wire_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct wire *behind = of_wire(wire)->behind_wire;
    behind->ops->lock(behind, id, name);
}

static void wire_mark(struct wire *wire, const struct mark *mark)
{
    struct wire *behind = of_wire(wire)->behind_wire;
    behind->ops->mark(behind, mark);
}

static void note_request_end(struct exchange *exchange, struct instant at, const struct wire_response *response)
{
    bool whole = response->failure == WIRE_HTTP_OK;
    bool busy = whole && (response->status == 429 || response->status == 503);
    exchange->request_ended = at;
    exchange->report = (struct effect_report){whole ? EFFECT_ANSWERED : EFFECT_SENT, busy ? response_retry_after_s(response) : 0};
    if (response->state == WIRE_HTTP_NOT_SENT)
        exchange->report.request = EFFECT_NOT_SENT;
}

static enum err_code wire_next(struct wire *wire, struct instant deadline, struct wire_item *ret, struct err *err)
{
    struct course_tap *tap = of_wire(wire);
    TRY(tap->behind_wire->ops->next(tap->behind_wire, deadline, ret, err));
    tap->heard = ret->at;
    if (ret->kind == WIRE_BYTES)
        heard_message(&tap->page, ret->at, ret->bytes);
    struct exchange *exchange = exchange_at(tap, tap->effect);
    if (ret->kind == WIRE_HTTP && exchange && tap->request_id && ret->http->id == tap->request_id)
        note_request_end(exchange, ret->at, ret->http);
    return ERR_OK;
}

struct wire *course_tap_wire(struct course_tap *tap, struct course *course, struct wire *behind)
{
    static const struct wire_ops ops = {wire_start, wire_send, wire_kill, wire_http, wire_commit, wire_lock, wire_mark, wire_next};
    *tap = (struct course_tap){.wire = {&ops}, .behind_wire = behind, .course = course, .effect = COURSE_NONE, .awaited = COURSE_NONE};
    return &tap->wire;
}

struct world *course_tap_door(struct course_tap *tap, struct world *behind,
                              void (*envelope)(struct slice text, struct answer *ret_answer))
{
    static const struct world_ops ops = {door_submit, door_give_up, door_effect, door_mark, door_next, door_silence};
    tap->door = (struct world){&ops, behind->now};
    tap->behind_door = behind;
    tap->envelope = envelope;
    return &tap->door;
}
