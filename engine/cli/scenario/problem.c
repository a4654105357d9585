#include "engine/cli/scenario/problem.h"

#include "engine/base/json_out.h"

#define WORD_MAX 40

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
    str_addf(&problems->text, "%s:%u:%u: ", problems->path, line, column);
    return true;
}

void problem_end(struct problems *problems)
{
    str_add_char(&problems->text, '\n');
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

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Letters to add, drop or change to make one of the other. */
static size_t distance(struct slice a, struct slice b)
{
    size_t row[WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        row[j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t diagonal = row[0];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            size_t above = row[j];
            row[j] = least(above + 1, row[j - 1] + 1, diagonal + (a.ptr[i - 1] != b.ptr[j - 1]));
            diagonal = above;
        }
    }
    return row[b.len];
}

const char *nearest_word(struct slice text, const char *(*word)(size_t index), size_t count)
{
    const char *nearest = NULL;
    size_t best = text.len < 5 ? 3 : text.len / 3 + 2;
    if (text.len > WORD_MAX)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        struct slice candidate = slice_of(word(i));
        size_t far = candidate.len > WORD_MAX ? best : distance(text, candidate);
        if (far < best && far < text.len) {
            best = far;
            nearest = word(i);
        }
    }
    return nearest;
}
