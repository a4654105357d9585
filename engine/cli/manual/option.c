#include "engine/cli/manual/option.h"

#include "engine/base/nearest.h"
#include "engine/cli/manual/manual.h"

#include <getopt.h>

#define LONG_FIRST 256 /* above every letter */

struct option_list {
    struct option longs[OPTIONS_MAX + 1];
    char letters[2 * OPTIONS_MAX + 2]; /* begins with ':' : a missing argument is told from an unknown option */
};

static void list_options(const struct manual_row *page, struct option_list *ret_list)
{
    int count = 0;
    char *letter = ret_list->letters;
    *letter++ = ':';
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION)); count++) {
        ASSERT(count < OPTIONS_MAX);
        ret_list->longs[count] = (struct option){row->name, row->argument ? required_argument : no_argument, NULL, LONG_FIRST + count};
        if (row->letter)
            *letter++ = row->letter;
        if (row->letter && row->argument)
            *letter++ = ':';
    }
    ret_list->longs[count] = (struct option){0};
    *letter = '\0';
}

static int number_of_letter(const struct manual_row *page, int letter)
{
    int count = 0;
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION)); count++)
        if (row->letter == letter)
            return count;
    return OPTION_END;
}

/* The first page that has an option of that name. */
static const struct manual_row *find_elsewhere(struct slice name)
{
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page))
        for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));)
            if (row->text && slice_equal(name, slice_of(row->name)))
                return page;
    return NULL;
}

/* `given` is one letter, or the word as it was typed, with what it was set to. */
static enum err_code refuse_unknown(const struct manual_row *page, const char *given, struct err *err)
{
    struct slice name = {given, strcspn(given, "=")};
    struct nearest near;
    while (name.len && name.ptr[0] == '-')
        name = (struct slice){name.ptr + 1, name.len - 1};
    nearest_init(&near, name);
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_OPTION));) {
        if (slice_equal(name, slice_of(row->name)))
            return err_set(err, ERR_USAGE, "%s: %s takes no value; see revisit %s --help", page->name, given, page->name);
        if (row->text)
            nearest_try(&near, row->name);
    }
    nearest_try(&near, "help");
    const struct manual_row *elsewhere = find_elsewhere(name);
    if (elsewhere && !near.word)
        return err_set(err, ERR_USAGE, "%s: %s is not an option here, but of revisit %s; see revisit %s --help", page->name, given,
                       elsewhere->name, page->name);
    return err_set(err, ERR_USAGE, "%s: %s is not an option here%s; see revisit %s --help", page->name, given, nearest_hint(&near, "--"),
                   page->name);
}

enum err_code option_next(const char *page_name, int argc, char **argv, int *ret_option, struct err *err)
{
    struct option_list list;
    const struct manual_row *page = manual_find(page_name);
    ASSERT(page);
    list_options(page, &list);
    int at = optind > 0 ? optind : 1, option = getopt_long(argc, argv, list.letters, list.longs, NULL);
    const char *given = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    char letter[] = {'-', (char)optopt, '\0'};
    if (option == ':')
        return err_set(err, ERR_USAGE, "%s: %s lacks its value; see revisit %s --help", page_name, given, page_name);
    if (option == '?') /* a letter among others: optind still stands at the word */
        return refuse_unknown(page, optopt > 0 && optopt < LONG_FIRST && optind == at ? letter : given, err);
    *ret_option = option < 0 ? OPTION_END : option >= LONG_FIRST ? option - LONG_FIRST : number_of_letter(page, option);
    return ERR_OK;
}
