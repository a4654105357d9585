/* Folders that outlive a power cut: a name is durable once the folder that holds it is
   synced, which mkdir() and open() do not do. */
#ifndef ENGINE_LIVE_FOLDER_H
#define ENGINE_LIVE_FOLDER_H

#include <stdbool.h>

/* Makes the name that the path ends in durable. Returns 0 or an errno. */
int folder_sync_name(const char *path);

/* Makes a folder (0700), durably; *ret_made is false where it is there already, and then
   nothing is synced. Returns 0 or an errno. */
int folder_make(const char *path, bool *ret_made);

#endif
