// revisit report from outside: what it takes, what it refuses, and what the file is.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmodSync, copyFileSync, existsSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { Damaged } from './damaged.mjs';
import { fresh, put, refused, revisit, said, wordsOf } from './revisit.mjs';

const FIXTURES = readdirSync('fixtures').filter((name) => existsSync(`fixtures/${name}/manifest.json`));

function report(paths, options) {
  const file = fresh('report.html'), ended = revisit(['report', ...paths, '-o', file], options);
  assert.equal(ended.status, 0, said(ended));
  return readFileSync(file, 'utf8');
}
const modelOf = (html) => JSON.parse(/<script id="model" type="application\/json">([^]*?)<\/script>/.exec(html)[1]);

test('every fixture has a report that names no person, and agrees with its event log', () => {
  for (const fixture of FIXTURES) {
    const path = `fixtures/${fixture}`, html = report([path]), [run] = modelOf(html).runs;
    const events = revisit(['replay', path]).stdout.trim().split('\n').map((line) => JSON.parse(line));
    const end = events.find((event) => event.type === 'batch_summary');
    if (end) {
      assert.deepEqual([run.counts.done, run.counts.failed, run.counts.needs_review, run.counts.interrupted, run.counts.not_attempted, run.counts.totalMs, run.outcome],
        [end.succeeded, end.failed, end.needsReview, end.interrupted, end.notAttempted, end.totalMs, end.outcome], fixture);
    }
    assert.equal(run.visits.reduce((sum, visit) => sum + visit.steps.length / 5, 0), events.filter((event) => event.type === 'step').length, fixture);
    assert.equal(run.visits.reduce((sum, visit) => sum + visit.waits.length / 5, 0), events.filter((event) => event.type === 'retry').length, fixture);
    const own = JSON.stringify(modelOf(html));
    for (const word of wordsOf(`${path}/batch.json`)) assert.ok(!own.includes(word), `${fixture}: the report holds "${word}"`);
  }
});

test('it is written whole, beside whatever has a like name', () => {
  const dir = fresh('beside'), file = join(dir, 'r.html'), theirs = join(dir, 'r.html.new');
  mkdirSync(dir);
  writeFileSync(theirs, 'mine');
  for (const again of [1, 2]) assert.equal(revisit(['report', 'fixtures/hang-save', '-o', file]).status, 0, again);
  assert.deepEqual(readdirSync(dir).sort(), ['r.html', 'r.html.new']);
  assert.equal(readFileSync(theirs, 'utf8'), 'mine');
});

test('a hundred visits take less than a megabyte, and two runs beside each other twice that at most', () => {
  assert.ok(report(['fixtures/clinic-100']).length < 1e6);
  assert.ok(report(['fixtures/clinic-100', 'fixtures/clinic-100/events.ndjson']).length < 2e6);
});

test('the policy allows the one style and the one script, and nothing else', () => {
  const html = report(['fixtures/hang-save']);
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)[1];
  const digest = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const style = /<style>([^]*?)<\/style>/.exec(html)[1], scripts = [...html.matchAll(/<script>([^]*?)<\/script>/g)].map(([, text]) => text);
  assert.equal(scripts.length, 1);
  assert.equal(policy, `default-src 'none'; base-uri 'none'; form-action 'none'; script-src ${digest(scripts[0])}; style-src ${digest(style)}`);
  assert.doesNotMatch(html.replaceAll('http://www.w3.org/2000/svg', ''), /https?:\/\/|src=|@import|url\(/);
});

test('a late answer counts as a false timeout, with the timeout that it speaks for', () => {
  const [run] = modelOf(report(['fixtures/hang-save'])).runs;
  const save = run.operations.find((row) => row.name === 'saveSOAP'), budget = run.budgets.find((row) => row.name === 'save');
  assert.deepEqual([save.givenUp, save.late, save.latest], [2, 1, 21333]);
  assert.deepEqual([budget.proposed, budget.advice, run.proposedMultiplier], [27000, 'longer', 1800]);
  const page = run.explained.visits.find((visit) => visit.patient === 'p1' && visit.dos === 1);
  assert.match(page.cure.command, /timeout_multiplier=1\.423/);
});

