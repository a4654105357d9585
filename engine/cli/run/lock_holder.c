/* A row of the list:

       3: FLOCK  ADVISORY  WRITE 3177 fe:00:10985831 0 EOF

   It is ours when file system and inode are. Some file systems (btrfs, overlays) call
   themselves otherwise there than stat() does; then the inode, with the process that the
   lock file itself names, will do. The list is read in pieces and may change between two
   of them, so that a row can be missed: nobody holds the lock when three looks say so. */
#include "engine/cli/run/lock_holder.h"

#include "engine/base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#define LOOKS 3

struct lock_file {
    char place[64]; /* fe:00:10985831 */
    char inode[32]; /* :10985831 */
    uint64_t process; /* that it names; 0 = none */
};

static struct slice next_word(struct slice *rest)
{
    while (rest->len && (*rest->ptr == ' ' || *rest->ptr == '\n'))
        *rest = (struct slice){rest->ptr + 1, rest->len - 1};
    struct slice word = {rest->ptr, 0};
    while (rest->len && *rest->ptr != ' ' && *rest->ptr != '\n') {
        word.len++;
        *rest = (struct slice){rest->ptr + 1, rest->len - 1};
    }
    return word;
}

static bool ends_with(struct slice text, struct slice end)
{
    return text.len >= end.len && memcmp(text.ptr + text.len - end.len, end.ptr, end.len) == 0;
}

/* The process of a row that is about our file; 0 = it is not. */
static uint32_t holder_of_row(struct slice row, const struct lock_file *file)
{
    uint64_t process = 0;
    (void)next_word(&row);
    bool is_flock = slice_equal(next_word(&row), SLICE("FLOCK"));
    (void)next_word(&row);
    bool is_exclusive = slice_equal(next_word(&row), SLICE("WRITE"));
    if (!is_flock || !is_exclusive || !slice_parse_u64(next_word(&row), INT32_MAX, &process))
        return 0;
    struct slice place = next_word(&row);
    bool is_ours = slice_equal(place, slice_of(file->place)) ||
                   (process == file->process && ends_with(place, slice_of(file->inode)));
    return is_ours ? (uint32_t)process : 0;
}

static enum err_code look(const struct lock_file *file, uint32_t *ret_process, struct err *err)
{
    char row[512];
    FILE *list = fopen("/proc/locks", "re");
    if (!list)
        return err_set(err, ERR_ENV, "/proc/locks: cannot be read (%s): whether a run is under way is not known", strerror(errno));
    while (!*ret_process && fgets(row, sizeof row, list))
        *ret_process = holder_of_row(slice_of(row), file);
    bool failed = ferror(list);
    fclose(list);
    return failed ? err_set(err, ERR_ENV, "/proc/locks: cannot be read") : ERR_OK;
}

static uint64_t process_named_in(const char *path)
{
    char text[32];
    uint64_t process = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (fd < 0)
        return 0;
    ssize_t size = read(fd, text, sizeof text);
    close(fd);
    if (size < 2 || text[size - 1] != '\n' || !slice_parse_u64((struct slice){text, (size_t)size - 1}, INT32_MAX, &process))
        return 0;
    return process;
}

enum err_code lock_holder_find(const char *lock_path, uint32_t *ret_process, struct err *err)
{
    struct stat info;
    struct lock_file file;
    uint32_t process = 0;
    *ret_process = 0;
    if (stat(lock_path, &info) != 0 || !S_ISREG(info.st_mode))
        return ERR_OK;
    file.process = process_named_in(lock_path);
    if (!text_format(file.place, sizeof file.place, "%02x:%02x:%llu", major(info.st_dev), minor(info.st_dev),
                     (unsigned long long)info.st_ino) ||
        !text_format(file.inode, sizeof file.inode, ":%llu", (unsigned long long)info.st_ino))
        return ERR_OK;
    for (int i = 0; i < LOOKS && !process; i++)
        TRY(look(&file, &process, err));
    *ret_process = process;
    return ERR_OK;
}
