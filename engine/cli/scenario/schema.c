#include "engine/cli/scenario/schema.h"

#include "engine/base/nearest.h"
#include "engine/world/mark.h"

#include <stdlib.h>

enum shape { ONE, EACH, LIST, MAP, MAPS };

static const struct {
    enum section section;
    const char *key;
    enum shape shape;
    int type; /* a value's type, or the section of a map */
    const char *sentence;
} rows[] = {
#define X(id, section, key, shape, type, sentence) [id] = {section, key, shape, type, sentence},
#include "engine/cli/scenario/schema.def"
#undef X
};

struct reading {
    struct arena *arena;
    struct problems *problems;
    struct items *items;
};

const char *row_key(enum row row)
{
    return rows[row].key;
}

enum value_type row_type(enum row row)
{
    ASSERT(rows[row].shape != MAP && rows[row].shape != MAPS);
    return (enum value_type)rows[row].type;
}

bool row_is_list(enum row row)
{
    return rows[row].shape == LIST;
}

enum section row_section(enum row row)
{
    return rows[row].section;
}

void items_fini(struct items *items)
{
    free(items->item);
    *items = (struct items){0};
}

const struct item *items_find(const struct items *items, enum row row)
{
    for (size_t i = 0; i < items->count; i++)
        if (items->item[i].row == row)
            return &items->item[i];
    return NULL;
}

static void add(struct reading *r, struct item item)
{
    struct items *items = r->items;
    ASSERT(items->count < ITEMS_MAX);
    if (items->count == items->capacity) {
        size_t capacity = items->capacity ? items->capacity * 2 : 64;
        struct item *grown = reallocarray(items->item, capacity, sizeof *grown);
        if (!grown) {
            PROBLEM(r->problems, item.node, "there is no memory to read it");
            return;
        }
        items->item = grown;
        items->capacity = capacity;
    }
    items->item[items->count++] = item;
}

static bool is_short(enum section section)
{
    return section == SECTION_BATCH || section == SECTION_VISIT || section == SECTION_END;
}

static enum row first_row(enum section section)
{
    enum row row = 0;
    while (rows[row].section != section)
        row++;
    return row;
}

static void refuse_key(struct reading *r, enum section section, const struct node *key)
{
    CLEANUP_STR struct str allowed;
    struct nearest near;
    str_init(&allowed, 4096);
    nearest_init(&near, key->text);
    for (enum row row = 0; row < ROW_COUNT; row++) {
        if (rows[row].section != section)
            continue;
        str_addf(&allowed, "%s%s", allowed.len ? ", " : "", rows[row].key);
        nearest_try(&near, rows[row].key);
    }
    PROBLEM(r->problems, key, "there is no key %s here%s; allowed are %s", quote(key->text).text, nearest_hint(&near, ""),
            str_text(&allowed));
}

/* "p1.v2" and nothing more. */
static bool is_visit(struct slice key, struct visit_label *ret_visit)
{
    struct mark mark;
    struct slice step;
    if (!mark_parse(key, &mark, &step) || !mark.patient || !mark.dos || mark.attempt || step.len)
        return false;
    *ret_visit = (struct visit_label){mark.patient, mark.dos};
    return true;
}

static bool find_row(enum section section, const struct node *key, enum row *ret_row, struct visit_label *ret_visit)
{
    if (section == SECTION_EXPECT && is_visit(key->text, ret_visit)) {
        *ret_row = ROW_EXPECT_VISIT;
        return true;
    }
    for (enum row row = 0; row < ROW_COUNT; row++)
        if (rows[row].section == section && row != ROW_EXPECT_VISIT && slice_equal(key->text, slice_of(rows[row].key))) {
            *ret_row = row;
            return true;
        }
    return false;
}

static void read_section(struct reading *r, const struct node *map, enum section section, struct visit_label visit);

static void read_one(struct reading *r, const struct node *node, struct item item)
{
    item.node = node;
    if (value_read(node, (enum value_type)rows[item.row].type, r->arena, r->problems, &item.value))
        add(r, item);
}

static void read_each(struct reading *r, const struct node *node, struct item item)
{
    if (node->kind == NODE_LIST && node->count == 0)
        PROBLEM(r->problems, node, "an empty list: leave `%s` out", rows[item.row].key);
    if (node->kind != NODE_LIST)
        read_one(r, node, item);
    else
        for (const struct node *child = node->first; child; child = child->next)
            read_one(r, child, item);
}

