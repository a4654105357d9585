/* The values of entries: what each request and each item looks like inside its
   line, and back. Writing appends `,"kind":value` (with a bulk before it) to a line
   that entry_begin has opened. Reading gives the item that was written, byte for
   byte. The format is described in recorder/README.md. */
#ifndef RECORDER_PAYLOAD_H
#define RECORDER_PAYLOAD_H

#include "engine/world/wire.h"
#include "recorder/entry.h"

/* Digest of bulks: BLAKE2b, 32 bytes, in hex; NUL-ended. */
#define BULK_DIGEST_TEXT 65
void payload_digest(struct slice bytes, char ret_text[BULK_DIGEST_TEXT]);

/* The object of a bulk, `{"name":...,"size":...,"blake2b":...}`. What stands before
   ,"size" must be equal in a replay; the rest may differ when it is advisory. */
void payload_add_bulk(struct str *out, const struct wire_bulk *bulk);
struct slice payload_bulk_identity(struct slice bulk_text);

void payload_add_start(struct str *out, const struct wire_launch *launch);
void payload_add_send(struct str *out, struct slice message, const struct wire_bulk *bulk);
void payload_add_kill(struct str *out);
void payload_add_http_out(struct str *out, uint32_t id, const struct wire_request *request);
void payload_add_commit(struct str *out, uint32_t id, struct slice record);
void payload_add_lock(struct str *out, uint32_t id, struct slice name);
void payload_add_item(struct str *out, const struct wire_item *item);
/* network.ndjson: one event of the page's network, as the browser said it. */
void payload_add_event(struct str *out, struct slice message);
/* The body of an answer: its size and the name of its file; sha256 NULL = the browser
   had it no more. dropped: there is no such file, the rules of redaction leave it out. */
void payload_add_body(struct str *out, struct slice request_id, size_t size_bytes, const char *sha256, bool dropped);

/* The number by which a message, a request or an answer is known; 0 = the value has none. */
uint64_t payload_id(struct slice value);
/* Fills in kind, union and, from the entry's head, at and generation. Slices point
   into the entry's line or into scratch, which is overwritten; response is where an
   HTTP item lives. False when the value is not laid out as its kind is. */
bool payload_read_item(const struct entry *entry, struct str *scratch, struct wire_response *response,
                       struct wire_item *ret_item);

#endif
