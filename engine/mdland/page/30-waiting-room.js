/* The waiting room: open the panel, search the patient, choose, sort. A search
   result is taken only when it is proved to belong to this search: other rows
   than before the click, or a new document that says what was searched. */

const SEARCH_ROWS = '#selectorDiv tr[onclick], #selectorDiv tr[ondblclick]';

function waitingRoomButton() {
  for (const doc of [document, documentIn(frameIn(document, 'workarea0'))]) {
    const button = doc && doc.readyState !== 'loading' && doc.querySelector('td[title="Waiting Room"]');
    if (button) return button;
  }
  return null;
}

function isPanelShown() {
  const panel = document.getElementById('WL');
  return Boolean(panel) && isShown(panel);
}

operations.openWaitingRoom = async function (ctx) {
  const button = await until(ctx, () => isPanelShown() || waitingRoomButton(), { missing: 'waitingRoomMenu' });
  if (button !== true) act(ctx, () => button.click());
  await until(ctx, isPanelShown, { missing: 'waitingRoom' });
  return {};
};

/* All that belongs to the waiting room lies outside the work areas. */
function waitingRoomDocuments() {
  return allDocuments(isWorkArea).filter((doc) => doc !== document);
}

/* The words of one radio among several: its label, else what follows it, else
   what its parent says when it is alone there. */
function labelOf(radio) {
  const label = radio.closest('label') || (radio.labels && radio.labels[0]);
  if (label) return textOf(label);
  const next = radio.nextSibling;
  if (next && textOf(next)) return textOf(next);
  const alone = radio.parentElement.querySelectorAll('input[type=radio]').length === 1;
  return alone ? textOf(radio.parentElement) : '';
}

function onePatientRadio() {
  for (const doc of waitingRoomDocuments()) {
    if (!isLoaded(doc)) continue;
    for (const radio of doc.querySelectorAll('input[type=radio][name="listAllPatient"]'))
      if (/one patient/i.test(labelOf(radio))) return radio;
  }
  return null;
}

/* {doc, box, button} of a search frame that can be typed into. */
function searchForm() {
  const doc = documentOf(document, 'frm_searchframe');
  if (!isLoaded(doc)) return null;
  const box = doc.getElementById('searchStr'), button = doc.getElementById('btnSearch');
  return box && button ? { doc, box, button } : null;
}

function searchRows(doc) {
  return Array.from(doc.querySelectorAll(SEARCH_ROWS)).filter((row) => !isSwitchedOff(row));
}

/* How the requests of a document end. Without jQuery the browser's own list of
   what was loaded tells. */
function hearRequests(doc) {
  const view = doc.defaultView, heard = { ended: 0, failed: false, stop: () => {}, busy: () => false };
  const note = (status) => {
    heard.ended++;
    heard.failed = heard.failed || status < 200 || status >= 300;
  };
  if (hasJQuery(view)) {
    heard.stop = hearAjax(view, /./, (request) => note(request.status));
    const jQuery = view.jQuery;
    heard.busy = () => jQuery.active > 0;
    return heard;
  }
  const observer = new view.PerformanceObserver((list) => {
    for (const entry of list.getEntries())
      if (/xmlhttprequest|fetch/.test(entry.initiatorType)) note(entry.responseStatus);
  });
  observer.observe({ type: 'resource' });
  heard.stop = () => observer.disconnect();
  return heard;
}

/* Does a new document answer our search? Its box says so, or one of its rows does. */
function answersSearch(form, rows, text) {
  return form.box.value === text || rows.some((row) => datesIn(textOf(row)).includes(dateOf(text)));
}

/* Null while undecided; {doc} when the results stand; {again} when the frame was
   loaded anew without our search, as the site may do on its own. */
function searchOutcome(asked) {
  const form = searchForm();
  if (!form) return null;
  const rows = searchRows(form.doc);
  if (form.doc !== asked.doc) return answersSearch(form, rows, asked.text) ? { doc: form.doc } : { again: true };
  if (asked.heard.busy() || rows.some((row) => asked.before.has(row))) return null;
  if (asked.heard.ended && asked.heard.failed) fail('network', 'searchResults');
  return rows.length || asked.heard.ended ? { doc: form.doc } : null;
}

