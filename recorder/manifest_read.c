#include "recorder/manifest.h"

#include "engine/base/crc32c.h"
#include "engine/base/json_in.h"

#include <jansson.h>

/* The reading half. Order of checks: is it a manifest at all, is it undamaged, is
   it of a version that is known, and only then its members. Members that are not
   known are passed over: what must not be passed over is named under `requires`. */

#define HEAD_BYTES 18 /* {"crc":"01234567", */

static const char *const status_names[] = {"open", "closed", "cut"};

/* The features that a manifest may require of its reader. */
static bool feature_is_known(const char *name)
{
    return strcmp(name, "zstd") == 0 || strcmp(name, "network-only") == 0;
}

enum head { HEAD_GOOD, HEAD_DAMAGED, HEAD_FOREIGN };

/* A file whose digits fit the rest is ours even when the words around them are not
   what they should be: then those are the damage. */
static enum head look_at_head(struct slice text)
{
    uint32_t carried = 0;
    if (text.len <= HEAD_BYTES)
        return HEAD_FOREIGN;
    bool words = memcmp(text.ptr, "{\"crc\":\"", 8) == 0 && memcmp(text.ptr + 16, "\",", 2) == 0;
    bool fits = crc32c_parse((struct slice){text.ptr + 8, CRC32C_DIGITS}, &carried) &&
                crc32c(0, (struct slice){text.ptr + HEAD_BYTES, text.len - HEAD_BYTES}) == carried;
    if (words && fits)
        return HEAD_GOOD;
    return words || fits ? HEAD_DAMAGED : HEAD_FOREIGN;
}

static enum err_code fail_json(struct err *err, const json_error_t *error)
{
    const char *cause = "is not JSON";
    switch (json_error_code(error)) {
    case json_error_invalid_utf8: cause = "is not UTF-8"; break;
    case json_error_duplicate_key: cause = "names a member twice"; break;
    case json_error_numeric_overflow: cause = "holds a number that is too large"; break;
    case json_error_stack_overflow: cause = "is nested too deep"; break;
    case json_error_out_of_memory: return err_set(err, ERR_ENV, "there is no memory to read it");
    default: break;
    }
    return err_set(err, ERR_INPUT, "line %d: %s", error->line, cause);
}

static enum err_code fail_member(struct err *err, const char *name, const char *should_be)
{
    return err_set(err, ERR_INPUT, "member \"%s\" is missing or is not %s", name, should_be);
}

static enum err_code read_text(json_t *root, const char *name, char *ret_text, size_t size, struct err *err)
{
    const char *text = json_string_value(json_object_get(root, name));
    if (!text || !text_format(ret_text, size, "%s", text))
        return fail_member(err, name, "a short text");
    return ERR_OK;
}

static enum err_code read_count(json_t *root, const char *name, uint64_t *ret_count, struct err *err)
{
    json_t *value = json_object_get(root, name);
    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return fail_member(err, name, "a count");
    *ret_count = (uint64_t)json_integer_value(value);
    return ERR_OK;
}

static enum err_code read_checksum(json_t *root, const char *name, uint32_t *ret_crc, struct err *err)
{
    const char *text = json_string_value(json_object_get(root, name));
    if (!text || !crc32c_parse(slice_of(text), ret_crc))
        return fail_member(err, name, "eight hexadecimal digits");
    return ERR_OK;
}

static enum err_code check_version(json_t *root, struct err *err)
{
    json_t *format = json_object_get(root, "format");
    if (!json_is_integer(format) || json_integer_value(format) < 1)
        return fail_member(err, "format", "a version number");
    if (json_integer_value(format) > RECORDING_FORMAT)
        return err_set(err, ERR_INPUT,
                       "the recording has format %lld, made by a newer program; this one reads up to %d: use that one",
                       (long long)json_integer_value(format), RECORDING_FORMAT);
    size_t index;
    json_t *feature;
    json_t *requires = json_object_get(root, "requires");
    if (!json_is_array(requires))
        return fail_member(err, "requires", "a list");
    json_array_foreach(requires, index, feature)
    {
        if (!json_is_string(feature) || !feature_is_known(json_string_value(feature)))
            return err_set(err, ERR_INPUT,
                           "the recording requires feature %zu of its list, which is not known here; this program "
                           "reads format %d and the features zstd and network-only: use the one that made it",
                           index + 1, RECORDING_FORMAT);
    }
    return ERR_OK;
}

