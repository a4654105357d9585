/* A scenario file as a tree: scalars, lists and maps, each with the place where it stands.
   libyaml reads; what it would let pass and a person could be misled by is refused here, by
   line and column: a key twice, anchors and aliases, tags, directives, a second document, a
   key that is no word, a value that is missing. A scalar is its text; what it means is up to
   whoever asks for a type (engine/cli/scenario/value.h), so `no`, `012` and `1e3` are nothing
   but these letters. Whatever the bytes, reading ends, within these ceilings. */
#ifndef ENGINE_CLI_SCENARIO_NODE_H
#define ENGINE_CLI_SCENARIO_NODE_H

#include "engine/base/arena.h"
#include "engine/cli/scenario/problem.h"

#define SCENARIO_BYTES_MAX ((size_t)256 << 10)
#define NODE_DEPTH_MAX 12
#define NODE_COUNT_MAX 20000
#define NODE_CHILDREN_MAX 2000
#define NODE_ARENA_BYTES ((size_t)16 << 20)

enum node_kind { NODE_SCALAR, NODE_LIST, NODE_MAP };

struct node {
    enum node_kind kind;
    bool plain; /* a scalar without quotes */
    bool flow;  /* a list or map in brackets */
    uint32_t line, column; /* from 1, columns in characters */
    size_t start, end;     /* its bytes in the file */
    struct slice text;     /* of a scalar; NUL-ended */
    struct node *key;      /* of a member of a map */
    struct node *first, *last, *next;
    uint32_t count; /* children */
};

/* NULL when the file has problems, which are then added. What is returned lives in `arena`. */
struct node *node_read(struct slice text, struct arena *arena, struct problems *problems);

/* "a list", for sentences. */
const char *node_kind_name(const struct node *node);

#endif
