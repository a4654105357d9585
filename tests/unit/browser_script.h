/* A wire of paper under the browser layer: what is sent becomes lines of text to
   compare with, and what comes in is queued by the test. With nothing queued the
   deadline passes. */
#ifndef TESTS_UNIT_BROWSER_SCRIPT_H
#define TESTS_UNIT_BROWSER_SCRIPT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/browser/browser.h"

#include <stdlib.h>

#define SCRIPT_ITEMS_MAX 64
#define SCRIPT_LOG_MAX ((size_t)64 << 20)

#define SESSION "5E55"
#define TARGET "7A26"

struct script {
    struct wire wire; /* first */
    struct browser *browser;
    struct world *world;
    struct wire_item items[SCRIPT_ITEMS_MAX];
    size_t item_count;
    size_t item_next;
    int64_t now_us;
    uint32_t generation;
    struct str log;
    struct completion done; /* of the last next() */
};

static inline void script_start(struct wire *wire, const struct wire_launch *launch)
{
    struct script *s = (struct script *)wire;
    s->generation++;
    str_add_text(&s->log, launch->headed ? "start headed\n" : "start\n");
}

static inline void script_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct script *s = (struct script *)wire;
    str_add_text(&s->log, "send ");
    if (bulk) {
        str_add(&s->log, (struct slice){message.ptr, bulk->at});
        str_addf(&s->log, "<%s %s%s:", bulk->name, bulk->encoding == WIRE_BULK_RAW ? "raw" : "base64",
                 bulk->advisory ? " advisory" : "");
        str_add(&s->log, bulk->bytes);
        str_add_char(&s->log, '>');
        message = (struct slice){message.ptr + bulk->at, message.len - bulk->at};
    }
    str_add(&s->log, message);
    str_add_char(&s->log, '\n');
}

static inline void script_kill(struct wire *wire)
{
    str_add_text(&((struct script *)wire)->log, "kill\n");
}

static inline void script_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct script *s = (struct script *)wire;
    str_addf(&s->log, "http %u %.*s %.*s %lldms", id, SLICE_ARG(request->method), SLICE_ARG(request->url),
             (long long)duration_to_ms(request->timeout));
    for (size_t i = 0; i < request->header_count; i++)
        str_addf(&s->log, " [%.*s: %.*s]", SLICE_ARG(request->headers[i].name), SLICE_ARG(request->headers[i].value));
    str_add_text(&s->log, " body=");
    str_add(&s->log, request->body);
    str_add_char(&s->log, '\n');
}

static inline void script_commit(struct wire *wire, uint32_t id, struct slice record)
{
    str_addf(&((struct script *)wire)->log, "commit %u %.*s\n", id, SLICE_ARG(record));
}

static inline void script_lock(struct wire *wire, uint32_t id, struct slice name)
{
    str_addf(&((struct script *)wire)->log, "lock %u %.*s\n", id, SLICE_ARG(name));
}

static inline void script_mark(struct wire *wire, const struct mark *mark)
{
    char text[MARK_TEXT_MAX];
    size_t len = mark_format(mark, text);
    str_addf(&((struct script *)wire)->log, "mark %.*s\n", (int)len, text);
}

static inline enum err_code script_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item,
                                        struct err *err)
{
    struct script *s = (struct script *)wire;
    (void)err;
    if (s->item_next < s->item_count) {
        *ret_item = s->items[s->item_next++];
        return ERR_OK;
    }
    s->now_us = deadline.us;
    *ret_item = (struct wire_item){.kind = WIRE_WAKE, .at = deadline, .asked = deadline};
    return ERR_OK;
}

static inline struct script *script_new(const char *page_script)
{
    static const struct wire_ops ops = {
        .start = script_start, .send = script_send, .kill = script_kill, .http = script_http,
        .commit = script_commit, .lock = script_lock, .mark = script_mark, .next = script_next,
    };
    struct script *s = calloc(1, sizeof *s);
    assert_non_null(s);
    s->wire.ops = &ops;
    str_init(&s->log, SCRIPT_LOG_MAX);
    struct browser_options options = {page_script, strlen(page_script)};
    s->browser = browser_new(&s->wire, &options);
    assert_non_null(s->browser);
    s->world = browser_world(s->browser);
    return s;
}

static inline void script_free(struct script *s)
{
    browser_free(s->browser);
    str_fini(&s->log);
    free(s);
}

/* Queues an item of the running browser, a millisecond after the one before. */
static inline struct wire_item *script_item(struct script *s, enum wire_item_kind kind)
{
    if (s->item_next == s->item_count)
        s->item_next = s->item_count = 0;
    assert_true(s->item_count < SCRIPT_ITEMS_MAX);
    struct wire_item *item = &s->items[s->item_count++];
    s->now_us += 1000;
    *item = (struct wire_item){.kind = kind, .at = {s->now_us}, .generation = s->generation};
    return item;
}

static inline void arrives_bytes(struct script *s, struct slice text)
{
    script_item(s, WIRE_BYTES)->bytes = text;
}

