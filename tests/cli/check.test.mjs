// `revisit check`: recordings found, replayed side by side and compared; what it prints and
// writes for people and for CI, and its exit statuses.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { PROGRAM, environment, fresh, refused, revisit, said, tellsNobody } from './revisit.mjs';
import { Damaged, SMALL, WHOLE } from './damaged.mjs';
import { readXml } from './xml.mjs';

const HANG = 'fixtures/hang-save';
const LANDLOCK = / = [1-9]\d*$/m.test(spawnSync('strace', ['-e', 'trace=landlock_create_ruleset', PROGRAM, 'replay', SMALL], { encoding: 'utf8' }).stderr);
const RECORDINGS = readdirSync('fixtures').map(name => `fixtures/${name}`).filter(dir => statSync(dir).isDirectory() && readdirSync(dir).includes('manifest.json')).sort();
const eventsOf = dir => readFileSync(join(dir, 'events.ndjson'), 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));
const check = (...args) => revisit(['check', ...args]);
const named = r => [...r.stdout.matchAll(/^(?:PASS|FAIL) \[ *\d+\.\d\ds\] (.*?)(?: \(.*\))?$/gm)].map(([, name]) => name);

// A directory with these recordings, as [name, damaged or fixture].
function folder(recordings) {
  const dir = fresh('recordings');
  mkdirSync(dir);
  for (const [name, from] of recordings) {
    mkdirSync(join(dir, dirname(name)), { recursive: true });
    if (from instanceof Damaged) renameSync(from.dir, join(dir, name));
    else cpSync(from, join(dir, name), { recursive: true, dereference: true });
  }
  return dir;
}

