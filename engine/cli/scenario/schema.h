/* The schema of a scenario: a table (schema.def) that reads a tree into a flat list of items,
   in the order of the file, and names what does not fit. */
#ifndef ENGINE_CLI_SCENARIO_SCHEMA_H
#define ENGINE_CLI_SCENARIO_SCHEMA_H

#include "engine/batch/events.h"
#include "engine/cli/scenario/value.h"

enum section {
    SECTION_TOP,
    SECTION_BATCH,   /* short */
    SECTION_PATIENT,
    SECTION_SETTINGS,
    SECTION_EXPECT,
    SECTION_VISIT,   /* short */
    SECTION_END,     /* short */
    SECTION_CHART,
};

enum row {
#define X(id, section, key, shape, type, sentence) id,
#include "engine/cli/scenario/schema.def"
#undef X
    ROW_COUNT
};

/* One thing that the scenario says. */
struct item {
    enum row row;
    struct visit_label visit; /* of an expectation; zero: the others, or the batch. patient alone: of a patient */
    const struct node *node;  /* of its value; of ROW_PATIENT, ROW_OTHERS, ROW_EXPECT_VISIT: the map */
    struct value value;
};

#define ITEMS_MAX (NODE_COUNT_MAX + 1)

struct items {
    struct item *item; /* owned */
    size_t count, capacity;
};

void items_fini(struct items *items);

/* False when there are problems, then added. */
bool schema_read(const struct node *root, struct arena *arena, struct problems *problems, struct items *ret_items);

const char *row_key(enum row row);
enum value_type row_type(enum row row);
bool row_is_list(enum row row);
enum section row_section(enum row row);

/* The first item of a row; NULL: the scenario does not say. */
const struct item *items_find(const struct items *items, enum row row);

/* All keys, with their sentences, as `revisit test --keys` prints them. */
void schema_print(struct str *out);

#endif
