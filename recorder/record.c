#include "recorder/record.h"

#include "recorder/cleaner.h"
#include "recorder/network.h"
#include "recorder/payload.h"
#include "recorder/recording.h"
#include "recorder/secrets.h"
#include "recorder/writer.h"

#include <stdlib.h>

/* Method: lay out, mask, write, hand on. Requests are appended to the pending buffer; it is
   flushed before the wait (what was sent is on record while we wait) and again with
   the item that ends it (what is acted on is on record before the act). */

struct record {
    struct wire wire;
    struct wire *inner; /* borrowed */
    struct writer writer;
    enum record_redaction redaction;
    struct secrets secrets; /* RECORD_COPY */
    struct cleaner cleaner; /* RECORD_CLEAN */
    struct network *network; /* owned; NULL without --record-network */
    struct str scratch;      /* masked message or record */
    struct str bulk_scratch; /* masked bulk, or the pieces of an exchange */
    struct wire_request request;
    struct wire_response response;
    uint64_t entries;
    uint32_t generation;
    struct instant now;
    bool is_behind; /* items were handed on that are not in the kernel yet */
    char mark[MARK_TEXT_MAX];
    size_t mark_len;
    struct err failure; /* the first failure to write; sticks */
};

static struct record *record_of(struct wire *wire)
{
    return (struct record *)wire;
}

static struct str *begin(struct record *record, enum entry_kind kind, uint32_t generation)
{
    struct entry_head head = {
        .n = ++record->entries,
        .at = record->now,
        .generation = generation,
        .mark = {record->mark, record->mark_len},
    };
    return writer_begin(&record->writer, kind, &head);
}

/* The entry that was begun is laid out. */
static void end(struct record *record)
{
    writer_end(&record->writer);
    cleaner_entry(&record->cleaner, &record->writer);
}

static bool has_failed(const struct record *record)
{
    return record->failure.code != ERR_OK;
}

static enum err_code fail_full(struct err *err, const char *file)
{
    return err_set(err, ERR_ENV, "%s: there is no memory, or no room in the codebook, to keep identities out of it", file);
}

/* False, and the reason kept, when what was added cannot be put on record. */
static bool flush(struct record *record)
{
    if (!has_failed(record) && record->secrets.full)
        err_set(&record->failure, ERR_ENV, "session.ndjson: there are too many cookie values to keep out of it");
    if (!has_failed(record) && cleaner_is_full(&record->cleaner))
        (void)fail_full(&record->failure, RECORDING_SESSION);
    if (!has_failed(record))
        (void)writer_flush(&record->writer, &record->failure);
    record->is_behind = false;
    return !has_failed(record);
}

/* The engine acts: what it may act on must be on record. */
static bool catch_up(struct record *record)
{
    return record->is_behind ? flush(record) : !has_failed(record);
}

static void on_start(struct wire *wire, const struct wire_launch *launch)
{
    struct record *record = record_of(wire);
    if (!catch_up(record))
        return;
    payload_add_start(begin(record, ENTRY_START, ++record->generation), launch);
    end(record);
    if (record->network)
        network_reset(record->network);
    record->inner->ops->start(record->inner, launch);
}

static void on_send(struct wire *wire, struct slice message, const struct wire_bulk *bulk)
{
    struct record *record = record_of(wire);
    if (!catch_up(record))
        return;
    if (record->redaction == RECORD_COPY)
        secrets_learn_message(&record->secrets, message);
    struct wire_bulk masked;
    if (bulk) {
        masked = *bulk;
        masked.bytes = secrets_masked(&record->secrets, bulk->bytes, &record->bulk_scratch);
    }
    payload_add_send(begin(record, ENTRY_SEND, record->generation),
                     secrets_masked_message(&record->secrets, message, &record->scratch), bulk ? &masked : NULL);
    end(record);
    if (record->network)
        network_sent(record->network, message);
    record->inner->ops->send(record->inner, message, bulk);
}

static void on_kill(struct wire *wire)
{
    struct record *record = record_of(wire);
    (void)catch_up(record);
    payload_add_kill(begin(record, ENTRY_KILL, record->generation));
    end(record);
    if (record->network)
        network_reset(record->network);
    record->inner->ops->kill(record->inner);
}

