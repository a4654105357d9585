/* One request from beginning to end: counted, logged, faulted, delayed,
   routed. Called on the connection's own thread. */
#ifndef TESTS_STANDIN_SERVE_H
#define TESTS_STANDIN_SERVE_H

#include "tests/standin/app.h"

void serve(struct req *req, struct reply *reply);
/* The control interface, under /__standin/: control.c. */
void control(struct req *req, struct reply *reply);
/* Playwright storage state of the session that stands from the start. New reference; lock held. */
json_t *storage_state(void);

#endif
