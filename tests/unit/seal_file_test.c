/* Sealed files: read as another hand wrote them, written as before, and no change of them,
   however small, goes unseen or lets anything through that stands behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "engine/base/crc32c.h"
#include "recorder/seal/seal_walk.h"
#include "recorder/seal/seal_writer.h"
#include "recorder/seal/sealed.h"
#include "tests/unit/recorder_script.h"
#include "tests/unit/seal_vector.h"

#define FILE_MAX (1u << 20)

struct fixture {
    struct key_ring *ring; /* the vector's key */
    struct key_ring *stranger;
    char dir[64];
    unsigned char file[FILE_MAX]; /* what is tried */
    size_t size;
    struct err err;
};

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct str text;
    char check[33];
    unsigned char digest[16];
    str_init(&text, KEY_FILE_MAX);
    err_init(&f->err);
    f->ring = key_ring_new();
    f->stranger = key_ring_new();
    unsigned char public[KEY_BYTES];
    char id[KEY_ID_TEXT];
    assert_int_equal(sodium_hex2bin(public, sizeof public, SEAL_VECTOR_PUBLIC, 64, NULL, NULL, NULL), 0);
    key_id(public, id);
    str_addf(&text, "revisit-secret-key 1\nkey 3 2026-01-31 %s %s\n", id, SEAL_VECTOR_SECRET);
    (void)crypto_generichash(digest, sizeof digest, (const unsigned char *)text.ptr, text.len, NULL, 0);
    str_addf(&text, "check %s\n", sodium_bin2hex(check, sizeof check, digest, sizeof digest));
    if (key_ring_parse(str_slice(&text), f->ring, &f->err) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(key_ring_add(f->stranger, 3, 0, &f->err), ERR_OK);
    script_directory(f->dir);
    str_fini(&text);
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    key_ring_free(f->ring);
    key_ring_free(f->stranger);
    script_remove(f->dir);
    free(f);
    return 0;
}

static void take_vector(struct fixture *f)
{
    assert_int_equal(sodium_hex2bin(f->file, FILE_MAX, SEAL_VECTOR, strlen(SEAL_VECTOR), NULL, &f->size, NULL), 0);
}

static enum err_code open_with(struct fixture *f, const struct key_ring *ring, struct sealed **ret_sealed, bool *ret_cut)
{
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    err_init(&f->err);
    assert_int_equal(write(fd, f->file, f->size), (ssize_t)f->size);
    return sealed_open(fd, SEAL_RECORDING, ring, ret_sealed, ret_cut, &f->err);
}

/* The member, up to what can be read of it. */
static enum err_code read_member(struct fixture *f, const struct sealed *sealed, const char *name, size_t piece, struct str *out)
{
    struct sealed_stream *stream = NULL;
    uint64_t size = 0;
    char *bytes = malloc(piece);
    enum err_code code = sealed_stream_open(sealed, name, &stream, &size, &f->err);
    for (size_t got = 1; code == ERR_OK && got;) {
        code = sealed_stream_read(stream, bytes, piece, &got, &f->err);
        if (code == ERR_OK)
            str_add(out, (struct slice){bytes, got});
    }
    sealed_stream_close(stream);
    free(bytes);
    return code;
}

static void assert_member(struct fixture *f, const struct sealed *sealed, const char *name, const char *text)
{
    struct str out;
    for (size_t piece = 1; piece <= 64; piece *= 8) {
        str_init(&out, FILE_MAX);
        if (read_member(f, sealed, name, piece, &out) != ERR_OK)
            fail_msg("%s: %s", name, f->err.text);
        assert_string_equal(str_text(&out), text);
        str_fini(&out);
    }
}

static void what_another_hand_sealed_is_read(void **state)
{
    struct fixture *f = *state;
    struct sealed *sealed = NULL;
    take_vector(f);
    if (open_with(f, f->ring, &sealed, NULL) != ERR_OK)
        fail_msg("%s", f->err.text);
    assert_int_equal(sealed_count(sealed), 2);
    assert_member(f, sealed, "one.txt", SEAL_VECTOR_ONE);
    assert_member(f, sealed, "bodies/two.json", SEAL_VECTOR_TWO);
    assert_false(sealed_has(sealed, "two.json"));
    sealed_close(sealed);
}

