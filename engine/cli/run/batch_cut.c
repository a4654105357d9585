#include "engine/cli/run/batch_cut.h"

#include "engine/base/json_in.h"

/* Whether the visit is chosen; dos 0: any of the patient's. */
static bool is_kept(const struct excerpt_visit *kept, size_t count, size_t patient, json_int_t dos)
{
    for (size_t i = 0; i < count; i++)
        if (kept[i].patient == patient && (dos == 0 || kept[i].dos == dos))
            return true;
    return false;
}

/* Its place alone: another visit of the patient is not to be run. */
static void cut_visit(json_t *visit)
{
    json_t *dos = json_incref(json_object_get(visit, "dos"));
    json_object_clear(visit);
    json_object_set_new(visit, "dos", dos);
    json_object_set_new(visit, "status", json_string("pending"));
}

static void cut_patient(json_t *patient)
{
    json_t *visits = json_incref(json_object_get(patient, "visits"));
    json_object_clear(patient);
    json_object_set_new(patient, "name", json_string("LEFT, OUT"));
    json_object_set_new(patient, "dob", json_string("01/01/1900"));
    json_object_set_new(patient, "visits", visits);
}

enum err_code batch_cut(struct slice text, const struct excerpt_visit *kept, size_t count, struct str *out, struct err *err)
{
    json_t *parsed = NULL;
    TRY(json_in_parse(text, &json_in_limits_file, &parsed, err));
    json_auto_t *root = parsed;
    json_t *data = json_object_get(root, "data"), *patient, *visit;
    json_t *patients = json_object_get(json_object_get(data, "patients") ? data : root, "patients");
    size_t index, number;
    json_array_foreach(patients, index, patient)
    {
        json_array_foreach(json_object_get(patient, "visits"), number, visit)
        {
            if (!is_kept(kept, count, index + 1, json_integer_value(json_object_get(visit, "dos"))))
                cut_visit(visit);
        }
        if (!is_kept(kept, count, index + 1, 0))
            cut_patient(patient);
    }
    if (!json_in_print(root, JSON_INDENT(1) | JSON_PRESERVE_ORDER, out))
        return err_set(err, ERR_ENV, "there is no memory for the batch");
    str_add_char(out, '\n');
    return ERR_OK;
}
