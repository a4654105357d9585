/* The visit's container: the menu state, the sections and their saves, the close. */
var nowOVPage = 4, lastMenuIndex = 0, ovpage = 1;
var MustReturnPage = 0;
var Menu_ICDCPT = menuIndex('icdcpt'), Menu_PTNote = menuIndex('ptnote'), Menu_CheckOut = menuIndex('checkout');
var PAGES = { diagnose: 'ov_icdcpt.aspx', ptnote: 'ov_ptnote2018.aspx', checkout: 'checkout2006_spec.aspx',
              chiefComplaint: 'ov_ChiefComplaint.aspx' };

MenuTitle[Menu_ICDCPT].HasSave = MenuTitle[Menu_PTNote].HasSave = 1;

function menuIndex(key) {
    for (var i = 0; i < MenuTitle.length; i++)
        if (MenuTitle[i].Key == key)
            return i;
    return -1;
}

function section(index) {
    return document.getElementById(MenuTitle[index].Frame);
}

function startVisit() {
    MenuTitle[0].Open = 1;
}

function pageUrl(name) {
    return PAGES[name] + '?patientID=' + patientID + '&visitID=' + visitID + '&formMode=1&mpatientid=' +
        (name == 'diagnose' ? '&SBCount=' : '');
}

/* Loads a section's page; an already loaded one only when forced. */
function Relocal(name, force) {
    var index = 0, frame = document.getElementById(name);

    while (MenuTitle[index].Frame != name)
        index++;
    if (!PAGES[name] || (MenuTitle[index].Open && !force))
        return;
    MenuTitle[index].Open = 1;
    frame.contentWindow.location.href = pageUrl(name);
}

function show(index) {
    var frames = document.querySelectorAll('iframe.section');

    for (var i = 0; i < frames.length; i++)
        frames[i].style.display = 'none';
    section(index).style.display = 'block';
    document.getElementById('SavePage').style.visibility = MenuTitle[index].HasSave ? 'visible' : 'hidden';
}

function select_page(page, sub) {
    for (var i = 0; i < MenuTitle.length; i++)
        if (MenuTitle[i].Page == page && MenuTitle[i].Sub == sub)
            return select_menu(i);
}

function select_menu(index) {
    var name = MenuTitle[index].Frame;

    if (lastMenuIndex != index)
        AutoSaveIframe(lastMenuIndex);
    lastMenuIndex = index;
    show(index);
    Relocal(name, settings.navReload == 'always');
}

function select_ovpage(page) {
    nowOVPage = page;
    ovpage = page == 4 ? 1 : 0;
    select_menu(0);
}

function SetMenuModified(menu, flag, x) {
    MenuTitle[menu].Modified = flag;
    modified = MenuTitle.some(function (each) { return each.Modified; }) ? 1 : 0;
}

function reloadOfficeVisit() {
    document.getElementById('OfficeVisit').contentWindow.location.reload();
}

/* Asks the server whether the visit may be edited, then calls back with 1. */
function refreshEditAble(callback) {
    $.ajax({
        url: 'ov_CheckOVStatus.aspx',
        type: 'POST',
        dataType: 'text',
        data: { clinicid: top.g_clinicID, doctorid: top.g_doctorID, visitid: visitID },
        success: function (text) {
            var found = /EditAble\W*(\d)/.exec(text);

            editAble = found ? Number(found[1]) : 0;
            editMode = editAble;
            callback(1);
        }
    });
}

function saveIt() {
    refreshEditAble(saveItCallback);
}

function saveItCallback(asked) {
    var inner = section(lastMenuIndex).contentWindow;

    if (VisitStatus == 'CA') {
        alert('This visit is deleted.');
        return;
    }
    if (!editAble) {
        alert('You are in browse mode.');
        return;
    }
    if (MenuTitle[lastMenuIndex].HasSave && inner.letsGo)
        inner.letsGo(2);
}

function AutoSaveIframe(lastIndex) {
    var menu = MenuTitle[lastIndex], inner = section(lastIndex).contentWindow;
    var writable = editAble && !menu.ViewOnly && top.HasWrite(menu.RightID);

    if (settings.autoSave != 'on' || !menu.HasSave || !menu.AutoSave || !writable)
        return;
    if (inner.modified && inner.letsGo)
        inner.letsGo(2);
}

function anythingModified() {
    return MenuTitle.some(function (menu, i) {
        return menu.HasSave && menu.Open && section(i).contentWindow.modified;
    });
}

/* With a true argument no question is asked. */
function closeMe(now) {
    if (!now && anythingModified() && !confirm('Some values have been changed. Are you sure to close without saving?'))
        return;
    if (!now && !confirm('Are you sure you want to close OFFICE VISIT?'))
        return;
    if (lockedByMe) {
        document.forms.unlockform.submit();
        return;
    }
    top.closeArea(areaNumber);
}
