/* Commands, ops and instants of a repeated visit differ from the fixture's by one
   constant each. Commands are numbered without gaps, so theirs is known before the
   first; that of ops is taken from the first commit or exchange. A commit's id is its
   op's; an exchange's is 2 x op, or one more for a held request. */
#include "bench/repeat_wire.h"

#include "recorder/payload.h"

#include <stdlib.h>

static struct repeat_wire *repeat_of(struct wire *wire)
{
    return (struct repeat_wire *)wire;
}

/* The number after `key` at the very beginning of an object. */
static uint32_t number_at(struct slice object)
{
    static const struct slice key = {"{\"id\":", 6};
    return slice_starts(object, key) ? (uint32_t)strtoul(object.ptr + key.len, NULL, 10) : 0;
}

static uint32_t first_command(const struct template *t, const struct template_part *part)
{
    for (size_t i = part->first; i < part->end; i++)
        if (t->entries[i].kind == ENTRY_SEND)
            return number_at(t->entries[i].value);
    return 1;
}

static void begin_part(struct repeat_wire *r)
{
    const struct template *t = r->template;
    r->part = r->begun == 0             ? &t->head
              : r->begun < r->visits ? &t->bodies[(r->begun - 1) % t->body_count]
                                     : &t->tail;
    r->begun++;
    r->next = r->part->first;
    if (r->next)
        r->at_shift_us = r->now.us - t->entries[r->next - 1].head.at.us;
    r->command_shift = r->last_command + 1 - first_command(t, r->part);
    r->op_is_known = false;
}

/* The entry in turn; NULL at the end. */
static const struct entry *take(struct repeat_wire *r)
{
    if (r->next == r->part->end && r->part != &r->template->tail)
        begin_part(r);
    return r->next < r->part->end ? &r->template->entries[r->next++] : NULL;
}

static const struct entry *expect(struct repeat_wire *r, enum entry_kind kind)
{
    const struct entry *entry = take(r);
    if (entry && entry->kind == kind)
        return entry;
    if (entry)
        err_set(&r->failure, ERR_INTERNAL, "entry %llu of the fixture is a %s, the engine made a %s",
                (unsigned long long)entry->head.n, entry_kind_name(entry->kind), entry_kind_name(kind));
    else
        err_set(&r->failure, ERR_INTERNAL, "the fixture is at its end, the engine made a %s", entry_kind_name(kind));
    return NULL;
}

static void note_op(struct repeat_wire *r, uint32_t real, uint32_t recorded)
{
    if (!r->op_is_known)
        r->op_shift = real - recorded;
    r->op_is_known = true;
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    (void)launch;
    repeat_of(wire)->generation++;
    (void)expect(repeat_of(wire), ENTRY_START);
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct repeat_wire *r = repeat_of(wire);
    (void)bulk;
    (void)expect(r, ENTRY_SEND);
    r->last_command = number_at(message);
}

static void on_kill(struct wire *wire)
{
    (void)expect(repeat_of(wire), ENTRY_KILL);
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct repeat_wire *r = repeat_of(wire);
    const struct entry *entry = expect(r, ENTRY_HTTP_OUT);
    (void)request;
    if (entry)
        note_op(r, id / 2, number_at(entry->value) / 2);
}

static void on_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct repeat_wire *r = repeat_of(wire);
    const struct entry *entry = expect(r, ENTRY_COMMIT);
    (void)record;
    if (entry)
        note_op(r, id, number_at(entry->value));
}

static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct repeat_wire *r = repeat_of(wire);
    const struct entry *entry = expect(r, ENTRY_LOCK);
    (void)name;
    if (entry)
        note_op(r, id, number_at(entry->value));
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    (void)wire;
    (void)mark;
}

/* A reply's id moves; an event has none. */
static struct slice move_bytes(struct repeat_wire *r, struct slice message)
{
    uint32_t id = number_at(message);
    const char *rest = id ? memchr(message.ptr, ',', message.len) : NULL;
    if (!rest)
        return message;
    str_clear(&r->moved);
    str_add(&r->moved, SLICE("{\"id\":"));
    str_add_u64(&r->moved, id + r->command_shift);
    str_add(&r->moved, (struct slice){rest, message.len - (size_t)(rest - message.ptr)});
    return str_slice(&r->moved);
}

static void move_item(struct repeat_wire *r, struct instant deadline, struct wire_item *item)
{
    item->at.us += r->at_shift_us;
    if (item->generation && r->part != &r->template->head)
        item->generation = r->generation;
    switch (item->kind) {
    case WIRE_BYTES: item->bytes = move_bytes(r, item->bytes); break;
    case WIRE_HTTP: r->response.id += 2 * r->op_shift; break;
    case WIRE_IO: item->io.id += r->op_shift; break;
    case WIRE_WAKE: item->asked = deadline; break;
    case WIRE_EOF:
    case WIRE_EXIT:
    case WIRE_SIGNAL:
    case WIRE_REFUSED: break;
    }
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct repeat_wire *r = repeat_of(wire);
    const struct entry *entry = r->failure.code == ERR_OK ? take(r) : NULL;
    struct wire_item item;
    if (!entry || entry_kind_is_out(entry->kind) || !payload_read_item(entry, &r->scratch, &r->response, &item)) {
        err_set(&r->failure, ERR_INTERNAL, "the engine waits at entry %llu of the fixture, which is no item",
                entry ? (unsigned long long)entry->head.n : 0);
        return err_set(err, r->failure.code, "%s", r->failure.text);
    }
    move_item(r, deadline, &item);
    r->now = item.at;
    *ret_item = item;
    return ERR_OK;
}

void repeat_wire_init(struct repeat_wire *repeat, const struct template *template, size_t visits)
{
    static const struct wire_ops ops = {on_start, on_send, on_kill, on_http, on_commit, on_lock, on_mark, on_next};
    *repeat = (struct repeat_wire){.wire = {&ops}, .template = template, .visits = visits};
    str_init(&repeat->scratch, ENTRY_LINE_MAX);
    str_init(&repeat->moved, ENTRY_LINE_MAX);
    err_init(&repeat->failure);
    begin_part(repeat);
}

void repeat_wire_fini(struct repeat_wire *repeat)
{
    str_fini(&repeat->scratch);
    str_fini(&repeat->moved);
}
