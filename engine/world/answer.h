/* What a page operation answers, in our terms: how it ended, the page's clock and
   document, and the few values that its result holds. A result carries verdicts
   and opaque ids, never page text, so yes or no and short words are all there is;
   whatever else a value may be (a count, a list) is for people who read a
   recording. engine/mdland/README.md has each operation's values. */
#ifndef ENGINE_WORLD_ANSWER_H
#define ENGINE_WORLD_ANSWER_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stdint.h>

#define NONCE_MAX 64
#define ANSWER_WORD_MAX 32 /* with its NUL: letters, digits, '.', '-' */
#define ANSWER_NAME_MAX 16
#define ANSWER_VALUES_MAX 8

struct answer_value {
    char name[ANSWER_NAME_MAX];
    char word[ANSWER_WORD_MAX]; /* empty: a yes or no */
    bool flag;
};

struct answer {
    bool valid;                 /* clock and nonce can be used */
    char kind[ANSWER_WORD_MAX]; /* how it failed, a name of engine/policy/kind.def; empty: it succeeded */
    char what[ANSWER_WORD_MAX]; /* the place of the page that a failure names; empty: none */
    char nonce[NONCE_MAX + 1];  /* of the top document */
    int64_t clock_ms;           /* the top document's */
    bool expired;               /* the page shows that the session is over */
    bool unreadable;            /* some frame could not be looked into */
    size_t value_count;
    struct answer_value values[ANSWER_VALUES_MAX]; /* last, so that a kept answer may end after those it has */
};

/* NULL when there is none of that name. */
static inline const struct answer_value *answer_find(const struct answer *answer, const char *name)
{
    for (size_t i = 0; i < answer->value_count; i++)
        if (strcmp(answer->values[i].name, name) == 0)
            return &answer->values[i];
    return NULL;
}

/* The word of that name, or "". */
static inline const char *answer_word(const struct answer *answer, const char *name)
{
    const struct answer_value *value = answer_find(answer, name);
    return value ? value->word : "";
}

/* False when there is no such yes or no. */
static inline bool answer_flag(const struct answer *answer, const char *name, bool *ret_flag)
{
    const struct answer_value *value = answer_find(answer, name);
    if (!value || value->word[0])
        return false;
    *ret_flag = value->flag;
    return true;
}

#endif
