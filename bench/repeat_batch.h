/* A batch for repeated visits: each a patient of its own with the visit of the
   fixture whose part it gets, notes and codes as they are, the name with one word
   more ("TEST, ALPHA QAAAC"), so that no two are the same. */
#ifndef BENCH_REPEAT_BATCH_H
#define BENCH_REPEAT_BATCH_H

#include "bench/template.h"

/* JSON text for `visits` visits, the first being that of the head. */
enum err_code repeat_batch(const struct template *template, size_t visits, struct str *out, struct err *err) MUST_USE;

#endif
