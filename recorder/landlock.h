/* The promise that a replay opens nothing but its recording, kept by the kernel. Files that
   are open stay so: what matters is what is opened from here on. Sockets and other programs
   are seccomp.h's; the two belong together. */
#ifndef RECORDER_LANDLOCK_H
#define RECORDER_LANDLOCK_H

#include "engine/base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A file, or a directory with all beneath it. */
struct landlock_place {
    int fd;     /* open, O_PATH will do; the caller's */
    bool write; /* a directory: files in it are made, written, renamed and removed; none is read */
};

/* For the whole life of this process and of what it forks, every file that is opened, made or
   removed outside of the places is refused (EACCES). *ret_held: the kernel does it; false
   where it has no Landlock (before 5.13, not built or not booted with it, or hidden by a
   container), and then nothing has changed. ERR_ENV when a kernel that has it will not. */
enum err_code landlock_confine(const struct landlock_place *places, size_t count, bool *ret_held, struct err *err) MUST_USE;

#endif
