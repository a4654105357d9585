/* The journal file: lines as engine/world/journal_line.h has them, appended and
   made durable (fdatasync) one by one. After a failed write or sync nothing is
   known of what is on the disk, so neither is ever tried again: every later
   append fails with the first error. */
#ifndef ENGINE_LIVE_JOURNAL_FILE_H
#define ENGINE_LIVE_JOURNAL_FILE_H

#include "engine/base/str.h"

#include <stdint.h>

#define JOURNAL_FILE_MAX (256u << 20)

struct journal_file {
    int fd; /* -1: none, and appends succeed without a trace */
    uint64_t next_seq;
    int error;       /* the first failure, kept; 0 = none */
    struct str line; /* reused from append to append */
};

/* path NULL: no file. Otherwise opens or makes it (0600, for appending) and makes
   its name durable. Numbers go on after the last sound line; what stands behind
   that one, a line torn by a crash, is cut off, so read the journal first where
   that is to be told. Nothing else is ever cut: damage with a sound line after
   it is EBADMSG, a file over JOURNAL_FILE_MAX is EFBIG. Returns 0 or an errno,
   with nothing open. A device (/dev/full) is neither read nor cut. */
int journal_file_open(struct journal_file *ret_journal, const char *path);

/* Returns 0 once the record is durable, or an errno. */
int journal_file_append(struct journal_file *journal, struct slice record);

void journal_file_close(struct journal_file *journal);

#endif
