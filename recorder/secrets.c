#include "recorder/secrets.h"

#include "engine/base/json_out.h"

#include <sodium.h>
#include <stdlib.h>

/* Method: every spelling of every value is a needle with a replacement of its own
   length. Needles hang in buckets by their first three bytes; the longest one that fits
   wins. A text is walked once whatever their number, and in strides: the shortest needle
   is a stride and two bytes long, so one of the first groups of three bytes of any needle
   in the text stands where a stride ends. Only there, and only if it is a group that some
   needle has, is the text looked at place by place. */

#define NEEDLE_BYTES_MIN 3
#define PLAIN_VALUE_MIN 8
#define PLAIN_WORD_MAX 16
#define VALUE_BYTES_MAX 16384

void secrets_init(struct secrets *secrets)
{
    memset(secrets, 0, sizeof *secrets);
    str_init(&secrets->header, VALUE_BYTES_MAX);
}

void secrets_fini(struct secrets *secrets)
{
    for (uint32_t i = 1; i < secrets->count; i++) {
        free(secrets->list[i].from);
        free(secrets->list[i].to);
        free(secrets->list[i].value);
    }
    free(secrets->list);
    str_fini(&secrets->header);
    secrets_init(secrets);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

static bool is_word(char c)
{
    return is_digit(c) || is_lower(c) || is_upper(c) || c == '_' || c == '-' || c == '.' || c == '%';
}

/* Of a group of three bytes, whatever their case. */
static uint32_t bucket_of(const char *text)
{
    uint32_t key = (uint32_t)(unsigned char)text[0] | (uint32_t)(unsigned char)text[1] << 8 |
                   (uint32_t)(unsigned char)text[2] << 16;
    return (key | 0x202020) * 2654435761u >> 20;
}

/* The needle's own bytes; only hex digits of a percent escape may be of the other case,
   also of one that was escaped once more ("%252f"). */
static bool is_spelled(const struct secret *secret, const char *text)
{
    const char *from = secret->from;
    int digits = 0; /* of an escape, still to come */
    for (size_t i = 0; i < secret->len; i++) {
        if (text[i] != from[i] && (digits == 0 || (text[i] | 0x20) != (from[i] | 0x20)))
            return false;
        bool again = digits == 1 && from[i - 1] == '2' && from[i] == '5';
        digits = from[i] == '%' || again ? 2 : digits ? digits - 1 : 0;
    }
    return true;
}

static bool fits_at(const struct secret *secret, struct slice text, size_t at)
{
    if (text.len - at < secret->len || !is_spelled(secret, text.ptr + at))
        return false;
    if (!secret->bounded)
        return true;
    size_t after = at + secret->len;
    return (at == 0 || !is_word(text.ptr[at - 1])) && (after == text.len || !is_word(text.ptr[after]));
}

/* The longest needle that stands at text[at], or NULL. */
static const struct secret *needle_at(const struct secrets *secrets, struct slice text, size_t at)
{
    const struct secret *best = NULL;
    for (uint32_t i = secrets->buckets[bucket_of(text.ptr + at)]; i; i = secrets->list[i].next) {
        const struct secret *secret = &secrets->list[i];
        if ((!best || secret->len > best->len) && fits_at(secret, text, at))
            best = secret;
    }
    return best;
}

static const struct secret *next_needle(const struct secrets *secrets, struct slice text, size_t *at)
{
    size_t stride = secrets->stride;
    if (stride == 0)
        return NULL;
    for (size_t end = *at + stride - 1; end + NEEDLE_BYTES_MIN <= text.len; end += stride) {
        if (!secrets->has_group[bucket_of(text.ptr + end)])
            continue;
        for (*at = end + 1 - stride; *at <= end; ++*at) {
            const struct secret *secret = needle_at(secrets, text, *at);
            if (secret)
                return secret;
        }
    }
    return NULL;
}

bool secrets_found(const struct secrets *secrets, struct slice text)
{
    size_t at = 0;
    return next_needle(secrets, text, &at) != NULL;
}

/* In a base64 text the value's first and last letters also carry bits of what stands
   beside it, so the needle is its inside only. The groups of four that hold the value
   are decoded, changed and coded again; bits beside the value stay as they were. */
static void mask_base64(const struct secret *secret, char *text, size_t len, size_t at)
{
    static const size_t letters_before[] = {0, 2, 3};
    unsigned char bytes[VALUE_BYTES_MAX + 6];
    char coded[(VALUE_BYTES_MAX + 6) / 3 * 4 + 8];
    size_t groups = (secret->shift + secret->value_len + 2) / 3, made = 0;
    if (at < letters_before[secret->shift] || groups * 3 > sizeof bytes)
        return;
    char *start = text + at - letters_before[secret->shift];
    if ((size_t)(text + len - start) < groups * 4 ||
        sodium_base642bin(bytes, sizeof bytes, start, groups * 4, NULL, &made, NULL, sodium_base64_VARIANT_ORIGINAL) != 0 ||
        made < secret->shift + secret->value_len ||
        memcmp(bytes + secret->shift, secret->value, secret->value_len) != 0)
        return;
    memcpy(bytes + secret->shift, secret->to, secret->value_len);
    sodium_bin2base64(coded, sizeof coded, bytes, made, sodium_base64_VARIANT_ORIGINAL);
    memcpy(start, coded, groups * 4);
}

/* What value and stand-in have in common stays as it is spelled there. */
static void mask_plain(const struct secret *secret, char *text)
{
    for (size_t i = 0; i < secret->len; i++)
        if (secret->from[i] != secret->to[i])
            text[i] = secret->to[i];
}

void secrets_mask(const struct secrets *secrets, char *text, size_t len)
{
    const struct secret *secret;
    for (size_t at = 0; (secret = next_needle(secrets, (struct slice){text, len}, &at)); at += secret->len) {
        if (secret->value)
            mask_base64(secret, text, len, at);
        else
            mask_plain(secret, text + at);
    }
}

struct slice secrets_masked(struct secrets *secrets, struct slice text, struct str *scratch)
{
    if (!secrets_found(secrets, text))
        return text;
    str_clear(scratch);
    str_add(scratch, text);
    if (str_full(scratch)) {
        secrets->full = true;
        return SLICE_NONE;
    }
    secrets_mask(secrets, scratch->ptr, scratch->len);
    return str_slice(scratch);
}

static bool is_percent_escape(struct slice text, size_t at)
{
    static const char hex[] = "0123456789abcdefABCDEF";
    return text.ptr[at] == '%' && at + 2 < text.len && memchr(hex, text.ptr[at + 1], sizeof hex - 1) &&
           memchr(hex, text.ptr[at + 2], sizeof hex - 1);
}

/* The stand-in of value: see the header. Nothing of it depends on what the letters
   and digits of the value are. */
static void make_stand_in(struct slice name, uint32_t ordinal, struct slice value, char *ret_text)
{
    unsigned char key[randombytes_SEEDBYTES], noise[VALUE_BYTES_MAX];
    crypto_generichash_state state;
    crypto_generichash_init(&state, NULL, 0, sizeof key);
    crypto_generichash_update(&state, (const unsigned char *)name.ptr, name.len);
    crypto_generichash_update(&state, (const unsigned char *)&ordinal, sizeof ordinal);
    crypto_generichash_final(&state, key, sizeof key);
    randombytes_buf_deterministic(noise, value.len, key);
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (is_percent_escape(value, i)) {
            memcpy(ret_text + i, value.ptr + i, 3);
            i += 2;
            continue;
        }
        ret_text[i] = is_digit(c)   ? (char)('0' + noise[i] % 10)
                      : is_lower(c) ? (char)('a' + noise[i] % 26)
                      : is_upper(c) ? (char)('A' + noise[i] % 26)
                                    : c;
    }
}

