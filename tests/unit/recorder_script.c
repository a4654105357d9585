#include "tests/unit/recorder_script.h"

#include "engine/base/crc32c.h"
#include "recorder/record.h"
#include "recorder/secrets.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

static struct script_outside *outside_of(struct wire *wire)
{
    return (struct script_outside *)wire;
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    str_addf(&outside_of(wire)->seen, "start %d\n", launch->headed);
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    str_addf(&outside_of(wire)->seen, "send %.*s", SLICE_ARG(message));
    if (bulk)
        str_addf(&outside_of(wire)->seen, " with %.*s", SLICE_ARG(bulk->bytes));
    str_add_char(&outside_of(wire)->seen, '\n');
}

static void on_kill(struct wire *wire)
{
    str_add_text(&outside_of(wire)->seen, "kill\n");
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    str_addf(&outside_of(wire)->seen, "http %u %.*s %.*s\n", id, SLICE_ARG(request->url), SLICE_ARG(request->body));
}

static void on_commit(struct wire *wire, uint32_t id, struct slice record)
{
    str_addf(&outside_of(wire)->seen, "commit %u %.*s\n", id, SLICE_ARG(record));
}

static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    str_addf(&outside_of(wire)->seen, "lock %u %.*s\n", id, SLICE_ARG(name));
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    char text[MARK_TEXT_MAX];
    mark_format(mark, text);
    str_addf(&outside_of(wire)->seen, "mark %s\n", text);
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct script_outside *outside = outside_of(wire);
    if (outside->next_item == outside->item_count)
        return err_set(err, ERR_INTERNAL, "the script has no more items");
    *ret_item = outside->items[outside->next_item++];
    if (ret_item->kind == WIRE_WAKE)
        ret_item->asked = deadline;
    return ERR_OK;
}

void script_outside_init(struct script_outside *outside, const struct wire_item *items, size_t count)
{
    static const struct wire_ops ops = {on_start, on_send, on_kill, on_http, on_commit, on_lock, on_mark, on_next};
    *outside = (struct script_outside){.wire = {&ops}, .items = items, .item_count = count};
    str_init(&outside->seen, 64u << 20);
}

void script_outside_fini(struct script_outside *outside)
{
    str_fini(&outside->seen);
}

static void tell_response(struct str *out, const struct wire_response *http)
{
    str_addf(out, "%u state %d failure %d status %u", http->id, http->state, http->failure, http->status);
    for (size_t i = 0; i < http->header_count; i++) {
        str_add(out, SLICE(" ["));
        str_add(out, http->headers[i].name);
        str_add(out, SLICE(": "));
        str_add(out, http->headers[i].value);
        str_add(out, SLICE("]"));
    }
    str_addf(out, " body %zu ", http->body.len);
    str_add(out, http->body);
}

static void tell(struct str *out, const struct wire_item *item)
{
    str_addf(out, "%lld gen %u kind %d: ", (long long)item->at.us, item->generation, item->kind);
    switch (item->kind) {
    case WIRE_BYTES: str_add(out, item->bytes); break;
    case WIRE_EOF: str_addf(out, "%zu", item->eof.dropped_bytes); break;
    case WIRE_EXIT: str_addf(out, "%d %d", item->exit.signaled, item->exit.code); break;
    case WIRE_HTTP: tell_response(out, item->http); break;
    case WIRE_SIGNAL: str_addf(out, "%d", item->signal); break;
    case WIRE_WAKE: str_addf(out, "%lld", (long long)item->asked.us); break;
    case WIRE_IO: str_addf(out, "%u %d", item->io.id, item->io.error); break;
    case WIRE_REFUSED: str_addf(out, "%d", item->refused); break;
    }
    str_add_char(out, '\n');
}

static enum err_code act(struct wire *wire, const struct script_act *act, struct str *transcript, struct err *err)
{
    struct wire_launch launch = {.headed = false};
    struct wire_item item;
    switch (act->kind) {
    case ACT_MARK: wire->ops->mark(wire, &act->mark); break;
    case ACT_START: wire->ops->start(wire, &launch); break;
    case ACT_SEND: wire->ops->send(wire, act->text, act->bulk); break;
    case ACT_HTTP: wire->ops->http(wire, act->id, act->request); break;
    case ACT_COMMIT: wire->ops->commit(wire, act->id, act->text); break;
    case ACT_LOCK: wire->ops->lock(wire, act->id, act->text); break;
    case ACT_KILL: wire->ops->kill(wire); break;
    case ACT_NEXT:
        TRY(wire->ops->next(wire, act->deadline, &item, err));
        tell(transcript, &item);
        break;
    }
    return ERR_OK;
}

