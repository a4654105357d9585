/* How an exchange ended, in the wire's words: a pure function of what libcurl said
   and of how far things had come. */
#ifndef ENGINE_LIVE_EXCHANGE_FAILURE_H
#define ENGINE_LIVE_EXCHANGE_FAILURE_H

#include "engine/world/wire.h"

#include <curl/curl.h>
#include <stdbool.h>

struct exchange_end {
    CURLcode code;
    int os_errno; /* of the last failed connect, send or receive; 0 = none */
    bool may_be_sent;
    bool has_answer_begun; /* a byte of the answer has come */
    bool has_head;         /* the whole head of the final answer has come */
    enum wire_http_failure trouble; /* why we stopped it ourselves; WIRE_HTTP_OK = we did not */
};

/* WIRE_HTTP_OK only for a whole answer. */
enum wire_http_failure exchange_failure(const struct exchange_end *end);

#endif
