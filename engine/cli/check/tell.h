/* What a check says: lines for a person, or TAP; annotations and a step summary for GitHub. */
#ifndef ENGINE_CLI_CHECK_TELL_H
#define ENGINE_CLI_CHECK_TELL_H

#include "engine/cli/check/pool.h"

struct tell {
    bool tap, quiet, colours;
    size_t told; /* results so far */
};

struct tell_sums {
    size_t recordings, equal, diverged, damaged, refused, lost, not_tried;
    uint64_t visits; /* of those that are equal */
    int64_t took_us;
};

struct tell_sums tell_count(const struct found *found, const struct pool_result *results);
/* 1 where a claim failed, or what is worse, in the order of the exit statuses; else 0. */
int tell_status(const struct found *found, const struct pool_result *results);

void tell_begin(struct tell *tell, size_t count, struct str *out);
/* One that has ended, as it comes. */
void tell_result(struct tell *tell, const char *name, const struct comparison *c, struct str *out);
/* What did not equal, by name, a line each with the command to look closer; then the counts. */
void tell_end(struct tell *tell, const struct found *found, const struct pool_result *results, const struct tell_sums *sums,
              struct str *out);

/* How to look closer at a recording that is not equal. */
void tell_command(const char *name, const struct comparison *c, struct str *out);

/* An annotation a recording that is not equal, as GitHub's workflow commands. */
void tell_annotations(const struct found *found, const struct pool_result *results, struct str *out);
/* Markdown for a step summary. */
void tell_markdown(const struct found *found, const struct pool_result *results, const struct tell_sums *sums, struct str *out);

#endif
