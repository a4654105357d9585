/* The waiting list. moveInMe(n) opens row n, counted from 1 as shown. */
function moveInMe(n) {
    var row = rows[n - 1];

    if (row)
        top.openVisit(0, row[0], row[1]);
}

function changeSort(column) {
    var form = document.forms.ecform;

    if (column != 12)
        return;
    sortDirection = sortDirection == 'desc' ? 'asc' : 'desc';
    top.g_listSort = sortDirection;
    if (sortReload == 'client') {
        sortInPlace();
        return;
    }
    form.sortby.value = 12;
    form.dir.value = sortDirection;
    form.submit();
}

function selectDate() {
    document.forms.ecform.submit();
}

function sortInPlace() {
    var shown = [], footer = document.getElementById('listfooter');
    var lines = document.querySelectorAll('tr[id^="trt"]:not(#trt0)');

    for (var i = 0; i < lines.length; i++)
        shown.push({ line: lines[i], row: rows[i], id: Number(lines[i].id.slice(3)) });
    shown.sort(function (a, b) {
        var order = a.row[2] - b.row[2] || a.id - b.id;
        return sortDirection == 'desc' ? -order : order;
    });
    rows = [];
    shown.forEach(function (each, place) {
        rows.push(each.row);
        each.line.querySelector('a').setAttribute('href', 'javascript:moveInMe(' + (place + 1) + ')');
        footer.parentNode.insertBefore(each.line, footer);
    });
}
