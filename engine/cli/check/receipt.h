/* A receipt: what was replayed, by what, and how, on one line of JSON. There is no time in it:
   the same program over the same recording gives the same bytes. */
#ifndef ENGINE_CLI_CHECK_RECEIPT_H
#define ENGINE_CLI_CHECK_RECEIPT_H

#include "engine/cli/check/comparison.h"
#include "engine/cli/replay_run.h"

/* Of a replay that has ended, in this process. */
void receipt_format(const struct comparison_plan *plan, const struct replay_run *run, const struct comparison *c, struct str *out);

/* Of one whose process left nothing. */
void receipt_format_lost(const char *path, const char *binary, const struct comparison *c, struct str *out);

/* BLAKE2b of the program that runs, in hex. ERR_ENV where it cannot be read. */
#define RECEIPT_DIGEST_TEXT 65
enum err_code receipt_binary(char ret_digest[RECEIPT_DIGEST_TEXT], struct err *err) MUST_USE;

#endif
