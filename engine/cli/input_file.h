/* A file that a user names, read with a ceiling. Only a regular file that holds
   something is taken; a FIFO, a device, a directory, an empty file, a link that leads
   nowhere or in a circle is refused at once, by name and cause, without waiting and
   without reading. Errors are ERR_INPUT and begin with the path; ERR_ENV where the
   system failed (no file descriptor, an I/O error). */
#ifndef ENGINE_CLI_INPUT_FILE_H
#define ENGINE_CLI_INPUT_FILE_H

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/mdland/batch_input.h"

#include <stdint.h>

/* Zeroed is closed. */
struct input_file {
    const char *path; /* borrowed; NULL = closed */
    int fd;
    uint64_t size_bytes; /* when it was opened */
};

enum err_code input_file_open(const char *path, uint64_t size_bytes_max, struct input_file *ret_file,
                              struct err *err) MUST_USE;
void input_file_close(struct input_file *file);

/* Exactly `count` bytes; ERR_INPUT when the file has become shorter. */
enum err_code input_file_read_at(struct input_file *file, uint64_t offset, char *ret_bytes, size_t count,
                                 struct err *err) MUST_USE;

/* The file as a batch's text; it must stay open and where it is as long as the batch. */
struct batch_source input_file_source(struct input_file *file);

/* The whole file, appended to `ret_text`, whose ceiling is the file's. */
enum err_code input_file_read(const char *path, struct str *ret_text, struct err *err) MUST_USE;

#endif
