// A replay reads a recording and nothing else: no socket, no wait, no other file, no
// write. Where the recording lacks what is asked for, it says so and stops.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join, resolve } from 'node:path';
import { BATCH, environment, fresh, PROGRAM, refused, revisit, runArguments, said, scratch, wordsOf } from './revisit.mjs';
import { Damaged, WHOLE, listing, renumbered } from './damaged.mjs';

const FIXTURES = readdirSync('fixtures').filter(name => existsSync(`fixtures/${name}/manifest.json`)).map(name => `fixtures/${name}`);
const logOf = dir => readFileSync(join(dir, 'events.ndjson'), 'utf8');
const linesOf = dir => revisit(['recording', 'cat', dir]).stdout.split('\n').slice(0, -1);
const isPlain = dir => existsSync(join(dir, 'session.ndjson'));
const sha256 = text => createHash('sha256').update(text).digest('hex');
const outcomeOf = dir => JSON.parse(logOf(dir).trimEnd().split('\n').at(-1)).outcome;

// Beside the log a replay tells of one thing: the end that its environment made of the
// recorded run.
function tellsOnlyItsEnd(r, dir) {
  if (outcomeOf(dir) === 'environment') assert.match(r.stderr, /^revisit: the recorded run was ended by its environment: [^\n]+\n$/, dir);
  else assert.equal(r.stderr, '', dir);
}

// What the issue shows, as far as it needs no browser.
test('every committed recording replays to its log, and says so when it is asked to compare', () => {
  assert.ok(FIXTURES.length >= 10, FIXTURES.join(' '));
  assert.ok(FIXTURES.some(dir => outcomeOf(dir) === 'environment') && FIXTURES.some(dir => outcomeOf(dir) !== 'environment'));
  for (const dir of FIXTURES) {
    const replay = revisit(['replay', dir]), verify = revisit(['replay', dir, '--verify']);
    assert.equal(replay.status, 0, `${dir}: ${said(replay)}`);
    assert.equal(sha256(replay.stdout), sha256(logOf(dir)), dir);
    assert.equal(verify.status, 0, `${dir}: ${said(verify)}`);
    assert.match(verify.stdout, new RegExp(`^replayed ${dir}: the event log equals the recorded one\n`));
    for (const r of [replay, verify]) tellsOnlyItsEnd(r, dir);
  }
});

test('the recorded day of a hundred visits ends as its fixture says', () => {
  const events = revisit(['replay', 'fixtures/clinic-100']).stdout.trimEnd().split('\n').map(JSON.parse);
  const summary = events.at(-1);
  assert.equal(summary.type, 'batch_summary');
  assert.equal(summary.total, 100);
  assert.equal(summary.succeeded + summary.failed, 100);
  assert.ok(events.some(event => event.type === 'retry'));
});

test('an expired session ends the batch, and the last line says how many were not attempted', () => {
  const r = revisit(['replay', 'fixtures/session-expiry']);
  const last = JSON.parse(r.stdout.trimEnd().split('\n').at(-1));
  assert.equal(last.type, 'batch_summary');
  assert.equal(last.outcome, 'fatal');
  assert.equal(last.errorKind, 'session_expired');
  assert.ok(last.notAttempted > 0);
  assert.equal(last.succeeded + last.failed + last.needsReview + last.interrupted + last.notAttempted, last.total);
});

test('TIMEOUT_MULTIPLIER=0 is a usage error, and 1 goes on to a server that is not there', () => {
  const args = ['run', 'fixtures/batches/clinic-3.json', ...runArguments(BATCH).slice(2)];
  refused(revisit(args, { env: { TIMEOUT_MULTIPLIER: '0' } }), 2, /0\.1 to 100/);
  assert.equal(revisit(args, { env: { TIMEOUT_MULTIPLIER: '1' } }).status, 9);
});

test('a summary is a few lines that a person can read', () => {
  const r = revisit(['replay', 'fixtures/clinic-100', '--summary']);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /^100 visits, complete: .* of recorded time, replayed in \d+ ms\n/);
  assert.match(r.stdout, /\n +done +\d+\n/);
  assert.equal(r.stderr, '');
  assert.ok(r.stdout.split('\n').length < 24);
});

