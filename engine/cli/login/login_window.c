#include "engine/cli/login/login_window.h"

#include "engine/base/json_in.h"
#include "engine/live/live.h"

#include <jansson.h>
#include <sodium.h>
#include <string.h>

/* Method: three commands open the page in a context of its own; from then on the cookies are
   asked for each second, because a window that is closed takes its context along, and targets
   tell by themselves where they stand. Each message is taken up where it matters and else passed
   over. */

enum { ASKED_DISCOVER = 1, ASKED_CONTEXT, ASKED_TARGET, ASKED_COOKIES };

#define SETTLED_MS 2000
#define LOOK_MS 1000

struct login {
    const struct login_window *window;
    struct live *live;
    struct wire *wire;
    struct instant now, main_since;
    char context[128], target[128];
    bool at_main, was_at_main, closed;
    struct str *cookies;
    struct str message;
};

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

static void send(struct login *l, uint32_t id, const char *method, json_t *params)
{
    json_auto_t *message = json_pack("{s:i, s:s, s:o*}", "id", (int)id, "method", method, "params", params);
    str_clear(&l->message);
    if (message && json_in_print(message, JSON_COMPACT, &l->message))
        l->wire->ops->send(l->wire, str_slice(&l->message), NULL);
}

/* Where the page stands now. The address alone proves nothing; that it stays does. */
static void take_address(struct login *l, const char *url)
{
    size_t length = strlen(l->window->url);
    bool at_main = strncmp(url, l->window->url, length) == 0 && strchr("?#", url[length]) != NULL;
    if (at_main && !l->at_main)
        l->main_since = l->now;
    l->at_main = at_main;
}

static enum err_code take_cookies(struct login *l, const json_t *result, struct err *err)
{
    json_auto_t *kept = json_pack("{s:O*}", "cookies", json_object_get(result, "cookies"));
    if (l->cookies->ptr)
        sodium_memzero(l->cookies->ptr, l->cookies->len);
    str_clear(l->cookies);
    if (kept && json_in_print(kept, JSON_COMPACT, l->cookies))
        return ERR_OK;
    return err_set(err, ERR_ENV, "login: there is no memory for the cookies");
}

static enum err_code take_answer(struct login *l, json_int_t id, const json_t *message, struct err *err)
{
    const json_t *result = json_object_get(message, "result");
    if (!result)
        return id == ASKED_COOKIES ? ERR_OK /* its window is closing */
                                   : err_set(err, ERR_ENV, "login: the browser opened no page: another version may");
    if (id == ASKED_CONTEXT) {
        if (!text_format(l->context, sizeof l->context, "%s", text_of(result, "browserContextId")))
            return err_set(err, ERR_ENV, "login: the browser speaks an unknown protocol");
        send(l, ASKED_TARGET, "Target.createTarget", json_pack("{s:s, s:s, s:b}", "url", l->window->url, "browserContextId", l->context, "newWindow", 1));
    }
    if (id == ASKED_TARGET && !text_format(l->target, sizeof l->target, "%s", text_of(result, "targetId")))
        return err_set(err, ERR_ENV, "login: the browser speaks an unknown protocol");
    return id == ASKED_COOKIES ? take_cookies(l, result, err) : ERR_OK;
}

static void take_event(struct login *l, const char *method, const json_t *params)
{
    const json_t *info = json_object_get(params, "targetInfo");
    if (strcmp(method, "Target.targetInfoChanged") == 0 && strcmp(text_of(info, "targetId"), l->target) == 0)
        take_address(l, text_of(info, "url"));
    if (strcmp(method, "Target.targetDestroyed") == 0 && strcmp(text_of(params, "targetId"), l->target) == 0)
        l->closed = true;
}

static enum err_code take_message(struct login *l, struct slice bytes, struct err *err)
{
    json_auto_t *message = json_in_load(bytes, JSON_ALLOW_NUL, NULL);
    const json_t *id = json_object_get(message, "id");
    if (json_is_integer(id))
        return take_answer(l, json_integer_value(id), message, err);
    take_event(l, text_of(message, "method"), json_object_get(message, "params"));
    return ERR_OK;
}

static enum err_code take_item(struct login *l, const struct wire_item *item, struct err *err)
{
    l->now = item->at;
    switch (item->kind) {
    case WIRE_BYTES: return take_message(l, item->bytes, err);
    case WIRE_EOF:
    case WIRE_EXIT: l->closed = true; return ERR_OK;
    case WIRE_REFUSED: return err_set(err, ERR_ENV, "login: the browser could not be started: %s; `revisit doctor browser` tells more", strerror(item->refused));
    case WIRE_SIGNAL: return err_set(err, ERR_ENV, "login: was asked to stop: nothing was kept");
    case WIRE_HTTP:
    case WIRE_WAKE:
    case WIRE_IO: return ERR_OK;
    }
    return ERR_OK;
}

static bool is_settled(const struct login *l)
{
    return l->at_main && l->cookies->len && duration_to_ms(instant_since(l->now, l->main_since)) >= SETTLED_MS;
}

static enum err_code wait_for_person(struct login *l, struct err *err)
{
    struct instant end = instant_add((struct instant){0}, l->window->patience), look = {0};
    struct wire_item item;
    while (!l->closed && !is_settled(l)) {
        if (!instant_before(l->now, end))
            return err_set(err, ERR_ENV, "login: nobody logged in for %lld minutes: nothing was kept",
                           (long long)(duration_to_ms(l->window->patience) / 60000));
        if (!instant_before(l->now, look) && l->target[0]) {
            send(l, ASKED_COOKIES, "Storage.getCookies", json_pack("{s:s}", "browserContextId", l->context));
            look = instant_add(l->now, duration_ms(LOOK_MS));
        }
        struct instant wake = instant_before(l->now, look) ? look : instant_add(l->now, duration_ms(LOOK_MS));
        TRY(l->wire->ops->next(l->wire, instant_min(wake, end), &item, err));
        TRY(take_item(l, &item, err));
    }
    if (l->at_main && l->cookies->len)
        return ERR_OK;
    return err_set(err, ERR_ENV, "login: the window was closed before the site's main page was reached: nothing was kept");
}

enum err_code login_window_open(const struct login_window *window, struct str *ret_cookies, struct err *err)
{
    struct login l = {.window = window, .cookies = ret_cookies};
    struct live_options options = {.browser = window->browser, .no_sandbox = window->no_sandbox};
    TRY(live_open(&options, &l.live, err));
    str_init(&l.message, 1u << 16);
    l.wire = live_wire(l.live);
    l.wire->ops->start(l.wire, &(struct wire_launch){.headed = window->headed});
    send(&l, ASKED_DISCOVER, "Target.setDiscoverTargets", json_pack("{s:b}", "discover", 1));
    send(&l, ASKED_CONTEXT, "Target.createBrowserContext", json_object());
    enum err_code code = wait_for_person(&l, err);
    live_close(l.live);
    str_fini(&l.message);
    return code;
}
