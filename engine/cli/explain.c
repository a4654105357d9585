/* revisit explain: why a visit failed, hung or was slow. A recording is replayed once,
   strictly; the event log, the course of that replay and a watch on the page's messages are
   what the pages are made of, and what-if runs over that course find the cures. */
#include "engine/report/explain.h"

#include "engine/cli/command.h"
#include "engine/cli/explain_cure.h"
#include "engine/cli/explain_dir.h"
#include "engine/cli/explain_facts.h"

#include <getopt.h>
#include <stdio.h>

static const char USAGE[] =
    "usage: revisit explain RECORDING|RUN_DIR [VISIT] [--json]\n"
    "\n"
    "  revisit explain monday                 what failed, hung or was slow, worst first\n"
    "  revisit explain monday p3.v2           that visit; p3: all visits of that patient\n"
    "  revisit explain /var/lib/revisit/monday-1 --json\n"
    "\n"
    "A page for each such visit: the step and operation, how long it was waited for of what budget,\n"
    "when the page was last heard from and with what, requests open and unanswered, dialogs, frames\n"
    "and editors, the same step elsewhere in this run, what the engine did next, the verdict, and the\n"
    "commands that reproduce and cure it. The cure is found by trying: the smallest timeout multiplier\n"
    "under which the visit passes without that failure, when the recording is run again (revisit whatif).\n"
    "Slow is a step that took over 3 times the p95 of the same step elsewhere in the run, or over half\n"
    "of its operation's budget.\n"
    "\n"
    "A run directory without a recording in it is explained from its journal and event log; the page\n"
    "then says what only a recording tells. No name and no page text is printed.\n"
    "\n"
    "  --json   one JSON object on one line (engine/report/README.md has the keys)\n"
    "\n"
    "Exit status: 0 told (whatever the run came to), 2 neither a recording nor a run directory, or it has\n"
    "no such visit, 6 the recording does not replay, 7 damaged, 9 it cannot be read.\n";

#define PAGES_MAX 12 /* that are told in full unless a visit is named */
#define REST_MAX  40 /* and in a line each */
#define PAGE_MAX  ((size_t)1 << 20)

struct explain_command {
    const char *path, *visit_text;
    bool json;
    struct mark mark; /* patient 0: none was named */
    struct explain_place place;
    struct recorded recorded;
    struct explain_watch watch;
    struct event_log lines;
    struct explain_log log;
    struct journal journal;
    struct explain_cure_search cures;
    struct explain_page page;
    const struct explain_visit *chosen[PAGES_MAX + REST_MAX];
    uint32_t multiplier;
    struct str text;
};

enum { OPT_JSON = 256 };

static const struct option OPTIONS[] = {{"json", no_argument, NULL, OPT_JSON}, {0}};

static bool has_recording(const struct explain_command *c)
{
    return c->place.recording[0] != '\0';
}

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
    for (int option; (option = getopt_long(argc, argv, ":", OPTIONS, NULL)) != -1;) {
        if (option != OPT_JSON)
            return command_bad_option(option, argc, argv, "explain", err);
        c->json = true;
    }
    if (optind == argc || argc - optind > 2)
        return err_set(err, ERR_USAGE, "explain: name one recording or run directory, and a visit or none: revisit explain RECORDING p3.v2");
    c->path = argv[optind];
    c->visit_text = argv[optind + 1];
    return c->visit_text ? parse_visit(c, err) : ERR_OK;
}

static void take_line(void *ctx, struct slice line)
{
    explain_log_take(ctx, line);
}

/* A recording that ends within a step: what that step waits for is what there is to tell. */
static void pend(struct explain_command *c)
{
    const struct course *course = &c->recorded.course;
    const struct exchange *last = NULL;
    for (uint32_t i = course->exchange_count; !last && i-- > 0;)
        if (course->exchanges[i].kind == OP_CALL || course->exchanges[i].kind == OP_START)
            last = &course->exchanges[i];
    if (!last || last->mark.patient == 0 || last->end != EXCHANGE_SILENT || !last->mark.step)
        return;
    struct explain_event step = {.kind = EXPLAIN_STEP, .pending = true, .at_ms = instant_to_ms(course->end), .attempt = last->mark.attempt};
    step.visit = (struct visit_label){last->mark.patient, last->mark.dos};
    step.ms = duration_to_ms(instant_since(course->end, last->at));
    for (int i = 0; i < STEP_COUNT; i++)
        if (strcmp(step_name((enum step)i), last->mark.step) == 0)
            step.step = (enum step)i;
    const struct explain_visit *visit = explain_log_find(&c->log, step.visit);
    if (visit && visit->result == EXPLAIN_NONE)
        explain_log_pend(&c->log, &step);
}

