// revisit status from outside: what it says of a directory whatever its run came to, that
// it changes nothing there and hinders nobody, and that no stream on stdin harms it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync, execFileSync } from 'node:child_process';
import { chmodSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BATCH, PROGRAM, bounded, environment, fresh, put, refused, revisit, runArguments, said, tellsNobody } from './revisit.mjs';
import { crc32c, ended, intent, journalText, pinned, runDir, runEnd, runStart } from './run_dir.mjs';

function told(r) {
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stderr, '', said(r));
  return r.stdout;
}
const human = (...args) => told(revisit(['status', ...args]));
function json(...args) {
  const text = human(...args, '--json');
  assert.match(text, /^\{.*\}\n$/, 'one object on one line');
  return JSON.parse(text);
}
const piped = (input, ...args) => told(bounded(['status', '-', ...args], { input, stdio: ['pipe', 'pipe', 'pipe'] }));

test('the checksum of these tests is the journal’s', () => assert.equal(crc32c('123456789'), 'e3069283'));

test('a run that could not begin has failed by its environment, and may be gone on with', () => {
  const dir = fresh('run');
  assert.equal(revisit(runArguments(BATCH, { more: ['--run-dir', dir] })).status, 9);
  const status = json(dir);
  assert.equal(status.status, 'failed');
  assert.equal(status.outcome, 'environment');
  assert.equal(status.exitCode, 9);
  assert.equal(status.total, 3);
  assert.equal(status.notAttempted, 3);
  assert.match(status.startedAt, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  assert.ok(Math.abs(Date.parse(status.startedAt) - Date.now()) < 60000, status.startedAt);
  assert.ok(Date.parse(status.finishedAt) >= Date.parse(status.startedAt));
  assert.deepEqual(status.lines, readFileSync(join(dir, 'events.ndjson'), 'utf8').trimEnd().split('\n'));
  const r = revisit(['status', dir]);
  assert.ok(r.stdout.includes(`--resume --run-dir ${dir}\n`), r.stdout);
  tellsNobody(r);
});

test('a run that ended: counts, visits, and which charts a person must look at', () => {
  const dir = runDir([runStart(3), ended(1, 1, 'done'), pinned(3, 2), intent(3, 2, 'generateBilling'),
    ended(3, 2, 'needs_review', { step: 'generateBilling', errorKind: 'timeout' }),
    ended(2, 1, 'failed', { step: 'selectPatient', errorKind: 'patient_not_found' }), runEnd('complete', 8)]);
  assert.deepEqual(json(dir), { batchId: 'clinic', status: 'done', outcome: 'complete', startedAt: '2026-11-25T13:43:01.123Z',
    finishedAt: '2026-11-25T13:43:03.623Z', exitCode: 8, resumable: false, runs: 1, total: 3, settled: 3, running: 0, succeeded: 1, failed: 1,
    needsReview: 1, interrupted: 0, notAttempted: 0, visitResults: [
      { patient: 'p1', dos: 1, success: true, outcome: 'done', duration: 900, attempts: 1, settled: true },
      { patient: 'p2', dos: 1, success: false, outcome: 'failed', step: 'selectPatient', errorKind: 'patient_not_found', duration: 900, attempts: 1, settled: true },
      { patient: 'p3', dos: 2, success: false, outcome: 'needs_review', step: 'generateBilling', errorKind: 'timeout', duration: 900, attempts: 1, settled: true }],
    lines: [] });
  const text = human(dir);
  assert.match(text, /^clinic: done: every visit was tried\n {2}run 1, begun 2026-11-25T13:43:01.123Z, .*exit status 8\n/);
  assert.ok(text.indexOf('look at these charts') < text.indexOf('p3.v2  needs_review') && text.indexOf('p3.v2') < text.indexOf('failed:\n'), text);
});

test('an empty journal is idle, and so is a lock alone', () => {
  assert.equal(json(runDir('')).status, 'idle');
  const dir = runDir('');
  rmSync(join(dir, 'journal.ndjson'));
  rmSync(join(dir, 'events.ndjson'));
  assert.deepEqual(json(dir).visitResults, []);
  assert.match(human(dir), /^idle: no run has begun\n$/);
});

// `flock` holds the lock as a run would, and says so.
async function whileHeld(dir, deed) {
  const holder = spawn('flock', ['-x', join(dir, 'lock'), 'sh', '-c', 'echo held; read _'], { stdio: ['pipe', 'pipe', 'inherit'] });
  await new Promise(held => holder.stdout.once('data', held));
  try {
    return await deed(holder.pid);
  } finally {
    holder.stdin.end();
    await new Promise(over => holder.once('exit', over));
  }
}

test('a run without an end runs while a process holds its lock, and was killed after that', async () => {
  const dir = runDir([runStart(3), ended(1, 1, 'done'), pinned(1, 2), intent(1, 2, 'saveSOAP')]);
  await whileHeld(dir, pid => {
    const status = json(dir);
    assert.equal(status.status, 'running');
    assert.equal(status.process, pid);
    assert.equal(status.outcome, undefined);
    assert.equal(status.exitCode, undefined);
    assert.equal(status.finishedAt, undefined);
    assert.deepEqual(status.visitResults.map(visit => visit.outcome), ['done', 'running']);
    assert.match(human(dir), /running: process \d+\n[^]*now at p1\.v2\n/);
  });
  const after = json(dir);
  assert.equal(after.status, 'failed');
  assert.equal(after.outcome, 'killed');
  assert.equal(after.resumable, true);
  assert.deepEqual(after.visitResults.map(visit => visit.outcome), ['done', 'interrupted']);
});

test('a lock of another file is not this one’s', async () => {
  const dir = runDir([runStart(3)]), other = runDir([runStart(3)]);
  await whileHeld(other, () => assert.equal(json(dir).status, 'failed'));
});

test('a torn last line is dropped, however much of it there is', () => {
  const whole = journalText([runStart(2), ended(1, 1, 'done'), ended(2, 1, 'done')]);
  const before = journalText([runStart(2), ended(1, 1, 'done')]).length;
  for (let cut = before; cut < whole.length; cut += 7) {
    const status = json(runDir(whole.slice(0, cut)));
    assert.equal(status.settled, 1);
    assert.equal(status.status, 'failed');
    assert.equal(status.tornBytes, cut === before ? undefined : cut - before);
  }
});

test('a damaged journal is told by file and line, and nothing is said of the run', () => {
  const lines = journalText([runStart(2), ended(1, 1, 'done'), ended(2, 1, 'done'), runEnd('complete', 0)]).split('\n');
  lines[1] = lines[1].replace('done', 'dome');
  const dir = runDir(lines.join('\n'));
  for (const more of [[], ['--json']]) refused(revisit(['status', dir, ...more]), 7, /journal\.ndjson: line 2 is damaged/);
  refused(revisit(['status', runDir([runStart(2), ended(1, 1, 'done'), ended(1, 1, 'done')])]), 7, /journal\.ndjson: line 3: /);
});

test('a file that is no journal is not taken for a torn one', () => {
  for (const text of ['hello\n', '{"type":"batch_start"}\n', '\0'.repeat(100), 'x'])
    refused(revisit(['status', runDir(text)]), 2, /journal\.ndjson: this is no journal/);
  for (const text of ['{', '{"seq":', '{"seq":1,"crc":"00']) assert.equal(json(runDir(text)).status, 'idle');
});

test('what is no run directory is refused at once', () => {
  const odd = fresh('odd');
  mkdirSync(odd);
  execFileSync('mkfifo', [join(odd, 'fifo')]);
  symlinkSync('nowhere', join(odd, 'dangling'));
  const empty = fresh('empty');
  mkdirSync(empty);
  for (const [path, cause] of [[empty, /not a run directory: it holds neither/], [join(odd, 'nothing'), /No such file/], [join(odd, 'dangling'), /No such file/],
    [join(odd, 'fifo'), /not a directory/], ['/dev/zero', /not a directory/], [BATCH, /not a directory/], ['', /empty path/],
    ['fixtures/clinic-3', /a recording, not a run directory: revisit recording info/], ['a'.repeat(5000), /too long/]])
    refused(bounded(['status', path]), 2, cause);
  refused(revisit(['status']), 2, /name one run directory/);
  refused(revisit(['status', odd, odd]), 2, /name one run directory/);
  for (const lines of ['501', '-1', 'x', '']) refused(revisit(['status', odd, '--lines', lines]), 2, /--lines: .*0 to 500/);
});

test('what stands in the place of a journal, a log or a lock is not waited for', () => {
  for (const [name, make] of [['fifo', path => execFileSync('mkfifo', [path])], ['directory', path => mkdirSync(path)], ['zero', path => symlinkSync('/dev/zero', path)]])
    for (const file of ['journal.ndjson', 'events.ndjson']) {
      const dir = runDir([runStart(1)]);
      rmSync(join(dir, file));
      make(join(dir, file));
      const r = refused(bounded(['status', dir]), 2, /FIFO|device|directory/);
      assert.ok(r.stderr.includes(file), `${name}: ${r.stderr}`);
    }
  const dir = runDir([runStart(1)]);
  rmSync(join(dir, 'lock'));
  execFileSync('mkfifo', [join(dir, 'lock')]);
  assert.equal(json(dir).status, 'failed');
});

// A run, as far as its directory shows it: for each byte on its stdin the journal grows by
// thirty odd pieces, and now and then a torn line is cut off, as a resume does.
const WRITER = `
const fs = require('fs'), [path, from] = process.argv.slice(1), text = fs.readFileSync(from);
const fd = fs.openSync(path, 'r+'), word = Buffer.alloc(1);
let at = 0, turn = 0;
while (fs.readSync(0, word) === 1)
  for (let piece = 0; piece < 30; piece++, turn++) {
    const end = Math.min(at + 1 + turn % 97, text.length);
    fs.writeSync(fd, text, at, end - at, at);
    at = end;
    if (turn % 11 !== 10) continue;
    at = text.lastIndexOf(10, at - 1) + 1;
    fs.ftruncateSync(fd, at);
  }`;

test('a directory that is being written is read 200 times without a fault, and never goes back', async () => {
  const visits = 3000;
  const text = journalText([runStart(visits), ...Array.from({ length: visits }, (_, i) => ended(i + 1, 1, 'done')), runEnd('complete', 0)]);
  const dir = runDir('');
  const writer = spawn(process.execPath, ['-e', WRITER, join(dir, 'journal.ndjson'), put('journal', text)], { stdio: ['pipe', 'inherit', 'inherit'] });
  const over = new Promise(end => writer.once('exit', end));
  const seen = [0];
  for (let look = 0; look < 200; look++) {
    writer.stdin.write('.');
    const { status, settled } = json(dir);
    assert.ok(settled >= seen.at(-1), `${settled} after ${seen.at(-1)}`);
    assert.ok(['idle', 'failed', 'done'].includes(status), status);
    if (settled > seen.at(-1)) seen.push(settled);
  }
  writer.stdin.end();
  assert.equal(await over, 0);
  assert.ok(seen.length > 50, `it was read while it grew: ${seen}`);
});

test('a run that takes the lock is never hindered by who looks', async () => {
  const dir = runDir([runStart(3)]);
  const script = 'i=0; while [ $i -lt 200 ]; do "$0" status "$1" --json >"$2" || exit 1; i=$((i + 1)); done';
  const looking = spawn('sh', ['-c', script, PROGRAM, dir, fresh('out')], { env: environment(), stdio: 'inherit' });
  const over = new Promise(end => looking.once('exit', end));
  let taken = 0;
  for (let open = true; open; taken++) {
    assert.equal(spawnSync('flock', ['-n', '-x', join(dir, 'lock'), 'true']).status, 0, 'the lock was free');
    open = await Promise.race([over.then(() => false), new Promise(later => setImmediate(later, true))]);
  }
  assert.equal(await over, 0);
  assert.ok(taken > 20, `${taken} times`);
});

const stateOf = dir => readdirSync(dir).sort().map(name => [name, readFileSync(join(dir, name), 'latin1'), statSync(join(dir, name)).mtimeMs, statSync(join(dir, name)).mode])
  .concat([['.', statSync(dir).mtimeMs, statSync(dir).mode]]);
const AS_A_USER = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];

