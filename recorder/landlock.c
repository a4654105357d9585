#include "recorder/landlock.h"

#include <errno.h>
#include <linux/landlock.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Method: every right that the running kernel can withhold is withheld, and the few that are
   needed are given for a place at a time. Later kernels can withhold more than Debian 12's
   header names; a right that a kernel does not know would be refused by it, so the table says
   from which version on each may be asked for. glibc has no wrappers. */

static const struct {
    int version; /* of the kernel's Landlock that knows it first */
    uint64_t rights;
} known[] = {
    {1, (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1}, /* the 13 of the first version */
    {2, UINT64_C(1) << 13},                      /* refer: a file gets a second name elsewhere */
    {3, UINT64_C(1) << 14},                      /* truncate */
    {5, UINT64_C(1) << 15},                      /* ioctl of devices */
};
#define TRUNCATE (UINT64_C(1) << 14)

static const uint64_t to_read = LANDLOCK_ACCESS_FS_READ_FILE | LANDLOCK_ACCESS_FS_READ_DIR;
static const uint64_t to_write = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_MAKE_REG | LANDLOCK_ACCESS_FS_REMOVE_FILE | TRUNCATE;

static uint64_t rights_of(long version)
{
    uint64_t rights = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (version >= known[i].version)
            rights |= known[i].rights;
    return rights;
}

/* The reading of a directory is refused for what is none, with EINVAL. */
static int add_place(int ruleset, const struct landlock_place *place, uint64_t handled)
{
    struct landlock_path_beneath_attr beneath = {.parent_fd = place->fd, .allowed_access = (place->write ? to_write : to_read) & handled};
    if (syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0)
        return 0;
    if (errno != EINVAL || place->write)
        return errno;
    beneath.allowed_access = LANDLOCK_ACCESS_FS_READ_FILE;
    return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &beneath, 0) == 0 ? 0 : errno;
}

/* 0, or the errno. */
static int restrict_to(int ruleset, const struct landlock_place *places, size_t count, uint64_t handled)
{
    for (size_t i = 0; i < count; i++) {
        int cause = add_place(ruleset, &places[i], handled);
        if (cause)
            return cause;
    }
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return errno;
    return syscall(SYS_landlock_restrict_self, ruleset, 0) == 0 ? 0 : errno;
}

enum err_code landlock_confine(const struct landlock_place *places, size_t count, bool *ret_held, struct err *err)
{
    *ret_held = false;
    long version = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
    if (version < 1)
        return ERR_OK;
    struct landlock_ruleset_attr attributes = {.handled_access_fs = rights_of(version)};
    int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes.handled_access_fs, 0);
    int cause = ruleset < 0 ? errno : restrict_to(ruleset, places, count, attributes.handled_access_fs);
    if (ruleset >= 0)
        (void)close(ruleset);
    if (cause)
        return err_set(err, ERR_ENV, "the files that a replay may open cannot be limited: %s (Landlock)", strerror(cause));
    *ret_held = true;
    return ERR_OK;
}
