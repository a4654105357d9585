#include "tests/unit/batch_text.h"

const char BATCH_TEXT[] =
    "{\"batchId\":\"batch_20240101_080000\",\"mode\":\"full\",\"confirmed\":true,\"summary\":{\"totalPatients\":2},\n"
    "\"patients\":[\n"
    " {\"name\":\"TEST, ALPHA\",\"dob\":\"01/02/1903\",\"age\":120,\"insurance\":\"HF\",\"visits\":[\n"
    "  {\"index\":0,\"dos\":1,\"noteType\":\"IE\",\"txNumber\":null,\"status\":\"done\",\n"
    "   \"icdCodes\":[{\"code\":\"M54.50\",\"name\":\"Low back pain\"},{\"code\":\"M62.830\"}],\n"
    "   \"cptCodes\":[{\"code\":\"97810\",\"name\":\"ACUP\",\"units\":1}],\n"
    "   \"generated\":{\"soap\":{\"subjective\":\"s1\",\"objective\":\"o1\",\"assessment\":\"a1\",\"plan\":\"p1\"}}},\n"
    "  {\"index\":1,\"dos\":2,\"status\":\"pending\",\"generated\":null}]},\n"
    " {\"name\":\"SAMPLE, BRAVO\",\"dob\":\"02/29/1904\",\"visits\":[\n"
    "  {\"index\":0,\"dos\":1,\"noteType\":\"TX\",\"status\":\"done\",\n"
    "   \"icdCodes\":[{\"code\":\"S39.012A\",\"name\":\"Strain\"}],\n"
    "   \"cptCodes\":[{\"code\":\"9920325\",\"name\":\"OFFICE\",\"units\":2},{\"code\":\"97814\",\"name\":\"ACUP\",\"units\":99}],\n"
    "   \"generated\":{\"html\":{\"subjective\":\"<p>s2</p>\",\"objective\":\"<p>o2</p>\",\"assessment\":\"<p>a2</p>\",\"plan\":\"<p>p2</p>\"}}}]}]}\n";

void batch_text_with(struct str *ret_text, const char *from, const char *to)
{
    struct slice base = slice_of(BATCH_TEXT);
    const char *at = slice_find(base, slice_of(from));
    ASSERT(at);
    size_t head = (size_t)(at - base.ptr);
    str_init(ret_text, (size_t)64 << 20);
    str_add(ret_text, (struct slice){base.ptr, head});
    str_add_text(ret_text, to);
    str_add_text(ret_text, at + strlen(from));
    ASSERT(!str_full(ret_text));
}

enum err_code batch_text_open(struct opened_batch *o, struct slice text)
{
    *o = (struct opened_batch){.text = text};
    o->source = batch_source_of(&o->text);
    arena_init(&o->arena, BATCH_ARENA_BYTES);
    err_init(&o->err);
    return batch_open(&o->source, &o->arena, &o->batch, &o->err);
}

void batch_text_close(struct opened_batch *o)
{
    arena_fini(&o->arena);
}
