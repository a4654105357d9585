/* Where in a run something stands: p3.v2.a1.saveSOAP is patient 3 (by order in
   the batch), visit with dos 2, attempt 1, step saveSOAP. The end may be missing,
   from any point on; a mark with patient 0 is "run", the time outside any visit. */
#ifndef ENGINE_WORLD_MARK_H
#define ENGINE_WORLD_MARK_H

#include "engine/base/str.h"

#include <stdint.h>

struct mark {
    uint32_t patient; /* 1-based; 0 = outside any visit */
    uint32_t dos;     /* 1-based; 0 = absent */
    uint32_t attempt; /* 1-based; 0 = absent */
    const char *step; /* static text from the step table; NULL = absent */
};

#define MARK_TEXT_MAX 64
#define MARK_RUN ((struct mark){0, 0, 0, NULL})

/* Writes the mark's text ("run" or "run.STEP" outside a visit); returns its length. */
size_t mark_format(const struct mark *mark, char ret_text[MARK_TEXT_MAX]);
/* False when text is no mark. ret_mark->step stays NULL; the step's name comes back
   in ret_step as it stands in text, empty when there is none. */
bool mark_parse(struct slice text, struct mark *ret_mark, struct slice *ret_step);

#endif
