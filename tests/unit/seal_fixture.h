/* What the tests of sealed recordings begin with: a private directory, names in it, and a
   key that is in hand. */
#ifndef TESTS_UNIT_SEAL_FIXTURE_H
#define TESTS_UNIT_SEAL_FIXTURE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "recorder/seal/key.h"

struct fixture {
    char dir[64], path[128], sealed[128], again[128]; /* dir; rec, rec.rvt and again in it: nothing is there yet */
    struct str transcript; /* of the run that is recorded */
    struct key_ring *ring; /* one version; store_use_keys() has it */
    struct err err;
};

struct fixture *seal_fixture_new(void);
/* Removes the directory too. As cmocka wants a teardown. */
int seal_fixture_free(void **state);

#endif
