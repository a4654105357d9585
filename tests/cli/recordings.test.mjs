// Recordings that are none, are cut, damaged, of another version or too large: the
// file and the line are named, nothing of a bad line is used, and what can be kept of
// a cut recording is kept and replays.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, rmSync, symlinkSync, unlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { bounded, fresh, put, refused, revisit, said, tellsNobody } from './revisit.mjs';
import { Damaged, SMALL, WHOLE, emptyDirectory } from './damaged.mjs';
import { wrongFiles } from './wrong_files.mjs';

const COMMANDS = [dir => ['replay', dir], dir => ['replay', dir, '--verify'], dir => ['recording', 'info', dir], dir => ['recording', 'cat', dir], dir => ['recording', 'verify', dir],
  dir => ['recording', 'verify', dir, '--salvage', fresh('salvaged')]];
const FILES = ['manifest.json', 'batch.json', 'state.json', 'session.ndjson', 'events.ndjson'];
// What each command opens; the first of them is opened by all.
const OPENED = { replay: FILES.slice(0, 4), verify: FILES };

// Row 1, for the recording itself.
test('what is no recording is refused at once by every command, by name and cause', () => {
  const dir = emptyDirectory(), at = name => join(dir, name);
  execFileSync('mkfifo', [at('fifo')]);
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('circle', at('circle'));
  const cases = [[at('nothing'), /does not exist/], [at('fifo'), /FIFO/], [at('dangling'), /link to something that does not exist/],
    [at('circle'), /leads back to itself/], [emptyDirectory(), /manifest\.json: is missing/], ['/dev/zero', /device/], ['/dev/null', /device/],
    [put('empty', ''), /an empty one; a recording is a directory/], [put('one', 'x'), /a recording is a directory with a manifest\.json/]];
  for (const [path, cause] of cases)
    for (const command of COMMANDS) assert.ok(refused(bounded(command(path)), 2, cause).stderr.includes(path));
});

// Row 1, for each file in it.
test('a file of a recording that is none is named with its cause', () => {
  const spoil = { nothing: /missing/, fifo: /FIFO/, dangling: /link to a file that does not exist/, circle: /leads back to itself/, device: /device/,
    directory: /directory/ };
  for (const name of FILES)
    for (const [how, cause] of Object.entries(spoil)) {
      const copy = new Damaged().drop(name), path = copy.at(name);
      if (how === 'fifo') execFileSync('mkfifo', [path]);
      if (how === 'dangling') symlinkSync('nowhere', path);
      if (how === 'circle') symlinkSync(name, path);
      if (how === 'device') symlinkSync('/dev/zero', path);
      if (how === 'directory') mkdirSync(path);
      refused(bounded(['recording', 'verify', copy.dir]), 2, cause, new RegExp(name));
      if (OPENED.replay.includes(name)) refused(bounded(['replay', copy.dir]), 2, cause, new RegExp(name));
      else assert.equal(bounded(['replay', copy.dir]).status, 0, 'a replay does not open it');
      if (name === 'events.ndjson') assert.equal(bounded(['replay', copy.dir, '--verify']).status, 2, how);
    }
});

test('a file of another kind is called by what it is', () => {
  for (const file of wrongFiles) {
    for (const command of COMMANDS) refused(bounded(command(file.path)), 2, new RegExp(`this is ${file.words.replace(/[()]/g, '\\$&')}`));
    const copy = new Damaged().write('manifest.json', file.content);
    refused(bounded(['replay', copy.dir]), 2, new RegExp(`manifest\\.json: this is ${file.words.replace(/[()]/g, '\\$&')}`));
  }
});

// Row 2: the cuts, evenly spread, the last bytes among them. (recorder_damage_test cuts a
// small recording at every 64th byte, in one process.)
const session = readFileSync(join(WHOLE, 'session.ndjson'));
const recordedLog = readFileSync(join(WHOLE, 'events.ndjson'), 'utf8');
const total = JSON.parse(readFileSync(join(WHOLE, 'manifest.json'))).counts.entries;
const CUTS = [...Array.from({ length: 200 }, (_, i) => 64 * Math.floor((i * session.length) / 64 / 200)), session.length - 1, session.length - 2];

