/* A batch that is wrong: every problem at once, each at its path in the JSON; text
   that is no JSON at its line and byte; and never a word of what the batch says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "tests/unit/batch_text.h"

#include <jansson.h>
#include <errno.h>
#include <stdlib.h>

static void refused(struct slice text, const char *why)
{
    struct opened_batch o;
    if (batch_text_open(&o, text) != ERR_INPUT || !strstr(o.err.text, why))
        fail_msg("want ERR_INPUT with \"%s\", got %s: \"%s\"", why, err_name(o.err.code), o.err.text);
    assert_int_equal(err_exit_status(o.err.code), 2);
    static const char *const secrets[] = {"ALPHA", "BRAVO", "1903", "1904", "62.830", "97814", "SECRET"};
    for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++)
        if (strstr(o.err.text, secrets[i]))
            fail_msg("a value of the batch is in \"%s\"", o.err.text);
    batch_text_close(&o);
}

static void refused_with(const char *from, const char *to, const char *why)
{
    struct str text CLEANUP_STR;
    batch_text_with(&text, from, to);
    refused(str_slice(&text), why);
}

static void each_problem_is_named_by_its_path(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *why;
    } rows[] = {
        {"\"name\":\"TEST, ALPHA\"", "\"x\":1", "patients[0].name: missing"},
        {"\"TEST, ALPHA\"", "7", "patients[0].name: must be a string"},
        {"\"TEST, ALPHA\"", "\" , \"", "patients[0].name: must hold at least one word"},
        {"\"TEST, ALPHA\"", "\"\"", "patients[0].name: must hold at least one word"},
        {"\"TEST, ALPHA\"", "\"TEST\\nSECRET\"", "patients[0].name: holds a control character"},
        {"\"TEST, ALPHA\"", "\"TEST\\u001b[31m\"", "patients[0].name: holds a control character"},
        {"\"TEST, ALPHA\"", "\"TEST\\u009b31m\"", "patients[0].name: holds a control character"},
        {"\"dob\":\"01/02/1903\",", "", "patients[0].dob: missing"},
        {"\"insurance\":\"HF\"", "\"insurance\":\"SECRET\"", "patients[0].insurance: must be one of HF, OPTUM"},
        {"\"age\":120", "\"mode\":\"SECRET\"", "patients[0].mode: must be full, soap-only or continue"},
        {"\"mode\":\"full\"", "\"mode\":1", "mode: must be a string"},
        {"\"confirmed\":true", "\"confirmed\":false", "confirmed: false: only a confirmed batch"},
        {"\"confirmed\":true", "\"confirmed\":\"yes\"", "confirmed: must be true or false"},
        {"batch_20240101_080000", "../../SECRET", "batchId: must be letters"},
        {"batch_20240101_080000", "", "batchId: must be letters"},
        {"\"dos\":1,", "", "patients[0].visits[0].dos: missing"},
        {"\"dos\":1,", "\"dos\":0,", "patients[0].visits[0].dos: must be a whole number from 1 to 9999"},
        {"\"dos\":1,", "\"dos\":10000,", "patients[0].visits[0].dos: must be a whole number"},
        {"\"dos\":1,", "\"dos\":1.0,", "patients[0].visits[0].dos: must be a whole number"},
        {"\"dos\":1,", "\"dos\":\"1\",", "patients[0].visits[0].dos: must be a whole number"},
        {"\"dos\":2,", "\"dos\":-2,", "patients[0].visits[1].dos: must be a whole number"},
        {"\"status\":\"done\"", "\"status\":\"SECRET\"", "patients[0].visits[0].status: must be pending"},
        {"\"status\":\"done\",", "", "patients[0].visits[0].status: missing"},
        {"\"noteType\":\"IE\"", "\"noteType\":\"SECRET\"", "patients[0].visits[0].noteType: must be IE, TX, RE or NEW_IE"},
        {"\"icdCodes\"", "\"x\"", "patients[0].visits[0].icdCodes: missing"},
        {"[{\"code\":\"M54.50\",\"name\":\"Low back pain\"},{\"code\":\"M62.830\"}]", "[]", "patients[0].visits[0].icdCodes: empty"},
        {"\"M54.50\"", "\"m54.50\"", "patients[0].visits[0].icdCodes[0].code: must be a diagnosis code"},
        {"\"M54.50\"", "\"M54.\"", "patients[0].visits[0].icdCodes[0].code: must be"},
        {"\"M54.50\"", "\"M54.50'\"", "patients[0].visits[0].icdCodes[0].code: must be"},
        {"\"M62.830\"", "\"M54.50\"", "patients[0].visits[0].icdCodes[1].code: the same code twice"},
        {"{\"code\":\"M62.830\"}", "\"M62.830\"", "patients[0].visits[0].icdCodes[1]: must be an object"},
        {"\"cptCodes\"", "\"x\"", "patients[0].visits[0].cptCodes: missing"},
        {"\"97810\"", "\"9781\"", "patients[0].visits[0].cptCodes[0].code: must be five"},
        {"\"97810\"", "\"978102\"", "patients[0].visits[0].cptCodes[0].code: must be five"},
        {"\"97814\"", "\"9920325\"", "patients[1].visits[0].cptCodes[1].code: the same code twice"},
        {"\"97814\"", "\"99203\"", "patients[1].visits[0].cptCodes[1].code: the same procedure as another code"},
        {"\"units\":1", "\"units\":0", "patients[0].visits[0].cptCodes[0].units: must be a whole number from 1 to 99"},
        {"\"units\":1", "\"units\":100", "patients[0].visits[0].cptCodes[0].units: must be"},
        {"\"units\":1", "\"x\":1", "patients[0].visits[0].cptCodes[0].units: missing"},
        {"\"name\":\"ACUP\"", "\"name\":\"A\\nB\"", "patients[0].visits[0].cptCodes[0].name: holds a control"},
        {"\"plan\":\"p1\"", "\"x\":1", "patients[0].visits[0].generated.soap.plan: missing or blank"},
        {"\"plan\":\"p1\"", "\"plan\":\" \\n\\t\"", "patients[0].visits[0].generated.soap.plan: missing or blank"},
        {"\"plan\":\"p1\"", "\"plan\":[]", "patients[0].visits[0].generated.soap.plan: must be a string"},
        {"\"soap\":{", "\"x\":{", "patients[0].visits[0].generated: must hold soap or html"},
        {"\"generated\":{\"soap\"", "\"x\":{\"soap\"", "patients[0].visits[0].generated: missing"},
        {"\"plan\":\"<p>p2</p>\"", "\"x\":1", "patients[1].visits[0].generated.soap.plan: missing or blank, and there is no html"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused_with(rows[i].from, rows[i].to, rows[i].why);
}

static void a_birth_date_must_exist(void **state)
{
    (void)state;
    static const char *const wrong[] = {"13/45/1900", "00/10/1900", "02/30/1904", "02/29/1903", "02/29/1900", "04/31/1905",
                                        "1/2/1903", "01-02-1903", "1903/01/02", "01/02/03", "01/02/19033", "01/02/0003",
                                        "aa/bb/cccc", " 1/02/1903", "+1/02/1903", ""};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        refused_with("01/02/1903", wrong[i], "patients[0].dob: must be a date that exists, as MM/DD/YYYY");
    static const char *const right[] = {"02/29/1904", "12/31/1909", "02/29/2000", "01/01/1900"};
    for (size_t i = 0; i < sizeof right / sizeof *right; i++) {
        struct str text CLEANUP_STR;
        struct opened_batch o;
        batch_text_with(&text, "01/02/1903", right[i]);
        assert_int_equal(batch_text_open(&o, str_slice(&text)), ERR_OK);
        batch_text_close(&o);
    }
}

static void thirteen_diagnoses_are_too_many(void **state)
{
    (void)state;
    struct str list CLEANUP_STR;
    str_init(&list, 4096);
    str_add_text(&list, "[{\"code\":\"M54.50\",\"name\":\"Low back pain\"}");
    for (int i = 1; i < 12; i++)
        str_addf(&list, ",{\"code\":\"M25.%03d\"}", i);
    struct str text CLEANUP_STR;
    const char *old = "[{\"code\":\"M54.50\",\"name\":\"Low back pain\"},{\"code\":\"M62.830\"}]";
    struct opened_batch o;
    str_add_text(&list, "]");
    batch_text_with(&text, old, str_text(&list));
    assert_int_equal(batch_text_open(&o, str_slice(&text)), ERR_OK);
    batch_text_close(&o);
    list.len--;
    str_add_text(&list, ",{\"code\":\"M62.830\"}]");
    refused_with(old, str_text(&list), "patients[0].visits[0].icdCodes: more than 12");
}

static void what_is_no_list_of_patients_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } rows[] = {
        {"{}", "patients: missing"},
        {"{\"patients\":[]}", "patients: empty"},
        {"{\"patients\":{}}", "patients: must be a list"},
        {"{\"patients\":null}", "patients: missing"},
        {"{\"patients\":[7,\"SECRET\",[],null]}", "patients[3]: must be an object"},
        {"{\"patients\":[{}]}", "patients[0].visits: missing"},
        {"{\"patients\":[{\"visits\":{}}]}", "patients[0].visits: must be a list"},
        {"{\"patients\":[{\"visits\":[3]}]}", "patients[0].visits[0]: must be an object"},
        {"{\"patients\":[{\"name\":\"TEST\",\"dob\":\"01/02/1903\",\"visits\":[]}]}", "nothing to run"},
        {"{\"success\":false,\"data\":null,\"error\":\"SECRET\"}", "success: false: this is a server's error answer"},
        {"{\"p\\u0061tients\":[{\"name\":\"TEST\"}]}", "patients: the key must be spelled without escapes"},
        {"{\"patients\":[{\"v\\u0069sits\":[{}]}]}", "visits: the key must be spelled without escapes"},
        {"{\"patients\":[],\"data\":{\"patients\":[]}}", "a second list of patients"},
        {"[]", "a batch is one JSON object"},
        {"SECRET", "a batch is one JSON object"},
        {"", "there is no text"},
        {" \n", "there is no text"},
        {"{", "the text ends too early"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refused(slice_of(rows[i].text), rows[i].why);
}

static void the_same_visit_twice_is_refused_also_in_two_entries(void **state)
{
    (void)state;
    refused_with("\"dos\":2,\"status\":\"pending\",\"generated\":null",
                 "\"dos\":1,\"status\":\"done\",\"icdCodes\":[{\"code\":\"M54.50\"}],\"cptCodes\":[{\"code\":\"97810\",\"units\":1}],"
                 "\"generated\":{\"soap\":{\"subjective\":\"s\",\"objective\":\"o\",\"assessment\":\"a\",\"plan\":\"p\"}}",
                 "patients[0].visits[1].dos: the same patient and dos as patients[0].visits[0]");
    static const char *const same[][2] = {
        {"TEST, ALPHA", "TEST, ALPHA"},
        {"TEST, ALPHA", "alpha  test"},
        {"T\xc3\x89ST, ZO\xc3\x8b", "zo\xc3\xab t\xc3\xa9st,"},
        {"\xc5\x81UKASZ TEST", "\xc5\x82ukasz\xc2\xa0Test"},
        {"\xe6\xb8\xac\xe8\xa9\xa6, \xe5\xb0\x8f\xe6\x98\x8e", "\xe5\xb0\x8f\xe6\x98\x8e\xe3\x80\x80\xe6\xb8\xac\xe8\xa9\xa6"},
    };
    static const char *const others[][2] = {
        {"TEST, MARIE ANN", "TEST, MARIE-ANN"}, {"TEST, MARIE", "TEST, MARIE ANN"}, {"TEST, ANN ANN", "TEST, ANN"},
    };
    static const char pair[] =
        "{\"mode\":\"soap-only\",\"patients\":[{\"name\":\"%s\",\"dob\":\"01/02/1903\",\"visits\":[{\"dos\":4,\"status\":\"done\","
        "\"generated\":{\"soap\":{\"subjective\":\"s\",\"objective\":\"o\",\"assessment\":\"a\",\"plan\":\"p\"}}}]},"
        "{\"name\":\"%s\",\"dob\":\"01/02/1903\",\"visits\":[{\"dos\":4,\"status\":\"done\",\"generated\":{\"soap\":{\"subjective\":"
        "\"s\",\"objective\":\"o\",\"assessment\":\"a\",\"plan\":\"p\"}}}]}]}";
    char text[2048];
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        assert_true(text_format(text, sizeof text, pair, same[i][0], same[i][1]));
        refused(slice_of(text), "patients[1].visits[0].dos: the same patient and dos as patients[0].visits[0]");
    }
    for (size_t i = 0; i < sizeof others / sizeof *others; i++) {
        struct opened_batch o;
        assert_true(text_format(text, sizeof text, pair, others[i][0], others[i][1]));
        assert_int_equal(batch_text_open(&o, slice_of(text)), ERR_OK);
        batch_text_close(&o);
    }
}

static void all_problems_come_at_once_in_order(void **state)
{
    (void)state;
    struct slice text = SLICE("{\"confirmed\":false,\"patients\":[{\"name\":\"\",\"dob\":\"13/45/1900\",\"visits\":[{\"dos\":0,"
                              "\"status\":\"done\",\"icdCodes\":[],\"cptCodes\":[{\"code\":\"97810\",\"units\":0}]}]}]}");
    struct opened_batch o;
    assert_int_equal(batch_text_open(&o, text), ERR_INPUT);
    assert_string_equal(o.err.text, "7 problems in the batch:\n"
                                    "  patients[0].name: must hold at least one word\n"
                                    "  patients[0].dob: must be a date that exists, as MM/DD/YYYY\n"
                                    "  confirmed: false: only a confirmed batch is run\n"
                                    "  patients[0].visits[0].dos: must be a whole number from 1 to 9999\n"
                                    "  patients[0].visits[0].icdCodes: empty: a visit that is billed needs codes\n"
                                    "  patients[0].visits[0].cptCodes[0].units: must be a whole number from 1 to 99\n"
                                    "  patients[0].visits[0].generated: missing");
    batch_text_close(&o);
}

static void many_problems_are_counted_beyond_the_list(void **state)
{
    (void)state;
    struct str text CLEANUP_STR;
    str_init(&text, 1 << 20);
    str_add_text(&text, "{\"patients\":[");
    for (int i = 0; i < 1000; i++)
        str_add_text(&text, i ? ",0" : "0");
    str_add_text(&text, "]}");
    refused(str_slice(&text), "1000 problems in the batch:");
    refused(str_slice(&text), "\n  patients[39]: must be an object\n  ... and 960 more");
}

/* Row 5, in the document, in a patient, and in a visit. */
static void what_jansson_would_let_pass_is_refused_everywhere(void **state)
{
    (void)state;
    static const char *const places[] = {"\"summary\":{\"totalPatients\":2}", "\"age\":120", "\"index\":0"};
    struct str deep CLEANUP_STR;
    str_init(&deep, 4096);
    str_add_text(&deep, "\"x\":");
    for (int i = 0; i < 129; i++)
        str_add_char(&deep, '[');
    for (int i = 0; i < 129; i++)
        str_add_char(&deep, ']');
    const struct {
        const char *to, *why;
    } rows[] = {
        {str_text(&deep), "nested deeper than 128"},
        {"\"x\":1,\"x\":1", "a key appears twice"},
        {"\"x\":12345678901234567890", "too large"},
        {"\"x\":1e400", "too large"},
        {"\"x\":NaN", "not valid JSON"},
        {"\"x\":\"\xff\"", "not UTF-8"},
        {"\"x\":\"\\u0000\"", "NUL"},
        {"\"x\":1,,\"y\":2", "not valid JSON"},
        {"\"x\":\"a\nb\"", "line break or control character inside a string"},
        {"\"x\":1}", ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t k = 0; k < sizeof places / sizeof *places; k++)
            refused_with(places[k], rows[i].to, rows[i].why);
    refused_with("{\"batchId\"", "\xef\xbb\xbf{\"batchId\"", "byte order mark");
    refused_with("{\"batchId\"", "\xff\xfe{\"batchId\"", "UTF-16");
    refused_with("\"name\":\"TEST, ALPHA\"", "\"name\":\"TEST, ALPHA\",\"name\":\"TEST\"", "patients[0]: line 3, byte");
}

/* A word that is no JSON, put at each place where a value begins, is reported there. */
static void the_place_of_a_syntax_error_is_the_place_in_the_file(void **state)
{
    (void)state;
    struct slice base = slice_of(BATCH_TEXT);
    for (size_t i = 0; i + 1 < base.len; i++) {
        if (base.ptr[i] != ':' || base.ptr[i + 1] == '{' || base.ptr[i + 1] == '[')
            continue;
        struct str text CLEANUP_STR;
        str_init(&text, 1 << 20);
        str_add(&text, (struct slice){base.ptr, i + 1});
        str_add_text(&text, "?");
        str_add_text(&text, base.ptr + i + 1);
        struct opened_batch o;
        assert_int_equal(batch_text_open(&o, str_slice(&text)), ERR_INPUT);
        const char *byte = strstr(o.err.text, "byte ");
        assert_non_null(byte);
        size_t place = strtoul(byte + 5, NULL, 10);
        if (place < i + 1 || place > i + 3)
            fail_msg("the error stands at byte %zu, and is reported as \"%s\"", i + 1, o.err.text);
        batch_text_close(&o);
    }
}

static void every_cut_is_refused(void **state)
{
    (void)state;
    size_t whole = strlen(BATCH_TEXT) - 1; /* without its last line break */
    for (size_t len = 0; len < whole; len++) {
        struct opened_batch o;
        assert_int_equal(batch_text_open(&o, (struct slice){BATCH_TEXT, len}), ERR_INPUT);
        batch_text_close(&o);
    }
}

/* Texts of any length made of one repeated piece. */
struct repeated {
    const char *head, *piece;
};

static enum err_code repeated_read_at(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    (void)err;
    const struct repeated *r = context;
    size_t head = strlen(r->head), piece = strlen(r->piece);
    for (size_t i = 0; i < count; i++) {
        uint64_t at = offset + i;
        ret_bytes[i] = at < head ? r->head[at] : r->piece[(at - head) % piece];
    }
    return ERR_OK;
}

/* Row 7. */
static void what_repeats_without_end_is_over_the_limit(void **state)
{
    (void)state;
    static const struct repeated rows[] = {
        {"{\"x\":[", "0,"},
        {"{\"patients\":[", "0,"},
        {"{\"patients\":[{\"x\":[", "0,"},
        {"{\"patients\":[{\"visits\":[", "0,"},
        {"{\"patients\":[{\"visits\":[{\"x\":[", "0,"},
        {"{\"patients\":[{\"visits\":[{\"x\":\"", "a"},
        {"{\"patients\":[{\"name\":\"", "a"},
        {"{", "\"x\":{},"},
        {"{\"x\":", "["},
        {"{\"patients\":[{\"visits\":[{\"x\":", "{\"a\":"},
        {"{", " \n"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct repeated r = rows[i];
        struct batch_source source = {&r, (uint64_t)40 << 20, ERR_ENV, repeated_read_at};
        struct arena arena CLEANUP_ARENA;
        arena_init(&arena, BATCH_ARENA_BYTES);
        struct batch *batch = NULL;
        struct err err;
        err_init(&err);
        assert_int_equal(batch_open(&source, &arena, &batch, &err), ERR_INPUT);
        bool open_end = strstr(err.text, "the text ends too early") != NULL; /* nothing of it was kept */
        if (!open_end && !strstr(err.text, "over the limit"))
            fail_msg("%s%s...: %s", r.head, r.piece, err.text);
        assert_true(arena.size_bytes < (size_t)8 << 20);
    }
}

static int reads_left;

static enum err_code failing_read_at(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    if (reads_left-- <= 0)
        return err_set(err, ERR_ENV, "the disk is gone");
    memcpy(ret_bytes, (const char *)context + offset, count);
    return ERR_OK;
}

static void the_sources_own_error_comes_through(void **state)
{
    (void)state;
    struct batch_source source = {(void *)BATCH_TEXT, strlen(BATCH_TEXT), ERR_ENV, failing_read_at};
    for (int n = 0;; n++) {
        struct arena arena CLEANUP_ARENA;
        arena_init(&arena, BATCH_ARENA_BYTES);
        struct batch *batch = NULL;
        struct err err;
        err_init(&err);
        reads_left = n;
        if (batch_open(&source, &arena, &batch, &err) == ERR_OK)
            break;
        assert_int_equal(err.code, ERR_ENV);
        assert_string_equal(err.text, "the disk is gone");
        assert_null(batch);
        assert_true(n < 10);
    }
}

static int calls_left;

static void *failing_malloc(size_t size)
{
    if (calls_left-- > 0)
        return malloc(size);
    errno = ENOMEM;
    return NULL;
}

static void a_failed_allocation_is_no_problem_of_the_batch(void **state)
{
    (void)state;
    json_set_alloc_funcs(failing_malloc, free);
    int failed = 0;
    for (int n = 0;; n++) {
        struct opened_batch o;
        calls_left = n;
        enum err_code code = batch_text_open(&o, slice_of(BATCH_TEXT));
        batch_text_close(&o);
        if (code == ERR_OK)
            break;
        if (code != ERR_ENV)
            fail_msg("allocation %d failed and was called: %s", n, o.err.text);
        failed++;
    }
    json_set_alloc_funcs(malloc, free);
    assert_true(failed > 50);
    struct opened_batch o = {.text = slice_of(BATCH_TEXT)};
    o.source = batch_source_of(&o.text);
    err_init(&o.err);
    arena_init(&o.arena, 256);
    assert_int_equal(batch_open(&o.source, &o.arena, &o.batch, &o.err), ERR_ENV);
    batch_text_close(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_problem_is_named_by_its_path),
        cmocka_unit_test(a_birth_date_must_exist),
        cmocka_unit_test(thirteen_diagnoses_are_too_many),
        cmocka_unit_test(what_is_no_list_of_patients_is_named),
        cmocka_unit_test(the_same_visit_twice_is_refused_also_in_two_entries),
        cmocka_unit_test(all_problems_come_at_once_in_order),
        cmocka_unit_test(many_problems_are_counted_beyond_the_list),
        cmocka_unit_test(what_jansson_would_let_pass_is_refused_everywhere),
        cmocka_unit_test(the_place_of_a_syntax_error_is_the_place_in_the_file),
        cmocka_unit_test(every_cut_is_refused),
        cmocka_unit_test(what_repeats_without_end_is_over_the_limit),
        cmocka_unit_test(the_sources_own_error_comes_through),
        cmocka_unit_test(a_failed_allocation_is_no_problem_of_the_batch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
