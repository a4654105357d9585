// clinic-3 recorded anew on a real Chromium: the engine sends the same commands in the
// same order as in the committed recording, sees the whole frame tree, and the new
// recording replays to the log that the run printed.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const build = process.env.BUILD ?? 'build';
const recipe = JSON.parse(readFileSync('fixtures/recipes/clinic-3.json', 'utf8'));
const batch = join('fixtures/batches', recipe.batch);

function entriesOf(dir) {
  return readFileSync(join(dir, 'session.ndjson'), 'utf8').trim().split('\n').map(line => JSON.parse(line));
}

// What is asked of the page, without what rides beside it: budget, start-by, nonce.
function identity(expression) {
  return expression.replace(/,\{"budget":[^{}]*\}\)$/, ')');
}

// Continued GETs come when the browser asks, so their order is not the engine's.
// A visit's id is a stand-in, another in each recording: which visit of the run it is stays.
function visitsInOrder(expression, seen) {
  return expression.replace(/"visitId":"([^"]*)"/, (_, id) => `"visitId":"visit ${(seen.includes(id) ? seen : (seen.push(id), seen)).indexOf(id)}"`);
}

function commands(entries) {
  const seen = [];
  return entries.filter(entry => entry.send && !entry.send.method.startsWith('Fetch.'))
    .map(entry => entry.send.method === 'Runtime.evaluate' ? visitsInOrder(identity(entry.send.params.expression), seen) : entry.send.method);
}

function framesSeen(entries) {
  return new Set(entries.filter(entry => entry.bytes?.method === 'Page.frameAttached').map(entry => entry.bytes.params.frameId)).size;
}

function startStandin(state) {
  const child = spawn(join(build, 'standin'), ['--batch', batch, '--seed', String(recipe.seed), '--write-state', state], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  return new Promise(resolve => createInterface({ input: child.stdout }).once('line', line =>
    resolve({ child, base: JSON.parse(line).base })));
}

test('clinic-3 recorded anew asks the same in the same order', async () => {
  const work = mkdtempSync(join(tmpdir(), 'revisit-again-'));
  const { child, base } = await startStandin(join(work, 'state.json'));
  try {
    const args = ['run', batch, '--base-url', base, '--state', join(work, 'state.json'), '--record', join(work, 'recording'),
      '--run-dir', join(work, 'run'), ...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...recipe.options];
    const run = await new Promise(resolve => {
      const engine = spawn(join(build, 'revisit'), args, { stdio: ['ignore', 'pipe', 'pipe'] });
      const out = [], messages = [];
      engine.stdout.on('data', data => out.push(data));
      engine.stderr.on('data', data => messages.push(data));
      engine.once('close', code => resolve({ code, stdout: Buffer.concat(out).toString(), messages: messages.join('') }));
    });
    assert.equal(run.code, 0, run.messages);
    const now = entriesOf(join(work, 'recording'));
    const before = entriesOf('fixtures/clinic-3');
    assert.deepEqual(commands(now), commands(before));
    assert.ok(framesSeen(now) >= 92, `${framesSeen(now)} frames were seen`);
    const replayed = spawnSync(join(build, 'revisit'), ['replay', join(work, 'recording')], { encoding: 'utf8', maxBuffer: 1 << 26 });
    assert.equal(replayed.stdout, run.stdout);
    assert.equal(spawnSync(join(build, 'revisit'), ['recording', 'verify', join(work, 'recording')]).status, 0);
  } finally {
    child.kill('SIGTERM');
    rmSync(work, { recursive: true, force: true });
  }
});
