#include "recorder/seal/neighbour.h"

#include <fcntl.h>
#include <sodium.h>
#include <string.h>
#include <unistd.h>

#define FOLDER_MAX 4096

bool neighbour_name(const char *path, char *ret_name, size_t room)
{
    unsigned char drawn[8];
    char hex[2 * sizeof drawn + 1];
    if (sodium_init() < 0)
        return false;
    randombytes_buf(drawn, sizeof drawn);
    return text_format(ret_name, room, "%s.%s.new", path, sodium_bin2hex(hex, sizeof hex, drawn, sizeof drawn));
}

void neighbour_sync(const char *path)
{
    char folder[FOLDER_MAX];
    const char *slash = strrchr(path, '/');
    if (!text_format(folder, sizeof folder, "%.*s", slash ? (int)(slash - path) + 1 : 1, slash ? path : "."))
        return;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}
