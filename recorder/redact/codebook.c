#include "recorder/redact/codebook.h"

#include "recorder/redact/letter.h"
#include "recorder/redact/reserved.h"

#include <sodium.h>
#include <stdlib.h>

/* Method: one table with chains. A value's key is its kind and its characters in UTF-8, folded where
   case does not matter; a stand-in that is given away has a key too, which is how a second value is
   kept from getting it. */

#define BUCKETS (1u << 16)
#define KEY_MAX (CODEBOOK_VALUE_MAX * 4 + 2)
#define TRIES_MAX 64

struct entry {
    char *key; /* owned, as is cps */
    uint32_t *cps; /* NULL: no stand-in was asked for yet */
    uint32_t key_len, count, next;
    bool known;
};

struct codebook {
    struct entry *list; /* owned; index 0 is not used */
    uint32_t count, capacity, limit;
    uint32_t buckets[BUCKETS];
    unsigned char seed[randombytes_SEEDBYTES];
    unsigned char noise[4096];
    size_t noise_used;
    uint64_t refills, shared;
    bool full;
};

struct key {
    char text[KEY_MAX];
    size_t len;
    bool hashed; /* the value is too long to be kept */
};

struct codebook *codebook_new(const unsigned char *seed)
{
    struct codebook *book = calloc(1, sizeof *book);
    if (!book)
        return NULL;
    if (seed)
        memcpy(book->seed, seed, sizeof book->seed);
    else
        randombytes_buf(book->seed, sizeof book->seed);
    book->noise_used = sizeof book->noise;
    book->count = 1;
    book->limit = CODEBOOK_ENTRIES_MAX;
    return book;
}

void codebook_limit(struct codebook *book, uint32_t entries)
{
    book->limit = entries;
}

void codebook_free(struct codebook *book)
{
    if (!book)
        return;
    for (uint32_t i = 1; i < book->count; i++) {
        sodium_memzero(book->list[i].key, book->list[i].key_len);
        free(book->list[i].key);
        free(book->list[i].cps);
    }
    free(book->list);
    sodium_memzero(book, sizeof *book);
    free(book);
}

static void refill(struct codebook *book)
{
    unsigned char key[randombytes_SEEDBYTES];
    crypto_generichash_state state;
    book->refills++;
    crypto_generichash_init(&state, book->seed, sizeof book->seed, sizeof key);
    crypto_generichash_update(&state, (const unsigned char *)&book->refills, sizeof book->refills);
    crypto_generichash_final(&state, key, sizeof key);
    randombytes_buf_deterministic(book->noise, sizeof book->noise, key);
    sodium_memzero(key, sizeof key);
    book->noise_used = 0;
}

uint32_t codebook_draw(struct codebook *book, uint32_t bound)
{
    uint32_t number = 0;
    if (book->noise_used + sizeof number > sizeof book->noise)
        refill(book);
    memcpy(&number, book->noise + book->noise_used, sizeof number);
    book->noise_used += sizeof number;
    return number % bound;
}

static size_t put_utf8(char *to, uint32_t cp)
{
    size_t size = cp < 0x80 ? 1 : cp < 0x800 ? 2 : cp < 0x10000 ? 3 : 4;
    if (size == 1) {
        to[0] = (char)cp;
        return 1;
    }
    for (size_t k = size; k-- > 1; cp >>= 6)
        to[k] = (char)(0x80 | (cp & 0x3F));
    to[0] = (char)((0xF00u >> size & 0xFF) | cp);
    return size;
}

static void hash_key(const struct codebook *book, const struct codebook_value *value, struct key *key)
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, book->seed, sizeof book->seed, 32);
    crypto_generichash_update(&state, (const unsigned char *)value->cps, value->count * sizeof *value->cps);
    crypto_generichash_final(&state, (unsigned char *)key->text + 1, 32);
    key->text[0] = 'h';
    key->len = 33;
    key->hashed = true;
}

static void make_key(const struct codebook *book, const struct codebook_value *value, struct key *key)
{
    key->hashed = false;
    if (value->count > CODEBOOK_VALUE_MAX) {
        hash_key(book, value, key);
        return;
    }
    key->text[0] = "wnmd"[value->kind];
    key->len = 1;
    for (size_t i = 0; i < value->count; i++) {
        uint32_t cp = value->kind == CODEBOOK_WORD ? letter_folded(value->cps[i]) : value->cps[i];
        key->len += put_utf8(key->text + key->len, cp);
    }
}

