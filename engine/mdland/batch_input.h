/* The batch: which visits to run, and what to write into each. batch_open reads
   the whole text once and judges all of it - wrong types, missing fields, dates
   that do not exist, codes that no chart could hold, the same visit twice - so
   that a run never starts on a batch that it could not finish; every problem is
   in the one error, by its path in the JSON (`patients[3].visits[0].dos: ...`)
   and never with a name or a value. What is kept is a small table; notes and
   codes are read again, a visit at a time, by batch_visit_open: memory does not
   grow with the notes (measured: tests/unit/batch_input_test.c).

   The text is read through a batch_source, so that a file of any size and a test's
   string are the same. It must not change meanwhile: a visit whose bytes differ
   from those that were judged is refused.

   What the JSON says (wrapped as {success, data} or not; unknown keys ignored,
   null is the same as absent):
     batchId     letters, digits, - and _; "batch" when absent
     confirmed   false is refused; absent means true
     mode        full | soap-only | continue; absent means full; a patient's own
                 mode wins. `continue` says how the notes were made (from an
                 earlier note); such a visit is run exactly as a full one
     patients[]  name, dob (MM/DD/YYYY), insurance (HF, OPTUM, WC, VC, ELDERPLAN,
                 NONE; absent means NONE), mode, visits[]
     visits[]    dos (1..9999), status, and where the status is `done`:
                 noteType (IE, TX, RE, NEW_IE; may be absent), generated.html or
                 generated.soap with subjective, objective, assessment, plan, and
                 unless soap-only icdCodes[1..12]{code, name}, cptCodes[]{code,
                 name, units 1..99}
   Only visits with status `done` are run; the others are judged by dos and status
   alone and are in no plan. */
#ifndef ENGINE_MDLAND_BATCH_INPUT_H
#define ENGINE_MDLAND_BATCH_INPUT_H

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BATCH_SIZE_BYTES_MAX ((uint64_t)1 << 30)
#define BATCH_PATIENTS_MAX 20000u
#define BATCH_VISITS_MAX 50000u
#define BATCH_ICD_MAX 12u
#define BATCH_CPT_MAX 50u
#define BATCH_DOS_MAX 9999u

/* Ceilings for the arenas that the caller gives: a plan of the most patients and
   visits fits into the first, one visit into the second. */
#define BATCH_ARENA_BYTES ((size_t)64 << 20)
#define VISIT_ARENA_BYTES ((size_t)16 << 20)

struct batch_source {
    void *context;
    uint64_t size_bytes;
    /* What it is when a visit that was judged cannot be opened later: ERR_ENV under a
       run, ERR_UNREADABLE under a replay. */
    enum err_code lost;
    /* Exactly `count` bytes from `offset`, both within size_bytes, or an error. */
    enum err_code (*read_at)(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err);
};

/* A source over memory; `text` is borrowed and must outlive the batch. */
struct batch_source batch_source_of(const struct slice *text);

struct patient {
    uint32_t number;        /* 1-based, by order in patients[]: the label p1, p2, ... */
    struct slice name;      /* as given; at least one word */
    struct slice dob;       /* MM/DD/YYYY, a date that exists */
    struct slice insurance; /* one of the list, "NONE" when absent */
};

/* One visit to run, in batch order. */
struct batch_visit {
    uint32_t patient; /* index into batch.patients */
    uint32_t dos;     /* the patient's n-th PT row, 1-based */
    bool soap_only;   /* no codes, no checkout */
    /* Private: where its text stands and what it hashes to. */
    uint64_t offset;
    uint32_t size_bytes;
    uint64_t hash;
};

struct visit;

struct batch {
    struct slice id;
    struct patient *patients; /* every entry of patients[], also those with no visit to run */
    size_t patient_count;
    struct batch_visit *visits; /* those to run */
    size_t visit_count;         /* at least 1 */
    size_t other_count;         /* visits whose status is not `done` */
    uint64_t hash;              /* of the whole text: tells another batch file, proves nothing */
    const struct batch_source *source; /* borrowed from batch_open's caller */
    struct visit **kept;               /* by batch_keep(), else NULL */
};

struct visit_icd {
    struct slice code; /* "M54.50" */
    struct slice name; /* the code itself when the batch gives none */
};

struct visit_cpt {
    struct slice code; /* five characters and modifier pairs, "97810", "9920325" */
    struct slice name;
    uint32_t units; /* 1..99 */
};

enum note_section { NOTE_SUBJECTIVE, NOTE_OBJECTIVE, NOTE_ASSESSMENT, NOTE_PLAN };
#define NOTE_SECTION_COUNT 4

struct visit {
    const struct patient *patient;
    uint32_t dos;
    bool soap_only;
    struct slice note_type; /* "IE", "TX", "RE", "NEW_IE", or empty */
    struct visit_icd *icd;  /* none when soap_only */
    size_t icd_count;
    struct visit_cpt *cpt; /* none when soap_only */
    size_t cpt_count;
    /* What goes into the editors: the prepared HTML where the batch has it, else
       one <p> a non-blank line of the text (blanks at its ends removed, as the
       editor would) with & < > escaped. */
    struct slice section_html[NOTE_SECTION_COUNT];
};

/* Reads and judges the text. The batch and all it points to live in `arena`; the
   source must outlive it. ERR_INPUT with every problem listed (the first 40, then
   "... and N more"), or with the first place where it is no JSON or passes a
   limit; the source's own errors as they are; ERR_ENV out of memory. */
enum err_code batch_open(const struct batch_source *source, struct arena *arena, struct batch **ret_batch,
                         struct err *err) MUST_USE;

/* Of who is to be visited and which visits, not of what is entered there: equal for two
   batches whose labels mean the same. */
uint64_t batch_plan_hash(const struct batch *batch);

/* Opens every visit and keeps it in `arena`, for a batch that one process runs many times;
   batch_visit_open() then hands these out. Errors as there. */
enum err_code batch_keep(struct batch *batch, struct arena *arena, struct err *err) MUST_USE;

/* One visit in full, by its index in batch->visits; it lives in `arena`, its
   patient in the batch. The source's `lost` when it cannot be read any more, or is no
   longer the judged one. */
enum err_code batch_visit_open(const struct batch *batch, size_t visit_index, struct arena *arena,
                               struct visit **ret_visit, struct err *err) MUST_USE;

#endif
