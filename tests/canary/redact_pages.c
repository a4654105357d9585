/* Redacts documents as the answers of a page's network are redacted. On standard input, one after
   the other: a line with media type, path and size, then so many bytes; on standard output a line
   with "kept" or "dropped" and the size, then the bytes. One redactor serves all, so that what is
   learned of one document is known in the next, as in a recording. */
#include "recorder/redact/redact_entry.h"

#include <stdio.h>
#include <stdlib.h>

#define DOCUMENT_BYTES_MAX (16u << 20)

static int fail(const char *why)
{
    fprintf(stderr, "redact_pages: %s\n", why);
    return 1;
}

static bool redact_one(struct redact *redact, const char *media, const char *path, size_t size)
{
    char *body = malloc(size + 1);
    bool whole = body && fread(body, 1, size, stdin) == size;
    if (whole) {
        bool kept = redact_body(redact, slice_of(media), slice_of(path), body, size);
        printf("%s %zu\n", kept ? "kept" : "dropped", kept ? size : 0);
        whole = fwrite(body, 1, kept ? size : 0, stdout) == (kept ? size : 0);
    }
    free(body);
    return whole;
}

int main(void)
{
    char line[1024], media[256], path[256];
    unsigned long size;
    struct err err;
    struct phi_map *map = NULL;
    err_init(&err);
    if (phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &map, &err) != ERR_OK)
        return fail(err.text);
    struct redact *redact = redact_new(map, NULL);
    bool whole = redact != NULL;
    while (whole && fgets(line, sizeof line, stdin))
        whole = sscanf(line, "%255s %255s %lu\n", media, path, &size) == 3 && size <= DOCUMENT_BYTES_MAX &&
                redact_one(redact, media, path, size);
    whole = whole && !redact_is_full(redact);
    redact_free(redact);
    phi_map_free(map);
    return whole && fflush(stdout) == 0 ? 0 : fail("the input does not keep to the form, or there is no memory");
}