static uint32_t bucket_of(const struct key *key)
{
    uint32_t hash = 2166136261u;
    for (size_t i = 0; i < key->len; i++)
        hash = (hash ^ (unsigned char)key->text[i]) * 16777619u;
    return (hash ^ hash >> 16) % BUCKETS;
}

static struct entry *find(const struct codebook *book, const struct key *key)
{
    for (uint32_t i = book->buckets[bucket_of(key)]; i; i = book->list[i].next) {
        struct entry *entry = &book->list[i];
        if (entry->key_len == key->len && memcmp(entry->key, key->text, key->len) == 0)
            return entry;
    }
    return NULL;
}

static bool grow(struct codebook *book)
{
    if (book->count > book->limit)
        return false;
    if (book->count < book->capacity)
        return true;
    uint32_t capacity = book->capacity ? book->capacity * 2 : 256;
    struct entry *list = capacity > CODEBOOK_ENTRIES_MAX ? NULL : realloc(book->list, capacity * sizeof *list);
    if (!list)
        return false;
    book->list = list;
    book->capacity = capacity;
    return true;
}

static struct entry *add(struct codebook *book, const struct key *key)
{
    char *copy = grow(book) ? malloc(key->len) : NULL;
    if (!copy) {
        book->full = true;
        return NULL;
    }
    memcpy(copy, key->text, key->len);
    uint32_t *bucket = &book->buckets[bucket_of(key)];
    book->list[book->count] = (struct entry){.key = copy, .key_len = (uint32_t)key->len, .next = *bucket};
    *bucket = book->count;
    return &book->list[book->count++];
}

void codebook_know(struct codebook *book, const struct codebook_value *value)
{
    struct key key;
    make_key(book, value, &key);
    struct entry *entry = find(book, &key);
    if (!entry)
        entry = add(book, &key);
    if (entry)
        entry->known = true;
}

bool codebook_knows(const struct codebook *book, const struct codebook_value *value)
{
    struct key key;
    make_key(book, value, &key);
    const struct entry *entry = find(book, &key);
    return entry && entry->known;
}

static void keep_stand_in(struct codebook *book, struct entry *entry, const uint32_t *cps, size_t count)
{
    entry->cps = malloc(count * sizeof *cps);
    entry->count = (uint32_t)count;
    if (!entry->cps)
        book->full = true;
    else
        memcpy(entry->cps, cps, count * sizeof *cps);
}

void codebook_give(struct codebook *book, const struct codebook_value *value, const uint32_t *stand_in)
{
    struct key key;
    make_key(book, value, &key);
    struct entry *entry = find(book, &key);
    if (!entry)
        entry = add(book, &key);
    if (!entry)
        return;
    free(entry->cps);
    entry->known = true;
    keep_stand_in(book, entry, stand_in, value->count);
}

/* The atom that the text is: digits alone are a number. */
void codebook_pair(struct codebook *book, struct slice from, struct slice to)
{
    uint32_t cps[CODEBOOK_VALUE_MAX], stand_in[CODEBOOK_VALUE_MAX];
    size_t digits = 0;
    ASSERT(from.len == to.len && from.len <= CODEBOOK_VALUE_MAX);
    for (size_t i = 0; i < from.len; i++) {
        cps[i] = (unsigned char)from.ptr[i];
        stand_in[i] = (unsigned char)to.ptr[i];
        digits += letter_is_digit(cps[i]) ? 1 : 0;
    }
    enum codebook_kind kind = digits == from.len ? CODEBOOK_NUMBER : digits ? CODEBOOK_MIXED : CODEBOOK_WORD;
    struct codebook_value value = {kind, cps, from.len};
    codebook_give(book, &value, stand_in);
}

static uint32_t draw_consonant(struct codebook *book)
{
    static const char letters[] = "bcdfghjklmnprstvwxz";
    return (unsigned char)letters[codebook_draw(book, sizeof letters - 1)];
}

static uint32_t draw_foreign(struct codebook *book, uint32_t cp)
{
    return cp < 0x800 ? 0xE9 : cp < 0x10000 ? reserved_ideograph(codebook_draw(book, 5)) : cp;
}

