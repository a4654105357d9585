// A live run of all 100 visits of clinic-100 in a real Chromium, the connection of
// every tenth billing dropped after the bill was created and before the answer:
// recorded, replayed to the same bytes, and on the stand-in's side each full visit
// billed exactly once.
//   node tests/live/hundred.test.mjs [--latency SCALE]
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ok, finish } from '../standin/tap.mjs';
import { startStandin } from '../standin/walk.mjs';

const build = process.env.BUILD ?? 'build';
const batchPath = 'fixtures/batches/clinic-100.json';
const latency = process.argv.indexOf('--latency') > 0 ? process.argv[process.argv.indexOf('--latency') + 1] : '0';

function plannedVisits() {
  const batch = JSON.parse(readFileSync(batchPath, 'utf8'));
  return batch.patients.flatMap((patient, index) => patient.visits.filter((visit) => visit.status === 'done')
    .map((visit) => ({ patient: index + 1, dos: visit.dos, soapOnly: (patient.mode ?? batch.mode) === 'soap-only', visit })));
}

function run(work, base) {
  const args = ['run', batchPath, '--base-url', base, '--state', join(work, 'state.json'), '--record', join(work, 'recording'),
    '--run-dir', join(work, 'run'), ...(process.getuid() === 0 ? ['--no-sandbox'] : [])];
  const engine = spawn(join(build, 'revisit'), args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const out = [];
  engine.stdout.on('data', (bytes) => out.push(bytes));
  return new Promise((resolve) => engine.once('close', (code) => resolve({ code, out: Buffer.concat(out) })));
}

function chartProblem(planned, chart) {
  if (!chart) return 'has no chart';
  if (chart.bills !== (planned.soapOnly ? 0 : 1)) return `was billed ${chart.bills} times`;
  if (!planned.soapOnly && chart.billPosts !== 1) return `had ${chart.billPosts} billing requests`;
  if (chart.noteSaves !== 1) return `had its note saved ${chart.noteSaves} times`;
  const codes = planned.soapOnly ? [] : planned.visit.cptCodes.map((code) => code.code);
  if (chart.cpt.map((code) => code.code).join() !== codes.join()) return 'holds other procedure codes than the batch';
  return '';
}

const work = mkdtempSync(join(tmpdir(), 'revisit-hundred-'));
const standin = await startStandin(join(build, 'standin'), ['--batch', batchPath, '--seed', '10', '--latency', latency]);
try {
  writeFileSync(join(work, 'state.json'), JSON.stringify(await standin.control('state')));
  await standin.control('faults', [{ path: 'checkout2006_spec', method: 'POST', every: 10, do: 'lose_answer' }]);
  const ended = await run(work, standin.base);
  ok(ended.code === 0, `all 100 visits are done (exit status ${ended.code})`);
  const { visits } = await standin.control('truth');
  for (const planned of plannedVisits()) {
    const chart = visits.find((visit) => visit.patient === planned.patient && visit.dos === planned.dos);
    const problem = chartProblem(planned, chart);
    ok(problem === '', `p${planned.patient}.v${planned.dos} is on the chart once${problem && ': it ' + problem}`);
  }
  const faults = await standin.control('faults');
  ok(faults.some((rule) => rule.hits >= 9), 'every tenth billing answer was dropped');
  const replayed = spawnSync(join(build, 'revisit'), ['replay', join(work, 'recording')], { maxBuffer: 1 << 28 });
  ok(replayed.status === 0 && replayed.stdout.equals(ended.out), 'the replay prints the same bytes');
} finally {
  await standin.stop();
  rmSync(work, { recursive: true, force: true });
}
finish();
