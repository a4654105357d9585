/* The open visit in workarea0: which one it is, whose it is, whether it may be
   edited; opening, going to its sections, closing. The banner's name and birth
   date are compared in the task that acts, every time. */

const EMPTY = /^emptyarea/i;
const VISIT = /^ov_doctor_spec/i;

function digits(value) {
  const text = String(value === undefined || value === null ? '' : value).trim();
  return /^\d{1,31}$/.test(text) ? text : '';
}

function parameterOf(doc, name) {
  for (const [key, value] of new URLSearchParams(doc.location.search))
    if (key.toLowerCase() === name) return value;
  return '';
}

function visitIdOf(area) {
  return digits(area.defaultView.visitID) || digits(parameterOf(area, 'visitid')) ||
    digits(window.g_visitID && window.g_visitID[0]);
}

function isEmptyArea(area) {
  return Boolean(area) && EMPTY.test(lastOfPath(area));
}

/* The visit's container, or null while it is not there. */
function visitArea() {
  const area = areaDocument();
  return area && area.readyState !== 'loading' && VISIT.test(lastOfPath(area)) && visitIdOf(area) ? area : null;
}

function flag(area, name) {
  return area.defaultView[name];
}

function isBilled(area) {
  return Number(flag(area, 'isPassToBill') || 0) !== 0;
}

function isReadOnly(area) {
  const off = (name) => flag(area, name) !== undefined && flag(area, name) !== null && Number(flag(area, name)) === 0;
  return off('editAble') || off('editMode') || flag(area, 'VisitStatus') === 'CA';
}

