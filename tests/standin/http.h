/* HTTP: takes a request apart, lets serve.c answer it, sends what it decided -
   a reply, half of one, or nothing. */
#ifndef TESTS_STANDIN_HTTP_H
#define TESTS_STANDIN_HTTP_H

/* Listens on 127.0.0.1 and, where it can, ::1. The port, or -1. */
int http_start(int port);
void http_stop(void);

#endif
