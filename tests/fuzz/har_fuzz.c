/* Any bytes as a HAR. It is refused with a sentence, or becomes a recording that can be read,
   has every request, and is written as a HAR again that can be read too. */
#include "recorder/har/har_import.h"
#include "recorder/har/har_write.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct err err;

static int unlink_one(const char *path, const struct stat *status, int kind, struct FTW *where)
{
    (void)status, (void)kind, (void)where;
    return remove(path);
}

static enum err_code attached(void *ctx, struct slice name, struct str *out, struct err *e)
{
    (void)ctx;
    str_add(out, name);
    return str_full(out) ? err_set(e, ERR_INPUT, "too long") : ERR_OK;
}

static bool is_http(const struct har *har, size_t index)
{
    struct slice url = har_text(json_object_get(har_entry(har, index), "request"), "url");
    return slice_starts(url, SLICE("http://")) || slice_starts(url, SLICE("https://"));
}

/* The HAR that is made of the recording at dir. */
static void write_again(const char *dir, const struct har *har)
{
    struct recording *recording = NULL;
    struct traffic *traffic = NULL;
    struct har_report report;
    struct har again;
    CLEANUP_STR struct str text;
    size_t count = 0;
    str_init(&text, HAR_BYTES_MAX);
    ASSERT(recording_open_manifest(dir, &recording, NULL, &err) == ERR_OK);
    ASSERT(traffic_read(recording, &traffic, &err) == ERR_OK);
    ASSERT(traffic->count == har->count);
    ASSERT(har_write(recording, traffic, "0", &text, &report, &err) == ERR_OK);
    for (size_t i = 0; i < har->count; i++)
        count += is_http(har, i);
    ASSERT(report.entries == count);
    ASSERT(har_open(str_slice(&text), &again, &err) == ERR_OK);
    ASSERT(again.count == count);
    har_close(&again);
    traffic_free(traffic);
    recording_close(recording);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char dir[] = "/tmp/har-fuzz-XXXXXX";
    struct har har;
    struct har_import_report report;
    err_init(&err);
    enum err_code code = har_open((struct slice){(const char *)data, size}, &har, &err);
    ASSERT((code == ERR_OK) == (err.text[0] == '\0'));
    if (code == ERR_OK && mkdtemp(dir)) {
        struct har_import options = {.dir = dir, .engine = "0", .settings = SLICE("{}"), .attached = attached};
        code = har_import(&har, &options, &report, &err);
        ASSERT(code == ERR_OK || code == ERR_INPUT);
        if (code == ERR_OK)
            write_again(dir, &har);
        (void)nftw(dir, unlink_one, 8, FTW_DEPTH | FTW_PHYS);
    }
    har_close(&har);
    return 0;
}
