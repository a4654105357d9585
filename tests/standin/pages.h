/* The EHR's pages, one handler each (routes.def maps them), and what they
   share. Handlers run under the lock and write a whole reply. */
#ifndef TESTS_STANDIN_PAGES_H
#define TESTS_STANDIN_PAGES_H

#include "tests/standin/app.h"

#define ROUTE(path, handler, who, median) void handler(struct req *req, struct reply *reply);
#include "tests/standin/routes.def"
#undef ROUTE
/* Files of the page and asset folders; false when the path is none of theirs. */
bool page_static(const struct req *req, struct reply *reply);

/* Where a dead or foreign session is sent. New text. */
char *login_location(const struct req *req);
void reply_login_page(const struct req *req, struct reply *reply, const char *error);
/* Full WebForms error page: Validation of viewstate MAC failed. */
void reply_viewstate_error(struct reply *reply);

/* 24 kB of ViewState for a new render of this visit's page, and its check on return. */
void viewstate_make(const struct visit *visit, struct buf *out);
bool viewstate_good(const struct visit *visit, const char *text);

/* What every page of a visit shows of it: ids, header, guards. New reference. */
json_t *visit_data(const struct req *req, const struct visit *visit);
/* The visit's data, or a 404 page and NULL. */
json_t *visit_page(const struct req *req, struct reply *reply);
/* Whether the visit can be changed in this session. */
bool visit_editable(const struct req *req, const struct visit *visit);
/* M/D/YYYY h:mm:ss AM, of a clock that only counts requests: pages differ, runs do not. */
char *db_time(void);
/* "11/03/2025 9:15 AM", or the time alone. New text. */
char *appointment_text(const struct visit *visit, bool with_date);

/* pages/frames.json: the list named `which`. New reference. */
json_t *frames_of(const char *which);

#endif
