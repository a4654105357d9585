/* Cookie values never reach a recording: in all that is written each is replaced by
   a stand-in of equal length and like shape. A stand-in keeps every character that
   is no letter or digit (and percent escapes), and puts other letters for letters and
   other digits for digits, so that its escaped spellings line up with those of the
   true value: percent-encoded (its hex digits of either case), percent-decoded and
   inside a JSON string alike; inside base64 the text around it is coded anew. It is made from the cookie's name and a
   counter, never from the value.

   Values are learned from the storage state, from Cookie and Set-Cookie headers, and
   from cookie lists in messages, before the text they came in is written. A value of
   fewer than 8 characters, or a short plain word, is replaced only where the cookie's
   name stands by it ("name=value", "name":..,"value":..): alone it is no secret, and
   replacing it everywhere would change words that mean something else. */
#ifndef RECORDER_SECRETS_H
#define RECORDER_SECRETS_H

#include "engine/base/str.h"
#include "engine/world/wire.h"

#include <stdbool.h>
#include <stdint.h>

#define SECRETS_MAX 65536

struct secret {
    char *from; /* what to look for; owned, as are the next two */
    size_t len; /* of from, and of to unless it is a base64 needle */
    char *to;
    char *value; /* a base64 needle: the value itself, as long as to; else NULL */
    size_t value_len;
    size_t shift;  /* a base64 needle: bytes of the first group of three before the value */
    bool bounded;  /* only where no word character stands before or after */
    uint32_t next; /* of the same bucket; 0 = none */
};

#define SECRET_BUCKETS 4096

struct secrets {
    struct secret *list; /* owned; index 0 is not used */
    uint32_t count, capacity;
    uint32_t buckets[SECRET_BUCKETS]; /* by the first three bytes of `from` */
    size_t stride;                    /* groups of three bytes in the shortest `from`; 0 = there is none */
    bool has_group[SECRET_BUCKETS];   /* whether some `from` has such a group in its first stride */
    uint32_t cookies;                 /* values learned so far */
    struct str header;                /* of the last message that was learned from; often the next one's too */
    bool full;                        /* the ceiling or memory refused one: stop recording */
};

void secrets_init(struct secrets *secrets);
void secrets_fini(struct secrets *secrets);

void secrets_learn(struct secrets *secrets, struct slice name, struct slice value);
/* "a=1; b=2", as a Cookie header has it. */
void secrets_learn_cookie(struct secrets *secrets, struct slice header);
/* "a=1; Path=/", several joined by newlines. */
void secrets_learn_set_cookie(struct secrets *secrets, struct slice header);
void secrets_learn_headers(struct secrets *secrets, const struct wire_header *headers, size_t count);
/* Whatever cookies a CDP message tells of. Costs one search when it tells of none. */
void secrets_learn_message(struct secrets *secrets, struct slice message);

bool secrets_found(const struct secrets *secrets, struct slice text);
/* In place. */
void secrets_mask(const struct secrets *secrets, char *text, size_t len);
/* text itself when there is nothing to mask, else a masked copy in scratch (which is
   overwritten); nothing, and secrets->full, when there is no memory for the copy. */
struct slice secrets_masked(struct secrets *secrets, struct slice text, struct str *scratch);
/* The same of a CDP message: the posted body in it ("postDataEntries", base64) is masked
   as the bytes that it says, so that every spelling, also one beside a name, is found. */
struct slice secrets_masked_message(struct secrets *secrets, struct slice message, struct str *scratch);

/* A Playwright storage state: learns its cookie values and writes the text that the
   recording keeps, cookies masked and other storage left out. secrets NULL: the same with true values. ERR_INPUT when
   it is no storage state. */
enum err_code secrets_mask_state(struct secrets *secrets, struct slice state, struct str *out, struct err *err);

#endif
