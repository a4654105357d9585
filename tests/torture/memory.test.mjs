// No memory at the n-th call, once or from then on, for every n of a replay of three visits
// and of a run of three visits over the model of the EHR. A replay prints the whole log, or
// ends with 9 and a sentence, its log a beginning of the true one and then nothing but
// visits that were not finished. A run can be gone on with. No signal, ever.
//   TORTURE=full node tests/torture/memory.test.mjs [RECORDING]
import { ok, finish } from '../standin/tap.mjs';
import { chartProblems, chartsOf, finishProblems, forget, full, go, journalOf, newRun, problemsOfEach, revisit, runUnder, sample } from './torture.mjs';

const recording = process.argv[2] || 'fixtures/clinic-3';
const ways = [['', 'once'], ['+', 'and from then on']];

const replay = (fail) => runUnder('failing_malloc', fail ? { MALLOC_FAIL: fail } : {}, revisit, ['replay', recording]);

// Lines that say how a run is broken off - by a browser of which nothing could be read - and
// no more than that.
function saysNoMore(line) {
  if (!line.endsWith('}')) return true;
  const event = JSON.parse(line);
  if (event.type === 'visit_result') return ['interrupted', 'not_attempted'].includes(event.outcome);
  return event.type === 'step' ? event.errorKind : ['progress', 'batch_summary', 'browser', 'retry'].includes(event.type);
}

function logProblems(log, truth) {
  const said = log.split('\n').filter(Boolean), wanted = truth.split('\n');
  const at = said.findIndex((line, index) => line !== wanted[index]);
  if (at < 0) return [];
  const wrong = said.slice(at).filter((line, index) => !(index === 0 && wanted[at]?.startsWith(line)) && !saysNoMore(line));
  return wrong.slice(0, 1).map((line) => `a line that is not of the true log: ${line}`);
}

function replayProblems(ended, truth) {
  if (ended.signal) return [`signal ${ended.signal}: ${ended.errors.trim()}`];
  if (ended.code === truth.code) return ended.out === truth.out ? [] : [`status ${ended.code} with another log`];
  if (ended.code !== 9) return [`status ${ended.code}: ${ended.errors.trim()}`];
  if (!/^revisit: .{10,}$/m.test(ended.errors)) return ['no sentence'];
  return logProblems(ended.out, truth.out);
}

async function tortureReplay() {
  const truth = await replay();
  const calls = truth.counts[0];
  ok(calls > 100 && truth.counts[1] === 0, `a replay of ${recording} asks ${calls} times for memory`);
  for (const [sign, way] of ways) {
    const some = sample(1, calls, full ? calls : 500);
    const statuses = {};
    const problems = await problemsOfEach(some, async (n) => {
      const ended = await replay(`${n}${sign}`);
      statuses[ended.code] = (statuses[ended.code] ?? 0) + 1;
      if (ended.counts[1] === 0) return [`call ${n}: it did not come to that`];
      return replayProblems(ended, truth).map((each) => `call ${n}: ${each}`);
    });
    ok(problems.length === 0, `no memory at the n-th call of a replay, ${way}: a whole log, or exit 9 and a beginning of it`, problems.join('\n  # '));
    console.log(`# ${some.length} of ${calls} calls; exit statuses ${JSON.stringify(statuses)}`);
  }
}

// A visit may have failed for want of memory: settled, and then nothing was billed.
function runProblems(ended, r) {
  if (ended.signal) return [`signal ${ended.signal}: ${ended.errors.trim()}`];
  if (![0, 1, 9].includes(ended.code)) return [`status ${ended.code}: ${ended.errors.trim()}`];
  if (ended.code === 9 && !/^modelled_run: .{10,}$/m.test(ended.errors)) return ['no sentence'];
  return journalOf(r).torn ? ['a torn line'] : [];
}

async function tortureRun() {
  const batch = 'fixtures/batches/clinic-3.json';
  const plain = newRun(batch);
  const calls = (await go(plain, { malloc: {} })).counts[0];
  ok(calls > 50 && chartProblems(await chartsOf(plain), journalOf(plain).outcomes).length === 0, `a run of three visits asks ${calls} times for memory`);
  for (const [sign, way] of ways) {
    const some = sample(1, calls, full ? calls : 150);
    const statuses = {};
    const problems = await problemsOfEach(some, async (n) => {
      const r = newRun(batch);
      const ended = await go(r, { malloc: { MALLOC_FAIL: `${n}${sign}` } });
      statuses[ended.code] = (statuses[ended.code] ?? 0) + 1;
      const open = new Set(Object.entries(journalOf(r).open).filter(([, step]) => step === 'generateBilling').map(([visit]) => visit));
      const found = [...runProblems(ended, r), ...await finishProblems(r, open)];
      forget(r);
      return found.map((each) => `call ${n}: ${each}`);
    });
    ok(problems.length === 0, `no memory at the n-th call of a run, ${way}: a clean end, and the next run finishes`, problems.join('\n  # '));
    console.log(`# ${some.length} of ${calls} calls; exit statuses ${JSON.stringify(statuses)}`);
  }
}

await tortureReplay();
await tortureRun();
finish();