static bool grow(struct secrets *secrets)
{
    if (secrets->count < secrets->capacity)
        return true;
    uint32_t capacity = secrets->capacity ? secrets->capacity * 2 : 64;
    struct secret *list = capacity > SECRETS_MAX ? NULL : realloc(secrets->list, capacity * sizeof *list);
    if (!list)
        return false;
    secrets->list = list;
    secrets->capacity = capacity;
    if (secrets->count == 0)
        secrets->count = 1;
    return true;
}

static bool is_known(const struct secrets *secrets, struct slice from)
{
    if (secrets->count == 0)
        return false;
    for (uint32_t i = secrets->buckets[bucket_of(from.ptr)]; i; i = secrets->list[i].next)
        if (secrets->list[i].len == from.len && is_spelled(&secrets->list[i], from.ptr))
            return true;
    return false;
}

static char *copy(struct slice text)
{
    char *made = malloc(text.len);
    if (made)
        memcpy(made, text.ptr, text.len);
    return made;
}

static void note_groups(struct secrets *secrets, const struct secret *secret)
{
    size_t groups = secret->len - NEEDLE_BYTES_MIN + 1;
    if (secrets->stride == 0 || groups < secrets->stride)
        secrets->stride = groups;
    for (size_t i = 0; i < secrets->stride; i++)
        secrets->has_group[bucket_of(secret->from + i)] = true;
}

