#include "engine/cli/plan_hash.h"

#include "engine/mdland/batch_input.h"

#include <inttypes.h>

enum err_code plan_hash(void *ctx, struct slice text, char ret_hex[PLAN_HASH_TEXT], struct err *err)
{
    struct arena arena;
    struct batch *batch = NULL;
    struct batch_source source = batch_source_of(&text);
    (void)ctx;
    arena_init(&arena, BATCH_ARENA_BYTES);
    enum err_code code = batch_open(&source, &arena, &batch, err);
    if (code == ERR_OK)
        ASSERT(text_format(ret_hex, PLAN_HASH_TEXT, "%016" PRIx64, batch_plan_hash(batch)));
    arena_fini(&arena);
    return code;
}
