/* What the parts of redact.h share; for this folder alone. */
#ifndef RECORDER_REDACT_REDACT_PARTS_H
#define RECORDER_REDACT_REDACT_PARTS_H

#include "recorder/redact/codebook.h"
#include "recorder/redact/redact.h"
#include "recorder/redact/view.h"

#define REDACT_DEPTH_MAX 3 /* base64 within base64 */
#define REDACT_UNSPACED_MAX 4096
#define REDACT_SITE_MAX 300

/* A word of a name in a script without blanks. */
struct redact_unspaced {
    uint32_t cps[8];
    size_t count;
};

/* A line of a note, and the words that it becomes. */
struct redact_line {
    uint64_t hash;
    uint32_t *cps; /* owned: the stand-in */
    uint32_t count, next;
};

#define REDACT_LINE_BUCKETS 4096
#define REDACT_LINES_MAX 65536

struct redact {
    const struct phi_map *map; /* borrowed */
    struct codebook *book;
    struct view views[REDACT_DEPTH_MAX];
    uint32_t *cps[REDACT_DEPTH_MAX]; /* owned: the top layer as it was before anything was put */
    size_t cps_capacity[REDACT_DEPTH_MAX];
    char *bytes[REDACT_DEPTH_MAX]; /* owned: what stood in base64 */
    size_t bytes_capacity[REDACT_DEPTH_MAX];
    struct redact_unspaced unspaced[REDACT_UNSPACED_MAX];
    size_t unspaced_count;
    struct redact_line *lines; /* owned; index 0 is not used */
    uint32_t line_count, line_capacity;
    uint32_t line_buckets[REDACT_LINE_BUCKETS];
    uint64_t *code; /* owned: hashes of words of public code */
    size_t code_count, code_capacity;
    char site[REDACT_SITE_MAX]; /* host and port; "" = not known */
    size_t site_len;
    int64_t wall_year; /* 0 = not known */
    bool trust, scan, full, knows_any, in_body;
    struct redact_counts counts;
};

/* One text under the knife. */
struct redact_pass {
    struct redact *r;
    enum redact_mode mode;
    int depth;
    struct view *view;
    const uint32_t *cps;
    size_t count;
    size_t coded_end; /* up to here base64 was looked for */
    size_t line_end;  /* and known lines */
    size_t path_end;  /* and the path of a script or the like */
    bool in_static;   /* it was one */
    uint64_t changes; /* things replaced, or found */
};

/* A range of characters becomes its stand-in; in a scan it is counted. */
void redact_put_value(struct redact_pass *p, enum codebook_kind kind, size_t at, size_t count);
void redact_put(struct redact_pass *p, size_t at, uint32_t cp);
/* The same in the case of the letter that stands there. */
void redact_put_like(struct redact_pass *p, size_t at, uint32_t cp);
void redact_count(struct redact_pass *p, enum redact_kind kind);
void redact_know(struct redact *r, enum codebook_kind kind, const uint32_t *cps, size_t count);
bool redact_knows(const struct redact_pass *p, enum codebook_kind kind, size_t at, size_t count);

/* redact_atom.c: the letters and digits from `at` to `end`. */
void redact_atom(struct redact_pass *p, size_t at, size_t end);
/* Learns of an id or a token what rule `words` would replace anyway: so nothing is judged otherwise after it was
   learned than before, and what is told twice reads the same twice. */
void redact_learn_atom(struct redact_pass *p, size_t at, size_t end);
/* Is a word of those that may stay: listed, or reserved. */
bool redact_is_listed(const struct redact_pass *p, size_t at, size_t count);
bool redact_is_allowed(const struct redact_pass *p, size_t at, size_t count);
/* The same, also of several words written together. */
bool redact_is_wordlike(const struct redact_pass *p, size_t at, size_t end);
void redact_add_harmless(struct redact *r, const uint32_t *cps, size_t count);
bool redact_in_code(const struct redact *r, const uint32_t *cps, size_t count);

/* redact_shape.c: what stands at a digit's place; the end of it, or 0 when there is no such thing. */
size_t redact_date(struct redact_pass *p, size_t at);
size_t redact_groups(struct redact_pass *p, size_t at);
/* Grouped numbers that begin here are known from here on; their end, or 0. */
size_t redact_know_groups(struct redact_pass *p, size_t at);
void redact_know_date(struct redact *r, const uint32_t date[8]);
bool redact_find_date(const struct redact_pass *p, size_t at, uint32_t ret_value[8]);

/* redact_coded.c: base64 that begins here; its end when what it holds was dealt with, else 0. */
size_t redact_coded(struct redact_pass *p, size_t at);
void redact_nested(struct redact *r, enum redact_mode mode, char *text, size_t len, int depth, uint64_t *ret_changes);

/* redact_note.c: the line from *at on is a known one: replaced, and *at behind it. */
bool redact_note(struct redact_pass *p, size_t *at);
void redact_add_note(struct redact_pass *p);

#endif
