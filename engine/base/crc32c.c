/* Two ways to one number. The processor's own instruction (SSE4.2) takes eight
   bytes at a time and is chosen at run time, so that one binary runs on any
   x86-64. It has its result after three cycles and can begin another every one:
   three lanes side by side keep it busy, and are joined by a table that says what
   a register becomes when a lane of zeros has passed. Elsewhere eight tables of 256 entries ("slicing by 8") do the same;
   they are computed at the first use from the reflected polynomial 0x82f63b78.
   Both work on the inverted register and invert back at the end, which is what
   makes a seed of 0 and chaining work. */
#include "engine/base/crc32c.h"

#if defined(__x86_64__)
#include <nmmintrin.h>
#endif

#define POLYNOMIAL 0x82f63b78u

static uint32_t table[8][256];
static bool table_is_ready;

static void make_table(void)
{
    for (uint32_t byte = 0; byte < 256; byte++) {
        uint32_t crc = byte;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? crc >> 1 ^ POLYNOMIAL : crc >> 1;
        table[0][byte] = crc;
    }
    for (uint32_t byte = 0; byte < 256; byte++)
        for (int row = 1; row < 8; row++)
            table[row][byte] = table[row - 1][byte] >> 8 ^ table[0][table[row - 1][byte] & 0xff];
    table_is_ready = true;
}

static uint32_t little_endian_u32(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

uint32_t crc32c_by_table(uint32_t seed, struct slice text)
{
    if (!table_is_ready)
        make_table();
    const unsigned char *at = (const unsigned char *)text.ptr;
    size_t left = text.len;
    uint32_t crc = ~seed;
    for (; left >= 8; left -= 8, at += 8) {
        uint32_t low = crc ^ little_endian_u32(at);
        crc = table[7][low & 0xff] ^ table[6][low >> 8 & 0xff] ^ table[5][low >> 16 & 0xff] ^ table[4][low >> 24] ^
              table[3][at[4]] ^ table[2][at[5]] ^ table[1][at[6]] ^ table[0][at[7]];
    }
    for (; left; left--, at++)
        crc = crc >> 8 ^ table[0][(crc ^ *at) & 0xff];
    return ~crc;
}

#if defined(__x86_64__)

#define LANE_BYTES 64 /* lines are some hundreds of bytes long */

static uint32_t past_lane[4][256]; /* by byte of the register */
static bool past_lane_is_ready;

__attribute__((target("sse4.2"))) static void make_past_lane(void)
{
    for (int byte = 0; byte < 4; byte++)
        for (uint32_t value = 0; value < 256; value++) {
            uint64_t crc = value << 8 * byte;
            for (int i = 0; i < LANE_BYTES; i += 8)
                crc = _mm_crc32_u64(crc, 0);
            past_lane[byte][value] = (uint32_t)crc;
        }
    past_lane_is_ready = true;
}

static inline uint32_t pass_lane(uint64_t crc)
{
    return past_lane[0][crc & 0xff] ^ past_lane[1][crc >> 8 & 0xff] ^ past_lane[2][crc >> 16 & 0xff] ^
           past_lane[3][crc >> 24 & 0xff];
}

static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
    return word;
}

__attribute__((target("sse4.2"))) static uint32_t crc32c_by_instruction(uint32_t seed, struct slice text)
{
    const char *at = text.ptr;
    size_t left = text.len;
    uint64_t crc = (uint32_t)~seed;
    if (!past_lane_is_ready)
        make_past_lane();
    for (; left >= 3 * LANE_BYTES; left -= 3 * LANE_BYTES, at += 3 * LANE_BYTES) {
        uint64_t second = 0, third = 0;
        for (int i = 0; i < LANE_BYTES; i += 8) {
            crc = _mm_crc32_u64(crc, word_at(at + i));
            second = _mm_crc32_u64(second, word_at(at + LANE_BYTES + i));
            third = _mm_crc32_u64(third, word_at(at + 2 * LANE_BYTES + i));
        }
        crc = pass_lane(pass_lane(crc) ^ second) ^ third;
    }
    for (; left >= 8; left -= 8, at += 8)
        crc = _mm_crc32_u64(crc, word_at(at));
    for (; left; left--, at++)
        crc = _mm_crc32_u8((uint32_t)crc, (unsigned char)*at);
    return ~(uint32_t)crc;
}

uint32_t crc32c(uint32_t seed, struct slice text)
{
    if (__builtin_cpu_supports("sse4.2"))
        return crc32c_by_instruction(seed, text);
    return crc32c_by_table(seed, text);
}

#else

uint32_t crc32c(uint32_t seed, struct slice text)
{
    return crc32c_by_table(seed, text);
}

#endif

static const char digit_of[] = "0123456789abcdef";

void crc32c_format(uint32_t crc, char ret_digits[CRC32C_DIGITS])
{
    for (int i = 0; i < CRC32C_DIGITS; i++)
        ret_digits[i] = digit_of[crc >> (28 - 4 * i) & 0xf];
}

bool crc32c_parse(struct slice text, uint32_t *ret_crc)
{
    uint32_t crc = 0;
    if (text.len != CRC32C_DIGITS)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (!(c >= '0' && c <= '9') && !(c >= 'a' && c <= 'f'))
            return false;
        crc = crc << 4 | (uint32_t)(c <= '9' ? c - '0' : c - 'a' + 10);
    }
    *ret_crc = crc;
    return true;
}
