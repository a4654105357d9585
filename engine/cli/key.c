/* revisit key: makes the keys that recordings and session states are sealed to, tells
   what a key file holds, and puts a new key in the place of an old one. A secret is
   never printed. */
#include "engine/cli/command.h"
#include "engine/cli/key/keys.h"
#include "engine/cli/manual/option.h"
#include "engine/cli/shown.h"
#include "recorder/seal/reseal.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* The number of the next version; asked for: 0 = not. */
static enum err_code next_version(uint32_t asked, uint32_t newest, uint32_t *ret_version, struct err *err)
{
    uint32_t in_force = 0;
    TRY(keys_version_in_force(&in_force, err));
    *ret_version = asked ? asked : in_force > newest ? in_force : newest + 1;
    return ERR_OK;
}

static void print_key(const struct public_key *key, const char *note)
{
    char id[KEY_ID_TEXT];
    key_id(key->bytes, id);
    printf("version %u  id %s  made %s%s\n", key->version, id, key->created, note);
}

static enum err_code new_key(const char *path, uint32_t asked, struct err *err)
{
    uint32_t version = 0;
    TRY(next_version(asked, 0, &version, err));
    struct key_ring *ring = key_ring_new();
    if (!ring)
        return err_set(err, ERR_ENV, "key %s: there is no memory that can be guarded", path);
    enum err_code code = key_ring_add(ring, version, keys_wall_us(), err);
    if (code == ERR_OK)
        code = key_file_create(path, ring, err);
    if (code == ERR_OK) {
        printf("made %s and %s" KEY_PUBLIC_SUFFIX "\n", shown(path), shown(path));
        print_key(&ring->pairs[0].half, "");
    }
    key_ring_free(ring);
    return code;
}

static bool names_public(const char *path)
{
    size_t length = strlen(path), suffix = sizeof KEY_PUBLIC_SUFFIX - 1;
    return length > suffix && strcmp(path + length - suffix, KEY_PUBLIC_SUFFIX) == 0;
}

static void print_public(const struct public_key *key)
{
    char text[KEY_FILE_MAX];
    (void)fwrite(text, 1, public_key_format(key, text), stdout);
}

/* Age counts for the newest alone: the others read what is old. */
static void print_ring(const char *path, const struct key_ring *ring)
{
    char note[160];
    int64_t days = key_age_days(&ring->pairs[0].half, keys_wall_us());
    if (days > KEY_AGE_DAYS_MAX)
        ASSERT(text_format(note, sizeof note, ", %lld days old: over %d, replace it with `revisit key rotate`", (long long)days, KEY_AGE_DAYS_MAX));
    else
        ASSERT(text_format(note, sizeof note, ", %lld days old", (long long)days));
    printf("%s: secret key\n", shown(path));
    for (size_t i = 0; i < ring->count; i++)
        print_key(&ring->pairs[i].half, i == 0 ? note : ", for reading");
}

static enum err_code show(const char *path, bool public, struct err *err)
{
    if (names_public(path)) {
        struct public_key key;
        TRY(public_key_file_read(path, &key, err));
        if (public)
            print_public(&key);
        else
            print_key(&key, ", public half");
        return ERR_OK;
    }
    struct key_ring *ring = NULL;
    TRY(keys_read(path, &ring, err));
    if (public)
        print_public(&ring->pairs[0].half);
    else
        print_ring(path, ring);
    key_ring_free(ring);
    return ERR_OK;
}

/* FILE.pub is not that of the newest version: a rotation was killed between the two. */
static bool is_behind(const char *path, const struct key_ring *ring)
{
    static struct err ignored;
    char public_path[KEY_PATH_MAX];
    struct public_key key;
    err_init(&ignored);
    return !text_format(public_path, sizeof public_path, "%s" KEY_PUBLIC_SUFFIX, path) ||
           public_key_file_read(public_path, &key, &ignored) != ERR_OK || memcmp(key.bytes, ring->pairs[0].half.bytes, KEY_BYTES) != 0;
}

/* Whether a rotation was begun and is to be finished, or a new one begins. */
static enum err_code is_unfinished(const char *path, const struct key_ring *ring, int count, char **files, bool *ret_unfinished,
                                   struct err *err)
{
    bool current = true;
    *ret_unfinished = ring->count > 1 && is_behind(path, ring);
    for (int i = 0; i < count; i++) {
        TRY(reseal_is_current(files[i], ring, &current, err));
        *ret_unfinished |= !current;
    }
    return ERR_OK;
}

