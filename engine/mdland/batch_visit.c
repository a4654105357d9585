/* Codes are judged by their shape alone: whether the site knows them, only the site
   can say. Capitals are asked for because codes are compared with the chart letter
   by letter. A code given twice is refused: the chart would hold it once (diagnoses)
   or twice (procedures), and either is not what the batch says. Units are never
   assumed: they are money. */
#include "engine/mdland/batch_visit.h"

#include "engine/mdland/batch_note.h"
#include "engine/mdland/batch_patient.h"

#define CODE_NAME_BYTES_MAX 300u
#define CPT_LEN 5
#define CPT_MODIFIERS_MAX 4u

struct visit_head batch_visit_head(const struct batch_object *in)
{
    static const char *const statuses[] = {"done", "pending", "confirmed", "processing", "failed", NULL};
    const char *status = field_word(in, "status", FIELD_REQUIRED, statuses,
                                    "must be pending, confirmed, processing, done or failed");
    return (struct visit_head){
        .dos = field_number(in, "dos", 1, BATCH_DOS_MAX, "must be a whole number from 1 to 9999"),
        .is_done = status == statuses[0],
    };
}

static bool is_code_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z');
}

static bool all_code_chars(struct slice text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!is_code_char(text.ptr[i]))
            return false;
    return true;
}

/* Three or four characters and, after a dot, one to four more; or three to seven
   without a dot: M54.50, S39.012A, 724.2, E885.9, I10. */
static bool is_icd(struct slice code)
{
    const char *dot = code.len ? memchr(code.ptr, '.', code.len) : NULL;
    if (!dot)
        return code.len >= 3 && code.len <= 7 && all_code_chars(code);
    struct slice head = {code.ptr, (size_t)(dot - code.ptr)};
    struct slice tail = {dot + 1, code.len - head.len - 1};
    return (head.len == 3 || head.len == 4) && tail.len >= 1 && tail.len <= 4 && all_code_chars(head) &&
           all_code_chars(tail);
}

/* Five characters and up to four modifiers of two: 97810, 9920325. */
static bool is_cpt(struct slice code)
{
    return code.len >= CPT_LEN && code.len <= CPT_LEN + 2 * CPT_MODIFIERS_MAX && code.len % 2 == 1 && all_code_chars(code);
}

/* The code of an entry, or SLICE_NONE with a problem. */
static struct slice take_code(const struct batch_object *in, bool (*is_code)(struct slice), const char *why)
{
    struct slice code = field_text(in, "code", FIELD_REQUIRED);
    if (!code.ptr || is_code(code))
        return code;
    field_problem(in, "code", why);
    return SLICE_NONE;
}

/* The entry's name, or its code where it has none. */
static struct slice take_name(const struct batch_object *in, struct slice code)
{
    struct slice name = field_text(in, "name", FIELD_OPTIONAL);
    if (batch_text_has_control(name))
        field_problem(in, "name", "holds a control character");
    else if (name.len > CODE_NAME_BYTES_MAX)
        field_problem(in, "name", "over the limit: longer than 300 bytes");
    return name.len ? name : code;
}

static struct slice first_bytes(struct slice text, size_t count)
{
    return (struct slice){text.ptr, text.len < count ? text.len : count};
}

/* True when an earlier entry of the list has the same code, as far as it is compared. */
static bool is_repeated(json_t *list, size_t index, struct slice code, size_t compared)
{
    for (size_t i = 0; i < index && code.len; i++) {
        const char *earlier = json_string_value(json_object_get(json_array_get(list, i), "code"));
        if (earlier && slice_equal(first_bytes(slice_of(earlier), compared), first_bytes(code, compared)))
            return true;
    }
    return false;
}

