// The corpus itself: what a document says that it holds is there, in whatever spelling, so that
// one which is not found after redaction was replaced.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { KINDS, PLACES, documentOf } from './corpus.mjs';
import { needlesOf, search } from './search.mjs';

const COUNT = process.env.CANARY === 'full' ? 2000 : 150;

export const missing = (document, bytes) => {
  const found = search(bytes, needlesOf(document.held.flatMap(({ needles }, i) => needles.map((needle, k) => ({ kind: `${i}.${k}`, needles: [needle] })))));
  return document.held.flatMap((each, i) => each.needles.filter((none, k) => !found.has(`${i}.${k}`)).map(needle => `seed ${document.seed}: ${each.kind} in ${each.place}: ${each.text} (${needle})`));
};

test(`what ${COUNT} documents hold is found in them, every kind in every place`, () => {
  const pairs = new Set();
  let held = 0;
  const lost = [];
  for (let seed = 1; seed <= COUNT; seed++) {
    const document = documentOf(seed);
    held += document.held.length;
    for (const { kind, place } of document.held) pairs.add(`${kind} ${place}`);
    lost.push(...missing(document, Buffer.from(document.text)));
  }
  console.log(`# ${COUNT} documents, ${held} identifiers, ${pairs.size} pairs of kind and place`);
  assert.deepEqual(lost.slice(0, 10), []);
  if (COUNT >= 1000) assert.equal(pairs.size, Object.keys(KINDS).length * Object.keys(PLACES).length);
});

test('a document is the same whenever it is drawn', () => {
  assert.deepEqual(documentOf(17).text, documentOf(17).text);
  assert.notEqual(documentOf(17).text, documentOf(18).text);
});