test('info says what was recorded', () => {
  const manifest = JSON.parse(readFileSync(join(WHOLE, 'manifest.json'))), r = revisit(['recording', 'info', WHOLE]);
  assert.equal(r.status, 0);
  for (const text of [WHOLE, 'closed', manifest.browser, manifest.engine, `${manifest.counts.entries} (`, `${manifest.counts.events}`, 'cookies'])
    assert.ok(r.stdout.includes(text), text);
});

// Row 20, as recorded: the right patient or a named permanent error, tried once.
test('a patient who is missing, or whose chart is another, is a permanent error by name', () => {
  for (const [dir, kind] of [['fixtures/patient-missing', 'patient_not_found'], ['fixtures/wrong-patient', 'wrong_patient']]) {
    const events = revisit(['replay', dir]).stdout.trimEnd().split('\n').map(JSON.parse);
    const failed = events.filter(event => event.type === 'visit_result' && !event.success);
    assert.ok(failed.length > 0);
    for (const event of failed) {
      assert.equal(event.errorKind, kind);
      assert.equal(event.attempt, 1);
      assert.equal(event.outcome, 'failed');
    }
    assert.ok(events.some(event => event.type === 'visit_result' && event.success), 'the others are done');
    const asked = new Set(failed.map(event => `${event.patient}.v${event.dos}.`));
    assert.ok(!linesOf(dir).some(line => [...asked].some(mark => line.includes(`"mark":"${mark}`)) && line.includes('"type":"intent"')), 'nothing was begun on that chart');
  }
});

// strace sees a process that forbids itself to be looked at only with the right to; in
// a user namespace of its own everybody has it.
const TRACE = [...(process.getuid() === 0 ? [] : ['unshare', '-r']), 'strace', '-f', '-qq', '-s', '4096', '-o'];
function traced(args, dir) {
  const out = fresh('trace');
  const r = spawnSync(TRACE[0], [...TRACE.slice(1), out, PROGRAM, ...args], { encoding: 'utf8', env: environment(), cwd: dir, maxBuffer: 1 << 26 });
  assert.equal(r.status, 0, `strace: ${r.stderr}`);
  const calls = readFileSync(out, 'utf8').split('\n').map(line => /^(?:\d+ +)?(\w+)\((.*)/.exec(line)).filter(Boolean).map(([, name, rest]) => ({ name, rest }));
  assert.ok(calls.length > 20, 'strace saw the program');
  return { r, calls };
}

const NETWORK = /^(socket|socketpair|connect|bind|listen|accept4?|send(to|m?msg)|recv(from|m?msg)|getpeername|io_uring_\w+)$/;
const WAITS = /^(nanosleep|clock_nanosleep|p?poll|p?select6?|epoll_\w+|pause|rt_sigtimedwait|timer_\w+|timerfd_\w+|setitimer|alarm|futex_wait\w*)$/;
const CHANGES = /^(creat|mkdir(at)?|rmdir|unlink(at)?|rename(at2?)?|link(at)?|symlink(at)?|f?truncate|f?ch(mod|own)(at)?|utimensat|mknod(at)?|fsync|fdatasync|sync\w*)$/;

for (const options of [[], ['--verify'], ['--summary']])
  test(`a replay ${options.join(' ')} opens no socket, never waits, and opens nothing but the recording`, () => {
    for (const fixture of ['fixtures/hang-save', 'fixtures/http-unavailable', WHOLE]) {
      const { calls } = traced(['replay', resolve(fixture), ...options]);
      for (const { name, rest } of calls) {
        assert.doesNotMatch(name, NETWORK, `${name}(${rest}`);
        assert.doesNotMatch(name, WAITS, `${name}(${rest}`);
        assert.doesNotMatch(name, CHANGES, `${name}(${rest}`);
        assert.doesNotMatch(name, /^(clone3?|v?fork)$/, `${name}(${rest}`);
      }
      const allowed = [resolve(fixture), 'manifest.json', 'batch.json', 'state.json', 'session.ndjson', ...(options[0] === '--verify' ? ['events.ndjson'] : [])];
      const refused = / = -1 EACCES /; // a file outside, tried in vain: that is what the receipt says
      const opened = calls.filter(({ name, rest }) => /^open(at2?)?$/.test(name) && !refused.test(rest)).map(({ rest }) => /"([^"]*)", ([^)]*)/.exec(rest));
      for (const [, path, flags] of opened) {
        assert.match(flags, /^O_RDONLY/, `${path} is opened to be read`);
        if (!/^\/(etc\/ld\.so\.|(usr\/)?lib)/.test(path)) assert.ok(allowed.includes(path), `${path} was opened`);
      }
      assert.ok(opened.some(([, path]) => path === 'session.ndjson'));
      assert.equal(calls.filter(({ name }) => name === 'execve').length, 1, 'no other program');
    }
  });

