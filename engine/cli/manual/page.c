#include "engine/cli/manual/page.h"

#include "engine/cli/command.h"
#include "engine/cli/manual/topic.h"

#define TERM_BYTES_MAX 256
#define OVERVIEW_TERM 10 /* columns of a command's name */

/* "-o, --output FILE" */
static void add_term(const struct manual_row *option, struct str *out)
{
    str_clear(out);
    if (option->letter)
        str_addf(out, "-%c, ", option->letter);
    str_addf(out, "--%s%s%s", option->name, option->argument ? " " : "", option->argument ? option->argument : "");
}

static void write_examples(struct doc *doc, const struct manual_row *page)
{
    CLEANUP_STR struct str line;
    str_init(&line, 1024);
    bool first = true;
    doc_begin_lines(doc);
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_EXAMPLE)); first = false) {
        str_clear(&line);
        str_addf(&line, "# %s", row->text);
        if (!first)
            doc_line(doc, "");
        doc_line(doc, str_text(&line));
        doc_line(doc, row->name);
    }
    doc_end_lines(doc);
}

/* A heading opens its options, or those that stand under none. */
static void write_options(struct doc *doc, const struct manual_row *page)
{
    CLEANUP_STR struct str term;
    str_init(&term, TERM_BYTES_MAX);
    bool any = false, headed = false;
    doc_items(doc, DOC_TERM_MAX);
    for (const struct manual_row *row = page + 1; row->kind != MANUAL_PAGE; row++) {
        bool told = row->kind == MANUAL_OPTION && row->text;
        if (row->kind == MANUAL_HEADING) {
            doc_subheading(doc, row->text);
            headed = true;
        } else if (told && !any && !headed) {
            doc_subheading(doc, "Options");
        }
        if (!told)
            continue;
        any = true;
        add_term(row, &term);
        doc_item(doc, str_text(&term), row->text);
    }
}

static void write_paragraphs(struct doc *doc, const struct manual_row *page, enum manual_kind kind)
{
    for (const struct manual_row *row = page; (row = manual_next(row, kind));)
        doc_paragraph(doc, row->text);
}

static void write_variables(struct doc *doc, const struct manual_row *page)
{
    const struct manual_row *row = manual_next(page, MANUAL_VARIABLE);
    if (!row)
        return;
    doc_subheading(doc, "Environment");
    doc_items(doc, DOC_TERM_MAX);
    for (; row; row = manual_next(row, MANUAL_VARIABLE))
        doc_item(doc, row->name, row->text);
}

static void write_exits(struct doc *doc, const struct manual_row *page)
{
    const struct manual_row *row = manual_next(page, MANUAL_EXIT);
    if (!row)
        return;
    doc_subheading(doc, "Exit status");
    doc_items(doc, 2);
    for (; row; row = manual_next(row, MANUAL_EXIT)) {
        char status[16];
        ASSERT(text_format(status, sizeof status, "%2d", row->status));
        doc_item(doc, doc->form == DOC_ROFF && status[0] == ' ' ? status + 1 : status, row->text);
    }
}

static void write_parts(struct doc *doc, const struct manual_row *command)
{
    bool any = false;
    for (const struct manual_row *page = command; page; page = manual_after(page)) {
        if (!manual_is_part_of(page, command))
            continue;
        if (!any)
            doc_subheading(doc, "Parts");
        any = true;
        doc_items(doc, OVERVIEW_TERM);
        doc_item(doc, page->name + strlen(command->name) + 1, manual_line(page));
    }
}

static void write_body(struct doc *doc, const struct manual_row *page)
{
    write_examples(doc, page);
    write_paragraphs(doc, page, MANUAL_ABOUT);
    write_parts(doc, page);
    write_options(doc, page);
    write_variables(doc, page);
    write_exits(doc, page);
    write_paragraphs(doc, page, MANUAL_NOTE);
}

