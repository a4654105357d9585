#include "engine/cli/live_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_US 100000
#define PLAIN_US 10000000
#define COLUMNS_DEFAULT 80 /* of a terminal that does not tell */

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static bool is_set(const char *name)
{
    const char *value = getenv(name);
    return value && value[0];
}

/* As the C library would choose: the first of the three that is set. */
static bool speaks_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (!is_set(names[i]))
            continue;
        struct slice locale = slice_of(getenv(names[i]));
        return slice_contains_nocase(locale, SLICE("utf-8")) || slice_contains_nocase(locale, SLICE("utf8"));
    }
    return false;
}

/* Asked at each drawing: a window changes its size. */
static size_t columns(void)
{
    struct winsize size;
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : COLUMNS_DEFAULT;
}

static int64_t pause_us(const struct live_line *line)
{
    return line->terminal ? REDRAW_US : PLAIN_US;
}

bool live_line_colours(int fd)
{
    return isatty(fd) && !is_set("NO_COLOR");
}

void live_line_begin(struct live_line *line, bool quiet)
{
    *line = (struct live_line){.quiet = quiet, .terminal = isatty(STDERR_FILENO), .utf8 = speaks_utf8(), .began_us = now_us()};
    line->colour = live_line_colours(STDERR_FILENO);
    line->due_us = line->began_us + pause_us(line);
}

int64_t live_line_elapsed_us(const struct live_line *line)
{
    return now_us() - line->began_us;
}

bool live_line_is_due(const struct live_line *line)
{
    return !line->quiet && now_us() >= line->due_us;
}

int live_line_wait_ms(const struct live_line *line)
{
    int64_t left_us = line->quiet ? PLAIN_US : line->due_us - now_us();
    return left_us > 0 ? (int)(left_us / 1000) + 1 : 1;
}

void live_line_fit(const char *text, size_t wide, bool utf8, struct str *out)
{
    const char *mark = utf8 ? "\xe2\x80\xa6" : ">";
    size_t len = strlen(text);
    if (len > wide)
        len = wide ? wide - 1 : 0;
    str_add(out, (struct slice){text, len});
    if (text[len] && wide)
        str_add_text(out, mark);
}

void live_line_draw(struct live_line *line, enum live_tone tone, const char *text)
{
    CLEANUP_STR struct str fitted;
    str_init(&fitted, LIVE_LINE_MAX + 8);
    line->due_us = now_us() + pause_us(line);
    if (!line->terminal) {
        fprintf(stderr, "%s\n", text);
        return;
    }
    /* The last column stays free: a terminal that is written there may go to the next line. */
    live_line_fit(text, columns() - 1, line->utf8, &fitted);
    const char *colour = !line->colour ? "" : tone == LIVE_BAD ? "\033[31m" : "\033[32m";
    fprintf(stderr, "\r\033[K%s%s%s", colour, str_text(&fitted), line->colour ? "\033[0m" : "");
    line->drawn = true;
}

void live_line_clear(struct live_line *line)
{
    if (line->drawn)
        fputs("\r\033[K", stderr);
    line->drawn = false;
}
