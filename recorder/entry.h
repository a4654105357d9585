/* One line of session.ndjson: who, when, where in the run, and one value.

     {"crc":"0123abcd","n":1,"at":123456,"gen":1,"mark":"p3.v2.a1.saveSOAP","bytes":{...}}

   Fields stand in this order with no blanks, so that a reader goes by position and
   never parses the value, while the line is JSON for everybody else. `crc` is the
   CRC-32C of all that follows its own field, to the last brace; `n` counts entries
   from 1; `at` is microseconds since the run began; `gen` is the generation of the
   browser, 0 for none. A value that cannot stand as it is has "64" after its kind and
   is base64. A bulk (a span recorded by digest alone) stands before the value. */
#ifndef RECORDER_ENTRY_H
#define RECORDER_ENTRY_H

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

enum entry_kind {
#define X(id, name, out) id,
#include "recorder/entry.def"
#undef X
    ENTRY_KINDS
};

/* The longest line that is written or read: a CDP reply of 134 MB was seen. */
#define ENTRY_LINE_MAX (160u << 20)

/* Where an entry stands: the envelope. */
struct entry_head {
    uint64_t n;
    struct instant at;
    uint32_t generation;
    struct slice mark; /* as mark_format writes it */
};

/* An entry as it is read; slices are borrowed from the line. */
struct entry {
    struct slice text; /* the whole line */
    struct entry_head head;
    enum entry_kind kind;
    bool base64;        /* value is the inside of a JSON string, base64 */
    struct slice bulk;  /* the bulk's object; empty when there is none */
    struct slice value; /* JSON text; with base64 without its quotes */
    uint64_t line;      /* in its file, from 1; filled in by the reader */
    uint64_t offset;    /* of the line in its file, bytes; filled in by the reader */
};

const char *entry_kind_name(enum entry_kind kind);
bool entry_kind_is_out(enum entry_kind kind);

/* Writing: begin puts all up to the value, the caller appends bulk and value, end
   closes the line with its newline and fills in the checksum. `out` may hold lines
   before; start is its length before begin. */
void entry_begin(struct str *out, const struct entry_head *head);
void entry_end(struct str *out, size_t start);
/* The checksum of a line that stands already, without its newline, made anew. */
void entry_seal(char *line, size_t len);
/* `,"kind":` - with "64" when base64. */
void entry_key(struct str *out, enum entry_kind kind, bool base64);

/* Reading. line has no newline. A failed checksum is damage; a wrong layout under
   a good checksum was written by some other program. ret_entry is of use only when the
   line is good. */
enum entry_fault { ENTRY_GOOD, ENTRY_BAD_CRC, ENTRY_BAD_LAYOUT };
enum entry_fault entry_parse(struct slice line, struct entry *ret_entry);

/* The checksum of a line's fields past its number: the same entry has the same one
   wherever it stands. line as entry_parse() took it. */
uint32_t entry_numberless(struct slice line);

/* The checksum that the line carries and the one that it has, for a message. */
void entry_checksums(struct slice line, uint32_t *ret_carried, uint32_t *ret_found);

#endif
