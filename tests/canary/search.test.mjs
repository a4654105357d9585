// The search is not blind: each identifier is found in each spelling, whatever it lies in; and
// it is not mad: what holds none is clean.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { deflateSync, gzipSync, brotliCompressSync, deflateRawSync } from 'node:zlib';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ALL, ENCODINGS, IDENTIFIERS, PATIENTS, PLANTS } from './identifiers.mjs';
import { search, searchTree } from './search.mjs';

const kinds = bytes => [...search(bytes).keys()];
const zstd = bytes => spawnSync('zstd', ['-qc'], { input: bytes }).stdout;
const swap = text => Buffer.from(text, 'utf16le').swap16();

// What a recording, a page or a log may have done to a text that stands in it.
const WRAPPINGS = {
  nothing: text => Buffer.from(text),
  'a line of JSON': text => Buffer.from(`${JSON.stringify({ seq: 1, mark: 'p1.v1', bytes: { url: 'x', text: `before ${text} after` } })}\n`),
  'JSON in JSON': text => Buffer.from(JSON.stringify({ value: JSON.stringify({ value: `${text}` }) })),
  'base64 in JSON': text => Buffer.from(JSON.stringify({ bytes64: Buffer.from(`<p>${text}</p>`).toString('base64') })),
  'percent in JSON': text => Buffer.from(JSON.stringify({ url: `http://127.0.0.1/a?q=${encodeURIComponent(text)}#x` })),
  'a form in base64': text => Buffer.from(Buffer.from(`__VIEWSTATE=abc&q=${encodeURIComponent(text)}`).toString('base64')),
  gzip: text => gzipSync(`<html>${text}</html>`),
  deflate: text => deflateSync(`<html>${text}</html>`),
  'deflate, raw': text => deflateRawSync(`<html>${text}</html>`),
  brotli: text => brotliCompressSync(Buffer.from(`<html>${text}</html>`)),
  zstd: text => zstd(Buffer.from(`${JSON.stringify({ text })}\n`)),
  'gzip in base64 in JSON': text => Buffer.from(JSON.stringify({ body64: gzipSync(`<b>${text}</b>`).toString('base64') })),
  utf16le: text => Buffer.from(`<p>${text}</p>`, 'utf16le'),
  utf16be: text => swap(`<p>${text}</p>`),
};

test('there are 18 identifiers in 14 encodings and more, and no needle is short', () => {
  assert.equal(IDENTIFIERS.length, 18);
  assert.ok(Object.keys(ENCODINGS).length >= 14, `${Object.keys(ENCODINGS).length}`);
  for (const { kind, needles } of ALL) for (const needle of needles) assert.ok(needle.length >= 6 && !/ /.test(needle), `${kind}: ${needle}`);
});

for (const [name, wrap] of Object.entries(WRAPPINGS))
  test(`each of the ${PLANTS.length} canaries is found in ${name}`, () => {
    const cheap = name === 'zstd' ? PLANTS.filter((none, i) => i % 29 === 0) : PLANTS; // a process each
    const missed = cheap.filter(({ id, text }) => !kinds(wrap(text)).includes(id.kind)).map(({ id, encoding }) => `${id.kind} as ${encoding}`);
    assert.deepEqual(missed, []);
  });

test('the second form of each, and the names of both patients, are found', () => {
  for (const id of ALL) for (const form of id.forms) assert.ok(kinds(`x ${form} x`).includes(id.kind), form);
  for (const { name, dob } of PATIENTS) assert.ok(kinds(JSON.stringify({ name })).length && kinds(dob).length, name);
  assert.deepEqual(kinds(encodeURIComponent(PATIENTS[1].name)), ['second name']);
});

test('one canary is one hit: nothing is taken for another', () => {
  for (const { id, encoding, text } of PLANTS) assert.deepEqual(kinds(text), [id.kind], `${id.kind} as ${encoding}`);
});

test('what holds none is clean', () => {
  for (const path of ['README.md', 'fixtures/clinic-3/session.ndjson', 'fixtures/clinic-3/batch.json', 'engine/mdland/page/10_call.js', 'build/revisit'])
    try {
      assert.deepEqual(kinds(readFileSync(path)), [], path);
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
});

test('files, names and links beneath a directory are all looked at', () => {
  const root = mkdtempSync(join(tmpdir(), 'canary-search-'));
  mkdirSync(join(root, 'a/b'), { recursive: true });
  writeFileSync(join(root, 'a/b/deep'), `x${IDENTIFIERS[6].forms[0]}x`);
  writeFileSync(join(root, 'a/quillfeather.txt'), '');
  symlinkSync('/nowhere/77301940', join(root, 'link'));
  const { hits, files } = searchTree(root);
  assert.equal(files, 2);
  assert.deepEqual(hits.map(({ found }) => [...found.keys()][0]).sort(), ['medical record number', 'name', 'ssn']);
  rmSync(root, { recursive: true });
});
