// Every kind of fault, and what reaches the client: over plain sockets where
// the wire is the matter, in a real browser where the page is.
//   node tests/standin/faults_test.mjs [path of the standin binary]
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { finish, group, ok, same } from './tap.mjs';
import * as walk from './walk.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const binary = process.argv[2] || here(`../../${process.env.BUILD || 'build'}/standin`);
const standin = await walk.startStandin(binary, ['--pages', here('pages')]);
const { cookies } = await standin.control('state');
const cookie = `ASP.NET_SessionId=${cookies[0].value}`;
const patient = { name: 'TEST, ALPHA', dob: '01/02/1903' };

const truthOf = async (number, dos) => {
  const { visits } = await standin.control('truth');
  return visits.find((visit) => visit.patient === number && visit.dos === dos);
};
const first = await truthOf(1, 1);
const VISIT = `visitID=${first.visitID}&patientID=${first.patientID}`;

async function fault(rule) {
  await standin.control('reset', {});
  await standin.control('faults', rule ? [rule] : []);
}

const get = (path, extra = {}) =>
  fetch(`${standin.base}/eClinic/${path}`, { redirect: 'manual', headers: { cookie }, ...extra });

const post = (path, fields, headers = {}) =>
  get(path, { method: 'POST', headers: { cookie, ...headers }, body: new URLSearchParams(fields) });

// Until the server has seen a request that this kind of fault befell.
async function arrived(kind) {
  const end = Date.now() + 5000;
  while (Date.now() < end) if ((await standin.control('log')).some((line) => line.fault === kind)) return;
  throw new Error(`no request met ${kind}`);
}

const saveNote = () =>
  post('ov_ptnote2018.aspx', { visitID: first.visitID, formMode: 2, isAjaxSave: 1, SOAPtext0: '<p>x</p>' }, { 'X-Requested-With': 'XMLHttpRequest' });

// One request on a socket of its own: what came until the end, and how it ended.
function raw(request, untilText) {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect(standin.port, '127.0.0.1', () => socket.write(request));
    const done = (end) => {
      socket.destroy();
      resolve({ text, end });
    };
    socket.on('data', (bytes) => {
      text += bytes;
      if (untilText && untilText(text)) done('enough');
    });
    socket.on('end', () => done('end'));
    socket.on('error', (error) => done(error.code));
  });
}

const rawGet = (path, untilText) => raw(`GET /eClinic/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: ${cookie}\r\n\r\n`, untilText);

await group('in place of an answer', async () => {
  await fault({ path: 'ov_menu', do: 'drop' });
  same(await rawGet(`ov_menu.aspx?${VISIT}`), { text: '', end: 'end' }, 'drop: the connection ends without a byte');
  await fault({ path: 'ov_menu', do: 'reset' });
  same(await rawGet(`ov_menu.aspx?${VISIT}`), { text: '', end: 'ECONNRESET' }, 'reset: the connection is reset');
  await fault({ path: 'ov_menu', do: 'status', status: 429, retryAfter: 7 });
  const limited = await get(`ov_menu.aspx?${VISIT}`);
  same([limited.status, limited.headers.get('retry-after')], [429, '7'], 'status: with Retry-After');
  await fault({ path: 'ov_ptnote', do: 'html_answer' });
  ok((await (await saveNote()).text()).startsWith('<!DOCTYPE') && (await truthOf(1, 1)).noteSaves === 0, 'html_answer: HTML, nothing saved');
  await fault({ path: 'ov_ptnote', do: 'viewstate_error' });
  const failed = await saveNote();
  ok(failed.status === 500 && (await failed.text()).includes('Validation of viewstate MAC failed'), 'viewstate_error: a 500 that says so');
  await fault({ path: 'ov_ptnote', do: 'redirect_login' });
  same([(await saveNote()).status, (await get('clinic_main.aspx')).status], [302, 200], 'redirect_login: the session lives on');
  await fault({ path: 'ov_menu', do: 'delay', ms: 150 });
  const began = Date.now();
  ok((await get(`ov_menu.aspx?${VISIT}`)).status === 200 && Date.now() - began >= 150, 'delay: it takes that long');
});

