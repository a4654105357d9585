/* A recorded answer, made ready to be given again: to a page (Fetch.fulfillRequest), or to
   the engine as the answer of an exchange of its own. */
#ifndef RECORDER_OFFLINE_ANSWER_H
#define RECORDER_OFFLINE_ANSWER_H

#include "engine/world/wire.h"
#include "recorder/traffic/traffic.h"

/* What of an answer's headers belongs to its connection or to the coding of its body, both
   of which are gone: bodies are recorded plain. */
bool answer_drops(struct slice header_name);

/* The Content-Type with which a body reads as it was read: a browser tells the text of a
   page in UTF-8, whatever its bytes were coded in. `scratch` holds it where it differs. */
struct slice answer_content_type(struct slice value, struct slice body, struct str *scratch);

/* The members "responseCode" to "responseHeaders" of Fetch.fulfillRequest, with a comma
   before; the body is the caller's. */
void answer_add_fulfil(const struct exchange *exchange, struct slice body, struct str *out);
/* The reason of Fetch.failRequest. */
const char *answer_reason(struct slice failure);

/* The exchange as the wire tells it; slices are of exchange, body and scratch. More headers
   than the wire holds are left out from the end. */
void answer_fill(const struct exchange *exchange, struct slice body, struct str *scratch, struct wire_response *ret_response);

#endif
