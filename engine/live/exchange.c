/* Nothing is left to libcurl's defaults that would add, repeat or remember: no
   reuse, no redirects, no proxy, no cookies, no decoding, no caches, HTTP/1.1, no
   Expect. The callback before the request refuses a second pass, so even a retry
   inside libcurl could not send twice. Names are resolved in a thread that is
   not waited for (quick exit), so a hung resolver cannot hold up the loop. */
#include "engine/live/exchange.h"

#include "engine/live/exchange_failure.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#define TIMEOUT_MS_MAX (24l * 3600 * 1000)
#define HEADER_LINE_MAX (64u << 10)

/* Of the connection, not of the request: libcurl writes what is needed of them. */
static const char *const connection_headers[] = {
    "Content-Length", "Transfer-Encoding", "Connection", "Keep-Alive", "Proxy-Connection", "Expect", "TE", "Trailer", "Upgrade",
};

/* What libcurl would add by itself; a line "Name:" without a value takes it back. */
static const char *const added_headers[] = {"Accept", "Content-Type", "Expect", "User-Agent"};

static bool is_name(struct slice a, const char *b)
{
    return a.len == strlen(b) && strncasecmp(a.ptr, b, a.len) == 0;
}

static bool is_of_connection(struct slice name)
{
    for (size_t i = 0; i < sizeof connection_headers / sizeof connection_headers[0]; i++)
        if (is_name(name, connection_headers[i]))
            return true;
    return false;
}

static bool has_header(const struct wire_request *request, const char *name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (is_name(request->headers[i].name, name))
            return !is_of_connection(request->headers[i].name);
    return false;
}

/* No byte may end the line or the name before its time. */
static bool is_sound_header(const struct wire_header *header)
{
    for (size_t i = 0; i < header->name.len; i++)
        if (!isgraph((unsigned char)header->name.ptr[i]) || header->name.ptr[i] == ':' || header->name.ptr[i] == ';')
            return false;
    for (size_t i = 0; i < header->value.len; i++)
        if (strchr("\r\n", header->value.ptr[i])) /* NUL is found, too */
            return false;
    return header->name.len > 0;
}

static bool add_line(struct exchange *exchange, struct slice name, const char *separator, struct slice value)
{
    struct str CLEANUP_STR line;
    str_init(&line, HEADER_LINE_MAX);
    str_add(&line, name);
    str_add_text(&line, separator);
    str_add(&line, value);
    struct curl_slist *longer = str_full(&line) ? NULL : curl_slist_append(exchange->header_lines, str_text(&line));
    if (longer)
        exchange->header_lines = longer;
    return longer;
}

static bool make_header_lines(struct exchange *exchange, const struct wire_request *request)
{
    for (size_t i = 0; i < request->header_count; i++) {
        const struct wire_header *header = &request->headers[i];
        if (!is_sound_header(header))
            return false;
        if (is_of_connection(header->name))
            continue;
        /* "Name;" is libcurl's way to send a header without a value. */
        if (!add_line(exchange, header->name, header->value.len ? ": " : ";", header->value))
            return false;
    }
    for (size_t i = 0; i < sizeof added_headers / sizeof added_headers[0]; i++)
        if (!has_header(request, added_headers[i]) && !add_line(exchange, slice_of(added_headers[i]), ":", SLICE_NONE))
            return false;
    return true;
}

static size_t on_header(char *line, size_t unit, size_t count, void *context)
{
    struct exchange *exchange = context;
    return response_add_head_line(&exchange->response, (struct slice){line, unit * count}) ? count : 0;
}

static size_t on_body(char *part, size_t unit, size_t count, void *context)
{
    struct exchange *exchange = context;
    return response_add_body(&exchange->response, (struct slice){part, unit * count}) ? unit * count : 0;
}

static int before_request(void *context, char *remote_ip, char *local_ip, int remote_port, int local_port)
{
    (void)remote_ip, (void)local_ip, (void)remote_port, (void)local_port;
    struct exchange *exchange = context;
    if (exchange->may_be_sent)
        return CURL_PREREQFUNC_ABORT;
    exchange->may_be_sent = true;
    return CURL_PREREQFUNC_OK;
}

static curl_socket_t open_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)context, (void)purpose;
    return socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

static void set_isolation(CURL *easy)
{
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);
}

static void set_callbacks(struct exchange *exchange)
{
    CURL *easy = exchange->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, exchange);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, exchange->detail);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, before_request);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, exchange);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
}

static long timeout_of(struct duration timeout)
{
    int64_t ms = (timeout.us + 999) / 1000;
    return ms < 1 ? 1 : ms > TIMEOUT_MS_MAX ? TIMEOUT_MS_MAX : (long)ms;
}

