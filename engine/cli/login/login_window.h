/* A browser window in which a person logs in, and the cookies that are there afterwards. They
   come over the DevTools pipe, into this process' memory alone. The window has a profile of its
   own that is removed (engine/live); nothing is typed, clicked or looked at in its pages but the
   address of the main one. */
#ifndef ENGINE_CLI_LOGIN_LOGIN_WINDOW_H
#define ENGINE_CLI_LOGIN_LOGIN_WINDOW_H

#include "engine/base/clock.h"
#include "engine/base/str.h"

struct login_window {
    const char *browser; /* a path, or NULL: the usual names */
    const char *url;     /* the site's main page: it is what a person is sent to, and comes back to */
    bool headed, no_sandbox;
    struct duration patience; /* until somebody has logged in */
};

/* Logged in is who has stood on the main page for two seconds, or has closed the window there.
   ret_cookies: {"cookies":[...]} as the browser tells them, of every site it was at. ERR_ENV when
   nobody logged in, when this was asked to stop, and when there is no browser. */
enum err_code login_window_open(const struct login_window *window, struct str *ret_cookies, struct err *err);

#endif
