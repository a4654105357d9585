/* The frame tree as the browser sees it. Page.getFrameTree lists the frames of
   the page's own process; a frame of another host may live in a process, and
   so a target, of its own: those come from Target.getTargets. Both are asked
   together, and the result is made when both have answered. */
#include "engine/browser/command.h"

#define FRAMES_BYTES_MAX (1u << 20)

void frames_reset(struct browser *b)
{
    json_decref(b->frames.tree);
    json_decref(b->frames.targets);
    b->frames = (struct frames){0};
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

static void write_frame(struct json_out *out, const json_t *url, const json_t *name)
{
    json_out_object(out, NULL);
    json_out_string(out, "url", json_slice(url));
    json_out_string(out, "name", json_slice(name));
    json_out_end_object(out);
}

/* As deep as parse.h lets a message be. */
static void write_tree(struct json_out *out, const json_t *tree)
{
    const json_t *frame = json_object_get(tree, "frame");
    write_frame(out, json_object_get(frame, "url"), json_object_get(frame, "name"));
    const json_t *children = json_object_get(tree, "childFrames");
    for (size_t i = 0; i < json_array_size(children); i++)
        write_tree(out, json_array_get(children, i));
}

static void write_targets(const struct browser *b, struct json_out *out, const json_t *targets)
{
    for (size_t i = 0; i < json_array_size(targets); i++) {
        const json_t *target = json_array_get(targets, i);
        if (slice_equal(json_slice(json_object_get(target, "type")), SLICE("iframe")) &&
            slice_equal(json_slice(json_object_get(target, "browserContextId")), slice_of(b->context)))
            write_frame(out, json_object_get(target, "url"), NULL);
    }
}

static bool finish(struct browser *b, struct completion *ret_completion)
{
    const json_t *tree = json_object_get(json_object_get(b->frames.tree, "result"), "frameTree");
    const json_t *targets = json_object_get(json_object_get(b->frames.targets, "result"), "targetInfos");
    uint32_t op = b->frames.op;
    struct json_out out;
    str_clear(&b->text);
    json_out_init(&out, &b->text);
    json_out_object(&out, NULL);
    json_out_array(&out, "frames");
    write_tree(&out, tree);
    write_targets(b, &out, targets);
    json_out_end_array(&out);
    json_out_end_object(&out);
    bool whole = tree && targets && !str_full(&b->text) && b->text.len <= FRAMES_BYTES_MAX;
    frames_reset(b);
    if (!whole)
        return completion_failure(ret_completion, op, FAILURE_PROTOCOL, "the frame tree cannot be read");
    return completion_result(ret_completion, op, str_slice(&b->text));
}

bool frames_take_reply(struct browser *b, const struct pending *pending, json_t *root, struct completion *ret_completion)
{
    if (pending->op != b->frames.op)
        return false;
    const json_t *error = json_object_get(root, "error");
    if (!root || error) {
        forget_replies(b);
        frames_reset(b);
        return error ? reply_take_error(b, pending->op, error, ret_completion)
                     : completion_failure(ret_completion, pending->op, FAILURE_PROTOCOL, "the frame tree cannot be read");
    }
    json_t **place = pending->kind == PENDING_FRAME_TREE ? &b->frames.tree : &b->frames.targets;
    *place = json_incref(root);
    return b->frames.tree && b->frames.targets && finish(b, ret_completion);
}
