/* Any bytes as a scenario. Reading ends, within its ceilings: with a tree whose values stand
   where they say, or with a problem that names line and column; and so does the schema. */
#include "engine/cli/scenario/schema.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void walk(const struct node *node, struct slice text, int depth)
{
    uint32_t count = 0;
    ASSERT(depth <= NODE_DEPTH_MAX && node->start <= node->end && node->end <= text.len);
    ASSERT(node->line >= 1 && node->column >= 1);
    if (node->kind == NODE_SCALAR && node->plain && !memchr(text.ptr + node->start, '\n', node->end - node->start))
        ASSERT(slice_equal(node->text, (struct slice){text.ptr + node->start, node->end - node->start}));
    for (const struct node *child = node->first; child; child = child->next) {
        ASSERT((child->key != NULL) == (node->kind == NODE_MAP));
        walk(child, text, depth + 1);
        count++;
    }
    ASSERT(count == node->count);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct problems problems;
    struct items items = {0};
    struct arena arena;
    problems_init(&problems);
    problems.path = "x.yaml";
    arena_init(&arena, NODE_ARENA_BYTES);
    struct node *root = node_read(text, &arena, &problems);
    ASSERT((root != NULL) == (problems.count == 0));
    if (root) {
        walk(root, text, 0);
        bool fits = schema_read(root, &arena, &problems, &items);
        ASSERT(fits == (problems.count == 0));
    }
    ASSERT(!problems.count || slice_starts(str_slice(&problems.text), SLICE("x.yaml:")));
    items_fini(&items);
    arena_fini(&arena);
    problems_fini(&problems);
    return 0;
}
