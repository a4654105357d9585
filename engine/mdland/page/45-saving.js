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

/* raise() fails with what an alert or confirm said since. */
function hearDialogs(section) {
  const area = areaDocument(), doc = sectionDocument(section);
  const heard = { kind: '' }, restore = [];
  for (const view of [area, doc].map((each) => each && each.defaultView).filter(Boolean))
    for (const name of ['alert', 'confirm']) {
      const original = view[name];
      view[name] = function (text) {
        heard.kind = heard.kind || kindOfWords(text);
        return original.apply(view, arguments);
      };
      restore.push(() => { view[name] = original; });
    }
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
    if (address.test(settings.url || '')) callback(request, settings);
  };
  view.jQuery(view.document).bind('ajaxComplete', hear);
  return () => view.jQuery(view.document).unbind('ajaxComplete', hear);
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
    fail('unknown', section.place);
}

/* The section's page came back, and to the end did not show what was sent. */
function refusal(section, sent) {
  const doc = sectionDocument(section);
  return isLoaded(doc) && doc !== sent ? new Failure('save_rejected', section.place) : null;
}
