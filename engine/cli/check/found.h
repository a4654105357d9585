/* The recordings under the directories that a command line names. A recording is a directory
   with a manifest.json, or with a session and none: one that lost its manifest must not be
   passed over; or a file named *.rvt, which is a sealed one. Nothing is looked for inside a recording. A link to a directory is followed
   where it is named, not where it is found; a recording that is met twice counts once. */
#ifndef ENGINE_CLI_CHECK_FOUND_H
#define ENGINE_CLI_CHECK_FOUND_H

#include "engine/base/err.h"

#include <stddef.h>
#include <stdint.h>

#define FOUND_MAX 10000
#define FOUND_DEPTH_MAX 64

struct found_recording {
    char *name;          /* owned: its path from where it was named, as it is shown */
    uint64_t size_bytes; /* of its session: what a replay has to go through, about */
    uint64_t device, inode;
};

struct found {
    struct found_recording *recordings; /* owned */
    size_t count, capacity;
};

/* ERR_INPUT for a path that is no directory, ERR_ENV where one cannot be read. */
enum err_code found_add(struct found *found, const char *path, struct err *err) MUST_USE;
/* By name, each once. */
void found_sort(struct found *found);
/* Keeps the i-th of n parts. A recording's part depends on its name alone. */
void found_keep_shard(struct found *found, uint32_t i, uint32_t n);
void found_fini(struct found *found);

#endif
