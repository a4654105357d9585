#include "recorder/replay_state.h"

#include "recorder/payload.h"

#include "engine/base/memory.h"

#include <stdlib.h>

/* Method: one entry is read ahead. A message is compared with it as bytes, without
   being formatted, copied or parsed; other requests are rare and are formatted as the
   line they would be. An item is handed on as a slice of the reader's window, which
   is pinned until the next wait. */

static struct replay *replay_of(struct wire *wire)
{
    return (struct replay *)wire;
}

/* What was asked without memory may lack a part: no verdict on it. */
static bool has_failed(struct replay *replay)
{
    if (memory_has_failed())
        err_set(&replay->failure, ERR_ENV, "out of memory");
    return replay->failure.code != ERR_OK;
}

/* A last line without its newline is damage in a whole recording; in a cut one it is
   what a kill left, and is dropped. */
static void check_tail(struct replay *replay)
{
    size_t torn = reader_torn_bytes(&replay->reader);
    if (torn == 0)
        return;
    if (replay->recording->manifest.status == MANIFEST_OPEN)
        str_addf(&replay->notes, "the last line of %s was torn: %zu bytes were dropped\n", RECORDING_SESSION, torn);
    else
        err_set(&replay->failure, ERR_INTEGRITY, "%s:%llu: the last line has no end: damaged", RECORDING_SESSION,
                (unsigned long long)replay->reader.line + 1);
}

/* Makes sure that the next entry is at hand; false at the end and on failure. */
static bool look_ahead(struct replay *replay)
{
    enum reader_found found;
    if (replay->has_ahead)
        return true;
    if (reader_next(&replay->reader, &replay->ahead, &found, &replay->failure) != ERR_OK)
        return false;
    if (found == READER_END) {
        check_tail(replay);
        return false;
    }
    replay->has_ahead = true;
    if (replay->ahead.head.n == replay->consumed + 1)
        return true;
    replay_diverge_sequence(replay);
    return false;
}

static void consume(struct replay *replay)
{
    replay->has_ahead = false;
    replay->consumed++;
    replay->now = replay->ahead.head.at;
    if (entry_kind_is_out(replay->ahead.kind))
        replay->sent++;
}

static bool mark_fits(const struct replay *replay)
{
    struct slice mark = {replay->mark, replay->mark_len};
    return slice_equal(mark, replay->ahead.head.mark) || replay_same_visit(mark, replay->ahead.head.mark);
}

/* What a request does not say itself: who asks it, of which browser, when. */
static bool head_fits(const struct replay *replay)
{
    const struct entry_head *recorded = &replay->ahead.head;
    return recorded->generation == replay->generation && recorded->at.us == replay->now.us && mark_fits(replay);
}

/* The request as the line that it would be, parsed back: value, bulk and all. */
static struct str *begin_asked(struct replay *replay)
{
    struct entry_head head = {.n = replay->consumed + 1,
                              .at = replay->now,
                              .generation = replay->generation,
                              .mark = {replay->mark, replay->mark_len}};
    str_clear(&replay->line);
    entry_begin(&replay->line, &head);
    return &replay->line;
}

static bool end_asked(struct replay *replay, struct entry *ret_asked)
{
    entry_end(&replay->line, 0);
    struct slice line = {replay->line.ptr, replay->line.len - 1};
    if (!str_full(&replay->line) && entry_parse(line, ret_asked) == ENTRY_GOOD)
        return true;
    err_set(&replay->failure, ERR_ENV, "there is no memory to compare a request");
    return false;
}

static void note_page(struct replay *replay, const struct entry *asked)
{
    if (replay->page_noted || slice_equal(asked->bulk, replay->ahead.bulk))
        return;
    replay->page_noted = true;
    str_addf(&replay->notes, "%s is not the recorded one; it does not run in a replay\n",
             replay->recording->manifest.page_name);
}

