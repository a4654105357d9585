/* The hash of a batch's plan as the journal carries it: a redacted batch has another one, and
   the records that name it must go with it (recorder/clean/rewrite.h). */
#ifndef ENGINE_CLI_PLAN_HASH_H
#define ENGINE_CLI_PLAN_HASH_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#define PLAN_HASH_TEXT 17

/* 16 hex digits. ERR_INPUT when batch is none. ctx is not used. */
enum err_code plan_hash(void *ctx, struct slice batch, char ret_hex[PLAN_HASH_TEXT], struct err *err);

#endif
