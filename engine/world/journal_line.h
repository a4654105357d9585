/* One line of a journal: a record (the members of a JSON object, as commit() is
   given it) with sequence number and checksum in front:

       {"seq":7,"crc":"1a2b3c4d","type":"intent",...}\n

   The checksum is CRC-32C over the decimal digits of seq, directly followed by
   all that stands after `"crc":"1a2b3c4d",` up to and including the last `}`;
   here over `7"type":"intent",...}`. The newline is outside, but a line without it
   is torn, whatever its checksum says: it was never acknowledged. Whoever writes
   (engine/live) and whoever reads a journal uses this one place. */
#ifndef ENGINE_WORLD_JOURNAL_LINE_H
#define ENGINE_WORLD_JOURNAL_LINE_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* Bytes of a line, newline included; a longer record is refused (EMSGSIZE). */
#define JOURNAL_LINE_MAX (1u << 20)

/* Appends the line with its newline to out. */
void journal_line_format(struct str *out, uint64_t seq, struct slice record);

/* line: without its newline. False unless the frame is exactly as above and the
   checksum fits. ret_record points into line: the members, without braces. */
bool journal_line_parse(struct slice line, uint64_t *ret_seq, struct slice *ret_record) MUST_USE;

/* A walk over a journal's text, line by line. What a crash tore stands at the end and
   is no damage: it was never acknowledged. A line that is not sound with a sound one
   after it is damage, as is a number that does not follow the one before. */
enum journal_step { JOURNAL_LINE, JOURNAL_END, JOURNAL_TORN, JOURNAL_DAMAGED };

struct journal_walk {
    struct slice text;
    size_t sound_bytes; /* up to the end of the last sound line */
    uint64_t next_seq;  /* of the line after it; also its number in the file */
};

struct journal_walk journal_walk_begin(struct slice text);
enum journal_step journal_walk_next(struct journal_walk *walk, struct slice *ret_record);

#endif
