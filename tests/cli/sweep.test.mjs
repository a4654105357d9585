// revisit sweep from outside: what it prints for seeds and for one schedule, that this does
// not depend on how many processes there are, and what it refuses. That it finds what is
// wrong with an engine is shown by planted bugs (tests/mutants, tests/sweep/planted.sh).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { BATCH, fresh, put, refused, revisit, said, tellsNobody } from './revisit.mjs';

const DAY = resolve('fixtures/batches/clinic-100.json');
const sweep = (...args) => revisit(['sweep', ...args]);

test('the same seeds print the same bytes, by one process and by four', () => {
  const [one, four] = ['1', '4'].map(jobs => sweep(DAY, '--seeds', '1..130', '--jobs', jobs, '--cells'));
  assert.equal(one.status, 0, said(one));
  assert.equal(one.stdout, four.stdout);
  assert.match(one.stdout, /^130 seeds, 0 violations\n {2}struck +\d+ faults in 132 batches; \d+ kills, \d+ resumes\n/);
  assert.match(one.stdout, /never hit\n( {4}\w+ in attempt [123]:( [a-z_]+)+\n)+$/);
  assert.match(one.stderr, /^130 seeds in \d+\.\d s: [\d,]+ batches\/min {2}[\d,]+ seeds\/s\n$/);
  tellsNobody(one);
});

test('other seeds, and fewer faults, are other runs', () => {
  const log = (...args) => /event logs {2}(\w+)/.exec(sweep(BATCH, ...args).stdout)[1];
  const logs = [log('--seeds', '1..20'), log('--seeds', '2..21'), log('--seeds', '1..20', '--max-faults', '3')];
  assert.equal(new Set(logs).size, 3);
  assert.equal(log('--seeds', '1..20'), logs[0]);
});

test('what never came up fails a sweep of 500 seeds or more, and no smaller one', () => {
  // One fault a seed does not keep a breaker open; under the least that is held to it, that is no failure.
  const few = sweep(DAY, '--seeds', '1..500', '--max-faults', '1');
  assert.equal(few.status, 0, said(few));
  assert.match(few.stdout, /never +breaker stopped the batch\n/);
  const all = sweep(DAY, '--seeds', '1..500');
  assert.equal(all.status, 0, said(all));
  assert.match(all.stdout, /came up +28 of 28 that should\n$/);
});

test('one schedule is one run: what struck, and the event log if it is asked for', () => {
  const r = sweep(BATCH, '--schedule', 'p1.v1.a1.saveSOAP:hang p1.v1.a1.generateBilling#2:hang r2.commit#3:kill');
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /^every law held: \d process(es)?, \d kills?\n {2}struck {4}p1\.v1\.a1\.saveSOAP:hang\n {2}never {5}p1.*\n {2}never {5}r2.*\n$/);
  const logged = sweep(BATCH, '--schedule', 'p1.v1.a1.saveSOAP:hang', '--log');
  assert.match(logged.stdout, /^\{"type":"batch_start",[^]*"step":"saveSOAP","errorKind":"timeout"[^]*\nevery law held/);
  const drawn = sweep(BATCH, '--seed', '3', '--log');
  assert.match(drawn.stdout, /^\{"type":"batch_start",[^]*\nevery law held: .*\n( {2}(struck|never) .*\n)+$/);
});

test('a schedule is read from a file', () => {
  const file = put('schedule.json', JSON.stringify({ claim: 'billed once', faults: ['p1.v1.a1.generateBilling:lost_answer'] }));
  const r = sweep(BATCH, '--faults', file);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /struck {4}p1\.v1\.a1\.generateBilling:lost_answer\n$/);
});