await group('hang', async () => {
  await fault({ path: 'ov_menu', do: 'hang' });
  const hung = rawGet(`ov_menu.aspx?${VISIT}`);
  await arrived('hang');
  const waits = await Promise.race([hung, standin.control('health').then(() => 'waits')]);
  same(waits, 'waits', 'no answer comes');
  await standin.control('reset', {});
  same((await hung).text, '', 'a reset ends it, still without an answer');
});

await group('an answer that suffers', async () => {
  await fault({ path: 'ov_ptnote', method: 'POST', do: 'lose_answer' });
  const lost = await saveNote().then(() => 'answered', () => 'lost');
  same([lost, (await truthOf(1, 1)).noteSaves > 0], ['lost', true], 'lose_answer: saved, and no answer');
  await fault({ path: 'ov_menu', do: 'short_body' });
  const short = await get(`ov_menu.aspx?${VISIT}`).then((answer) => answer.text()).then(() => 'whole', () => 'cut');
  same(short, 'cut', 'short_body: the body ends before its length');
  await fault({ path: 'ov_menu', do: 'truncated' });
  const half = await (await get(`ov_menu.aspx?${VISIT}`)).text();
  ok(half.length > 50 && !half.includes('</html>'), 'truncated: half of it, well formed for HTTP');
  await fault({ path: 'ov_menu', do: 'endless_body', rate: 0 });
  ok((await rawGet(`ov_menu.aspx?${VISIT}`, (text) => text.length > 200000)).end === 'enough', 'endless_body: it goes on');
  await fault({ path: 'ov_menu', do: 'endless_body', rate: 200 });
  ok((await rawGet(`ov_menu.aspx?${VISIT}`, (text) => /( \r\n1\r\n){5}/.test(text))).end === 'enough', 'endless_body: byte by byte');
  await fault({ path: 'ov_ptnote', do: 'slow_answer', ms: 100 });
  const slow = saveNote();
  await untilTruth((visit) => visit.noteSaves === 1);
  ok((await (await slow).json()).Success === '1', 'slow_answer: saved first, answered later');
});

async function untilTruth(fits) {
  const end = Date.now() + 5000;
  while (Date.now() < end) if (fits(await truthOf(1, 1))) return;
  throw new Error('the truth never came to that');
}

await group('an answer after the client has gone', async () => {
  await fault({ path: 'ov_ptnote', method: 'POST', do: 'late_answer', ms: 200 });
  const stop = new AbortController();
  const gone = get('ov_ptnote2018.aspx', { method: 'POST', body: new URLSearchParams({ visitID: first.visitID, formMode: 2, SOAPtext0: 'x' }), signal: stop.signal }).catch(() => 'gone');
  await untilTruth((visit) => visit.notePosts === 1);
  stop.abort();
  same(await gone, 'gone', 'late_answer: the client gives up');
  await untilTruth((visit) => visit.noteSaves === 1);
  ok(true, 'late_answer: and the save is taken all the same');
});

await group('what a page refuses', async () => {
  await fault({ path: 'ov_ptnote', do: 'refuse' });
  same([(await (await saveNote()).json()).Success, (await truthOf(1, 1)).noteSaves], ['0', 0], 'refuse: Success "0", nothing saved');
  await fault({ path: 'ov_ptnote', do: 'conflict' });
  ok('ConflictAlert' in (await (await saveNote()).json()), 'conflict: ConflictAlert');
  await fault({ path: 'waittinglistshow', do: 'row_missing', dos: 1 });
  ok(!(await (await get(`waittinglistshow.aspx?patientID=${first.patientID}`)).text()).includes(`trt${first.rowId}`), 'row_missing: the row is not there');
  await fault({ path: 'searchpatient', do: 'patient_missing' });
  ok((await (await get(`searchpatient.aspx?searchStr=${patient.dob}`)).text()).includes('No record'), 'patient_missing: nobody is found');
  await fault({ path: 'ov_doctor_spec', do: 'wrong_banner' });
  ok(!(await (await get(`ov_doctor_spec.aspx?${VISIT}`)).text()).includes(patient.name), 'wrong_banner: another name');
  await fault({ path: 'ov_doctor_spec', do: 'not_editable' });
  await get(`ov_doctor_spec.aspx?${VISIT}`);
  ok((await (await post('ov_CheckOVStatus.aspx', { visitid: first.visitID })).text()).includes('EditAble: 0'), 'not_editable: EditAble 0 from then on');
  same((await (await saveNote()).json()).Success, '0', 'not_editable: the server refuses a save too');
  await fault({ path: 'checkout2006', do: 'already_billed' });
  ok((await (await get(`checkout2006_spec.aspx?${VISIT}`)).text()).includes('(Billing is created)'), 'already_billed: somebody else did');
});

