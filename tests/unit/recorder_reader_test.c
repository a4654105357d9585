/* The reader's window: lines longer than it, entries pinned while it moves on, a long
   recording in bounded memory. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>
#include <cmocka.h>

#include "recorder/payload.h"
#include "recorder/reader.h"

/* A message of that many bytes whose content its number decides. */
static struct slice message_of(struct str *out, uint64_t n, size_t size)
{
    str_clear(out);
    str_addf(out, "{\"id\":%llu,\"text\":\"", (unsigned long long)n);
    while (out->len + 2 < size)
        str_add_char(out, (char)('a' + (n + out->len) % 26));
    str_add_text(out, "\"}");
    return str_slice(out);
}

static size_t size_of(uint64_t n)
{
    static const size_t sizes[] = {40, 300, 70000, 200, 1500000, 64, 262144, 262000, 100, 3000000};
    return sizes[n % (sizeof sizes / sizeof sizes[0])];
}

static int session_of(uint64_t count)
{
    int fd = memfd_create("session", MFD_CLOEXEC);
    struct str line, message;
    str_init(&line, ENTRY_LINE_MAX);
    str_init(&message, ENTRY_LINE_MAX);
    for (uint64_t n = 1; n <= count; n++) {
        struct entry_head head = {n, {(int64_t)n * 10}, 1, SLICE("p1.v1.a1.saveSOAP")};
        struct wire_item item = {.kind = WIRE_BYTES, .bytes = message_of(&message, n, size_of(n))};
        str_clear(&line);
        entry_begin(&line, &head);
        payload_add_item(&line, &item);
        entry_end(&line, 0);
        assert_int_equal(write(fd, line.ptr, line.len), (ssize_t)line.len);
    }
    str_fini(&line);
    str_fini(&message);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    return fd;
}

static void read_one(struct reader *reader, struct entry *entry)
{
    struct err err;
    enum reader_found found;
    err_init(&err);
    if (reader_next(reader, entry, &found, &err) != ERR_OK)
        fail_msg("%s", err.text);
    assert_int_equal(found, READER_ENTRY);
}

static void assert_is(const struct entry *entry, uint64_t n, struct str *scratch)
{
    struct slice want = message_of(scratch, n, size_of(n));
    assert_int_equal(entry->head.n, n);
    assert_int_equal(entry->value.len, want.len);
    assert_memory_equal(entry->value.ptr, want.ptr, want.len);
}

static void lines_longer_than_the_window_come_whole(void **state)
{
    (void)state;
    struct reader reader;
    struct entry entry;
    struct str scratch;
    struct err err;
    enum reader_found found;
    err_init(&err);
    str_init(&scratch, ENTRY_LINE_MAX);
    reader_init(&reader, session_of(60), "session.ndjson");
    for (uint64_t n = 1; n <= 60; n++) {
        read_one(&reader, &entry);
        assert_is(&entry, n, &scratch);
        assert_int_equal(entry.line, n);
    }
    assert_int_equal(reader_next(&reader, &entry, &found, &err), ERR_OK);
    assert_int_equal(found, READER_END);
    assert_int_equal(reader_torn_bytes(&reader), 0);
    reader_fini(&reader);
    str_fini(&scratch);
}

static void a_pinned_entry_stays_while_others_are_read(void **state)
{
    (void)state;
    struct reader reader;
    struct entry pinned, later;
    struct str scratch;
    str_init(&scratch, ENTRY_LINE_MAX);
    reader_init(&reader, session_of(80), "session.ndjson");
    for (uint64_t n = 1; n <= 80; n += 8) {
        reader_unpin(&reader);
        read_one(&reader, &pinned);
        reader_pin(&reader);
        for (uint64_t more = 1; more < 8; more++) {
            read_one(&reader, &later);
            assert_is(&later, n + more, &scratch);
            assert_is(&pinned, n, &scratch);
        }
    }
    reader_fini(&reader);
    str_fini(&scratch);
}

static void a_line_without_end_is_told_by_its_bytes(void **state)
{
    (void)state;
    struct reader reader;
    struct entry entry;
    struct err err;
    enum reader_found found;
    err_init(&err);
    int fd = session_of(3);
    off_t size = lseek(fd, 0, SEEK_END);
    assert_int_equal(ftruncate(fd, size - 11), 0);
    assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
    reader_init(&reader, fd, "session.ndjson");
    read_one(&reader, &entry);
    read_one(&reader, &entry);
    assert_int_equal(reader_next(&reader, &entry, &found, &err), ERR_OK);
    assert_int_equal(found, READER_END);
    assert_true(reader_torn_bytes(&reader) > size_of(3));
    reader_fini(&reader);
}

static void an_endless_line_is_refused_at_the_limit(void **state)
{
    (void)state;
    struct reader reader;
    struct entry entry;
    struct err err;
    enum reader_found found;
    err_init(&err);
    int fd = memfd_create("session", MFD_CLOEXEC);
    assert_int_equal(ftruncate(fd, (off_t)ENTRY_LINE_MAX + (off_t)(32 << 20)), 0);
    reader_init(&reader, fd, "session.ndjson");
    assert_int_equal(reader_next(&reader, &entry, &found, &err), ERR_INPUT);
    assert_non_null(strstr(err.text, "session.ndjson:1: the line is over the limit of 160 MiB"));
    reader_fini(&reader);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_longer_than_the_window_come_whole),
        cmocka_unit_test(a_pinned_entry_stays_while_others_are_read),
        cmocka_unit_test(a_line_without_end_is_told_by_its_bytes),
        cmocka_unit_test(an_endless_line_is_refused_at_the_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