/* Chance that is none: byte after byte of one keystream. */
static uint64_t drawn;
static const char *not_random_name(void) { return "counted"; }
static void not_random_bytes(void *to, size_t size)
{
    unsigned char seed[randombytes_SEEDBYTES] = {7};
    memcpy(seed + 1, &drawn, sizeof drawn);
    drawn++;
    randombytes_buf_deterministic(to, size, seed);
}
static uint32_t not_random_number(void)
{
    uint32_t number;
    not_random_bytes(&number, sizeof number);
    return number;
}
static struct randombytes_implementation not_random = {
    .implementation_name = not_random_name, .random = not_random_number, .buf = not_random_bytes};

static void write_known(struct fixture *f)
{
    struct seal_writer *writer = NULL;
    uint32_t one = 0, two = 0;
    char path[128];
    struct str text;
    assert_true(text_format(path, sizeof path, "%s/known", f->dir));
    (void)unlink(path);
    err_init(&f->err);
    assert_int_equal(seal_writer_open(AT_FDCWD, path, SEAL_RECORDING, &f->ring->pairs[0].half, 1, &writer, &f->err), ERR_OK);
    assert_int_equal(seal_begin(writer, "one.txt", SEAL_PLAIN, &one, &f->err), ERR_OK);
    assert_int_equal(seal_begin(writer, "bodies/two.json", SEAL_PLAIN, &two, &f->err), ERR_OK);
    assert_int_equal(seal_add(writer, two, SLICE(SEAL_VECTOR_TWO), &f->err), ERR_OK);
    assert_int_equal(seal_add(writer, one, SLICE("plain bytes,"), &f->err), ERR_OK);
    assert_int_equal(seal_flush(writer, one, &f->err), ERR_OK);
    assert_int_equal(seal_finish(writer, two, &f->err), ERR_OK);
    assert_int_equal(seal_add(writer, one, SLICE(" in two pieces"), &f->err), ERR_OK);
    assert_int_equal(seal_finish(writer, one, &f->err), ERR_OK);
    assert_int_equal(seal_writer_close(writer, &f->err), ERR_OK);
    str_init(&text, FILE_MAX);
    script_read(f->dir, "known", &text);
    memcpy(f->file, text.ptr, text.len);
    f->size = text.len;
    str_fini(&text);
}

static void what_is_written_is_what_was_written_before(void **state)
{
    struct fixture *f = *state;
    unsigned char digest[16];
    char hex[33];
    struct sealed *sealed = NULL;
    drawn = 0;
    assert_int_equal(randombytes_set_implementation(&not_random), 0);
    write_known(f);
    assert_int_equal(randombytes_set_implementation(&randombytes_sysrandom_implementation), 0);
    (void)crypto_generichash(digest, sizeof digest, f->file, f->size, NULL, 0);
    assert_string_equal(sodium_bin2hex(hex, sizeof hex, digest, sizeof digest), "a5c7e70561de472f872a6c8621bcd666");
    assert_int_equal(open_with(f, f->ring, &sealed, NULL), ERR_OK);
    assert_member(f, sealed, "one.txt", SEAL_VECTOR_ONE);
    assert_member(f, sealed, "bodies/two.json", SEAL_VECTOR_TWO);
    sealed_close(sealed);
}

static void two_files_of_one_content_have_nothing_in_common(void **state)
{
    struct fixture *f = *state;
    unsigned char first[4096];
    size_t size, equal = 0;
    write_known(f);
    size = f->size;
    memcpy(first, f->file, size);
    write_known(f);
    for (size_t i = SEAL_FRONT_BYTES + SEAL_RECIPIENT_BYTES + 4; i < size; i++)
        equal += f->file[i] == first[i];
    assert_true(equal < size / 4); /* lengths of chunks, and chance */
}

static void every_flipped_bit_is_found(void **state)
{
    struct fixture *f = *state;
    struct sealed *sealed = NULL;
    take_vector(f);
    for (size_t bit = 0; bit < f->size * 8; bit++) {
        f->file[bit / 8] ^= (unsigned char)(1 << bit % 8);
        enum err_code code = open_with(f, f->ring, &sealed, NULL);
        f->file[bit / 8] ^= (unsigned char)(1 << bit % 8);
        if (code != ERR_INTEGRITY)
            fail_msg("bit %zu: %s: %s", bit, err_name(code), f->err.text);
    }
}

