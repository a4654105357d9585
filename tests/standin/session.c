#include "tests/standin/session.h"

#include "tests/standin/buf.h"
#include "tests/standin/draw.h"

#include <stdlib.h>
#include <string.h>

void sessions_init(struct sessions *sessions, uint64_t seed)
{
    *sessions = (struct sessions){.seed = seed};
}

void sessions_fini(struct sessions *sessions)
{
    for (size_t i = 0; i < sessions->count; i++)
        free(sessions->all[i]);
    sessions->count = 0;
}

/* Sessions made later are kept, dead: a request in hand may still hold one. */
void sessions_reset(struct sessions *sessions, int64_t now_ms)
{
    struct session *first = sessions->count ? sessions->all[0] : session_new(sessions, now_ms);

    for (size_t i = 1; i < sessions->count; i++)
        sessions->all[i]->alive = false;
    first->alive = true;
    first->surface = 0;
    first->used_at_ms = now_ms;
}

struct session *session_new(struct sessions *sessions, int64_t now_ms)
{
    struct session *session;

    if (sessions->count == SESSION_MAX)
        return NULL;
    session = need(calloc(1, sizeof *session));
    draw_token(sessions->seed, "session", sessions->count, session->id, SESSION_ID_LEN);
    session->alive = true;
    session->used_at_ms = now_ms;
    sessions->all[sessions->count++] = session;
    return session;
}

struct session *session_find(struct sessions *sessions, const char *id)
{
    for (size_t i = 0; id && i < sessions->count; i++)
        if (!strcmp(sessions->all[i]->id, id))
            return sessions->all[i];
    return NULL;
}

struct session *session_by_ticket(struct sessions *sessions, const char *ticket)
{
    for (size_t i = 0; ticket && *ticket && i < sessions->count; i++)
        if (!strcmp(sessions->all[i]->ticket, ticket))
            return sessions->all[i];
    return NULL;
}

void sessions_expire(struct sessions *sessions, char surface)
{
    for (size_t i = 0; i < sessions->count; i++) {
        sessions->all[i]->alive = false;
        sessions->all[i]->surface = surface;
    }
}
