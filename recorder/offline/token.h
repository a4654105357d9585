/* A value that differs from the recorded one and explains itself:

     a clock    the recorded one is the time at which it was sent, and the other one is as
                long a number; or the parameter is the `_` by which jQuery passes caches by
     a number   both are what Math.random() makes
     a token    the recorded one stood in an answer recorded before, the one now sent stands
                at the same place (after the same text, in an answer of the same URL) of one
                that was given in this run: a ViewState, a nonce. It is long, no number and has
                no blanks: what names a person, a visit or a day is none

   Anything else is a difference. */
#ifndef RECORDER_OFFLINE_TOKEN_H
#define RECORDER_OFFLINE_TOKEN_H

#include "recorder/offline/match.h"

#define TOKEN_BYTES_MIN 16
/* How much text before a value is its place. */
#define TOKEN_PLACE_BYTES 48

struct tokens {
    const struct traffic *traffic;
    const struct match *match;
    const struct store *store;
    struct str asked, recorded;        /* the values as the answers have them */
    struct str body_given, body_taken; /* of answers that are looked through */
};

void tokens_init(struct tokens *tokens, const struct traffic *traffic, const struct store *store);
void tokens_fini(struct tokens *tokens);

/* A match_explains(); ctx is the tokens. */
bool tokens_explain(void *ctx, const struct exchange *recorded, const struct field_pair *pair);

#endif