/* Where the chunks of the file at hand begin; the last one is its end. */
static size_t chunks_of(const struct fixture *f, size_t ret_starts[64])
{
    size_t count = 0, at = seal_u32(f->file + SEAL_AT_SIZE);
    while (at < f->size) {
        ret_starts[count++] = at;
        at += 4 + seal_u32(f->file + at);
    }
    assert_int_equal(at, f->size);
    ret_starts[count] = at;
    return count;
}

/* The vector with its chunks in this order. */
static void take_chunks(struct fixture *f, const size_t *order, size_t count)
{
    static unsigned char whole[FILE_MAX];
    size_t starts[64];
    take_vector(f);
    (void)chunks_of(f, starts);
    memcpy(whole, f->file, f->size);
    f->size = starts[0];
    for (size_t i = 0; i < count; i++) {
        size_t size = starts[order[i] + 1] - starts[order[i]];
        memcpy(f->file + f->size, whole + starts[order[i]], size);
        f->size += size;
    }
}

static void assert_found(struct fixture *f, const char *what, size_t i, size_t k)
{
    struct sealed *sealed = NULL;
    if (open_with(f, f->ring, &sealed, NULL) != ERR_INTEGRITY)
        fail_msg("%s %zu, %zu: %s", what, i, k, f->err.text);
}

static void every_move_of_a_chunk_is_found(void **state)
{
    struct fixture *f = *state;
    size_t starts[64], order[80];
    take_vector(f);
    size_t count = chunks_of(f, starts);
    assert_int_equal(count, 9);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k <= count; k++) {
            size_t n = 0;
            for (size_t c = 0; c < count; c++) /* chunk i once more, in front of chunk k */
                (void)(c == k && (order[n++] = i)), order[n++] = c;
            if (k == count)
                order[n++] = i;
            take_chunks(f, order, n);
            assert_found(f, "repeated", i, k);
            n = 0;
            for (size_t c = 0; c < count; c++) /* the two change places */
                order[n++] = c == i ? (k < count ? k : i) : c == k ? i : c;
            if (k != i && k < count) {
                take_chunks(f, order, n);
                assert_found(f, "swapped", i, k);
            }
        }
    for (size_t i = 0; i < count; i++) {
        size_t n = 0;
        for (size_t c = 0; c < count; c++)
            if (c != i)
                order[n++] = c;
        take_chunks(f, order, n);
        assert_found(f, "missing", i, 0);
    }
}

static void every_cut_is_found_and_so_is_a_tail(void **state)
{
    struct fixture *f = *state;
    take_vector(f);
    size_t size = f->size;
    for (f->size = SEAL_MAGIC_BYTES; f->size < size; f->size++)
        assert_found(f, "cut", f->size, 0);
    f->file[size] = 0;
    f->size = size + 1;
    assert_found(f, "tail", 1, 0);
    assert_non_null(strstr(f->err.text, "behind the end"));
}

static void a_chunk_of_another_file_is_found(void **state)
{
    struct fixture *f = *state;
    static unsigned char other[FILE_MAX];
    size_t starts[64];
    write_known(f);
    memcpy(other, f->file, f->size);
    write_known(f);
    size_t count = chunks_of(f, starts);
    for (size_t i = 0; i < count; i++) {
        unsigned char kept[512];
        size_t size = starts[i + 1] - starts[i];
        memcpy(kept, f->file + starts[i], size);
        memcpy(f->file + starts[i], other + starts[i], size);
        assert_found(f, "foreign", i, 0);
        memcpy(f->file + starts[i], kept, size);
    }
}

/* A salvage reads the front: what it gives is what was sealed, and ends where the damage is. */
static void nothing_is_used_past_the_damage(void **state)
{
    struct fixture *f = *state;
    static const char one[] = SEAL_VECTOR_ONE, two[] = SEAL_VECTOR_TWO;
    size_t lengths[2][10] = {{0, 0, 0, 11, 11, 26, 26, 26, 26, 26}, {0, 0, 0, 0, 0, 0, 28, 28, 28, 28}}, starts[64];
    take_vector(f);
    size_t count = chunks_of(f, starts);
    for (size_t i = 0; i < count; i++) {
        struct sealed *sealed = NULL;
        struct str out;
        bool cut = false;
        take_vector(f);
        f->file[starts[i] + 8] ^= 1;
        assert_int_equal(open_with(f, f->ring, &sealed, &cut), ERR_OK);
        assert_true(cut);
        assert_int_equal(sealed_count(sealed), i > 2 ? 2 : i);
        for (size_t m = 0; m < sealed_count(sealed); m++) {
            const char *name = m ? "bodies/two.json" : "one.txt", *text = m ? two : one;
            str_init(&out, FILE_MAX);
            assert_int_equal(read_member(f, sealed, name, 64, &out), ERR_OK);
            assert_int_equal(out.len, lengths[m][i]);
            assert_memory_equal(str_text(&out), text, out.len);
            str_fini(&out);
        }
        sealed_close(sealed);
    }
}

