/* The page that `revisit report` writes: one to three runs, as a model in JSON and as the HTML
   file that holds it with all that shows it. The model is a fold of the event log, and of what
   a recording tells beyond it, handed over as plain structs. It holds labels, words from our
   tables and numbers, and the paths that the user gave; nothing else of the log is copied, so
   that neither a name nor a script can come through it. engine/report/README.md has the keys. */
#ifndef ENGINE_REPORT_REPORT_H
#define ENGINE_REPORT_REPORT_H

#include "engine/report/explain.h"
#include "engine/report/report_figures.h"

#define REPORT_RUNS_MAX  3
#define REPORT_PAGES_MAX 60 /* of `revisit explain`, in one run */
#define REPORT_BYTES_MAX ((size_t)256 << 20)

struct report_run {
    const char *path;      /* as it was given */
    const char *recording; /* its path; NULL: there is none */
    const struct explain_log *log; /* judged */
    uint32_t multiplier_thousandths; /* 0: not known */
    bool cut;
    const char *run_dir;   /* that a resume would go on with; NULL */
    const struct report_op *ops; /* in the order of their calls */
    uint32_t op_count;
    struct slice pages;    /* an explain_json_*() object, or empty */
};

/* ERR_ENV without memory, or when `out` is full. */
enum err_code report_model(const struct report_run *runs, uint32_t count, const char *version, struct str *out, struct err *err) MUST_USE;

/* The file: the model in it as data, style and script allowed by their digests and nothing
   else allowed at all. */
void report_page(struct slice model, struct str *out);

/* The parts of the page, joined at build time from engine/report/page. */
extern const char report_html[], report_css[], report_js[];
extern const size_t report_html_size, report_css_size, report_js_size;

#endif
