#include "recorder/redact/redact_entry.h"

#include "engine/base/crc32c.h"
#include "engine/world/journal_line.h"
#include "recorder/redact/json_walk.h"
#include "recorder/text.h"

#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>

#define DIGEST_HEX 65

static void digest(struct slice bytes, char ret_hex[DIGEST_HEX])
{
    unsigned char bin[32];
    crypto_generichash(bin, sizeof bin, (const unsigned char *)bytes.ptr, bytes.len, NULL, 0);
    sodium_bin2hex(ret_hex, DIGEST_HEX, bin, sizeof bin);
}

static void pair_digests(struct redact *redact, struct slice before, struct slice after)
{
    char from[DIGEST_HEX], to[DIGEST_HEX];
    if (slice_equal(before, after))
        return;
    digest(before, from);
    digest(after, to);
    redact_pair(redact, (struct slice){from, DIGEST_HEX - 1}, (struct slice){to, DIGEST_HEX - 1});
}

static void walk(struct redact *redact, enum phi_place place, struct slice message, char *text, size_t len)
{
    struct json_walk w = {.redact = redact, .place = place, .message = message};
    json_walk(&w, text, len);
}

/* "reply" for what answers a command: it begins with its id and names no method. */
static struct slice method_of(struct slice message)
{
    static const struct slice method = SLICE("{\"method\":\""), id = SLICE("{\"id\":"), next = SLICE(",\"method\":\"");
    size_t at = method.len;
    if (slice_starts(message, id)) {
        at = id.len;
        while (at < message.len && message.ptr[at] >= '0' && message.ptr[at] <= '9')
            at++;
        struct slice rest = {message.ptr + at, message.len - at};
        if (!slice_starts(rest, next))
            return SLICE("reply");
        at += next.len;
    } else if (!slice_starts(message, method)) {
        return SLICE("?");
    }
    const char *end = memchr(message.ptr + at, '"', message.len - at);
    return end ? (struct slice){message.ptr + at, (size_t)(end - message.ptr) - at} : SLICE("?");
}

static void message(struct redact *redact, char *text, size_t len)
{
    CLEANUP_STR struct str before;
    CLEANUP_STR struct str after;
    str_init(&before, ENTRY_LINE_MAX);
    str_init(&after, ENTRY_LINE_MAX);
    struct json_walk w = {.redact = redact, .place = PHI_CDP, .message = method_of((struct slice){text, len}),
                          .posted_true = &before, .posted_clean = &after};
    json_walk(&w, text, len);
    if (before.len && !str_full(&before) && !str_full(&after))
        pair_digests(redact, str_slice(&before), str_slice(&after));
}

/* A text that could not stand as it is. */
static void coded_text(struct redact *redact, char *text, size_t len)
{
    CLEANUP_STR struct str bytes;
    CLEANUP_STR struct str coded;
    str_init(&bytes, ENTRY_LINE_MAX);
    str_init(&coded, ENTRY_LINE_MAX);
    bool good = text_decode_base64((struct slice){text, len}, &bytes);
    if (good && bytes.len) {
        redact_text(redact, REDACT_WORDS, bytes.ptr, bytes.len);
        text_add_base64(&coded, str_slice(&bytes));
        good = !str_full(&coded) && coded.len == len;
    }
    if (good && len)
        memcpy(text, coded.ptr, len);
    else if (len)
        redact_text(redact, REDACT_ALL, text, len);
}

/* What the body of an answer says; false when it has none that can be read. */
static bool body_of(struct slice value, struct str *out)
{
    static const struct slice plain = SLICE(",\"body\":\""), coded = SLICE(",\"body64\":\"");
    const char *at = slice_find(value, plain);
    bool base64 = !at;
    if (base64 && !(at = slice_find(value, coded)))
        return false;
    at += base64 ? coded.len : plain.len;
    size_t room = (size_t)(value.ptr + value.len - at);
    if (room < 2)
        return false;
    struct slice inside = {at, room - 2}; /* the last member: a quote and a brace end it */
    str_clear(out);
    return base64 ? text_decode_base64(inside, out) : text_unescape(inside, out);
}

static void http(struct redact *redact, char *value, size_t len)
{
    CLEANUP_STR struct str before;
    CLEANUP_STR struct str after;
    str_init(&before, ENTRY_LINE_MAX);
    str_init(&after, ENTRY_LINE_MAX);
    bool known = body_of((struct slice){value, len}, &before);
    walk(redact, PHI_HTTP, SLICE("answer"), value, len);
    if (known && body_of((struct slice){value, len}, &after))
        pair_digests(redact, str_slice(&before), str_slice(&after));
}

static struct slice type_of(struct slice text)
{
    return slice_quoted_after(text, SLICE("\"type\":\""));
}

