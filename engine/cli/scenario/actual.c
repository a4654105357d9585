#include "engine/cli/scenario/actual.h"

static const char *codes_of(const struct ledger_codes *codes, const struct ledger_codes *ours)
{
    if (codes->icd_count + codes->cpt_count == 0)
        return "none";
    bool same = codes->icd_count == ours->icd_count && codes->cpt_count == ours->cpt_count;
    for (uint32_t i = 0; same && i < ours->icd_count; i++)
        same = ledger_codes_have_icd(codes, ours->icd[i]);
    for (uint32_t i = 0; same && i < ours->cpt_count; i++)
        same = ledger_codes_units(codes, ours->cpt[i].code) == ours->cpt[i].units;
    return same ? "ours" : "other";
}

static const char *note_of(const struct ledger_chart *chart, const struct expected *expected)
{
    if (!chart->note)
        return "none";
    return chart->note == expected->note && !chart->foreign_note ? "ours" : "foreign";
}

static int64_t add_number(struct str *out, int64_t number)
{
    str_addf(out, "%lld", (long long)number);
    return number;
}

static int64_t add_time(struct str *out, int64_t ms)
{
    value_add_duration(out, ms);
    return ms;
}

static int64_t add_word(struct str *out, const char *word)
{
    str_add_text(out, word);
    return 0;
}

static int64_t add_list(struct str *out, const struct str *items)
{
    str_addf(out, "[%s]", str_text(items));
    return 0;
}

static int64_t add_runs(struct str *out, const struct trial *trial)
{
    str_add_char(out, '[');
    for (size_t i = 0; i < trial->run_count; i++)
        str_addf(out, "%s%s", i ? ", " : "", trial->runs[i].outcome);
    str_add_char(out, ']');
    return 0;
}

static int64_t of_chart(const struct scenario *s, enum row row, size_t visit, struct str *out)
{
    const struct ledger_chart *chart = &ledger_charts(s->roster.clinic.ledger)[visit];
    const struct expected *expected = &s->roster.clinic.expected[visit];
    switch ((int)row) {
    case ROW_CODES: return add_word(out, codes_of(&chart->codes, &expected->codes));
    case ROW_NOTE: return add_word(out, note_of(chart, expected));
    case ROW_BILLS: return add_number(out, chart->bills);
    case ROW_OTHER_BILLS: return add_number(out, chart->other_bills);
    case ROW_CODE_SAVES: return add_number(out, chart->code_saves);
    case ROW_NOTE_SAVES: return add_number(out, chart->note_saves);
    }
    return 0;
}

static int64_t of_visit(const struct trial *c, enum row row, size_t visit, struct str *out)
{
    const struct visit_story *v = &c->story.visits[visit];
    switch ((int)row) {
    case ROW_OUTCOME: return add_word(out, v->outcome);
    case ROW_ATTEMPTS: return add_number(out, v->attempts);
    case ROW_STEP: return add_word(out, v->step);
    case ROW_ERROR: return add_word(out, v->error);
    case ROW_DELAYS: return add_list(out, &v->delays);
    case ROW_RETRIED: return add_list(out, &v->retried);
    case ROW_WITHIN:
    case ROW_NO_SOONER: return add_time(out, v->duration_ms);
    case ROW_OPERATIONS: return add_number(out, v->operations);
    }
    return 0;
}

static int64_t of_end(const struct trial *c, enum row row, struct str *out)
{
    const struct run_told *last = &c->runs[c->run_count - 1];
    switch ((int)row) {
    case ROW_RUNS: return add_runs(out, c);
    case ROW_END_OUTCOME: return add_word(out, last->outcome);
    case ROW_END_EXIT: return add_number(out, last->exit_status);
    case ROW_END_ERROR: return add_word(out, last->error);
    case ROW_END_WITHIN:
    case ROW_END_NO_SOONER: return add_time(out, c->took_ms);
    case ROW_END_OPERATIONS: return add_number(out, c->operations);
    case ROW_END_BROWSERS: return add_number(out, c->browsers);
    case ROW_END_ASSUMED: return add_number(out, c->assumed);
    case ROW_END_PROBES: return add_number(out, c->story.probes);
    }
    return 0;
}

int64_t actual_value(const struct scenario *s, const struct trial *c, enum row row, size_t visit, struct str *out)
{
    if (row_section(row) == SECTION_CHART)
        return of_chart(s, row, visit, out);
    return row_section(row) == SECTION_VISIT ? of_visit(c, row, visit, out) : of_end(c, row, out);
}

static bool is_limit(const struct item *item)
{
    return row_type(item->row) == VALUE_LIMIT && slice_starts(item->value.text, SLICE("at most "));
}

bool actual_fits(const struct scenario *s, const struct trial *c, const struct item *item, size_t visit, struct str *out)
{
    if (is_limit(item))
        str_add_text(out, "at most ");
    int64_t number = actual_value(s, c, item->row, visit, out);
    bool is_most = is_limit(item) || item->row == ROW_WITHIN || item->row == ROW_END_WITHIN;
    if (is_most)
        return number <= item->value.number;
    if (item->row == ROW_NO_SOONER || item->row == ROW_END_NO_SOONER)
        return number >= item->value.number;
    return slice_equal(str_slice(out), item->value.text);
}
