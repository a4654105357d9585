#include "engine/cli/check/tell.h"

#include "engine/base/json_out.h"
#include "engine/base/utf8.h"
#include "engine/report/shell_word.h"
#include "recorder/recording.h"

struct tell_sums tell_count(const struct found *found, const struct pool_result *results)
{
    struct tell_sums sums = {.recordings = found->count};
    for (size_t i = 0; i < found->count; i++) {
        const struct comparison *c = results[i].comparison;
        if (!c) {
            sums.not_tried++;
            continue;
        }
        switch (c->code) {
        case ERR_OK:
            sums.equal++;
            sums.visits += c->visits;
            break;
        case ERR_DIVERGED: sums.diverged++; break;
        case ERR_INTEGRITY: sums.damaged++; break;
        case ERR_USAGE:
        case ERR_INPUT: sums.refused++; break;
        case ERR_ENV:
        case ERR_UNREADABLE:
        case ERR_INTERNAL: sums.lost++; break;
        }
    }
    return sums;
}

int tell_status(const struct found *found, const struct pool_result *results)
{
    static const int order[] = {70, 9, 7, 2, 1}; /* DESIGN, of those that there are here */
    for (size_t k = 0; k < sizeof order / sizeof *order; k++)
        for (size_t i = 0; i < found->count; i++) {
            const struct comparison *c = results[i].comparison;
            int status = !c ? 0 : c->code == ERR_DIVERGED ? 1 : err_exit_status(c->code);
            if (status == order[k])
                return status;
        }
    return 0;
}

void tell_command(const char *name, const struct comparison *c, struct str *out)
{
    static const char log[] = "/" RECORDING_EVENTS;
    CLEANUP_STR struct str path;
    str_init(&path, 8192);
    if (c->code == ERR_DIVERGED && c->by_log) {
        str_add_text(&path, name);
        str_add_text(&path, log);
        str_add_text(out, "revisit replay ");
        shell_word_add(out, name);
        str_add_text(out, " > now.ndjson; revisit recording diff ");
        shell_word_add(out, str_text(&path));
        str_add_text(out, " now.ndjson");
        return;
    }
    str_add_text(out, c->code == ERR_INTEGRITY || c->code == ERR_INPUT ? "revisit recording verify " : "revisit replay ");
    shell_word_add(out, name);
    if (c->code != ERR_INTEGRITY && c->code != ERR_INPUT)
        str_add_text(out, " --verify");
}

static void add_visits(const struct comparison *c, struct str *out)
{
    if (c->visits)
        str_addf(out, " (%u visit%s%s)", c->visits, c->visits == 1 ? "" : "s", c->cut ? ", cut" : "");
}

static void add_hundredths(int64_t us, struct str *out)
{
    str_addf(out, "%2lld.%02llds", (long long)(us / 1000000), (long long)(us / 10000 % 100));
}

void tell_begin(struct tell *tell, size_t count, struct str *out)
{
    tell->told = 0;
    if (tell->tap)
        str_addf(out, "TAP version 13\n1..%zu\n", count);
}

static void add_tap(const struct tell *tell, const char *name, const struct comparison *c, struct str *out)
{
    str_addf(out, "%sok %zu - ", c->code == ERR_OK ? "" : "not ", tell->told);
    for (size_t i = 0; name[i]; i += strcspn(name + i, "#") ? strcspn(name + i, "#") : 1) {
        size_t length = strcspn(name + i, "#");
        if (length)
            utf8_add_visible(out, (struct slice){name + i, length});
        else
            str_add_text(out, "\\#");
    }
    add_visits(c, out);
    str_add_char(out, '\n');
    if (c->code == ERR_OK)
        return;
    CLEANUP_STR struct str command;
    str_init(&command, 32768);
    tell_command(name, c, &command);
    str_add_text(out, "  ---\n  message: ");
    json_out_quote(out, slice_of(c->reason));
    str_addf(out, "\n  verdict: %s\n  closer: ", err_name(c->code));
    json_out_quote(out, str_slice(&command));
    str_add_text(out, "\n  ...\n");
}

void tell_result(struct tell *tell, const char *name, const struct comparison *c, struct str *out)
{
    bool equal = c->code == ERR_OK;
    tell->told++;
    if (tell->tap) {
        add_tap(tell, name, c, out);
        return;
    }
    if (tell->quiet && equal)
        return;
    str_addf(out, "%s%s%s [", tell->colours ? equal ? "\x1b[32m" : "\x1b[1;31m" : "", equal ? "PASS" : "FAIL",
             tell->colours ? "\x1b[0m" : "");
    add_hundredths(c->took_us, out);
    str_add_text(out, "] ");
    utf8_add_visible(out, slice_of(name));
    add_visits(c, out);
    str_add_char(out, '\n');
}

static void add_count(struct str *out, size_t count, const char *what)
{
    if (count)
        str_addf(out, ", %zu %s", count, what);
}

static void add_sums(const struct tell_sums *sums, struct str *out)
{
    str_addf(out, "%zu of %zu recording%s equal (%llu visits)", sums->equal, sums->recordings, sums->recordings == 1 ? "" : "s",
             (unsigned long long)sums->visits);
    add_count(out, sums->diverged, "diverged");
    add_count(out, sums->damaged, "damaged");
    add_count(out, sums->refused, "not to be replayed");
    add_count(out, sums->lost, "without a verdict");
    add_count(out, sums->not_tried, "not tried");
}

