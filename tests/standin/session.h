/* Login sessions, by cookie. A session is made by a login (or stands from the
   start), dies by a fault, by age or by the control interface, and stays
   known when dead so that its surface can be kept. */
#ifndef TESTS_STANDIN_SESSION_H
#define TESTS_STANDIN_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SESSION_ID_LEN = 24, SESSION_MAX = 4096 };

struct session {
    char id[SESSION_ID_LEN + 1];
    char ticket[SESSION_ID_LEN + 1]; /* hands a login at the central host over to the node, once */
    bool alive;
    int64_t used_at_ms;
    char surface; /* how its death shows: 'a'..'e', 'v'; 0 = as the knob says */
};

struct sessions {
    struct session *all[SESSION_MAX];
    size_t count;
    uint64_t seed;
};

void sessions_init(struct sessions *sessions, uint64_t seed);
void sessions_fini(struct sessions *sessions);
/* Back to the one session that stands from the start, alive. */
void sessions_reset(struct sessions *sessions, int64_t now_ms);
/* A new live session; NULL when there are SESSION_MAX. */
struct session *session_new(struct sessions *sessions, int64_t now_ms);
struct session *session_find(struct sessions *sessions, const char *id);
struct session *session_by_ticket(struct sessions *sessions, const char *ticket);
/* Kills all; surface as above. */
void sessions_expire(struct sessions *sessions, char surface);

#endif
