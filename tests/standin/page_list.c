/* Waiting room: the panel, the list of rows, the patient search. */
#include "tests/standin/pages.h"

#include "tests/standin/draw.h"
#include "tests/standin/knob.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ROWS_MAX = 1500, ALL_LIST_PATIENTS = 15 };

char *appointment_text(const struct visit *visit, bool with_date)
{
    time_t seconds = (time_t)(visit_appointment(visit) * 60);
    struct tm when;
    int hour;
    char *text;

    gmtime_r(&seconds, &when);
    hour = when.tm_hour % 12 ? when.tm_hour % 12 : 12;
    text = need_printf("%d:%02d %s", hour, when.tm_min, when.tm_hour < 12 ? "AM" : "PM");
    if (with_date) {
        char *whole = need_printf("%02d/%02d/%04d %s", when.tm_mon + 1, when.tm_mday, when.tm_year + 1900, text);

        free(text);
        return whole;
    }
    return text;
}

void page_waiting_room(struct req *req, struct reply *reply)
{
    json_t *data = json_object();

    (void)req;
    reply_page(reply, "waittinglist.html", data);
    json_decref(data);
}

static int by_appointment(const void *a, const void *b)
{
    const struct visit *left = *(struct visit *const *)a, *right = *(struct visit *const *)b;
    int64_t at_left = visit_appointment(left), at_right = visit_appointment(right);

    if (at_left != at_right)
        return at_left < at_right ? -1 : 1;
    return left->row_id < right->row_id ? -1 : left->row_id > right->row_id;
}

static void reverse(struct visit **rows, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        struct visit *other = rows[count - 1 - i];

        rows[count - 1 - i] = rows[i];
        rows[i] = other;
    }
}

static void shuffle(struct visit **rows, size_t count, uint64_t round)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = draw_below(app.seed, "shuffle", round * 4096 + i, (unsigned)i);
        struct visit *other = rows[j];

        rows[j] = rows[i - 1];
        rows[i - 1] = other;
    }
}

static void order_rows(const struct req *req, struct visit **rows, size_t count)
{
    const char *direction = req_text(req, "dir");
    bool clicked = *direction != '\0';
    bool random = knob_is("listOrder", "random");

    qsort(rows, count, sizeof *rows, by_appointment);
    if (knob_is("listOrderEachRead", "moves"))
        shuffle(rows, count, (uint64_t)app.requests);
    else if (clicked && !strcmp(direction, "desc"))
        reverse(rows, count);
    else if (!clicked && random)
        shuffle(rows, count, 1);
    else if (!clicked && knob_is("listOrder", "desc"))
        reverse(rows, count);
}

static bool row_shown(const struct req *req, const struct visit *visit)
{
    long missing = fault_int(&req->fault, "dos", visit->who->dos_count);

    if (req_fault(req, FAULT_row_missing) && visit->kind == ROW_PT && visit->dos == missing)
        return false;
    if (visit->kind == ROW_NOISE)
        return knob_is("noiseRows", "on");
    if (visit->kind == ROW_CANCELLED)
        return knob_is("lookAlikeRow", "cancelled");
    return visit->kind == ROW_PT || knob_is("lookAlikeRow", "other");
}

/* The patient's rows; without a patient the first two of some patients, as on a day's list. */
static size_t collect_rows(const struct req *req, struct visit **rows)
{
    struct patient *who = chart_patient(&app.chart, req_number(req, "patientID"));
    const struct patient *last = NULL;
    int of_last = 0, patients = 0;
    size_t count = 0;

    for (size_t i = 0; i < app.chart.visit_count && count < ROWS_MAX; i++) {
        struct visit *visit = app.chart.visits[i];

        if (who ? visit->who != who : patients > ALL_LIST_PATIENTS)
            continue;
        if (visit->who != last) {
            last = visit->who;
            of_last = 0;
            patients++;
        }
        if (!row_shown(req, visit) || (!who && ++of_last > 2))
            continue;
        rows[count++] = visit;
    }
    return count;
}

