// What is done with recordings besides replaying them: compared (`recording diff`), looked
// through (`recording lint`, `info`), and stopped at a place (`replay --until`, `make dbg`).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { PROGRAM, environment, fresh, put, refused, revisit, said, tellsNobody } from './revisit.mjs';
import { Damaged, SMALL, WHOLE, mendLine, renumbered } from './damaged.mjs';

const HANG = 'fixtures/hang-save';
const linesOf = dir => readFileSync(join(dir, 'session.ndjson'), 'utf8').split('\n').slice(0, -1);
const diff = (...args) => revisit(['recording', 'diff', ...args]);

function differs(r, ...patterns) {
  assert.equal(r.status, 1, said(r));
  assert.equal(r.stderr, '', said(r));
  for (const pattern of patterns) assert.match(r.stdout, pattern);
  tellsNobody(r);
  return r;
}

test('a recording equals itself, packed or not, and says how much that was', () => {
  const packed = new Damaged(WHOLE);
  assert.equal(revisit(['recording', 'pack', packed.dir]).status, 0);
  for (const other of [WHOLE, packed.dir]) {
    const r = diff(WHOLE, other);
    assert.equal(r.status, 0, said(r));
    assert.equal(r.stdout, `equal: ${linesOf(WHOLE).length} entries, ${readFileSync(join(WHOLE, 'events.ndjson'), 'utf8').split('\n').length - 1} events\n`);
  }
});