static inline void arrives(struct script *s, const char *text)
{
    arrives_bytes(s, slice_of(text));
}

static inline void arrives_answer(struct script *s, const struct wire_response *response)
{
    struct wire_item *item = script_item(s, WIRE_HTTP);
    item->http = response;
    item->generation = 0;
}

/* The next completion, at most an hour away, and that it is of this kind. */
static inline const struct completion *comes(struct script *s, enum completion_kind kind)
{
    struct err err;
    err_init(&err);
    struct instant deadline = {s->now_us + 3600 * (int64_t)1000000};
    assert_int_equal(s->world->ops->next(s->world, deadline, &s->done, &err), ERR_OK);
    assert_int_equal(s->done.kind, kind);
    assert_true(s->done.at.us == world_now(s->world).us);
    return &s->done;
}

/* Exactly this was sent since the last look. */
static inline void was_sent(struct script *s, const char *lines)
{
    assert_string_equal(str_text(&s->log), lines);
    str_clear(&s->log);
}

static inline void assert_slice(struct slice got, const char *want)
{
    assert_int_equal(got.len, strlen(want));
    assert_memory_equal(got.ptr, want, got.len);
}

static inline void fails(struct script *s, uint32_t op, enum failure_kind kind, const char *detail)
{
    const struct completion *done = comes(s, COMPLETION_FAILURE);
    assert_int_equal(done->op, op);
    assert_int_equal(done->failure.kind, kind);
    assert_slice(done->failure.detail, detail);
}

static inline void results(struct script *s, uint32_t op, const char *text)
{
    const struct completion *done = comes(s, COMPLETION_RESULT);
    assert_int_equal(done->op, op);
    assert_slice(done->result, text);
}

static inline uint32_t submit_kind(struct script *s, enum op_kind kind)
{
    struct op op = {.kind = kind};
    return s->world->ops->submit(s->world, &op);
}

static const char *const script_guarded[] = {"ov_ptnote", "checkout"};

static inline uint32_t submit_start(struct script *s)
{
    static const struct op_cookie cookie = {
        .name = {"sid", 3}, .value = {"v1", 2}, .domain = {"ehr.test", 8}, .path = {"/", 1},
        .same_site = {"Lax", 3}, .secure = true, .http_only = true, .expires_s = -1,
    };
    struct op op = {.kind = OP_START};
    op.start = (struct op_start){
        .url = SLICE("https://ehr.test/main.aspx"),
        .cookies = &cookie,
        .cookie_count = 1,
        .guarded = script_guarded,
        .guarded_count = 2,
    };
    return s->world->ops->submit(s->world, &op);
}

static const struct operation operation_read = {"readNote", BUDGET_EDITOR, false, NULL};
static const struct operation operation_save = {"saveSOAP", BUDGET_SAVE, true, "ov_ptnote"};

static inline uint32_t submit_call(struct script *s, const struct operation *operation, const char *args)
{
    struct op op = {.kind = OP_CALL};
    op.call = (struct op_call){
        .operation = operation,
        .args = slice_of(args),
        .budget = duration_ms(15000),
        .attempt = 1,
        .http_timeout = duration_ms(15000),
    };
    return s->world->ops->submit(s->world, &op);
}

#define REPLY_CONTEXT "{\"id\":3,\"result\":{\"browserContextId\":\"C0\"}}"
#define REPLY_TARGET "{\"id\":5,\"result\":{\"targetId\":\"" TARGET "\"}}"
#define REPLY_ATTACH "{\"id\":6,\"result\":{\"sessionId\":\"" SESSION "\"}}"
#define ON_SESSION ",\"sessionId\":\"" SESSION "\"}"
#define EMPTY_REPLY(id) "{\"id\":" #id ",\"result\":{}}"

static inline void arrives_start_replies(struct script *s)
{
    arrives(s, EMPTY_REPLY(1));
    arrives(s, "{\"id\":2,\"result\":{\"protocolVersion\":\"1.3\",\"product\":\"HeadlessChrome/156.0.8078.79\"}}");
    arrives(s, REPLY_CONTEXT);
    arrives(s, EMPTY_REPLY(4));
    arrives(s, REPLY_TARGET);
    arrives(s, REPLY_ATTACH);
    arrives(s, EMPTY_REPLY(7));
    arrives(s, "{\"id\":8,\"result\":{\"identifier\":\"1\"}" ON_SESSION);
    arrives(s, EMPTY_REPLY(9));
}

/* A browser that is up, its log forgotten; its next command is 11. */
static inline struct script *script_up(void)
{
    struct script *s = script_new("/* page.js */");
    uint32_t op = submit_start(s);
    arrives_start_replies(s);
    arrives(s, "{\"id\":10,\"result\":{\"frameId\":\"" TARGET "\",\"loaderId\":\"L\"}" ON_SESSION);
    results(s, op, "{}");
    str_clear(&s->log);
    return s;
}

#define COMMAND(id, method, params) \
    "send {\"id\":" #id ",\"method\":\"" method "\",\"sessionId\":\"" SESSION "\",\"params\":{" params "}}\n"

#endif
