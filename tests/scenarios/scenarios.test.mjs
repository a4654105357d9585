// `revisit test` from outside: what a person sees who writes a scenario, gets it wrong, and
// mends it.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { bounded, fresh, put, revisit, said } from '../cli/revisit.mjs';

const FOLDER = 'fixtures/scenarios';
const FIXTURES = readdirSync(FOLDER).filter(name => name.endsWith('.yaml'));
const read = path => readFileSync(path, 'utf8');

// A scenario of lines, as a file.
const scenario = (...lines) => put('claim.yaml', lines.join('\n') + '\n');
const PLAIN = ['claim: It is done.', 'batch: {visits: 2}'];

// A scenario of the project in a folder beside the batches and recordings that it may name.
function copied(name) {
  const folder = fresh('fixtures');
  mkdirSync(join(folder, 'scenarios'), { recursive: true });
  for (const beside of readdirSync('fixtures').filter(entry => entry !== 'scenarios')) symlinkSync(resolve('fixtures', beside), join(folder, beside));
  const path = join(folder, 'scenarios', name);
  copyFileSync(join(FOLDER, name), path);
  return path;
}

const holds = path => assert.equal(revisit(['test', path]).status, 0, said(revisit(['test', path])));

// What a failure shows to be pasted: [{ expected, actual }].
function sides(stdout) {
  const found = [];
  for (const [, expected, actual] of stdout.matchAll(/^    expected:\n([^]*?)^    actual:\n([^]*?)(?=^  \S*\.yaml:\d|^\d+ passed|^(?:ok  |FAIL|new ) )/gm)) found.push({ expected, actual });
  return found;
}

test('every scenario of the project holds, and is named by its claim', () => {
  const r = revisit(['test', FOLDER]);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, new RegExp(`^${FIXTURES.length} passed, 0 failed$`, 'm'));
  assert.ok(FIXTURES.length >= 40);
  for (const name of FIXTURES) assert.match(name, /^[a-z0-9]+(-[a-z0-9]+){3,}\.yaml$/);
});

test('the same runs print the same bytes, under any locale, time zone and order of files', () => {
  const first = revisit(['test', FOLDER, '--json']).stdout;
  assert.equal(revisit(['test', FOLDER, '--json'], { env: { TZ: 'Asia/Tokyo', LC_ALL: 'de_DE.UTF-8' } }).stdout, first);
  const one = first.split('\n').find(line => line.includes(FIXTURES.at(-1)));
  assert.equal(revisit(['test', join(FOLDER, FIXTURES.at(-1)), '--json']).stdout, one + '\n');
});

