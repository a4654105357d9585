/* Numbers that a fault layer hands out of a program that may end at any moment, or in a
   sandbox that lets it open nothing: a page of a file, shared from the start. The file is
   named by an environment variable, made by whoever asks, and read there afterwards:
   64-bit numbers, in the order of COUNTS. */
#ifndef TESTS_TORTURE_COUNTS_H
#define TESTS_TORTURE_COUNTS_H

#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define COUNTS 8

typedef _Atomic unsigned long counts[COUNTS];

/* The file's page, or one that nobody reads. */
static inline counts *counts_open(const char *variable)
{
    const char *path = getenv(variable);
    int fd = path ? open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600) : -1;
    int flags = fd >= 0 ? MAP_SHARED : MAP_SHARED | MAP_ANONYMOUS;
    if (fd >= 0 && ftruncate(fd, sizeof(counts)) != 0)
        _exit(111);
    counts *page = mmap(NULL, sizeof(counts), PROT_READ | PROT_WRITE, flags, fd, 0);
    if (page == MAP_FAILED)
        _exit(111);
    if (fd >= 0)
        close(fd);
    return page;
}

#endif