test('a replay loads the filter before its first event', () => {
  const { calls } = traced(['replay', WHOLE]);
  const filter = calls.findIndex(({ name, rest }) => name === 'seccomp' && rest.startsWith('SECCOMP_SET_MODE_FILTER'));
  const event = calls.findIndex(({ name, rest }) => name === 'write' && rest.includes('batch_start'));
  assert.ok(filter >= 0, 'the filter is loaded');
  assert.ok(event > filter, 'and nothing is replayed before it');
});

// A kernel without Landlock says so to the first of its calls, and keeps to the filter alone.
for (const args of [['replay'], ['replay', '--verify'], ['whatif', '--set', 'max_retries=1'], ['explain'], ['report', '-o', fresh('report.html')], ['check', '-j', '1']])
  test(`${args[0]} ${args[1] ?? ''} gives up all files but its recording and its output before it tells anything`, () => {
    const { calls } = traced([...args, WHOLE]);
    const version = calls.find(({ name, rest }) => name === 'landlock_create_ruleset' && rest.startsWith('NULL'));
    assert.ok(version, 'the kernel is asked');
    const at = calls.findIndex(({ name, rest }) => name === 'landlock_restrict_self' && / = 0$/.test(rest));
    assert.equal(at >= 0, !/ = -1 /.test(version.rest), version.rest);
    const told = calls.findIndex(({ name, rest }) => name === 'write' && !rest.startsWith('2, '));
    assert.ok(told > at, 'and nothing is told before');
    const written = calls.slice(at).filter(({ name, rest }) => /^open(at2?)?$/.test(name) && /O_(WRONLY|RDWR)/.test(rest));
    assert.deepEqual(written.filter(({ rest }) => !rest.includes(scratch)), []);
  });

for (const [call, file] of [['read', 'session.ndjson.zst'], ['pread64', 'batch.json']])
  test(`a disk that fails under a replay, in ${file}, ends it: no visit gets a result that it never had`, () => {
    const day = 'fixtures/clinic-100';
    const reads = traced(['replay', day]).calls.filter(({ name }) => name === call).length;
    const inject = ['-e', `trace=${call}`, '-e', `inject=${call}:error=EIO:when=${reads - 5}+`];
    const r = spawnSync(TRACE[0], [...TRACE.slice(1, -1), ...inject, '-o', fresh('trace'), PROGRAM, 'replay', day], { encoding: 'utf8', env: environment(), maxBuffer: 1 << 26 });
    assert.equal(r.status, 9);
    assert.match(r.stderr, new RegExp(`${file}: cannot read: Input/output error`));
    assert.ok(r.stdout.includes('"type":"visit_result"'), 'it had begun');
    assert.ok(logOf(day).startsWith(r.stdout), 'what it printed is the beginning of what happened');
  });