enum err_code script_play(struct wire *wire, const struct script_act *acts, size_t count, struct str *transcript,
                          struct err *err)
{
    for (size_t i = 0; i < count; i++)
        TRY(act(wire, &acts[i], transcript, err));
    return ERR_OK;
}

static struct slice mask_copy(struct secrets *secrets, struct slice text)
{
    char *copy = malloc(text.len + 1);
    assert_non_null(copy);
    memcpy(copy, text.ptr ? text.ptr : "", text.len);
    secrets_mask(secrets, copy, text.len);
    return (struct slice){copy, text.len};
}

static void mask_act(struct secrets *secrets, struct script_act *act)
{
    static struct wire_bulk bulks[8];
    static struct wire_request requests[8];
    static size_t bulk_count, request_count;
    act->text = mask_copy(secrets, act->text);
    if (act->bulk) {
        struct wire_bulk *bulk = &bulks[bulk_count++];
        *bulk = *act->bulk;
        bulk->bytes = mask_copy(secrets, bulk->bytes);
        act->bulk = bulk;
    }
    if (act->request) {
        struct wire_request *request = &requests[request_count++];
        *request = *act->request;
        request->body = mask_copy(secrets, request->body);
        for (size_t i = 0; i < request->header_count; i++)
            request->headers[i].value = mask_copy(secrets, request->headers[i].value);
        act->request = request;
    }
}

const struct script_act *script_masked_acts(void)
{
    static struct script_act acts[64];
    static bool made;
    if (made)
        return acts;
    struct secrets *secrets = malloc(sizeof *secrets);
    struct str state;
    struct err err;
    err_init(&err);
    assert_non_null(secrets);
    secrets_init(secrets);
    str_init(&state, 1u << 16);
    assert_int_equal(secrets_mask_state(secrets, slice_of(script_state), &state, &err), ERR_OK);
    memcpy(acts, script_acts, script_act_count * sizeof acts[0]);
    for (size_t i = 0; i < script_act_count; i++)
        mask_act(secrets, &acts[i]);
    str_fini(&state);
    secrets_fini(secrets);
    free(secrets);
    made = true;
    return acts;
}

void script_directory(char ret_path[64])
{
    strcpy(ret_path, "/tmp/revisit-recorder-XXXXXX");
    assert_non_null(mkdtemp(ret_path));
}

static void remove_at(int parent, const char *name)
{
    int fd = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0) {
        unlinkat(parent, name, 0);
        return;
    }
    DIR *dir = fdopendir(fd);
    for (struct dirent *entry; dir && (entry = readdir(dir)) != NULL;)
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            remove_at(dirfd(dir), entry->d_name);
    closedir(dir);
    unlinkat(parent, name, AT_REMOVEDIR);
}

void script_remove(const char *path)
{
    remove_at(AT_FDCWD, path);
}

static void path_of(char ret_path[256], const char *dir, const char *name)
{
    assert_true(text_format(ret_path, 256, "%s/%s", dir, name));
}