static json_t *row_data(const struct visit *visit, size_t number)
{
    char *when = appointment_text(visit, knob_is("apptCell", "datetime"));
    bool other = visit->kind == ROW_OTHER;
    json_t *row = json_pack("{sI sI sI sI ss ss ss ss ss ss}", "n", (json_int_t)number, "rowId",
                            (json_int_t)visit->row_id, "visitID", (json_int_t)visit->id, "patientID",
                            (json_int_t)visit->who->id, "when", when, "patient",
                            other ? "OTHER, PERSON" : visit->who->name, "subject", visit->subject, "payer",
                            payer_name(visit->who->insurance), "provider", "DOCTOR, INVENTED L.Ac.", "status",
                            visit->deleted           ? "Cancelled"
                            : visit_billed(visit)    ? "Billed"
                            : visit->locked_by       ? "In room"
                                                     : "Checked in");

    json_object_set_new(row, "minutes", json_integer(visit_appointment(visit)));
    free(when);
    return row;
}

void page_waiting_list(struct req *req, struct reply *reply)
{
    struct visit **rows = need(calloc(ROWS_MAX, sizeof *rows));
    size_t count = collect_rows(req, rows);
    json_t *list = json_array();
    json_t *data;

    order_rows(req, rows, count);
    for (size_t i = 0; i < count; i++)
        json_array_append_new(list, row_data(rows[i], i + 1));
    data = json_pack("{so sI ss ss ss sb}", "rows", list, "total", (json_int_t)count, "patientID",
                     req_text(req, "patientID"), "dir", req_text(req, "dir"), "sortReload", knob_text("sortReload"),
                     "template", knob_is("hiddenTemplateRow", "on"));
    reply_page(reply, "waittinglistshow.html", data);
    json_decref(data);
    free(rows);
}

static bool decoy_shown(const struct patient *who)
{
    if (who->decoy_of <= 0)
        return who->decoy_of == 0;
    return knob_is("decoys", "all") || (knob_is("decoys", "some") && who->decoy_of % 2);
}

static bool found(const struct patient *who, const char *wanted)
{
    return !strcmp(who->dob, wanted) || strcasestr(who->name, wanted);
}

/* Every other decoy stands before the patient that it resembles. */
static json_t *search_rows(const struct req *req)
{
    const char *wanted = req_text(req, "searchStr");
    json_t *rows = json_array();

    for (size_t i = 0; *wanted && i < app.chart.patient_count; i++) {
        const struct patient *who = app.chart.patients[i];
        json_t *row;

        if (!decoy_shown(who) || !found(who, wanted) || req_fault(req, FAULT_patient_missing))
            continue;
        row = json_pack("{sI ss ss ss si}", "id", (json_int_t)who->id, "name", who->name, "dob", who->dob, "gender",
                        who->gender, "age", who->age);
        json_object_set_new(row, "link", json_boolean(!knob_is("searchRow", "bare")));
        json_object_set_new(row, "event", json_string(knob_is("searchRow", "ondblclick") ? "ondblclick" : "onclick"));
        if (who->decoy_of % 4 == 1)
            json_array_insert_new(rows, 0, row);
        else
            json_array_append_new(rows, row);
    }
    return rows;
}

void page_search(struct req *req, struct reply *reply)
{
    json_t *data = json_pack("{so ss ss ss sb}", "rows", search_rows(req), "searchStr", req_text(req, "searchStr"),
                             "method", knob_text("searchMethod"), "stale", knob_text("staleSearchRows"), "searched",
                             *req_text(req, "searchStr") != '\0');

    reply_page(reply, "search_rows.html", data);
    if (!req->ajax) {
        json_object_set_new(data, "table", json_string(buf_str(&reply->body)));
        reply_page(reply, "searchpatient.html", data);
    }
    json_decref(data);
}