/* Copies pieces into one buffer that is large enough for all, then masks it: the
   copies keep their places, so slices into it can be made as it fills. A newline
   between them: the end of one must not make a word with the beginning of the next. */
static struct slice put_piece(struct str *out, struct slice piece)
{
    size_t before = out->len;
    str_add(out, piece);
    str_add_char(out, '\n');
    return str_full(out) ? SLICE_NONE : (struct slice){out->ptr + before, piece.len};
}

static void put_headers(struct str *out, struct wire_header *headers, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        headers[i].name = put_piece(out, headers[i].name);
        headers[i].value = put_piece(out, headers[i].value);
    }
}

static size_t headers_size(const struct wire_header *headers, size_t count)
{
    size_t size = 0;
    for (size_t i = 0; i < count; i++)
        size += headers[i].name.len + 1 + headers[i].value.len + 1;
    return size;
}

/* Empties out and makes sure that `size` bytes go in without it moving. */
static bool reserve(struct str *out, size_t size)
{
    static const char blank[4096];
    str_clear(out);
    for (size_t left = size; left;) {
        size_t piece = left < sizeof blank ? left : sizeof blank;
        str_add(out, (struct slice){blank, piece});
        left -= piece;
    }
    bool fits = !str_full(out);
    str_clear(out);
    return fits;
}

static const struct wire_request *masked_request(struct record *record, const struct wire_request *request)
{
    struct wire_request *masked = &record->request;
    struct str *out = &record->bulk_scratch;
    if (record->redaction == RECORD_COPY)
        secrets_learn_headers(&record->secrets, request->headers, request->header_count);
    *masked = *request;
    if (!reserve(out, request->url.len + 1 + request->body.len + 1 + headers_size(request->headers, request->header_count))) {
        record->secrets.full = true;
        return request;
    }
    masked->url = put_piece(out, request->url);
    put_headers(out, masked->headers, masked->header_count);
    masked->body = put_piece(out, request->body);
    secrets_mask(&record->secrets, out->ptr, out->len);
    return masked;
}

static const struct wire_response *masked_response(struct record *record, const struct wire_response *response)
{
    struct wire_response *masked = &record->response;
    struct str *out = &record->bulk_scratch;
    if (record->redaction == RECORD_COPY)
        secrets_learn_headers(&record->secrets, response->headers, response->header_count);
    *masked = *response;
    if (!reserve(out, response->body.len + 1 + headers_size(response->headers, response->header_count))) {
        record->secrets.full = true;
        return response;
    }
    put_headers(out, masked->headers, masked->header_count);
    masked->body = put_piece(out, response->body);
    secrets_mask(&record->secrets, out->ptr, out->len);
    return masked;
}

static void on_http(struct wire *wire, uint32_t id, const struct wire_request *request)
{
    struct record *record = record_of(wire);
    if (has_failed(record))
        return;
    const struct wire_request *masked = masked_request(record, request);
    payload_add_http_out(begin(record, ENTRY_HTTP_OUT, record->generation), id, masked);
    end(record);
    if (flush(record))
        record->inner->ops->http(record->inner, id, request);
}

static void on_commit(struct wire *wire, uint32_t id, struct slice text)
{
    struct record *record = record_of(wire);
    if (has_failed(record))
        return;
    payload_add_commit(begin(record, ENTRY_COMMIT, record->generation), id,
                       secrets_masked(&record->secrets, text, &record->scratch));
    end(record);
    if (flush(record))
        record->inner->ops->commit(record->inner, id, text);
}

static void on_lock(struct wire *wire, uint32_t id, struct slice name)
{
    struct record *record = record_of(wire);
    if (has_failed(record))
        return;
    payload_add_lock(begin(record, ENTRY_LOCK, record->generation), id,
                     secrets_masked(&record->secrets, name, &record->scratch));
    end(record);
    if (flush(record))
        record->inner->ops->lock(record->inner, id, name);
}

static void on_mark(struct wire *wire, const struct mark *mark)
{
    struct record *record = record_of(wire);
    record->mark_len = mark_format(mark, record->mark);
    record->inner->ops->mark(record->inner, mark);
}

