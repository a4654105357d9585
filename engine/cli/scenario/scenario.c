/* What one key allows, the schema judges; here is what several of them must be together. */
#include "engine/cli/scenario/scenario.h"

#include "engine/cli/input_file.h"
#include "engine/cli/scenario/patients.h"
#include "engine/cli/shown.h"
#include "recorder/model/schedule_file.h"

#include <limits.h>

bool scenario_beside(const char *path, struct slice named, char *ret_path, size_t size)
{
    const char *slash = strrchr(path, '/');
    int folder = slash && named.len && named.ptr[0] != '/' ? (int)(slash - path) + 1 : 0;
    return text_format(ret_path, size, "%.*s%.*s", folder, path, SLICE_ARG(named));
}

/* Exactly one of two or three keys. */
static void need_one(const struct node *at, const char *keys, size_t given, struct problems *problems)
{
    if (given != 1)
        PROBLEM(problems, at, "one of %s is %s", keys, given ? "enough" : "needed");
}

static bool has(const struct scenario *s, enum row row)
{
    return items_find(&s->items, row) != NULL;
}

static void judge_keys(const struct scenario *s, struct problems *problems)
{
    const struct item *source = items_find(&s->items, ROW_SOURCE);
    if (!has(s, ROW_CLAIM))
        PROBLEM(problems, s->root, "`claim:` is missing: %s", value_sentence(VALUE_SENTENCE));
    need_one(s->root, "`batch:` and `recording:`", (size_t)has(s, ROW_SOURCE) + has(s, ROW_RECORDING), problems);
    if (source)
        need_one(source->node, "`file:`, `visits:` and `patients:`",
                 (size_t)has(s, ROW_BATCH_FILE) + has(s, ROW_BATCH_VISITS) + has(s, ROW_PATIENT), problems);
    if (!has(s, ROW_EXPECT) && !has(s, ROW_NEVER))
        PROBLEM(problems, s->root, "nothing is expected: `expect:` or `never:` is needed");
}

static void collect_faults(struct scenario *s, const struct item *item, struct problems *problems)
{
    static struct err unused; /* static: it is large */
    if (s->fault_count == MODEL_FAULTS_MAX) {
        PROBLEM(problems, item->node, "over the limit: more than %d faults", MODEL_FAULTS_MAX);
        return;
    }
    err_init(&unused);
    ASSERT(fault_parse(item->value.text, &s->faults[s->fault_count], &unused) == ERR_OK);
    s->fault_items[s->fault_count++] = item;
}

static enum err_code read_schedule(struct scenario *s, const struct item *item, struct err *err)
{
    CLEANUP_STR struct str text;
    char path[PATH_MAX];
    size_t count = 0;
    str_init(&text, SCHEDULE_FILE_BYTES_MAX);
    if (!scenario_beside(s->path, item->value.text, path, sizeof path))
        return err_set(err, ERR_INPUT, "the path is too long");
    TRY(input_file_read(path, &text, err));
    if (schedule_file_read(str_slice(&text), MODEL_FAULTS_MAX - s->fault_count, &s->faults[s->fault_count], &count, err) != ERR_OK)
        return err_wrap(err, "%s", path);
    for (size_t i = 0; i < count; i++)
        s->fault_items[s->fault_count++] = item;
    return ERR_OK;
}

static void collect_schedule(struct scenario *s, const struct item *item, struct problems *problems)
{
    static struct err why; /* static: it is large */
    err_init(&why);
    if (read_schedule(s, item, &why) != ERR_OK)
        PROBLEM(problems, item->node, "the schedule: %s", in_one_line(why.text));
}

static void collect(struct scenario *s, struct problems *problems)
{
    size_t runs = 1;
    for (size_t i = 0; i < s->items.count; i++) {
        const struct item *item = &s->items.item[i];
        if (item->row == ROW_FAULT)
            collect_faults(s, item, problems);
        if (item->row == ROW_SCHEDULE)
            collect_schedule(s, item, problems);
        if (item->row != ROW_THEN)
            continue;
        runs += slice_equal(item->value.text, SLICE("resume"));
        if (s->then_count == SCENARIO_THEN_MAX || runs > SCENARIO_RUNS_MAX) {
            PROBLEM(problems, item->node, "over the limit: %d runs, and %d things between them", SCENARIO_RUNS_MAX,
                    SCENARIO_THEN_MAX);
            return;
        }
        s->then[s->then_count++] = item;
    }
}

size_t scenario_visit(const struct scenario *s, struct visit_label visit)
{
    for (size_t i = 0; i < s->batch->visit_count; i++)
        if (s->batch->visits[i].dos == visit.dos && s->batch->patients[s->batch->visits[i].patient].number == visit.patient)
            return i;
    return SIZE_MAX;
}

/* What is named must be in the batch: a claim about nothing would always hold. */
static void judge_visits(const struct scenario *s, struct problems *problems)
{
    for (size_t i = 0; i < s->items.count; i++) {
        const struct item *item = &s->items.item[i];
        if (item->row == ROW_EXPECT_VISIT && scenario_visit(s, item->visit) == SIZE_MAX)
            PROBLEM(problems, item->node->key, "the batch has no visit p%u.v%u to run", item->visit.patient, item->visit.dos);
    }
}

