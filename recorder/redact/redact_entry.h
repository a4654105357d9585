/* The parts of a recording, each by its rules and in place. Whoever writes an entry lays its value out from the
   true values and gives it here before its checksum is made; whoever cleans a recording that lies
   there does the same. So both come to the same bytes.

   Digests of what was posted, and of bodies that are handed on, are exchanged too: for that of the clean
   text, whenever the text itself was met before. */
#ifndef RECORDER_REDACT_REDACT_ENTRY_H
#define RECORDER_REDACT_REDACT_ENTRY_H

#include "recorder/entry.h"
#include "recorder/redact/redact.h"

/* The value of an entry: JSON, or with base64 the inside of the string. */
void redact_entry(struct redact *redact, enum entry_kind kind, bool base64, char *value, size_t len);
/* A whole line as it stands in a file, without its newline: value and bulk, and the checksum made anew. False,
   and the line must not be used: it is none, or redact_is_full(). */
bool redact_line(struct redact *redact, char *line, size_t len);
/* Learns from the batch, then masks it. */
void redact_batch(struct redact *redact, char *text, size_t len);
/* The same; and the two hashes of the batch that journal records carry are exchanged for those of the clean one: of its
   text, and, unless plan is NULL, of its plan, of which only the engine knows how it is made (16 hex digits). */
enum err_code redact_run_batch(struct redact *redact, char *text, size_t len,
                               enum err_code (*plan)(void *ctx, struct slice batch, char ret_hex[17], struct err *err),
                               void *ctx, struct err *err);
void redact_state(struct redact *redact, char *text, size_t len);
/* The journal as it was found, with its lines' checksums made anew. */
void redact_journal(struct redact *redact, char *text, size_t len);
/* One line of the event log. */
void redact_event(struct redact *redact, char *line, size_t len);

/* A body of the page's network; false: it is to be left out. media is its type ("text/html"), path where on the site it came from. */
bool redact_body(struct redact *redact, struct slice media, struct slice path, char *body, size_t len);

#endif