/* "[2s, 4s]": one value, compared and printed whole. */
static void read_list(struct reading *r, const struct node *node, struct item item)
{
    CLEANUP_STR struct str text;
    struct value value;
    str_init(&text, SCENARIO_BYTES_MAX);
    if (node->kind != NODE_LIST) {
        PROBLEM(r->problems, node, "%s stands here; what is allowed is a list, [...], each of it %s", node_kind_name(node),
                value_sentence((enum value_type)rows[item.row].type));
        return;
    }
    str_add_char(&text, '[');
    for (const struct node *child = node->first; child; child = child->next) {
        if (!value_read(child, (enum value_type)rows[item.row].type, r->arena, r->problems, &value))
            return;
        str_addf(&text, "%s%s", child == node->first ? "" : ", ", value.text.ptr);
    }
    str_add_char(&text, ']');
    item.value.text = arena_copy(r->arena, str_slice(&text));
    item.value.number = node->count;
    if (item.value.text.ptr)
        add(r, item);
    else
        PROBLEM(r->problems, node, "there is no memory to read it");
}

static void read_maps(struct reading *r, const struct node *node, struct item item)
{
    if (node->kind != NODE_LIST || node->count == 0) {
        PROBLEM(r->problems, node, "%s stands here; what is allowed is a list of maps, one each",
                node->count ? node_kind_name(node) : "nothing");
        return;
    }
    for (item.node = node->first; item.node; item.node = item.node->next) {
        item.visit.patient++;
        add(r, item);
        read_section(r, item.node, (enum section)rows[item.row].type, item.visit);
    }
}

static void read_row(struct reading *r, const struct node *node, struct item item)
{
    switch (rows[item.row].shape) {
    case ONE: read_one(r, node, item); return;
    case EACH: read_each(r, node, item); return;
    case LIST: read_list(r, node, item); return;
    case MAPS: read_maps(r, node, item); return;
    case MAP:
        add(r, item);
        read_section(r, node, (enum section)rows[item.row].type, item.visit);
        return;
    }
}

static void read_section(struct reading *r, const struct node *map, enum section section, struct visit_label visit)
{
    if (map->kind == NODE_SCALAR && is_short(section)) {
        read_one(r, map, (struct item){.row = first_row(section), .visit = visit});
        return;
    }
    if (map->kind != NODE_MAP) {
        PROBLEM(r->problems, map, "%s stands here; what is allowed is a map of keys, like %s", node_kind_name(map),
                rows[first_row(section)].key);
        return;
    }
    for (const struct node *value = map->first; value; value = value->next) {
        struct item item = {.visit = visit, .node = value};
        if (find_row(section, value->key, &item.row, &item.visit))
            read_row(r, value, item);
        else
            refuse_key(r, section, value->key);
    }
}

bool schema_read(const struct node *root, struct arena *arena, struct problems *problems, struct items *ret_items)
{
    struct reading r = {arena, problems, ret_items};
    size_t before = problems->count;
    read_section(&r, root, SECTION_TOP, (struct visit_label){0});
    return problems->count == before;
}

void schema_print(struct str *out)
{
    static const char *const titles[] = {
        [SECTION_TOP] = "A scenario",          [SECTION_BATCH] = "batch",   [SECTION_PATIENT] = "batch.patients, each",
        [SECTION_SETTINGS] = "settings",       [SECTION_EXPECT] = "expect", [SECTION_VISIT] = "expect.pN.vN, expect.others",
        [SECTION_END] = "expect.batch",        [SECTION_CHART] = "chart",
    };
    for (enum row row = 0; row < ROW_COUNT; row++) {
        if (row == 0 || rows[row].section != rows[row - 1].section)
            str_addf(out, "%s%s\n", row ? "\n" : "", titles[rows[row].section]);
        str_addf(out, "  %-18s %s\n", rows[row].key, rows[row].sentence);
    }
    str_addf(out, "\nnever\n");
    for (size_t i = 0; i < value_word_count(VALUE_NEVER); i++)
        str_addf(out, "  %s\n", value_word(VALUE_NEVER, i));
}