test('a recording cut anywhere says after which entry, and what to do', () => {
  const copy = new Damaged(WHOLE);
  CUTS.forEach((size, i) => {
    const whole = session.subarray(0, size).filter(byte => byte === 10).length;
    copy.write('session.ndjson', session.subarray(0, size));
    const r = refused(revisit(i % 2 ? ['replay', copy.dir] : ['recording', 'verify', copy.dir]), 2, /session\.ndjson: /, /--salvage/);
    assert.ok(r.stderr.includes(`cut after entry ${whole} of ${total}`), `cut at byte ${size}: ${r.stderr}`);
  });
});

test('what is whole of a cut recording is kept, and replays to a beginning of the log', () => {
  const copy = new Damaged(WHOLE);
  let longest = 0;
  CUTS.filter((_, i) => i % 8 === 0 || i >= 200).forEach(size => {
    const whole = session.subarray(0, size).filter(byte => byte === 10).length, to = fresh('salvaged');
    copy.write('session.ndjson', session.subarray(0, size));
    const salvage = revisit(['recording', 'verify', copy.dir, '--salvage', to]);
    assert.equal(salvage.status, 0, said(salvage));
    assert.match(salvage.stdout, new RegExp(`the first ${whole} entries`));
    const replay = revisit(['replay', to]);
    assert.equal(replay.status, 0, `cut at byte ${size}: ${said(replay)}`);
    assert.ok(recordedLog.startsWith(replay.stdout), `cut at byte ${size}: the log is a beginning of the recorded one`);
    assert.match(replay.stderr, new RegExp(`cut at entry ${whole}:`));
    assert.equal(revisit(['recording', 'verify', to]).status, 0);
    assert.ok(replay.stdout.length >= longest, 'a longer recording has no shorter log');
    longest = replay.stdout.length;
    rmSync(to, { recursive: true });
  });
  assert.ok(longest > 0.9 * recordedLog.length);
});

test('a salvage takes no directory that holds something, and leaves the damaged one alone', () => {
  const copy = new Damaged().write('session.ndjson', new Damaged().read('session.ndjson').subarray(0, 300));
  const taken = emptyDirectory();
  execFileSync('touch', [join(taken, 'mine')]);
  refused(revisit(['recording', 'verify', copy.dir, '--salvage', taken]), 2, /not empty.*name a new one/);
  refused(revisit(['recording', 'verify', copy.dir, '--salvage', copy.dir]), 2, /not empty/);
  assert.equal(readFileSync(copy.at('session.ndjson')).length, 300);
});

// Row 3: one bit in `count` places of each file that the command opens.
function flips(bytes, count) {
  return Array.from({ length: Math.min(count, bytes.length) }, (_, i) => [Math.floor((i * bytes.length) / Math.min(count, bytes.length)), i % 8]);
}

function assertFlipsAreFound(fixture, name, count, command, log) {
  const copy = new Damaged(fixture), bytes = copy.read(name);
  for (const [at, bit] of flips(bytes, count)) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 1 << bit;
    copy.write(name, damaged);
    const r = revisit(command(copy.dir)), where = `${name}, byte ${at}, bit ${bit}: ${said(r)}`;
    assert.equal(r.status, 7, where);
    assert.ok(name.split('/').every(part => r.stderr.includes(part)), where);
    assert.ok(log.startsWith(r.stdout), `nothing of a bad line is used: ${where}`);
    if (!/\.ndjson$/.test(name)) continue;
    const line = bytes.subarray(0, at).filter(byte => byte === 10).length + 1;
    assert.match(r.stderr, new RegExp(`${name.replace('.', '\\.')}:${line}: `), where);
  }
}

