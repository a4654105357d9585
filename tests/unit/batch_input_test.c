/* A batch that is right: what is planned, and that names and notes come through
   exactly, at any size and with no memory to speak of. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "engine/base/json_out.h"
#include "engine/mdland/batch_skim.h"
#include "tests/unit/batch_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

static void assert_slice(struct slice got, const char *want)
{
    if (!slice_equal(got, slice_of(want)))
        fail_msg("want \"%s\", got \"%.*s\"", want, SLICE_ARG(got));
}

static void opened(struct opened_batch *o, struct slice text)
{
    if (batch_text_open(o, text) != ERR_OK)
        fail_msg("not opened: %s", o->err.text);
}

static struct visit *visit_of(struct opened_batch *o, size_t index, struct arena *arena)
{
    struct visit *visit = NULL;
    arena_init(arena, VISIT_ARENA_BYTES);
    if (batch_visit_open(o->batch, index, arena, &visit, &o->err) != ERR_OK)
        fail_msg("visit %zu not opened: %s", index, o->err.text);
    return visit;
}

static void only_done_visits_are_planned_in_batch_order(void **state)
{
    (void)state;
    struct opened_batch o;
    opened(&o, slice_of(BATCH_TEXT));
    assert_slice(o.batch->id, "batch_20240101_080000");
    assert_int_equal(o.batch->patient_count, 2);
    assert_int_equal(o.batch->visit_count, 2);
    assert_int_equal(o.batch->other_count, 1);
    assert_int_equal(o.batch->patients[1].number, 2);
    assert_slice(o.batch->patients[0].insurance, "HF");
    assert_slice(o.batch->patients[1].insurance, "NONE");
    assert_int_equal(o.batch->visits[1].patient, 1);
    assert_int_equal(o.batch->visits[1].dos, 1);
    batch_text_close(&o);
}

static void a_visit_is_opened_in_full(void **state)
{
    (void)state;
    struct opened_batch o;
    opened(&o, slice_of(BATCH_TEXT));
    struct arena arena CLEANUP_ARENA;
    struct visit *v = visit_of(&o, 1, &arena);
    assert_ptr_equal(v->patient, &o.batch->patients[1]);
    assert_slice(v->note_type, "TX");
    assert_int_equal(v->icd_count, 1);
    assert_slice(v->icd[0].code, "S39.012A");
    assert_int_equal(v->cpt_count, 2);
    assert_slice(v->cpt[0].code, "9920325");
    assert_int_equal(v->cpt[1].units, 99);
    assert_slice(v->section_html[NOTE_PLAN], "<p>p2</p>");
    struct arena first CLEANUP_ARENA;
    v = visit_of(&o, 0, &first);
    assert_slice(v->icd[1].name, "M62.830");
    assert_slice(v->section_html[NOTE_OBJECTIVE], "<p>o1</p>");
    batch_text_close(&o);
}

static void a_wrapped_batch_is_the_same_batch(void **state)
{
    (void)state;
    struct str text CLEANUP_STR;
    str_init(&text, 1 << 20);
    str_addf(&text, "{\"success\":true,\"data\":%s,\"error\":null}", BATCH_TEXT);
    struct opened_batch o;
    opened(&o, str_slice(&text));
    assert_int_equal(o.batch->visit_count, 2);
    assert_slice(o.batch->id, "batch_20240101_080000");
    struct arena arena CLEANUP_ARENA;
    assert_slice(visit_of(&o, 0, &arena)->section_html[NOTE_PLAN], "<p>p1</p>");
    batch_text_close(&o);
}

static void a_patients_mode_wins_and_continue_runs_as_full(void **state)
{
    (void)state;
    static const struct {
        const char *batch_mode, *patient_mode;
        bool soap_only[2];
    } rows[] = {
        {"full", "", {false, false}},
        {"soap-only", "", {true, true}},
        {"continue", "", {false, false}},
        {"full", "\"mode\":\"soap-only\",", {true, false}},
        {"soap-only", "\"mode\":\"full\",", {false, true}},
        {"soap-only", "\"mode\":\"continue\",", {false, true}},
        {"soap-only", "\"mode\":null,", {true, true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char head[128], patient[128];
        assert_true(text_format(head, sizeof head, "\"mode\":\"%s\"", rows[i].batch_mode));
        assert_true(text_format(patient, sizeof patient, "%s\"age\":120", rows[i].patient_mode));
        struct str one CLEANUP_STR;
        batch_text_with(&one, "\"age\":120", patient);
        char *at = strstr(one.ptr, "\"mode\":\"full\",\"confirmed\"");
        struct str text CLEANUP_STR;
        str_init(&text, 1 << 20);
        str_add(&text, (struct slice){one.ptr, (size_t)(at - one.ptr)});
        str_add_text(&text, head);
        str_add_text(&text, at + strlen("\"mode\":\"full\""));
        struct opened_batch o;
        opened(&o, str_slice(&text));
        assert_int_equal(o.batch->visits[0].soap_only, rows[i].soap_only[0]);
        assert_int_equal(o.batch->visits[1].soap_only, rows[i].soap_only[1]);
        struct arena arena CLEANUP_ARENA;
        const struct visit *visit = visit_of(&o, 0, &arena);
        assert_int_equal(visit->icd_count, rows[i].soap_only[0] ? 0 : 2);
        batch_text_close(&o);
    }
}

static void a_mode_after_the_patients_counts_too(void **state)
{
    (void)state;
    struct slice text = SLICE("{\"patients\":[{\"visits\":[{\"generated\":{\"soap\":{\"subjective\":\"s\",\"objective\":\"o\","
                              "\"assessment\":\"a\",\"plan\":\"p\"}},\"status\":\"done\",\"dos\":3}],\"dob\":\"01/02/1903\","
                              "\"name\":\"TEST\"}],\"mode\":\"soap-only\"}");
    struct opened_batch o;
    opened(&o, text);
    assert_slice(o.batch->id, "batch");
    assert_true(o.batch->visits[0].soap_only);
    assert_int_equal(o.batch->visits[0].dos, 3);
    batch_text_close(&o);
}

/* Row 9: whatever a name or a note holds arrives byte for byte. */
static const char *const texts[] = {
    "O'TEST, ANNE-MARIE", "T\xc3\x89ST, ZO\xc3\x8b", "\xe6\xb8\xac\xe8\xa9\xa6, \xe5\xb0\x8f\xe6\x98\x8e",
    "\xe2\x80\x8fTEST, \xe2\x80\xabRTL\xe2\x80\xac", "TEST, \"BILL\" \\ / \xf0\x9f\x98\x80", "TEST </script><b>&amp;",
    "SAMPLE \xe2\x80\xa8\xe2\x80\xa9 LINES", "E\xcc\x81XAMPLE, COMBINED",
};

