#include "recorder/offline/token.h"

#include <string.h>

/* A clock and a recording that are a day apart are no more of one time. */
#define CLOCK_NEAR_US (INT64_C(86400) * 1000000)

void tokens_init(struct tokens *tokens, const struct traffic *traffic, const struct store *store)
{
    *tokens = (struct tokens){.traffic = traffic, .store = store};
    str_init(&tokens->asked, TRAFFIC_BODY_MAX);
    str_init(&tokens->recorded, TRAFFIC_BODY_MAX);
    str_init(&tokens->body_given, TRAFFIC_BODY_MAX);
    str_init(&tokens->body_taken, TRAFFIC_BODY_MAX);
}

void tokens_fini(struct tokens *tokens)
{
    str_fini(&tokens->asked);
    str_fini(&tokens->recorded);
    str_fini(&tokens->body_given);
    str_fini(&tokens->body_taken);
}

static bool is_number(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    return text.len > 0;
}

/* Seconds have ten digits from 2001 to 2286, milliseconds thirteen. */
static bool is_clock(const struct exchange *recorded, const struct field_pair *pair)
{
    uint64_t number;
    if (!is_number(pair->asked) || !is_number(pair->recorded) || pair->asked.len != pair->recorded.len)
        return false;
    if (slice_equal(pair->name, SLICE("_")))
        return true;
    if ((pair->recorded.len != 10 && pair->recorded.len != 13) || !slice_parse_u64(pair->recorded, INT64_MAX, &number))
        return false;
    int64_t us = (int64_t)number * (pair->recorded.len == 10 ? 1000000 : 1000);
    int64_t apart = us - recorded->asked_wall_us;
    return recorded->asked_wall_us && apart > -CLOCK_NEAR_US && apart < CLOCK_NEAR_US;
}

static bool is_drawn(struct slice text)
{
    return text.len >= 12 && text.len <= 24 && memcmp(text.ptr, "0.", 2) == 0 &&
           is_number((struct slice){text.ptr + 2, text.len - 2});
}

/* What stands before the value, up to TOKEN_PLACE_BYTES of it; and whether there is any. */
static bool find_place(struct slice body, struct slice value, struct slice *ret_place)
{
    const char *at = slice_find(body, value);
    if (!at)
        return false;
    size_t before = (size_t)(at - body.ptr);
    size_t len = before < TOKEN_PLACE_BYTES ? before : TOKEN_PLACE_BYTES;
    *ret_place = (struct slice){at - len, len};
    return len > 0;
}

static bool load(struct tokens *tokens, const struct exchange *e, struct str *out)
{
    static struct err unread; /* static: it is large; a body that cannot be read explains nothing */
    err_init(&unread);
    return e->sha256.len && traffic_body(tokens->store, e->sha256, out, &unread) == ERR_OK;
}

static bool is_opaque(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] <= ' ')
            return false;
    return text.len >= TOKEN_BYTES_MIN && !is_number(text);
}

static struct slice without_fragment(struct slice url)
{
    const char *hash = url.len ? memchr(url.ptr, '#', url.len) : NULL;
    return (struct slice){url.ptr, hash ? (size_t)(hash - url.ptr) : url.len};
}

/* Was the asked value at that place of an answer of that URL, given in this run? */
static bool is_given(struct tokens *tokens, struct slice address, struct slice place)
{
    const struct exchange *given;
    for (size_t cursor = 0; (given = match_given(tokens->match, &cursor));) {
        struct slice found;
        if (slice_equal(without_fragment(given->url), address) && load(tokens, given, &tokens->body_given) &&
            find_place(str_slice(&tokens->body_given), str_slice(&tokens->asked), &found) && slice_equal(found, place))
            return true;
    }
    return false;
}

static bool is_token(struct tokens *tokens, const struct exchange *recorded, const struct field_pair *pair)
{
    str_clear(&tokens->asked);
    str_clear(&tokens->recorded);
    field_decode(pair->asked, &tokens->asked);
    field_decode(pair->recorded, &tokens->recorded);
    if (!is_opaque(str_slice(&tokens->asked)) || !is_opaque(str_slice(&tokens->recorded)))
        return false;
    for (const struct exchange *e = recorded; e-- > tokens->traffic->list;) {
        struct slice place;
        if (load(tokens, e, &tokens->body_taken) &&
            find_place(str_slice(&tokens->body_taken), str_slice(&tokens->recorded), &place))
            return is_given(tokens, without_fragment(e->url), place);
    }
    return false;
}

bool tokens_explain(void *ctx, const struct exchange *recorded, const struct field_pair *pair)
{
    struct tokens *tokens = ctx;
    return is_clock(recorded, pair) || (is_drawn(pair->asked) && is_drawn(pair->recorded)) || is_token(tokens, recorded, pair);
}
