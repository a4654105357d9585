// A bad disk under the journal of a run over the model of the EHR: errors at the n-th write
// and the n-th sync for every n, interruptions, one byte at a time, a full tmpfs, no
// descriptors, a place that cannot be written. A run stops before the next effect, ends with
// 9, and the next one finishes: each visit once.
//   TORTURE=full node tests/torture/disk.test.mjs
import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { group, ok, finish, same } from '../standin/tap.mjs';
import { chartProblems, chartsOf, effectsOf, finishProblems, forget, full, go, journalOf, newRun, problemsOfEach, revisit, run, sample, scratch } from './torture.mjs';

const batch = 'fixtures/batches/clinic-3.json';
const [EIO, EINTR, ENOSPC] = ['5', '4', '28'];
const isRoot = process.getuid() === 0;

const openBills = (r) => new Set(Object.entries(journalOf(r).open).filter(([, step]) => step === 'generateBilling').map(([visit]) => visit));

// A run without faults: its records, and how many writes and syncs the journal took.
async function plainRun(disk = {}) {
  const r = newRun(batch);
  const ended = await go(r, { disk: { DISK_SKIP_SYNC: '1', ...disk } });
  const plain = { records: journalOf(r).records, writes: ended.counts[0], syncs: ended.counts[1], code: ended.code, charts: await chartsOf(r), outcomes: journalOf(r).outcomes, out: ended.out };
  forget(r);
  return plain;
}

const intentsAmong = (records) => records.filter((record) => record.type === 'intent').length;

// Of a run that stopped at a record it could not make durable: nothing after it.
async function stopProblems(r, ended, acknowledged, counts) {
  const problems = [];
  const effects = effectsOf(await chartsOf(r));
  if (ended.signal || ended.code !== 9) problems.push(`ended with ${ended.signal || ended.code}: ${ended.errors.trim()}`);
  if (!/^modelled_run: .*journal/m.test(ended.errors)) problems.push(`no sentence that names the journal: ${ended.errors.trim()}`);
  if (effects !== intentsAmong(acknowledged)) problems.push(`${effects} effects after ${intentsAmong(acknowledged)} intents that were durable`);
  if (counts.failed !== 1 || counts.writesAfter || counts.syncsAfter) problems.push(`tried again: ${JSON.stringify(counts)}`);
  return problems;
}

const countsOf = ([, , failed, writesAfter, syncsAfter]) => ({ failed, writesAfter, syncsAfter });

async function failAt(disk, acknowledged) {
  const r = newRun(batch);
  const ended = await go(r, { disk: { DISK_SKIP_SYNC: '1', ...disk } });
  const problems = await stopProblems(r, ended, acknowledged, countsOf(ended.counts));
  problems.push(...await finishProblems(r, openBills(r)));
  forget(r);
  return problems.map((each) => `${JSON.stringify(disk)}: ${each}`);
}

// The record that the n-th write of a journal in pieces of `piece` bytes belongs to.
function recordOfWrites(records, lines, piece) {
  return records.flatMap((record, index) => Array(Math.ceil(lines[index] / piece)).fill(index));
}

await group('errors at the n-th call', async () => {
  const { records, writes, syncs } = await plainRun();
  same([writes, records.length > 20], [records.length, true], `a run of three visits writes ${records.length} records, each by one write`);
  const opening = syncs - records.length; // the file and its name, when it is opened
  for (const [error, name] of [[EIO, 'EIO'], [ENOSPC, 'ENOSPC']]) {
    const problems = await problemsOfEach(sample(1, records.length, full ? 1e6 : 14), (n) => failAt({ DISK_FAIL_WRITE: `${n}`, DISK_ERRNO: error }, records.slice(0, n - 1)));
    ok(problems.length === 0, `${name} at the n-th write: the run stops before the next effect, and the next one finishes`, problems.join('\n  # '));
  }
  for (const [error, name] of [[EIO, 'EIO'], [EINTR, 'EINTR']]) {
    const problems = await problemsOfEach(sample(opening + 1, syncs, full ? 1e6 : 14), (n) => failAt({ DISK_FAIL_SYNC: `${n}`, DISK_ERRNO: error }, records.slice(0, n - opening - 1)));
    ok(problems.length === 0, `${name} at the n-th sync: it is never tried again, the run stops before the next effect, and the next one finishes`, problems.join('\n  # '));
  }
});

