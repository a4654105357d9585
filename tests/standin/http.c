/* libmicrohttpd with a thread for each connection: a delay is a sleep, a hang
   a long one. The body is collected whole (FORM_MAX), then taken apart. */
#include "tests/standin/http.h"

#include "tests/standin/app.h"
#include "tests/standin/serve.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

enum { FORM_MAX = 16 * 1024 * 1024 };

static struct MHD_Daemon *daemons[2];

/* Bytes that are no UTF-8 become question marks, rather than a lost field. */
static json_t *string_of(const char *bytes, size_t len)
{
    json_t *text = json_stringn(bytes, len);
    char *copy;

    if (text)
        return text;
    copy = need(strndup(bytes, len));
    for (size_t i = 0; copy[i]; i++)
        if ((unsigned char)copy[i] >= 0x80)
            copy[i] = '?';
    text = json_string(copy);
    free(copy);
    return text;
}

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef0123456789ABCDEF";
    const char *at = c ? strchr(digits, c) : NULL;

    return at ? (int)((at - digits) % 16) : -1;
}

/* One name or value of a urlencoded body. */
static json_t *decoded(const char *text, size_t len)
{
    struct buf plain = {0};
    json_t *value;

    for (size_t i = 0; i < len; i++) {
        bool escape = text[i] == '%' && i + 2 < len && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
        char c = text[i] == '+' ? ' ' : text[i];

        if (escape) {
            c = (char)(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
            i += 2;
        }
        buf_add(&plain, &c, 1);
    }
    value = string_of(buf_str(&plain), plain.len);
    buf_fini(&plain);
    return value;
}

static void form_add(json_t *form, const char *pair, size_t len)
{
    const char *equals = memchr(pair, '=', len);
    size_t name_len = equals ? (size_t)(equals - pair) : len;
    json_t *name = decoded(pair, name_len);
    json_t *value = equals ? decoded(equals + 1, len - name_len - 1) : json_string("");
    json_t *list = json_object_get(form, json_string_value(name));

    if (!list) {
        list = json_array();
        json_object_set_new(form, json_string_value(name), list);
    }
    json_array_append_new(list, value);
    json_decref(name);
}

static json_t *form_parse(const char *body, size_t len)
{
    json_t *form = json_object();

    while (len) {
        const char *amp = memchr(body, '&', len);
        size_t pair = amp ? (size_t)(amp - body) : len;

        if (pair)
            form_add(form, body, pair);
        body += amp ? pair + 1 : pair;
        len -= amp ? pair + 1 : pair;
    }
    return form;
}

static enum MHD_Result take_query(void *context, enum MHD_ValueKind kind, const char *key, const char *value)
{
    (void)kind;
    json_object_set_new(context, key, string_of(value ? value : "", value ? strlen(value) : 0));
    return MHD_YES;
}

static bool is_form(struct MHD_Connection *connection)
{
    const char *type = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Content-Type");

    return type && !strncmp(type, "application/x-www-form-urlencoded", 33);
}

static void read_request(struct MHD_Connection *connection, struct req *req)
{
    const char *with = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "X-Requested-With");
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD);

    req->fd = info ? info->connect_fd : -1;
    req->epoch = app.epoch;
    req->ajax = with != NULL;
    req->host = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, "Host");
    req->cookie = MHD_lookup_connection_value(connection, MHD_COOKIE_KIND, "ASP.NET_SessionId");
    req->query = json_object();
    MHD_get_connection_values(connection, MHD_GET_ARGUMENT_KIND, take_query, req->query);
    req->form = is_form(connection) ? form_parse(buf_str(&req->body), req->body.len) : json_object();
}

/* Half a body for as long as anybody reads: what the endless kind sends. */
struct endless {
    struct buf text;
    long rate;
    struct req waits; /* only fd and epoch */
};

static ssize_t endless_more(void *context, uint64_t position, char *room, size_t size)
{
    struct endless *endless = context;

    if (position < endless->text.len) {
        size_t left = endless->text.len - position;

        size = left < size ? left : size;
        memcpy(room, endless->text.at + position, size);
        return (ssize_t)size;
    }
    if (endless->rate > 0) {
        if (!wait_ms(&endless->waits, 1000 / endless->rate, true))
            return MHD_CONTENT_READER_END_WITH_ERROR;
        size = 1;
    }
    memset(room, ' ', size);
    return app.stopping || app.epoch != endless->waits.epoch ? MHD_CONTENT_READER_END_WITH_ERROR : (ssize_t)size;
}

static ssize_t short_more(void *context, uint64_t position, char *room, size_t size)
{
    struct endless *body = context;
    size_t left = position < body->text.len ? body->text.len - position : 0;

    if (!left)
        return MHD_CONTENT_READER_END_WITH_ERROR;
    size = left < size ? left : size;
    memcpy(room, body->text.at + position, size);
    return (ssize_t)size;
}

static void endless_free(void *context)
{
    struct endless *endless = context;

    buf_fini(&endless->text);
    free(endless);
}