/* Hangs a needle in; its texts are owned from here on, also when there is no room. */
static struct secret *add_secret(struct secrets *secrets, struct secret made)
{
    if (!made.from || !made.to || !grow(secrets)) {
        free(made.from);
        free(made.to);
        free(made.value);
        secrets->full = true;
        return NULL;
    }
    uint32_t *bucket = &secrets->buckets[bucket_of(made.from)];
    made.next = *bucket;
    *bucket = secrets->count;
    note_groups(secrets, &made);
    secrets->list[secrets->count] = made;
    return &secrets->list[secrets->count++];
}

static void add_needle(struct secrets *secrets, struct slice from, struct slice to, bool bounded)
{
    if (from.len != to.len || from.len < NEEDLE_BYTES_MIN || is_known(secrets, from))
        return;
    (void)add_secret(secrets,
                     (struct secret){.from = copy(from), .to = copy(to), .len = from.len, .bounded = bounded});
}

/* The letters of base64 that the value alone decides when `shift` bytes stand before
   it in its group of three. */
static void add_base64(struct secrets *secrets, struct slice value, struct slice stand_in, size_t shift)
{
    static const size_t first_letter[] = {0, 2, 3};
    unsigned char bytes[VALUE_BYTES_MAX + 2] = {0};
    char coded[(VALUE_BYTES_MAX + 2) / 3 * 4 + 8];
    memcpy(bytes + shift, value.ptr, value.len);
    sodium_bin2base64(coded, sizeof coded, bytes, shift + value.len, sodium_base64_VARIANT_ORIGINAL);
    size_t first = first_letter[shift], letters = (shift + value.len) * 4 / 3;
    struct secret made = {.from = copy((struct slice){coded + first, letters - first}),
                          .len = letters - first,
                          .to = copy(stand_in),
                          .value = copy(value),
                          .value_len = value.len,
                          .shift = shift};
    if (!made.value) {
        free(made.to);
        made.to = NULL;
    }
    (void)add_secret(secrets, made);
}

static bool needs_name_beside(struct slice value)
{
    bool word = value.len < PLAIN_WORD_MAX;
    for (size_t i = 0; i < value.len; i++)
        word = word && is_lower(value.ptr[i]);
    return value.len < PLAIN_VALUE_MIN || word;
}

/* The spellings of a value. Each adds to out; the first is the value as it is. */
static void spell_plain(struct str *out, struct slice value)
{
    str_add(out, value);
}

static void spell_json(struct str *out, struct slice value)
{
    json_out_quote(out, value);
}

static void spell_percent(struct str *out, struct slice value)
{
    static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!~*'()";
    for (size_t i = 0; i < value.len; i++) {
        if (memchr(unreserved, value.ptr[i], sizeof unreserved - 1))
            str_add_char(out, value.ptr[i]);
        else
            str_addf(out, "%%%02X", (unsigned char)value.ptr[i]);
    }
}

