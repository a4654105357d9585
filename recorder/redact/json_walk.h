/* Redaction of a JSON text in place: each string is dealt with by the rule that phi.map has for
   its path, and nothing else of the text changes. A text that is no JSON from some place on is,
   from there, text of rule `words`. Lone surrogates and NULs, which parsers refuse, stand no
   less for that. */
#ifndef RECORDER_REDACT_JSON_WALK_H
#define RECORDER_REDACT_JSON_WALK_H

#include "engine/base/str.h"
#include "recorder/redact/redact.h"

#define JSON_WALK_PATH_MAX 256
#define JSON_WALK_DEPTH_MAX 128

/* What one walk over a batch tells the next: whose notes may stay. */
struct json_walk_people {
    unsigned char *reserved; /* owned; of each patient, in order */
    size_t count, capacity;
    bool full;
};

enum json_walk_task { JSON_WALK_MASK, JSON_WALK_LEARN_PEOPLE, JSON_WALK_LEARN_NOTES };

struct json_walk {
    struct redact *redact;
    enum phi_place place;
    struct slice message;
    enum json_walk_task task;
    struct json_walk_people *people; /* of a batch, else NULL */
    struct str *posted_true, *posted_clean; /* of a message: the posted body, decoded, before and after; or NULL */
    char path[JSON_WALK_PATH_MAX];
    size_t path_len;
    size_t patients; /* begun so far */
    int depth;
    char *at, *end;
    char *judged; /* what is before it was dealt with: where no JSON comes, all from here on is text */
};

void json_walk(struct json_walk *walk, char *text, size_t len);
/* One value by its rule, outside of any JSON: a header, a field of a form. */
void json_walk_header(struct redact *redact, struct slice name, char *value, size_t len);

/* json_field.c: what a rule does to the inside of a string. */
void json_field(struct json_walk *walk, enum phi_rule rule, char *text, size_t len);

#endif
