#include "tests/standin/serve.h"

#include "tests/standin/draw.h"
#include "tests/standin/knob.h"
#include "tests/standin/pages.h"
#include "tests/standin/render.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum access { OPEN, SESSION };

#define ROUTE(path, handler, who, median) {path, handler, who, median},
static const struct route {
    const char *path;
    void (*handler)(struct req *, struct reply *);
    enum access who;
    unsigned median_ms;
} routes[] = {
#include "tests/standin/routes.def"
};
#undef ROUTE

enum { STATIC_MEDIAN_MS = 9 };

static const struct route *find_route(const char *path)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++)
        if (!strcasecmp(routes[i].path, path))
            return &routes[i];
    return NULL;
}

/* By the cookie alone, alive or dead: 1 = the one that stands from the start, 0 = none. */
static size_t session_number(const struct req *req)
{
    const struct session *session = session_find(&app.sessions, req->cookie);

    for (size_t i = 0; session && i < app.sessions.count; i++)
        if (app.sessions.all[i] == session)
            return i + 1;
    return 0;
}

static int64_t wall_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void log_request(const struct req *req)
{
    char *visit = req->visit ? need_printf("%ld", req->visit->id) : NULL;

    if (json_array_size(app.log) >= LOG_LINES)
        json_array_remove(app.log, 0);
    json_array_append_new(app.log, json_pack("{sI sI sI ss ss ss* ss*}", "n", (json_int_t)app.requests, "at",
                                             (json_int_t)wall_ms(), "session", (json_int_t)session_number(req), "method",
                                             req->method, "path", req->path, "visitID", visit, "fault",
                                             req->fault.kind == FAULT_none ? NULL : fault_name(&req->fault)));
    free(visit);
}

/* Every copy of a re-sent POST comes through here, also one that a fault then swallows. */
static void count_request(const struct req *req)
{
    struct visit *visit = req->visit;

    app.requests++;
    app.posts += req->post;
    if (!visit || !req->post)
        return;
    visit->code_posts += strstr(req->path, "ov_icdcpt") != NULL;
    visit->note_posts += strstr(req->path, "ov_ptnote") != NULL;
    visit->bill_posts += strstr(req->path, "checkout2006") != NULL;
}

/* The session of the cookie if it lives, with its age checked. */
static struct session *live_session(const struct req *req)
{
    struct session *session = session_find(&app.sessions, req->cookie);
    long lifetime = knob_int("sessionLifetime");

    if (!session || !session->alive)
        return NULL;
    if (lifetime && ehr_now_ms() - session->used_at_ms > lifetime) {
        session->alive = false;
        return NULL;
    }
    session->used_at_ms = ehr_now_ms();
    return session;
}

static void arrive(struct req *req)
{
    req->visit = chart_visit(&app.chart, req_number(req, "visitID"));
    if (!req->visit)
        req->visit = chart_visit(&app.chart, req_number(req, "visitid"));
    req->fault = fault_match(req->method, req->path, req->visit);
    count_request(req);
    log_request(req);
}

static long latency_ms(const struct req *req, const struct route *route)
{
    unsigned median = route ? route->median_ms + (req->post ? 120 : 0) : STATIC_MEDIAN_MS;
    char *what = need_printf("%s %s", req->method, req->path);
    json_int_t count = json_integer_value(json_object_get(app.draws, what));
    double ms = median * (draw_latency_permille(app.seed, what, (uint64_t)count) / 1000.0) * app.latency_scale;

    json_object_set_new(app.draws, what, json_integer(count + 1));
    free(what);
    return (long)ms;
}

static char surface_of(const struct req *req)
{
    const struct session *session = session_find(&app.sessions, req->cookie);

    return session && session->surface ? session->surface : knob_text("expirySurface")[0];
}

static void reply_top_redirect(struct reply *reply, const char *location)
{
    json_t *where = json_string(location);

    reply_text(reply, 200, "text/html; charset=utf-8", "<!DOCTYPE html><html><head><script>top.location.href=");
    render_script_literal(&reply->body, where);
    buf_text(&reply->body, ";</script></head><body></body></html>\n");
    json_decref(where);
}

/* A dead session's answer, by surface and by kind of request; the shell itself always shows 302. */
static void reply_expired(const struct req *req, struct reply *reply)
{
    char surface = surface_of(req);
    char *location = surface == 'b'   ? need_printf("/eClinic/login_single.aspx")
                     : surface == 't' ? need_printf("/eClinic/timeout.aspx")
                                      : login_location(req);

    app.expired++;
    if (strstr(req->path, "clinic_main"))
        reply_redirect(reply, location);
    else if (surface == 'e' && req->ajax)
        reply_json(reply, json_pack("{ss}", "Error", "Session timeout"));
    else if (surface == 'd' && !req->ajax)
        reply_top_redirect(reply, location);
    else if (surface == 'c' && (req->post || req->ajax))
        reply_login_page(req, reply, "");
    else if (surface == 'v' && req->post && !req->ajax)
        reply_viewstate_error(reply);
    else
        reply_redirect(reply, location);
    free(location);
}

static void expire_now(const struct req *req)
{
    struct session *session = session_find(&app.sessions, req->cookie);

    if (!session)
        return;
    session->alive = false;
    session->surface = fault_text(&req->fault, "surface", "")[0];
}

