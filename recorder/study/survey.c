#include "recorder/study/survey.h"

#include "engine/base/json_in.h"
#include "engine/base/memory.h"
#include "recorder/compare.h"

#include <jansson.h>
#include <stdlib.h>

void survey_fini(struct survey *survey)
{
    free(survey->visits);
    free(survey->browsers);
}

/* One more element in a list that grows by doubling; NULL over the ceiling or without memory. */
static void *one_more(void **list, size_t count, size_t size, size_t max)
{
    bool is_full = count == 0 || (count >= 16 && (count & (count - 1)) == 0);
    if (count >= max)
        return NULL;
    if (is_full) {
        void *grown = realloc(*list, (count ? count * 2 : 16) * size);
        if (!grown)
            return NULL;
        *list = grown;
    }
    return (char *)*list + count * size;
}

static enum err_code refuse(struct err *err)
{
    return err_set(err, ERR_INPUT, "it has more visits or browsers than can be listed here");
}

static void copy_slice(char *ret_text, size_t size, struct slice text)
{
    if (!text_format(ret_text, size, "%.*s", SLICE_ARG(text)))
        ret_text[0] = '\0';
}

static enum err_code take_visit(struct survey *s, const struct entry *entry, struct err *err)
{
    struct mark mark;
    struct slice step;
    if (!mark_parse(entry->head.mark, &mark, &step) || mark.patient == 0)
        return ERR_OK;
    struct survey_visit *visit = s->visit_count ? &s->visits[s->visit_count - 1] : NULL;
    if (!visit || visit->patient != mark.patient || visit->dos != mark.dos) {
        void *list = s->visits;
        visit = one_more(&list, s->visit_count, sizeof *visit, SURVEY_VISITS_MAX);
        s->visits = list;
        if (!visit)
            return refuse(err);
        s->visit_count++;
        *visit = (struct survey_visit){.patient = mark.patient, .dos = mark.dos, .first = entry->head.n, .from = entry->head.at};
    }
    visit->last = entry->head.n;
    visit->to = entry->head.at;
    visit->attempts = mark.attempt > visit->attempts ? mark.attempt : visit->attempts;
    return ERR_OK;
}

static enum err_code take_browser(struct survey *s, const struct entry *entry, struct err *err)
{
    if (entry->kind != ENTRY_START)
        return ERR_OK;
    void *list = s->browsers;
    struct survey_browser *browser = one_more(&list, s->browser_count, sizeof *browser, SURVEY_BROWSERS_MAX);
    s->browsers = list;
    if (!browser)
        return refuse(err);
    s->browser_count++;
    *browser = (struct survey_browser){.generation = entry->head.generation, .entry = entry->head.n, .at = entry->head.at};
    copy_slice(browser->mark, sizeof browser->mark, entry->head.mark);
    return ERR_OK;
}

static void take_size(struct survey *s, const struct entry *entry)
{
    size_t at = SURVEY_LARGEST;
    char name[DIVERGENCE_TEXT_MAX] = "";
    while (at && s->largest[at - 1].size_bytes < entry->text.len)
        at--;
    if (at == SURVEY_LARGEST)
        return;
    memmove(&s->largest[at + 1], &s->largest[at], (SURVEY_LARGEST - 1 - at) * sizeof s->largest[0]);
    struct survey_entry *kept = &s->largest[at];
    *kept = (struct survey_entry){.entry = entry->head.n, .size_bytes = entry->text.len};
    copy_slice(kept->mark, sizeof kept->mark, entry->head.mark);
    if (!entry->base64)
        compare_name(entry->kind, entry->value, name);
    if (!text_format(kept->what, sizeof kept->what, "%s%s%.100s", entry_kind_name(entry->kind), name[0] ? " " : "", name))
        kept->what[0] = '\0';
}

static enum err_code read_session(const struct recording *recording, struct survey *s, struct err *err)
{
    struct reader reader;
    struct entry entry;
    enum reader_found found = READER_ENTRY;
    enum err_code code = reader_open(&reader, &recording->store, RECORDING_SESSION, 0, 1, err);
    while (code == ERR_OK && found == READER_ENTRY) {
        code = reader_next(&reader, &entry, &found, err);
        if (code != ERR_OK || found == READER_END)
            break;
        s->entries++;
        s->end = entry.head.at;
        take_size(s, &entry);
        code = take_visit(s, &entry, err);
        if (code == ERR_OK)
            code = take_browser(s, &entry, err);
    }
    reader_fini(&reader);
    return code;
}

