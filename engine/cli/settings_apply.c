/* The settings that can be told one at a time, by name. */
#include "engine/cli/settings.h"

#include "engine/base/nearest.h"
#include "engine/cli/command.h"
#include "engine/policy/multiplier.h"
#include "engine/policy/retry.h"

static enum err_code apply_multiplier(struct settings *s, const char *value, struct err *err)
{
    static struct err found; /* static: it is large, and its words are of the environment variable */
    err_init(&found);
    if (multiplier_parse(slice_of(value), &s->multiplier_thousandths, &found) == ERR_OK)
        return ERR_OK;
    return err_set(err, ERR_USAGE, "timeout_multiplier: a number from 0.1 to 100 is needed, with at most three decimals, like 1.5");
}

static enum err_code apply_retries(struct settings *s, const char *value, struct err *err)
{
    return command_number("max_retries", value, 0, RETRIES_MAX, &s->max_retries, err);
}

/* "0": none, or as the table of timeouts says. */
static enum err_code apply_duration(const char *name, const char *value, struct duration *ret_duration, struct err *err)
{
    *ret_duration = (struct duration){0};
    return strcmp(value, "0") == 0 ? ERR_OK : command_duration(name, value, SETTINGS_DURATION_MS_MAX, ret_duration, err);
}

static enum err_code apply_visit_timeout(struct settings *s, const char *value, struct err *err)
{
    return apply_duration("visit_timeout", value, &s->visit_timeout, err);
}

static enum err_code apply_batch_timeout(struct settings *s, const char *value, struct err *err)
{
    return apply_duration("batch_timeout", value, &s->batch_timeout, err);
}

static enum err_code apply_min_gap(struct settings *s, const char *value, struct err *err)
{
    return apply_duration("min_gap", value, &s->min_gap, err);
}

static enum err_code apply_breaker(struct settings *s, const char *value, struct err *err)
{
    if (breaker_mode_parse(slice_of(value), &s->breaker))
        return ERR_OK;
    return err_set(err, ERR_USAGE, "breaker: auto, closed or open is needed");
}

static const struct {
    const char *name, *sentence;
    enum err_code (*apply)(struct settings *, const char *, struct err *);
} known[] = {
    {"timeout_multiplier", "0.1 to 100: every timeout so many times as long", apply_multiplier},
    {"max_retries", "0 to 9: tries after the first", apply_retries},
    {"visit_timeout", "a time, like 120s: one visit's attempts and waits; 0: as the table of timeouts says", apply_visit_timeout},
    {"batch_timeout", "a time, like 8h: the batch stops after it; 0: never", apply_batch_timeout},
    {"min_gap", "a time, like 2s: at least so long between visits; 0: none", apply_min_gap},
    {"breaker", "auto, closed (it never holds the run) or open (no visit is begun)", apply_breaker},
};
#define KNOWN_COUNT (sizeof known / sizeof *known)

const char *settings_name(size_t index)
{
    return index < KNOWN_COUNT ? known[index].name : NULL;
}

const char *settings_sentence(size_t index)
{
    return known[index].sentence;
}

enum err_code settings_apply(struct settings *s, const char *name, const char *value, struct err *err)
{
    struct nearest near;
    nearest_init(&near, slice_of(name));
    for (size_t i = 0; i < KNOWN_COUNT; i++) {
        if (strcmp(known[i].name, name) == 0)
            return known[i].apply(s, value, err);
        nearest_try(&near, known[i].name);
    }
    return err_set(err, ERR_USAGE, "%s is no setting that can be changed%s; revisit help settings lists them", name,
                   nearest_hint(&near, ""));
}