/* Letters: the first two of ASCII are the mark of the range, z and q; of two letters the first is
   one of z, q, x and the other a consonant; a single one is any. */
static void draw_letters(struct codebook *book, const struct codebook_value *value, uint32_t *cps)
{
    size_t ascii = 0, seen = 0;
    for (size_t i = 0; i < value->count; i++)
        ascii += letter_is_ascii(value->cps[i]) ? 1 : 0;
    for (size_t i = 0; i < value->count; i++) {
        uint32_t cp = value->cps[i];
        if (!letter_is(cp))
            continue;
        if (!letter_is_ascii(cp))
            cps[i] = draw_foreign(book, cp);
        else if (ascii == 1 || seen > 1)
            cps[i] = 'a' + codebook_draw(book, 26);
        else if (ascii == 2)
            cps[i] = seen == 0 ? (unsigned char)"zqx"[codebook_draw(book, 3)] : draw_consonant(book);
        else
            cps[i] = seen == 0 ? 'z' : 'q';
        seen += letter_is_ascii(cp) ? 1 : 0;
    }
}

/* Digits: four or more begin with 99. In a value with two letters or more the letters carry the mark. */
static void draw_digits(struct codebook *book, const struct codebook_value *value, uint32_t *cps)
{
    size_t letters = 0, digits = 0, seen = 0;
    for (size_t i = 0; i < value->count; i++) {
        letters += letter_is(value->cps[i]) ? 1 : 0;
        digits += letter_is_digit(value->cps[i]) ? 1 : 0;
    }
    bool marked = letters < 2 && digits + letters >= 4 && digits >= 2;
    for (size_t i = 0; i < value->count; i++)
        if (letter_is_digit(value->cps[i]))
            cps[i] = marked && seen++ < 2 ? '9' : '0' + codebook_draw(book, 10);
}

static void draw(struct codebook *book, const struct codebook_value *value, uint32_t *cps)
{
    for (size_t i = 0; i < value->count; i++)
        cps[i] = value->cps[i];
    if (value->kind == CODEBOOK_DATE) {
        reserved_date(value->cps, cps, codebook_draw(book, 1u << 30));
        return;
    }
    draw_letters(book, value, cps);
    draw_digits(book, value, cps);
}

static bool is_given_away(const struct codebook *book, const struct codebook_value *made, struct key *key)
{
    make_key(book, made, key);
    key->text[0] = key->text[0] == 'w' ? 'W' : 'S';
    return find(book, key) != NULL;
}

/* Draws until it is one that nobody has, and that is not the value itself. */
static void draw_free(struct codebook *book, const struct codebook_value *value, uint32_t *cps)
{
    struct codebook_value made = {value->kind, cps, value->count};
    struct key key;
    for (int tries = 0;; tries++) {
        draw(book, value, cps);
        bool same = memcmp(cps, value->cps, value->count * sizeof *cps) == 0;
        if (!is_given_away(book, &made, &key) && !same)
            break;
        if (tries == TRIES_MAX) {
            book->shared++;
            return;
        }
    }
    (void)add(book, &key);
}

/* Of a value that is too long to be kept: its own seed, for as long as it is drawn. */
static void draw_keyed(struct codebook *book, const struct codebook_value *value, const struct key *key, uint32_t *cps)
{
    struct codebook *own = codebook_new((const unsigned char *)key->text + 1);
    if (!own) {
        book->full = true;
        return;
    }
    draw(own, value, cps);
    codebook_free(own);
}

bool codebook_stand_in(struct codebook *book, const struct codebook_value *value, uint32_t *ret_cps)
{
    struct key key;
    make_key(book, value, &key);
    if (key.hashed) {
        draw_keyed(book, value, &key, ret_cps);
        return !book->full;
    }
    struct entry *entry = find(book, &key);
    if (entry && entry->cps) {
        memcpy(ret_cps, entry->cps, value->count * sizeof *ret_cps);
        return true;
    }
    draw_free(book, value, ret_cps);
    entry = find(book, &key); /* the list may have moved */
    if (!entry)
        entry = add(book, &key);
    if (entry)
        keep_stand_in(book, entry, ret_cps, value->count);
    return !book->full;
}

uint64_t codebook_shared(const struct codebook *book)
{
    return book->shared;
}

bool codebook_is_full(const struct codebook *book)
{
    return book->full;
}
