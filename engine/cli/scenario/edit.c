#include "engine/cli/scenario/edit.h"

#include "engine/cli/input_file.h"
#include "engine/cli/output_file.h"

struct lines edit_lines(struct slice text, const struct edit *edits, size_t count)
{
    struct lines lines = {edits[0].start, edits[0].end};
    for (size_t i = 0; i < count; i++) {
        lines.start = edits[i].start < lines.start ? edits[i].start : lines.start;
        lines.end = edits[i].end > lines.end ? edits[i].end : lines.end;
    }
    while (lines.start > 0 && text.ptr[lines.start - 1] != '\n')
        lines.start--;
    while (lines.end < text.len && (lines.end == lines.start || text.ptr[lines.end - 1] != '\n'))
        lines.end++;
    return lines;
}

void edit_apply(struct slice text, struct lines lines, const struct edit *edits, size_t count, struct str *out)
{
    size_t at = lines.start;
    for (size_t i = 0; i < count; i++) {
        str_add(out, (struct slice){text.ptr + at, edits[i].start - at});
        str_add(out, edits[i].text);
        at = edits[i].end;
    }
    str_add(out, (struct slice){text.ptr + at, lines.end - at});
}

static enum err_code is_unchanged(const char *path, struct slice text, struct err *err)
{
    CLEANUP_STR struct str now;
    str_init(&now, SCENARIO_BYTES_MAX);
    TRY(input_file_read(path, &now, err));
    if (!slice_equal(str_slice(&now), text))
        return err_set(err, ERR_INPUT, "%s: the file has changed meanwhile: run it again", path);
    return ERR_OK;
}

enum err_code edit_write(const char *path, struct slice text, const struct edit *edits, size_t count, struct err *err)
{
    CLEANUP_STR struct str changed;
    str_init(&changed, ROSTER_TEXT_BYTES_MAX);
    edit_apply(text, (struct lines){0, text.len}, edits, count, &changed);
    if (str_full(&changed))
        return err_set(err, ERR_ENV, "out of memory");
    TRY(is_unchanged(path, text, err));
    return output_file_write(path, str_slice(&changed), err);
}
