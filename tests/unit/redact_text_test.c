/* One text under the redactor: what is known goes in whatever coat it stands, what nobody knows goes where no
   rule lets it through, and nothing else is touched. Names here are made up and outside
   of the reserved ranges on purpose. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <cmocka.h>

#include "recorder/redact/redact.h"

#include <sodium.h>

struct fixture {
    struct phi_map *map;
    struct redact *redact;
    char text[4096];
    size_t len;
};

static const unsigned char seed[32] = "the same stand-ins in each run.";

static int set_up(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    struct err err;
    err_init(&err);
    if (phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &f->map, &err) != ERR_OK)
        return -1;
    f->redact = redact_new(f->map, seed);
    redact_wall(f->redact, 1795616812070024);
    redact_site(f->redact, SLICE("https://clinic7.example:4443/eClinic"));
    *state = f;
    return 0;
}

static int tear_down(void **state)
{
    struct fixture *f = *state;
    redact_free(f->redact);
    phi_map_free(f->map);
    free(f);
    return 0;
}

static void put(struct fixture *f, const char *text, size_t len)
{
    assert_true(len < sizeof f->text);
    memcpy(f->text, text, len);
    f->text[len] = '\0';
    f->len = len;
}

static void learn_person(struct fixture *f)
{
    put(f, "BRONTOVAL, KESSIMER", 19);
    redact_learn_name(f->redact, f->text, f->len);
    put(f, "11/23/1961", 10);
    redact_learn_date(f->redact, f->text, f->len);
}

static const char *judged(struct fixture *f, enum redact_mode mode, const char *text)
{
    put(f, text, strlen(text));
    redact_text(f->redact, mode, f->text, f->len);
    return f->text;
}

static void assert_gone(struct fixture *f, enum redact_mode mode, const char *text, const char *gone)
{
    judged(f, mode, text);
    if (slice_contains_nocase((struct slice){f->text, f->len}, slice_of(gone)))
        fail_msg("%s is still in what %s became: %s", gone, text, f->text);
}

static void assert_stays(struct fixture *f, enum redact_mode mode, const char *text)
{
    judged(f, mode, text);
    if (strcmp(f->text, text) != 0)
        fail_msg("%s became %s", text, f->text);
}

static void a_known_name_goes_in_any_order_and_case(void **state)
{
    struct fixture *f = *state;
    learn_person(f);
    assert_gone(f, REDACT_KNOWN, "for Kessimer Brontoval today", "brontoval");
    assert_gone(f, REDACT_KNOWN, "for kessimer brontoval today", "kessimer");
    assert_gone(f, REDACT_KNOWN, "patientBrontovalRow", "brontoval");
    assert_gone(f, REDACT_KNOWN, "/notes/brontoval_kessimer2.pdf", "brontoval");
    assert_stays(f, REDACT_KNOWN, "Brontovals are many, and Kessimeria is a plant");
}

/* Each spelling, and what of the name must not be read in it. */
static void escapes_are_undone_whatever_they_are(void **state)
{
    struct fixture *f = *state;
    learn_person(f);
    static const char *const coats[][2] = {
        {"\\u0042RONTOVAL", "RONTOVAL"},
        {"\\u0042\\u0052\\u004f\\u004E\\u0054\\u004f\\u0056\\u0041\\u004c", "\\u0052\\u004f\\u004E"},
        {"\\x42\\x52\\x4fNTOVAL", "NTOVAL"},
        {"%42%52%4fNTOVAL", "NTOVAL"},
        {"%u0042RONTOVAL", "RONTOVAL"},
        {"%2542RONTOVAL", "RONTOVAL"},
        {"&#66;RONTOVAL", "RONTOVAL"},
        {"&#x42;RONTOVAL", "RONTOVAL"},
        {"&amp;#66;RONTOVAL", "RONTOVAL"},
        {"%5Cu0042RONTOVAL", "RONTOVAL"},
        {"name=BRONTOVAL%2C+KESSIMER&x=1", "KESSIMER"},
        {"{\\\"name\\\":\\\"BRONTOVAL, KESSIMER\\\"}", "KESSIMER"},
        {"=42=52=4FNTOVAL", "NTOVAL"},
        {"&#98;&#114;&#111;&#110;&#116;&#111;&#118;&#97;&#108;", "&#114;&#111;&#110;"},
    };
    for (size_t i = 0; i < sizeof coats / sizeof *coats; i++)
        assert_gone(f, REDACT_KNOWN, coats[i][0], coats[i][1]);
}

static void utf_16_is_seen_through(void **state)
{
    struct fixture *f = *state;
    learn_person(f);
    for (size_t order = 0; order < 2; order++) {
        char wide[64] = {0};
        const char name[] = "a Brontoval b";
        for (size_t i = 0; i < sizeof name - 1; i++)
            wide[2 * i + order] = name[i];
        put(f, wide, 2 * (sizeof name - 1));
        redact_text(f->redact, REDACT_KNOWN, f->text, f->len);
        assert_int_equal(f->text[order], 'a');
        assert_int_not_equal(f->text[2 * 3 + order], 'r');
        assert_int_equal(f->text[2 * 12 + order], 'b');
    }
}

