/* The PT note: five sections and a description, each with its editor. Two
   ways to save: reallySubmit posts by XHR and reads a JSON answer, letsGo(2)
   checks first and then saves as the site is set up. */
var modified = 0;
var visit = parent;
var EDITORS = ['SOAPtext0', 'SOAPtext1', 'SOAPtext2', 'SOAPtext3', 'SOAPtext4', 'description'];

function loadScript(url, then) {
    var script = document.createElement('script');

    script.src = url;
    script.onload = then;
    document.body.appendChild(script);
}

function startPage() {
    if (pageAlert)
        alert(pageAlert);
    if (reloadTwice) {
        location.replace(location.href);
        return;
    }
    if (settings.popup)
        document.getElementById('ptNotePopup').style.display = 'block';
    else
        setTimeout(loadEditors, settings.readyDelay);
}

function answerPopup(open) {
    document.getElementById('ptNotePopup').style.display = 'none';
    if (open)
        loadEditors();
}

function loadEditors() {
    loadScript('/eClinic/tinymce/tinymce.min.js', startEditors);
}

function startEditors() {
    EDITORS.forEach(function (id, i) {
        var wait = settings.stagger * i + (settings.lateEditor == i ? settings.lateBy : 0);

        if (settings.missingEditor == i)
            return;
        if (wait)
            setTimeout(function () { startEditor(id); }, wait);
        else
            startEditor(id);
    });
}

function startEditor(id) {
    tinymce.init({
        selector: '#' + id,
        plugins: '',
        toolbar: 'bold italic underline',
        menubar: false,
        branding: false,
        entity_encoding: 'named',
        setup: function (editor) {
            editor.on('change keyup', function () {
                modified = 1;
                visit.SetMenuModified(visit.Menu_PTNote, 1, 0);
            });
        }
    });
}

function form() {
    return document.forms.ecform;
}

function checkOVItemConflict(callback) {
    $.ajax({
        url: 'ov_CheckOVItemConflict.aspx',
        type: 'POST',
        dataType: 'json',
        data: { visitID: form().visitID.value, PageReadTime: form().PageReadTime.value },
        success: callback,
        error: function () { callback({ Conflict: '0' }); }
    });
}

function letsGo(mode) {
    if (mode == 1) {
        location.href = location.href;
        return;
    }
    if (modified == 0)
        return;
    checkOVItemConflict(letsGoCallback);
}

function letsGoCallback(answer) {
    if (answer.Conflict == '1' && settings.conflictForm == 'alert') {
        alert(answer.Text);
        return;
    }
    if (answer.Conflict == '1' && settings.conflictForm == 'confirm' && !confirm(answer.Text + ' Overwrite it?'))
        return;
    if (settings.noteSave == 'form')
        submitPage();
    else
        reallySubmit(2);
}

/* The whole page; the answer is the page again. */
function submitPage() {
    var fields = form();

    tinyMCE.triggerSave();
    fields.formMode.value = 2;
    fields.isAjaxSave.value = '0';
    modified = 0;
    visit.SetMenuModified(visit.Menu_PTNote, 0, 0);
    fields.submit();
}

function copyEditors() {
    EDITORS.forEach(function (id) {
        var editor = tinyMCE.getInstanceById(id);

        if (editor && editor.getBody())
            document.getElementById(id).value = editor.getContent();
    });
}

function reallySubmit(mode) {
    var fields = form();

    copyEditors();
    fields.formMode.value = mode;
    fields.isAjaxSave.value = '1';
    $.ajax({
        url: '/eClinic/ov_ptnote2018.aspx',
        type: 'POST',
        dataType: 'json',
        data: $(fields).serialize(),
        success: saved,
        error: function () {
            document.getElementById('ecform').setAttribute('data-save', 'error');
        }
    });
}

function saved(answer) {
    if (answer.script)
        (0, eval)(answer.script.replace('</script>', ''));
    if (answer.ConflictAlert) {
        alert(answer.ConflictAlert);
        return;
    }
    if (answer.Success != '1') {
        alert(answer.Error || 'Save failed.');
        return;
    }
    form().PageReadTime.value = answer.dbtime;
    modified = 0;
    visit.SetMenuModified(visit.Menu_PTNote, 0, 0);
    visit.ptnoteF = 1;
    visit.reloadOfficeVisit();
}
