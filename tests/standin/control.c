/* The control interface: truth, faults, knobs, reset. No part of the EHR;
   faults and latency never touch it. */
#include "tests/standin/knob.h"
#include "tests/standin/serve.h"

#include <stdlib.h>
#include <string.h>

static const long CLOCK_MS_MAX = 86400000L * 366;

json_t *storage_state(void)
{
    const struct session *session = app.sessions.all[0];

    return json_pack("{s[{ss ss ss ss si sb sb ss}] s[]}", "cookies", "name", "ASP.NET_SessionId", "value", session->id,
                     "domain", "127.0.0.1", "path", "/", "expires", -1, "httpOnly", 1, "secure", 0, "sameSite", "Lax",
                     "origins");
}

static json_t *truth(void)
{
    json_t *visits = json_array();

    for (size_t i = 0; i < app.chart.visit_count; i++)
        json_array_append_new(visits, visit_truth(app.chart.visits[i]));
    return json_pack("{so sI sI sI sI}", "visits", visits, "requests", (json_int_t)app.requests, "posts",
                     (json_int_t)app.posts, "expired", (json_int_t)app.expired, "sessions",
                     (json_int_t)app.sessions.count);
}

/* Takes the value; a problem is answered with 400 and freed. */
static void reply_outcome(struct reply *reply, char *problem, json_t *value)
{
    if (!problem) {
        reply_json(reply, value);
        return;
    }
    json_decref(value);
    reply_json(reply, json_pack("{ss}", "error", problem));
    reply->status = 400;
    free(problem);
}

static void control_faults(const struct req *req, struct reply *reply, const json_t *body)
{
    char *problem = req->post ? fault_set(body) : NULL;

    reply_outcome(reply, problem, fault_list());
}

static void control_knobs(const struct req *req, struct reply *reply, const json_t *body)
{
    const json_t *seed = json_object_get(body, "seed");
    json_t *proposal;
    char *problem = NULL;

    if (!req->post && *req_text(req, "seed")) {
        reply_json(reply, knob_propose((uint64_t)req_number(req, "seed")));
        return;
    }
    if (req->post && json_is_integer(seed)) {
        proposal = knob_propose((uint64_t)json_integer_value(seed));
        knob_init();
        problem = knob_merge(proposal);
        json_decref(proposal);
    } else if (req->post) {
        problem = json_is_object(body) ? knob_merge(body) : need_printf("knobs are a JSON object");
    }
    reply_outcome(reply, problem, req->post ? knob_values() : knob_describe());
}

static void control_expire(struct reply *reply, const json_t *body)
{
    const char *surface = json_string_value(json_object_get(body, "surface"));

    sessions_expire(&app.sessions, surface ? *surface : 0);
    reply_json(reply, json_pack("{sb}", "ok", 1));
}

static void control_clock(const struct req *req, struct reply *reply, const json_t *body)
{
    const json_t *ms = json_object_get(body, "ms");
    bool good = json_is_integer(ms) && json_integer_value(ms) >= 0 && json_integer_value(ms) <= CLOCK_MS_MAX;
    char *problem = req->post && !good ? need_printf("a clock goes on by ms: 0 to %ld", CLOCK_MS_MAX) : NULL;

    if (req->post && good)
        app.ahead_ms += json_integer_value(ms);
    reply_outcome(reply, problem, json_pack("{sI}", "ahead", (json_int_t)app.ahead_ms));
}

static void control_reset(struct reply *reply, const json_t *body)
{
    if (json_is_true(json_object_get(body, "knobs")))
        knob_init();
    app_reset();
    reply_json(reply, json_pack("{sb}", "ok", 1));
}

static void control_state(struct reply *reply)
{
    app.sessions.all[0]->alive = true;
    app.sessions.all[0]->surface = 0;
    app.sessions.all[0]->used_at_ms = ehr_now_ms();
    reply_json(reply, storage_state());
}

static void control_route(const struct req *req, struct reply *reply, const char *what, const json_t *body)
{
    if (!strcmp(what, "truth"))
        reply_json(reply, truth());
    else if (!strcmp(what, "faults"))
        control_faults(req, reply, body);
    else if (!strcmp(what, "knobs"))
        control_knobs(req, reply, body);
    else if (!strcmp(what, "clock"))
        control_clock(req, reply, body);
    else if (!strcmp(what, "reset") && req->post)
        control_reset(reply, body);
    else if (!strcmp(what, "expire") && req->post)
        control_expire(reply, body);
    else if (!strcmp(what, "state"))
        control_state(reply);
    else if (!strcmp(what, "log"))
        reply_json(reply, json_deep_copy(app.log));
    else if (!strcmp(what, "health"))
        reply_json(reply, json_pack("{sb si}", "ok", 1, "port", app.port));
    else
        reply_text(reply, 404, "text/plain; charset=utf-8", "no such control path; see tests/standin/README.md\n");
}

void control(struct req *req, struct reply *reply)
{
    json_t *body = req->body.len ? json_loadb(req->body.at, req->body.len, 0, NULL) : NULL;

    reply->status = 200;
    pthread_mutex_lock(&app.lock);
    if (req->body.len && !body)
        reply_outcome(reply, need_printf("the body is no JSON"), NULL);
    else
        control_route(req, reply, req->path + strlen("/__standin/"), body);
    pthread_mutex_unlock(&app.lock);
    json_decref(body);
}
