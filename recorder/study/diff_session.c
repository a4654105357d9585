#include "recorder/study/diff_parts.h"

#include "engine/base/crc32c.h"

/* Method: both sessions are read in step. Entries that are equal but for number and
   checksum are equal. Where two differ, each is looked for a little further on the other
   side: found, it was what stands before that was put in there, or taken out here; if not,
   it was changed, and the envelope's fields and the value are told apart. */

struct side {
    const struct recording *recording;
    struct reader reader;
    struct entry entry;
    bool there;
    struct {
        uint64_t offset, line;
    } context[DIFF_CONTEXT_LINES]; /* of equal entries, the last ones; oldest first */
    size_t context_count;
};

static enum err_code take(struct side *side, struct err *err)
{
    enum reader_found found;
    TRY(reader_next(&side->reader, &side->entry, &found, err));
    side->there = found == READER_ENTRY;
    if (side->there || reader_torn_bytes(&side->reader) == 0 || side->recording->manifest.status == MANIFEST_OPEN)
        return ERR_OK;
    return err_set(err, ERR_INTEGRITY, "%s:%llu: the last line has no end: damaged", RECORDING_SESSION,
                   (unsigned long long)side->reader.line + 1);
}

/* An entry without crc and n, and without its instant. */
static struct slice numberless(const struct entry *entry, struct slice from)
{
    const char *at = slice_find(entry->text, from);
    return at ? (struct slice){at, entry->text.len - (size_t)(at - entry->text.ptr)} : entry->text;
}

static struct slice timeless(const struct entry *entry)
{
    return numberless(entry, SLICE(",\"gen\":"));
}

static void remember(struct side *side)
{
    if (side->context_count == DIFF_CONTEXT_LINES)
        memmove(side->context, side->context + 1, --side->context_count * sizeof *side->context);
    side->context[side->context_count].offset = side->entry.offset;
    side->context[side->context_count++].line = side->entry.line;
}

static void describe(const struct entry *entry, char ret_what[DIVERGENCE_TEXT_MAX])
{
    char name[DIVERGENCE_TEXT_MAX] = "";
    if (!entry->base64)
        compare_name(entry->kind, entry->value, name);
    if (!text_format(ret_what, DIVERGENCE_TEXT_MAX, "%llu %s%s%.60s, in %.*s", (unsigned long long)entry->head.n,
                     entry_kind_name(entry->kind), name[0] ? " " : "", name, SLICE_ARG(entry->head.mark)))
        ret_what[0] = '\0';
}

/* The last entries that were equal, read again. */
static void add_context(struct diff *diff, const struct side *side)
{
    struct reader reader;
    struct err ignored;
    struct entry entry;
    enum reader_found found;
    char what[DIVERGENCE_TEXT_MAX];
    err_init(&ignored);
    if (side->context_count == 0)
        return;
    (void)reader_open(&reader, &side->recording->store, RECORDING_SESSION, side->context[0].offset, side->context[0].line, &ignored);
    for (size_t i = 0; i < side->context_count && ignored.code == ERR_OK; i++) {
        if (reader_next(&reader, &entry, &found, &ignored) != ERR_OK || found == READER_END)
            break;
        describe(&entry, what);
        diff_add_side(diff->out, "equal", what, "");
    }
    reader_fini(&reader);
}

/* How many entries stand before one like `wanted` on the side, that one at hand included;
   0 = none of the next ones is like it. */
static uint64_t distance_to(const struct side *side, const struct entry *wanted)
{
    struct reader reader;
    struct err ignored;
    struct entry entry;
    enum reader_found found;
    uint64_t passed = 0, distance = 0;
    err_init(&ignored);
    (void)reader_open(&reader, &side->recording->store, RECORDING_SESSION, side->entry.offset, side->entry.line, &ignored);
    while (ignored.code == ERR_OK && distance == 0 && passed < DIFF_WINDOW_ENTRIES &&
           reader_next(&reader, &entry, &found, &ignored) == ERR_OK && found == READER_ENTRY) {
        if (passed && entry.kind == wanted->kind && slice_equal(timeless(&entry), timeless(wanted)))
            distance = passed;
        passed++;
    }
    reader_fini(&reader);
    return distance;
}

static void add_at(struct diff *diff, const struct side *a, const struct side *b)
{
    str_addf(diff->out, "%s: ", RECORDING_SESSION);
    if (!a->there || !b->there)
        str_addf(diff->out, "%s ends here, %s goes on at entry %llu\n", a->there ? "B" : "A", a->there ? "A" : "B",
                 (unsigned long long)(a->there ? a : b)->entry.head.n);
    else
        str_addf(diff->out, "entry %llu of A and %llu of B\n", (unsigned long long)a->entry.head.n,
                 (unsigned long long)b->entry.head.n);
}

static void add_only(struct diff *diff, const char *who, const struct side *side, uint64_t count)
{
    char what[DIVERGENCE_TEXT_MAX];
    uint64_t first = side->entry.head.n;
    if (count == 1)
        str_addf(diff->out, "%s: entry %llu is only in %s\n", RECORDING_SESSION, (unsigned long long)first, who);
    else
        str_addf(diff->out, "%s: entries %llu to %llu are only in %s\n", RECORDING_SESSION, (unsigned long long)first,
                 (unsigned long long)(first + count - 1), who);
    add_context(diff, side);
    describe(&side->entry, what);
    diff_add_side(diff->out, who, what, "");
}

/* Leaves `count` entries of one side behind. */
static enum err_code pass(struct side *side, uint64_t count, struct err *err)
{
    while (count-- && side->there)
        TRY(take(side, err));
    return ERR_OK;
}

