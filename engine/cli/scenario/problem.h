/* What is wrong with a scenario file, all of it: each by path, line and column, with what is
   allowed there. A file that has problems is never run. */
#ifndef ENGINE_CLI_SCENARIO_PROBLEM_H
#define ENGINE_CLI_SCENARIO_PROBLEM_H

#include "engine/base/str.h"

#define PROBLEMS_TOLD_MAX 200 /* of all files; the rest is counted */
#define PROBLEM_TEXT_BYTES_MAX ((size_t)1 << 20)

struct problems {
    const char *path; /* borrowed: the file in hand */
    struct str text;  /* a line each */
    size_t count;
};

void problems_init(struct problems *problems);
void problems_fini(struct problems *problems);
/* After the last: how many were not told. */
void problems_close(struct problems *problems);

/* Lines and columns count from 1, columns in characters. False: enough were told. */
bool problem_begin(struct problems *problems, uint32_t line, uint32_t column);
void problem_end(struct problems *problems);

/* The same of a path as a whole, in the form that main.c gives a sentence. */
bool problem_begin_path(struct problems *problems);
#define PROBLEM_OF_PATH(problems, ...)                                                                                 \
    do {                                                                                                               \
        if (problem_begin_path(problems)) {                                                                            \
            str_addf(&(problems)->text, __VA_ARGS__);                                                                  \
            problem_end(problems);                                                                                     \
        }                                                                                                              \
    } while (0)

/* At a node of engine/cli/scenario/node.h, or whatever has a line and a column. */
#define PROBLEM(problems, at, ...)                                                                                     \
    do {                                                                                                               \
        if (problem_begin((problems), (at)->line, (at)->column)) {                                                     \
            str_addf(&(problems)->text, __VA_ARGS__);                                                                  \
            problem_end(problems);                                                                                     \
        }                                                                                                              \
    } while (0)

/* A piece of the file in a sentence: quoted, escaped, at most QUOTED_MAX bytes of it. */
#define QUOTED_MAX 60
struct quoted {
    char text[QUOTED_MAX * 6 + 8];
};
struct quoted quote(struct slice text);

/* A sentence of another part, which may have lines: they are joined. Returns the text. */
const char *in_one_line(char *text);

#endif
