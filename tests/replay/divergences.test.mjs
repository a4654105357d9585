// Row 26 and 27 of faults.md: divergences planted in a small recording, drawn from a
// seed. Each changes one thing and mends every checksum and number, so that only the
// replay can notice; its report must name what was planted: the reason, the entry, the
// marks of both sides, the field, and where the recorded value came from. What is
// expected is worked out here from the lines alone.
import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Copy, crc32c, mendLine } from './recording.mjs';

const FIXTURE = 'fixtures/lost-billing-answer';
const SEED = Number(process.env.SEED ?? 20240111);
const copy = new Copy(FIXTURE);
after(() => copy.remove());
const BATCH = readFileSync(join(copy.dir, 'batch.json'), 'utf8'), STATE = readFileSync(join(copy.dir, 'state.json'), 'utf8');
const MANIFEST = readFileSync(join(copy.dir, 'manifest.json'), 'utf8');

const LAST_DOB = JSON.parse(BATCH).patients.at(-1).dob;

let random = SEED;
const draw = below => (random = (Math.imul(random, 1664525) + 1013904223) >>> 0) % below;
// `count` of the list, no two alike.
function pick(list, count) {
  const rest = [...list];
  assert.ok(rest.length >= count, `${rest.length} places for ${count}`);
  return Array.from({ length: count }, () => rest.splice(draw(rest.length), 1)[0]);
}

