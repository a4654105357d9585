/* A file that is written beside another one and then takes its place by a rename. Its name
   is drawn anew each time: no user's file and no other process' has it, and one that a kill
   left behind stops nothing. */
#ifndef RECORDER_SEAL_NEIGHBOUR_H
#define RECORDER_SEAL_NEIGHBOUR_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* "PATH.<16 hex digits>.new"; false when `room` does not do. Create it with O_EXCL. */
bool neighbour_name(const char *path, char *ret_name, size_t room);
/* The names in the folder of `path` are on the disk, as far as the system can do that. */
void neighbour_sync(const char *path);

#endif
