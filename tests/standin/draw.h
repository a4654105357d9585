/* Numbers that look drawn and are not: each is a pure function of the seed and
   of what it is drawn for, so that one request more moves no other draw. */
#ifndef TESTS_STANDIN_DRAW_H
#define TESTS_STANDIN_DRAW_H

#include <stddef.h>
#include <stdint.h>

uint64_t draw(uint64_t seed, const char *purpose, uint64_t count);
/* 0 .. limit-1 */
unsigned draw_below(uint64_t seed, const char *purpose, uint64_t count, unsigned limit);
/* len characters of [a-z0-9], and a NUL: ret_text holds len + 1. */
void draw_token(uint64_t seed, const char *purpose, uint64_t count, char *ret_text, size_t len);
/* len characters of base64's alphabet, and a NUL. */
void draw_base64(uint64_t seed, const char *purpose, uint64_t count, char *ret_text, size_t len);
/* A clinic's network: thousandths of the median, long in the tail (the median is 1000, one in a hundred is 9000 or more). */
unsigned draw_latency_permille(uint64_t seed, const char *purpose, uint64_t count);

#endif
