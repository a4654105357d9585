// The session dies: on every surface that it may show itself, in every place where
// it may be met. The batch stops at once (exit 3), every later visit is not
// attempted, and no request that changes a chart leaves any more.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { also, test, runCases } from './engine_run.mjs';
import { countsOf, outcomesOf, summaryOf } from './engine_chart.mjs';

const SURFACES = { a: 'a redirect', b: 'a redirect on this node', c: 'the login page itself', d: 'a redirect of the whole page', e: 'JSON that says nothing', v: 'a ViewState error' };
const SAVES = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
// The list is loaded once with the page, and again when the waiting room is opened
// (that it is at the login page may be seen only by a later look).
const FRAMES = { 'validateSession|openWaitingRoom|searchPatient': ['waittinglist', 1], 'openWaitingRoom|searchPatient': ['waittinglistshow', 2], searchPatient: ['searchpatient', 1], openVisit: ['ov_doctor_spec', 1],
  navigateICD: ['ov_icdcpt', 1], navigatePTNote: ['ov_ptnote2018', 1], navigateCheckout: ['checkout2006_spec', 1] };
// The login's host that `make test` sends each of them to; the other is for `make torture`.
const HOST = Object.fromEntries(Object.keys(FRAMES).map((step, index) => [step, index % 2 ? 'same' : 'other']));
const CHANGES = /ov_icdcpt|ov_ptnote|checkout/;

// Nothing that changes a chart came after the request at which the session died.
async function fenced(t, ended) {
  const log = await ended.standin.control('log');
  const died = log.findIndex((each) => each.fault === 'expire');
  t.ok(died >= 0, 'the session died', log.slice(-3));
  const after = log.slice(died + 1).filter((each) => each.method === 'POST' && CHANGES.test(each.path));
  t.same(after, [], 'no change is sent after it');
}

// No budget is to be missed: the session's end is told by what is seen.
const UNHURRIED = { TIMEOUT_MULTIPLIER: '0.6' };

async function expires(t, spec, steps, outcome = 'failed') {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2', 'alpha.1'], exit: 3, env: UNHURRIED, ...spec });
  const step = steps.split('|').find((each) => ended.fails.includes(`gamma.1 ${each} session_expired`));
  t.same([step !== undefined, ended.fails.length], [true, 1], `${steps} fails, and nothing else: ${ended.fails}`);
  t.same(outcomesOf(ended), { 'gamma.1': `${outcome} 1 ${step} session_expired`, 'gamma.2': 'not_attempted 0', 'alpha.1': 'not_attempted 0' }, 'outcomes');
  t.same([summaryOf(ended).outcome, summaryOf(ended).errorKind, summaryOf(ended).notAttempted], ['fatal', 'session_expired', 2], 'summary');
  t.same(ended.events.filter((event) => event.type === 'session').length, 1, 'it is said once');
  await fenced(t, ended);
  return ended;
}

function inSave(step, surface, knobs = {}) {
  return async (t) => {
    const ended = await expires(t, { knobs: { noteSave: surface === 'v' ? 'form' : 'ajax', ...knobs },
      faults: [{ path: SAVES[step], method: 'POST', visit: 'gamma.1', nth: 1, do: 'expire', surface }] }, step,
    step === 'generateBilling' ? 'needs_review' : 'failed');
    const counts = countsOf(await ended.truth('gamma.1'));
    const wanted = { saveDiagnosis: [1, 0, 0, 0, 0, 0], saveSOAP: [1, 1, 1, 0, 0, 0], generateBilling: [1, 1, 1, 1, 1, 0] }[step];
    t.same(Object.values(counts), wanted, 'posts and what was taken');
  };
}

// For `make test` the bill meets most surfaces, codes and note one each.
const TAKEN = { saveDiagnosis: 'e', saveSOAP: 'v', generateBilling: 'acev' };
for (const step of Object.keys(SAVES)) {
  for (const surface of Object.keys(SURFACES))
    (TAKEN[step].includes(surface) ? test : also)(`${step} is answered with ${SURFACES[surface]}`, inSave(step, surface));
  also(`${step} is redirected to a login on another host`, inSave(step, 'a', { loginHost: 'other' }));
}

