// `recording slice`: what is cut out of a recording is a recording. Its visits end as they
// ended there, under the same labels, it replays strictly to its own log, and where visits
// cannot stand alone, the command says why and leaves nothing.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fresh, refused, revisit, said } from './revisit.mjs';
import { Damaged, WHOLE, mendLine, renumbered } from './damaged.mjs';

const slice = (dir, visits, to, options = {}) => revisit(['recording', 'slice', dir, '--visits', visits, '-o', to], options);
const eventsOf = text => text.split('\n').filter(Boolean).map(line => JSON.parse(line));
const logOf = dir => eventsOf(readFileSync(join('fixtures', dir, 'events.ndjson'), 'utf8'));

// What became of each visit, and on the way to it, whatever the time.
function courses(events) {
  const found = new Map();
  for (const { type, patient, dos, attempt, step, errorKind, outcome, delay, error } of events)
    if (patient && ['step', 'retry', 'visit_start', 'visit_result'].includes(type) && !['startBrowser', 'validateSession'].includes(step)) {
      const label = `${patient}.v${dos}`, told = { type, attempt, step, errorKind, outcome, delay, error };
      if (type === 'step' && step === 'closeVisit') continue; // for the sake of the visit before, it may be left out
      found.set(label, [...(found.get(label) ?? []), told]);
    }
  return found;
}

function sliced(fixture, visits) {
  const to = fresh('slice'), r = slice(join('fixtures', fixture), visits, to);
  assert.equal(r.status, 0, `${fixture} ${visits}: ${said(r)}`);
  assert.match(r.stdout, /: \d+ of \d+ visits: \d+ of \d+ entries; it replays\n$/);
  assert.equal(revisit(['recording', 'verify', to]).status, 0);
  assert.equal(revisit(['replay', to, '--verify']).status, 0);
  assert.ok(!existsSync(`${to}.part`));
  return { to, events: eventsOf(revisit(['replay', to]).stdout) };
}

// [fixture, visits]: clean ones, with retries, with a browser of an earlier visit, after a
// visit that was left open, with the breaker, resumed, and to the end of the session.
const CASES = [['clinic-3', 'p2.v1'], ['clinic-3', 'p1.v2,p2.*'], ['hang-save', 'p1.v1,p2'], ['hang-save', 'p1.v2'], ['browser-killed', 'p2.v1'],
  ['renderer-crash', 'p1.v1,p2.v2'], ['lost-billing-answer', 'p1.v2'], ['patient-missing', 'p2.v1,p3.v1'], ['wrong-patient', 'p1.v1'],
  ['wrong-patient', 'p1.v1,p3.v1'], ['http-faults', 'p2.v3'], ['breaker', 'p1,p2.v1,p2.v3'], ['resumed', 'p2.v1'], ['session-expiry', 'p2.v3,p4.v3']];

test('the chosen visits end as they ended there, and no other is run', () => {
  for (const [fixture, visits] of CASES) {
    const { to, events } = sliced(fixture, visits), before = courses(logOf(fixture)), after = courses(events);
    const chosen = visits.split(',').map(word => new RegExp(`^${word.replace(/\.\*$/, '').replace('.', '\\.')}(\\.|$)`));
    const expected = [...before.keys()].filter(label => chosen.some(pattern => pattern.test(label)));
    assert.deepEqual([...after.keys()].sort(), expected.sort(), `${fixture} ${visits}`);
    for (const label of expected) assert.deepEqual(after.get(label), before.get(label), `${fixture} ${label}`);
    const size = dir => JSON.parse(readFileSync(join(dir, 'manifest.json'), 'utf8')).counts.entries;
    assert.ok(size(to) < size(join('fixtures', fixture)), fixture);
  }
});

test('one visit of a hundred, and every third of them', () => {
  const one = sliced('clinic-100', 'p24.v1').events.filter(event => event.type === 'visit_result');
  assert.deepEqual(one.map(({ patient, dos, outcome, attempt }) => [patient, dos, outcome, attempt]), [['p24', 1, 'failed', 3]]);
  const labels = logOf('clinic-100').filter(event => event.type === 'visit_result').map(({ patient, dos }) => `${patient}.v${dos}`).filter((_, i) => i % 3 === 0);
  const { events } = sliced('clinic-100', labels.join(',')), before = courses(logOf('clinic-100')), after = courses(events);
  for (const label of labels) assert.deepEqual(after.get(label), before.get(label), label);
});

test('a slice of a slice, and a slice that is packed, are like any other', () => {
  const { to } = sliced('clinic-3', 'p1.*'), again = fresh('slice');
  assert.equal(revisit(['recording', 'pack', to]).status, 0);
  const r = slice(to, 'p1.v2', again);
  assert.equal(r.status, 0, said(r));
  assert.equal(revisit(['replay', again, '--verify']).status, 0);
});

test('the patients who are left out leave the batch, and the slice says what it is of', () => {
  const { to } = sliced('clinic-3', 'p2.v1'), batch = JSON.parse(readFileSync(join(to, 'batch.json'), 'utf8')), whole = JSON.parse(readFileSync(join(WHOLE, 'batch.json'), 'utf8'));
  assert.deepEqual(batch.data.patients.map(patient => patient.visits.map(visit => visit.status)), [['pending', 'pending'], ['done']]);
  assert.ok(!readFileSync(join(to, 'batch.json'), 'utf8').includes(whole.data.patients[0].name));
  assert.deepEqual(batch.data.patients[1], whole.data.patients[1]);
  assert.match(JSON.parse(readFileSync(join(to, 'manifest.json'), 'utf8')).slice, /^p2\.v1 of 2943 entries/);
  assert.match(revisit(['recording', 'info', to]).stdout, /^  slice      p2\.v1 of 2943 entries/m);
});