/* The list when its length is right; NULL with a problem otherwise. */
static json_t *take_list(const struct batch_object *visit, const char *key, size_t max, const char *too_many)
{
    json_t *list = field_array(visit, key, FIELD_REQUIRED);
    size_t count = json_array_size(list);
    if (list && count == 0)
        field_problem(visit, key, "empty: a visit that is billed needs codes");
    if (count > max)
        field_problem(visit, key, too_many);
    return count >= 1 && count <= max ? list : NULL;
}

/* Entry `index` as an object; false with a problem when it is none. */
static bool take_entry(const struct batch_object *visit, const char *key, json_t *list, size_t index,
                       struct batch_object *ret_entry)
{
    *ret_entry = (struct batch_object){json_array_get(list, index), batch_place_element(&visit->place, key, index),
                                       visit->problems};
    if (json_is_object(ret_entry->json))
        return true;
    batch_problem(visit->problems, &ret_entry->place, "must be an object");
    return false;
}

static bool take_icd(const struct batch_object *visit, struct arena *arena, struct visit *v)
{
    json_t *list = take_list(visit, "icdCodes", BATCH_ICD_MAX, "more than 12: the chart links no more");
    v->icd = arena_alloc_array(arena, json_array_size(list), sizeof *v->icd);
    if (!v->icd)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct batch_object entry;
        if (!take_entry(visit, "icdCodes", list, i, &entry))
            continue;
        struct slice code = take_code(&entry, is_icd, "must be a diagnosis code in capitals, like M54.50");
        if (is_repeated(list, i, code, SIZE_MAX))
            field_problem(&entry, "code", "the same code twice in one visit");
        struct visit_icd icd = {arena_copy(arena, code), arena_copy(arena, take_name(&entry, code))};
        if (!icd.code.ptr || !icd.name.ptr)
            return false;
        v->icd[v->icd_count++] = icd;
    }
    return true;
}

static bool take_cpt(const struct batch_object *visit, struct arena *arena, struct visit *v)
{
    json_t *list = take_list(visit, "cptCodes", BATCH_CPT_MAX, "over the limit: more than 50");
    v->cpt = arena_alloc_array(arena, json_array_size(list), sizeof *v->cpt);
    if (!v->cpt)
        return false;
    for (size_t i = 0; i < json_array_size(list); i++) {
        struct batch_object entry;
        if (!take_entry(visit, "cptCodes", list, i, &entry))
            continue;
        struct slice code = take_code(&entry, is_cpt, "must be five characters and modifier pairs, like 97810");
        if (is_repeated(list, i, code, SIZE_MAX))
            field_problem(&entry, "code", "the same code twice in one visit; use units");
        else if (is_repeated(list, i, code, CPT_LEN))
            field_problem(&entry, "code", "the same procedure as another code: the chart's rows cannot be told apart by "
                                          "modifiers; keep one of them");
        struct visit_cpt cpt = {
            .code = arena_copy(arena, code),
            .name = arena_copy(arena, take_name(&entry, code)),
            .units = field_number(&entry, "units", 1, 99, "must be a whole number from 1 to 99"),
        };
        if (!cpt.code.ptr || !cpt.name.ptr)
            return false;
        v->cpt[v->cpt_count++] = cpt;
    }
    return true;
}

struct visit *batch_visit_parse(const struct batch_object *in, const struct visit_head *head,
                                const struct patient *patient, bool soap_only, struct arena *arena)
{
    static const char *const note_types[] = {"IE", "TX", "RE", "NEW_IE", NULL};
    struct visit *v = arena_alloc(arena, sizeof *v);
    if (!v)
        return NULL;
    v->patient = patient;
    v->dos = head->dos;
    v->soap_only = soap_only;
    const char *type = field_word(in, "noteType", FIELD_OPTIONAL, note_types, "must be IE, TX, RE or NEW_IE");
    v->note_type = slice_of(type ? type : "");
    if (!soap_only && (!take_icd(in, arena, v) || !take_cpt(in, arena, v)))
        return NULL;
    return batch_note_parse(in, arena, v->section_html) ? v : NULL;
}
