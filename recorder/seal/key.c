#include "recorder/seal/key.h"

#include "recorder/cursor.h"

#include <string.h>
#include <time.h>

/* Method: one grammar for both kinds of file, walked from front to end. Hex goes by
   libsodium, which takes the same time for any digit, and no secret passes through a
   formatting function or a buffer that is not the caller's locked one. */

#define CHECK_BYTES 16
#define DAY_US ((int64_t)86400 * 1000000)

static const struct slice SECRET_HEAD = {"revisit-secret-key ", 19}, PUBLIC_HEAD = {"revisit-public-key ", 19};
static const struct slice CHECK = {"check ", 6};

struct key_ring *key_ring_new(void)
{
    struct key_ring *ring = sodium_init() < 0 ? NULL : sodium_malloc(sizeof *ring);
    if (ring)
        memset(ring, 0, sizeof *ring);
    return ring;
}

void key_ring_free(struct key_ring *ring)
{
    sodium_free(ring);
}

static void date_of(int64_t wall_us, char ret_date[KEY_DATE_TEXT])
{
    time_t seconds = (time_t)(wall_us / 1000000);
    struct tm day = {0};
    (void)gmtime_r(&seconds, &day);
    if (!text_format(ret_date, KEY_DATE_TEXT, "%04d-%02d-%02d", day.tm_year + 1900, day.tm_mon + 1, day.tm_mday))
        memcpy(ret_date, "1970-01-01", KEY_DATE_TEXT);
}

enum err_code key_ring_add(struct key_ring *ring, uint32_t version, int64_t wall_us, struct err *err)
{
    if (version == 0 || version > KEY_VERSION_MAX)
        return err_set(err, ERR_USAGE, "version %u: a version is a number from 1 to %d: begin a new key file", version, KEY_VERSION_MAX);
    if (ring->count == KEY_VERSIONS_MAX)
        return err_set(err, ERR_USAGE, "holds %d versions, which is all that a key file takes: begin a new one", KEY_VERSIONS_MAX);
    if (ring->count && version <= ring->pairs[0].half.version)
        return err_set(err, ERR_USAGE, "holds version %u: the next one has a higher number than %u", ring->pairs[0].half.version, version);
    memmove(&ring->pairs[1], &ring->pairs[0], ring->count * sizeof ring->pairs[0]);
    ring->count++;
    struct key_pair *pair = &ring->pairs[0];
    pair->half.version = version;
    date_of(wall_us, pair->half.created);
    (void)crypto_box_keypair(pair->half.bytes, pair->secret);
    return ERR_OK;
}

const struct key_pair *key_ring_find(const struct key_ring *ring, const unsigned char bytes[KEY_BYTES])
{
    for (size_t i = 0; ring && i < ring->count; i++)
        if (memcmp(ring->pairs[i].half.bytes, bytes, KEY_BYTES) == 0)
            return &ring->pairs[i];
    return NULL;
}

void key_id(const unsigned char bytes[KEY_BYTES], char ret_id[KEY_ID_TEXT])
{
    unsigned char digest[CHECK_BYTES];
    (void)crypto_generichash(digest, sizeof digest, bytes, KEY_BYTES, NULL, 0);
    sodium_bin2hex(ret_id, KEY_ID_TEXT, digest, sizeof digest);
}

/* YYYY-MM-DD as days since 1970; -1 when it is none. */
static int64_t day_of(struct slice date)
{
    uint64_t year, month, day;
    if (date.len != KEY_DATE_TEXT - 1 || date.ptr[4] != '-' || date.ptr[7] != '-' ||
        !slice_parse_u64((struct slice){date.ptr, 4}, 9999, &year) ||
        !slice_parse_u64((struct slice){date.ptr + 5, 2}, 12, &month) ||
        !slice_parse_u64((struct slice){date.ptr + 8, 2}, 31, &day) || year < 1970 || month == 0 || day == 0)
        return -1;
    struct tm when = {.tm_year = (int)year - 1900, .tm_mon = (int)month - 1, .tm_mday = (int)day};
    return (int64_t)timegm(&when) / 86400;
}

int64_t key_age_days(const struct public_key *key, int64_t wall_us)
{
    int64_t days = wall_us / DAY_US - day_of(slice_of(key->created));
    return days > 0 ? days : 0;
}

static char *add(char *to, struct slice text)
{
    memcpy(to, text.ptr, text.len);
    return to + text.len;
}

static char *add_hex(char *to, const unsigned char *bytes, size_t count)
{
    sodium_bin2hex(to, 2 * count + 1, bytes, count);
    return to + 2 * count;
}

static char *add_key(char *to, const struct public_key *half, const unsigned char bytes[KEY_BYTES])
{
    char front[64];
    ASSERT(text_format(front, sizeof front, "key %u %s ", half->version, half->created));
    to = add(to, slice_of(front));
    key_id(half->bytes, to);
    to[KEY_ID_TEXT - 1] = ' ';
    to = add_hex(to + KEY_ID_TEXT, bytes, KEY_BYTES);
    return add(to, SLICE("\n"));
}

static void check_of(struct slice text, char ret_check[2 * CHECK_BYTES + 1])
{
    unsigned char digest[CHECK_BYTES];
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)text.ptr, text.len, NULL, 0);
    sodium_bin2hex(ret_check, 2 * CHECK_BYTES + 1, digest, sizeof digest);
}

static size_t add_check(char *text, char *to)
{
    char check[2 * CHECK_BYTES + 1];
    check_of((struct slice){text, (size_t)(to - text)}, check);
    to = add(add(add(to, CHECK), slice_of(check)), SLICE("\n"));
    return (size_t)(to - text);
}