static enum err_code read_status(json_t *root, enum manifest_status *ret_status, struct err *err)
{
    const char *name = json_string_value(json_object_get(root, "status"));
    for (size_t i = 0; name && i < sizeof status_names / sizeof status_names[0]; i++)
        if (strcmp(name, status_names[i]) == 0) {
            *ret_status = (enum manifest_status)i;
            return ERR_OK;
        }
    return fail_member(err, "status", "open, closed or cut");
}

static enum err_code read_settings(json_t *root, struct str *out, struct err *err)
{
    json_t *settings = json_object_get(root, "settings");
    if (!json_is_object(settings))
        return fail_member(err, "settings", "an object");
    if (!json_in_print(settings, JSON_COMPACT | JSON_PRESERVE_ORDER, out))
        return err_set(err, ERR_ENV, "there is no memory for its settings");
    return ERR_OK;
}

static enum err_code read_run(json_t *root, struct manifest *manifest, struct err *err)
{
    char seed[32];
    json_t *wall = json_object_get(root, "wall");
    TRY(read_text(root, "engine", manifest->engine, sizeof manifest->engine, err));
    TRY(read_text(root, "browser", manifest->browser, sizeof manifest->browser, err));
    TRY(read_settings(root, &manifest->settings, err));
    TRY(read_text(root, "seed", seed, sizeof seed, err));
    if (!slice_parse_u64(slice_of(seed), UINT64_MAX, &manifest->seed))
        return fail_member(err, "seed", "a number in quotes");
    if (!json_is_integer(wall))
        return fail_member(err, "wall", "an instant in microseconds");
    manifest->wall_us = json_integer_value(wall);
    TRY(read_text(root, "redaction", manifest->redaction, sizeof manifest->redaction, err));
    TRY(read_text(root, "predecessor", manifest->predecessor, sizeof manifest->predecessor, err));
    manifest->network = json_is_true(json_object_get(root, "network"));
    return json_object_get(root, "slice") ? read_text(root, "slice", manifest->slice, sizeof manifest->slice, err) : ERR_OK;
}

static enum err_code read_page(json_t *root, struct manifest *manifest, struct err *err)
{
    json_t *page = json_object_get(root, "page");
    if (!json_is_object(page))
        return fail_member(err, "page", "an object");
    TRY(read_text(page, "name", manifest->page_name, sizeof manifest->page_name, err));
    TRY(read_count(page, "size", &manifest->page_size_bytes, err));
    return read_text(page, "blake2b", manifest->page_digest, sizeof manifest->page_digest, err);
}

static enum err_code read_certificate(json_t *root, struct manifest_certificate *certificate, struct err *err)
{
    json_t *object = json_object_get(root, "certificate");
    if (!object)
        return ERR_OK;
    if (!json_is_object(object))
        return fail_member(err, "certificate", "an object");
    TRY(read_count(object, "scanned", &certificate->size_bytes, err));
    TRY(read_count(object, "findings", &certificate->findings, err));
    return read_text(object, "rules", certificate->rules, sizeof certificate->rules, err);
}

static enum err_code read_counts(json_t *root, struct manifest_counts *counts, struct err *err)
{
    json_t *object = json_object_get(root, "counts");
    if (!json_is_object(object))
        return fail_member(err, "counts", "an object");
    TRY(read_count(object, "entries", &counts->entries, err));
    TRY(read_count(object, "sent", &counts->sent, err));
    TRY(read_count(object, "received", &counts->received, err));
    TRY(read_count(object, "events", &counts->events, err));
    TRY(read_count(object, "bodies", &counts->bodies, err));
    return json_object_get(object, "last") ? read_checksum(object, "last", &counts->last, err) : ERR_OK;
}