test('a flipped bit in any file that a replay opens is damage, by file and line', () => {
  for (const name of OPENED.replay) assertFlipsAreFound(WHOLE, name, 32, dir => ['replay', dir], recordedLog);
});

test('a flipped bit in the recorded log is damage when it is compared', () => {
  assertFlipsAreFound(WHOLE, 'events.ndjson', 40, dir => ['replay', dir, '--verify'], '');
});

test('a flipped bit in any file of a recording is found by recording verify', () => {
  for (const name of FILES.slice(0, 4)) assertFlipsAreFound(SMALL, name, 40, dir => ['recording', 'verify', dir], '');
  const copy = new Damaged(), bytes = copy.read('events.ndjson');
  for (const [at, bit] of flips(bytes, 30)) {
    const damaged = Buffer.from(bytes);
    damaged[at] ^= 1 << bit;
    refused(revisit(['recording', 'verify', copy.write('events.ndjson', damaged).dir]), 7, /events\.ndjson/);
  }
});

test('a flipped bit in the recorded network is found by recording verify, and no matter to a replay', () => {
  const bodies = readdirSync(join(WHOLE, 'bodies'));
  assert.ok(bodies.length > 10, 'bodies were recorded');
  const body = bodies.find(name => readFileSync(join(WHOLE, 'bodies', name)).length > 1000);
  for (const name of ['network.ndjson', `bodies/${body}`]) assertFlipsAreFound(WHOLE, name, 12, dir => ['recording', 'verify', dir], '');
  const copy = new Damaged(WHOLE).write('network.ndjson', 'x').drop(`bodies/${body}`);
  assert.equal(revisit(['replay', copy.dir]).stdout, recordedLog);
  refused(revisit(['recording', 'verify', copy.dir]), 7, /network\.ndjson|bodies/);
});

test('a salvage keeps what stands before the damage', () => {
  const copy = new Damaged(WHOLE), bytes = Buffer.from(session), at = session.length >> 1;
  bytes[at] ^= 4;
  const whole = bytes.subarray(0, at).filter(byte => byte === 10).length, to = fresh('salvaged');
  copy.write('session.ndjson', bytes);
  const r = revisit(['recording', 'verify', copy.dir, '--salvage', to]);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, new RegExp(`the first ${whole} entries`));
  assert.ok(recordedLog.startsWith(revisit(['replay', to]).stdout));
});

test('of a run that was cut the summary says how far it came, and a receipt no more', () => {
  const copy = new Damaged(WHOLE), to = fresh('salvaged'), session = copy.read('session.ndjson');
  revisit(['recording', 'verify', copy.write('session.ndjson', session.subarray(0, session.length >> 1)).dir, '--salvage', to]);
  assert.match(revisit(['replay', to, '--summary']).stdout, /^3 visits, cut: .*\n {2}done +1\n {2}it stood at p\d\.v\d, attempt 1, after [a-zA-Z]+\n/);
  assert.match(revisit(['replay', to, '--verify']).stdout, /equals the recorded one, up to where the recording was cut\n/);
});

test('a salvage leaves a damaged event log behind, and says so', () => {
  const copy = new Damaged(WHOLE), bytes = copy.read('events.ndjson'), to = fresh('salvaged'), whole = fresh('salvaged');
  assert.doesNotMatch(revisit(['recording', 'verify', copy.dir, '--salvage', whole]).stdout, /event log/);
  assert.equal(readFileSync(join(whole, 'events.ndjson'), 'utf8'), recordedLog);
  bytes[bytes.length >> 1] ^= 1;
  const r = revisit(['recording', 'verify', copy.write('events.ndjson', bytes).dir, '--salvage', to]);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /event log is damaged or missing, and left out/);
  assert.equal(revisit(['recording', 'verify', to]).status, 0);
  assert.equal(revisit(['replay', to]).stdout, recordedLog);
  const verified = revisit(['replay', to, '--verify']);
  assert.match(verified.stdout, /equals the recorded one, as far as that goes\n {2}\d+ lines of it are in no recorded log\n/);
});

