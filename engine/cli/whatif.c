/* revisit whatif: the batch of a recording, run again otherwise. The recording is replayed
   once, strictly; every run after that reads the course of that replay. */
#include "engine/base/crc32c.h"
#include "engine/cli/command.h"
#include "engine/cli/isolation.h"
#include "engine/cli/shown.h"
#include "engine/cli/whatif/fault_places.h"
#include "engine/cli/whatif/whatif_arguments.h"
#include "engine/cli/whatif/whatif_print.h"

#include <stdio.h>

#define LABEL_MAX 512
#define TEXT_MAX  ((size_t)16 << 20)

/* What takes the lines of a run. */
struct listener {
    struct outcomes outcomes;
    uint32_t digest; /* of all lines */
    uint64_t size_bytes;
    bool print;
};

struct whatif_command {
    struct whatif_arguments arguments;
    struct recorded recorded;
    struct whatif whatif;
    struct whatif_terms terms;
    struct listener before, after;
    struct event_log log;
    struct whatif_end end;
    struct str text;
};

static void take_line(void *ctx, struct slice line)
{
    struct listener *l = ctx;
    outcomes_take(&l->outcomes, line);
    l->digest = crc32c(l->digest, line);
    l->size_bytes += line.len;
    if (l->print)
        fwrite(line.ptr, 1, line.len, stdout);
}

static void listen(struct listener *l)
{
    outcomes_clear(&l->outcomes);
    l->digest = 0;
    l->size_bytes = 0;
}

static enum err_code play_recording(struct whatif_command *c, struct err *err)
{
    event_log_init(&c->log, &c->before, take_line);
    struct isolation isolation = {.reads = {c->arguments.path}};
    TRY(recorded_open(&c->recorded, c->arguments.path, err));
    TRY(isolation_begin(&isolation, err));
    TRY(fault_places_check(c->arguments.faults, c->arguments.fault_count, c->recorded.run.batch, err));
    TRY(recorded_play(&c->recorded, &c->log, err));
    event_log_fini(&c->log);
    event_log_init(&c->log, &c->after, take_line);
    TRY(whatif_open(&c->whatif, &c->recorded.course, err));
    c->terms.settings = c->recorded.run.settings;
    c->terms.fault_count = c->arguments.fault_count;
    memcpy(c->terms.faults, c->arguments.faults, sizeof c->terms.faults);
    return whatif_arguments_apply(&c->arguments, &c->terms.settings, err);
}

static enum err_code run(struct whatif_command *c, struct err *err)
{
    listen(&c->after);
    c->terms.outcomes = &c->after.outcomes;
    TRY(whatif_run(&c->recorded, &c->whatif, &c->terms, &c->log, &c->end, err));
    c->after.outcomes.total_ms += duration_to_ms(c->end.killed);
    if (c->after.outcomes.full)
        return err_set(err, ERR_ENV, "there is no memory for the visits of this batch");
    return ERR_OK;
}

static enum err_code refuse_assumed(const struct whatif_command *c, struct err *err)
{
    uint64_t assumed = recall_total(whatif_recall(&c->whatif), RECALL_ALL_ASSUMED);
    if (!assumed || c->arguments.allow_assumed)
        return ERR_OK;
    return err_set(err, ERR_DIVERGED, "the outcome rests on %llu assumed answer%s: --allow-assumed takes that", (unsigned long long)assumed,
                   assumed == 1 ? "" : "s");
}

static void add_terms(const struct whatif_command *c, struct str *out)
{
    const struct whatif_arguments *a = &c->arguments;
    str_addf(out, "%s, %zu visits", shown(a->path), c->recorded.run.batch->visit_count);
    for (size_t i = 0; i < a->set_count; i++)
        str_addf(out, ", %s", a->sets[i]);
    for (size_t i = 0; i < a->fault_count; i++) {
        char text[FAULT_TEXT_MAX];
        (void)fault_format(&a->faults[i], text);
        str_addf(out, ", %s", text);
    }
    if (!a->set_count && !a->fault_count && !a->axis_count)
        str_add_text(out, ", with nothing changed");
    str_add_char(out, '\n');
}

static void print_told(void *ctx, const struct recall_told *told)
{
    struct whatif_command *c = ctx;
    str_clear(&c->text);
    whatif_print_told(told, &c->text);
    fputs(str_text(&c->text), stdout);
}

static struct whatif_sight sight_of(const struct whatif_command *c)
{
    return (struct whatif_sight){
        .whatif = &c->whatif,
        .terms = &c->terms,
        .before = &c->before.outcomes,
        .after = &c->after.outcomes,
        .end = &c->end,
        .same_log = c->before.digest == c->after.digest && c->before.size_bytes == c->after.size_bytes,
    };
}