await group('torn lines', async () => {
  const piece = 40, seen = newRun(batch);
  await go(seen);
  const lines = readFileSync(join(seen.dir, 'journal.ndjson'), 'utf8').split('\n').slice(0, -1).map((line) => Buffer.byteLength(line) + 1);
  const owners = recordOfWrites(journalOf(seen).records, lines, piece);
  const problems = await problemsOfEach(sample(1, owners.length, full ? 1e6 : 14), (n) =>
    failAt({ DISK_PIECE: `${piece}`, DISK_FAIL_WRITE: `${n}`, DISK_ERRNO: EIO }, journalOf(seen).records.slice(0, owners[n - 1])));
  ok(problems.length === 0, `EIO inside a line, at each of ${owners.length} places: the torn line is dropped, and the next run finishes`, problems.join('\n  # '));
});

await group('slow and interrupted', async () => {
  const plain = await plainRun();
  for (const [what, disk] of [['one byte at a time', { DISK_PIECE: '1' }], ['a storm of EINTR', { DISK_EINTR: '50' }],
    ['one byte at a time in a storm of EINTR', { DISK_PIECE: '1', DISK_EINTR: '3' }]]) {
    for (const file of ['journal.ndjson', 'events.ndjson', 'clinic-3.json']) {
      const slow = await plainRun({ ...disk, DISK_FILE: file, DISK_SKIP_SYNC: '1' });
      same([slow.code, slow.out, slow.records.length], [0, plain.out, plain.records.length], `${what} under ${file}: the run is as without`);
    }
    const r = newRun(batch);
    await go(r, { disk: { DISK_FAIL_WRITE: '12' } });
    const resumed = await go(r, { disk: { ...disk, DISK_SKIP_SYNC: '1' } });
    same([resumed.code, chartProblems(await chartsOf(r), journalOf(r).outcomes)], [0, []], `${what} under the journal that is read: the resume is as without`);
  }
});

await group('the report alone', async () => {
  const r = newRun(batch);
  const ended = await go(r, { disk: { DISK_FILE: 'events.ndjson', DISK_FAIL_WRITE: '20' } });
  same([ended.code, chartProblems(await chartsOf(r), journalOf(r).outcomes)], [9, []], 'an event log that cannot be written costs exit 9 and no data');
  ok(/events\.ndjson could not be written whole; the journal is complete/.test(ended.errors), 'it says so', ended.errors);
});

// Action over a small file system of its own, which it may make larger. Gives false when
// there can be none here.
async function withTmpfs(bytes, action) {
  const place = join(scratch, 'tmpfs');
  mkdirSync(place, { recursive: true });
  const mount = (...args) => spawnSync('mount', [...args, place], { encoding: 'utf8' });
  if (!isRoot || mount('-t', 'tmpfs', '-o', `size=${bytes}`, 'torture').status !== 0) return false;
  try {
    await action(place, (size) => mount('-o', `remount,size=${size}`), (mode) => mount('-o', `remount,${mode}`));
  } finally {
    spawnSync('umount', ['-l', place]);
    rmSync(place, { recursive: true, force: true });
  }
  return true;
}

const skip = (claim) => console.log(`ok - ${claim} # SKIP no tmpfs can be mounted here`);

function fill(place, bytes) {
  if (bytes === 0) return;
  const fd = openSync(join(place, 'filler'), 'w');
  writeSync(fd, Buffer.alloc(bytes));
  closeSync(fd);
}

