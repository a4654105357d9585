#include "recorder/study/diff_parts.h"

#include "engine/base/json_in.h"

#include <jansson.h>

/* Method: line by line, in step; a log is short, and a line more or less shows in what
   follows. Numbers and our own words are told: an event log holds nothing else. */

/* Members whose text is a word of our tables. */
static const char *const words[] = {"type", "patient", "step", "errorKind", "outcome", "what", "state", "id"};

static void add_scalar(const char *key, const json_t *value, char ret_shape[DIVERGENCE_TEXT_MAX])
{
    bool is_word = false;
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        is_word |= strcmp(key, words[i]) == 0;
    bool fits = true;
    if (!value)
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "nothing");
    else if (json_is_integer(value))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "%lld", (long long)json_integer_value(value));
    else if (json_is_boolean(value))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "%s", json_is_true(value) ? "true" : "false");
    else if (is_word && compare_is_plain_name(json_string_value(value)))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "%s", json_string_value(value));
    else if (json_is_string(value))
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "string of %zu bytes", json_string_length(value));
    else
        fits = text_format(ret_shape, DIVERGENCE_TEXT_MAX, "another value");
    ASSERT(fits);
}

/* "visit_result of p1, dos 2": what a line is about. */
static void describe(const json_t *event, char ret_what[DIVERGENCE_TEXT_MAX])
{
    char type[DIVERGENCE_TEXT_MAX], patient[DIVERGENCE_TEXT_MAX];
    const json_t *dos = json_object_get(event, "dos");
    add_scalar("type", json_object_get(event, "type"), type);
    add_scalar("patient", json_object_get(event, "patient"), patient);
    bool fits = json_is_integer(dos) ? text_format(ret_what, DIVERGENCE_TEXT_MAX, "%.60s of %.40s, dos %lld", type, patient,
                                                   (long long)json_integer_value(dos))
                                     : text_format(ret_what, DIVERGENCE_TEXT_MAX, "%.60s", type);
    if (!fits)
        ret_what[0] = '\0';
}

struct side {
    struct reader reader;
    struct slice line;
    json_t *event; /* owned; NULL at the end */
    char last[DIVERGENCE_TEXT_MAX]; /* the equal line before */
};

static enum err_code take(struct side *side, struct err *err)
{
    json_decref(side->event);
    side->event = NULL;
    TRY(reader_next_line(&side->reader, &side->line, err));
    if (!side->line.ptr)
        return ERR_OK;
    side->event = json_in_load(side->line, JSON_REJECT_DUPLICATES, NULL);
    if (json_is_object(side->event) && json_object_get(side->event, "type"))
        return ERR_OK;
    return err_set(err, ERR_INPUT, "%s:%llu: is no line of an event log", side->reader.name, (unsigned long long)side->reader.line);
}

static bool is_other(const char *key, const json_t *a, const json_t *b, const struct compare_names *ignored)
{
    return !compare_names_hold(ignored, key) && (!a || !b || !json_equal(a, b));
}

/* One field after another: in a line of ten they are few. Returns how many differ. */
static size_t add_fields(struct diff *diff, const struct side *a, const struct side *b, bool tell)
{
    size_t count = 0;
    const char *key;
    json_t *value;
    char ours[DIVERGENCE_TEXT_MAX], theirs[DIVERGENCE_TEXT_MAX];
    json_t *const both[] = {a->event, b->event};
    for (size_t i = 0; i < 2; i++)
        json_object_foreach(both[i], key, value)
        {
            const json_t *left = json_object_get(a->event, key), *right = json_object_get(b->event, key);
            if (!is_other(key, left, right, &diff->options->ignored) || (i == 1 && left))
                continue;
            count++;
            add_scalar(key, left, ours);
            add_scalar(key, right, theirs);
            if (tell)
                str_addf(diff->out, "  field     %.40s: A %s, B %s\n", compare_is_plain_name(key) ? key : "of another name", ours, theirs);
        }
    return count;
}

static void add_difference(struct diff *diff, const struct side *a, const struct side *b)
{
    char what[DIVERGENCE_TEXT_MAX];
    str_addf(diff->out, "%s: line %llu\n", RECORDING_EVENTS, (unsigned long long)a->reader.line);
    if (a->last[0])
        diff_add_side(diff->out, "equal", a->last, "");
    describe(a->event, what);
    diff_add_side(diff->out, "A", what, "");
    describe(b->event, what);
    diff_add_side(diff->out, "B", what, "");
    (void)add_fields(diff, a, b, true);
}

static void add_end(struct diff *diff, const struct side *a, const struct side *b)
{
    char what[DIVERGENCE_TEXT_MAX];
    describe(a->event ? a->event : b->event, what);
    str_addf(diff->out, "%s: %s ends after line %llu, %s goes on\n", RECORDING_EVENTS, a->event ? "B" : "A",
             (unsigned long long)(a->event ? b : a)->reader.line, a->event ? "A" : "B");
    diff_add_side(diff->out, a->event ? "A" : "B", what, "");
}

static enum err_code walk(struct diff *diff, struct side *a, struct side *b, struct err *err)
{
    TRY(take(a, err));
    TRY(take(b, err));
    while (a->event && b->event) {
        bool equal = slice_equal(a->line, b->line) || add_fields(diff, a, b, false) == 0;
        if (!equal)
            add_difference(diff, a, b);
        if (!equal && !diff_goes_on(diff))
            return ERR_OK;
        diff->result.events += equal;
        describe(a->event, a->last);
        TRY(take(a, err));
        TRY(take(b, err));
    }
    if (!a->event && !b->event)
        return ERR_OK;
    add_end(diff, a, b);
    (void)diff_goes_on(diff);
    return ERR_OK;
}

enum err_code diff_logs(struct diff *diff, const struct diff_log *a, const struct diff_log *b, struct err *err)
{
    static struct side sides[2]; /* static: there is one pair at a time */
    memset(sides, 0, sizeof sides);
    enum err_code code = reader_open(&sides[0].reader, a->store, a->name, 0, 1, err);
    if (code == ERR_OK) {
        code = reader_open(&sides[1].reader, b->store, b->name, 0, 1, err);
        if (code == ERR_OK)
            code = walk(diff, &sides[0], &sides[1], err);
        reader_fini(&sides[1].reader);
    }
    reader_fini(&sides[0].reader);
    json_decref(sides[0].event);
    json_decref(sides[1].event);
    return code;
}
