/* A page of prose in one of two forms: plain text for a terminal, 79 columns wide, or roff for
   man(1). Who writes it says what things are - a heading, a paragraph, an item - and no form. In
   a text what stands in `backquotes` is typed literally: bold in roff. */
#ifndef ENGINE_CLI_MANUAL_DOC_H
#define ENGINE_CLI_MANUAL_DOC_H

#include "engine/base/str.h"

#define DOC_WIDTH 79
#define DOC_TERM_MAX 22 /* columns of an item's term; a longer one has a line of its own */

enum doc_form { DOC_TEXT, DOC_ROFF };
enum doc_block { DOC_NOTHING, DOC_HEADING, DOC_ITEM, DOC_PROSE };

struct doc {
    enum doc_form form;
    struct str *out;   /* borrowed */
    size_t term_width; /* of the items that follow: doc_items() */
    enum doc_block last; /* what stands above */
};

/* revisit-events, 7, "the event log": of roff alone. */
void doc_title(struct doc *doc, const char *name, int section, const char *line);
void doc_heading(struct doc *doc, const char *text);
/* One below doc_heading(). */
void doc_subheading(struct doc *doc, const char *text);
void doc_paragraph(struct doc *doc, const char *text);
/* Before items: how wide the longest of their terms is. */
void doc_items(struct doc *doc, size_t term_width);
void doc_item(struct doc *doc, const char *term, const char *text);
/* A block of lines that are kept as they are. */
void doc_begin_lines(struct doc *doc);
void doc_line(struct doc *doc, const char *text);
void doc_end_lines(struct doc *doc);

#endif
