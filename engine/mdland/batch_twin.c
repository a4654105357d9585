/* Each patient gets a key: birth date, then the words of the name in capitals and in
   order. Sorting the keys gives equal persons one number (the index of the first of
   them); sorting the visits by that number and dos brings twins together. Capitals
   are those of Latin, Greek and Cyrillic without any locale; a pair that this misses
   is still caught on the chart, where the second finds the visit billed. */
#include "engine/mdland/batch_twin.h"

#include <stdlib.h>

#define KEY_ARENA_BYTES ((size_t)32 << 20)
#define WORDS_MAX (200u / 2 + 1)

struct person {
    struct slice key;
    uint32_t patient;
};

static uint32_t capital(uint32_t c)
{
    bool pairs_even = (c >= 0x100 && c <= 0x137) || (c >= 0x14a && c <= 0x177);
    bool pairs_odd = (c >= 0x139 && c <= 0x148) || (c >= 0x179 && c <= 0x17e);
    if ((c >= 'a' && c <= 'z') || (c >= 0xe0 && c <= 0xfe && c != 0xf7))
        return c - 0x20;
    if (pairs_even)
        return c & ~1u;
    if (pairs_odd)
        return c - !(c & 1);
    if ((c >= 0x3b1 && c <= 0x3c9 && c != 0x3c2) || (c >= 0x430 && c <= 0x44f))
        return c - 0x20;
    return c >= 0x450 && c <= 0x45f ? c - 0x50 : c;
}

/* Capitals in place, for the letters of two bytes or less: a capital of another length
   than its small letter (there is none among these) would not fit. */
static void make_capitals(char *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 0x80) {
            text[i] = (char)capital(c);
        } else if (c >= 0xc3 && c <= 0xd1 && i + 1 < len) {
            uint32_t point = capital(((uint32_t)c & 0x1f) << 6 | ((unsigned char)text[i + 1] & 0x3f));
            text[i] = (char)(0xc0 | point >> 6);
            text[++i] = (char)(0x80 | (point & 0x3f));
        }
    }
}

static int compare_slices(const void *a, const void *b)
{
    const struct slice *x = a, *y = b;
    size_t shorter = x->len < y->len ? x->len : y->len;
    int order = shorter ? memcmp(x->ptr, y->ptr, shorter) : 0;
    return order ? order : (x->len > y->len) - (x->len < y->len);
}

/* The length of what separates words at text[at]: a blank, a comma, or the blanks
   U+00A0 and U+3000; 0 inside a word. */
static size_t separator(struct slice text, size_t at)
{
    struct slice rest = {text.ptr + at, text.len - at};
    if (rest.ptr[0] == ' ' || rest.ptr[0] == ',')
        return 1;
    if (slice_starts(rest, SLICE("\xc2\xa0")))
        return 2;
    return slice_starts(rest, SLICE("\xe3\x80\x80")) ? 3 : 0;
}

static size_t split_words(struct slice name, struct slice ret_words[WORDS_MAX])
{
    size_t count = 0;
    bool inside = false;
    for (size_t i = 0; i < name.len;) {
        size_t skip = separator(name, i);
        if (skip == 0 && !inside && count == WORDS_MAX)
            break;
        if (skip == 0 && !inside)
            ret_words[count++] = (struct slice){name.ptr + i, 0};
        inside = skip == 0;
        if (inside)
            ret_words[count - 1].len++;
        i += skip ? skip : 1;
    }
    return count;
}

static struct slice key_of(const struct patient *patient, struct arena *arena)
{
    struct slice words[WORDS_MAX];
    struct slice name = arena_copy(arena, patient->name);
    char *key = arena_alloc(arena, patient->dob.len + 2 * patient->name.len + 2); /* a blank a word */
    if (!name.ptr || !key)
        return SLICE_NONE;
    make_capitals((char *)name.ptr, name.len);
    size_t count = split_words(name, words);
    qsort(words, count, sizeof *words, compare_slices);
    size_t len = patient->dob.len;
    memcpy(key, patient->dob.ptr, len);
    for (size_t i = 0; i < count; i++) {
        key[len++] = ' ';
        memcpy(key + len, words[i].ptr, words[i].len);
        len += words[i].len;
    }
    return (struct slice){key, len};
}

static int compare_persons(const void *a, const void *b)
{
    const struct person *x = a, *y = b;
    int order = compare_slices(&x->key, &y->key);
    return order ? order : (x->patient > y->patient) - (x->patient < y->patient);
}

/* For each patient the index of the first entry that is the same person; NULL without
   memory. In the arena. */
static uint32_t *number_persons(const struct patient *patients, size_t count, struct arena *arena)
{
    struct person *persons = arena_alloc_array(arena, count, sizeof *persons);
    uint32_t *same_as = arena_alloc_array(arena, count, sizeof *same_as);
    if (!persons || !same_as)
        return NULL;
    size_t known = 0;
    for (size_t i = 0; i < count; i++) {
        same_as[i] = (uint32_t)i;
        if (patients[i].name.len == 0 || patients[i].dob.len == 0)
            continue; /* a problem already, and nobody's twin */
        persons[known] = (struct person){key_of(&patients[i], arena), (uint32_t)i};
        if (!persons[known++].key.ptr)
            return NULL;
    }
    qsort(persons, known, sizeof *persons, compare_persons);
    for (size_t i = 0; i < known; i++) {
        bool same = i > 0 && slice_equal(persons[i].key, persons[i - 1].key);
        same_as[persons[i].patient] = same ? same_as[persons[i - 1].patient] : persons[i].patient;
    }
    return same_as;
}

static int compare_visits(const void *a, const void *b, void *context)
{
    const struct twin_visit *x = a, *y = b;
    const uint32_t *same_as = context;
    uint32_t p = same_as[x->patient], q = same_as[y->patient];
    if (p != q)
        return p < q ? -1 : 1;
    if (x->dos != y->dos)
        return x->dos < y->dos ? -1 : 1;
    if (x->patient != y->patient)
        return x->patient < y->patient ? -1 : 1;
    return (x->index > y->index) - (x->index < y->index);
}

static void report(const struct twin_visit *visit, const struct twin_visit *first, struct batch_problems *problems)
{
    struct batch_place patient = batch_place_patient(visit->patient);
    struct batch_place place = batch_place_element(&patient, "visits", visit->index);
    char why[160];
    bool fits = text_format(why, sizeof why, "the same patient and dos as patients[%u].visits[%u]: a visit is run once",
                            (unsigned)first->patient, (unsigned)first->index);
    ASSERT(fits);
    batch_problem_at(problems, &place, "dos", why);
}

bool batch_twins_find(const struct patient *patients, size_t patient_count, struct twin_visit *visits,
                      size_t visit_count, struct batch_problems *problems)
{
    struct arena arena CLEANUP_ARENA;
    arena_init(&arena, KEY_ARENA_BYTES);
    uint32_t *same_as = number_persons(patients, patient_count, &arena);
    if (!same_as)
        return false;
    qsort_r(visits, visit_count, sizeof *visits, compare_visits, same_as);
    size_t first = 0;
    for (size_t i = 1; i < visit_count; i++) {
        bool twin = same_as[visits[i].patient] == same_as[visits[first].patient] && visits[i].dos == visits[first].dos;
        if (twin)
            report(&visits[i], &visits[first], problems);
        else
            first = i;
    }
    return true;
}

