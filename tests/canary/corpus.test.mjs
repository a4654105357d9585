// Documents with structured identifiers of every kind in every kind of place, redacted as the
// answers of a page's network are: none is left. First each is found in its own document, in
// whatever spelling, so that one which is not found afterwards was replaced.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KINDS, PLACES, documentOf } from './corpus.mjs';
import { needlesOf, search } from './search.mjs';

const COUNT = process.env.CANARY === 'full' ? 2000 : 150;
const build = resolve(fileURLToPath(new URL('../..', import.meta.url)), process.env.BUILD || 'build');
const documents = Array.from({ length: COUNT }, (none, i) => documentOf(i + 1));
const held = documents.reduce((sum, document) => sum + document.held.length, 0);

// Each identifier of a document, and whether some part of it stands in these bytes.
function parts(document, bytes) {
  const all = document.held.flatMap((each, i) => each.needles.map((needle, k) => ({ each, needle, kind: `${i}.${k}` })));
  const found = search(bytes, needlesOf(all.map(({ kind, needle }) => ({ kind, needles: [needle] }))));
  return all.map(({ each, needle, kind }) => ({ told: `seed ${document.seed}: ${each.kind} in ${each.place}: ${each.text} (${needle})`, each, where: found.get(kind) }));
}

test(`what ${COUNT} documents hold is found in them, every kind in every place`, () => {
  const pairs = new Set(documents.flatMap(document => document.held.map(({ kind, place }) => `${kind}, ${place}`)));
  const lost = documents.flatMap(document => parts(document, Buffer.from(document.text))).filter(({ where }) => !where).map(({ told }) => told);
  console.log(`# ${COUNT} documents, ${held} identifiers of ${Object.keys(KINDS).length} kinds in ${Object.keys(PLACES).length} places: ${pairs.size} pairs`);
  assert.deepEqual(lost.slice(0, 10), []);
  if (COUNT >= 1000) assert.equal(pairs.size, Object.keys(KINDS).length * Object.keys(PLACES).length);
});

test('a document is the same whenever it is drawn', () => {
  assert.deepEqual(documentOf(17).text, documentOf(17).text);
  assert.notEqual(documentOf(17).text, documentOf(18).text);
});

// What the redactor makes of them: a buffer each.
function redacted() {
  const input = documents.flatMap(({ media, path, text }) => [Buffer.from(`${media} ${path} ${Buffer.byteLength(text)}\n`), Buffer.from(text)]);
  const r = spawnSync(join(build, 'redact_pages'), { input: Buffer.concat(input), maxBuffer: 1 << 30 });
  assert.equal(r.status, 0, String(r.stderr));
  let at = 0;
  return documents.map(() => {
    const end = r.stdout.indexOf(10, at), [verdict, size] = r.stdout.toString('latin1', at, end).split(' ');
    assert.match(verdict, /^(kept|dropped)$/);
    at = end + 1 + Number(size);
    return r.stdout.subarray(end + 1, at);
  });
}

test(`none of the identifiers of ${COUNT} documents is left when they were redacted`, () => {
  const left = [], kinds = new Map();
  let bytes = 0;
  redacted().forEach((body, i) => {
    assert.equal(body.length, Buffer.byteLength(documents[i].text), 'as long as it was');
    bytes += body.length;
    for (const { told, each, where } of parts(documents[i], body)) {
      if (!where) continue;
      left.push(`${told}: ${where}`);
      kinds.set(`${each.kind} in ${each.place}`, (kinds.get(`${each.kind} in ${each.place}`) ?? 0) + 1);
    }
  });
  console.log(`# ${held} identifiers in ${bytes} bytes, ${left.length} parts of them left${[...kinds].map(([kind, count]) => `\n#   ${kind}: ${count}`).join('')}`);
  assert.deepEqual(left.slice(0, 30), []);
});
