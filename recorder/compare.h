/* Two requests side by side, on the way to an error: what each is called, and the
   first place where they differ. Both are values as they stand in entries. Parses
   JSON, so it is never used while all is well. */
#ifndef RECORDER_COMPARE_H
#define RECORDER_COMPARE_H

#include "engine/base/str.h"
#include "recorder/divergence.h"

/* What a value of this kind is about, without its content: a CDP message's method,
   with the page operation when it calls one; a request's method. "" if it says none. */
void compare_name(enum entry_kind kind, struct slice value, char ret_name[DIVERGENCE_TEXT_MAX]);

/* The first difference between two values: its path and the shapes on both sides. A
   message's `id` is named only when nothing else differs.
   False when they are equal as JSON, or one is not JSON (then the shapes are of bytes). */
bool compare_values(struct slice engine, struct slice recorded, char ret_field[DIVERGENCE_TEXT_MAX],
                    char ret_engine_shape[DIVERGENCE_TEXT_MAX], char ret_recorded_shape[DIVERGENCE_TEXT_MAX]);

/* The same where members of these names may differ, at any depth. Texts that are equal
   but for those have no difference, texts that are no JSON have one without a field. */
#define COMPARE_NAMES_MAX 16
struct compare_names {
    const char *names[COMPARE_NAMES_MAX]; /* borrowed */
    size_t count;
};
bool compare_names_hold(const struct compare_names *names, const char *name); /* names: NULL is none */
bool compare_values_but(struct slice engine, struct slice recorded, const struct compare_names *passed,
                        char ret_field[DIVERGENCE_TEXT_MAX], char ret_engine_shape[DIVERGENCE_TEXT_MAX],
                        char ret_recorded_shape[DIVERGENCE_TEXT_MAX]);

/* A word that our own tables or the protocol may have given: short, plain. */
bool compare_is_plain_name(const char *text);

/* Goes down one step in a path: to a member, or (key NULL) to an element. A name that is
   not plain is told by its place; a path that gets too long stays as it is. */
void compare_add_step(char path[DIVERGENCE_TEXT_MAX], const char *key, size_t index);

/* What the recorded side has there (a string, or an integer's digits), for a search of
   where it came from; never to be shown. Empty when it is nothing of that kind. */
void compare_recorded_text(struct slice engine, struct slice recorded, struct str *ret_text);

#endif
