// The page operations when things go wrong: who may act and when, each typed
// failure that the stand-in can provoke, and that a refused or given-up
// operation changes nothing.
//   node tests/live/page_failures.test.mjs [path of the standin binary]
import { group, ok, same, finish } from '../standin/tap.mjs';
import * as walk from './page_walk.mjs';
import { people } from './page_batch.mjs';

const { standin, truth, truthOf, withPage: onPage, stop } = await walk.setUp();
const { alpha } = people;
const visit = alpha.visits[0];
const DIAGNOSE = walk.standinWalk.section('diagnose'), NOTE = walk.standinWalk.section('ptnote');
const answers = [];

const fault = (rule) => standin.control('faults', rule ? [rule] : []);

// Light pages, but where editors are the question.
async function withPage(knobs, run) {
  await onPage({ pageWeight: 'light', ...knobs }, async (page) => {
    await run(page);
    answers.push(...page.answers);
  });
}

async function posts() {
  const visits = await truth();
  return visits.reduce((sum, each) => sum + each.codePosts + each.notePosts + each.billPosts, 0);
}

const opened = async (page, dos = 1) => walk.identity(alpha, await walk.open(page, alpha, dos));

async function atCodes(page) {
  const who = await opened(page);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  await walk.must(page, 'addICD', { visitId: who.visitId, icd: visit.icdCodes });
  await walk.must(page, 'addCPT', { visitId: who.visitId, cpt: visit.cptCodes });
  return who;
}

async function atNote(page) {
  const who = await opened(page);
  await walk.must(page, 'navigatePTNote', { visitId: who.visitId });
  await walk.must(page, 'fillSOAP', { visitId: who.visitId, sections: visit.sections });
  return who;
}

async function atCheckout(page) {
  const who = await opened(page);
  await walk.must(page, 'navigateCheckout', { visitId: who.visitId });
  return who;
}

const kindOf = async (page, name, args, meta) => {
  const answer = await walk.op(page, name, args, meta);
  return answer.ok ? 'ok' : [answer.kind, answer.what || ''];
};

async function fails(page, name, args, meta, wanted, claim) {
  same(await kindOf(page, name, args, meta), wanted, claim);
}

await group('the door', () => withPage(null, async (page) => {
  const first = await walk.op(page, 'validateSession');
  await fails(page, 'openWaitingRoom', {}, { nonce: 'another' }, ['too_late', ''], 'another document\'s nonce: too late');
  await fails(page, 'openWaitingRoom', {}, { startBy: 1 }, ['too_late', ''], 'after its start-by: too late');
  ok(await page.evaluate(() => document.getElementById('WL').style.visibility === 'hidden'), 'and nothing was done');
  await fails(page, 'noSuchThing', {}, {}, ['unknown', 'operation'], 'an unknown operation is named');
  await fails(page, 'openWaitingRoom', {}, { nonce: first.nonce, startBy: first.clock + 20000 }, 'ok', 'with the right nonce and in time it runs');
  const late = await page.evaluate(async () => {
    const clock = Math.floor(performance.now());
    const called = window.__revisit.call('probeSession', {}, { budget: 5000, startBy: clock + 5000 });
    const queued = new Promise((resolve) => setTimeout(() => resolve(window.__revisit.call('openWaitingRoom', {}, { budget: 5000, startBy: clock + 100 })), 0));
    while (performance.now() < clock + 300) continue;
    return [JSON.parse(await called).ok, JSON.parse(await queued).kind];
  });
  same(late, [true, 'too_late'], 'one that was queued behind a busy page is too late');
  const again = await page.evaluate((script) => { const before = window.__revisit; (0, eval)(script); return before === window.__revisit; }, walk.script);
  ok(again, 'a second load of the script changes nothing');
  const nonces = [first.nonce];
  await page.reload();
  nonces.push((await walk.op(page, 'validateSession')).nonce);
  ok(nonces[0] !== nonces[1] && nonces.every((nonce) => /^[0-9a-f]{16}$/.test(nonce)), 'a new document has a new nonce', nonces);
}));

await group('past the budget', () => withPage({ sortReload: 'server', listOrder: 'random' }, async (page) => {
  await walk.findPatient(page, alpha);
  await fault({ path: 'waittinglistshow', do: 'delay', ms: 1200 });
  const began = Date.now();
  const late = await walk.op(page, 'selectPatient', { name: alpha.name, dob: alpha.dob }, { budget: 400 });
  ok(late.ok && Date.now() - began > 1000, 'what was begun in time is watched, and told late', late);
  const requests = async () => (await standin.control('log')).filter((line) => line.path.includes('waittinglistshow')).length;
  const before = await requests();
  await fails(page, 'sortVisits', {}, { budget: 400 }, ['timeout', ''], 'a second click past the budget is not made');
  same(await requests() - before, 1, 'one click was');
  const replaced = page.evaluate(() => window.__revisit.call('sortVisits', {}, { budget: 9000 }));
  await walk.must(page, 'probeSession');
  await replaced;
  await fault();
  ok((await requests()) - before <= 2, 'an operation that another has replaced clicks no more');
}));