test('strace would see a socket, a wait and another file', () => {
  const script = "require('net').connect(1, '127.0.0.1').on('error', () => {}); setTimeout(() => {}, 5)";
  const out = fresh('trace');
  spawnSync(TRACE[0], [...TRACE.slice(1), out, process.execPath, '-e', script], { env: environment() });
  const seen = readFileSync(out, 'utf8');
  for (const call of ['socket', 'connect', 'epoll_', 'openat']) assert.ok(seen.includes(`${call}`), call);
});

test('every committed recording is whole', () => {
  for (const dir of FIXTURES) {
    const r = revisit(['recording', 'verify', dir]);
    assert.equal(r.status, 0, said(r));
    assert.match(r.stdout, new RegExp(`^${dir}: whole: \\d+ files, \\d+ entries`));
  }
});

test('no command that reads a recording writes into it', () => {
  for (const args of [['replay'], ['replay', '--verify'], ['replay', '--summary'], ['recording', 'info'], ['recording', 'verify']]) {
    const copy = new Damaged(WHOLE), before = listing(copy.dir);
    assert.equal(revisit([...args, copy.dir]).status, 0);
    assert.deepEqual(listing(copy.dir), before, args.join(' '));
  }
});

test('a recording on a read-only file system replays and verifies', () => {
  const script = 'mount --bind "$1" "$1" && mount -o remount,bind,ro "$1" && ! touch "$1/x" 2>/dev/null && "$0" replay "$1" && "$0" recording verify "$1" >&2';
  const copy = new Damaged(WHOLE), r = spawnSync('unshare', ['-rm', 'sh', '-c', script, PROGRAM, copy.dir], { encoding: 'utf8', env: environment() });
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stdout, logOf(WHOLE));
});

test('a recording replays wherever it lies and whatever it is called', () => {
  const place = join(fresh('a b'), 'ünï "x"');
  mkdirSync(dirname(place), { recursive: true });
  cpSync(WHOLE, place, { recursive: true });
  const link = fresh('link');
  symlinkSync(place, link);
  for (const [path, cwd] of [[place, '/'], [link, '/'], ['.', place], [`${place}/`, '/'], [place.slice(1), '/']])
    assert.equal(revisit(['replay', path], { cwd }).stdout, logOf(WHOLE), path);
});

test('what happens to lie about has no influence on a replay', () => {
  const dir = fresh('about');
  mkdirSync(dir);
  for (const name of ['batch.json', 'state.json', 'session.ndjson', 'events.ndjson']) writeFileSync(join(dir, name), 'x');
  assert.equal(revisit(['replay', resolve(WHOLE)], { cwd: dir }).stdout, logOf(WHOLE));
  const copy = new Damaged(WHOLE);
  writeFileSync(copy.at('notes.txt'), 'x');
  renameSync(copy.at('events.ndjson'), copy.at('before.ndjson'));
  assert.equal(revisit(['replay', copy.dir]).stdout, logOf(WHOLE));
});

