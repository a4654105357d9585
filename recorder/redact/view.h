/* A text as it reads once its escapes are undone, with the way back. Layer 0 is the bytes;
   each further layer undoes one coat of escapes of the layer below: JSON and JS (\u0041,
   \x41, \n), percent (%41, %u0041) and quoted-printable (=C3=A9), HTML (&#65; &#x41; &eacute;), UTF-8, and the NULs of
   UTF-16. Coats may lie over one another in any order ("%5Cu0041", "&amp;#65;").

   A character of the top layer can be exchanged in place for another of the same class: it
   is spelled as the old one was, in as many bytes, through all coats. So a length that
   stands elsewhere (Content-Length, a hole's offset, base64 around it) stays true. */
#ifndef RECORDER_REDACT_VIEW_H
#define RECORDER_REDACT_VIEW_H

#include "engine/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VIEW_LAYERS_MAX 6

struct view_unit {
    uint32_t cp; /* the character, or a byte that is no part of one */
    uint32_t at; /* index of its first unit in the layer below */
    uint16_t len;
    uint8_t style;
    bool raw; /* a byte; a later layer may find it to be part of a character */
};

struct view_layer {
    struct view_unit *units; /* owned */
    size_t count, capacity;
};

struct view {
    char *text; /* borrowed; written through */
    size_t len;
    int top; /* layers above the bytes */
    struct view_layer layers[VIEW_LAYERS_MAX];
    bool full; /* there was no memory: what is seen is no more than the layers that there are */
};

void view_init(struct view *view);
void view_fini(struct view *view);
/* Undoes what is escaped in text, which must live as long as the view is used. */
void view_open(struct view *view, char *text, size_t len);

static inline size_t view_count(const struct view *view)
{
    return view->top ? view->layers[view->top - 1].count : view->len;
}

static inline uint32_t view_at(const struct view *view, size_t i)
{
    return view->top ? view->layers[view->top - 1].units[i].cp : (unsigned char)view->text[i];
}

/* Whether cp can be spelled where the i-th character stands; and doing it. */
bool view_can_put(const struct view *view, size_t i, uint32_t cp);
void view_put(struct view *view, size_t i, uint32_t cp);

/* Bytes that a character has in UTF-8. */
size_t view_utf8_size(uint32_t cp);

#endif
