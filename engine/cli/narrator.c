#include "engine/cli/narrator.h"

#include "engine/base/json_in.h"
#include "engine/report/figures.h"

#include <jansson.h>

static const char *text_of(const json_t *event, const char *key)
{
    const char *text = json_string_value(json_object_get(event, key));
    return text ? text : "";
}

static int64_t number_of(const json_t *event, const char *key)
{
    return json_integer_value(json_object_get(event, key));
}

static void add_visit(const json_t *event, struct str *out)
{
    str_addf(out, "%s.v%lld ", text_of(event, "patient"), (long long)number_of(event, "dos"));
}

static void add_failure(const json_t *event, struct str *out)
{
    if (*text_of(event, "errorKind"))
        str_addf(out, ": %s at %s", text_of(event, "errorKind"), text_of(event, "step"));
}

static void narrate_result(const json_t *event, struct str *out)
{
    add_visit(event, out);
    str_add_text(out, text_of(event, "outcome"));
    add_failure(event, out);
    str_addf(out, ", attempt %lld, ", (long long)number_of(event, "attempt"));
    figure_add_time(out, number_of(event, "duration"));
}

static void narrate_retry(const json_t *event, struct str *out)
{
    add_visit(event, out);
    str_addf(out, "attempt %lld failed", (long long)number_of(event, "attempt") - 1);
    add_failure(event, out);
    str_add_text(out, "; again in ");
    figure_add_time(out, number_of(event, "delay"));
}

static void narrate_state(const json_t *event, struct str *out)
{
    str_addf(out, "%s %s", text_of(event, "type"), text_of(event, "state"));
    if (number_of(event, "delay")) {
        str_add_text(out, ", for ");
        figure_add_time(out, number_of(event, "delay"));
    }
}

static void narrate_dialog(const json_t *event, struct str *out)
{
    str_addf(out, "a dialog (%s) %s", text_of(event, "dialog"), text_of(event, "answer"));
}

void narrate(struct slice line, struct str *out)
{
    static const struct {
        const char *type;
        void (*narrate)(const json_t *event, struct str *out);
    } told[] = {{"visit_result", narrate_result}, {"retry", narrate_retry},   {"browser", narrate_state},
                {"breaker", narrate_state},       {"session", narrate_state}, {"dialog", narrate_dialog}};
    json_auto_t *event = json_in_load(line, 0, NULL);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++)
        if (strcmp(text_of(event, "type"), told[i].type) == 0) {
            told[i].narrate(event, out);
            str_add_char(out, '\n');
        }
}
