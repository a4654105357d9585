#include "recorder/heard.h"

/* A page's message ends so, as every Chromium so far writes it; quotes inside are escaped. */
#define SESSION_KEY ",\"sessionId\":\""
#define SESSION_LEN 32

static const struct slice id_key = SLICE("{\"id\":"), method_key = SLICE("{\"method\":\"");

static bool is_of_page(struct slice message)
{
    size_t end = sizeof SESSION_KEY - 1 + SESSION_LEN + 2;
    return message.len > end && memcmp(message.ptr + message.len - end, SESSION_KEY, sizeof SESSION_KEY - 1) == 0;
}

/* The number behind {"id": - and where it ends. */
static bool read_id(struct slice head, uint32_t *ret_id, struct slice *ret_rest)
{
    uint64_t id;
    if (!slice_starts(head, id_key))
        return false;
    struct slice rest = {head.ptr + id_key.len, head.len - id_key.len};
    size_t digits = 0;
    while (digits < rest.len && rest.ptr[digits] >= '0' && rest.ptr[digits] <= '9')
        digits++;
    if (!slice_parse_u64((struct slice){rest.ptr, digits}, UINT32_MAX, &id))
        return false;
    *ret_id = (uint32_t)id;
    *ret_rest = (struct slice){rest.ptr + digits, rest.len - digits};
    return true;
}

static bool is_name(struct slice name)
{
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') && !(c >= '0' && c <= '9') && c != '.')
            return false;
    }
    return name.len > 0 && name.len <= HEARD_NAME_MAX;
}

/* Up to the next quote; empty when it is no name of a method. */
static void take_name(struct slice text, char ret_name[HEARD_NAME_MAX + 1])
{
    const char *quote = text.len ? memchr(text.ptr, '"', text.len) : NULL;
    struct slice name = {text.ptr, quote ? (size_t)(quote - text.ptr) : 0};
    size_t len = is_name(name) ? name.len : 0;
    if (len)
        memcpy(ret_name, name.ptr, len);
    ret_name[len] = '\0';
}

void heard_forget(struct heard *heard)
{
    heard->last.len = heard->before.len = 0;
    heard->count = 0;
}

void heard_begin(struct heard *heard)
{
    heard->count = 0;
}

void heard_sent(struct heard *heard, struct slice message, const char *operation)
{
    static const struct slice key = SLICE(",\"method\":\"");
    uint32_t id;
    struct slice rest;
    if (!read_id(message, &id, &rest) || !slice_starts(rest, key))
        return;
    size_t place = id % HEARD_SENT_MAX;
    struct slice name = {rest.ptr + key.len, rest.len - key.len};
    bool calls = operation && slice_starts(name, SLICE("Runtime.evaluate\""));
    heard->sent[place].id = id;
    take_name(name, heard->sent[place].name);
    if (calls && !text_format(heard->sent[place].name, HEARD_NAME_MAX + 1, "%s", operation))
        heard->sent[place].name[0] = '\0';
}

void heard_message(struct heard *heard, struct instant at, struct slice message)
{
    if (!is_of_page(message))
        return;
    heard->before = heard->last;
    heard->last.at = at;
    heard->last.len = message.len < HEARD_HEAD_MAX ? (uint32_t)message.len : HEARD_HEAD_MAX;
    memcpy(heard->last.text, message.ptr, heard->last.len);
    heard->count++;
}

bool heard_find_last(const struct heard *heard, const struct instant *answered, struct heard_last *ret_last)
{
    const struct heard_head *head = &heard->last;
    uint32_t id, count = heard->count;
    struct slice text = {head->text, head->len}, rest;
    if (answered && head->len && head->at.us == answered->us && slice_starts(text, id_key)) {
        head = &heard->before;
        text = (struct slice){head->text, head->len};
        count -= count > 0;
    }
    if (head->len == 0)
        return false;
    *ret_last = (struct heard_last){.at = head->at, .count = count};
    if (slice_starts(text, method_key))
        take_name((struct slice){text.ptr + method_key.len, text.len - method_key.len}, ret_last->name);
    else if (read_id(text, &id, &rest)) {
        ret_last->is_reply = true;
        if (heard->sent[id % HEARD_SENT_MAX].id == id)
            memcpy(ret_last->name, heard->sent[id % HEARD_SENT_MAX].name, sizeof ret_last->name);
    }
    return true;
}
