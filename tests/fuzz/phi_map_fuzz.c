/* Any bytes as a table of rules. It is refused with a sentence that names a line, or answers for
   every text by one of the rules, and the same each time. */
#include "recorder/redact/phi_map.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct slice text = {(const char *)data, size};
    struct phi_map *map = NULL, *again = NULL;
    struct err err;
    err_init(&err);
    if (phi_map_parse(text, &map, &err) != ERR_OK) {
        ASSERT(err.code == ERR_INPUT && err.text[0]);
        phi_map_free(map);
        return 0;
    }
    ASSERT(phi_map_parse(text, &again, &err) == ERR_OK);
    ASSERT(strcmp(phi_map_hash(map), phi_map_hash(again)) == 0);
    ASSERT(phi_map_count(map) == phi_map_count(again) && phi_map_count(map) <= PHI_MAP_RULES_MAX);
    size_t half = size / 2;
    for (enum phi_place place = 0; place < PHI_PLACES; place++) {
        bool listed = false, listed_again = false;
        struct slice message = {text.ptr, half}, field = {text.ptr + half, size - half};
        enum phi_rule rule = phi_map_rule(map, place, message, field, &listed);
        ASSERT(rule < PHI_RULES && (listed || rule == PHI_OPAQUE));
        ASSERT(rule == phi_map_rule(again, place, message, field, &listed_again) && listed == listed_again);
    }
    for (size_t len = 0; len < 40; len++) {
        struct slice word = phi_map_word_of_length(map, len, (uint32_t)size);
        ASSERT(word.len == 0 || (word.len == len && phi_map_has_word(map, word)));
    }
    phi_map_free(again);
    phi_map_free(map);
    return 0;
}
