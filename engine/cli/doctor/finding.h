/* What was found, a line each: how it stands, what was looked at, what is there, and where
   it is not as it should be the remedy. A text may hold a path or an address that the user
   gave; never a page's words, a cookie or a key. */
#ifndef ENGINE_CLI_DOCTOR_FINDING_H
#define ENGINE_CLI_DOCTOR_FINDING_H

#include "engine/base/err.h"
#include "engine/base/str.h"

#define FINDINGS_MAX 48

/* Well; well, with something to mind; would stop a run (or, where it says so, a replay). */
enum finding_level { FINDING_OK, FINDING_WARN, FINDING_BAD };
#define FINDING_LEVELS 3

struct finding {
    enum finding_level level;
    const char *name;  /* of the row: static text */
    struct str what;   /* owned */
    struct str remedy; /* owned; empty where all is well */
};

struct findings {
    struct finding list[FINDINGS_MAX];
    size_t count;
    size_t levels[FINDING_LEVELS]; /* how many of each */
};

void findings_fini(struct findings *findings);

/* All is well with `name`. */
void finding_ok(struct findings *findings, const char *name, const char *fmt, ...) PRINTF_LIKE(3, 4);
/* It is not, or not quite: the remedy is a sentence, what to do. */
void finding_add(struct findings *findings, enum finding_level level, const char *name, const char *remedy, const char *fmt, ...)
    PRINTF_LIKE(5, 6);
/* What an error says, which names its own remedy. */
void finding_take(struct findings *findings, enum finding_level level, const char *name, const struct err *err);

/* A line each, and a line that counts them. */
void findings_print(const struct findings *findings, struct str *out);
/* One object on one line: version, findings[] with name, level, what, remedy; exitCode. */
void findings_format_json(const struct findings *findings, struct str *out);
/* 0, or 9 where something would stop a run. */
int findings_status(const struct findings *findings);

#endif
