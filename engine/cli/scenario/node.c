/* One pass over the bytes - they must be plain UTF-8 - gives the place of each character,
   for libyaml's marks count characters. Then its events are stacked into a tree. The first
   problem of the syntax ends the reading: what comes after it has no sure meaning. */
#include "engine/cli/scenario/node.h"

#include <yaml.h>

struct place {
    uint32_t line, column;
};

struct tree {
    struct slice text;
    struct arena *arena;
    struct problems *problems;
    uint32_t *offsets; /* byte of each character, and of the end */
    size_t characters;
    struct node *stack[NODE_DEPTH_MAX];
    struct node *keys[NODE_DEPTH_MAX]; /* of a map: the key that waits for its value */
    int depth;
    struct node *root;
    uint32_t nodes, documents;
    bool refused;
};

const char *node_kind_name(const struct node *node)
{
    switch (node->kind) {
    case NODE_SCALAR: return "a single value";
    case NODE_LIST: return "a list";
    case NODE_MAP: return "a map of keys";
    }
    return "";
}

static struct place place_of(const struct tree *t, size_t offset)
{
    struct place place = {1, 1};
    for (size_t i = 0; i < offset && i < t->text.len; i++) {
        bool ends = t->text.ptr[i] == '\n';
        place.line += ends;
        place.column = ends ? 1 : place.column + ((t->text.ptr[i] & 0xc0) != 0x80);
    }
    return place;
}

static void refuse_at(struct tree *t, size_t offset, const char *why)
{
    struct place place = place_of(t, offset);
    t->refused = true;
    PROBLEM(t->problems, &place, "%s", why);
}