await group('an effect past its budget', () => withPage(null, async (page) => {
  const who = await atNote(page);
  await fault({ path: 'ov_ptnote', method: 'POST', do: 'slow_answer', ms: 1200 });
  const late = await walk.op(page, 'saveSOAP', who, { budget: 300 });
  ok(late.ok, 'a save that is answered late is told late', late);
  await fault();
  await walk.must(page, 'navigateCheckout', { visitId: who.visitId });
  await fails(page, 'generateBilling', who, { budget: 0 }, ['timeout', ''], 'without a budget nothing is billed');
  await fails(page, 'generateBilling', who, { startBy: 1 }, ['too_late', ''], 'nor too late');
  same((await truthOf(alpha, 1)).billPosts, 0, 'no bill was sent');
}));

await group('patients', () => withPage(null, async (page) => {
  const find = (person) => walk.failureOf(() => walk.findPatient(page, person));
  await fault({ path: 'searchpatient', do: 'patient_missing' });
  same((await find(alpha)).kind, 'patient_not_found', 'nobody is found');
  await fault({ path: 'searchpatient', do: 'status', status: 503 });
  const failed = await find(alpha);
  ok(['network', 'element_not_found'].includes(failed.kind), 'a search that fails is not an empty one', failed);
  await fault();
  await page.reload();
  await walk.must(page, 'openWaitingRoom');
  await walk.must(page, 'searchPatient', { dob: alpha.dob });
  await walk.standinWalk.inside(page, ['frm_searchframe'], (w) => {
    const rows = [...w.document.querySelectorAll('#selectorDiv tr[onclick]')];
    const row = rows.find((each) => each.cells[0].textContent === 'TEST, ALPHA');
    row.after(row.cloneNode(true));
  });
  await fails(page, 'selectPatient', { name: alpha.name, dob: alpha.dob }, {}, ['ambiguous', 'searchResults'], 'two that fit: nobody is chosen');
  await fails(page, 'searchPatient', { dob: '13' }, {}, ['bad_input', 'arguments'], 'a birth date that is none');
}));

await group('rows', () => withPage(null, async (page) => {
  const open = (order, pin) => walk.failureOf(() => walk.open(page, alpha, order, pin));
  same((await open(7)).kind, 'visit_not_found', 'a visit beyond the last row');
  const { rowId, visitID } = await truthOf(alpha, 2);
  same((await open(2, { rowId: `trt${rowId}`, visitId: '1' })).kind, 'visit_not_found', 'the pinned row opens another visit');
  await walk.must(page, 'closeVisit');
  same((await open(2, { rowId: 'trt1', visitId: visitID })).kind, 'visit_not_found', 'the pinned row is not there');
  await fault({ path: 'waittinglistshow', do: 'row_missing', dos: 6 });
  same((await open(6)).kind, 'visit_not_found', 'a row that is missing');
  await fault();
  await walk.findPatient(page, people.odd);
  await fails(page, 'openVisit', { name: alpha.name, dob: alpha.dob, order: 1 }, { budget: 400 }, ['element_not_found', 'visitList'], 'another patient\'s list is not used');
}));

await group('whose visit it is', () => withPage(null, async (page) => {
  for (const path of ['ov_doctor_spec', '*']) {
    await fault({ path, do: 'wrong_banner' });
    same((await walk.failureOf(() => walk.open(page, alpha, 1))).kind, 'wrong_patient', `the banner names another (${path})`);
    await fault();
    await walk.must(page, 'closeVisit');
  }
  await fault({ path: 'ov_doctor_spec', do: 'wrong_banner', name: 'TEST, ALPHAA', dob: alpha.dob });
  same((await walk.failureOf(() => walk.open(page, alpha, 1))).kind, 'wrong_patient', 'a near-equal name is another patient');
  await fault();
  await walk.must(page, 'closeVisit');
  const who = await atCodes(page);
  await fails(page, 'saveDiagnosis', { ...who, visitId: '1' }, {}, ['wrong_patient', 'visit'], 'another visit id');
  const rename = (name) => walk.standinWalk.inside(page, ['workarea0'], (w, text) => { w.document.getElementById('ovPatient').textContent = text; }, name);
  await rename('TEST, ALPHA B');
  await fails(page, 'saveDiagnosis', who, {}, ['wrong_patient', 'visitBanner'], 'the banner has changed before the save');
  await fails(page, 'readDiagnosis', { ...who, icd: [], cpt: [] }, {}, ['wrong_patient', 'visitBanner'], 'and before a read');
  same(await posts(), 0, 'nothing was saved');
  await rename(alpha.name);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  await fails(page, 'saveDiagnosis', who, {}, 'ok', 'with the right one it is');
}));

