/* An allocator that fails where a test says so. It takes the place of malloc, calloc
   and realloc in the whole program, so one test program includes it, once. A sanitizer
   has its own malloc: there HAS_OWN_MALLOC is 0 and nothing ever fails. */
#ifndef TESTS_UNIT_FAILING_MALLOC_H
#define TESTS_UNIT_FAILING_MALLOC_H

#include <errno.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

#if defined(__SANITIZE_ADDRESS__)
#define HAS_OWN_MALLOC 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_OWN_MALLOC 0
#endif
#endif
#ifndef HAS_OWN_MALLOC
#define HAS_OWN_MALLOC 1
#endif

static atomic_long countdown = -1; /* the allocation at which it reaches 0 fails; negative: none */
static atomic_bool fails_on;        /* and all after it */
static atomic_bool has_failed;

#if HAS_OWN_MALLOC
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *old, size_t size);

static bool fails_now(void)
{
    if (countdown < 0)
        return false;
    bool fails = countdown == 0 ? fails_on : --countdown == 0;
    if (fails) {
        has_failed = true;
        errno = ENOMEM;
    }
    return fails;
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
#endif

#endif
