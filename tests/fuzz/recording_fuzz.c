/* Whatever bytes a recording holds, reading it ends with an answer. The first byte
   of the input chooses the reader; the checksums of lines and manifest are made to
   fit, since no mutation would ever find one that does.

   Without libFuzzer it runs over the files that it is given:
     cc -DRECORDING_FUZZ_MAIN ... tests/fuzz/recording_fuzz.c librevisit.a; ./a.out CORPUS/ *  */
#include "engine/base/crc32c.h"
#include "recorder/compare.h"
#include "recorder/manifest.h"
#include "recorder/payload.h"
#include "recorder/reader.h"
#include "recorder/secrets.h"
#include "recorder/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#define INPUT_MAX (1u << 20)

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* `{"crc":"..",` before every line. */
static void add_checksums(struct slice text, struct str *out)
{
    while (text.len) {
        const char *newline = memchr(text.ptr, '\n', text.len);
        size_t length = newline ? (size_t)(newline - text.ptr) : text.len;
        char crc[CRC32C_DIGITS];
        crc32c_format(crc32c(0, (struct slice){text.ptr, length}), crc);
        str_addf(out, "{\"crc\":\"%.8s\",%.*s%s", crc, (int)length, text.ptr, newline ? "\n" : "");
        text.ptr += length + (newline ? 1 : 0);
        text.len -= length + (newline ? 1 : 0);
    }
}

/* What was read is written again and must be the same. */
static void read_back(const struct entry *entry, struct str *scratch, struct wire_response *response)
{
    struct wire_item item = {0};
    if (!payload_read_item(entry, scratch, response, &item))
        return;
    CLEANUP_STR struct str line;
    str_init(&line, 8 * INPUT_MAX);
    payload_add_item(&line, &item);
    ASSERT(!str_full(&line));
}

static void read_session(struct slice text)
{
    struct reader reader;
    struct entry entry;
    enum reader_found found;
    struct err err;
    struct wire_response response;
    CLEANUP_STR struct str scratch;
    str_init(&scratch, ENTRY_LINE_MAX);
    err_init(&err);
    int fd = memfd_create("fuzz", MFD_CLOEXEC);
    if (fd < 0 || write(fd, text.ptr, text.len) != (ssize_t)text.len || lseek(fd, 0, SEEK_SET) != 0)
        abort();
    reader_init(&reader, fd, "session.ndjson");
    while (reader_next(&reader, &entry, &found, &err) == ERR_OK && found == READER_ENTRY) {
        if (entry.head.n % 2)
            reader_pin(&reader);
        read_back(&entry, &scratch, &response);
    }
    reader_fini(&reader);
}

static void read_manifest(struct slice text)
{
    struct manifest manifest;
    struct err err;
    err_init(&err);
    manifest_init(&manifest);
    (void)manifest_parse(text, &manifest, &err);
    manifest_fini(&manifest);
}

static void compare(struct slice text)
{
    char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    struct slice first = {text.ptr, text.len / 2};
    struct slice second = {text.ptr + first.len, text.len - first.len};
    (void)compare_values(first, second, field, ours, theirs);
    compare_name(ENTRY_SEND, first, field);
}

static void mask(struct slice text)
{
    struct secrets *secrets = malloc(sizeof *secrets);
    CLEANUP_STR struct str copy;
    struct err err;
    err_init(&err);
    str_init(&copy, 8 * INPUT_MAX);
    secrets_init(secrets);
    secrets_learn_message(secrets, text);
    secrets_learn_cookie(secrets, text);
    secrets_learn_set_cookie(secrets, text);
    (void)secrets_mask_state(secrets, text, &copy, &err);
    (void)secrets_masked(secrets, text, &copy);
    secrets_fini(secrets);
    free(secrets);
}

static void decode(struct slice text)
{
    CLEANUP_STR struct str out;
    str_init(&out, 4 * INPUT_MAX);
    (void)text_unescape(text, &out);
    (void)text_decode_base64(text, &out);
    (void)text_is_json_line(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || size > INPUT_MAX)
        return 0;
    struct slice text = {(const char *)data + 1, size - 1};
    CLEANUP_STR struct str whole;
    str_init(&whole, 32 * INPUT_MAX);
    switch (data[0] % 6) {
    case 0: read_session(text); break;
    case 1:
        add_checksums(text, &whole);
        read_session(str_slice(&whole));
        break;
    case 2:
        add_checksums(text, &whole);
        read_manifest(whole.ptr ? str_slice(&whole) : SLICE(""));
        break;
    case 3: compare(text); break;
    case 4: mask(text); break;
    case 5: decode(text); break;
    }
    return 0;
}

#ifdef RECORDING_FUZZ_MAIN
static void run_file(const char *path)
{
    static uint8_t data[INPUT_MAX];
    FILE *file = fopen(path, "rb");
    if (!file)
        return;
    size_t size = fread(data, 1, sizeof data, file);
    fclose(file);
    (void)LLVMFuzzerTestOneInput(data, size);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_file(argv[i]);
    printf("Done %d runs in 0 second(s)\n", argc - 1);
    return 0;
}
#endif
