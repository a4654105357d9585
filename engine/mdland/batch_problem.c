/* The list is a text that stops growing at its cap while the count goes on. Paths
   are built from our own key names and indexes, so their length is bounded. */
#include "engine/mdland/batch_problem.h"

void batch_problems_init(struct batch_problems *p)
{
    str_init(&p->text, ERR_TEXT_MAX);
    p->count = 0;
}

void batch_problems_fini(struct batch_problems *p)
{
    str_fini(&p->text);
}

struct batch_place batch_place_patient(size_t index)
{
    struct batch_place place;
    bool fits = text_format(place.path, sizeof place.path, "patients[%zu]", index);
    ASSERT(fits);
    return place;
}

struct batch_place batch_place_member(const struct batch_place *in, const char *key)
{
    struct batch_place place;
    bool fits = text_format(place.path, sizeof place.path, "%s%s%s", in->path, in->path[0] ? "." : "", key);
    ASSERT(fits);
    return place;
}

struct batch_place batch_place_element(const struct batch_place *in, const char *key, size_t index)
{
    struct batch_place place;
    bool fits = text_format(place.path, sizeof place.path, "%s.%s[%zu]", in->path, key, index);
    ASSERT(fits);
    return place;
}

void batch_problem(struct batch_problems *p, const struct batch_place *place, const char *why)
{
    p->count++;
    if (p->count <= BATCH_PROBLEMS_LISTED)
        str_addf(&p->text, "\n  %s: %s", place->path, why);
}

void batch_problem_at(struct batch_problems *p, const struct batch_place *place, const char *key, const char *why)
{
    struct batch_place member = batch_place_member(place, key);
    batch_problem(p, &member, why);
}

enum err_code batch_problems_result(const struct batch_problems *p, struct err *err)
{
    if (p->count == 0)
        return ERR_OK;
    const char *noun = p->count == 1 ? "problem" : "problems";
    if (p->count <= BATCH_PROBLEMS_LISTED)
        return err_set(err, ERR_INPUT, "%zu %s in the batch:%s", p->count, noun, str_text(&p->text));
    return err_set(err, ERR_INPUT, "%zu %s in the batch:%s\n  ... and %zu more", p->count, noun, str_text(&p->text),
                   p->count - BATCH_PROBLEMS_LISTED);
}
