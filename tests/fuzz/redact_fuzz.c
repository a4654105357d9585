/* Any bytes as a text that is to be written; the first byte says by which rule, and where it
   stands. The text keeps its length and everything beside it; who is known stands in it no more
   as a word; and what came out is clean: a scan that trusts it finds nothing, and redacting it
   once more changes nothing. */
#include "recorder/redact/redact.h"

#include <ctype.h>
#include <stdlib.h>
#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define TEXT_MAX 4096

static const unsigned char seed[32] = "the same stand-ins in each run.";
static const char *const known[] = {"BRONTOVAL", "KESSIMER", "Wuxelbrand77"};
static struct phi_map *map;

static struct redact *redactor(bool in_body)
{
    char name[] = "BRONTOVAL, KESSIMER", born[] = "11/23/1961", id[] = "Wuxelbrand77", note[] = "Plimsater gorvelund every morning";
    struct redact *redact = redact_new(map, seed);
    if (!redact)
        abort();
    redact_wall(redact, 1795616812070024);
    redact_site(redact, SLICE("https://clinic7.example:4443/eClinic"));
    redact_learn_name(redact, name, sizeof name - 1);
    redact_learn_date(redact, born, sizeof born - 1);
    redact_learn_id(redact, id, sizeof id - 1);
    redact_learn_note(redact, note, sizeof note - 1);
    redact_in_body(redact, in_body);
    return redact;
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

/* Known no more: what a reader of the recording has is the text alone. */
static void look_again(enum redact_mode mode, bool in_body, const char *text, size_t len)
{
    static char again[TEXT_MAX];
    struct redact *redact = redact_new(map, seed);
    if (!redact)
        abort();
    redact_wall(redact, 1795616812070024);
    redact_site(redact, SLICE("https://clinic7.example:4443/eClinic"));
    redact_trust(redact);
    redact_in_body(redact, in_body);
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
    struct redact *redact = redactor(in_body);
    redact_text(redact, mode, exact, len);
    ASSERT(!redact_is_full(redact));
    redact_free(redact);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        ASSERT(!stands_alone((struct slice){exact, len}, slice_of(known[i])));
    memcpy(text, exact, len);
    free(exact);
    look_again(mode, in_body, text, len);
    return 0;
}