/* What nobody can see over a recording. */
static void judge_recording(const struct scenario *s, struct problems *problems)
{
    for (size_t i = 0; i < s->items.count; i++) {
        const struct item *item = &s->items.item[i];
        if (row_section(item->row) == SECTION_CHART)
            PROBLEM(problems, item->node, "a recording does not tell what a chart holds: take it out, or name a `batch:`");
        if (item->row == ROW_NEVER && !never_is_recorded((enum never)item->value.number))
            PROBLEM(problems, item->node, "a recording does not tell that: take it out, or name a `batch:`");
        if (item->row == ROW_THEN && !slice_equal(item->value.text, SLICE("resume")))
            PROBLEM(problems, item->node, "over a recording a run can be resumed, and nothing else: name a `batch:`");
    }
}

/* Its problems are the scenario's; *ret_whole stays false. */
static enum err_code open_roster(struct scenario *s, struct problems *problems, struct err *err)
{
    static struct err why; /* static: it is large */
    const struct item *file = items_find(&s->items, ROW_BATCH_FILE);
    const struct item *source = items_find(&s->items, ROW_SOURCE);
    CLEANUP_STR struct str text;
    char path[PATH_MAX];
    enum err_code code = ERR_OK;
    err_init(&why);
    str_init(&text, ROSTER_TEXT_BYTES_MAX);
    if (!file)
        patients_write(&s->items, &text);
    else if (!scenario_beside(s->path, file->value.text, path, sizeof path))
        code = err_set(&why, ERR_INPUT, "the path is too long");
    else
        code = input_file_read(path, &text, &why);
    if (code == ERR_OK && str_full(&text))
        code = err_set(&why, ERR_ENV, "out of memory");
    if (code == ERR_OK && (code = roster_open(&s->roster, &text, &why)) != ERR_OK && file)
        code = err_wrap(&why, "%s", path);
    if (code == ERR_ENV)
        return err_set(err, ERR_ENV, "%s: %s", s->path, why.text);
    s->batch = s->roster.batch;
    if (code != ERR_OK)
        PROBLEM(problems, source->node, "the batch: %s", in_one_line(why.text));
    return ERR_OK;
}

static enum err_code open_recording(struct scenario *s, const struct item *recording, struct problems *problems, struct err *err)
{
    static struct err why; /* static: it is large */
    char path[PATH_MAX];
    err_init(&why);
    if (!scenario_beside(s->path, recording->value.text, path, sizeof path))
        (void)err_set(&why, ERR_INPUT, "the path is too long");
    else if (replayed_open(path, &s->replayed, &why) == ERR_OK)
        s->batch = s->replayed->recorded.run.batch;
    if (why.code == ERR_INPUT)
        PROBLEM(problems, recording->node, "the recording: %s", in_one_line(why.text));
    else if (why.code != ERR_OK)
        return err_set(err, why.code, "%s: %s", s->path, why.text);
    if (s->batch && s->batch->visit_count > ROSTER_VISITS_MAX)
        PROBLEM(problems, recording->node, "over the limit: %zu visits, and a scenario runs at most %d", s->batch->visit_count,
                ROSTER_VISITS_MAX);
    return ERR_OK;
}

static enum err_code judge(struct scenario *s, struct problems *problems, struct err *err)
{
    size_t before = problems->count;
    judge_keys(s, problems);
    collect(s, problems);
    if (problems->count > before)
        return ERR_OK;
    s->claim = items_find(&s->items, ROW_CLAIM)->value.text;
    const struct item *recording = items_find(&s->items, ROW_RECORDING);
    if (recording)
        judge_recording(s, problems);
    TRY(recording ? open_recording(s, recording, problems, err) : open_roster(s, problems, err));
    if (problems->count == before)
        judge_visits(s, problems);
    return ERR_OK;
}

static enum err_code read_text(struct scenario *s, struct problems *problems, bool *ret_whole, struct err *err)
{
    size_t before = problems->count;
    *ret_whole = false;
    arena_init(&s->arena, NODE_ARENA_BYTES);
    s->root = node_read(str_slice(&s->text), &s->arena, problems);
    if (!s->root)
        return ERR_OK;
    bool fits = schema_read(s->root, &s->arena, problems, &s->items);
    if (fits)
        TRY(judge(s, problems, err));
    *ret_whole = problems->count == before;
    return ERR_OK;
}

enum err_code scenario_open(struct scenario *s, const char *path, struct problems *problems, bool *ret_whole, struct err *err)
{
    static struct err why; /* static: it is large */
    *s = (struct scenario){.path = path};
    *ret_whole = false;
    problems->path = path;
    err_init(&why);
    str_init(&s->text, SCENARIO_BYTES_MAX);
    enum err_code code = input_file_read(path, &s->text, &why);
    if (code == ERR_OK)
        return read_text(s, problems, ret_whole, err);
    if (code == ERR_ENV)
        return err_set(err, ERR_ENV, "test: %s", why.text);
    PROBLEM_OF_PATH(problems, "%s", shown(why.text));
    return ERR_OK;
}

void scenario_close(struct scenario *s)
{
    replayed_close(s->replayed);
    roster_close(&s->roster);
    items_fini(&s->items);
    arena_fini(&s->arena);
    str_fini(&s->text);
    *s = (struct scenario){0};
}
