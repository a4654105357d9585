/* Errors of commands. A fallible function returns an err_code that the caller
   must look at, and leaves one sentence in a struct err on the caller's stack:
   what, where, and what to do. The first error wins; callers add context from
   the inside out with err_wrap ("replay clinic-100: session.ndjson:4711: ...").
   A sentence never quotes a page, a patient or a secret. */
#ifndef ENGINE_BASE_ERR_H
#define ENGINE_BASE_ERR_H

#include <stdbool.h>

enum err_code {
#define X(code, name, status) code,
#include "engine/base/err.def"
#undef X
};

#define MUST_USE __attribute__((warn_unused_result))
#define PRINTF_LIKE(fmt, args) __attribute__((format(printf, fmt, args)))

/* ERR_TEXT_MAX bytes hold the longest sentence, NUL included; a longer one
   ends in "...". A batch error lists every problem, so it is roomy. */
#define ERR_TEXT_MAX 8192

struct err {
    enum err_code code;
    char text[ERR_TEXT_MAX];
};

/* Empties e: ERR_OK and no text. */
void err_init(struct err *e);

/* Records code and sentence unless e already holds an error; returns the code
   that e holds afterwards, so that `return err_set(...)` reads well. */
enum err_code err_set(struct err *e, enum err_code code, const char *fmt, ...) PRINTF_LIKE(3, 4);

/* Puts "<context>: " before the sentence in e; returns e->code. */
enum err_code err_wrap(struct err *e, const char *fmt, ...) PRINTF_LIKE(2, 3);

const char *err_name(enum err_code code);
int err_exit_status(enum err_code code);

/* Returns from the calling function with the error of `call`, if any. */
#define TRY(call)                                                                                  \
    do {                                                                                           \
        enum err_code try_code_ = (call);                                                          \
        if (try_code_ != ERR_OK)                                                                   \
            return try_code_;                                                                      \
    } while (0)

/* For our own bugs only, on in release. Prints the place (never data) and
   ends the process with abort(), core files being off. */
#define ASSERT(claim) ((claim) ? (void)0 : assert_failed(__FILE__, __LINE__, #claim))
_Noreturn void assert_failed(const char *file, int line, const char *claim);

#endif