test('the same slice is the same bytes', () => {
  const [a, b] = [sliced('clinic-3', 'p1.v2').to, sliced('clinic-3', 'p1.v2').to];
  for (const name of readdirSync(a)) assert.ok(readFileSync(join(a, name)).equals(readFileSync(join(b, name))), name);
});

// The bill of p1.v2 is asked for, and its answer is no more: the run cannot be had.
test('visits that cannot be replayed alone are told by entry, and nothing is left', () => {
  const to = fresh('slice'), lines = readFileSync(join(WHOLE, 'session.ndjson'), 'utf8').split('\n').slice(0, -1);
  const fate = logOf('session-expiry').filter(event => event.outcome === 'not_attempted').map(({ patient, dos }) => `${patient}.v${dos}`);
  const never = slice('fixtures/session-expiry', fate[0], to);
  assert.equal(never.status, 1, said(never));
  assert.match(never.stderr, new RegExp(`${fate[0].replace('.', '\\.')} alone cannot be replayed: .*a visit that the recorded run did not come to`));
  assert.deepEqual(readdirSync(dirname(to)).filter(name => join(dirname(to), name).startsWith(to)), []);
  // A request of the visit itself that is another one.
  const at = lines.findIndex(line => line.includes('"mark":"p2.v1.a1.selectPatient","send"'));
  const copy = new Damaged(WHOLE).session(lines.map((line, index) => (index === at ? mendLine(line.replace('selectPatient\\"', 'lookAround\\"')) : line)));
  const other = slice(copy.dir, 'p2.v1', to);
  assert.equal(other.status, 1, said(other));
  assert.match(other.stderr, new RegExp(`at entry ${at + 1} \\(send Runtime\\.evaluate lookAround, in p2\\.v1\\.a1\\.selectPatient\\) the engine asks for another thing \\(send Runtime\\.evaluate selectPatient\\)`));
  // An answer that is not there.
  const answer = lines.findIndex((line, index) => index > at && /"mark":"p2\.v1\.a1\.sortVisits","bytes":\{"id"/.test(line));
  const short = slice(new Damaged(WHOLE).session(renumbered(lines.filter((_, index) => index !== answer))).dir, 'p2.v1', to);
  assert.equal(short.status, 1, said(short));
  assert.match(short.stderr, /the engine waits for what did not come/);
  assert.ok(!existsSync(to) && !existsSync(`${to}.part`));
});

// The slice ends where the run did: in its last visit, or when its visits are over.
test('of a recording that was cut the slice is cut too, and replays to there', () => {
  const lines = readFileSync(join(WHOLE, 'session.ndjson'), 'utf8').split('\n').slice(0, -1), cut = fresh('cut');
  const copy = new Damaged(WHOLE).write('session.ndjson', lines.slice(0, 2500).join('\n') + '\n');
  assert.equal(revisit(['recording', 'verify', copy.dir, '--salvage', cut]).status, 0);
  const before = courses(eventsOf(revisit(['replay', cut]).stdout));
  for (const [visits, labels] of [['p1.v2', ['p1.v2']], ['p2.v1', ['p2.v1']], ['p1.v1,p2', ['p1.v1', 'p2.v1']]]) {
    const to = fresh('slice'), r = slice(cut, visits, to);
    assert.equal(r.status, 0, `${visits}: ${said(r)}`);
    assert.match(r.stdout, /: \d+ of 2500 entries; it replays, to where the run was cut\n$/);
    const replay = revisit(['replay', to, '--verify']);
    assert.equal(replay.status, 0, said(replay));
    assert.match(replay.stderr, /the recording was cut at entry \d+/);
    const after = courses(eventsOf(revisit(['replay', to]).stdout));
    assert.deepEqual([...after.keys()], labels);
    for (const label of labels) assert.deepEqual(after.get(label), before.get(label), label);
  }
});

test('what is asked for wrongly is refused, and nothing is made', () => {
  const to = fresh('slice'), full = fresh('full');
  mkdirSync(full);
  writeFileSync(join(full, 'mine'), '');
  refused(slice(WHOLE, 'p9.v1', to), 2, /p9\.v1 is not among the visits/);
  refused(slice(WHOLE, 'p1.v1,', to), 2, /is no visit/);
  refused(slice(WHOLE, 'run', to), 2, /is no visit/);
  refused(slice(WHOLE, 'p1.v1.a1', to), 2, /is no visit/);
  refused(slice(WHOLE, 'p1', full), 2, /is not empty/);
  refused(slice(fresh('nothing'), 'p1', to), 2, /does not exist/);
  refused(revisit(['recording', 'slice', WHOLE, '-o', to]), 2, /say which visits/);
  refused(revisit(['recording', 'slice', WHOLE, '--visits', 'p1']), 2, /say which visits/);
  const damaged = new Damaged(WHOLE), session = damaged.read('session.ndjson');
  session[Math.floor(session.length / 2)] ^= 1;
  damaged.write('session.ndjson', session);
  refused(slice(damaged.dir, 'p1', to), 7, /bad checksum/);
  refused(slice(WHOLE, 'p1', join(to, 'in', 'nowhere')), 9, /cannot make the directory/);
  assert.ok(!existsSync(to) && !existsSync(`${to}.part`) && readdirSync(full).join() === 'mine');
  mkdirSync(`${to}.part`);
  writeFileSync(join(`${to}.part`, 'manifest.json'), 'mine');
  refused(slice(WHOLE, 'p1', to), 2, /\.part is there already, from one that was cut off: remove it/);
  assert.equal(readFileSync(join(`${to}.part`, 'manifest.json'), 'utf8'), 'mine');
});
