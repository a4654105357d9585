/* Spans of the recorded operation are moved about as the fault says: when it acts, when it
   answers, when its change lands on the chart, when its request is over. */
#include "tests/unit/reference_site.h"

#include <string.h>

#define NEVER        REFERENCE_NEVER
#define MS           INT64_C(1000)
#define EFFECT_SAYS  (200 * MS) /* after its request left, how it failed */
#define DIALOG_OPENS (1 * MS)

/* What is about to come of one operation; spans from its call. */
struct course {
    const struct reference_op *op; /* as recorded; NULL: it was not */
    const struct reference_fault *fault;
    bool effect;
    unsigned part;
    int64_t budget;
    int64_t acts, answers, lands, ends; /* its request is over */
    struct reference_answer said;
};

static bool is_one_of(char op, const char *ops)
{
    return strchr(ops, op) != NULL;
}

static bool is(const struct reference_fault *fault, const char *kind)
{
    return fault && strcmp(fault->kind, kind) == 0;
}

static int64_t plus(int64_t a, int64_t b)
{
    return a == NEVER || b == NEVER ? NEVER : a + b;
}

void reference_site_begin(struct reference_site *s, const struct reference_day *day)
{
    memset(s, 0, sizeof *s);
    s->day = day;
    s->lands_at = NEVER;
}

void reference_site_visit(struct reference_site *s, uint32_t visit)
{
    s->visit = visit;
    s->attempt = 0;
    s->chart = s->before = s->day->before[visit];
    s->foreign = s->bill_shown = s->pinned = false;
    s->lands_at = NEVER;
}

static void land(struct reference_site *s)
{
    if (s->now < s->lands_at)
        return;
    s->before = s->chart;
    s->chart |= s->landing;
    s->foreign &= s->landing != REFERENCE_NOTE;
    s->lands_at = NEVER;
}

static const struct reference_op *next_recorded(const struct reference_site *s)
{
    const struct reference_op *op = s->next < s->day->op_count ? &s->day->ops[s->next] : NULL;
    return op && !s->left && op->visit == s->visit ? op : NULL;
}

/* A recorded wait took as long as it took. */
void reference_site_wait(struct reference_site *s, int64_t span)
{
    s->now += span;
    if (next_recorded(s) && next_recorded(s)->at > s->now)
        s->now = next_recorded(s)->at;
    land(s);
}

static const struct reference_fault *strikes(struct reference_site *s, char op)
{
    const struct reference_fault *found = NULL;
    for (size_t i = 0; i < s->day->fault_count; i++) {
        const struct reference_fault *fault = &s->day->faults[i];
        bool here = fault->op == op && (fault->visit == REFERENCE_ANYWHERE || fault->visit == s->visit) &&
                    (fault->attempt == 0 || fault->attempt == s->attempt);
        if (!here)
            continue;
        s->seen[i]++;
        if (!found && (fault->nth == 0 || fault->nth == s->seen[i]))
            found = fault;
    }
    return found;
}

/* Same position, else a later one, else an earlier one; of these the nearest. */
static int far(const struct reference_site *s, const struct reference_op *op)
{
    bool later = (op->position & s->sees) == s->sees;
    int rank = op->position == s->sees ? 0 : later ? 1 : 2;
    return rank * 8 + __builtin_popcount(op->position ^ s->sees);
}

/* The first that was not met yet of the best, else the last of them. */
static const struct reference_op *nearest(const struct reference_site *s, char letter, bool pinned)
{
    const struct reference_op *best = NULL, *ops = s->day->ops;
    for (size_t i = s->day->first[s->visit]; i < s->day->first[s->visit + 1]; i++) {
        if (ops[i].op != letter || ops[i].pinned != pinned)
            continue;
        if (!best || far(s, &ops[i]) < far(s, best) || (far(s, &ops[i]) == far(s, best) && s->used[best - ops]))
            best = &ops[i];
    }
    return best;
}

/* What is asked beside the page: of this visit, not met before. */
static const struct reference_op *unmet(const struct reference_site *s, char letter, const char *step)
{
    const struct reference_op *ops = s->day->ops;
    for (size_t i = s->day->first[s->visit]; i < s->day->first[s->visit + 1]; i++) {
        bool here = letter == 'B' || (ops[i].position == s->chart && strcmp(ops[i].step, step) == 0);
        if (ops[i].op == letter && !s->used[i] && here)
            return &ops[i];
    }
    return NULL;
}

