/* The frames' messages are read by their places, as engine/browser/silence.c reads them. */
#include "engine/cli/explain/explain_watch.h"

#include "recorder/model/ledger.h"

#include <stdlib.h>

static struct explain_watch *watch_of(struct wire *wire)
{
    return (struct explain_watch *)wire;
}

static struct watch_moment *add(struct explain_watch *w, enum watch_kind kind, uint64_t subject)
{
    if (w->count == w->room) {
        uint32_t room = w->room ? w->room * 2 : 1024;
        struct watch_moment *longer = room > WATCH_MOMENTS_MAX ? NULL : realloc(w->moments, room * sizeof *longer);
        w->full |= !longer;
        if (!longer)
            return NULL;
        w->moments = longer;
        w->room = room;
    }
    w->moments[w->count] = (struct watch_moment){.at = w->now, .subject = subject, .kind = kind};
    return &w->moments[w->count++];
}

static bool is_plain(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
}

/* The last part of an address's path; "?" when it has none, or more in it than a page's name. */
static void take_tail(struct slice url, char ret_tail[EXPLAIN_TAIL_MAX + 1])
{
    size_t end = 0;
    while (end < url.len && url.ptr[end] != '?' && url.ptr[end] != '#' && url.ptr[end] != ';')
        end++;
    size_t start = end;
    while (start > 0 && is_plain(url.ptr[start - 1]))
        start--;
    bool whole = start > 0 && url.ptr[start - 1] == '/' && end > start && end - start <= EXPLAIN_TAIL_MAX;
    if (!whole) {
        memcpy(ret_tail, "?", 2);
        return;
    }
    memcpy(ret_tail, url.ptr + start, end - start);
    ret_tail[end - start] = '\0';
}

static struct slice frame_of(struct slice message)
{
    struct slice frame = slice_quoted_after(message, SLICE("\"params\":{\"frameId\":\""));
    return frame.len ? frame : slice_quoted_after(message, SLICE("\"params\":{\"frame\":{\"id\":\""));
}

/* SOAPtext0_ifr to SOAPtext4_ifr are the frames of the note's editors. */
static bool is_editor(struct slice message, uint32_t *ret_editor)
{
    static const struct slice prefix = SLICE("SOAPtext"), suffix = SLICE("_ifr");
    struct slice name = slice_quoted_after(message, SLICE("\"name\":\""));
    if (name.len != prefix.len + 1 + suffix.len || !slice_starts(name, prefix) ||
        memcmp(name.ptr + prefix.len + 1, suffix.ptr, suffix.len) != 0)
        return false;
    *ret_editor = (uint32_t)(name.ptr[prefix.len] - '0');
    return *ret_editor < EXPLAIN_EDITORS;
}

static const struct {
    struct slice method;
    enum watch_kind kind;
} methods[] = {
    {{"Page.frameStartedLoading", 24}, WATCH_LOADING},       {{"Page.frameStoppedLoading", 24}, WATCH_STOPPED},
    {{"Page.frameStartedNavigating", 27}, WATCH_NAVIGATING}, {{"Page.frameNavigated", 19}, WATCH_NAVIGATED},
    {{"Page.documentOpened", 19}, WATCH_EDITOR},             {{"Page.frameDetached", 18}, WATCH_DETACHED},
};

static void take_message(struct explain_watch *w, struct slice message)
{
    struct slice head = {message.ptr, message.len < 64 ? message.len : 64};
    struct slice method = slice_quoted_after(head, SLICE("{\"method\":\""));
    uint32_t editor = 0;
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++) {
        if (!slice_equal(method, methods[i].method))
            continue;
        if (methods[i].kind == WATCH_EDITOR && !is_editor(message, &editor))
            return;
        struct watch_moment *moment = add(w, methods[i].kind, ledger_digest(frame_of(message)));
        if (moment && methods[i].kind == WATCH_NAVIGATING)
            take_tail(slice_quoted_after(message, SLICE("\"url\":\"")), moment->tail);
        if (moment)
            moment->editor = editor;
        return;
    }
}

static void watch_start(struct wire *wire, const struct wire_launch *launch)
{
    struct explain_watch *w = watch_of(wire);
    (void)add(w, WATCH_BROWSER, 0);
    w->behind->ops->start(w->behind, launch);
}

static void watch_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct explain_watch *w = watch_of(wire);
    w->behind->ops->send(w->behind, message, bulk);
}

static void watch_kill(struct wire *wire)
{
    struct explain_watch *w = watch_of(wire);
    (void)add(w, WATCH_BROWSER, 0);
    w->behind->ops->kill(w->behind);
}

static void watch_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct explain_watch *w = watch_of(wire);
    struct watch_moment *moment = add(w, WATCH_SENT, id);
    if (moment)
        take_tail(request->url, moment->tail);
    w->behind->ops->http(w->behind, id, request);
}

static void watch_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct explain_watch *w = watch_of(wire);
    w->behind->ops->commit(w->behind, id, record);
}

static void watch_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct explain_watch *w = watch_of(wire);
    w->behind->ops->lock(w->behind, id, name);
}

