#include "recorder/recording.h"

#include "engine/base/crc32c.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* Method: the directory is opened once and every file by its descriptor, so that a
   recording that is moved or swapped while it is read stays the one that was opened. */

static void suspect_path(struct recording_suspect *suspect, const char *path, const char *name)
{
    if (!suspect)
        return;
    if (!text_format(suspect->path, sizeof suspect->path, name ? "%s/%s" : "%s%.0s", path, name ? name : ""))
        suspect->path[0] = '\0';
}

static enum err_code fail_open_directory(const char *path, struct err *err)
{
    int cause = errno;
    struct stat status;
    bool link = lstat(path, &status) == 0 && S_ISLNK(status.st_mode);
    if (cause == ENOENT)
        return err_set(err, ERR_INPUT, "%s", link ? "is a link to something that does not exist" : "does not exist");
    if (cause == ELOOP)
        return err_set(err, ERR_INPUT, "is a link that leads back to itself");
    if (cause == ENOTDIR || cause == EACCES || cause == ENAMETOOLONG || cause == ENXIO)
        return err_set(err, ERR_INPUT, "cannot be opened: %s", strerror(cause));
    return err_set(err, ERR_ENV, "cannot be opened: %s", strerror(cause));
}

/* What is at path, made sure to be something that can hold a recording. */
static enum err_code open_store(const char *path, struct store *ret_store, struct recording_suspect *suspect,
                                struct err *err)
{
    if (suspect)
        suspect->path[0] = '\0';
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return fail_open_directory(path, err);
    struct stat status;
    bool known = fstat(fd, &status) == 0;
    if (known && S_ISDIR(status.st_mode)) {
        *ret_store = store_of_directory(fd);
        return ERR_OK;
    }
    if (known && S_ISREG(status.st_mode) && store_is_sealed(fd))
        return store_of_sealed(fd, ret_store, err);
    close(fd);
    if (known && S_ISREG(status.st_mode)) {
        suspect_path(suspect, path, NULL);
        return err_set(err, ERR_INPUT, "is a file%s; a recording is a directory with a manifest.json, or sealed",
                       status.st_size == 0 ? ", and an empty one" : "");
    }
    return err_set(err, ERR_INPUT, "is a FIFO, a socket or a device; a recording is a directory");
}

static struct recording *recording_new(struct store store)
{
    struct recording *recording = calloc(1, sizeof *recording);
    if (!recording)
        return NULL;
    recording->store = store;
    manifest_init(&recording->manifest);
    recording->batch.fd = -1;
    str_init(&recording->batch_text, RECORDING_BATCH_MAX);
    str_init(&recording->state, RECORDING_STATE_MAX);
    str_init(&recording->journal, RECORDING_JOURNAL_MAX);
    return recording;
}

void recording_close(struct recording *recording)
{
    if (!recording)
        return;
    store_close(&recording->store);
    manifest_fini(&recording->manifest);
    store_file_close(&recording->batch);
    if (recording->batch_text.ptr)
        sodium_memzero(recording->batch_text.ptr, recording->batch_text.len);
    str_fini(&recording->batch_text);
    str_fini(&recording->state);
    str_fini(&recording->journal);
    free(recording);
}

bool recording_is_cut(const struct recording *recording)
{
    return recording->manifest.status != MANIFEST_CLOSED;
}

static enum err_code read_manifest(struct recording *recording, struct err *err)
{
    CLEANUP_STR struct str text;
    str_init(&text, MANIFEST_BYTES_MAX);
    TRY(store_read(&recording->store, RECORDING_MANIFEST, &text, err));
    if (manifest_parse(str_slice(&text), &recording->manifest, err) != ERR_OK)
        return err_wrap(err, RECORDING_MANIFEST);
    return ERR_OK;
}

enum err_code recording_open_manifest(const char *path, struct recording **ret_recording,
                                      struct recording_suspect *suspect, struct err *err)
{
    struct store store;
    if (open_store(path, &store, suspect, err) != ERR_OK)
        return err_wrap(err, "recording %s", path);
    struct recording *recording = recording_new(store);
    if (!recording) {
        store_close(&store);
        return err_set(err, ERR_ENV, "recording %s: there is no memory to open it", path);
    }
    if (read_manifest(recording, err) != ERR_OK) {
        if (err->code == ERR_INPUT && store_has(&store, RECORDING_MANIFEST))
            suspect_path(suspect, path, RECORDING_MANIFEST);
        recording_close(recording);
        return err_wrap(err, "recording %s", path);
    }
    *ret_recording = recording;
    return ERR_OK;
}

/* What was read of an input, against its line in the manifest. It is listed there since
   the start, so its checksum is known even when the recorder was killed. */
