// What recording costs a live run: the first visits of clinic-100 in a real Chromium
// against the stand-in EHR, in turns: not recorded, recorded as it is (sealed, for there is no other such
// recording), and recorded clean. What it costs is the difference in processor time of the engine's own process; a live run's
// is that and Chromium's. Null where there is no stand-in or no browser.
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const TURNS = 3;
const VISITS = 10;

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

async function oneRun(build, work, base, batch, state, how) {
  const runDir = join(work, 'live-run'), recording = join(work, 'live-recording'), raw = join(work, 'live-raw.rvt');
  for (const path of [runDir, recording, raw]) rmSync(path, { recursive: true, force: true });
  const answer = await fetch(base + '/__standin/reset', { method: 'POST', body: '{}' });
  if (!answer.ok) throw new Error(`reset: status ${answer.status}`);
  const args = ['1', join(build, 'revisit'), 'run', batch, '--base-url', base, '--state', state,
    '--run-dir', runDir, ...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...{ without: [], raw: ['--record-raw', raw, '--seal-to', join(work, 'live.key.pub')], clean: ['--record', recording] }[how]];
  return JSON.parse(execFileSync(join(work, 'process'), args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
}

export async function recordingCost(build, work, median) {
  const browser = ['chromium-headless-shell', 'chromium'].find(name => spawnSync('sh', ['-c', `command -v ${name}`]).status === 0);
  if (!existsSync(join(build, 'standin')) || !(browser || process.env.REVISIT_BROWSER)) return null;
  const state = join(work, 'live-state.json'), batch = join(work, 'live-batch.json');
  writeFileSync(batch, JSON.stringify(firstVisits('fixtures/batches/clinic-100.json', VISITS)));
  const standin = await startStandin(build, batch, state);
  const own = { without: [], raw: [], clean: [] }, whole = [];
  rmSync(join(work, 'live.key'), { force: true });
  rmSync(join(work, 'live.key.pub'), { force: true });
  execFileSync(join(build, 'revisit'), ['key', 'new', join(work, 'live.key')], { stdio: 'ignore' });
  try {
    for (let turn = 0; turn < TURNS; turn++)
      for (const how of Object.keys(own)) {
        const run = await oneRun(build, work, standin.base, batch, state, how);
        if (run.exit) throw new Error(`a live run ended with ${run.exit}`);
        own[how].push(run.cpu_us[0] / 1000 / VISITS);
        if (how === 'without') whole.push(run.tree_us[0] / 1000 / VISITS);
      }
  } finally {
    standin.child.kill('SIGTERM');
  }
  const without = median(own.without), more = how => median(own[how]) - without, percent = how => 100 * more(how) / median(whole);
  return { runs: TURNS, visits: VISITS, with_ms: median(own.clean), without_ms: without, whole_ms: median(whole), ms_a_visit: more('clean'),
    raw_percent: percent('raw'), clean_percent: percent('clean') };
}
