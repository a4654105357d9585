/* The arguments of an operation, taken by place. They are canonical bytes of our own making
   (engine/base/json_out.h writes them, engine/mdland in a fixed order), so a member is found
   by its quoted name: inside a value every quote has a backslash in front. Values are
   compared as they stand, escapes and all. */
#include "recorder/model/model_parts.h"

/* What is left of the arguments; `bad` once something is not as it should be. */
struct reader {
    struct slice rest;
    bool bad;
};

static void skip(struct reader *r, size_t count)
{
    r->rest = (struct slice){r->rest.ptr + count, r->rest.len - count};
}

static bool next_is(const struct reader *r, char c)
{
    return r->rest.len && r->rest.ptr[0] == c;
}

/* Goes behind `"name":`, which is the next member unless the engine asks for more than we
   know. */
static void enter(struct reader *r, struct slice quoted)
{
    if (r->bad)
        return;
    struct slice next = r->rest.len ? (struct slice){r->rest.ptr + 1, r->rest.len - 1} : r->rest;
    const char *at = slice_starts(next, quoted) ? next.ptr : slice_find(r->rest, quoted);
    r->bad = !at;
    if (at)
        skip(r, (size_t)(at - r->rest.ptr) + quoted.len);
}

/* Does a quote at `at` end the string that begins at `start`? Not behind an odd number of
   backslashes. */
static bool ends_string(const char *start, const char *at)
{
    size_t backslashes = 0;
    while (at - backslashes > start && at[-1 - (ptrdiff_t)backslashes] == '\\')
        backslashes++;
    return backslashes % 2 == 0;
}

/* The string that stands here, without its quotes. */
static struct slice take_string(struct reader *r)
{
    const char *start = r->rest.ptr + 1, *end = r->rest.ptr + r->rest.len;
    const char *quote = !r->bad && next_is(r, '"') ? memchr(start, '"', (size_t)(end - start)) : NULL;
    while (quote && !ends_string(start, quote))
        quote = memchr(quote + 1, '"', (size_t)(end - quote - 1));
    r->bad |= !quote;
    if (!quote)
        return SLICE_NONE;
    skip(r, (size_t)(quote + 1 - r->rest.ptr));
    return (struct slice){start, (size_t)(quote - start)};
}

static uint32_t take_count(struct reader *r)
{
    size_t digits = 0;
    uint32_t number = 0;
    while (digits < r->rest.len && digits < 6 && r->rest.ptr[digits] >= '0' && r->rest.ptr[digits] <= '9')
        number = number * 10 + (uint32_t)(r->rest.ptr[digits++] - '0');
    r->bad |= digits == 0;
    skip(r, digits);
    return number;
}

static uint64_t take_digest(struct reader *r, struct slice quoted)
{
    enter(r, quoted);
    struct slice text = take_string(r);
    return r->bad ? 0 : ledger_digest(text);
}

static void take_id(struct reader *r, struct slice quoted, char ret_id[LEDGER_ID_BYTES])
{
    enter(r, quoted);
    struct slice text = take_string(r);
    r->bad |= text.len >= LEDGER_ID_BYTES;
    memset(ret_id, 0, LEDGER_ID_BYTES);
    if (!r->bad)
        memcpy(ret_id, text.ptr, text.len);
}

static bool take_code(struct reader *r, char ret_code[LEDGER_CODE_BYTES])
{
    struct slice text = take_string(r);
    r->bad |= text.len == 0 || text.len >= LEDGER_CODE_BYTES;
    if (!r->bad)
        ledger_code(text, ret_code);
    return !r->bad;
}

/* Goes to the next element of the array that begins or goes on here; false at its end. */
static bool take_element(struct reader *r)
{
    if (next_is(r, '[') || next_is(r, ','))
        skip(r, 1);
    bool over = next_is(r, ']');
    r->bad |= r->rest.len == 0;
    if (over)
        skip(r, 1);
    return !over && !r->bad;
}