// Row 25, for a replay: the wall clock jumps with every look, and the zone changes its
// hour twice a year - one that is known, one that is made up. (The run has its own.)
test('neither the wall clock nor daylight saving time has an influence on a replay', () => {
  const shim = fresh('clock.so');
  const built = spawnSync(process.env.CC ?? 'gcc', ['-shared', '-fPIC', '-O1', '-o', shim, 'tests/cli/jumping_clock.c'], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const jumps = CLOCK_STEP => ({ LD_PRELOAD: shim, CLOCK_STEP });
  const yearWith = env => Number(spawnSync('date', ['+%Y'], { encoding: 'utf8', env: environment(env) }).stdout);
  assert.equal(yearWith(jumps('315360000')) - yearWith({}), 10, 'the clock jumps');
  for (const env of [{}, jumps('-3600'), jumps('31536000')])
    for (const TZ of ['America/New_York', 'MADE-13:37SHIFT-15:07,M3.2.0/2,M11.1.0/2']) {
      const others = FIXTURES.filter(dir => revisit(['replay', dir], { env: { ...env, TZ } }).stdout !== logOf(dir));
      assert.deepEqual(others, [], `other bytes with ${JSON.stringify({ ...env, TZ })}`);
    }
});

// Row 26.
const whole = linesOf(WHOLE);
const sample = count => Array.from({ length: count }, (_, i) => Math.floor(((i + 0.5) * whole.length) / count));
const WORDS = wordsOf(BATCH);

function diverges(r, where) {
  assert.equal(r.status, 6, `${where}: ${said(r)}`);
  assert.match(r.stderr, /diverged: .*\((unseen|exhausted|wrong_order|wrong_visit|field_differs)\)/, where);
  assert.match(r.stderr, /^ +at +(entry \d+, session\.ndjson:\d+|the end of the recording)$/m, where);
  for (const word of WORDS) assert.ok(!r.stderr.includes(word), `${where}: "${word}" is told`);
  assert.ok(logOf(WHOLE).startsWith(r.stdout), `${where}: the log is a beginning of the recorded one`);
}

test('a deleted entry diverges at its place, whichever it is', () => {
  for (const index of sample(60)) {
    const r = revisit(['replay', new Damaged(WHOLE).session(whole.filter((_, at) => at !== index)).dir]);
    diverges(r, `without entry ${index + 1}`);
    assert.match(r.stderr, new RegExp(`session\\.ndjson:${index + 1}\\b`));
    assert.match(r.stderr, new RegExp(`entry ${index + 1} is missing`));
  }
});

test('two swapped entries diverge at their place', () => {
  for (const index of sample(40)) {
    const lines = [...whole];
    [lines[index], lines[index + 1]] = [lines[index + 1], lines[index]];
    const r = revisit(['replay', new Damaged(WHOLE).session(lines).dir]);
    assert.equal(r.status === 2 ? /goes back in time/.test(r.stderr) && 6 : r.status, 6, said(r));
    assert.match(r.stderr, new RegExp(`session\\.ndjson:${index + 1}\\b|session\\.ndjson:${index + 2}\\b`));
  }
});

test('a deleted request diverges although the numbers were put right, and names place and nearest', () => {
  const requests = whole.map((line, index) => ({ line, index })).filter(({ line }) => /"(send|http_out|commit|start)":\{/.test(line));
  assert.ok(requests.length > 100);
  for (const { line, index } of requests.filter((_, i) => i % 6 === 0)) {
    const r = revisit(['replay', new Damaged(WHOLE).session(renumbered(whole.filter((_, at) => at !== index))).dir]);
    diverges(r, `without request ${index + 1}`);
    const mark = /"mark":"([^"]*)"/.exec(line)[1];
    assert.match(r.stderr, new RegExp(`^ +engine +.*, in ${mark}(: .*)?$`, 'm'));
    assert.match(r.stderr, /^ +nearest +/m);
  }
});