size_t key_ring_format(const struct key_ring *ring, char *ret_text)
{
    char *to = add(add(ret_text, SECRET_HEAD), SLICE("1\n"));
    for (size_t i = 0; i < ring->count; i++)
        to = add_key(to, &ring->pairs[i].half, ring->pairs[i].secret);
    return add_check(ret_text, to);
}

size_t public_key_format(const struct public_key *key, char *ret_text)
{
    char *to = add(add(ret_text, PUBLIC_HEAD), SLICE("1\n"));
    return add_check(ret_text, add_key(to, key, key->bytes));
}

static enum err_code fail_line(unsigned line, struct err *err)
{
    return err_set(err, ERR_INTEGRITY, "line %u: is damaged or was edited: take the key from its backup", line);
}

/* The check line is the last one, and is right: then every line before it is as it was written. */
static enum err_code check_text(struct slice text, unsigned line, struct slice rest, struct err *err)
{
    char want[2 * CHECK_BYTES + 1];
    struct slice carried;
    size_t front = text.len - rest.len;
    if (!cursor_skip(&rest, CHECK) || !cursor_until(&rest, '\n', &carried) || rest.len)
        return fail_line(line, err);
    check_of((struct slice){text.ptr, front}, want);
    return slice_equal(carried, slice_of(want)) ? ERR_OK
                                                : err_set(err, ERR_INTEGRITY, "its checksum does not fit: damaged or edited; take the key from its backup");
}

static bool take_hex(struct slice *rest, char stop, unsigned char ret_bytes[KEY_BYTES])
{
    struct slice hex;
    size_t got = 0;
    return cursor_until(rest, stop, &hex) && hex.len == 2 * KEY_BYTES &&
           sodium_hex2bin(ret_bytes, KEY_BYTES, hex.ptr, hex.len, NULL, &got, NULL) == 0 && got == KEY_BYTES;
}

/* "VERSION CREATED ID BYTES\n" */
static bool take_key(struct slice *rest, struct public_key *ret_half, struct slice *ret_id, unsigned char ret_bytes[KEY_BYTES])
{
    uint64_t version = 0;
    struct slice created;
    if (!cursor_number(rest, KEY_VERSION_MAX, &version) || version == 0 || !cursor_skip(rest, SLICE(" ")) ||
        !cursor_until(rest, ' ', &created) || day_of(created) < 0 || !cursor_until(rest, ' ', ret_id) ||
        !take_hex(rest, '\n', ret_bytes))
        return false;
    ret_half->version = (uint32_t)version;
    memcpy(ret_half->created, created.ptr, created.len);
    ret_half->created[created.len] = '\0';
    return true;
}

static bool has_id(const struct public_key *half, struct slice id)
{
    char own[KEY_ID_TEXT];
    key_id(half->bytes, own);
    return slice_equal(id, slice_of(own));
}

static enum err_code take_head(struct slice *rest, struct slice head, struct slice other, const char *if_other, struct err *err)
{
    uint64_t format = 0;
    if (slice_starts(*rest, other))
        return err_set(err, ERR_INTEGRITY, "%s", if_other);
    if (!cursor_skip(rest, head) || !cursor_number(rest, UINT32_MAX, &format) || !cursor_skip(rest, SLICE("\n")))
        return err_set(err, ERR_INTEGRITY, "is no key file, or a damaged one: `revisit key new` makes one");
    if (format != 1)
        return err_set(err, ERR_INTEGRITY, "is of format %llu, this revisit reads 1: take a newer revisit", (unsigned long long)format);
    return ERR_OK;
}

static enum err_code take_pair(struct slice *rest, struct key_ring *ring, struct err *err)
{
    struct key_pair *pair = &ring->pairs[ring->count];
    unsigned line = (unsigned)ring->count + 2;
    struct slice id;
    if (ring->count == KEY_VERSIONS_MAX || !take_key(rest, &pair->half, &id, pair->secret) ||
        crypto_scalarmult_base(pair->half.bytes, pair->secret) != 0 || !has_id(&pair->half, id))
        return fail_line(line, err);
    if (ring->count && pair->half.version >= pair[-1].half.version)
        return err_set(err, ERR_INTEGRITY, "line %u: the versions do not go down: take the key from its backup", line);
    ring->count++;
    return ERR_OK;
}

enum err_code key_ring_parse(struct slice text, struct key_ring *ret_ring, struct err *err)
{
    struct slice rest = text;
    TRY(take_head(&rest, SECRET_HEAD, PUBLIC_HEAD, "is the public half, which seals and cannot read: name the secret one (without .pub)", err));
    while (cursor_skip(&rest, SLICE("key ")))
        TRY(take_pair(&rest, ret_ring, err));
    if (ret_ring->count == 0)
        return fail_line(2, err);
    return check_text(text, (unsigned)ret_ring->count + 2, rest, err);
}

enum err_code public_key_parse(struct slice text, struct public_key *ret_key, struct err *err)
{
    struct slice rest = text, id;
    struct public_key key;
    TRY(take_head(&rest, PUBLIC_HEAD, SECRET_HEAD, "is a secret key, which is not needed to seal: name its public half (FILE.pub)", err));
    if (!cursor_skip(&rest, SLICE("key ")) || !take_key(&rest, &key, &id, key.bytes) || !has_id(&key, id))
        return fail_line(2, err);
    TRY(check_text(text, 3, rest, err));
    *ret_key = key;
    return ERR_OK;
}