async function searchOnce(ctx, text) {
  const form = await until(ctx, searchForm, { missing: 'searchBox' });
  const asked = { doc: form.doc, text, before: new Set(searchRows(form.doc)), heard: hearRequests(form.doc) };
  try {
    act(ctx, () => {
      change(form.box, text);
      form.button.click();
    });
    return await until(ctx, () => searchOutcome(asked), { missing: 'searchResults' });
  } finally {
    asked.heard.stop();
  }
}

/* Until the results stand. A search is no change: it may be repeated. */
async function search(ctx, dob) {
  let outcome = { again: true };
  while (outcome.again) outcome = await searchOnce(ctx, dob);
  page.search = { dob, doc: outcome.doc };
}

operations.searchPatient = async function (ctx, args) {
  dateOf(args.dob);
  page.search = page.list = null;
  const radio = await until(ctx, onePatientRadio, { missing: 'onePatient' });
  act(ctx, () => radio.click());
  await search(ctx, args.dob);
  return { rows: searchRows(page.search.doc).length };
};

/* A name stands in a cell of its own, or before the birth date. "TEST, ALPHA
   (01/02/1903) F" names two words; what follows the date is no part of the name. */
function nameInCell(text) {
  const date = DATE.exec(text);
  return wordsOf((date ? text.slice(0, date.index) : text).replace(/[\s([,;-]+$/, ''));
}

/* Another column may repeat a name; no cell may hold the name and more. */
function isRowOf(row, person) {
  const cells = Array.from(row.cells).map(textOf);
  if (!cells.some((text) => datesIn(text).includes(person.dob))) return false;
  const names = cells.map(nameInCell).filter((words) => holdsWords(words, person.words));
  return names.length > 0 && names.every((words) => sameWords(words, person.words));
}

function personOf(args) {
  const words = wordsOf(String(args.name || ''));
  if (words.length === 0) fail('bad_input', 'arguments');
  return { words, dob: dateOf(String(args.dob || '')) };
}

function matchingRow(person) {
  const rows = searchRows(page.search.doc).filter((row) => isRowOf(row, person));
  if (rows.length === 0) fail('patient_not_found', 'searchResults');
  if (rows.length > 1) fail('ambiguous', 'searchResults');
  return rows[0];
}

/* The site may load the search frame once more after the results came. */
function searchStands(args) {
  const doc = documentOf(document, 'frm_searchframe');
  return isLoaded(doc) && page.search && page.search.doc === doc && page.search.dob === args.dob;
}

function choose(row) {
  const link = row.querySelector('a');
  if (link) link.click();
  else if (row.hasAttribute('onclick')) row.click();
  else mouse(row, ['mousedown', 'mouseup', 'click', 'mousedown', 'mouseup', 'click', 'dblclick']);
}

operations.selectPatient = async function (ctx, args) {
  const person = personOf(args);
  const before = await until(ctx, listNow, { missing: 'visitList' });
  while (!searchStands(args)) await search(ctx, args.dob);
  act(ctx, () => choose(matchingRow(person)));
  const list = await until(ctx, () => listFor(person, listChanged(before)), { what: 'visitList' });
  page.list = { words: person.words.join(' '), dob: person.dob, rows: listIds(list) };
  return {};
};

/* Whether the rows of a document were moved, be it to where they stood before. */
function hearMoves(doc) {
  const heard = { moved: false };
  const observer = new doc.defaultView.MutationObserver(() => { heard.moved = true; });
  observer.observe(doc, { subtree: true, childList: true });
  heard.stop = () => observer.disconnect();
  return heard;
}

async function clickApptTime(ctx, list) {
  const header = list.header ? list.header.time : fail('element_not_found', 'apptTimeHeader');
  const heard = hearMoves(list.doc);
  act(ctx, () => header.click());
  await until(ctx, () => listChanged(list) || (heard.moved && listNow()), { what: 'visitList' });
  heard.stop();
}

const SORT_CLICKS_MAX = 4;

/* One click sorts descending, the next ascending; what is displayed decides. A
   list that comes in another order at every read stays so: openVisit orders
   the rows by itself. */
operations.sortVisits = async function (ctx) {
  for (let clicks = 0; ; clicks++) {
    const list = await until(ctx, () => [listNow()].find(isList), { missing: 'visitList' });
    const sorted = isAscending(list);
    if (sorted || clicks === SORT_CLICKS_MAX) return { sorted };
    await clickApptTime(ctx, list);
  }
};
