/* What several commands do alike: parts, and values of options. */
#include "engine/cli/command.h"

#include "engine/base/nearest.h"
#include "engine/base/str.h"
#include "engine/cli/manual/option.h"

#include <getopt.h>

static enum err_code refuse_part(const struct command_part *parts, size_t count, const char *lacking, int argc, char **argv,
                                 struct err *err)
{
    const char *command = argv[0];
    struct nearest near;
    int option;
    optind = 0;
    TRY(option_next(command, argc, argv, &option, err));
    if (optind == argc)
        return err_set(err, ERR_USAGE, "%s: %s", command, lacking);
    nearest_init(&near, slice_of(argv[optind]));
    for (size_t i = 0; i < count; i++)
        nearest_try(&near, parts[i].name);
    return err_set(err, ERR_USAGE, "%s: there is no '%s' here%s; see revisit %s --help", command, argv[optind], nearest_hint(&near, ""),
                   command);
}

int command_parts(const struct command_part *parts, size_t count, const char *lacking, int argc, char **argv, struct err *err)
{
    int status = 0;
    for (size_t i = 0; argc > 1 && i < count; i++)
        if (strcmp(argv[1], parts[i].name) == 0) {
            (void)parts[i].run(argc - 1, argv + 1, &status, err);
            return status;
        }
    (void)refuse_part(parts, count, lacking, argc, argv, err);
    return 0;
}

enum err_code command_number(const char *option, const char *text, uint32_t min, uint32_t max, uint32_t *ret_number,
                             struct err *err)
{
    uint64_t number = 0;
    if (!slice_parse_u64(slice_of(text), max, &number) || number < min)
        return err_set(err, ERR_USAGE, "%s: a whole number from %u to %u is needed", option, min, max);
    *ret_number = (uint32_t)number;
    return ERR_OK;
}

enum err_code command_duration(const char *option, const char *text, int64_t max_ms, struct duration *ret_duration,
                               struct err *err)
{
    static const struct {
        const char *name;
        int64_t ms;
    } units[] = {{"ms", 1}, {"s", 1000}, {"m", 60000}, {"h", 3600000}};
    size_t digits = strspn(text, "0123456789");
    uint64_t number = 0;
    if (slice_parse_u64((struct slice){text, digits}, (uint64_t)max_ms, &number))
        for (size_t i = 0; i < sizeof units / sizeof *units; i++)
            if (strcmp(text + digits, units[i].name) == 0 && number >= 1 && (int64_t)number <= max_ms / units[i].ms) {
                *ret_duration = duration_ms((int64_t)number * units[i].ms);
                return ERR_OK;
            }
    return err_set(err, ERR_USAGE, "%s: a time is needed, a whole number with its unit: 500ms, 2s, 10m, 8h; at most %lldh",
                   option, (long long)(max_ms / 3600000));
}
