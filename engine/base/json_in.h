/* JSON from outside, judged before it is used. jansson parses; this adds what it
   leaves open: a ceiling for the text, for the memory that the values will take,
   and for the depth, no key twice in one object, and a sentence that names line
   and byte but never a value (jansson's own text quotes the input). Numbers that
   do not fit (20 digits, 1e400) and words that are no JSON (NaN) are errors, never
   a silent 0; a byte order mark and bytes that are no UTF-8 too.

   jansson seeds its hash tables from /dev/urandom at the first object: a program
   that wants no file opened later calls json_object_seed() at its start. */
#ifndef ENGINE_BASE_JSON_IN_H
#define ENGINE_BASE_JSON_IN_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#define JSON_IN_DEPTH_MAX 128u
#define JSON_IN_TEXT_BYTES_MAX ((size_t)32 << 20)
#define JSON_IN_MEMORY_BYTES_MAX ((size_t)96 << 20)

struct json_in_limits {
    size_t text_bytes_max;
    size_t memory_bytes_max; /* estimated from above before anything is allocated */
    bool allow_nul;          /* \u0000 inside strings */
};

/* json_loadb() for all who read JSON, where memory may run out. jansson itself then goes on
   without a byte in the middle of a string, asserts, or writes past its end: here it gives up
   at once - NULL, errno ENOMEM, `error` (or NULL) says so - and what it had built is lost. */
json_t *json_in_load(struct slice text, size_t flags, json_error_t *error) MUST_USE;

/* json_dumps() likewise, appended to `out`; false out of memory, or when that is full. */
bool json_in_print(const json_t *root, size_t flags, struct str *out) MUST_USE;

/* For files that a user gives. */
extern const struct json_in_limits json_in_limits_file;

/* Why a text was refused, for callers that give the place in their own terms. */
struct json_in_fault {
    enum err_code code; /* ERR_INPUT; ERR_ENV when memory ran out */
    const char *why;    /* static; "a key appears twice in one object" */
    size_t offset;      /* of the byte where it was noticed, from 0 */
};

/* The whole text as one object or array; NULL and *ret_fault when it is refused. The
   caller owns the root. */
json_t *json_in_try(struct slice text, const struct json_in_limits *limits, struct json_in_fault *ret_fault) MUST_USE;

/* The same with a sentence: "line 3, byte 47: a key appears twice in one object". */
enum err_code json_in_parse(struct slice text, const struct json_in_limits *limits, json_t **ret_root,
                            struct err *err) MUST_USE;

/* 1-based line of a byte. */
size_t json_in_line(struct slice text, size_t offset);

#endif
