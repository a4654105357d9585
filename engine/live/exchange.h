/* HTTP exchanges: one easy handle each on the loop's multi handle, a connection of
   its own, sent at most once. The answer, or the way it failed, is a
   wire_response; how far the request came is told by libcurl's callback between
   "connected, TLS done" and "first byte of the request": before it, nothing can
   have been sent; from there on, the request counts as sent. A body without a
   length is whole when the server closes: nothing better can be known. */
#ifndef ENGINE_LIVE_EXCHANGE_H
#define ENGINE_LIVE_EXCHANGE_H

#include "engine/live/response.h"
#include "engine/world/wire.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

struct exchange {
    struct exchange *next; /* in the caller's list */
    CURL *easy;            /* NULL when it could not even be prepared */
    struct curl_slist *header_lines;
    char *url, *method, *body; /* copies: the request is borrowed for a call, libcurl reads later */
    bool is_over;
    bool may_be_sent; /* the connection stands: bytes of the request may have gone */
    CURLcode code;    /* how it ended, valid when is_over */
    struct response response;
    struct wire_response answer; /* filled by exchange_answer() */
    char detail[CURL_ERROR_SIZE];
};

/* Prepares the exchange and hands it to multi. NULL: no memory. What is wrong with
   the request makes an exchange that is over at once. multi NULL: refused without
   a try, as failed and not sent. */
struct exchange *exchange_new(CURLM *multi, uint32_t id, const struct wire_request *request);

/* Takes it off multi and frees it; NULL is allowed. */
void exchange_free(struct exchange *exchange, CURLM *multi);

/* The exchange of a finished easy handle, which is over now. */
struct exchange *exchange_finish(CURL *easy, CURLcode code);

/* The answer of an exchange that is over; valid until exchange_free(). */
const struct wire_response *exchange_answer(struct exchange *exchange);

#endif
