// Looks for the canaries in bytes, whatever was done to them. It knows neither the redactor nor
// its rules, only ways in which bytes are written: every escape is undone wherever it stands,
// whoever may have meant it, again and again; runs that may be base64 or hex are read at each
// alignment; UTF-16 is read as it is in both orders; what begins like a compressed stream is
// unpacked. What comes out is looked through in the same way, four layers deep.
import { brotliDecompressSync, gunzipSync, inflateRawSync, inflateSync, constants } from 'node:zlib';
import { spawnSync } from 'node:child_process';
import { lstatSync, readFileSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { ALL } from './identifiers.mjs';

const DEPTH_MAX = 4;
// [{kind, needles}] as bytes to look for.
export const needlesOf = list => list.flatMap(id => id.needles.flatMap(needle =>
  [...new Set(['utf8', 'latin1'].map(code => Buffer.from(needle, code).toString('latin1')))].map(bytes => ({ kind: id.kind, bytes: Buffer.from(bytes, 'latin1') }))));
const ENTITIES = { comma: ',', sol: '/', lpar: '(', rpar: ')', commat: '@', colon: ':', period: '.', hyphen: '-', nbsp: ' ', amp: '&', lt: '<', gt: '>',
  quot: '"', apos: "'", Oslash: 'Ø', oslash: 'ø', Auml: 'Ä', auml: 'ä' };

// Latin capitals only: a copy in which each byte is where it was.
function lowered(bytes) {
  const copy = Buffer.from(bytes);
  for (let i = 0; i < copy.length; i++) if (copy[i] >= 65 && copy[i] <= 90) copy[i] += 32;
  return copy;
}

const unit = code => (code < 256 && code >= 128 ? Buffer.from([code]).toString('latin1') : Buffer.from(String.fromCodePoint(code)).toString('latin1'));
const scalar = code => (code <= 0x10ffff ? Buffer.from(String.fromCodePoint(code)).toString('latin1') : '');
// A single =2F is as likely the beginning of a form's value: quoted-printable writes two in a row
// for each sign that is not ASCII, and what is ASCII stands there as it is.
const ESCAPE = /\\u([0-9a-f]{4})|\\x([0-9a-f]{2})|%u([0-9a-f]{4})|%([0-9a-f]{2})|((?:=[0-9a-f]{2}){2,})|=\r?\n|&#(\d{1,7});?|&#x([0-9a-f]{1,6});?|&([a-z]{2,8});|\\([\\/"'])/gi;

// One round, over text that holds one byte a character.
function unescaped(text) {
  return text.replace(ESCAPE, (all, u, x, pu, p, q, decimal, hexadecimal, name, sign) => {
    if (u || pu) return scalar(parseInt(u || pu, 16));
    if (x || p) return unit(parseInt(x || p, 16));
    if (q) return Buffer.from(q.replaceAll('=', ''), 'hex').toString('latin1');
    if (decimal) return scalar(Number(decimal));
    if (hexadecimal) return scalar(parseInt(hexadecimal, 16));
    if (name) return name in ENTITIES ? Buffer.from(ENTITIES[name]).toString('latin1') : all;
    return sign || '';
  });
}

function* runs(text) {
  for (const [run] of text.matchAll(/[A-Za-z0-9+/_-]{12,}/g))
    for (let off = 0; off < 4; off++) yield Buffer.from(run.slice(off), 'base64');
  for (const [run] of text.matchAll(/[0-9a-fA-F]{12,}/g))
    for (let off = 0; off < 2; off++) yield Buffer.from(run.slice(off), 'hex');
}

// Every other byte where each second one is NUL, in both orders; the high byte is lost, which
// only costs signs that no needle has in it (those of U+0080 to U+00FF stay one byte, as latin1).
function narrowed(bytes) {
  const text = bytes.toString('latin1'), parts = [];
  for (const [run] of text.matchAll(/(?:[^\0]\0){6,}|(?:\0[^\0]){6,}/g)) parts.push(run.replaceAll('\0', ''));
  return parts.length ? Buffer.from(parts.join('\n'), 'latin1') : null;
}

const PARTIAL = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 1 << 28 };
function* unpacked(bytes) {
  const attempts = [];
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) attempts.push(() => gunzipSync(bytes, PARTIAL));
  if (bytes[0] === 0x78 && bytes.length > 6) attempts.push(() => inflateSync(bytes, PARTIAL));
  if (bytes.length > 3 && bytes.readUInt32LE(0) === 0xfd2fb528) attempts.push(() => spawnSync('zstd', ['-dcq'], { input: bytes, maxBuffer: 1 << 30 }).stdout);
  for (const attempt of attempts)
    try {
      const plain = attempt();
      if (plain.length) yield plain;
    } catch (error) { /* it was none */ }
}

