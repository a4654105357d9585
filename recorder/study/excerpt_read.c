#include "recorder/study/excerpt_parts.h"

#include "engine/base/json_in.h"

#include <jansson.h>
#include <stdlib.h>

/* Method: one pass over the session. A line is kept when it belongs to the run, to a chosen
   visit, or to the start of a browser, whoever's visit that was in; so the kept lines of each
   are side by side. The marks say which is which. */

struct pass {
    struct excerpt *e;
    const struct excerpt_visit *visits;
    size_t visit_count;
    struct mark visit;  /* of the entry before; patient 0: the run */
    bool any_visit;
    bool is_kept;       /* the visit last seen is a chosen one */
    bool in_start;
    bool in_cleanup;    /* a visit that is not chosen closes what a chosen one left open */
    size_t run_first;   /* the first of the run's lines that stand last */
    struct range start; /* of the browser that runs */
    uint64_t lock_id;
};

static enum err_code no_memory(struct err *err)
{
    return err_set(err, ERR_ENV, "there is no memory for the excerpt");
}

static enum err_code keep(struct excerpt *e, const struct entry *entry, struct err *err)
{
    if (e->line_count == EXCERPT_LINES_MAX || e->text.len + entry->text.len > EXCERPT_BYTES_MAX)
        return err_set(err, ERR_INPUT, "the chosen visits are over the limit of %zu MiB: choose fewer", EXCERPT_BYTES_MAX >> 20);
    if (e->line_count == e->line_capacity) {
        size_t capacity = e->line_capacity ? e->line_capacity * 2 : 4096;
        void *grown = realloc(e->lines, capacity * sizeof *e->lines);
        if (!grown)
            return no_memory(err);
        e->lines = grown;
        e->line_capacity = capacity;
    }
    e->lines[e->line_count].at = e->text.len;
    e->lines[e->line_count++].len = entry->text.len;
    str_add(&e->text, entry->text);
    return str_full(&e->text) ? no_memory(err) : ERR_OK;
}

bool excerpt_entry(const struct excerpt *e, size_t line, struct entry *ret_entry)
{
    struct slice text = {e->text.ptr + e->lines[line].at, e->lines[line].len};
    return entry_parse(text, ret_entry) == ENTRY_GOOD;
}

static bool is_chosen(const struct pass *p, const struct mark *mark)
{
    for (size_t i = 0; i < p->visit_count; i++)
        if (p->visits[i].patient == mark->patient && p->visits[i].dos == mark->dos)
            return true;
    return false;
}

static void copy_name(const json_t *value, char ret_name[EXCERPT_ID_MAX])
{
    const char *text = json_string_value(value);
    if (text && !text_format(ret_name, EXCERPT_ID_MAX, "%s", text))
        ret_name[0] = '\0';
}

/* The requests of a start say what its browser calls things. */
static enum err_code learn_names(struct excerpt *e, const struct entry *entry, struct err *err)
{
    uint32_t generation = entry->head.generation;
    if (entry->kind != ENTRY_SEND || entry->base64)
        return ERR_OK;
    if (generation >= EXCERPT_BROWSERS_MAX)
        return err_set(err, ERR_INPUT, "the recording has more than %u browsers", EXCERPT_BROWSERS_MAX);
    if (generation >= e->browser_count) {
        struct names *grown = realloc(e->browsers, (generation + 1) * sizeof *grown);
        if (!grown)
            return no_memory(err);
        memset(grown + e->browser_count, 0, (generation + 1 - e->browser_count) * sizeof *grown);
        e->browsers = grown;
        e->browser_count = generation + 1;
    }
    json_auto_t *root = json_in_load(entry->value, 0, NULL);
    const json_t *params = json_object_get(root, "params");
    copy_name(json_object_get(params, "browserContextId"), e->browsers[generation].context);
    copy_name(json_object_get(params, "targetId"), e->browsers[generation].target);
    copy_name(json_object_get(root, "sessionId"), e->browsers[generation].session);
    return ERR_OK;
}

/* The account's lock is asked for once, in the first start that is played. */
static void learn_lock(struct pass *p, const struct entry *entry)
{
    struct slice rest;
    if (entry->kind == ENTRY_LOCK)
        p->lock_id = excerpt_id(entry->value, &rest);
    if (entry->kind != ENTRY_IO || p->lock_id == 0 || excerpt_id(entry->value, &rest) != p->lock_id)
        return;
    json_auto_t *root = json_in_load(entry->value, 0, NULL);
    p->e->lock_known = true;
    p->e->lock_error = (int)json_integer_value(json_object_get(root, "error"));
    p->lock_id = 0;
}

