/* Names are carried through byte for byte; only what could never match a chart is
   refused. A birth date must exist in the calendar: it is what the site searches by. */
#include "engine/mdland/batch_patient.h"

#define YEAR_MIN 1850
#define YEAR_MAX 2100

static const char *const insurances[] = {"HF", "OPTUM", "WC", "VC", "ELDERPLAN", "NONE", NULL};

enum batch_mode batch_mode_parse(const struct batch_object *in)
{
    static const char *const modes[] = {"full", "soap-only", "continue", NULL};
    const char *mode = field_word(in, "mode", FIELD_OPTIONAL, modes, "must be full, soap-only or continue");
    if (!mode)
        return MODE_UNSET;
    return mode == modes[1] ? MODE_SOAP_ONLY : MODE_FULL;
}

bool batch_text_has_control(struct slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        unsigned char next = i + 1 < text.len ? (unsigned char)text.ptr[i + 1] : 0;
        if (c < 0x20 || c == 0x7f || (c == 0xc2 && next >= 0x80 && next <= 0x9f))
            return true;
    }
    return false;
}

static bool has_word(struct slice name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.ptr[i] != ' ' && name.ptr[i] != ',')
            return true;
    return false;
}

/* What is wrong with it, or NULL. */
static const char *wrong_name(struct slice name)
{
    if (batch_text_has_control(name))
        return "holds a control character";
    if (!has_word(name))
        return "must hold at least one word";
    return name.len > BATCH_NAME_BYTES_MAX ? "over the limit: longer than 200 bytes" : NULL;
}

static unsigned days_of(unsigned month, unsigned year)
{
    static const unsigned char days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    return days[month - 1] + (month == 2 && leap);
}

static bool is_date(struct slice text)
{
    uint64_t month, day, year;
    if (text.len != 10 || text.ptr[2] != '/' || text.ptr[5] != '/')
        return false;
    if (!slice_parse_u64((struct slice){text.ptr, 2}, 12, &month) || month < 1)
        return false;
    if (!slice_parse_u64((struct slice){text.ptr + 6, 4}, YEAR_MAX, &year) || year < YEAR_MIN)
        return false;
    return slice_parse_u64((struct slice){text.ptr + 3, 2}, 31, &day) && day >= 1 &&
           day <= days_of((unsigned)month, (unsigned)year);
}

static const char *wrong_date(struct slice text)
{
    return is_date(text) ? NULL : "must be a date that exists, as MM/DD/YYYY";
}

/* The text, or an empty one with a problem. */
static struct slice take_text(const struct batch_object *in, const char *key, const char *(*wrong)(struct slice))
{
    struct slice text = field_text(in, key, FIELD_REQUIRED);
    const char *why = text.ptr ? wrong(text) : NULL;
    if (!why)
        return text;
    field_problem(in, key, why);
    return SLICE_NONE;
}

bool batch_patient_parse(const struct batch_object *in, uint32_t number, struct arena *arena,
                         struct patient *ret_patient)
{
    struct slice name = take_text(in, "name", wrong_name);
    struct slice dob = take_text(in, "dob", wrong_date);
    const char *insurance = field_word(in, "insurance", FIELD_OPTIONAL, insurances,
                                       "must be one of HF, OPTUM, WC, VC, ELDERPLAN, NONE");
    struct patient patient = {
        .number = number,
        .name = arena_copy(arena, name),
        .dob = arena_copy(arena, dob),
        .insurance = slice_of(insurance ? insurance : "NONE"),
    };
    if (!patient.name.ptr || !patient.dob.ptr)
        return false;
    *ret_patient = patient;
    return true;
}
