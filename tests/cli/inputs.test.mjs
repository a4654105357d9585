// A batch or a session state that is not what it should be: refused before anything
// is started, with file, place and cause, and never with a word of what it holds.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, join } from 'node:path';
import { BATCH, STATE, bounded, fresh, put, refused, revisit, runArguments, scratch, stateText, tellsNobody } from './revisit.mjs';
import { wrongFiles } from './wrong_files.mjs';

const good = readFileSync(BATCH, 'utf8');
const whole = JSON.parse(good);

// Each as a batch and as a state; nothing may have been started for it.
const asBatch = (path, options) => bounded(runArguments(path, options));
const asState = path => bounded(runArguments(BATCH, { state: path }));
const goesOn = (batch, storage = STATE) => {
  const r = bounded(runArguments(batch, { state: storage, more: ['--run-dir', fresh('run')] }));
  assert.equal(r.status, 9, r.stderr);
  assert.match(r.stderr, /refused the connection/);
};
function nothingWasStarted(r) {
  assert.doesNotMatch(r.stderr, /run directory/);
  assert.ok(!existsSync(join(scratch, 'runs')), 'no run directory was made');
  tellsNobody(r);
}

function notFiles() {
  const dir = fresh('odd');
  mkdirSync(dir);
  const at = name => join(dir, name);
  execFileSync('mkfifo', [at('fifo')]);
  symlinkSync('nowhere', at('dangling'));
  symlinkSync('circle', at('circle'));
  return [[at('nothing'), /no such file/], [at('fifo'), /FIFO/], [at('dangling'), /link to a file that does not exist/],
    [at('circle'), /circle/], [dir, /a directory/], ['/dev/zero', /a device/], ['/dev/null', /a device/], [put('empty', ''), /empty/],
    [put('one', 'x'), /line 1|not a session state/], ['/proc/self/mem', /empty|cannot be|device/]];
}

// Row 1.
test('what is no file, or nearly none, is refused at once, by name and cause', () => {
  for (const [path, cause] of notFiles())
    for (const r of [asBatch(path), asState(path)]) {
      refused(r, 2, cause);
      assert.ok(r.stderr.startsWith(`revisit: ${path}: `), r.stderr);
      nothingWasStarted(r);
    }
});

test('a file of another kind is called by what it is', () => {
  for (const file of wrongFiles)
    for (const r of [asBatch(file.path), asState(file.path)]) {
      refused(r, 2);
      assert.ok(r.stderr.startsWith(`revisit: ${file.path}: this is ${file.words}: `), `${file.name}: ${r.stderr}`);
      nothingWasStarted(r);
    }
});

const nested = depth => '['.repeat(depth) + ']'.repeat(depth);
const splice = (text, at, bytes) => Buffer.concat([Buffer.from(text.slice(0, at)), bytes, Buffer.from(text.slice(at))]);
const lineOf = (text, at) => text.slice(0, at).split('\n').length;

// Row 5: [what, the batch, the state, the cause]; a place goes with each.
const state = stateText();
const oddJson = [
  ['129 deep', good.replace('"patients"', `"x":${nested(129)},"patients"`), state.replace('[]', nested(129)), /nested deeper than 128/],
  ['a key twice at the top', good.replace('"patients"', '"patients":[],"patients"'), state.replace('"origins"', '"cookies":[],"origins"'), /twice|second list/],
  ['a key twice inside', good.replace('"dob"', '"name":"NOONE, TEST","dob"'), state.replace('"value"', '"value":"x","value"'), /twice/],
  ['20 digits', good.replace('"dos": 1,', '"dos": 12345678901234567890,'), state.replace('-1', '12345678901234567890'), /number that is too large/],
  ['1e400', good.replace('"painWorst": 7', '"painWorst": 1e400'), state.replace('-1', '1e400'), /number that is too large/],
  ['NaN', good.replace('"dos": 1,', '"dos": NaN,'), state.replace('-1', 'NaN'), /not valid JSON/],
  ['a BOM', `\ufeff${good}`, `\ufeff${state}`, /byte order mark/],
  ['UTF-16', Buffer.from(`\ufeff${good}`, 'utf16le'), Buffer.from(`\ufeff${state}`, 'utf16le'), /UTF-16|begins otherwise/],
  ['invalid UTF-8', splice(good, 700, Buffer.from([0xff])), splice(state, 60, Buffer.from([0xc3, 0x28])), /not UTF-8/],
  ['a surrogate as UTF-8', splice(good, 700, Buffer.from('eda080', 'hex')), splice(state, 60, Buffer.from('eda080', 'hex')), /not UTF-8/],
  ['text behind the end', `${good}x`, `${state}x`, /more text after the end/],
  ['an early end', good.slice(0, -20), state.slice(0, -3), /ends too early|not valid JSON/],
];

