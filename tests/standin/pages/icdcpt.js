/* ICD and CPT codes of a visit. Adding changes the page only; letsGo(2) posts
   all that the page holds. */
var modified = 0;
var __CPTCodeUnitMap__ = { '97814': 2 };
var ICD_LINK_MAX = 12;
var selectList_cpt = [];
var investigations = []; /* the chosen ICD codes, in order */
var visit = parent;

function form() {
    return document.forms.ecform;
}

function hidden(name, value) {
    var field = document.createElement('input');

    field.type = 'hidden';
    field.name = name;
    field.value = value;
    return field;
}

function letter(n) {
    return String.fromCharCode(64 + n);
}

/* One investigation: its hidden fields, and "(n/LETTER)(code) name" to read. */
function showICD(code, name, n) {
    var line = document.createElement('div');

    line.className = 'investigation';
    if (settings.icdField != 'diag_code_h') {
        line.appendChild(hidden('ICDCode', code));
        line.appendChild(hidden('ICDName', name));
    }
    if (settings.icdField != 'ICDCode')
        line.appendChild(hidden('diag_code_h', code));
    line.appendChild(document.createTextNode('(' + n + '/' + letter(n) + ')(' + code + ') ' + name));
    document.getElementById('chosenICD').appendChild(line);
}

function input(name, value, size) {
    var field = document.createElement('input');

    field.type = 'text';
    field.name = name;
    field.value = value;
    field.size = size;
    field.onchange = function () { SetModifyICD(); };
    return field;
}

function showCPT(row) {
    var line = document.createElement('tr'), cell = document.createElement('td');

    cell.appendChild(hidden('cpt_code_h', row.code));
    cell.appendChild(hidden('cpt_text', row.text));
    cell.appendChild(document.createTextNode(row.code + ' ' + row.text));
    cell.appendChild(input('Units', row.units, 3));
    cell.appendChild(input('LinkICD', row.link, 12));
    ['Ma', 'Mb', 'Mc', 'Md'].forEach(function (name, i) {
        cell.appendChild(input(name, row.modifiers[i] || '', 2));
    });
    cell.appendChild(hidden('link_select_modified', '0'));
    line.className = 'cptrow';
    line.appendChild(cell);
    document.querySelector('#chosenCPT tbody').appendChild(line);
    selectList_cpt.push(row.code);
}

function renderSaved() {
    savedICD.forEach(function (each) {
        investigations.push({ code: each.code, name: each.name });
        showICD(each.code, each.name, investigations.length);
    });
    savedCPT.forEach(showCPT);
    fillTemplates('templateList', 56, 'ICD template ');
    fillTemplates('templateList_cpt', 124, 'CPT template ');
}

function fillTemplates(id, count, title) {
    var list = document.getElementById(id);

    for (var i = 0; i < count; i++)
        list.add(new Option(title + (i + 1), String(i + 1)));
}

function startPage() {
    if (pageAlert)
        alert(pageAlert);
    if (reloadTwice)
        location.replace(location.href);
}

function SetModifyICD() {
    modified = 1;
    visit.SetMenuModified(visit.Menu_ICDCPT, 1, 0);
}

function billedAlready() {
    return visit.ovpage == 1 && visit.isPassToBill != 0;
}

function linkString() {
    return investigations.map(function (each, i) { return i + 1; }).slice(0, ICD_LINK_MAX).join(',');
}

/* Rows that linked to all codes so far link to the new one too. */
function addICDToLinkList(code) {
    var all = linkString(), before = all.split(',').slice(0, -1).join(',');
    var links = document.getElementsByName('LinkICD');

    for (var i = 0; i < links.length; i++)
        if (links[i].value == before)
            links[i].value = all;
}

function refreshLinkICDStr() {
    return linkString();
}

function addSelectionD(name, code) {
    var known = investigations.some(function (each) { return each.code == code; });

    if (billedAlready() || known)
        return;
    if (investigations.length >= ICD_LINK_MAX) {
        alert('Only ' + ICD_LINK_MAX + ' ICD codes can be linked to CPT.');
        if (settings.icd13 == 'reject')
            return;
    }
    investigations.push({ code: code, name: name });
    showICD(code, name, investigations.length);
    addICDToLinkList(code);
    SetModifyICD();
}

function addSelection(i) {
    var option = form().list.options[i];

    if (option && option.value)
        addSelectionD(option.text.slice(option.value.length + 1), option.value);
}

/* Characters 6 to 13 of the code are up to four modifiers of two letters. */
function addSelectionD_cpt(fullText, text, code) {
    var base = code.slice(0, 5), pairs = code.slice(5, 13).match(/../g) || [];

    if (billedAlready())
        return;
    if (settings.cptDuplicate == 'ignore' && selectList_cpt.indexOf(base) >= 0)
        return;
    showCPT({ code: base, text: text, units: __CPTCodeUnitMap__[base] || 1, link: linkString(), modifiers: pairs });
    SetModifyICD();
}

function addSelection_cpt(i) {
    var option = form().list_cpt.options[i], name = option ? option.text.slice(option.value.length + 1) : '';

    if (option && option.value)
        addSelectionD_cpt(name, name, option.value);
}

function search_by_ajax(mode, text, searchby, tag, patient) {
    if (text.length < 2)
        return;
    $.ajax({
        url: 'ov_search_code_name_tmp.aspx',
        data: { mode: mode, text: text, searchby: searchby, tag: tag, patient: patient || '' },
        dataType: 'html',
        success: function (options) {
            form()[mode == 2 ? 'list_cpt' : 'list'].innerHTML = options;
        }
    });
}

function gatherResultICD() {
    return investigations.map(function (each) { return each.code; }).join('\n');
}

function gatherNameResultICD() {
    return investigations.map(function (each) { return each.name; }).join('\n');
}

/* Each link names chosen codes by number. */
function checkCPTLinkData() {
    var links = document.getElementsByName('LinkICD');

    for (var i = 0; i < links.length; i++) {
        var wrong = links[i].value.split(',').some(function (n) {
            return n !== '' && (!/^\d+$/.test(n) || n < 1 || n > investigations.length);
        });
        if (wrong) {
            alert('Please check the link of CPT row ' + (i + 1) + '.');
            return false;
        }
    }
    return true;
}

function checkOldCPT() {
    return true;
}

function letsGo(mode) {
    if (mode == 1) {
        location.reload();
        return;
    }
    if (billedAlready()) {
        alert('Billing is created, you can not change ICD/CPT any more.');
        return;
    }
    if (!investigations.length && !confirm("You didn't select any code. Are you sure to continue?"))
        return;
    if (checkCPTLinkData() && checkOldCPT())
        continueSave(mode);
}

function continueSave(mode) {
    var fields = form();

    fields.selectionRes.value = gatherResultICD();
    fields.selectionNameRes.value = gatherNameResultICD();
    fields.saveToSuperbill.value = document.getElementById('chkAddICDToSuperbill').checked ? '1' : '0';
    fields.formMode.value = mode;
    modified = 0;
    visit.SetMenuModified(visit.Menu_ICDCPT, 0, 0);
    fields.submit();
}