/* It was whole when it was opened, and is changed before it is read. */
static void a_change_after_the_opening_is_found_too(void **state)
{
    struct fixture *f = *state;
    struct sealed *sealed = NULL;
    struct str out;
    size_t starts[64];
    take_vector(f);
    (void)chunks_of(f, starts);
    int fd = memfd_create("sealed", MFD_CLOEXEC);
    assert_int_equal(write(fd, f->file, f->size), (ssize_t)f->size);
    assert_int_equal(sealed_open(fd, SEAL_RECORDING, f->ring, &sealed, NULL, &f->err), ERR_OK);
    f->file[starts[4] + 9] ^= 4; /* the second piece of one.txt */
    assert_int_equal(pwrite(fd, f->file, f->size, 0), (ssize_t)f->size);
    str_init(&out, FILE_MAX);
    assert_int_equal(read_member(f, sealed, "one.txt", 64, &out), ERR_INTEGRITY);
    assert_string_equal(str_text(&out), "plain bytes");
    assert_non_null(strstr(f->err.text, "chunk 5, at byte "));
    str_fini(&out);
    sealed_close(sealed);
}

static void only_the_key_opens_it_and_the_error_says_which(void **state)
{
    struct fixture *f = *state;
    struct sealed *sealed = NULL;
    char id[KEY_ID_TEXT];
    take_vector(f);
    key_id(f->ring->pairs[0].half.bytes, id);
    assert_int_equal(open_with(f, f->stranger, &sealed, NULL), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, id));
    assert_non_null(strstr(f->err.text, "(version 3)"));
    assert_non_null(strstr(f->err.text, "holds none of them"));
    assert_int_equal(open_with(f, NULL, &sealed, NULL), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "--key"));
}

/* With its checksum mended, another version is told from damage; and nothing is opened. */
static void a_newer_format_is_refused_by_name(void **state)
{
    struct fixture *f = *state;
    struct sealed *sealed = NULL;
    take_vector(f);
    f->file[SEAL_AT_FORMAT] = 2;
    size_t size = seal_u32(f->file + SEAL_AT_SIZE);
    seal_put_u32(f->file + SEAL_AT_CRC, crc32c(0, (struct slice){(char *)f->file + SEAL_AT_SIZE, size - SEAL_AT_SIZE}));
    assert_int_equal(open_with(f, f->ring, &sealed, NULL), ERR_INPUT);
    assert_non_null(strstr(f->err.text, "format 2, this revisit reads 1"));
    /* mended back but for a recipient who is not ours: the associated data says so */
    take_vector(f);
    f->file[SEAL_FRONT_BYTES] ^= 1;
    seal_put_u32(f->file + SEAL_AT_CRC, crc32c(0, (struct slice){(char *)f->file + SEAL_AT_SIZE, size - SEAL_AT_SIZE}));
    assert_int_equal(open_with(f, f->ring, &sealed, NULL), ERR_INTEGRITY);
    assert_non_null(strstr(f->err.text, "chunk 1, at byte"));
}

