/* An existing file is walked once, to go on where it ends. Then it is only appended
   to; write() is repeated for what
   a short write left and after EINTR. fdatasync is enough: the size is metadata
   that it must write, and the name was synced at the open. */
#include "engine/live/journal_file.h"

#include "engine/live/folder.h"
#include "engine/world/journal_line.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Bytes of a line that are not the record, and a little more. */
#define FRAME_SIZE_MAX 64

/* Where the sound lines end, and the number after theirs. */
static int find_end(struct slice text, size_t *ret_sound_bytes, uint64_t *ret_next_seq)
{
    struct journal_walk walk = journal_walk_begin(text);
    struct slice record;
    enum journal_step step;
    do
        step = journal_walk_next(&walk, &record);
    while (step == JOURNAL_LINE);
    if (step == JOURNAL_DAMAGED)
        return EBADMSG;
    *ret_sound_bytes = walk.sound_bytes;
    *ret_next_seq = walk.next_seq;
    return 0;
}

static int cut_torn_tail(int fd, size_t size_bytes, uint64_t *ret_next_seq)
{
    size_t sound_bytes = 0;
    if (size_bytes > JOURNAL_FILE_MAX)
        return EFBIG;
    if (size_bytes == 0)
        return 0;
    void *text = mmap(NULL, size_bytes, PROT_READ, MAP_PRIVATE, fd, 0);
    if (text == MAP_FAILED)
        return errno;
    int error = find_end((struct slice){text, size_bytes}, &sound_bytes, ret_next_seq);
    munmap(text, size_bytes);
    if (error || sound_bytes == size_bytes)
        return error;
    return ftruncate(fd, (off_t)sound_bytes) == 0 ? 0 : errno;
}

static int take_up(int fd, const char *path, uint64_t *ret_next_seq)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return errno;
    if (!S_ISREG(status.st_mode))
        return 0;
    int error = cut_torn_tail(fd, (size_t)status.st_size, ret_next_seq);
    if (error)
        return error;
    return fdatasync(fd) == 0 ? folder_sync_name(path) : errno;
}

int journal_file_open(struct journal_file *ret_journal, const char *path)
{
    *ret_journal = (struct journal_file){.fd = -1, .next_seq = 1};
    str_init(&ret_journal->line, JOURNAL_LINE_MAX);
    if (!path)
        return 0;
    int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0600);
    if (fd < 0)
        return errno;
    int error = take_up(fd, path, &ret_journal->next_seq);
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
