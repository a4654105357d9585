/* A failure shows the lines of the file that it is about, whole, as they are and as they
   would have to be: these can be pasted over those. */
#include "engine/cli/scenario/report.h"

#include "engine/base/json_out.h"
#include "engine/cli/scenario/edit.h"
#include "engine/cli/shown.h"

/* Findings from `first` on whose changes fall on the same lines. */
struct group {
    size_t first, count;   /* findings */
    size_t edit, edit_count;
    struct lines lines;
};

static struct group group_at(const struct scenario *s, const struct judgement *g, size_t first)
{
    const struct finding *f = &g->findings[first];
    struct group group = {.first = first, .count = 1, .edit = f->edit, .edit_count = f->edit_count};
    if (!f->edit_count)
        return group;
    group.lines = edit_lines(str_slice(&s->text), &g->edits[f->edit], f->edit_count);
    for (f++; group.first + group.count < g->count && f->edit_count && g->edits[f->edit].start < group.lines.end; f++) {
        group.count++;
        group.edit_count += f->edit_count;
        group.lines = edit_lines(str_slice(&s->text), &g->edits[group.edit], group.edit_count);
    }
    return group;
}

static void add_lines(struct slice lines, const char *prefix, struct str *out)
{
    while (lines.len) {
        const char *newline = memchr(lines.ptr, '\n', lines.len);
        size_t length = newline ? (size_t)(newline - lines.ptr) : lines.len;
        str_addf(out, "%s%.*s\n", prefix, (int)length, lines.ptr);
        length += newline != NULL;
        lines = (struct slice){lines.ptr + length, lines.len - length};
    }
}

static void add_sides(const struct scenario *s, const struct judgement *g, const struct group *group, struct str *ret_expected,
                      struct str *ret_actual)
{
    struct slice text = str_slice(&s->text);
    str_init(ret_expected, ROSTER_TEXT_BYTES_MAX);
    str_init(ret_actual, ROSTER_TEXT_BYTES_MAX);
    if (!group->edit_count)
        return;
    edit_apply(text, group->lines, NULL, 0, ret_expected);
    edit_apply(text, group->lines, &g->edits[group->edit], group->edit_count, ret_actual);
}

static void add_group(const struct scenario *s, const struct judgement *g, const struct group *group, const char *prefix,
                      struct str *out)
{
    CLEANUP_STR struct str expected;
    CLEANUP_STR struct str actual;
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const struct finding *f = &g->findings[i];
        str_addf(out, "%s  %s:%u:%u: %s%s%s\n", prefix, shown(s->path), f->line, f->column, f->what.ptr, f->words.len ? ": " : "",
                 f->words.ptr);
    }
    add_sides(s, g, group, &expected, &actual);
    if (!group->edit_count)
        return;
    str_addf(out, "%s    expected:\n", prefix);
    add_lines(str_slice(&expected), prefix, out);
    str_addf(out, "%s    actual:\n", prefix);
    add_lines(str_slice(&actual), prefix, out);
}

static void add_groups(const struct scenario *s, const struct judgement *g, const char *prefix, struct str *out)
{
    for (size_t i = 0; i < g->count;) {
        struct group group = group_at(s, g, i);
        add_group(s, g, &group, prefix, out);
        i += group.count;
    }
}

static void add_json_group(const struct scenario *s, const struct judgement *g, const struct group *group, struct json_out *j)
{
    CLEANUP_STR struct str expected;
    CLEANUP_STR struct str actual;
    add_sides(s, g, group, &expected, &actual);
    for (size_t i = group->first; i < group->first + group->count; i++) {
        const struct finding *f = &g->findings[i];
        json_out_object(j, NULL);
        json_out_int(j, "line", f->line);
        json_out_int(j, "column", f->column);
        json_out_string(j, "claim", f->what);
        if (f->words.len)
            json_out_string(j, "seen", f->words);
        if (group->edit_count) {
            json_out_string(j, "expected", str_slice(&expected));
            json_out_string(j, "actual", str_slice(&actual));
        }
        json_out_end_object(j);
    }
}

static void add_json(const struct scenario *s, const struct judgement *g, bool accepted, struct str *out)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "path", s->path);
    json_out_string(&j, "claim", s->claim);
    json_out_bool(&j, "holds", g->count == 0);
    if (accepted)
        json_out_bool(&j, "accepted", true);
    json_out_array(&j, "failures");
    for (size_t i = 0; i < g->count;) {
        struct group group = group_at(s, g, i);
        add_json_group(s, g, &group, &j);
        i += group.count;
    }
    json_out_end_array(&j);
    json_out_end_object(&j);
    str_add_char(out, '\n');
}

void report_scenario(struct report *r, const struct scenario *s, const struct judgement *g, bool accepted, struct str *out)
{
    bool holds = g->count == 0;
    r->passed += holds;
    r->accepted += accepted;
    r->failed += !holds && !accepted;
    if (r->form == REPORT_JSON) {
        add_json(s, g, accepted, out);
    } else if (r->form == REPORT_TAP) {
        str_addf(out, "%sok %u - %s: %s\n", holds || accepted ? "" : "not ", r->passed + r->failed + r->accepted, shown(s->path), s->claim.ptr);
        add_groups(s, g, "# ", out);
    } else if (!r->quiet || !holds) {
        str_addf(out, "%s  %s: %s\n", holds ? "ok  " : accepted ? "new " : "FAIL", shown(s->path), s->claim.ptr);
        add_groups(s, g, "", out);
    }
}

void report_end(const struct report *r, struct str *out)
{
    if (r->form == REPORT_TAP)
        str_addf(out, "1..%u\n", r->passed + r->failed + r->accepted);
    if (r->form == REPORT_LINES && r->accepted)
        str_addf(out, "%u accepted\n", r->accepted);
    if (r->form == REPORT_LINES)
        str_addf(out, "%u passed, %u failed\n", r->passed + r->accepted, r->failed);
}