test('what is wrong with a file is told by line and column, with what is allowed', () => {
  const cases = [
    [['clam: It is done.'], 1, 1, 'did you mean claim\\?; allowed are claim, batch'],
    [['claim: It is done.', 'batch: {visits: none}'], 2, 17, 'a whole number from 1 to 500'],
    [[...PLAIN, 'claim: Twice.'], 3, 1, '"claim" stands here a second time; the first is in line 1'],
    [[...PLAIN, 'expect: &x {others: done}'], 3, 9, 'an anchor'],
    [[...PLAIN, 'expect: *x'], 3, 9, 'an alias'],
    [[...PLAIN, 'expect: !!map {others: done}'], 3, 9, 'a tag'],
    [[...PLAIN, 'expect:', '  p1.v1: dnoe'], 4, 10, 'done, failed, needs_review.* did you mean done\\?'],
    [[...PLAIN, 'expect:', '  p1.v3: done'], 4, 3, 'the batch has no visit p1.v3 to run'],
    [[...PLAIN, 'expect:', '  p1.v1: {attempts: "1"}'], 4, 21, 'quotes stand here; what is allowed is a whole number'],
    [[...PLAIN, 'expect:', '  p1.v1: {attempts: 01e3}'], 4, 21, 'a whole number'],
    [[...PLAIN, 'expect:', '  p1.v1: {delays: 2s}'], 4, 19, 'a list, \\[\\.\\.\\.\\], each of it a time'],
    [[...PLAIN, 'expect:', '  p1.v1: {delays: [2 s]}'], 4, 20, 'a time, a whole number with its unit'],
    [[...PLAIN, 'expect:', '  p1.v1: {chart: {bils: 1}}'], 4, 19, 'did you mean bills\\?'],
    [[...PLAIN, 'faults: p1.v1.a1.saveSOAP:hagn', 'never: billed twice'], 3, 9, '"hagn" is no kind of fault; did you mean hang\\?'],
    [[...PLAIN, 'faults: p1.v1.a1.addICD:rejected', 'never: billed twice'], 3, 9, 'rejected cannot happen at addICD'],
    [[...PLAIN, 'never: [bild twice]'], 3, 9, 'did you mean billed twice\\?'],
    [[...PLAIN, 'settings: {timeout_multiplier: 0}', 'never: billed twice'], 3, 32, '0\\.1 to 100'],
    [[...PLAIN, 'then: [resume, sleep]', 'never: billed twice'], 3, 16, 'resume, login, wait'],
    [PLAIN, 1, 1, '`expect:` or `never:` is needed'],
    [['claim: It is done.', 'never: billed twice'], 1, 1, 'one of `batch:` and `recording:` is needed'],
    [['claim: It is done.', 'batch: {visits: 2, patients: [{}]}', 'never: billed twice'], 2, 8, 'is enough'],
    [['claim: It is done.', 'batch: ../no.json', 'never: billed twice'], 2, 8, 'no\\.json: no such file'],
    [['claim: It is done.', 'batch:', '  patients: [{dob: 13/45/1900}]', 'never: billed twice'], 3, 3, 'the batch: 1 problem in the batch: +patients\\[0\\]\\.dob'],
    [['claim: It is done.', 'recording: ../no-day', 'never: billed twice'], 2, 12, 'the recording: .*no-day'],
    [['claim: It is done.', `recording: ${resolve('fixtures/clinic-3')}`, 'expect: {p1.v1: {chart: {bills: 1}}}'], 3, 33, 'a recording does not tell what a chart holds'],
    [['claim: It is done.', `recording: ${resolve('fixtures/clinic-3')}`, 'expect: {p7.v1: done}'], 3, 10, 'the batch has no visit p7.v1'],
    [['claim: It is done.', `recording: ${resolve('fixtures/clinic-3')}`, 'then: [login, resume]', 'never: overwrote a note'], 4, 8, 'a recording does not tell that'],
    [[...PLAIN, 'schedule: ../no.json', 'never: billed twice'], 3, 11, 'the schedule: .*no\\.json: no such file'],
    [[...PLAIN, `schedule: ${resolve('fixtures/batches/clinic-3.json')}`, 'never: billed twice'], 3, 11, 'the schedule: '],
    [['claim: no full stop', 'batch: {visits: 2}', 'never: billed twice'], 1, 8, 'ends with a full stop'],
    [['claim:', 'batch: {visits: 2}'], 1, 7, 'a value is missing'],
    [['- claim'], 1, 1, 'a list stands here; what is allowed is a map'],
    [['claim: [It is done.'], 2, 1, 'not YAML: .*did not find expected'],
    [['claim: It is done.', '---', 'claim: Again.'], 2, 1, 'a second document'],
    [['%YAML 1.1', '---', 'claim: It is done.'], 1, 1, 'a directive'],
    [['? [a]', ': b'], 1, 3, 'a key must be a word'],
  ];
  for (const [lines, line, column, why] of cases) {
    const path = scenario(...lines), r = revisit(['test', path]);
    assert.equal(r.status, 2, said(r));
    assert.equal(r.stdout, '');
    assert.match(r.stderr, new RegExp(`^${path}:${line}:${column}: .*${why}`, 'm'), lines.join('\n'));
  }
});

test('all problems of all files are listed, and nothing is run', () => {
  const a = scenario('claim: x', 'batch: {visits: 0}', 'expects: 1'), b = scenario(...PLAIN, 'never: nothing');
  const r = revisit(['test', a, FOLDER, b, resolve(fresh('absent.yaml'))]);
  assert.equal(r.status, 2, said(r));
  assert.equal(r.stdout, '');
  assert.equal(r.stderr.trimEnd().split('\n').length, 5, r.stderr);
  for (const place of [`${a}:1:8:`, `${a}:2:17:`, `${a}:3:1:`, `${b}:3:8:`, 'absent.yaml: no such file']) assert.ok(r.stderr.includes(place), r.stderr);
});

