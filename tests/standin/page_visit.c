/* The visit's container, its summary, menu and info frames, the lock. */
#include "tests/standin/pages.h"

#include "tests/standin/knob.h"

#include <stdlib.h>
#include <string.h>

bool visit_editable(const struct req *req, const struct visit *visit)
{
    return !visit->browse && !visit->deleted && !req_fault(req, FAULT_not_editable);
}

char *db_time(void)
{
    long seconds = 9 * 3600 + app.requests % 36000;
    long hour = seconds / 3600 % 24;

    return need_printf("3/14/2026 %ld:%02ld:%02ld %s", hour % 12 ? hour % 12 : 12, seconds / 60 % 60, seconds % 60,
                       hour < 12 ? "AM" : "PM");
}

static void add_person(const struct req *req, const struct visit *visit, json_t *data)
{
    bool wrong = req_fault(req, FAULT_wrong_banner);
    const char *name = wrong ? fault_text(&req->fault, "name", "OTHER, PERSON") : visit->who->name;
    const char *dob = wrong ? fault_text(&req->fault, "dob", "02/03/1904") : visit->who->dob;

    json_object_set_new(data, "name", json_string(name));
    json_object_set_new(data, "dob", json_string(dob));
    json_object_set_new(data, "gender", json_string(visit->who->gender));
    json_object_set_new(data, "age", json_integer(visit->who->age));
    json_object_set_new(data, "payer", json_string(payer_name(visit->who->insurance)));
}

json_t *visit_data(const struct req *req, const struct visit *visit)
{
    char *when = appointment_text(visit, true);
    int area = (int)req_number(req, "area");
    json_t *data = json_pack("{sI sI ss ss si si sb si si ss}", "visitID", (json_int_t)visit->id, "patientID",
                             (json_int_t)visit->who->id, "subject", visit->subject, "when", when, "area",
                             area >= 0 && area < 16 ? area : 0, "editAble", visit_editable(req, visit), "locked",
                             visit->locked_by != NULL, "isPassToBill", visit_billed(visit), "noteSaves",
                             visit->note_saves, "VisitStatus", visit->deleted ? "CA" : "");

    json_object_set_new(data, "reloadTwice", json_boolean(knob_is("reloadTwice", "on") && req->post));
    add_person(req, visit, data);
    free(when);
    return data;
}

json_t *visit_page(const struct req *req, struct reply *reply)
{
    if (req->visit)
        return visit_data(req, req->visit);
    reply_text(reply, 404, "text/html; charset=utf-8", "<html><body>No such visit</body></html>\n");
    return NULL;
}

/* Opening takes the lock. A lock that was left standing lets the same doctor in, or not, as the knob says. */
static void open_visit(const struct req *req, struct visit *visit)
{
    long timeout = knob_int("lockTimeout");
    bool left_open = visit->locked_by && !(timeout && ehr_now_ms() - visit->locked_at_ms > timeout);

    visit->opens++;
    visit->browse = visit->deleted || req_fault(req, FAULT_not_editable) ||
                    (left_open && knob_is("reopenLocked", "browse"));
    visit->locked_by = req->session;
    visit->locked_at_ms = ehr_now_ms();
}

void page_visit(struct req *req, struct reply *reply)
{
    json_t *data;

    if (req->visit)
        open_visit(req, req->visit);
    data = visit_page(req, reply);
    if (!data)
        return;
    json_object_set_new(data, "frames", frames_of("visit"));
    json_object_set_new(data, "menu", frames_of("menu"));
    json_object_set_new(data, "navReload", json_string(knob_text("navReload")));
    json_object_set_new(data, "autoSave", json_string(knob_text("autoSave")));
    reply_page(reply, "ov_doctor_spec.html", data);
    json_decref(data);
}

static void visit_subpage(struct req *req, struct reply *reply, const char *page)
{
    json_t *data = visit_page(req, reply);

    if (!data)
        return;
    json_object_set_new(data, "menu", frames_of("menu"));
    reply_page(reply, page, data);
    json_decref(data);
}

void page_office_visit(struct req *req, struct reply *reply)
{
    visit_subpage(req, reply, "officevisit_Spec.html");
}

void page_menu(struct req *req, struct reply *reply)
{
    visit_subpage(req, reply, "ov_menu.html");
}

void page_info(struct req *req, struct reply *reply)
{
    visit_subpage(req, reply, "ov_info.html");
}

void page_chief_complaint(struct req *req, struct reply *reply)
{
    visit_subpage(req, reply, "ov_ChiefComplaint.html");
}

void page_unlock(struct req *req, struct reply *reply)
{
    if (req->visit && req->post) {
        req->visit->closes += req->visit->locked_by != NULL; /* an unlock on its way twice closes once */
        req->visit->locked_by = NULL;
        req->visit->browse = false;
    }
    visit_subpage(req, reply, "ov_unlock.html");
}

/* The key is not quoted, as it was seen; or it is, as in JSON, and the number may be text too. */
void page_check_status(struct req *req, struct reply *reply)
{
    const char *key = knob_is("editAbleForm", "bare") ? "EditAble" : "\"EditAble\"";
    const char *quote = knob_is("editAbleForm", "text") ? "\"" : "";
    char *text = need_printf("{%s: %s%d%s}", key, quote, req->visit && visit_editable(req, req->visit), quote);

    reply_text(reply, 200, "text/html; charset=utf-8", text);
    free(text);
}