static const struct reference_op *first_well(const struct reference_site *s, char letter)
{
    for (size_t i = 0; i < s->day->op_count; i++)
        if (s->day->ops[i].op == letter && s->day->ops[i].takes != NEVER && !s->day->ops[i].fails)
            return &s->day->ops[i];
    return NULL;
}

static const struct reference_op *by_position(struct reference_site *s, char letter, const char *step, bool struck)
{
    const struct reference_op *found;
    bool told_otherwise = struck || s->frozen || (letter == 'F' && s->expired && s->seen_by < 2);
    if (is_one_of(letter, "#HL") || (told_otherwise && is_one_of(letter, "PF")))
        return NULL;
    if (is_one_of(letter, "PFRB"))
        found = unmet(s, letter, step);
    else
        found = nearest(s, letter, letter == 'o' && s->pinned);
    if (!found && letter == 'o')
        found = nearest(s, letter, !s->pinned);
    if (!found && is_one_of(letter, "YwxB"))
        found = first_well(s, letter);
    return found;
}

/* Keeps to the recording while what it asks is what was asked. */
static const struct reference_op *recorded(struct reference_site *s, char letter, const char *step, bool struck)
{
    const struct reference_op *op = next_recorded(s);
    s->left |= struck || !op || op->op != letter || op->attempt != s->attempt;
    if (s->left)
        op = by_position(s, letter, step, struck);
    else
        s->now = op->at;
    s->next += !s->left;
    if (op)
        s->used[op - s->day->ops] = true;
    return op;
}

/* How long it takes where no recording says so. */
static int64_t plainly(const struct reference_site *s, char letter)
{
    switch (letter) {
    case '#': return s->day->commit;
    case 'H': return s->day->http;
    case 'B': return s->day->start;
    case 'L': return 100;
    case 'R': return 300 * MS;
    }
    return is_one_of(letter, "PFDNKwic") || letter == 'f' || letter == 'l' ? 20 * MS : is_one_of(letter, "123") ? EFFECT_SAYS : 300 * MS;
}

/* How long a page waits before it says that it has waited in vain. */
static int64_t patience(int64_t budget)
{
    return budget - (budget / 10 < 500 * MS ? budget / 10 : 500 * MS);
}

static bool ran_out_elsewhere(const struct course *c)
{
    return c->op && c->op->page_budget && c->op->page_budget != c->budget;
}

static void begin(struct reference_site *s, struct course *c, char letter)
{
    const struct reference_op *op = c->op;
    c->effect = is_one_of(letter, "123");
    c->part = letter == '1' ? REFERENCE_CODES : letter == '2' ? REFERENCE_NOTE : letter == '3' ? REFERENCE_BILL : 0;
    c->answers = op ? op->takes : plainly(s, letter);
    if (ran_out_elsewhere(c))
        c->answers = patience(c->budget);
    c->acts = c->effect && op && op->sends != NEVER ? op->sends : c->answers;
    if (c->acts == NEVER)
        c->acts = plainly(s, letter);
    c->said.kind = op ? op->fails : is_one_of(letter, "#HLBPFR") ? NULL : "undecided";
    c->said.begun = c->effect && op && op->sends != NEVER;
    c->lands = c->said.begun && op->taken ? c->acts : NEVER;
    c->ends = !c->said.begun ? 0 : op->request_ends != NEVER ? op->request_ends : c->acts + 4 * c->budget;
}

static bool is_loss(const struct reference_fault *f)
{
    return is(f, "target_crash") || is(f, "browser_gone") || is(f, "pipe_closed");
}

/* Nobody who could say anything: nothing is done unless taken. */
static void go_silent(struct reference_site *s, struct course *c, char letter)
{
    bool done = c->fault->taken || is(c->fault, "lost_answer");
    s->stuck |= is(c->fault, "stuck") || is(c->fault, "freeze");
    s->frozen |= is(c->fault, "freeze");
    c->answers = NEVER;
    if (is_loss(c->fault)) {
        c->answers = is_one_of(letter, "PF") ? c->acts : 2 * c->acts < c->budget ? 2 * c->acts : c->budget;
        c->said.kind = is(c->fault, "target_crash") ? "target_crashed" : "browser_gone";
        c->said.lost = true;
    }
    c->said.begun &= done;
    c->lands = c->said.begun ? c->acts : NEVER;
    c->ends = c->said.begun && is(c->fault, "lost_answer") ? c->acts + 4 * c->budget : 0;
}

