/* The PT note: filled through its editors, because only what they hold is
   saved; saved by the site's own Save button; read from a page loaded anew. */

const EDITORS = 5;
const NOTE_SECTIONS = 4;

function editorOf(doc, index) {
  const tiny = doc.defaultView.tinyMCE;
  if (!tiny || typeof tiny.getInstanceById !== 'function') return null;
  const editor = tiny.getInstanceById('SOAPtext' + index);
  return editor && editor.initialized !== false && editor.getBody() ? editor : null;
}

function textareaOf(doc, index) {
  return doc.getElementById('SOAPtext' + index);
}

function missingEditor(doc) {
  for (let index = 0; index < EDITORS; index++)
    if (!editorOf(doc, index)) return 'noteEditor' + index;
  return '';
}

function noteReady(doc) {
  return missingEditor(doc) === '';
}

function hasNoteFields(doc) {
  return textareaOf(doc, 0) !== null;
}

/* The page came, and this editor never did. Null while there is no page. */
function editorThatNeverCame() {
  const doc = sectionDocument(SECTIONS.ptnote);
  const there = isLoaded(doc) && SECTIONS.ptnote.path.test(lastOfPath(doc));
  return there ? missingEditor(doc) || null : null;
}

/* "Are you sure you want to open this PT Note?", with a choice of its kind. */
function noteQuestion(doc) {
  for (const radio of doc.querySelectorAll('input[type=radio]')) {
    if (!/initial evaluation|re-?evaluation|progress note/i.test(labelOf(radio)) || isSwitchedOff(radio)) continue;
    let box = radio.parentElement;
    while (box && !/open this PT note/i.test(textOf(box))) box = box.parentElement;
    if (box) return box;
  }
  return null;
}

function kindOfNote(visitId) {
  const subject = page.subjects.get(visitId) || '';
  if (/^(NEW[-\s])?IE\b/i.test(subject)) return /initial evaluation/i;
  return /^RE\b/i.test(subject) ? /re-?evaluation/i : /progress note/i;
}

function answerNoteQuestion(box, visitId) {
  const kind = kindOfNote(visitId);
  const radio = Array.from(box.querySelectorAll('input[type=radio]')).find((each) => kind.test(labelOf(each)));
  const buttons = Array.from(box.querySelectorAll('input[type=button], input[type=submit], button, a'));
  const yes = buttons.find((each) => /^(ok|yes|open)$/i.test((each.value || textOf(each)).trim()));
  if (!radio || !yes) fail('element_not_found', 'noteQuestion');
  radio.click();
  yes.click();
}

/* For use while a note page is waited for: answers the question where it stands. */
function noteOpens(ctx, visitId) {
  return (doc) => {
    const area = visitArea();
    const places = [doc, area, area && documentOf(area, 'OfficeVisit')].filter(Boolean);
    const box = ctx.expired() ? null : places.map(noteQuestion).find(Boolean);
    if (box) act(ctx, () => answerNoteQuestion(box, visitId));
    return noteReady(doc);
  };
}

operations.navigatePTNote = async function (ctx, args) {
  await enterSection(ctx, SECTIONS.ptnote, args.visitId, noteOpens(ctx, args.visitId), editorThatNeverCame);
  return {};
};

function sectionsOf(args) {
  const sections = args.sections;
  const four = Array.isArray(sections) && sections.length === NOTE_SECTIONS && sections.every((html) => typeof html === 'string');
  return four ? sections : fail('bad_input', 'arguments');
}

/* Both what the server sent (the textarea) and what the editor made of it. */
function holdsSection(doc, index, html) {
  const sent = textareaOf(doc, index).value;
  return sameNote(editorOf(doc, index).getContent(), html) && (isBlankNote(sent) || sameNote(sent, html));
}

function isBlankSection(doc, index) {
  return isBlankNote(editorOf(doc, index).getContent()) && isBlankNote(textareaOf(doc, index).value);
}

operations.readNote = async function (ctx, args) {
  const sections = sectionsOf(args);
  const doc = await freshSection(ctx, SECTIONS.ptnote, args.visitId, noteOpens(ctx, args.visitId), editorThatNeverCame);
  requirePerson(args);
  requireSection(SECTIONS.ptnote, args.visitId);
  return {
    equal: sections.every((html, index) => holdsSection(doc, index, html)),
    empty: sections.every((html, index) => isBlankSection(doc, index)),
  };
};

function fillEditor(doc, index, html) {
  const editor = editorOf(doc, index);
  editor.focus();
  editor.setContent(html);
  editor.isNotDirty = false;
  if (typeof editor.nodeChanged === 'function') editor.nodeChanged();
  textareaOf(doc, index).value = html;
}

function markModified(view) {
  view.modified = 1;
  if ('isAjaxSave' in view) view.isAjaxSave = '1';
}

function editorContents(doc) {
  return Array.from({ length: NOTE_SECTIONS }, (none, index) => editorOf(doc, index).getContent());
}

