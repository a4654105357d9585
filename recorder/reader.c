#include "recorder/reader.h"

#include "recorder/recording.h"
#include "recorder/unpack.h"

#include <stdlib.h>

/* Method: one buffer is filled, consumed line by line, and its rest moved to the
   front when it runs out. While an entry is pinned its buffer must not move, so the
   rest then goes to a second buffer and the first is held until the unpin. */

void reader_init(struct reader *reader, int fd, const char *name)
{
    *reader = (struct reader){.file = {.fd = fd, .name = name}, .name = name};
}

/* Up to `room` bytes of the file; 0 at its end. */
static enum err_code read_some(struct reader *reader, char *to, size_t room, size_t *ret_got, struct err *err)
{
    return reader->unpack ? unpack_read(reader->unpack, to, room, ret_got, err)
                          : store_file_read(&reader->file, to, room, ret_got, err);
}

/* A packed file can only be read up to the place. */
static enum err_code go_to(struct reader *reader, uint64_t offset, struct err *err)
{
    char passed[4096];
    if (!reader->unpack)
        return store_file_pass(&reader->file, offset, err);
    for (size_t got = 1; offset && got; offset -= got)
        TRY(read_some(reader, passed, offset < sizeof passed ? (size_t)offset : sizeof passed, &got, err));
    return ERR_OK;
}

enum err_code reader_open(struct reader *reader, const struct store *store, const char *name, uint64_t offset,
                          uint64_t line, struct err *err)
{
    char packed[96];
    ASSERT(text_format(packed, sizeof packed, "%s%s", name, READER_PACKED_SUFFIX));
    bool is_packed = !store_has(store, name) && store_has(store, packed);
    reader_init(reader, -1, name);
    TRY(store_open(store, is_packed ? packed : name, FILE_STREAM_MAX, &reader->file, &reader->size, err));
    reader->file.name = name;
    if (is_packed && strcmp(name, RECORDING_SESSION) == 0)
        reader->file.name = RECORDING_SESSION_PACKED; /* the file that fails is the one to name */
    reader->file.name = name;
    if (is_packed && strcmp(name, RECORDING_SESSION) == 0)
        reader->file.name = RECORDING_SESSION_PACKED; /* the one that is packed; the file that fails is the one to name */
    if (is_packed) {
        TRY(unpack_new(&reader->file, name, &reader->unpack, err));
        TRY(unpack_size(reader->unpack, &reader->size, err));
    }
    TRY(go_to(reader, offset, err));
    reader->offset = offset;
    reader->line = line - 1;
    return ERR_OK;
}

void reader_fini(struct reader *reader)
{
    store_file_close(&reader->file);
    unpack_free(reader->unpack);
    reader->unpack = NULL;
    free(reader->window);
    free(reader->held);
    free(reader->spare);
    reader->window = reader->held = reader->spare = NULL;
}

void reader_pin(struct reader *reader)
{
    reader_unpin(reader);
    reader->pinned = true;
}

void reader_unpin(struct reader *reader)
{
    reader->pinned = false;
    if (!reader->held)
        return;
    free(reader->spare);
    reader->spare = reader->held;
    reader->spare_capacity = READER_WINDOW_BYTES;
    reader->held = NULL;
}

size_t reader_torn_bytes(const struct reader *reader)
{
    return reader->end - reader->start;
}

/* Another buffer of at least `capacity` takes the unread rest; this one is held. */
static bool move_to(struct reader *reader, size_t capacity)
{
    char *fresh = NULL;
    if (reader->spare && reader->spare_capacity >= capacity) {
        fresh = reader->spare;
        reader->spare = NULL;
    } else {
        fresh = malloc(capacity);
    }
    if (!fresh)
        return false;
    size_t left = reader->end - reader->start;
    if (left)
        memcpy(fresh, reader->window + reader->start, left);
    reader->held = reader->window;
    reader->window = fresh;
    reader->capacity = capacity;
    reader->start = 0;
    reader->end = left;
    return true;
}

/* The unread rest comes to the front of its own buffer, which grows when the rest
   fills more than half of it. */
