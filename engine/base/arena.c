/* Blocks are chained, newest first, and grow with the arena so that a small one
   costs one malloc. Only the newest block is bumped: the tail that an older one
   leaves unused is the price of never searching. */
#include "engine/base/arena.h"

#include "engine/base/memory.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_BYTES_MIN ((size_t)4096)
#define BLOCK_BYTES_MAX ((size_t)1 << 18)

struct arena_block {
    struct arena_block *next;
    size_t size_bytes; /* of `bytes` */
    size_t used_bytes;
    alignas(max_align_t) char bytes[];
};

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){.max_bytes = max_bytes};
}

static void free_blocks(struct arena_block *block)
{
    while (block) {
        struct arena_block *next = block->next;
        free(block);
        block = next;
    }
}

void arena_fini(struct arena *a)
{
    free_blocks(a->blocks);
    arena_init(a, a->max_bytes);
}

void arena_clear(struct arena *a)
{
    struct arena_block *kept = a->blocks;
    if (!kept)
        return;
    free_blocks(kept->next);
    kept->next = NULL;
    kept->used_bytes = 0;
    a->size_bytes = kept->size_bytes;
}

/* As large as the arena is already, between the bounds, and at least `need`. */
static bool add_block(struct arena *a, size_t need)
{
    size_t room = a->max_bytes - a->size_bytes;
    if (need > room)
        return false;
    size_t size = a->size_bytes;
    if (size < BLOCK_BYTES_MIN)
        size = BLOCK_BYTES_MIN;
    if (size > BLOCK_BYTES_MAX)
        size = BLOCK_BYTES_MAX;
    if (size < need)
        size = need;
    if (size > room)
        size = room;
    struct arena_block *block = malloc(sizeof *block + size);
    if (!block) {
        memory_note_failure();
        return false;
    }
    *block = (struct arena_block){.next = a->blocks, .size_bytes = size};
    a->blocks = block;
    a->size_bytes += size;
    return true;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
    if (size_bytes > a->max_bytes)
        return NULL;
    size_t need = (size_bytes + alignof(max_align_t) - 1) / alignof(max_align_t) * alignof(max_align_t);
    if (need == 0)
        need = alignof(max_align_t);
    struct arena_block *block = a->blocks;
    if ((!block || need > block->size_bytes - block->used_bytes) && !add_block(a, need))
        return NULL;
    block = a->blocks;
    void *piece = block->bytes + block->used_bytes;
    block->used_bytes += need;
    return memset(piece, 0, need);
}

void *arena_alloc_array(struct arena *a, size_t count, size_t element_bytes)
{
    size_t size_bytes;
    if (__builtin_mul_overflow(count, element_bytes, &size_bytes))
        return NULL;
    return arena_alloc(a, size_bytes);
}

struct slice arena_copy(struct arena *a, struct slice text)
{
    char *copy = text.len < SIZE_MAX ? arena_alloc(a, text.len + 1) : NULL;
    if (!copy)
        return SLICE_NONE;
    if (text.len)
        memcpy(copy, text.ptr, text.len);
    return (struct slice){copy, text.len};
}
