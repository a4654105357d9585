#include "engine/cli/run/state_file.h"

#include "engine/base/json_in.h"

#include <strings.h>

/* The year 9999: no instant behind it is meant, and each fits an integer. */
#define EXPIRES_S_MAX 253402300799.0

static struct slice member(const json_t *cookie, const char *key)
{
    const json_t *value = json_object_get(cookie, key);
    if (!json_is_string(value))
        return SLICE_NONE;
    return (struct slice){json_string_value(value), json_string_length(value)};
}

/* A cookie's domain covers a host that equals it or, with a leading dot, ends in it. */
static bool covers(struct slice domain, const char *host)
{
    size_t length = strlen(host);
    bool wide = domain.len && domain.ptr[0] == '.';
    struct slice bare = wide ? (struct slice){domain.ptr + 1, domain.len - 1} : domain;
    if (bare.len == 0 || bare.len > length || strncasecmp(host + length - bare.len, bare.ptr, bare.len) != 0)
        return false;
    return bare.len == length || (wide && host[length - bare.len - 1] == '.');
}

static struct slice same_site(struct slice given)
{
    if (slice_equal(given, SLICE("Strict")) || slice_equal(given, SLICE("None")))
        return given;
    return SLICE("Lax");
}

/* A control character or a separator in a cookie would split a header. Browsers keep
   blanks inside a value. */
static bool is_clean(struct slice text, unsigned char from)
{
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.ptr[i] < from || text.ptr[i] == 0x7f || text.ptr[i] == ';')
            return false;
    return true;
}

/* Seconds, which Playwright writes with a fraction; -1 and anything in the past of
   1970 mean that the cookie lasts as long as the browser. */
static bool take_expires(const json_t *json, int64_t *ret_s)
{
    const json_t *expires = json_object_get(json, "expires");
    double s = json_number_value(expires);
    if ((expires && !json_is_number(expires) && !json_is_null(expires)) || s > EXPIRES_S_MAX)
        return false;
    *ret_s = s > 0 ? (int64_t)s : -1;
    return true;
}

static enum err_code take_cookie(struct state *state, const json_t *json, size_t index, const char *host,
                                 const char *name, struct err *err)
{
    struct op_cookie cookie = {
        .name = member(json, "name"),
        .value = member(json, "value"),
        .domain = member(json, "domain"),
        .path = member(json, "path"),
        .same_site = same_site(member(json, "sameSite")),
        .secure = json_is_true(json_object_get(json, "secure")),
        .http_only = json_is_true(json_object_get(json, "httpOnly")),
    };
    if (!json_is_object(json) || cookie.name.len == 0 || cookie.domain.len == 0)
        return err_set(err, ERR_INPUT, "%s: cookies[%zu] has no name or no domain", name, index);
    if (!covers(cookie.domain, host))
        return ERR_OK;
    if (!json_is_string(json_object_get(json, "value")) || !take_expires(json, &cookie.expires_s))
        return err_set(err, ERR_INPUT, "%s: cookies[%zu] has no value, or expires at no instant", name, index);
    if (!is_clean(cookie.name, '!') || !is_clean(cookie.value, ' '))
        return err_set(err, ERR_INPUT, "%s: cookies[%zu] holds a character that no cookie may have", name, index);
    if (state->cookie_count == COOKIES_MAX)
        return err_set(err, ERR_INPUT, "%s: more than %d cookies for this host", name, COOKIES_MAX);
    if (cookie.path.len == 0)
        cookie.path = SLICE("/");
    state->cookies[state->cookie_count++] = cookie;
    return ERR_OK;
}

enum err_code state_parse_recorded(struct slice json, const char *host, const char *name, struct state *ret_state, struct err *err)
{
    *ret_state = (struct state){0};
    if (json_in_parse(json, &json_in_limits_file, &ret_state->root, err) != ERR_OK)
        return err_wrap(err, "%s", name);
    const json_t *cookies = json_is_array(ret_state->root) ? ret_state->root : json_object_get(ret_state->root, "cookies");
    enum err_code code = ERR_OK;
    if (!json_is_array(cookies))
        code = err_set(err, ERR_INPUT, "%s: not a session state: give a Playwright storage state, {\"cookies\":[...]}", name);
    for (size_t i = 0; code == ERR_OK && i < json_array_size(cookies); i++)
        code = take_cookie(ret_state, json_array_get(cookies, i), i, host, name, err);
    if (code != ERR_OK)
        state_fini(ret_state);
    return code;
}

enum err_code state_parse(struct slice json, const char *host, const char *name, struct state *ret_state, struct err *err)
{
    TRY(state_parse_recorded(json, host, name, ret_state, err));
    if (ret_state->cookie_count)
        return ERR_OK;
    state_fini(ret_state);
    return err_set(err, ERR_INPUT, "%s: no cookie in it is for %s: log in there and export the state again", name, host);
}

static json_t *text_of(struct slice text)
{
    return json_stringn(text.ptr, text.len);
}

bool state_format(const struct state *state, struct str *out)
{
    json_auto_t *root = json_pack("{s:[], s:[]}", "cookies", "origins");
    json_t *list = json_object_get(root, "cookies");
    for (size_t i = 0; i < state->cookie_count; i++) {
        const struct op_cookie *c = &state->cookies[i];
        json_t *cookie = json_pack("{s:o, s:o, s:o, s:o, s:I, s:b, s:b, s:o}", "name", text_of(c->name), "value", text_of(c->value), "domain",
                                   text_of(c->domain), "path", text_of(c->path), "expires", (json_int_t)c->expires_s, "httpOnly", c->http_only,
                                   "secure", c->secure, "sameSite", text_of(c->same_site));
        if (!list || json_array_append_new(list, cookie) != 0)
            return false;
    }
    return root && json_in_print(root, JSON_COMPACT, out);
}

void state_fini(struct state *state)
{
    json_decref(state->root);
    *state = (struct state){0};
}