static void names_come_through_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str quoted CLEANUP_STR, text CLEANUP_STR;
        str_init(&quoted, 4096);
        json_out_quote(&quoted, slice_of(texts[i]));
        batch_text_with(&text, "\"TEST, ALPHA\"", str_text(&quoted));
        struct opened_batch o;
        opened(&o, str_slice(&text));
        assert_slice(o.batch->patients[0].name, texts[i]);
        batch_text_close(&o);
    }
}

static void prepared_html_comes_through_exactly(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        struct str quoted CLEANUP_STR, text CLEANUP_STR, html CLEANUP_STR;
        str_init(&html, 4096);
        str_addf(&html, "<p>%s</p>\r\n\t<ul><li>x</li></ul>\n", texts[i]);
        str_init(&quoted, 4096);
        json_out_quote(&quoted, str_slice(&html));
        batch_text_with(&text, "\"<p>p2</p>\"", str_text(&quoted));
        struct opened_batch o;
        opened(&o, str_slice(&text));
        struct arena arena CLEANUP_ARENA;
        assert_slice(visit_of(&o, 1, &arena)->section_html[NOTE_PLAN], str_text(&html));
        batch_text_close(&o);
    }
}

static void a_note_as_text_becomes_paragraphs(void **state)
{
    (void)state;
    static const struct {
        const char *text, *html;
    } rows[] = {
        {"one", "<p>one</p>"},
        {"one\\ntwo", "<p>one</p><p>two</p>"},
        {"one\\r\\n\\r\\ntwo\\rthree\\n", "<p>one</p><p>two</p><p>three</p>"},
        {"\\n \\t \\n one \\t", "<p>one</p>"},
        {"a  b\\tc", "<p>a  b\tc</p>"},
        {"5 < 6 & 7 > 2 \\\"x\\\"", "<p>5 &lt; 6 &amp; 7 &gt; 2 \"x\"</p>"},
        {"&amp; </script>", "<p>&amp;amp; &lt;/script&gt;</p>"},
        {"90\xc2\xb0 \\u6e2c", "<p>90\xc2\xb0 \xe6\xb8\xac</p>"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str quoted CLEANUP_STR, text CLEANUP_STR;
        str_init(&quoted, 4096);
        str_addf(&quoted, "\"%s\"", rows[i].text);
        batch_text_with(&text, "\"p1\"", str_text(&quoted));
        struct opened_batch o;
        opened(&o, str_slice(&text));
        struct arena arena CLEANUP_ARENA;
        assert_slice(visit_of(&o, 0, &arena)->section_html[NOTE_PLAN], rows[i].html);
        batch_text_close(&o);
    }
}

static void html_wins_section_by_section(void **state)
{
    (void)state;
    struct str text CLEANUP_STR;
    batch_text_with(&text, "\"soap\":{", "\"html\":{\"plan\":\"<b>h</b>\",\"objective\":\"\",\"subjective\":null},\"soap\":{");
    struct opened_batch o;
    opened(&o, str_slice(&text));
    struct arena arena CLEANUP_ARENA;
    struct visit *v = visit_of(&o, 0, &arena);
    assert_slice(v->section_html[NOTE_PLAN], "<b>h</b>");
    assert_slice(v->section_html[NOTE_OBJECTIVE], "<p>o1</p>");
    assert_slice(v->section_html[NOTE_SUBJECTIVE], "<p>s1</p>");
    batch_text_close(&o);
}

static void a_visit_whose_text_has_changed_is_refused(void **state)
{
    (void)state;
    char text[4096];
    assert_true(text_format(text, sizeof text, "%s", BATCH_TEXT));
    struct opened_batch o;
    opened(&o, slice_of(text));
    *strstr(text, "p1\"}") = 'q';
    struct arena arena CLEANUP_ARENA;
    arena_init(&arena, VISIT_ARENA_BYTES);
    struct visit *visit = NULL;
    assert_int_equal(batch_visit_open(o.batch, 0, &arena, &visit, &o.err), ERR_ENV);
    assert_non_null(strstr(o.err.text, "has changed"));
    assert_null(visit);
    batch_text_close(&o);
}

static void another_text_has_another_hash(void **state)
{
    (void)state;
    struct str text CLEANUP_STR;
    batch_text_with(&text, "p1\"}", "q1\"}");
    struct opened_batch a, b, c;
    opened(&a, slice_of(BATCH_TEXT));
    opened(&b, slice_of(BATCH_TEXT));
    opened(&c, str_slice(&text));
    assert_true(a.batch->hash == b.batch->hash);
    assert_true(a.batch->hash != c.batch->hash);
    batch_text_close(&a);
    batch_text_close(&b);
    batch_text_close(&c);
}

static void only_a_note_beyond_doubt_is_skimmed(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"{\"plan\":\"a \\n\\\"b\\\" \xc3\xa9 \xe6\xb8\xac\"}", "{\"plan\":\"x\"}"},
        {"{\"subjective\" : \"s\",\"objective\":\"o\", \"assessment\":\"a\"}", "{\"subjective\" : \"x\",\"objective\":\"x\", \"assessment\":\"x\"}"},
        {"{\"plan\":\" \\n\\t \"}", NULL},          {"{\"plan\":\"\"}", NULL},
        {"{\"plan\":\"a\\u00e9\"}", NULL},          {"{\"plan\":\"a\\q\"}", NULL},
        {"{\"plan\":\"a\xff\"}", NULL},             {"{\"plan\":\"a\xed\xa0\x80\"}", NULL},
        {"{\"plan\":\"a\nb\"}", NULL},             {"{\"plan\":\"a\\", NULL},
        {"{\"plan\":\"abc", NULL},                 {"{\"name\":\"TEST, ALPHA\"}", NULL},
        {"{\"x\":\"plan\",\"name\":\"abc\"}", NULL}, {"[\"plan\",\"abc\"]", NULL},
        {"{\"planned\":\"abc\"}", NULL},          {"", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct str shorter CLEANUP_STR;
        str_init(&shorter, 1 << 16);
        batch_skim(slice_of(rows[i][0]), &shorter);
        assert_string_equal(str_text(&shorter), rows[i][1] ? rows[i][1] : rows[i][0]);
    }
}

