/* Whatever bytes a recording holds, reading it ends with an answer. The first byte
   of the input chooses the reader; the checksums of lines and manifest are made to
   fit, since no mutation would ever find one that does. An item that was read is the
   same when it is written and read again, and so is a session that is packed. */
#include "engine/base/crc32c.h"
#include "recorder/compare.h"
#include "recorder/manifest.h"
#include "recorder/payload.h"
#include "recorder/reader.h"
#include "recorder/secrets.h"
#include "recorder/text.h"
#include "recorder/unpack.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <zstd.h>

#define INPUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `{"crc":"..",` before every line. */
static void add_checksums(struct slice text, struct str *out)
{
    while (text.len) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t length = newline ? (size_t)(newline - text.ptr) : text.len;
        char crc[CRC32C_DIGITS];
        crc32c_format(crc32c(0, (struct slice){text.ptr, length}), crc);
        str_addf(out, "{\"crc\":\"%.8s\",%.*s%s", crc, (int)length, text.ptr, newline ? "\n" : "");
        text.ptr += length + (newline ? 1 : 0);
        text.len -= length + (newline ? 1 : 0);
    }
}

static bool same_response(const struct wire_response *a, const struct wire_response *b)
{
    bool same = a->id == b->id && a->state == b->state && a->failure == b->failure && a->status == b->status &&
                a->header_count == b->header_count && slice_equal(a->body, b->body);
    for (size_t i = 0; same && i < a->header_count; i++)
        same = slice_equal(a->headers[i].name, b->headers[i].name) && slice_equal(a->headers[i].value, b->headers[i].value);
    return same;
}

static bool same_item(const struct wire_item *a, const struct wire_item *b)
{
    if (a->kind != b->kind || a->at.us != b->at.us || a->generation != b->generation)
        return false;
    switch (a->kind) {
    case WIRE_BYTES: return slice_equal(a->bytes, b->bytes);
    case WIRE_EOF: return a->eof.dropped_bytes == b->eof.dropped_bytes;
    case WIRE_EXIT: return a->exit.signaled == b->exit.signaled && a->exit.code == b->exit.code;
    case WIRE_HTTP: return same_response(a->http, b->http);
    case WIRE_SIGNAL: return a->signal == b->signal;
    case WIRE_WAKE: return a->asked.us == b->asked.us;
    case WIRE_IO: return a->io.id == b->io.id && a->io.error == b->io.error;
    case WIRE_REFUSED: return a->refused == b->refused;
    }
    return false;
}

/* What was read is written again, and read from there it is the same. */
static void read_back(const struct entry *entry, struct str *scratch, struct wire_response *response)
{
    struct wire_item item = {0}, again = {0};
    struct wire_response other;
    struct entry written;
    if (!payload_read_item(entry, scratch, response, &item))
        return;
    CLEANUP_STR struct str line;
    CLEANUP_STR struct str room;
    str_init(&line, 8 * INPUT_MAX);
    str_init(&room, 8 * INPUT_MAX);
    entry_begin(&line, &entry->head);
    payload_add_item(&line, &item);
    entry_end(&line, 0);
    ASSERT(!str_full(&line));
    ASSERT(entry_parse((struct slice){line.ptr, line.len - 1}, &written) == ENTRY_GOOD);
    ASSERT(payload_read_item(&written, &room, &other, &again) && same_item(&item, &again));
}

/* Returns how many entries are good. */
static size_t read_session(struct slice text, bool packed)
{
    struct reader reader;
    struct entry entry;
    enum reader_found found;
    struct err err;
    struct wire_response response;
    size_t count = 0;
    CLEANUP_STR struct str scratch;
    str_init(&scratch, ENTRY_LINE_MAX);
    err_init(&err);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    reader_init(&reader, fd, "session.ndjson");
    ASSERT(!packed || unpack_new(&reader.file, "session.ndjson", &reader.unpack, &err) == ERR_OK);
    while (reader_next(&reader, &entry, &found, &err) == ERR_OK && found == READER_ENTRY) {
        if (entry.head.n % 2)
            reader_pin(&reader);
        read_back(&entry, &scratch, &response);
        count++;
    }
    reader_fini(&reader);
    return count;
}

/* Plain and packed it is the same; cut in its middle, no more than a part of it. */
static void read_both(struct slice text)
{
    size_t room = ZSTD_compressBound(text.len), count = read_session(text, false);
    char *packed = malloc(room);
    ASSERT(packed);
    size_t size = ZSTD_compress(packed, room, text.ptr, text.len, 1);
    ASSERT(!ZSTD_isError(size));
    ASSERT(read_session((struct slice){packed, size}, true) == count);
    ASSERT(read_session((struct slice){packed, size / 2}, true) <= count);
    free(packed);
}

static void read_manifest(struct slice text)
{
    struct manifest manifest;
    struct err err;
    err_init(&err);
    manifest_init(&manifest);
    (void)manifest_parse(text, &manifest, &err);
    manifest_fini(&manifest);
}

static void compare(struct slice text)
{
    char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    struct slice first = {text.ptr, text.len / 2};
    struct slice second = {text.ptr + first.len, text.len - first.len};
    (void)compare_values(first, second, field, ours, theirs);
    compare_name(ENTRY_SEND, first, field);
}

static void mask(struct slice text)
{
    struct secrets *secrets = malloc(sizeof *secrets);
    CLEANUP_STR struct str copy;
    struct err err;
    err_init(&err);
    str_init(&copy, 8 * INPUT_MAX);
    secrets_init(secrets);
    secrets_learn_message(secrets, text);
    secrets_learn_cookie(secrets, text);
    secrets_learn_set_cookie(secrets, text);
    (void)secrets_mask_state(secrets, text, &copy, &err);
    (void)secrets_masked(secrets, text, &copy);
    secrets_fini(secrets);
    free(secrets);
}

static void decode(struct slice text)
{
    CLEANUP_STR struct str out;
    str_init(&out, 4 * INPUT_MAX);
    (void)text_unescape(text, &out);
    (void)text_decode_base64(text, &out);
    (void)text_is_json_line(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    CLEANUP_STR struct str whole;
    str_init(&whole, 32 * INPUT_MAX);
    switch (data[0] % 6) {
    case 0: read_both(text); break;
    case 1:
        add_checksums(text, &whole);
        read_both(str_slice(&whole));
        break;
    case 2:
        add_checksums(text, &whole);
        read_manifest(whole.ptr ? str_slice(&whole) : SLICE(""));
        break;
    case 3: compare(text); break;
    case 4: mask(text); break;
    case 5: decode(text); break;
    }
    return 0;
}
