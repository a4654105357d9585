/* The inside of an excerpt, shared by excerpt_read.c (what is kept), excerpt_match.c (a
   request against an entry, and the names of one browser for another's), excerpt_tell.c
   (answers) and excerpt.c (the wire). */
#ifndef RECORDER_EXCERPT_PARTS_H
#define RECORDER_EXCERPT_PARTS_H

#include "recorder/entry.h"
#include "recorder/study/excerpt.h"

#define EXCERPT_LINES_MAX ((size_t)8 << 20)
#define EXCERPT_BROWSERS_MAX 10000u
#define EXCERPT_OPEN_MAX 4096
#define EXCERPT_ID_MAX 64

/* Lines [first, end) of those that are kept. */
struct range {
    size_t first, end;
};

struct segment {
    struct excerpt_visit visit;
    struct range lines;
    struct range start;   /* of the browser that the visit begins in */
    struct range cleanup; /* how what it left open was closed, by a visit that is not kept */
};

/* What a browser calls its context, its page and our session with it. */
struct names {
    char context[EXCERPT_ID_MAX], target[EXCERPT_ID_MAX], session[EXCERPT_ID_MAX];
};

/* A request that has no answer yet. */
struct open_request {
    enum entry_kind kind;
    uint32_t generation; /* recorded */
    uint64_t recorded_id, id;
};

struct excerpt {
    struct wire wire; /* first */
    const struct recording *recording; /* borrowed */

    struct str text; /* the kept lines */
    struct {
        size_t at, len;
    } *lines; /* owned */
    size_t line_count, line_capacity;
    struct segment *segments; /* owned, in the order of the recording */
    size_t segment_count;
    struct range before, after; /* the run's own, around all visits */
    bool last_is_cut;           /* the recording ends inside the last of the segments */
    struct names *browsers;     /* owned; by recorded generation */
    uint32_t browser_count;
    uint64_t entries; /* of the whole recording */
    uint32_t last;
    bool lock_known;
    int lock_error;

    /* Playing. */
    struct range left;  /* of what is played: the next line first */
    struct range later; /* goes on when a detour is over */
    struct range start, cleanup; /* the detours that may be made here; empty: none */
    bool in_detour;
    bool fresh;         /* a visit has just begun: what was asked for the sake of others may be passed over */
    bool in_after;
    struct mark visit;  /* patient and dos in hand */
    char mark[MARK_TEXT_MAX];
    size_t mark_len;
    struct instant now;
    int64_t shift_us;   /* from recorded instants to those of this run */
    uint32_t generation;     /* of the engine's browser */
    uint32_t recorded_browser; /* which of the recorded ones it is */
    uint32_t *generations;   /* owned; by recorded generation: ours, 0 = not known */
    struct open_request open[EXCERPT_OPEN_MAX];
    size_t open_count;
    bool has_lock, lock_asked; /* asked: to be answered apart */
    uint32_t lock_id;
    struct str line, scratch;       /* of requests */
    struct str item, renamed, told; /* what an item's slices point into */
    struct wire_response response;
    struct err failure;
    bool ended; /* at the end of a run that was cut: the failure is none */
};

/* The kept line as an entry: its slices point into excerpt->text. False: it is none. */
bool excerpt_entry(const struct excerpt *e, size_t line, struct entry *ret_entry);
enum err_code excerpt_read(struct excerpt *e, const struct excerpt_visit *visits, size_t count, struct err *err);

/* Is the request asked the recorded one, but for what the engine makes itself? */
bool excerpt_same(struct excerpt *e, const struct entry *asked, const struct entry *recorded);
/* The number of a message or a request, and what follows it; 0 when there is none. */
uint64_t excerpt_id(struct slice value, struct slice *ret_rest);
/* text with the names of the recorded browser replaced by those of the engine's one; text
   itself when they are the same, else in out. */
struct slice excerpt_renamed(const struct excerpt *e, uint32_t generation, struct slice text, struct str *out);

void excerpt_remember(struct excerpt *e, const struct open_request *request);
/* The request that an item answers; NULL also for items that answer none. */
struct open_request *excerpt_answered_by(struct excerpt *e, const struct entry *item);
/* Which browser of ours a recorded one is; 0 = none. */
uint32_t excerpt_generation(const struct excerpt *e, uint32_t recorded);
/* An entry as the item that the engine is told, its request answered; false when it is none.
   Slices are good until the next call. */
bool excerpt_tell(struct excerpt *e, const struct entry *entry, struct wire_item *item);

#endif