test('the first difference is told by entry, context, field and both sides', () => {
  const lines = linesOf(WHOLE), at = lines.findIndex(line => line.includes('searchPatient\\"') && line.includes('"send"'));
  const copy = new Damaged(WHOLE).entry(at, line => line.replace(/(?<=\\"dob\\":\\")[^\\]+/, '12/31/1999'));
  const r = differs(diff(WHOLE, copy.dir), new RegExp(`^session\\.ndjson: entry ${at + 1} of A and ${at + 1} of B$`, 'm'), /^  field     send\.params\.expression\.argument\.dob$/m,
    new RegExp(`^  A         ${at + 1} send Runtime.evaluate searchPatient, in p1.v1.a1.searchPatient: string of 10 bytes`, 'm'));
  assert.deepEqual([...r.stdout.matchAll(/^  equal     (\d+)/gm)].map(match => Number(match[1])), [at - 2, at - 1, at]);
  assert.doesNotMatch(r.stdout, /1999/);
});

test('what was put in and taken out is told from what was changed', () => {
  const lines = linesOf(WHOLE), at = 700;
  const taken = new Damaged(WHOLE).session(renumbered(lines.filter((_, index) => index < at || index > at + 2)));
  differs(diff(WHOLE, taken.dir), new RegExp(`entries ${at + 1} to ${at + 3} are only in A`));
  differs(diff(taken.dir, WHOLE), new RegExp(`entries ${at + 1} to ${at + 3} are only in B`));
  const put2 = new Damaged(WHOLE).session(renumbered([...lines.slice(0, at), mendLine(lines[at].replace(/"mark":"[^"]*"/, '"mark":"p7.v7"')), ...lines.slice(at)]));
  differs(diff(WHOLE, put2.dir), new RegExp(`entry ${at + 1} is only in B`));
  const all = differs(diff(taken.dir, put2.dir, '--all')).stdout;
  assert.match(all, /only in B/);
  const shorter = new Damaged(WHOLE).session(lines.slice(0, at));
  differs(diff(WHOLE, shorter.dir), new RegExp(`B ends here, A goes on at entry ${at + 1}$`, 'm'));
});

test('instants, generations and marks are fields, and what is ignored does not count', () => {
  for (const [pattern, other, field] of [[/"gen":\d+/, '"gen":3', 'gen'], [/"mark":"[^"]*"/, '"mark":"p9.v9"', 'mark']]) {
    const copy = new Damaged(WHOLE).entry(500, text => text.replace(pattern, other));
    differs(diff(WHOLE, copy.dir), new RegExp(`^  field     ${field}$`, 'm'));
    assert.equal(diff(WHOLE, copy.dir, '--ignore', field).status, 0, field);
  }
  const later = new Damaged(WHOLE).session(linesOf(WHOLE).map(text => mendLine(text.replace(/"at":(\d+)/, (_, us) => `"at":${Number(us) + 5}`))));
  differs(diff(WHOLE, later.dir), /^  field     at$/m, /: 0$/m, /: 5$/m);
  assert.equal(diff(WHOLE, later.dir, '--ignore', 'at').status, 0);
});

test('what a run was given differs before what came of it', () => {
  differs(diff(WHOLE, HANG), /^settings\n  field     base_url$/m);
  const settings = diff(WHOLE, HANG);
  differs(settings, /^settings\n  field     base_url\n  A         "http:\/\/127\.0\.0\.1:\d+"\n  B         "http:\/\/127\.0\.0\.1:\d+"$/m);
  assert.match(settings.stdout, /^note: manifest\.json: recorded at other times, which is no difference$/m);
  differs(diff(WHOLE, HANG, '--ignore', 'base_url'), /^batch\.json\n  field     \S+$/m);
  const other = new Damaged(WHOLE);
  other.mend('batch.json', other.read('batch.json').toString().replace(/\d\d\/\d\d\/19\d\d/, '01/01/1901'));
  const r = differs(diff(WHOLE, other.dir), /^batch\.json\n  field     data\.patients\[0\]\.dob$/m);
  assert.doesNotMatch(r.stdout, /1901/);
});

test('a list ends after a hundred differences', () => {
  const other = new Damaged(WHOLE).session(linesOf(WHOLE).map(text => mendLine(text.replace(/"gen":1/, '"gen":2'))));
  const r = differs(diff(WHOLE, other.dir, '--all'), /the list ends after 100/);
  assert.equal(r.stdout.match(/^session\.ndjson/gm).length, 100);
});

test('event logs are compared by line and field, with their own words', () => {
  const log = readFileSync(join(WHOLE, 'events.ndjson'), 'utf8'), lines = log.split('\n');
  const at = lines.findIndex(line => line.includes('"visit_result"'));
  lines[at] = lines[at].replace('"outcome":"done"', '"outcome":"failed"').replace(/"duration":\d+/, '"duration":7');
  const before = put('before.ndjson', log), after = put('after.ndjson', lines.join('\n'));
  assert.match(diff(before, before).stdout, /^equal: 0 entries, \d+ events$/m);
  differs(diff(before, after), new RegExp(`^events\\.ndjson: line ${at + 1}$`, 'm'), /field     outcome: A done, B failed$/m, /field     duration: A \d+, B 7$/m, /^  A         visit_result of p1, dos 1$/m);
  assert.equal(diff(before, after, '--ignore', 'duration,outcome').status, 0);
  differs(diff(before, put('short.ndjson', lines.slice(0, 3).join('\n') + '\n'), '--ignore', 'at'), /B ends after line 3, A goes on/);
});

test('what cannot be compared is refused by name', () => {
  const events = join(WHOLE, 'events.ndjson');
  refused(diff(WHOLE, events), 2, /is a recording and .* a file/);
  refused(diff(events, WHOLE), 2, /is a recording and .* a file/);
  refused(diff(WHOLE, fresh('nothing')), 2, /does not exist/);
  refused(diff(events, put('empty', '')), 2, /is empty/);
  refused(diff(events, put('text', 'hello\n')), 2, /is no line of an event log/);
  refused(diff(events, put('half', readFileSync(events, 'utf8').split('\n')[0] + '\n{"no":1}\n')), 2, /half:2: is no line of an event log/);
  refused(diff(events, join(WHOLE, 'session.ndjson')), 2, /holds entries and no events/);
  refused(diff(WHOLE), 2, /name two recordings/);
  refused(diff(WHOLE, WHOLE, '--ignore', 'a b'), 2, /--ignore takes names/);
  refused(diff(WHOLE, WHOLE, '--whole'), 2, /is not an option/);
  const damaged = new Damaged(WHOLE), session = damaged.read('session.ndjson');
  session[Math.floor(session.length / 2)] ^= 1;
  damaged.write('session.ndjson', session);
  assert.equal(diff(WHOLE, damaged.dir).status, 7);
  assert.match(diff('--help').stdout, /Exit status\n   0  equal\n   1  different/);
});

const lint = (...args) => revisit(['recording', 'lint', ...args]);
// The lines of a kind, as [entry, rest].
const foundIn = (r, kind) => [...r.stdout.matchAll(new RegExp(`^${kind}: entry (\\d+), (.*)$`, 'gm'))].map(([, n, rest]) => [Number(n), rest]);

test('a recording in which nothing will surprise is clean', () => {
  const r = lint('fixtures/resumed');
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stdout, 'fixtures/resumed: 0 ambiguous, 0 unused, 0 late, 0 lost, 0 giant\n');
});

test('a repeat that was answered differently is named with the answer before it', () => {
  const lines = linesOf(WHOLE), asked = lines.findIndex(line => line.includes('"mark":"p1.v1.a1.navigateICD","send"') && line.includes('__revisit.call'));
  const [, id] = /"send":\{"id":(\d+)/.exec(lines[asked]), answered = lines.findIndex((line, index) => index > asked && line.includes(`"bytes":{"id":${id},`));
  const again = [lines[asked], lines[answered]].map(line => line.replace(`{"id":${id},`, '{"id":9999,').replace(/"at":\d+/, /"at":\d+/.exec(lines[answered])[0]));
  const withAnswer = answer => new Damaged(WHOLE).session(renumbered([...lines.slice(0, answered + 1), mendLine(again[0]), mendLine(answer), ...lines.slice(answered + 1)]));
  const other = lint(withAnswer(again[1].replace('\\"ok\\":true', '\\"ok\\":false')).dir);
  assert.equal(other.status, 1, said(other));
  const [[entry, rest]] = foundIn(other, 'ambiguous');
  assert.equal(entry, answered + 3);
  assert.match(rest, new RegExp(`^\\d+ bytes, bytes reply, in p1\\.v1\\.a1\\.navigateICD: .*answered differently: entry ${answered + 1}$`));
  // The same answer at another time of the page's clock is the same.
  assert.deepEqual(foundIn(lint(withAnswer(again[1].replace(/\\"clock\\":\d+/, '\\"clock\\":7')).dir), 'ambiguous'), []);
  tellsNobody(other);
});

test('an answer that came after its effect was given up is late, and a replay needs it', () => {
  const found = lint(HANG), lines = linesOf(HANG), late = foundIn(found, 'late').map(([entry]) => entry);
  assert.equal(found.status, 1);
  assert.deepEqual(late.map(entry => /"http":\{/.test(lines[entry - 1])), [true, true]);
  assert.deepEqual(foundIn(found, 'unused'), []);
  for (const entry of late) {
    const without = new Damaged(HANG).session(renumbered(lines.filter((_, index) => index !== entry - 1)));
    assert.equal(revisit(['replay', without.dir]).status, 6, `entry ${entry}`);
  }
});

test('an answer to no request is used by no replay', () => {
  const whole = linesOf(WHOLE), at = whole.findIndex(line => /"bytes":\{"id":20,/.test(line));
  const twice = lint(new Damaged(WHOLE).session(renumbered([...whole.slice(0, at + 1), ...whole.slice(at)])).dir);
  assert.deepEqual(foundIn(twice, 'unused'), [[at + 2, foundIn(twice, 'unused')[0][1]]]);
  assert.match(twice.stdout, /it answers no request/);
});

test('lost bodies and giants are found by entry and size', () => {
  const copy = new Damaged(WHOLE), network = readFileSync(join(WHOLE, 'network.ndjson'), 'utf8').split('\n').slice(0, -1);
  const at = network.findIndex(line => line.includes('"sha256"')), [, sha256] = /"sha256":"([0-9a-f]+)"/.exec(network[at]);
  const before = foundIn(lint(WHOLE), 'lost').length;
  copy.drop(`bodies/${sha256}`);
  const lost = foundIn(lint(copy.dir), 'lost');
  assert.equal(lost.length - before, network.filter(line => line.includes(`"sha256":"${sha256}"`)).length);
  assert.ok(lost.some(([entry, rest]) => entry === at + 1 && rest.endsWith('network.ndjson: its file is missing')));
  const lines = linesOf(HANG), giants = foundIn(lint(HANG, '--giant', '12000'), 'giant').map(([entry, rest]) => [entry, parseInt(rest, 10)]);
  assert.deepEqual(giants, lines.map((line, index) => [index + 1, Buffer.byteLength(line)]).filter(([, size]) => size > 12000));
  assert.ok(giants.length > 1);
});

test('a long list of findings is cut, and says so', () => {
  const r = lint(HANG, '--giant', '1');
  assert.equal(r.stdout.split('\n').length - 2, 100);
  assert.match(r.stdout, new RegExp(`: 0 ambiguous, 0 unused, 2 late, 0 lost, ${linesOf(HANG).length} giant; the list is not whole\n$`));
  refused(lint(HANG, '--giant', '0'), 2, /--giant: a whole number/);
  refused(lint(), 2, /name one recording/);
  refused(lint(fresh('nothing')), 2, /does not exist/);
  assert.match(lint('--help').stdout, /Exit status\n   0  nothing found\n   1  something/);
});

test('info lists visits, browsers and the largest entries', () => {
  const lines = linesOf(HANG), r = revisit(['recording', 'info', HANG]);
  assert.equal(r.status, 0, said(r));
  const starts = lines.flatMap((line, index) => (line.includes('"start":{') ? [index + 1] : []));
  assert.deepEqual([...r.stdout.matchAll(/^    \d+ +from entry (\d+), /gm)].map(match => Number(match[1])), starts);
  for (const label of ['p1.v1', 'p1.v2', 'p2.v1']) {
    const of = lines.flatMap((line, index) => (line.includes(`"mark":"${label}.`) ? [index + 1] : []));
    const attempts = label === 'p2.v1' ? '1 attempt' : '2 attempts';
    assert.match(r.stdout, new RegExp(`^    ${label.replace('.', '\\.')} +done +${attempts}, entries ${of[0]} to ${of.at(-1)}, `, 'm'));
  }
  const largest = Math.max(...lines.map(line => Buffer.byteLength(line)));
  assert.match(r.stdout, new RegExp(`^  largest\n    ${largest} +bytes: entry ${lines.findIndex(line => Buffer.byteLength(line) === largest) + 1}, `, 'm'));
  const failed = revisit(['recording', 'info', 'fixtures/session-expiry']).stdout;
  assert.match(failed, /^    p4\.v3 +\w+ .*, session_expired$/m);
  // What the manifest says is told of a damaged recording too.
  const damaged = new Damaged(WHOLE), session = damaged.read('session.ndjson');
  session[session.length >> 1] ^= 1;
  damaged.write('session.ndjson', session);
  const told = revisit(['recording', 'info', damaged.dir]);
  assert.equal(told.status, 0);
  assert.match(told.stdout, /^  visits     not told: session\.ndjson:\d+: bad checksum/m);
});

test('info says that a session is cut, where its manifest is of the whole', () => {
  const cut = new Damaged(WHOLE), session = cut.read('session.ndjson');
  const kept = session.subarray(0, session.indexOf('\n', session.length >> 1) + 1);
  cut.write('session.ndjson', kept);
  const entries = kept.toString().split('\n').length - 1;
  assert.match(revisit(['recording', 'info', cut.dir]).stdout, new RegExp(`^  session    cut after entry ${entries}: .*--salvage`, 'm'));
  assert.doesNotMatch(revisit(['recording', 'info', WHOLE]).stdout, /^  session /m);
});

const until = (...args) => revisit(['replay', ...args]);

test('a replay stops at a place and tells where the run stands', () => {
  const r = until(HANG, '--until', 'p1.v1.a1.saveSOAP');
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /^p1\.v1\.a1\.saveSOAP\n  instant    (\d+) us, entry \d+ of the recording\n  visit      patient 1, visit 1, attempt 1, step saveSOAP\n  browser    generation 1\n  in flight  call readNote, since \1 us, its budget to \d+ us\n  effect     saveDiagnosis proved\n  effect     saveSOAP untouched\n/);
  const log = readFileSync(join(HANG, 'events.ndjson'), 'utf8'), shown = [...r.stdout.matchAll(/^  event      (.*)$/gm)].map(match => match[1]);
  assert.equal(shown.length, 8);
  assert.ok(log.includes(shown.join('\n')), 'the last events, in their order');
  tellsNobody(until(WHOLE, '--until', 'p2.v1.a1.saveSOAP'));
});

test('a replay stops at an operation inside a step, the time that is asked for', () => {
  const save = until(HANG, '--until', 'p1.v1.a1.saveSOAP#1');
  assert.match(save.stdout, /^  in flight  call saveSOAP, since \d+ us, its budget to \d+ us\n  effect     saveDiagnosis proved\n  effect     saveSOAP intended$/m);
  // The note is looked at before the save, and in the next attempt, where the save is found to have been made.
  const instants = ['p1.v1.readNote#1', 'p1.v1.a1.saveSOAP', 'p1.v1.readNote#2', 'p1.v1.a2.readNote#1'].map(place => JSON.parse(until(HANG, '--until', place, '--json').stdout));
  assert.deepEqual(instants.map(state => state.inFlight[0].operation), ['readNote', 'readNote', 'readNote', 'readNote']);
  assert.equal(instants[0].at, instants[1].at);
  assert.equal(instants[2].at, instants[3].at);
  assert.ok(instants[0].at < instants[2].at);
  assert.match(until(HANG, '--until', 'p1.v1.start#1').stdout, /^  in flight  start of a browser/m);
  refused(until(HANG, '--until', 'p1.v1.a1.saveSOAP#2'), 2, /never came to p1\.v1\.a1\.saveSOAP#2/);
  refused(until(HANG, '--until', 'p1.v1.a1.dance#1'), 2, /dance is no operation; they are .*readNote, .*start/);
  for (const nth of ['', '0', 'x', '99999999999']) refused(until(HANG, '--until', `p1.v1.a1.saveSOAP#${nth}`), 2, /which time, a number from 1/);
});

test('the state of a stopped replay is also one JSON object, and agrees', () => {
  const lines = linesOf(HANG);
  for (const [mark, attempt, proved] of [['p1.v1.a2.saveSOAP', 2, 'intended'], ['p1.v2', 1, 'untouched'], ['p2.v1.a1.generateBilling', 1, 'proved']]) {
    const r = until(HANG, '--until', mark, '--json');
    assert.equal(r.status, 0, said(r));
    const state = JSON.parse(r.stdout);
    assert.ok(state.mark.startsWith(mark), state.mark);
    assert.equal(state.attempt, attempt);
    assert.equal(state.effects.saveSOAP, proved, mark);
    // The entry taken last is the last request under that mark before anything comes back.
    assert.match(lines[state.entry - 1], new RegExp(`"at":${state.at},.*"mark":"${state.mark}","send":`));
    assert.equal(state.inFlight.length, 1);
  }
  assert.deepEqual(JSON.parse(until(SMALL, '--until', 'run.preflight', '--json').stdout).inFlight.map(op => op.what), ['HTTP request']);
});

test('a place that is none, or was never come to, is said to be so', () => {
  refused(until(HANG, '--until', 'p9.v1'), 2, /never came to p9\.v1/);
  refused(until(HANG, '--until', 'p1.v1.a1.dance'), 2, /dance is no step; they are .*saveSOAP/);
  refused(until(HANG, '--until', 'x3'), 2, /takes a place in a run: p3\.v2\.a1\.saveSOAP/);
  refused(until(HANG, '--until'), 2, /lacks its value/);
  refused(until(HANG, '--json'), 2, /--json goes with --until/);
  refused(until(HANG, '--until', 'p1', '--summary'), 2, /choose one/);
});

test('make dbg stops gdb at that place, inside the step', t => {
  if (spawnSync('gdb', ['--version']).error) return t.skip('there is no gdb here');
  const r = spawnSync('make', ['-s', 'dbg', `RECORDING=${HANG}`, 'UNTIL=p1.v1.a1.saveSOAP', `DBG=${PROGRAM}`, 'GDBFLAGS=-batch -ex bt'],
    { encoding: 'utf8', env: environment({ MAKEFLAGS: '' }), timeout: 120000 });
  assert.match(r.stdout, /^Breakpoint 1, replay_at_mark \(mark=0x\w+ <.*> "p1\.v1\.a1\.saveSOAP"\)/m, said(r));
  assert.match(r.stdout, /^#\d+ .*\brun_batch \(/m, said(r));
});

test('make dbg says what it wants', () => {
  const make = (...args) => spawnSync('make', ['-s', 'dbg', `DBG=${PROGRAM}`, ...args], { encoding: 'utf8', env: environment({ MAKEFLAGS: '' }) });
  assert.match(make('GDB=no-such-debugger', `RECORDING=${HANG}`, 'UNTIL=p1').stdout, /there is no gdb here: install it/);
  assert.match(make('GDB=true').stdout, /name a recording and a place in it/);
});