static void base64_is_opened_at_every_alignment(void **state)
{
    struct fixture *f = *state;
    learn_person(f);
    static const char *const before[] = {"", "x", "xy", "xyz"};
    for (size_t i = 0; i < 4; i++)
        for (size_t cut = 0; cut < 4; cut++) {
            char plain[128], coded[256], back[256] = {0};
            size_t made = 0;
            snprintf(plain, sizeof plain, "%s name is Brontoval, or so", before[i]);
            sodium_bin2base64(coded, sizeof coded, (const unsigned char *)plain, strlen(plain), sodium_base64_VARIANT_ORIGINAL);
            judged(f, REDACT_KNOWN, coded + cut);
            assert_int_equal(strlen(f->text), strlen(coded + cut));
            memcpy(coded + cut, f->text, strlen(f->text));
            sodium_base642bin((unsigned char *)back, sizeof back, coded, strlen(coded), NULL, &made, NULL, sodium_base64_VARIANT_ORIGINAL);
            if (strstr(back, "rontoval"))
                fail_msg("with %zu bytes before and %zu letters cut: %s", i, cut, back);
            assert_non_null(strstr(back, ", or so"));
        }
}

static void the_same_value_has_the_same_stand_in_everywhere(void **state)
{
    struct fixture *f = *state;
    char plain[64];
    learn_person(f);
    snprintf(plain, sizeof plain, "%.9s", judged(f, REDACT_KNOWN, "BRONTOVAL"));
    assert_memory_equal(judged(f, REDACT_WORDS, "BRONTOVAL"), plain, 9);
    assert_memory_equal(judged(f, REDACT_KNOWN, "\\u0042RONTOVAL") + 6, plain + 1, 8);
    assert_string_not_equal(judged(f, REDACT_WORDS, "BRONTOVEL"), plain);
}

static void a_birth_date_goes_in_all_its_forms(void **state)
{
    struct fixture *f = *state;
    learn_person(f);
    static const char *const forms[] = {"11/23/1961", "11-23-1961", "1961-11-23", "11%2F23%2F1961", "19611123", "11231961",
                                        "11/23/61",   "11.23.1961", "1961-11-23T00:00:00Z"};
    for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
        assert_gone(f, REDACT_KNOWN, forms[i], "1961");
        assert_gone(f, REDACT_KNOWN, forms[i], "23/61");
    }
    assert_stays(f, REDACT_KNOWN, "11/24/1961");
    assert_gone(f, REDACT_WORDS, "11/24/1961", "1961");
}

static void what_nobody_knows_goes_where_words_are_judged(void **state)
{
    struct fixture *f = *state;
    assert_gone(f, REDACT_WORDS, "Patient: Wimblefrost", "Wimblefrost");
    assert_gone(f, REDACT_WORDS, "call (212) 555-0187 now", "555");
    assert_gone(f, REDACT_WORDS, "call 212-555-0187 now", "212");
    assert_gone(f, REDACT_WORDS, "SSN 219-09-9998", "219");
    assert_gone(f, REDACT_WORDS, "at 203.0.113.77 now", "113");
    assert_gone(f, REDACT_WORDS, "chart 4711823", "4711823");
    assert_gone(f, REDACT_WORDS, "serial A1B2C3D4E5", "B2C3");
    assert_gone(f, REDACT_WORDS, "wimblefrost@brontomail.test", "wimblefrost");
    assert_stays(f, REDACT_WORDS, "<input type=\"hidden\" name=\"patient\" value=\"12\">");
    assert_stays(f, REDACT_WORDS, "https://clinic7.example:4443/eClinic/clinic_main.aspx");
    assert_stays(f, REDACT_WORDS, "href=\"/eClinic/wimblefrost/all.min.css\"");
    assert_gone(f, REDACT_WORDS, "href=\"/eClinic/wimblefrost/all.min.aspx\"", "wimblefrost");
    assert_stays(f, REDACT_WORDS, "TEST, ALPHA (01/02/1903)");
    assert_stays(f, REDACT_WORDS, "{\"Success\":\"1\"} M54.50 97810 15000");
}

static void a_given_name_stays_beside_an_invented_surname_only(void **state)
{
    struct fixture *f = *state;
    assert_stays(f, REDACT_WORDS, "EXAMPLE, WILLIAM \"BILL\"");
    assert_gone(f, REDACT_WORDS, "Wimblefrost, William", "William");
    assert_stays(f, REDACT_WORDS, "測試, 小明");
    assert_gone(f, REDACT_WORDS, "陳, 小明", "小明");
}

/* Packed text cannot be judged: nothing of it is left to unpack. */
static void packed_text_is_not_left(void **state)
{
    struct fixture *f = *state;
    assert_gone(f, REDACT_KNOWN, "x", "y");
    learn_person(f);
    judged(f, REDACT_KNOWN, "\"H4sIAAAAAAAAA0sqys8ryS9LzAEAKpVsOQkAAAA=\"");
    assert_null(strstr(f->text, "H4sI"));
    assert_null(strstr(f->text, "A0sqys8ryS9L"));
}

