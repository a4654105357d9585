/* What lets a shell complete commands, parts, options, their arguments and topics, as a script for
   that shell: all words are in it, so that nothing is run while a person types. */
#ifndef ENGINE_CLI_MANUAL_COMPLETION_H
#define ENGINE_CLI_MANUAL_COMPLETION_H

#include "engine/base/str.h"
#include "engine/cli/manual/manual.h"

#define X(name, function) void function(struct str *out);
#include "engine/cli/manual/shell.def"
#undef X

/* For those that write them. The words that stand there, parted by blanks; of TAKES_PART those of `command`.
   A setting's name ends in "=". */
void completion_add_words(const struct manual_row *command, enum manual_takes takes, struct str *out);
/* A command's last operand row; TAKES_TEXT where it has none. */
enum manual_takes completion_operand(const struct manual_row *page);
/* A sentence up to where it begins to explain itself, every character that stands in `escaped` behind a
   backslash; a single quote, where `quote` is its spelling inside one. */
void completion_add_text(const char *text, const char *escaped, const char *quote, struct str *out);

#endif
