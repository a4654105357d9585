/* One GET of the main page with the session's cookies: a site that is not there, or a
   session that is over, costs no visit an attempt. It changes nothing and needs no
   browser; its deadline is that of a look at the session. */
#include "engine/batch/run.h"

#include "engine/mdland/session.h"
#include "engine/policy/retry.h"
#include "engine/policy/timeout.h"
#include "engine/world/response.h"

#define COOKIE_HEADER_MAX 65536
#define LOOKS_BEFORE_MAX 3

/* Would a browser send this cookie with the look? Expired ones it drops when
   they are set, so the state's are taken as they are. */
static bool goes_along(const struct run_plan *plan, const struct op_cookie *cookie)
{
    if (cookie->secure && !slice_starts(plan->base_url, SLICE("https:")))
        return false;
    struct slice path = SLICE(MAIN_PAGE);
    if (!slice_starts(path, cookie->path))
        return false;
    return path.len == cookie->path.len || path.ptr[cookie->path.len] == '/' || cookie->path.ptr[cookie->path.len - 1] == '/';
}

static void cookie_header(const struct run_plan *plan, struct str *out)
{
    for (size_t i = 0; i < plan->cookie_count; i++) {
        if (!goes_along(plan, &plan->cookies[i]))
            continue;
        if (out->len)
            str_add(out, SLICE("; "));
        str_add(out, plan->cookies[i].name);
        str_add_char(out, '=');
        str_add(out, plan->cookies[i].value);
    }
}

/* What the site is found to be; *ret_seen is false when a stop came first. */
static enum err_code look(struct runner *r, enum step step, bool *ret_seen, bool *ret_expired, struct err *err)
{
    struct mark mark = {.step = step_name(step)};
    r->caller.world->ops->mark(r->caller.world, &mark);
    CLEANUP_STR struct str cookies;
    str_init(&cookies, COOKIE_HEADER_MAX);
    cookie_header(r->plan, &cookies);
    if (str_full(&cookies))
        return err_set(err, ERR_INPUT, "the state's cookies are longer than %d bytes", COOKIE_HEADER_MAX);
    struct wire_request request = {
        .method = SLICE("GET"),
        .url = str_slice(&r->main_url),
        .timeout = timeout_budget(BUDGET_SESSION, 1, r->plan->multiplier_thousandths),
        .headers = {{SLICE("Accept"), SLICE("text/html")},
                    {SLICE("User-Agent"), SLICE(USER_AGENT)},
                    {SLICE("Cookie"), str_slice(&cookies)}},
        .header_count = cookies.len ? 3 : 2,
    };
    const struct wire_response *response;
    TRY(call_http(&r->caller, &request, &response, err));
    *ret_seen = response != NULL;
    bool busy = response && response->failure == WIRE_HTTP_OK && (response->status == 429 || response->status == 503);
    r->retry_after_s = busy ? response_retry_after_s(response) : 0;
    return response ? session_preflight(response, r->plan->base_url, ret_expired, err) : ERR_OK;
}

enum err_code look_before(struct runner *r)
{
    bool seen, expired = false;
    for (uint32_t looks = 1;; looks++) {
        static struct err found; /* static: it is large, and there is one */
        err_init(&found);
        enum err_code code = look(r, STEP_PREFLIGHT, &seen, &expired, &found);
        bool again = code == ERR_ENV && r->retry_after_s && r->retry_after_s <= RETRY_AFTER_S_HONOURED;
        if (code != ERR_OK && (!again || looks == LOOKS_BEFORE_MAX))
            return err_set(r->err, found.code, "%s", found.text);
        if (code == ERR_OK)
            return expired ? run_stop_expired(r) : ERR_OK;
        TRY(call_wait(&r->caller, retry_delay_asked((struct duration){0}, r->retry_after_s), r->err));
        if (r->caller.stop_asked)
            return ERR_OK;
    }
}

enum err_code look_probe(struct runner *r, bool *ret_well)
{
    static struct err found; /* static: it is large, and there is one */
    bool seen = false, expired = false;
    err_init(&found);
    enum err_code code = look(r, STEP_PROBE, &seen, &expired, &found);
    if (code != ERR_OK && code != ERR_ENV)
        return err_set(r->err, found.code, "%s", found.text);
    *ret_well = seen && code == ERR_OK;
    return *ret_well && expired ? run_stop_expired(r) : ERR_OK;
}
