// One whole visit by hand under each of some seeded settings, and the truth
// after it: no legal combination makes the EHR impossible to use.
//   node tests/standin/knobs_test.mjs [path of the standin binary] [how many]
import { readFileSync } from 'node:fs';
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
  await standin.control('knobs', { pageWeight: seed % 3 ? 'light' : 'full' });
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

// On light pages, where nothing else is said.
async function withKnobs(knobs, faults, run) {
  await standin.control('reset', { knobs: true });
  await standin.control('knobs', { pageWeight: 'light', ...knobs });
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
  const end = Date.now() + 15000;
  while (page.dialogs.length === before && !(await now()).noteSaves && Date.now() < end);
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
  const weights = {};
  for (const pageWeight of ['full', 'light']) await withKnobs({ pageWeight }, [], async (page) => {
    await walk.goToNote(page);
    await walk.until(page, walk.section('ptnote'), (w) => w.tinyMCE && w.tinyMCE.editors.length === 6);
    const said = await walk.inside(page, walk.section('ptnote'), (w) => {
      const editor = w.tinyMCE.getInstanceById('SOAPtext1');
      editor.setContent('<p>R&amp;D &lt; 3&nbsp;weeks</p>');
      w.tinyMCE.triggerSave();
      return [editor.getContent(), w.document.getElementById('SOAPtext1').value, editor.getBody().textContent, w.document.querySelectorAll('iframe').length];
    });
    weights[pageWeight] = { said, frames: page.frames().length };
  });
  same(weights.light.said, weights.full.said, 'pageWeight: a note reads the same in both kinds of editor');
  ok(weights.full.frames >= 92 && weights.light.frames < 60, 'pageWeight=light: half of the frames and more are left out', [weights.full.frames, weights.light.frames]);
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

// By the stand-in's clock, which is set ahead: nobody waits.
const HOUR = 3600000;
const later = (hours) => standin.control('clock', { ms: hours * HOUR });

await group('the age of locks and sessions', async () => {
  const editable = async () => {
    const page = await walk.openShell(browser, standin);
    await walk.findPatient(page, chart.name, chart.dob);
    await walk.openRow(page, chart.rowId);
    return walk.inside(page, walk.VISIT, (w) => w.editAble).finally(() => page.context().close());
  };
  await withKnobs({ reopenLocked: 'browse', lockTimeout: 2 * HOUR }, [], async () => {});
  await later(1);
  same(await editable(), 0, 'lockTimeout: before it the lock of a visit that was left open stands');
  await later(3);
  same(await editable(), 1, 'lockTimeout: after it the lock has fallen');
  await standin.control('knobs', { lockTimeout: 0 });
  await later(24);
  same(await editable(), 0, 'lockTimeout=0: it stands for ever');

  await standin.control('reset', { knobs: true });
  const [{ name, value }] = (await standin.control('state')).cookies;
  const main = async () => (await fetch(`${standin.base}/eClinic/clinic_main.aspx`, { redirect: 'manual', headers: { cookie: `${name}=${value}` } })).status;
  await later(24);
  same(await main(), 200, 'sessionLifetime=0: a session does not age');
  await standin.control('knobs', { sessionLifetime: 2 * HOUR });
  await later(1.5);
  same(await main(), 200, 'sessionLifetime: before it the session lives');
  await later(1.5);
  same(await main(), 200, 'sessionLifetime: each request makes it young again');
  await later(3);
  same([await main(), (await standin.control('truth')).expired], [302, 1], 'sessionLifetime: after it the session is dead');
  await standin.control('knobs', { sessionLifetime: 0 });
  same(await main(), 302, 'sessionLifetime: and stays so');
});

await group('the answer that a visit may not be edited', async () => {
  const lost = [{ path: 'CheckOVStatus', do: 'not_editable' }];
  for (const [editAbleForm, answer] of [['bare', '{EditAble: 0}'], ['quoted', '{"EditAble": 0}'], ['text', '{"EditAble": "0"}']])
    await withKnobs({ editAbleForm }, lost, async (page) => {
      const [heard, dialog] = await Promise.all([page.waitForResponse(/CheckOVStatus/).then((response) => response.text()), tryToSave(page)]);
      same([heard, dialog.text, (await now()).notePosts], [answer, 'You are in browse mode.', 0], `editAbleForm=${editAbleForm}: the page is told, and saves nothing`);
      await standin.control('faults', []);
      await tryToSave(page);
      same((await now()).noteSaves, 1, `editAbleForm=${editAbleForm}: and saves where it may`);
    });
});

await group('knobs of single faults', async () => {
  await withKnobs({ pageWeight: 'full', editors: 'staggered', editorStagger: 60000 }, [], async (page) => {
    await walk.inside(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_ptnote').click());
    const first = await walk.until(page, walk.section('ptnote'), (w) => w.tinyMCE && w.tinyMCE.getInstanceById('SOAPtext0') && w.tinyMCE.editors.length);
    same(first, 1, 'editorStagger: the second editor is a minute behind the first');
  });
  await withKnobs({ expirySurface: 'd' }, [], async (page) => {
    await standin.control('expire', {});
    await walk.inside(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_icdcpt').click());
    await page.waitForURL('**/login_single.aspx*');
    ok(true, 'expirySurface=d: the whole window goes to login');
  });
});

await group('the knobs themselves', () => {
  const unseeded = [...readFileSync(here('knob.def'), 'utf8').matchAll(/^KNOB\((\w+), [^,]+, "[^"]*", "",/gm)].map(([, name]) => name);
  const tests = ['contract', 'knobs'].map((name) => readFileSync(here(`${name}_test.mjs`), 'utf8')).join();
  ok(unseeded.length > 5, 'some are moved by no seed', unseeded);
  same(unseeded.filter((name) => !new RegExp(`\\b${name}: `).test(tests)), [], 'what no seed moves is moved by a test');
});

await standin.stop();
await browser.close();
finish();
