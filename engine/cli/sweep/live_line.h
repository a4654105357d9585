/* How far a sweep is, on stderr: on a terminal a line that is drawn over itself, at most ten
   times a second; elsewhere a plain line every ten seconds. Colour says that a law was broken,
   unless NO_COLOR is set. It reads the clock, and nothing that it says is on stdout. */
#ifndef ENGINE_CLI_SWEEP_LIVE_LINE_H
#define ENGINE_CLI_SWEEP_LIVE_LINE_H

#include "engine/cli/sweep/cover.h"

struct live_line {
    uint64_t total; /* seeds */
    bool quiet;     /* nothing is drawn */
    /* Private. */
    bool terminal, colour, drawn;
    int64_t began_us, due_us;
};

void live_line_begin(struct live_line *line, uint64_t total, bool quiet);
/* Draws it when it is due; returns the milliseconds until it is again. */
int live_line_show(struct live_line *line, const struct cover *cover);
/* Takes it away, before something else is printed. */
void live_line_clear(struct live_line *line);
/* How fast it was. */
void live_line_end(struct live_line *line, const struct cover *cover);

/* "[ 412/1000] 0 violations  3,918 batches/min  65 seeds/s" */
void live_line_format(uint64_t total, const struct cover *cover, int64_t elapsed_us, struct str *out);

#endif