static void add_item(struct record *record, const struct wire_item *item)
{
    static const enum entry_kind kinds[] = {
        [WIRE_BYTES] = ENTRY_BYTES,   [WIRE_EOF] = ENTRY_EOF,   [WIRE_EXIT] = ENTRY_EXIT, [WIRE_HTTP] = ENTRY_HTTP,
        [WIRE_SIGNAL] = ENTRY_SIGNAL, [WIRE_WAKE] = ENTRY_WAKE, [WIRE_IO] = ENTRY_IO,     [WIRE_REFUSED] = ENTRY_REFUSED,
    };
    struct wire_item masked = *item;
    if (item->kind == WIRE_BYTES) {
        if (record->redaction == RECORD_COPY)
            secrets_learn_message(&record->secrets, item->bytes);
        masked.bytes = secrets_masked_message(&record->secrets, item->bytes, &record->scratch);
    } else if (item->kind == WIRE_HTTP) {
        masked.http = masked_response(record, item->http);
    }
    record->now = item->at;
    payload_add_item(begin(record, kinds[item->kind], item->generation), &masked);
    end(record);
}

/* The recorder's own traffic ends here. */
static bool is_ours(struct record *record, const struct wire_item *item)
{
    struct entry_head head = {
        .at = item->at, .generation = item->generation, .mark = {record->mark, record->mark_len}};
    return record->network && network_takes(record->network, item, &head, &record->failure);
}

static enum err_code tell_failure(const struct record *record, struct err *err)
{
    return err_set(err, record->failure.code, "%s", record->failure.text);
}

