/* Every trial of a shrink is a process of its own: an engine that breaks a law may as well
   die of the next schedule, and that must not end the sweep. */
#include "engine/cli/sweep_violation.h"

#include "engine/cli/sweep/shrink.h"
#include "recorder/model/schedule_file.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#define TEXT_BYTES_MAX ((size_t)1 << 16)

struct shrinking {
    struct journey *j;
    enum invariant law;
    bool died;
    struct err *err; /* where no process could be begun */
};

static bool breaks_again(void *ctx, const struct journey_plan *plan)
{
    struct shrinking *s = ctx;
    enum invariant law;
    int died_of;
    if (s->err->code != ERR_OK || crew_try(s->j, plan, s->law == INV_SAME_BYTES, &died_of, &law, s->err) != ERR_OK)
        return false;
    return law == s->law && s->died == (died_of != 0);
}

static bool is_safe(const char *word)
{
    for (; *word; word++)
        if (!isalnum((unsigned char)*word) && !strchr("_./:=,-+@%", *word))
            return false;
    return true;
}

/* As a shell takes it for one word. */
static void add_word(struct str *out, const char *word)
{
    if (*word && is_safe(word)) {
        str_add_text(out, word);
        return;
    }
    str_add_char(out, '\'');
    for (; *word; word++) {
        if (*word == '\'')
            str_add_text(out, "'\\''");
        else
            str_add_char(out, *word);
    }
    str_add_char(out, '\'');
}

static void add_command(const struct sweep_arguments *a, const struct journey_plan *plan, struct str *out)
{
    str_add_text(out, "revisit sweep ");
    add_word(out, a->path);
    if (plan->seed)
        str_addf(out, " --seed %llu", (unsigned long long)plan->seed);
}

static enum err_code write_file(const char *path, struct slice text, struct err *err)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, ERR_ENV, "%s: cannot be written: %s; --out names another directory", path, strerror(errno));
    bool whole = write(fd, text.ptr, text.len) == (ssize_t)text.len;
    if (close(fd) != 0 || !whole)
        return err_set(err, ERR_ENV, "%s: could not be written whole: %s", path, strerror(errno));
    return ERR_OK;
}

static enum err_code keep(const struct sweep_arguments *a, const struct violation *v, const struct journey_plan *plan, struct err *err)
{
    CLEANUP_STR struct str text, path, command;
    str_init(&text, TEXT_BYTES_MAX);
    str_init(&path, TEXT_BYTES_MAX);
    str_init(&command, TEXT_BYTES_MAX);
    str_addf(&path, "%s/%s-%s", a->out_dir, invariant_name(v->law), v->of_seed ? "" : "given");
    if (v->of_seed)
        str_add_u64(&path, v->plan.seed);
    str_add_text(&path, ".json");
    add_command(a, plan, &command);
    str_add_text(&command, " --faults ");
    add_word(&command, str_text(&path));
    schedule_file_format(slice_of(invariant_sentence(v->law)), str_slice(&command), plan->faults, plan->fault_count, &text);
    if (str_full(&text) || str_full(&path) || str_full(&command))
        return err_set(err, ERR_ENV, "the file of a schedule is over the limit");
    TRY(write_file(str_text(&path), str_slice(&text), err));
    printf("  file      %s\n", str_text(&path));
    return ERR_OK;
}

static void print_again(const struct sweep_arguments *a, const struct journey_plan *plan, bool of_seed)
{
    CLEANUP_STR struct str text, faults;
    str_init(&text, TEXT_BYTES_MAX);
    str_init(&faults, TEXT_BYTES_MAX);
    fault_format_list(plan->faults, plan->fault_count, &faults);
    if (!of_seed)
        printf("  schedule  %s\n", str_text(&faults));
    add_command(a, plan, &text);
    if (of_seed)
        str_addf(&text, " --max-faults %u", a->faults_max);
    else {
        str_add_text(&text, " --schedule ");
        add_word(&text, str_text(&faults));
    }
    printf("  again     %s\n", str_text(&text));
}

static enum err_code tell_shrunk(const struct sweep_arguments *a, struct journey *j, const struct violation *v, struct err *err)
{
    static struct schedule schedule;
    struct shrinking shrinking = {.j = j, .law = v->law, .died = v->died_of != 0, .err = err};
    struct shrink shrink = {.breaks = breaks_again, .ctx = &shrinking};
    struct journey_plan plan = v->plan;
    if (!breaks_again(&shrinking, &plan)) {
        puts("  shrunk    not at all: the same run did not break it again");
        print_again(a, &v->plan, v->of_seed);
        return err->code;
    }
    shrink_plan(&shrink, &plan, &schedule);
    TRY(err->code);
    printf("  shrunk    from %zu faults to %zu, in %u runs%s\n", v->plan.fault_count, plan.fault_count, shrink.trials,
           shrink.trials < SHRINK_TRIALS_MAX ? "" : ", and might go further");
    print_again(a, &plan, false);
    return keep(a, v, &plan, err);
}

enum err_code violation_tell(const struct sweep_arguments *arguments, struct journey *j, const struct violation *violation, struct err *err)
{
    enum err_code code = ERR_OK;
    printf("violated    %s: %s\n", invariant_name(violation->law), invariant_sentence(violation->law));
    printf("  seen      %s\n", violation->where);
    if (violation->of_seed)
        printf("  seed      %llu, with %zu faults\n", (unsigned long long)violation->plan.seed, violation->plan.fault_count);
    if (arguments->shrink)
        code = tell_shrunk(arguments, j, violation, err);
    else
        print_again(arguments, &violation->plan, violation->of_seed);
    (void)fflush(stdout);
    return code;
}
