/* A claim about a visit that is named is one comparison, and its edit the value in its place.
   A claim about all others fails with the lines of those visits that it does not fit, each
   named, to stand before it. */
#include "engine/cli/scenario/judge.h"

#include "engine/cli/scenario/actual.h"

#define JUDGEMENT_ARENA_BYTES ((size_t)64 << 20)
#define TEXT_BYTES_MAX ((size_t)1 << 20)

struct judging {
    struct judgement *judgement;
    const struct scenario *scenario;
    const struct trial *trial;
    struct err *err;
};

enum err_code judgement_init(struct judgement *v, const struct scenario *s, struct err *err)
{
    *v = (struct judgement){.capacity = s->items.count + MODEL_FAULTS_MAX + 4};
    v->edit_capacity = NODE_COUNT_MAX;
    arena_init(&v->arena, JUDGEMENT_ARENA_BYTES);
    v->findings = arena_alloc_array(&v->arena, v->capacity, sizeof *v->findings);
    v->edits = arena_alloc_array(&v->arena, v->edit_capacity, sizeof *v->edits);
    return v->findings && v->edits ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
}

void judgement_fini(struct judgement *v)
{
    arena_fini(&v->arena);
    *v = (struct judgement){0};
}

static enum err_code keep(struct judgement *v, struct slice text, struct slice *ret_kept, struct err *err)
{
    *ret_kept = arena_copy(&v->arena, text);
    return ret_kept->ptr ? ERR_OK : err_set(err, ERR_ENV, "out of memory");
}

static enum err_code add_edit(struct judgement *v, size_t start, size_t end, struct slice text, struct err *err)
{
    struct edit *edit = &v->edits[v->edit_count];
    if (v->edit_count == v->edit_capacity)
        return err_set(err, ERR_INPUT, "more changes than a file has values");
    *edit = (struct edit){start, end, {0}};
    TRY(keep(v, text, &edit->text, err));
    v->edit_count++;
    v->findings[v->count - 1].edit_count++;
    return ERR_OK;
}

static enum err_code add_finding(struct judgement *v, const struct node *at, struct slice what, struct slice words, struct err *err)
{
    ASSERT(v->count < v->capacity);
    struct finding *finding = &v->findings[v->count];
    *finding = (struct finding){.line = at->line, .column = at->column, .edit = v->edit_count};
    TRY(keep(v, what, &finding->what, err));
    TRY(keep(v, words, &finding->words, err));
    v->count++;
    return ERR_OK;
}

enum err_code judgement_note(struct judgement *v, const struct node *at, const char *what, const char *words, struct err *err)
{
    return add_finding(v, at, slice_of(what), slice_of(words), err);
}

/* "p1.v1.chart.note" */
static void name_claim(const struct item *item, struct str *out)
{
    if (item->visit.patient)
        str_addf(out, "p%u.v%u.", item->visit.patient, item->visit.dos);
    else if (row_section(item->row) == SECTION_END)
        str_add_text(out, "batch.");
    str_addf(out, "%s%s", row_section(item->row) == SECTION_CHART ? "chart." : "", row_key(item->row));
}

/* The next of "2s, 4s". */
static struct slice cut_item(struct slice *rest)
{
    const char *comma = slice_find(*rest, SLICE(", "));
    struct slice head = {rest->ptr, comma ? (size_t)(comma - rest->ptr) : rest->len};
    *rest = comma ? (struct slice){comma + 2, rest->len - head.len - 2} : SLICE_NONE;
    return head;
}

static size_t count_items(struct slice list)
{
    size_t count = 0;
    while (list.len) {
        (void)cut_item(&list);
        count++;
    }
    return count;
}

/* Item by item, as far as both go, so that what stands between them stays. *ret_last is the
   last of them, NULL when there is none; *ret_rest what else came. */
static enum err_code edit_items(struct judging *j, const struct node *list, struct slice actual, const struct node **ret_last,
                                struct slice *ret_rest)
{
    *ret_last = NULL;
    for (const struct node *child = list->first; child && actual.len; child = child->next) {
        struct slice text = cut_item(&actual);
        *ret_last = child;
        if (!slice_equal(text, child->text))
            TRY(add_edit(j->judgement, child->start, child->end, text, j->err));
    }
    *ret_rest = actual;
    return ERR_OK;
}

static size_t end_of_line(const struct scenario *s, size_t at)
{
    const char *newline = memchr(str_text(&s->text) + at, '\n', s->text.len - at);
    return newline ? (size_t)(newline - str_text(&s->text)) : s->text.len;
}

