/* The wire: each call goes through pages.c or serve.c, or straight down. */
#include "recorder/offline/offline.h"

#include "recorder/offline/offline_state.h"
#include "recorder/payload.h"

#include <stdlib.h>

#define OUT_BYTES_MAX (1u << 20)

static struct offline *offline_of(struct wire *wire)
{
    return (struct offline *)wire;
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    struct offline *o = offline_of(wire);
    pages_reset(o);
    o->generation++;
    o->inner->ops->start(o->inner, launch);
}

static bool lets_page_work(struct slice message)
{
    struct slice head = {message.ptr, message.len < 64 ? message.len : 64};
    return slice_find(head, SLICE("\"Runtime.evaluate\"")) || slice_find(head, SLICE("\"Page.navigate\""));
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct offline *o = offline_of(wire);
    if (pages_take_command(o, message))
        return;
    o->inner->ops->send(o->inner, message, bulk);
    if (o->clock.on && lets_page_work(message))
        virtual_clock_called(o, (uint32_t)payload_id(message));
}

static void on_kill(struct wire *wire)
{
    struct offline *o = offline_of(wire);
    pages_reset(o);
    o->inner->ops->kill(o->inner);
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    serve_http(offline_of(wire), id, request);
}

static void on_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct offline *o = offline_of(wire);
    o->inner->ops->commit(o->inner, id, record);
}

/* The account is not touched: whoever works in it is not hindered. */
static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct offline *o = offline_of(wire);
    (void)name;
    if (o->owed_count == OFFLINE_ITEMS_MAX) {
        err_set(&o->fault, ERR_INTERNAL, "browser replay: too many answers wait to be taken");
        return;
    }
    o->owed[o->owed_count++] = (struct owed){.item = {.kind = WIRE_IO, .io = {.id = id}}};
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    struct offline *o = offline_of(wire);
    size_t len = mark_format(mark, o->mark);
    o->mark[len] = '\0';
    o->inner->ops->mark(o->inner, mark);
}

static void take_owed(struct offline *o, struct wire_item *ret_item)
{
    struct owed owed = o->owed[0];
    memmove(&o->owed[0], &o->owed[1], --o->owed_count * sizeof o->owed[0]);
    *ret_item = owed.item;
    ret_item->at = o->now;
    ret_item->more = o->owed_count > 0;
    if (owed.exchange)
        serve_fill_http(o, &owed, ret_item);
}

static bool is_ours(struct offline *o, const struct wire_item *item)
{
    switch (item->kind) {
    case WIRE_BYTES: return pages_take_message(o, item->bytes);
    case WIRE_EOF:
    case WIRE_EXIT:
    case WIRE_REFUSED: pages_reset(o); return false;
    case WIRE_SIGNAL: o->stopping = true; return false;
    case WIRE_HTTP:
    case WIRE_WAKE:
    case WIRE_IO: return false;
    }
    return false;
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct offline *o = offline_of(wire);
    for (;;) {
        if (o->fault.code != ERR_OK)
            return err_set(err, o->fault.code, "%s", o->fault.text);
        if (o->owed_count && !instant_before(deadline, o->now)) {
            take_owed(o, ret_item);
            if (o->fault.code == ERR_OK)
                return ERR_OK;
            continue;
        }
        TRY(o->inner->ops->next(o->inner, deadline, ret_item, err));
        o->now = ret_item->at;
        if (!is_ours(o, ret_item) && o->fault.code == ERR_OK)
            return ERR_OK;
    }
}

static const struct wire_ops offline_ops = {
    .start = on_start,
    .send = on_send,
    .kill = on_kill,
    .http = on_http,
    .commit = on_commit,
    .lock = on_lock,
    .mark = on_mark,
    .next = on_next,
};

static void init(struct offline *o, const struct offline_options *options)
{
    o->wire.ops = &offline_ops;
    o->inner = options->inner;
    o->recording = options->recording;
    o->clock.on = options->virtual_time;
    o->next_id = OFFLINE_ID_FIRST;
    str_init(&o->body, TRAFFIC_BODY_MAX);
    str_init(&o->type, 4096);
    str_init(&o->out, OUT_BYTES_MAX);
    str_init(&o->decoded, TRAFFIC_BODY_MAX);
    str_init(&o->repaired, 2 * TRAFFIC_BODY_MAX);
}

enum err_code offline_open(const struct offline_options *options, struct offline **ret_offline, struct err *err)
{
    struct offline *o = calloc(1, sizeof *o);
    *ret_offline = NULL;
    if (!o)
        return err_set(err, ERR_ENV, "out of memory");
    init(o, options);
    *ret_offline = o;
    TRY(traffic_read(options->recording, &o->traffic, err));
    tokens_init(&o->tokens, o->traffic, &options->recording->store);
    o->match = match_new(o->traffic, tokens_explain, &o->tokens);
    if (!o->match)
        return err_set(err, ERR_ENV, "out of memory");
    o->tokens.match = o->match;
    o->counts.recorded = o->traffic->count;
    return ERR_OK;
}

struct wire *offline_wire(struct offline *offline)
{
    return &offline->wire;
}

struct offline_counts offline_counts(const struct offline *offline)
{
    return offline->counts;
}

void offline_close(struct offline *o)
{
    if (!o)
        return;
    pages_reset(o);
    match_free(o->match);
    tokens_fini(&o->tokens);
    traffic_free(o->traffic);
    str_fini(&o->body);
    str_fini(&o->type);
    str_fini(&o->out);
    str_fini(&o->decoded);
    str_fini(&o->repaired);
    free(o);
}