test('files that are no scenarios are refused by what they are, in bounded memory', () => {
  const files = {
    'huge.yaml': ['a'.repeat(300 << 10), 'over the limit: 307200 bytes'],
    'deep.yaml': ['['.repeat(100000), ':1:13: over the limit: lists and maps stand more than 12 deep'],
    'maps.yaml': ['{a: '.repeat(20000), 'over the limit'],
    'many.yaml': [`a: [${'x, '.repeat(30000)}x]`, 'over the limit: more than 2000 values'],
    'bomb.yaml': ['a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n', ':1:4: an anchor'],
    'nul.yaml': ['claim: a\0b\n', ':1:9: a NUL byte'],
    'bom.yaml': ['\ufeffclaim: a\n', ':1:1: a byte order mark'],
    'latin.yaml': [Buffer.from('claim: caf\xe9\n', 'latin1'), ':1:11: bytes that are no UTF-8'],
    'surrogate.yaml': [Buffer.from([0x61, 0x3a, 0x20, 0xed, 0xa0, 0x80]), ':1:4: bytes that are no UTF-8'],
    'utf16.yaml': [Buffer.from('claim: a', 'utf16le'), ':1:2: a NUL byte'],
    'crlf.yaml': ['claim: a.\r\n', ':1:10: a carriage return'],
    'tab.yaml': ['claim:\ta.\n', ':1:7: a tab'],
    'escape.yaml': ['claim: \x1b[31m\n', ':1:8: a control character'],
    'separator.yaml': ['claim: a\u2028b\n', ':1:9: a line separator'],
    'empty.yaml': ['', 'the file is empty'],
    'comment.yaml': ['# nothing\n', 'there is nothing in it'],
    'told.yaml': ['claim: "\\e[31m"\n', ':1:8: "\\u001b[31m" is not'],
  };
  for (const [name, [content, why]] of Object.entries(files)) {
    const path = put(name, content), r = bounded(['test', path]);
    assert.equal(r.status, 2, said(r));
    assert.ok(r.stderr.includes(`${path}`) && r.stderr.includes(why), `${name}: ${r.stderr}`);
    assert.doesNotMatch(r.stderr, /[\x00-\x09\x0b-\x1f]/, name);
  }
  const fifo = fresh('fifo.yaml');
  spawnSync('mkfifo', [fifo]);
  for (const path of [fifo, '/dev/zero', '/dev/null']) assert.equal(revisit(['test', path]).status, 2, path);
  const folder = fresh('none');
  mkdirSync(folder);
  assert.match(revisit(['test', folder]).stderr, /^revisit: test: .*no scenario is in this folder/);
  assert.match(revisit(['test', fresh('absent.yaml')]).stderr, /^revisit: test: .*absent\.yaml: no such file\n$/);
});

test('-q tells only what does not hold', () => {
  const good = scenario(...PLAIN, 'never: billed twice'), bad = scenario(...PLAIN, 'expect:', '  p1.v1: failed');
  const all = revisit(['test', good, bad]), quiet = revisit(['test', '-q', good, bad]);
  assert.equal(quiet.status, 1, said(quiet));
  assert.equal(quiet.stdout, all.stdout.split('\n').filter(line => !line.startsWith('ok ')).join('\n'));
  assert.ok(all.stdout.length > quiet.stdout.length && quiet.stdout.includes(bad), all.stdout);
});

const WRONG = [
  '# Kept.',
  'claim: A hung save is tried again.   # and this',
  'batch: {visits: 4}',
  'faults: p1.v1.a1.saveSOAP:hang',
  'expect:',
  '  p1.v1:              # the one that hangs',
  '    outcome: failed   # it is not',
  '    attempts: 3',
  '    within: 9s',
  '    delays:',
  '      - 3s   # the first',
  '      # between',
  '      - 4s   # one too many',
  '    retried_after: [saveSOAP network]',
  '    chart: {codes: none, note: ours, bills: 2}',
  '  p1.v2: {outcome: done, operations: at most 3}',
  '  others: {outcome: failed, attempts: 1, chart: {bills: 1}}   # all of them',
  '  batch:',
  '    exit: 1',
  '  runs: [fatal]',
  '# The end.',
];

test('what a failure shows can be pasted over what is there, and holds', () => {
  const path = scenario(...WRONG), r = revisit(['test', path]);
  assert.equal(r.status, 1, said(r));
  for (const place of ['7:14: p1.v1.outcome', '8:15: p1.v1.attempts', '9:13: p1.v1.within', '15:20: p1.v1.chart.codes', '17:3: others', '19:11: batch.exit', '20:9: runs'])
    assert.ok(r.stdout.includes(`  ${path}:${place}\n`), `${place}\n${r.stdout}`);
  let text = read(path);
  for (const { expected, actual } of sides(r.stdout)) {
    assert.equal(text.split(expected).length, 2, expected);
    text = text.replace(expected, () => actual);
  }
  writeFileSync(path, text);
  holds(path);
});