static enum err_code read_file(const char *name, json_t *object, struct manifest *manifest, struct err *err)
{
    struct file_digest digest = {0};
    if (strlen(name) >= sizeof manifest->files[0].name || strchr(name, '/') || name[0] == '.' ||
        manifest->file_count == MANIFEST_FILES_MAX)
        return fail_member(err, "files", "a short list of files of the recording");
    TRY(read_count(object, "size", &digest.size_bytes, err));
    TRY(read_count(object, "lines", &digest.lines, err));
    TRY(read_text(object, "sha256", digest.sha256, sizeof digest.sha256, err));
    TRY(read_checksum(object, "crc32c", &digest.crc32c, err));
    manifest_add_file(manifest, name, &digest);
    return ERR_OK;
}

static enum err_code read_files(json_t *root, struct manifest *manifest, struct err *err)
{
    json_t *files = json_object_get(root, "files"), *object;
    const char *name;
    if (!json_is_object(files))
        return fail_member(err, "files", "an object");
    json_object_foreach(files, name, object)
    {
        TRY(read_file(name, object, manifest, err));
    }
    return ERR_OK;
}

static bool requires(json_t *root, const char *feature)
{
    size_t index;
    json_t *required;
    json_array_foreach(json_object_get(root, "requires"), index, required)
        if (strcmp(json_string_value(required), feature) == 0)
            return true;
    return false;
}

static enum err_code read_members(json_t *root, struct manifest *manifest, struct err *err)
{
    TRY(check_version(root, err));
    manifest->packed = requires(root, "zstd");
    manifest->network_only = requires(root, "network-only");
    TRY(read_status(root, &manifest->status, err));
    TRY(read_run(root, manifest, err));
    TRY(read_page(root, manifest, err));
    TRY(read_certificate(root, &manifest->certificate, err));
    TRY(read_counts(root, &manifest->counts, err));
    return read_files(root, manifest, err);
}

/* A flipped bit makes "zstd" an unknown feature too: as many letters are damage. */
static bool requires_unknown(json_t *requires)
{
    const char *name = json_string_value(json_array_get(requires, 0));
    return json_array_size(requires) > 0 && (!name || (strlen(name) != strlen("zstd") && strlen(name) != strlen("network-only")));
}

/* Another version may keep its checksum in another way, so a misfit proves nothing
   there. But 3, 5 and 9 are what one flipped bit makes of format 1: damage. */
static bool is_of_another_version(json_t *root)
{
    json_int_t format = json_integer_value(json_object_get(root, "format"));
    if (format == RECORDING_FORMAT)
        return requires_unknown(json_object_get(root, "requires"));
    return format > RECORDING_FORMAT && format != 3 && format != 5 && format != 9;
}

enum err_code manifest_parse(struct slice text, struct manifest *ret_manifest, struct err *err)
{
    if (text.len == 0)
        return err_set(err, ERR_INPUT, "is empty");
    enum head head = look_at_head(text);
    json_error_t error;
    json_auto_t *root = json_in_load(text, JSON_REJECT_DUPLICATES, &error);
    if (head == HEAD_DAMAGED && !is_of_another_version(root))
        return err_set(err, ERR_INTEGRITY, "does not fit its checksum: the file is damaged or was edited");
    if (!root)
        return fail_json(err, &error);
    if (!json_is_object(root) || !json_object_get(root, "format"))
        return err_set(err, ERR_INPUT, "is not the manifest of a recording");
    TRY(check_version(root, err));
    if (head != HEAD_GOOD)
        return err_set(err, ERR_INTEGRITY, "carries no checksum that fits: the file was edited");
    return read_members(root, ret_manifest, err);
}
