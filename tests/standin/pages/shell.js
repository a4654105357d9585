/* The main shell: which visit is open in which work area, the waiting room
   panel, the search popup. */
var g_visitID = [];
for (var area = 0; area < 16; area++)
    g_visitID.push(-1);
if (settings.elsewhere > 0)
    g_visitID[1] = settings.elsewhere;
var g_superBill = [];
var g_listSort = '';

function HasWrite(RightID) {
    return RightID !== 0;
}

function areaFrame(n) {
    return document.getElementById('workarea' + n);
}

function closeArea(n) {
    g_visitID[n] = -1;
    g_superBill = [];
    areaFrame(n).style.visibility = 'hidden';
    areaFrame(n).contentWindow.location.replace('emptyarea.html');
}

function openVisit(n, visitID, patientID) {
    g_visitID[n] = visitID;
    document.getElementById('WL').style.visibility = 'hidden';
    closeSearch();
    areaFrame(n).style.visibility = 'visible';
    areaFrame(n).contentWindow.location.href = 'ov_doctor_spec.aspx?visitID=' + visitID + '&patientID=' + patientID;
}

function switchWLW(show) {
    document.getElementById('WL').style.visibility = show ? 'visible' : 'hidden';
    if (show && settings.waitingRoomReload == 'on')
        listFrame().location.href = 'waittinglistshow.aspx?mode=all';
}

function listFrame() {
    return window.frames['waittinglistframe'].frames['waittinglistFrame'];
}

function openSearch() {
    var frame = document.getElementById('frm_searchframe');
    var page = frame.contentDocument;

    document.getElementById('searchbox').style.visibility = 'visible';
    if (!page || !page.getElementById('searchStr')) {
        frame.src = 'searchpatient.aspx';
    } else if (settings.searchFrame == 'reload') {
        if (settings.stale != 'on')
            page.body.innerHTML = '';
        frame.src = 'searchpatient.aspx';
    } else if (settings.stale != 'on') {
        frame.contentWindow.clearRows();
    }
}

function closeSearch() {
    document.getElementById('searchbox').style.visibility = 'hidden';
}

function showPatient(patientID) {
    closeSearch();
    if (settings.sortReset != 'keep')
        g_listSort = '';
    listFrame().location.href = 'waittinglistshow.aspx?mode=one&patientID=' + patientID +
        (g_listSort ? '&sortby=12&dir=' + g_listSort : '');
}