test('JSON that leaves room for doubt is refused with its place', () => {
  for (const [what, batch, storage, cause] of oddJson)
    for (const r of [asBatch(put('batch.json', batch)), asState(put('state.json', storage))]) {
      refused(r, 2, cause, /line \d+, byte \d+: /);
      nothingWasStarted(r);
      assert.ok(r.stderr.length < 400, `${what}: short`);
    }
});

test('the place of an error is its line and byte in the file', () => {
  const at = good.indexOf('"dos": 1,', good.length / 2);
  assert.ok(at > 0);
  const r = asBatch(put('batch.json', `${good.slice(0, at)}"dos": NaN,${good.slice(at + 9)}`));
  const [, line, byte] = /line (\d+), byte (\d+)/.exec(r.stderr);
  assert.equal(Number(line), lineOf(good, at));
  assert.ok(Math.abs(Number(byte) - Buffer.byteLength(good.slice(0, at))) < 16, r.stderr);
});

test('the edge itself is taken: 128 deep, 18 digits', () => {
  const inside = '['.repeat(120) + ']'.repeat(120);
  const batch = good.replace('"painWorst": 7', `"painWorst": ${inside}, "x": 123456789012345678`);
  goesOn(put('batch.json', batch));
});

// Row 7.
test('what is too large is over the limit, in bounded memory', () => {
  const zeros = `[${'0,'.repeat(20e6)}0]`;
  const keys = `{${Array.from({ length: 1e6 }, (_, i) => `"k${i}":0`).join(',')}}`;
  const batches = { zeros: `{"patients":${zeros}}`, keys, 'keys in a patient': good.replace('"clinical": {', `"clinical": ${keys}, "more": {`),
    'a visit': good.replace('"subjective"', `"x":${JSON.stringify('y'.repeat(40e6))},"subjective"`) };
  for (const [what, text] of Object.entries(batches)) {
    const path = put('large.json', text);
    const r = refused(asBatch(path), 2, /over the limit/, /byte \d+/);
    nothingWasStarted(r);
    refused(asState(path), 2, /over the limit: \d+ bytes/);
    assert.ok(what && r.stderr.length < 400);
  }
  refused(asState(put('state.json', state.replace('[]', `[${'0,'.repeat(1.9e6)}0]`))), 2, /over the limit: too many values/);
});

test('a state is judged by its cookies, and no value is told', () => {
  const secret = 'QX7tT9secretvalue';
  const one = cookie => JSON.stringify({ cookies: [{ name: 'S', value: secret, domain: '127.0.0.1', path: '/', ...cookie }], origins: [] });
  for (const [text, cause] of [
    ['{"cookies":[]}', /no cookie in it is for 127\.0\.0\.1: log in there/], ['[]', /no cookie/], ['{}', /Playwright storage state/],
    [one({ domain: 'other.example' }), /no cookie in it is for 127\.0\.0\.1/], [one({ domain: '.7.0.0.1' }), /no cookie/],
    [one({ value: 42 }), /cookies\[0\] has no value/], [one({ value: `${secret}\n` }), /cookies\[0\] holds a character/],
    [one({ value: `${secret};x` }), /cookies\[0\] holds a character/], [one({ name: 'a b' }), /cookies\[0\] holds a character/], [one({ name: '' }), /cookies\[0\] has no name/],
    [one({ domain: undefined }), /cookies\[0\] has no name or no domain/], [one({ expires: secret }), /cookies\[0\] .*expires/],
    [one({ expires: 1e300 }), /cookies\[0\] .*expires/], ['{"cookies":[7]}', /cookies\[0\]/],
  ]) {
    const r = refused(asState(put('state.json', text)), 2, cause);
    assert.ok(!r.stderr.includes(secret), r.stderr);
  }
  for (const more of [{ expires: 1796000000.25 }, { expires: null }, { sameSite: 'Odd' }, { domain: '127.0.0.1', secure: true }, { value: 'two words' }])
    goesOn(BATCH, put('state.json', one(more)));
  goesOn(BATCH, put('state.json', JSON.stringify(JSON.parse(one({})).cookies)));
});