test('nothing in the directory changes, and it may be read-only', () => {
  const dir = runDir(`${journalText([runStart(2), ended(1, 1, 'done')])}{"seq":3,"crc`, '{"type":"batch_start"}\n{"typ');
  const home = mkdtempSync(join(tmpdir(), 'revisit-status-'));
  try {
    execFileSync('cp', ['-rp', dir, PROGRAM, home]);
    const copy = join(home, readdirSync(home).find(name => name !== 'revisit'));
    chmodSync(home, 0o755);
    for (const name of readdirSync(copy)) chmodSync(join(copy, name), 0o444);
    chmodSync(copy, 0o555);
    const before = stateOf(copy);
    for (const more of [[], ['--json'], ['--lines', '500']]) {
      const [command, ...args] = [...AS_A_USER, join(home, 'revisit'), 'status', copy, ...more];
      const r = spawnSync(command, args, { encoding: 'utf8', env: environment({ HOME: '/' }), cwd: '/' });
      told(r);
      assert.match(r.stdout, /killed/);
    }
    assert.deepEqual(stateOf(copy), before);
    chmodSync(copy, 0o755);
    chmodSync(join(copy, 'journal.ndjson'), 0);
    if (AS_A_USER.length) {
      const [command, ...args] = [...AS_A_USER, join(home, 'revisit'), 'status', copy];
      refused(spawnSync(command, args, { encoding: 'utf8', env: environment({ HOME: '/' }), cwd: '/' }), 9, /journal\.ndjson: cannot be read/);
    }
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
});

test('the last 500 lines printed are told, of any log, in bounded memory', () => {
  const line = i => `{"type":"progress","at":${i},"completed":1,"total":2}`;
  const lines = count => Array.from({ length: count }, (_, i) => line(i));
  for (const count of [0, 1, 499, 500, 501, 3000]) {
    const dir = runDir([runStart(1)], lines(count).map(text => `${text}\n`).join(''));
    assert.deepEqual(json(dir).lines, lines(count).slice(-500));
  }
  const dir = runDir([runStart(1)], `${lines(3).join('\n')}\nno newline yet`);
  assert.deepEqual(json(dir).lines, lines(3));
  assert.equal(human(dir), human(dir, '--lines', '0'));
  assert.ok(human(dir, '--lines', '2').endsWith(`the last 2 lines:\n  ${line(1)}\n  ${line(2)}\n`), human(dir, '--lines', '2'));
  const big = `${'x'.repeat(100000)}\n`.repeat(600);
  const cut = JSON.parse(told(bounded(['status', runDir([runStart(1)], big), '--json']))).lines;
  assert.ok(cut.length > 300 && cut.every(text => text.length === 65536), `${cut.length} lines`);
  assert.deepEqual(json(runDir([runStart(1)], 'y'.repeat(60 << 20))).lines, [], 'a line without an end is none');
});

const EVENTS = readFileSync('fixtures/session-expiry/events.ndjson', 'utf8');
const SUMMARY = JSON.parse(EVENTS.trimEnd().split('\n').at(-1));

test('a stream on stdin tells what its run ended with', () => {
  const status = JSON.parse(piped(EVENTS, '--json'));
  assert.equal(status.status, 'failed');
  assert.equal(status.outcome, SUMMARY.outcome);
  assert.equal(status.exitCode, 3);
  for (const key of ['total', 'succeeded', 'failed', 'needsReview', 'interrupted', 'notAttempted']) assert.equal(status[key], SUMMARY[key], key);
  const results = EVENTS.split('\n').filter(line => line.includes('"visit_result"')).map(line => JSON.parse(line)).filter(({ outcome }) => outcome !== 'not_attempted');
  assert.deepEqual(status.visitResults.map(({ patient, dos, outcome, duration, attempts }) => [patient, dos, outcome, duration, attempts]),
    results.map(({ patient, dos, outcome, duration, attempt }) => [patient, dos, outcome, duration, attempt]));
  assert.deepEqual(status.lines, EVENTS.trimEnd().split('\n').slice(-500));
  assert.equal(JSON.parse(piped(readFileSync('fixtures/clinic-100/events.ndjson'), '--json')).exitCode, 1);
  assert.equal(JSON.parse(piped('', '--json')).status, 'idle');
});

test('a stream that ends early has failed, and says so', () => {
  for (const part of [0.2, 0.5, 0.9]) {
    const text = EVENTS.slice(0, Math.floor(EVENTS.length * part));
    assert.match(piped(text), /^failed: the stream ended before its batch_summary\n/);
    assert.equal(JSON.parse(piped(text, '--json')).exitCode, undefined);
  }
});

test('messages between the events change nothing but the lines', () => {
  const mixed = EVENTS.split('\n').map((line, i) => `${line}\n${['revisit: run directory', '{ no event', '\x1b[31mred', '{"type":"other"}'][i % 4]}\n`).join('');
  const { lines, ...status } = JSON.parse(piped(mixed, '--json'));
  const { lines: plain, ...want } = JSON.parse(piped(EVENTS, '--json'));
  assert.deepEqual(status, want);
  assert.equal(lines.length, Math.min(500, 2 * EVENTS.split('\n').length));
  assert.ok(plain.length <= 500);
  assert.doesNotMatch(piped(mixed, '--lines', '500'), /[^\n -~]/, 'no control character reaches a terminal');
});

test('no stream takes more than bounded memory', () => {
  const zeros = Buffer.alloc(64 << 20);
  assert.equal(JSON.parse(piped(zeros, '--json')).lines[0].length, 65536);
  const controls = Buffer.alloc(48 << 20, 1);
  for (let i = 65000; i < controls.length; i += 65000) controls[i] = 10;
  assert.equal(JSON.parse(piped(controls, '--json')).lines.length, 500);
  assert.equal(JSON.parse(piped(`${'{"a":'.repeat(10000)}\n${EVENTS}`, '--json')).exitCode, 3);
});

test('what cannot be read or written costs exit 9', () => {
  const directory = openSync('.', 'r');
  refused(revisit(['status', '-'], { stdio: [directory, 'pipe', 'pipe'] }), 9, /stdin: cannot be read/);
  closeSync(directory);
  const full = openSync('/dev/full', 'w');
  for (const more of [[], ['--json']]) {
    const r = revisit(['status', runDir([runStart(1)]), ...more], { stdio: ['ignore', full, 'pipe'] });
    assert.equal(r.status, 9, r.stderr);
    assert.match(r.stderr, /stdout cannot be written/);
  }
  closeSync(full);
});
