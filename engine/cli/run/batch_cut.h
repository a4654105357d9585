/* A batch with some of its visits left out: their place stays, so that the labels of the
   others mean the same; what is said of them goes. */
#ifndef ENGINE_CLI_BATCH_CUT_H
#define ENGINE_CLI_BATCH_CUT_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "recorder/study/excerpt.h"

/* Of each other visit dos and a status that is not run are left, of a patient without a
   chosen visit neither name nor birth date. ERR_INPUT when the text is no batch or too large
   to be held as JSON. */
enum err_code batch_cut(struct slice text, const struct excerpt_visit *kept, size_t count, struct str *out, struct err *err) MUST_USE;

#endif