static enum err_code print_text(struct whatif_command *c, struct err *err)
{
    if (str_full(&c->text))
        return err_set(err, ERR_ENV, "what is to be told is longer than %zu bytes, or there is no memory for it", TEXT_MAX);
    fputs(str_text(&c->text), stdout);
    str_clear(&c->text);
    return ERR_OK;
}

static enum err_code one_run(struct whatif_command *c, struct err *err)
{
    c->after.print = c->arguments.log;
    c->terms.ctx = c;
    c->terms.told = c->arguments.answers ? print_told : NULL;
    TRY(run(c, err));
    str_clear(&c->text);
    struct whatif_sight sight = sight_of(c);
    if (c->arguments.json) {
        whatif_print_json(&sight, &c->text);
    } else if (!c->arguments.log && !c->arguments.answers) {
        add_terms(c, &c->text);
        whatif_print(&sight, &c->text);
    }
    TRY(print_text(c, err));
    return refuse_assumed(c, err);
}

/* The next combination of the axes' values; false when all were had. */
static bool advance(const struct whatif_arguments *a, size_t at[WHATIF_AXES_MAX])
{
    for (size_t i = a->axis_count; i-- > 0;) {
        if (++at[i] < a->axes[i].count)
            return true;
        at[i] = 0;
    }
    return false;
}

/* The longest label that the axes make. */
static int label_width(const struct whatif_arguments *a)
{
    size_t width = 0, least = strlen("as it was recorded");
    for (size_t i = 0; i < a->axis_count; i++) {
        size_t longest = 0;
        for (size_t v = 0; v < a->axes[i].count; v++)
            longest = strlen(a->axes[i].values[v]) > longest ? strlen(a->axes[i].values[v]) : longest;
        width += strlen(a->axes[i].name) + longest + (i ? 2 : 1);
    }
    return (int)(width > least ? width : least);
}

static enum err_code matrix_row(struct whatif_command *c, const size_t at[WHATIF_AXES_MAX], struct err *err)
{
    const struct whatif_arguments *a = &c->arguments;
    CLEANUP_STR struct str label;
    str_init(&label, LABEL_MAX);
    c->terms.settings = c->recorded.run.settings;
    TRY(whatif_arguments_apply(a, &c->terms.settings, err));
    for (size_t i = 0; i < a->axis_count; i++) {
        str_addf(&label, "%s%s=%s", i ? " " : "", a->axes[i].name, a->axes[i].values[at[i]]);
        TRY(settings_apply(&c->terms.settings, a->axes[i].name, a->axes[i].values[at[i]], err));
    }
    if (str_full(&label))
        return err_set(err, ERR_USAGE, "--matrix: the names and values of a row are longer than %d bytes", LABEL_MAX);
    TRY(run(c, err));
    if (a->json) {
        struct whatif_sight sight = sight_of(c);
        whatif_print_json(&sight, &c->text);
    } else {
        whatif_print_row(str_text(&label), label_width(a), &c->after.outcomes, whatif_recall(&c->whatif), &c->text);
    }
    return print_text(c, err);
}

static enum err_code matrix(struct whatif_command *c, struct err *err)
{
    size_t at[WHATIF_AXES_MAX] = {0};
    if (!c->arguments.json) {
        add_terms(c, &c->text);
        str_add_char(&c->text, '\n');
        whatif_print_head(label_width(&c->arguments), &c->text);
        whatif_print_row("as it was recorded", label_width(&c->arguments), &c->before.outcomes, NULL, &c->text);
    }
    do
        TRY(matrix_row(c, at, err));
    while (advance(&c->arguments, at));
    return ERR_OK;
}

static enum err_code whatif(struct whatif_command *c, struct err *err)
{
    TRY(play_recording(c, err));
    return c->arguments.axis_count ? matrix(c, err) : one_run(c, err);
}

static void take_down(struct whatif_command *c)
{
    whatif_close(&c->whatif);
    recorded_close(&c->recorded);
    event_log_fini(&c->log);
    outcomes_fini(&c->before.outcomes);
    outcomes_fini(&c->after.outcomes);
    str_fini(&c->text);
}

int command_whatif(int argc, char **argv, struct err *err)
{
    static struct whatif_command c; /* static: it is large, and there is one */
    if (whatif_arguments_parse(argc, argv, &c.arguments, err) != ERR_OK)
        return 0;
    str_init(&c.text, TEXT_MAX);
    outcomes_init(&c.before.outcomes);
    outcomes_init(&c.after.outcomes);
    if (whatif(&c, err) != ERR_OK && err->code != ERR_USAGE)
        (void)err_wrap(err, "whatif %s", c.arguments.path);
    take_down(&c);
    return 0;
}
