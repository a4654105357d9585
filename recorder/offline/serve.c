#include "engine/base/json_out.h"
#include "recorder/offline/answer.h"
#include "recorder/offline/offline_state.h"
#include "recorder/text.h"

#define BODY_PATH_MAX 160

/* The path alone, and cut: a long one may hold a value. */
static void add_address(struct str *out, struct slice method, struct slice url)
{
    struct slice path = url_path(url);
    str_addf(out, "%.*s %.*s", SLICE_ARG(method), (int)(path.len < BODY_PATH_MAX ? path.len : BODY_PATH_MAX), path.ptr);
}

static void add_exchange(struct str *out, const struct exchange *e)
{
    str_addf(out, RECORDING_NETWORK ":%llu, ", (unsigned long long)e->line);
    add_address(out, e->method, e->url);
    str_addf(out, ", in %.*s", SLICE_ARG(e->mark));
}

static void add_nearest(struct str *out, const struct match_result *result)
{
    static const char *const why[] = {[MISS_UNSEEN] = ": it has another address",
                                      [MISS_FIELD_DIFFERS] = "",
                                      [MISS_EXHAUSTED] = ": it has been given already",
                                      [MISS_WRONG_ORDER] = "",
                                      [MISS_NO_ANSWER] = ": the recording was cut there",
                                      [MISS_NO_BODY] = ": the browser had its body no more when it was recorded"};
    str_add(out, SLICE("\n  nearest   "));
    if (!result->exchange) {
        str_add(out, SLICE("none was found"));
        return;
    }
    add_exchange(out, result->exchange);
    str_add_text(out, why[result->miss]);
    if (result->miss == MISS_FIELD_DIFFERS)
        str_addf(out, ": its %s differs", result->field);
    if (result->miss == MISS_WRONG_ORDER && !result->blocking)
        str_add(out, SLICE(": it was the answer before something was changed that the page has changed meanwhile"));
    if (result->miss != MISS_WRONG_ORDER || !result->blocking)
        return;
    str_add(out, SLICE(": before it comes what the page has not asked for\n  before it "));
    add_exchange(out, result->blocking);
}

/* The end of the run: where it stood, what was asked, what comes nearest. No value. */
static void diverge(struct offline *o, const struct request_text *request, const struct match_result *result)
{
    CLEANUP_STR struct str text;
    str_init(&text, ERR_TEXT_MAX);
    if (o->stopping) { /* no fault of the page: nobody recorded a stop here */
        o->counts.stopped++;
        return;
    }
    str_addf(&text, "diverged: %s (%s)\n  request   ", miss_sentence(result->miss), miss_name(result->miss));
    add_address(&text, request->method, request->url);
    str_addf(&text, ", in %s", o->mark[0] ? o->mark : "run");
    if (result->field[0])
        str_addf(&text, "\n  field     %s: %zu bytes, recorded %zu%s", result->field, result->asked_bytes, result->recorded_bytes,
                 result->differences > 1 ? "; others differ too" : "");
    add_nearest(&text, result);
    err_set(&o->fault, ERR_DIVERGED, "%s", str_text(&text));
}

/* The recorded answer of a request, its body in o->body; NULL: the run has diverged, or is stopping. */
static const struct exchange *look_up(struct offline *o, const struct request_text *request, bool peek)
{
    struct match_result result;
    match_find(o->match, request, peek, &result);
    const struct exchange *e = result.exchange;
    if (result.how != MATCH_NONE && e->end == TRAFFIC_OPEN && !e->has_answer && recording_is_cut(o->recording)) {
        result.how = MATCH_NONE;
        result.miss = MISS_NO_ANSWER;
    }
    str_clear(&o->body);
    const struct exchange *whole = e && result.how != MATCH_NONE ? traffic_with_body(o->traffic, e) : NULL;
    if (result.how != MATCH_NONE && traffic_expects_body(e) && !whole && !e->body_dropped) {
        result.how = MATCH_NONE;
        result.miss = MISS_NO_BODY;
    }
    if (result.how == MATCH_NONE) {
        diverge(o, request, &result);
        return NULL;
    }
    if (whole && traffic_body(&o->recording->store, whole->sha256, &o->body, &o->fault) != ERR_OK)
        return NULL;
    o->counts.answered++;
    o->counts.explained += result.how == MATCH_EXPLAINED;
    o->counts.repeated += result.how == MATCH_REPEATED;
    o->counts.emptied += traffic_expects_body(e) && !whole;
    return e;
}

/* What was given up had no answer that anybody knows whole, though its headers may have come. */
static bool is_held(const struct exchange *e)
{
    return e->end == TRAFFIC_CANCELED || (e->end != TRAFFIC_FAILED && !e->has_answer);
}

static void command_begin(struct offline *o, uint32_t id, const char *method, struct slice session, struct slice request_id)
{
    str_clear(&o->out);
    str_addf(&o->out, "{\"id\":%u,\"method\":\"%s\",\"sessionId\":\"%.*s\",\"params\":{\"requestId\":", id, method, SLICE_ARG(session));
    json_out_quote(&o->out, request_id);
}