test('an event log, a cut one, and a run directory without a recording have reports of their steps', () => {
  const whole = modelOf(report(['fixtures/breaker/events.ndjson'])).runs[0];
  assert.deepEqual([whole.counts.failed, whole.operations, whole.cut], [3, undefined, false]);
  assert.ok(whole.steps.length > 5 && whole.marks.some((mark) => mark.mark === 'breaker'));
  const lines = readFileSync('fixtures/breaker/events.ndjson', 'utf8').split('\n');
  const cut = modelOf(report([put('cut.ndjson', `${lines.slice(0, 12).join('\n')}\n`)])).runs[0];
  assert.deepEqual([cut.cut, cut.outcome, cut.counts.unended], [true, undefined, 1]);
  const dir = fresh('run');
  mkdirSync(dir);
  copyFileSync('fixtures/breaker/events.ndjson', join(dir, 'events.ndjson'));
  assert.equal(modelOf(report([dir])).runs[0].counts.failed, 3);
});

test('a recorded run and its what-if stand side by side', () => {
  const other = put('other.ndjson', revisit(['whatif', 'fixtures/hang-save', '--set', 'timeout_multiplier=1.5', '--allow-assumed', '--log']).stdout);
  const [recorded, whatIf] = modelOf(report(['fixtures/hang-save', other])).runs;
  assert.deepEqual([recorded.counts.retries, whatIf.counts.retries], [2, 1]);
});

test('a path that reads like markup is data', () => {
  const dir = fresh("x'<b>&\u2028"), file = fresh('out.html');
  mkdirSync(dir);
  copyFileSync('fixtures/breaker/events.ndjson', join(dir, 'events.ndjson'));
  assert.equal(revisit(['report', dir, '-o', file]).status, 0);
  const html = readFileSync(file, 'utf8');
  assert.ok(!html.includes('<b>') && !html.includes('\u2028'));
  assert.equal(modelOf(html).runs[0].path, dir);
  const { word } = modelOf(html).runs[0];
  assert.equal(spawnSync('bash', ['-c', `printf %s ${word}`], { encoding: 'utf8' }).stdout, dir, 'a shell takes the word for the path');
});

test('what is no run, and what lacks, is refused with what to do', () => {
  refused(revisit(['report', 'fixtures/hang-save']), 2, /say where to write it: -o report\.html/);
  refused(revisit(['report', '-o', fresh('x.html')]), 2, /name one to three/);
  refused(revisit(['report', ...Array(4).fill('fixtures/hang-save'), '-o', fresh('x.html')]), 2, /name one to three/);
  refused(revisit(['report', 'fixtures/hang-save', '--output']), 2, /lacks its value/);
  const file = fresh('none.html');
  refused(revisit(['report', fresh('nothing'), '-o', file]), 2, /nothing/);
  refused(revisit(['report', put('words.txt', 'some words\n'), '-o', file]), 2, /no line of it is an event/);
  assert.ok(!existsSync(file), 'nothing was written');
});

test('a recording that is damaged or does not replay has no report, with its own exit status', () => {
  const copy = new Damaged('fixtures/hang-save'), file = fresh('x.html'), lines = copy.read('session.ndjson').toString().split('\n');
  writeFileSync(join(copy.dir, 'session.ndjson'), lines.map((line, i) => (i === 40 ? line.replace(/\d/, (digit) => String((Number(digit) + 1) % 10)) : line)).join('\n'));
  const ended = revisit(['report', copy.dir, '-o', file]);
  assert.equal(ended.status, 7, said(ended));
  assert.ok(!existsSync(file));
});

test('a report that cannot be written costs exit 9, and what stood there stands', () => {
  const file = fresh('kept.html');
  writeFileSync(file, 'kept');
  const full = revisit(['report', 'fixtures/hang-save', '-o', file], { under: ['sh', '-c', 'ulimit -f 8; trap "" XFSZ; exec "$@"', 'sh'] });
  refused(full, 9, /kept\.html: cannot be written: File too large/);
  assert.equal(readFileSync(file, 'utf8'), 'kept');
  refused(revisit(['report', 'fixtures/hang-save', '-o', join(fresh('no'), 'x.html')]), 9, /x\.html: cannot be written: No such file or directory/);
  refused(revisit(['report', 'fixtures/hang-save', '-o', dirname(file)]), 9, /is there and is no file/);
  assert.deepEqual(readdirSync(dirname(file)).filter((name) => name.startsWith(file.split('/').pop()) && name !== file.split('/').pop()), [], 'no part is left');
  chmodSync(file, 0o600);
  assert.equal(revisit(['report', 'fixtures/hang-save', '-o', file]).status, 0);
  assert.ok(statSync(file).size > 1000);
});
