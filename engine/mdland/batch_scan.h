/* Finds the patients and visits of a batch in its text without holding it. The
   text is fed in pieces of any size; what comes out are extents, and two kinds of
   short texts: each patient with its visits replaced by 0, and the document with
   its patients replaced by 0. Those, and the visits read by their extents, are for
   jansson to judge: together they are the whole text, so that what the scan does
   not look at is looked at there. The scan itself knows strings, brackets and
   the two lists `patients` and `visits` (at the top, or under `data`), and refuses
   only what would make the cuts wrong.

   What a caller must check on the parsed short texts: that the list holds as many
   elements as were cut, which fails when a key is spelled with escapes. */
#ifndef ENGINE_MDLAND_BATCH_SCAN_H
#define ENGINE_MDLAND_BATCH_SCAN_H

#include "engine/base/err.h"
#include "engine/base/json_in.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Ceilings of a single visit's text, and of a patient's and the document's
   without what was cut out of them. */
#define BATCH_VISIT_TEXT_MAX ((uint64_t)4 << 20)
#define BATCH_PATIENT_TEXT_MAX ((size_t)1 << 20)
#define BATCH_DOCUMENT_TEXT_MAX ((size_t)1 << 20)

struct extent {
    uint64_t offset;
    uint64_t size_bytes;
};

/* A growing list of extents with a ceiling; zeroed is empty. */
struct extents {
    struct extent *items; /* owned */
    size_t count;
    size_t capacity;
};

/* A patient as cut: borrowed until the callback returns. */
struct scanned_patient {
    size_t index;        /* in patients[], from 0 */
    struct slice text;   /* visits replaced by 0 */
    struct extent where; /* the whole of it, visits included */
    const struct extent *visits;
    size_t visit_count;
};

enum scan_level { SCAN_DOCUMENT, SCAN_PATIENT, SCAN_VISIT };

struct batch_scan {
    /* Called at the end of each patient; an error ends the scan. */
    enum err_code (*on_patient)(void *context, const struct scanned_patient *patient, struct err *err);
    void *context;

    /* Private. */
    uint64_t offset;     /* of the byte in hand */
    uint64_t solid_end;  /* after the last byte that is no blank */
    uint64_t begun[3];   /* where the open element of each level begins */
    enum scan_level level;
    unsigned depth;
    uint8_t roles[JSON_IN_DEPTH_MAX]; /* of each open bracket */
    uint8_t key;         /* the key whose value comes next */
    bool in_string;
    bool escaped;
    size_t word_len;     /* of the last string, kept when short: a key? */
    char word[16];
    struct str document; /* owned */
    struct str patient;  /* owned */
    struct extents patients;
    struct extents visits; /* of the patient in hand */
    size_t visit_total;
    unsigned lists;      /* how many patients[] were met */
    enum err_code code;  /* with `why` */
    const char *why;     /* set when the scan refuses: at `offset` */
};

void batch_scan_init(struct batch_scan *s);
void batch_scan_fini(struct batch_scan *s);

/* ERR_INPUT (ERR_ENV without memory) when the text cannot be cut: s->why and s->offset
   say what and where, and nothing is put into err. An error of on_patient is returned
   with its err. */
enum err_code batch_scan_feed(struct batch_scan *s, struct slice text, struct err *err) MUST_USE;
/* The text is over. Afterwards s->document and s->patients hold the whole. */
enum err_code batch_scan_end(struct batch_scan *s) MUST_USE;

/* Where byte `at` of a short text stands in the source: `start` is where its element
   begins there, `cut` what was replaced. */
uint64_t batch_scan_place(uint64_t start, const struct extent *cut, size_t count, size_t at);

#endif
