#include "engine/cli/sweep/cover.h"

void cells_add(struct cells *cells, const struct fault *faults, size_t count, const uint32_t *struck)
{
    for (size_t i = 0; i < count; i++) {
        uint32_t attempt = faults[i].attempt ? faults[i].attempt - 1 : 0;
        if (attempt < COVER_ATTEMPTS)
            cells->hits[faults[i].target][faults[i].kind][attempt] += struck[i];
    }
}

void cover_add(struct cover *cover, const struct seed_result *result, const struct schedule *schedule)
{
    cover->seeds++;
    cover->batches += result->batches;
    cover->kills += result->kills;
    cover->resumes += result->resumes;
    cover->log_digest = digest_more(cover->log_digest, (struct slice){(const char *)&result->log_digest, sizeof result->log_digest});
    for (size_t i = 0; i < schedule->count; i++)
        cover->faults += result->struck[i];
    for (size_t i = 0; i < INVARIANT_COUNT; i++)
        cover->verdicts.checked[i] += result->checked[i];
    for (size_t i = 0; i < SOMETIMES_COUNT; i++)
        cover->verdicts.reached[i] += result->reached[i];
    cells_add(&cover->cells, schedule->faults, schedule->count, result->struck);
    if (result->law == INVARIANT_COUNT)
        return;
    cover->violations++;
    cover->broke[result->law]++;
}

uint32_t cover_never(const struct cover *cover)
{
    uint32_t never = 0;
    for (enum sometimes id = 0; id < SOMETIMES_COUNT; id++)
        never += cover->verdicts.reached[id] == 0;
    return never;
}

struct cell_count {
    uint32_t total, hit;
};

/* A look and the lock belong to the run, and are no attempt's. */
static bool has_attempt(enum fault_target target, uint32_t attempt)
{
    return attempt == 0 || (target != FAULT_AT_HTTP && target != FAULT_AT_LOCK);
}

static struct cell_count count_cells(const struct cells *cells, enum fault_target target, uint32_t attempt)
{
    struct cell_count count = {0};
    for (enum fault_kind kind = 0; kind < FAULT_KIND_COUNT && has_attempt(target, attempt); kind++) {
        count.total += fault_applies(kind, target);
        count.hit += fault_applies(kind, target) && cells->hits[target][kind][attempt];
    }
    return count;
}

static struct cell_count count_all(const struct cells *cells)
{
    struct cell_count all = {0};
    for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++) {
        for (uint32_t attempt = 0; attempt < COVER_ATTEMPTS; attempt++) {
            struct cell_count count = count_cells(cells, target, attempt);
            all.total += count.total;
            all.hit += count.hit;
        }
    }
    return all;
}

static void add_never_hit(const struct cells *cells, enum fault_target target, uint32_t attempt, struct str *out)
{
    str_addf(out, "    %s in attempt %u:", fault_target_name(target), attempt + 1);
    for (enum fault_kind kind = 0; kind < FAULT_KIND_COUNT; kind++)
        if (fault_applies(kind, target) && !cells->hits[target][kind][attempt])
            str_addf(out, " %s", fault_kind_name(kind));
    str_add_char(out, '\n');
}

void cells_print(const struct cells *cells, struct str *out)
{
    str_add_text(out, "\n  cells hit, by attempt        1        2        3\n");
    for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++) {
        str_addf(out, "    %-20s", fault_target_name(target));
        for (uint32_t attempt = 0; attempt < COVER_ATTEMPTS && has_attempt(target, attempt); attempt++) {
            struct cell_count count = count_cells(cells, target, attempt);
            str_addf(out, "  %3u/%-3u", count.hit, count.total);
        }
        str_add_char(out, '\n');
    }
    str_add_text(out, "\n  never hit\n");
    for (enum fault_target target = 0; target < FAULT_TARGET_COUNT; target++) {
        for (uint32_t attempt = 0; attempt < COVER_ATTEMPTS; attempt++) {
            struct cell_count count = count_cells(cells, target, attempt);
            if (count.hit < count.total)
                add_never_hit(cells, target, attempt, out);
        }
    }
}

static void add_broken(const struct cover *cover, struct str *out)
{
    for (enum invariant id = 0; id < INVARIANT_COUNT; id++)
        if (cover->broke[id])
            str_addf(out, "  broken      %s, by %llu seeds\n", invariant_name(id), (unsigned long long)cover->broke[id]);
}

void cover_print(const struct cover *cover, struct str *out)
{
    struct cell_count all = count_all(&cover->cells);
    uint32_t looked = 0;
    for (enum invariant id = 0; id < INVARIANT_COUNT; id++)
        looked += cover->verdicts.checked[id] > 0;
    str_addf(out, "%llu seeds, %llu violations\n", (unsigned long long)cover->seeds, (unsigned long long)cover->violations);
    add_broken(cover, out);
    str_addf(out, "  struck      %llu faults in %llu batches; %llu kills, %llu resumes\n", (unsigned long long)cover->faults,
             (unsigned long long)cover->batches, (unsigned long long)cover->kills, (unsigned long long)cover->resumes);
    str_addf(out, "  event logs  %016llx, all of them in order\n", (unsigned long long)cover->log_digest);
    str_addf(out, "  laws        %u of %d looked at\n", looked, INVARIANT_COUNT);
    for (enum invariant id = 0; id < INVARIANT_COUNT; id++)
        if (!cover->verdicts.checked[id])
            str_addf(out, "    not       %s%s\n", invariant_name(id), id == INV_CUT ? " (of runs that are cut: make sweep)" : "");
    str_addf(out, "  cells       %u of %u (operation x kind x attempt) hit, %u never%s\n", all.hit, all.total, all.total - all.hit,
             all.hit < all.total ? ": --cells lists them" : "");
    str_addf(out, "  came up     %u of %d that should\n", SOMETIMES_COUNT - cover_never(cover), SOMETIMES_COUNT);
    for (enum sometimes id = 0; id < SOMETIMES_COUNT; id++)
        if (!cover->verdicts.reached[id])
            str_addf(out, "    never     %s\n", sometimes_name(id));
}
