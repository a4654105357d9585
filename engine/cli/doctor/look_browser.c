/* The browser is started as a run starts it, by the same layers, and opens a blank page. */
#include "engine/cli/doctor/look.h"

#include "engine/browser/browser.h"
#include "engine/live/browser_path.h"
#include "engine/live/live.h"

#include <string.h>
#include <unistd.h>

#define REMEDY "install chromium-headless-shell, or name a Chromium with --browser or $REVISIT_BROWSER"
#define START_MS 30000

struct trial {
    struct live *live;
    struct browser *browser;
    struct completion end;
};

static bool is_end(const struct completion *c, uint32_t op)
{
    return c->kind == COMPLETION_DEADLINE || c->kind == COMPLETION_SIGNAL || c->kind == COMPLETION_GONE ||
           ((c->kind == COMPLETION_RESULT || c->kind == COMPLETION_FAILURE) && c->op == op);
}

static enum err_code start(struct trial *t, const struct look_wish *wish, struct err *err)
{
    struct live_options options = {.browser = wish->browser, .no_sandbox = wish->no_sandbox};
    struct browser_options page = {.page_script = "{}", .page_script_len = 2};
    struct op op = {.kind = OP_START, .start = {.url = SLICE("about:blank")}};
    TRY(live_open(&options, &t->live, err));
    t->browser = browser_new(live_wire(t->live), &page);
    if (!t->browser)
        return err_set(err, ERR_ENV, "out of memory");
    struct world *world = browser_world(t->browser);
    uint32_t id = world->ops->submit(world, &op);
    do
        TRY(world->ops->next(world, instant_add((struct instant){0}, duration_ms(START_MS)), &t->end, err));
    while (!is_end(&t->end, id));
    return ERR_OK;
}

static void tell_end(const struct trial *t, const char *path, struct findings *findings)
{
    const struct completion *end = &t->end;
    if (end->kind == COMPLETION_RESULT)
        finding_ok(findings, "browser", "%s, %s: a page opened", browser_product(t->browser), path);
    else if (end->kind == COMPLETION_FAILURE)
        finding_add(findings, FINDING_BAD, "browser", REMEDY, "%s: it could not be started (%.*s)", path, SLICE_ARG(end->failure.detail));
    else
        finding_add(findings, FINDING_BAD, "browser", REMEDY, "%s: it was started and %s", path,
                    end->kind == COMPLETION_GONE       ? "ended before a page opened"
                    : end->kind == COMPLETION_DEADLINE ? "opened no page in 30 s"
                                                       : "was not waited for: this was asked to stop");
}

static void try_browser(const struct look_wish *wish, const char *path, struct findings *findings)
{
    static struct err failed; /* static: it is large */
    struct trial trial = {0};
    err_init(&failed);
    if (start(&trial, wish, &failed) == ERR_OK)
        tell_end(&trial, path, findings);
    else
        finding_take(findings, FINDING_BAD, "browser", &failed);
    browser_free(trial.browser);
    live_close(trial.live);
}

void look_at_browser(const struct look_wish *wish, struct findings *findings)
{
    char path[PATH_MAX];
    int error = browser_path_find(wish->browser, wish->settings.headed, path);
    if (error) {
        finding_add(findings, FINDING_BAD, "browser", REMEDY, "%s: there is none (%s)", wish->browser ? wish->browser : "chromium",
                    strerror(error));
        return;
    }
    if (geteuid() == 0 && !wish->no_sandbox) {
        finding_add(findings, FINDING_BAD, "sandbox", "run as another user, or add --no-sandbox where only pages that you trust are opened",
                    "Chromium does not run as root inside its sandbox; it was not started");
        return;
    }
    if (wish->no_sandbox)
        finding_add(findings, FINDING_WARN, "sandbox", "leave --no-sandbox out, as another user than root", "the browser runs without its sandbox");
    try_browser(wish, path, findings);
}
