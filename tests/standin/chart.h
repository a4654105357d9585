/* The truth: patients and visits, what was saved, billed, opened. Built from a
   batch file and a seed, so that a reset gives the very same charts. What is
   shown of them (decoys, noise rows, order) is the pages' business. */
#ifndef TESTS_STANDIN_CHART_H
#define TESTS_STANDIN_CHART_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

enum { NOTE_FIELDS = 6 }; /* SOAPtext0..4, then description */

struct patient {
    json_t *numbers; /* its places in the batch, from 1; empty for a decoy */
    int decoy_of;    /* number of the patient it resembles; 0 for a real one */
    int dos_count;
    int age;
    long id;
    const char *name, *dob, *gender, *insurance; /* borrowed from `card` */
    json_t *card;
};

enum row_kind { ROW_PT, ROW_NOISE, ROW_CANCELLED, ROW_OTHER };

struct visit {
    struct patient *who;
    enum row_kind kind;
    int dos;     /* from 1 for ROW_PT, else 0 */
    int slot;    /* place among its patient's appointments; equal slots are equal minutes */
    int slots;   /* how many its patient has */
    long row_id; /* larger = created later */
    long id;
    const char *subject; /* static text */
    json_t *icd;         /* array of {code, name} */
    json_t *cpt;         /* array of {code, text, units, link, modifiers[4]} */
    char *note[NOTE_FIELDS]; /* as posted; owned; NULL = never saved */
    bool deleted;
    bool browse; /* opened last in browse mode: nothing can be changed */
    bool billed_elsewhere;
    const void *locked_by; /* a session, or NULL */
    int64_t locked_at_ms;
    int opens, closes, code_saves, note_saves, bills;
    int code_posts, note_posts, bill_posts;
};

struct chart {
    struct patient **patients;
    size_t patient_count;
    struct visit **visits;
    size_t visit_count;
    struct visit *elsewhere; /* the visit that somebody else has open; owned by the arrays above */
};

/* batch: the file's JSON, wrapped in {data} or not. A sentence to free on failure, else NULL. */
char *chart_build(struct chart *chart, const json_t *batch);
void chart_fini(struct chart *chart);
struct visit *chart_visit(const struct chart *chart, long visit_id);
struct patient *chart_patient(const struct chart *chart, long patient_id);
/* mark: "p1" or "p1.v2". */
bool visit_has_mark(const struct visit *visit, const char *mark);
bool visit_billed(const struct visit *visit);
/* Minutes since the epoch, as the knobs want them shown. */
int64_t visit_appointment(const struct visit *visit);
const char *payer_name(const char *insurance);
/* New reference: what GET /__standin/truth says of it. */
json_t *visit_truth(const struct visit *visit);

#endif