void script_read(const char *dir, const char *name, struct str *out)
{
    char path[256], piece[4096];
    path_of(path, dir, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    str_clear(out);
    for (size_t got; (got = fread(piece, 1, sizeof piece, file)) > 0;)
        str_add(out, (struct slice){piece, got});
    fclose(file);
    assert_false(str_full(out));
}

void script_write(const char *dir, const char *name, struct slice text)
{
    char path[256];
    path_of(path, dir, name);
    unlink(path);
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(fwrite(text.ptr ? text.ptr : "", 1, text.len, file), text.len);
    assert_int_equal(fclose(file), 0);
}

/* The line's first byte and its length, newline excluded; lines count from 1. */
static struct slice line_at(const struct str *text, size_t line)
{
    const char *at = text->ptr;
    while (--line) {
        at = strchr(at, '\n');
        assert_non_null(at);
        at++;
    }
    const char *end = strchr(at, '\n');
    assert_non_null(end);
    return (struct slice){at, (size_t)(end - at)};
}

static void replace(const char *dir, struct slice old_part, struct slice new_part, const struct str *session)
{
    struct str changed;
    str_init(&changed, 64u << 20);
    str_add(&changed, (struct slice){session->ptr, (size_t)(old_part.ptr - session->ptr)});
    str_add(&changed, new_part);
    const char *rest = old_part.ptr + old_part.len;
    str_add(&changed, (struct slice){rest, session->len - (size_t)(rest - session->ptr)});
    script_write(dir, "session.ndjson", str_slice(&changed));
    str_fini(&changed);
}

void script_edit_line(const char *dir, size_t line, struct slice from, struct slice to)
{
    struct str session;
    str_init(&session, 64u << 20);
    script_read(dir, "session.ndjson", &session);
    const char *found = slice_find(line_at(&session, line), from);
    assert_non_null(found);
    replace(dir, (struct slice){found, from.len}, to, &session);
    str_fini(&session);
}

void script_delete_line(const char *dir, size_t line)
{
    struct str session;
    str_init(&session, 64u << 20);
    script_read(dir, "session.ndjson", &session);
    struct slice gone = line_at(&session, line);
    gone.len++;
    replace(dir, gone, SLICE_NONE, &session);
    str_fini(&session);
}

void script_swap_lines(const char *dir, size_t line)
{
    struct str session, swapped;
    str_init(&session, 64u << 20);
    str_init(&swapped, 64u << 20);
    script_read(dir, "session.ndjson", &session);
    struct slice first = line_at(&session, line), second = line_at(&session, line + 1);
    first.len++;
    second.len++;
    str_add(&swapped, second);
    str_add(&swapped, first);
    replace(dir, (struct slice){first.ptr, first.len + second.len}, str_slice(&swapped), &session);
    str_fini(&swapped);
    str_fini(&session);
}

void script_mend(const char *dir)
{
    struct str session, mended;
    str_init(&session, 64u << 20);
    str_init(&mended, 64u << 20);
    script_read(dir, "session.ndjson", &session);
    unsigned long long number = 0;
    for (char *at = session.ptr; at && *at;) {
        char *end = strchr(at, '\n'), *rest = strchr(at + 23, ',');
        size_t start = mended.len;
        assert_non_null(end);
        assert_non_null(rest);
        str_addf(&mended, "{\"crc\":\"00000000\",\"n\":%llu", ++number);
        str_add(&mended, (struct slice){rest, (size_t)(end + 1 - rest)});
        struct slice body = {mended.ptr + start + 18, mended.len - start - 19};
        crc32c_format(crc32c(0, body), mended.ptr + start + 8);
        at = end + 1;
    }
    script_write(dir, "session.ndjson", str_slice(&mended));
    str_fini(&mended);
    str_fini(&session);
}

/* Records the first `count` acts into dir/rec. */
static struct record *record_acts(const char *dir, struct script_outside *outside, size_t count,
                                  struct str *transcript)
{
    char path[128];
    assert_true(text_format(path, sizeof path, "%s/rec", dir));
    script_outside_init(outside, script_items, script_item_count);
    struct record_inputs inputs = {
        .redaction = RECORD_COPY,
        .dir = path,
        .batch = SLICE("{\"patients\":[{\"name\":\"TEST, ALPHA\"}]}\n"),
        .state = slice_of(script_state),
        .settings = SLICE("{\"max-retries\":2,\"multiplier\":1000,\"base\":\"http://127.0.0.1:1/\"}"),
        .engine = "1.0.0",
        .predecessor = "",
        .seed = 42,
        .wall_us = 1700000000000000,
        .page_name = "page.js",
        .page = SLICE("void 0;"),
    };
    struct err err;
    err_init(&err);
    struct record *record = NULL;
    if (record_open(&inputs, &outside->wire, &record, &err) != ERR_OK)
        fail_msg("%s", err.text);
    if (script_play(record_wire(record), script_acts, count, transcript, &err) != ERR_OK)
        fail_msg("%s", err.text);
    return record;
}

void script_record_killed(const char *dir, size_t count, struct str *transcript)
{
    struct script_outside outside;
    record_abandon(record_acts(dir, &outside, count, transcript));
    script_outside_fini(&outside);
}

void script_record(const char *dir, struct str *transcript)
{
    struct script_outside outside;
    struct err err;
    err_init(&err);
    struct record *record = record_acts(dir, &outside, script_act_count, transcript);
    assert_int_equal(record_event(record, SLICE("{\"type\":\"batch_start\",\"at\":0,\"format\":1}"), &err), ERR_OK);
    assert_int_equal(record_event(record, SLICE("{\"type\":\"batch_summary\",\"at\":9,\"total\":1}"), &err), ERR_OK);
    assert_int_equal(record_close(record, "HeadlessChrome/1.2.3", &err), ERR_OK);
    script_outside_fini(&outside);
}

size_t script_count_files(const char *path)
{
    size_t count = 0;
    DIR *dir = opendir(path);
    assert_non_null(dir);
    while (readdir(dir))
        count++;
    closedir(dir);
    return count - 2;
}
