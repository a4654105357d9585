/* Two growing tables; their ceilings are the scan's (BATCH_PATIENTS_MAX and
   BATCH_VISITS_MAX), which counts before anything is added here. */
#include "engine/mdland/batch_draft.h"

#include "engine/mdland/batch_twin.h"

#include <stdlib.h>

void batch_draft_fini(struct batch_draft *d)
{
    free(d->patients);
    free(d->visits);
    *d = (struct batch_draft){0};
}

/* The table with room for one more element; NULL without memory. */
static void *grown(void *items, size_t *capacity, size_t count, size_t size_bytes)
{
    if (count < *capacity)
        return items;
    size_t wider = *capacity ? *capacity * 2 : 64;
    void *wide = reallocarray(items, wider, size_bytes);
    if (wide)
        *capacity = wider;
    return wide;
}

static bool add_visit(struct batch_draft *d, size_t patient, size_t index, const struct extent *where)
{
    struct draft_visit *visits = grown(d->visits, &d->visit_capacity, d->visit_count, sizeof *visits);
    if (!visits)
        return false;
    d->visits = visits;
    d->visits[d->visit_count++] = (struct draft_visit){
        .visit.patient = (uint32_t)patient,
        .visit.offset = where->offset,
        .visit.size_bytes = (uint32_t)where->size_bytes,
        .index = (uint32_t)index,
    };
    return true;
}

struct draft_patient *batch_draft_add(struct batch_draft *d, const struct scanned_patient *scanned)
{
    struct draft_patient *patients = grown(d->patients, &d->patient_capacity, d->patient_count, sizeof *patients);
    if (!patients)
        return NULL;
    d->patients = patients;
    for (size_t i = 0; i < scanned->visit_count; i++)
        if (!add_visit(d, scanned->index, i, &scanned->visits[i]))
            return NULL;
    struct draft_patient *patient = &d->patients[d->patient_count++];
    *patient = (struct draft_patient){.patient.number = (uint32_t)scanned->index + 1, .mode = MODE_UNSET};
    return patient;
}

bool batch_draft_find_twins(const struct batch_draft *d, struct batch_problems *problems)
{
    struct twin_visit *visits = calloc(d->visit_count + 1, sizeof *visits);
    struct patient *patients = calloc(d->patient_count + 1, sizeof *patients);
    bool found = visits && patients;
    size_t count = 0;
    for (size_t i = 0; found && i < d->patient_count; i++)
        patients[i] = d->patients[i].patient;
    for (size_t i = 0; found && i < d->visit_count; i++) {
        const struct draft_visit *v = &d->visits[i];
        if (v->planned && v->visit.dos)
            visits[count++] = (struct twin_visit){v->visit.patient, v->visit.dos, v->index};
    }
    found = found && batch_twins_find(patients, d->patient_count, visits, count, problems);
    free(visits);
    free(patients);
    return found;
}

bool batch_draft_keep(const struct batch_draft *d, struct arena *arena, struct batch *batch)
{
    size_t planned = 0;
    for (size_t i = 0; i < d->visit_count; i++)
        planned += d->visits[i].planned;
    batch->patients = arena_alloc_array(arena, d->patient_count, sizeof *batch->patients);
    batch->visits = arena_alloc_array(arena, planned, sizeof *batch->visits);
    if (!batch->patients || !batch->visits)
        return false;
    for (size_t i = 0; i < d->patient_count; i++)
        batch->patients[batch->patient_count++] = d->patients[i].patient;
    for (size_t i = 0; i < d->visit_count; i++)
        if (d->visits[i].planned)
            batch->visits[batch->visit_count++] = d->visits[i].visit;
    batch->other_count = d->visit_count - planned;
    return true;
}
