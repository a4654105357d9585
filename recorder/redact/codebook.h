/* The codebook of one recording: which stand-in belongs to which true value, one to one as
   long as there are stand-ins left. Stand-ins are drawn from a generator that the system's
   randomness seeds; nothing of one depends on the value that it stands for but its class: its length, and at each place whether a digit, a
   letter of ASCII or one of two or more bytes stands there. The codebook lives in memory and
   is wiped when the recording is closed.

   All are of the reserved ranges, so that they are known for what they are (reserved.h).
   Letters come in lower case: they are put with the case of what they replace. */
#ifndef RECORDER_REDACT_CODEBOOK_H
#define RECORDER_REDACT_CODEBOOK_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CODEBOOK_ENTRIES_MAX (1u << 20)
/* A longer value's stand-in is drawn from a generator that is keyed with a secret of this codebook and the value: it is
   not kept, and the same each time. */
#define CODEBOOK_VALUE_MAX 128

enum codebook_kind { CODEBOOK_WORD, CODEBOOK_NUMBER, CODEBOOK_MIXED, CODEBOOK_DATE };

struct codebook_value {
    enum codebook_kind kind;
    const uint32_t *cps; /* as they stand; the case of a WORD does not matter */
    size_t count;
};

struct codebook;

/* seed: 32 bytes for tests that must come out the same; NULL: the system's. NULL when there is no memory. */
struct codebook *codebook_new(const unsigned char *seed);
/* Room for so many values and stand-ins together; CODEBOOK_ENTRIES_MAX when nobody says. */
void codebook_limit(struct codebook *book, uint32_t entries);
void codebook_free(struct codebook *book); /* NULL is fine */

/* The value is known to be somebody's: it is replaced wherever it stands. */
void codebook_know(struct codebook *book, const struct codebook_value *value);
bool codebook_knows(const struct codebook *book, const struct codebook_value *value);
/* The same for a value whose stand-in is given: a digest, and that of the clean text. Texts are ASCII of equal length. */
void codebook_pair(struct codebook *book, struct slice from, struct slice to);
void codebook_give(struct codebook *book, const struct codebook_value *value, const uint32_t *stand_in);

/* count characters; false, and codebook_is_full(), when there is no room. */
bool codebook_stand_in(struct codebook *book, const struct codebook_value *value, uint32_t *ret_cps);
/* The number of times that a range had no stand-in left, and one was given twice. */
uint64_t codebook_shared(const struct codebook *book);
bool codebook_is_full(const struct codebook *book);
/* Any number below bound, for those who draw what is no stand-in of one value. */
uint32_t codebook_draw(struct codebook *book, uint32_t bound);

#endif
