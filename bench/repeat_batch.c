#include "bench/repeat_batch.h"

#include "engine/base/json_out.h"

#include <jansson.h>
#include <stdlib.h>

/* The fixture's own patients, whichever way its batch is wrapped. */
static json_t *patients_of(json_t *root)
{
    json_t *data = json_object_get(root, "data");
    return json_object_get(data ? data : root, "patients");
}

static json_t *visit_of(json_t *patient, uint32_t dos)
{
    size_t index;
    json_t *visit;
    json_array_foreach(json_object_get(patient, "visits"), index, visit)
    {
        if (json_integer_value(json_object_get(visit, "dos")) == dos)
            return visit;
    }
    return NULL;
}

static void add_member(struct json_out *out, const char *key, json_t *value)
{
    char *text = value ? json_dumps(value, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_ENCODE_ANY) : NULL;
    if (text)
        json_out_raw(out, key, slice_of(text));
    free(text);
}

static void add_patient(struct json_out *out, json_t *patient, json_t *visit, size_t number)
{
    char word[] = "QAAAAA", name[512];
    for (char *letter = word + 5; number; number /= 26)
        *letter-- = (char)('A' + number % 26);
    if (!text_format(name, sizeof name, "%s %s", json_string_value(json_object_get(patient, "name")), word))
        name[0] = '\0';
    json_out_object(out, NULL);
    json_out_text(out, "name", name);
    add_member(out, "dob", json_object_get(patient, "dob"));
    add_member(out, "insurance", json_object_get(patient, "insurance"));
    add_member(out, "mode", json_object_get(patient, "mode"));
    json_out_array(out, "visits");
    add_member(out, NULL, visit);
    json_out_end_array(out);
    json_out_end_object(out);
}

static enum err_code add_visits(const struct template *t, size_t visits, json_t *patients, struct json_out *out,
                                struct err *err)
{
    for (size_t i = 0; i < visits; i++) {
        const struct template_part *part = i ? &t->bodies[(i - 1) % t->body_count] : &t->head;
        json_t *patient = json_array_get(patients, part->patient - 1);
        json_t *visit = visit_of(patient, part->dos);
        if (!visit)
            return err_set(err, ERR_INPUT, "%s has no visit p%u.v%u", RECORDING_BATCH, part->patient, part->dos);
        add_patient(out, patient, visit, i);
    }
    return ERR_OK;
}

enum err_code repeat_batch(const struct template *t, size_t visits, struct str *out, struct err *err)
{
    CLEANUP_STR struct str text;
    struct json_out json;
    str_init(&text, RECORDING_BATCH_MAX);
    TRY(recording_batch_read(t->recording, &text, err));
    json_auto_t *root = json_loadb(text.ptr, text.len, JSON_REJECT_DUPLICATES, NULL);
    json_out_init(&json, out);
    json_out_object(&json, NULL);
    json_out_text(&json, "batchId", "repeated");
    add_member(&json, "mode", json_object_get(json_object_get(root, "data") ? json_object_get(root, "data") : root, "mode"));
    json_out_array(&json, "patients");
    TRY(add_visits(t, visits, patients_of(root), &json, err));
    json_out_end_array(&json);
    json_out_end_object(&json);
    return str_full(out) ? err_set(err, ERR_ENV, "the batch of %zu visits is over its limit", visits) : ERR_OK;
}
