/* Keys for sealed files: X25519 pairs. Whoever has a public half can seal, and read nothing;
   the secret half reads. A key file holds one pair a version: the newest seals, older ones
   stay for reading (FIELD_ENCRYPTION_KEY_VERSION, the number that goes into every sealed
   thing). A ring is a key file in memory: locked, left out of core files, wiped when freed,
   never printed.

   A file is lines of ASCII, newest version first:

     revisit-secret-key 1                               or revisit-public-key 1, with one key
     key VERSION CREATED ID BYTES                       CREATED: YYYY-MM-DD, UTC; the rest hex
     check DIGEST                                       BLAKE2b of all lines before

   ID is BLAKE2b-128 of the public half: a fingerprint that may be shown. Errors are
   ERR_INTEGRITY, with what to do, and never quote a line. */
#ifndef RECORDER_KEY_H
#define RECORDER_KEY_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#include <sodium.h>
#include <stdbool.h>
#include <stdint.h>

#define KEY_BYTES 32
#define KEY_ID_TEXT 33
#define KEY_DATE_TEXT 11
/* Versions in one file: at one in 80 days, some fourteen years. */
#define KEY_VERSIONS_MAX 64
#define KEY_VERSION_MAX 999999
#define KEY_FILE_MAX 16384
/* An older one is to be replaced (`revisit key rotate`). */
#define KEY_AGE_DAYS_MAX 80

_Static_assert(KEY_BYTES == crypto_box_PUBLICKEYBYTES && KEY_BYTES == crypto_box_SECRETKEYBYTES, "X25519");

struct public_key {
    uint32_t version; /* from 1 */
    char created[KEY_DATE_TEXT];
    unsigned char bytes[KEY_BYTES];
};

struct key_pair {
    struct public_key half;
    unsigned char secret[KEY_BYTES];
};

struct key_ring {
    size_t count; /* at least 1 once it was read or made; newest first */
    struct key_pair pairs[KEY_VERSIONS_MAX];
};

/* Empty; NULL when there is no memory that can be guarded. */
struct key_ring *key_ring_new(void);
void key_ring_free(struct key_ring *ring); /* wipes; NULL is fine */
/* A fresh pair becomes the newest. ERR_USAGE when the version is not above all others, is
   above KEY_VERSION_MAX, or the ring is full. wall_us: since 1970 UTC. */
enum err_code key_ring_add(struct key_ring *ring, uint32_t version, int64_t wall_us, struct err *err);
/* The pair of this public half, or NULL. */
const struct key_pair *key_ring_find(const struct key_ring *ring, const unsigned char bytes[KEY_BYTES]);

void key_id(const unsigned char bytes[KEY_BYTES], char ret_id[KEY_ID_TEXT]);
/* Whole days since the key was made; 0 for one of tomorrow. */
int64_t key_age_days(const struct public_key *key, int64_t wall_us);

/* The text of a file. ret_text has room for KEY_FILE_MAX bytes; secrets are in the ring's. */
size_t key_ring_format(const struct key_ring *ring, char *ret_text);
size_t public_key_format(const struct public_key *key, char *ret_text);
/* ret_ring is empty. What it has taken in when this fails is of no use. */
enum err_code key_ring_parse(struct slice text, struct key_ring *ret_ring, struct err *err);
enum err_code public_key_parse(struct slice text, struct public_key *ret_key, struct err *err);

#endif
