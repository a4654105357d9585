/* The key that sealed files are opened with, or its public half, which seals: read as every
   command reads it, so that who owns it, its mode and its checksum are judged alike. */
#include "engine/cli/doctor/look.h"

#include "engine/cli/key/keys.h"

static bool is_public_half(const char *path)
{
    size_t length = strlen(path), suffix = strlen(KEY_PUBLIC_SUFFIX);
    return length > suffix && strcmp(path + length - suffix, KEY_PUBLIC_SUFFIX) == 0;
}

/* The newest of the file. */
static enum err_code read_newest(const char *path, struct public_key *ret_key, struct err *err)
{
    struct key_ring *ring = NULL;
    if (is_public_half(path))
        return public_key_file_read(path, ret_key, err);
    TRY(keys_read(path, &ring, err));
    *ret_key = ring->pairs[0].half;
    key_ring_free(ring);
    return ERR_OK;
}

static void tell_key(const char *path, const struct public_key *key, uint32_t in_force, struct findings *findings)
{
    char id[KEY_ID_TEXT];
    int64_t days = key_age_days(key, keys_wall_us());
    key_id(key->bytes, id);
    if (in_force && in_force != key->version)
        finding_add(findings, FINDING_BAD, "key", "set the variable to the key's version, or name the other key",
                    "%s: its version is %u, and $FIELD_ENCRYPTION_KEY_VERSION says %u: sealing is refused", path, key->version, in_force);
    else if (days > KEY_AGE_DAYS_MAX)
        finding_add(findings, FINDING_WARN, "key", "revisit key rotate it, and hand out the new public half",
                    "%s: version %u is %lld days old, more than %d", path, key->version, (long long)days, KEY_AGE_DAYS_MAX);
    else
        finding_ok(findings, "key", "%s: version %u, %lld days old, id %s", path, key->version, (long long)days, id);
}

void look_at_key(const struct look_wish *wish, struct findings *findings)
{
    static struct err failed; /* static: it is large */
    struct public_key key;
    uint32_t in_force = 0;
    if (!wish->key)
        return;
    err_init(&failed);
    enum err_code code = read_newest(wish->key, &key, &failed);
    if (code == ERR_OK)
        code = keys_version_in_force(&in_force, &failed);
    if (code == ERR_OK)
        tell_key(wish->key, &key, in_force, findings);
    else
        finding_take(findings, FINDING_BAD, "key", &failed);
}
