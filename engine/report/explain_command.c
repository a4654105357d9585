/* The commands on a page: they can be pasted into a shell. */
#include "engine/report/explain.h"

#include "engine/report/shell_word.h"

static void add_argument(const char *word, struct str *out)
{
    str_add_char(out, ' ');
    shell_word_add(out, word);
}

void explain_reproduce(const struct explain_page *p, struct str *out)
{
    char text[MARK_TEXT_MAX];
    struct mark mark = {.patient = p->visit->visit.patient, .dos = p->visit->visit.dos};
    const struct explain_wait *wait = &p->waits[explain_place_of_main(p->visit)];
    bool called = p->visit->main != EXPLAIN_NONE && wait->nth;
    if (!p->recording)
        return;
    if (p->visit->main != EXPLAIN_NONE) {
        mark.attempt = p->log->events[p->visit->main].attempt;
        mark.step = called ? wait->operation : step_name(p->log->events[p->visit->main].step);
    }
    (void)mark_format(&mark, text);
    str_add_text(out, "revisit replay");
    add_argument(p->recording, out);
    str_addf(out, " --until %s", text);
    if (called)
        str_addf(out, "#%u", wait->nth);
}

void explain_cure_command(const struct explain_page *p, struct str *out)
{
    const struct explain_cure *cure = &p->cure;
    if (cure->kind != EXPLAIN_CURE_MULTIPLIER)
        return;
    str_add_text(out, "revisit whatif");
    add_argument(p->recording, out);
    str_addf(out, " --set timeout_multiplier=%u.%03u", cure->multiplier_thousandths / 1000, cure->multiplier_thousandths % 1000);
    if (cure->assumed)
        str_add_text(out, " --allow-assumed");
}
