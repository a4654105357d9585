/* How far a batch is, as a line on stderr (engine/cli/live_line.h):

       [ 37/100] done 35 failed 1 retried 4  2.9 visits/min  eta 22:10  p12.v3 saveSOAP

   Counts are those of the summary that the same event lines fold into; the place at its end is the
   mark that the engine has taken up, heard by a tap on the door, which changes nothing that passes.
   The eta is minutes and seconds from now. It is drawn when something happens: no wait ends
   for its sake. */
#ifndef ENGINE_CLI_PROGRESS_H
#define ENGINE_CLI_PROGRESS_H

#include "engine/cli/live_line.h"
#include "engine/report/summary.h"
#include "engine/world/world.h"

struct progress {
    struct world world; /* first */
    struct world *inner;
    const struct summary *summary; /* borrowed */
    struct live_line line;
    struct mark at;
};

/* quiet: it is heard and never drawn. */
void progress_begin(struct progress *progress, const struct summary *summary, bool quiet);
/* The door to be used in place of inner, which is borrowed. */
struct world *progress_open(struct progress *progress, struct world *inner);
/* After the summary has taken an event: draws when that is due. */
void progress_show(struct progress *progress);
/* Takes the line away, before something else is printed. */
void progress_clear(struct progress *progress);

/* What the line says after so long. at: patient 0: no place. */
void progress_format(const struct summary *summary, const struct mark *at, int64_t elapsed_us, struct str *out);

#endif
