#include "recorder/study/excerpt_parts.h"

#include "recorder/compare.h"
#include "recorder/payload.h"

#include <errno.h>
#include <stdlib.h>

/* Method: a replay with a looser eye (excerpt_match.c). What is left to be played is a range
   of lines; a mark that begins another visit chooses its range. In front of a line that is
   taken, those are passed over that belong to what is not played: answers to requests that
   were never made here, items of a browser that is not there, a lock that is held already. A
   lock that was taken in what is not played is answered at once. A request sets the shift: recorded instants plus that are this run's. */

static struct excerpt *excerpt_of(struct wire *wire)
{
    return (struct excerpt *)wire;
}

static bool has_failed(const struct excerpt *e)
{
    return e->failure.code != ERR_OK;
}

static bool in_run(const struct excerpt *e)
{
    return e->mark_len >= 3 && memcmp(e->mark, "run", 3) == 0;
}

static bool is_empty(struct range range)
{
    return range.first >= range.end;
}

static void fail(struct excerpt *e, const char *what, const struct entry *recorded)
{
    char name[DIVERGENCE_TEXT_MAX] = "";
    if (!recorded) {
        err_set(&e->failure, ERR_DIVERGED, "in %s the engine %s, and no entry that is kept has that: keep the visits before it too", e->mark,
                what);
        return;
    }
    if (!recorded->base64)
        compare_name(recorded->kind, recorded->value, name);
    err_set(&e->failure, ERR_DIVERGED, "at entry %llu (%s%s%s, in %.*s) the engine %s: keep the visits before %.*s too",
            (unsigned long long)recorded->head.n, entry_kind_name(recorded->kind), name[0] ? " " : "", name,
            SLICE_ARG(recorded->head.mark), what, SLICE_ARG(recorded->head.mark));
}

/* The recorded run was cut, and this one is where that was. */
static bool ends_here(const struct excerpt *e)
{
    if (!recording_is_cut(e->recording) || e->in_detour || !is_empty(e->left))
        return false;
    const struct segment *last = e->segment_count ? &e->segments[e->segment_count - 1] : NULL;
    bool in_last = last && last->visit.patient == e->visit.patient && last->visit.dos == e->visit.dos;
    return (in_run(e) && is_empty(e->after)) || (e->last_is_cut && in_last);
}

static bool ends(struct excerpt *e)
{
    e->ended = ends_here(e);
    if (e->ended)
        err_set(&e->failure, ERR_DIVERGED, "the recorded run was cut here");
    return e->ended;
}

static bool is_playable(struct excerpt *e, const struct entry *entry)
{
    struct slice rest;
    if (entry_kind_is_out(entry->kind))
        return entry->kind != ENTRY_LOCK || !e->has_lock;
    if (entry->head.generation && excerpt_generation(e, entry->head.generation) == 0)
        return false;
    bool is_answer = entry->kind == ENTRY_HTTP || entry->kind == ENTRY_IO ||
                     (entry->kind == ENTRY_BYTES && excerpt_id(entry->value, &rest));
    return !is_answer || excerpt_answered_by(e, entry);
}

/* The next line to be played; false at the end of the range. */
static bool peek(struct excerpt *e, struct entry *ret_entry)
{
    for (;;) {
        while (!is_empty(e->left)) {
            if (excerpt_entry(e, e->left.first, ret_entry) && is_playable(e, ret_entry))
                return true;
            e->left.first++;
        }
        if (!e->in_detour)
            return false;
        e->in_detour = false;
        e->left = e->later;
    }
}

static void take_request(struct excerpt *e, const struct entry *asked, const struct entry *recorded)
{
    struct slice rest;
    struct open_request request = {.kind = recorded->kind, .generation = recorded->head.generation};
    e->left.first++;
    e->shift_us = e->now.us - recorded->head.at.us;
    if (recorded->kind == ENTRY_START)
        e->recorded_browser = recorded->head.generation;
    if (recorded->head.generation && recorded->head.generation < EXCERPT_BROWSERS_MAX)
        e->generations[recorded->head.generation] = e->generation;
    request.recorded_id = excerpt_id(recorded->value, &rest);
    request.id = excerpt_id(asked->value, &rest);
    if (request.id)
        excerpt_remember(e, &request);
    e->fresh = e->fresh && e->in_detour;
}

/* May a visit's first request be looked for behind this one? Only what is done for the sake
   of others stands before it. */
static bool is_preparation(const struct entry *entry)
{
    struct mark mark;
    struct slice step;
    if (!entry_kind_is_out(entry->kind))
        return true;
    return mark_parse(entry->head.mark, &mark, &step) &&
           (slice_equal(step, SLICE("startBrowser")) || slice_equal(step, SLICE("validateSession")) ||
            slice_equal(step, SLICE("closeVisit")));
}

/* Passes over lines up to the one that was asked for; false, and nothing passed, when it
   does not come. */
