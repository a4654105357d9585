/* Page templates: {{x}} escaped for HTML, {{raw x}} as it is, {{json x}} as a
   script literal that cannot end its script, {{#x}}..{{/x}} once per element
   of an array (whose members come first, then the outer ones) or once when x
   is true, {{^x}}..{{/x}} when it is not. Unknown names are empty. */
#ifndef TESTS_STANDIN_RENDER_H
#define TESTS_STANDIN_RENDER_H

#include "tests/standin/buf.h"

#include <jansson.h>

void render(struct buf *out, const char *template_text, const json_t *data);
void render_html_escaped(struct buf *out, const char *text);
void render_script_literal(struct buf *out, const json_t *value);

#endif
