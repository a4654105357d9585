#include "recorder/manifest.h"

#include "engine/base/crc32c.h"
#include "engine/base/json_out.h"

/* The writing half. One member a line, so that two manifests can be compared with
   diff; the order is fixed, so that the same run gives the same bytes. */

static const char *const status_names[] = {"open", "closed", "cut"};

void manifest_init(struct manifest *manifest)
{
    *manifest = (struct manifest){0};
    str_init(&manifest->settings, MANIFEST_BYTES_MAX / 2);
}

void manifest_fini(struct manifest *manifest)
{
    str_fini(&manifest->settings);
}

void manifest_add_file(struct manifest *manifest, const char *name, const struct file_digest *digest)
{
    ASSERT(manifest->file_count < MANIFEST_FILES_MAX);
    struct manifest_file *file = &manifest->files[manifest->file_count++];
    ASSERT(text_format(file->name, sizeof file->name, "%s", name));
    file->digest = *digest;
}

void manifest_remove_file(struct manifest *manifest, const char *name)
{
    size_t kept = 0;
    for (size_t i = 0; i < manifest->file_count; i++)
        if (strcmp(manifest->files[i].name, name) != 0)
            manifest->files[kept++] = manifest->files[i];
    manifest->file_count = kept;
}

const struct manifest_file *manifest_find(const struct manifest *manifest, const char *name)
{
    for (size_t i = 0; i < manifest->file_count; i++)
        if (strcmp(manifest->files[i].name, name) == 0)
            return &manifest->files[i];
    return NULL;
}

static void add_text(struct str *out, const char *key, const char *text)
{
    str_addf(out, ",\n\"%s\":", key);
    json_out_quote(out, slice_of(text));
}

static void add_page(struct str *out, const struct manifest *manifest)
{
    struct json_out json;
    str_add(out, SLICE(",\n\"page\":"));
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_text(&json, "name", manifest->page_name);
    json_out_int(&json, "size", (int64_t)manifest->page_size_bytes);
    json_out_text(&json, "blake2b", manifest->page_digest);
    json_out_end_object(&json);
}

static void add_certificate(struct str *out, const struct manifest_certificate *certificate)
{
    struct json_out json;
    str_add(out, SLICE(",\n\"certificate\":"));
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_text(&json, "rules", certificate->rules);
    json_out_int(&json, "scanned", (int64_t)certificate->size_bytes);
    json_out_int(&json, "findings", (int64_t)certificate->findings);
    json_out_end_object(&json);
}

static void add_counts(struct str *out, const struct manifest_counts *counts)
{
    struct json_out json;
    char last[CRC32C_DIGITS];
    crc32c_format(counts->last, last);
    str_add(out, SLICE(",\n\"counts\":"));
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_int(&json, "entries", (int64_t)counts->entries);
    json_out_int(&json, "sent", (int64_t)counts->sent);
    json_out_int(&json, "received", (int64_t)counts->received);
    json_out_int(&json, "events", (int64_t)counts->events);
    json_out_int(&json, "bodies", (int64_t)counts->bodies);
    json_out_string(&json, "last", (struct slice){last, sizeof last});
    json_out_end_object(&json);
}

static void add_files(struct str *out, const struct manifest *manifest)
{
    str_add(out, SLICE(",\n\"files\":{"));
    for (size_t i = 0; i < manifest->file_count; i++) {
        const struct manifest_file *file = &manifest->files[i];
        char crc[CRC32C_DIGITS];
        crc32c_format(file->digest.crc32c, crc);
        str_addf(out, "%s\n\"%s\":{\"size\":%llu,\"lines\":%llu,\"crc32c\":\"%.8s\",\"sha256\":\"%s\"}", i ? "," : "",
                 file->name, (unsigned long long)file->digest.size_bytes, (unsigned long long)file->digest.lines, crc,
                 file->digest.sha256);
    }
    str_add(out, SLICE("}"));
}

enum err_code manifest_format(const struct manifest *manifest, struct str *out, struct err *err)
{
    static const struct slice head = SLICE("{\"crc\":\"00000000\",");
    str_clear(out);
    str_add(out, head);
    str_addf(out, "\n\"format\":%d,\n\"requires\":[%s]", RECORDING_FORMAT,
             manifest->network_only ? "\"network-only\"" : manifest->packed ? "\"zstd\"" : "");
    add_text(out, "status", status_names[manifest->status]);
    add_text(out, "engine", manifest->engine);
    add_text(out, "browser", manifest->browser);
    str_add(out, SLICE(",\n\"settings\":"));
    str_add(out, manifest->settings.len ? str_slice(&manifest->settings) : SLICE("{}"));
    str_addf(out, ",\n\"seed\":\"%llu\"", (unsigned long long)manifest->seed);
    str_addf(out, ",\n\"wall\":%lld", (long long)manifest->wall_us);
    add_page(out, manifest);
    add_text(out, "redaction", manifest->redaction);
    if (manifest->certificate.rules[0])
        add_certificate(out, &manifest->certificate);
    add_text(out, "predecessor", manifest->predecessor);
    if (manifest->slice[0])
        add_text(out, "slice", manifest->slice);
    str_addf(out, ",\n\"network\":%s", manifest->network ? "true" : "false");
    add_counts(out, &manifest->counts);
    add_files(out, manifest);
    str_add(out, SLICE("\n}\n"));
    if (str_full(out))
        return err_set(err, ERR_ENV, "manifest.json: is over its limit of %u bytes, or there is no memory for it",
                       MANIFEST_BYTES_MAX);
    struct slice rest = {out->ptr + head.len, out->len - head.len};
    crc32c_format(crc32c(0, rest), out->ptr + strlen("{\"crc\":\""));
    return ERR_OK;
}
