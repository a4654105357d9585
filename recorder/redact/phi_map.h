/* phi.map: which field of which message is what. A table that people read, one rule a line:

     # comment
     PLACE  MESSAGE  FIELD  RULE
     word pain back week

   PLACE is where the text stands (phi_map.def), MESSAGE what it belongs to (a CDP method, a
   header's name, an operation, a record's type) and FIELD the path in it, as "params.frame.url" or
   "cookies[].value". In MESSAGE and FIELD * stands for anything. The first line that fits
   decides; where none does, the text is opaque: every word and number of it is replaced.
   `word` lines list what may stay in text of rule `words`: words of the site's own pages and scripts, and of
   clinical notes, none of which is a name; and numbers that are codes. */
#ifndef RECORDER_REDACT_PHI_MAP_H
#define RECORDER_REDACT_PHI_MAP_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define PHI_MAP_BYTES_MAX (1u << 20)
#define PHI_MAP_RULES_MAX 4096
#define PHI_MAP_HASH_TEXT 65

enum phi_place {
#define PLACE(id, name, what) id,
#define RULE(id, name, what)
#include "recorder/redact/phi_map.def"
#undef PLACE
#undef RULE
    PHI_PLACES
};

enum phi_rule {
#define PLACE(id, name, what)
#define RULE(id, name, what) id,
#include "recorder/redact/phi_map.def"
#undef PLACE
#undef RULE
    PHI_RULES
};

struct phi_map;

/* The table that is compiled in (phi.map of this folder). */
extern const char phi_map_text[];
extern const size_t phi_map_text_size;

/* Copies what it needs. ERR_INPUT names the line and what is wrong with it. */
enum err_code phi_map_parse(struct slice text, struct phi_map **ret_map, struct err *err);
void phi_map_free(struct phi_map *map); /* NULL is fine */
/* BLAKE2b of the text, in hex: the name of these rules in a certificate. */
const char *phi_map_hash(const struct phi_map *map);

/* The rule; PHI_OPAQUE where no line fits, and *ret_listed false (may be NULL). */
enum phi_rule phi_map_rule(const struct phi_map *map, enum phi_place place, struct slice message, struct slice field,
                           bool *ret_listed);
/* Whether a word may stay: in lower case, UTF-8. */
bool phi_map_has_word(const struct phi_map *map, struct slice word);
/* A listed word of ASCII letters with that length, chosen by noise; nothing when there is none. */
struct slice phi_map_word_of_length(const struct phi_map *map, size_t len, uint32_t noise);

/* For tests that do without a rule: how many there are, and a map as this one but that the rule is `rule`. */
size_t phi_map_count(const struct phi_map *map);
void phi_map_override(struct phi_map *map, size_t index, enum phi_rule rule);

#endif
