#include "recorder/divergence.h"

struct reason_row {
    const char *name;
    const char *sentence;
};

static const struct reason_row reasons[] = {
#define X(id, name, sentence) [id] = {name, sentence},
#include "recorder/divergence.def"
#undef X
};

static void add_side(struct str *out, const char *who, const struct divergence_side *side)
{
    if (!side->present)
        return;
    str_addf(out, "\n  %-9s %s", who, side->what);
    if (side->mark[0])
        str_addf(out, ", in %s", side->mark);
    if (side->shape[0])
        str_addf(out, ": %s", side->shape);
}

static void add_nearest(struct str *out, const struct divergence_nearest *nearest)
{
    if (nearest->entry == 0) {
        str_add(out, SLICE("\n  nearest   none was found"));
        return;
    }
    str_addf(out, "\n  nearest   entry %llu (session.ndjson:%llu, %s): %s", (unsigned long long)nearest->entry,
             (unsigned long long)nearest->line, nearest->mark, nearest->why_not);
}

enum err_code divergence_report(const struct divergence *divergence, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, ERR_TEXT_MAX);
    str_addf(&text, "diverged: %s (%s)", reasons[divergence->reason].sentence, reasons[divergence->reason].name);
    if (divergence->entry)
        str_addf(&text, "\n  at        entry %llu, session.ndjson:%llu", (unsigned long long)divergence->entry,
                 (unsigned long long)divergence->line);
    else
        str_add(&text, SLICE("\n  at        the end of the recording"));
    if (divergence->field[0])
        str_addf(&text, "\n  field     %s", divergence->field);
    add_side(&text, "engine", &divergence->engine);
    add_side(&text, "recorded", &divergence->recorded);
    if (divergence->origin[0])
        str_addf(&text, "\n  origin    %s", divergence->origin);
    add_nearest(&text, &divergence->nearest);
    return err_set(err, ERR_DIVERGED, "%s", str_text(&text));
}