// Each takes a value of the recording and puts another there, which so becomes the
// recorded one: [the entry, the value, the other, the field, where that one is from].
const answerWith = text => whole.findIndex(line => /"bytes":\{"id":/.test(line) && line.includes(text)) + 1;
const [, context] = /"browserContextId":"([0-9A-F]+)"/.exec(whole[answerWith('browserContextId') - 1]);
const OWN = "is the engine's own: no entry before holds it";
const OTHER_VALUES = [
  [/searchPatient/, /(?<=\\"dob\\":\\")[^"\\]+/, '02/03/1904', 'params.expression.argument.dob', 'stands in batch.json at data.patients[1].dob'],
  [/addICD/, /(?<=\\"code\\":\\")[^"\\]+/, 'Z99.9', 'params.expression.argument.icd[0].code', OWN],
  [/Target.attachToTarget/, /(?<="targetId":")[0-9A-F]+/, context, 'params.targetId', `came in entry ${answerWith(context)}, the answer to Target.createBrowserContext of p1.v1.a1.startBrowser`],
  [/Storage.setCookies/, /(?<="name":")[^"]+/, '127.0.0.1', 'params.cookies[0].name', 'stands in state.json'],
  [/"method":"GET"/, /(?<="url":")[^"]+/, 'http://127.0.0.1/x', 'url', OWN],
];
function shapeOf(text, other) {
  let same = 0;
  while (same < text.length && text[same] === other[same]) same++;
  return `string of ${text.length} bytes, another from byte ${same} on`;
}

test('a changed request diverges at its entry and names the field, both shapes and the origin', () => {
  for (const [line, from, to, field, origin] of OTHER_VALUES) {
    const index = whole.findIndex(text => /"(send|http_out)":\{/.test(text) && line.test(text) && from.test(text));
    assert.ok(index >= 0, `a request with ${line} and ${from}`);
    const [value] = from.exec(whole[index]);
    const r = revisit(['replay', new Damaged(WHOLE).entry(index, text => text.replace(from, to)).dir]);
    diverges(r, `entry ${index + 1} changed`);
    assert.match(r.stderr, /\(field_differs\)/);
    const lines = r.stderr.split('\n'), told = name => lines.find(text => text.startsWith(`  ${name} `));
    assert.equal(told('at'), `  at        entry ${index + 1}, session.ndjson:${index + 1}`);
    assert.equal(told('field'), `  field     ${field}`);
    assert.ok(told('engine').endsWith(`: ${shapeOf(value, to)}`), `${told('engine')}, and not ${shapeOf(value, to)}`);
    assert.ok(told('recorded').endsWith(`: ${shapeOf(to, value)}`), `${told('recorded')}, and not ${shapeOf(to, value)}`);
    assert.equal(told('origin'), `  origin    the recorded value ${origin}`);
    for (const text of [value, to]) assert.ok(!r.stderr.includes(text), 'neither value is told');
  }
});

// Row 27: what was recorded as a failure is taken out; nothing takes its place.
test('a recorded failure that is taken out diverges, and never looks like an answer', () => {
  const failures = /"http":\{.*"failure":"(?!ok")|"http":\{.*"status":[345]\d\d|"wake":|"exit":\{"signaled":true|Inspector\.targetCrashed|"io":\{"id":\d+,"error":[1-9]/;
  let tried = 0;
  for (const dir of FIXTURES.filter(isPlain).filter(name => !/clinic-100|session-expiry/.test(name))) {
    const lines = linesOf(dir);
    const found = lines.map((line, index) => (failures.test(line) ? index : -1)).filter(index => index >= 0).slice(0, 6);
    for (const index of found) {
      tried++;
      const rest = renumbered(lines.filter((_, at) => at !== index));
      const r = revisit(['replay', new Damaged(dir).session(rest).dir]);
      const toldTwice = /targetCrashed|"exit":/.test(lines[index]); // by target and page, by exit and end of the pipe
      assert.ok(r.status === 6 || (toldTwice && r.stdout === logOf(dir)), `${dir} without entry ${index + 1}: ${said(r)}`);
    }
  }
  assert.ok(tried >= 8, `${tried} failures`);
});

test('a page script of another text is a note in the receipt and no divergence', () => {
  const copy = new Damaged(WHOLE);
  const index = whole.findIndex(line => line.includes('"name":"page.js"'));
  copy.entry(index, line => line.replace(/"blake2b":"[0-9a-f]{4}/, '"blake2b":"0000'));
  const r = revisit(['replay', copy.dir, '--verify']);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /\n  page\.js is not the recorded one[^\n]*\n$/);
});

test('a log that differs from the recorded one is a divergence by line and field', () => {
  const copy = new Damaged(WHOLE);
  copyFileSync(join(WHOLE, 'events.ndjson'), copy.at('events.ndjson'));
  const log = logOf(WHOLE), index = log.split('\n').findIndex(line => line.includes('"visit_result"'));
  copy.mend('events.ndjson', log.replace(/("visit_result","at":\d+,"patient":"p1","dos":1,"success":)true/, '$1false'));
  const r = refused(revisit(['replay', copy.dir, '--verify']), 6, /success/);
  assert.match(r.stderr, new RegExp(`events\\.ndjson:${index + 1}`));
  assert.equal(revisit(['replay', copy.dir]).status, 0, 'a replay that does not compare does not look');
});
