/* `revisit help TOPIC`: what belongs to no one command, written from the tables that the program
   itself is held to. Two topics are man pages as well. */
#ifndef ENGINE_CLI_MANUAL_TOPIC_H
#define ENGINE_CLI_MANUAL_TOPIC_H

#include "engine/cli/manual/doc.h"

size_t topic_count(void);
const char *topic_name(size_t index);
const char *topic_line(size_t index);
/* False: there is no such topic. */
bool topic_write(const char *name, struct str *out);

/* revisit-recording(5) and revisit-events(7). */
void topic_man_recording(struct str *out);
void topic_man_events(struct str *out);

/* The topics' own text. */
#define X(name, line, function) void function(struct doc *doc);
#include "engine/cli/manual/topic.def"
#undef X

#endif
