#include "engine/world/mark.h"

static size_t put_number(char *text, size_t at, char letter, uint32_t number)
{
    char digits[10];
    size_t first = sizeof digits;
    do
        digits[--first] = (char)('0' + number % 10);
    while (number /= 10);
    text[at++] = letter;
    memcpy(text + at, digits + first, sizeof digits - first);
    return at + sizeof digits - first;
}

static size_t put_step(char *text, size_t at, const char *step)
{
    size_t length = strlen(step);
    ASSERT(at + 1 + length < MARK_TEXT_MAX);
    text[at++] = '.';
    memcpy(text + at, step, length);
    return at + length;
}

size_t mark_format(const struct mark *mark, char ret_text[MARK_TEXT_MAX])
{
    size_t at = 0;
    if (mark->patient == 0) {
        memcpy(ret_text, "run", 3);
        at = 3;
    } else {
        at = put_number(ret_text, at, 'p', mark->patient);
    }
    if (mark->dos) {
        ret_text[at++] = '.';
        at = put_number(ret_text, at, 'v', mark->dos);
    }
    if (mark->attempt) {
        ret_text[at++] = '.';
        at = put_number(ret_text, at, 'a', mark->attempt);
    }
    if (mark->step)
        at = put_step(ret_text, at, mark->step);
    ret_text[at] = '\0';
    return at;
}

/* Takes ".<letter><digits>" (or without the dot at the start) off the front. */
static bool take_number(struct slice *text, char letter, bool with_dot, uint32_t *ret_number)
{
    size_t at = with_dot ? 1 : 0;
    if (text->len < at + 2 || (with_dot && text->ptr[0] != '.') || text->ptr[at] != letter)
        return false;
    size_t first = ++at;
    while (at < text->len && text->ptr[at] >= '0' && text->ptr[at] <= '9')
        at++;
    uint64_t number = 0;
    if (!slice_parse_u64((struct slice){text->ptr + first, at - first}, UINT32_MAX, &number))
        return false;
    if (number == 0 || (at < text->len && text->ptr[at] != '.'))
        return false;
    *ret_number = (uint32_t)number;
    *text = (struct slice){text->ptr + at, text->len - at};
    return true;
}

bool mark_parse(struct slice text, struct mark *ret_mark, struct slice *ret_step)
{
    struct mark mark = MARK_RUN;
    if (slice_starts(text, SLICE("run"))) {
        text = (struct slice){text.ptr + 3, text.len - 3};
    } else {
        if (!take_number(&text, 'p', false, &mark.patient))
            return false;
        if (take_number(&text, 'v', true, &mark.dos))
            (void)take_number(&text, 'a', true, &mark.attempt);
    }
    if (text.len == 1 || (text.len && text.ptr[0] != '.') || text.len >= MARK_TEXT_MAX / 2)
        return false;
    *ret_mark = mark;
    *ret_step = text.len ? (struct slice){text.ptr + 1, text.len - 1} : SLICE_NONE;
    return true;
}
