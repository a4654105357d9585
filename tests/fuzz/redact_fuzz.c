/* Any bytes as a text that is to be written; the first byte says by which rule, and where it
   stands. The text keeps its length and everything beside it; who is known stands in it no more
   as a word; and redacting it once more changes nothing. That is asked of UTF-8 without long runs
   of base64's letters: in Latin-1 a stand-in's letter may begin a character with the signs behind
   it, and what a run decodes to from its first letter on it may also from its second. */
#include "recorder/redact/redact.h"
#include "recorder/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 4096

static const unsigned char seed[32] = "the same stand-ins in each run.";
static const char *const known[] = {"BRONTOVAL", "KESSIMER", "Wuxelbrand77"};
static struct phi_map *map;

/* Who is in a batch. */
struct person {
    char name[19], born[10], id[12], note[31];
};
static const struct person somebody = {"BRONTOVAL, KESSIMER", "11/23/1961", "Wuxelbrand77", "Plimsater gorvelund every dawn."};

static struct redact *redactor(const struct person *source, bool clean, bool in_body)
{
    struct person p = *source;
    struct redact *redact = redact_new(map, seed);
    if (!redact)
        abort();
    redact_wall(redact, 1795616812070024);
    redact_site(redact, SLICE("https://clinic7.example:4443/eClinic"));
    if (clean)
        redact_trust(redact);
    redact_learn_name(redact, p.name, sizeof p.name);
    redact_learn_date(redact, p.born, sizeof p.born);
    redact_learn_id(redact, p.id, sizeof p.id);
    if (clean)
        redact_learn_harmless(redact, p.note, sizeof p.note);
    else
        redact_learn_note(redact, p.note, sizeof p.note);
    redact_in_body(redact, in_body);
    return redact;
}

/* As the batch of the clean recording has them. */
static struct person stand_in(struct redact *redact)
{
    struct person p = somebody;
    redact_text(redact, REDACT_KNOWN, p.name, sizeof p.name);
    redact_text(redact, REDACT_KNOWN, p.born, sizeof p.born);
    redact_text(redact, REDACT_KNOWN, p.id, sizeof p.id);
    redact_text(redact, REDACT_KNOWN, p.note, sizeof p.note);
    return p;
}

static bool is_word(char c)
{
    return isalnum((unsigned char)c) || (c & 0x80);
}

static bool stands_alone(struct slice text, struct slice word)
{
    for (size_t i = 0; i + word.len <= text.len; i++)
        if (strncasecmp(text.ptr + i, word.ptr, word.len) == 0 && (i == 0 || !is_word(text.ptr[i - 1])) &&
            (i + word.len == text.len || !is_word(text.ptr[i + word.len])))
            return true;
    return false;
}

#define CODED_MIN 12

static bool is_told(struct slice text)
{
    size_t run = 0;
    for (size_t i = 0; i < text.len && run < CODED_MIN; i++)
        run = isalnum((unsigned char)text.ptr[i]) || strchr("+/-_%=", text.ptr[i]) ? run + 1 : 0;
    return run < CODED_MIN && text_is_utf8(text);
}

/* By who has the clean batch alone. */
static void look_again(const struct person *person, enum redact_mode mode, bool in_body, const char *text, size_t len)
{
    static char again[TEXT_MAX];
    struct redact *redact = redactor(person, true, in_body);
    memcpy(again, text, len);
    redact_text(redact, mode, again, len);
    ASSERT(memcmp(again, text, len) == 0);
    redact_free(redact);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[TEXT_MAX];
    struct err err;
    err_init(&err);
    if (!map && phi_map_parse((struct slice){phi_map_text, phi_map_text_size}, &map, &err) != ERR_OK)
        abort();
    if (size == 0 || size > TEXT_MAX)
        return 0;
    enum redact_mode mode = data[0] % 3;
    bool in_body = data[0] & 4;
    size_t len = size - 1;
    char *exact = malloc(len + 1); /* so that a byte beside it is noticed */
    if (!exact)
        abort();
    memcpy(exact, data + 1, len);
    struct redact *redact = redactor(&somebody, false, in_body);
    struct person clean = stand_in(redact);
    redact_text(redact, mode, exact, len);
    ASSERT(!redact_is_full(redact));
    redact_free(redact);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ASSERT(!stands_alone((struct slice){exact, len}, slice_of(known[i])));
    memcpy(text, exact, len);
    free(exact);
    if (is_told((struct slice){(const char *)data + 1, len}))
        look_again(&clean, mode, in_body, text, len);
    return 0;
}
