// Pages that misbehave: dialogs, scripts that never end, renderers that die,
// editors that are late, answers to reads that fail. The visit is tried again,
// in a new browser where the page is stuck, and its chart holds everything once.
import { also, test, runCases, budget, setFaults, sleep } from './engine_run.mjs';
import { allDone, countsOf, outcomesOf } from './engine_chart.mjs';

const EFFECTS = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
const dialogsOf = (ended) => ended.events.filter((event) => event.type === 'dialog').map(({ dialog, kind, length, answer }) => [dialog, kind, length, answer]);
const browsersOf = (ended) => ended.events.filter((event) => event.type === 'browser').map((event) => event.state);

// All visits of the run are done, each at its second attempt where `fails` names it.
async function recovers(t, spec) {
  const ended = await t.run({ visits: ['gamma.1'], exit: 0, ...spec });
  const tries = (label) => 1 + ended.fails.filter((each) => each.startsWith(`${label} `)).length;
  t.same(outcomesOf(ended), Object.fromEntries(ended.visits.map((label) => [label, `done ${tries(label)}`])), 'outcomes');
  await allDone(t, ended, spec.counts);
  return ended;
}

for (const kind of ['alert', 'confirm'])
  (kind === 'alert' ? test : also)(`an unknown ${kind} while the page is only looked at is accepted`, async (t) => {
    const ended = await recovers(t, { fails: [], faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'dialog', kind, text: 'Hello' }] });
    t.same(dialogsOf(ended), [['unknown', kind, 5, 'accepted']], 'it is logged by kind and length');
  });

test('an unknown dialog in the answer to a save is dismissed', async (t) => {
  const ended = await recovers(t, { fails: [], faults: [{ path: 'ov_icdcpt', method: 'POST', visit: 'gamma.1', nth: 1, do: 'dialog', kind: 'confirm', text: 'Again?' }] });
  t.same(dialogsOf(ended), [['unknown', 'confirm', 6, 'dismissed']], 'it is logged');
});

test('a page that asks before it is left is left', async (t) => {
  const ended = await recovers(t, { fails: [], faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', do: 'dialog', kind: 'beforeunload', text: 'Stay?' }] });
  t.ok(dialogsOf(ended).every(([, kind, , answer]) => kind === 'beforeunload' && answer === 'accepted'), 'and nothing else is asked', dialogsOf(ended));
});

// Each alert lets the page go on for a moment: the visit may get through.
async function endures(t, faults) {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], knobs: { noteSave: 'form' }, faults, exit: 0, fails: [], may: / dialog_blocked$/, hurried: true });
  t.ok(dialogsOf(ended).length > 1, 'they are answered', dialogsOf(ended));
  await allDone(t, ended);
}

also('a page opens alerts without end', (t) => endures(t, [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'alert_loop' }]));

also('the main page opens alerts without end', (t) => endures(t, [{ path: 'clinic_main', method: 'GET', nth: 2, do: 'alert_loop' }]));

test('the answer to a bill opens alerts without end', (t) => endures(t, [{ path: EFFECTS.generateBilling, method: 'POST', visit: 'gamma.1', nth: 1, do: 'alert_loop' }]));

test('the renderer dies of the answer to a bill', (t) => recovers(t, { fails: ['gamma.1 generateBilling target_crashed'],
  faults: [{ path: EFFECTS.generateBilling, method: 'POST', visit: 'gamma.1', nth: 1, do: 'crash' }] }));

for (const [step, path] of Object.entries(EFFECTS))
  (step === 'generateBilling' ? test : also)(`${step}: the page is busy for ever after the answer`, (t) => recovers(t, { fails: [`gamma.1 ${step} timeout`],
    faults: [{ path, method: 'POST', visit: 'gamma.1', nth: 1, do: 'freeze', ms: 0 }] }));

also('a page that is busy for ever is killed', async (t) => {
  const ended = await recovers(t, { visits: ['gamma.1', 'gamma.2'], fails: ['gamma.1 navigateICD timeout'],
    faults: [{ path: 'ov_icdcpt', method: 'GET', visit: 'gamma.1', nth: 1, do: 'freeze', ms: 0 }] });
  t.same(browsersOf(ended).filter((state) => state === 'started').length, 2, 'a second browser was started');
});

test('a page that is busy for a while is waited for', (t) => recovers(t, { fails: [], hurried: true,
  faults: () => [{ path: 'checkout2006_spec', method: 'GET', visit: 'gamma.1', nth: 1, do: 'freeze', ms: budget('navigation') / 3 }] }));

also('a page that is busy past the budget and then goes on', (t) => recovers(t, { visits: ['gamma.1', 'gamma.2'], fails: ['gamma.1 navigateCheckout timeout'],
  faults: () => [{ path: 'checkout2006_spec', method: 'GET', visit: 'gamma.1', nth: 1, do: 'freeze', ms: budget('navigation') + 1500 }] }));