/* Faults that stand in place of the answer. Called without the lock. */
static void serve_before(const struct req *req, struct reply *reply)
{
    char *location;

    if (req_fault(req, FAULT_hang))
        wait_ms(req, -1, true);
    reply->send = req_fault(req, FAULT_reset) ? SEND_RESET : SEND_DROP;
    if (req_fault(req, FAULT_hang) || req_fault(req, FAULT_drop) || req_fault(req, FAULT_reset))
        return;
    reply->send = SEND_REPLY;
    pthread_mutex_lock(&app.lock);
    if (req_fault(req, FAULT_status)) {
        reply_text(reply, (int)fault_int(&req->fault, "status", 503), "text/html; charset=utf-8",
                   "<!DOCTYPE html><html><head><title>Service Unavailable</title></head><body>"
                   "<h2>Service Unavailable</h2></body></html>\n");
        reply->retry_after = fault_int(&req->fault, "retryAfter", 0);
    } else if (req_fault(req, FAULT_html_answer)) {
        reply_text(reply, 200, "text/html; charset=utf-8",
                   "<!DOCTYPE html><html><head><title>Notice</title></head><body>"
                   "<p>The system is being updated.</p></body></html>\n");
    } else if (req_fault(req, FAULT_viewstate_error)) {
        reply_viewstate_error(reply);
    } else if (req_fault(req, FAULT_redirect_login)) {
        location = login_location(req);
        reply_redirect(reply, location);
        free(location);
    } else {
        expire_now(req);
        reply_expired(req, reply);
    }
    pthread_mutex_unlock(&app.lock);
}

/* The script that a SCRIPT fault adds; it runs before the page's load event. */
static void fault_script(const struct fault *fault, struct buf *out)
{
    json_t *data = json_pack("{ss ss sI ss}", "kind", fault_text(fault, "kind", "alert"), "text",
                             fault_text(fault, "text", "Please note."), "ms",
                             (json_int_t)fault_int(fault, "ms", fault->kind == FAULT_auto_close ? 500 : 0), "selector",
                             fault_text(fault, "selector", "#none"));
    char *path = need_printf("%s/fault.js", app.pages_dir);

    buf_text(out, "<script>var standinFault=");
    render_script_literal(out, data);
    buf_printf(out, ";\n");
    buf_file(out, path);
    buf_printf(out, "\nstandinFaults.%s(standinFault);</script>", fault_name(fault));
    free(path);
    json_decref(data);
}

/* Into an HTML page before its end; into a JSON answer as "script", which the note page's save runs. */
static void add_script(const struct req *req, struct reply *reply)
{
    struct buf script = {0}, whole = {0};
    const char *body = buf_str(&reply->body);
    const char *end = strstr(body, "</body>");

    fault_script(&req->fault, &script);
    if (end) {
        buf_add(&whole, body, (size_t)(end - body));
        buf_add(&whole, script.at, script.len);
        buf_text(&whole, end);
        buf_fini(&reply->body);
        reply->body = whole;
    } else if (reply->type && strstr(reply->type, "json") && *body == '{') {
        json_t *json = json_loads(body, 0, NULL);

        if (json) {
            json_object_set_new(json, "script", json_string(script.at + strlen("<script>")));
            reply_json(reply, json);
        }
    }
    buf_fini(&script);
}

static void route_request(struct req *req, struct reply *reply, const struct route *route)
{
    req->session = live_session(req);
    if (req_fault(req, FAULT_already_billed) && req->visit)
        req->visit->billed_elsewhere = true;
    reply->status = 200;
    if (!route && page_static(req, reply))
        return;
    if (!route)
        reply_text(reply, 404, "text/html; charset=utf-8", "<html><body>404 Not found</body></html>\n");
    else if (route->who == SESSION && !req->session)
        reply_expired(req, reply);
    else
        route->handler(req, reply);
    if (fault_phase(&req->fault) == PHASE_SCRIPT || req_fault(req, FAULT_auto_close))
        add_script(req, reply);
}

/* Faults that spoil the answer of an effect that was taken. Called without the lock. */
static void serve_after(const struct req *req, struct reply *reply)
{
    switch (req->fault.kind) {
    case FAULT_lose_answer:
        reply->send = SEND_DROP;
        break;
    case FAULT_slow_answer:
        wait_ms(req, fault_int(&req->fault, "ms", 1000), false);
        break;
    case FAULT_short_body:
        reply->send = SEND_SHORT;
        break;
    case FAULT_truncated:
        reply->body.len /= 2;
        break;
    case FAULT_endless_body:
        reply->send = SEND_ENDLESS;
        reply->rate = fault_int(&req->fault, "rate", 1);
        break;
    default:
        break;
    }
}

void serve(struct req *req, struct reply *reply)
{
    const struct route *route = find_route(req->path);
    long latency;

    if (!strncmp(req->path, "/__standin/", 11)) {
        control(req, reply);
        return;
    }
    pthread_mutex_lock(&app.lock);
    arrive(req);
    latency = latency_ms(req, route);
    pthread_mutex_unlock(&app.lock);
    reply->send = SEND_DROP;
    if (latency && !wait_ms(req, latency, false))
        return;
    if (req_fault(req, FAULT_delay) && !wait_ms(req, fault_int(&req->fault, "ms", 1000), true))
        return;
    if (req_fault(req, FAULT_late_answer) && !wait_ms(req, fault_int(&req->fault, "ms", 1000), false))
        return;
    if (fault_phase(&req->fault) == PHASE_BEFORE && !req_fault(req, FAULT_delay)) {
        serve_before(req, reply);
        return;
    }
    reply->send = SEND_REPLY;
    pthread_mutex_lock(&app.lock);
    if (req->epoch == app.epoch)
        route_request(req, reply, route);
    else
        reply->send = SEND_DROP;
    pthread_mutex_unlock(&app.lock);
    serve_after(req, reply);
}
