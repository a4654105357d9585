/* Bodies of answers, kept once each: bodies/<sha256 of the bytes>. The same body met
   four thousand times in a day is one file. */
#ifndef RECORDER_BODIES_H
#define RECORDER_BODIES_H

#include "engine/base/err.h"
#include "recorder/store.h"

struct bodies {
    int dir_fd; /* owned; -1 = not open */
    uint64_t count;
};

/* Makes the directory bodies in the recording. */
enum err_code bodies_open(struct bodies *bodies, int recording_dir_fd, struct err *err);
/* Keeps the body unless it is there; ret_sha256 is its name. */
enum err_code bodies_put(struct bodies *bodies, struct slice body, char ret_sha256[FILE_SHA256_TEXT], struct err *err);
void bodies_close(struct bodies *bodies);

/* Reads every body and compares it with its name; ret_count is their number. */
enum err_code bodies_check(const struct store *store, uint64_t *ret_count, struct err *err);

#endif
