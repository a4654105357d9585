/* A file of entries, read as a stream: a window on the file, never the whole. An
   entry's slices point into the window. They stay good until the next call of
   reader_next(), and beyond that while the entry is pinned: an item that the engine
   still holds while later entries are looked at. */
#ifndef RECORDER_READER_H
#define RECORDER_READER_H

#include "engine/base/err.h"
#include "recorder/entry.h"
#include "recorder/store.h"

#define READER_WINDOW_BYTES (256u << 10)
#define READER_WINDOW_MAX (ENTRY_LINE_MAX + READER_WINDOW_BYTES)
/* A file that is not there is looked for under its name and this, packed by zstd. */
#define READER_PACKED_SUFFIX ".zst"

struct reader {
    struct store_file file; /* owned */
    struct unpack *unpack;  /* owned; NULL when the file is plain */
    const char *name; /* for messages; static text */
    char *window;     /* owned, as are held and spare */
    size_t capacity, start, end;
    char *held;  /* an older window that holds the pinned entry; NULL when none is needed */
    char *spare; /* a window to use next */
    size_t spare_capacity;
    bool pinned;
    bool drained;    /* the file's end has been read */
    uint64_t size;   /* of the file when it was opened by name; unpacked, 0 = not known */
    uint64_t offset; /* in the file, of window[start] */
    uint64_t line;   /* lines read */
    struct instant at;
};

enum reader_found { READER_ENTRY, READER_END };

/* Takes fd over. */
void reader_init(struct reader *reader, int fd, const char *name);
/* Opens the file of that name (static text), plain or packed, at a line that begins at
   offset and has the number line; 0, 1 for the whole. The caller finishes the reader
   either way. */
enum err_code reader_open(struct reader *reader, const struct store *store, const char *name, uint64_t offset,
                          uint64_t line, struct err *err);
void reader_fini(struct reader *reader);

/* The next entry, checksum and layout checked, or the end; ret_entry is of use only then. Errors name file and line:
   ERR_INTEGRITY for damage, ERR_INPUT for what is no entry or goes back in time, ERR_ENV. */
enum err_code reader_next(struct reader *reader, struct entry *ret_entry, enum reader_found *ret_found,
                          struct err *err);
/* The next line of any file of lines, without its newline; ptr is NULL at the end. The
   line is not checked. Not to be mixed with reader_next() on one reader. */
enum err_code reader_next_line(struct reader *reader, struct slice *ret_line, struct err *err);
/* After the end: bytes of a last line that has no newline. */
size_t reader_torn_bytes(const struct reader *reader);

/* Keeps the entry last read where it is until the next pin or unpin. */
void reader_pin(struct reader *reader);
void reader_unpin(struct reader *reader);

#endif