await group('somebody else\'s visit in another work area', () => withPage({ secondWorkArea: 'before' }, async (page) => {
  const said = await walk.wholeVisit(page, alpha, visit);
  ok(said.codes.after.present && said.note.after.equal, 'our visit is done');
  const touched = (await truth()).filter((each) => each.codePosts + each.notePosts + each.billPosts + each.closes);
  same(touched.map((each) => [each.name, each.dos]), [[alpha.name, 1]], 'theirs is not touched');
}));

await group('what may not be edited', () => withPage(null, async (page) => {
  await fault({ path: 'ov_doctor_spec', do: 'not_editable' });
  same((await walk.failureOf(() => walk.open(page, alpha, 1))).kind, 'no_write_access', 'browse mode');
  await fault({ path: 'ov_doctor_spec', do: 'already_billed' });
  await walk.must(page, 'closeVisit');
  const billed = await walk.open(page, alpha, 2);
  ok(billed.billed, 'a billed visit is opened and said to be billed');
  await fault();
  const who = walk.identity(alpha, billed);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  await fails(page, 'addICD', { visitId: who.visitId, icd: visit.icdCodes }, {}, ['already_billed', 'visit'], 'no code is added to it');
  await walk.must(page, 'navigateCheckout', { visitId: who.visitId });
  same(await walk.must(page, 'readBilling', who), { billed: true }, 'it reads as billed');
  await fails(page, 'generateBilling', who, {}, ['already_billed', 'checkoutPage'], 'and is not billed again');
  same(await posts(), 0, 'nothing was sent');
}));

await group('the 13th diagnosis', () => withPage(null, async (page) => {
  const who = await opened(page);
  await walk.must(page, 'navigateICD', { visitId: who.visitId });
  const codes = (count) => Array.from({ length: count }, (none, n) => ({ code: `M99.${10 + n}`, name: 'x' }));
  same((await walk.must(page, 'addICD', { visitId: who.visitId, icd: codes(11) })).added, 11, 'eleven are added');
  await fails(page, 'addICD', { visitId: who.visitId, icd: [{ code: 'M54.2' }, { code: 'M54.6' }] }, {}, ['code_limit', 'diagnosisPage'], 'two more are refused');
  const count = await walk.standinWalk.inside(page, DIAGNOSE, (w) => w.document.querySelectorAll('.investigation').length);
  same([count, page.dialogs], [11, []], 'before any of them is added');
}));

const ELEMENTS = [
  ['clinic_main', 'td[title="Waiting Room"]', 'waitingRoomMenu', (page) => walk.findPatient(page, alpha)],
  ['waittinglist.aspx', 'input[value="1"]', 'onePatient', (page) => walk.findPatient(page, alpha)],
  ['searchpatient', '#btnSearch', 'searchBox', (page) => walk.findPatient(page, alpha)],
  ['waittinglistshow', '#listheader', 'apptTimeHeader', (page) => walk.findPatient(page, alpha)],
  ['waittinglistshow', 'tr[id^="trt"] a[href]', 'rowLink', (page) => walk.open(page, alpha, 6)],
  ['ov_doctor_spec', '#ovHeader', '', (page) => walk.open(page, alpha, 1)],
  ['officevisit', '#a_EMR_icdcpt', 'diagnosisMenu', atCodes],
  ['officevisit', '#a_EMR_ptnote', 'noteMenu', atNote],
  ['officevisit', '#a_EMR_checkout', 'checkoutMenu', atCheckout],
];

await group('elements that are missing', () => withPage({ listOrder: 'desc' }, async (page) => {
  walk.limit.budget = 2500;
  for (const [path, selector, what, run] of ELEMENTS) {
    await fault({ path, do: 'missing_element', selector });
    await page.reload();
    const got = await walk.failureOf(() => run(page));
    same(got && [got.kind, got.what], what ? ['element_not_found', what] : null, what ? `${selector}: element_not_found, ${what}` : `${selector}: the info bar says it too`);
    await fault();
  }
  walk.limit.budget = 15000;
  await page.reload();
  const who = await atNote(page);
  await walk.standinWalk.inside(page, ['workarea0'], (w) => w.document.getElementById('SavePage').remove());
  await fails(page, 'saveSOAP', who, {}, ['element_not_found', 'saveButton'], '#SavePage: element_not_found, saveButton');
  same(await posts(), 0, 'nothing was saved');
}));

