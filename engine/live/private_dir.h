/* The private directory of one browser: page text ends up in profiles, caches and
   temporary files, so all of them live here and go together. Its name tells
   nothing but whose program made it. The open directory is locked (flock) as
   long as its maker lives: a directory whose lock is free was left behind by a
   dead process, and may be swept. */
#ifndef ENGINE_LIVE_PRIVATE_DIR_H
#define ENGINE_LIVE_PRIVATE_DIR_H

#include <stdbool.h>

/* Short, because the address of a unix socket holds 108 bytes, and Chromium makes one
   at tmp/org.chromium.Chromium.XXXXXX/SingletonSocket below it. A longer $TMPDIR
   is passed over. */
#define PRIVATE_DIR_PATH_MAX 58

struct private_dir {
    int fd; /* holds the lock; -1 = there is no directory */
    char path[PRIVATE_DIR_PATH_MAX];
};

/* Makes and locks a directory with the parts "home", "profile", "tmp" and "run";
   returns 0 or an errno, and then ret_dir holds no directory. */
int private_dir_make(struct private_dir *ret_dir);

/* Removes the directory with all that is in it, following no link, and gives the
   lock back. A process that is just dying may still write into it, so it tries
   for up to two seconds; false: something is left, for a later sweep. Safe in a
   signal handler; does nothing where there is no directory. */
bool private_dir_remove(struct private_dir *dir);

/* Removes the directories of this user that no living process holds, wherever one of
   ours may have been made, and kills what still runs in them. */
void private_dir_sweep(void);

#endif
