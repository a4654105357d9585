#include "engine/cli/scenario/value.h"

#include "engine/base/nearest.h"
#include "engine/batch/events.h"
#include "engine/cli/scenario/never.h"
#include "engine/mdland/step.h"
#include "engine/policy/breaker.h"
#include "engine/policy/multiplier.h"
#include "engine/policy/retry.h"
#include "recorder/model/fault.h"

#define COUNT_MAX 1000000
#define VISITS_MAX 500
#define DURATION_MS_MAX (INT64_C(7) * 24 * 3600 * 1000)
#define LIST(name, ...) static const char *const name[] = {__VA_ARGS__}
#define COUNT_OF(list) (sizeof(list) / sizeof *(list))

static const char *const outcomes[] = {
#define X(id, name) name,
#include "engine/batch/outcome.def"
#undef X
    "none",
};
static const char *const endings[] = {
#define X(id, name, status) name,
#include "engine/batch/batch_outcome.def"
#undef X
    "killed",
};
static const char *const steps[] = {
#define X(id, name) name,
#include "engine/mdland/steps.def"
#undef X
};
static const char *const errors[] = {
#define X(id, name, class, sentence) name,
#include "engine/policy/kind.def"
#undef X
};
static const char *const nevers[] = {
#define X(id, name, recorded, sentence) name,
#include "engine/cli/scenario/never.def"
#undef X
};
LIST(breakers, "auto", "closed", "open");
LIST(codes, "ours", "none", "other");
LIST(notes, "ours", "none", "foreign");
LIST(modes, "full", "soap-only", "continue");
LIST(payers, "NONE", "HF", "OPTUM", "WC", "VC", "ELDERPLAN");
static const char *const none[] = {NULL};

static const struct {
    const char *const *words;
    size_t count;
    const char *sentence;
} types[] = {
#define X(id, words, sentence) [id] = {words, COUNT_OF(words), sentence},
#include "engine/cli/scenario/value.def"
#undef X
};

size_t value_word_count(enum value_type type)
{
    return types[type].words == none ? 0 : types[type].count;
}

const char *value_word(enum value_type type, size_t index)
{
    return types[type].words[index];
}

const char *value_sentence(enum value_type type)
{
    return types[type].sentence;
}

void value_add_duration(struct str *out, int64_t ms)
{
    if (ms % 1000 == 0)
        str_addf(out, "%llds", (long long)(ms / 1000));
    else
        str_addf(out, "%lldms", (long long)ms);
}

static bool read_count(struct slice text, uint64_t min, uint64_t max, int64_t *ret_number)
{
    uint64_t number = 0;
    if (!slice_parse_u64(text, max, &number) || number < min)
        return false;
    *ret_number = (int64_t)number;
    return true;
}

static bool read_duration(struct slice text, int64_t *ret_ms)
{
    static const struct {
        struct slice name;
        int64_t ms;
    } units[] = {{{"ms", 2}, 1}, {{"s", 1}, 1000}, {{"m", 1}, 60000}, {{"h", 1}, 3600000}};
    size_t digits = 0;
    int64_t number = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    if (!read_count((struct slice){text.ptr, digits}, 0, (uint64_t)DURATION_MS_MAX, &number))
        return false;
    for (size_t i = 0; i < COUNT_OF(units); i++)
        if (slice_equal((struct slice){text.ptr + digits, text.len - digits}, units[i].name) && number <= DURATION_MS_MAX / units[i].ms) {
            *ret_ms = number * units[i].ms;
            return true;
        }
    return false;
}

static bool find_word(enum value_type type, struct slice text, int64_t *ret_index)
{
    for (size_t i = 0; i < value_word_count(type); i++)
        if (slice_equal(text, slice_of(value_word(type, i)))) {
            *ret_index = (int64_t)i;
            return true;
        }
    return false;
}

static bool read_multiplier(struct slice text, int64_t *ret_thousandths)
{
    static struct err unused; /* static: it is large */
    uint32_t thousandths;
    err_init(&unused);
    if (multiplier_parse(text, &thousandths, &unused) != ERR_OK)
        return false;
    *ret_thousandths = thousandths;
    return true;
}

static struct slice after(struct slice text, struct slice prefix)
{
    bool starts = slice_starts(text, prefix);
    return starts ? (struct slice){text.ptr + prefix.len, text.len - prefix.len} : SLICE_NONE;
}

static bool read_retried(struct slice text)
{
    const char *blank = memchr(text.ptr, ' ', text.len);
    int64_t unused;
    if (!blank)
        return false;
    size_t length = (size_t)(blank - text.ptr);
    return find_word(VALUE_STEP, (struct slice){text.ptr, length}, &unused) &&
           find_word(VALUE_ERROR, (struct slice){blank + 1, text.len - length - 1}, &unused);
}