async function fullAt(pages) {
  const problems = [];
  const done = await withTmpfs(1 << 20, async (place) => {
    fill(place, (256 - pages) * 4096);
    const r = newRun('fixtures/batches/clinic-100.json', { dir: join(place, 'run') });
    const ended = await go(r);
    const before = journalOf(r);
    if (ended.code !== 9) problems.push(`ended with ${ended.signal || ended.code}`);
    const again = await go(r);
    if (again.code !== 9) problems.push(`a resume on the full disk ended with ${again.signal || again.code}`);
    if (effectsOf(await chartsOf(r)) > intentsAmong(journalOf(r).records)) problems.push('more effects than intents');
    rmSync(join(place, 'filler'));
    problems.push(...await finishProblems(r, new Set([...Object.keys(before.open), ...openBills(r)])));
    forget(r);
  });
  return done ? problems.map((each) => `${pages} pages free: ${each}`) : null;
}

await group('a full disk', async () => {
  const claim = 'a file system that is full after n pages: exit 9, and with space again the next run finishes, each visit once';
  const problems = [];
  for (const pages of sample(0, 36, full ? 37 : 7)) {
    const found = await fullAt(pages);
    if (!found) return skip(claim);
    problems.push(...found);
  }
  ok(problems.length === 0, claim, problems.join('\n  # '));
});

const state = join(scratch, 'state.json');
writeFileSync(state, JSON.stringify({ cookies: [{ name: 'ASP.NET_SessionId', value: 'a0b1c2d3e4f5a6b7c8d9e0f1', domain: '127.0.0.1', path: '/', expires: -1,
  httpOnly: true, secure: false, sameSite: 'Lax' }], origins: [] }));
const runArguments = (dir, ...more) => ['run', batch, '--base-url', 'http://127.0.0.1:1', '--state', state, '--no-sandbox', '--browser', '/bin/true', '--run-dir', dir, ...more];

await group('a place that cannot be written', async () => {
  const done = await withTmpfs(1 << 20, async (place, resize, remount) => {
    const r = newRun(batch, { dir: join(place, 'run') });
    await go(r, { disk: { DISK_FAIL_WRITE: '12' } });
    const text = readFileSync(join(r.dir, 'journal.ndjson'), 'utf8');
    remount('ro');
    for (const [what, args] of [['begun', runArguments(join(place, 'new'))], ['gone on with', runArguments(r.dir, '--resume')]]) {
      const ended = await run(revisit, args);
      ok(ended.code === 9 && ended.out === '' && /^revisit: .*Read-only file system/m.test(ended.errors), `a run on a read-only file system is not ${what}: exit 9 and a sentence`,
        `${ended.signal || ended.code}: ${ended.errors}`);
    }
    same(readFileSync(join(r.dir, 'journal.ndjson'), 'utf8') === text, true, 'its journal is as it was');
    remount('rw');
    same(await finishProblems(r, openBills(r)), [], 'where it can be written again, the next run finishes');
  });
  if (!done) skip('a run on a read-only file system is not begun');
});

await group('no descriptors', async () => {
  const limited = (count, args) => ['-c', `ulimit -n ${count}; exec "$@"`, 'sh', ...args];
  const recording = process.argv[2] || 'fixtures/clinic-3';
  const whole = await run(revisit, ['replay', recording]);
  const problems = await problemsOfEach(sample(4, 40, full ? 37 : 10), async (count) => {
    const found = [];
    const replayed = await run('sh', limited(count, [revisit, 'replay', recording]));
    if (replayed.code === whole.code ? replayed.out !== whole.out : replayed.code !== 9 || replayed.out !== '' || !/^revisit: .{10,}/m.test(replayed.errors))
      found.push(`a replay ended with ${replayed.signal || replayed.code}: ${replayed.errors.trim()}`);
    const dir = join(scratch, `descriptors${count}`);
    const ended = await run('sh', limited(count, [revisit, ...runArguments(dir)]));
    if (ended.code !== 9 || !/^revisit: .{10,}/m.test(ended.errors)) found.push(`a run ended with ${ended.signal || ended.code}: ${ended.errors.trim()}`);
    rmSync(dir, { recursive: true, force: true });
    return found.map((each) => `${count} descriptors: ${each}`);
  });
  ok(problems.length === 0, 'with 4 to 40 descriptors a program ends with 9 and a sentence, or as with all', problems.join('\n  # '));
});

finish();
