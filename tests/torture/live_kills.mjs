// kill -9 at random moments of a real run: twenty visits in a real Chromium against the
// stand-in, killed and gone on with (--resume) until so many kills have happened, over as
// many batches as that takes; then the stand-in's truth: each visit once, codes and note as
// in the batch, one bill - or for review, where a kill fell between the intent of its bill
// and the result. Every run that came to its end replays to the same bytes.
//   node tests/torture/live_kills.mjs [KILLS] [SEED]        (10, and one that it prints)
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ok, finish } from '../standin/tap.mjs';
import { startStandin } from '../standin/walk.mjs';
import { spelled } from '../live/engine_chart.mjs';
import { sectionsOf } from '../live/engine_batch.mjs';
import { build, drawn, journalOf, revisit, run, scratch } from './torture.mjs';

const VISITS = 20;
const wanted = Number(process.argv[2] || 10);
const seed = Number(process.argv[3] || Date.now() % 1000000);
const random = drawn(seed);
const [SHORTEST_MS, LONGEST_MS] = [300, 12000];

// The first twenty visits of the recorded day.
function batchOfTwenty() {
  const batch = JSON.parse(readFileSync('fixtures/batches/clinic-100.json', 'utf8'));
  let left = VISITS;
  const patients = batch.patients.map((patient) => ({ ...patient, visits: patient.visits.filter((visit) => visit.status === 'done' && left-- > 0) }));
  return { ...batch, patients: patients.filter((patient) => patient.visits.length) };
}

function problemsOf(planned, chart, outcome, mayReview) {
  const { visit, soapOnly, label } = planned;
  const problems = [];
  const expect = (what, got, want) => {
    if (JSON.stringify(got) !== JSON.stringify(want)) problems.push(`${label}, ${outcome}, ${what}: wanted ${JSON.stringify(want)}, got ${JSON.stringify(got)}`);
  };
  if (!chart) return [`${label} has no chart`];
  const reviewed = outcome === 'needs_review' && mayReview.has(label);
  if (!reviewed) expect('outcome', outcome, 'done');
  expect('icd', chart.icd, soapOnly ? [] : visit.icdCodes.map((each) => each.code));
  expect('cpt', chart.cpt.map(({ code, units }) => ({ code, units })), soapOnly ? [] : visit.cptCodes.map(({ code, units }) => ({ code, units })));
  expect('note', chart.note.slice(0, 4).map(spelled), sectionsOf(visit).map(spelled));
  if (!reviewed || chart.bills > 1) expect('bills', chart.bills, soapOnly ? 0 : 1);
  if (chart.billPosts > 1) expect('requests of a bill', chart.billPosts, 1);
  return problems;
}

function replayProblems(work, recording, ended) {
  return run(revisit, ['replay', join(work, recording)]).then((replayed) =>
    (replayed.code === 0 && replayed.out === ended.out ? [] : [`the replay of ${recording} ended with ${replayed.code} or in other bytes: ${replayed.errors}`]));
}

const count = { kills: 0, openIntent: 0, openBill: 0, inResume: 0, batches: 0, reviews: 0 };

// One batch to its end, killed on the way. Gives what is wrong.
async function killedBatch(standin, batch, planned) {
  const work = mkdtempSync(join(scratch, 'live-'));
  mkdirSync(join(work, 'tmp'));
  writeFileSync(join(work, 'batch.json'), JSON.stringify(batch));
  await standin.control('reset', {});
  writeFileSync(join(work, 'state.json'), JSON.stringify(await standin.control('state')));
  const journal = () => journalOf({ dir: join(work, 'run') });
  const mayReview = new Set(), problems = [];
  for (let runs = 1; ; runs++) {
    const killAfter = count.kills < wanted ? SHORTEST_MS + random() * (LONGEST_MS - SHORTEST_MS) : undefined;
    const args = ['run', join(work, 'batch.json'), '--base-url', standin.base, '--state', join(work, 'state.json'), '--run-dir', join(work, 'run'),
      '--record', join(work, `recording${runs}`), ...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...(journal().records.length ? ['--resume'] : [])];
    const ended = await run(revisit, args, { env: { TMPDIR: join(work, 'tmp') }, killAfter, limit: 600000 });
    const { open, outcomes, torn, records } = journal();
    for (const [visit, step] of Object.entries(open)) if (step === 'generateBilling') mayReview.add(visit);
    if (ended.signal === 'SIGKILL' && killAfter) {
      count.kills++;
      count.inResume += runs > 1;
      count.openIntent += Object.keys(open).length > 0;
      count.openBill += Object.values(open).includes('generateBilling');
      console.log(`# kill ${count.kills} after ${Math.round(killAfter)} ms, ${records.length} records, ${Object.keys(outcomes).length} of ${VISITS} visits settled`
        + `${Object.entries(open).map(([visit, step]) => `, ${visit} between intent and result of ${step}`).join('')}${torn ? ', inside a line' : ''}`);
      continue;
    }
    if (ended.code !== 0 && ended.code !== 8) problems.push(`run ${runs} ended with ${ended.signal || ended.code}: ${ended.errors.trim()}`);
    problems.push(...await replayProblems(work, `recording${runs}`, ended));
    const { visits } = await standin.control('truth');
    for (const each of planned)
      problems.push(...problemsOf(each, visits.find((chart) => chart.patient === each.patient && chart.dos === each.visit.dos), outcomes[each.label], mayReview));
    count.batches++;
    count.reviews += Object.values(outcomes).filter((each) => each === 'needs_review').length;
    rmSync(work, { recursive: true, force: true });
    return problems;
  }
}

const batch = batchOfTwenty();
const planned = batch.patients.flatMap((patient, index) => patient.visits.map((visit) =>
  ({ patient: index + 1, label: `p${index + 1}.v${visit.dos}`, visit, soapOnly: (patient.mode ?? batch.mode) === 'soap-only' })));
writeFileSync(join(scratch, 'twenty.json'), JSON.stringify(batch));
const standin = await startStandin(join(build, 'standin'), ['--batch', join(scratch, 'twenty.json')]);
const problems = [];
try {
  console.log(`# seed ${seed}`);
  while (count.kills < wanted && problems.length === 0) problems.push(...await killedBatch(standin, batch, planned));
} finally {
  await standin.stop();
}
console.log(`# ${count.kills} kills over ${count.batches} runs of ${VISITS} visits: ${count.inResume} in a resume, ${count.openIntent} between an intent and its result `
  + `(${count.openBill} of a bill); ${count.reviews} visits for review`);
ok(problems.length === 0, `${wanted} times kill -9 of a real run: each of its visits is on its chart once`, problems.slice(0, 10).join('\n  # '));
finish();