static void watch_mark(struct wire *wire, const struct mark *mark)
{
    struct explain_watch *w = watch_of(wire);
    w->behind->ops->mark(w->behind, mark);
}

static enum err_code watch_next(struct wire *wire, struct instant deadline, struct wire_item *ret, struct err *err)
{
    struct explain_watch *w = watch_of(wire);
    TRY(w->behind->ops->next(w->behind, deadline, ret, err));
    w->now = ret->at;
    if (ret->kind == WIRE_BYTES)
        take_message(w, ret->bytes);
    if (ret->kind == WIRE_HTTP)
        (void)add(w, WATCH_ENDED, ret->http->id);
    return ERR_OK;
}

struct wire *explain_watch_open(void *ctx, struct wire *behind)
{
    static const struct wire_ops ops = {watch_start, watch_send, watch_kill, watch_http, watch_commit, watch_lock, watch_mark, watch_next};
    struct explain_watch *w = ctx;
    w->wire.ops = &ops;
    w->behind = behind;
    return &w->wire;
}

void explain_watch_fini(struct explain_watch *watch)
{
    free(watch->moments);
}

/* The page as the moments leave it: which of them are open still. */
struct sight {
    const struct watch_moment *open[WATCH_FRAMES_MAX];
    uint32_t count, untold;
};

static void close_open(struct sight *s, enum watch_kind kind, uint64_t subject)
{
    for (uint32_t i = s->count; i-- > 0;)
        if (s->open[i]->kind == kind && s->open[i]->subject == subject)
            s->open[i] = s->open[--s->count];
}

static void put_open(struct sight *s, const struct watch_moment *moment)
{
    close_open(s, moment->kind, moment->subject);
    if (s->count == WATCH_FRAMES_MAX)
        s->untold++;
    else
        s->open[s->count++] = moment;
}

static void forget_browser(struct sight *s)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < s->count; i++)
        if (s->open[i]->kind == WATCH_SENT)
            s->open[kept++] = s->open[i];
    s->count = kept;
}

static void fold(struct sight *s, const struct watch_moment *moment)
{
    switch (moment->kind) {
    case WATCH_BROWSER: forget_browser(s); return;
    case WATCH_LOADING:
    case WATCH_NAVIGATING:
    case WATCH_EDITOR:
    case WATCH_SENT: put_open(s, moment); return;
    case WATCH_STOPPED:
        close_open(s, WATCH_LOADING, moment->subject);
        close_open(s, WATCH_NAVIGATING, moment->subject);
        return;
    case WATCH_NAVIGATED:
        close_open(s, WATCH_NAVIGATING, moment->subject);
        close_open(s, WATCH_EDITOR, moment->subject);
        return;
    case WATCH_DETACHED:
        close_open(s, WATCH_LOADING, moment->subject);
        close_open(s, WATCH_NAVIGATING, moment->subject);
        close_open(s, WATCH_EDITOR, moment->subject);
        return;
    case WATCH_ENDED: close_open(s, WATCH_SENT, moment->subject); return;
    }
}

static void add_request(const struct watch_moment *moment, struct instant at, struct explain_wait *w)
{
    if (w->request_count == EXPLAIN_REQUESTS_MAX) {
        w->requests_more++;
        return;
    }
    struct explain_request *request = &w->requests[w->request_count++];
    memcpy(request->tail, moment->tail, sizeof request->tail);
    request->own = moment->kind == WATCH_SENT;
    request->age_ms = duration_to_ms(instant_since(at, moment->at));
}

/* Where the last browser before that instant begins, and where what is later does. A request
   of ours outlives the browser: those of some minutes before are seen as well. */
static uint32_t find_range(const struct explain_watch *w, struct instant at, uint32_t *ret_end)
{
    uint32_t low = 0, high = w->count, browsers = 0;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (instant_before(at, w->moments[middle].at))
            high = middle;
        else
            low = middle + 1;
    }
    *ret_end = low;
    while (low > 0 && (browsers += w->moments[low - 1].kind == WATCH_BROWSER) < 4)
        low--;
    return low;
}

void explain_watch_tell(const struct explain_watch *watch, struct instant at, bool note, struct explain_wait *ret_wait)
{
    static struct sight s; /* static: it is large, and there is one */
    uint32_t end, first = find_range(watch, at, &end);
    s.count = s.untold = 0;
    for (uint32_t i = first; i < end; i++) {
        const struct watch_moment *moment = &watch->moments[i];
        if (moment->kind == WATCH_BROWSER && moment->at.us == at.us)
            break; /* it was killed for what is asked about */
        fold(&s, moment);
    }
    ret_wait->frames_known = true;
    ret_wait->editors_known = note;
    for (uint32_t i = 0; i < s.count; i++) {
        const struct watch_moment *moment = s.open[i];
        ret_wait->frames_loading += moment->kind == WATCH_LOADING;
        if (moment->kind == WATCH_EDITOR)
            ret_wait->editors |= 1u << moment->editor;
        if (moment->kind == WATCH_SENT || moment->kind == WATCH_NAVIGATING)
            add_request(moment, at, ret_wait);
    }
}