static enum err_code play(struct explain_command *c, struct err *err)
{
    event_log_init(&c->lines, &c->log, take_line);
    TRY(recorded_open(&c->recorded, c->place.recording, err));
    c->recorded.watch = explain_watch_open;
    c->recorded.watch_ctx = &c->watch;
    TRY(recorded_play(&c->recorded, &c->lines, err));
    c->multiplier = c->recorded.run.settings.multiplier_thousandths;
    if (c->recorded.course.cut)
        pend(c);
    if (c->watch.full)
        return err_set(err, ERR_ENV, "there is no memory for what the pages of this recording said");
    return explain_cure_open(&c->cures, &c->recorded, err);
}

static enum err_code gather(struct explain_command *c, struct err *err)
{
    if (has_recording(c))
        TRY(play(c, err));
    else
        TRY(explain_dir_read(&c->place, &c->log, &c->journal, &c->multiplier, err));
    if (c->log.full)
        return err_set(err, ERR_ENV, "there is no memory for the events of this run");
    explain_log_judge(&c->log, c->multiplier);
    return ERR_OK;
}

static enum err_code flush(struct explain_command *c, struct err *err)
{
    if (str_full(&c->text))
        return err_set(err, ERR_ENV, "there is no memory for a page");
    fputs(str_text(&c->text), stdout);
    str_clear(&c->text);
    return ERR_OK;
}

static enum err_code make_page(struct explain_command *c, const struct explain_visit *visit, struct err *err)
{
    struct explain_page *page = &c->page;
    *page = (struct explain_page){.log = &c->log, .visit = visit, .path = c->path, .multiplier_thousandths = c->multiplier};
    if (!has_recording(c)) {
        page->journaled = explain_dir_journaled(&c->journal, visit->visit);
        return ERR_OK;
    }
    page->recording = c->place.recording;
    const struct explain_wait *of_main = &page->waits[0];
    for (uint32_t i = 0; i < visit->trouble_count; i++) {
        explain_facts(&c->recorded, &c->watch, &c->log.events[visit->troubles[i]], &page->waits[i]);
        if (visit->troubles[i] == visit->main)
            of_main = &page->waits[i];
    }
    return explain_cure_find(&c->cures, &c->log, visit, of_main, &page->cure, err);
}

static enum err_code print_pages(struct explain_command *c, uint32_t count, struct err *err)
{
    for (uint32_t i = 0; i < count; i++) {
        TRY(make_page(c, c->chosen[i], err));
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
    for (uint32_t i = 0; i < c->log.visit_count && count < PAGES_MAX + REST_MAX; i++) {
        const struct explain_visit *visit = &c->log.visits[i];
        if (visit->visit.patient == c->mark.patient && (c->mark.dos == 0 || visit->visit.dos == c->mark.dos))
            c->chosen[count++] = visit;
    }
    return count;
}

static enum err_code print_all(struct explain_command *c, struct err *err)
{
    const uint32_t max = PAGES_MAX + REST_MAX;
    uint32_t found = c->visit_text ? choose_named(c) : explain_choose(&c->log, max, c->chosen);
    if (c->visit_text && found == 0)
        return err_set(err, ERR_INPUT, "it has no visit %s: patients are p1 to pN in the order of the batch, visits v1 and on by dos", c->visit_text);
    uint32_t kept = found < max ? found : max, full = c->visit_text || kept < PAGES_MAX ? kept : PAGES_MAX;
    struct explain_head head = {.log = &c->log, .path = c->path};
    head.recording = has_recording(c) ? c->place.recording : NULL;
    head.cut = has_recording(c) ? c->recorded.course.cut : c->journal.runs > 0 && !c->journal.ended;
    head.cause = c->recorded.run.run_ended.code != ERR_OK ? c->recorded.run.run_ended.text : NULL;
    if (c->json)
        explain_json_begin(&head, found, &c->text);
    else if (!c->visit_text)
        explain_print_head(&head, found, &c->text);
    TRY(print_pages(c, full, err));
    if (c->json)
        explain_json_end(&c->text);
    else
        explain_print_rest(&c->log, c->chosen + full, kept - full, &c->text);
    return flush(c, err);
}

static enum err_code explain(struct explain_command *c, struct err *err)
{
    TRY(gather(c, err));
    return print_all(c, err);
}

static void take_down(struct explain_command *c)
{
    explain_cure_close(&c->cures);
    if (c->recorded.run.path)
        recorded_close(&c->recorded);
    explain_watch_fini(&c->watch);
    event_log_fini(&c->lines);
    explain_log_fini(&c->log);
    journal_fini(&c->journal);
    str_fini(&c->text);
}

int command_explain(int argc, char **argv, struct err *err)
{
    static struct explain_command c; /* static: it is large, and there is one */
    if (command_wants_help(argc, argv)) {
        fputs(USAGE, stdout);
        return 0;
    }
    if (parse_arguments(argc, argv, &c, err) != ERR_OK || explain_dir_find(c.path, &c.place, err) != ERR_OK)
        return 0;
    str_init(&c.text, PAGE_MAX);
    if (explain(&c, err) != ERR_OK)
        (void)err_wrap(err, "explain %s", c.path);
    take_down(&c);
    return 0;
}
