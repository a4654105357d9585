/* ICD and CPT codes. What is chosen is read from the hidden fields; what the
   chart holds, from a page loaded anew. A code that is there is never added. */

const ICD_MAX = 12;

function valuesOf(doc, name) {
  const fields = doc.querySelectorAll(`input[name="${name}"], input[id="${name}"]`);
  return Array.from(fields, (field) => field.value.trim()).filter(Boolean);
}

/* Either field may stand for a chosen code, or both. A code counts as on the
   chart when all kinds of field that are in use name it, and as taken when any does. */
function chosenICD(doc) {
  const kinds = ['ICDCode', 'diag_code_h'].map((name) => new Set(valuesOf(doc, name))).filter((kind) => kind.size > 0);
  const any = new Set(kinds.flatMap((kind) => Array.from(kind)));
  return { any, all: new Set(Array.from(any).filter((code) => kinds.every((kind) => kind.has(code)))) };
}

/* The fields of one CPT row: the smallest part of the page around its code that
   holds one Units and one LinkICD; else the fields of the same number. */
function cptRows(doc) {
  const named = (root, name) => Array.from(root.querySelectorAll(`[name="${name}"], [id="${name}"]`));
  const codes = named(doc, 'cpt_code_h');
  return codes.map((code, index) => {
    let root = code.parentElement;
    while (root.parentElement && named(root, 'Units').length === 0) root = root.parentElement;
    const own = named(root, 'cpt_code_h').length === 1;
    const field = (name) => (own ? named(root, name)[0] : named(doc, name)[index]);
    const modifiers = ['Ma', 'Mb', 'Mc', 'Md'].map((name) => (field(name) ? field(name).value.trim() : '')).join('');
    return { code: code.value.trim(), modifiers, units: field('Units'), link: field('LinkICD') };
  });
}

/* A batch's code of five characters fits a row whatever its modifiers are: they
   may be a biller's work, and a second row would be a second charge. */
function fitsRow(row, code) {
  if (row.code === code) return true;
  return row.code.slice(0, 5) === code.slice(0, 5) &&
    (code.length <= 5 || (row.code.slice(5) || row.modifiers) === code.slice(5));
}

function linkOf(count) {
  return Array.from({ length: Math.min(count, ICD_MAX) }, (none, index) => index + 1).join(',');
}

function unitsRight(row, units) {
  return Boolean(row.units) && /^\d+$/.test(row.units.value.trim()) && Number(row.units.value) === Number(units);
}

function linkRight(row, link) {
  return Boolean(row.link) && row.link.value.split(/[\s,;]+/).filter(Boolean).join(',') === link;
}

/* One row a code. Where the chart has more, the one that is right already. */
function rowOfCode(rows, wanted, link) {
  const fit = rows.filter((row) => fitsRow(row, wanted.code));
  const score = (row) => (unitsRight(row, wanted.units) ? 2 : 0) + (linkRight(row, link) ? 1 : 0);
  return fit.sort((a, b) => score(b) - score(a))[0] || null;
}

function codesReady(doc) {
  return Boolean(doc.querySelector('form#ecform, form[name="ecform"], select[name="list"]'));
}

function uniqueCodes(list) {
  const known = new Set();
  return (list || []).filter((each) => !known.has(each.code) && known.add(each.code));
}

function compareCodes(doc, args) {
  const icd = chosenICD(doc), rows = cptRows(doc), link = linkOf(icd.all.size);
  const cpt = uniqueCodes(args.cpt).map((wanted) => ({ wanted, row: rowOfCode(rows, wanted, link) }));
  const there = cpt.filter((each) => each.row);
  const result = {
    icdMissing: Array.from(new Set(args.icd || [])).filter((code) => !icd.all.has(code)).length,
    cptMissing: cpt.length - there.length,
    unitsWrong: there.filter((each) => !unitsRight(each.row, each.wanted.units)).length,
    linksWrong: there.filter((each) => !linkRight(each.row, link)).length,
  };
  const present = Object.values(result).every((count) => count === 0);
  return Object.assign({ present }, result);
}

operations.navigateICD = async function (ctx, args) {
  await enterSection(ctx, SECTIONS.diagnose, args.visitId, codesReady);
  return {};
};

operations.readDiagnosis = async function (ctx, args) {
  const doc = await freshSection(ctx, SECTIONS.diagnose, args.visitId, codesReady);
  requirePerson(args);
  requireSection(SECTIONS.diagnose, args.visitId);
  return compareCodes(doc, args);
};

/* Inside act(): the page that codes may be added to. */
function writableCodes(visitId) {
  const area = requireVisit(visitId);
  requireWritable(area);
  const doc = requireSection(SECTIONS.diagnose, visitId);
  page.stale.add(doc);
  page.codes.set(visitId, doc);
  return doc;
}