static void check_request(struct replay *replay)
{
    struct entry asked;
    if (!end_asked(replay, &asked))
        return;
    bool there = look_ahead(replay);
    if (has_failed(replay))
        return;
    if (!there || !replay_same_request(&asked, &replay->ahead) || !head_fits(replay)) {
        replay_diverge_request(replay, &asked);
        return;
    }
    note_page(replay, &asked);
    consume(replay);
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    replay->generation++;
    payload_add_start(begin_asked(replay), launch);
    check_request(replay);
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    const struct entry *ahead = &replay->ahead;
    if (!bulk && look_ahead(replay) && ahead->kind == ENTRY_SEND && !ahead->base64 && ahead->bulk.len == 0 &&
        slice_equal(message, ahead->value) && head_fits(replay)) {
        consume(replay);
        return;
    }
    if (has_failed(replay))
        return;
    payload_add_send(begin_asked(replay), message, bulk);
    check_request(replay);
}

static void on_kill(struct wire *wire)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    payload_add_kill(begin_asked(replay));
    check_request(replay);
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    payload_add_http_out(begin_asked(replay), id, request);
    check_request(replay);
}

static void on_commit(struct wire *wire, uint32_t id, struct slice record)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    payload_add_commit(begin_asked(replay), id, record);
    check_request(replay);
}

static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct replay *replay = replay_of(wire);
    if (has_failed(replay))
        return;
    payload_add_lock(begin_asked(replay), id, name);
    check_request(replay);
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    struct replay *replay = replay_of(wire);
    replay->mark_len = mark_format(mark, replay->mark);
}

/* An environment that breaks under a replay is not the recorded run's: its log must not
   end as if it were. */
static enum err_code tell_failure(const struct replay *replay, struct err *err)
{
    enum err_code code = replay->failure.code == ERR_ENV ? ERR_UNREADABLE : replay->failure.code;
    return err_set(err, code, "%s", replay->failure.text);
}

static bool take_item(struct replay *replay, struct instant deadline, struct wire_item *item)
{
    bool there = look_ahead(replay);
    if (has_failed(replay))
        return false;
    if (!there || entry_kind_is_out(replay->ahead.kind)) {
        replay_diverge_wait(replay, deadline);
        return false;
    }
    if (!payload_read_item(&replay->ahead, &replay->scratch, &replay->response, item)) {
        err_set(&replay->failure, ERR_INPUT, "%s:%llu: is not an entry of a recording", RECORDING_SESSION,
                (unsigned long long)replay->ahead.line);
        return false;
    }
    if (!wire_item_is_due(item, deadline) || !mark_fits(replay)) {
        replay_diverge_wait(replay, deadline);
        return false;
    }
    return true;
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct replay *replay = replay_of(wire);
    struct wire_item item = {0};
    reader_unpin(&replay->reader);
    if (has_failed(replay) || !take_item(replay, deadline, &item))
        return tell_failure(replay, err);
    reader_pin(&replay->reader);
    consume(replay);
    *ret_item = item;
    return ERR_OK;
}

static const struct wire_ops ops = {
    .start = on_start,
    .send = on_send,
    .kill = on_kill,
    .http = on_http,
    .commit = on_commit,
    .lock = on_lock,
    .mark = on_mark,
    .next = on_next,
};

/* Reads the session to its end: how many whole entries it has, and whether the last
   one is the recording's last, whatever its number. */
static enum err_code find_last(const struct recording *recording, uint64_t *ret_entries, bool *ret_is_last,
                               struct err *err)
{
    struct reader reader;
    struct entry entry;
    enum reader_found found = READER_ENTRY;
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, err);
    *ret_is_last = false;
    *ret_entries = 0;
    while (code == ERR_OK && found == READER_ENTRY) {
        code = reader_next(&reader, &entry, &found, err);
        if (code == ERR_OK && found == READER_ENTRY) {
            *ret_is_last = entry_numberless(entry.text) == recording->manifest.counts.last;
            ++*ret_entries;
        }
    }
    if (reader_torn_bytes(&reader))
        *ret_is_last = false;
    reader_fini(&reader);
    return code;
}

/* A session shorter than its manifest says was cut, unless its last entry is there:
   then somebody took a line out, and the replay itself will say where. */
