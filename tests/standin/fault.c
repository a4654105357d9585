#include "tests/standin/fault.h"

#include "tests/standin/buf.h"

#include <string.h>

#define FAULT(name, phase, sentence) {#name, PHASE_##phase},
static const struct {
    const char *name;
    enum fault_phase phase;
} kinds[] = {
    {"", PHASE_NONE},
#include "tests/standin/fault.def"
};
#undef FAULT

enum { KINDS = sizeof kinds / sizeof *kinds };

/* Each rule is the JSON as given, with "seen" and "hits" added. */
static json_t *rules;

static enum fault_kind kind_of(const json_t *rule)
{
    const char *name = json_string_value(json_object_get(rule, "do"));

    for (int i = 1; name && i < KINDS; i++)
        if (!strcmp(kinds[i].name, name))
            return (enum fault_kind)i;
    return FAULT_none;
}

static char *check_rule(const json_t *rule, size_t place)
{
    static const char *const known[] = {"path",  "method", "visit",   "nth",        "every", "times", "do",   "ms",
                                        "rate",  "status", "surface", "retryAfter", "which", "kind",  "text", "selector",
                                        "dos",   "name",   "dob"};
    const char *key;
    json_t *value;

    if (kind_of(rule) == FAULT_none)
        return need_printf("rule %zu: `do` is none of the known kinds", place);
    json_object_foreach((json_t *)rule, key, value)
    {
        size_t i = 0;

        while (i < sizeof known / sizeof *known && strcmp(known[i], key) != 0)
            i++;
        if (i == sizeof known / sizeof *known)
            return need_printf("rule %zu: unknown key `%s`", place, key);
    }
    return NULL;
}

char *fault_set(const json_t *wanted)
{
    size_t i;
    json_t *rule;

    if (!json_is_array(wanted))
        return need_printf("fault rules are a JSON array");
    json_array_foreach(wanted, i, rule)
    {
        char *problem = check_rule(rule, i);

        if (problem)
            return problem;
    }
    fault_clear();
    rules = json_deep_copy(wanted);
    json_array_foreach(rules, i, rule)
    {
        json_object_set_new(rule, "seen", json_integer(0));
        json_object_set_new(rule, "hits", json_integer(0));
    }
    return NULL;
}

void fault_clear(void)
{
    json_decref(rules);
    rules = NULL;
}

json_t *fault_list(void)
{
    return rules ? json_deep_copy(rules) : json_array();
}

static bool fits(const json_t *rule, const char *method, const char *path, const struct visit *visit)
{
    const char *want_path = json_string_value(json_object_get(rule, "path"));
    const char *want_method = json_string_value(json_object_get(rule, "method"));
    const char *want_visit = json_string_value(json_object_get(rule, "visit"));

    if (want_path && strcmp(want_path, "*") != 0 && !strstr(path, want_path))
        return false;
    if (want_method && strcmp(want_method, method) != 0)
        return false;
    return !want_visit || (visit && visit_has_mark(visit, want_visit));
}

static long count(json_t *rule, const char *key)
{
    json_int_t next = json_integer_value(json_object_get(rule, key)) + 1;

    json_object_set_new(rule, key, json_integer(next));
    return (long)next;
}

/* A rule with neither nth nor every is due each time. */
static bool due(json_t *rule)
{
    long seen = count(rule, "seen");
    long nth = (long)json_integer_value(json_object_get(rule, "nth"));
    long every = (long)json_integer_value(json_object_get(rule, "every"));
    const json_t *times = json_object_get(rule, "times");
    long left = json_is_integer(times) ? (long)json_integer_value(times) : nth && !every ? 1 : -1;

    if (left >= 0 && json_integer_value(json_object_get(rule, "hits")) >= left)
        return false;
    if (every > 0)
        return seen % every == 0;
    return seen >= nth;
}

struct fault fault_match(const char *method, const char *path, const struct visit *visit)
{
    struct fault fault = {FAULT_none, NULL};
    size_t i;
    json_t *rule;

    json_array_foreach(rules, i, rule)
    {
        if (!fits(rule, method, path, visit) || !due(rule) || fault.kind != FAULT_none)
            continue;
        count(rule, "hits");
        fault.kind = kind_of(rule);
        fault.rule = json_deep_copy(rule);
    }
    return fault;
}

void fault_fini(struct fault *fault)
{
    json_decref(fault->rule);
    *fault = (struct fault){FAULT_none, NULL};
}

enum fault_phase fault_phase(const struct fault *fault)
{
    return kinds[fault->kind].phase;
}

const char *fault_name(const struct fault *fault)
{
    return kinds[fault->kind].name;
}

long fault_int(const struct fault *fault, const char *key, long otherwise)
{
    const json_t *value = json_object_get(fault->rule, key);

    return json_is_integer(value) ? (long)json_integer_value(value) : otherwise;
}

const char *fault_text(const struct fault *fault, const char *key, const char *otherwise)
{
    const char *text = json_string_value(json_object_get(fault->rule, key));

    return text ? text : otherwise;
}
