/* Keys as the command line names them. A name without a slash is looked for in the directory
   of systemd's credentials ($CREDENTIALS_DIRECTORY, LoadCredential=) before it is a file here.
   $FIELD_ENCRYPTION_KEY_VERSION, where it is set, says which version is in force: what is sealed
   to another one is refused, so an old public half that lies about is not used by mistake.
   Reading takes any version that the key file holds. */
#ifndef ENGINE_CLI_KEY_KEYS_H
#define ENGINE_CLI_KEY_KEYS_H

#include "engine/base/err.h"
#include "recorder/seal/key_file.h"

/* --key NAME, as it is met among the options. ERR_USAGE when one was named already. */
enum err_code keys_name(const char *name, struct err *err) MUST_USE;
/* When all options were read: if a key was named, sealed files are opened with it from now on.
   Errors as key_file_read(). */
enum err_code keys_load(struct err *err) MUST_USE;
/* Wiped, at the end of the command. */
void keys_drop(void);

/* The secret key of that name; the caller frees it. */
enum err_code keys_read(const char *name, struct key_ring **ret_ring, struct err *err) MUST_USE;

/* --to, --seal-to: keys that something is sealed to, as they are named one after the other. */
struct keys_to {
    size_t named, count;
    const char *paths[16]; /* borrowed */
    struct public_key list[16];
};

/* ERR_USAGE when there are more than a sealed file takes. */
enum err_code keys_to_name(struct keys_to *to, const char *path, struct err *err) MUST_USE;
/* When all options were read. Errors as public_key_file_read(); ERR_USAGE when a key was named
   twice, ERR_INTEGRITY when none of them has the version that is in force. */
enum err_code keys_to_load(struct keys_to *to, struct err *err) MUST_USE;
/* What $FIELD_ENCRYPTION_KEY_VERSION says; 0 = it is not set. ERR_USAGE when it is no version. */
enum err_code keys_version_in_force(uint32_t *ret_version, struct err *err) MUST_USE;

/* Microseconds since 1970. */
int64_t keys_wall_us(void);

#endif