static enum err_code check_size(struct replay *replay, uint64_t size, struct err *err)
{
    const struct manifest *manifest = &replay->recording->manifest;
    const struct manifest_file *listed = manifest_find(manifest, RECORDING_SESSION);
    if (manifest->status == MANIFEST_OPEN || (listed && size == listed->digest.size_bytes))
        return ERR_OK;
    if (!listed)
        return err_set(err, ERR_INPUT, "%s: lists no %s", RECORDING_MANIFEST, RECORDING_SESSION);
    uint64_t entries = 0;
    bool is_last = true;
    if (size < listed->digest.size_bytes)
        TRY(find_last(replay->recording, &entries, &is_last, err));
    if (!is_last)
        return err_set(err, ERR_INPUT,
                       "%s: cut after entry %llu of %llu; `revisit recording verify DIR --salvage NEW_DIR` keeps the first %llu",
                       RECORDING_SESSION, (unsigned long long)entries, (unsigned long long)manifest->counts.entries,
                       (unsigned long long)entries);
    str_addf(&replay->notes, "%s has not the size that the manifest says: it was edited\n", RECORDING_SESSION);
    return ERR_OK;
}

/* A packed session of the listed size must have the listed checksum: a flipped bit in it
   could otherwise pass for another kind of fault. Of another size it was cut or replaced,
   and unpacking says how. Beside a plain one it is not read. */
static enum err_code check_packed(const struct recording *recording, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, RECORDING_SESSION_PACKED);
    uint64_t size = 0;
    uint32_t crc = 0;
    if (!listed || store_has(&recording->store, RECORDING_SESSION))
        return ERR_OK;
    TRY(store_crc32c(&recording->store, RECORDING_SESSION_PACKED, &size, &crc, err));
    if (size != listed->digest.size_bytes || crc == listed->digest.crc32c)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s: bad checksum (want %08x, got %08x): damaged or edited",
                   RECORDING_SESSION_PACKED, listed->digest.crc32c, crc);
}

static enum err_code open_session(struct replay *replay, struct err *err)
{
    TRY(check_packed(replay->recording, err));
    TRY(reader_open(&replay->reader, &replay->recording->store, RECORDING_SESSION, 0, 1, err));
    return check_size(replay, replay->reader.size, err);
}

enum err_code replay_open(const char *path, struct replay **ret_replay, struct recording_suspect *suspect,
                          struct err *err)
{
    struct recording *recording = NULL;
    TRY(recording_open(path, &recording, suspect, err));
    struct replay *replay = calloc(1, sizeof *replay);
    if (!replay) {
        recording_close(recording);
        return err_set(err, ERR_ENV, "there is no memory to replay");
    }
    replay->wire.ops = &ops;
    replay->recording = recording;
    reader_init(&replay->reader, -1, RECORDING_SESSION);
    str_init(&replay->scratch, ENTRY_LINE_MAX);
    str_init(&replay->line, ENTRY_LINE_MAX);
    str_init(&replay->notes, 4096);
    err_init(&replay->failure);
    replay->mark_len = mark_format(&MARK_RUN, replay->mark);
    if (open_session(replay, err) != ERR_OK) {
        replay_close(replay);
        return err_wrap(err, "recording %s", path);
    }
    *ret_replay = replay;
    return ERR_OK;
}

void replay_close(struct replay *replay)
{
    if (!replay)
        return;
    reader_fini(&replay->reader);
    recording_close(replay->recording);
    str_fini(&replay->scratch);
    str_fini(&replay->line);
    str_fini(&replay->notes);
    free(replay);
}

struct wire *replay_wire(struct replay *replay)
{
    return &replay->wire;
}

const struct recording *replay_recording(const struct replay *replay)
{
    return replay->recording;
}

enum err_code replay_finish(struct replay *replay, struct err *err)
{
    if (!has_failed(replay) && look_ahead(replay))
        replay_diverge_ended(replay);
    if (has_failed(replay) && !replay->ended_early)
        return tell_failure(replay, err);
    return ERR_OK;
}

bool replay_ended_early(const struct replay *replay)
{
    return replay->ended_early;
}

const struct divergence *replay_divergence(const struct replay *replay)
{
    return replay->has_diverged ? &replay->divergence : NULL;
}

struct replay_receipt replay_receipt(const struct replay *replay)
{
    return (struct replay_receipt){
        .entries = replay->consumed,
        .sent = replay->sent,
        .received = replay->consumed - replay->sent,
        .size_bytes = replay->reader.offset,
        .end = replay->now,
        .ended_early = replay->ended_early,
        .notes = str_slice(&replay->notes),
    };
}