/* A line an item: those that did not come go with their lines, those that came as well are
   added behind the last. */
static enum err_code edit_block(struct judging *j, const struct node *list, struct slice actual)
{
    CLEANUP_STR struct str more;
    const struct node *last;
    str_init(&more, TEXT_BYTES_MAX);
    TRY(edit_items(j, list, actual, &last, &actual));
    size_t at = end_of_line(j->scenario, last->start);
    if (last->next)
        return add_edit(j->judgement, at, end_of_line(j->scenario, list->end), SLICE(""), j->err);
    while (actual.len) {
        struct slice item = cut_item(&actual);
        str_addf(&more, "\n%*s- %.*s", (int)list->column - 1, "", SLICE_ARG(item));
    }
    return more.len ? add_edit(j->judgement, at, at, str_slice(&more), j->err) : ERR_OK;
}

static enum err_code edit_list(struct judging *j, const struct node *list, struct slice bracketed)
{
    struct slice actual = {bracketed.ptr + 1, bracketed.len - 2};
    struct slice source = {str_text(&j->scenario->text) + list->start, list->end - list->start};
    const struct node *last;
    if (!list->flow && actual.len)
        return edit_block(j, list, actual);
    if (list->count && count_items(actual) == list->count)
        return edit_items(j, list, actual, &last, &actual);
    if (!memchr(source.ptr, '#', source.len))
        return add_edit(j->judgement, list->start, list->end, bracketed, j->err);
    CLEANUP_STR struct str words;
    str_init(&words, TEXT_BYTES_MAX);
    str_addf(&words, "it was %.*s; comments stand in the list, so change it by hand", SLICE_ARG(bracketed));
    return keep(j->judgement, str_slice(&words), &j->judgement->findings[j->judgement->count - 1].words, j->err);
}

static enum err_code judge_claim(struct judging *j, const struct item *item, size_t visit)
{
    CLEANUP_STR struct str actual;
    CLEANUP_STR struct str what;
    str_init(&actual, TEXT_BYTES_MAX);
    str_init(&what, TEXT_BYTES_MAX);
    if (actual_fits(j->scenario, j->trial, item, visit, &actual))
        return ERR_OK;
    name_claim(item, &what);
    TRY(add_finding(j->judgement, item->node, str_slice(&what), SLICE(""), j->err));
    if (row_is_list(item->row))
        return edit_list(j, item->node, str_slice(&actual));
    return add_edit(j->judgement, item->node->start, item->node->end, str_slice(&actual), j->err);
}

static enum err_code judge_never(struct judging *j, const struct item *item)
{
    const struct breach *breach = &j->trial->story.breaches.of[item->value.number];
    if (!breach->seen)
        return ERR_OK;
    CLEANUP_STR struct str words;
    str_init(&words, TEXT_BYTES_MAX);
    if (breach->visit.patient)
        str_addf(&words, "p%u.v%u: ", breach->visit.patient, breach->visit.dos);
    str_add_text(&words, never_sentence((enum never)item->value.number));
    if (breach->run)
        str_addf(&words, ", in run %u", breach->run);
    CLEANUP_STR struct str what;
    str_init(&what, TEXT_BYTES_MAX);
    str_addf(&what, "never: %s", item->value.text.ptr);
    return add_finding(j->judgement, item->node, str_slice(&what), str_slice(&words), j->err);
}

static bool is_other(const struct item *item)
{
    enum section section = row_section(item->row);
    return item->visit.patient == 0 && (section == SECTION_VISIT || section == SECTION_CHART);
}

static bool is_named(const struct scenario *s, struct visit_label visit)
{
    for (size_t i = 0; i < s->items.count; i++)
        if (s->items.item[i].row == ROW_EXPECT_VISIT && s->items.item[i].visit.patient == visit.patient &&
            s->items.item[i].visit.dos == visit.dos)
            return true;
    return false;
}

