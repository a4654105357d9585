#include "engine/cli/whatif/whatif_arguments.h"

#include "engine/cli/command.h"
#include "engine/cli/input_file.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "recorder/model/schedule_file.h"

#include <getopt.h>

enum whatif_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/whatif.def"
};

static enum err_code take_set(struct whatif_arguments *a, const char *text, struct err *err)
{
    if (a->set_count == WHATIF_SETS_MAX)
        return err_set(err, ERR_USAGE, "--set: at most %d", WHATIF_SETS_MAX);
    if (!strchr(text, '='))
        return err_set(err, ERR_USAGE, "--set: NAME=VALUE is needed, as timeout_multiplier=1.5");
    a->sets[a->set_count++] = text;
    return ERR_OK;
}

/* The argument's own text is cut at its commas. */
static enum err_code take_matrix(struct whatif_arguments *a, char *text, struct err *err)
{
    char *list = strchr(text, '=');
    if (!list || !list[1])
        return err_set(err, ERR_USAGE, "--matrix: NAME=VALUE,VALUE... is needed, as timeout_multiplier=1,1.5,2");
    if (a->axis_count == WHATIF_AXES_MAX)
        return err_set(err, ERR_USAGE, "--matrix: at most %d settings at a time", WHATIF_AXES_MAX);
    struct whatif_axis *axis = &a->axes[a->axis_count++];
    axis->name = text;
    *list = '\0';
    for (char *value = list + 1; value;) {
        char *comma = strchr(value, ',');
        if (axis->count == WHATIF_VALUES_MAX)
            return err_set(err, ERR_USAGE, "--matrix: %s has more than %d values", axis->name, WHATIF_VALUES_MAX);
        axis->values[axis->count++] = value;
        if (comma)
            *comma = '\0';
        value = comma ? comma + 1 : NULL;
    }
    return ERR_OK;
}

static enum err_code take_faults(struct whatif_arguments *a, struct slice text, bool is_file, struct err *err)
{
    size_t count = 0, room = MODEL_FAULTS_MAX - a->fault_count;
    if (is_file)
        TRY(schedule_file_read(text, room, a->faults + a->fault_count, &count, err));
    else
        TRY(fault_parse_list(text, room, a->faults + a->fault_count, &count, err));
    a->fault_count += count;
    return ERR_OK;
}

static enum err_code take_schedule(struct whatif_arguments *a, const char *path, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, SCHEDULE_FILE_BYTES_MAX);
    TRY(input_file_read(path, &text, err));
    return take_faults(a, str_slice(&text), true, err) == ERR_OK ? ERR_OK : err_wrap(err, "%s", path);
}

static enum err_code take_option(enum whatif_option option, struct whatif_arguments *a, struct err *err)
{
    static struct err found; /* static: it is large, and there is one */
    switch (option) {
    case WHATIF_SET: return take_set(a, optarg, err);
    case WHATIF_MATRIX: return take_matrix(a, optarg, err);
    case WHATIF_FAULT:
        err_init(&found);
        if (take_faults(a, slice_of(optarg), false, &found) == ERR_OK)
            return ERR_OK;
        return err_set(err, ERR_USAGE, "--fault: %s", found.text);
    case WHATIF_FAULTS: return take_schedule(a, optarg, err);
    case WHATIF_ALLOW_ASSUMED: a->allow_assumed = true; return ERR_OK;
    case WHATIF_KEY: return keys_name(optarg, err);
    case WHATIF_LOG: a->log = true; return ERR_OK;
    case WHATIF_ANSWERS: a->answers = true; return ERR_OK;
    case WHATIF_JSON: a->json = true; return ERR_OK;
    }
    return ERR_OK;
}

static enum err_code apply(struct settings *settings, const char *text, struct err *err)
{
    char name[64];
    const char *value = strchr(text, '=');
    if (!text_format(name, sizeof name, "%.*s", (int)(value - text), text))
        return err_set(err, ERR_USAGE, "--set: this is no setting");
    return settings_apply(settings, name, value + 1, err);
}

enum err_code whatif_arguments_apply(const struct whatif_arguments *a, struct settings *settings, struct err *err)
{
    for (size_t i = 0; i < a->set_count; i++)
        TRY(apply(settings, a->sets[i], err));
    return ERR_OK;
}

/* The names of all that is set, one way or the other. */
static size_t names_of(const struct whatif_arguments *a, struct slice ret_names[WHATIF_SETS_MAX + WHATIF_AXES_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < a->set_count; i++)
        ret_names[count++] = (struct slice){a->sets[i], strcspn(a->sets[i], "=")};
    for (size_t i = 0; i < a->axis_count; i++)
        ret_names[count++] = slice_of(a->axes[i].name);
    return count;
}

static enum err_code refuse_twice(const struct whatif_arguments *a, struct err *err)
{
    struct slice names[WHATIF_SETS_MAX + WHATIF_AXES_MAX];
    size_t count = names_of(a, names);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < i; k++)
            if (slice_equal(names[i], names[k]))
                return err_set(err, ERR_USAGE, "whatif: %.*s is given twice: name each setting once, with --set or --matrix",
                               SLICE_ARG(names[i]));
    return ERR_OK;
}

/* Before a recording is opened: a value that no setting takes. */
static enum err_code check(const struct whatif_arguments *a, struct err *err)
{
    struct settings any = {0};
    TRY(refuse_twice(a, err));
    TRY(whatif_arguments_apply(a, &any, err));
    for (size_t i = 0; i < a->axis_count; i++)
        for (size_t v = 0; v < a->axes[i].count; v++)
            TRY(settings_apply(&any, a->axes[i].name, a->axes[i].values[v], err));
    if (a->axis_count && (a->log || a->answers))
        return err_set(err, ERR_USAGE, "whatif: --log and --answers are of one run, and --matrix makes many: choose one");
    if (a->log + a->answers + a->json > 1)
        return err_set(err, ERR_USAGE, "whatif: --log, --answers and --json print different things: choose one");
    return ERR_OK;
}

enum err_code whatif_arguments_parse(int argc, char **argv, struct whatif_arguments *ret_arguments, struct err *err)
{
    struct whatif_arguments *a = ret_arguments;
    *a = (struct whatif_arguments){0};
    optind = 0;
    for (int option;;) {
        TRY(option_next("whatif", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        TRY(take_option((enum whatif_option)option, a, err));
    }
    if (optind + 1 != argc)
        return err_set(err, ERR_USAGE, "whatif: name one recording: revisit whatif RECORDING --set max_retries=0");
    a->path = argv[optind];
    TRY(check(a, err));
    return keys_load(err);
}
