#include "engine/cli/key/keys.h"

#include "engine/base/str.h"
#include "recorder/seal/seal_format.h"
#include "recorder/store.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

_Static_assert(sizeof((struct keys_to *)0)->list / sizeof(struct public_key) == SEAL_RECIPIENTS_MAX, "as a sealed file has");

static const char *named; /* of argv */
static struct key_ring *in_use;

enum err_code keys_read(const char *name, struct key_ring **ret_ring, struct err *err)
{
    char path[KEY_PATH_MAX];
    const char *credentials = getenv("CREDENTIALS_DIRECTORY");
    bool is_credential = credentials && credentials[0] && !strchr(name, '/') && name[0] &&
                         text_format(path, sizeof path, "%s/%s", credentials, name) && access(path, F_OK) == 0;
    return key_file_read(is_credential ? path : name, is_credential ? KEY_CREDENTIAL : KEY_OWN_FILE, ret_ring, err);
}

enum err_code keys_name(const char *name, struct err *err)
{
    if (named)
        return err_set(err, ERR_USAGE, "--key: name one key file; it may hold several versions");
    named = name;
    return ERR_OK;
}

enum err_code keys_load(struct err *err)
{
    if (!named)
        return ERR_OK;
    TRY(keys_read(named, &in_use, err));
    store_use_keys(in_use);
    return ERR_OK;
}

void keys_drop(void)
{
    store_use_keys(NULL);
    key_ring_free(in_use);
    in_use = NULL;
}

enum err_code keys_version_in_force(uint32_t *ret_version, struct err *err)
{
    const char *text = getenv("FIELD_ENCRYPTION_KEY_VERSION");
    uint64_t version = 0;
    if (text && (!slice_parse_u64(slice_of(text), KEY_VERSION_MAX, &version) || version == 0))
        return err_set(err, ERR_USAGE, "FIELD_ENCRYPTION_KEY_VERSION: a whole number from 1 to %d is needed", KEY_VERSION_MAX);
    *ret_version = (uint32_t)version;
    return ERR_OK;
}

enum err_code keys_to_name(struct keys_to *to, const char *path, struct err *err)
{
    if (to->named == SEAL_RECIPIENTS_MAX)
        return err_set(err, ERR_USAGE, "a file is sealed to %d keys at most", SEAL_RECIPIENTS_MAX);
    to->paths[to->named++] = path;
    return ERR_OK;
}

static enum err_code add_key(struct keys_to *to, const char *path, struct err *err)
{
    struct public_key key;
    TRY(public_key_file_read(path, &key, err));
    for (size_t i = 0; i < to->count; i++)
        if (memcmp(to->list[i].bytes, key.bytes, KEY_BYTES) == 0)
            return err_set(err, ERR_USAGE, "key %s: is named twice", path);
    to->list[to->count++] = key;
    return ERR_OK;
}

enum err_code keys_to_load(struct keys_to *to, struct err *err)
{
    uint32_t in_force = 0;
    for (size_t i = to->count; i < to->named; i++)
        TRY(add_key(to, to->paths[i], err));
    TRY(keys_version_in_force(&in_force, err));
    for (size_t i = 0; i < to->count; i++)
        if (in_force == 0 || to->list[i].version == in_force)
            return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "the key to seal to has version %u, FIELD_ENCRYPTION_KEY_VERSION says %u: name the public half of that one",
                   to->list[0].version, in_force);
}

int64_t keys_wall_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}