await group('ViewState', async () => {
  await fault();
  await standin.control('knobs', { viewStateChars: 24576, viewStateFiller: 'fresh' });
  const field = async () => /name="__VIEWSTATE" id="__VIEWSTATE" value="([^"]*)"/.exec(await (await get(`ov_icdcpt.aspx?${VISIT}`)).text())[1];
  const [one, two] = [await field(), await field()];
  ok(one.slice(100) !== two.slice(100) && one.length === 24576, 'is new at each render, as long as the knobs say');
  const fields = { visitID: first.visitID, formMode: 2, selectionRes: 'M54.2', selectionNameRes: 'x' };
  same([(await post('ov_icdcpt.aspx', { ...fields, __VIEWSTATE: `0${one.slice(1)}1` })).status, (await truthOf(1, 1)).codeSaves], [500, 0], 'a wrong one is refused, nothing is saved');
  same([(await post('ov_icdcpt.aspx', { ...fields, __VIEWSTATE: one })).status, (await truthOf(1, 1)).icd], [200, ['M54.2']], 'a good one is taken');
});

await group('expiry surfaces', async () => {
  const dies = async (surface) => {
    await fault({ path: 'ov_ptnote', nth: 1, do: 'expire', surface });
    return saveNote();
  };
  for (const surface of ['a', 'b']) same((await dies(surface)).status, 302, `${surface}: a save is answered 302`);
  ok((await (await dies('c')).text()).includes('loginForm'), 'c: the login page with 200');
  ok('Error' in (await (await dies('e')).json()), 'e: JSON without Success');
  await dies('d');
  ok((await (await get(`ov_menu.aspx?${VISIT}`)).text()).includes('top.location.href'), 'd: a page sends the whole window to login');
  await dies('v');
  same((await post('checkout2006_spec.aspx', { visitID: first.visitID })).status, 500, 'v: a form post is a viewstate error');
  await dies('t');
  same((await get(`ov_menu.aspx?${VISIT}`)).headers.get('location'), '/eClinic/timeout.aspx', 't: a page is sent to timeout.aspx');
  same((await get('clinic_main.aspx')).status, 302, 'the main page is redirected in every case');
  same((await truthOf(1, 1)).noteSaves, 0, 'nothing was saved by a dead session');
});

await group('rules', async () => {
  await fault({ path: 'ov_menu', visit: 'p1.v1', every: 2, times: 1, do: 'status', status: 503 });
  const seen = [];
  for (let i = 0; i < 4; i++) seen.push((await get(`ov_menu.aspx?${VISIT}`)).status);
  same(seen, [200, 503, 200, 200], 'every and times');
  const other = await truthOf(1, 2);
  await fault({ path: '*', visit: 'p1.v1', do: 'status', status: 503 });
  same((await get(`ov_menu.aspx?visitID=${other.visitID}`)).status, 200, 'another visit is not touched');
  const refused = await fetch(`${standin.base}/__standin/faults`, { method: 'POST', body: '[{"do":"nonsense"}]' });
  same(refused.status, 400, 'an unknown kind is refused');
  same((await fetch(`${standin.base}/__standin/knobs`, { method: 'POST', body: '{"noteSave":"post"}' })).status, 400, 'an illegal knob value is refused');
});

const browser = await walk.openBrowser();

async function atVisit(onDialog) {
  const page = await walk.openShell(browser, standin, onDialog);
  await walk.findPatient(page, patient.name, patient.dob);
  await walk.openRow(page, first.rowId);
  return page;
}

