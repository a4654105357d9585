/* Writing to an open descriptor: a file, a pipe, a terminal. */
#ifndef ENGINE_CLI_DESCRIPTOR_H
#define ENGINE_CLI_DESCRIPTOR_H

#include "engine/base/str.h"

/* All of it, however often it takes; false, and errno, when that cannot be. */
bool descriptor_write(int fd, struct slice bytes) MUST_USE;

#endif