static void add_failures(const struct found *found, const struct pool_result *results, struct str *out)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct comparison *c = results[i].comparison;
        if (!c || c->code == ERR_OK)
            continue;
        utf8_add_visible(out, slice_of(found->recordings[i].name));
        str_add_text(out, ": ");
        utf8_add_visible(out, slice_of(c->reason));
        str_add_text(out, "; look closer: ");
        tell_command(found->recordings[i].name, c, out);
        str_add_char(out, '\n');
    }
}

void tell_end(struct tell *tell, const struct found *found, const struct pool_result *results, const struct tell_sums *sums,
              struct str *out)
{
    if (tell->tap) {
        if (sums->not_tried)
            str_addf(out, "Bail out! %zu not tried: another had failed\n", sums->not_tried);
        return;
    }
    add_failures(found, results, out);
    add_sums(sums, out);
    str_add_text(out, " [");
    add_hundredths(sums->took_us, out);
    str_add_text(out, "]\n");
}

/* In GitHub's commands the percent sign escapes; in a property also what parts properties. */
static void add_escaped(struct str *out, const char *text, bool property)
{
    struct slice left = slice_of(text);
    for (size_t length; left.len; left = (struct slice){left.ptr + length, left.len - length}) {
        bool visible = utf8_shows(left, &length);
        char c = left.ptr[0];
        if (c == '%' || c == '\r' || c == '\n' || (property && (c == ':' || c == ',')))
            str_addf(out, "%%%02X", (unsigned char)c);
        else if (visible)
            str_add(out, (struct slice){left.ptr, length});
        else
            str_add_char(out, '?');
    }
}

void tell_annotations(const struct found *found, const struct pool_result *results, struct str *out)
{
    for (size_t i = 0; i < found->count; i++) {
        const struct comparison *c = results[i].comparison;
        const char *name = found->recordings[i].name;
        if (!c || c->code == ERR_OK)
            continue;
        CLEANUP_STR struct str command;
        str_init(&command, 32768);
        tell_command(name, c, &command);
        str_add_text(out, "::error file=");
        add_escaped(out, name, true);
        str_addf(out, "/%s", c->by_log ? RECORDING_EVENTS : c->code == ERR_DIVERGED ? RECORDING_SESSION : RECORDING_MANIFEST);
        if (c->line && c->code == ERR_DIVERGED)
            str_addf(out, ",line=%llu", (unsigned long long)c->line);
        str_addf(out, ",title=replay %s::", err_name(c->code));
        add_escaped(out, c->reason, false);
        str_add_text(out, "%0Alook closer: ");
        add_escaped(out, str_text(&command), false);
        str_add_char(out, '\n');
    }
}

/* Inert in a cell of a table, whatever it holds. */
static void add_cell(struct str *out, const char *text)
{
    CLEANUP_STR struct str visible;
    str_init(&visible, 32768);
    utf8_add_visible(&visible, slice_of(text));
    for (const char *at = str_text(&visible); *at; at++)
        if (strchr("\\`*_{}[]()<>#|!~&@", *at))
            str_addf(out, "&#%u;", (unsigned char)*at);
        else
            str_add_char(out, *at);
}

static void add_row(const char *name, const struct comparison *c, struct str *out)
{
    CLEANUP_STR struct str command;
    str_init(&command, 32768);
    tell_command(name, c, &command);
    str_add_text(out, "| ");
    add_cell(out, name);
    str_addf(out, " | %s | ", err_name(c->code));
    add_cell(out, c->reason);
    str_add_text(out, " | ");
    add_cell(out, str_text(&command));
    str_add_text(out, " |\n");
}

void tell_markdown(const struct found *found, const struct pool_result *results, const struct tell_sums *sums, struct str *out)
{
    bool head = false;
    str_add_text(out, "### Replays\n\n");
    add_sums(sums, out);
    str_add_text(out, ".\n");
    for (size_t i = 0; i < found->count; i++) {
        const struct comparison *c = results[i].comparison;
        if (!c || c->code == ERR_OK)
            continue;
        if (!head)
            str_add_text(out, "\n| recording | verdict | why | look closer |\n| --- | --- | --- | --- |\n");
        head = true;
        add_row(found->recordings[i].name, c, out);
    }
    str_add_text(out, "\n<details><summary>All</summary>\n\n| recording | visits | verdict | s |\n| --- | ---: | --- | ---: |\n");
    for (size_t i = 0; i < found->count; i++) {
        const struct comparison *c = results[i].comparison;
        str_add_text(out, "| ");
        add_cell(out, found->recordings[i].name);
        str_addf(out, " | %u | %s | %lld.%02lld |\n", c ? c->visits : 0, !c ? "not tried" : c->code == ERR_OK ? "equal" : err_name(c->code),
                 (long long)(c ? c->took_us / 1000000 : 0), (long long)(c ? c->took_us / 10000 % 100 : 0));
    }
    str_add_text(out, "\n</details>\n");
}
