/* What a run to be resumed left in its directory, judged against what is given now.
   Another batch file or other settings are refused unless they are forced; a batch of
   other patients or visits is refused for good, because a label of the journal
   ("patient 3, visit 2") would mean somebody else. */
#ifndef ENGINE_CLI_RESUME_H
#define ENGINE_CLI_RESUME_H

#include "engine/batch/journal.h"
#include "engine/cli/run/run_dir.h"
#include "engine/mdland/batch_input.h"

struct resume {
    struct str text; /* the journal as found */
    struct journal journal;
};

/* Reads and folds the journal of a directory that is locked. One that holds no run yet
   is taken, and found to hold nothing. ERR_INPUT: no journal, another batch or other
   settings; ERR_INTEGRITY: damaged. resume_fini() whatever comes. */
enum err_code resume_open(const struct run_dir *dir, const struct batch *batch, struct slice settings, bool force,
                          struct resume *ret_resume, struct err *err) MUST_USE;
void resume_fini(struct resume *resume);

/* Is nothing left to do? A run that was killed after its last visit still lacks its end:
   that is written by a resume, without a browser. */
bool resume_is_finished(const struct resume *resume);
/* The words for such a run. */
void resume_say_finished(const struct resume *resume, const struct run_dir *dir);
/* And the status it would have ended with. */
int resume_exit_status(const struct resume *resume);

/* A line with the command that goes on with this run: the given one, with this directory. */
void resume_offer(int argc, char **argv, const struct run_dir *dir, struct str *out);

#endif
