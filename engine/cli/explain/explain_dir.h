/* What `revisit explain` was pointed at: a recording, a run directory that holds one, or one
   that holds a journal and an event log alone. */
#ifndef ENGINE_CLI_EXPLAIN_DIR_H
#define ENGINE_CLI_EXPLAIN_DIR_H

#include "engine/base/err.h"
#include "engine/batch/journal.h"
#include "engine/report/explain_log.h"

#include <limits.h>

struct explain_place {
    char recording[PATH_MAX]; /* "": there is none */
    char journal[PATH_MAX], events[PATH_MAX];
};

/* ERR_INPUT for what is neither, or holds several recordings: they are named. A path that is
   no directory is taken for a recording, whose reader says what it is. */
enum err_code explain_dir_find(const char *path, struct explain_place *ret_place, struct err *err) MUST_USE;

/* Reads a run directory without a recording: its lines go to `log`. The multiplier of its
   last run, in thousandths, is 0 where the journal does not tell it. journal_fini() is due
   in any case. */
enum err_code explain_dir_read(const struct explain_place *place, struct explain_log *log, struct journal *ret_journal,
                               uint32_t *ret_multiplier, struct err *err) MUST_USE;

/* What the journal says of a visit whose changes were begun and not proved; NULL: nothing. */
const char *explain_dir_journaled(const struct journal *journal, struct visit_label visit);

#endif
