#include "recorder/study/excerpt_parts.h"

#include "recorder/cursor.h"
#include "recorder/payload.h"

uint64_t excerpt_id(struct slice value, struct slice *ret_rest)
{
    uint64_t id = 0;
    *ret_rest = value;
    if (!cursor_skip(ret_rest, SLICE("{\"id\":")) || !cursor_number(ret_rest, UINT32_MAX, &id)) {
        *ret_rest = value;
        return 0;
    }
    return id;
}

/* The first place of any of the three names in text; NULL when none is there. */
static const char *find_name(struct slice text, const char *const from[3], size_t *ret_which)
{
    const char *first = NULL;
    for (size_t i = 0; i < 3; i++) {
        const char *at = from[i][0] ? slice_find(text, slice_of(from[i])) : NULL;
        if (at && (!first || at < first)) {
            first = at;
            *ret_which = i;
        }
    }
    return first;
}

struct slice excerpt_renamed(const struct excerpt *e, uint32_t generation, struct slice text, struct str *out)
{
    if (generation == 0 || generation == e->recorded_browser || generation >= e->browser_count ||
        e->recorded_browser >= e->browser_count)
        return text;
    const struct names *a = &e->browsers[generation], *b = &e->browsers[e->recorded_browser];
    const char *const from[3] = {a->context, a->target, a->session}, *const to[3] = {b->context, b->target, b->session};
    size_t which = 0;
    str_clear(out);
    for (const char *at; (at = find_name(text, from, &which)) != NULL;) {
        str_add(out, (struct slice){text.ptr, (size_t)(at - text.ptr)});
        str_add_text(out, to[which]);
        size_t passed = (size_t)(at - text.ptr) + strlen(from[which]);
        text = (struct slice){text.ptr + passed, text.len - passed};
    }
    str_add(out, text);
    return str_slice(out);
}

/* The last place of needle in text; NULL when it is not there. */
static const char *find_last(struct slice text, struct slice needle)
{
    const char *last = NULL, *end = text.ptr + text.len;
    for (const char *at; (at = slice_find(text, needle)) != NULL;) {
        last = at;
        text = (struct slice){at + 1, (size_t)(end - at) - 1};
    }
    return last;
}

/* A call up to its options: nonce and clock are the engine's own. */
static struct slice without_options(struct slice message)
{
    const char *end = slice_find(message, SLICE("__revisit.call(")) ? find_last(message, SLICE(",{\\\"budget\\\":")) : NULL;
    return end ? (struct slice){message.ptr, (size_t)(end - message.ptr)} : message;
}

/* A journal record by its type. */
static struct slice record_type(struct slice rest)
{
    struct slice type;
    if (!cursor_skip(&rest, SLICE(",\"record\":{\"type\":\"")) || !cursor_until(&rest, '"', &type))
        return rest;
    return type;
}

/* Where the hole is depends on the length of the message's number. */
static bool same_but_place(struct slice a, struct slice b)
{
    struct slice key = SLICE(",\"at\":"), rest_a, rest_b;
    uint64_t ignored;
    const char *at_a = slice_find(a, key), *at_b = slice_find(b, key);
    if (!at_a || !at_b || at_a - a.ptr != at_b - b.ptr || memcmp(a.ptr, b.ptr, (size_t)(at_a - a.ptr)) != 0)
        return false;
    rest_a = (struct slice){at_a + key.len, a.len - (size_t)(at_a - a.ptr) - key.len};
    rest_b = (struct slice){at_b + key.len, b.len - (size_t)(at_b - b.ptr) - key.len};
    return cursor_number(&rest_a, UINT32_MAX, &ignored) && cursor_number(&rest_b, UINT32_MAX, &ignored) && slice_equal(rest_a, rest_b);
}

static bool same_bulk(const struct entry *asked, const struct entry *recorded)
{
    if (slice_equal(asked->bulk, recorded->bulk) || same_but_place(asked->bulk, recorded->bulk))
        return true;
    struct slice identity = payload_bulk_identity(asked->bulk);
    return slice_find(identity, SLICE("\"advisory\":true")) && slice_find(recorded->bulk, SLICE("\"advisory\":true"));
}

bool excerpt_same(struct excerpt *e, const struct entry *asked, const struct entry *recorded)
{
    struct slice ours, theirs;
    if (asked->kind != recorded->kind || asked->base64 != recorded->base64 || !same_bulk(asked, recorded))
        return false;
    (void)excerpt_id(asked->value, &ours);
    (void)excerpt_id(recorded->value, &theirs);
    if (asked->kind == ENTRY_COMMIT)
        return slice_equal(record_type(ours), record_type(theirs));
    theirs = excerpt_renamed(e, recorded->head.generation, theirs, &e->scratch);
    return slice_equal(without_options(ours), without_options(theirs));
}
