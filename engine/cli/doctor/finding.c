#include "engine/cli/doctor/finding.h"

#include "engine/base/json_out.h"
#include "engine/base/utf8.h"
#include "engine/cli/command.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#define TEXT_BYTES_MAX ((size_t)2 * ERR_TEXT_MAX)

static const char *const level_names[FINDING_LEVELS] = {"ok", "warn", "bad"};

void findings_fini(struct findings *findings)
{
    for (size_t i = 0; i < findings->count; i++) {
        str_fini(&findings->list[i].what);
        str_fini(&findings->list[i].remedy);
    }
    findings->count = 0;
}

static struct finding *begin(struct findings *findings, enum finding_level level, const char *name)
{
    ASSERT(findings->count < FINDINGS_MAX);
    struct finding *f = &findings->list[findings->count++];
    *f = (struct finding){.level = level, .name = name};
    str_init(&f->what, TEXT_BYTES_MAX);
    str_init(&f->remedy, TEXT_BYTES_MAX);
    findings->levels[level]++;
    return f;
}

static void add_formatted(struct str *out, const char *fmt, va_list arguments)
{
    char *text = NULL;
    if (vasprintf(&text, fmt, arguments) >= 0)
        utf8_add_visible(out, slice_of(text)); /* a path may hold anything; a finding is one line */
    free(text);
}

void finding_ok(struct findings *findings, const char *name, const char *fmt, ...)
{
    va_list arguments;
    va_start(arguments, fmt);
    add_formatted(&begin(findings, FINDING_OK, name)->what, fmt, arguments);
    va_end(arguments);
}

void finding_add(struct findings *findings, enum finding_level level, const char *name, const char *remedy, const char *fmt, ...)
{
    struct finding *f = begin(findings, level, name);
    va_list arguments;
    va_start(arguments, fmt);
    add_formatted(&f->what, fmt, arguments);
    va_end(arguments);
    utf8_add_visible(&f->remedy, slice_of(remedy));
}

void finding_take(struct findings *findings, enum finding_level level, const char *name, const struct err *err)
{
    utf8_add_visible(&begin(findings, level, name)->what, slice_of(err->text));
}

void findings_print(const struct findings *findings, struct str *out)
{
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        str_addf(out, "%-4s  %-10s  %s", level_names[f->level], f->name, str_text(&f->what));
        if (f->remedy.len)
            str_addf(out, ": %s", str_text(&f->remedy));
        str_add_char(out, '\n');
    }
    str_addf(out, "%zu well, %zu to mind, %zu would stop a run\n", findings->levels[FINDING_OK], findings->levels[FINDING_WARN],
             findings->levels[FINDING_BAD]);
}

void findings_format_json(const struct findings *findings, struct str *out)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "version", REVISIT_VERSION);
    json_out_array(&j, "findings");
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *f = &findings->list[i];
        json_out_object(&j, NULL);
        json_out_text(&j, "name", f->name);
        json_out_text(&j, "level", level_names[f->level]);
        json_out_string(&j, "what", str_slice(&f->what));
        if (f->remedy.len)
            json_out_string(&j, "remedy", str_slice(&f->remedy));
        json_out_end_object(&j);
    }
    json_out_end_array(&j);
    json_out_int(&j, "exitCode", findings_status(findings));
    json_out_end_object(&j);
    str_add_char(out, '\n');
}

int findings_status(const struct findings *findings)
{
    return findings->levels[FINDING_BAD] ? err_exit_status(ERR_ENV) : 0;
}