void redact_entry(struct redact *redact, enum entry_kind kind, bool base64, char *value, size_t len)
{
    if (base64) {
        coded_text(redact, value, len);
        return;
    }
    switch (kind) {
    case ENTRY_SEND:
    case ENTRY_BYTES:
    case ENTRY_EVENT: message(redact, value, len); return;
    case ENTRY_HTTP_OUT: walk(redact, PHI_HTTP_OUT, SLICE("request"), value, len); return;
    case ENTRY_HTTP: http(redact, value, len); return;
    case ENTRY_COMMIT: walk(redact, PHI_RECORD, type_of((struct slice){value, len}), value, len); return;
    case ENTRY_LOCK: walk(redact, PHI_RECORD, SLICE("lock"), value, len); return;
    case ENTRY_WAKE:
    case ENTRY_IO:
    case ENTRY_START:
    case ENTRY_KILL:
    case ENTRY_EOF:
    case ENTRY_EXIT:
    case ENTRY_SIGNAL:
    case ENTRY_REFUSED:
    case ENTRY_BODY:
    case ENTRY_KINDS: return;
    }
}

bool redact_line(struct redact *redact, char *line, size_t len)
{
    struct entry entry;
    if (entry_parse((struct slice){line, len}, &entry) != ENTRY_GOOD)
        return false;
    redact_entry(redact, entry.kind, entry.base64, line + (entry.value.ptr - line), entry.value.len);
    if (entry.bulk.len)
        redact_text(redact, REDACT_KNOWN, line + (entry.bulk.ptr - line), entry.bulk.len);
    entry_seal(line, len);
    return !redact_is_full(redact);
}

void redact_batch(struct redact *redact, char *text, size_t len)
{
    struct json_walk_people people = {0};
    static const enum json_walk_task tasks[] = {JSON_WALK_LEARN_PEOPLE, JSON_WALK_LEARN_NOTES, JSON_WALK_MASK};
    for (size_t i = 0; i < sizeof tasks / sizeof *tasks; i++) {
        struct json_walk w = {.redact = redact, .place = PHI_BATCH, .message = SLICE("*"), .task = tasks[i], .people = &people};
        json_walk(&w, text, len);
    }
    free(people.reserved);
}

/* The batch's own checksum, as a journal record carries it. */
static void batch_hash(struct slice batch, char ret_hex[17])
{
    uint64_t hash = (uint64_t)batch.len << 32 | crc32c(0, batch);
    ASSERT(text_format(ret_hex, 17, "%016" PRIx64, hash));
}

enum err_code redact_run_batch(struct redact *redact, char *text, size_t len,
                               enum err_code (*plan)(void *ctx, struct slice batch, char ret_hex[17], struct err *err),
                               void *ctx, struct err *err)
{
    char hash[17], clean_hash[17], plan_hash[17], clean_plan[17];
    struct slice batch = {text, len};
    batch_hash(batch, hash);
    if (plan)
        TRY(plan(ctx, batch, plan_hash, err));
    redact_batch(redact, text, len);
    batch_hash(batch, clean_hash);
    if (plan && plan(ctx, batch, clean_plan, err) != ERR_OK)
        return err_wrap(err, "the batch, redacted");
    redact_pair(redact, slice_of(hash), slice_of(clean_hash));
    if (plan)
        redact_pair(redact, slice_of(plan_hash), slice_of(clean_plan));
    return ERR_OK;
}

void redact_state(struct redact *redact, char *text, size_t len)
{
    walk(redact, PHI_STATE, SLICE("*"), text, len);
}

static void journal_line(struct redact *redact, char *line, size_t len)
{
    CLEANUP_STR struct str made;
    str_init(&made, JOURNAL_LINE_MAX);
    uint64_t seq;
    struct slice record, text = {line, len};
    bool sound = journal_line_parse(text, &seq, &record);
    walk(redact, PHI_RECORD, type_of(text), line, len);
    if (!sound)
        return;
    journal_line_format(&made, seq, record); /* record points into the line, which is clean now */
    if (made.len == len + 1)
        memcpy(line, made.ptr, len);
}

void redact_journal(struct redact *redact, char *text, size_t len)
{
    while (len) {
        char *end = memchr(text, '\n', len);
        size_t line = end ? (size_t)(end - text) : len;
        journal_line(redact, text, line);
        line += end ? 1 : 0;
        text += line;
        len -= line;
    }
}

void redact_event(struct redact *redact, char *line, size_t len)
{
    walk(redact, PHI_EVENT, type_of((struct slice){line, len}), line, len);
}

bool redact_body(struct redact *redact, struct slice media, struct slice path, char *body, size_t len)
{
    enum phi_rule rule = phi_map_rule(redact_map(redact), PHI_BODY, media, path, NULL);
    struct json_walk w = {.redact = redact, .place = PHI_BODY, .message = media};
    if (rule == PHI_DROP)
        return false;
    if (rule == PHI_KNOWN) /* public code, which pages call by name */
        redact_learn_code(redact, (struct slice){body, len});
    redact_in_body(redact, true);
    json_field(&w, rule, body, len);
    redact_in_body(redact, false);
    return true;
}
