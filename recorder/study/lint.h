/* What in a recording will surprise whoever works with it: repeats that were answered
   differently, so that a run that leaves the recording there may take one or the other;
   entries from which nothing follows; bodies that are not there; giants. A recording with
   findings is good, and replays. One pass over its files; nothing of a page is told. */
#ifndef RECORDER_LINT_H
#define RECORDER_LINT_H

#include "engine/base/str.h"
#include "recorder/recording.h"

enum lint_kind {
#define X(id, name, sentence) id,
#include "recorder/study/lint.def"
#undef X
    LINT_KINDS
};

#define LINT_GIANT_BYTES ((size_t)1 << 20)
#define LINT_LIST_MAX 100 /* findings told; more are counted */
#define LINT_TEXT_MAX (1u << 16)

struct lint_report {
    uint64_t counts[LINT_KINDS];
    uint64_t told;
};

const char *lint_name(enum lint_kind kind);

/* One line a finding into out, whose ceiling is LINT_TEXT_MAX. giant_bytes: an entry of more
   is one. Errors as reader_next(). */
enum err_code lint_recording(const struct recording *recording, size_t giant_bytes, struct str *out, struct lint_report *ret_report,
                             struct err *err);

#endif
