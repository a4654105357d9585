/* Start-up in five phases. The commands of a phase are sent together and all
   its replies awaited before the next, so that what is sent, and in which
   order, never depends on how replies interleave:

     1 discover targets, version, a browser context of our own
     2 cookies, a blank page          4 Page, page.js, the fence
     3 a session with the page        5 navigate

   The fence and page.js stand before the first byte of the site is loaded. */
#include "engine/browser/command.h"

/* The window: the site's pages want a desktop's width. */
#define WINDOW_WIDTH 1280
#define WINDOW_HEIGHT 900

static void write_cookie(struct json_out *out, const struct op_cookie *cookie)
{
    json_out_object(out, NULL);
    json_out_string(out, "name", cookie->name);
    json_out_string(out, "value", cookie->value);
    json_out_string(out, "domain", cookie->domain);
    json_out_string(out, "path", cookie->path);
    json_out_bool(out, "secure", cookie->secure);
    json_out_bool(out, "httpOnly", cookie->http_only);
    if (cookie->same_site.len)
        json_out_string(out, "sameSite", cookie->same_site);
    if (cookie->expires_s >= 0)
        json_out_int(out, "expires", cookie->expires_s);
    json_out_end_object(out);
}

/* False when something is larger than anything real. */
static bool copy_options(struct start *s, const struct op_start *start)
{
    struct json_out out;
    json_out_init(&out, &s->cookies);
    if (start->cookie_count) {
        json_out_array(&out, NULL);
        for (size_t i = 0; i < start->cookie_count; i++)
            write_cookie(&out, &start->cookies[i]);
        json_out_end_array(&out);
    }
    str_add(&s->url, start->url);
    if (start->guarded_count > GUARDED_MAX)
        return false;
    for (size_t i = 0; i < start->guarded_count; i++)
        if (!text_format(s->guarded[i], sizeof s->guarded[i], "%s", start->guarded[i]))
            return false;
    s->guarded_count = start->guarded_count;
    return !str_full(&s->cookies) && !str_full(&s->url);
}

/* A command that cannot even be sent ends the start: a page must not open with
   its fence left out. */
static void send_step(struct browser *b, struct command *command, enum start_step step, const struct wire_bulk *bulk)
{
    struct pending pending = {.kind = PENDING_START, .op = b->start.op, .step = step};
    if (b->start.op == 0)
        return;
    if (command_end(b, command, &pending, bulk)) {
        b->start.waiting++;
        return;
    }
    ready_failure(b, b->start.op, FAILURE_PROTOCOL, "a start-up command could not be sent");
    b->start.op = 0;
    stage_set(b, STAGE_LOST);
}

static void send_browser_phase(struct browser *b)
{
    struct command command;
    command_begin(b, &command, "Target.setDiscoverTargets", false);
    json_out_bool(&command.params, "discover", true);
    send_step(b, &command, START_DISCOVER, NULL);
    command_begin(b, &command, "Browser.getVersion", false);
    send_step(b, &command, START_VERSION, NULL);
    command_begin(b, &command, "Target.createBrowserContext", false);
    send_step(b, &command, START_CONTEXT, NULL);
}

static void send_target_phase(struct browser *b)
{
    struct command command;
    if (b->start.cookies.len) {
        command_begin(b, &command, "Storage.setCookies", false);
        json_out_raw(&command.params, "cookies", str_slice(&b->start.cookies));
        json_out_text(&command.params, "browserContextId", b->context);
        send_step(b, &command, START_COOKIES, NULL);
    }
    command_begin(b, &command, "Target.createTarget", false);
    json_out_text(&command.params, "url", "about:blank");
    json_out_text(&command.params, "browserContextId", b->context);
    json_out_int(&command.params, "width", WINDOW_WIDTH);
    json_out_int(&command.params, "height", WINDOW_HEIGHT);
    send_step(b, &command, START_TARGET, NULL);
}

static void send_attach_phase(struct browser *b)
{
    struct command command;
    command_begin(b, &command, "Target.attachToTarget", false);
    json_out_text(&command.params, "targetId", b->target);
    json_out_bool(&command.params, "flatten", true);
    send_step(b, &command, START_ATTACH, NULL);
}

/* Chromium's patterns know '*' and '?'; a backslash takes the next one as it is. */
static void write_pattern(struct json_out *out, const char *prefix)
{
    char pattern[2 * GUARDED_LEN_MAX + 4] = "*/";
    size_t len = 2;
    for (const char *c = prefix; *c; c++) {
        if (*c == '*' || *c == '?' || *c == '\\')
            pattern[len++] = '\\';
        pattern[len++] = *c;
    }
    pattern[len++] = '*';
    json_out_object(out, NULL);
    json_out_string(out, "urlPattern", (struct slice){pattern, len});
    json_out_text(out, "requestStage", "Request");
    json_out_end_object(out);
}