static bool is_start_step(struct slice step)
{
    return slice_equal(step, SLICE("startBrowser")) || slice_equal(step, SLICE("validateSession"));
}

static enum err_code begin_visit(struct pass *p, const struct mark *mark, struct err *err)
{
    struct excerpt *e = p->e;
    if (!p->any_visit)
        e->before = (struct range){0, e->line_count};
    p->any_visit = true;
    p->visit = *mark;
    bool was_kept = p->is_kept;
    p->is_kept = is_chosen(p, mark);
    p->in_cleanup = was_kept && !p->is_kept;
    if (p->in_cleanup)
        e->segments[e->segment_count - 1].cleanup = (struct range){e->line_count, e->line_count};
    if (!p->is_kept)
        return ERR_OK;
    if (e->segment_count == EXCERPT_VISITS_MAX)
        return err_set(err, ERR_INPUT, "more than %d visits are chosen", EXCERPT_VISITS_MAX);
    e->segments[e->segment_count++] = (struct segment){
        .visit = {mark->patient, mark->dos}, .lines = {e->line_count, e->line_count}, .start = p->start};
    return ERR_OK;
}

static enum err_code take_run(struct pass *p, const struct entry *entry, struct err *err)
{
    struct excerpt *e = p->e;
    if (p->visit.patient)
        p->run_first = e->line_count;
    p->visit = MARK_RUN;
    p->in_start = false;
    TRY(keep(e, entry, err));
    if (p->is_kept)
        e->segments[e->segment_count - 1].lines.end = e->line_count;
    return ERR_OK;
}

static enum err_code take_visit(struct pass *p, const struct entry *entry, const struct mark *mark, struct slice step, struct err *err)
{
    struct excerpt *e = p->e;
    if (p->visit.patient != mark->patient || p->visit.dos != mark->dos)
        TRY(begin_visit(p, mark, err));
    if (entry->kind == ENTRY_START) {
        p->in_start = true;
        p->start = (struct range){e->line_count, e->line_count};
    }
    p->in_start = p->in_start && is_start_step(step);
    if (p->in_start)
        TRY(learn_names(e, entry, err));
    p->in_cleanup = p->in_cleanup && slice_equal(step, SLICE("closeVisit"));
    if (!p->in_start && !p->is_kept && !p->in_cleanup)
        return ERR_OK;
    TRY(keep(e, entry, err));
    if (p->in_start)
        p->start.end = e->line_count;
    if (p->in_cleanup)
        e->segments[e->segment_count - 1].cleanup.end = e->line_count;
    if (p->is_kept)
        e->segments[e->segment_count - 1].lines.end = e->line_count;
    return ERR_OK;
}

static enum err_code take_entry(struct pass *p, const struct entry *entry, struct err *err)
{
    struct mark mark;
    struct slice step;
    if (!mark_parse(entry->head.mark, &mark, &step))
        return err_set(err, ERR_INPUT, "%s:%llu: its mark is none", RECORDING_SESSION, (unsigned long long)entry->line);
    learn_lock(p, entry);
    p->e->entries++;
    p->e->last = entry_numberless(entry->text);
    return mark.patient ? take_visit(p, entry, &mark, step, err) : take_run(p, entry, err);
}

static enum err_code read_all(struct pass *p, struct reader *reader, struct err *err)
{
    struct entry entry;
    enum reader_found found = READER_ENTRY;
    while (found == READER_ENTRY) {
        TRY(reader_next(reader, &entry, &found, err));
        if (found == READER_ENTRY)
            TRY(take_entry(p, &entry, err));
    }
    if (!p->any_visit)
        p->e->before = (struct range){0, p->e->line_count};
    else if (p->visit.patient == 0)
        p->e->after = (struct range){p->run_first, p->e->line_count};
    p->e->last_is_cut = p->visit.patient && p->is_kept;
    return ERR_OK;
}

enum err_code excerpt_read(struct excerpt *e, const struct excerpt_visit *visits, size_t count, struct err *err)
{
    struct pass pass = {.e = e, .visits = visits, .visit_count = count};
    struct reader reader;
    e->segments = calloc(EXCERPT_VISITS_MAX, sizeof *e->segments);
    if (!e->segments)
        return no_memory(err);
    enum err_code code = reader_open(&reader, &e->recording->store, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK)
        code = read_all(&pass, &reader, err);
    reader_fini(&reader);
    return code;
}
