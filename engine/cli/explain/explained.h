/* A run as `revisit explain` and `revisit report` know it: a recording, replayed once,
   strictly, with its course, a watch on the page's messages, and a search for cures; or the
   journal and event log of a run directory without one. */
#ifndef ENGINE_CLI_EXPLAINED_H
#define ENGINE_CLI_EXPLAINED_H

#include "engine/cli/explain/explain_cure.h"
#include "engine/cli/explain/explain_dir.h"
#include "engine/cli/explain/explain_watch.h"
#include "engine/cli/isolation.h"

/* Zeroed, but for path, place and isolation, is what explained_read() wants. */
struct explained {
    const char *path; /* as it was given */
    struct explain_place place;
    const struct isolation *isolation; /* begun once the inputs are read; NULL: by somebody else */
    struct recorded recorded;
    struct explain_watch watch;
    struct event_log lines;
    struct explain_log log; /* judged */
    struct journal journal;
    struct explain_cure_search cures;
    uint32_t multiplier; /* in thousandths; 0: not known */
};

/* Replays or reads what `place` names. explained_close() is due in any case. */
enum err_code explained_read(struct explained *e, struct err *err) MUST_USE;
void explained_close(struct explained *e);

bool explained_has_recording(const struct explained *e);
struct explain_head explained_head(const struct explained *e);
/* The page of a visit, its cure sought. */
enum err_code explained_page(struct explained *e, const struct explain_visit *visit, struct explain_page *ret_page,
                             struct err *err) MUST_USE;

#endif
