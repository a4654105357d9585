/* Is the session alive? Expiry is fatal for the batch, so it is claimed on
   positive evidence only - a login page, a frame at a login address, a redirect
   of the main page to one - and never because something did not answer. */
#ifndef ENGINE_MDLAND_SESSION_H
#define ENGINE_MDLAND_SESSION_H

#include "engine/call/call.h"

enum session_verdict {
    SESSION_ALIVE,
    SESSION_EXPIRED,
    SESSION_UNKNOWN, /* asked, and no evidence either way */
    SESSION_HUNG     /* the page does not answer at all */
};

/* Asks after a failed operation: the browser whether it is there at all (where the
   operation was not answered) and for its frames, the page for the main page's
   answer with redirects not followed. Sets caller->fenced on expiry. */
enum err_code session_examine(struct caller *c, bool unanswered, enum session_verdict *ret_verdict, struct err *err) MUST_USE;

/* Only the frames, for an operation that succeeded beside an unreadable frame. */
enum err_code session_examine_frames(struct caller *c, enum session_verdict *ret_verdict, struct err *err) MUST_USE;

/* What the main page's answer to a plain GET means before a batch: *ret_expired
   when it is, or leads to, the login page; ERR_ENV when the site is not there or
   not itself. */
enum err_code session_preflight(const struct wire_response *response, struct slice base_url, bool *ret_expired,
                                struct err *err) MUST_USE;

#endif
