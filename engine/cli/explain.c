/* revisit explain: why a visit failed, hung or was slow. What the pages are made of is read
   by explained.c; here they are chosen and printed. */
#include "engine/report/explain.h"

#include "engine/cli/command.h"
#include "engine/cli/explain/explained.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"

#include <getopt.h>
#include <stdio.h>

enum explain_option {
#define OPTION(id, letter, name, argument, takes, text) id,
#include "engine/cli/manual/explain.def"
};

#define PAGES_MAX 12 /* that are told in full unless a visit is named */
#define REST_MAX  40 /* and in a line each */
#define PAGE_MAX  ((size_t)1 << 20)

struct explain_command {
    const char *path, *visit_text;
    bool json;
    struct mark mark; /* patient 0: none was named */
    struct explained run;
    struct explain_page page;
    const struct explain_visit *chosen[PAGES_MAX + REST_MAX];
    struct str text;
};

static enum err_code parse_visit(struct explain_command *c, struct err *err)
{
    struct slice step;
    bool is_mark = mark_parse(slice_of(c->visit_text), &c->mark, &step);
    if (!is_mark || c->mark.patient == 0 || c->mark.attempt || step.len)
        return err_set(err, ERR_USAGE, "explain: \"%.40s\" names no visit: p3.v2 is patient 3, dos 2; p3 are all visits of patient 3",
                       c->visit_text);
    return ERR_OK;
}

static enum err_code parse_arguments(int argc, char **argv, struct explain_command *c, struct err *err)
{
    optind = 0;
    for (int option;;) {
        TRY(option_next("explain", argc, argv, &option, err));
        if (option == OPTION_END)
            break;
        switch ((enum explain_option)option) {
        case EXPLAIN_KEY: TRY(keys_name(optarg, err)); break;
        case EXPLAIN_JSON: c->json = true; break;
        }
    }
    if (optind == argc || argc - optind > 2)
        return err_set(err, ERR_USAGE, "explain: name one recording or run directory, and a visit or none: revisit explain RECORDING p3.v2");
    c->path = argv[optind];
    c->visit_text = argv[optind + 1];
    if (c->visit_text)
        TRY(parse_visit(c, err));
    return keys_load(err);
}

static enum err_code flush(struct explain_command *c, struct err *err)
{
    if (str_full(&c->text))
        return err_set(err, ERR_ENV, "there is no memory for a page");
    fputs(str_text(&c->text), stdout);
    str_clear(&c->text);
    return ERR_OK;
}

static enum err_code print_pages(struct explain_command *c, uint32_t count, struct err *err)
{
    for (uint32_t i = 0; i < count; i++) {
        TRY(explained_page(&c->run, c->chosen[i], &c->page, err));
        if (c->json)
            explain_json_page(&c->page, i == 0, &c->text);
        else
            explain_print_page(&c->page, &c->text);
        TRY(flush(c, err));
    }
    return ERR_OK;
}

static uint32_t choose_named(struct explain_command *c)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < c->run.log.visit_count && count < PAGES_MAX + REST_MAX; i++) {
        const struct explain_visit *visit = &c->run.log.visits[i];
        if (visit->visit.patient == c->mark.patient && (c->mark.dos == 0 || visit->visit.dos == c->mark.dos))
            c->chosen[count++] = visit;
    }
    return count;
}

static enum err_code print_all(struct explain_command *c, struct err *err)
{
    const uint32_t max = PAGES_MAX + REST_MAX;
    uint32_t found = c->visit_text ? choose_named(c) : explain_choose(&c->run.log, max, c->chosen);
    if (c->visit_text && found == 0)
        return err_set(err, ERR_INPUT, "it has no visit %s: patients are p1 to pN in the order of the batch, visits v1 and on by dos", c->visit_text);
    uint32_t kept = found < max ? found : max, full = c->visit_text || kept < PAGES_MAX ? kept : PAGES_MAX;
    struct explain_head head = explained_head(&c->run);
    if (c->json)
        explain_json_begin(&head, found, &c->text);
    else if (!c->visit_text)
        explain_print_head(&head, found, &c->text);
    TRY(print_pages(c, full, err));
    if (c->json)
        explain_json_end(&c->text);
    else
        explain_print_rest(&c->run.log, c->chosen + full, kept - full, &c->text);
    return flush(c, err);
}

static enum err_code explain(struct explain_command *c, struct err *err)
{
    struct isolation isolation = {.reads = {c->path, c->run.place.recording}};
    c->run.isolation = &isolation;
    TRY(explained_read(&c->run, err));
    return print_all(c, err);
}

int command_explain(int argc, char **argv, struct err *err)
{
    static struct explain_command c; /* static: it is large, and there is one */
    if (parse_arguments(argc, argv, &c, err) != ERR_OK || explain_dir_find(c.path, &c.run.place, err) != ERR_OK)
        return 0;
    c.run.path = c.path;
    str_init(&c.text, PAGE_MAX);
    if (explain(&c, err) != ERR_OK)
        (void)err_wrap(err, "explain %s", c.path);
    explained_close(&c.run);
    str_fini(&c.text);
    return 0;
}