static void send_page_phase(struct browser *b)
{
    struct command command;
    command_begin(b, &command, "Page.enable", true);
    send_step(b, &command, START_PAGE, NULL);
    command_begin(b, &command, "Page.addScriptToEvaluateOnNewDocument", true);
    struct wire_bulk script = {
        .name = "page.js",
        .bytes = {b->page_script.ptr + 1, b->page_script.len - 2}, /* the hole has quotes already */
        .encoding = WIRE_BULK_RAW,
        .at = command_hole(b, &command, "source"),
        .advisory = true,
    };
    send_step(b, &command, START_SCRIPT, &script);
    if (b->start.guarded_count == 0)
        return;
    command_begin(b, &command, "Fetch.enable", true);
    json_out_array(&command.params, "patterns");
    for (size_t i = 0; i < b->start.guarded_count; i++)
        write_pattern(&command.params, b->start.guarded[i]);
    json_out_end_array(&command.params);
    send_step(b, &command, START_FENCE, NULL);
}

static void send_navigate_phase(struct browser *b)
{
    struct command command;
    command_begin(b, &command, "Page.navigate", true);
    json_out_string(&command.params, "url", str_slice(&b->start.url));
    send_step(b, &command, START_NAVIGATE, NULL);
}

void start_begin(struct browser *b, uint32_t op, const struct op_start *start)
{
    struct start *s = &b->start;
    str_clear(&s->cookies);
    str_clear(&s->url);
    s->op = op;
    s->waiting = 0;
    struct wire_launch launch = {.headed = start->headed};
    b->generation++;
    b->wire->ops->start(b->wire, &launch);
    stage_set(b, STAGE_STARTING);
    if (copy_options(s, start)) {
        send_browser_phase(b);
        return;
    }
    ready_failure(b, op, FAILURE_PROTOCOL, "the start options are over a limit");
    s->op = 0;
    stage_set(b, STAGE_LOST);
}

bool start_fail(struct browser *b, enum failure_kind kind, const char *detail, struct completion *ret_completion)
{
    uint32_t op = b->start.op;
    b->start.op = 0;
    stage_set(b, STAGE_LOST);
    return completion_failure(ret_completion, op, kind, detail);
}

/* Every Chromium so far says 1.3. */
static bool speaks_version_1(const json_t *result)
{
    return slice_starts(json_slice(json_object_get(result, "protocolVersion")), SLICE("1."));
}

/* Takes what the reply to one step says; false when it lacks what it must have. */
static bool take_step(struct browser *b, enum start_step step, const json_t *result)
{
    switch (step) {
    case START_VERSION:
        return copy_harmless(json_slice(json_object_get(result, "product")), sizeof b->product, b->product);
    case START_CONTEXT:
        return copy_harmless(json_slice(json_object_get(result, "browserContextId")), sizeof b->context, b->context);
    case START_TARGET:
        return copy_harmless(json_slice(json_object_get(result, "targetId")), sizeof b->target, b->target);
    case START_ATTACH:
        return copy_harmless(json_slice(json_object_get(result, "sessionId")), sizeof b->session, b->session);
    case START_DISCOVER:
    case START_COOKIES:
    case START_PAGE:
    case START_SCRIPT:
    case START_FENCE:
    case START_NAVIGATE: return true;
    }
    return false;
}

static void send_next_phase(struct browser *b, enum start_step last)
{
    switch (last) {
    case START_DISCOVER:
    case START_VERSION:
    case START_CONTEXT: send_target_phase(b); return;
    case START_COOKIES:
    case START_TARGET: send_attach_phase(b); return;
    case START_ATTACH: send_page_phase(b); return;
    case START_PAGE:
    case START_SCRIPT:
    case START_FENCE: send_navigate_phase(b); return;
    case START_NAVIGATE: return;
    }
}

static bool finish(struct browser *b, const json_t *result, struct completion *ret_completion)
{
    struct slice error = json_slice(json_object_get(result, "errorText"));
    if (error.len) {
        if (!copy_harmless(error, sizeof b->detail, b->detail))
            (void)copy_harmless(SLICE("net::ERR_UNKNOWN"), sizeof b->detail, b->detail);
        return start_fail(b, FAILURE_NETWORK, b->detail, ret_completion);
    }
    uint32_t op = b->start.op;
    b->start.op = 0;
    stage_set(b, STAGE_UP);
    return completion_result(ret_completion, op, SLICE("{}"));
}

bool start_take_reply(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion)
{
    if (b->stage != STAGE_STARTING)
        return false;
    const json_t *result = json_object_get(root, "result");
    enum start_step step = (enum start_step)pending->step;
    b->start.waiting--;
    if (json_is_object(result) && step == START_VERSION && !speaks_version_1(result))
        return start_fail(b, FAILURE_LAUNCH, "it speaks another DevTools protocol than version 1", ret_completion);
    if (!json_is_object(result) || !take_step(b, step, result))
        return start_fail(b, FAILURE_PROTOCOL, "a start-up command was refused", ret_completion);
    if (step == START_NAVIGATE)
        return finish(b, result, ret_completion);
    if (b->start.waiting == 0)
        send_next_phase(b, step);
    return false;
}