static bool pass_to(struct excerpt *e, const struct entry *asked, struct entry *ret_entry)
{
    for (size_t line = e->left.first; line < e->left.end; line++) {
        if (!excerpt_entry(e, line, ret_entry))
            return false;
        if (excerpt_same(e, asked, ret_entry)) {
            e->left.first = line;
            return true;
        }
        if (!e->in_after && !is_preparation(ret_entry))
            return false;
    }
    return false;
}

/* Plays another range first; undone when what was asked for does not begin it. */
static bool detour(struct excerpt *e, struct range range, const struct entry *asked, struct entry *ret_entry)
{
    struct range left = e->left;
    if (is_empty(range) || e->in_detour)
        return false;
    e->later = e->left;
    e->left = range;
    e->in_detour = true;
    if (peek(e, ret_entry) && excerpt_same(e, asked, ret_entry))
        return true;
    e->in_detour = false;
    e->left = left;
    return false;
}

/* The run's own last entries. */
static bool begin_after(struct excerpt *e)
{
    if (e->in_after || !in_run(e))
        return false;
    e->in_after = true;
    e->left = e->after;
    return true;
}

/* Finds what was asked, in what is left or where else it may stand; false: nowhere. */
static bool find_request(struct excerpt *e, const struct entry *asked, struct entry *ret_entry)
{
    bool there = peek(e, ret_entry);
    bool may_turn = e->fresh || in_run(e);
    if (there && excerpt_same(e, asked, ret_entry))
        return true;
    if (may_turn && detour(e, asked->kind == ENTRY_START ? e->start : e->cleanup, asked, ret_entry))
        return true;
    if (may_turn && !e->in_detour && pass_to(e, asked, ret_entry))
        return true;
    return begin_after(e) && pass_to(e, asked, ret_entry);
}

static void fail_request(struct excerpt *e, const struct entry *asked)
{
    char name[DIVERGENCE_TEXT_MAX] = "", what[DIVERGENCE_TEXT_MAX];
    struct entry recorded;
    if (!asked->base64)
        compare_name(asked->kind, asked->value, name);
    if (!text_format(what, sizeof what, "asks for another thing (%s%s%.80s)", entry_kind_name(asked->kind), name[0] ? " " : "", name))
        what[0] = '\0';
    fail(e, what, peek(e, &recorded) ? &recorded : NULL);
}

static struct str *begin_asked(struct excerpt *e)
{
    struct entry_head head = {.n = 1, .at = e->now, .generation = e->generation, .mark = {e->mark, e->mark_len}};
    str_clear(&e->line);
    entry_begin(&e->line, &head);
    return &e->line;
}

static void end_asked(struct excerpt *e)
{
    struct entry asked, recorded;
    entry_end(&e->line, 0);
    if (str_full(&e->line) || entry_parse((struct slice){e->line.ptr, e->line.len - 1}, &asked) != ENTRY_GOOD) {
        err_set(&e->failure, ERR_ENV, "there is no memory to compare a request");
        return;
    }
    if (find_request(e, &asked, &recorded))
        take_request(e, &asked, &recorded);
    else if (asked.kind != ENTRY_KILL && !ends(e)) /* nothing is waited for after a kill */
        fail_request(e, &asked);
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    struct excerpt *e = excerpt_of(wire);
    if (has_failed(e))
        return;
    e->generation++;
    payload_add_start(begin_asked(e), launch);
    end_asked(e);
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct excerpt *e = excerpt_of(wire);
    if (has_failed(e))
        return;
    payload_add_send(begin_asked(e), message, bulk);
    end_asked(e);
}

static void on_kill(struct wire *wire)
{
    struct excerpt *e = excerpt_of(wire);
    if (has_failed(e))
        return;
    payload_add_kill(begin_asked(e));
    end_asked(e);
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct excerpt *e = excerpt_of(wire);
    if (has_failed(e))
        return;
    payload_add_http_out(begin_asked(e), id, request);
    end_asked(e);
}

static void on_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct excerpt *e = excerpt_of(wire);
    if (has_failed(e))
        return;
    payload_add_commit(begin_asked(e), id, record);
    end_asked(e);
}

static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct excerpt *e = excerpt_of(wire);
    struct entry asked, recorded;
    if (has_failed(e))
        return;
    payload_add_lock(begin_asked(e), id, name);
    entry_end(&e->line, 0);
    if (entry_parse((struct slice){e->line.ptr, e->line.len - 1}, &asked) == ENTRY_GOOD && find_request(e, &asked, &recorded)) {
        take_request(e, &asked, &recorded);
    } else {
        e->lock_asked = true;
        e->lock_id = id;
        if (!e->lock_known)
            fail(e, "asks for the account's lock", NULL);
    }
    e->has_lock = true;
}