/* Unknown: it is accepted before a look, and dismissed before a change. */
static void open_dialog(struct course *c)
{
    bool dismissed = c->effect && !c->fault->taken;
    c->acts += DIALOG_OPENS;
    c->answers = dismissed ? patience(c->budget) : plus(c->answers, DIALOG_OPENS);
    c->said.kind = dismissed ? "dialog_blocked" : c->said.kind;
    c->said.begun &= !dismissed;
    c->lands = dismissed ? NEVER : plus(c->lands, DIALOG_OPENS);
    c->ends = 0;
}

static void come_late(struct course *c)
{
    bool slow = is(c->fault, "slow");
    int64_t size = slow ? c->acts * (c->fault->size - 1) : c->fault->size * MS;
    if (slow || is(c->fault, "delay")) {
        c->acts += size;
        c->answers = plus(c->answers, size);
        c->lands = plus(c->lands, size);
        c->ends += c->ends ? size : 0;
        return;
    }
    c->answers = c->acts + size;
    if (!c->effect)
        return;
    c->lands = is(c->fault, "late_effect") ? c->acts + size : c->lands;
    c->ends = c->acts + (size < 4 * c->budget ? size : 4 * c->budget);
}

static const char *says(const struct reference_fault *fault)
{
    static const char *const kinds[][2] = {
        {"missing_element", "element_not_found"}, {"lost_request", "network"},       {"reset", "network"},
        {"status", "network"},                    {"malformed", "unknown"},          {"rejected", "save_rejected"},
        {"conflict", "conflict"},                 {"duplicate_rows", "ambiguous"},   {"patient_missing", "patient_not_found"},
        {"no_write_access", "no_write_access"},   {"short_body", "network"},
    };
    for (size_t i = 0; fault && i < sizeof kinds / sizeof *kinds; i++)
        if (is(fault, kinds[i][0]))
            return kinds[i][1];
    return NULL;
}

/* A page that waits in vain says so a little before its budget is over. */
static int64_t at_the_end(const struct course *c)
{
    int64_t says = patience(c->budget);
    return says > c->acts ? says : c->acts;
}

/* What fails says so: an effect a moment after its request, an error page of a visit at the
   end of the wait, anything else at once. */
static void fail(struct course *c, char letter)
{
    bool of_visit = is_one_of(letter, "odDic1nNf2kK3");
    c->said.kind = says(c->fault);
    if (!c->effect) {
        c->answers = c->acts;
        if (is(c->fault, "status") && of_visit) {
            c->said.kind = is_one_of(letter, "on") ? "element_not_found" : "timeout";
            c->answers = at_the_end(c);
        }
        return;
    }
    bool nothing_left = is(c->fault, "missing_element") || is(c->fault, "lost_request");
    bool lands = is(c->fault, "short_body") || (c->fault->taken && (is(c->fault, "reset") || is(c->fault, "malformed")));
    c->answers = is(c->fault, "malformed") ? c->answers : c->acts + EFFECT_SAYS;
    c->said.begun &= !nothing_left;
    c->said.retry_after = is(c->fault, "status") ? c->fault->size : 0;
    c->lands = lands ? c->acts : NEVER;
    c->ends = 0;
}

static void wait_for_editors(struct course *c)
{
    int64_t patience = at_the_end(c);
    bool in_time = c->acts + c->fault->size * MS < patience;
    c->answers = in_time ? c->acts + c->fault->size * MS : patience;
    if (!in_time)
        c->said.kind = "element_not_found";
}

static void plant(struct reference_site *s, struct course *c, char letter)
{
    const struct reference_fault *f = c->fault;
    if (letter == '#')
        c->said.lost = is_loss(f); /* it goes on without a page */
    else if (is(f, "hang") || is(f, "stuck") || is(f, "freeze") || is(f, "lost_answer") || is_loss(f))
        go_silent(s, c, letter);
    else if (is(f, "dialog"))
        open_dialog(c);
    else if (is(f, "delay") || is(f, "slow") || is(f, "late_answer") || is(f, "late_effect"))
        come_late(c);
    else if (says(f))
        fail(c, letter);
    else if (is(f, "silent_loss"))
        c->lands = NEVER, c->ends = 0;
    else if (is(f, "other_payer"))
        c->said.other_payer = true;
    else if (is(f, "late_editor"))
        wait_for_editors(c);
    else if (is(f, "closes_itself") && letter == '3')
        c->said.closed = true;
    else if (is(f, "closes_itself") && !s->bill_shown)
        c->said.kind = "element_not_found", c->answers = c->acts;
}

