/* Text in XML 1.0. Whatever the bytes are, what comes out is well-formed: markup is escaped
   ("]]>" too), and what XML cannot hold at all - most controls, U+FFFE, U+FFFF, invalid
   UTF-8 - becomes U+FFFD. */
#ifndef ENGINE_REPORT_XML_H
#define ENGINE_REPORT_XML_H

#include "engine/base/str.h"

/* Between tags; line ends stay. */
void xml_add_text(struct str *out, struct slice text);
/* ` name="value"`; blanks other than a space are kept as references. */
void xml_add_attribute(struct str *out, const char *name, struct slice value);

#endif
