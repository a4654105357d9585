#include "engine/cli/descriptor.h"

#include <errno.h>
#include <unistd.h>

bool descriptor_write(int fd, struct slice bytes)
{
    while (bytes.len) {
        ssize_t wrote = write(fd, bytes.ptr, bytes.len);
        if (wrote < 0 && errno != EINTR)
            return false;
        if (wrote > 0)
            bytes = (struct slice){bytes.ptr + wrote, bytes.len - (size_t)wrote};
    }
    return true;
}