// Row 4.
test('a newer format or an unknown feature is refused with both versions', () => {
  const newer = new Damaged().manifest(text => text.replace('"format":1', '"format":2'));
  const strange = new Damaged().manifest(text => text.replace('"requires":[]', '"requires":["time-travel"]'));
  for (const command of COMMANDS) {
    refused(revisit(command(newer.dir)), 2, /format 2/, /1/);
    refused(revisit(command(strange.dir)), 2, /requires/, /format 1/);
  }
});

// Row 5: [file, what, edit, cause]; every checksum is right.
const nested = depth => '['.repeat(depth) + ']'.repeat(depth);
const odd = [
  ['batch.json', '129 deep', text => text.replace('"patients"', `"x":${nested(129)},"patients"`), /nested deeper than 128/],
  ['batch.json', 'a key twice', text => text.replace('"dob"', '"name":"NOONE","dob"'), /patients\[0\].*twice/],
  ['batch.json', '20 digits', text => text.replace('"dos": 1,', '"dos": 12345678901234567890,'), /patients\[0\].*too large/],
  ['batch.json', '1e400', text => text.replace('"painWorst": 7', '"painWorst": 1e400'), /too large/],
  ['batch.json', 'NaN', text => text.replace('"dos": 1,', '"dos": NaN,'), /not valid JSON/],
  ['batch.json', 'a BOM', text => `\ufeff${text}`, /byte order mark/],
  ['batch.json', 'invalid UTF-8', text => Buffer.concat([Buffer.from(text.slice(0, 700)), Buffer.from([0xff]), Buffer.from(text.slice(700))]), /not UTF-8/],
  ['state.json', '129 deep', text => text.replace('"origins":[]', `"origins":${nested(129)}`), /nested deeper than 128/],
  ['state.json', 'a key twice', text => text.replace('"value"', '"value":"x","value"'), /twice/],
  ['state.json', '20 digits', text => text.replace('"expires":-1', '"expires":12345678901234567890'), /too large/],
  ['state.json', 'NaN', text => text.replace('"expires":-1', '"expires":NaN'), /not valid JSON/],
  ['state.json', 'a BOM', text => `\ufeff${text}`, /byte order mark/],
];

test('JSON that leaves room for doubt is refused in a recording too, with its place', () => {
  for (const [name, what, edit, cause] of odd) {
    const copy = new Damaged();
    copy.mend(name, edit(copy.read(name).toString()));
    const r = refused(bounded(['replay', copy.dir]), 2, cause, /line \d+, byte \d+/);
    assert.ok(r.stderr.includes(name), `${what}: ${r.stderr}`);
  }
});

test('a manifest that leaves room for doubt is refused', () => {
  const cases = { '129 deep': text => text.replace('"counts"', `"x":${nested(2100)},"counts"`), 'a key twice': text => text.replace('"status"', '"status":"open","status"'),
    '20 digits': text => text.replace(/"wall":\d+/, '"wall":12345678901234567890'), '1e400': text => text.replace('"counts"', '"x":1e400,"counts"'),
    NaN: text => text.replace(/"size":\d+/, '"size":NaN'), 'negative': text => text.replace(/"size":\d+/, '"size":-1'),
    'a fraction': text => text.replace(/"entries":\d+/, '"entries":4.5') };
  for (const [what, edit] of Object.entries(cases))
    for (const command of COMMANDS) {
      const r = refused(bounded(command(new Damaged().manifest(edit).dir)), 2, /manifest\.json: /);
      assert.ok(r.stderr.length < 500, what);
    }
});

// Row 6: what Chromium may put into a reply, inside an answer and beside it.
const answerIndex = session.toString().split('\n').findIndex(line => line.includes('\\"ok\\":true'));
const inAnswer = text => line => line.replace('\\"ok\\":true', () => `\\"more\\":${text},\\"ok\\":true`);
const besideAnswer = text => line => line.replace('"bytes":{"id"', () => `"bytes":{"more":${text},"id"`);

