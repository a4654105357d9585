/* The reserved ranges: what a value looks like that belongs to nobody. All that is invented
   for tests lies in them, and so does every stand-in that the codebook draws. Whatever looks
   like an identifier and lies outside is somebody's.

     names    words of names.def; words whose first two letters are "zq", in any case; of two
              letters: z, q or x and a consonant. Ideographs: 測 試 範 例 子
     dates    of birth and of service: the years 1900 to 1909
     numbers  four digits or more that begin with 99; years 1900 to 1909
     mixed    letters and digits: the first two letters are "zq"; with fewer than two letters
              the first two digits are 99

   The ranges of names and dates hold nobody who lives, so what lies in them is always left as
   it is. Numbers and mixed values that begin so may be somebody's all the same: they count as
   reserved only in a recording that was redacted already (redact.h). */
#ifndef RECORDER_REDACT_RESERVED_H
#define RECORDER_REDACT_RESERVED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum reserved_name { RESERVED_NONE, RESERVED_GIVEN, RESERVED_SURNAME };

/* A word of names.def, in any case. */
enum reserved_name reserved_name(const uint32_t *cps, size_t count);
/* Letters that carry the mark of a stand-in. */
bool reserved_is_letters(const uint32_t *cps, size_t count);
/* Letters and digits, or digits alone, that carry it. */
bool reserved_is_mixed(const uint32_t *cps, size_t count);

#define RESERVED_YEAR_FIRST 1900
#define RESERVED_YEAR_LAST 1909
/* A date is eight digits, YYYYMMDD. Another one, from noise, whose month has as many digits as the old one, and whose day too. */
void reserved_date(const uint32_t *from, uint32_t *ret_to, uint32_t noise);

uint32_t reserved_ideograph(uint32_t index); /* below 5 */

#endif
