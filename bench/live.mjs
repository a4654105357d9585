// What recording costs a live run: the first visits of clinic-100 in a real Chromium
// against the stand-in EHR, with and without --record, in turns. Counted is the processor time of the engine's own
// process, Chromium's not. Null where there is no stand-in or no browser.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const TURNS = 5;
const VISITS = 20;

// The batch's patients up to so many visits to run.
function firstVisits(path, count) {
  const batch = JSON.parse(readFileSync(path, 'utf8'));
  let left = count;
  const take = visit => visit.status === 'done' && left-- > 0;
  return { ...batch, patients: batch.patients.map(patient => ({ ...patient, visits: patient.visits.filter(take) })).filter(patient => patient.visits.length) };
}

function startStandin(build, batch, state) {
  const child = spawn(join(build, 'standin'), ['--batch', batch, '--seed', '1', '--write-state', state],
    { stdio: ['ignore', 'pipe', 'ignore'] });
  return new Promise((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', line => resolve({ child, base: JSON.parse(line).base }));
    child.once('exit', code => reject(new Error(`the stand-in ended with ${code}`)));
  });
}

async function oneRun(build, work, base, batch, state, record) {
  const runDir = join(work, 'live-run'), recording = join(work, 'live-recording');
  for (const path of [runDir, recording]) rmSync(path, { recursive: true, force: true });
  const answer = await fetch(base + '/__standin/reset', { method: 'POST', body: '{}' });
  if (!answer.ok) throw new Error(`reset: status ${answer.status}`);
  const args = ['1', join(build, 'revisit'), 'run', batch, '--base-url', base, '--state', state,
    '--run-dir', runDir, ...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...(record ? ['--record', recording] : [])];
  return JSON.parse(execFileSync(join(work, 'process'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

export async function recordingCost(build, work, median) {
  const browser = ['chromium-headless-shell', 'chromium'].find(name => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
  if (!existsSync(join(build, 'standin')) || !(browser || process.env.REVISIT_BROWSER)) return null;
  const state = join(work, 'live-state.json'), batch = join(work, 'live-batch.json');
  writeFileSync(batch, JSON.stringify(firstVisits('fixtures/batches/clinic-100.json', VISITS)));
  const standin = await startStandin(build, batch, state);
  const cost = { with: [], without: [] };
  try {
    for (let turn = 0; turn < TURNS; turn++)
      for (const record of [false, true]) {
        const run = await oneRun(build, work, standin.base, batch, state, record);
        if (run.exit) throw new Error(`a live run ended with ${run.exit}`);
        cost[record ? 'with' : 'without'].push(run.cpu_us[0] / 1000 / VISITS);
      }
  } finally {
    standin.child.kill('SIGTERM');
  }
  return { runs: TURNS, visits: VISITS, with_ms: median(cost.with), without_ms: median(cost.without), ms_a_visit: median(cost.with) - median(cost.without) };
}