for (const [step, [path, nth]] of Object.entries(FRAMES))
  for (const loginHost of ['same', 'other'])
    (loginHost === HOST[step] ? test : also)(`${step} meets the login page of ${loginHost === 'same' ? 'this' : 'another'} host`, (t) => expires(t, { knobs: { loginHost, waitingRoomReload: 'on' },
      faults: [{ path, nth, do: 'expire', surface: 'a' }] }, step));

for (const loginHost of ['same', 'other'])
  test(`the browser starts at the login page of ${loginHost === 'same' ? 'this' : 'another'} host`, (t) => expires(t, { knobs: { loginHost },
    faults: [{ path: 'clinic_main', nth: 2, do: 'expire', surface: 'd' }] }, 'validateSession'));

for (const loginHost of ['same', 'other'])
  test(`the session was over before the batch, login on ${loginHost === 'same' ? 'this' : 'another'} host`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1', 'alpha.1'], knobs: { loginHost }, exit: 3, fails: [], before: (standin) => standin.control('expire', {}) });
    t.same(outcomesOf(ended), { 'gamma.1': 'not_attempted 0', 'alpha.1': 'not_attempted 0' }, 'outcomes');
    t.same(ended.events.filter((event) => event.type === 'browser'), [], 'no browser is started');
    t.ok(/log in|login|session/i.test(ended.messages), 'it says what to do', ended.messages);
  });

// Here the session lives on, so that nothing but the frame's address tells: one of the shell,
// one of the opened visit, neither of which any operation looks for.
const UNWATCHED = { 'CatCalendar|other': ['validateSession|openWaitingRoom|searchPatient|selectPatient|sortVisits|openVisit', { path: 'CatCalendar', nth: 1 }],
  'ov_helper|same': ['openVisit|navigateICD|saveDiagnosis|addICD|addCPT', { path: 'ov_helper', nth: 6 }] };
for (const [frame, [steps, rule]] of Object.entries(UNWATCHED))
  test(`a frame that no step waits for shows a login page: ${frame}`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 3, knobs: { loginHost: frame.split('|')[1], pageWeight: 'full' }, faults: [{ ...rule, do: 'redirect_login' }] });
    const step = steps.split('|').find((each) => ended.fails.includes(`gamma.1 ${each} session_expired`));
    t.same([step !== undefined, ended.fails.length], [true, 1], `${steps} fails, and nothing else: ${ended.fails}`);
    t.same(outcomesOf(ended), { 'gamma.1': `failed 1 ${step} session_expired`, 'gamma.2': 'not_attempted 0' }, 'outcomes');
    t.same(Object.values(countsOf(await ended.truth('gamma.1'))), [0, 0, 0, 0, 0, 0], 'nothing was changed');
  });

test('navigateICD meets a page that nothing but its timeout address tells', (t) => expires(t, {
  faults: [{ path: 'ov_icdcpt', nth: 1, do: 'expire', surface: 't' }] }, 'navigateICD'));

test('visits that were done before it stay done', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2', 'alpha.1'], exit: 3, fails: ['gamma.2 saveSOAP session_expired'],
    faults: [{ path: 'ov_ptnote2018', method: 'POST', visit: 'gamma.2', do: 'expire' }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'failed 1 saveSOAP session_expired', 'alpha.1': 'not_attempted 0' }, 'outcomes');
  t.same(Object.values(countsOf(await ended.truth('gamma.1'))), [1, 1, 1, 1, 1, 1], 'the first is on its chart once');
  await fenced(t, ended);
  const journal = readFileSync(join(ended.dir, 'run', 'journal.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  const ends = journal.filter((record) => record.type === 'attempt_end').map((record) => [record.dos, record.outcome]);
  t.same(ends, [[1, 'done'], [2, 'failed']], 'the journal knows how each visit ended');
  t.same([journal.at(-1).type, journal.at(-1).outcome, journal.at(-1).errorKind], ['run_end', 'fatal', 'session_expired'], 'and the run');
});

test('a redirect to the login page is the end, whatever the session is', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 3, fails: ['gamma.1 navigatePTNote session_expired'],
    faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'redirect_login' }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 navigatePTNote session_expired', 'gamma.2': 'not_attempted 0' }, 'outcomes');
  t.same(Object.values(countsOf(await ended.truth('gamma.1'))), [1, 1, 0, 0, 0, 0], 'the codes are on the chart once, and nothing else');
});

await runCases('tests/live/engine_expiry.test.mjs');
