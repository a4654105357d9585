/* Frames and elements. A visit's frames are found by id from workarea0, never
   by a search of the whole tree: other work areas may hold a visit that a
   person has open, with buttons of the same names. */

const SECTIONS = {
  diagnose: { frame: 'diagnose', menu: 'a_EMR_icdcpt', path: /^ov_icdcpt/i, guard: 'ov_icdcpt', place: 'diagnosisPage', menuPlace: 'diagnosisMenu' },
  ptnote: { frame: 'ptnote', menu: 'a_EMR_ptnote', path: /^ov_ptnote/i, guard: 'ov_ptnote', place: 'notePage', menuPlace: 'noteMenu' },
  checkout: { frame: 'checkout', menu: 'a_EMR_checkout', path: /^checkout/i, guard: 'checkout', place: 'checkoutPage', menuPlace: 'checkoutMenu' },
};

function frameIn(doc, name) {
  if (!doc) return null;
  const found = doc.getElementById(name) || doc.querySelector(`iframe[name="${name}"], frame[name="${name}"]`);
  return found && /^i?frame$/i.test(found.tagName) ? found : null;
}

/* Null when it belongs to another host or is the browser's error page. */
function documentIn(frame) {
  try {
    return frame.contentDocument || null;
  } catch (error) {
    return null;
  }
}

/* The document of a frame that is waited for: null while there is no frame. One
   that cannot be read holds an error page or another host's, and nothing that
   is waited for will come there. */
function documentOf(parent, name) {
  const frame = frameIn(parent, name);
  if (!frame) return null;
  return documentIn(frame) || fail('network', 'frame');
}

function areaDocument() {
  return documentOf(document, 'workarea0');
}

function sectionDocument(section) {
  return documentOf(areaDocument(), section.frame);
}

/* "ov_icdcpt.aspx" of any address. */
function lastPart(path) {
  const bare = path.replace(/\/+$/, '');
  return bare.slice(bare.lastIndexOf('/') + 1);
}

function lastOfPath(doc) {
  return doc.location ? lastPart(doc.location.pathname) : '';
}

/* The empty document that a frame holds before its first page says "complete" too. */
function isLoaded(doc) {
  return Boolean(doc && doc.defaultView && doc.readyState === 'complete' && doc.URL !== 'about:blank');
}

/* The status that a document was answered with; 0 where the browser does not say. */
function statusOf(doc) {
  const [entry] = doc.defaultView ? doc.defaultView.performance.getEntriesByType('navigation') : [];
  return (entry && entry.responseStatus) || 0;
}

/* Those that an operation may be waiting for. */
function documentsInUse() {
  const found = [document];
  const add = (parent, name) => {
    const frame = frameIn(parent, name);
    const doc = frame && documentIn(frame);
    if (doc) found.push(doc);
    return doc;
  };
  add(add(document, 'waittinglistframe'), 'waittinglistFrame');
  add(document, 'frm_searchframe');
  const area = add(document, 'workarea0');
  for (const name of ['InfoFrame', 'OfficeVisit', 'diagnose', 'ptnote', 'checkout']) add(area, name);
  return found;
}

function framesIn(doc) {
  return Array.from(doc.querySelectorAll('iframe, frame'));
}

/* Every document that can be read, outermost first; skip(frame) leaves a subtree out. */
function allDocuments(skip) {
  const found = [];
  const walk = (doc) => {
    found.push(doc);
    for (const frame of framesIn(doc)) {
      const inner = skip && skip(frame) ? null : documentIn(frame);
      if (inner) walk(inner);
    }
  };
  walk(document);
  return found;
}

function isWorkArea(frame) {
  return /^workarea\d+$/.test(frame.id || frame.name || '');
}

function isShown(element) {
  const style = element.ownerDocument.defaultView.getComputedStyle(element);
  return element.getClientRects().length > 0 && style.visibility !== 'hidden';
}

/* Not laid out at all, or made invisible by itself: enough to tell a template
   row or a spare button from a real one in a frame that is itself out of sight. */
function isSwitchedOff(element) {
  const view = element.ownerDocument.defaultView;
  for (let at = element; at && at.nodeType === 1; at = at.parentElement)
    if (view.getComputedStyle(at).display === 'none') return true;
  return view.getComputedStyle(element).visibility === 'hidden';
}

function textOf(element) {
  return (element.textContent || '').replace(/\s+/g, ' ').trim();
}

function mouse(element, names) {
  const view = element.ownerDocument.defaultView;
  for (const name of names)
    element.dispatchEvent(new view.MouseEvent(name, { bubbles: name !== 'mouseenter', cancelable: true, view, detail: 1 }));
}

function pressWithMouse(element) {
  mouse(element, ['mouseenter', 'mouseover', 'mousedown', 'mouseup', 'click']);
}

function change(field, value) {
  field.value = value;
  field.dispatchEvent(new field.ownerDocument.defaultView.Event('change', { bubbles: true }));
}

/* Words as written, in any order and any case. Lower case, because upper case
   makes one of letters that differ. */
function wordsOf(text) {
  return text.normalize('NFC').toLowerCase().normalize('NFC').split(/[\s,]+/).filter(Boolean).sort();
}

function sameWords(a, b) {
  return a.length > 0 && a.length === b.length && a.every((word, index) => word === b[index]);
}

function holdsWords(words, wanted) {
  const left = words.slice();
  return wanted.every((word) => {
    const at = left.indexOf(word);
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

const DATE = /(?<!\d)(\d{1,2})[/-](\d{1,2})[/-](\d{4})(?!\d)/;

/* Dates as year * 10000 + month * 100 + day. */
function datesIn(text) {
  const all = text.match(new RegExp(DATE, 'g')) || [];
  return all.map((date) => {
    const [, month, day, year] = DATE.exec(date);
    return Number(year) * 10000 + Number(month) * 100 + Number(day);
  });
}

function dateOf(text) {
  const dates = datesIn(text);
  return dates.length === 1 ? dates[0] : fail('bad_input', 'arguments');
}