/* The length of the character at the head of the text; 0: it is none. */
static size_t character(const unsigned char *s, size_t left, uint32_t *ret_code)
{
    size_t length = s[0] < 0x80 ? 1 : s[0] >= 0xc2 && s[0] < 0xe0 ? 2 : s[0] >= 0xe0 && s[0] < 0xf0 ? 3 : s[0] >= 0xf0 && s[0] < 0xf5 ? 4 : 0;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (length == 0 || length > left)
        return 0;
    uint32_t code = length == 1 ? s[0] : s[0] & (0xffu >> (length + 1));
    for (size_t i = 1; i < length; i++) {
        if ((s[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (s[i] & 0x3f);
    }
    *ret_code = code;
    return code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000) ? 0 : length;
}

static const char *judge_character(uint32_t code)
{
    if (code == 0)
        return "a NUL byte: a scenario is a text file";
    if (code == '\r')
        return "a carriage return: lines end in a line feed alone (dos2unix FILE makes them so)";
    if (code == 0xfeff)
        return "a byte order mark: save the file as UTF-8 without one";
    if (code == 0x85 || code == 0x2028 || code == 0x2029)
        return "a line separator that is no line feed: take it out";
    if ((code < 0x20 && code != '\n') || (code >= 0x7f && code < 0xa0))
        return code == '\t' ? "a tab: indent and part with blanks" : "a control character: take it out";
    return NULL;
}

static bool judge_bytes(struct tree *t)
{
    const unsigned char *s = (const unsigned char *)t->text.ptr;
    t->offsets = arena_alloc_array(t->arena, t->text.len + 1, sizeof *t->offsets);
    if (!t->offsets)
        return refuse_at(t, 0, "there is no memory to read it"), false;
    for (size_t i = 0; i < t->text.len;) {
        uint32_t code = 0;
        size_t length = character(s + i, t->text.len - i, &code);
        const char *why = length ? judge_character(code) : "bytes that are no UTF-8";
        if (why)
            return refuse_at(t, i, why), false;
        t->offsets[t->characters++] = (uint32_t)i;
        i += length;
    }
    t->offsets[t->characters] = (uint32_t)t->text.len;
    return true;
}

static size_t offset_of(const struct tree *t, const yaml_mark_t *mark)
{
    return t->offsets[mark->index < t->characters ? mark->index : t->characters];
}

static struct node *new_node(struct tree *t, enum node_kind kind, const yaml_event_t *event)
{
    size_t start = offset_of(t, &event->start_mark);
    if (++t->nodes > NODE_COUNT_MAX)
        return refuse_at(t, start, "over the limit: more than 20000 values"), NULL;
    struct node *node = arena_alloc(t->arena, sizeof *node);
    if (!node)
        return refuse_at(t, start, "there is no memory to read it"), NULL;
    struct place place = {(uint32_t)event->start_mark.line + 1, (uint32_t)event->start_mark.column + 1};
    *node = (struct node){.kind = kind, .line = place.line, .column = place.column, .start = start,
                          .end = offset_of(t, &event->end_mark)};
    return node;
}

static void refuse_twice(struct tree *t, const struct node *key, const struct node *before)
{
    t->refused = true;
    PROBLEM(t->problems, key, "the key %s stands here a second time; the first is in line %u", quote(key->text).text,
            before->line);
}

/* True when it is a key, which waits for its value. */
static bool take_key(struct tree *t, struct node *map, struct node *node)
{
    struct node **waiting = &t->keys[t->depth - 1];
    if (map->kind != NODE_MAP || *waiting)
        return false;
    if (node->kind != NODE_SCALAR)
        return refuse_at(t, node->start, "a key must be a word, not a list or a map"), true;
    for (const struct node *other = map->first; other; other = other->next)
        if (slice_equal(other->key->text, node->text))
            return refuse_twice(t, node, other->key), true;
    *waiting = node;
    return true;
}

static void add(struct tree *t, struct node *node)
{
    if (t->depth == 0) {
        t->root = node;
        return;
    }
    struct node *parent = t->stack[t->depth - 1];
    if (take_key(t, parent, node))
        return;
    if (++parent->count > NODE_CHILDREN_MAX) {
        refuse_at(t, node->start, "over the limit: more than 2000 values in one list or map");
        return;
    }
    if (parent->kind == NODE_MAP) {
        node->key = t->keys[t->depth - 1];
        t->keys[t->depth - 1] = NULL;
    }
    if (parent->last)
        parent->last->next = node;
    else
        parent->first = node;
    parent->last = node;
}

static void open_collection(struct tree *t, enum node_kind kind, bool flow, const yaml_event_t *event)
{
    struct node *node = new_node(t, kind, event);
    if (!node)
        return;
    node->flow = flow;
    if (t->depth == NODE_DEPTH_MAX) {
        refuse_at(t, node->start, "over the limit: lists and maps stand more than 12 deep");
        return;
    }
    add(t, node);
    t->keys[t->depth] = NULL;
    t->stack[t->depth++] = node;
}

/* The end of a block is where the next thing begins: what counts is its last value. */
static void close_collection(struct tree *t, const yaml_event_t *event)
{
    struct node *node = t->stack[--t->depth];
    if (node->flow)
        node->end = offset_of(t, &event->end_mark);
    else if (node->last)
        node->end = node->last->end;
}

static void add_scalar(struct tree *t, const yaml_event_t *event)
{
    struct node *node = new_node(t, NODE_SCALAR, event);
    if (!node)
        return;
    node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
    node->text = arena_copy(t->arena, (struct slice){(const char *)event->data.scalar.value, event->data.scalar.length});
    if (!node->text.ptr)
        refuse_at(t, node->start, "there is no memory to read it");
    else if (memchr(node->text.ptr, '\0', node->text.len))
        refuse_at(t, node->start, "a NUL in a value: take it out");
    else if (node->text.len == 0 && node->plain)
        refuse_at(t, node->start, "a value is missing here");
    else
        add(t, node);
}

static const char *judge_marks(const yaml_event_t *event)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;
    if (event->type == YAML_SCALAR_EVENT)
        anchor = event->data.scalar.anchor, tag = event->data.scalar.tag;
    else if (event->type == YAML_SEQUENCE_START_EVENT)
        anchor = event->data.sequence_start.anchor, tag = event->data.sequence_start.tag;
    else if (event->type == YAML_MAPPING_START_EVENT)
        anchor = event->data.mapping_start.anchor, tag = event->data.mapping_start.tag;
    if (anchor)
        return "an anchor (&): a scenario says everything where it stands";
    return tag ? "a tag (!): what a value is follows from its key" : NULL;
}

static void begin_document(struct tree *t, const yaml_event_t *event)
{
    size_t at = offset_of(t, &event->start_mark);
    if (event->data.document_start.version_directive ||
        event->data.document_start.tag_directives.start != event->data.document_start.tag_directives.end)
        refuse_at(t, at, "a directive (%): a scenario needs none");
    else if (++t->documents > 1)
        refuse_at(t, at, "a second document: one scenario a file");
}

static void take(struct tree *t, const yaml_event_t *event)
{
    const char *why = judge_marks(event);
    if (why) {
        refuse_at(t, offset_of(t, &event->start_mark), why);
        return;
    }
    switch (event->type) {
    case YAML_DOCUMENT_START_EVENT: begin_document(t, event); return;
    case YAML_SCALAR_EVENT: add_scalar(t, event); return;
    case YAML_SEQUENCE_START_EVENT:
        open_collection(t, NODE_LIST, event->data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE, event);
        return;
    case YAML_MAPPING_START_EVENT:
        open_collection(t, NODE_MAP, event->data.mapping_start.style == YAML_FLOW_MAPPING_STYLE, event);
        return;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT: close_collection(t, event); return;
    case YAML_ALIAS_EVENT:
        refuse_at(t, offset_of(t, &event->start_mark), "an alias (*): a scenario says everything where it stands");
        return;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT: return;
    }
}

static void refuse_syntax(struct tree *t, const yaml_parser_t *parser)
{
    struct place place = {(uint32_t)parser->problem_mark.line + 1, (uint32_t)parser->problem_mark.column + 1};
    t->refused = true;
    if (parser->error == YAML_MEMORY_ERROR)
        PROBLEM(t->problems, &place, "there is no memory to read it");
    else
        PROBLEM(t->problems, &place, "not YAML: %s%s%s", parser->context ? parser->context : "", parser->context ? ": " : "",
                parser->problem ? parser->problem : "it cannot be read");
}

static void read_events(struct tree *t, yaml_parser_t *parser)
{
    for (bool ended = false; !ended && !t->refused;) {
        yaml_event_t event;
        if (!yaml_parser_parse(parser, &event)) {
            refuse_syntax(t, parser);
            return;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        take(t, &event);
        yaml_event_delete(&event);
    }
}

struct node *node_read(struct slice text, struct arena *arena, struct problems *problems)
{
    struct tree t = {.text = text, .arena = arena, .problems = problems};
    yaml_parser_t parser;
    if (text.len > SCENARIO_BYTES_MAX)
        return refuse_at(&t, 0, "over the limit: a scenario has at most 256 KiB"), NULL;
    if (!judge_bytes(&t))
        return NULL;
    if (!yaml_parser_initialize(&parser))
        return refuse_at(&t, 0, "there is no memory to read it"), NULL;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.ptr, text.len);
    read_events(&t, &parser);
    yaml_parser_delete(&parser);
    if (!t.refused && !t.root)
        refuse_at(&t, 0, "there is nothing in it: a scenario begins with `claim:`");
    return t.refused ? NULL : t.root;
}
