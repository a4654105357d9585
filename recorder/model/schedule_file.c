/* jansson reads; what stands at each path is judged here. Written by hand, an item a line,
   so that a change to a schedule is a line in a diff. What a fault's text quotes in an error
   is looked at first: a schedule may come from anywhere, and a terminal shows the error. */
#include "recorder/model/schedule_file.h"

#include "engine/base/json_in.h"
#include "engine/base/json_out.h"

static const struct json_in_limits limits = {
    .text_bytes_max = SCHEDULE_FILE_BYTES_MAX,
    .memory_bytes_max = 64 * SCHEDULE_FILE_BYTES_MAX,
};

static struct slice text_of(const json_t *value)
{
    return (struct slice){json_string_value(value), json_string_length(value)};
}

static bool is_plain(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~')
            return false;
    return text.len < FAULT_TEXT_MAX;
}

static enum err_code read_fault(const json_t *value, struct fault *ret_fault, struct err *err)
{
    if (!json_is_string(value))
        return err_set(err, ERR_INPUT, "a fault is a string, like \"p3.v2.a1.saveSOAP:hang\"");
    if (!is_plain(text_of(value)))
        return err_set(err, ERR_INPUT, "a fault is one word of plain letters, like \"p3.v2.a1.saveSOAP:hang\", of at most %d bytes",
                       FAULT_TEXT_MAX - 1);
    return fault_parse(text_of(value), ret_fault, err);
}

static enum err_code check_members(json_t *root, struct err *err)
{
    static const char *const known[] = {"claim", "repeat", "faults"};
    size_t found = 0;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        found += json_object_get(root, known[i]) != NULL;
    if (found != json_object_size(root))
        return err_set(err, ERR_INPUT, "a member that is not \"claim\", \"repeat\" or \"faults\"");
    if (!json_string_length(json_object_get(root, "claim")))
        return err_set(err, ERR_INPUT, "claim: must be there, a sentence that says what these faults show");
    if (json_object_get(root, "repeat") && !json_is_string(json_object_get(root, "repeat")))
        return err_set(err, ERR_INPUT, "repeat: must be a string, the command that shows it");
    if (!json_is_array(json_object_get(root, "faults")))
        return err_set(err, ERR_INPUT, "faults: must be there, an array of strings like \"p3.v2.a1.saveSOAP:hang\"");
    return ERR_OK;
}

static enum err_code read_faults(const json_t *faults, size_t max, struct fault *ret_faults, struct err *err)
{
    if (json_array_size(faults) > max)
        return err_set(err, ERR_INPUT, "faults: %zu of them, at most %zu", json_array_size(faults), max);
    for (size_t i = 0; i < json_array_size(faults); i++)
        if (read_fault(json_array_get(faults, i), &ret_faults[i], err) != ERR_OK)
            return err_wrap(err, "faults[%zu]", i);
    return ERR_OK;
}

enum err_code schedule_file_read(struct slice text, size_t max, struct fault *ret_faults, size_t *ret_count, struct err *err)
{
    json_auto_t *root = NULL;
    TRY(json_in_parse(text, &limits, &root, err));
    if (!json_is_object(root))
        return err_set(err, ERR_INPUT, "a schedule is an object: {\"claim\": \"...\", \"faults\": [...]}");
    TRY(check_members(root, err));
    TRY(read_faults(json_object_get(root, "faults"), max, ret_faults, err));
    *ret_count = json_array_size(json_object_get(root, "faults"));
    return ERR_OK;
}

static void add_member(struct str *out, const char *name, struct slice value)
{
    str_addf(out, "  \"%s\": ", name);
    json_out_quote(out, value);
    str_add(out, SLICE(",\n"));
}

void schedule_file_format(struct slice claim, struct slice repeat, const struct fault *faults, size_t count, struct str *out)
{
    str_add(out, SLICE("{\n"));
    add_member(out, "claim", claim);
    if (repeat.ptr)
        add_member(out, "repeat", repeat);
    str_add(out, SLICE("  \"faults\": ["));
    for (size_t i = 0; i < count; i++) {
        char text[FAULT_TEXT_MAX];
        size_t length = fault_format(&faults[i], text);
        str_add_text(out, i ? ",\n    " : "\n    ");
        json_out_quote(out, (struct slice){text, length});
    }
    str_add_text(out, count ? "\n  ]\n}\n" : "]\n}\n");
}