/* ["M54.50"] or [{"code":"M54.50","name":"..."}] */
static void take_icd(struct reader *r, struct ledger_codes *codes)
{
    char code[LEDGER_CODE_BYTES];
    enter(r, SLICE("\"icd\":"));
    while (take_element(r)) {
        bool named = next_is(r, '{');
        if (named)
            enter(r, SLICE("\"code\":"));
        if (!take_code(r, code))
            return;
        if (named) {
            enter(r, SLICE("\"name\":"));
            (void)take_string(r);
            skip(r, next_is(r, '}'));
        }
        r->bad |= !ledger_codes_add_icd(codes, code);
    }
}

/* [{"code":"97810","units":1}], or with a name between */
static void take_cpt(struct reader *r, struct ledger_codes *codes)
{
    char code[LEDGER_CODE_BYTES];
    enter(r, SLICE("\"cpt\":"));
    while (take_element(r)) {
        enter(r, SLICE("\"code\":"));
        if (!take_code(r, code))
            return;
        if (slice_starts(r->rest, SLICE(",\"name\":"))) {
            enter(r, SLICE("\"name\":"));
            (void)take_string(r);
        }
        enter(r, SLICE("\"units\":"));
        uint32_t units = r->bad ? 0 : take_count(r);
        skip(r, next_is(r, '}'));
        r->bad |= !ledger_codes_set_cpt(codes, code, units);
    }
}

/* To the end: it is the last member. */
static uint64_t take_sections(struct reader *r)
{
    struct slice empty = SLICE("[\"\",\"\",\"\",\"\"]");
    enter(r, SLICE("\"sections\":"));
    r->bad |= r->rest.len < empty.len;
    if (r->bad)
        return 0;
    struct slice sections = {r->rest.ptr, r->rest.len - 1};
    return slice_equal(sections, empty) ? 0 : ledger_digest(sections);
}

static void take_row(struct reader *r, struct model_call *call)
{
    call->payer = take_digest(r, SLICE("\"payer\":"));
    call->pinned = slice_starts(r->rest, SLICE(",\"rowId\":"));
    if (call->pinned) {
        take_id(r, SLICE("\"rowId\":"), call->row_id);
        take_id(r, SLICE("\"visitId\":"), call->visit_id);
        return;
    }
    enter(r, SLICE("\"order\":"));
    if (!r->bad)
        call->order = take_count(r);
}

static void take_person(struct reader *r, struct model_call *call)
{
    call->name = take_digest(r, SLICE("\"name\":"));
    call->dob = take_digest(r, SLICE("\"dob\":"));
}

static void take_identity(struct reader *r, struct model_call *call)
{
    take_id(r, SLICE("\"visitId\":"), call->visit_id);
    take_person(r, call);
}

bool model_call_read(struct model_call *call, struct slice args)
{
    struct reader r = {.rest = args};
    switch ((int)call->target) {
    case FAULT_AT_OPERATION_VALIDATE_SESSION:
    case FAULT_AT_OPERATION_PROBE_SESSION:
    case FAULT_AT_OPERATION_OPEN_WAITING_ROOM:
    case FAULT_AT_OPERATION_SORT_VISITS:
    case FAULT_AT_OPERATION_CLOSE_VISIT: return slice_starts(args, SLICE("{"));
    case FAULT_AT_OPERATION_SEARCH_PATIENT: call->dob = take_digest(&r, SLICE("\"dob\":")); return !r.bad;
    case FAULT_AT_OPERATION_SELECT_PATIENT: take_person(&r, call); return !r.bad;
    case FAULT_AT_OPERATION_OPEN_VISIT:
        take_person(&r, call);
        take_row(&r, call);
        return !r.bad;
    default: take_identity(&r, call);
    }
    switch ((int)call->target) {
    case FAULT_AT_OPERATION_READ_DIAGNOSIS:
        take_icd(&r, &call->codes);
        take_cpt(&r, &call->codes);
        break;
    case FAULT_AT_OPERATION_ADD_ICD: take_icd(&r, &call->codes); break;
    case FAULT_AT_OPERATION_ADD_CPT: take_cpt(&r, &call->codes); break;
    case FAULT_AT_OPERATION_READ_NOTE:
    case FAULT_AT_OPERATION_FILL_SOAP: call->note = take_sections(&r); break;
    default: break;
    }
    return !r.bad;
}
