#include "engine/cli/manual/doc.h"

#include "engine/cli/command.h"

/* A blank line in front of what comes, but not at the top, below a heading or between items. */
static void begin(struct doc *doc, enum doc_block block)
{
    bool close = doc->last == DOC_HEADING || (doc->last == DOC_ITEM && block == DOC_ITEM);
    if (doc->form == DOC_TEXT && doc->out->len && (!close || block == DOC_HEADING))
        str_add_char(doc->out, '\n');
    else if (doc->form == DOC_ROFF && block == DOC_PROSE && doc->last != DOC_HEADING)
        str_add_text(doc->out, ".PP\n");
    doc->last = block;
}

static void add_blanks(struct str *out, size_t count)
{
    while (count--)
        str_add_char(out, ' ');
}

/* What roff would take for a command is not one. Hyphens stay hyphens: an option is copied
   from a man page and pasted. */
static void add_roff_char(struct str *out, char c, bool first)
{
    if (c == '\\')
        str_add_text(out, "\\e");
    else if (c == '-')
        str_add_text(out, "\\-");
    else if (c == '\'')
        str_add_text(out, "\\(aq");
    else if (c == '^')
        str_add_text(out, "\\(ha");
    else if (c == '~')
        str_add_text(out, "\\(ti");
    else {
        if (first && c == '.')
            str_add_text(out, "\\&");
        str_add_char(out, c);
    }
}

static void add_roff(struct str *out, const char *text)
{
    bool bold = false;
    for (const char *c = text; *c; c++) {
        if (*c == '`') {
            bold = !bold;
            str_add_text(out, bold ? "\\fB" : "\\fR");
        } else {
            add_roff_char(out, *c, c == text);
        }
    }
}

/* Words from `column` on, broken at DOC_WIDTH; later lines begin at `indent`. */
static void add_wrapped(struct str *out, const char *text, size_t column, size_t indent)
{
    bool first = true;
    while (*text) {
        size_t len = strcspn(text, " ");
        if (!first && column + 1 + len > DOC_WIDTH) {
            str_add_char(out, '\n');
            add_blanks(out, indent);
            column = indent;
        } else if (!first) {
            str_add_char(out, ' ');
            column++;
        }
        str_add(out, (struct slice){text, len});
        column += len;
        text += len + strspn(text + len, " ");
        first = false;
    }
    str_add_char(out, '\n');
}

void doc_title(struct doc *doc, const char *name, int section, const char *line)
{
    if (doc->form == DOC_TEXT)
        return;
    str_addf(doc->out, ".TH %s %d \"\" \"revisit %s\" \"\"\n.SH NAME\n", name, section, REVISIT_VERSION);
    add_roff(doc->out, name);
    str_add_text(doc->out, " \\- ");
    add_roff(doc->out, line);
    str_add_char(doc->out, '\n');
}

/* In capitals, as man pages have them. */
void doc_heading(struct doc *doc, const char *text)
{
    begin(doc, DOC_HEADING);
    if (doc->form == DOC_TEXT) {
        str_addf(doc->out, "%s\n", text);
        return;
    }
    str_add_text(doc->out, ".SH \"");
    for (const char *c = text; *c; c++)
        add_roff_char(doc->out, *c >= 'a' && *c <= 'z' ? (char)(*c - 'a' + 'A') : *c, false);
    str_add_text(doc->out, "\"\n");
}

void doc_subheading(struct doc *doc, const char *text)
{
    begin(doc, DOC_HEADING);
    if (doc->form == DOC_TEXT) {
        str_addf(doc->out, "%s\n", text);
        return;
    }
    str_add_text(doc->out, ".SS \"");
    add_roff(doc->out, text);
    str_add_text(doc->out, "\"\n");
}

void doc_paragraph(struct doc *doc, const char *text)
{
    begin(doc, DOC_PROSE);
    if (doc->form == DOC_TEXT) {
        add_wrapped(doc->out, text, 0, 0);
        return;
    }
    add_roff(doc->out, text);
    str_add_char(doc->out, '\n');
}

void doc_items(struct doc *doc, size_t term_width)
{
    doc->term_width = term_width < DOC_TERM_MAX ? term_width : DOC_TERM_MAX;
}

static void add_text_item(struct doc *doc, const char *term, const char *text)
{
    size_t len = strlen(term), indent = doc->term_width + 4;
    str_addf(doc->out, "  %s", term);
    if (len > doc->term_width) {
        str_add_char(doc->out, '\n');
        len = 0;
        add_blanks(doc->out, indent);
    } else {
        add_blanks(doc->out, doc->term_width - len + 2);
    }
    add_wrapped(doc->out, text, indent, indent);
}

void doc_item(struct doc *doc, const char *term, const char *text)
{
    begin(doc, DOC_ITEM);
    if (doc->form == DOC_TEXT) {
        add_text_item(doc, term, text);
        return;
    }
    str_add_text(doc->out, ".TP\n\\fB");
    add_roff(doc->out, term);
    str_add_text(doc->out, "\\fR\n");
    add_roff(doc->out, text);
    str_add_char(doc->out, '\n');
}

void doc_begin_lines(struct doc *doc)
{
    begin(doc, DOC_PROSE);
    if (doc->form == DOC_ROFF)
        str_add_text(doc->out, ".RS 4\n.nf\n");
}

void doc_line(struct doc *doc, const char *text)
{
    if (doc->form == DOC_ROFF)
        add_roff(doc->out, text);
    else if (*text)
        str_addf(doc->out, "  %s", text);
    str_add_char(doc->out, '\n');
}

void doc_end_lines(struct doc *doc)
{
    if (doc->form == DOC_ROFF)
        str_add_text(doc->out, ".fi\n.RE\n");
}
