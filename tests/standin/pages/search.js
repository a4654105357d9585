/* Patient search: the answer is a table of rows; a row is chosen by its link or its own handler. */
function clearRows() {
    document.getElementById('selectorDiv').innerHTML = '';
}

function startSearch() {
    var text = document.getElementById('searchStr').value;

    if (stale != 'on')
        clearRows();
    if (searchMethod == 'form') {
        document.forms.searchform.submit();
        return;
    }
    $.ajax({
        url: 'searchpatient.aspx',
        type: searchMethod,
        data: { searchStr: text },
        dataType: 'html',
        success: function (rows) {
            document.getElementById('selectorDiv').innerHTML = rows;
        },
        error: function () {
            document.getElementById('selectorDiv').innerHTML = '<span class="norecord">Search failed.</span>';
        }
    });
}

function pick(patientID) {
    top.showPatient(patientID);
}
