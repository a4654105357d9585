'use strict';
// The model as the pages want it: flat rows of numbers become objects when they are asked
// for, one visit at a time, so that ten thousand visits cost nothing until they are seen.
const model = JSON.parse(document.getElementById('model').textContent);
const RUN_NAMES = ['A', 'B', 'C'];

const PHASES = {
  find: ['openWaitingRoom', 'searchPatient', 'selectPatient', 'sortVisits', 'openVisit'],
  codes: ['navigateICD', 'readDiagnosis', 'addICD', 'addCPT', 'saveDiagnosis'],
  note: ['navigatePTNote', 'readNote', 'fillSOAP', 'saveSOAP'],
  bill: ['navigateCheckout', 'readBilling', 'generateBilling'],
};
const PHASE_WORDS = { start: 'browser and session', find: 'find the visit', codes: 'codes', note: 'note', bill: 'bill', close: 'close' };
const phaseOf = (name) => Object.keys(PHASES).find((phase) => PHASES[phase].includes(name)) ?? (name === 'closeVisit' ? 'close' : 'start');
const isChange = (name) => ['saveDiagnosis', 'saveSOAP', 'generateBilling'].includes(name);

const OUTCOMES = {
  done: ['\u2713', 'done'], failed: ['\u2715', 'failed'], needs_review: ['!', 'needs review'], interrupted: ['\u25fc', 'interrupted'],
  not_attempted: ['\u2013', 'not attempted'], undecided: ['?', 'undecided'], unended: ['\u2026', 'not ended'],
};
const outcomeOf = (visit) => visit.outcome ?? 'unended';

function rows(flat, names) {
  const made = [];
  for (let i = 0; i < (flat ?? []).length; i += names.length) made.push(Object.fromEntries(names.map((name, k) => [name, flat[i + k]])));
  return made;
}

// Of a visit: its steps, with the operations in each.
function stepsOf(visit) {
  const steps = rows(visit.steps, ['attempt', 'step', 'begin', 'took', 'kind']);
  for (const step of steps) {
    step.name = model.steps[step.step];
    step.pending = step.kind < 0;
    step.failed = step.kind > 0;
    step.errorKind = step.failed ? model.kinds[step.kind][0] : '';
    step.ops = [];
  }
  for (const op of opsOf(visit)) {
    const step = steps.find((one) => one.attempt === op.attempt && one.step === op.step && op.begin >= one.begin - 2 && op.begin <= one.begin + one.took + 2);
    if (step) step.ops.push(op);
  }
  return steps;
}

function opsOf(visit) {
  const ops = rows(visit.ops, ['attempt', 'step', 'operation', 'begin', 'waited', 'budget', 'end', 'kind', 'late']);
  for (const op of ops) {
    op.name = model.operations[op.operation];
    op.end = model.ends[op.end];
    op.givenUp = op.end === 'given_up' || op.end === 'late';
    op.failed = op.kind > 0 || op.givenUp || op.end === 'crashed' || op.end === 'gone' || op.end === 'refused';
  }
  return ops;
}

const waitsOf = (visit) => rows(visit.waits, ['begin', 'wait', 'attempt', 'step', 'kind']);
const labelOf = (visit) => `p${visit.patient}.v${visit.dos}`;
// What a visit took; of one without an end, as far as is known.
function lengthOf(visit) {
  if (visit.duration !== undefined && visit.outcome !== 'not_attempted') return visit.duration;
  const flat = visit.steps;
  return flat.length ? flat[flat.length - 3] + flat[flat.length - 2] : 0;
}

// Its marks, by visit.
for (const run of model.runs) {
  run.marksOf = new Map();
  for (const mark of run.marks)
    if (mark.visit !== undefined) run.marksOf.set(mark.visit, [...(run.marksOf.get(mark.visit) ?? []), mark]);
  run.pages = new Map((run.explained?.visits ?? []).map((page) => [`${page.patient}.v${page.dos}`, page]));
}

// A row a visit, by label; with several runs what differs.
const allRows = [];
{
  const byLabel = new Map();
  model.runs.forEach((run, r) => run.visits.forEach((visit, index) => {
    const label = labelOf(visit);
    if (!byLabel.has(label)) {
      byLabel.set(label, { label, visits: [], marks: [], patient: visit.patient, dos: visit.dos });
      allRows.push(byLabel.get(label));
    }
    const row = byLabel.get(label);
    row.visits[r] = visit;
    row.marks[r] = run.marksOf.get(index) ?? [];
  }));
  if (model.runs.length > 1) allRows.sort((a, b) => a.patient - b.patient || a.dos - b.dos);
}

const DIFFERING = { outcome: 'outcome', attempt: 'tries', step: 'failed step', errorKind: 'error' };
function differences(row) {
  const found = [], first = row.visits[0];
  for (let r = 1; r < model.runs.length; r++) {
    const other = row.visits[r];
    if (!first || !other) {
      if (first || other) found.push(`${RUN_NAMES[first ? r : 0]} has no such visit`);
      continue;
    }
    for (const key of Object.keys(DIFFERING))
      if (first[key] !== other[key]) found.push(`${DIFFERING[key]}: A ${first[key] ?? 'none'}, ${RUN_NAMES[r]} ${other[key] ?? 'none'}`);
    const by = lengthOf(other) - lengthOf(first);
    if (Math.abs(by) > Math.max(500, lengthOf(first) / 5)) found.push(`${RUN_NAMES[r]} took ${duration(Math.abs(by))} ${by > 0 ? 'longer' : 'less'}`);
  }
  return found;
}

// Words that a person may look for.
function wordsOf(row) {
  const words = [];
  for (const [r, visit] of row.visits.entries()) {
    if (!visit) continue;
    words.push(outcomeOf(visit), visit.class, visit.errorKind ?? '');
    for (let i = 0; i < visit.steps.length; i += 5)
      if (visit.steps[i + 4] > 0) words.push(model.steps[visit.steps[i + 1]], model.kinds[visit.steps[i + 4]][0], `a${visit.steps[i]}`);
    if ((visit.attempt ?? 1) > 1) words.push('retried');
    for (const mark of row.marks[r]) words.push(mark.mark, mark.word ?? '');
  }
  return words;
}