static void spell_decoded(struct str *out, struct slice value)
{
    for (size_t i = 0; i < value.len; i++) {
        unsigned char byte;
        size_t made = 0;
        if (!is_percent_escape(value, i) ||
            sodium_hex2bin(&byte, 1, value.ptr + i + 1, 2, NULL, &made, NULL) != 0 || made != 1) {
            str_add_char(out, value.ptr[i]);
            continue;
        }
        str_add_char(out, (char)byte);
        i += 2;
    }
}

/* A spelling with its surroundings: before, value, after. */
static void add_spelling(struct secrets *secrets, void (*spell)(struct str *, struct slice), const char *before,
                         struct slice value, struct slice stand_in, bool bounded)
{
    CLEANUP_STR struct str from;
    CLEANUP_STR struct str to;
    str_init(&from, 8 * VALUE_BYTES_MAX);
    str_init(&to, 8 * VALUE_BYTES_MAX);
    str_add_text(&from, before);
    str_add_text(&to, before);
    spell(&from, value);
    spell(&to, stand_in);
    if (str_full(&from) || str_full(&to))
        secrets->full = true;
    else
        add_needle(secrets, str_slice(&from), str_slice(&to), bounded);
}

/* Without the quotes that json_out_quote puts around. */
static void spell_json_inside(struct str *out, struct slice value)
{
    CLEANUP_STR struct str quoted;
    str_init(&quoted, 8 * VALUE_BYTES_MAX);
    spell_json(&quoted, value);
    if (quoted.len >= 2)
        str_add(out, (struct slice){quoted.ptr + 1, quoted.len - 2});
}

static void add_everywhere(struct secrets *secrets, struct slice value, struct slice stand_in)
{
    add_spelling(secrets, spell_plain, "", value, stand_in, false);
    add_spelling(secrets, spell_json_inside, "", value, stand_in, false);
    add_spelling(secrets, spell_percent, "", value, stand_in, false);
    add_spelling(secrets, spell_decoded, "", value, stand_in, false);
    for (size_t shift = 0; shift < 3; shift++)
        add_base64(secrets, value, stand_in, shift);
}

static void add_beside_name(struct secrets *secrets, struct slice name, struct slice value, struct slice stand_in)
{
    CLEANUP_STR struct str before;
    str_init(&before, 8 * VALUE_BYTES_MAX);
    str_add(&before, name);
    str_add_char(&before, '=');
    add_spelling(secrets, spell_plain, str_text(&before), value, stand_in, true);
    add_spelling(secrets, spell_percent, str_text(&before), value, stand_in, true);
    str_clear(&before);
    str_add(&before, SLICE("\"name\":"));
    json_out_quote(&before, name);
    str_add(&before, SLICE(",\"value\":"));
    add_spelling(secrets, spell_json, str_text(&before), value, stand_in, false);
}

static bool has_letter_or_digit(struct slice value)
{
    for (size_t i = 0; i < value.len; i++)
        if (is_digit(value.ptr[i]) || is_lower(value.ptr[i]) || is_upper(value.ptr[i]))
            return true;
    return false;
}

void secrets_learn(struct secrets *secrets, struct slice name, struct slice value)
{
    char stand_in[VALUE_BYTES_MAX];
    bool beside = needs_name_beside(value);
    if (value.len == 0 || (beside && name.len == 0) || !has_letter_or_digit(value) || (!beside && is_known(secrets, value)))
        return;
    if (value.len > VALUE_BYTES_MAX || name.len > VALUE_BYTES_MAX) {
        secrets->full = true;
        return;
    }
    struct slice to = {stand_in, value.len};
    uint32_t ordinal = beside ? 0 : secrets->cookies + 1;
    for (uint32_t salt = 0; salt < 64; salt++) {
        make_stand_in(name, ordinal + salt * SECRETS_MAX, value, stand_in);
        if (memcmp(stand_in, value.ptr, value.len) != 0 && (beside || !is_known(secrets, to)))
            break;
    }
    secrets->cookies++;
    if (beside)
        add_beside_name(secrets, name, value, to);
    else
        add_everywhere(secrets, value, to);
}
