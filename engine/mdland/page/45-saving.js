/* What a save can be heard to come to: the page's own requests, its dialogs
   (which the engine answers, they are only listened to), and the document that
   takes the place of the one that was sent. */

const SAID = [
  [/ConflictAlert|changed by another user/i, 'conflict'],
  [/browse mode|has been deleted|is deleted/i, 'no_write_access'],
  [/billing is (already )?created/i, 'already_billed'],
];

function kindOfWords(text) {
  const found = SAID.find(([pattern]) => pattern.test(String(text)));
  return found ? found[1] : '';
}

/* The engine holds the POSTs of these pages by the exact beginning of their names. A
   form that would post elsewhere, or in another spelling, would leave by the
   browser's own hand, and perhaps twice: it is not sent. */
function requireGuarded(doc, section) {
  const form = doc.getElementById('ecform') || doc.forms[0];
  const path = new URL((form && form.getAttribute('action')) || doc.URL, doc.baseURI).pathname;
  if (!path.slice(path.lastIndexOf('/') + 1).startsWith(section.guard)) fail('unknown', section.place);
}

/* Puts listener in the place of a window's alert or confirm; returns what puts
   the original back. By then the window may show another document, which has
   an alert of its own, or one that cannot be reached. */
function overhear(doc, name, listener) {
  const view = doc.defaultView, original = view[name];
  view[name] = function (text) {
    listener(text);
    return original.apply(view, arguments);
  };
  return () => {
    if (doc.defaultView) view[name] = original;
  };
}

/* raise() fails with what an alert or confirm said since. */
function hearDialogs(section) {
  const heard = { kind: '' };
  const listener = (text) => { heard.kind = heard.kind || kindOfWords(text); };
  const documents = [areaDocument(), sectionDocument(section)].filter(isLoaded);
  const restore = documents.flatMap((doc) => ['alert', 'confirm'].map((name) => overhear(doc, name, listener)));
  return {
    raise: () => heard.kind && fail(heard.kind, section.place),
    stop: () => restore.forEach((undo) => undo()),
  };
}

function hasJQuery(view) {
  return Boolean(view.jQuery && view.jQuery.fn && view.jQuery.fn.ajaxComplete);
}

/* Calls back with each request of the page's jQuery that ends, whose address
   fits. Returns what ends the listening. */
function hearAjax(view, address, callback) {
  if (!hasJQuery(view)) return () => {};
  const hear = (event, request, settings) => {
    if (!address.test(settings.url || '')) return;
    callback(request, settings);
    lookSoon();
  };
  const target = view.jQuery(view.document);
  target.bind('ajaxComplete', hear);
  return () => target.unbind('ajaxComplete', hear);
}

/* While a save is out: fails on what the page said, and on an answer that is not
   the section's page (an error page; a login page is found by until()). */
function requireAnswer(section, sent, ready, dialogs) {
  const doc = sectionDocument(section);
  if (doc === sent) {
    dialogs.raise();
    return;
  }
  if (isLoaded(doc) && lastOfPath(doc) !== 'blank' && !(section.path.test(lastOfPath(doc)) && ready(doc)))
    fail(statusOf(doc) >= 500 ? 'network' : 'unknown', section.place);
}

/* The section's page came back, and to the end did not show what was sent. */
function refusal(section, sent) {
  const doc = sectionDocument(section);
  return isLoaded(doc) && doc !== sent ? new Failure('save_rejected', section.place) : null;
}
