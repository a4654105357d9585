/* A small batch for tests, and changes to it by replacing a piece of its text. */
#ifndef TESTS_UNIT_BATCH_TEXT_H
#define TESTS_UNIT_BATCH_TEXT_H

#include "engine/base/str.h"
#include "engine/mdland/batch_input.h"

/* Two patients; p1 with visits dos 1 (done), 2 (pending), p2 with dos 1 (done). */
extern const char BATCH_TEXT[];

/* BATCH_TEXT with the first `from` replaced by `to`; `from` must be there. */
void batch_text_with(struct str *ret_text, const char *from, const char *to);

/* An opened batch with what it needs. */
struct opened_batch {
    struct slice text;
    struct batch_source source;
    struct arena arena;
    struct batch *batch;
    struct err err;
};

/* Opens; the code is also in o->err. `text` is borrowed until batch_text_close. */
enum err_code batch_text_open(struct opened_batch *o, struct slice text);
void batch_text_close(struct opened_batch *o);

#endif