/* Large, compressed, in turns, read in pieces; and a bit in every 64 bytes of it. */
static void a_large_file_comes_back_and_no_part_of_it_is_unguarded(void **state)
{
    struct fixture *f = *state;
    struct seal_writer *writer = NULL;
    struct sealed *sealed = NULL;
    uint32_t members[2];
    char path[128];
    struct str texts[2], out;
    assert_true(text_format(path, sizeof path, "%s/large", f->dir));
    assert_int_equal(seal_writer_open(AT_FDCWD, path, SEAL_RECORDING, &f->ring->pairs[0].half, 1, &writer, &f->err), ERR_OK);
    for (size_t m = 0; m < 2; m++) {
        str_init(&texts[m], 8u << 20);
        assert_int_equal(seal_begin(writer, m ? "b" : "a", m ? SEAL_ZSTD : SEAL_PLAIN, &members[m], &f->err), ERR_OK);
    }
    for (uint64_t i = 0; i < 6000; i++) {
        size_t m = i % 3 != 0, before = texts[m].len;
        if (m == 0)
            str_addf(&texts[m], "%llu,", (unsigned long long)(i * 2654435761u));
        else
            str_addf(&texts[m], "{\"entry\":%llu,\"text\":\"of a page that says much the same each time\"}\n", (unsigned long long)i);
        assert_int_equal(seal_add(writer, members[m], (struct slice){texts[m].ptr + before, texts[m].len - before}, &f->err), ERR_OK);
        if (i % 500 == 1)
            assert_int_equal(seal_flush(writer, members[m], &f->err), ERR_OK);
    }
    assert_int_equal(seal_finish(writer, members[0], &f->err), ERR_OK);
    assert_int_equal(seal_finish(writer, members[1], &f->err), ERR_OK);
    assert_int_equal(seal_writer_close(writer, &f->err), ERR_OK);
    str_init(&out, FILE_MAX);
    script_read(f->dir, "large", &out);
    memcpy(f->file, out.ptr, out.len);
    f->size = out.len;
    assert_int_equal(open_with(f, f->ring, &sealed, NULL), ERR_OK);
    for (size_t m = 0; m < 2; m++) {
        str_clear(&out);
        assert_int_equal(read_member(f, sealed, m ? "b" : "a", 1000, &out), ERR_OK);
        assert_int_equal(out.len, texts[m].len);
        assert_memory_equal(out.ptr, texts[m].ptr, out.len);
        str_fini(&texts[m]);
    }
    sealed_close(sealed);
    str_fini(&out);
    for (size_t at = 0; at < f->size; at += 64) {
        f->file[at] ^= (unsigned char)(1 << at / 64 % 8);
        assert_found(f, "flipped", at, 0);
        f->file[at] ^= (unsigned char)(1 << at / 64 % 8);
    }
}

/* A name that begins again takes the place of the one before, as a manifest does. */
static void the_last_of_a_name_counts(void **state)
{
    struct fixture *f = *state;
    struct seal_writer *writer = NULL;
    struct sealed *sealed = NULL;
    struct str text;
    char path[128];
    assert_true(text_format(path, sizeof path, "%s/again", f->dir));
    assert_int_equal(seal_writer_open(AT_FDCWD, path, SEAL_RECORDING, &f->ring->pairs[0].half, 1, &writer, &f->err), ERR_OK);
    assert_int_equal(seal_whole(writer, "manifest.json", SLICE("open"), &f->err), ERR_OK);
    assert_int_equal(seal_whole(writer, "empty", SLICE(""), &f->err), ERR_OK);
    assert_int_equal(seal_whole(writer, "manifest.json", SLICE("closed"), &f->err), ERR_OK);
    seal_writer_abandon(writer); /* killed: a salvage has all of that */
    str_init(&text, FILE_MAX);
    script_read(f->dir, "again", &text);
    memcpy(f->file, text.ptr, text.len);
    f->size = text.len;
    str_fini(&text);
    bool cut = false;
    assert_found(f, "without an end", 0, 0);
    assert_non_null(strstr(f->err.text, "--salvage"));
    assert_int_equal(open_with(f, f->ring, &sealed, &cut), ERR_OK);
    assert_true(cut);
    assert_int_equal(sealed_count(sealed), 2);
    assert_member(f, sealed, "manifest.json", "closed");
    assert_member(f, sealed, "empty", "");
    sealed_close(sealed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_another_hand_sealed_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_what_was_written_before, set_up, tear_down),
        cmocka_unit_test_setup_teardown(two_files_of_one_content_have_nothing_in_common, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_flipped_bit_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_move_of_a_chunk_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut_is_found_and_so_is_a_tail, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_chunk_of_another_file_is_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_used_past_the_damage, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_change_after_the_opening_is_found_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_the_key_opens_it_and_the_error_says_which, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_newer_format_is_refused_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_large_file_comes_back_and_no_part_of_it_is_unguarded, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_of_a_name_counts, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
