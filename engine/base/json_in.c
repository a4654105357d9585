/* Two looks at the text. The first counts brackets, commas and colons outside
   strings: it finds the depth, and an upper bound for what jansson will allocate,
   before jansson allocates anything. The second is jansson's own parse. The first
   look judges nothing else: what it cannot follow, jansson refuses. */
#include "engine/base/json_in.h"

#include "engine/base/memory.h"

#include <errno.h>
#include <setjmp.h>
#include <stdlib.h>

/* What jansson 2.14 takes on 64 bits, with malloc's own share, rounded up: an object
   with its first buckets, an array with its first slots, a member's table entry
   (the key is part of the text), any value. */
#define OBJECT_BYTES ((size_t)272)
#define ARRAY_BYTES ((size_t)160)
#define MEMBER_BYTES ((size_t)128)
#define VALUE_BYTES ((size_t)80)

const struct json_in_limits json_in_limits_file = {
    .text_bytes_max = JSON_IN_TEXT_BYTES_MAX,
    .memory_bytes_max = JSON_IN_MEMORY_BYTES_MAX,
};

struct look {
    size_t depth;
    size_t memory_bytes;
};

/* The byte after the string that begins before `at`, or `end`. */
static const char *string_end(const char *at, const char *end)
{
    while (at < end) {
        const char *quote = memchr(at, '"', (size_t)(end - at));
        if (!quote)
            return end;
        const char *back = quote;
        while (back > at && back[-1] == '\\')
            back--;
        if ((quote - back) % 2 == 0)
            return quote + 1;
        at = quote + 1;
    }
    return end;
}

/* NULL, or why a byte of structure passes a limit. */
static const char *look_at(struct look *look, char c, size_t memory_bytes_max)
{
    switch (c) {
    case '{':
    case '[':
        look->depth++;
        look->memory_bytes += c == '{' ? OBJECT_BYTES : ARRAY_BYTES;
        break;
    case '}':
    case ']':
        look->depth -= look->depth > 0;
        break;
    case ',':
        look->memory_bytes += VALUE_BYTES;
        break;
    case ':':
        look->memory_bytes += MEMBER_BYTES;
        break;
    }
    if (look->depth > JSON_IN_DEPTH_MAX)
        return "over the limit: nested deeper than 128";
    return look->memory_bytes > memory_bytes_max ? "over the limit: too many values" : NULL;
}

static bool is_structure(char c)
{
    return c == '{' || c == '}' || c == '[' || c == ']' || c == ',' || c == ':';
}

static bool within_limits(struct slice text, const struct json_in_limits *limits, struct json_in_fault *fault)
{
    struct look look = {0};
    const char *end = text.ptr + text.len;
    for (const char *at = text.ptr; at < end;) {
        char c = *at++;
        if (c == '"') {
            at = string_end(at, end);
        } else if (is_structure(c)) {
            fault->why = look_at(&look, c, limits->memory_bytes_max);
            fault->offset = (size_t)(at - 1 - text.ptr);
            if (fault->why)
                return false;
        }
    }
    return true;
}

static const char *refuse_at_once(struct slice text, const struct json_in_limits *limits)
{
    if (text.len == 0)
        return "there is no text";
    if (text.len > limits->text_bytes_max)
        return "over the limit: the text is too long";
    if (slice_starts(text, SLICE("\xef\xbb\xbf")))
        return "a byte order mark; save the file as UTF-8 without it";
    if (slice_starts(text, SLICE("\xff\xfe")) || slice_starts(text, SLICE("\xfe\xff")))
        return "this is UTF-16; save the file as UTF-8";
    return NULL;
}

