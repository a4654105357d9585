/* Redaction: of every text that is to be written, what is somebody's is replaced in place by
   a stand-in of equal length and class (codebook.h), spelled as it was. What is replaced is
   decided word by word and number by number, after escapes, base64, UTF-16 are undone, so
   it does not matter in what coat, order or case something stands, nor what is around it:

     - what was learned to be somebody's, everywhere: names by their words, birth dates in
       all their forms, ids, tokens, lines of notes;
     - in text that a rule lets through as `words` (phi_map.h): also whatever is not known to
       be harmless: words that are not listed, numbers of four digits or more, dates, telephone
       and other grouped numbers, addresses;
     - in what no rule knows: everything.

   A name that is also a word of pages' own code ("form", "long") is left where it is written in small letters. Of
   a name's words those of two letters are replaced only beside another of its words, and single letters never:
   alone they name nobody and would change much else.

   A text is judged on its own: what may be split over two calls is not found. One that was redacted already is told by its
   certificate (redact_trust()): then what lies in the reserved ranges stays, and redacting it changes nothing. */
#ifndef RECORDER_REDACT_REDACT_H
#define RECORDER_REDACT_REDACT_H

#include "engine/base/str.h"
#include "recorder/redact/phi_map.h"

#include <stdbool.h>
#include <stdint.h>

enum redact_mode { REDACT_KNOWN, REDACT_WORDS, REDACT_ALL };

/* What was replaced, or in a scan found. */
enum redact_kind { REDACT_WORD, REDACT_NUMBER, REDACT_MIXED, REDACT_DATE, REDACT_NOTE, REDACT_PACKED, REDACT_KINDS };

struct redact_counts {
    uint64_t replaced[REDACT_KINDS];
    uint64_t bytes; /* looked at, escapes undone or not */
    uint64_t shared; /* stand-ins that were given twice, for want of another */
};

struct redact;

/* map is borrowed. seed: 32 bytes for tests, NULL: the system's. NULL when there is no memory. */
struct redact *redact_new(const struct phi_map *map, const unsigned char *seed);
/* Room for fewer values than there is, for tests. */
void redact_limit(struct redact *redact, uint32_t values);
void redact_free(struct redact *redact); /* NULL is fine; wipes the codebook */
const struct phi_map *redact_map(const struct redact *redact);

/* The recording was redacted before: marked numbers are stand-ins too. */
void redact_trust(struct redact *redact);
/* Nothing is changed: what would be replaced is counted. With trust this is the scanner. */
void redact_scan(struct redact *redact);
/* Host and port of the site, which stay: "https://clinic.example:444/..." */
void redact_site(struct redact *redact, struct slice url);
/* When the run was: dates up to four years around are of service, and keep their order (month and day stay). */
void redact_wall(struct redact *redact, int64_t wall_us);

void redact_text(struct redact *redact, enum redact_mode mode, char *text, size_t len);

/* Learning. Texts as they stand in the source, escapes and all. */
void redact_learn_name(struct redact *redact, char *text, size_t len);
/* MM/DD/YYYY, or any form that dates of birth are known in. */
void redact_learn_date(struct redact *redact, char *text, size_t len);
void redact_learn_id(struct redact *redact, char *text, size_t len);
/* The lines of a note. */
void redact_learn_note(struct redact *redact, char *text, size_t len);
/* The note of an invented person: its words may stay wherever they are. */
void redact_learn_harmless(struct redact *redact, char *text, size_t len);
/* Whether all of a name's words are reserved, and one is a surname. */
bool redact_name_is_reserved(struct redact *redact, char *text, size_t len);
/* Words of public code, which may stay in bodies from here on: scripts name what pages call. */
void redact_learn_code(struct redact *redact, struct slice code);
/* What is redacted from here on is a body of the page's network, or is none. */
void redact_in_body(struct redact *redact, bool in_body);
/* A digest of a text that was redacted, and that of what came out: equal lengths, ASCII. */
void redact_pair(struct redact *redact, struct slice from, struct slice to);

struct redact_counts redact_counts(const struct redact *redact);
/* Memory or the codebook's room ran out: nothing that was redacted may be used. */
bool redact_is_full(const struct redact *redact);

#endif