static void begin_visit(struct excerpt *e)
{
    e->fresh = true;
    e->in_detour = false;
    e->left = e->start = e->cleanup = (struct range){0};
    for (size_t i = 0; i < e->segment_count; i++)
        if (e->segments[i].visit.patient == e->visit.patient && e->segments[i].visit.dos == e->visit.dos) {
            e->left = e->segments[i].lines;
            e->start = e->segments[i].start;
            e->cleanup = i ? e->segments[i - 1].cleanup : (struct range){0};
            return;
        }
    fail(e, "comes to a visit that the recorded run did not come to", NULL);
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    struct excerpt *e = excerpt_of(wire);
    bool another = mark->patient && (mark->patient != e->visit.patient || mark->dos != e->visit.dos);
    e->mark_len = mark_format(mark, e->mark);
    if (in_run(e) && e->segment_count)
        e->cleanup = e->segments[e->segment_count - 1].cleanup;
    if (!another)
        return;
    e->visit = *mark;
    if (!has_failed(e))
        begin_visit(e);
}

static struct wire_item wake_at(const struct excerpt *e, struct instant deadline)
{
    struct instant at = instant_before(deadline, e->now) ? e->now : deadline;
    return (struct wire_item){.kind = WIRE_WAKE, .at = at, .asked = deadline};
}

/* Between two visits, where only time is waited for. */
static bool is_idle(const struct excerpt *e)
{
    return is_empty(e->left) || e->fresh;
}

static bool next_item(struct excerpt *e, struct instant deadline, struct wire_item *ret_item)
{
    struct entry entry;
    if (e->lock_asked) {
        e->lock_asked = false;
        *ret_item = (struct wire_item){.kind = WIRE_IO, .at = e->now, .io = {e->lock_id, e->lock_error}};
        return true;
    }
    bool there = peek(e, &entry);
    if (!there && e->last_is_cut && ends(e))
        return false;
    if (deadline.us != INSTANT_NEVER.us && (!there || (entry_kind_is_out(entry.kind) && is_idle(e)))) {
        *ret_item = wake_at(e, deadline);
        return true;
    }
    if (!there && ends(e))
        return false;
    if (!there || entry_kind_is_out(entry.kind)) {
        fail(e, "waits for what did not come", there ? &entry : NULL);
        return false;
    }
    if (!excerpt_tell(e, &entry, ret_item) || !wire_item_is_due(ret_item, deadline)) {
        fail(e, "waits to another instant", &entry);
        return false;
    }
    e->left.first++;
    return true;
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct excerpt *e = excerpt_of(wire);
    struct wire_item item = {0};
    if (has_failed(e) || !next_item(e, deadline, &item))
        return err_set(err, e->failure.code, "%s", e->failure.text);
    e->now = item.at;
    *ret_item = item;
    return ERR_OK;
}

static const struct wire_ops ops = {
    .start = on_start,
    .send = on_send,
    .kill = on_kill,
    .http = on_http,
    .commit = on_commit,
    .lock = on_lock,
    .mark = on_mark,
    .next = on_next,
};

enum err_code excerpt_open(const struct recording *recording, const struct excerpt_visit *visits, size_t count,
                           struct excerpt **ret_excerpt, struct err *err)
{
    struct excerpt *e = calloc(1, sizeof *e);
    if (!e)
        return err_set(err, ERR_ENV, "there is no memory for the excerpt");
    e->wire.ops = &ops;
    e->recording = recording;
    str_init(&e->text, EXCERPT_BYTES_MAX);
    str_init(&e->line, ENTRY_LINE_MAX);
    str_init(&e->scratch, ENTRY_LINE_MAX);
    str_init(&e->item, ENTRY_LINE_MAX);
    str_init(&e->renamed, ENTRY_LINE_MAX);
    str_init(&e->told, ENTRY_LINE_MAX);
    err_init(&e->failure);
    e->mark_len = mark_format(&MARK_RUN, e->mark);
    e->generations = calloc(EXCERPT_BROWSERS_MAX, sizeof *e->generations);
    enum err_code code = e->generations ? excerpt_read(e, visits, count, err)
                                        : err_set(err, ERR_ENV, "there is no memory for the excerpt");
    if (code != ERR_OK) {
        excerpt_close(e);
        return code;
    }
    e->left = e->before;
    *ret_excerpt = e;
    return ERR_OK;
}

void excerpt_close(struct excerpt *e)
{
    if (!e)
        return;
    str_fini(&e->text);
    str_fini(&e->line);
    str_fini(&e->scratch);
    str_fini(&e->item);
    str_fini(&e->renamed);
    str_fini(&e->told);
    free(e->lines);
    free(e->segments);
    free(e->browsers);
    free(e->generations);
    free(e);
}

struct wire *excerpt_wire(struct excerpt *e)
{
    return &e->wire;
}

uint64_t excerpt_entries(const struct excerpt *e)
{
    return e->entries;
}

uint32_t excerpt_last(const struct excerpt *e)
{
    return e->last;
}

const char *excerpt_failure(const struct excerpt *e)
{
    return e->failure.code == ERR_DIVERGED && !e->ended ? e->failure.text : NULL;
}

bool excerpt_ended(const struct excerpt *e)
{
    return e->ended;
}
