/* Key files on disk (key.h): the secret one, mode 0600, and beside it its public half,
   FILE.pub. A secret key that others could have read, that belongs to somebody else or that
   is a link is refused with what to do; so is a public one that others could have replaced,
   for what is sealed to it would be sealed to them. */
#ifndef RECORDER_KEY_FILE_H
#define RECORDER_KEY_FILE_H

#include "recorder/seal/key.h"

#define KEY_PUBLIC_SUFFIX ".pub"
#define KEY_PATH_MAX 4096

/* Where a key lies decides whose it may be: systemd hands credentials out as root's, readable
   by the unit's user, in a directory of the unit's own. */
enum key_place { KEY_OWN_FILE, KEY_CREDENTIAL };

/* ret_ring is the caller's to free. ERR_INTEGRITY for all that is wrong with the file or its
   permissions, a missing one too; ERR_ENV when the system failed. Errors begin with the path. */
enum err_code key_file_read(const char *path, enum key_place place, struct key_ring **ret_ring, struct err *err);
enum err_code public_key_file_read(const char *path, struct public_key *ret_key, struct err *err);

/* Keeps others from replacing the key file meanwhile: ERR_ENV when one is at it. Closing ret_fd
   ends it. What is locked is the file, so key_file_replace() hands the lock on to the new one. */
enum err_code key_file_lock(const char *path, int *ret_fd, struct err *err);

/* Makes FILE and FILE.pub of a ring, neither of which may be there: ERR_USAGE. */
enum err_code key_file_create(const char *path, const struct key_ring *ring, struct err *err);
/* Both anew, each by a neighbour, a sync and a rename, the secret one first: a kill leaves the
   old file or the new, and never a public half without its secret one. lock: of
   key_file_lock(), and from then on that of the new file, with no moment between; NULL = none. */
enum err_code key_file_replace(const char *path, const struct key_ring *ring, int *lock, struct err *err);

#endif
