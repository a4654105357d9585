/* An excerpt of a recording: a bottom for the wire that plays some of the recorded visits,
   one after another, as if the others had not been in the batch. The engine runs over it
   with a batch in which those are not to be run, a recorder between: what the engine asks
   is made anew (ids, instants, journal records), what it is told was recorded.

   Kept are the run's own entries (its start, the look at the site, its end), each start of
   a browser with the check of the session, and the chosen visits. A kept visit's entries
   come in their order, each as long after its request as recorded. Ids of messages are
   those of the engine's; a browser that ran before is called by the ids of the one that
   runs. A request must be the recorded one but for what the engine makes itself: the id, the
   options of a call (nonce, clock), the members of a journal record. Time alone may pass
   unrecorded: a wait between two visits is woken at its deadline. Anything else ends the
   run: it invents no answer. */
#ifndef RECORDER_EXCERPT_H
#define RECORDER_EXCERPT_H

#include "engine/base/err.h"
#include "engine/world/wire.h"
#include "recorder/recording.h"

#define EXCERPT_VISITS_MAX 4096
#define EXCERPT_BYTES_MAX ((size_t)512 << 20) /* of kept entries */

struct excerpt_visit {
    uint32_t patient, dos;
};

struct excerpt;

/* Reads the session once. Both are borrowed. Errors as reader_next(); ERR_INPUT over the
   limit. */
enum err_code excerpt_open(const struct recording *recording, const struct excerpt_visit *visits, size_t count,
                           struct excerpt **ret_excerpt, struct err *err);
void excerpt_close(struct excerpt *excerpt); /* NULL is fine */
/* Of the whole recording: how many entries, and entry_numberless() of the last. */
uint64_t excerpt_entries(const struct excerpt *excerpt);
uint32_t excerpt_last(const struct excerpt *excerpt);
struct wire *excerpt_wire(struct excerpt *excerpt);

/* Why the excerpt cannot be run: a sentence with the entry; NULL when nothing stood in the
   way. next() has then given ERR_DIVERGED. */
const char *excerpt_failure(const struct excerpt *excerpt);
/* The recording is of a run that was cut, and this one came to where that was: next() has
   given ERR_DIVERGED only because it must give something. */
bool excerpt_ended(const struct excerpt *excerpt);

#endif
