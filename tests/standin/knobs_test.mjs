// One whole visit by hand under each of some seeded settings, and the truth
// after it: no legal combination makes the EHR impossible to use.
//   node tests/standin/knobs_test.mjs [path of the standin binary] [how many]
import { fileURLToPath } from 'node:url';
import { finish, group, ok, same } from './tap.mjs';
import * as walk from './walk.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const binary = process.argv[2] || here(`../../${process.env.BUILD || 'build'}/standin`);
const seeds = Number(process.argv[3] || 6);
const browser = await walk.openBrowser();
const note = ['<p>s&nbsp;1</p><p>"s2"</p>', '<p>o</p>', '<p>a</p>', '<p>p</p>'];
const plain = (html) => html.replace(/>\s+</g, '><').replace(/&quot;/g, '"').replace(/&nbsp;|&#160;/g, '\u00a0');

async function walkOne(standin, page, visit) {
  await walk.findPatient(page, visit.name, visit.dob);
  await walk.openRow(page, visit.rowId);
  await walk.goToCodes(page);
  await walk.saveCodes(page, [['M54.50', 'Low back pain'], ['M54.2', 'Neck']], [['97813', 'A', 1], ['97814', 'B', 2]]);
  await settled(page, 'diagnose');
  await walk.goToNote(page);
  await walk.saveNote(page, note);
  await settled(page, 'ptnote');
  await walk.goToCheckout(page);
  await walk.bill(page);
  await walk.until(page, walk.VISIT, billedOrClosed);
  await walk.inside(page, walk.VISIT, (w) => void (w.closeMe && w.setTimeout(() => w.closeMe(1), 0)));
  await walk.until(page, walk.VISIT, (w) => w.location.href.includes('emptyarea'));
}

// A visit that closes by itself may be gone before its bill could be seen.
function billedOrClosed(w) {
  const frame = w.document.getElementById('checkout');
  const span = frame && frame.contentDocument && frame.contentDocument.getElementById('spanPassToBill');
  return w.location.href.includes('emptyarea') || (span && span.textContent.includes('(Billing is created)'));
}

// With reloadTwice a section loads once more by itself after a save.
const settled = (page, name) =>
  walk.until(page, walk.section(name), (w) => w.document.readyState === 'complete' && !(w.reloadTwice && !w.document.seen));

for (let seed = 1; seed <= seeds; seed++) {
  const standin = await walk.startStandin(binary, ['--pages', here('pages'), '--seed', String(seed)]);
  const knobs = await standin.control('knobs', { seed });
  await group(`seed ${seed}`, async () => {
    console.log(`# ${JSON.stringify(knobs)}`);
    const page = await walk.openShell(browser, standin);
    const { visits } = await standin.control('truth');
    const visit = visits.find((each) => each.patient === 1 && each.dos === 2);
    await walkOne(standin, page, visit).finally(() => page.context().close());
    const after = (await standin.control('truth')).visits;
    const { icd, cpt, note: html, bills, closes, codeSaves } = after.find((each) => each.visitID === visit.visitID);
    same([icd, cpt.map((row) => [row.code, row.units, row.link]), bills, closes], [['M54.50', 'M54.2'], [['97813', 1, '1,2'], ['97814', 2, '1,2']], 1, 1], 'codes, one bill, closed');
    same(html.slice(0, 4).map(plain), note.map(plain), 'the note');
    ok(codeSaves === 1 && after.filter((each) => each.bills || each.codeSaves).length === 1, 'saved once, and nothing else touched');
  });
  await standin.stop();
}

// Settings that no seed moves, each by what it does.
const standin = await walk.startStandin(binary, ['--pages', here('pages')]);
const chart = (await standin.control('truth')).visits.find((each) => each.patient === 1 && each.dos === 1);
const now = async () => (await standin.control('truth')).visits.find((each) => each.visitID === chart.visitID);

async function withKnobs(knobs, faults, run) {
  await standin.control('reset', { knobs: true });
  await standin.control('knobs', knobs);
  await standin.control('faults', faults);
  const page = await walk.openShell(browser, standin);
  await walk.findPatient(page, chart.name, chart.dob);
  await walk.openRow(page, chart.rowId);
  await run(page).finally(() => page.context().close());
}

const tryToSave = async (page) => {
  const before = page.dialogs.length;
  await walk.goToNote(page);
  await walk.inside(page, walk.section('ptnote'), (w) => void (w.modified = 1));
  await walk.inside(page, walk.VISIT, (w) => w.document.getElementById('SavePage').click());
  while (page.dialogs.length === before && !(await now()).noteSaves) await walk.until(page, [], () => true);
  return page.dialogs[page.dialogs.length - 1];
};

await group('knobs that no seed moves', async () => {
  const conflict = [{ path: 'Conflict', do: 'conflict' }];
  await withKnobs({ conflictForm: 'alert' }, conflict, async (page) => {
    const dialog = await tryToSave(page);
    same([dialog.type, (await now()).noteSaves], ['alert', 0], 'conflictForm=alert: the save ends in an alert');
  });
  await withKnobs({ conflictForm: 'confirm' }, conflict, async (page) => same((await tryToSave(page)).type, 'confirm', 'conflictForm=confirm: the page asks before it saves'));
  await withKnobs({ ptNotePopup: 'on' }, [], async (page) => {
    await walk.inside(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_ptnote').click());
    await walk.until(page, walk.section('ptnote'), (w) => {
      const popup = w.document.getElementById('ptNotePopup');
      return popup && popup.style.display === 'block' && !w.tinyMCE;
    });
    await walk.inside(page, walk.section('ptnote'), (w) => w.document.getElementById('btnPopupOK').click());
    ok(await walk.until(page, walk.section('ptnote'), (w) => w.tinyMCE && w.tinyMCE.getInstanceById('SOAPtext0')), 'ptNotePopup=on: the editors come after the answer');
  });
  await withKnobs({ billingButton: 'none', billTwice: 'ignore' }, [{ path: 'checkout2006', method: 'POST', nth: 1, do: 'lose_answer' }], async (page) => {
    await walk.goToCheckout(page);
    await walk.bill(page);
    await walk.billed(page);
    const { bills, billPosts } = await now();
    same([bills, billPosts], [1, 2], 'billTwice=ignore: the second post makes no second bill');
  });
  await withKnobs({ secondWorkArea: 'before' }, [], async (page) => {
    const first = await page.evaluate(() => [...document.querySelectorAll('iframe[name^="workarea"]')][0].name);
    same(first, 'workarea1', 'secondWorkArea=before: it stands first in the document');
    ok(await walk.until(page, ['workarea1'], (w) => w.document.getElementById('SavePage')), 'and has a #SavePage of its own');
  });
  await withKnobs({ reopenLocked: 'browse' }, [], async () => {});
  const again = await walk.openShell(browser, standin);
  await walk.findPatient(again, chart.name, chart.dob);
  await walk.openRow(again, chart.rowId);
  ok(await walk.inside(again, walk.VISIT, (w) => w.editAble === 0), 'reopenLocked=browse: a visit that was never closed opens read-only');
  await again.context().close();
});

await standin.stop();
await browser.close();
finish();