/* Inside act(). */
function writableNote(visitId) {
  requireWritable(requireVisit(visitId));
  const doc = requireSection(SECTIONS.ptnote, visitId);
  const missing = missingEditor(doc);
  return missing ? fail('element_not_found', missing) : doc;
}

/* An editor that does not give back what it was given (it drops what it does
   not know) would save another note than the batch's. */
operations.fillSOAP = async function (ctx, args) {
  const sections = sectionsOf(args);
  await until(ctx, () => noteReady(requireSection(SECTIONS.ptnote, args.visitId)),
    { missing: () => editorThatNeverCame() || SECTIONS.ptnote.place });
  act(ctx, () => {
    const doc = writableNote(args.visitId);
    page.stale.add(doc);
    sections.forEach((html, index) => fillEditor(doc, index, html));
    doc.defaultView.tinyMCE.triggerSave();
    markModified(doc.defaultView);
    page.fills.set(args.visitId, { doc, contents: editorContents(doc) });
  });
  const written = page.fills.get(args.visitId).contents;
  sections.forEach((html, index) => sameNote(written[index], html) || fail('bad_input', 'noteEditor' + index));
  return {};
};

/* Saves the section that is shown, and is the visit's own: another work area
   may have one of the same name. */
function saveButton(area) {
  const button = area.getElementById('SavePage');
  if (!button || isSwitchedOff(button)) fail('element_not_found', 'saveButton');
  if (isSwitchedOff(frameIn(area, SECTIONS.ptnote.frame))) fail('element_not_found', 'notePage');
  return button;
}

/* Inside act(). A page that was loaded anew since it was filled has lost that; other
   words in the same page are somebody's. */
function sendNote(args) {
  const area = requirePerson(args);
  const doc = writableNote(args.visitId);
  const filled = page.fills.get(args.visitId);
  if (!filled || filled.doc !== doc) fail('unknown', 'notePage');
  if (!editorContents(doc).every((html, index) => html === filled.contents[index])) fail('conflict', 'notePage');
  requireGuarded(doc, SECTIONS.ptnote);
  page.stale.add(doc);
  markModified(doc.defaultView);
  pressWithMouse(saveButton(area));
  return { doc, sections: filled.contents };
}

/* '' when it was saved, else the kind of failure. */
function verdictOfAnswer(request) {
  const text = String(request.responseText || '').trim();
  if (request.status === 0 || request.status >= 500) return 'network';
  if (text.startsWith('<')) return new DOMParser().parseFromString(text, 'text/html').querySelector(LOGIN_MARKS) ? 'session_expired' : 'unknown';
  let answer = null;
  try {
    answer = JSON.parse(text);
  } catch (error) {
    return 'unknown';
  }
  if (!answer || typeof answer !== 'object') return 'unknown';
  if (String(answer.Success) === '1') return '';
  if (answer.ConflictAlert) return 'conflict';
  return 'Success' in answer ? 'save_rejected' : 'unknown';
}

/* What is heard of a save of the note: its answer, and a permission check that
   failed before it. */
function hearNoteSave(area, doc) {
  const heard = { answer: null };
  const stops = [
    hearAjax(doc.defaultView, /ov_ptnote/i, (request, settings) => {
      if (/post/i.test(settings.type || settings.method)) heard.answer = verdictOfAnswer(request);
    }),
    hearAjax(area.defaultView, /CheckOVStatus/i, (request) => {
      if (request.status < 200 || request.status >= 300) heard.answer = 'network';
    }),
  ];
  heard.stop = () => stops.forEach((stop) => stop());
  return heard;
}

/* Truthy when saved. The site answers in one of two ways: to an XHR, after which
   the page says that it holds no changes; or with the page itself. */
function noteSaved(args, sent, heard, dialogs) {
  requireOpen();
  requireAnswer(SECTIONS.ptnote, sent.doc, hasNoteFields, dialogs);
  if (heard.answer) fail(heard.answer, 'notePage');
  if (heard.answer === '') return true;
  const doc = sectionDocument(SECTIONS.ptnote), area = visitArea();
  if (doc === sent.doc && area && isReadOnly(area)) fail('no_write_access', 'visit');
  if (doc === sent.doc) return !hasJQuery(doc.defaultView) && Number(doc.defaultView.modified) === 0;
  return newSection(SECTIONS.ptnote, args.visitId, sent.doc,
    (answer) => sent.sections.every((html, index) => sameNote(textareaOf(answer, index).value, html)));
}

operations.saveSOAP = async function (ctx, args) {
  const section = SECTIONS.ptnote;
  const before = requireSection(section, args.visitId);
  const dialogs = hearDialogs(section), heard = hearNoteSave(requireVisit(args.visitId), before);
  try {
    const sent = act(ctx, () => sendNote(args));
    await until(ctx, () => noteSaved(args, sent, heard, dialogs),
      { what: section.place, missing: () => refusal(section, sent.doc) });
    const answer = sectionDocument(section);
    if (answer) page.stale.add(answer);
    return {};
  } finally {
    heard.stop();
    dialogs.stop();
  }
};