// Row 8. Each changes one thing in visits[0] of patients[0], and is told by its path.
const change = edit => {
  const batch = structuredClone(whole);
  edit(batch.data.patients[0], batch.data.patients[0].visits[0], batch.data);
  return JSON.stringify(batch, null, 1);
};
const visit = 'patients\\[0\\]\\.visits\\[0\\]';
const badBatches = [
  ['no patients', (p, v, b) => { b.patients = []; }, /patients: empty/],
  ['patients of another type', (p, v, b) => { b.patients = 'TEST, ALPHA'; }, /patients/],
  ['not confirmed', (p, v, b) => { b.confirmed = false; }, /confirmed/],
  ['no name', p => { delete p.name; }, /patients\[0\]\.name: /],
  ['a name of another type', p => { p.name = 7; }, /patients\[0\]\.name: /],
  ['a birth date that is none', p => { p.dob = '13/45/1900'; }, /patients\[0\]\.dob: /],
  ['29 February 1903', p => { p.dob = '02/29/1903'; }, /patients\[0\]\.dob: /],
  ['an unknown payer', p => { p.insurance = 'ACME'; }, /patients\[0\]\.insurance: /],
  ['an unknown mode', p => { p.mode = 'fast'; }, /patients\[0\]\.mode: /],
  ['dos 0', (p, v) => { v.dos = 0; }, new RegExp(`${visit}\\.dos: `)],
  ['dos as text', (p, v) => { v.dos = '1'; }, new RegExp(`${visit}\\.dos: `)],
  ['dos as a fraction', (p, v) => { v.dos = 1.5; }, new RegExp(`${visit}\\.dos: `)],
  ['no diagnosis', (p, v) => { v.icdCodes = []; }, new RegExp(`${visit}\\.icdCodes: `)],
  ['no procedure', (p, v) => { delete v.cptCodes; }, new RegExp(`${visit}\\.cptCodes: `)],
  ['13 diagnoses', (p, v) => { v.icdCodes = Array.from({ length: 13 }, (_, i) => ({ code: `M54.${i + 10}`, name: 'x' })); }, new RegExp(`${visit}\\.icdCodes: .*12`)],
  ['units 0', (p, v) => { v.cptCodes[0].units = 0; }, new RegExp(`${visit}\\.cptCodes\\[0\\]\\.units: `)],
  ['units 100', (p, v) => { v.cptCodes[1].units = 100; }, new RegExp(`${visit}\\.cptCodes\\[1\\]\\.units: `)],
  ['no note', (p, v) => { v.generated = null; }, new RegExp(`${visit}\\.generated`)],
  ['a note without its plan', (p, v) => { delete v.generated.soap.plan; delete v.generated.html; }, new RegExp(`${visit}\\.generated\\.soap\\.plan: `)],
  ['the same visit twice', p => { p.visits.push(structuredClone(p.visits[0])); }, /patients\[0\]\.visits\[\d\]: .*patients\[0\]\.visits\[0\]|twice|same/],
  ['the same visit of a patient listed twice', (p, v, b) => { b.patients.push(structuredClone(p)); }, /patients\[\d+\]/],
];

test('each thing wrong with a batch is told by its path in the JSON', () => {
  for (const [what, edit, cause] of badBatches) {
    const r = asBatch(put('batch.json', change(edit)));
    refused(r, 2, /: \d+ problems? in the batch:\n/, cause);
    nothingWasStarted(r);
    assert.doesNotMatch(r.stderr, /13\/45|ACME|TEST, ALPHA/, what);
  }
});

test('all problems of a batch are told at once', () => {
  const r = asBatch(put('batch.json', change((p, v, b) => {
    p.dob = '13/45/1900';
    v.cptCodes[0].units = 0;
    b.patients.at(-1).visits.at(-1).icdCodes = [];
  })));
  refused(r, 2, /3 problems in the batch:/, /patients\[0\]\.dob/, /cptCodes\[0\]\.units/, /icdCodes/);
  assert.equal(r.stderr.match(/^ {2}patients\[/gm).length, 3);
});

test('a visit that is soap-only needs no codes, and unknown keys are no matter', () => {
  goesOn(put('batch.json', change((p, v) => {
    p.mode = 'soap-only';
    p.visits.forEach(one => { one.icdCodes = []; delete one.cptCodes; });
    v.whatElse = { deep: [1, 2, 3] };
  })));
});

test('a batch is judged before the state, and both before the browser and the run directory', () => {
  const bad = put('batch.json', '{}');
  assert.ok(refused(asBatch(bad, { state: '/nowhere' }), 2).stderr.includes(basename(bad)));
  const r = revisit(['run', BATCH, '--base-url', 'http://127.0.0.1:1', '--state', '/nowhere', '--browser', '/nowhere/chromium', '--run-dir', '/proc/nowhere']);
  refused(r, 2, /\/nowhere: no such file/);
  assert.ok(existsSync(STATE));
});
