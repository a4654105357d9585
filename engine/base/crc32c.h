/* CRC-32C (Castagnoli, RFC 3720 appendix B.4): the checksum on every line of a
   journal and of a recording. It finds damage, it proves no origin. Known
   answer: crc32c(0, "123456789") is 0xe3069283. */
#ifndef ENGINE_BASE_CRC32C_H
#define ENGINE_BASE_CRC32C_H

#include "engine/base/str.h"

#include <stdint.h>

/* The checksum of text that follows text with checksum `seed`; a first text has
   seed 0, so that crc32c(crc32c(0, a), b) is the checksum of a and b joined. */
uint32_t crc32c(uint32_t seed, struct slice text);

/* The same by table alone, whatever the processor: for tests, and the reference
   of the fast path. */
uint32_t crc32c_by_table(uint32_t seed, struct slice text);

/* Eight lower-case hexadecimal digits, as the lines carry it; no NUL is written. */
#define CRC32C_DIGITS 8
void crc32c_format(uint32_t crc, char ret_digits[CRC32C_DIGITS]);
/* False unless text is exactly eight lower-case digits. */
bool crc32c_parse(struct slice text, uint32_t *ret_crc);

#endif
