/* Changes of a scenario's text: applied to some of its lines, to be shown and pasted, or to
   the whole file, which keeps every other byte. */
#ifndef ENGINE_CLI_SCENARIO_EDIT_H
#define ENGINE_CLI_SCENARIO_EDIT_H

#include "engine/cli/scenario/judge.h"

/* The whole lines that some edits touch. */
struct lines {
    size_t start, end; /* bytes; the newline of the last is included */
};
struct lines edit_lines(struct slice text, const struct edit *edits, size_t count);

/* These bytes of the text, with the edits made; edits lie within them, in their order. */
void edit_apply(struct slice text, struct lines lines, const struct edit *edits, size_t count, struct str *out);

/* The file with all of them made, in its place at once; its mode is kept. Refused when the
   file is no longer `text`. */
enum err_code edit_write(const char *path, struct slice text, const struct edit *edits, size_t count, struct err *err) MUST_USE;

#endif