/* Somebody else, or the session: before anything of it happens. */
static void meddle(struct reference_site *s, const struct reference_fault *f)
{
    if (is(f, "billed_by_other"))
        s->chart |= REFERENCE_BILL;
    if (is(f, "foreign_note")) {
        s->foreign = true;
        s->chart &= ~REFERENCE_NOTE;
    }
    if (is(f, "session_expired")) {
        s->expired = true;
        s->seen_by = f->size;
    }
}

/* The session is over, and this one is told; or the site takes no codes any more. */
static void refuse(const struct reference_site *s, struct course *c, char letter)
{
    static const char *const kinds[] = {"session_expired", "network", "timeout"};
    bool sees = s->expired && !is_one_of(letter, "icfPRFH#LB"), looks = letter == 'R' || letter == 'H' || (letter == 'F' && s->seen_by < 2);
    bool full = letter == '1' && s->chart & REFERENCE_BILL;
    if (s->expired && looks)
        c->said.kind = kinds[0];
    if ((!sees && !full) || c->answers == NEVER)
        return;
    c->said.kind = sees ? kinds[s->seen_by] : "save_rejected";
    c->answers = c->effect ? c->acts + EFFECT_SAYS : c->acts;
    c->lands = NEVER;
    c->ends = 0;
}

/* What the page shows when it answers. */
static void look(const struct reference_site *s, struct course *c, char letter)
{
    static const char readers[] = "DNKo";
    static const unsigned parts[] = {REFERENCE_CODES, REFERENCE_NOTE, REFERENCE_BILL, REFERENCE_BILL};
    const char *reader = strchr(readers, letter);
    unsigned chart = is(c->fault, "stale_read") ? s->before : s->chart;
    c->said.yes = reader && chart & parts[reader - readers];
    c->said.foreign = letter == 'N' && s->foreign && !c->said.yes;
}

static void pass(struct reference_site *s, struct course *c, int64_t wait, bool in_step)
{
    int64_t called = s->now;
    bool as_recorded = in_step && c->op->given_up != NEVER && c->op->budget == wait;
    c->said.silent = c->answers > wait;
    if (c->said.silent || (in_step && c->op->given_up != NEVER))
        s->left |= !as_recorded;
    if (c->said.silent)
        c->said.kind = is(c->fault, "dialog") ? "dialog_blocked" : "timeout";
    s->now += !c->said.silent ? c->answers : as_recorded ? c->op->given_up : wait;
    c->said.lost &= !c->said.silent;
    if (c->effect && c->acts > wait) { /* given up before it left */
        c->said.begun = false;
        return;
    }
    c->said.open_until = c->effect && c->ends ? called + c->ends : 0;
    if (!c->effect || c->lands == NEVER)
        return;
    s->landing = c->part;
    s->lands_at = called + c->lands;
    s->bill_shown |= c->part == REFERENCE_BILL && !c->said.silent && !c->said.kind;
}

struct reference_answer reference_site_ask(struct reference_site *s, char op, const char *step, int64_t budget, int64_t limit)
{
    struct course c = {.fault = strikes(s, op), .budget = budget};
    bool answers = !(s->frozen && is_one_of(op, "PF")) && !(s->stuck && !is_one_of(op, "PFBH#L"));
    meddle(s, c.fault);
    land(s);
    s->sees = is(c.fault, "stale_read") ? s->before : s->chart;
    c.op = recorded(s, op, step, c.fault != NULL);
    s->left |= ran_out_elsewhere(&c);
    begin(s, &c, op);
    if (!answers)
        c.answers = c.lands = NEVER;
    else
        plant(s, &c, op);
    refuse(s, &c, op);
    int64_t left = limit == NEVER ? NEVER : limit > s->now ? limit - s->now : 0;
    pass(s, &c, left < budget ? left : budget, !s->left);
    land(s);
    look(s, &c, op);
    if (op == 'B')
        s->stuck = s->frozen = false;
    if (op == 'B')
        s->bill_shown = false;
    s->pinned |= op == 'o' && !c.said.kind && !c.said.silent;
    return c.said;
}