static void the_fixtures_open_to_their_last_visit(void **state)
{
    (void)state;
    static const struct {
        const char *path;
        size_t patients, visits;
    } rows[] = {
        {"fixtures/batches/clinic-100.json", 40, 100}, {"fixtures/batches/clinic-3.json", 2, 3},
        {"fixtures/batches/session-expiry.json", 10, 30}, {"fixtures/batches/patient-missing.json", 3, 4},
    };
    static char bytes[1 << 20];
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        FILE *file = fopen(rows[i].path, "rb");
        assert_non_null(file);
        struct slice text = {bytes, fread(bytes, 1, sizeof bytes, file)};
        fclose(file);
        struct opened_batch o;
        opened(&o, text);
        assert_int_equal(o.batch->patient_count, rows[i].patients);
        assert_int_equal(o.batch->visit_count, rows[i].visits);
        for (size_t v = 0; v < o.batch->visit_count; v++) {
            struct arena arena CLEANUP_ARENA;
            const struct visit *visit = visit_of(&o, v, &arena);
            assert_int_equal(visit->dos, o.batch->visits[v].dos);
        }
        batch_text_close(&o);
    }
}

/* A batch of any length that exists nowhere: each patient is PATIENT_BYTES of text, made when read. */
#define PATIENT_BYTES 5120u
static const char endless_head[] = "{\"patients\":[";

