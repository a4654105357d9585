/* What a person looks for in a recording: its visits with how they ended and where they
   stand, its browsers, its largest entries. One pass over session and event log. */
#ifndef RECORDER_SURVEY_H
#define RECORDER_SURVEY_H

#include "engine/base/str.h"
#include "engine/world/mark.h"
#include "recorder/divergence.h"
#include "recorder/recording.h"

#define SURVEY_VISITS_MAX 50000u
#define SURVEY_BROWSERS_MAX 10000u
#define SURVEY_LARGEST 5
#define SURVEY_WORD_MAX 32

struct survey_visit {
    uint32_t patient, dos, attempts;
    uint64_t first, last; /* entries */
    struct instant from, to;
    char outcome[SURVEY_WORD_MAX], kind[SURVEY_WORD_MAX]; /* as the event log says; "" = it does not */
};

struct survey_browser {
    uint32_t generation;
    uint64_t entry;
    struct instant at;
    char mark[MARK_TEXT_MAX];
};

struct survey_entry {
    uint64_t entry;
    size_t size_bytes;
    char what[DIVERGENCE_TEXT_MAX], mark[MARK_TEXT_MAX];
};

struct survey {
    struct survey_visit *visits; /* owned, in the order of the recording */
    size_t visit_count;
    struct survey_browser *browsers; /* owned */
    size_t browser_count;
    struct survey_entry largest[SURVEY_LARGEST]; /* the largest first; entry 0 = none */
    uint64_t entries;
    struct instant end;
};

/* survey_fini() whatever comes. Errors as reader_next(); ERR_INPUT over a limit. */
enum err_code survey_read(const struct recording *recording, struct survey *ret_survey, struct err *err) MUST_USE;
void survey_fini(struct survey *survey);
void survey_print(const struct survey *survey, struct str *out);

#endif