test('what cannot be a sweep is refused, with what to do', () => {
  const bad = put('bad.json', '{"claim":"x","faults":["p1.v1.saveSOPA:hang"]}');
  refused(sweep(), 2, /name one batch or recording/);
  refused(sweep(BATCH, '--seeds', '9..1'), 2, /--seeds 1\.\.1000/);
  refused(sweep(BATCH, '--seeds', '0..1'), 2, /from 1/);
  refused(sweep(BATCH, '--seeds', '1..99999999999999999999'), 2, /--seeds/);
  refused(sweep(BATCH, '--max-faults', '129'), 2, /--max-faults: a whole number from 1 to 128/);
  refused(sweep(BATCH, '--jobs', '0'), 2, /--jobs/);
  refused(sweep(BATCH, '--sede', '1'), 2, /--sede is not an option here; did you mean --seed\?; see revisit sweep --help/);
  refused(sweep(BATCH, '--log'), 2, /--log is of one run/);
  refused(sweep(BATCH, '--schedule', 'start:hang', '--seeds', '1..2'), 2, /one schedule is one run/);
  refused(sweep(BATCH, '--schedule', 'start:hang', '--faults', bad), 2, /choose one/);
  refused(sweep(BATCH, '--schedule', 'p1.v1.saveSOPA:hang'), 2, /--schedule: fault 1: "saveSOPA" is no place/);
  refused(sweep(BATCH, '--schedule', 'p1.v7.saveSOAP:hang'), 2, /p1\.v7\.saveSOAP:hang: the batch runs no such visit/);
  refused(sweep(BATCH, '--faults', bad), 2, /bad\.json: faults\[0\]: "saveSOPA" is no place/);
  refused(sweep(resolve('fixtures/resumed')), 2, /cannot be swept: it resumes another run.*resumed\/batch\.json can/);
  refused(sweep(resolve('fixtures/session-expiry')), 2, /cannot be swept: its run did not come to the end/);
  refused(sweep(put('no.json', '{"patients":[]}')), 2, /no\.json/);
  refused(sweep('/dev/zero'), 2, /\/dev\/zero/);
});

test('a schedule that held leaves no file behind', () => {
  const dir = fresh('out');
  mkdirSync(dir);
  assert.equal(sweep(BATCH, '--seeds', '1..5', '--shrink', '--out', dir).status, 0);
  assert.deepEqual(readdirSync(dir), []);
});

test('a recording can be swept, and its batch', () => {
  const [one, three] = ['1', '3'].map(jobs => sweep(resolve('fixtures/clinic-3'), '--seeds', '1..200', '--jobs', jobs));
  assert.equal(one.status, 0, said(one));
  assert.equal(one.stdout, three.stdout);
  assert.match(one.stdout, /^200 seeds, 0 violations\n {2}struck +\d{3,} faults/);
  assert.equal(sweep(resolve('fixtures/clinic-3/batch.json'), '--seeds', '1..5').status, 0);
});

test('a run over a recording that meets no fault is the recorded one', () => {
  const r = sweep(resolve('fixtures/clinic-100'), '--schedule', '', '--log');
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stdout.replace(/every law held.*\n$/, ''), readFileSync('fixtures/clinic-100/events.ndjson', 'utf8'));
});

test('a fault that lets an answer come which was never recorded has one of the model', () => {
  const r = sweep(resolve('fixtures/hang-save'), '--schedule', 'p1.v1.a2.saveSOAP:late_answer=1 p1.v1.a1.validateSession:missing_element');
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /struck {4}p1\.v1\.a2\.saveSOAP/);
});

test('on a terminal the line is drawn over itself, without colour where NO_COLOR says so', () => {
  const drawn = env => revisit(['-qec', `${resolve(process.env.BUILD ?? 'build', 'revisit')} sweep ${DAY} --seeds 1..200`, '/dev/null'],
    { under: ['sh', '-c', 'shift; exec script "$@"', 'sh'], env });
  const coloured = drawn({});
  assert.equal(coloured.status, 0, said(coloured));
  assert.match(coloured.stdout, /\r\x1b\[K\x1b\[32m\[ *\d+\/200\] 0 violations {2}[\d,]+ batches\/min {2}[\d,]+ seeds\/s\x1b\[0m/);
  const plain = drawn({ NO_COLOR: '1' });
  assert.match(plain.stdout, /\r\x1b\[K\[ *\d+\/200\] 0 violations/);
  assert.doesNotMatch(plain.stdout, /\x1b\[3/);
});