const openNote = (page) => walk.inside(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_ptnote').click());
const editors = (page) =>
  walk.inside(page, walk.section('ptnote'), (w) => [0, 1, 2, 3, 4].map((n) => Boolean(w.tinyMCE && w.tinyMCE.getInstanceById(`SOAPtext${n}`))));

await group('faults of a page', async () => {
  await fault({ path: 'ov_ptnote', do: 'missing_editor', which: 2 });
  let page = await atVisit();
  await openNote(page);
  await walk.until(page, walk.section('ptnote'), (w) => w.tinyMCE && w.tinyMCE.getInstanceById('description'));
  same(await editors(page), [true, true, false, true, true], 'missing_editor: one never comes');
  await page.context().close();

  await fault({ path: 'ov_ptnote', do: 'late_editor', which: 1, ms: 400 });
  page = await atVisit();
  await openNote(page);
  await walk.until(page, walk.section('ptnote'), (w) => w.tinyMCE && w.tinyMCE.editors.length === 6);
  same(await walk.inside(page, walk.section('ptnote'), (w) => w.tinyMCE.editors[5].id), 'SOAPtext1', 'late_editor: it comes after all the others');
  await page.context().close();

  await fault({ path: 'ov_icdcpt', do: 'dialog', kind: 'confirm', text: 'Are you there?' });
  page = await atVisit();
  await walk.goToCodes(page);
  same(page.dialogs, [{ type: 'confirm', text: 'Are you there?' }], 'dialog: kind and text');
  await page.context().close();

  await fault({ path: 'checkout2006', do: 'missing_element', selector: '#btn_checkout' });
  page = await atVisit();
  await walk.goToCheckout(page);
  ok(await walk.inside(page, walk.section('checkout'), (w) => !w.document.querySelector('#btn_checkout')), 'missing_element: it is gone');
  await page.context().close();

  await fault({ path: 'ov_icdcpt', do: 'auto_close', ms: 50 });
  page = await atVisit();
  await walk.inside(page, walk.section('OfficeVisit'), (w) => w.document.getElementById('a_EMR_icdcpt').click());
  await walk.until(page, walk.VISIT, (w) => w.location.href.includes('emptyarea'));
  same((await truthOf(1, 1)).closes, 1, 'auto_close: the visit closes by itself');
  await page.context().close();
});

await group('a script fault on a JSON answer', async () => {
  await fault({ path: 'ov_ptnote', method: 'POST', do: 'dialog', text: 'Saved, by the way.' });
  const page = await atVisit();
  await walk.goToNote(page);
  await walk.saveNote(page, ['<p>x</p>', '<p>x</p>', '<p>x</p>', '<p>x</p>']);
  same(page.dialogs, [{ type: 'alert', text: 'Saved, by the way.' }], 'runs when the page reads it');
  same((await truthOf(1, 1)).noteSaves, 1, 'and the save is taken');
  await page.context().close();
});

await group('faults of a renderer', async () => {
  await fault({ path: 'ov_icdcpt', do: 'crash' });
  let page = await atVisit();
  const crashed = new Promise((resolve) => page.once('crash', () => resolve(true)));
  walk.goToCodes(page).catch(() => {});
  ok(await crashed, 'crash: the renderer dies');
  await page.context().close();

  await fault({ path: 'ov_icdcpt', do: 'freeze', ms: 300 });
  page = await atVisit();
  const began = Date.now();
  await walk.goToCodes(page);
  ok(Date.now() - began >= 300, 'freeze: the page is busy that long');
  await page.context().close();

  await fault({ path: 'ov_icdcpt', do: 'alert_loop' });
  let alerts = 0;
  const enough = {};
  enough.promise = new Promise((resolve) => { enough.resolve = resolve; });
  page = await atVisit((dialog) => {
    if (++alerts === 3) enough.resolve();
    return dialog.accept();
  });
  walk.goToCodes(page).catch(() => {});
  await enough.promise;
  ok(alerts >= 3, 'alert_loop: one after the other');
  await page.context().close();
});

await browser.close();
await fault({ path: '*', do: 'hang' });
const hung = rawGet(`ov_menu.aspx?${VISIT}`);
await arrived('hang');
const ended = await standin.stop();
await hung;
ok(ended.code === 0, 'SIGTERM ends it also while a request hangs', ended);
finish();