/* What stands before a birth date, without a label. */
function nameInRun(text) {
  const plain = text.replace(/^\s*(patient(\s+name)?|name)\s*:\s*/i, '');
  const end = plain.search(/\(?\s*(DOB\b|D\.O\.B|birth|(?<!\d)\d{1,2}[/-]\d{1,2}[/-]\d{4})/i);
  return wordsOf((end >= 0 ? plain.slice(0, end) : plain).replace(/[\s([,;-]+$/, ''));
}

/* Texts of the elements that say something themselves: "TEST, ALPHA" and
   "DOB: 01/02/1903" of a table, the whole line of a bar. */
function runsOf(doc) {
  const runs = [];
  if (!doc.body) return runs;
  const walker = doc.createTreeWalker(doc.body, 4 /* text */);
  let last = null;
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (element === last || /^(script|style|textarea|option)$/i.test(element.tagName)) continue;
    if (!walker.currentNode.data.trim()) continue;
    last = element;
    runs.push(textOf(element));
  }
  return runs;
}

/* 'match', 'other', or '' for a document that speaks of no person. */
function bannerVerdict(doc, person) {
  const runs = runsOf(doc);
  const dated = runs.some((text) => datesIn(text).includes(person.dob));
  const named = runs.some((text) => sameWords(nameInRun(text), person.words));
  if (dated && named) return 'match';
  return dated || named || runs.some((text) => /\bDOB\b|\bbirth/i.test(text)) ? 'other' : '';
}

/* Null while nothing says whose visit it is. */
function bannerOf(area, person) {
  const bar = frameIn(area, 'InfoFrame');
  const verdicts = [area, bar && documentIn(bar)].filter(Boolean).map((doc) => bannerVerdict(doc, person));
  if (verdicts.includes('other')) return 'other';
  return verdicts.includes('match') ? 'match' : null;
}

/* The banner's own frames are all there, so that what they say is the whole. */
function bannerReady(area) {
  const bar = frameIn(area, 'InfoFrame');
  return !bar || !/\bov_info/i.test(bar.getAttribute('src') || '') || isLoaded(documentIn(bar));
}

/* For use inside act(): the visit that is open is the one that is meant. */
function requireVisit(visitId) {
  const area = visitArea() || fail('element_not_found', 'visit');
  if (visitIdOf(area) !== visitId) fail('wrong_patient', 'visit');
  return area;
}

function requirePerson(args) {
  const area = requireVisit(digits(args.visitId) || fail('bad_input', 'arguments'));
  const verdict = bannerOf(area, personOf(args));
  if (verdict !== 'match') fail(verdict === 'other' ? 'wrong_patient' : 'element_not_found', 'visitBanner');
  return area;
}

function requireWritable(area) {
  if (isBilled(area)) fail('already_billed', 'visit');
  if (isReadOnly(area)) fail('no_write_access', 'visit');
}

/* The document of a section, and that it is this visit's. */
function requireSection(section, visitId) {
  const doc = sectionDocument(section);
  if (!isLoaded(doc) || !section.path.test(lastOfPath(doc))) fail('element_not_found', section.place);
  const field = doc.querySelector('[name="visitID"]');
  if (field && field.value !== visitId) fail('wrong_patient', section.place);
  return doc;
}

/* Chooses the row and opens it in one task: nothing can be re-sorted between. */
function openRow(person, args) {
  const list = listOf(person) || fail('element_not_found', 'visitList');
  const row = args.rowId ? pinnedVisit(list, args.rowId) : nthVisit(list, person, args.order);
  if (namesAnother(list, row, person)) fail('wrong_patient', 'visitList');
  const opened = { before: areaDocument(), rowId: row.id, payer: payerVerdict(list, row, args.payer) };
  opened.subject = subjectOf(list, row) || '';
  rowOpener(row)();
  return opened;
}

operations.openVisit = async function (ctx, args) {
  const person = personOf(args);
  await until(ctx, () => listOf(person), { missing: 'visitList' });
  const opened = act(ctx, () => openRow(person, args));
  const area = await until(ctx, () => visitArea() !== opened.before && visitArea(), { what: 'visit' });
  await until(ctx, () => bannerReady(area) && bannerOf(area, person), { missing: 'visitBanner' });
  return describeOpened(person, args, opened);
};

function describeOpened(person, args, opened) {
  const area = visitArea() || fail('element_not_found', 'visit');
  const visitId = visitIdOf(area);
  if (bannerOf(area, person) !== 'match') fail('wrong_patient', 'visitBanner');
  if (args.visitId && args.visitId !== visitId) fail('visit_not_found', 'visit');
  const billed = isBilled(area);
  if (!billed && isReadOnly(area)) fail('no_write_access', 'visit');
  page.subjects.set(visitId, opened.subject);
  return { rowId: opened.rowId, visitId, billed, payer: opened.payer };
}

function sectionMenu(section) {
  const area = visitArea();
  const summary = area && documentOf(area, 'OfficeVisit');
  return summary && summary.readyState !== 'loading' ? summary.getElementById(section.menu) : null;
}

/* Ends a wait for something inside a visit that has closed meanwhile. */
function requireOpen() {
  if (isLoaded(areaDocument()) && !visitArea()) fail('element_not_found', 'visit');
}

/* A section's document that is wholly loaded and another than before. */
function newSection(section, visitId, before, ready) {
  const doc = sectionDocument(section);
  if (doc === before || !isLoaded(doc) || !section.path.test(lastOfPath(doc))) return null;
  requireVisit(visitId);
  return ready(doc) ? doc : null;
}

/* Where the section can be had again with a plain GET. Never location.reload():
   on a document that answered a post it would post once more. */
function rememberAddress(section, visitId, doc) {
  if (parameterOf(doc, 'visitid') === visitId && !page.stale.has(doc))
    page.addresses.set(section.frame + visitId, doc.location.pathname + doc.location.search);
}

function loadAgain(section, visitId, doc) {
  const address = page.addresses.get(section.frame + visitId);
  page.stale.add(doc);
  if (address) doc.defaultView.location.replace(address);
  else (sectionMenu(section) || fail('element_not_found', section.menuPlace)).click();
}

/* Goes to a section by its link. A document of the section that was there
   before is loaded anew: whether the link does so is not known. */
async function enterSection(ctx, section, visitId, ready, missing) {
  await until(ctx, () => visitArea() && sectionMenu(section), { missing: section.menuPlace });
  const before = sectionDocument(section);
  page.codes.delete(visitId);
  act(ctx, () => {
    requireVisit(visitId);
    sectionMenu(section).click();
    if (before && section.path.test(lastOfPath(before))) loadAgain(section, visitId, before);
  });
  const doc = await until(ctx, () => requireOpen() || newSection(section, visitId, before, ready), { what: section.place, missing });
  requireSection(section, visitId);
  rememberAddress(section, visitId, doc);
}

/* What the server holds: the section's document, loaded anew where it was
   written to, saved from, or given up on. */
async function freshSection(ctx, section, visitId, ready, missing) {
  const doc = await until(ctx, () => requireVisit(visitId) && sectionDocument(section), { missing: section.place });
  if (!section.path.test(lastOfPath(doc))) fail('element_not_found', section.place);
  const before = page.stale.has(doc) ? doc : null;
  if (before) act(ctx, () => loadAgain(section, requireVisit(visitId) && visitId, doc));
  return until(ctx, () => requireOpen() || newSection(section, visitId, before, ready), { what: section.place, missing });
}

operations.closeVisit = async function (ctx) {
  if (!isEmptyArea(documentIn(frameIn(document, 'workarea0')))) act(ctx, closeArea);
  await until(ctx, () => isEmptyArea(documentIn(frameIn(document, 'workarea0'))), { what: 'visit' });
  return {};
};

/* An area that shows an error page has no closeMe: it is blanked from outside. */
function closeArea() {
  const area = documentIn(frameIn(document, 'workarea0'));
  if (area && typeof area.defaultView.closeMe === 'function') area.defaultView.closeMe(true);
  else if (typeof window.closeArea === 'function') window.closeArea(0);
  else fail('element_not_found', 'closeVisit');
}
