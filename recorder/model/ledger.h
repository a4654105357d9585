/* The charts of an EHR, and what was done to them: the truth that outlives processes,
   for recorder/model/model.h. It is one block of memory without pointers, so it may lie in a
   shared mapping and be looked at after the process that wrote it was killed. The caller
   owns the block; it is all there is.

   Names and birth dates are kept as digests. What a chart holds in codes is kept as text,
   what its note says as a digest of the argument that said it. Requests that were sent and
   have not been acted on yet are the server's, hence here: they land although the process
   that sent them is gone. */
#ifndef RECORDER_LEDGER_H
#define RECORDER_LEDGER_H

#include "engine/base/clock.h"
#include "engine/base/str.h"

#include <stdint.h>

#define LEDGER_ICD_MAX 12
#define LEDGER_CPT_MAX 50
#define LEDGER_CODE_BYTES 16 /* filled up with NULs; the longest code has 13 characters */
#define LEDGER_ID_BYTES 16   /* NUL-ended */
#define LEDGER_IN_FLIGHT_MAX 8

struct ledger_codes {
    uint32_t icd_count, cpt_count;
    char icd[LEDGER_ICD_MAX][LEDGER_CODE_BYTES];
    struct {
        char code[LEDGER_CODE_BYTES];
        uint32_t units;
    } cpt[LEDGER_CPT_MAX];
};

struct ledger_patient {
    uint64_t name, dob;
    uint32_t first, last; /* its visits: index + 1; 0 = none */
};

struct ledger_chart {
    uint32_t patient; /* index */
    uint32_t order;   /* the n-th PT row of the patient, from 1 */
    uint32_t next;    /* of the same patient: index + 1; 0 = none */
    char row_id[LEDGER_ID_BYTES];   /* "trt1000017" */
    char visit_id[LEDGER_ID_BYTES]; /* "5000017": another number than the row's */
    uint64_t payer;  /* digest; 0 = whatever is asked for fits */
    uint64_t note;   /* digest of the text of `sections`; 0 = empty */
    bool foreign_note;     /* somebody else's words stand there */
    uint32_t overwritten;  /* somebody else's words that a save of ours replaced */
    uint32_t opens, closes;
    uint32_t code_saves, note_saves; /* that reached the chart */
    uint32_t bills;       /* by us, each one counted */
    uint32_t other_bills; /* by somebody else */
    struct ledger_codes codes;
};

/* Somebody else's words. */
#define LEDGER_FOREIGN_NOTE ((uint64_t)1)

enum ledger_change { LEDGER_CODES, LEDGER_NOTE, LEDGER_BILL };

/* A request on its way: it reaches the chart at `due` on the ledger's clock. */
struct ledger_request {
    enum ledger_change change;
    uint32_t chart; /* index */
    struct instant due;
    uint64_t note;
    struct ledger_codes codes;
};

struct ledger {
    uint32_t visit_max;
    uint32_t patient_count, chart_count;
    bool expired; /* the session is over; a person's new login ends that */
    struct instant now; /* goes on from one process to the next */
    uint32_t in_flight_count;
    uint32_t refused_after_expiry; /* requests that came after the session was over */
    struct ledger_request in_flight[LEDGER_IN_FLIGHT_MAX];
    /* Then visit_max charts, then as many patients. */
};

size_t ledger_size_bytes(uint32_t visit_max);
/* memory: ledger_size_bytes(visit_max) bytes, aligned as malloc and mmap do. */
struct ledger *ledger_init(void *memory, uint32_t visit_max);
/* Forgets what was done to the charts, keeps patients and visits. */
void ledger_reset(struct ledger *ledger);

/* Both as the batch has them, not escaped. Returns the patient's index. */
uint32_t ledger_add_patient(struct ledger *ledger, struct slice name, struct slice dob);
/* payer: as the batch names it, or empty where it does not matter. Orders of a patient are given once each. Returns
   the chart's index; past visit_max is a bug of the caller's. */
uint32_t ledger_add_visit(struct ledger *ledger, uint32_t patient, uint32_t order, struct slice payer);

struct ledger_chart *ledger_charts(struct ledger *ledger);
struct ledger_patient *ledger_patients(struct ledger *ledger);
/* NULL when there is none. */
struct ledger_chart *ledger_find(struct ledger *ledger, uint32_t patient, uint32_t order);

/* Codes in a chart or a form. A code of five characters is there whatever modifiers its row
   has, as on the page (engine/mdland/README.md). False when there is no room. */
void ledger_code(struct slice text, char ret_code[LEDGER_CODE_BYTES]);
bool ledger_codes_have_icd(const struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES]);
bool ledger_codes_add_icd(struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES]);
/* The units of its row; 0 = it is not there. */
uint32_t ledger_codes_units(const struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES]);
/* Adds it, or sets the units of the row that is there. */
bool ledger_codes_set_cpt(struct ledger_codes *codes, const char code[LEDGER_CODE_BYTES], uint32_t units);

/* A person logs in again. */
void ledger_login(struct ledger *ledger);

bool ledger_is_billed(const struct ledger_chart *chart);

/* A request reaches the server, now or when it is due. False, and nothing happens, after
   expiry, and where it would change the codes of a visit that is billed. */
bool ledger_apply(struct ledger *ledger, const struct ledger_request *request);
void ledger_send(struct ledger *ledger, const struct ledger_request *request);
/* Time goes on; what is due lands, in order. */
void ledger_advance(struct ledger *ledger, struct instant now);

/* 64 bits of bytes; tells them apart, proves nothing. Never 0. */
uint64_t ledger_digest(struct slice bytes);
/* Of a note in the form in which a chart holds it: its sections as the argument says them. */
uint64_t ledger_note(const struct slice sections[], size_t count);
/* Of a text as a JSON writer of ours would quote it, without the quotes: what an argument's
   bytes are compared with. */
uint64_t ledger_digest_quoted(struct slice text);

/* One line of JSON a chart, newline included, to compare with another EHR's truth: place
   by patient (its index + 1) and order, codes, note (none, ours, foreign), counts; no name. */
void ledger_print(const struct ledger *ledger, uint32_t chart, struct str *out);

#endif
