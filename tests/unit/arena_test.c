/* The arena: zeroed, aligned, never past its ceiling, and reusable. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/arena.h"

#include <stdalign.h>

static void pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    struct arena a CLEANUP_ARENA;
    arena_init(&a, 1 << 20);
    char *last = NULL;
    for (size_t size = 0; size < 3000; size += 7) {
        char *piece = arena_alloc(&a, size);
        assert_non_null(piece);
        assert_int_equal((uintptr_t)piece % alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(piece[i], 0);
        memset(piece, 0xaa, size);
        assert_ptr_not_equal(piece, last);
        last = piece;
    }
}

static void the_ceiling_holds_at_every_size(void **state)
{
    (void)state;
    for (size_t size = 1; size < 70000; size += 977) {
        struct arena a CLEANUP_ARENA;
        arena_init(&a, 65536);
        size_t given = 0;
        while (arena_alloc(&a, size))
            given += size;
        assert_true(given <= 65536);
        assert_true(a.size_bytes <= 65536);
        assert_true(size > 65536 || given > 0);
    }
}

static void what_cannot_be_given_is_null(void **state)
{
    (void)state;
    struct arena a CLEANUP_ARENA;
    arena_init(&a, 4096);
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_alloc_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_copy(&a, (struct slice){"x", SIZE_MAX}).ptr);
    assert_non_null(arena_alloc_array(&a, 0, 8));
}

static void a_cleared_arena_gives_zeroed_memory_again(void **state)
{
    (void)state;
    struct arena a CLEANUP_ARENA;
    arena_init(&a, 1 << 20);
    for (int round = 0; round < 50; round++) {
        for (int i = 0; i < 100; i++) {
            unsigned char *piece = arena_alloc(&a, 1000);
            assert_non_null(piece);
            assert_int_equal(piece[999], 0);
            memset(piece, 0xff, 1000);
        }
        arena_clear(&a);
    }
    assert_true(a.size_bytes <= 1 << 18);
}

static void a_copy_is_equal_and_nul_ended(void **state)
{
    (void)state;
    struct arena a CLEANUP_ARENA;
    arena_init(&a, 4096);
    struct slice copy = arena_copy(&a, SLICE("a\0b"));
    assert_int_equal(copy.len, 3);
    assert_memory_equal(copy.ptr, "a\0b", 4);
    assert_string_equal(arena_copy(&a, SLICE_NONE).ptr, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(the_ceiling_holds_at_every_size),
        cmocka_unit_test(what_cannot_be_given_is_null),
        cmocka_unit_test(a_cleared_arena_gives_zeroed_memory_again),
        cmocka_unit_test(a_copy_is_equal_and_nul_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
