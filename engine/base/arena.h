/* Memory that is freed at once. An arena hands out pieces of larger blocks and
   takes them all back together: a visit's structs live in one and go with it.
   It is born with a ceiling; what would pass it is refused (NULL), never cut.
   Pieces are zeroed and aligned for any type. */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include "engine/base/str.h"

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *blocks; /* owned; the newest first */
    size_t size_bytes;          /* handed out and kept in reserve, all blocks together */
    size_t max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_fini(struct arena *a);
/* Takes back every piece; keeps one block, so that the next visit need not ask malloc. */
void arena_clear(struct arena *a);

/* NULL when the ceiling or malloc refuses. size_bytes 0 gives a valid piece. */
void *arena_alloc(struct arena *a, size_t size_bytes);
/* The same for count elements; NULL also when the product overflows. */
void *arena_alloc_array(struct arena *a, size_t count, size_t element_bytes);
/* A NUL-ended copy; ptr is NULL when it was refused. */
struct slice arena_copy(struct arena *a, struct slice text);

#define CLEANUP_ARENA __attribute__((cleanup(arena_fini)))

#endif
