/* The four sections of a visit's note, as HTML for the editors. */
#ifndef ENGINE_MDLAND_BATCH_NOTE_H
#define ENGINE_MDLAND_BATCH_NOTE_H

#include "engine/mdland/batch_field.h"
#include "engine/mdland/batch_input.h"

#define NOTE_HTML_BYTES_MAX ((size_t)1 << 20)
#define NOTE_TEXT_BYTES_MAX ((size_t)256 << 10)

/* The member `generated` of a visit: for each section, in the arena, its prepared
   HTML, or else its text as HTML: one <p> a line that is not blank, without the
   blanks at its ends, & < > escaped, as the editor gives it back. Problems go into
   the list. False when the arena refuses. */
bool batch_note_parse(const struct batch_object *visit, struct arena *arena,
                      struct slice ret_html[NOTE_SECTION_COUNT]) MUST_USE;

#endif
