/* Preloaded into a program: the n-th malloc, calloc or realloc fails, once or from then on.
     MALLOC_FAIL=17 or 17+   which, from 1; without it nothing fails
     MALLOC_COUNTS=FILE      tells how many were asked for, and how many failed (counts.h)
   Allocations count from the program's start; where it has a torture_malloc_begin of its
   own to call (a weak symbol), from that call on. */
#include "tests/torture/counts.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);
void torture_malloc_begin(void);

enum { ASKED, FAILED };

static counts *seen; /* NULL: it has not begun */
static unsigned long fail_at;
static bool fails_on;

static bool fails_now(void)
{
    if (!seen)
        return false;
    unsigned long number = ++(*seen)[ASKED];
    if (fail_at == 0 || number < fail_at || (number > fail_at && !fails_on))
        return false;
    ++(*seen)[FAILED];
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails_now() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    return fails_now() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *old, size_t size)
{
    return fails_now() ? NULL : __libc_realloc(old, size);
}

void torture_malloc_begin(void)
{
    const char *fail = getenv("MALLOC_FAIL");
    fail_at = fail ? strtoul(fail, NULL, 10) : 0;
    fails_on = fail && strchr(fail, '+');
    seen = counts_open("MALLOC_COUNTS");
}

__attribute__((constructor)) static void begin(void)
{
    if (!getenv("MALLOC_LATER"))
        torture_malloc_begin();
}
