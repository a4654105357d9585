/* The PT note: no ViewState; saved by XHR (JSON answer) or by a page post. */
#include "tests/standin/pages.h"

#include "tests/standin/knob.h"

#include <stdlib.h>
#include <string.h>

static const char *const fields[NOTE_FIELDS] = {"SOAPtext0", "SOAPtext1", "SOAPtext2",
                                                "SOAPtext3", "SOAPtext4", "description"};

static const char CONFLICT[] = "This PT Note was changed by another user. Please reload it before saving.";

/* The same text as a browser would show it, spelled otherwise. New text. */
static char *as_returned(const char *html)
{
    bool breaks = !knob_is("noteNormal", "none"), entities = knob_is("noteNormal", "entities");
    struct buf out = {0};

    for (; *html; html++) {
        if (entities && !strncmp(html, "&nbsp;", 6)) {
            buf_text(&out, "&#160;");
            html += 5;
        } else if (entities && !strncmp(html, "\xC2\xA0", 2)) {
            buf_text(&out, "&nbsp;");
            html++;
        } else if (entities && !strncmp(html, "&quot;", 6)) {
            buf_text(&out, "\"");
            html += 5;
        } else {
            buf_add(&out, html, 1);
            if (breaks && *html == '>' && html[1] == '<')
                buf_text(&out, "\r\n");
        }
    }
    return out.at ? out.at : need(strdup(""));
}

static json_t *note_fields(const struct visit *visit)
{
    json_t *list = json_array();

    for (int i = 0; i < NOTE_FIELDS; i++) {
        char *text = as_returned(visit->note[i] ? visit->note[i] : "");

        json_array_append_new(list, json_pack("{ss ss}", "id", fields[i], "text", text));
        free(text);
    }
    return list;
}

static long editor_number(const struct req *req, enum fault_kind kind)
{
    return req_fault(req, kind) ? fault_int(&req->fault, "which", 0) : -1;
}

static void note_page(const struct req *req, struct reply *reply, const char *alert)
{
    json_t *data = visit_data(req, req->visit);
    char *read_at = db_time();
    bool staggered = knob_is("editors", "staggered");

    json_object_set_new(data, "fields", note_fields(req->visit));
    json_object_set_new(data, "alert", json_string(alert));
    json_object_set_new(data, "readTime", json_string(read_at));
    json_object_set_new(data, "noteSave", json_string(knob_text("noteSave")));
    json_object_set_new(data, "ajaxSaveGlobal", json_boolean(knob_is("ajaxSaveGlobal", "present")));
    json_object_set_new(data, "readyDelay", json_integer(knob_int("tinyReadyDelay")));
    json_object_set_new(data, "stagger", json_integer(staggered ? knob_int("editorStagger") : 0));
    json_object_set_new(data, "lateEditor", json_integer(editor_number(req, FAULT_late_editor)));
    json_object_set_new(data, "lateBy", json_integer(fault_int(&req->fault, "ms", 1000)));
    json_object_set_new(data, "missingEditor", json_integer(editor_number(req, FAULT_missing_editor)));
    json_object_set_new(data, "conflictForm", json_string(knob_text("conflictForm")));
    json_object_set_new(data, "popup", json_boolean(knob_is("ptNotePopup", "on") && !req->visit->note_saves));
    reply_page(reply, "ov_ptnote2018.html", data);
    free(read_at);
    json_decref(data);
}

/* Why the save is refused, or "" and it is done. */
static const char *save_note(const struct req *req)
{
    struct visit *visit = req->visit;

    if (!visit_editable(req, visit))
        return "You are in browse mode.";
    if (req_fault(req, FAULT_refuse))
        return fault_text(&req->fault, "text", "The record could not be saved. Please try again.");
    if (req_fault(req, FAULT_conflict))
        return CONFLICT;
    for (int i = 0; i < NOTE_FIELDS; i++) {
        free(visit->note[i]);
        visit->note[i] = need(strdup(req_text(req, fields[i])));
    }
    visit->note_saves++;
    return "";
}

static void reply_saved(const struct req *req, struct reply *reply, const char *refusal)
{
    char *at = db_time();
    bool saved = !*refusal;
    json_t *answer = json_pack("{ss}", "Success", saved ? "1" : "0");

    if (saved)
        json_object_set_new(answer, "dbtime", json_string(at));
    else
        json_object_set_new(answer, req_fault(req, FAULT_conflict) ? "ConflictAlert" : "Error", json_string(refusal));
    reply_json(reply, answer);
    free(at);
}

void page_note(struct req *req, struct reply *reply)
{
    const char *refusal = "";
    json_t *known = visit_page(req, reply);

    if (!known)
        return;
    json_decref(known);
    if (req->post && req_number(req, "formMode") == 2)
        refusal = save_note(req);
    if (req->post && req_number(req, "isAjaxSave") == 1)
        reply_saved(req, reply, refusal);
    else
        note_page(req, reply, refusal);
}

void page_check_conflict(struct req *req, struct reply *reply)
{
    bool conflict = req_fault(req, FAULT_conflict);

    reply_json(reply, json_pack("{ss ss}", "Conflict", conflict ? "1" : "0", "Text", conflict ? CONFLICT : ""));
}
