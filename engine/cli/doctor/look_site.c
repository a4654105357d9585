/* The site is asked as before a batch, by the same code: a run whose breaker is open from
   the start looks at the site and begins no visit. Nothing is journalled, nothing printed,
   and no browser is started. */
#include "engine/cli/doctor/look.h"

#include "engine/batch/runner.h"
#include "engine/browser/browser.h"
#include "engine/cli/login/state_sealed.h"
#include "engine/live/live.h"
#include "recorder/store.h"

#include <sys/stat.h>
#include <time.h>

#define ANSWER_S 40

struct asking {
    struct state state;
    struct str state_text;
    struct live *live;
    struct browser *browser;
    struct event_log log;
    struct run_end end;
};

static void drop_line(void *ctx, struct slice line)
{
    (void)ctx;
    (void)line;
}

static enum err_code read_state(struct asking *a, const struct look_wish *wish, struct err *err)
{
    if (!wish->state_path)
        return ERR_OK;
    if (wish->key && store_path_is_sealed(wish->state_path)) {
        TRY(keys_name(wish->key, err));
        TRY(keys_load(err));
    }
    TRY(state_read(wish->state_path, &a->state_text, err));
    return state_parse(str_slice(&a->state_text), wish->settings.host, wish->state_path, &a->state, err);
}

static enum err_code ask(struct asking *a, const struct look_wish *wish, struct err *err)
{
    struct patient nobody = {.number = 1};
    struct batch_visit none = {.dos = 1};
    struct batch batch = {.id = SLICE("doctor"), .patients = &nobody, .patient_count = 1, .visits = &none, .visit_count = 1};
    struct live_options options = {0};
    struct browser_options page = {.page_script = "{}", .page_script_len = 2};
    TRY(live_open(&options, &a->live, err));
    a->browser = browser_new(live_wire(a->live), &page);
    if (!a->browser)
        return err_set(err, ERR_ENV, "out of memory");
    struct run_plan plan = settings_plan(&wish->settings, SLICE("{}"), &batch, &a->state, 0);
    plan.breaker = BREAKER_FORCED_OPEN;
    plan.batch_timeout = duration_ms(ANSWER_S * 1000);
    event_log_init(&a->log, NULL, drop_line);
    return run_batch(&plan, browser_world(a->browser), &a->log, &a->end, err);
}

static void tell_expired(const struct look_wish *wish, struct findings *findings)
{
    if (wish->state_path)
        finding_add(findings, FINDING_BAD, "site", "log in anew, and give the new state with --state", "%s: it answers, and the session of %s is over",
                    wish->settings.base_url, wish->state_path);
    else
        finding_ok(findings, "site", "%s: its login page answers; whether a session is good is told with --state FILE",
                   wish->settings.base_url);
}

static void tell_answer(const struct asking *a, const struct look_wish *wish, enum err_code code, const struct err *failed,
                        struct findings *findings)
{
    if (code != ERR_OK)
        finding_take(findings, FINDING_BAD, "site", failed);
    else if (a->end.summary.outcome == BATCH_FATAL)
        tell_expired(wish, findings);
    else if (a->end.summary.outcome == BATCH_STOPPED)
        finding_add(findings, FINDING_BAD, "site", "try again later", "%s: it is busy, or this was asked to stop", wish->settings.base_url);
    else if (wish->state_path)
        finding_ok(findings, "site", "%s: the EHR answers, and the session is good", wish->settings.base_url);
    else
        finding_ok(findings, "site", "%s: the EHR answers", wish->settings.base_url);
}

static bool is_loopback(const char *host)
{
    return strcmp(host, "localhost") == 0 || strncmp(host, "127.", 4) == 0 || strcmp(host, "[::1]") == 0;
}

static void look_at_transport(const struct look_wish *wish, struct findings *findings)
{
    if (strncmp(wish->settings.base_url, "http:", 5) == 0 && !is_loopback(wish->settings.host))
        finding_add(findings, FINDING_WARN, "transport", "use https://", "%s: charts and the session cross the network in the clear",
                    wish->settings.base_url);
}

static bool is_past(const struct op_cookie *cookie)
{
    struct timespec now;
    return cookie->expires_s >= 0 && clock_gettime(CLOCK_REALTIME, &now) == 0 && cookie->expires_s <= now.tv_sec;
}

static void look_at_state(const struct asking *a, const struct look_wish *wish, struct findings *findings)
{
    struct stat info;
    size_t past = 0;
    for (size_t i = 0; i < a->state.cookie_count; i++)
        past += is_past(&a->state.cookies[i]);
    if (stat(wish->state_path, &info) == 0 && (info.st_mode & 077))
        finding_add(findings, FINDING_WARN, "state", "chmod 600 it", "%s: others can read it (mode %03o), and who has it is logged in",
                    wish->state_path, (unsigned)info.st_mode & 0777);
    else if (past)
        finding_add(findings, FINDING_WARN, "state", "log in anew, if the site asks for them", "%s: %zu of its %zu cookies for %s are past their end",
                    wish->state_path, past, a->state.cookie_count, wish->settings.host);
    else
        finding_ok(findings, "state", "%s: %zu cookies for %s", wish->state_path, a->state.cookie_count, wish->settings.host);
}

static void take_down(struct asking *a)
{
    browser_free(a->browser);
    live_close(a->live);
    event_log_fini(&a->log);
    state_fini(&a->state);
    state_text_fini(&a->state_text);
}

void look_at_site(const struct look_wish *wish, struct findings *findings)
{
    static struct asking asking; /* static: they are large */
    static struct err failed;
    if (!wish->has_base_url)
        return;
    err_init(&failed);
    str_init(&asking.state_text, STATE_BYTES_MAX);
    look_at_transport(wish, findings);
    enum err_code code = read_state(&asking, wish, &failed);
    if (code != ERR_OK) {
        finding_take(findings, FINDING_BAD, "state", &failed);
    } else {
        if (wish->state_path)
            look_at_state(&asking, wish, findings);
        code = ask(&asking, wish, &failed);
        tell_answer(&asking, wish, code, &failed, findings);
    }
    take_down(&asking);
}
