/* Words of one kind come from the table that the engine has them from; those that no table
   has are in event_key.def. */
#include "engine/report/event_schema.h"

#include "engine/base/json_out.h"
#include "engine/batch/event_table.h"
#include "engine/batch/events.h"
#include "engine/mdland/batch_input.h"
#include "engine/mdland/step.h"

#define SCHEMA_ID "https://revisit.invalid/schema/events-1.json"

static const char *const dialogs[] = {
#define X(part, id, accept) id,
#include "engine/mdland/dialog.def"
#undef X
    "unknown",
};

static void add_word(struct json_out *j, const char *word)
{
    json_out_text(j, NULL, word);
}

/* Several texts are one dialog: it is listed once. */
static void add_dialogs(struct json_out *j)
{
    for (size_t i = 0; i < sizeof dialogs / sizeof *dialogs; i++) {
        size_t first = 0;
        while (strcmp(dialogs[first], dialogs[i]) != 0)
            first++;
        if (first == i)
            add_word(j, dialogs[i]);
    }
}

static void add_steps(struct json_out *j)
{
    static const enum step steps[] = {
#define X(id, name) id,
#include "engine/mdland/steps.def"
#undef X
    };
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (steps[i] != STEP_NONE)
            add_word(j, step_name(steps[i]));
}

static void add_kinds(struct json_out *j)
{
    static const enum kind kinds[] = {
#define X(id, name, class, sentence) id,
#include "engine/policy/kind.def"
#undef X
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (kinds[i] != KIND_NONE)
            add_word(j, kind_name(kinds[i]));
}

static void add_breaker_states(struct json_out *j)
{
    static const enum breaker_state states[] = {
#define X(id, name) id,
#include "engine/policy/breaker.def"
#undef X
    };
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        add_word(j, breaker_state_name(states[i]));
}

static void add_fixed_words(struct json_out *j, const char *words)
{
    for (size_t length; *words; words += length + (words[length] == ' ')) {
        length = strcspn(words, " ");
        json_out_string(j, NULL, (struct slice){words, length});
    }
}

static void add_words(struct json_out *j, enum event_key_kind kind)
{
    json_out_array(j, "enum");
    if (kind == KEY_STEP)
        add_steps(j);
    else if (kind == KEY_ERROR_KIND)
        add_kinds(j);
    else if (kind == KEY_BREAKER_STATE)
        add_breaker_states(j);
    else if (kind == KEY_DIALOG)
        add_dialogs(j);
    for (int i = 0; kind == KEY_OUTCOME && i < VISIT_OUTCOME_COUNT; i++)
        add_word(j, visit_outcome_name((enum visit_outcome)i));
    for (int i = 0; kind == KEY_BATCH_OUTCOME && i < BATCH_OUTCOME_COUNT; i++)
        add_word(j, batch_outcome_name((enum batch_outcome)i));
    add_fixed_words(j, event_key_kind_words(kind));
    json_out_end_array(j);
}

static void add_number(struct json_out *j, int64_t min)
{
    json_out_text(j, "type", "integer");
    json_out_int(j, "minimum", min);
}

static void add_kind(struct json_out *j, enum event_key_kind kind)
{
    json_out_object(j, event_key_kind_name(kind));
    switch (kind) {
    case KEY_FORMAT: json_out_int(j, "const", EVENTS_FORMAT); break;
    case KEY_MS:
    case KEY_COUNT: add_number(j, 0); break;
    case KEY_ATTEMPT: add_number(j, 1); break;
    case KEY_DOS:
        add_number(j, 1);
        json_out_int(j, "maximum", BATCH_DOS_MAX);
        break;
    case KEY_PATIENT:
        json_out_text(j, "type", "string");
        json_out_text(j, "pattern", "^p[1-9][0-9]{0,4}$");
        break;
    case KEY_BOOL: json_out_text(j, "type", "boolean"); break;
    case KEY_SENTENCE:
        json_out_text(j, "type", "string");
        json_out_int(j, "minLength", 1);
        break;
    case KEY_STEP:
    case KEY_ERROR_KIND:
    case KEY_OUTCOME:
    case KEY_BATCH_OUTCOME:
    case KEY_BREAKER_STATE:
    case KEY_DIALOG:
    case KEY_DIALOG_KIND:
    case KEY_ANSWER:
    case KEY_BROWSER_STATE:
    case KEY_STOP_REASON:
    case KEY_SESSION_STATE: add_words(j, kind); break;
    case EVENT_KEY_KIND_COUNT: break;
    }
    json_out_end_object(j);
}

static void add_reference(struct json_out *j, const char *key, const char *name, const char *sentence)
{
    char target[64];
    ASSERT(text_format(target, sizeof target, "#/$defs/%s", name));
    json_out_object(j, key);
    json_out_text(j, "$ref", target);
    if (sentence)
        json_out_text(j, "description", sentence);
    json_out_end_object(j);
}

static void add_event(struct json_out *j, size_t row)
{
    json_out_object(j, event_rows[row].event);
    json_out_text(j, "description", event_rows[row].sentence);
    json_out_text(j, "type", "object");
    json_out_object(j, "properties");
    json_out_object(j, "type");
    json_out_text(j, "const", event_rows[row].event);
    json_out_end_object(j);
    add_reference(j, "at", event_key_kind_name(KEY_MS), "since the run began");
    for (size_t i = row + 1; event_rows[i].key; i++)
        add_reference(j, event_rows[i].key, event_key_kind_name(event_rows[i].kind), event_rows[i].sentence);
    json_out_end_object(j);
    json_out_array(j, "required");
    add_word(j, "type");
    add_word(j, "at");
    for (size_t i = row + 1; event_rows[i].key; i++)
        if (event_rows[i].always)
            add_word(j, event_rows[i].key);
    json_out_end_array(j);
    json_out_bool(j, "additionalProperties", false);
    json_out_end_object(j);
}

void event_schema_format(struct str *out)
{
    struct json_out j;
    json_out_init(&j, out);
    json_out_object(&j, NULL);
    json_out_text(&j, "$schema", "https://json-schema.org/draft/2020-12/schema");
    json_out_text(&j, "$id", SCHEMA_ID);
    json_out_text(&j, "title", "A line of the event log of revisit, format 1");
    json_out_array(&j, "oneOf");
    for (size_t row = 0; row < EVENT_ROW_COUNT; row++)
        if (event_rows[row].event)
            add_reference(&j, NULL, event_rows[row].event, NULL);
    json_out_end_array(&j);
    json_out_object(&j, "$defs");
    for (size_t row = 0; row < EVENT_ROW_COUNT; row++)
        if (event_rows[row].event)
            add_event(&j, row);
    for (int kind = 0; kind < EVENT_KEY_KIND_COUNT; kind++)
        add_kind(&j, (enum event_key_kind)kind);
    json_out_end_object(&j);
    json_out_end_object(&j);
}

void event_schema_list(struct str *out)
{
    str_add_text(out, "Every event has type and at (ms since the run began), and then, in this order:\n");
    for (size_t row = 0; row < EVENT_ROW_COUNT; row++)
        if (event_rows[row].event)
            str_addf(out, "\n%s: %s\n", event_rows[row].event, event_rows[row].sentence);
        else
            str_addf(out, "  %-20s %-14s %s%s\n", event_rows[row].key, event_key_kind_name(event_rows[row].kind),
                     event_rows[row].always ? "" : "(not always) ", event_rows[row].sentence);
}
