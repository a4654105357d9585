#include "recorder/secrets.h"

#include "recorder/cursor.h"
#include "recorder/entry.h"
#include "recorder/text.h"

/* Method: the entries of a posted body are decoded and joined, masked as the engine
   will post them, and coded again where they stood. The text before and behind them is
   masked as it is: each byte is masked once, so that message and posted body agree. */

static const struct slice entries_key = SLICE("\"postDataEntries\":[");

/* The base64 of the next entry; nothing in one that tells of a file. */
static bool next_entry(struct slice *rest, struct slice *ret_base64)
{
    (void)cursor_skip(rest, SLICE(","));
    *ret_base64 = (struct slice){rest->ptr, 0};
    if (cursor_skip(rest, SLICE("{}")))
        return true;
    return cursor_skip(rest, SLICE("{\"bytes\":\"")) && cursor_until(rest, '"', ret_base64) &&
           cursor_skip(rest, SLICE("}"));
}

/* False when an entry is no base64, or when there is no memory (body is then full). */
static bool join_entries(struct slice list, struct str *body)
{
    struct slice base64;
    while (next_entry(&list, &base64))
        if (!text_decode_base64(base64, body))
            return false;
    return !str_full(body);
}

static size_t decoded_size(struct slice base64)
{
    size_t padding = 0;
    while (padding < base64.len && base64.ptr[base64.len - 1 - padding] == '=')
        padding++;
    return base64.len / 4 * 3 - padding;
}

/* Equal lengths: an entry was whole and padded when it was decoded. */
static bool put_entries(char *text, size_t len, struct slice body)
{
    CLEANUP_STR struct str coded;
    struct slice list = {text, len}, base64;
    str_init(&coded, ENTRY_LINE_MAX);
    while (next_entry(&list, &base64)) {
        struct slice bytes = {body.ptr, decoded_size(base64)};
        str_clear(&coded);
        text_add_base64(&coded, bytes);
        if (str_full(&coded) || coded.len != base64.len)
            return false;
        if (coded.len)
            memcpy(text + (base64.ptr - text), coded.ptr, coded.len);
        body.ptr += bytes.len;
    }
    return true;
}

/* Entries that are no base64 are left to the masking of plain text. Returns how much
   of text is done. */
static size_t mask_entries(struct secrets *secrets, char *text, size_t len)
{
    CLEANUP_STR struct str body;
    struct slice rest = {text, len}, base64;
    str_init(&body, ENTRY_LINE_MAX);
    if (!join_entries(rest, &body)) {
        secrets->full = secrets->full || str_full(&body);
        return 0;
    }
    if (secrets_found(secrets, str_slice(&body))) {
        secrets_mask(secrets, body.ptr, body.len);
        if (!put_entries(text, len, str_slice(&body)))
            secrets->full = true;
    }
    struct slice done = rest;
    while (next_entry(&rest, &base64))
        done = rest;
    return (size_t)(done.ptr - text);
}

struct slice secrets_masked_message(struct secrets *secrets, struct slice message, struct str *scratch)
{
    if (!slice_find(message, entries_key))
        return secrets_masked(secrets, message, scratch);
    str_clear(scratch);
    str_add(scratch, message);
    if (str_full(scratch)) {
        secrets->full = true;
        return SLICE_NONE;
    }
    size_t masked = 0;
    for (const char *at; (at = slice_find((struct slice){scratch->ptr + masked, scratch->len - masked}, entries_key)) != NULL;) {
        char *from = scratch->ptr + masked;
        size_t list = (size_t)(at - scratch->ptr) + entries_key.len;
        secrets_mask(secrets, from, list - masked);
        masked = list + mask_entries(secrets, scratch->ptr + list, scratch->len - list);
    }
    secrets_mask(secrets, scratch->ptr + masked, scratch->len - masked);
    return secrets->full ? SLICE_NONE : str_slice(scratch);
}
