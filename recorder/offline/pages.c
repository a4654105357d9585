/* What goes through between engine and browser, and what of it is not the engine's:

     down  Fetch.enable            for everything, not the guarded paths alone
           Fetch.continueRequest   answered from the recording instead
     up    Fetch.requestPaused     kept here as well, for its answer
           our own replies, and targets beside the page: workers, frames of other sites, windows

   Those targets are attached to by the browser (Target.setAutoAttach) and wait until their
   requests are paused too. The engine never hears of them. */
#include "engine/base/json_in.h"
#include "engine/base/json_out.h"
#include "engine/base/surrogate.h"
#include "recorder/cursor.h"
#include "recorder/offline/offline_state.h"
#include "recorder/payload.h"

#define ALL_REQUESTS "\"patterns\":[{\"urlPattern\":\"*\",\"requestStage\":\"Request\"}]"
#define AUTO_ATTACH "\"autoAttach\":true,\"waitForDebuggerOnStart\":true,\"flatten\":true"

static void free_paused(struct paused *paused)
{
    json_decref(paused->event);
    paused->event = NULL;
}

void pages_reset(struct offline *o)
{
    for (size_t i = 0; i < OFFLINE_PAUSED_MAX; i++)
        free_paused(&o->paused[i]);
    o->session[0] = '\0';
    o->session_count = 0;
    virtual_clock_reset(&o->clock);
}

json_t *pages_parse(struct offline *o, struct slice message)
{
    return json_in_load(surrogates_repaired(message, &o->repaired), JSON_ALLOW_NUL, NULL);
}

uint32_t pages_send(struct offline *o, const char *method, struct slice session, const char *params)
{
    CLEANUP_STR struct str message;
    uint32_t id = o->next_id++;
    str_init(&message, 4096);
    str_addf(&message, "{\"id\":%u,\"method\":\"%s\",\"params\":{%s}", id, method, params);
    if (session.len)
        str_addf(&message, ",\"sessionId\":\"%.*s\"", SLICE_ARG(session));
    str_add_char(&message, '}');
    if (!str_full(&message))
        o->inner->ops->send(o->inner, str_slice(&message), NULL);
    return id;
}

static bool copy_name(char ret_name[OFFLINE_NAME_MAX], struct slice name)
{
    return name.len && text_format(ret_name, OFFLINE_NAME_MAX, "%.*s", SLICE_ARG(name));
}

/* The engine has its page: from here on every request of it stops before it is sent. */
static void begin_page(struct offline *o, uint32_t id, struct slice session)
{
    if (!copy_name(o->session, session))
        return;
    str_clear(&o->out);
    str_addf(&o->out, "{\"id\":%u,\"method\":\"Fetch.enable\",\"sessionId\":\"%s\",\"params\":{" ALL_REQUESTS "}}", id, o->session);
    o->inner->ops->send(o->inner, str_slice(&o->out), NULL);
    (void)pages_send(o, "Target.setAutoAttach", session, AUTO_ATTACH);
    virtual_clock_begin(o);
}

static struct paused *find_paused(struct offline *o, struct slice id)
{
    for (size_t i = 0; i < OFFLINE_PAUSED_MAX; i++)
        if (o->paused[i].event && slice_equal(slice_of(o->paused[i].id), id))
            return &o->paused[i];
    return NULL;
}

static bool answer_paused(struct offline *o, uint32_t id, struct slice message)
{
    struct paused *paused = find_paused(o, slice_quoted_after(message, SLICE("\"requestId\":\"")));
    if (!paused)
        return false;
    json_t *event = paused->event;
    paused->event = NULL;
    serve_paused(o, id, slice_of(o->session), event);
    return true;
}

/* Answered or failed by the engine itself: the fence. */
static void forget_paused(struct offline *o, struct slice message)
{
    struct paused *paused = find_paused(o, slice_quoted_after(message, SLICE("\"requestId\":\"")));
    if (paused)
        free_paused(paused);
}

bool pages_take_command(struct offline *o, struct slice message)
{
    struct slice method = slice_quoted_after((struct slice){message.ptr, message.len < 128 ? message.len : 128}, SLICE(",\"method\":\""));
    uint32_t id = (uint32_t)payload_id(message);
    if (slice_equal(method, SLICE("Fetch.continueRequest")))
        return answer_paused(o, id, message);
    if (slice_equal(method, SLICE("Fetch.fulfillRequest")) || slice_equal(method, SLICE("Fetch.failRequest")))
        forget_paused(o, message);
    if (!slice_equal(method, SLICE("Fetch.enable")))
        return false;
    begin_page(o, id, slice_quoted_after(message, SLICE("\"sessionId\":\"")));
    return true;
}

