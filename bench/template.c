/* A visit is the run of entries whose marks name it. It can be repeated behind any
   other when it and the one before it have one attempt each and neither start nor lose
   a browser: behind a failed visit, the next one begins by tidying up. */
#include "bench/template.h"

#include "engine/world/mark.h"
#include "recorder/reader.h"

#include <stdlib.h>

#define SESSION_BYTES_MAX ((size_t)1 << 30)
#define ENTRIES_MAX ((size_t)1 << 24)

static enum err_code read_session(struct template *t, struct err *err)
{
    struct reader reader;
    struct slice line = {"", 0};
    enum err_code code = reader_open(&reader, &t->recording->store, RECORDING_SESSION, 0, 1, err);
    while (code == ERR_OK && line.ptr) {
        code = reader_next_line(&reader, &line, err);
        if (code == ERR_OK && line.ptr) {
            str_add(&t->text, line);
            str_add_char(&t->text, '\n');
            t->count++;
        }
    }
    reader_fini(&reader);
    return code == ERR_OK && str_full(&t->text) ? err_set(err, ERR_INPUT, "the session is over 1 GiB") : code;
}

static enum err_code parse_entries(struct template *t, struct err *err)
{
    const char *at = t->text.ptr;
    t->entries = calloc(t->count + 1, sizeof *t->entries);
    if (!t->entries)
        return err_set(err, ERR_ENV, "out of memory");
    for (size_t i = 0; i < t->count; i++) {
        const char *end = strchr(at, '\n');
        if (entry_parse((struct slice){at, (size_t)(end - at)}, &t->entries[i]) != ENTRY_GOOD)
            return err_set(err, ERR_INTEGRITY, "%s:%zu: is damaged", RECORDING_SESSION, i + 1);
        at = end + 1;
    }
    return ERR_OK;
}

static void visit_of(const struct entry *entry, struct mark *ret_mark)
{
    struct slice step;
    if (!mark_parse(entry->head.mark, ret_mark, &step))
        *ret_mark = (struct mark){0};
}

/* From `first` to where another visit begins. */
static struct template_part part_at(const struct template *t, size_t first, bool *ret_repeatable)
{
    struct mark mark;
    visit_of(&t->entries[first], &mark);
    struct template_part part = {first, first, mark.patient, mark.dos};
    *ret_repeatable = mark.patient != 0;
    for (; part.end < t->count; part.end++) {
        const struct entry *entry = &t->entries[part.end];
        visit_of(entry, &mark);
        if (mark.patient != part.patient || mark.dos != part.dos)
            break;
        *ret_repeatable &= mark.attempt == 1 && entry->kind != ENTRY_START && entry->kind != ENTRY_KILL &&
                           entry->kind != ENTRY_EXIT && entry->kind != ENTRY_EOF;
    }
    return part;
}

static enum err_code cut(struct template *t, struct err *err)
{
    bool repeatable, is_behind_clean = true;
    size_t at = 0;
    t->bodies = calloc(t->count + 1, sizeof *t->bodies);
    if (!t->bodies)
        return err_set(err, ERR_ENV, "out of memory");
    for (struct template_part part = {0}; at < t->count && part.patient == 0; at = part.end)
        t->head = part = part_at(t, at, &repeatable);
    t->head.first = 0;
    for (; at < t->count; at = t->tail.end) {
        t->tail = part_at(t, at, &repeatable);
        if (repeatable && is_behind_clean)
            t->bodies[t->body_count++] = t->tail;
        is_behind_clean = repeatable;
    }
    if (t->body_count == 0 || t->tail.patient != 0)
        return err_set(err, ERR_INPUT, "has no clean visit behind its first, or no end: it cannot be repeated");
    return ERR_OK;
}

enum err_code template_open(const char *path, struct template *ret_template, struct err *err)
{
    struct template t = {0};
    str_init(&t.text, SESSION_BYTES_MAX);
    enum err_code code = recording_open(path, &t.recording, NULL, err);
    if (code == ERR_OK)
        code = read_session(&t, err);
    if (code == ERR_OK)
        code = parse_entries(&t, err);
    if (code == ERR_OK)
        code = cut(&t, err);
    if (code != ERR_OK) {
        template_fini(&t);
        return err_wrap(err, "%s", path);
    }
    *ret_template = t;
    return ERR_OK;
}

void template_fini(struct template *t)
{
    recording_close(t->recording);
    str_fini(&t->text);
    free(t->entries);
    free(t->bodies);
}
