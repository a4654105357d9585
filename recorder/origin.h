/* Where a recorded value came from, for the report of a divergence: the batch, the
   state, the settings, or the entry in which it was first received or sent. The value is
   searched for and never told. */
#ifndef RECORDER_ORIGIN_H
#define RECORDER_ORIGIN_H

#include "recorder/divergence.h"
#include "recorder/recording.h"

/* Shorter ones stand anywhere. */
#define ORIGIN_VALUE_MIN 3

/* field: the path of the value in the request at hand, as compare.h gives it; before: the
   number of that entry. ret_origin is "" when nothing can be said. Reads the session from
   its beginning, at most ORIGIN_BYTES_MAX of it. */
#define ORIGIN_BYTES_MAX ((uint64_t)64 << 20)
void origin_tell(const struct recording *recording, const char *field, struct slice value, uint64_t before,
                 char ret_origin[DIVERGENCE_TEXT_MAX]);

#endif
