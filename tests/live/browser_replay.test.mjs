// revisit run --replay-network: a real Chromium whose every request is answered from
// fixtures/clinic-3. It has no network at all, the visits end as they did, and a batch that
// asks for something else is told where, with the nearest request.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const build = process.env.BUILD ?? 'build';
const BATCH = 'fixtures/batches/clinic-3.json';

const read = (path) => { try { return readFileSync(path, 'utf8'); } catch { return ''; } };
const link = (path) => { try { return readlinkSync(path); } catch { return ''; } };
const parentOf = (pid) => Number(read(`/proc/${pid}/stat`).replace(/^.*\) \S /s, '').split(' ')[0]);
const childrenOf = (parent) => readdirSync('/proc').filter((pid) => /^\d+$/.test(pid) && parentOf(pid) === parent);

// What the browser is seen to have, looked at whenever an event comes.
function look(engine, seen) {
  for (const pid of childrenOf(engine)) {
    const interfaces = read(`/proc/${pid}/net/dev`).split('\n').slice(2).map((line) => line.split(':')[0].trim()).filter(Boolean);
    if (/chromium/.test(read(`/proc/${pid}/cmdline`)) && interfaces.length)
      seen.push({ interfaces: interfaces.join(), isOwn: link(`/proc/${pid}/ns/net`) !== link('/proc/self/ns/net') });
  }
}

function replay(work, batch) {
  const args = ['run', batch, '--replay-network', 'fixtures/clinic-3', '--virtual-time', '--run-dir', join(work, 'run'),
    ...(process.getuid() === 0 ? ['--no-sandbox'] : [])];
  return new Promise((resolve) => {
    // Budgets are of real time, which is not what is tried here.
    const engine = spawn(join(build, 'revisit'), args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, TIMEOUT_MULTIPLIER: '5' } });
    const out = [], messages = [], seen = [];
    engine.stdout.on('data', (data) => { out.push(data); look(engine.pid, seen); });
    engine.stderr.on('data', (data) => messages.push(data));
    engine.once('close', (code) => resolve({ code, seen, messages: messages.join(''),
      events: Buffer.concat(out).toString().trim().split('\n').map((line) => JSON.parse(line)) }));
  });
}

async function within(use) {
  const work = mkdtempSync(join(tmpdir(), 'revisit-offline-'));
  try {
    await use(work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

test('three visits are done in a browser without a network', () => within(async (work) => {
  const run = await replay(work, BATCH);
  assert.equal(run.code, 0, run.messages);
  assert.deepEqual(run.events.filter((event) => event.type === 'visit_result').map((event) => `${event.outcome} ${event.attempt}`),
    ['done 1', 'done 1', 'done 1']);
  assert.match(run.messages, /every request is answered from fixtures\/clinic-3; the browser has/);
  if (/namespace of its own/.test(run.messages)) {
    assert.ok(run.seen.length > 0, 'the browser was never seen');
    assert.deepEqual(run.seen.filter((one) => !one.isOwn || one.interfaces !== 'lo'), []);
  }
  const journal = read(join(work, 'run', 'journal.ndjson')).trim().split('\n').map((line) => JSON.parse(line));
  assert.equal(journal[0].settings.replay_network, true);
}));

test('another code than the recorded one is a divergence at the save', () => within(async (work) => {
  const batch = JSON.parse(readFileSync(BATCH, 'utf8'));
  batch.data.patients[0].visits.find((visit) => visit.status === 'done').cptCodes[0].code = '99204';
  writeFileSync(join(work, 'batch.json'), JSON.stringify(batch));
  const run = await replay(work, join(work, 'batch.json'));
  assert.equal(run.code, 6, run.messages);
  assert.match(run.messages, /diverged: the page asked for the same with another value \(field_differs\)\n {2}request {3}POST \/eClinic\/ov_icdcpt\.aspx, in p1\.v1\.a1\.saveDiagnosis\n {2}field {5}form field \w+/);
  assert.match(run.messages, /\n {2}nearest {3}network\.ndjson:442, POST \/eClinic\/ov_icdcpt\.aspx, in p1\.v1\.a1\.saveDiagnosis: its form field/);
  assert.doesNotMatch(run.messages, /99204|99203/);
}));
