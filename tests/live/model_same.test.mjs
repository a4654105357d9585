// The model of the EHR (recorder/model/model.h) held to the stand-in: one batch, one list of
// faults, both worlds. Events, journals and exit status must be the same, times aside, and
// so must the charts. Each fault stands here in both vocabularies: ours
// (recorder/model/fault.def), theirs (tests/standin/fault.def, or what is done to a process).
// What `make test` takes a minute for is a part: TORTURE=full has every kind that can be held
// so, at every place. EXCUSED says why the others cannot; a kind that is neither fails.
import { readFileSync } from 'node:fs';
import { test, runCases, budget, full, setFaults, sleep } from './engine_run.mjs';
import { afterStep, signal } from './engine_victims.mjs';
import { batchOf, visitOf } from './engine_batch.mjs';
import { same, whenStruck } from './same_worlds.mjs';

const PATHS = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
const STEPS = Object.keys(PATHS);
// When its page is there, nothing more is asked of the site before the step's own request.
const THERE = { saveDiagnosis: 'navigateICD', saveSOAP: 'navigatePTNote', generateBilling: 'navigateCheckout' };
const [CODES, NOTE, BILL] = Object.values(PATHS);
const VISITS = ['gamma.1', 'gamma.2', 'gamma.3'];
const modelledBudget = (step) => (step === 'generateBilling' ? 4000 : 3000);
const liveBudget = (step) => budget(step === 'generateBilling' ? 'billing' : 'save');
const WORDS = 'Is this what you want?';

const post = (path, rest, visit = 'gamma.1') => ({ path, method: 'POST', visit, nth: 1, ...rest });
const get = (path, rest, visit = 'gamma.1') => ({ path, method: 'GET', visit, nth: 1, ...rest });

const EXCUSED = {
  silent_loss: 'the stand-in always does what it says', stale_read: 'the stand-in shows what there is', duplicate_rows: 'the stand-in has each row once',
  delay: 'a page that begins late: engine_pages makes it busy', slow: 'the same', pipe_closed: 'the pipe closes as the browser dies: browser_gone',
  no_start: 'engine_process starts browsers that are none', commit_fails: 'no EHR is in it: unit, torture', torn_commit: 'the same',
  locked: 'no EHR is in it: unit, live_lock',
};