/* "p2.v1: {outcome: failed, chart: {note: none}}": what would hold of it. False: all does. */
static bool describe_other(struct judging *j, size_t visit, bool is_short, struct str *out)
{
    CLEANUP_STR struct str chart;
    bool fits = true;
    size_t members = 0;
    struct visit_label label = j->trial->story.visits[visit].visit;
    str_init(&chart, TEXT_BYTES_MAX);
    str_addf(out, "p%u.v%u: %s", label.patient, label.dos, is_short ? "" : "{");
    for (size_t i = 0; i < j->scenario->items.count; i++) {
        const struct item *item = &j->scenario->items.item[i];
        if (!is_other(item) || item->row == ROW_CHART)
            continue;
        CLEANUP_STR struct str actual;
        str_init(&actual, TEXT_BYTES_MAX);
        bool holds = actual_fits(j->scenario, j->trial, item, visit, &actual);
        const char *text = holds ? item->value.text.ptr : str_text(&actual);
        bool of_chart = row_section(item->row) == SECTION_CHART;
        fits &= holds;
        if (is_short)
            str_add_text(out, text);
        else if (of_chart)
            str_addf(&chart, "%s%s: %s", chart.len ? ", " : "", row_key(item->row), text);
        else
            str_addf(out, "%s%s: %s", members++ ? ", " : "", row_key(item->row), text);
    }
    if (chart.len)
        str_addf(out, "%schart: {%s}", members ? ", " : "", str_text(&chart));
    if (!is_short)
        str_add_char(out, '}');
    return !fits;
}

/* Lines to stand before `others:`, or words before it where all is in one line. */
static enum err_code judge_others(struct judging *j, const struct item *others)
{
    CLEANUP_STR struct str text;
    const struct node *key = others->node->key;
    bool is_short = others->node->kind == NODE_SCALAR;
    const struct node *expect = items_find(&j->scenario->items, ROW_EXPECT)->node;
    str_init(&text, TEXT_BYTES_MAX);
    for (size_t i = 0; i < j->trial->story.count; i++) {
        CLEANUP_STR struct str line;
        str_init(&line, TEXT_BYTES_MAX);
        if (is_named(j->scenario, j->trial->story.visits[i].visit) || !describe_other(j, i, is_short, &line))
            continue;
        if (expect->flow)
            str_addf(&text, "%s, ", str_text(&line));
        else
            str_addf(&text, "%s\n%*s", str_text(&line), (int)key->column - 1, "");
    }
    if (text.len == 0)
        return ERR_OK;
    TRY(add_finding(j->judgement, key, SLICE("others"), SLICE(""), j->err));
    return add_edit(j->judgement, key->start, key->start, str_slice(&text), j->err);
}

static enum err_code judge_item(struct judging *j, const struct item *item)
{
    switch (row_section(item->row)) {
    case SECTION_TOP: return item->row == ROW_NEVER ? judge_never(j, item) : ERR_OK;
    case SECTION_EXPECT:
        if (item->row == ROW_OTHERS)
            return judge_others(j, item);
        return item->row == ROW_RUNS ? judge_claim(j, item, 0) : ERR_OK;
    case SECTION_END: return judge_claim(j, item, 0);
    case SECTION_VISIT:
    case SECTION_CHART:
        if (is_other(item) || item->row == ROW_CHART)
            return ERR_OK;
        return judge_claim(j, item, scenario_visit(j->scenario, item->visit));
    case SECTION_BATCH:
    case SECTION_PATIENT:
    case SECTION_SETTINGS: return ERR_OK;
    }
    return ERR_OK;
}

/* An outcome that rests on what nobody recorded is no proof, unless it is asked for. */
static enum err_code note_assumed(struct judging *j)
{
    CLEANUP_STR struct str words;
    str_init(&words, TEXT_BYTES_MAX);
    str_addf(&words, "this rests on %u answers that the recording does not hold: say `assumed: at most %u` in expect.batch to take that",
             j->trial->assumed, j->trial->assumed);
    return judgement_note(j->judgement, items_find(&j->scenario->items, ROW_RECORDING)->node, "recording", str_text(&words), j->err);
}

enum err_code judge_trial(struct judgement *judgement, const struct scenario *scenario, const struct trial *trial, struct err *err)
{
    struct judging j = {judgement, scenario, trial, err};
    if (trial->broken.code != ERR_OK)
        TRY(judgement_note(judgement, scenario->root, "the engine", trial->broken.text, err));
    if (trial->run_count == 0)
        return ERR_OK;
    for (size_t i = 0; i < scenario->items.count; i++)
        TRY(judge_item(&j, &scenario->items.item[i]));
    return trial->assumed && !items_find(&scenario->items, ROW_END_ASSUMED) ? note_assumed(&j) : ERR_OK;
}

enum err_code judge_faults(struct judgement *judgement, const struct scenario *scenario, const struct trial *trial, struct err *err)
{
    char text[FAULT_TEXT_MAX];
    for (size_t i = 0; i < scenario->fault_count; i++)
        if (!trial->struck[i] && fault_format(&scenario->faults[i], text))
            TRY(judgement_note(judgement, scenario->fault_items[i]->node, text,
                             "this fault never struck: the runs do not come to its place", err));
    return ERR_OK;
}
