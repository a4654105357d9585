// The right chart or none: patients and rows that nearly fit, visits that are not
// ours to touch, and what the site does to a visit by itself.
import { also, test, runCases } from './engine_run.mjs';
import { allDone, countsOf, onlyTouched, outcomesOf } from './engine_chart.mjs';

const NOTHING = { codePosts: 0, codeSaves: 0, notePosts: 0, noteSaves: 0, billPosts: 0, bills: 0 };

// The visits are done at the first attempt, and no chart but theirs is touched.
async function done(t, visits, knobs, faults) {
  const ended = await t.run({ visits, knobs, faults, exit: 0, fails: [] });
  t.same(outcomesOf(ended), Object.fromEntries(visits.map((label) => [label, 'done 1'])), 'outcomes');
  await allDone(t, ended);
  await onlyTouched(t, ended, visits);
  return ended;
}

// gamma.1 fails for good at its first attempt with its chart as it was; the next visit is done.
async function failsOnce(t, step, kind, faults, counts = NOTHING) {
  const ended = await t.run({ visits: ['gamma.1', 'beta.1'], faults, exit: 1, fails: [`gamma.1 ${step} ${kind}`] });
  t.same(outcomesOf(ended), { 'gamma.1': `failed 1 ${step} ${kind}`, 'beta.1': 'done 1' }, 'outcomes');
  t.same(countsOf(await ended.truth('gamma.1')), counts, 'its chart');
  await onlyTouched(t, ended, counts.notePosts ? ['gamma.1', 'beta.1'] : ['beta.1']);
}

test('near-equal names with one birth date, and equal names with two', (t) =>
  done(t, ['alpha.1', 'alphaNear.1', 'alphaOther.1'], { decoys: 'all', staleSearchRows: 'on' }));

test('the list moves, holds another patient\'s row, a template and other kinds', (t) =>
  done(t, ['alpha.4', 'alpha.5', 'gamma.3'], { listOrder: 'random', listOrderEachRead: 'moves', lookAlikeRow: 'other', hiddenTemplateRow: 'on', noiseRows: 'on' }));

also('a deleted visit stands in the list, which is in no order', (t) =>
  done(t, ['alpha.6', 'gamma.4'], { listOrder: 'random', lookAlikeRow: 'cancelled', apptTimes: 'mixed' }));

also('the site finds nobody', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], faults: [{ path: 'searchpatient', do: 'patient_missing' }], exit: 1, fails: ['gamma.1 selectPatient patient_not_found'] });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 selectPatient patient_not_found' }, 'outcome');
});

test('a patient of the batch whom the site does not know', async (t) => {
  const ended = await t.run({ visits: ['absent.1', 'absent.2', 'beta.1'], exit: 1, fails: ['absent.1 selectPatient patient_not_found', 'absent.2 selectPatient patient_not_found'] });
  t.same(outcomesOf(ended), { 'absent.1': 'failed 1 selectPatient patient_not_found', 'absent.2': 'failed 1 selectPatient patient_not_found', 'beta.1': 'done 1' }, 'outcomes');
  await onlyTouched(t, ended, ['beta.1']);
});

also('the last row is missing', async (t) => {
  const ended = await t.run({ visits: ['gamma.6', 'gamma.1'], exit: 1, fails: ['gamma.6 openVisit visit_not_found'],
    faults: [{ path: 'waittinglistshow', do: 'row_missing', dos: 6 }] });
  t.same(outcomesOf(ended), { 'gamma.6': 'failed 1 openVisit visit_not_found', 'gamma.1': 'done 1' }, 'outcomes');
  await onlyTouched(t, ended, ['gamma.1']);
});

test('a visit whose row is gone at the second attempt is not another visit', async (t) => {
  let rowsGone = false;
  const ended = await t.run({ visits: ['gamma.2'], exit: 1, fails: ['gamma.2 saveSOAP network', 'gamma.2 openVisit visit_not_found'],
    faults: () => { rowsGone = false; return [{ path: 'ov_ptnote2018', method: 'POST', visit: 'gamma.2', nth: 1, do: 'drop' }]; },
    onEvent: (event, live) => {
      if (event.type !== 'retry' || rowsGone) return;
      rowsGone = true;
      live.standin.control('faults', [{ path: 'waittinglistshow', do: 'row_missing', dos: 2 }]);
    } });
  t.same(outcomesOf(ended), { 'gamma.2': 'failed 2 openVisit visit_not_found' }, 'outcome');
  await onlyTouched(t, ended, ['gamma.2']);
});

also('somebody has billed the visit before it is opened', (t) =>
  failsOnce(t, 'openVisit', 'already_billed', [{ path: 'ov_doctor_spec', visit: 'gamma.1', do: 'already_billed' }]));

test('somebody bills the visit while it is open', (t) =>
  failsOnce(t, 'generateBilling', 'already_billed', [{ path: 'checkout2006_spec', method: 'GET', visit: 'gamma.1', nth: 1, do: 'already_billed' }],
    { codePosts: 1, codeSaves: 1, notePosts: 1, noteSaves: 1, billPosts: 0, bills: 0 }));

also('the visit cannot be edited', (t) => failsOnce(t, 'openVisit', 'no_write_access', [{ path: 'ov_doctor_spec', visit: 'gamma.1', do: 'not_editable' }]));

test('the visit shows another patient', (t) => failsOnce(t, 'openVisit', 'wrong_patient', [{ path: 'ov_doctor_spec', visit: 'gamma.1', do: 'wrong_banner' }]));

for (const autoClose of [0, 800])
  (autoClose ? test : also)(`the visit closes by itself ${autoClose} ms after it is billed`, (t) => done(t, ['gamma.1', 'gamma.2'], { autoClose }));

test('the visit closes by itself before it is billed', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], exit: 0, faults: [{ path: 'ov_ptnote2018', method: 'GET', visit: 'gamma.1', nth: 1, do: 'auto_close', ms: 0 }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 2' }, 'outcome');
  await allDone(t, ended);
});

for (const secondWorkArea of ['after', 'before'])
  (secondWorkArea === 'before' ? test : also)(`a person's visit stands open ${secondWorkArea} ours and is left alone`, async (t) => {
    const ended = await done(t, ['gamma.1', 'beta.1'], { secondWorkArea });
    const { visits } = await ended.standin.control('truth');
    const theirs = visits.filter((visit) => /HUMAN/.test(visit.name));
    t.same([theirs.length > 0, theirs.some((visit) => visit.closes > 0)], [true, false], 'it is still open');
  });

also('the note page asks what kind of note it is', (t) => done(t, ['gamma.1', 'gamma.2'], { ptNotePopup: 'on' }));

test('soap-only writes the note and touches neither codes nor bill', async (t) => {
  const { batchOf } = await import('./engine_batch.mjs');
  const visits = ['gamma.1', 'beta.1'];
  const ended = await t.run({ visits, batch: batchOf(visits, { mode: 'soap-only' }), exit: 0, fails: [] });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'beta.1': 'done 1' }, 'outcomes');
  for (const label of visits) t.same(countsOf(await ended.truth(label)), { ...NOTHING, notePosts: 1, noteSaves: 1 }, `${label}: the note alone`);
});

await runCases('tests/live/engine_charts.test.mjs');
