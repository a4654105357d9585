/* The server as a whole, and one request with its reply. There is one lock:
   handlers run under it, waits (latency, delays, hangs) happen outside it. */
#ifndef TESTS_STANDIN_APP_H
#define TESTS_STANDIN_APP_H

#include "tests/standin/buf.h"
#include "tests/standin/chart.h"
#include "tests/standin/fault.h"
#include "tests/standin/session.h"

#include <jansson.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

enum { LOG_LINES = 10000 };

struct app {
    pthread_mutex_t lock;
    uint64_t seed;
    double latency_scale;
    const char *pages_dir, *assets_dir; /* borrowed */
    int port;
    int64_t ahead_ms; /* of the EHR's clock, see ehr_now_ms() */
    json_t *batch;
    struct chart chart;
    struct sessions sessions;
    long requests, posts, expired, renders; /* renders never goes back: it makes each ViewState new */
    json_t *log;                            /* the last LOG_LINES requests */
    json_t *draws;                          /* per method and path: how many latencies were drawn */
    atomic_int epoch;                       /* moves at reset and at the end: waits begun before are over */
    atomic_bool stopping;
};

extern struct app app;

struct req {
    const char *method, *path, *host; /* borrowed */
    bool post;
    bool ajax;          /* the page's script asks, not a frame */
    int fd;             /* the connection's socket */
    int epoch;          /* app.epoch when it came */
    json_t *query;      /* name -> text */
    json_t *form;       /* name -> array of texts, in the order they came */
    const char *cookie; /* the session cookie's value, or NULL */
    struct buf body;
    struct session *session; /* alive, or NULL */
    struct visit *visit;     /* named by visitID, or NULL */
    struct fault fault;
};

enum send_kind { SEND_REPLY, SEND_DROP, SEND_RESET, SEND_SHORT, SEND_ENDLESS };

struct reply {
    enum send_kind send;
    int status;
    const char *type;
    struct buf body;
    char *location; /* owned */
    char *set_cookie; /* owned */
    bool cacheable;
    long retry_after; /* seconds, 0 = none */
    long rate;        /* SEND_ENDLESS: bytes a second, 0 = as fast as it goes */
};

int64_t now_ms(void); /* the machine's: for waits */
/* The EHR's, for the age of locks and sessions: a test sets it ahead, so that nobody waits. Lock held. */
int64_t ehr_now_ms(void);
/* Sleeps; false when it was cut short by reset or the end, or (watch_peer) by the client's leaving. ms < 0: until then. */
bool wait_ms(const struct req *req, long ms, bool watch_peer);

/* First value of a form field, else of the query, else "". */
const char *req_text(const struct req *req, const char *name);
long req_number(const struct req *req, const char *name);
/* i-th value of a form field, "" when there is none. */
const char *req_form(const struct req *req, const char *name, size_t i);
size_t req_form_count(const struct req *req, const char *name);
bool req_fault(const struct req *req, enum fault_kind kind);

void reply_page(struct reply *reply, const char *page, const json_t *data);
void reply_json(struct reply *reply, json_t *value); /* takes value */
void reply_text(struct reply *reply, int status, const char *type, const char *text);
void reply_redirect(struct reply *reply, const char *location);
void reply_fini(struct reply *reply);

/* Back to the start: charts, counters, sessions. Lock held. */
void app_reset(void);

#endif
