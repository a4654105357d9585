/* A session state as it lies on the disk: sealed to a key, or plain, as Playwright writes it.
   Sealed it is opened in memory, with the keys in use (key/keys.h), and nothing of it reaches
   another file. A plain one is read as it is: sealing it is `revisit login --import`. */
#ifndef ENGINE_CLI_LOGIN_STATE_SEALED_H
#define ENGINE_CLI_LOGIN_STATE_SEALED_H

#include "engine/base/str.h"
#include "engine/cli/key/keys.h"

#define STATE_MEMBER "state.json"

/* The state's text, appended to ret_text, whose ceiling is the limit. Errors begin with the
   path: as input_file_read() for a plain one, as sealed_open() for a sealed one. */
enum err_code state_read(const char *path, struct str *ret_text, struct err *err) MUST_USE;

/* Seals the text into the file, mode 0600, by a neighbour and a rename. A sealed state that is
   there is replaced; anything else is not: ERR_USAGE. */
enum err_code state_seal(const char *path, struct slice text, const struct keys_to *to, struct err *err) MUST_USE;
/* Whether state_seal() would be let: before a person has logged in. */
enum err_code state_seal_check(const char *path, struct err *err) MUST_USE;

/* Its memory wiped, then freed. */
void state_text_fini(struct str *text);

#endif
