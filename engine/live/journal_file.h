/* The journal file: lines as engine/world/journal_line.h has them, appended and
   made durable (fdatasync) one by one. After a failed write or sync nothing is
   known of what is on the disk, so neither is ever tried again: every later
   append fails with the first error. */
#ifndef ENGINE_LIVE_JOURNAL_FILE_H
#define ENGINE_LIVE_JOURNAL_FILE_H

#include "engine/base/str.h"

#include <stdint.h>

struct journal_file {
    int fd; /* -1: none, and appends succeed without a trace */
    uint64_t next_seq;
    int error;       /* the first failure, kept; 0 = none */
    struct str line; /* reused from append to append */
};

/* path NULL: no file. Otherwise opens or makes it (0600, for appending), cuts it
   to valid_bytes and makes its name durable. next_seq 0 is taken as 1. Returns 0
   or an errno, with nothing open. A device (/dev/full) is neither cut nor synced. */
int journal_file_open(struct journal_file *ret_journal, const char *path, uint64_t next_seq, uint64_t valid_bytes);

/* Returns 0 once the record is durable, or an errno. */
int journal_file_append(struct journal_file *journal, struct slice record);

void journal_file_close(struct journal_file *journal);

#endif
