#include "engine/cli/sweep/live_line.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define REDRAW_US 100000
#define PLAIN_US 10000000
#define TEXT_MAX 160

static int64_t now_us(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void live_line_begin(struct live_line *line, uint64_t total, bool quiet)
{
    const char *no_colour = getenv("NO_COLOR");
    *line = (struct live_line){.total = total, .quiet = quiet, .terminal = isatty(STDERR_FILENO), .began_us = now_us()};
    line->colour = line->terminal && !(no_colour && no_colour[0]);
    line->due_us = line->began_us + (line->terminal ? 0 : PLAIN_US);
}

static void add_grouped(struct str *out, uint64_t number)
{
    if (number >= 1000) {
        add_grouped(out, number / 1000);
        str_addf(out, ",%03u", (uint32_t)(number % 1000));
    } else {
        str_add_u64(out, number);
    }
}

static uint64_t rate(uint64_t count, int64_t per_us, int64_t elapsed_us)
{
    return elapsed_us > 0 ? count * (uint64_t)per_us / (uint64_t)elapsed_us : 0;
}

static void add_rates(const struct cover *cover, int64_t elapsed_us, struct str *out)
{
    add_grouped(out, rate(cover->batches, 60000000, elapsed_us));
    str_add_text(out, " batches/min  ");
    add_grouped(out, rate(cover->seeds, 1000000, elapsed_us));
    str_add_text(out, " seeds/s");
}

static int digits_of(uint64_t number)
{
    int digits = 1;
    while (number >= 10) {
        number /= 10;
        digits++;
    }
    return digits;
}

void live_line_format(uint64_t total, const struct cover *cover, int64_t elapsed_us, struct str *out)
{
    str_addf(out, "[%*llu/%llu] %llu violation%s  ", digits_of(total), (unsigned long long)cover->seeds, (unsigned long long)total,
             (unsigned long long)cover->violations, cover->violations == 1 ? "" : "s");
    add_rates(cover, elapsed_us, out);
}

static void draw(struct live_line *line, const struct cover *cover, int64_t now)
{
    CLEANUP_STR struct str text;
    str_init(&text, TEXT_MAX);
    live_line_format(line->total, cover, now - line->began_us, &text);
    const char *colour = !line->colour ? "" : cover->violations ? "\033[31m" : "\033[32m";
    if (line->terminal)
        fprintf(stderr, "\r\033[K%s%s%s", colour, str_text(&text), line->colour ? "\033[0m" : "");
    else
        fprintf(stderr, "%s\n", str_text(&text));
    line->drawn = line->terminal;
}

int live_line_show(struct live_line *line, const struct cover *cover)
{
    int64_t now = now_us();
    if (now >= line->due_us) {
        if (!line->quiet)
            draw(line, cover, now);
        line->due_us = now + (line->terminal ? REDRAW_US : PLAIN_US);
    }
    return (int)((line->due_us - now) / 1000) + 1;
}

void live_line_clear(struct live_line *line)
{
    if (line->drawn)
        fputs("\r\033[K", stderr);
    line->drawn = false;
}

void live_line_end(struct live_line *line, const struct cover *cover)
{
    CLEANUP_STR struct str text;
    int64_t elapsed = now_us() - line->began_us;
    str_init(&text, TEXT_MAX);
    if (line->quiet)
        return;
    live_line_clear(line);
    add_rates(cover, elapsed, &text);
    fprintf(stderr, "%llu seeds in %lld.%lld s: %s\n", (unsigned long long)cover->seeds, (long long)(elapsed / 1000000),
            (long long)(elapsed / 100000 % 10), str_text(&text));
}
