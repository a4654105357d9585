/* What a given file really is, for the error that says it is not what was asked
   for. libmagic looks, in a child with limits on memory and time: whatever a file
   makes of it, the parent only ever reads one short word from a pipe. Used on error
   paths alone. */
#ifndef ENGINE_CLI_SNIFF_H
#define ENGINE_CLI_SNIFF_H

#include "engine/base/err.h"
#include "engine/base/str.h"

/* A part of a sentence, static: "a PDF document", "a HAR (HTTP archive)". NULL when it is
   plain text or JSON, is unknown, cannot be read, or the child failed or took longer
   than a second. */
const char *sniff_file(const char *path);

/* The same for bytes: the beginning of a file. */
const char *sniff_bytes(struct slice head);

/* Names the file in the error, and what the file is where the error is about its
   content: "clinic.pdf: this is a PDF document: ...". Returns the error's code. */
enum err_code sniff_explain(const char *path, struct err *err);

/* The same where the error names its place already and the file may be none: nothing is
   added unless there is a word for what the file is. An empty path is no file. */
enum err_code sniff_suspect(const char *path, struct err *err);

#endif
