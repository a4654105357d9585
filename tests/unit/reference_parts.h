/* The parts of the reference for each other: the rules (reference.c), a visit's course
   (reference_visit.c), the site (reference_site.c). There is one day at a time. */
#ifndef TESTS_UNIT_REFERENCE_PARTS_H
#define TESTS_UNIT_REFERENCE_PARTS_H

#include "tests/unit/reference_site.h"

struct reference_state {
    struct reference_site site;
    struct reference_answer said; /* to what was asked last */
    bool up;      /* the browser */
    bool open;    /* a visit is, or may be */
    bool locked;  /* the account is ours */
    bool uncut;   /* an effect and the look that proves it: the visit's deadline does not count */
    bool pinned;  /* the visit in hand */
    bool review;  /* a person must look */
    unsigned intended, touched; /* its effects whose outcome is open; which were begun and not undone */
    const char *kind, *step;    /* how its last attempt failed, NULL: it did not; and where */
    int64_t limit, retry_after;
};

extern struct reference_state reference;

/* How long an operation may take in the attempt in hand. */
int64_t reference_budget(char op);
/* Of the kinds a failure may have: those that are tried again. */
bool reference_is_transient(const char *kind);

/* A day begins, with a look at the site; a visit is taken in hand, 0: none. */
void reference_begin(const struct reference_day *day);
void reference_visit(uint32_t visit);
/* The run is over: what is open is closed. */
void reference_leave(void);
/* One attempt of the visit in hand: false, with kind and step, when it fails. */
bool reference_attempt(void);
/* Asks for one thing that is no step of a visit; false when it does not go well. */
bool reference_ask(char op);

#endif