await group('editors', () => withPage({ pageWeight: 'full' }, async (page) => {
  for (const which of [0, 4]) {
    const who = await opened(page);
    await fault({ path: 'ov_ptnote', do: 'missing_editor', which });
    await fails(page, 'navigatePTNote', { visitId: who.visitId }, { budget: 3000 }, ['element_not_found', `noteEditor${which}`], `editor ${which} never starts`);
    await fails(page, 'fillSOAP', { visitId: who.visitId, sections: visit.sections }, { budget: 500 }, ['element_not_found', `noteEditor${which}`], 'and nothing is filled in without it');
    await fault();
    await walk.must(page, 'closeVisit');
  }
  const who = await opened(page);
  await fault({ path: 'ov_ptnote', do: 'late_editor', which: 2, ms: 1500 });
  await fails(page, 'navigatePTNote', { visitId: who.visitId }, {}, 'ok', 'one that starts late is waited for');
  await fails(page, 'fillSOAP', { visitId: who.visitId, sections: visit.sections.slice(1) }, {}, ['bad_input', 'arguments'], 'three sections are no note');
}));

await group('a note that somebody types into', () => withPage({ pageWeight: 'full' }, async (page) => {
  const who = await atNote(page);
  await walk.standinWalk.inside(page, NOTE, (w) => w.tinyMCE.getInstanceById('SOAPtext1').setContent('<p>typed by hand</p>'));
  await fails(page, 'saveSOAP', who, {}, ['conflict', 'notePage'], 'is not saved over');
  same(await posts(), 0, 'nothing was saved');
  same((await walk.must(page, 'readNote', { ...who, sections: visit.sections })), { equal: false, empty: true }, 'a read speaks of the server, not of the editors');
}));

await group('a note page that came anew after it was filled', () => withPage(null, async (page) => {
  const who = await atNote(page);
  await walk.standinWalk.mark(page, NOTE);
  await walk.standinWalk.inside(page, NOTE, (w) => w.location.replace(w.location.href));
  await walk.standinWalk.renewed(page, NOTE);
  await walk.must(page, 'navigatePTNote', { visitId: who.visitId });
  await fails(page, 'saveSOAP', who, {}, ['unknown', 'notePage'], 'is not saved: it has lost the note, and nobody is in conflict');
  same(await posts(), 0, 'nothing was saved');
}));

const SAVES = [
  ['saveDiagnosis', 'ov_icdcpt', atCodes, 'diagnosisPage'],
  ['saveSOAP', 'ov_ptnote', atNote, 'notePage'],
  ['generateBilling', 'checkout2006', atCheckout, 'checkoutPage'],
];

for (const noteSave of ['ajax', 'form'])
  for (const [name, path, reach, what] of SAVES) {
    if (noteSave === 'form' && name !== 'saveSOAP') continue;
    await group(`${name} that does not go through (${noteSave})`, () => withPage({ noteSave }, async (page) => {
      const expect = async (rule, wanted, claim) => {
        await page.goto('about:blank'); /* a reset would end a hung post, and Chromium send it again */
        await fault();
        await standin.control('reset', {});
        await page.goto(standin.base);
        const who = await reach(page);
        await fault({ path, method: 'POST', ...rule });
        const got = await kindOf(page, name, who, { budget: rule.do === 'hang' ? 600 : 3000 });
        ok(wanted.includes(got[0]) && ['frame', what].includes(got[1]), `${claim}: ${wanted.join(' or ')}`, got);
      };
      await expect({ do: 'refuse' }, ['save_rejected'], 'refused');
      await expect({ do: 'html_answer' }, ['unknown'], 'answered with some page');
      await expect({ do: 'viewstate_error' }, ['network', 'unknown'], 'a viewstate error');
      await expect({ do: 'reset' }, ['network'], 'reset');
      await expect({ do: 'lose_answer' }, ['network'], 'taken, and the answer lost');
      await expect({ do: 'hang' }, ['timeout'], 'never answered');
      if (name === 'saveSOAP') await expect({ do: 'conflict' }, noteSave === 'ajax' ? ['conflict'] : ['save_rejected'], 'changed by somebody else');
    }));
  }