static void command_end(struct offline *o, const struct wire_bulk *bulk)
{
    str_add(&o->out, SLICE("}}"));
    if (str_full(&o->out))
        err_set(&o->fault, ERR_ENV, "browser replay: an answer is over the limit");
    else
        o->inner->ops->send(o->inner, str_slice(&o->out), bulk);
}

static void send_fail(struct offline *o, uint32_t id, struct slice session, struct slice request_id, const char *reason)
{
    command_begin(o, id, "Fetch.failRequest", session, request_id);
    str_addf(&o->out, ",\"errorReason\":\"%s\"", reason);
    command_end(o, NULL);
}

static void send_answer(struct offline *o, uint32_t id, struct slice session, struct slice request_id, const struct exchange *e)
{
    command_begin(o, id, "Fetch.fulfillRequest", session, request_id);
    answer_add_fulfil(e, str_slice(&o->body), &o->out);
    if (o->body.len == 0) {
        command_end(o, NULL);
        return;
    }
    struct wire_bulk body = {.name = "body", .bytes = str_slice(&o->body), .encoding = WIRE_BULK_BASE64};
    str_add(&o->out, SLICE(",\"body\":\"\""));
    body.at = o->out.len - 1;
    command_end(o, &body);
}

static struct slice member(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);
    return (struct slice){json_string_value(value), json_string_length(value)};
}

/* What the page posts, into o->decoded. */
static void fill_request(struct offline *o, const json_t *request, struct request_text *ret_text)
{
    const json_t *entries = json_object_get(request, "postDataEntries"), *plain = json_object_get(request, "postData");
    *ret_text = (struct request_text){.method = member(request, "method"), .url = member(request, "url")};
    ret_text->has_body = plain || json_array_size(entries) || json_is_true(json_object_get(request, "hasPostData"));
    ret_text->body_known = !ret_text->has_body || plain || json_array_size(entries);
    str_clear(&o->decoded);
    for (size_t i = 0; i < json_array_size(entries); i++)
        if (!text_decode_base64(member(json_array_get(entries, i), "bytes"), &o->decoded))
            ret_text->body_known = false;
    if (json_array_size(entries) == 0)
        str_add(&o->decoded, member(request, "postData"));
    ret_text->body = str_slice(&o->decoded);
}

/* A browser with a window wants one of each site; it is no request of a page. */
static bool is_icon(const struct request_text *request)
{
    return slice_equal(url_path(request->url), SLICE("/favicon.ico"));
}

void serve_paused(struct offline *o, uint32_t id, struct slice session, json_t *event)
{
    json_auto_t *owned = event;
    const json_t *params = json_object_get(owned, "params");
    struct slice request_id = member(params, "requestId");
    struct request_text request;
    fill_request(o, json_object_get(params, "request"), &request);
    if (is_icon(&request)) {
        o->counts.icons++;
        send_fail(o, id, session, request_id, "BlockedByClient");
        return;
    }
    const struct exchange *e = o->fault.code == ERR_OK ? look_up(o, &request, false) : NULL;
    if (!e && o->stopping && o->fault.code == ERR_OK)
        send_fail(o, id, session, request_id, "Aborted");
    if (!e)
        return;
    if (e->end == TRAFFIC_FAILED) {
        o->counts.failed++;
        send_fail(o, id, session, request_id, answer_reason(e->failure));
    } else if (is_held(e)) {
        o->counts.held++;
        o->clock.runs_through = true;
    } else {
        send_answer(o, id, session, request_id, e);
    }
}

static bool is_safe(struct slice method)
{
    return slice_equal(method, SLICE("GET")) || slice_equal(method, SLICE("HEAD"));
}

void serve_http(struct offline *o, uint32_t id, const struct wire_request *request)
{
    struct request_text text = {request->method, request->url, request->body, request->body.len > 0 || !is_safe(request->method), true};
    const struct exchange *e = o->fault.code == ERR_OK ? look_up(o, &text, is_safe(request->method)) : NULL;
    if (!e)
        return;
    if (is_held(e)) {
        o->counts.held++;
        o->clock.runs_through = true;
        return;
    }
    o->counts.failed += e->end == TRAFFIC_FAILED;
    if (o->owed_count == OFFLINE_ITEMS_MAX) {
        err_set(&o->fault, ERR_INTERNAL, "browser replay: too many answers wait to be taken");
        return;
    }
    o->owed[o->owed_count++] = (struct owed){.item = {.kind = WIRE_HTTP}, .exchange = e, .http_id = id};
}

void serve_fill_http(struct offline *o, const struct owed *owed, struct wire_item *ret_item)
{
    const struct exchange *e = owed->exchange;
    const struct exchange *whole = traffic_with_body(o->traffic, e);
    str_clear(&o->body);
    if (whole && traffic_body(&o->recording->store, whole->sha256, &o->body, &o->fault) != ERR_OK)
        str_clear(&o->body);
    answer_fill(e, str_slice(&o->body), &o->type, &o->response);
    o->response.id = owed->http_id;
    ret_item->http = &o->response;
}
