/* What the manual says, as prose: of one command for --help, of all for `revisit --help` and
   revisit(1). */
#ifndef ENGINE_CLI_MANUAL_PAGE_H
#define ENGINE_CLI_MANUAL_PAGE_H

#include "engine/cli/manual/doc.h"
#include "engine/cli/manual/manual.h"

/* A page as a text of its own: usage, examples, what it does, options, exit statuses. */
void page_help(const struct manual_row *page, struct str *out);
/* All commands and topics, a line each, and the exit statuses. */
void page_overview(struct str *out);
/* The exit statuses, as items. */
void page_exits(struct doc *doc);
/* revisit(1). */
void page_man(struct str *out);

#endif