/* By the list's own option where it has exactly this code, else by the site's function. */
function addCode(doc, listName, code, addDirectly) {
  const list = doc.querySelector(`select[name="${listName}"]`);
  const index = list ? Array.from(list.options).findIndex((option) => option.value === code) : -1;
  if (index < 0) {
    addDirectly(doc.defaultView);
    return;
  }
  for (const option of list.options) option.selected = false;
  list.selectedIndex = index;
  mouse(list, ['dblclick']);
}

function addICDDirectly(wanted) {
  return (view) => {
    if (typeof view.addSelectionD !== 'function') fail('element_not_found', 'addICD');
    view.addSelectionD(wanted.name || wanted.code, wanted.code);
  };
}

operations.addICD = async function (ctx, args) {
  await until(ctx, () => isLoaded(sectionDocument(SECTIONS.diagnose)), { missing: 'diagnosisPage' });
  const taken = () => chosenICD(requireSection(SECTIONS.diagnose, args.visitId)).any;
  const missing = uniqueCodes(args.icd).filter((wanted) => !taken().has(wanted.code));
  if (missing.length > 0 && taken().size + missing.length > ICD_MAX) fail('code_limit', 'diagnosisPage');
  for (const wanted of missing) {
    act(ctx, () => {
      const doc = writableCodes(args.visitId);
      if (!taken().has(wanted.code)) addCode(doc, 'list', wanted.code, addICDDirectly(wanted));
    });
    await until(ctx, () => taken().has(wanted.code), { missing: 'icdAdded' });
  }
  return { added: missing.length };
};

function addCPTDirectly(wanted) {
  return (view) => {
    if (typeof view.addSelectionD_cpt !== 'function') fail('element_not_found', 'addCPT');
    const name = wanted.name || wanted.code;
    view.addSelectionD_cpt(name, name, wanted.code);
  };
}

/* Defaults are never trusted: units and links of every row of ours are set. */
function setUnitsAndLinks(doc, cpt) {
  const link = linkOf(chosenICD(doc).all.size);
  for (const wanted of cpt) {
    const row = rowOfCode(cptRows(doc), wanted, link);
    if (!row || !row.units || !row.link) fail('element_not_found', 'cptFields');
    if (!unitsRight(row, wanted.units)) change(row.units, String(wanted.units));
    if (!linkRight(row, link)) change(row.link, link);
  }
  for (const field of doc.querySelectorAll('[name="link_select_modified"], [id="link_select_modified"]')) field.value = '1';
}

operations.addCPT = async function (ctx, args) {
  await until(ctx, () => isLoaded(sectionDocument(SECTIONS.diagnose)), { missing: 'diagnosisPage' });
  const cpt = uniqueCodes(args.cpt);
  const isThere = (wanted) => cptRows(requireSection(SECTIONS.diagnose, args.visitId)).some((row) => fitsRow(row, wanted.code));
  const missing = cpt.filter((wanted) => !isThere(wanted));
  for (const wanted of missing) {
    act(ctx, () => {
      const doc = writableCodes(args.visitId);
      if (!isThere(wanted)) addCode(doc, 'list_cpt', wanted.code, addCPTDirectly(wanted));
    });
    await until(ctx, () => isThere(wanted), { missing: 'cptAdded' });
  }
  act(ctx, () => setUnitsAndLinks(writableCodes(args.visitId), cpt));
  const verdict = () => compareCodes(requireSection(SECTIONS.diagnose, args.visitId), { cpt });
  await until(ctx, () => verdict().present, { missing: 'cptFields' });
  return { added: missing.length };
};

function codesIn(doc) {
  return Array.from(chosenICD(doc).any).concat(cptRows(doc).map((row) => row.code.slice(0, 5)));
}

/* Inside act(). A page that was loaded anew since codes were added to it has
   lost them: to save it would change nothing. */
function sendCodes(args) {
  requireWritable(requirePerson(args));
  const doc = requireSection(SECTIONS.diagnose, args.visitId);
  if ((page.codes.get(args.visitId) || doc) !== doc) fail('unknown', 'diagnosisPage');
  if (typeof doc.defaultView.letsGo !== 'function') fail('element_not_found', 'saveCodes');
  requireGuarded(doc, SECTIONS.diagnose);
  const sent = { doc, codes: codesIn(doc) };
  page.stale.add(doc);
  page.codes.delete(args.visitId);
  doc.defaultView.letsGo(2);
  return sent;
}

/* Done when another document, wholly loaded, shows the codes that were sent. */
operations.saveDiagnosis = async function (ctx, args) {
  const section = SECTIONS.diagnose, dialogs = hearDialogs(section);
  try {
    const sent = act(ctx, () => sendCodes(args));
    const shows = (doc) => sent.codes.every((code) => codesIn(doc).includes(code));
    const doc = await until(ctx, () => {
      requireOpen();
      requireAnswer(section, sent.doc, codesReady, dialogs);
      return newSection(section, args.visitId, sent.doc, shows);
    }, { what: section.place, missing: () => refusal(section, sent.doc) });
    page.stale.add(doc);
    return {};
  } finally {
    dialogs.stop();
  }
};