test('a reply with NULs, lone surrogates or ten megabytes in it completes', () => {
  for (const edit of [inAnswer('\\"a\\\\u0000b\\"'), besideAnswer('"a\\u0000b"'), besideAnswer('"a\\ud800b"'), besideAnswer('"\\udc00\\ud800"'),
    inAnswer('\\"a\\\\ud800b\\"'), inAnswer(`\\"${'x'.repeat(1e7)}\\"`), besideAnswer(`"${'x'.repeat(1e7)}"`)]) {
    const copy = new Damaged(WHOLE).entry(answerIndex, edit);
    assert.notEqual(readFileSync(copy.at('session.ndjson')).length, session.length, 'something was put in');
    const r = bounded(['replay', copy.dir]);
    assert.equal(r.status, 0, said(r));
    assert.equal(r.stdout, recordedLog);
  }
});

test('a reply that cannot be read fails by name and is never half used', () => {
  for (const edit of [besideAnswer('1e400'), besideAnswer('12345678901234567890'), besideAnswer(nested(129)), besideAnswer('NaN'), inAnswer('1e400'),
    line => line.replace('\\"ok\\":true', '\\"ok\\":true,\\"ok\\":true'), line => line.replace('"bytes":{"id"', '"bytes":{"id":1,"id"')]) {
    const r = bounded(['replay', new Damaged(WHOLE).entry(answerIndex, edit).dir]);
    assert.ok([2, 6, 7].includes(r.status), said(r));
    assert.ok(r.status !== 6 || Number(/entry (\d+)/.exec(r.stderr)[1]) > answerIndex, r.stderr);
    assert.ok(recordedLog.startsWith(r.stdout));
  }
});

// Row 7.
test('files of a recording that are too large are over the limit, in bounded memory', () => {
  const zeros = `[${'0,'.repeat(20e6)}0]`;
  const keys = `{${Array.from({ length: 1e6 }, (_, i) => `"k${i}":0`).join(',')}}`;
  const copies = [
    [new Damaged().write('manifest.json', zeros), /manifest\.json: .*over the limit/],
    [new Damaged().write('manifest.json', keys), /manifest\.json: .*over the limit/],
    [new Damaged().mend('state.json', zeros), /state\.json: .*over the limit/],
    [new Damaged().mend('batch.json', `{"patients":${zeros}}`), /batch\.json: .*over the limit/],
    [new Damaged().mend('batch.json', keys), /batch\.json: .*over the limit/],
  ];
  for (const [copy, cause] of copies) {
    const r = refused(bounded(['replay', copy.dir]), 2, cause);
    assert.ok(r.stderr.length < 500);
  }
});

test('an endless line is over the limit, in bounded memory', () => {
  const copy = new Damaged();
  copy.write('session.ndjson', Buffer.concat([copy.read('session.ndjson'), Buffer.alloc(170 << 20, 0x78)]));
  for (const args of [['recording', 'verify', copy.dir], ['replay', copy.dir]]) {
    const r = bounded(args);
    assert.equal(r.status, 2, said(r));
    assert.match(r.stderr, /session\.ndjson:7: .*over the limit/);
    assert.ok(r.stderr.length < 500);
  }
});

test('no message about a damaged recording tells what is recorded', () => {
  const lines = session.toString().split('\n').slice(0, -1);
  for (let index = 3; index < lines.length; index += 300) {
    const copy = new Damaged(WHOLE).write('session.ndjson', lines.filter((_, at) => at !== index).map(line => `${line}\n`).join(''));
    for (const command of COMMANDS.filter(command => !command('').includes('cat'))) tellsNobody(bounded(command(copy.dir)));
  }
  const copy = new Damaged(WHOLE);
  unlinkSync(copy.at('events.ndjson'));
  for (const command of COMMANDS.filter(command => !command('').includes('cat'))) tellsNobody(bounded(command(copy.dir)));
});