static void copy_word(const json_t *value, char ret_word[SURVEY_WORD_MAX])
{
    const char *text = json_string_value(value);
    if (text && compare_is_plain_name(text) && !text_format(ret_word, SURVEY_WORD_MAX, "%s", text))
        ret_word[0] = '\0';
}

static void take_result(struct survey *s, const json_t *event)
{
    struct mark mark;
    struct slice step;
    const char *patient = json_string_value(json_object_get(event, "patient"));
    if (!patient || !mark_parse(slice_of(patient), &mark, &step))
        return;
    for (size_t i = 0; i < s->visit_count; i++)
        if (s->visits[i].patient == mark.patient && s->visits[i].dos == (uint32_t)json_integer_value(json_object_get(event, "dos"))) {
            copy_word(json_object_get(event, "outcome"), s->visits[i].outcome);
            copy_word(json_object_get(event, "errorKind"), s->visits[i].kind);
        }
}

/* A log that is not there or cannot be read says nothing of how visits ended. */
static void read_events(const struct recording *recording, struct survey *s)
{
    struct reader reader;
    struct slice line = SLICE("");
    struct err ignored;
    err_init(&ignored);
    (void)reader_open(&reader, &recording->store, RECORDING_EVENTS, 0, 1, &ignored);
    while (ignored.code == ERR_OK && line.ptr) {
        if (reader_next_line(&reader, &line, &ignored) != ERR_OK || !line.ptr || !slice_starts(line, SLICE("{\"type\":\"visit_result\"")))
            continue;
        json_auto_t *event = json_in_load(line, 0, NULL);
        take_result(s, event);
    }
    reader_fini(&reader);
}

enum err_code survey_read(const struct recording *recording, struct survey *ret_survey, struct err *err)
{
    *ret_survey = (struct survey){0};
    TRY(read_session(recording, ret_survey, err));
    read_events(recording, ret_survey);
    return memory_has_failed() ? err_set(err, ERR_ENV, "there is no memory to list what is in it") : ERR_OK;
}

static void print_seconds(struct str *out, struct instant at)
{
    str_addf(out, "%lld.%03lld s", (long long)(instant_to_ms(at) / 1000), (long long)(instant_to_ms(at) % 1000));
}

static void print_visit(const struct survey_visit *visit, struct str *out)
{
    char label[MARK_TEXT_MAX];
    struct mark mark = {.patient = visit->patient, .dos = visit->dos};
    (void)mark_format(&mark, label);
    str_addf(out, "    %-8s %-14s %u attempt%s, entries %llu to %llu, ", label, visit->outcome[0] ? visit->outcome : "no result", visit->attempts,
             visit->attempts == 1 ? "" : "s", (unsigned long long)visit->first, (unsigned long long)visit->last);
    print_seconds(out, visit->from);
    str_add(out, SLICE(" to "));
    print_seconds(out, visit->to);
    str_addf(out, "%s%s\n", visit->kind[0] ? ", " : "", visit->kind);
}

void survey_print(const struct survey *survey, struct str *out)
{
    str_add(out, SLICE("  span       "));
    print_seconds(out, survey->end);
    str_addf(out, ", %llu entries\n  browsers   %zu\n", (unsigned long long)survey->entries, survey->browser_count);
    for (size_t i = 0; i < survey->browser_count; i++) {
        const struct survey_browser *browser = &survey->browsers[i];
        str_addf(out, "    %-8u from entry %llu, ", browser->generation, (unsigned long long)browser->entry);
        print_seconds(out, browser->at);
        str_addf(out, ", in %s\n", browser->mark);
    }
    str_addf(out, "  visits     %zu\n", survey->visit_count);
    for (size_t i = 0; i < survey->visit_count; i++)
        print_visit(&survey->visits[i], out);
    str_add(out, SLICE("  largest\n"));
    for (size_t i = 0; i < SURVEY_LARGEST && survey->largest[i].entry; i++)
        str_addf(out, "    %-8zu bytes: entry %llu, %s, in %s\n", survey->largest[i].size_bytes, (unsigned long long)survey->largest[i].entry,
                 survey->largest[i].what, survey->largest[i].mark);
}
