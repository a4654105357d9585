/* A growing byte buffer. Running out of memory, or past BUF_MAX bytes, ends
   the server: it is a test tool, and half an answer would be a lie that a test
   then believes. */
#ifndef TESTS_STANDIN_BUF_H
#define TESTS_STANDIN_BUF_H

#include <stddef.h>

enum { BUF_MAX = 64 * 1024 * 1024 };

struct buf {
    char *at; /* owned, NUL-ended once anything was added; else NULL */
    size_t len;
    size_t capacity;
};

void buf_fini(struct buf *buf);
void buf_clear(struct buf *buf);
void buf_add(struct buf *buf, const char *bytes, size_t len);
void buf_text(struct buf *buf, const char *text);
void buf_printf(struct buf *buf, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* "" when empty. */
const char *buf_str(const struct buf *buf);
/* The whole of a file appended; 0, or -1 when it cannot be read. */
int buf_file(struct buf *buf, const char *path);

/* Memory that is there: these end the server rather than return NULL. */
void *need(void *memory);
char *need_printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
