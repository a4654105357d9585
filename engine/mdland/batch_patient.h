/* One entry of patients[], without its visits. */
#ifndef ENGINE_MDLAND_BATCH_PATIENT_H
#define ENGINE_MDLAND_BATCH_PATIENT_H

#include "engine/mdland/batch_field.h"
#include "engine/mdland/batch_input.h"

/* How a visit is run. `continue` is MODE_FULL: it says how the notes were made. */
enum batch_mode { MODE_UNSET, MODE_FULL, MODE_SOAP_ONLY };

#define BATCH_NAME_BYTES_MAX 200u

/* The member `mode` of a batch or a patient. */
enum batch_mode batch_mode_parse(const struct batch_object *in);

/* Name, birth date and insurance, copied into the arena; problems go into the list.
   False when the arena refuses. */
bool batch_patient_parse(const struct batch_object *in, uint32_t number, struct arena *arena,
                         struct patient *ret_patient) MUST_USE;

/* True when the text holds a control character (also U+0080 to U+009F): such a name
   cannot be on a chart, and would not be one line in a log. */
bool batch_text_has_control(struct slice text);

#endif