test('each kind of fault is held to the stand-in here, or it is said why not', async (t) => {
  const own = readFileSync(new URL(import.meta.url), 'utf8');
  const kinds = [...readFileSync('recorder/model/fault.def', 'utf8').matchAll(/^X\(FAULT_\w+, +"(\w+)"/gm)].map(([, kind]) => kind);
  t.ok(kinds.length >= 36, 'the table is read', kinds);
  const held = (kind) => new RegExp(`ours: [^\\n]*[:'\`]${kind}\\b`).test(own);
  t.same(kinds.filter((kind) => !held(kind) && !EXCUSED[kind]), [], 'kinds that nothing holds');
  t.same(Object.keys(EXCUSED).filter((kind) => held(kind) || !kinds.includes(kind)), [], 'excuses that are none');
});

// What can become of a request that changes a chart. act: what is done to the run from when
// the visit begins, given the rule's number. door: that of the stand-in is shut for it.
const onItsWay = (action) => (live, rule) => whenStruck(live, rule).then(() => action(live));
const FAULTS = {
  late_answer: { ours: (step) => `late_answer=${modelledBudget(step) + 1500}`, theirs: (step) => ({ do: 'slow_answer', ms: liveBudget(step) + 1500 }) },
  late_effect: { ours: (step) => `late_effect=${modelledBudget(step) + 700}`, theirs: (step) => ({ do: 'late_answer', ms: liveBudget(step) + 700 }) },
  'late_effect, never': { ours: 'late_effect=100000000', theirs: { do: 'hang' } },
  lost_answer: { ours: 'lost_answer', theirs: { do: 'endless_body', rate: 1 } },
  lost_request: { ours: 'lost_request', theirs: null, door: true },
  reset: { ours: 'reset', theirs: { do: 'reset' } },
  'reset, taken': { ours: 'reset,taken', theirs: { do: 'lose_answer' } },
  status: { ours: 'status', theirs: { do: 'status', status: 503 } },
  'status with Retry-After': { ours: 'status=5', theirs: { do: 'status', status: 503, retryAfter: 5 } },
  short_body: { ours: 'short_body', theirs: { do: 'short_body' } },
  malformed: { ours: 'malformed', theirs: { do: 'html_answer' } },
  'stuck, taken': { ours: 'stuck,taken', theirs: { do: 'freeze', ms: 0 } },
  'target_crash, taken': { ours: 'target_crash,taken', theirs: { do: 'crash' } },
  'browser_gone, taken': { ours: 'browser_gone,taken', theirs: { do: 'slow_answer', ms: 1000 }, act: onItsWay((live) => signal(live, 'browser', 'SIGKILL')) },
  'freeze, taken': { ours: 'freeze,taken', theirs: { do: 'slow_answer', ms: 1000 }, act: onItsWay((live) => signal(live, 'browser', 'SIGSTOP')) },
  'dialog, taken': { ours: 'dialog,taken', theirs: { do: 'dialog', kind: 'confirm', text: WORDS } },
};

// One run: the n-th of the names strikes at the n-th of the requests, in a visit of its own.
function atEach(names, more = {}) {
  const kinds = names.map((name) => FAULTS[name]);
  const of = (what, step) => (typeof what === 'function' ? what(step) : what);
  const place = (index) => kinds.slice(0, index).filter((kind) => kind.theirs).length;
  same(names.map((name, index) => `${STEPS[index]} ${name}`).join('; '), { visits: VISITS, hurried: true, door: kinds.some((kind) => kind.door),
    ours: kinds.map((kind, index) => `p1.v${index + 1}.a1.${STEPS[index]}:${of(kind.ours, STEPS[index])}`).join(' '),
    faults: () => kinds.flatMap((kind, index) => (kind.theirs ? [post(PATHS[STEPS[index]], of(kind.theirs, STEPS[index]), VISITS[index])] : [])),
    onEvent: (event, live) => {
      const kind = kinds[event.dos - 1], step = STEPS[event.dos - 1];
      if (event.type === 'visit_start' && event.attempt === 1 && kind.act) kind.act(live, place(event.dos - 1));
      if (event.type === 'step' && event.attempt === 1 && event.step === THERE[step] && kind.door) live.door.shut();
      if (['retry', 'visit_result'].includes(event.type) && kind.door) live.door.open();
    }, ...more });
}

// The longest first: they wait.
const TOGETHER = [['status with Retry-After', 'reset', 'late_effect, never'], ['lost_answer', 'late_answer', 'lost_request'],
  ['late_effect', 'freeze, taken', 'malformed'], ['reset, taken', 'target_crash, taken', 'browser_gone, taken'], ['status', 'dialog, taken', 'stuck, taken']];
for (const [a, b, c] of TOGETHER) {
  if (full || a === 'lost_answer') atEach([a, b, c]);
  if (full) atEach([c, a, b]);
  if (full) atEach([b, c, a]);
}

// Where there is no other attempt, the log says what failed.
if (full)
  for (const name of ['reset', 'lost_request', 'status', 'short_body'])
    atEach([name, name, name], { retries: 0 });

// What the note's page asks before its save: nothing of the save leaves.
same('hang: the question before a save', { ours: 'p1.v1.a1.saveSOAP:hang', faults: [{ path: 'ov_CheckOVStatus', nth: 1, do: 'hang' }] });
if (full)
  same('the question before a save fails, or the browser is gone before its answer', { visits: ['gamma.1', 'gamma.2'],
    ours: 'p1.v1.a1.saveSOAP:lost_request p1.v2.a1.saveSOAP:browser_gone',
    faults: [{ path: 'ov_CheckOVStatus', nth: 1, do: 'status', status: 503 }, { path: 'ov_CheckOVStatus', nth: 3, do: 'hang' }],
    onEvent: (event, live) => event.type === 'visit_start' && event.dos === 2 && event.attempt === 1 && whenStruck(live, 1).then(() => signal(live, 'browser', 'SIGKILL')) });

// Refusals. The site says some of them in an alert of its own, the model in none.
same('rejected and conflict', { visits: VISITS, hurried: true, leaveOut: ['dialog'],
  ours: 'p1.v1.saveDiagnosis:rejected p1.v2.saveSOAP:conflict p1.v3.generateBilling:rejected',
  faults: [post(CODES, { do: 'refuse' }), post(NOTE, { do: 'conflict' }, 'gamma.2'), post(BILL, { do: 'refuse' }, 'gamma.3')] });
// The page of the codes is told by what it then lacks, the note's page by its answer. A bill
// of somebody else's in our very moment: the site takes none of ours, the model counts it.
if (full)
  same('no write access and billed by another, just before a save', { visits: VISITS, hurried: true, leaveOut: ['dialog'],
    ours: 'p1.v1.saveDiagnosis:rejected p1.v2.saveSOAP:no_write_access p1.v3.generateBilling:billed_by_other',
    faults: [post(CODES, { do: 'not_editable' }), post(NOTE, { do: 'not_editable' }, 'gamma.2'), post(BILL, { do: 'already_billed' }, 'gamma.3')],
    chart: (chart) => ({ ...chart, bills: chart.billPosts }) });
if (full)
  same('rejected, billed by another', { visits: VISITS, hurried: true, leaveOut: ['dialog'],
    ours: 'p1.v1.saveDiagnosis:billed_by_other p1.v2.saveSOAP:rejected p1.v3.saveSOAP:billed_by_other',
    faults: [post(CODES, { do: 'already_billed' }), post(NOTE, { do: 'refuse' }, 'gamma.2'), post(NOTE, { do: 'already_billed' }, 'gamma.3')] });

// Pages that are only looked at.
same('pages that break, and ask: status, dialog', { visits: ['gamma.1', 'gamma.2'], ours: 'p1.v1.a1.navigateICD:status p1.v2.a1.navigatePTNote:dialog',
  faults: [get(CODES, { do: 'status', status: 503 }), get(NOTE, { do: 'dialog', kind: 'confirm', text: WORDS }, 'gamma.2')] });
if (full) {
  same('pages that break: hang, target_crash, stuck', { visits: VISITS,
    ours: 'p1.v1.a1.navigateICD:hang p1.v2.a1.navigatePTNote:target_crash p1.v3.a1.navigateCheckout:stuck',
    faults: [get(CODES, { do: 'hang' }), get(NOTE, { do: 'crash' }, 'gamma.2'), get(BILL, { do: 'freeze', ms: 0 }, 'gamma.3')] });
  same('pages that are late, or lack something', { visits: ['gamma.1', 'gamma.2'],
    ours: 'p1.v1.a1.navigateCheckout:late_answer=3600 p1.v2.a1.navigatePTNote:missing_element',
    faults: () => [get(BILL, { do: 'slow_answer', ms: Math.round(budget('navigation') * 1.2) }), get(NOTE, { do: 'missing_editor', which: 1 }, 'gamma.2')] });
  same('pages that never come: status, reset', { visits: VISITS, retries: 0, ours: 'p1.v1.openVisit:status p1.v2.navigatePTNote:status p1.v3.navigateCheckout:reset',
    faults: [get('ov_doctor_spec', { do: 'status', status: 503 }), get(NOTE, { do: 'status', status: 503 }, 'gamma.2'), get(BILL, { do: 'reset', times: 100 }, 'gamma.3')] });
  same('an editor that is late, and one that is too late', { visits: ['gamma.1', 'gamma.2'],
    ours: 'p1.v1.a1.navigatePTNote:late_editor=300 p1.v2.a1.navigatePTNote:late_editor=60000',
    faults: () => [get(NOTE, { do: 'late_editor', ms: 300 }), get(NOTE, { do: 'late_editor', ms: 60000 }, 'gamma.2')] });
  same('the search fails', { ours: 'p1.v1.a1.searchPatient:status', faults: [{ path: 'searchpatient', nth: 2, do: 'status', status: 503 }] });
}
// The element is one of many: the model has one name for all.
same('missing_element', { retries: 0, leaveOut: ['error'], ours: 'p1.v1.openWaitingRoom:missing_element',
  faults: [{ path: 'clinic_main', do: 'missing_element', selector: 'td[title="Waiting Room"]' }] });

// What stands in a visit's way for good.
same('visits that are not ours to touch: billed_by_other, no_write_access', { visits: VISITS,
  ours: 'p1.v1.openVisit:billed_by_other p1.v2.openVisit:no_write_access p1.v3.navigateCheckout:billed_by_other',
  faults: [{ path: 'ov_doctor_spec', visit: 'gamma.1', do: 'already_billed' }, { path: 'ov_doctor_spec', visit: 'gamma.2', do: 'not_editable' },
    get(BILL, { do: 'already_billed' }, 'gamma.3')] });
same('foreign_note, other_payer, patient_missing', { visits: ['gamma.1', 'alpha.1', 'absent.1'], batch: withOtherPayer(['gamma.1', 'alpha.1', 'absent.1'], 1),
  ours: 'p1.v1.openVisit:foreign_note p2.v1.openVisit:other_payer p3.v1.selectPatient:patient_missing', before: writeForeignNote,
  chart: (chart) => ({ ...chart, noteSaves: chart.noteSaves - (chart.name === visitOf('gamma.1').person.name) }) });
// Before the answer to the bill has come, and as soon as it has.
same('closes_itself', { visits: ['gamma.1', 'gamma.2'], ours: 'p1.v1.a1.generateBilling:closes_itself p1.v2.a1.readBilling#2:closes_itself',
  faults: [get(BILL, { do: 'auto_close', ms: 1500 }), post(BILL, { do: 'slow_answer', ms: 4000 }), post(BILL, { do: 'auto_close', ms: 0 }, 'gamma.2')] });

function withOtherPayer(labels, patient) {
  const batch = batchOf(labels);
  return { ...batch, patients: batch.patients.map((each, index) => (index === patient ? { ...each, insurance: 'OPTUM' } : each)) };
}

async function writeForeignNote(standin) {
  const { person, dos } = visitOf('gamma.1');
  const { visits } = await standin.control('truth');
  const { visitID, patientID } = visits.find((visit) => visit.kind === 'pt' && !visit.decoy && visit.name === person.name && visit.dos === dos);
  const { cookies } = await standin.control('state');
  const answer = await fetch(`${standin.base}/eClinic/ov_ptnote2018.aspx?patientID=${patientID}&visitID=${visitID}&formMode=2&isAjaxSave=1`, { method: 'POST',
    headers: { Cookie: cookies.map(({ name, value }) => `${name}=${value}`).join('; ') }, body: new URLSearchParams({ visitID, SOAPtext0: '<p>Somebody else.</p>' }) });
  if ((await answer.json()).Success !== '1') throw new Error('the note of somebody else was not taken');
}

// The session's end: size says who sees it (0 the page, 1 the browser's frames).
const two = { visits: ['gamma.1', 'alpha.1'] };
same('session_expired at a page', { ...two, ours: 'p1.v1.openVisit:session_expired', faults: [{ path: 'ov_doctor_spec', nth: 1, do: 'expire' }] });
same('session_expired at a bill', { ...two, ours: 'p1.v1.generateBilling:session_expired', faults: [post(BILL, { do: 'expire' })] });
if (full)
  same('session_expired, to another host', { ...two, knobs: { loginHost: 'other' }, ours: 'p1.v1.saveDiagnosis:session_expired=1', faults: [post(CODES, { do: 'expire' })] });
same('session_expired before the batch', { ...two, ours: 'run.http:session_expired', before: (standin) => standin.control('expire', {}) });
if (full) {
  same('session_expired at the codes', { ...two, ours: 'p1.v1.saveDiagnosis:session_expired', faults: [post(CODES, { do: 'expire' })] });
  same('session_expired at the note', { ...two, ours: 'p1.v1.saveSOAP:session_expired', faults: [post(NOTE, { do: 'expire' })] });
  same('session_expired, as JSON and an alert say it', { ...two, leaveOut: ['dialog'], ours: 'p1.v1.saveSOAP:session_expired', faults: [post(NOTE, { do: 'expire', surface: 'e' })] });
  same('session_expired at a section', { ...two, ours: 'p1.v1.navigatePTNote:session_expired', faults: [get(NOTE, { do: 'expire' })] });
}

// The look before the batch, and the start.
same('a site that is busy before the batch, and then nothing goes wrong', { visits: full ? ['gamma.1', 'odd.1', 'beta.2'] : ['odd.1'], ours: 'run.http:status=1',
  faults: [{ path: 'clinic_main', nth: 1, do: 'status', status: 503, retryAfter: 1 }] });
same('a site that is another one', { ours: 'run.http:malformed', faults: [{ path: 'clinic_main', nth: 1, do: 'html_answer' }] });
if (full)
  same('the main page hangs', { ours: 'p1.v1.a1.start:hang', faults: [{ path: 'clinic_main', nth: 2, do: 'hang' }] });

// Stops, and kills that the next process goes on from.
const stop = (live) => process.kill(live.pid, 'SIGTERM'), kill = (live) => process.kill(live.pid, 'SIGKILL');
same('signal between two steps', { ...two, ours: 'p1.v1.navigatePTNote:signal', onEvent: afterStep('saveDiagnosis', stop) });
if (full)
  same('signal while a retry is waited for', { ...two, ours: 'p1.v1.a1.saveDiagnosis:reset p1.v1.a1.commit#3:signal=200', faults: [post(CODES, { do: 'reset' })],
    onEvent: (event, live) => event.type === 'retry' && setTimeout(stop, 200, live) });
same('signal while the breaker is open', { visits: [...VISITS, 'alpha.1'], retries: 0, ours: 'saveDiagnosis#*:status run.commit#2:signal=100',
  faults: [{ path: CODES, method: 'POST', do: 'status', status: 503 }], onEvent: (event, live) => event.type === 'breaker' && setTimeout(stop, 100, live) });
const killedOnItsWay = (event, live) => event.type === 'visit_start' && whenStruck(live, 0).then(() => kill(live));
for (const [index, step] of STEPS.entries()) {
  if (full || index === 1)
    same(`kill_after: ${step}`, { ...two, ours: `p1.v1.a1.${step}:kill_after`, faults: [post(PATHS[step], { do: 'slow_answer', ms: 700 })], onEvent: killedOnItsWay, goesOn: () => sleep(900) });
  if (full || index === 2)
    same(`kill: ${step}`, { ...two, ours: `p1.v1.a1.${step}:kill`, faults: [post(PATHS[step], { do: 'hang' })], onEvent: killedOnItsWay, goesOn: (first) => setFaults(first.standin, []) });
}

await runCases('tests/live/model_same.test.mjs', { lanes: Number(process.env.LANES || 4) });