static enum err_code add_version(const char *path, struct key_ring *ring, uint32_t asked, bool unfinished, int *lock,
                                 struct err *err)
{
    uint32_t version = 0;
    if (unfinished)
        return is_behind(path, ring) ? key_file_replace(path, ring, lock, err) : ERR_OK;
    TRY(next_version(asked, ring->pairs[0].half.version, &version, err));
    if (key_ring_add(ring, version, keys_wall_us(), err) != ERR_OK)
        return err_wrap(err, "key %s", path);
    return key_file_replace(path, ring, lock, err);
}

static void print_failed(const struct err *failed)
{
    fputs("revisit: ", stderr);
    shown_message(stderr, failed->text);
    fputc('\n', stderr);
}

/* One that cannot be sealed anew keeps the others from nothing: the first error is told at the end. */
static enum err_code reseal_files(const struct key_ring *ring, int count, char **files, struct err *err)
{
    static struct err failed;
    for (int i = 0; i < count; i++) {
        bool current = false;
        err_init(&failed);
        if (reseal_is_current(files[i], ring, &current, &failed) == ERR_OK && !current && reseal(files[i], ring, &failed) == ERR_OK)
            printf("%s: sealed to version %u\n", shown(files[i]), ring->pairs[0].half.version);
        else if (current)
            printf("%s: is sealed to version %u already\n", shown(files[i]), ring->pairs[0].half.version);
        if (failed.code != ERR_OK && err->code != ERR_OK)
            print_failed(&failed);
        else if (failed.code != ERR_OK)
            (void)err_set(err, failed.code, "%s", failed.text);
        (void)fflush(stdout);
    }
    return err->code;
}

static enum err_code rotate(const char *path, uint32_t asked, int count, char **files, struct err *err)
{
    struct key_ring *ring = NULL;
    int lock = -1;
    bool unfinished = false;
    TRY(key_file_lock(path, &lock, err));
    enum err_code code = key_file_read(path, KEY_OWN_FILE, &ring, err);
    if (code == ERR_OK)
        code = is_unfinished(path, ring, count, files, &unfinished, err);
    if (code == ERR_OK)
        code = add_version(path, ring, asked, unfinished, &lock, err);
    if (code == ERR_OK) {
        print_key(&ring->pairs[0].half, unfinished ? ", as it was" : ", new");
        code = reseal_files(ring, count, files, err);
    }
    key_ring_free(ring);
    close(lock);
    return code;
}

/* What is left of the command line: FILE, and where `more` may follow, those. */
static enum err_code key_file(const char *page, int argc, char **argv, bool more, const char **ret_path, struct err *err)
{
    if (optind == argc || (!more && optind + 1 != argc))
        return err_set(err, ERR_USAGE, "%s: name one key file: revisit %s clinic.key", page, page);
    if (argv[optind][0] == '\0')
        return err_set(err, ERR_USAGE, "%s: an empty path names no file", page);
    *ret_path = argv[optind];
    return ERR_OK;
}

/* Of new and rotate, whose one option it is. */
static enum err_code version_option(const char *page, int argc, char **argv, uint32_t *ret_version, struct err *err)
{
    int option = 0;
    *ret_version = 0;
    optind = 0;
    while (option != OPTION_END) {
        TRY(option_next(page, argc, argv, &option, err));
        if (option != OPTION_END)
            TRY(command_number("--version", optarg, 1, KEY_VERSION_MAX, ret_version, err));
    }
    return ERR_OK;
}

static enum err_code run_new(int argc, char **argv, int *ret_status, struct err *err)
{
    uint32_t version = 0;
    const char *path = NULL;
    (void)ret_status;
    TRY(version_option("key new", argc, argv, &version, err));
    TRY(key_file("key new", argc, argv, false, &path, err));
    return new_key(path, version, err);
}

static enum err_code run_rotate(int argc, char **argv, int *ret_status, struct err *err)
{
    uint32_t version = 0;
    const char *path = NULL;
    (void)ret_status;
    TRY(version_option("key rotate", argc, argv, &version, err));
    TRY(key_file("key rotate", argc, argv, true, &path, err));
    return rotate(path, version, argc - optind - 1, argv + optind + 1, err);
}

/* --public is its one option. */
static enum err_code run_show(int argc, char **argv, int *ret_status, struct err *err)
{
    bool public = false;
    int option = 0;
    const char *path = NULL;
    (void)ret_status;
    optind = 0;
    while (option != OPTION_END) {
        TRY(option_next("key show", argc, argv, &option, err));
        public |= option != OPTION_END;
    }
    TRY(key_file("key show", argc, argv, false, &path, err));
    return show(path, public, err);
}

int command_key(int argc, char **argv, struct err *err)
{
    static const struct command_part parts[] = {{"new", run_new}, {"show", run_show}, {"rotate", run_rotate}};
    return command_parts(parts, sizeof parts / sizeof *parts, "say what to do with which key file: revisit key new FILE", argc, argv, err);
}
