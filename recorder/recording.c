#include "recorder/recording.h"

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

enum err_code recording_open_directory(const char *path, int *ret_dir_fd, struct recording_suspect *suspect,
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
        *ret_dir_fd = fd;
        return ERR_OK;
    }
    close(fd);
    if (known && S_ISREG(status.st_mode)) {
        suspect_path(suspect, path, NULL);
        return err_set(err, ERR_INPUT, "is a file%s; a recording is a directory with a manifest.json",
                       status.st_size == 0 ? ", and an empty one" : "");
    }
    return err_set(err, ERR_INPUT, "is a FIFO, a socket or a device; a recording is a directory");
}

static struct recording *recording_new(int dir_fd)
{
    struct recording *recording = calloc(1, sizeof *recording);
    if (!recording)
        return NULL;
    recording->dir_fd = dir_fd;
    manifest_init(&recording->manifest);
    str_init(&recording->batch, RECORDING_BATCH_MAX);
    str_init(&recording->state, RECORDING_STATE_MAX);
    str_init(&recording->journal, RECORDING_JOURNAL_MAX);
    return recording;
}

void recording_close(struct recording *recording)
{
    if (!recording)
        return;
    close(recording->dir_fd);
    manifest_fini(&recording->manifest);
    str_fini(&recording->batch);
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
    TRY(file_read(recording->dir_fd, RECORDING_MANIFEST, &text, err));
    if (manifest_parse(str_slice(&text), &recording->manifest, err) != ERR_OK)
        return err_wrap(err, RECORDING_MANIFEST);
    return ERR_OK;
}

enum err_code recording_open_manifest(const char *path, struct recording **ret_recording,
                                      struct recording_suspect *suspect, struct err *err)
{
    int dir_fd = -1;
    if (recording_open_directory(path, &dir_fd, suspect, err) != ERR_OK)
        return err_wrap(err, "recording %s", path);
    struct recording *recording = recording_new(dir_fd);
    if (!recording) {
        close(dir_fd);
        return err_set(err, ERR_ENV, "recording %s: there is no memory to open it", path);
    }
    if (read_manifest(recording, err) != ERR_OK) {
        if (err->code == ERR_INPUT && file_exists(dir_fd, RECORDING_MANIFEST))
            suspect_path(suspect, path, RECORDING_MANIFEST);
        recording_close(recording);
        return err_wrap(err, "recording %s", path);
    }
    *ret_recording = recording;
    return ERR_OK;
}

/* One of the inputs: listed in the manifest since the start, so its checksum is
   known even when the recorder was killed. */
static enum err_code read_input(const struct recording *recording, const char *name, struct str *out, struct err *err)
{
    const struct manifest_file *listed = manifest_find(&recording->manifest, name);
    if (!listed)
        return err_set(err, ERR_INPUT, "%s: lists no %s", RECORDING_MANIFEST, name);
    TRY(file_read(recording->dir_fd, name, out, err));
    struct file_digest found;
    file_digest_text(str_slice(out), &found);
    if (found.size_bytes != listed->digest.size_bytes)
        return err_set(err, ERR_INTEGRITY, "%s: has %llu bytes, the manifest says %llu: damaged or edited", name,
                       (unsigned long long)found.size_bytes, (unsigned long long)listed->digest.size_bytes);
    if (found.crc32c != listed->digest.crc32c)
        return err_set(err, ERR_INTEGRITY, "%s: bad checksum (want %08x, got %08x): damaged or edited", name,
                       listed->digest.crc32c, found.crc32c);
    return ERR_OK;
}

enum err_code recording_open(const char *path, struct recording **ret_recording, struct recording_suspect *suspect,
                             struct err *err)
{
    struct recording *recording = NULL;
    TRY(recording_open_manifest(path, &recording, suspect, err));
    enum err_code code = read_input(recording, RECORDING_BATCH, &recording->batch, err);
    if (code == ERR_OK)
        code = read_input(recording, RECORDING_STATE, &recording->state, err);
    if (code == ERR_OK && manifest_find(&recording->manifest, RECORDING_JOURNAL))
        code = read_input(recording, RECORDING_JOURNAL, &recording->journal, err);
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
