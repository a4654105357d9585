/* What a recording tells of the page beyond the engine's own calls: which frames load,
   which documents were asked for and have not come, which of the note's editors were opened,
   which of our own requests are open. A wire that hands on all that passes and keeps the
   moments; any instant can be asked for afterwards. */
#ifndef ENGINE_CLI_EXPLAIN_WATCH_H
#define ENGINE_CLI_EXPLAIN_WATCH_H

#include "engine/report/explain.h"
#include "engine/world/wire.h"

#define WATCH_MOMENTS_MAX (1u << 23)
#define WATCH_FRAMES_MAX  256 /* of a page at one time; the site has some 150 */

enum watch_kind {
    WATCH_BROWSER,    /* another one begins, or none: nothing of the old is left */
    WATCH_LOADING,
    WATCH_STOPPED,
    WATCH_NAVIGATING, /* a frame's document was asked for */
    WATCH_NAVIGATED,  /* and has come */
    WATCH_EDITOR,     /* an editor's document was opened */
    WATCH_DETACHED,
    WATCH_SENT,       /* by our own hand */
    WATCH_ENDED
};

struct watch_moment {
    struct instant at;
    uint64_t subject; /* a frame, by the digest of its id; a request, by its id */
    enum watch_kind kind;
    uint32_t editor;
    char tail[EXPLAIN_TAIL_MAX + 1]; /* of a path: its last part, without what follows a '?' */
};

struct explain_watch {
    struct wire wire;
    struct wire *behind;
    struct watch_moment *moments; /* owned */
    uint32_t count, room;
    struct instant now;
    bool full; /* there was no memory, or the ceiling was met: of no use */
};

/* For recorded.watch; ctx is an explain_watch, zeroed. */
struct wire *explain_watch_open(void *ctx, struct wire *behind);
void explain_watch_fini(struct explain_watch *watch);

/* Frames, editors and requests as they stood at that instant. note: whether the step is one
   of the note, so that its editors matter. */
void explain_watch_tell(const struct explain_watch *watch, struct instant at, bool note, struct explain_wait *ret_wait);

#endif