static enum err_code on_next(struct wire *wire, struct instant deadline, struct wire_item *ret_item, struct err *err)
{
    struct record *record = record_of(wire);
    struct wire_item item;
    do {
        /* behind by the items of a burst only: the next one is at hand, or nothing is waited for */
        if (!record->is_behind && !flush(record))
            return tell_failure(record, err);
        TRY(record->inner->ops->next(record->inner, deadline, &item, err));
        record->is_behind = item.more;
    } while (is_ours(record, &item));
    add_item(record, &item);
    if (!item.more && !flush(record))
        return tell_failure(record, err);
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

static void free_record(struct record *record)
{
    if (record->network)
        network_fini(record->network);
    free(record->network);
    secrets_fini(&record->secrets);
    cleaner_fini(&record->cleaner);
    str_fini(&record->scratch);
    str_fini(&record->bulk_scratch);
    free(record);
}

static const char *redaction_name(const struct record_inputs *inputs)
{
    switch (inputs->redaction) {
    case RECORD_CLEAN: return REDACTION_ALL;
    case RECORD_COPY: return inputs->redacted ? inputs->redacted : REDACTION_COOKIES;
    case RECORD_TRUE: return REDACTION_NONE;
    }
    return REDACTION_NONE;
}

static enum err_code fill_manifest(struct manifest *manifest, const struct record_inputs *inputs, struct err *err)
{
    if (!text_format(manifest->engine, sizeof manifest->engine, "%s", inputs->engine) ||
        !text_format(manifest->predecessor, sizeof manifest->predecessor, "%s", inputs->predecessor) ||
        !text_format(manifest->slice, sizeof manifest->slice, "%s", inputs->slice ? inputs->slice : "") ||
        !text_format(manifest->page_name, sizeof manifest->page_name, "%s", inputs->page_name) ||
        !text_format(manifest->redaction, sizeof manifest->redaction, "%s", redaction_name(inputs)))
        return err_set(err, ERR_INTERNAL, "a version or a name is too long for the manifest");
    str_add(&manifest->settings, inputs->settings);
    manifest->seed = inputs->seed;
    manifest->wall_us = inputs->wall_us;
    manifest->page_size_bytes = inputs->page.len;
    payload_digest(inputs->page, manifest->page_digest);
    manifest->network = inputs->network;
    return str_full(&manifest->settings) ? err_set(err, ERR_ENV, "there is no memory for the settings") : ERR_OK;
}

static enum err_code watch_network(struct record *record, struct err *err)
{
    record->network = malloc(sizeof *record->network);
    if (!record->network) {
        writer_abandon(&record->writer);
        return err_set(err, ERR_ENV, "there is no memory to record the network");
    }
    network_init(record->network, record->inner, &record->writer, record->redaction == RECORD_COPY ? &record->secrets : NULL, &record->cleaner);
    return ERR_OK;
}

/* What no reader takes is refused before the run, not after it. */
static enum err_code check_sizes(const struct record_inputs *inputs, struct err *err)
{
    bool batch = inputs->batch.len > RECORDING_BATCH_MAX;
    if (!batch && inputs->journal.len <= RECORDING_JOURNAL_MAX)
        return ERR_OK;
    return err_set(err, ERR_INPUT, "over the limit of %u MiB for the %s in a recording: run it without one%s",
                   (batch ? RECORDING_BATCH_MAX : RECORDING_JOURNAL_MAX) >> 20, batch ? "batch" : "journal so far", batch ? ", or part the batch" : "");
}

static enum err_code open_writer(struct record *record, const struct record_inputs *inputs, struct err *err)
{
    CLEANUP_STR struct str state;
    str_init(&state, RECORDING_STATE_MAX);
    struct manifest manifest;
    manifest_init(&manifest);
    enum err_code code = check_sizes(inputs, err);
    if (code == ERR_OK && inputs->state.len)
        code = secrets_mask_state(record->redaction == RECORD_COPY ? &record->secrets : NULL, inputs->state, &state, err);
    if (code == ERR_OK)
        code = fill_manifest(&manifest, inputs, err);
    struct writer_inputs texts = {inputs->batch, str_slice(&state), inputs->journal};
    if (code == ERR_OK && record->redaction == RECORD_CLEAN) {
        code = cleaner_open(&record->cleaner, inputs, str_slice(&state), err);
        texts = (struct writer_inputs){str_slice(&record->cleaner.batch), str_slice(&record->cleaner.state), str_slice(&record->cleaner.journal)};
    }
    if (code == ERR_OK)
        code = inputs->seal_to_count
                   ? writer_open_sealed(&record->writer, inputs->dir, inputs->seal_to, inputs->seal_to_count, &manifest, &texts, err)
                   : writer_open(&record->writer, inputs->dir, &manifest, &texts, err);
    if (code == ERR_OK && inputs->network)
        code = watch_network(record, err);
    manifest_fini(&manifest);
    return code;
}

enum err_code record_open(const struct record_inputs *inputs, struct wire *inner, struct record **ret_record,
                          struct err *err)
{
    ASSERT(inputs->redaction != RECORD_TRUE || inputs->seal_to_count); /* true values reach no file but a sealed one */
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return err_set(err, ERR_ENV, "there is no memory to record");
    record->wire.ops = &ops;
    record->inner = inner;
    str_init(&record->scratch, ENTRY_LINE_MAX);
    str_init(&record->bulk_scratch, ENTRY_LINE_MAX);
    secrets_init(&record->secrets);
    cleaner_init(&record->cleaner);
    record->redaction = inputs->redaction;
    err_init(&record->failure);
    record->mark_len = mark_format(&MARK_RUN, record->mark);
    enum err_code code = open_writer(record, inputs, err);
    if (code != ERR_OK) {
        free_record(record);
        return code;
    }
    *ret_record = record;
    return ERR_OK;
}

struct wire *record_wire(struct record *record)
{
    return &record->wire;
}

enum err_code record_event(struct record *record, struct slice line, struct err *err)
{
    if (!catch_up(record))
        return tell_failure(record, err);
    str_clear(&record->scratch);
    str_add(&record->scratch, line);
    if (str_full(&record->scratch))
        return err_set(err, ERR_ENV, "events.ndjson: there is no memory for a line of it");
    secrets_mask(&record->secrets, record->scratch.ptr, record->scratch.len);
    cleaner_event(&record->cleaner, record->scratch.ptr, record->scratch.len);
    if (cleaner_is_full(&record->cleaner))
        return fail_full(err, RECORDING_EVENTS);
    return writer_event(&record->writer, str_slice(&record->scratch), err);
}

enum err_code record_close(struct record *record, const char *browser, struct err *err)
{
    struct manifest *manifest = &record->writer.manifest;
    enum err_code code = ERR_OK;
    if (!flush(record))
        code = tell_failure(record, err);
    if (!text_format(manifest->browser, sizeof manifest->browser, "%s", browser))
        manifest->browser[0] = '\0';
    if (code == ERR_OK)
        code = writer_close(&record->writer, MANIFEST_CLOSED, err);
    else
        writer_abandon(&record->writer);
    free_record(record);
    return code;
}

void record_abandon(struct record *record)
{
    if (!record)
        return;
    (void)flush(record);
    writer_abandon(&record->writer);
    free_record(record);
}
