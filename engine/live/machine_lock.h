/* Locks of the whole machine, by name: two browsers in one EHR account log each other
   out, whoever started them. A lock is an flock() on a file in a directory that all
   users share, so it ends with the process that holds it, also by kill -9; nothing is
   left to be cleared away. The file's name is a digest of the lock's: base URL and
   account stand in no directory listing.

   The file is removed by who holds the lock, when it is given back. Whoever has opened it
   and not locked it yet finds then that it has no name any more, and begins again; so it
   is where somebody else removes it (a cleaner of /tmp). One that a kill left, or that is
   another user's, stays and is used again.

   It is for friends: any user may open the file, hold the lock and so keep a run out.
   Containers and services with a /run/lock or /tmp of their own do not see each other. */
#ifndef ENGINE_LIVE_MACHINE_LOCK_H
#define ENGINE_LIVE_MACHINE_LOCK_H

#include "engine/base/str.h"

#define MACHINE_LOCKS_MAX 8
#define MACHINE_LOCK_DIGEST_BYTES 32
#define MACHINE_LOCK_PATH_MAX 512

struct machine_lock {
    unsigned char digest[MACHINE_LOCK_DIGEST_BYTES]; /* BLAKE2b of the name */
    char path[MACHINE_LOCK_PATH_MAX];
    int fd;
};

/* Those that this process holds; all zero: none. */
struct machine_locks {
    struct machine_lock held[MACHINE_LOCKS_MAX];
    size_t count;
};

/* Where every user of this machine looks: /run/lock where anybody may write to it, else
   /tmp. It must be the same place for all of them, so it is not what this one may do that
   decides. */
const char *machine_lock_folder(void);

/* Takes the lock of that name and keeps it, without waiting; one that is held already
   stays held. Returns 0 or an errno: EWOULDBLOCK when another process has it, and then
   *ret_holder is that process's id, for people to be told, as far as the file says it (0:
   it does not); EEXIST when something lies in the file's place that is no lock of
   ours; ENOLCK past MACHINE_LOCKS_MAX. */
int machine_lock_acquire(struct machine_locks *locks, const char *folder, struct slice name, int *ret_holder);

/* Gives all of them back. */
void machine_locks_close(struct machine_locks *locks);

#endif
