/* A whole session of any bytes over a wire of paper. The input is lines: the first
   byte says what happens, the rest is what the browser says. Whatever it says,
   the fence holds: an effect sends at most one request, and none once one was
   given up in that browser; and every completion is one that may come. */
#include "engine/browser/browser.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct paper {
    struct wire wire; /* first */
    struct browser *browser;
    struct world *world;
    struct wire_item item;
    bool has_item;
    uint32_t generation;
    uint32_t last_op;
    uint32_t effect;
    uint32_t posts;  /* of the effect */
    bool is_given_up; /* an effect, in this generation */
    uint32_t http_id;
};

static void paper_start(struct wire *wire, const struct wire_launch *launch)
{
    (void)launch;
    ((struct paper *)wire)->generation++;
}

/* A command is one JSON object with a hole at most; ids only grow. */
static void paper_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    (void)wire;
    ASSERT(slice_starts(message, SLICE("{\"id\":")) && message.ptr[message.len - 1] == '}');
    ASSERT(!bulk || (bulk->at > 0 && bulk->at < message.len && message.ptr[bulk->at] == '"'));
}

static void paper_kill(struct wire *wire)
{
    (void)wire;
}

static void paper_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct paper *p = (struct paper *)wire;
    ASSERT(!p->is_given_up && p->effect != 0 && ++p->posts == 1);
    ASSERT(request->header_count <= WIRE_HEADERS_MAX);
    p->http_id = id;
}

static void paper_commit(struct wire *wire, uint32_t id, struct slice record)
{
    (void)wire, (void)id, (void)record;
}

static void paper_lock(struct wire *wire, uint32_t id, struct slice name)
{
    (void)wire, (void)id, (void)name;
}

static void paper_mark(struct wire *wire, const struct mark *mark)
{
    (void)wire, (void)mark;
}

static enum err_code paper_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct paper *p = (struct paper *)wire;
    (void)err;
    *ret_item = (struct wire_item){.kind = WIRE_WAKE, .asked = deadline};
    if (p->has_item)
        *ret_item = p->item;
    p->has_item = false;
    return ERR_OK;
}

static void take_all(struct paper *p)
{
    struct err err;
    err_init(&err);
    struct completion done = {.kind = COMPLETION_RESULT};
    while (done.kind != COMPLETION_DEADLINE) {
        ASSERT(p->world->ops->next(p->world, (struct instant){1}, &done, &err) == ERR_OK);
        ASSERT(done.op <= p->last_op);
        if (done.kind == COMPLETION_FAILURE)
            ASSERT(done.failure.detail.len < 96);
        if (done.kind == COMPLETION_RESULT || done.kind == COMPLETION_FAILURE)
            p->effect = done.op == p->effect ? 0 : p->effect;
    }
    ASSERT(p->world->ops->silence(p->world) != NULL);
}

static void submit(struct paper *p, const struct op *op)
{
    uint32_t id = p->world->ops->submit(p->world, op);
    if (id)
        p->last_op = id;
}

static void submit_start(struct paper *p)
{
    static const char *const guarded[] = {"ov_ptnote", "checkout"};
    struct op op = {.kind = OP_START, .start = {.url = SLICE("http://e/"), .guarded = guarded, .guarded_count = 2}};
    submit(p, &op);
    p->effect = 0;
    p->is_given_up = false;
}

static void submit_effect(struct paper *p)
{
    static const struct operation save = {"save", BUDGET_SAVE, true, "ov_ptnote"};
    struct op op = {.kind = OP_CALL, .call = {.operation = &save, .args = SLICE("{}")}};
    submit(p, &op);
    p->effect = p->last_op;
    p->posts = 0;
}

static void arrives(struct paper *p, enum wire_item_kind kind, struct slice bytes)
{
    p->item = (struct wire_item){.kind = kind, .generation = p->generation, .bytes = bytes};
    p->has_item = true;
}

static void answer(struct paper *p, struct slice body)
{
    static struct wire_response response;
    response = (struct wire_response){.id = p->http_id, .state = WIRE_HTTP_ANSWERED, .status = 200, .body = body};
    arrives(p, WIRE_HTTP, SLICE_NONE);
    p->item.http = &response;
}

static void arrives_up(struct paper *p)
{
    static const char *const replies[] = {
        "{\"id\":1,\"result\":{}}", "{\"id\":2,\"result\":{\"protocolVersion\":\"1.3\",\"product\":\"P\"}}",
        "{\"id\":3,\"result\":{\"browserContextId\":\"C0\"}}", "{\"id\":4,\"result\":{\"targetId\":\"7A26\"}}",
        "{\"id\":5,\"result\":{\"sessionId\":\"5E55\"}}", "{\"id\":6,\"result\":{}}", "{\"id\":7,\"result\":{}}",
        "{\"id\":8,\"result\":{}}", "{\"id\":9,\"result\":{}}",
    };
    submit_start(p);
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        arrives(p, WIRE_BYTES, slice_of(replies[i]));
        take_all(p);
    }
}

static void step(struct paper *p, char what, struct slice rest)
{
    struct op op = {.kind = OP_STOP};
    switch (what) {
    case 'S': submit_start(p); break;
    case 'U': arrives_up(p); break;
    case 'E': submit_effect(p); break;
    case 'G':
        p->is_given_up |= p->effect != 0;
        p->world->ops->give_up(p->world, p->effect);
        p->effect = 0;
        break;
    case 'K':
        submit(p, &op);
        p->effect = 0;
        p->is_given_up = false;
        break;
    case 'F': op.kind = OP_FRAMES; submit(p, &op); break;
    case 'P': op.kind = OP_PING; submit(p, &op); break;
    case 'A': op.kind = OP_ANSWER; submit(p, &op); break;
    case 'X': arrives(p, WIRE_EXIT, SLICE_NONE); break;
    case 'O': arrives(p, WIRE_EOF, SLICE_NONE); break;
    case 'H': answer(p, rest); break;
    default: arrives(p, WIRE_BYTES, rest); break;
    }
    take_all(p);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct wire_ops ops = {
        .start = paper_start, .send = paper_send, .kill = paper_kill, .http = paper_http,
        .commit = paper_commit, .lock = paper_lock, .mark = paper_mark, .next = paper_next,
    };
    struct paper p = {.wire = {&ops}};
    struct browser_options options = {"page", 4};
    p.browser = browser_new(&p.wire, &options);
    if (!p.browser)
        return 0;
    p.world = browser_world(p.browser);
    const char *at = (const char *)data;
    const char *end = at + size;
    for (int steps = 0; at < end && steps < 64; steps++) {
        const char *line = memchr(at, '\n', (size_t)(end - at));
        const char *line_end = line ? line : end;
        if (line_end > at)
            step(&p, *at, (struct slice){at + 1, (size_t)(line_end - at - 1)});
        at = line_end + 1;
    }
    browser_free(p.browser);
    return 0;
}