static bool is_code(struct slice text, size_t max)
{
    for (size_t i = 0; i < text.len; i++)
        if (!((text.ptr[i] >= 'A' && text.ptr[i] <= 'Z') || (text.ptr[i] >= '0' && text.ptr[i] <= '9') || (i > 0 && text.ptr[i] == '.')))
            return false;
    return text.len >= 3 && text.len <= max;
}

static bool read_cpt(struct slice text, int64_t *ret_units)
{
    const char *blank = memchr(text.ptr, ' ', text.len);
    struct slice code = {text.ptr, blank ? (size_t)(blank - text.ptr) : text.len};
    struct slice units = {text.ptr + code.len, text.len - code.len};
    *ret_units = 1;
    return is_code(code, 13) && (units.len == 0 || read_count(after(units, SLICE(" x")), 1, 99, ret_units));
}

static bool read_then(struct slice text, int64_t *ret_ms)
{
    *ret_ms = 0;
    return slice_equal(text, SLICE("resume")) || slice_equal(text, SLICE("login")) ||
           (slice_starts(text, SLICE("wait ")) && read_duration(after(text, SLICE("wait ")), ret_ms) && *ret_ms > 0);
}

static bool read_fault(const struct node *node, struct problems *problems)
{
    static struct err err; /* static: it is large */
    struct fault fault;
    err_init(&err);
    if (fault_parse(node->text, &fault, &err) == ERR_OK)
        return true;
    PROBLEM(problems, node, "%s: %s", quote(node->text).text, err.text);
    return false;
}

static bool fits(struct slice text, enum value_type type, int64_t *ret_number)
{
    struct slice bound = after(text, SLICE("at most "));
    switch (type) {
    case VALUE_TEXT: return text.len > 0;
    case VALUE_SENTENCE: return text.len > 8 && text.ptr[text.len - 1] == '.' && !memchr(text.ptr, '\n', text.len);
    case VALUE_COUNT: return read_count(text, 0, COUNT_MAX, ret_number);
    case VALUE_RETRIES: return read_count(text, 0, RETRIES_MAX, ret_number);
    case VALUE_VISITS: return read_count(text, 1, VISITS_MAX, ret_number);
    case VALUE_LIMIT: return read_count(bound.ptr ? bound : text, 0, COUNT_MAX, ret_number);
    case VALUE_DURATION: return read_duration(text, ret_number);
    case VALUE_MULTIPLIER: return read_multiplier(text, ret_number);
    case VALUE_RETRIED: return read_retried(text);
    case VALUE_THEN: return read_then(text, ret_number);
    case VALUE_ICD: return is_code(text, 13);
    case VALUE_CPT: return read_cpt(text, ret_number);
    case VALUE_FAULT:
    case VALUE_OUTCOME:
    case VALUE_ENDING:
    case VALUE_STEP:
    case VALUE_ERROR:
    case VALUE_BREAKER:
    case VALUE_NEVER:
    case VALUE_CODES:
    case VALUE_NOTE:
    case VALUE_MODE:
    case VALUE_PAYER: return find_word(type, text, ret_number);
    case VALUE_TYPE_COUNT: break;
    }
    return false;
}

static void refuse(const struct node *node, enum value_type type, struct problems *problems)
{
    CLEANUP_STR struct str allowed;
    struct nearest near;
    str_init(&allowed, 4096);
    nearest_init(&near, node->text);
    for (size_t i = 0; i < value_word_count(type); i++) {
        str_addf(&allowed, "%s%s", i ? ", " : ": ", value_word(type, i));
        nearest_try(&near, value_word(type, i));
    }
    PROBLEM(problems, node, "%s is not %s%s%s", quote(node->text).text, value_sentence(type), str_text(&allowed),
            nearest_hint(&near, ""));
}

static void canonical(struct str *out, enum value_type type, struct slice text, int64_t number)
{
    if (type == VALUE_DURATION)
        value_add_duration(out, number);
    else
        str_add(out, text);
}

bool value_read(const struct node *node, enum value_type type, struct arena *arena, struct problems *problems,
                struct value *ret_value)
{
    CLEANUP_STR struct str text;
    int64_t number = 0;
    bool words = type == VALUE_TEXT || type == VALUE_SENTENCE;
    str_init(&text, SCENARIO_BYTES_MAX);
    if (node->kind != NODE_SCALAR) {
        PROBLEM(problems, node, "%s stands here; what is allowed is %s", node_kind_name(node), value_sentence(type));
        return false;
    }
    if (!node->plain && !words) {
        PROBLEM(problems, node, "quotes stand here; what is allowed is %s", value_sentence(type));
        return false;
    }
    if (type == VALUE_FAULT ? !read_fault(node, problems) : !fits(node->text, type, &number)) {
        if (type != VALUE_FAULT)
            refuse(node, type, problems);
        return false;
    }
    canonical(&text, type, node->text, number);
    *ret_value = (struct value){arena_copy(arena, str_slice(&text)), number};
    if (!ret_value->text.ptr)
        PROBLEM(problems, node, "there is no memory to read it");
    return ret_value->text.ptr != NULL;
}
