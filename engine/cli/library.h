/* The libraries that the program is made of, as they are in this process: those that it is
   linked with, and the two that it loads when they are first wanted. */
#ifndef ENGINE_CLI_LIBRARY_H
#define ENGINE_CLI_LIBRARY_H

#include "engine/base/str.h"

#define LIBRARY_COUNT 6

struct library {
    const char *name;
    const char *version; /* as it says of itself; NULL: it cannot be loaded */
    const char *floor;   /* the oldest that was tried */
    const char *trap;    /* what it is known to do, and how that is met; "" = nothing */
    bool is_old;
};

/* Loads libcurl and libmagic, which stay. */
void library_look(struct library ret_libraries[LIBRARY_COUNT]);

/* The library that libcurl speaks TLS with, as "OpenSSL/3.0.17"; "" = it speaks none. */
const char *library_tls(void);

/* "revisit 0.1.0", then a line a library: what `revisit --version` prints. */
void library_print_versions(struct str *out);

#endif