test('--accept writes what came, and keeps comments and all other lines byte for byte', () => {
  const path = scenario(...WRONG), r = revisit(['test', '--accept', path]);
  assert.equal(r.status, 0, said(r));
  const before = WRONG, after = read(path).trimEnd().split('\n');
  const changed = { 7: '    outcome: done   # it is not', 8: '    attempts: 2', 11: '      - 2s   # the first', 12: null, 13: null,
    14: '    retried_after: [saveSOAP timeout]', 15: '    chart: {codes: ours, note: ours, bills: 1}', 19: '    exit: 0', 20: '  runs: [complete]' };
  const others = ['  p2.v1: {outcome: done, attempts: 1, chart: {bills: 1}}', '  p3.v1: {outcome: done, attempts: 1, chart: {bills: 1}}'];
  const expected = before.flatMap((line, i) => i + 1 in changed ? changed[i + 1] ?? [] : i + 1 === 17 ? [...others, line] : [line]);
  const loosely = lines => lines.map(line => line.replace(/(within: )\d+m?s$/, '$1#').replace(/(at most )\d+/, '$1#'));
  assert.deepEqual(loosely(after), loosely(expected));
  holds(path);
});

// The outcome of one visit that is named, or of the batch, made another one.
function wronged(text) {
  const lines = text.split('\n');
  for (let i = lines.indexOf('expect:') + 1; i < lines.length; i++) {
    const line = /^  (p\d+\.v\d+|batch):/.test(lines[i]) || /^    outcome:/.test(lines[i]) ? lines[i] : '';
    const changed = line.replace(/(?<=[:] )(done|failed|needs_review|interrupted|complete|fatal|stopped|breaker|environment)\b/,
      word => /done|failed|needs_review|interrupted/.test(word) ? 'not_attempted' : word === 'stopped' ? 'fatal' : 'stopped');
    if (changed !== line) return [...lines.slice(0, i), changed, ...lines.slice(i + 1)].join('\n');
  }
  return text;
}

test('a scenario of the project with one claim changed fails, and is put right byte for byte by --accept', () => {
  let tried = 0;
  for (const name of FIXTURES) {
    const path = copied(name), right = read(path), wrong = wronged(right);
    if (wrong === right) continue;
    writeFileSync(path, wrong);
    assert.equal(revisit(['test', path]).status, 1, name);
    const r = revisit(['test', '--accept', path]);
    assert.equal(r.status, 0, said(r));
    assert.equal(read(path), right, name);
    tried++;
  }
  assert.ok(tried >= 40, `${tried} were tried`);
});

test('what must never happen is told with its visit, and is never accepted', () => {
  // It lands when another attempt has saved the note already.
  const path = scenario('claim: A note is saved once.', 'batch: {visits: 2}', 'faults: p1.v2.a1.saveSOAP:late_effect=80000', 'expect:', '  p1.v2: failed',
    'never:', '  - billed twice', '  - note saved twice');
  const text = read(path), r = revisit(['test', '--accept', path]);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /:8:5: never: note saved twice: p1\.v2: more than one save of ours of one chart's note\n/);
  assert.doesNotMatch(r.stdout, /never: billed/);
  assert.equal(read(path), text);
});

test('a scenario whose claims hold without its faults fails, and so does a fault that never strikes', () => {
  const idle = scenario(...PLAIN, 'faults: p1.v1.openVisit:delay=5', 'expect: {others: done}');
  const r = revisit(['test', idle]);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /:3:9: faults: all that is expected holds without them too: they prove nothing/);
  const absent = scenario(...PLAIN, 'faults: [p1.v1.a1.saveSOAP:hang, p1.v1.a3.saveSOAP:hang]', 'expect: {p1.v1: {outcome: done, attempts: 2}}');
  assert.match(revisit(['test', absent]).stdout, /:3:34: p1\.v1\.a3\.saveSOAP:hang: this fault never struck/);
});

test('--without-faults shows what does not hold without them', () => {
  const name = 'a-hung-save-is-tried-again.yaml', r = revisit(['test', '--without-faults', join(FOLDER, name)]);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /attempts: 2\n    actual:\n    attempts: 1\n/);
});

