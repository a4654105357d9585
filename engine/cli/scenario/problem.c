#include "engine/cli/scenario/problem.h"

#include "engine/base/json_out.h"
#include "engine/cli/shown.h"

void problems_init(struct problems *problems)
{
    *problems = (struct problems){0};
    str_init(&problems->text, PROBLEM_TEXT_BYTES_MAX);
}

void problems_fini(struct problems *problems)
{
    str_fini(&problems->text);
}

void problems_close(struct problems *problems)
{
    if (problems->count > PROBLEMS_TOLD_MAX)
        str_addf(&problems->text, "... and %zu more\n", problems->count - PROBLEMS_TOLD_MAX);
}

bool problem_begin(struct problems *problems, uint32_t line, uint32_t column)
{
    if (++problems->count > PROBLEMS_TOLD_MAX)
        return false;
    str_addf(&problems->text, "%s:%u:%u: ", shown(problems->path), line, column);
    return true;
}

void problem_end(struct problems *problems)
{
    str_add_char(&problems->text, '\n');
}

bool problem_begin_path(struct problems *problems)
{
    if (++problems->count > PROBLEMS_TOLD_MAX)
        return false;
    str_add_text(&problems->text, "revisit: test: ");
    return true;
}

struct quoted quote(struct slice text)
{
    struct quoted quoted;
    CLEANUP_STR struct str out;
    bool cut = text.len > QUOTED_MAX;
    str_init(&out, sizeof quoted.text - 1);
    json_out_quote(&out, (struct slice){text.ptr, cut ? QUOTED_MAX : text.len});
    if (cut)
        str_add_text(&out, "...");
    ASSERT(text_format(quoted.text, sizeof quoted.text, "%s", str_full(&out) ? "\"...\"" : str_text(&out)));
    return quoted;
}

const char *in_one_line(char *text)
{
    for (char *c = text; *c; c++)
        *c = *c == '\n' ? ' ' : *c;
    return text;
}
