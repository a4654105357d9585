/* The short form, by hand: words between '.', '#', ':', '=' and ',', numbers in decimal,
   names from the tables. What parses formats back to itself. */
#include "recorder/model/fault.h"

#include "engine/base/nearest.h"

static const struct {
    const char *name;
    uint32_t where;
    const char *sentence;
} kinds[FAULT_KIND_COUNT] = {
#define X(id, name, where, sentence) [id] = {name, where, sentence},
#include "recorder/model/fault.def"
#undef X
};

static const char *const targets[FAULT_TARGET_COUNT] = {
#define X(id, name, budget, effect, target) [FAULT_AT_##id] = name,
#include "engine/mdland/ops.def"
#undef X
    [FAULT_AT_START] = "start", [FAULT_AT_COMMIT] = "commit", [FAULT_AT_HTTP] = "http",
    [FAULT_AT_LOCK] = "lock",   [FAULT_AT_PING] = "ping",     [FAULT_AT_FRAMES] = "frames",
};

const char *fault_kind_name(enum fault_kind kind)
{
    return kinds[kind].name;
}

const char *fault_kind_sentence(enum fault_kind kind)
{
    return kinds[kind].sentence;
}

const char *fault_target_name(enum fault_target target)
{
    return targets[target];
}

enum fault_target fault_target_of(const char *operation)
{
    for (int i = 0; i < FAULT_AT_START; i++)
        if (strcmp(targets[i], operation) == 0)
            return (enum fault_target)i;
    return FAULT_TARGET_COUNT;
}

enum fault_target fault_target_of_op(const struct op *op)
{
    switch (op->kind) {
    case OP_CALL: return fault_target_of(op->call.operation->name);
    case OP_START: return FAULT_AT_START;
    case OP_FRAMES: return FAULT_AT_FRAMES;
    case OP_PING: return FAULT_AT_PING;
    case OP_HTTP: return FAULT_AT_HTTP;
    case OP_COMMIT: return FAULT_AT_COMMIT;
    case OP_LOCK: return FAULT_AT_LOCK;
    case OP_STOP:
    case OP_ANSWER: return FAULT_TARGET_COUNT;
    }
    return FAULT_TARGET_COUNT;
}

bool fault_applies(enum fault_kind kind, enum fault_target target)
{
    return (kinds[kind].where & FAULT_BIT(target)) != 0;
}

bool fault_has_size(enum fault_kind kind)
{
    return strchr(kinds[kind].sentence, '[') != NULL || kind == FAULT_SESSION_EXPIRED;
}

bool fault_has_taken(enum fault_kind kind, enum fault_target target)
{
    return strstr(kinds[kind].sentence, "unless taken") != NULL && (FAULT_WHERE_EFFECT & FAULT_BIT(target));
}

bool fault_kills(enum fault_kind kind)
{
    return kind == FAULT_KILL || kind == FAULT_KILL_AFTER || kind == FAULT_TORN_COMMIT;
}

/* Cuts text at the first of `mark`: what stands before it, and what behind; all of it and
   nothing (ptr NULL) where there is none. */
static struct slice cut(struct slice *rest, char mark)
{
    const char *at = rest->len ? memchr(rest->ptr, mark, rest->len) : NULL;
    struct slice head = *rest;
    if (at)
        head.len = (size_t)(at - rest->ptr);
    *rest = at ? (struct slice){at + 1, rest->len - head.len - 1} : SLICE_NONE;
    return head;
}

static bool take_number(struct slice text, uint32_t max, uint32_t *ret_number)
{
    uint64_t number;
    if (text.len == 0 || (text.len > 1 && text.ptr[0] == '0') || !slice_parse_u64(text, max, &number))
        return false;
    *ret_number = (uint32_t)number;
    return true;
}

/* "p3" with letter 'p', as a word of its own in front of a '.'. */
static bool take_part(struct slice *rest, char letter, uint32_t *ret_number)
{
    struct slice after = *rest, word = cut(&after, '.');
    uint32_t number = 0;
    if (!after.ptr || word.len < 2 || word.ptr[0] != letter ||
        !take_number((struct slice){word.ptr + 1, word.len - 1}, FAULT_OUTSIDE - 1, &number) || number == 0)
        return false;
    *ret_number = number;
    *rest = after;
    return true;
}

static bool take_name(struct slice text, const char *(*name)(int), int count, int *ret_index)
{
    for (int i = 0; i < count; i++) {
        if (!slice_equal(text, slice_of(name(i))))
            continue;
        *ret_index = i;
        return true;
    }
    return false;
}

/* A word that take_name() did not take. */
static void look_near(struct slice text, const char *(*name)(int), int count, struct nearest *ret_near)
{
    nearest_init(ret_near, text);
    for (int i = 0; i < count; i++)
        nearest_try(ret_near, name(i));
}

static const char *nth_kind(int index)
{
    return kinds[index].name;
}

static const char *nth_target(int index)
{
    return targets[index];
}

static enum err_code refuse_place(struct slice name, struct err *err)
{
    struct nearest near;
    look_near(name, nth_target, FAULT_TARGET_COUNT, &near);
    return err_set(err, ERR_INPUT, "\"%.*s\" is no place%s; it is [rN.][pN[.vN][.aN].|run.] and an operation of ops.def, "
                   "start, commit, http, lock, ping or frames", SLICE_ARG(name), nearest_hint(&near, ""));
}

