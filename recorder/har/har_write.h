/* The network of a recording as a HAR (HTTP Archive 1.2), for DevTools, for Playwright's
   routeFromHAR, for anything else that reads one. Entries stand in the order in which they
   were asked; what the format has no place for stands in fields that begin with "_"
   (`_mark`: where in the run) and is counted, or is counted alone: never lost in silence. */
#ifndef RECORDER_HAR_WRITE_H
#define RECORDER_HAR_WRITE_H

#include "recorder/traffic/traffic.h"

#define HAR_BYTES_MAX ((size_t)1 << 30)

enum har_loss {
#define X(id, name, sentence) id,
#include "recorder/har/har_loss.def"
#undef X
    HAR_LOSSES
};

const char *har_loss_sentence(enum har_loss loss);

struct har_report {
    uint64_t entries;
    uint64_t losses[HAR_LOSSES];
};

/* out's ceiling is HAR_BYTES_MAX. `version` is this program's. ERR_INPUT when it would grow
   past that, ERR_INTEGRITY when a body is damaged. */
enum err_code har_write(const struct recording *recording, const struct traffic *traffic, const char *version, struct str *out,
                        struct har_report *ret_report, struct err *err) MUST_USE;

#endif