static enum err_code judge_input(const struct recording *recording, const char *name, uint64_t size_bytes,
                                 uint32_t crc, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, name);
    if (!listed)
        return err_set(err, ERR_INPUT, "%s: lists no %s", RECORDING_MANIFEST, name);
    if (size_bytes != listed->digest.size_bytes)
        return err_set(err, ERR_INTEGRITY, "%s: has %llu bytes, the manifest says %llu: damaged or edited", name,
                       (unsigned long long)size_bytes, (unsigned long long)listed->digest.size_bytes);
    if (crc != listed->digest.crc32c)
        return err_set(err, ERR_INTEGRITY, "%s: bad checksum (want %08x, got %08x): damaged or edited", name,
                       listed->digest.crc32c, crc);
    return ERR_OK;
}

enum err_code recording_read_input(const struct recording *recording, const char *name, struct str *out, struct err *err)
{
    TRY(store_read(&recording->store, name, out, err));
    return judge_input(recording, name, out->len, crc32c(0, str_slice(out)), err);
}

static enum err_code read_sealed_batch(struct recording *recording, struct err *err)
{
    TRY(recording_read_input(recording, RECORDING_BATCH, &recording->batch_text, err));
    recording->batch_size_bytes = recording->batch_text.len;
    return ERR_OK;
}

static enum err_code open_batch(struct recording *recording, struct err *err)
{
    uint32_t crc = 0;
    TRY(store_open(&recording->store, RECORDING_BATCH, RECORDING_BATCH_MAX, &recording->batch, &recording->batch_size_bytes,
                   err));
    if (recording->store.sealed)
        return read_sealed_batch(recording, err);
    TRY(store_file_crc32c(&recording->batch, &crc, err));
    return judge_input(recording, RECORDING_BATCH, recording->batch_size_bytes, crc, err);
}

enum err_code recording_batch_read_at(const struct recording *recording, uint64_t offset, char *ret_bytes,
                                      size_t count, struct err *err)
{
    if (recording->store.sealed) {
        if (offset > recording->batch_text.len || count > recording->batch_text.len - offset)
            return err_set(err, ERR_INPUT, "%s: is shorter than that", RECORDING_BATCH);
        if (count)
            memcpy(ret_bytes, recording->batch_text.ptr + offset, count);
        return ERR_OK;
    }
    return file_read_at(recording->batch.fd, RECORDING_BATCH, offset, ret_bytes, count, err);
}

enum err_code recording_batch_read(const struct recording *recording, struct str *out, struct err *err)
{
    return store_read(&recording->store, RECORDING_BATCH, out, err);
}

enum err_code recording_open(const char *path, struct recording **ret_recording, struct recording_suspect *suspect,
                             struct err *err)
{
    struct recording *recording = NULL;
    TRY(recording_open_manifest(path, &recording, suspect, err));
    enum err_code code = ERR_OK;
    if (recording->manifest.network_only)
        code = err_set(err, ERR_INPUT, "it holds requests and answers alone, and no run: import-har made it, for `revisit run "
                                       "BATCH.json --replay-network`");
    if (code == ERR_OK)
        code = open_batch(recording, err);
    if (code == ERR_OK)
        code = recording_read_input(recording, RECORDING_STATE, &recording->state, err);
    if (code == ERR_OK && manifest_find(&recording->manifest, RECORDING_JOURNAL))
        code = recording_read_input(recording, RECORDING_JOURNAL, &recording->journal, err);
    if (code != ERR_OK) {
        recording_close(recording);
        return err_wrap(err, "recording %s", path);
    }
    *ret_recording = recording;
    return ERR_OK;
}

/* Entries other than . and .. */
static enum err_code check_empty(int dir_fd, struct err *err)
{
    int fd = openat(dir_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *dir = fd < 0 ? NULL : fdopendir(fd);
    if (!dir) {
        int cause = errno;
        if (fd >= 0)
            close(fd);
        return err_set(err, ERR_ENV, "cannot be listed: %s", strerror(cause));
    }
    bool empty = true;
    for (struct dirent *entry; empty && (entry = readdir(dir)) != NULL;)
        empty = strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0;
    closedir(dir);
    return empty ? ERR_OK
                 : err_set(err, ERR_USAGE, "is not empty; a recording needs a directory of its own: name a new one");
}

enum err_code recording_make_directory(const char *path, int *ret_dir_fd, struct err *err)
{
    if (mkdir(path, 0700) != 0 && errno != EEXIST)
        return err_set(err, ERR_ENV, "cannot make the directory: %s", strerror(errno));
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return err_set(err, errno == ENOTDIR ? ERR_USAGE : ERR_ENV, "cannot open the directory: %s", strerror(errno));
    enum err_code code = check_empty(fd, err);
    if (code == ERR_OK && fchmod(fd, 0700) != 0)
        code = err_set(err, ERR_ENV, "cannot be made private: %s", strerror(errno));
    if (code != ERR_OK) {
        close(fd);
        return code;
    }
    *ret_dir_fd = fd;
    return ERR_OK;
}
