/* A server for one test, on the loopback interface, in a thread: it reads one whole
   request, keeps it, and then does what the test said: answers with given bytes,
   closes, resets, or stays silent. It counts connections, so that a test can
   prove that a request was sent once. */
#ifndef TESTS_UNIT_LIVE_SERVER_H
#define TESTS_UNIT_LIVE_SERVER_H

#include "engine/base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

enum server_end {
    SERVER_CLOSES, /* after the answer, in order */
    SERVER_RESETS, /* after the answer, with a RST */
    SERVER_STAYS,  /* keeps the connection open and says no more */
    SERVER_DRIPS   /* goes on with one byte every 20 ms */
};

struct server {
    struct slice answer;
    enum server_end end;
    bool answers_unread; /* does not wait for a request */
    int listener, stop[2];
    uint16_t port;
    pthread_t thread;
    atomic_int connections;
    char request[65536]; /* of the last connection */
    atomic_size_t request_len;
};

/* True when the head and as much body as Content-Length says have come. */
static bool server_has_request(const struct server *s)
{
    struct slice text = {s->request, s->request_len};
    const char *blank = slice_find(text, SLICE("\r\n\r\n"));
    const char *length = slice_find(text, SLICE("Content-Length: "));
    if (!blank)
        return false;
    size_t body = length && length < blank ? strtoul(length + 16, NULL, 10) : 0;
    return s->request_len >= (size_t)(blank + 4 - s->request) + body;
}

/* Waits for fd or the stop pipe; false: stop. */
static bool server_wait(const struct server *s, int fd, int limit_ms)
{
    struct pollfd fds[2] = {{.fd = s->stop[0], .events = POLLIN}, {.fd = fd, .events = POLLIN}};
    poll(fds, 2, limit_ms);
    return !(fds[0].revents & (POLLIN | POLLHUP));
}

static bool server_read(struct server *s, int fd)
{
    s->request_len = 0;
    while (!server_has_request(s)) {
        if (!server_wait(s, fd, -1))
            return false;
        ssize_t size = read(fd, s->request + s->request_len, sizeof s->request - s->request_len);
        if (size <= 0)
            return false;
        s->request_len += (size_t)size;
    }
    return true;
}

static void server_write(int fd, struct slice text)
{
    while (text.len) {
        ssize_t size = send(fd, text.ptr, text.len, MSG_NOSIGNAL);
        if (size <= 0)
            return;
        text.ptr += size;
        text.len -= (size_t)size;
    }
}

static void server_finish(const struct server *s, int fd)
{
    struct linger at_once = {.l_onoff = 1};
    if (s->end == SERVER_RESETS)
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
    while (s->end == SERVER_DRIPS && server_wait(s, -1, 20))
        server_write(fd, SLICE("x"));
    if (s->end == SERVER_STAYS)
        server_wait(s, -1, -1);
}

static void *server_run(void *context)
{
    struct server *s = context;
    while (server_wait(s, s->listener, -1)) {
        int fd = accept4(s->listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd < 0)
            continue;
        s->connections++;
        if (s->answers_unread || server_read(s, fd)) {
            server_write(fd, s->answer);
            server_finish(s, fd);
        }
        close(fd);
    }
    return NULL;
}

static void server_start(struct server *s)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(s->listener, (struct sockaddr *)&address, size) | listen(s->listener, 8), 0);
    assert_int_equal(getsockname(s->listener, (struct sockaddr *)&address, &size) | pipe(s->stop), 0);
    s->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&s->thread, NULL, server_run, s), 0);
}

static void server_stop(struct server *s)
{
    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->listener);
}

#endif