struct shapes {
    char field[DIVERGENCE_TEXT_MAX], a[DIVERGENCE_TEXT_MAX], b[DIVERGENCE_TEXT_MAX];
};

static bool number_differs(const char *name, int64_t a, int64_t b, const struct compare_names *ignored, struct shapes *shapes)
{
    if (a == b || compare_names_hold(ignored, name))
        return false;
    ASSERT(text_format(shapes->field, sizeof shapes->field, "%s", name) &&
           text_format(shapes->a, sizeof shapes->a, "%lld", (long long)a) &&
           text_format(shapes->b, sizeof shapes->b, "%lld", (long long)b));
    return true;
}

/* The sides' own lines show both. */
static bool word_differs(const char *name, bool differs, const struct compare_names *ignored, struct shapes *shapes)
{
    if (!differs || compare_names_hold(ignored, name))
        return false;
    *shapes = (struct shapes){0};
    ASSERT(text_format(shapes->field, sizeof shapes->field, "%s", name));
    return true;
}

/* Equal as JSON but for what is ignored is equal. */
static bool value_differs(const char *name, struct slice a, struct slice b, bool is_json, const struct compare_names *ignored,
                          struct shapes *shapes)
{
    char field[DIVERGENCE_TEXT_MAX];
    if (slice_equal(a, b) || compare_names_hold(ignored, name))
        return false;
    bool named = compare_values_but(a, b, ignored, field, shapes->a, shapes->b);
    if (!named && is_json && ignored->count)
        return false;
    return text_format(shapes->field, sizeof shapes->field, "%s%s%.120s", name, field[0] ? "." : "", field);
}

/* The first field in which two entries differ, in the order of the line; false when they
   differ in nothing that counts. */
static bool find_field(const struct entry *a, const struct entry *b, const struct compare_names *ignored, struct shapes *shapes)
{
    *shapes = (struct shapes){0};
    if (word_differs("kind", a->kind != b->kind || a->base64 != b->base64, ignored, shapes))
        return true;
    return number_differs("at", a->head.at.us, b->head.at.us, ignored, shapes) ||
           number_differs("gen", a->head.generation, b->head.generation, ignored, shapes) ||
           word_differs("mark", !slice_equal(a->head.mark, b->head.mark), ignored, shapes) ||
           value_differs("bulk", a->bulk, b->bulk, true, ignored, shapes) ||
           value_differs(entry_kind_name(a->kind), a->value, b->value, !a->base64, ignored, shapes);
}

static void add_changed(struct diff *diff, const struct side *a, const struct side *b, const struct shapes *shapes)
{
    char what[DIVERGENCE_TEXT_MAX];
    add_at(diff, a, b);
    add_context(diff, a);
    diff_add_field(diff->out, shapes->field);
    describe(&a->entry, what);
    diff_add_side(diff->out, "A", what, shapes->a);
    describe(&b->entry, what);
    diff_add_side(diff->out, "B", what, shapes->b);
}

/* Two entries at hand that may differ: tells it, and brings both sides in step again.
   *ret_equal: they differ in nothing that counts. */
static enum err_code judge(struct diff *diff, struct side *a, struct side *b, bool *ret_equal, struct err *err)
{
    struct shapes shapes;
    const struct compare_names *ignored = &diff->options->ignored;
    *ret_equal = !find_field(&a->entry, &b->entry, ignored, &shapes);
    if (*ret_equal)
        return ERR_OK;
    bool same = slice_equal(timeless(&a->entry), timeless(&b->entry));
    uint64_t more_in_b = same ? 0 : distance_to(b, &a->entry);
    uint64_t more_in_a = same ? 0 : distance_to(a, &b->entry);
    bool only_b = more_in_b && (more_in_a == 0 || more_in_b <= more_in_a);
    if (only_b)
        add_only(diff, "B", b, more_in_b);
    else if (more_in_a)
        add_only(diff, "A", a, more_in_a);
    else
        add_changed(diff, a, b, &shapes);
    if (only_b)
        return pass(b, more_in_b, err);
    if (more_in_a)
        return pass(a, more_in_a, err);
    TRY(take(a, err));
    return take(b, err);
}

static bool are_equal(const struct side *a, const struct side *b)
{
    return slice_equal(numberless(&a->entry, SLICE(",\"at\":")), numberless(&b->entry, SLICE(",\"at\":")));
}

static enum err_code walk(struct diff *diff, struct side *a, struct side *b, struct err *err)
{
    TRY(take(a, err));
    TRY(take(b, err));
    while (a->there && b->there) {
        bool equal = are_equal(a, b);
        if (!equal)
            TRY(judge(diff, a, b, &equal, err));
        if (!equal && !diff_goes_on(diff))
            return ERR_OK;
        if (!equal)
            continue;
        remember(a);
        remember(b);
        diff->result.entries++;
        TRY(take(a, err));
        TRY(take(b, err));
    }
    if (!a->there && !b->there)
        return ERR_OK;
    add_at(diff, a, b);
    add_context(diff, a->there ? a : b);
    (void)diff_goes_on(diff);
    return ERR_OK;
}

enum err_code diff_sessions(struct diff *diff, const struct recording *a, const struct recording *b, struct err *err)
{
    struct side sides[] = {{.recording = a}, {.recording = b}};
    enum err_code code = reader_open(&sides[0].reader, &a->store, RECORDING_SESSION, 0, 1, err);
    if (code == ERR_OK) {
        code = reader_open(&sides[1].reader, &b->store, RECORDING_SESSION, 0, 1, err);
        if (code == ERR_OK)
            code = walk(diff, &sides[0], &sides[1], err);
        reader_fini(&sides[1].reader);
    }
    reader_fini(&sides[0].reader);
    return code;
}