static const char *sentence_of(enum json_error_code code)
{
    switch (code) {
    case json_error_invalid_utf8:
        return "bytes that are not UTF-8";
    case json_error_premature_end_of_input:
        return "the text ends too early";
    case json_error_end_of_input_expected:
        return "more text after the end of the JSON";
    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "a NUL character in a string";
    case json_error_duplicate_key:
        return "a key appears twice in one object";
    case json_error_numeric_overflow:
        return "a number that is too large";
    case json_error_stack_overflow:
        return "over the limit: nested too deep";
    case json_error_invalid_syntax:
    case json_error_unknown:
    case json_error_out_of_memory:
    case json_error_cannot_open_file:
    case json_error_invalid_argument:
    case json_error_invalid_format:
    case json_error_wrong_type:
    case json_error_null_value:
    case json_error_item_not_found:
    case json_error_index_out_of_range:
        break;
    }
    return "not valid JSON";
}

/* A call of jansson that is under way, and what it allocates with at other times. */
static struct {
    jmp_buf *out;
    json_malloc_t allocate;
    json_free_t release;
} guard;

static void *allocate_or_leave(size_t size)
{
    void *bytes = guard.allocate(size);
    if (bytes)
        return bytes;
    memory_note_failure();
    longjmp(*guard.out, 1);
}

static void begin_guard(jmp_buf *out)
{
    ASSERT(!guard.out);
    json_get_alloc_funcs(&guard.allocate, &guard.release);
    json_set_alloc_funcs(allocate_or_leave, guard.release);
    guard.out = out;
}

static void end_guard(void)
{
    json_set_alloc_funcs(guard.allocate, guard.release);
    guard.out = NULL;
}

static json_t *give_up(json_error_t *error)
{
    end_guard();
    errno = ENOMEM;
    if (error) {
        *error = (json_error_t){.line = -1, .column = -1};
        error->text[JSON_ERROR_TEXT_LENGTH - 1] = (char)json_error_out_of_memory; /* where json_error_code() looks */
    }
    return NULL;
}

json_t *json_in_load(struct slice text, size_t flags, json_error_t *error)
{
    jmp_buf out;
    if (setjmp(out))
        return give_up(error);
    begin_guard(&out);
    json_t *root = json_loadb(text.ptr ? text.ptr : "", text.len, flags, error);
    end_guard();
    return root;
}

bool json_in_print(const json_t *root, size_t flags, struct str *out)
{
    jmp_buf left;
    if (setjmp(left)) {
        end_guard();
        return false;
    }
    begin_guard(&left);
    char *text = json_dumps(root, flags);
    end_guard();
    if (text)
        str_add_text(out, text);
    free(text);
    return text && !str_full(out);
}

json_t *json_in_try(struct slice text, const struct json_in_limits *limits, struct json_in_fault *ret_fault)
{
    struct json_in_fault fault = {.code = ERR_INPUT, .why = refuse_at_once(text, limits)};
    if (fault.why || !within_limits(text, limits, &fault)) {
        *ret_fault = fault;
        return NULL;
    }
    json_error_t error = {.text = ""};
    size_t flags = JSON_REJECT_DUPLICATES | (limits->allow_nul ? JSON_ALLOW_NUL : 0);
    json_t *root = json_in_load(text, flags, &error);
    if (root)
        return root;
    if (json_error_code(&error) == json_error_out_of_memory)
        fault = (struct json_in_fault){.code = ERR_ENV, .why = "out of memory"};
    else
        fault.why = sentence_of(json_error_code(&error));
    fault.offset = error.position > 0 ? (size_t)error.position : 0;
    if (fault.offset > text.len)
        fault.offset = text.len;
    *ret_fault = fault;
    return NULL;
}

size_t json_in_line(struct slice text, size_t offset)
{
    size_t line = 1;
    for (size_t i = 0; i < offset && i < text.len; i++)
        line += text.ptr[i] == '\n';
    return line;
}

enum err_code json_in_parse(struct slice text, const struct json_in_limits *limits, json_t **ret_root, struct err *err)
{
    struct json_in_fault fault;
    json_t *root = json_in_try(text, limits, &fault);
    if (!root)
        return err_set(err, fault.code, "line %zu, byte %zu: %s", json_in_line(text, fault.offset), fault.offset,
                       fault.why);
    *ret_root = root;
    return ERR_OK;
}