static bool grow_in_place(struct reader *reader, size_t capacity)
{
    size_t left = reader->end - reader->start;
    if (left)
        memmove(reader->window, reader->window + reader->start, left);
    reader->start = 0;
    reader->end = left;
    if (capacity <= reader->capacity)
        return true;
    char *grown = realloc(reader->window, capacity);
    if (!grown)
        return false;
    reader->window = grown;
    reader->capacity = capacity;
    return true;
}

static enum err_code make_room(struct reader *reader, struct err *err)
{
    size_t left = reader->end - reader->start, capacity = READER_WINDOW_BYTES;
    if (reader->end < reader->capacity)
        return ERR_OK;
    while (capacity < left * 2)
        capacity *= 2;
    if (capacity > READER_WINDOW_MAX) /* a line that fills it is over its own limit */
        capacity = READER_WINDOW_MAX;
    bool pinned_here = reader->pinned && !reader->held;
    if (pinned_here ? move_to(reader, capacity) : grow_in_place(reader, capacity))
        return ERR_OK;
    return err_set(err, ERR_ENV, "%s:%llu: there is no memory for the line", reader->name,
                   (unsigned long long)reader->line + 1);
}

static enum err_code fill(struct reader *reader, struct err *err)
{
    size_t got = 0;
    TRY(make_room(reader, err));
    TRY(read_some(reader, reader->window + reader->end, reader->capacity - reader->end, &got, err));
    reader->drained = got == 0;
    reader->end += got;
    return ERR_OK;
}

/* The next whole line without its newline; an empty slice with ptr NULL at the end. */
static enum err_code next_line(struct reader *reader, struct slice *ret_line, struct err *err)
{
    size_t looked = 0;
    for (;;) {
        const char *from = reader->window ? reader->window + reader->start : NULL;
        size_t have = reader->end - reader->start;
        const char *newline = have > looked ? memchr(from + looked, '\n', have - looked) : NULL;
        if (newline) {
            *ret_line = (struct slice){from, (size_t)(newline - from)};
            return ERR_OK;
        }
        looked = have;
        if (have > ENTRY_LINE_MAX)
            return err_set(err, ERR_INPUT, "%s:%llu: the line is over the limit of %u MiB", reader->name,
                           (unsigned long long)reader->line + 1, ENTRY_LINE_MAX >> 20);
        if (reader->drained) {
            *ret_line = SLICE_NONE;
            return ERR_OK;
        }
        TRY(fill(reader, err));
    }
}

static enum err_code fail_line(const struct reader *reader, struct slice line, enum entry_fault fault, struct err *err)
{
    unsigned long long number = (unsigned long long)reader->line;
    if (fault == ENTRY_BAD_LAYOUT)
        return err_set(err, ERR_INPUT, "%s:%llu: is not an entry of a recording", reader->name, number);
    uint32_t carried, found;
    entry_checksums(line, &carried, &found);
    return err_set(err, ERR_INTEGRITY, "%s:%llu: bad checksum (want %08x, got %08x)", reader->name, number, carried,
                   found);
}

enum err_code reader_next_line(struct reader *reader, struct slice *ret_line, struct err *err)
{
    TRY(next_line(reader, ret_line, err));
    if (!ret_line->ptr)
        return ERR_OK;
    reader->line++;
    reader->start += ret_line->len + 1;
    reader->offset += ret_line->len + 1;
    return ERR_OK;
}

enum err_code reader_next(struct reader *reader, struct entry *ret_entry, enum reader_found *ret_found,
                          struct err *err)
{
    struct slice line;
    TRY(next_line(reader, &line, err));
    *ret_found = line.ptr ? READER_ENTRY : READER_END;
    if (!line.ptr)
        return ERR_OK;
    reader->line++;
    enum entry_fault fault = entry_parse(line, ret_entry);
    if (fault != ENTRY_GOOD)
        return fail_line(reader, line, fault, err);
    if (instant_before(ret_entry->head.at, reader->at))
        return err_set(err, ERR_INPUT, "%s:%llu: goes back in time", reader->name, (unsigned long long)reader->line);
    ret_entry->line = reader->line;
    ret_entry->offset = reader->offset;
    reader->at = ret_entry->head.at;
    reader->start += line.len + 1;
    reader->offset += line.len + 1;
    return ERR_OK;
}
