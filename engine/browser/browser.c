/* The door itself, and the little that its two sides share: submit.c takes ops
   in, receive.c takes items in, and here they meet in next(). The stage has one
   setter, and losing the page one place. */
#include "engine/browser/browser.h"

#include "engine/base/json_out.h"
#include "engine/browser/parse.h"
#include "engine/browser/session.h"

#include <stdlib.h>

#define TEXT_BYTES_MAX (4u << 20)

void stage_set(struct browser *b, enum stage stage)
{
    static const unsigned allowed_from[] = {
        [STAGE_NONE] = 1u << STAGE_NONE | 1u << STAGE_STARTING | 1u << STAGE_UP | 1u << STAGE_LOST | 1u << STAGE_GONE,
        [STAGE_STARTING] = 1u << STAGE_NONE,
        [STAGE_UP] = 1u << STAGE_STARTING,
        [STAGE_LOST] = 1u << STAGE_STARTING | 1u << STAGE_UP,
        [STAGE_GONE] = 1u << STAGE_STARTING | 1u << STAGE_UP | 1u << STAGE_LOST,
    };
    ASSERT(allowed_from[stage] & 1u << b->stage);
    b->stage = stage;
}

bool completion_result(struct completion *ret_completion, uint32_t op, struct slice result)
{
    *ret_completion = (struct completion){.kind = COMPLETION_RESULT, .op = op, .result = result};
    return true;
}

bool completion_failure(struct completion *ret_completion, uint32_t op, enum failure_kind kind, const char *detail)
{
    *ret_completion = (struct completion){.kind = COMPLETION_FAILURE, .op = op};
    ret_completion->failure.kind = kind;
    ret_completion->failure.detail = slice_of(detail);
    return true;
}

void ready_failure(struct browser *b, uint32_t op, enum failure_kind kind, const char *detail)
{
    ASSERT(b->ready_count < READY_MAX);
    b->ready[b->ready_count++] = (struct ready){op, kind, detail};
}

void hold_reply(struct browser *b, json_t *root)
{
    json_decref(b->held);
    b->held = json_incref(root);
}

struct slice json_slice(const json_t *text)
{
    return json_is_string(text) ? (struct slice){json_string_value(text), json_string_length(text)} : SLICE("");
}

bool copy_harmless(struct slice text, size_t size, char *ret_text)
{
    ret_text[0] = '\0';
    if (text.len == 0 || text.len >= size)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
        if (!letter && !memchr("._:/-", c, 5))
            return false;
    }
    memcpy(ret_text, text.ptr, text.len);
    ret_text[text.len] = '\0';
    return true;
}

bool page_lost(struct browser *b, struct completion *ret_completion)
{
    if (b->stage == STAGE_STARTING && b->start.op)
        return start_fail(b, FAILURE_LAUNCH, "the page crashed while it was opened", ret_completion);
    if (b->stage != STAGE_UP)
        return false;
    stage_set(b, STAGE_LOST);
    for (size_t i = 0; i < b->pending_count; i++)
        if (b->pending[i].kind != PENDING_PING)
            b->pending[i].kind = PENDING_IGNORED;
    b->fence.open = false;
    *ret_completion = (struct completion){.kind = COMPLETION_CRASH};
    return true;
}

void forget_generation(struct browser *b)
{
    stage_set(b, STAGE_NONE);
    b->pending_count = 0;
    b->ready_count = 0;
    b->last_command = 0;
    b->target[0] = b->session[0] = b->context[0] = '\0';
    b->dialog_open = false;
    b->start.op = 0;
    b->ring.pushed = 0;
    fence_reset(b);
    frames_reset(b);
}

static void browser_give_up(struct world *world, uint32_t op)
{
    struct browser *b = (struct browser *)world;
    for (size_t i = 0; i < b->pending_count; i++)
        if (op != 0 && b->pending[i].op == op)
            b->pending[i].given_up = true;
    fence_give_up(b, op);
}

static struct effect_report browser_effect(const struct world *world)
{
    const struct fence *f = &((const struct browser *)world)->fence;
    return (struct effect_report){.request = f->request, .retry_after_s = f->retry_after_s};
}

static void browser_mark(struct world *world, const struct mark *mark)
{
    struct browser *b = (struct browser *)world;
    b->wire->ops->mark(b->wire, mark);
}

static const char *browser_silence(struct world *world)
{
    return silence_say((const struct browser *)world);
}

static void take_ready(struct browser *b, struct completion *ret_completion)
{
    struct ready first = b->ready[0];
    memmove(&b->ready[0], &b->ready[1], --b->ready_count * sizeof b->ready[0]);
    completion_failure(ret_completion, first.op, first.failure, first.detail);
    ret_completion->at = b->world.now;
}

static enum err_code browser_next(struct world *world, struct instant deadline, struct completion *ret_completion,
                                  struct err *err)
{
    struct browser *b = (struct browser *)world;
    json_decref(b->held);
    b->held = NULL;
    for (;;) {
        struct wire_item item;
        if (b->ready_count) {
            take_ready(b, ret_completion);
            return ERR_OK;
        }
        TRY(b->wire->ops->next(b->wire, deadline, &item, err));
        b->world.now = item.at;
        if (!receive_item(b, &item, deadline, ret_completion))
            continue;
        ret_completion->at = item.at;
        return ERR_OK;
    }
}

static const struct world_ops browser_ops = {
    .submit = browser_submit,
    .give_up = browser_give_up,
    .effect = browser_effect,
    .mark = browser_mark,
    .next = browser_next,
    .silence = browser_silence,
};

struct browser *browser_new(struct wire *wire, const struct browser_options *options)
{
    struct browser *b = calloc(1, sizeof *b);
    if (!b)
        return NULL;
    b->world.ops = &browser_ops;
    b->wire = wire;
    str_init(&b->page_script, COMMAND_BYTES_MAX);
    str_init(&b->start.cookies, COOKIES_BYTES_MAX);
    str_init(&b->start.url, URL_BYTES_MAX);
    str_init(&b->fence.body, POST_BYTES_MAX);
    str_init(&b->frames.urls, FRAMES_BYTES_MAX);
    str_init(&b->text, TEXT_BYTES_MAX);
    str_init(&b->out, COMMAND_BYTES_MAX);
    str_init(&b->expression, COMMAND_BYTES_MAX);
    str_init(&b->scratch, PARSE_BYTES_MAX);
    json_out_quote(&b->page_script, (struct slice){options->page_script, options->page_script_len});
    if (str_full(&b->page_script)) {
        browser_free(b);
        return NULL;
    }
    return b;
}

void browser_free(struct browser *browser)
{
    if (!browser)
        return;
    json_decref(browser->held);
    str_fini(&browser->page_script);
    str_fini(&browser->start.cookies);
    str_fini(&browser->start.url);
    str_fini(&browser->fence.body);
    str_fini(&browser->frames.urls);
    str_fini(&browser->text);
    str_fini(&browser->out);
    str_fini(&browser->expression);
    str_fini(&browser->scratch);
    free(browser);
}

struct world *browser_world(struct browser *browser)
{
    return &browser->world;
}

const struct browser_counters *browser_counters(const struct browser *browser)
{
    return &browser->counters;
}

const char *browser_product(const struct browser *browser)
{
    return browser->product;
}