static struct MHD_Response *make_response(const struct req *req, struct reply *reply)
{
    struct endless *odd;
    struct MHD_Response *response;

    if (reply->send == SEND_REPLY)
        return need(
            MHD_create_response_from_buffer(reply->body.len, (void *)buf_str(&reply->body), MHD_RESPMEM_MUST_COPY));
    odd = need(calloc(1, sizeof *odd));
    odd->rate = reply->rate;
    odd->waits.fd = req->fd;
    odd->waits.epoch = req->epoch;
    buf_add(&odd->text, buf_str(&reply->body), reply->body.len / 2);
    if (reply->send == SEND_SHORT)
        response = MHD_create_response_from_callback(reply->body.len + 1, 4096, short_more, odd, endless_free);
    else
        response = MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 4096, endless_more, odd, endless_free);
    return need(response);
}

static enum MHD_Result send_reply(struct MHD_Connection *connection, const struct req *req, struct reply *reply)
{
    struct MHD_Response *response = make_response(req, reply);
    char *seconds = need_printf("%ld", reply->retry_after);
    enum MHD_Result result;

    MHD_add_response_header(response, "Content-Type", reply->type ? reply->type : "text/html; charset=utf-8");
    MHD_add_response_header(response, "Cache-Control", reply->cacheable ? "public, max-age=3600" : "no-store");
    MHD_add_response_header(response, "X-Powered-By", "ASP.NET");
    if (reply->location)
        MHD_add_response_header(response, "Location", reply->location);
    if (reply->set_cookie)
        MHD_add_response_header(response, "Set-Cookie", reply->set_cookie);
    if (reply->retry_after)
        MHD_add_response_header(response, "Retry-After", seconds);
    result = MHD_queue_response(connection, (unsigned)reply->status, response);
    MHD_destroy_response(response);
    free(seconds);
    return result;
}

/* Linux: connecting a TCP socket to AF_UNSPEC sends RST at once. */
static void send_rst(int fd)
{
    struct linger none = {1, 0};
    struct sockaddr nowhere = {.sa_family = AF_UNSPEC};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &none, sizeof none);
    if (connect(fd, &nowhere, sizeof nowhere))
        perror("standin: reset");
}

static enum MHD_Result answer(struct MHD_Connection *connection, struct req *req)
{
    struct reply reply = {0};
    enum MHD_Result result = MHD_NO;

    read_request(connection, req);
    serve(req, &reply);
    if (reply.send == SEND_DROP)
        shutdown(req->fd, SHUT_RDWR);
    else if (reply.send == SEND_RESET)
        send_rst(req->fd);
    else
        result = send_reply(connection, req, &reply);
    reply_fini(&reply);
    return result;
}

static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *upload, size_t *upload_size,
                                  void **ret_req)
{
    struct req *req = *ret_req;

    (void)context;
    (void)version;
    if (!req) {
        *ret_req = req = need(calloc(1, sizeof *req));
        return MHD_YES;
    }
    if (*upload_size) {
        if (req->body.len + *upload_size > FORM_MAX)
            return MHD_NO;
        buf_add(&req->body, upload, *upload_size);
        *upload_size = 0;
        return MHD_YES;
    }
    req->method = method;
    req->path = url;
    req->post = !strcmp(method, "POST");
    return answer(connection, req);
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct req *req = *request;

    (void)context;
    (void)connection;
    (void)code;
    if (!req)
        return;
    json_decref(req->query);
    json_decref(req->form);
    buf_fini(&req->body);
    fault_fini(&req->fault);
    free(req);
    *request = NULL;
}

/* Faults cut connections on purpose: the library's complaints about it are no news. */
static void be_quiet(void *context, const char *format, va_list args)
{
    (void)context;
    (void)format;
    (void)args;
}

static struct MHD_Daemon *start_one(const struct sockaddr *address, int port, unsigned extra)
{
    unsigned flags = MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL | MHD_USE_ERROR_LOG;

    return MHD_start_daemon(flags | extra, (uint16_t)port, NULL, NULL, on_request, NULL, MHD_OPTION_EXTERNAL_LOGGER,
                            be_quiet, NULL, MHD_OPTION_SOCK_ADDR, address, MHD_OPTION_NOTIFY_COMPLETED, on_completed,
                            NULL, MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_CONNECTION_LIMIT, 1000u,
                            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)131072, MHD_OPTION_END);
}

int http_start(int port)
{
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    const union MHD_DaemonInfo *info;

    four.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    daemons[0] = start_one((struct sockaddr *)&four, port, 0);
    if (!daemons[0])
        return -1;
    info = MHD_get_daemon_info(daemons[0], MHD_DAEMON_INFO_BIND_PORT);
    port = info ? info->port : port;
    six.sin6_port = htons((uint16_t)port);
    daemons[1] = start_one((struct sockaddr *)&six, port, MHD_USE_IPv6);
    return port;
}

void http_stop(void)
{
    for (int i = 0; i < 2; i++)
        if (daemons[i])
            MHD_stop_daemon(daemons[i]);
}
