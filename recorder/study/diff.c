#include "recorder/study/diff_parts.h"

#include "engine/base/json_in.h"
#include "engine/base/memory.h"

#include <fcntl.h>
#include <jansson.h>

/* Method: in the order in which a replay reads it: settings, batch, state, journal,
   session; the event log last. The first of them that differs is the cause of what
   differs behind it. */

bool diff_goes_on(struct diff *diff)
{
    diff->result.differences++;
    diff->result.more = diff->options->all && diff->result.differences == DIFF_LIST_MAX;
    return diff->options->all && !diff->result.more;
}

static bool is_over(const struct diff *diff)
{
    return diff->result.more || (diff->result.differences && !diff->options->all);
}

void diff_add_field(struct str *out, const char *field)
{
    if (field[0])
        str_addf(out, "  field     %s\n", field);
}

void diff_add_side(struct str *out, const char *who, const char *what, const char *shape)
{
    str_addf(out, "  %-9s %s%s%s\n", who, what, shape[0] && what[0] ? ": " : "", shape);
}

/* Two texts of the inputs. */
static void diff_texts(struct diff *diff, const char *name, struct slice a, struct slice b)
{
    char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    if (is_over(diff) || slice_equal(a, b) || compare_names_hold(&diff->options->ignored, name))
        return;
    bool named = compare_values_but(a, b, &diff->options->ignored, field, ours, theirs);
    if (!named && diff->options->ignored.count && strcmp(name, RECORDING_JOURNAL) != 0)
        return;
    str_addf(diff->out, "%s\n", name);
    diff_add_field(diff->out, field);
    diff_add_side(diff->out, "A", "", ours);
    diff_add_side(diff->out, "B", "", theirs);
    (void)diff_goes_on(diff);
}

/* No two runs have one wall clock, and nothing follows from it. */
static void note_wall(struct diff *diff, const struct manifest *a, const struct manifest *b)
{
    if (a->wall_us != b->wall_us && !compare_names_hold(&diff->options->ignored, "wall"))
        str_addf(diff->out, "note: %s: recorded at other times, which is no difference\n", RECORDING_MANIFEST);
}

/* A setting is no page's text: it is told as it is. */
static void setting_text(struct slice settings, const char *name, char ret_text[DIVERGENCE_TEXT_MAX])
{
    json_auto_t *root = json_in_load(settings, JSON_REJECT_DUPLICATES, NULL);
    const json_t *value = json_object_get(root, name);
    CLEANUP_STR struct str text;
    str_init(&text, DIVERGENCE_TEXT_MAX - 1);
    if (!value || !json_in_print(value, JSON_ENCODE_ANY, &text) || !text_format(ret_text, DIVERGENCE_TEXT_MAX, "%s", str_text(&text)))
        ret_text[0] = '\0';
}

static void diff_settings(struct diff *diff, struct slice a, struct slice b)
{
    char field[DIVERGENCE_TEXT_MAX], ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    if (slice_equal(a, b) || !compare_values_but(a, b, &diff->options->ignored, field, ours, theirs))
        return;
    setting_text(a, field, ours);
    setting_text(b, field, theirs);
    str_add_text(diff->out, "settings\n");
    diff_add_field(diff->out, field);
    diff_add_side(diff->out, "A", ours[0] ? ours : "has none", "");
    diff_add_side(diff->out, "B", theirs[0] ? theirs : "has none", "");
    (void)diff_goes_on(diff);
}

/* A batch larger than what JSON is read of is told by its size alone. */
static enum err_code diff_batches(struct diff *diff, const struct recording *a, const struct recording *b, struct err *err)
{
    const struct manifest_file *left = manifest_find(&a->manifest, RECORDING_BATCH), *right = manifest_find(&b->manifest, RECORDING_BATCH);
    if (is_over(diff) || (left && right && strcmp(left->digest.sha256, right->digest.sha256) == 0))
        return ERR_OK;
    CLEANUP_STR struct str first, second;
    str_init(&first, RECORDING_BATCH_MAX);
    str_init(&second, RECORDING_BATCH_MAX);
    enum err_code code = recording_batch_read(a, &first, err);
    if (code == ERR_OK)
        code = recording_batch_read(b, &second, err);
    if (code == ERR_OK)
        diff_texts(diff, RECORDING_BATCH, str_slice(&first), str_slice(&second));
    return code;
}