static void lines_of_a_note_become_other_words_wherever_they_stand(void **state)
{
    struct fixture *f = *state;
    char first[256];
    const char *note = "Onset after a fall at the bakery.\\nDenies fever & chills, smokes.";
    put(f, note, strlen(note));
    redact_learn_note(f->redact, f->text, f->len);
    snprintf(first, sizeof first, "%s", judged(f, REDACT_KNOWN, "Onset after a fall at the bakery."));
    assert_null(strstr(first, "Onset"));
    assert_null(strstr(first, "after"));
    assert_memory_equal(judged(f, REDACT_WORDS, "<p>Onset after a fall at the bakery.</p>") + 3, first, strlen(first));
    assert_gone(f, REDACT_KNOWN, "soap=%3Cp%3EOnset+after+a+fall+at+the+bakery.%3C%2Fp%3E", "Onset");
    assert_gone(f, REDACT_KNOWN, "<li>Denies fever &amp; chills, smokes.</li>", "chills");
}

static void ids_are_learned_with_and_without_their_prefix(void **state)
{
    struct fixture *f = *state;
    put(f, "trt4711823", 10);
    redact_learn_id(f->redact, f->text, f->len);
    assert_gone(f, REDACT_KNOWN, "visit 4711823", "4711823");
    assert_gone(f, REDACT_KNOWN, "trt4711823", "4711823");
    assert_memory_equal(judged(f, REDACT_KNOWN, "trt4711823"), "trt", 3);
    assert_stays(f, REDACT_KNOWN, "47118230");
}

/* What was redacted holds nothing, and is left as it is by the next. */
static void twice_is_once(void **state)
{
    struct fixture *f = *state;
    char once[4096];
    static const char text[] = "Patient Wimblefrost, Jo-Ann 4711823 11/24/1961 3/4/2026 212-555-0187 10.1.2.3 A1B2C3D4E5 x9f 陳小明 Ærø "
                               "caf\\u00e9s zzz9 4711 abc12345 a.b@c.example/9QQ77w+a3Rt ref=0017";
    learn_person(f);
    for (int mode = REDACT_WORDS; mode <= REDACT_ALL; mode++) {
        struct redact *second = redact_new(f->map, NULL), *scanner = redact_new(f->map, NULL);
        snprintf(once, sizeof once, "%s", judged(f, (enum redact_mode)mode, text));
        redact_trust(second);
        redact_trust(scanner);
        redact_scan(scanner);
        redact_text(second, (enum redact_mode)mode, f->text, f->len);
        assert_string_equal(f->text, once);
        redact_text(scanner, (enum redact_mode)mode, f->text, f->len);
        struct redact_counts counts = redact_counts(scanner);
        for (size_t i = 0; i < REDACT_KINDS; i++)
            assert_int_equal(counts.replaced[i], 0);
        redact_free(second);
        redact_free(scanner);
    }
}

static void a_scan_changes_nothing_and_counts(void **state)
{
    struct fixture *f = *state;
    redact_scan(f->redact);
    assert_stays(f, REDACT_WORDS, "Wimblefrost 4711823 11/24/1961 x3y4z5w6");
    struct redact_counts counts = redact_counts(f->redact);
    assert_int_equal(counts.replaced[REDACT_WORD], 1);
    assert_int_equal(counts.replaced[REDACT_NUMBER], 1);
    assert_int_equal(counts.replaced[REDACT_DATE], 1);
    assert_int_equal(counts.replaced[REDACT_MIXED], 1);
}

static void stand_ins_do_not_come_from_the_values(void **state)
{
    struct fixture *f = *state;
    struct redact *other = redact_new(f->map, NULL);
    char text[] = "Wimblefrost", again[] = "Wimblefrost";
    redact_text(f->redact, REDACT_WORDS, text, sizeof text - 1);
    redact_text(other, REDACT_WORDS, again, sizeof again - 1);
    assert_string_not_equal(text, again);
    redact_free(other);
}

static void dates_of_service_keep_their_order(void **state)
{
    struct fixture *f = *state;
    assert_string_equal(judged(f, REDACT_WORDS, "3/9/2026 12/31/2025 02/29/2028"), "3/9/1905 12/31/1904 02/28/1907");
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        CASE(a_known_name_goes_in_any_order_and_case),
        CASE(escapes_are_undone_whatever_they_are),
        CASE(utf_16_is_seen_through),
        CASE(base64_is_opened_at_every_alignment),
        CASE(the_same_value_has_the_same_stand_in_everywhere),
        CASE(a_birth_date_goes_in_all_its_forms),
        CASE(what_nobody_knows_goes_where_words_are_judged),
        CASE(a_given_name_stays_beside_an_invented_surname_only),
        CASE(packed_text_is_not_left),
        CASE(lines_of_a_note_become_other_words_wherever_they_stand),
        CASE(ids_are_learned_with_and_without_their_prefix),
        CASE(twice_is_once),
        CASE(a_scan_changes_nothing_and_counts),
        CASE(stand_ins_do_not_come_from_the_values),
        CASE(dates_of_service_keep_their_order),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