static enum err_code parse_place(struct slice text, struct fault *f, struct err *err)
{
    int target;
    (void)take_part(&text, 'r', &f->run);
    if (slice_starts(text, SLICE("run."))) {
        f->patient = FAULT_OUTSIDE;
        text = (struct slice){text.ptr + 4, text.len - 4};
    } else if (take_part(&text, 'p', &f->patient)) {
        (void)take_part(&text, 'v', &f->dos);
        (void)take_part(&text, 'a', &f->attempt);
    }
    struct slice nth = text, name = cut(&nth, '#');
    f->nth = 1;
    if (nth.ptr && slice_equal(nth, SLICE("*")))
        f->nth = 0;
    else if (nth.ptr && (!take_number(nth, UINT32_MAX, &f->nth) || f->nth == 0))
        return err_set(err, ERR_INPUT, "what follows # is a number from 1, or *");
    if (!take_name(name, nth_target, FAULT_TARGET_COUNT, &target))
        return refuse_place(name, err);
    f->target = (enum fault_target)target;
    return ERR_OK;
}

static enum err_code parse_kind(struct slice text, struct fault *f, struct err *err)
{
    struct slice word = text, first = cut(&word, ',');
    struct slice size = first, name = cut(&size, '=');
    int kind;
    if (!take_name(name, nth_kind, FAULT_KIND_COUNT, &kind)) {
        struct nearest near;
        look_near(name, nth_kind, FAULT_KIND_COUNT, &near);
        return err_set(err, ERR_INPUT, "\"%.*s\" is no kind of fault%s; revisit help faults lists them", SLICE_ARG(name),
                       nearest_hint(&near, ""));
    }
    f->kind = (enum fault_kind)kind;
    if (!fault_applies(f->kind, f->target))
        return err_set(err, ERR_INPUT, "%s cannot happen at %s", nth_kind(kind), nth_target((int)f->target));
    if (size.ptr && (!fault_has_size(f->kind) || !take_number(size, FAULT_SIZE_MAX, &f->size)))
        return err_set(err, ERR_INPUT, "%s=%.*s: %s", nth_kind(kind), SLICE_ARG(size), kinds[kind].sentence);
    if (word.ptr && (!slice_equal(word, SLICE("taken")) || !fault_has_taken(f->kind, f->target)))
        return err_set(err, ERR_INPUT, "%s,%.*s at %s: %s", nth_kind(kind), SLICE_ARG(word), nth_target((int)f->target),
                       kinds[kind].sentence);
    f->taken = word.ptr != NULL;
    return ERR_OK;
}

enum err_code fault_parse(struct slice text, struct fault *ret_fault, struct err *err)
{
    struct slice what = text, place = cut(&what, ':');
    struct fault f = {0};
    if (!what.ptr)
        return err_set(err, ERR_INPUT, "a fault is PLACE:KIND, like p3.v2.a1.saveSOAP:hang");
    TRY(parse_place(place, &f, err));
    TRY(parse_kind(what, &f, err));
    *ret_fault = f;
    return ERR_OK;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\n' || c == '\t';
}

enum err_code fault_parse_list(struct slice text, size_t max, struct fault *ret_faults, size_t *ret_count, struct err *err)
{
    size_t count = 0;
    for (size_t at = 0; at < text.len;) {
        size_t end = at;
        while (end < text.len && !is_blank(text.ptr[end]))
            end++;
        struct slice word = {text.ptr + at, end - at};
        at = end + 1;
        if (word.len == 0)
            continue;
        if (count == max)
            return err_set(err, ERR_INPUT, "more than %zu faults", max);
        if (fault_parse(word, &ret_faults[count], err) != ERR_OK)
            return err_wrap(err, "fault %zu", count + 1);
        count++;
    }
    *ret_count = count;
    return ERR_OK;
}

static void add_part(struct str *out, char letter, uint32_t number)
{
    if (number)
        str_addf(out, "%c%u.", letter, number);
}

static void add(const struct fault *f, struct str *out)
{
    add_part(out, 'r', f->run);
    if (f->patient == FAULT_OUTSIDE)
        str_add_text(out, "run.");
    else if (f->patient) {
        add_part(out, 'p', f->patient);
        add_part(out, 'v', f->dos);
        add_part(out, 'a', f->attempt);
    }
    str_add_text(out, targets[f->target]);
    if (f->nth == 0)
        str_add_text(out, "#*");
    else if (f->nth > 1)
        str_addf(out, "#%u", f->nth);
    str_addf(out, ":%s", kinds[f->kind].name);
    if (f->size)
        str_addf(out, "=%u", f->size);
    if (f->taken)
        str_add_text(out, ",taken");
}

size_t fault_format(const struct fault *fault, char ret_text[FAULT_TEXT_MAX])
{
    CLEANUP_STR struct str text;
    str_init(&text, FAULT_TEXT_MAX - 1);
    add(fault, &text);
    ASSERT(!str_full(&text));
    memcpy(ret_text, str_text(&text), text.len + 1);
    return text.len;
}

void fault_format_list(const struct fault *faults, size_t count, struct str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (i)
            str_add_char(out, ' ');
        add(&faults[i], out);
    }
}
