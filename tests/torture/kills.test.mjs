// kill -9 at random moments of a run of a hundred visits over the model of the EHR, in its
// resumes too, until so many have happened: 200 in `make torture`, 20 otherwise. The journal
// is written in pieces with pauses between, so that kills fall inside a line. At every stop
// the journal folds; in the end each visit is on its chart once - or for review, where a
// kill fell between the intent of its bill and the result.
//   node tests/torture/kills.test.mjs [KILLS] [SEED]
import { ok, finish } from '../standin/tap.mjs';
import { chartProblems, chartsOf, drawn, forget, full, go, journalOf, newRun } from './torture.mjs';

const wanted = Number(process.argv[2] || (full ? 200 : 20));
const seed = Number(process.argv[3] || 1);
const random = drawn(seed);
const batch = 'fixtures/batches/clinic-100.json';
const slow = { DISK_PIECE: '40', DISK_PAUSE_US: '150', DISK_SKIP_SYNC: '1' };

const kills = { all: 0, inResume: 0, inLine: 0, openIntent: 0, openBill: 0, silent: 0 };

// How long an uncut run takes here, and one that finds nothing to do.
async function measure() {
  const r = newRun(batch);
  const began = Date.now();
  await go(r, { disk: slow });
  const whole = Date.now();
  await go(r, { disk: slow });
  forget(r);
  return { wholeMs: whole - began, startMs: Date.now() - whole };
}

function countKill(before, after, resumed) {
  const open = Object.values(after.open);
  kills.all++;
  kills.inResume += resumed;
  kills.inLine += after.torn > 0;
  kills.openIntent += open.length > 0;
  kills.openBill += open.includes('generateBilling');
  kills.silent += after.records.length === before.records.length && after.torn === before.torn;
}

// One batch to its end, killed on the way. Gives what is wrong.
async function killedBatch(pace) {
  const r = newRun(batch);
  const mayReview = new Set();
  let problems = [], before = journalOf(r);
  for (let runs = 1; ; runs++) {
    const killAfter = kills.all < wanted ? pace.startMs / 2 + random() * (pace.wholeMs / 6) : undefined;
    const ended = await go(r, { disk: slow, killAfter });
    const after = journalOf(r);
    for (const [visit, step] of Object.entries(after.open)) if (step === 'generateBilling') mayReview.add(visit);
    if (ended.signal === 'SIGKILL' && killAfter) {
      countKill(before, after, runs > 1);
      before = after;
      continue;
    }
    if (ended.code !== 0 && ended.code !== 8) problems.push(`run ${runs} ended with ${ended.signal || ended.code}: ${ended.errors.trim()}`);
    problems.push(...chartProblems(await chartsOf(r), after.outcomes, mayReview));
    const again = await go(r);
    if (again.code !== ended.code || again.out !== '') problems.push(`a run of a finished batch ended with ${again.code} and did something`);
    forget(r);
    return { problems, reviews: Object.values(after.outcomes).filter((each) => each === 'needs_review').length };
  }
}

const pace = await measure();
let batches = 0, reviews = 0;
const problems = [];
while (kills.all < wanted && problems.length < 10) {
  const ended = await killedBatch(pace);
  batches++;
  reviews += ended.reviews;
  problems.push(...ended.problems);
}
console.log(`# seed ${seed}: ${kills.all} kills over ${batches} batches of 100 visits: ${kills.inResume} in a resume, ${kills.inLine} inside a line of the journal, `
  + `${kills.openIntent} between an intent and its result (${kills.openBill} of a bill), ${kills.silent} before anything was written; ${reviews} visits for review`);
ok(problems.length === 0, `${wanted} times kill -9 at random moments of a run and its resumes: each visit is on its chart once`, problems.slice(0, 10).join('\n  # '));
ok(kills.inResume > 0 && kills.inLine > 0 && kills.openIntent > 0, 'kills fell in resumes, inside lines, and between an intent and its result', kills);
finish();