also('the renderer dies of a page', (t) => recovers(t, { visits: ['gamma.1', 'gamma.2'], fails: ['gamma.1 navigatePTNote target_crashed'],
  faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'crash' }] }));

test('the permission check of a note save hangs: the click that was given up sends nothing later', async (t) => {
  const ended = await recovers(t, { fails: ['gamma.1 saveSOAP timeout'],
    faults: () => [{ path: 'ov_CheckOVStatus', method: 'POST', nth: 1, do: 'delay', ms: budget('save') + 1000 }] });
  await sleep(1500);
  t.same((await ended.truth('gamma.1')).notePosts, 1, 'one note was sent');
});

// Here the editors are the question: TinyMCE.
const FULL = { pageWeight: 'full' };

test('an editor that is late is waited for', (t) => recovers(t, { fails: [], hurried: true, knobs: FULL,
  faults: () => [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'late_editor', which: 3, ms: budget('editor') / 3 }] }));

also('an editor that is later than its budget: the visit is tried again', (t) => recovers(t, { fails: ['gamma.1 navigatePTNote element_not_found'], knobs: FULL,
  faults: () => [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'late_editor', which: 1, ms: budget('editor') * 2 }] }));

for (const which of [0, 4])
  also(`editor ${which} never starts: no note is saved`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1'], knobs: FULL, args: ['--max-retries', '1'], exit: 1, fails: Array(2).fill('gamma.1 navigatePTNote element_not_found'),
      faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', do: 'missing_editor', which }] });
    t.same(outcomesOf(ended), { 'gamma.1': 'failed 2 navigatePTNote element_not_found' }, 'outcome');
    t.same(Object.values(countsOf(await ended.truth('gamma.1'))), [1, 1, 0, 0, 0, 0], 'codes once, no note, no bill');
    t.ok(/editor/.test(ended.events.find((event) => event.type === 'visit_result').error), 'the error names the editor');
  });

test('the main page hangs: the browser was started, and the visit is tried again in another', async (t) => {
  const ended = await recovers(t, { fails: ['gamma.1 startBrowser timeout'], faults: [{ path: 'clinic_main', nth: 2, do: 'hang' }] });
  t.same(browsersOf(ended).filter((state) => state === 'started').length, 1, 'it is told as started when its page has opened');
});

test('a button that is not there', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], args: ['--max-retries', '0'], exit: 1, fails: ['gamma.1 openWaitingRoom element_not_found'],
    faults: [{ path: 'clinic_main', do: 'missing_element', selector: 'td[title="Waiting Room"]' }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 openWaitingRoom element_not_found' }, 'outcome');
});

// Answers to requests that only read: one visit each. For `make test` some.
const SOME = ['of the code page'];
const READS = {
  'of the search': ['searchpatient', ['hang', 'reset', 'status']],
  'of the list': ['waittinglistshow', ['hang', 'reset', 'status']],
  'of the visit': ['ov_doctor_spec', ['reset', 'status']],
  'of the code page': ['ov_icdcpt', ['hang', 'endless_body']],
  'of the note page': ['ov_ptnote2018', ['short_body', 'status']],
  'of the checkout page': ['checkout2006_spec', ['hang', 'status']],
};
for (const [name, [path, kinds]] of Object.entries(READS))
  (SOME.includes(name) ? test : also)(`the answer ${name}: ${kinds.join(', ')}`, async (t) => {
    const visits = kinds.map((kind, index) => `beta.${index + 1}`);
    const scoped = !/searchpatient|waittinglistshow/.test(path);
    let next = 0;
    // Chromium asks again after a reset, how often is its own affair: a visit's rule ends with its first attempt.
    const rule = (index) => ({ path, method: 'GET', nth: scoped ? 1 : 2, times: kinds[index] === 'reset' ? 100 : 1, do: kinds[index], status: 503, rate: 1, ...(scoped ? { visit: visits[index] } : {}) });
    const rulesFrom = (index) => (scoped ? kinds.map((kind, each) => rule(each)).slice(index) : []);
    const ended = await t.run({ visits, exit: 0, knobs: { searchMethod: 'get' },
      faults: () => { next = 1; return scoped ? rulesFrom(0) : [rule(0)]; },
      onEvent: (event, live) => {
        if (event.type === 'retry') setFaults(live.standin, rulesFrom(event.dos));
        // Requests that name no visit: the rule of each visit is set when the visit begins.
        if (!scoped && event.type === 'visit_result' && next < kinds.length) setFaults(live.standin, [{ ...rule(next++), nth: 1 }]);
      } });
    t.same(Object.values(outcomesOf(ended)).filter((each) => !/^done [12]$/.test(each)), [], 'every visit is done, at the second attempt at most');
    t.ok(ended.fails.length > 0, 'something failed', ended.fails);
    t.notes.push(`failed: ${ended.fails.join(', ')}`);
    await allDone(t, ended);
  });

await runCases('tests/live/engine_pages.test.mjs');