await group('a note that was changed meanwhile, said in a dialog', () => withPage({ conflictForm: 'alert' }, async (page) => {
  const who = await atNote(page);
  await fault({ path: 'ov_CheckOVItemConflict', do: 'conflict' });
  await fails(page, 'saveSOAP', who, { budget: 3000 }, ['conflict', 'notePage'], 'is a conflict');
  same([await posts() - 1, page.dialogs.length], [-1, 1], 'nothing was saved');
}));

await group('permission lost before the save', () => withPage(null, async (page) => {
  const who = await atNote(page);
  await fault({ path: 'ov_CheckOVStatus', do: 'not_editable' });
  const got = await kindOf(page, 'saveSOAP', who, { budget: 3000 });
  same(got[0], 'no_write_access', 'is no write access');
}));

await group('the question before a note', () => withPage({ ptNotePopup: 'on' }, async (page) => {
  const who = await atNote(page);
  await fails(page, 'saveSOAP', who, {}, 'ok', 'is answered, and the note saved');
}));

await group('a visit that closes itself', () => withPage({ autoClose: 0 }, async (page) => {
  const who = await atCheckout(page);
  const made = await walk.must(page, 'generateBilling', who);
  ok(typeof made.closed === 'boolean', 'the bill is told', made);
  if (!made.closed) same(await walk.must(page, 'readBilling', who), { billed: true }, 'and can be read even then');
  await walk.must(page, 'closeVisit');
  await walk.must(page, 'closeVisit');
  same([(await truthOf(alpha, 1)).bills, (await truthOf(alpha, 1)).locked], [1, false], 'billed once, closed, and closing a closed visit does no harm');
}));

// What is known of the session after a call that failed: said by the call itself, else by the probe.
async function sessionAfter(page, name, args) {
  let answer;
  try {
    answer = await walk.op(page, name, args, { budget: 3000 });
  } catch (error) {
    await page.waitForURL(/login/);
    answer = await walk.op(page, 'validateSession', {}, { budget: 3000 });
    return answer.kind;
  }
  if (answer.session === 'expired') return answer.ok ? 'expired, and yet ok' : answer.kind;
  return `probe: ${(await walk.must(page, 'probeSession')).session}`;
}

const DYING = [
  ['openVisit', 'ov_doctor_spec', (page) => walk.findPatient(page, alpha), () => ({ name: alpha.name, dob: alpha.dob, order: 1 })],
  ['saveDiagnosis', 'ov_icdcpt', atCodes, (who) => who],
  ['saveSOAP', 'ov_ptnote', atNote, (who) => who],
  ['generateBilling', 'checkout2006', atCheckout, (who) => who],
];

for (const [name, path, reach, args] of DYING)
  await group(`a session that dies at ${name}`, () => withPage(null, async (page) => {
    for (const surface of ['a', 'b', 'c', 'd', 'e', 'v']) {
      await page.goto('about:blank');
      await fault();
      await standin.control('reset', {});
      await page.context().addCookies((await standin.control('state')).cookies);
      await page.goto(standin.base);
      const who = await reach(page);
      await fault({ path, do: 'expire', surface });
      const verdict = await sessionAfter(page, name, args(who));
      ok(['session_expired', 'probe: expired'].includes(verdict), `surface ${surface} is found out`, verdict);
    }
    same(await page.context().cookies().then((all) => all.length > 0) && (await truth()).filter((each) => each.codeSaves + each.noteSaves + each.bills).length, 0, 'nothing was saved');
  }));

await group('login on another host', () => withPage({ loginHost: 'other' }, async (page) => {
  const who = await atCodes(page);
  await fault({ path: 'ov_icdcpt', do: 'expire', surface: 'a' });
  const answer = await walk.op(page, 'saveDiagnosis', who, { budget: 3000 });
  same([answer.kind, answer.unreadable], ['network', true], 'a frame that went there cannot be read, and that is said');
  same(await walk.must(page, 'probeSession'), { session: 'expired' }, 'the probe finds out');
}));

await group('no session at the start', () => withPage(null, async (page) => {
  await standin.control('expire', {});
  await page.reload();
  const answer = await walk.op(page, 'validateSession', {}, { budget: 3000 });
  same([answer.ok, answer.kind, answer.session], [false, 'session_expired', 'expired'], 'the login page is told from the main page');
}));

await group('no words of the page', async () => {
  const words = answers.map((text) => text.replace(/"(clock|nonce)":[^,]*/g, ''));
  const leaks = words.filter((text) => /test|alpha|sample|190[0-9]|billing is|pain|m54|978/i.test(text));
  same(leaks, [], `none of ${answers.length} answers holds a name, a date, a code or a text`);
  ok(answers.length > 100, 'and there were many');
});

await stop();
finish();
