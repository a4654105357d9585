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
/* The object of a bulk. */
void redact_bulk(struct redact *redact, char *bulk, size_t len);
/* Learns from the batch, then masks it. */
void redact_batch(struct redact *redact, char *text, size_t len);
/* batch.json changed: the digests of it that journal records carry. Equal lengths. */
void redact_state(struct redact *redact, char *text, size_t len);
/* The journal as it was found, with its lines' checksums made anew. */
void redact_journal(struct redact *redact, char *text, size_t len);
/* One line of the event log. */
void redact_event(struct redact *redact, char *line, size_t len);

/* A body of the page's network; false: it is to be left out. media is its type ("text/html"), path where on the site it came from. */
bool redact_body(struct redact *redact, struct slice media, struct slice path, char *body, size_t len);

#endif
