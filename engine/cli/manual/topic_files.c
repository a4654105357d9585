/* What is written in files: the event log and the recording. Both topics are man pages too. */
#include "engine/batch/event_table.h"
#include "engine/cli/manual/topic.h"
#include "recorder/recording.h"

#define TERM_BYTES_MAX 128

struct term {
    const char *name, *text;
};

static void write_terms(struct doc *doc, const struct term *terms, size_t count, size_t width)
{
    doc_items(doc, width);
    for (size_t i = 0; i < count; i++)
        doc_item(doc, terms[i].name, terms[i].text);
}
#define WRITE_TERMS(doc, terms, width) write_terms(doc, terms, sizeof terms / sizeof *terms, width)

static void write_key(struct doc *doc, const struct event_row_text *row)
{
    CLEANUP_STR struct str text;
    str_init(&text, 1024);
    const char *words = event_key_kind_words(row->kind);
    str_addf(&text, "%s%s", row->sentence, row->always ? "" : " (not always there)");
    if (words[0])
        str_addf(&text, "; one of %s", words);
    doc_item(doc, row->key, str_text(&text));
}

void topic_events(struct doc *doc)
{
    doc_paragraph(doc, "What `revisit run` prints on stdout and keeps in the run directory, and `revisit replay` prints again: one JSON object a "
                       "line, each line begins with {. Every event has `type` and `at`, in milliseconds since the run began; then come the keys "
                       "below, in this order. Numbers are integers, times are milliseconds, and what does not apply is absent.");
    doc_paragraph(doc, "No event tells who a visit is of: `patient` is p1, p2, ... by order in the batch, and `error` never quotes the page.");
    for (size_t i = 0; i < EVENT_ROW_COUNT; i++) {
        if (!event_rows[i].event) {
            write_key(doc, &event_rows[i]);
            continue;
        }
        doc_heading(doc, event_rows[i].event);
        doc_paragraph(doc, event_rows[i].sentence);
        doc_items(doc, 20);
    }
    doc_paragraph(doc, "`revisit events schema` prints a JSON Schema of a line, `revisit help errors` what errorKind may be, and `revisit help marks` "
                       "the steps.");
}

static void write_files(struct doc *doc)
{
    static const struct term files[] = {
        {RECORDING_MANIFEST, "what the recording is: format and engine version, settings, counts, the size and SHA-256 of every file"},
        {RECORDING_BATCH, "the batch, as it was given"},
        {RECORDING_STATE, "the storage state of the session, with stand-ins for the cookies' values"},
        {RECORDING_JOURNAL, "of a resumed run alone: the journal as it was found"},
        {RECORDING_SESSION, "all that crossed the wire, both ways, an entry a line; .zst behind the name when it is packed"},
        {RECORDING_EVENTS, "the event log; a replay opens it only to compare"},
        {RECORDING_NETWORK, "with --record-network: requests and answers of the page"},
        {RECORDING_BODIES "/", "with --record-network: their bodies, named by digest"},
    };
    doc_heading(doc, "Files");
    doc_paragraph(doc, "A recording is a directory of its own (mode 0700, files 0600), plain text that `diff` can compare.");
    WRITE_TERMS(doc, files, 16);
}

static void add_kind(struct str *list, const char *name)
{
    str_addf(list, "%s%s", list->len ? ", " : "", name);
}

static void write_session(struct doc *doc)
{
    static const struct term fields[] = {
        {"crc", "CRC-32C of every byte behind it up to the closing brace"},
        {"n", "number of the entry, from 1, without gaps"},
        {"at", "microseconds since the run began; never less than the line before"},
        {"gen", "generation of the browser, from 1; 0: none"},
        {"mark", "place in the run, as p3.v2.a1.saveSOAP; run: outside any visit"},
    };
    CLEANUP_STR struct str out;
    CLEANUP_STR struct str in;
    str_init(&out, 1024);
    str_init(&in, 1024);
#define X(id, name, goes_out) add_kind(goes_out ? &out : &in, name);
#include "recorder/entry.def"
#undef X
    doc_heading(doc, "An entry of the session");
    doc_paragraph(doc, "One line, its members in this order; the last one says what was said, and its name is the kind of the entry.");
    WRITE_TERMS(doc, fields, 16);
    doc_paragraph(doc, "What the engine asked:");
    doc_paragraph(doc, str_text(&out));
    doc_paragraph(doc, "What the outside said, `event` and `body` in network.ndjson alone:");
    doc_paragraph(doc, str_text(&in));
}

static void write_divergences(struct doc *doc)
{
    doc_heading(doc, "When a replay leaves it");
    doc_paragraph(doc, "A replay never makes an answer up. At the first request that is not the recorded one it stops, exits 6, and names the entry, the "
                       "visit, the step and the field:");
    doc_items(doc, 16);
#define X(id, name, sentence) doc_item(doc, name, sentence);
#include "recorder/divergence.def"
#undef X
}

void topic_recordings(struct doc *doc)
{
    static const struct term deeds[] = {
        {"revisit replay", "run it again; --verify compares with what was recorded"},
        {"revisit explain", "why a visit failed, hung or was slow"},
        {"revisit whatif", "the same day with other settings, or with faults"},
        {"revisit report", "one HTML file that shows it"},
        {"revisit check", "every recording under some directories, for CI"},
        {"revisit recording", "look at it, verify, salvage, pack, diff, slice"},
    };
    doc_paragraph(doc, "`revisit run --record DIR` keeps all that the outside said to a run. From that alone the same engine runs again, without "
                       "browser, network or waiting, to the same event log, byte for byte.");
    doc_paragraph(doc, "A recording holds what the pages said, with stand-ins for whatever looks like a person's: names, dates, numbers, notes, "
                       "cookies are replaced as it is written. `revisit recording check` looks for what is left, and certifies a clean one: only "
                       "that may be shared. One that was made otherwise, as `recording import-har` does, holds people until `revisit recording "
                       "redact` has written it anew: keep it as you keep charts.");
    doc_paragraph(doc, "A run that was killed leaves a recording that is whole up to where it was cut, and replays to there.");
    doc_heading(doc, "What can be done with one");
    WRITE_TERMS(doc, deeds, 18);
    write_files(doc);
    write_session(doc);
    write_divergences(doc);
}

void topic_man_events(struct str *out)
{
    struct doc doc = {.form = DOC_ROFF, .out = out};
    doc_title(&doc, "revisit-events", 7, "the event log of a run");
    doc_heading(&doc, "Description");
    topic_events(&doc);
    doc_heading(&doc, "See also");
    doc_paragraph(&doc, "`revisit`(1), `revisit-recording`(5)");
}

void topic_man_recording(struct str *out)
{
    struct doc doc = {.form = DOC_ROFF, .out = out};
    doc_title(&doc, "revisit-recording", 5, "the recording of a run");
    doc_heading(&doc, "Description");
    topic_recordings(&doc);
    doc_heading(&doc, "See also");
    doc_paragraph(&doc, "`revisit`(1), `revisit-events`(7)");
}