/* A line of a list as a sentence of its own. */
static void add_sentence(struct doc *doc, const char *line)
{
    CLEANUP_STR struct str text;
    str_init(&text, 1024);
    str_addf(&text, "%c%s.", *line >= 'a' && *line <= 'z' ? *line - 'a' + 'A' : *line, line + 1);
    doc_paragraph(doc, str_text(&text));
}

void page_help(const struct manual_row *page, struct str *out)
{
    struct doc doc = {.form = DOC_TEXT, .out = out};
    const char *before = "usage: ";
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_USAGE)); before = "       ")
        str_addf(out, "%srevisit %s %s\n", before, page->name, row->text);
    add_sentence(&doc, manual_line(page));
    write_body(&doc, page);
}

void page_exits(struct doc *doc)
{
    static const struct {
        int status;
        const char *sentence;
    } exits[] = {
#define X(status, sentence) {status, sentence},
#include "engine/cli/manual/exit.def"
#undef X
    };
    doc_items(doc, 2);
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        char status[16];
        ASSERT(text_format(status, sizeof status, "%d", exits[i].status));
        doc_item(doc, status, exits[i].sentence);
    }
}

static void write_topics(struct doc *doc)
{
    doc_items(doc, OVERVIEW_TERM);
    for (size_t i = 0; i < topic_count(); i++)
        doc_item(doc, topic_name(i), topic_line(i));
}

void page_overview(struct str *out)
{
    struct doc doc = {.form = DOC_TEXT, .out = out};
    str_addf(out, "revisit %s: runs batches of clinic visits in a web EHR, and makes every run replayable\n\n", REVISIT_VERSION);
    str_add_text(out, "usage: revisit COMMAND ...        revisit COMMAND --help tells more\n");
    doc_items(&doc, OVERVIEW_TERM);
#define GROUP(text) doc_heading(&doc, text);
#define X(name, function, line) doc_item(&doc, name, line);
#include "engine/cli/command.def"
#undef X
#undef GROUP
    doc_heading(&doc, "Topics: revisit help TOPIC");
    write_topics(&doc);
    doc_heading(&doc, "Exit status");
    page_exits(&doc);
    doc_paragraph(&doc, "Data goes to stdout, messages to stderr.");
}

static void write_synopsis(struct doc *doc, const struct manual_row *page)
{
    CLEANUP_STR struct str line;
    str_init(&line, 1024);
    doc_begin_lines(doc);
    for (const struct manual_row *row = page; (row = manual_next(row, MANUAL_USAGE));) {
        str_clear(&line);
        str_addf(&line, "revisit %s %s", page->name, row->text);
        doc_line(doc, str_text(&line));
    }
    doc_end_lines(doc);
}

void page_man(struct str *out)
{
    CLEANUP_STR struct str name;
    struct doc doc = {.form = DOC_ROFF, .out = out};
    str_init(&name, TERM_BYTES_MAX);
    doc_title(&doc, "revisit", 1, "run batches of clinic visits in a web EHR, and make every run replayable");
    doc_heading(&doc, "Synopsis");
    doc_paragraph(&doc, "`revisit` COMMAND ...");
    doc_paragraph(&doc, "`revisit help` [COMMAND [PART] | TOPIC]");
    doc_heading(&doc, "Description");
    doc_paragraph(&doc, "Runs a batch of visits in a real browser, and makes of each run, when asked, a recording that runs again without browser, "
                        "network or waiting, to the same event log, byte for byte. Data goes to stdout, messages to stderr.");
    for (const struct manual_row *page = manual_first(); page; page = manual_after(page)) {
        str_clear(&name);
        str_addf(&name, "revisit %s", page->name);
        doc_heading(&doc, str_text(&name));
        add_sentence(&doc, manual_line(page));
        write_synopsis(&doc, page);
        write_body(&doc, page);
    }
    doc_heading(&doc, "Exit status");
    page_exits(&doc);
    doc_heading(&doc, "See also");
    doc_paragraph(&doc, "`revisit-recording`(5), `revisit-events`(7)");
}
