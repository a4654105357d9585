/* The file is opened for appending and nothing else; write() is repeated for what
   a short write left and after EINTR. fdatasync is enough: the size is metadata
   that it must write, and the name was synced at the open. */
#include "engine/live/journal_file.h"

#include "engine/world/journal_line.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of a line that are not the record, and a little more. */
#define FRAME_SIZE_MAX 64

static int sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    int length = slash ? (int)(slash - path) : 0;
    const char *text = slash ? (length ? path : "/") : ".";
    if (!text_format(folder, sizeof folder, "%.*s", length ? length : 1, text))
        return ENAMETOOLONG;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return errno;
    int error = fsync(fd) == 0 ? 0 : errno;
    close(fd);
    return error;
}

static int cut_and_sync(int fd, const char *path, uint64_t valid_bytes)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return 0;
    if ((uint64_t)status.st_size < valid_bytes)
        return ESTALE;
    if ((uint64_t)status.st_size > valid_bytes && ftruncate(fd, (off_t)valid_bytes) != 0)
        return errno;
    if (fdatasync(fd) != 0)
        return errno;
    return sync_folder_of(path);
}

int journal_file_open(struct journal_file *ret_journal, const char *path, uint64_t next_seq, uint64_t valid_bytes)
{
    *ret_journal = (struct journal_file){.fd = -1, .next_seq = next_seq ? next_seq : 1};
    str_init(&ret_journal->line, JOURNAL_LINE_MAX);
    if (!path)
        return 0;
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return errno;
    int error = cut_and_sync(fd, path, valid_bytes);
    if (error) {
        close(fd);
        return error;
    }
    ret_journal->fd = fd;
    return 0;
}

static int write_whole(int fd, struct slice text)
{
    while (text.len) {
        ssize_t size = write(fd, text.ptr, text.len);
        if (size < 0 && errno == EINTR)
            continue;
        if (size <= 0)
            return size < 0 ? errno : EIO;
        text.ptr += size;
        text.len -= (size_t)size;
    }
    return 0;
}

static int append_line(struct journal_file *journal, struct slice record)
{
    if (record.len > JOURNAL_LINE_MAX - FRAME_SIZE_MAX)
        return EMSGSIZE;
    str_clear(&journal->line);
    journal_line_format(&journal->line, journal->next_seq, record);
    if (str_full(&journal->line))
        return ENOMEM;
    int error = write_whole(journal->fd, str_slice(&journal->line));
    if (error)
        return error;
    /* EINVAL: a device that has nothing to sync. */
    return fdatasync(journal->fd) == 0 || errno == EINVAL ? 0 : errno;
}

int journal_file_append(struct journal_file *journal, struct slice record)
{
    ASSERT(!memchr(record.ptr ? record.ptr : "", '\n', record.len));
    if (journal->fd < 0)
        return 0;
    if (journal->error == 0)
        journal->error = append_line(journal, record);
    if (journal->error == 0)
        journal->next_seq++;
    return journal->error;
}

void journal_file_close(struct journal_file *journal)
{
    if (journal->fd >= 0)
        close(journal->fd);
    journal->fd = -1;
    str_fini(&journal->line);
}