/* GET and HEAD without a body have their own options; all else is a POST by another name. */
static void set_method(struct exchange *exchange, const struct wire_request *request)
{
    CURL *easy = exchange->easy;
    bool has_body = request->body.len > 0 || slice_equal(request->method, SLICE("POST"));
    if (has_body) {
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)request->body.len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, exchange->body);
    } else if (slice_equal(request->method, SLICE("HEAD"))) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
    }
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, exchange->method);
}

/* A copy with a NUL; NULL where the text holds one itself, or no memory is left. */
static char *copy_text(struct slice text)
{
    if (text.len && memchr(text.ptr, '\0', text.len))
        return NULL;
    return strndup(text.ptr ? text.ptr : "", text.len);
}

static bool is_sound_method(struct slice method)
{
    for (size_t i = 0; i < method.len; i++)
        if (!isupper((unsigned char)method.ptr[i]))
            return false;
    return method.len > 0;
}

static CURLcode copy_request(struct exchange *exchange, const struct wire_request *request)
{
    exchange->url = copy_text(request->url);
    exchange->method = copy_text(request->method);
    exchange->body = malloc(request->body.len + 1);
    if (!exchange->body)
        return CURLE_OUT_OF_MEMORY;
    if (request->body.len)
        memcpy(exchange->body, request->body.ptr, request->body.len);
    if (!exchange->url)
        return CURLE_URL_MALFORMAT;
    bool is_sound = exchange->method && is_sound_method(request->method) && request->header_count <= WIRE_HEADERS_MAX;
    return is_sound && make_header_lines(exchange, request) ? CURLE_OK : CURLE_BAD_FUNCTION_ARGUMENT;
}

static CURLcode prepare(struct exchange *exchange, CURLM *multi, const struct wire_request *request)
{
    if (!multi)
        return CURLE_FAILED_INIT;
    CURLcode code = copy_request(exchange, request);
    if (code != CURLE_OK)
        return code;
    exchange->easy = curl_easy_init();
    if (!exchange->easy)
        return CURLE_OUT_OF_MEMORY;
    set_isolation(exchange->easy);
    set_callbacks(exchange);
    set_method(exchange, request);
    curl_easy_setopt(exchange->easy, CURLOPT_URL, exchange->url);
    curl_easy_setopt(exchange->easy, CURLOPT_HTTPHEADER, exchange->header_lines);
    curl_easy_setopt(exchange->easy, CURLOPT_TIMEOUT_MS, timeout_of(request->timeout));
    return curl_multi_add_handle(multi, exchange->easy) == CURLM_OK ? CURLE_OK : CURLE_FAILED_INIT;
}

struct exchange *exchange_new(CURLM *multi, uint32_t id, const struct wire_request *request)
{
    struct exchange *exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    response_init(&exchange->response);
    exchange->answer.id = id;
    exchange->code = prepare(exchange, multi, request);
    exchange->is_over = exchange->code != CURLE_OK;
    return exchange;
}

void exchange_free(struct exchange *exchange, CURLM *multi)
{
    if (!exchange)
        return;
    if (exchange->easy) {
        curl_multi_remove_handle(multi, exchange->easy);
        curl_easy_cleanup(exchange->easy);
    }
    curl_slist_free_all(exchange->header_lines);
    free(exchange->url);
    free(exchange->method);
    free(exchange->body);
    response_fini(&exchange->response);
    free(exchange);
}

struct exchange *exchange_finish(CURL *easy, CURLcode code)
{
    char *owner = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, &owner);
    struct exchange *exchange = (struct exchange *)(void *)owner;
    exchange->code = code;
    exchange->is_over = true;
    return exchange;
}

const struct wire_response *exchange_answer(struct exchange *exchange)
{
    struct wire_response *answer = &exchange->answer;
    long os_errno = 0;
    if (exchange->easy)
        curl_easy_getinfo(exchange->easy, CURLINFO_OS_ERRNO, &os_errno);
    response_publish(&exchange->response, answer);
    answer->state = !exchange->may_be_sent                     ? WIRE_HTTP_NOT_SENT
                    : exchange->response.is_complete_head ? WIRE_HTTP_ANSWERED
                                                          : WIRE_HTTP_SENT;
    struct exchange_end end = {
        .code = exchange->code,
        .os_errno = (int)os_errno,
        .may_be_sent = exchange->may_be_sent,
        .has_answer_begun = exchange->response.head_bytes > 0,
        .has_head = exchange->response.is_complete_head,
        .trouble = exchange->response.trouble,
    };
    answer->failure = exchange_failure(&end);
    return answer;
}
