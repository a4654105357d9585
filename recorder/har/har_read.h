/* A HAR, looked through before anything is made of it: from Chromium, Firefox, Playwright or
   `export-har`. Errors name the place in it - "log.entries[12].request.url is missing or is no
   text" - and never a value. */
#ifndef RECORDER_HAR_READ_H
#define RECORDER_HAR_READ_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* In memory it takes twice that; what is larger is cut into several by whoever made it. */
#define HAR_TEXT_MAX ((size_t)40 << 20)
#define HAR_ENTRIES_MAX (1u << 20)

struct har {
    json_t *root; /* owned */
    size_t count;
    int64_t first_us, *started_us, *ended_us; /* of each entry, since 1970 UTC; the lists are owned */
};

/* ERR_INPUT with the place; har_close() in any case. */
enum err_code har_open(struct slice text, struct har *ret_har, struct err *err) MUST_USE;
void har_close(struct har *har);

const json_t *har_entry(const struct har *har, size_t index);
/* Scheme, host and port of the first document, or of the first request; the site. */
struct slice har_site(const struct har *har);

struct slice har_text(const json_t *object, const char *key); /* ptr NULL unless it is a text */

#endif