static enum err_code diff_inputs(struct diff *diff, const struct recording *a, const struct recording *b, struct err *err)
{
    note_wall(diff, &a->manifest, &b->manifest);
    diff_settings(diff, str_slice(&a->manifest.settings), str_slice(&b->manifest.settings));
    TRY(diff_batches(diff, a, b, err));
    diff_texts(diff, RECORDING_STATE, str_slice(&a->state), str_slice(&b->state));
    diff_texts(diff, RECORDING_JOURNAL, str_slice(&a->journal), str_slice(&b->journal));
    return ERR_OK;
}

static enum err_code diff_open(struct diff *diff, const struct recording *a, const struct recording *b, struct err *err)
{
    TRY(diff_inputs(diff, a, b, err));
    if (!is_over(diff))
        TRY(diff_sessions(diff, a, b, err));
    struct diff_log logs[] = {{&a->store, RECORDING_EVENTS}, {&b->store, RECORDING_EVENTS}};
    if (!is_over(diff))
        TRY(diff_logs(diff, &logs[0], &logs[1], err));
    return ERR_OK;
}

static enum err_code end(const struct diff *diff, struct diff_result *ret_result, struct err *err)
{
    if (str_full(diff->out) || memory_has_failed())
        return err_set(err, ERR_ENV, "there is no memory to tell the differences");
    *ret_result = diff->result;
    return ERR_OK;
}

enum err_code diff_recordings(const char *a, const char *b, const struct diff_options *options, struct str *out,
                              struct diff_result *ret_result, struct recording_suspect *suspect, struct err *err)
{
    struct diff diff = {.options = options, .out = out};
    struct recording *first = NULL, *second = NULL;
    enum err_code code = recording_open(a, &first, suspect, err);
    if (code == ERR_OK)
        code = recording_open(b, &second, suspect, err);
    if (code == ERR_OK && diff_open(&diff, first, second, err) != ERR_OK)
        code = err_wrap(err, "diff %s %s", a, b);
    recording_close(first);
    recording_close(second);
    return code == ERR_OK ? end(&diff, ret_result, err) : code;
}

/* A log whose first line is an entry is a session: its recording is what is meant. */
static enum err_code check_log(const char *path, struct err *err)
{
    struct store here = store_of_directory(AT_FDCWD);
    struct reader reader;
    struct slice line = SLICE_NONE;
    enum err_code code = reader_open(&reader, &here, path, 0, 1, err);
    if (code == ERR_OK)
        code = reader_next_line(&reader, &line, err);
    if (code == ERR_OK && !line.ptr)
        code = err_set(err, ERR_INPUT, "%s: is empty; an event log has lines", path);
    if (code == ERR_OK && slice_starts(line, SLICE("{\"crc\":")))
        code = err_set(err, ERR_INPUT, "%s: holds entries and no events: name the recording's directory", path);
    if (code == ERR_OK && !slice_starts(line, SLICE("{\"type\":")))
        code = err_set(err, ERR_INPUT, "%s:1: is no line of an event log, nor is this a recording", path);
    reader_fini(&reader);
    return code;
}

enum err_code diff_event_logs(const char *a, const char *b, const struct diff_options *options, struct str *out,
                              struct diff_result *ret_result, struct err *err)
{
    struct diff diff = {.options = options, .out = out};
    struct store here = store_of_directory(AT_FDCWD);
    struct diff_log logs[] = {{&here, a}, {&here, b}};
    TRY(check_log(a, err));
    TRY(check_log(b, err));
    TRY(diff_logs(&diff, &logs[0], &logs[1], err));
    return end(&diff, ret_result, err);
}
