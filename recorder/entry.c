#include "recorder/entry.h"

#include "engine/base/crc32c.h"
#include "recorder/cursor.h"

/* Method: the line is laid out for a reader that walks it once with a cursor.
   The checksum comes first because it is over the rest: by the time that a field
   is looked at, the whole line is known to be what was written. A line with a
   good checksum and a wrong layout was made by a program, not by damage. */

struct kind_row {
    struct slice name;
    bool out;
};

static const struct kind_row kinds[] = {
#define X(id, name, out) [id] = {{name, sizeof name - 1}, out},
#include "recorder/entry.def"
#undef X
};

#define CRC_AT 8                             /* {"crc":" */
#define BODY_AT (CRC_AT + CRC32C_DIGITS + 2)   /* 0123abcd", */

const char *entry_kind_name(enum entry_kind kind)
{
    return kinds[kind].name.ptr;
}

bool entry_kind_is_out(enum entry_kind kind)
{
    return kinds[kind].out;
}

void entry_begin(struct str *out, const struct entry_head *head)
{
    str_add(out, SLICE("{\"crc\":\"00000000\",\"n\":"));
    str_add_u64(out, head->n);
    str_add(out, SLICE(",\"at\":"));
    str_add_u64(out, (uint64_t)head->at.us);
    str_add(out, SLICE(",\"gen\":"));
    str_add_u64(out, head->generation);
    str_add(out, SLICE(",\"mark\":\""));
    str_add(out, head->mark);
    str_add_char(out, '"');
}

void entry_key(struct str *out, enum entry_kind kind, bool base64)
{
    str_add(out, SLICE(",\""));
    str_add(out, kinds[kind].name);
    str_add(out, base64 ? SLICE("64\":") : SLICE("\":"));
}

void entry_end(struct str *out, size_t start)
{
    str_add(out, SLICE("}\n"));
    if (str_full(out))
        return;
    struct slice body = {out->ptr + start + BODY_AT, out->len - start - BODY_AT - 1};
    crc32c_format(crc32c(0, body), out->ptr + start + CRC_AT);
}

void entry_seal(char *line, size_t len)
{
    if (len > BODY_AT)
        crc32c_format(crc32c(0, (struct slice){line + BODY_AT, len - BODY_AT}), line + CRC_AT);
}

void entry_checksums(struct slice line, uint32_t *ret_carried, uint32_t *ret_found)
{
    *ret_carried = *ret_found = 0;
    if (line.len <= BODY_AT)
        return;
    (void)crc32c_parse((struct slice){line.ptr + CRC_AT, CRC32C_DIGITS}, ret_carried);
    *ret_found = crc32c(0, (struct slice){line.ptr + BODY_AT, line.len - BODY_AT});
}

uint32_t entry_numberless(struct slice line)
{
    const char *at = slice_find(line, SLICE(",\"at\":"));
    return at ? crc32c(0, (struct slice){at, line.len - (size_t)(at - line.ptr)}) : 0;
}

/* The line's first bytes as they should be, in one comparison. */
static bool crc_is_good(struct slice line)
{
    char head[BODY_AT + 1] = "{\"crc\":\"00000000\",";
    if (line.len <= BODY_AT)
        return false;
    crc32c_format(crc32c(0, (struct slice){line.ptr + BODY_AT, line.len - BODY_AT}), head + CRC_AT);
    return memcmp(line.ptr, head, BODY_AT) == 0;
}

static bool take_head(struct slice *rest, struct entry_head *head)
{
    uint64_t at = 0, generation = 0;
    if (!cursor_skip(rest, SLICE("\"n\":")) || !cursor_number(rest, UINT64_MAX, &head->n) || !cursor_skip(rest, SLICE(",\"at\":")) ||
        !cursor_number(rest, INT64_MAX - 1, &at) || !cursor_skip(rest, SLICE(",\"gen\":")) ||
        !cursor_number(rest, UINT32_MAX, &generation) || !cursor_skip(rest, SLICE(",\"mark\":\"")) ||
        !cursor_until(rest, '"', &head->mark))
        return false;
    head->at = (struct instant){(int64_t)at};
    head->generation = (uint32_t)generation;
    return head->n > 0 && cursor_skip(rest, SLICE(",\""));
}

/* The object of a bulk is flat and its strings hold no brace. */
static bool take_bulk(struct slice *rest, struct slice *ret_bulk)
{
    *ret_bulk = SLICE_NONE;
    if (!cursor_skip(rest, SLICE("bulk\":")))
        return true;
    const char *start = rest->ptr;
    struct slice inside;
    if (rest->len == 0 || *start != '{' || !cursor_until(rest, '}', &inside))
        return false;
    *ret_bulk = (struct slice){start, inside.len + 1};
    return cursor_skip(rest, SLICE(",\""));
}

static bool take_kind(struct slice *rest, enum entry_kind *ret_kind, bool *ret_base64)
{
    struct slice name;
    if (!cursor_until(rest, '"', &name) || !cursor_skip(rest, SLICE(":")))
        return false;
    *ret_base64 = name.len > 2 && memcmp(name.ptr + name.len - 2, "64", 2) == 0;
    if (*ret_base64)
        name.len -= 2;
    for (size_t i = 0; i < ENTRY_KINDS; i++)
        if (slice_equal(name, kinds[i].name)) {
            *ret_kind = (enum entry_kind)i;
            return true;
        }
    return false;
}

static bool take_value(struct slice rest, bool base64, struct slice *ret_value)
{
    if (rest.len < 2 || rest.ptr[rest.len - 1] != '}')
        return false;
    *ret_value = (struct slice){rest.ptr, rest.len - 1};
    if (!base64)
        return true;
    bool quoted = ret_value->len >= 2 && rest.ptr[0] == '"' && rest.ptr[ret_value->len - 1] == '"';
    *ret_value = (struct slice){rest.ptr + 1, quoted ? ret_value->len - 2 : 0};
    return quoted;
}

enum entry_fault entry_parse(struct slice line, struct entry *ret_entry)
{
    if (!crc_is_good(line))
        return ENTRY_BAD_CRC;
    struct slice rest = {line.ptr + BODY_AT, line.len - BODY_AT};
    ret_entry->text = line;
    if (!take_head(&rest, &ret_entry->head) || !take_bulk(&rest, &ret_entry->bulk) ||
        !take_kind(&rest, &ret_entry->kind, &ret_entry->base64) || !take_value(rest, ret_entry->base64, &ret_entry->value))
        return ENTRY_BAD_LAYOUT;
    return ENTRY_GOOD;
}