test('a scenario is drafted from a recording, of one visit or of all that were not plain, and holds', () => {
  for (const name of readdirSync('fixtures').filter(entry => !['README.md', 'batches', 'recipes', 'record.mjs', 'scenarios', 'schedules'].includes(entry))) {
    const r = revisit(['test', '--from', resolve('fixtures', name)]);
    assert.equal(r.status, 0, said(r));
    holds(put('draft.yaml', r.stdout));
  }
  const one = revisit(['test', '--from', resolve('fixtures/clinic-100'), 'p24.v1']);
  assert.match(one.stdout, /^  p24\.v1:\n    outcome: failed\n    attempts: 3\n    step: navigatePTNote\n    error: element_not_found\n/m);
  assert.match(one.stdout, /^    delays: \[2s, 4s\]$/m);
  assert.doesNotMatch(one.stdout, /others|p9\.v1/);
  holds(put('one.yaml', one.stdout));
  for (const [args, status] of [[['p99.v1'], 2], [['p1'], 2], [['p1.v1', 'p1.v2'], 2]]) assert.equal(revisit(['test', '--from', 'fixtures/clinic-3', ...args]).status, status, args);
  assert.equal(revisit(['test', '--from', 'fixtures/batches']).status, 2);
});

test('what rests on assumed answers does not hold unless that is asked for', () => {
  const lines = ['claim: More time cures the hang.', `recording: ${resolve('fixtures/hang-save')}`, 'settings: {timeout_multiplier: 1.5}', 'expect:', '  p1.v1: {outcome: done, attempts: 1}'];
  const r = revisit(['test', scenario(...lines)]);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /:2:12: recording: this rests on 2 answers that the recording does not hold/);
  holds(scenario(...lines, '  batch: {outcome: complete, assumed: at most 2}'));
  assert.match(revisit(['test', scenario(...lines, '  batch: {assumed: at most 1}')]).stdout, /  batch: \{assumed: at most 2\}/);
});

test('--json has one object a scenario, --tap is TAP, -k chooses', () => {
  const wrong = scenario(...WRONG);
  const lines = revisit(['test', wrong, FOLDER, '--json']).stdout.trimEnd().split('\n').map(line => JSON.parse(line));
  assert.equal(lines.length, FIXTURES.length + 1);
  assert.deepEqual(lines.map(({ holds }) => holds), [false, ...FIXTURES.map(() => true)]);
  assert.equal(lines[0].claim, 'A hung save is tried again.');
  const [first] = lines[0].failures;
  assert.deepEqual(first, { line: 7, column: 14, claim: 'p1.v1.outcome', expected: '    outcome: failed   # it is not\n', actual: '    outcome: done   # it is not\n' });
  const tap = revisit(['test', wrong, join(FOLDER, FIXTURES[0]), '--tap']);
  assert.equal(tap.status, 1);
  assert.match(tap.stdout, /^not ok 1 - [^]*^ok 2 - [^]*^1\.\.2$/m);
  for (const line of tap.stdout.trimEnd().split('\n')) assert.match(line, /^(ok|not ok|#|1\.\.)/);
  const some = revisit(['test', FOLDER, '-k', 'RENDERER']);
  assert.match(some.stdout, /^2 passed, 0 failed$/m);
  const none = revisit(['test', FOLDER, '--filter', 'no such words']);
  assert.equal(none.status, 2);
  assert.match(none.stderr, /no scenario has "no such words"/);
});

test('--keys lists every key, and the page for writers speaks of no other', () => {
  const keys = revisit(['test', '--keys']).stdout;
  for (const key of ['claim', 'batch', 'recording', 'faults', 'then', 'expect', 'never', 'retried_after', 'timeout_multiplier', 'other_bills', 'billed twice']) assert.match(keys, new RegExp(`^  ${key}\\b`, 'm'));
  const page = read(join(FOLDER, 'README.md'));
  for (const [, key] of page.matchAll(/^ *(?!expected|actual)([a-z_]+):(?: |$)/gm)) assert.match(keys, new RegExp(`^  ${key}\\b`, 'm'), key);
});

test('every command of the page for writers works, from top to bottom', () => {
  const folder = fresh('checkout');
  mkdirSync(folder);
  for (const name of readdirSync('.').filter(entry => !/^(build.*|\..*)$/.test(entry))) spawnSync('ln', ['-s', resolve(name), join(folder, name)]);
  spawnSync('ln', ['-s', resolve(process.env.BUILD ?? 'build'), join(folder, 'build')]);
  const page = read(join(FOLDER, 'README.md'));
  const blocks = [...page.matchAll(/^```(\w+)\n([^]*?)^```$/gm)];
  let script = '';
  for (const [, kind, body] of blocks) if (kind === 'sh') script += body;
  assert.ok(blocks.length >= 5);
  const r = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', script], { cwd: folder, encoding: 'utf8', timeout: 60000, env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder } });
  assert.equal(r.status, 0, said(r));
  for (const [, kind, body] of blocks) {
    if (kind !== 'text') continue;
    for (const line of body.split('\n').filter(text => text && text !== '...')) assert.ok(r.stdout.includes(line), `${line}\n${r.stdout}`);
  }
});
