/* The session state: a Playwright storage state, {"cookies":[...],"origins":[]},
   or a bare array of cookies. Cookies of the base URL's host are used, others
   left out; an unknown sameSite counts as Lax. Values are secrets: they go into
   the browser and into a Cookie header, and into no message. */
#ifndef ENGINE_CLI_STATE_FILE_H
#define ENGINE_CLI_STATE_FILE_H

#include "engine/base/str.h"
#include "engine/world/world.h"

#include <jansson.h>

#define COOKIES_MAX 128
#define STATE_BYTES_MAX ((size_t)4 << 20)

struct state {
    struct op_cookie cookies[COOKIES_MAX];
    size_t cookie_count;
    json_t *root; /* owns the text that the cookies point to */
};

/* ERR_INPUT when it is no JSON (with the place), not a storage state, or holds no cookie for the host.
   `name` is the file's name, for the sentence. */
enum err_code state_parse(struct slice json, const char *host, const char *name, struct state *ret_state,
                          struct err *err) MUST_USE;
/* The same of a recording: there may have been no cookie. */
enum err_code state_parse_recorded(struct slice json, const char *host, const char *name, struct state *ret_state, struct err *err) MUST_USE;
/* A storage state of these cookies alone, as Playwright writes it; false when there is no memory. */
bool state_format(const struct state *state, struct str *out) MUST_USE;
void state_fini(struct state *state);

#endif
