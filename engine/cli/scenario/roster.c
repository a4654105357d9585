#include "engine/cli/scenario/roster.h"

enum err_code roster_open(struct roster *r, struct str *text, struct err *err)
{
    *r = (struct roster){.text = *text};
    *text = (struct str){0};
    arena_init(&r->arena, BATCH_ARENA_BYTES);
    r->slice = str_slice(&r->text);
    r->source = batch_source_of(&r->slice);
    TRY(batch_open(&r->source, &r->arena, &r->batch, err));
    if (r->batch->visit_count > ROSTER_VISITS_MAX)
        return err_set(err, ERR_INPUT, "over the limit: %zu visits, and a scenario runs at most %d", r->batch->visit_count,
                       ROSTER_VISITS_MAX);
    TRY(batch_keep(r->batch, &r->arena, err));
    return clinic_init(&r->clinic, r->batch, NULL, err);
}

void roster_close(struct roster *r)
{
    clinic_fini(&r->clinic);
    arena_fini(&r->arena);
    str_fini(&r->text);
    *r = (struct roster){0};
}
