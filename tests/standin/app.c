#include "tests/standin/app.h"

#include "tests/standin/render.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct app app = {.lock = PTHREAD_MUTEX_INITIALIZER};

int64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int64_t ehr_now_ms(void)
{
    return now_ms() + app.ahead_ms;
}

/* Slices of 20 ms, so that a wait ends soon after the world around it does. */
bool wait_ms(const struct req *req, long ms, bool watch_peer)
{
    int64_t end = now_ms() + ms;

    while (!app.stopping && app.epoch == req->epoch) {
        struct pollfd peer = {watch_peer ? req->fd : -1, POLLRDHUP, 0};
        int64_t left = ms < 0 ? 20 : end - now_ms();

        if (left <= 0)
            return true;
        if (poll(&peer, 1, left < 20 ? (int)left : 20) > 0)
            return false;
    }
    return false;
}

const char *req_form(const struct req *req, const char *name, size_t i)
{
    const char *text = json_string_value(json_array_get(json_object_get(req->form, name), i));

    return text ? text : "";
}

size_t req_form_count(const struct req *req, const char *name)
{
    return json_array_size(json_object_get(req->form, name));
}

const char *req_text(const struct req *req, const char *name)
{
    const char *text = json_string_value(json_object_get(req->query, name));

    if (req_form_count(req, name))
        return req_form(req, name, 0);
    return text ? text : "";
}

long req_number(const struct req *req, const char *name)
{
    return strtol(req_text(req, name), NULL, 10);
}

bool req_fault(const struct req *req, enum fault_kind kind)
{
    return req->fault.kind == kind;
}

void reply_text(struct reply *reply, int status, const char *type, const char *text)
{
    reply->status = status;
    reply->type = type;
    buf_clear(&reply->body);
    buf_text(&reply->body, text);
}

void reply_page(struct reply *reply, const char *page, const json_t *data)
{
    char *path = need_printf("%s/%s", app.pages_dir, page);
    struct buf text = {0};

    if (buf_file(&text, path)) {
        reply_text(reply, 500, "text/plain; charset=utf-8", "standin: a page file is missing; see --pages\n");
    } else {
        reply->status = 200;
        reply->type = "text/html; charset=utf-8";
        buf_clear(&reply->body);
        render(&reply->body, text.at, data);
    }
    buf_fini(&text);
    free(path);
}

void reply_json(struct reply *reply, json_t *value)
{
    char *text = need(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));

    reply_text(reply, 200, "application/json; charset=utf-8", text);
    free(text);
    json_decref(value);
}

void reply_redirect(struct reply *reply, const char *location)
{
    free(reply->location);
    reply->location = need_printf("%s", location);
    reply_text(reply, 302, "text/html; charset=utf-8", "<html><body>Object moved</body></html>\n");
}

void reply_fini(struct reply *reply)
{
    buf_fini(&reply->body);
    free(reply->location);
    free(reply->set_cookie);
    *reply = (struct reply){0};
}

void app_reset(void)
{
    chart_fini(&app.chart);
    free(chart_build(&app.chart, app.batch)); /* it was built from the same batch before: no new complaint */
    app.ahead_ms = 0;
    sessions_reset(&app.sessions, ehr_now_ms());
    fault_clear();
    app.requests = app.posts = app.expired = 0;
    json_array_clear(app.log);
    json_object_clear(app.draws);
    app.epoch++;
}