static void make_patient(uint64_t number, bool last, char ret_text[PATIENT_BYTES + 1])
{
    int len = snprintf(ret_text, PATIENT_BYTES,
                       "{\"name\":\"TEST, N%07u\",\"dob\":\"01/02/1903\",\"visits\":[{\"dos\":1,\"status\":\"done\",\"icdCodes\":[{\"code\":"
                       "\"M54.50\"}],\"cptCodes\":[{\"code\":\"97810\",\"units\":1}],\"generated\":{\"soap\":{\"subjective\":\"s\","
                       "\"objective\":\"o\",\"assessment\":\"a\",\"plan\":\"",
                       (unsigned)number);
    static const char tail[] = "\"}}}]}";
    memset(ret_text + len, 'x', PATIENT_BYTES - (size_t)len);
    memcpy(ret_text + PATIENT_BYTES - sizeof tail, tail, sizeof tail - 1);
    ret_text[PATIENT_BYTES - 1] = last ? ']' : ',';
}

static enum err_code endless_read_at(void *context, uint64_t offset, char *ret_bytes, size_t count, struct err *err)
{
    (void)err;
    uint64_t patients = *(uint64_t *)context;
    uint64_t head = sizeof endless_head - 1;
    for (size_t i = 0; i < count;) {
        uint64_t at = offset + i;
        if (at < head || at >= head + patients * PATIENT_BYTES) {
            ret_bytes[i++] = at < head ? endless_head[at] : '}';
            continue;
        }
        char patient[PATIENT_BYTES + 1];
        uint64_t number = (at - head) / PATIENT_BYTES;
        make_patient(number, number == patients - 1, patient);
        size_t from = (at - head) % PATIENT_BYTES;
        size_t run = PATIENT_BYTES - from < count - i ? PATIENT_BYTES - from : count - i;
        memcpy(ret_bytes + i, patient + from, run);
        i += run;
    }
    return ERR_OK;
}

/* Opens such a batch and each of its visits in a child; returns the child's peak in KiB. */
static long peak_of(uint64_t patients)
{
    pid_t child = fork();
    if (child == 0) {
        struct batch_source source = {&patients, sizeof endless_head + patients * PATIENT_BYTES, ERR_ENV, endless_read_at};
        struct arena arena, visit_arena;
        arena_init(&arena, BATCH_ARENA_BYTES);
        arena_init(&visit_arena, VISIT_ARENA_BYTES);
        struct batch *batch = NULL;
        struct err err;
        err_init(&err);
        bool good = batch_open(&source, &arena, &batch, &err) == ERR_OK && batch->visit_count == patients;
        for (size_t i = 0; good && i < patients; i++) {
            struct visit *visit;
            arena_clear(&visit_arena);
            good = batch_visit_open(batch, i, &visit_arena, &visit, &err) == ERR_OK;
        }
        _exit(good ? 0 : 1);
    }
    int status;
    struct rusage usage;
    assert_int_equal(wait4(child, &status, 0, &usage), child);
    assert_int_equal(status, 0);
    return usage.ru_maxrss;
}

static void ten_thousand_visits_take_four_megabytes_more_than_a_hundred(void **state)
{
    (void)state;
#if defined(__SANITIZE_ADDRESS__)
    skip(); /* the sanitizer keeps freed memory */
#endif
    long small = peak_of(100);
    long large = peak_of(10000);
    if (large > small + 4 * 1024)
        fail_msg("100 visits peaked at %ld KiB, 10,000 at %ld KiB", small, large);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_done_visits_are_planned_in_batch_order),
        cmocka_unit_test(a_visit_is_opened_in_full),
        cmocka_unit_test(a_wrapped_batch_is_the_same_batch),
        cmocka_unit_test(a_patients_mode_wins_and_continue_runs_as_full),
        cmocka_unit_test(a_mode_after_the_patients_counts_too),
        cmocka_unit_test(names_come_through_exactly),
        cmocka_unit_test(prepared_html_comes_through_exactly),
        cmocka_unit_test(a_note_as_text_becomes_paragraphs),
        cmocka_unit_test(html_wins_section_by_section),
        cmocka_unit_test(a_visit_whose_text_has_changed_is_refused),
        cmocka_unit_test(another_text_has_another_hash),
        cmocka_unit_test(only_a_note_beyond_doubt_is_skimmed),
        cmocka_unit_test(the_fixtures_open_to_their_last_visit),
        cmocka_unit_test(ten_thousand_visits_take_four_megabytes_more_than_a_hundred),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
