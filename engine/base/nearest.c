#include "engine/base/nearest.h"

#define HELD_LETTERS_MIN 3 /* fewer are held by any word */
#define HELD_DISTANCE 1    /* of a word that holds what was typed, however much longer it is */

void nearest_init(struct nearest *nearest, struct slice typed)
{
    *nearest = (struct nearest){.typed = typed, .distance = typed.len < 5 ? 3 : typed.len / 3 + 2};
}

static size_t least(size_t a, size_t b, size_t c)
{
    size_t ab = a < b ? a : b;
    return ab < c ? ab : c;
}

/* Three rows of the table of distances between beginnings of a and b: this one and the two above. */
static size_t distance(struct slice a, struct slice b)
{
    size_t rows[3][NEAREST_WORD_MAX + 1];
    for (size_t j = 0; j <= b.len; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= a.len; i++) {
        size_t *row = rows[i % 3], *above = rows[(i - 1) % 3], *above2 = rows[(i + 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = a.ptr[i - 1] == b.ptr[j - 1];
            bool exchanged = i > 1 && j > 1 && a.ptr[i - 1] == b.ptr[j - 2] && a.ptr[i - 2] == b.ptr[j - 1];
            row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
            if (exchanged && above2[j - 2] + 1 < row[j])
                row[j] = above2[j - 2] + 1;
        }
    }
    return rows[a.len % 3][b.len];
}

void nearest_try(struct nearest *nearest, const char *word)
{
    struct slice typed = nearest->typed, candidate = slice_of(word);
    if (typed.len > NEAREST_WORD_MAX || candidate.len > NEAREST_WORD_MAX || nearest->distance == 0)
        return;
    size_t far = distance(typed, candidate);
    if (far > HELD_DISTANCE && typed.len >= HELD_LETTERS_MIN && slice_find(candidate, typed))
        far = HELD_DISTANCE;
    if (far >= nearest->distance || far >= typed.len)
        return;
    nearest->distance = far;
    nearest->word = word;
}

const char *nearest_hint(struct nearest *nearest, const char *before)
{
    if (!nearest->word || !text_format(nearest->hint, sizeof nearest->hint, "; did you mean %s%s?", before, nearest->word))
        return "";
    return nearest->hint;
}