// A body that says of itself, elsewhere, that it is compressed.
function* unpackedBlind(bytes) {
  for (const attempt of [brotliDecompressSync, inflateRawSync])
    try {
      yield attempt(bytes, { maxOutputLength: 1 << 28 });
    } catch (error) { /* it was none */ }
}

const CANARIES = needlesOf(ALL);

class Search {
  constructor(needles) {
    this.needles = needles;
    this.found = new Map(); // kind -> how it was written and a few bytes of where
    this.seen = new Set();
  }

  note(bytes, way) {
    const small = lowered(bytes);
    for (const { kind, bytes: needle } of this.needles) {
      if (this.found.has(kind)) continue;
      const at = small.indexOf(needle);
      if (at >= 0) this.found.set(kind, `${way} at byte ${at}: ...${JSON.stringify(bytes.subarray(Math.max(0, at - 40), at + needle.length + 8).toString('latin1'))}`);
    }
  }

  look(bytes, way, depth) {
    if (bytes.length < 6) return;
    this.note(bytes, way);
    if (depth === DEPTH_MAX) return;
    for (const plain of unpacked(bytes)) this.look(plain, `${way}, unpacked`, depth + 1);
    const narrow = bytes.includes(0) ? narrowed(bytes) : null;
    if (narrow) this.look(narrow, `${way}, UTF-16`, depth + 1);
    const text = bytes.toString('latin1');
    if (text.includes('+')) this.note(Buffer.from(unescaped(text.replaceAll('+', ' ')), 'latin1'), `${way}, a form`);
    this.lookIntoRuns(text, way, depth);
    let plain = unescaped(text);
    if (plain === text) return;
    for (let round = 0; round < 3 && unescaped(plain) !== plain; round++) {
      this.note(Buffer.from(plain, 'latin1'), `${way}, unescaped`);
      this.lookIntoRuns(plain, `${way}, unescaped`, depth);
      plain = unescaped(plain);
    }
    this.look(Buffer.from(plain, 'latin1'), `${way}, unescaped`, depth + 1);
  }

  // Most runs are words: what they decode to is looked at once, and as a whole.
  lookIntoRuns(text, way, depth) {
    const small = [];
    for (const decoded of runs(text)) {
      const key = decoded.length < 4096 ? decoded.toString('latin1') : null;
      if (key !== null && this.seen.has(key)) continue;
      if (key !== null) this.seen.add(key);
      const packed = decoded[0] === 0x1f || decoded[0] === 0x78 || decoded[0] === 0x28;
      if (packed) for (const plain of unpacked(decoded)) this.look(plain, `${way}, base64, unpacked`, depth + 1);
      const narrow = decoded.includes(0) ? narrowed(decoded) : null;
      if (narrow) this.note(narrow, `${way}, base64, UTF-16`);
      small.push(decoded, Buffer.of(0));
    }
    if (small.length) this.look(Buffer.concat(small), `${way}, base64 or hex`, depth + 1);
  }
}

// What of the canaries these bytes hold: Map of kind to where.
export function search(bytes, needles = CANARIES) {
  const it = new Search(needles);
  it.look(Buffer.from(bytes), 'as it is', 0);
  if (bytes.length && bytes.length < 1 << 20) for (const plain of unpackedBlind(Buffer.from(bytes))) it.look(plain, 'unpacked', 1);
  return it.found;
}

// Every file beneath, every name, every link: [{path, found}] of those that hold something, and
// how many files and bytes were looked through.
export function searchTree(root, skip = () => false) {
  const sum = { files: 0, bytes: 0, hits: [] };
  const add = (path, found) => { if (found.size) sum.hits.push({ path, found }); };
  const walk = path => {
    if (skip(path)) return;
    const info = lstatSync(path, { throwIfNoEntry: false });
    if (!info) return;
    if (info.isDirectory()) {
      for (const name of readdirSync(path)) {
        add(`the name of ${join(path, name)}`, search(name));
        walk(join(path, name));
      }
    } else if (info.isSymbolicLink()) {
      add(`the link ${path}`, search(readlinkSync(path)));
    } else if (info.isFile()) {
      const bytes = readFileSync(path);
      sum.files++;
      sum.bytes += bytes.length;
      add(path, search(bytes));
    }
  };
  walk(root);
  return sum;
}
