#include "tests/unit/seal_fixture.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/store.h"
#include "tests/unit/recorder_script.h"

struct fixture *seal_fixture_new(void)
{
    struct fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    str_init(&f->transcript, 1u << 20);
    err_init(&f->err);
    script_directory(f->dir);
    assert_true(text_format(f->path, sizeof f->path, "%s/rec", f->dir));
    assert_true(text_format(f->sealed, sizeof f->sealed, "%s/rec.rvt", f->dir));
    assert_true(text_format(f->again, sizeof f->again, "%s/again", f->dir));
    f->ring = key_ring_new();
    assert_int_equal(key_ring_add(f->ring, 1, 0, &f->err), ERR_OK);
    store_use_keys(f->ring);
    return f;
}

int seal_fixture_free(void **state)
{
    struct fixture *f = *state;
    store_use_keys(NULL);
    key_ring_free(f->ring);
    script_remove(f->dir);
    str_fini(&f->transcript);
    free(f);
    return 0;
}