// Replays to an entry that asks for another birth date: in p1.v1 of clinic-3.
function diverging() {
  const at = readFileSync(join(WHOLE, 'session.ndjson'), 'utf8').split('\n').findIndex(line => line.includes('searchPatient\\"') && line.includes('"send"'));
  return new Damaged(WHOLE).entry(at, line => line.replace(/(?<=\\"dob\\":\\")[^\\]+/, '12/31/1999'));
}

// Replays whole, to another log than the recorded one: it differs in the result of a visit.
function otherLog(fixture, patient, dos) {
  const log = readFileSync(join(fixture, 'events.ndjson'), 'utf8');
  const line = new RegExp(`("type":"visit_result","at":\\d+,"patient":"${patient}","dos":${dos},.*"duration":)\\d+`);
  assert.match(log, line);
  return new Damaged(fixture).mend('events.ndjson', log.replace(line, '$17'));
}

function damaged(fixture = SMALL) {
  const copy = new Damaged(fixture), session = copy.read('session.ndjson');
  session[Math.floor(session.length / 2)] ^= 1;
  return copy.write('session.ndjson', session);
}

test('every fixture is found, replayed and equal; JUnit agrees with the event logs', () => {
  const file = fresh('junit.xml'), r = check('fixtures', '--junit', file);
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stderr, '');
  assert.deepEqual(named(r).sort(), RECORDINGS);
  const results = RECORDINGS.map(dir => eventsOf(dir).filter(event => event.type === 'visit_result'));
  assert.match(r.stdout, new RegExp(`\\n${RECORDINGS.length} of ${RECORDINGS.length} recordings equal \\(\\d+ visits\\) \\[ *\\d+\\.\\d\\ds\\]\\n$`));
  const root = readXml(readFileSync(file, 'utf8')), suites = root.all('testsuite');
  assert.equal(root.name, 'testsuites');
  assert.deepEqual(suites.map(suite => suite.at.name), RECORDINGS);
  suites.forEach((suite, index) => {
    const cases = suite.all('testcase');
    assert.deepEqual(cases.map(c => c.at.name), results[index].map(event => `${event.patient}.v${event.dos}`), suite.at.name);
    assert.equal(suite.at.tests, String(cases.length));
    const retries = eventsOf(RECORDINGS[index]).filter(event => event.type === 'retry');
    assert.deepEqual(suite.all('flakyFailure').map(one => one.at.type), retries.map(event => event.errorKind), suite.at.name);
    const unwell = results[index].filter(event => event.outcome !== 'done');
    assert.deepEqual(suite.all('system-out').map(one => one.text.split(/[:,]/)[0]), unwell.map(event => event.outcome));
  });
  assert.equal(root.at.tests, String(results.flat().length));
  assert.deepEqual([root.at.failures, root.at.errors, root.at.skipped], ['0', '0', '0']);
  tellsNobody({ stdout: readFileSync(file, 'utf8'), stderr: r.stdout });
});

test('the largest recording is begun first', () => {
  const r = check('fixtures', '-j', '1'), sizes = Object.fromEntries(RECORDINGS.map(dir => [dir, statSync(join(dir, readdirSync(dir).find(name => name.startsWith('session')))).size]));
  const packed = named(r).indexOf('fixtures/clinic-100');
  assert.equal(packed, 0, 'a packed session counts as what it holds');
  const plain = named(r).filter(dir => readdirSync(dir).includes('session.ndjson')).map(dir => sizes[dir]);
  assert.deepEqual(plain, [...plain].sort((a, b) => b - a));
});

test('a recording is found at any depth, named directly, and once', () => {
  const dir = folder([['a/b/c/one', SMALL], ['two', SMALL]]);
  symlinkSync(join(dir, 'two'), join(dir, 'again'));
  symlinkSync(dir, join(dir, 'a', 'round'));
  const names = r => (assert.equal(r.status, 0, said(r)), named(r).map(name => name.slice(dir.length + 1)).sort());
  assert.deepEqual(names(check(dir)), ['a/b/c/one', 'two']);
  assert.deepEqual(names(check(`${dir}//`, join(dir, 'two'), dir)), ['a/b/c/one', 'two']);
  assert.deepEqual(names(check(join(dir, 'again'))), ['again']);
  assert.deepEqual(named(check('./fixtures//clinic-3/')), ['fixtures/clinic-3']);
});

test('where there is nothing to check it says so, and what is no option is refused', () => {
  const empty = fresh('empty');
  mkdirSync(empty);
  refused(check(), 2, /name directories/);
  refused(check(empty), 2, /there is no recording/);
  refused(check(join(empty, 'x')), 2, /x: does not exist/);
  refused(check('README.md'), 2, /README\.md: is no directory/);
  refused(check(''), 2, /empty path/);
  for (const shard of ['', '1', '0/2', '3/2', '1/0', '1/x', '-1/2', '1/10001']) refused(check(SMALL, '--shard', shard), 2, /--shard: I\/N is needed/);
  for (const jobs of ['0', '257', 'x']) refused(check(SMALL, '-j', jobs), 2, /--jobs: .*1 to 256/);
  const lost = check(SMALL, '--junit', join(empty, 'no', 'such.xml'));
  assert.equal(lost.status, 9, said(lost));
  assert.match(lost.stderr, /such\.xml: cannot be written: No such file/);
});

test('a divergence is one line, with a command that shows it, and exit 1', () => {
  const dir = folder([['one', SMALL], ['two', diverging()]]), file = fresh('junit.xml'), r = check(dir, '--junit', file);
  assert.equal(r.status, 1, said(r));
  assert.match(r.stdout, /^FAIL \[.*\] .*\/two \(3 visits\)$/m);
  const [, reason, command] = /\/two: (.*); look closer: (.*)\n1 of 2 recordings equal \(3 visits\), 1 diverged \[.*\]\n$/.exec(r.stdout);
  assert.match(reason, /^diverged: .* \(field_differs\), at entry \d+, field params\.expression\.argument\.dob, in p1\.v1\.a1\.searchPatient$/);
  const closer = spawnSync('sh', ['-c', command.replace(/^revisit/, `'${PROGRAM}'`)], { encoding: 'utf8', env: environment() });
  assert.equal(closer.status, 6, closer.stderr);
  assert.match(closer.stderr, /field_differs/);
  const two = readXml(readFileSync(file, 'utf8')).all('testsuite')[1], cases = two.all('testcase');
  assert.deepEqual([two.at.tests, two.at.failures, two.at.errors, two.at.skipped], ['3', '1', '0', '2']);
  assert.deepEqual(cases.map(c => [c.at.name, c.all('failure').length, c.all('skipped').length]), [['p1.v1', 1, 0], ['p1.v2', 0, 1], ['p2.v1', 0, 1]]);
  assert.equal(two.all('failure')[0].at.message, reason);
  assert.match(two.all('failure')[0].text, /\n  engine    send .*\n[^]*look closer: revisit replay/);
  tellsNobody(r);
});

test('a log that is not the recorded one is told with the commands that compare the two', () => {
  const dir = folder([['two', otherLog(HANG, 'p1', 2)]]), file = fresh('junit.xml'), r = check(dir, '--junit', file);
  assert.equal(r.status, 1, said(r));
  const [, command] = /look closer: (.*)$/m.exec(r.stdout);
  const closer = spawnSync('sh', ['-c', command.replaceAll('revisit ', `'${PROGRAM}' `)], { encoding: 'utf8', env: environment(), cwd: dir });
  assert.equal(closer.status, 1, closer.stderr);
  assert.match(closer.stdout, /field     duration/);
  const cases = readXml(readFileSync(file, 'utf8')).all('testcase'), failed = cases.findIndex(c => c.at.name === 'p1.v2');
  assert.ok(failed >= 0 && cases.length === 3);
  cases.forEach((c, index) => assert.deepEqual([c.all('failure').length, c.all('skipped').length], [+(index === failed), +(index > failed)], c.at.name));
  assert.equal(cases[failed].all('rerunFailure').length, 1, 'its attempts are reruns beside a failure');
});

test('the worst decides the exit status, and nobody is passed over', () => {
  const noManifest = new Damaged(SMALL).drop('manifest.json'), cut = new Damaged(WHOLE);
  const session = cut.read('session.ndjson');
  cut.write('session.ndjson', session.subarray(0, session.length >> 1));
  const parts = { equal: [['equal', SMALL], 0], diverged: [['diverged', diverging()], 1], lost: [['lost', noManifest], 2], cut: [['cut', cut], 2], damaged: [['damaged', damaged()], 7] };
  const dir = folder(Object.values(parts).map(([part]) => part));
  for (const [name, [, status]] of Object.entries(parts)) assert.equal(check(join(dir, name)).status, status, name);
  const of = (...names) => check(...names.map(name => join(dir, name))).status;
  assert.equal(of('equal', 'diverged'), 1);
  assert.equal(of('diverged', 'lost'), 2);
  assert.equal(of('cut', 'damaged', 'diverged'), 7);
  const all = check(dir);
  assert.equal(all.status, 7, said(all));
  assert.equal(named(all).length, 5);
  assert.match(all.stdout, /^\S+\/damaged: session\.ndjson:\d+: .*; look closer: revisit recording verify \S+\/damaged$/m);
  assert.match(all.stdout, /1 of 5 recordings equal \(3 visits\), 1 diverged, 1 damaged, 2 not to be replayed \[/);
  const file = fresh('junit.xml');
  check(dir, '--junit', file);
  const suites = readXml(readFileSync(file, 'utf8')).all('testsuite');
  for (const suite of suites.filter(one => /lost|damaged|cut/.test(one.at.name))) assert.deepEqual([suite.at.errors, suite.at.failures], ['1', '0'], suite.at.name);
});

test('a run that was cut is equal as far as it goes, and says so', () => {
  const copy = damaged(WHOLE), salvaged = fresh('salvaged');
  assert.equal(revisit(['recording', 'verify', copy.dir, '--salvage', salvaged]).status, 0);
  const r = check(salvaged);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /salvaged \(3 visits, cut\)$/m);
});

test('--json prints the receipts and nothing else, -q only what is not equal', () => {
  const dir = folder([['bad', diverging()], ['good', SMALL]]), file = fresh('receipts');
  const json = check(dir, '--json', '--receipts', file);
  assert.equal(json.status, 1, said(json));
  assert.deepEqual(json.stdout.trimEnd().split('\n').sort(), readFileSync(file, 'utf8').trimEnd().split('\n').sort());
  assert.equal(json.stdout.trimEnd().split('\n').map(line => JSON.parse(line)).length, 2);
  const quiet = check(dir, '-q');
  assert.deepEqual(named(quiet), [join(dir, 'bad')]);
  assert.match(quiet.stdout, /1 of 2 recordings equal/);
  refused(check(dir, '-q', '--json'), 2, /choose one/);
});

test('TAP has a plan, a line each and the reason as YAML', () => {
  const dir = folder([['one', SMALL], ['two', diverging()], ['#3', SMALL]]), r = check(dir, '--tap', '-j', '1');
  assert.equal(r.status, 1);
  const lines = r.stdout.trimEnd().split('\n');
  assert.deepEqual(lines.slice(0, 2), ['TAP version 13', '1..3']);
  assert.match(lines[2], /^not ok 1 - \S+\/two \(3 visits\)$/);
  assert.deepEqual([lines[3], lines[5], lines[7]], ['  ---', '  verdict: diverged', '  ...']);
  assert.match(JSON.parse(/^  message: (.*)$/.exec(lines[4])[1]), /field_differs/);
  assert.match(JSON.parse(/^  closer: (.*)$/.exec(lines[6])[1]), /^revisit replay \S+\/two --verify$/);
  assert.deepEqual(lines.slice(8).map(line => line.replace(dir, '')), ['ok 2 - /\\#3 (3 visits)', 'ok 3 - /one (3 visits)']);
});

test('after the first that fails no more are begun with --fail-fast', () => {
  const dir = folder([['big', diverging()], ['small', SMALL], ['smaller', SMALL]]), file = fresh('junit.xml');
  const r = check(dir, '--fail-fast', '-j', '1', '--junit', file);
  assert.equal(r.status, 1);
  assert.deepEqual(named(r), [join(dir, 'big')]);
  assert.match(r.stdout, /0 of 3 recordings equal \(0 visits\), 1 diverged, 2 not tried/);
  assert.deepEqual(readXml(readFileSync(file, 'utf8')).all('testsuite').map(suite => suite.at.skipped), ['2', '1', '1']);
  assert.match(check(dir, '--fail-fast', '-j', '1', '--tap').stdout, /\nBail out! 2 not tried: another had failed\n$/);
});

test('shards have every recording once, and a recording keeps its shard', () => {
  const shards = n => Array.from({ length: n }, (_, index) => {
    const r = check('fixtures', '--shard', `${index + 1}/${n}`);
    assert.equal(r.status, 0, said(r));
    return named(r);
  });
  const three = shards(3);
  assert.deepEqual(three.flat().sort(), RECORDINGS);
  assert.ok(three.every(part => part.length > 1), JSON.stringify(three));
  const few = check('fixtures/clinic-3', 'fixtures/resumed', 'fixtures/hang-save', '--shard', '2/3');
  assert.deepEqual(named(few).sort(), three[1].filter(name => /clinic-3|resumed|hang-save/.test(name)).sort());
  const none = check(SMALL, ...(named(check(SMALL, '--shard', '1/2')).length ? ['--shard', '2/2'] : ['--shard', '1/2']));
  assert.equal(none.status, 0, said(none));
  assert.match(none.stdout, /^0 of 0 recordings equal/);
});

const HOSTILE = '<script>alert(1)</script>]]>&"\'\n::error::|`\x1b[31m\x07\u202e#%,:';

test('a hostile name is inert in lines, TAP, XML, annotations and Markdown', () => {
  const dir = folder([[join(HOSTILE.replaceAll('/', ''), 'two'), diverging()]]), file = fresh('junit.xml'), summary = fresh('summary.md');
  const lines = check(dir, '--junit', file, '--github', '--step-summary', summary), tap = check(dir, '--tap');
  for (const r of [lines, tap]) {
    assert.equal(r.status, 1, said(r));
    assert.doesNotMatch(r.stdout, /[\x00-\x09\x0b-\x1f\x7f\u202e]/);
  }
  assert.equal(lines.stdout.split('\n').length, 5, 'a line for the result, the reason, the counts and the annotation');
  assert.equal(tap.stdout.split('\n').filter(line => /^(not )?ok /.test(line)).length, 1);
  const suite = readXml(readFileSync(file, 'utf8')).all('testsuite')[0];
  assert.equal(suite.at.name, `${dir}/${HOSTILE.replaceAll('/', '').replace(/[\x1b\x07]/g, '\ufffd')}/two`);
  const [annotation, ...more] = lines.stdout.split('\n').filter(line => line.startsWith('::'));
  assert.equal(more.length, 0, 'no second command');
  assert.match(annotation, /^::error file=[^:,\n]+%0A%3A%3Aerror%3A%3A[^:,]+\/session\.ndjson,line=\d+,title=replay diverged::diverged: .*%0Alook closer: revisit replay /);
  const markdown = readFileSync(summary, 'utf8');
  assert.match(markdown, /^### Replays\n\n0 of 1 recording equal \(0 visits\), 1 diverged\.\n/);
  assert.doesNotMatch(markdown, /<script>/);
  for (const row of markdown.split('\n').filter(line => line.startsWith('| ') && line.includes('two'))) assert.equal(row.split(' | ').length, 4, row);
  const [, command] = /look closer: (.*)$/m.exec(lines.stdout);
  assert.equal(spawnSync('bash', ['-c', command.replace(/^revisit/, `'${PROGRAM}'`)], { env: environment() }).status, 6, 'the command can be pasted');
});

test('a step summary is added to what is there, and says nothing of failures where there are none', () => {
  const summary = fresh('summary.md');
  writeFileSync(summary, 'before\n');
  const r = check(SMALL, '--github', '--step-summary', summary);
  assert.doesNotMatch(r.stdout, /^::/m);
  const text = readFileSync(summary, 'utf8');
  assert.match(text, /^before\n### Replays\n\n1 of 1 recording equal \(3 visits\)\.\n\n<details>/);
  assert.match(text, /^\| fixtures\/http-refused \| 3 \| equal \| \d+\.\d\d \|$/m);
});

test('receipts name what was replayed by what, and are the same however many run at once', () => {
  const dirs = [WHOLE, HANG, SMALL], one = fresh('receipts'), four = fresh('receipts');
  assert.equal(check(...dirs, '--receipts', one, '-j', '1').status, 0);
  assert.equal(check(...dirs, '--receipts', four, '-j', '4').status, 0);
  assert.equal(readFileSync(one, 'utf8'), readFileSync(four, 'utf8'));
  const receipts = readFileSync(one, 'utf8').trimEnd().split('\n').map(line => JSON.parse(line));
  assert.deepEqual(receipts.map(receipt => receipt.recording), [...dirs].sort());
  const binary = spawnSync('b2sum', ['-l', '256', PROGRAM], { encoding: 'utf8' }).stdout.split(' ')[0];
  for (const receipt of receipts) {
    assert.equal(receipt.verdict, 'equal');
    assert.equal(receipt.binary, binary);
    assert.deepEqual(receipt.isolation, { seccomp: true, noNewPrivileges: true, landlock: LANDLOCK });
    const sha256 = name => createHash('sha256').update(readFileSync(join(receipt.recording, name))).digest('hex');
    assert.equal(receipt.manifest, sha256('manifest.json'));
    assert.deepEqual(receipt.files.map(file => file.name).slice(0, 4), ['batch.json', 'state.json', 'session.ndjson', 'events.ndjson']);
    for (const file of receipt.files) assert.equal(file.sha256, sha256(file.name));
    const entries = readFileSync(join(receipt.recording, 'session.ndjson'), 'utf8').split('\n').length - 1;
    assert.deepEqual(receipt.entries, { recorded: entries, served: entries, unused: 0, assumed: 0 });
    const settings = /^"settings":(\{.*\}),$/m.exec(readFileSync(join(receipt.recording, 'manifest.json'), 'utf8'))[1];
    assert.equal(receipt.settings, spawnSync('b2sum', ['-l', '256'], { input: settings, encoding: 'utf8' }).stdout.split(' ')[0]);
  }
});

test('with receipts every file is what the manifest says, and a divergence tells what was left', () => {
  const body = new Damaged(WHOLE), [name] = readdirSync(join(body.dir, 'bodies')), file = fresh('receipts');
  writeFileSync(body.at(`bodies/${name}`), 'other');
  assert.equal(check(body.dir).status, 0, 'a replay opens no body');
  const r = check(body.dir, '--receipts', file);
  assert.equal(r.status, 7, said(r));
  assert.equal(JSON.parse(readFileSync(file, 'utf8')).verdict, 'integrity');
  assert.equal(check(diverging().dir, '--receipts', file).status, 1);
  const receipt = JSON.parse(readFileSync(file, 'utf8'));
  assert.match(receipt.reason, /field_differs/);
  assert.ok(receipt.entries.unused > 0 && receipt.entries.served > 0);
  assert.equal(receipt.entries.served + receipt.entries.unused, receipt.entries.recorded);
});
