/* The frames' addresses as the browser sees them. Page.getFrameTree lists the
   frames of the page's own process; a frame of another host may live in a process,
   and so a target, of its own: those come from Target.getTargets. Both are asked
   together, what each says is gathered as it comes, and the result is made when
   both have answered.

   A tree of the site's hundred frames has 70 kB, of which the addresses are a tenth:
   they are taken by their places. Quotes inside a string are escaped, so that the
   literal below can only be a member; a tree with any escape in it is left to jansson. */
#include "engine/browser/command.h"

void frames_reset(struct browser *b)
{
    b->frames.op = 0;
    b->frames.waiting = 0;
    str_clear(&b->frames.urls);
}

/* A question that is still open is superseded: its replies are nobody's. */
static void forget_replies(struct browser *b)
{
    for (size_t i = 0; i < b->pending_count; i++)
        if (b->pending[i].kind == PENDING_FRAME_TREE || b->pending[i].kind == PENDING_TARGETS)
            b->pending[i].kind = PENDING_IGNORED;
}

void frames_ask(struct browser *b, uint32_t op)
{
    forget_replies(b);
    frames_reset(b);
    b->frames.op = op;
    b->frames.waiting = 2;
    json_out_init(&b->frames.out, &b->frames.urls);
    json_out_object(&b->frames.out, NULL);
    json_out_array(&b->frames.out, "frames");
    struct command command;
    struct pending pending = {.kind = PENDING_TARGETS, .op = op};
    command_begin(b, &command, "Target.getTargets", false);
    bool sent = command_end(b, &command, &pending, NULL);
    pending.kind = PENDING_FRAME_TREE;
    command_begin(b, &command, "Page.getFrameTree", true);
    sent = command_end(b, &command, &pending, NULL) && sent;
    if (sent)
        return;
    forget_replies(b);
    frames_reset(b);
    ready_failure(b, op, FAILURE_PROTOCOL, "too many commands are unanswered");
}

/* As deep as parse.h lets a message be. */
static void add_tree(struct json_out *out, const json_t *tree)
{
    json_out_string(out, NULL, json_slice(json_object_get(json_object_get(tree, "frame"), "url")));
    const json_t *children = json_object_get(tree, "childFrames");
    for (size_t i = 0; i < json_array_size(children); i++)
        add_tree(out, json_array_get(children, i));
}

static void add_targets(const struct browser *b, struct json_out *out, const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = json_array_get(targets, i);
        if (slice_equal(json_slice(json_object_get(target, "type")), SLICE("iframe")) &&
            slice_equal(json_slice(json_object_get(target, "browserContextId")), slice_of(b->context)))
            json_out_string(out, NULL, json_slice(json_object_get(target, "url")));
    }
}

/* False when the answer is no list of frames. */
static bool add_reply(struct browser *b, const struct pending *pending, const json_t *root)
{
    const json_t *result = json_object_get(root, "result");
    const json_t *tree = json_object_get(result, "frameTree"), *targets = json_object_get(result, "targetInfos");
    if (pending->kind == PENDING_FRAME_TREE && tree)
        add_tree(&b->frames.out, tree);
    else if (pending->kind == PENDING_TARGETS && targets)
        add_targets(b, &b->frames.out, targets);
    else
        return false;
    return true;
}

static bool fail(struct browser *b, struct completion *ret_completion)
{
    uint32_t op = b->frames.op;
    forget_replies(b);
    frames_reset(b);
    return completion_failure(ret_completion, op, FAILURE_PROTOCOL, "the frame tree cannot be read");
}

/* The reply is gathered; the last one makes the result. */
static bool finish(struct browser *b, struct completion *ret_completion)
{
    uint32_t op = b->frames.op;
    if (--b->frames.waiting)
        return false;
    json_out_end_array(&b->frames.out);
    json_out_end_object(&b->frames.out);
    if (str_full(&b->frames.urls))
        return fail(b, ret_completion);
    b->frames.op = 0;
    return completion_result(ret_completion, op, str_slice(&b->frames.urls));
}

bool frames_take_tree(struct browser *b, const struct pending *pending, struct slice text, struct completion *ret_completion,
                      bool *ret_done)
{
    static const struct slice tree = SLICE("\"result\":{\"frameTree\":{"), key = SLICE("\"url\":\"");
    const char *end = text.ptr + text.len, *url = slice_find(text, tree);
    bool is_whole = true;
    if (pending->op != b->frames.op || !url || memchr(text.ptr, '\\', text.len))
        return false;
    while ((url = slice_find((struct slice){url, (size_t)(end - url)}, key)) != NULL) {
        url += key.len;
        const char *quote = memchr(url, '"', (size_t)(end - url));
        json_out_string(&b->frames.out, NULL, (struct slice){url, quote ? (size_t)(quote - url) : 0});
        is_whole &= quote != NULL;
    }
    *ret_done = is_whole ? finish(b, ret_completion) : fail(b, ret_completion);
    return true;
}

bool frames_take_reply(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion)
{
    if (pending->op != b->frames.op)
        return false;
    const json_t *error = json_object_get(root, "error");
    if (error) {
        forget_replies(b);
        frames_reset(b);
        return reply_take_error(b, pending->op, error, ret_completion);
    }
    return add_reply(b, pending, root) ? finish(b, ret_completion) : fail(b, ret_completion);
}