/* The session that a message of the browser ends in. */
static struct slice session_of(struct slice message)
{
    static const struct slice key = SLICE(",\"sessionId\":\"");
    size_t end = message.len < 2 ? 0 : message.len - 2, start = end;
    while (start > 0 && end - start < OFFLINE_NAME_MAX && message.ptr[start - 1] != '"')
        start--;
    if (start < key.len || memcmp(message.ptr + start - key.len, key.ptr, key.len) != 0)
        return SLICE_NONE;
    return (struct slice){message.ptr + start, end - start};
}

static size_t find_session(const struct offline *o, struct slice session)
{
    size_t i = 0;
    while (i < o->session_count && !slice_equal(slice_of(o->sessions[i]), session))
        i++;
    return i;
}

/* A paused request of the page: kept, and shown to the engine, which decides on it. */
static bool keep_paused(struct offline *o, struct slice message)
{
    json_t *event = pages_parse(o, message);
    struct paused *room = NULL;
    for (size_t i = 0; i < OFFLINE_PAUSED_MAX && !room; i++)
        if (!o->paused[i].event)
            room = &o->paused[i];
    const char *id = json_string_value(json_object_get(json_object_get(event, "params"), "requestId"));
    if (!room || !id || !copy_name(room->id, slice_of(id))) {
        json_decref(event);
        err_set(&o->fault, ERR_ENV, "browser replay: %s", room ? "a paused request cannot be read" : "too many requests are open");
        return false;
    }
    room->event = event;
    return false;
}

/* Chromium starts the target when its requests can be seen, and not before. */
static bool take_attached(struct offline *o, struct slice message)
{
    json_auto_t *event = pages_parse(o, message);
    const json_t *params = json_object_get(event, "params");
    const char *session = json_string_value(json_object_get(params, "sessionId"));
    if (!json_is_true(json_object_get(params, "waitingForDebugger")) || !session)
        return false; /* the engine's own page, or the recorder's session on it */
    if (o->session_count == OFFLINE_SESSIONS_MAX || !copy_name(o->sessions[o->session_count], slice_of(session))) {
        err_set(&o->fault, ERR_ENV, "browser replay: the page has too many workers, windows and frames of other sites");
        return true;
    }
    o->session_count++;
    (void)pages_send(o, "Fetch.enable", slice_of(session), ALL_REQUESTS);
    (void)pages_send(o, "Target.setAutoAttach", slice_of(session), AUTO_ATTACH);
    (void)pages_send(o, "Runtime.runIfWaitingForDebugger", slice_of(session), "");
    return true;
}

static bool take_detached(struct offline *o, struct slice message)
{
    json_auto_t *event = pages_parse(o, message);
    const char *session = json_string_value(json_object_get(json_object_get(event, "params"), "sessionId"));
    size_t at = session ? find_session(o, slice_of(session)) : o->session_count;
    if (at == o->session_count)
        return false;
    memmove(o->sessions[at], o->sessions[o->session_count - 1], OFFLINE_NAME_MAX);
    o->session_count--;
    return true;
}

static bool is_event(struct slice message, struct slice method)
{
    static const struct slice key = SLICE("{\"method\":\"");
    struct slice rest = {message.ptr + key.len, message.len - key.len};
    return slice_starts(message, key) && slice_starts(rest, method);
}

static bool take_of_other(struct offline *o, struct slice session, struct slice message)
{
    if (is_event(message, SLICE("Fetch.requestPaused\"")))
        serve_paused(o, o->next_id++, session, pages_parse(o, message));
    return true;
}

bool pages_take_message(struct offline *o, struct slice message)
{
    uint64_t id = payload_id(message);
    if (id >= OFFLINE_ID_FIRST && id < OFFLINE_ID_END)
        return true;
    if (id) {
        virtual_clock_replied(o, (uint32_t)id);
        return false;
    }
    if (is_event(message, SLICE("Target.attachedToTarget\"")))
        return take_attached(o, message);
    if (is_event(message, SLICE("Target.detachedFromTarget\"")))
        return take_detached(o, message);
    struct slice session = session_of(message);
    if (session.len && find_session(o, session) < o->session_count)
        return take_of_other(o, session, message);
    if (is_event(message, SLICE("Emulation.virtualTimeBudgetExpired\""))) {
        virtual_clock_expired(o);
        return true;
    }
    return is_event(message, SLICE("Fetch.requestPaused\"")) && keep_paused(o, message);
}
