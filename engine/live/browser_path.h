/* Which program is the browser. Debian's /usr/bin/chromium and its likes are shell
   scripts that add flags of their own and a process in between; where the real
   binary behind such a script is known, it is run instead. */
#ifndef ENGINE_LIVE_BROWSER_PATH_H
#define ENGINE_LIVE_BROWSER_PATH_H

#include <limits.h>
#include <stdbool.h>

/* wanted: a path (holds a '/'), a name to look up in $PATH, or NULL for the usual
   names, chromium-headless-shell before chromium before Chrome; headed leaves out
   the headless shell, which cannot show a window. Returns 0 or an errno: ENOENT
   where nothing fits, EACCES for what cannot be executed. */
int browser_path_find(const char *wanted, bool headed, char ret_path[PATH_MAX]);

#endif
