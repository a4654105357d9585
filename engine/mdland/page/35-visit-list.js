/* The list of visits, as displayed: which columns it has, what each row says,
   and which row is the n-th visit. Columns are found by their headings; where
   a row does not follow them, by what its cells look like. */

const COLUMNS = {
  time: /appt\.?\s*time/i, date: /\bdate\b|^dos$/i, patient: /patient|^name$/i,
  subject: /subject/i, payer: /insurance|payer/i, status: /^status$/i,
};

const PAYERS = {
  HF: /healthfirst|health first|\bHF\b/i, WC: /wellcare|\bWC\b/i, VC: /villagecare|village care|\bVC\b/i,
  OPTUM: /optum|\bUHC\b|united/i, ELDERPLAN: /elder\s?plan/i,
};

function listDocument() {
  const outer = documentOf(document, 'waittinglistframe');
  const inner = outer && documentOf(outer, 'waittinglistFrame');
  if (inner) return inner;
  return waitingRoomDocuments().find((doc) => /^waittinglistshow/i.test(lastOfPath(doc))) || null;
}

/* {width, time (the cell to click), columns: name -> index} */
function readHeader(doc) {
  const time = Array.from(doc.querySelectorAll('td[onclick], th[onclick]')).find((cell) => COLUMNS.time.test(textOf(cell)));
  if (!time) return null;
  const cells = Array.from(time.parentElement.cells).map(textOf);
  const columns = {};
  for (const name of Object.keys(COLUMNS)) columns[name] = cells.findIndex((text) => COLUMNS[name].test(text));
  return { width: cells.length, time, columns };
}

function isVisitRow(row) {
  return /^trt\d+$/.test(row.id) && !isSwitchedOff(row);
}

/* {doc, header, rows} of a list that is wholly there. */
function listNow() {
  const doc = listDocument();
  if (!isLoaded(doc)) return null;
  const rows = Array.from(doc.querySelectorAll('tr[id^="trt"]')).filter(isVisitRow);
  return { doc, header: readHeader(doc), rows };
}

/* An error page in the list's place has no rows either, and says nothing of them. */
function isList(list) {
  return Boolean(list) && (list.header !== null || list.rows.length > 0);
}

function listIds(list) {
  return list.rows.map((row) => row.id).sort().join(' ');
}

function listChanged(before) {
  const list = listNow();
  if (list && list.doc !== before.doc && statusOf(list.doc) >= 500) fail('network', 'visitList');
  if (!isList(list)) return null;
  const same = list.doc === before.doc && list.rows.length === before.rows.length &&
    list.rows.every((row, index) => row === before.rows[index]);
  return same ? null : list;
}

function cellText(list, row, name) {
  const follows = list.header && row.cells.length === list.header.width && list.header.columns[name] >= 0;
  return follows ? textOf(row.cells[list.header.columns[name]]) : null;
}

function minutesOfDay(text) {
  const time = /(?<!\d)(\d{1,2}):(\d{2})(?::\d{2})?\s*([AP]M)?/i.exec(text);
  if (!time) return null;
  const half = (time[3] || '').toUpperCase();
  const hour = half ? (Number(time[1]) % 12) + (half === 'PM' ? 12 : 0) : Number(time[1]);
  return hour * 60 + Number(time[2]);
}

/* The appointment as a number that grows with time; null when the row does not
   say. A date in another column counts: "9:00 AM" alone orders one day only. */
function appointmentOf(list, row) {
  const cells = Array.from(row.cells).map(textOf);
  const own = cellText(list, row, 'time');
  const text = own !== null && minutesOfDay(own) !== null ? own : cells.find((cell) => minutesOfDay(cell) !== null);
  if (text === undefined) return null;
  const date = datesIn(text)[0] || datesIn(cellText(list, row, 'date') || '')[0] || 0;
  return { date, key: date * 1440 + minutesOfDay(text) };
}

function rowNumber(row) {
  return Number(row.id.slice(3));
}

function isAscending(list) {
  const keys = list.rows.map((row) => appointmentOf(list, row)).map((at) => (at ? at.key : 0));
  return keys.every((key, index) => index === 0 || keys[index - 1] <= key);
}

/* PT as a word of the subject: "PT TREATMENT", "IE-PT TREATMENT". Without a
   subject column, a cell that begins so; a provider's "J. DOE, PT" does not. */
function subjectOf(list, row) {
  const own = cellText(list, row, 'subject');
  if (own !== null) return /(^|[^A-Z0-9])PT([^A-Z0-9]|$)/i.test(own) ? own : null;
  return Array.from(row.cells).map(textOf).find((text) => /^([A-Z]+[-\s])?PT\b/i.test(text)) || null;
}

function isCalledOff(list, row) {
  const own = cellText(list, row, 'status');
  const texts = own !== null ? [own] : Array.from(row.cells).map(textOf);
  return texts.some((text) => /^(cancell?ed|deleted)$/i.test(text));
}

/* A row that names somebody else is no row of this patient. */
function namesAnother(list, row, person) {
  const own = cellText(list, row, 'patient');
  return own !== null && own !== '' && !sameWords(nameInCell(own), person.words);
}

/* A list that has rows and none of this patient's is still somebody else's. */
function listFor(person, list) {
  const named = list ? list.rows.filter((row) => cellText(list, row, 'patient')) : [];
  return named.length === 0 || named.some((row) => !namesAnother(list, row, person)) ? list : null;
}

function visitsOf(list, person) {
  return list.rows.filter((row) => subjectOf(list, row) && !isCalledOff(list, row) && !namesAnother(list, row, person));
}

/* The n-th visit of the patient: by appointment, ties by row id. */
function nthVisit(list, person, order) {
  const rows = visitsOf(list, person).map((row) => ({ row, at: appointmentOf(list, row) }));
  if (rows.length < order) fail('visit_not_found', 'visitList');
  const dated = rows.filter((each) => each.at && each.at.date).length;
  if (rows.some((each) => !each.at) || (dated && dated < rows.length)) fail('ambiguous', 'apptTime');
  rows.sort((a, b) => a.at.key - b.at.key || rowNumber(a.row) - rowNumber(b.row));
  return rows[order - 1].row;
}

function pinnedVisit(list, rowId) {
  return list.rows.find((row) => row.id === rowId) || fail('visit_not_found', 'visitList');
}

/* A check that is reported, never a filter. */
function payerVerdict(list, row, payer) {
  const alias = PAYERS[String(payer || '').toUpperCase()];
  if (!alias) return 'none';
  const own = cellText(list, row, 'payer');
  const texts = own !== null ? [own] : Array.from(row.cells).map(textOf);
  return texts.some((text) => alias.test(text)) ? 'match' : 'differs';
}

/* The list that selectPatient left: this patient's, every row of it. */
function listOf(person) {
  const list = listNow();
  const same = page.list && page.list.words === person.words.join(' ') && page.list.dob === person.dob;
  return isList(list) && same && page.list.rows === listIds(list) ? list : null;
}

function rowOpener(row) {
  const link = row.querySelector('a[href*="moveInMe"], a[onclick*="moveInMe"]');
  if (link) return () => link.click();
  if (row.hasAttribute('onclick')) return () => row.click();
  if (row.hasAttribute('ondblclick')) return () => mouse(row, ['dblclick']);
  return fail('element_not_found', 'rowLink');
}
