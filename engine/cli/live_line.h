/* How far something long is, on stderr, and the only place that draws it: on a terminal a line
   that is drawn over itself, at most ten times a second and no wider than the window; elsewhere
   a plain line every ten seconds. NO_COLOR takes the colour away. It reads the clock, and
   nothing that it says is on stdout. What is to be said is the caller's: one line of ASCII. */
#ifndef ENGINE_CLI_LIVE_LINE_H
#define ENGINE_CLI_LIVE_LINE_H

#include "engine/base/str.h"

#define LIVE_LINE_MAX 240 /* bytes of what is said */

enum live_tone { LIVE_GOOD, LIVE_BAD };

struct live_line {
    /* Private. */
    bool quiet, terminal, colour, utf8, drawn;
    int64_t began_us, due_us;
};

/* Are colours wanted there: it is a terminal, and NO_COLOR is not set. */
bool live_line_colours(int fd);

/* quiet: nothing is ever drawn. The first drawing is due after 0.1 s, or 10 s. */
void live_line_begin(struct live_line *line, bool quiet);
/* How long it is since then. */
int64_t live_line_elapsed_us(const struct live_line *line);
/* Is there something to be drawn now? And the milliseconds until there is, at least 1. */
bool live_line_is_due(const struct live_line *line);
int live_line_wait_ms(const struct live_line *line);
void live_line_draw(struct live_line *line, enum live_tone tone, const char *text);
/* Takes it away, before something else is printed. */
void live_line_clear(struct live_line *line);

/* Text in so many columns: cut, with a mark where it was cut. */
void live_line_fit(const char *text, size_t columns, bool utf8, struct str *out);

#endif