const OUT = ['start', 'send', 'kill', 'http_out', 'commit', 'lock'];
const LINE = /^\{"crc":"[0-9a-f]{8}","n":(\d+),"at":(\d+),"gen":(\d+),"mark":"([^"]*)",(?:"bulk":\{[^}]*\},)?"([a-z_]+?)(64)?":(.*)\}$/;
function read(line) {
  const [, n, at, gen, mark, kind, base64, value] = LINE.exec(line);
  const id = Number(/^\{"id":(\d+)/.exec(value)?.[1] ?? 0), method = /"method":"([A-Za-z.]+)"/.exec(value)?.[1];
  const operation = kind === 'send' ? /__revisit\.call\(\\"(\w+)\\"/.exec(value)?.[1] : undefined;
  const isNamed = ['send', 'http_out', 'bytes'].includes(kind);
  const name = isNamed && method ? [method, operation].filter(Boolean).join(' ') : kind === 'bytes' && id ? 'reply' : '';
  return { line, n: Number(n), at: Number(at), gen: Number(gen), mark, kind, base64, value, id, operation, name, out: OUT.includes(kind),
    visit: mark.split('.').slice(0, 3).join('.'), what: name ? `${kind} ${name}` : kind };
}
const entries = copy.lines.map(read);
const renumbered = lines => lines.map((line, index) => mendLine(line.replace(/"n":\d+/, `"n":${index + 1}`)));
const without = index => renumbered(copy.lines.filter((_, at) => at !== index));
const changed = (index, from, to) => {
  const line = copy.lines[index].replace(from, to);
  assert.notEqual(line, copy.lines[index], `entry ${index + 1} is changed by ${from}`);
  return copy.lines.map((old, at) => (at === index ? mendLine(line) : old));
};
const places = fits => entries.map((_, index) => index).filter(index => index > 4 && index + 1 < entries.length && fits(entries[index], entries[index + 1], entries[index - 1]));
const sameVisit = (...list) => list.every(entry => entry.visit === list[0].visit && entry.visit.startsWith('p'));

// Where a recorded value came from, as the report should say it, among the lines before `index`.
const word = value => new RegExp(`(?<![0-9A-Za-z])${value.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&')}(?![0-9A-Za-z])`);
function pathOf(tree, value, path = '') {
  if (tree === value) return path;
  if (!tree || typeof tree !== 'object') return null;
  for (const [key, child] of Object.entries(tree)) {
    const found = pathOf(child, value, Array.isArray(tree) ? `${path}[${key}]` : path ? `${path}.${key}` : key);
    if (found !== null) return found;
  }
  return null;
}
function originOf(value, lines, index) {
  const path = pathOf(JSON.parse(BATCH), value);
  if (word(value).test(BATCH)) return `stands in batch.json${path ? ` at ${path}` : ''}`;
  if (word(value).test(STATE)) return 'stands in state.json';
  const before = lines.slice(0, index).map(read), holds = out => before.find(entry => entry.out === out && word(value).test(entry.value));
  const request = holds(true), item = before.find(entry => !entry.out && entry.id && word(value).test(entry.value)) ?? holds(false);
  if (!item) return request ? `is the engine's own, first sent in entry ${request.n}, ${request.what} in ${request.mark}` : "is the engine's own: no entry before holds it";
  const answered = { bytes: 'send', http: 'http_out' }[item.kind];
  const asked = item.id && before.find(entry => entry.kind === answered && entry.id === item.id && (item.kind === 'http' || entry.gen === item.gen));
  return asked ? `came in entry ${item.n}, the answer to ${asked.name} of ${asked.mark}` : `came in entry ${item.n}, ${item.what} in ${item.mark}`;
}

// The planters: each gives [{ lines, or files, and what is expected }].
const planters = {
  'a request is taken out': () => pick(places((e, next) => e.out && !['kill', 'start'].includes(e.kind) && !next.out && sameVisit(e, next)), 4)
    .map(i => ({ lines: without(i), reason: 'unseen', entry: i + 1, field: 'kind', engine: [entries[i].what, entries[i].mark], recorded: [entries[i + 1].what, entries[i + 1].mark] })),
  'an answer is taken out': () => pick(places((e, next) => ['bytes', 'http', 'io'].includes(e.kind) && e.id && next.out && sameVisit(e, next)), 4)
    .map(i => ({ lines: without(i), reason: 'wrong_order', entry: i + 1, field: 'kind', engine: ['waits ', entries[i].mark], recorded: [entries[i + 1].what, entries[i + 1].mark] })),
  'a failure is taken out': () => pick(places((e, next) => (e.kind === 'wake' || /"failure":"(?!ok)/.test(e.value)) && next.out && sameVisit(e, next)), 1)
    .map(i => ({ lines: without(i), reason: 'wrong_order', entry: i + 1, field: 'kind', engine: ['waits ', entries[i].mark], recorded: [entries[i + 1].what, entries[i + 1].mark] })),
  'an entry is missing and the numbers tell': () => pick(places(() => true), 2)
    .map(i => ({ lines: copy.lines.filter((_, at) => at !== i), reason: 'unseen', entry: i + 2, line: i + 1, field: 'n', engine: [`needs entry ${i + 1}`, ''], recorded: [entries[i + 1].what, entries[i + 1].mark] })),
  'a request stands before what it follows': () => pick(places((e, next, last) => e.kind === 'send' && !last.out && last.at === e.at && sameVisit(last, e)), 3)
    .map(i => {
      const lines = [...copy.lines];
      [lines[i - 1], lines[i]] = [lines[i], lines[i - 1]];
      return { lines: renumbered(lines), reason: 'wrong_order', entry: i, field: 'kind', engine: ['waits ', entries[i - 1].visit], recorded: [entries[i].what, entries[i].mark],
        nearest: `entry ${i + 1} .*the next item, but 1 requests come before it` };
    }),
  'two requests change places': () => pick(places((e, next) => e.kind === 'send' && next.kind === 'send' && sameVisit(e, next)), 2)
    .map(i => {
      const lines = [...copy.lines];
      [lines[i], lines[i + 1]] = [lines[i + 1], lines[i]];
      return { lines: renumbered(lines), reason: 'wrong_order', entry: i + 1, engine: [entries[i].what, entries[i].mark], recorded: [entries[i + 1].what, entries[i + 1].mark],
        nearest: `entry ${i + 2} .*the same, but 1 entries come before it` };
    }),
  'a request stands twice': () => pick(places((e, next) => e.out && !next.out && sameVisit(e, next)), 3)
    .map(i => ({ lines: renumbered([...copy.lines.slice(0, i + 1), ...copy.lines.slice(i)]), reason: 'wrong_order', entry: i + 2, field: 'kind', engine: ['waits ', entries[i].visit],
      recorded: [entries[i].what, entries[i].mark] })),
  'an argument is changed': () => pick(places(e => /\\"dob\\":\\"/.test(e.value) && e.out && !e.value.includes(LAST_DOB)), 5).map((i, nth) => {
    const target = /"targetId":"([0-9A-F]{32})"/.exec(copy.lines.slice(8).join())[1];
    const [, visit] = /"pinned".*"visit":"(\d+)"/.exec(copy.lines.join('\n'));
    const value = [target, 'ZZZZ-9', LAST_DOB, visit, 'M54'][nth], lines = changed(i, /(?<=\\"dob\\":\\")[^"\\]+/, value);
    return { lines, reason: 'field_differs', entry: i + 1, field: 'params.expression.argument.dob', engine: [entries[i].what, entries[i].mark], recorded: [entries[i].what, entries[i].mark],
      origin: originOf(value, lines, i), hides: value };
  }),
  'an operation is changed': () => pick(places(e => e.operation), 2)
    .map(i => ({ lines: changed(i, /(?<=call\(\\")\w+/, 'lookAround'), reason: 'unseen', entry: i + 1, field: 'params.expression.operation', engine: [entries[i].what, entries[i].mark],
      recorded: ['send Runtime.evaluate lookAround', entries[i].mark] })),
  'an entry is of another patient': () => pick(places((e, next, last) => e.out && sameVisit(last, e)), 3)
    .map(i => ({ lines: changed(i, /(?<="mark":"p)\d+/, '77'), reason: 'wrong_visit', entry: i + 1, field: 'mark', engine: [entries[i].what, entries[i].mark], recorded: [entries[i].what, entries[i].mark.replace(/^p\d+/, 'p77')] })),
  'an entry is of another attempt': () => pick(places((e, next, last) => !e.out && !last.out && sameVisit(last, e)), 2)
    .map(i => ({ lines: changed(i, /(?<="mark":"p\d+\.v\d+\.a)\d+/, '9'), reason: 'wrong_visit', entry: i + 1, field: 'mark', engine: ['waits ', entries[i].visit], recorded: [entries[i].what, entries[i].mark.replace(/\.a\d+/, '.a9')],
      nearest: `entry ${i + 1} .*another visit or attempt` })),
  'the batch is another': () => [{ files: { 'batch.json': BATCH.replace(/\d\d\/\d\d\/19\d\d/, '01/01/1901') }, reason: 'field_differs', entry: 1, field: 'record.batch', engine: ['commit', 'run'], recorded: ['commit', 'run'],
    origin: 'is a digest of the recorded batch.json: the one here is another' }],
  'a setting is another': () => [{ settings: [/"max_retries":\d/, '"max_retries":7'], reason: 'field_differs', entry: 1, field: 'record.settings.max_retries', engine: ['commit', 'run'], recorded: ['commit', 'run'],
    origin: 'stood in the recorded manifest.json, under settings' }],
  'the end is missing': () => pick(places((e, next) => e.kind === 'send' && e.operation && !next.out), 2)
    .map(i => ({ lines: copy.lines.slice(0, i + 1), reason: 'exhausted', entry: 0, field: 'kind', engine: ['waits ', entries[i].visit] })),
  'the end is missing, a request and all': () => pick(places((e, next) => e.kind === 'io' && next.operation && sameVisit(e, next)), 1)
    .map(i => ({ lines: copy.lines.slice(0, i + 1), reason: 'exhausted', entry: 0, field: 'kind', engine: [entries[i + 1].what, entries[i + 1].mark] })),
  'an answer is another, and so is what follows': () => pick(places(e => /\\"nonce\\":/.test(e.value) && !e.out && sameVisit(e, entries[asksNext(e)] ?? {})), 2).map(i => {
    const j = asksNext(entries[i]), nonce = /\\"nonce\\":\\"(\w+)/.exec(copy.lines[j])[1], lines = changed(i, /(?<=\\"nonce\\":\\")\w+/, '0123456789abcdef');
    return { lines, reason: 'field_differs', entry: j + 1, field: 'params.expression.option.nonce', engine: [entries[j].what, entries[j].mark], recorded: [entries[j].what, entries[j].mark], origin: originOf(nonce, lines, j), hides: nonce };
  }),
  'the page says another visit': () => pick(places((e, next) => /"type":"pinned"/.test(next.value) && e.kind === 'bytes'), 2).map(i => {
    const visit = /"visit":"(\d+)"/.exec(copy.lines[i + 1])[1], lines = changed(i, new RegExp(`(?<=\\\\")${visit}(?=\\\\")`, 'g'), '700700');
    return { lines, reason: 'field_differs', entry: i + 2, field: 'record.visit', engine: ['commit', entries[i + 1].mark], recorded: ['commit', entries[i + 1].mark], origin: originOf(visit, lines, i + 1), hides: '700700' };
  }),
  'a request is of another browser': () => pick(places(e => e.kind === 'send' && e.visit.startsWith('p')), 1)
    .map(i => ({ lines: changed(i, /"gen":\d+/, '"gen":8'), reason: 'field_differs', entry: i + 1, field: 'gen', engine: [entries[i].what, entries[i].mark], recorded: [entries[i].what, entries[i].mark] })),
  'a deadline was another': () => pick(places(e => e.kind === 'wake'), 1)
    .map(i => ({ lines: changed(i, /(?<="wake":\d*)\d(?=\}$)/, digit => `${(Number(digit) + 1) % 10}`), reason: 'field_differs', entry: i + 1, field: 'deadline', engine: ['waits ', entries[i].mark], recorded: ['wake', entries[i].mark] })),
  'a lock has another name': () => pick(places(e => e.kind === 'lock'), 1)
    .map(i => ({ lines: changed(i, /(?<="name":")[^"]+/, 'http://elsewhere'), reason: 'field_differs', entry: i + 1, field: 'name', engine: ['lock', entries[i].mark], recorded: ['lock', entries[i].mark], origin: originOf('http://elsewhere', copy.lines, i) })),
  'a sent body was another': () => pick(places(e => e.kind === 'http_out' && /"blake2b"/.test(e.line)), 1)
    .map(i => ({ lines: changed(i, /(?<="blake2b":")[0-9a-f]{6}/, '000000'), reason: 'field_differs', entry: i + 1, engine: [entries[i].what, entries[i].mark], recorded: [entries[i].what, entries[i].mark] })),
  'the recording goes on': () => [{ lines: renumbered([...copy.lines, copy.lines.at(-1), copy.lines.at(-1)]), reason: 'wrong_order', entry: entries.length + 1, field: 'kind', engine: ['has ended', 'run'], recorded: [entries.at(-1).what, entries.at(-1).mark],
    nearest: `entry ${entries.length + 1} .*it was never asked for` }],
};
// The request that comes next after an answer and carries its nonce.
function asksNext(answer) {
  const index = answer.n;
  for (let at = index; at < entries.length && at < index + 12; at++) if (entries[at].operation) return /\\"nonce\\":/.test(entries[at].value) ? at : -1;
  return -1;
}

const HEAD = '{"crc":"00000000",'.length;
function put({ lines = copy.lines, files = {}, settings }) {
  const file = name => join(copy.dir, name);
  writeFileSync(file('batch.json'), BATCH);
  writeFileSync(file('manifest.json'), MANIFEST);
  copy.write(lines);
  let body = readFileSync(file('manifest.json'), 'utf8').slice(HEAD);
  for (const [name, text] of Object.entries(files)) {
    writeFileSync(file(name), text);
    body = body.replace(new RegExp(`("${name}":\\{"size":)\\d+(.*"crc32c":")[0-9a-f]{8}`), `$1${Buffer.byteLength(text)}$2${crc32c(Buffer.from(text))}`);
  }
  if (settings) body = body.replace(...settings);
  writeFileSync(file('manifest.json'), `{"crc":"${crc32c(Buffer.from(body))}",${body}`);
}

// The report, line by line: each side is "WHAT[, in MARK][: SHAPE]".
function parse(text) {
  const told = name => new RegExp(`^  ${name} +(.*)$`, 'm').exec(text)?.[1] ?? '';
  const side = name => told(name).match(/^(.*?)(?:, in ([\w.]+))?(?:: .*)?$/);
  return { reason: /\((\w+)\)$/m.exec(text)?.[1], at: told('at'), field: told('field'), engine: side('engine'), recorded: side('recorded'), origin: told('origin'), nearest: told('nearest') };
}

function judge(planted) {
  put(planted);
  const { status, stderr } = copy.replay(), report = parse(stderr);
  assert.equal(status, 6, stderr);
  assert.equal(report.reason, planted.reason, stderr);
  assert.equal(report.at, planted.entry ? `entry ${planted.entry}, session.ndjson:${planted.line ?? planted.entry}` : 'the end of the recording', stderr);
  if (planted.field) assert.equal(report.field, planted.field, stderr);
  else assert.notEqual(report.field, '', stderr);
  for (const name of ['engine', 'recorded']) {
    const [what, mark] = planted[name] ?? ['', ''];
    assert.ok(report[name][1].startsWith(what), `${name}: ${what} in\n${stderr}`);
    assert.ok((report[name][2] ?? '').startsWith(mark), `${name}: ${mark} in\n${stderr}`);
  }
  if (planted.origin) assert.equal(report.origin, `the recorded value ${planted.origin}`, stderr);
  assert.match(report.nearest, new RegExp(planted.nearest ?? '^(entry \\d+ \\(session\\.ndjson:\\d+, [\\w.]+\\): .+|none was found)$'), stderr);
  if (planted.hides) assert.ok(!stderr.includes(planted.hides), 'no value is told');
}

let count = 0;
for (const [name, plant] of Object.entries(planters))
  test(`${name}: the report names it`, () => {
    for (const planted of plant()) {
      judge(planted);
      count++;
    }
  });

test('forty divergences and more were planted', () => {
  assert.ok(count >= 40, `${count}, seed ${SEED}`);
});
