/* libcurl's codes say where it stopped, errno why. A connection that ends after the
   request is EMPTY before the first byte of an answer and SHORT after it, unless
   the kernel spoke of a reset. Codes that no plain fetch gives are OTHER. */
#include "engine/live/exchange_failure.h"

#include <errno.h>

static enum wire_http_failure connection_end(const struct exchange_end *end)
{
    if (end->os_errno == ECONNRESET || end->os_errno == EPIPE)
        return WIRE_HTTP_RESET;
    return end->has_answer_begun ? WIRE_HTTP_SHORT : WIRE_HTTP_EMPTY;
}

enum wire_http_failure exchange_failure(const struct exchange_end *end)
{
    if (end->trouble != WIRE_HTTP_OK)
        return end->trouble;
    switch ((int)end->code) { /* of the hundred codes only some can come */
    case CURLE_OK:
        return end->has_head ? WIRE_HTTP_OK : connection_end(end); /* a head cut off is no error to libcurl */
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED: /* a user name in the address */
        return WIRE_HTTP_BAD_URL;
    case CURLE_UNSUPPORTED_PROTOCOL: /* the address, or an answer of HTTP/0.9 */
        return end->may_be_sent ? WIRE_HTTP_MALFORMED : WIRE_HTTP_BAD_URL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
        return WIRE_HTTP_DNS;
    case CURLE_COULDNT_CONNECT:
        return end->os_errno == ECONNREFUSED ? WIRE_HTTP_REFUSED : WIRE_HTTP_CONNECT;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CRL_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_ENGINE_INITFAILED:
    case CURLE_USE_SSL_FAILED:
        return WIRE_HTTP_TLS;
    case CURLE_OPERATION_TIMEDOUT:
        return WIRE_HTTP_TIMEOUT;
    case CURLE_GOT_NOTHING:
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return connection_end(end);
    case CURLE_PARTIAL_FILE:
        return WIRE_HTTP_SHORT;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        return WIRE_HTTP_MALFORMED;
    case CURLE_OUT_OF_MEMORY: /* also what a header line over 100 kB is called */
        return end->has_answer_begun || end->may_be_sent ? WIRE_HTTP_TOO_LARGE : WIRE_HTTP_OTHER;
    default:
        return WIRE_HTTP_OTHER;
    }
}
