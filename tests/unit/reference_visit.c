/* A visit once more: what is asked in which order, the fence around a change of the chart, and
   what is asked after a failure. An attempt that fails is left by longjmp(). */
#include "tests/unit/reference_parts.h"

#include <setjmp.h>
#include <string.h>

#define SECOND INT64_C(1000000)

struct reference_state reference;
static struct reference_state *const r = &reference;
static jmp_buf attempt_over;

void reference_begin(const struct reference_day *day)
{
    *r = (struct reference_state){.limit = REFERENCE_NEVER};
    reference_site_begin(&r->site, day);
    reference_ask('#');
    reference_ask('H');
}

void reference_visit(uint32_t visit)
{
    reference_site_visit(&r->site, visit);
    r->pinned = false;
    r->intended = r->touched = 0;
    r->kind = r->step = NULL;
}

/* The step that an operation belongs to; NULL: the one in hand. */
static const char *step_of(char op)
{
    static const char *const steps[] = {
        ['Y'] = "validateSession", ['w'] = "openWaitingRoom", ['s'] = "searchPatient",  ['p'] = "selectPatient",    ['l'] = "sortVisits",
        ['o'] = "openVisit",       ['d'] = "navigateICD",     ['D'] = "saveDiagnosis",  ['i'] = "addICD",           ['c'] = "addCPT",
        ['1'] = "saveDiagnosis",   ['n'] = "navigatePTNote",  ['N'] = "saveSOAP",       ['f'] = "fillSOAP",         ['2'] = "saveSOAP",
        ['k'] = "navigateCheckout", ['K'] = "generateBilling", ['3'] = "generateBilling", ['x'] = "closeVisit",     ['B'] = "startBrowser",
    };
    return (size_t)op < sizeof steps / sizeof *steps ? steps[(size_t)op] : NULL;
}

static unsigned part_of(char op)
{
    return op == '1' ? REFERENCE_CODES : op == '2' ? REFERENCE_NOTE : op == '3' ? REFERENCE_BILL : 0;
}

static _Noreturn void fail(const char *kind)
{
    r->kind = kind;
    longjmp(attempt_over, 1);
}

bool reference_ask(char op)
{
    bool uncut = r->uncut || strchr("123#LHPFB", op);
    if (step_of(op))
        r->step = step_of(op);
    r->said = (struct reference_answer){.kind = "browser_gone"};
    if (r->up || strchr("#LHB", op))
        r->said = reference_site_ask(&r->site, op, r->step, reference_budget(op), uncut ? REFERENCE_NEVER : r->limit);
    r->up &= !r->said.lost;
    return !r->said.kind;
}

/* An effect's request is outlived, its page killed first where it says nothing. */
static void leave_effect(char op, const struct reference_answer *said)
{
    r->up &= !said->silent;
    while (r->site.now < said->open_until)
        reference_site_wait(&r->site, SECOND);
    if (said->begun)
        return;
    reference_ask('#');
    r->intended &= ~part_of(op);
    r->touched &= ~part_of(op);
}

/* Is it there, where is it, is the session? A page that says nothing to one of them is killed
   if it had said nothing before. */
static void examine(bool silent)
{
    for (const char *look = silent ? "PFR" : "FR"; *look && r->up && strcmp(r->kind, "session_expired") != 0; look++) {
        if (!reference_ask(*look) && strcmp(r->said.kind, "session_expired") == 0)
            r->kind = r->said.kind;
        if (!r->said.silent && !r->said.lost)
            continue;
        r->up &= !silent;
        return;
    }
}

static bool try(char op)
{
    if (reference_ask(op))
        return true;
    const struct reference_answer said = r->said;
    r->kind = said.kind;
    if (part_of(op))
        leave_effect(op, &said);
    if (part_of(op))
        r->retry_after = said.retry_after;
    if (strcmp(r->kind, "undecided") != 0)
        examine(said.silent);
    /* The shell is loaded with the browser's page: what broke in it stays broken. */
    r->up &= !(strchr("Ywsplx", op) && reference_is_transient(r->kind));
    return false;
}

static void call(char op)
{
    if (!try(op))
        longjmp(attempt_over, 1);
}

static bool is_billed_by_us(void)
{
    return (r->touched & REFERENCE_BILL) != 0;
}

/* Once, or twice with a second between: then the visit's deadline does not cut it. */
static bool look(char read, int times)
{
    bool uncut = r->uncut;
    r->uncut |= times > 1;
    for (int n = 0; n < times; n++) {
        if (n)
            reference_site_wait(&r->site, SECOND);
        call(read);
        if (r->said.foreign)
            fail("conflict");
        if (read == 'K' && r->said.yes && !is_billed_by_us())
            fail("already_billed");
        if (r->said.yes)
            break;
    }
    r->uncut = uncut;
    return r->said.yes;
}

static void start_browser(void)
{
    r->up = reference_ask('B');
    call('Y');
    if (!r->locked)
        r->locked = reference_ask('L');
}

static void walk(void)
{
    if (r->up && r->open && !try('x') && r->up)
        longjmp(attempt_over, 1);
    if (!r->up)
        start_browser();
    r->kind = NULL;
    r->open = false;
    for (const char *op = "wspl"; *op; op++)
        call(*op);
    r->open = true;
    call('o');
    const struct reference_answer opened = r->said;
    if (!r->pinned)
        r->pinned = reference_ask('#');
    if (opened.other_payer)
        fail("bad_input");
    if (opened.yes && !r->site.day->soap_only[r->site.visit] && !is_billed_by_us())
        fail("already_billed");
}

static void prove(unsigned part)
{
    reference_ask('#');
    r->intended &= ~part;
}

static void act(unsigned part, char reach, char read, char effect)
{
    bool uncut = r->uncut;
    r->step = step_of(effect);
    reference_ask('#');
    r->intended |= part;
    r->touched |= part;
    r->uncut = true;
    call(effect);
    if (r->said.closed) {
        r->open = false;
        walk();
        call(reach);
        r->step = step_of(effect);
    }
    if (!look(read, 2)) {
        r->review = part == REFERENCE_BILL;
        fail("unknown");
    }
    prove(part);
    r->uncut = uncut;
}

static void fence(char reach, char read, const char *prepare, char effect)
{
    unsigned part = part_of(effect);
    bool unknown = r->intended & part;
    call(reach);
    if (look(read, unknown ? 2 : 1)) {
        if (unknown)
            prove(part);
        return;
    }
    r->review = part == REFERENCE_BILL && is_billed_by_us();
    if (r->review)
        fail("unknown");
    for (; *prepare; prepare++)
        call(*prepare);
    act(part, reach, read, effect);
}

void reference_leave(void)
{
    r->site.attempt = 1;
    r->uncut = true;
    if (r->open)
        reference_ask('x');
}

bool reference_attempt(void)
{
    bool soap_only = r->site.day->soap_only[r->site.visit], billed = is_billed_by_us();
    r->uncut = r->intended & REFERENCE_BILL;
    r->review = false;
    r->retry_after = 0;
    if (setjmp(attempt_over))
        return false;
    walk();
    if (!billed && !soap_only)
        fence('d', 'D', "ic", '1');
    if (!billed)
        fence('n', 'N', "f", '2');
    if (!soap_only)
        fence('k', 'K', "", '3');
    call('x');
    r->open = false;
    return true;
}
