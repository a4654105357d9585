#include "engine/mdland/session.h"

#include "engine/mdland/operation.h"
#include "engine/world/response.h"

#include <jansson.h>

/* An address without query and fragment, cut behind its host. "//host/path" has one too;
   an address without is all path. */
static void cut_address(struct slice url, struct slice *ret_host, struct slice *ret_path)
{
    struct slice host_begin = SLICE("//");
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] == '?' || url.ptr[i] == '#')
            url.len = i;
    const char *mark = slice_find(url, host_begin), *end = url.ptr + url.len;
    bool has_host = mark && (mark == url.ptr || mark[-1] == ':');
    const char *host = has_host ? mark + host_begin.len : url.ptr;
    const char *slash = has_host ? memchr(host, '/', (size_t)(end - host)) : url.ptr;
    const char *path = slash ? slash : end;
    *ret_host = (struct slice){host, (size_t)(path - host)};
    *ret_path = (struct slice){path, (size_t)(end - path)};
}

/* Login pages are login_single.aspx, login_central.aspx, /Login/, .../timeout.aspx and the
   like: the last part of the path tells. On another host than the site's, so does its name. */
static bool is_login_url(struct slice url, struct slice site_url)
{
    struct slice host, path, site_host, site_path;
    cut_address(url, &host, &path);
    cut_address(site_url, &site_host, &site_path);
    if (!slice_equal(host, site_host) && slice_contains_nocase(host, SLICE("login")))
        return true;
    while (path.len && path.ptr[path.len - 1] == '/')
        path.len--;
    const char *slash = path.len ? memrchr(path.ptr, '/', path.len) : NULL;
    struct slice page = slash ? (struct slice){slash, path.len - (size_t)(slash - path.ptr)} : path;
    return slice_contains_nocase(page, SLICE("login")) || slice_contains_nocase(page, SLICE("timeout"));
}

static bool any_frame_at_login(const json_t *frames, struct slice site_url)
{
    size_t index;
    const json_t *frame;
    json_array_foreach(json_object_get(frames, "frames"), index, frame)
    {
        const char *url = json_string_value(frame);
        if (url && is_login_url(slice_of(url), site_url))
            return true;
    }
    return false;
}

enum err_code session_examine_frames(struct caller *c, enum session_verdict *ret_verdict, struct err *err)
{
    json_auto_t *frames = NULL;
    TRY(call_frames(c, &frames, err));
    *ret_verdict = frames ? SESSION_UNKNOWN : SESSION_HUNG;
    if (!frames || !any_frame_at_login(frames, c->options.start.url))
        return ERR_OK;
    c->fenced = true;
    *ret_verdict = SESSION_EXPIRED;
    return ERR_OK;
}

static enum session_verdict probe_verdict(const struct call_outcome *outcome)
{
    if (outcome->unanswered)
        return SESSION_HUNG;
    if (outcome->answer.expired || outcome->kind == KIND_SESSION_EXPIRED)
        return SESSION_EXPIRED;
    const char *session = answer_word(&outcome->answer, "session");
    if (strcmp(session, "expired") == 0)
        return SESSION_EXPIRED;
    return strcmp(session, "ok") == 0 ? SESSION_ALIVE : SESSION_UNKNOWN;
}

enum err_code session_examine(struct caller *c, bool unanswered, enum session_verdict *ret_verdict, struct err *err)
{
    bool alive = true;
    *ret_verdict = SESSION_HUNG;
    if (unanswered)
        TRY(call_ping(c, &alive, err));
    if (!alive)
        return ERR_OK;
    TRY(session_examine_frames(c, ret_verdict, err));
    if (*ret_verdict == SESSION_EXPIRED || *ret_verdict == SESSION_HUNG)
        return ERR_OK;
    struct call_outcome outcome;
    TRY(call_page(c, operation_get(OPERATION_PROBE_SESSION), SLICE("{}"), &outcome, err));
    *ret_verdict = probe_verdict(&outcome);
    c->fenced |= *ret_verdict == SESSION_EXPIRED;
    return ERR_OK;
}

static const char *failure_sentence(enum wire_http_failure failure)
{
    static const char *const sentences[] = {
#define X(id, name, sentence) [id] = sentence,
#include "engine/world/wire_http.def"
#undef X
    };
    return sentences[failure];
}

/* Any status but 200. */
static enum err_code judge_status(const struct wire_response *response, struct slice base_url, bool *ret_expired,
                                  struct err *err)
{
    uint32_t seconds = response_retry_after_s(response);
    if (response->status >= 300 && response->status < 400) {
        if (!is_login_url(response_header(response, "location"), base_url))
            return err_set(err, ERR_ENV, "%.*s redirects its main page elsewhere (status %u): check --base-url",
                           SLICE_ARG(base_url), response->status);
        *ret_expired = true;
        return ERR_OK;
    }
    if (seconds)
        return err_set(err, ERR_ENV, "%.*s answers with status %u and asks to wait %u s: try again then",
                       SLICE_ARG(base_url), response->status, seconds);
    return err_set(err, ERR_ENV, "%.*s answers its main page with status %u: nothing was started", SLICE_ARG(base_url),
                   response->status);
}

static bool is_login_page(struct slice body)
{
    return slice_contains_nocase(body, SLICE("type=\"password\"")) ||
           slice_contains_nocase(body, SLICE("name=\"password\"")) || slice_contains_nocase(body, SLICE("loginForm"));
}

enum err_code session_preflight(const struct wire_response *response, struct slice base_url, bool *ret_expired,
                                struct err *err)
{
    *ret_expired = false;
    if (response->failure != WIRE_HTTP_OK)
        return err_set(err, ERR_ENV, "%.*s cannot be reached: %s; nothing was started", SLICE_ARG(base_url),
                       failure_sentence(response->failure));
    if (response->status != 200)
        return judge_status(response, base_url, ret_expired, err);
    if (slice_find(response->body, SLICE("workarea0")))
        return ERR_OK;
    *ret_expired = is_login_page(response->body);
    if (*ret_expired)
        return ERR_OK;
    return err_set(err, ERR_ENV, "%.*s answers, but its main page is not the EHR's: check --base-url",
                   SLICE_ARG(base_url));
}
