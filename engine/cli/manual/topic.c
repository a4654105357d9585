/* The list of topics, and the short ones: each is a walk over a table. */
#include "engine/cli/manual/topic.h"

#include "engine/cli/manual/page.h"
#include "engine/cli/settings.h"
#include "engine/mdland/step.h"
#include "engine/policy/kind.h"
#include "recorder/model/fault.h"

static const struct {
    const char *name, *line;
    void (*write)(struct doc *doc);
} topics[] = {
#define X(name, line, function) {name, line, function},
#include "engine/cli/manual/topic.def"
#undef X
};

size_t topic_count(void)
{
    return sizeof topics / sizeof *topics;
}

const char *topic_name(size_t index)
{
    return topics[index].name;
}

const char *topic_line(size_t index)
{
    return topics[index].line;
}

bool topic_write(const char *name, struct str *out)
{
    struct doc doc = {.form = DOC_TEXT, .out = out};
    for (size_t i = 0; i < topic_count(); i++)
        if (strcmp(topics[i].name, name) == 0) {
            topics[i].write(&doc);
            return true;
        }
    return false;
}

/* "a, b, c", from whatever gives names. */
static void add_name(struct str *list, const char *name)
{
    str_addf(list, "%s%s", list->len ? ", " : "", name);
}

void topic_marks(struct doc *doc)
{
    CLEANUP_STR struct str steps;
    str_init(&steps, 4096);
    for (int i = STEP_NONE + 1; i < STEP_COUNT; i++)
        add_name(&steps, step_name((enum step)i));
    doc_paragraph(doc, "A mark names a place in a run. Any tail of it may be left out.");
    doc_items(doc, 20);
    doc_item(doc, "p3.v2.a1.saveSOAP", "patient 3 by order in the batch, the visit with dos 2, attempt 1, step saveSOAP");
    doc_item(doc, "p3.v2", "the visit, in whatever attempt");
    doc_item(doc, "p3", "all visits of the patient");
    doc_item(doc, "run.preflight", "a step outside any visit");
    doc_heading(doc, "Steps, in their order");
    doc_paragraph(doc, str_text(&steps));
    doc_heading(doc, "Where one is taken");
    doc_begin_lines(doc);
    doc_line(doc, "revisit explain monday p3.v2");
    doc_line(doc, "revisit replay monday --until p3.v2.a1.saveSOAP");
    doc_line(doc, "revisit whatif monday --fault p3.v2.a1.saveSOAP:hang");
    doc_line(doc, "revisit recording slice monday --visits p3.v2,p4 -o a-part");
    doc_end_lines(doc);
}

void topic_faults(struct doc *doc)
{
    CLEANUP_STR struct str places;
    str_init(&places, 4096);
    for (int target = 0; target < FAULT_TARGET_COUNT; target++)
        add_name(&places, fault_target_name((enum fault_target)target));
    doc_paragraph(doc, "A fault is PLACE:KIND, PLACE:KIND=SIZE or PLACE:KIND,taken. What a size is stands in brackets behind the kind; "
                       "`taken`, where it may stand, has the change reach the chart all the same. Several are parted by blanks.");
    doc_begin_lines(doc);
    doc_line(doc, "p3.v2.a1.saveSOAP:hang              patient 3, visit 2, attempt 1");
    doc_line(doc, "p1.v1.generateBilling#2:late_effect=31000");
    doc_line(doc, "                                    the second time that it is come to");
    doc_line(doc, "saveDiagnosis#*:reset,taken         wherever it is, each time");
    doc_line(doc, "run.http:status=30                  outside any visit");
    doc_line(doc, "r2.p1.v1.commit#3:torn_commit=17    in the second process of the run");
    doc_end_lines(doc);
    doc_paragraph(doc, "They are taken by `revisit whatif --fault`, `revisit sweep --schedule`, schedule files and scenarios.");
    doc_heading(doc, "Kinds");
    doc_items(doc, 16);
    for (int kind = 0; kind < FAULT_KIND_COUNT; kind++)
        doc_item(doc, fault_kind_name((enum fault_kind)kind), fault_kind_sentence((enum fault_kind)kind));
    doc_heading(doc, "Places end in one of");
    doc_paragraph(doc, str_text(&places));
}

void topic_settings(struct doc *doc)
{
    doc_paragraph(doc, "What a run is told beside its batch and its session. `revisit run` has an option for each, and $TIMEOUT_MULTIPLIER for "
                       "the first; a recording keeps them in its manifest, and a replay takes them from there and from nowhere else. `revisit "
                       "whatif --set NAME=VALUE` runs a recording with another one.");
    doc_items(doc, 18);
    for (size_t i = 0; settings_name(i); i++)
        doc_item(doc, settings_name(i), settings_sentence(i));
    doc_paragraph(doc, "Times are whole numbers with a unit: 500ms, 2s, 10m, 8h.");
}

void topic_errors(struct doc *doc)
{
    static const struct {
        enum kind_class class;
        const char *heading;
    } classes[] = {
        {CLASS_TRANSIENT, "Tried again, up to --max-retries times"},
        {CLASS_PERMANENT, "The visit is over; another try would end in the same"},
        {CLASS_FATAL, "The batch is over"},
    };
    doc_paragraph(doc, "errorKind in the event log. What class a kind is of says what the engine does then.");
    doc_items(doc, 18);
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
        doc_heading(doc, classes[i].heading);
#define X(id, name, class_, sentence)                                                                                            \
    if (class_ == classes[i].class)                                                                                              \
        doc_item(doc, name, sentence);
#include "engine/policy/kind.def"
#undef X
    }
}

void topic_exit_codes(struct doc *doc)
{
    page_exits(doc);
    doc_paragraph(doc, "Where several apply, the first of 70, 9, 7, 6, 2, 3, 4, 5, 8, 1. Codes 1, 3, 4, 5 and 8 tell how a batch went and are "
                       "those of `run`: replay, whatif, explain and report exit 0 when they did their work, whatever the recorded outcome; test, "
                       "check and sweep exit 1 when a claim does not hold.");
}
