// The log comes from the recorded answers and from nothing else: whichever answer is
// changed, with its checksums mended, the log changes or the replay diverges there. A
// deleted, swapped or failed answer is never invented.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { Copy, mendLine } from './recording.mjs';

const FIXTURE = 'fixtures/clinic-3';
const recorded = readFileSync(`${FIXTURE}/events.ndjson`, 'utf8');

const FIXTURES = readdirSync('fixtures').filter(name => existsSync(`fixtures/${name}/manifest.json`));

// Answers of page operations (JSON text inside JSON) and of our own HTTP exchanges.
const isAnswer = line => /\\"ok\\":(true|false),/.test(line) || line.includes('"http":{');
// A reply to an operation that was given up is counted and ignored: from it nothing follows.
function answers(lines) {
  let asked = '';
  return lines.map((line, index) => ({ line, index })).filter(({ line }) => {
    const call = /"send":\{"id":(\d+),.*__revisit\.call\(/.exec(line);
    if (call) asked = call[1];
    const reply = /"bytes":\{"id":(\d+),/.exec(line);
    return isAnswer(line) && (!reply || reply[1] === asked);
  });
}

// What of an answer is changed, until something follows from it: whether it went well,
// what it says of the session, why it failed, how the exchange ended.
const CHANGES = [
  [/\\"ok\\":true/, '\\"ok\\":false'],
  [/\\"session\\":\\"ok\\"/, '\\"session\\":\\"expired\\"'],
  [/\\"kind\\":\\"[a-z_]+\\"/, '\\"kind\\":\\"save_rejected\\"'],
  [/"state":"answered","failure":"ok","status":\d+/, '"state":"sent","failure":"reset","status":0'],
  [/"state":"(not_sent|sent)","failure":"[a-z_]+"/, '"state":"answered","failure":"ok"'],
  [/"state":"(answered|sent)","failure":"[a-z_]+"/, '"state":"not_sent","failure":"refused"'],
];

// At most `count` of the list, spread over it.
const spread = (list, count) => list.filter((_, index) => index % Math.ceil(list.length / count) === 0);

// Every answer of a small recording, some of a large one: each replay of it is a file of its own.
const TRIES_MAX = 60, LARGE_BYTES = 8 << 20, TRIES_LARGE = 6;

test('an unchanged copy replays to the recorded log', () => {
  const copy = new Copy(FIXTURE);
  copy.write(copy.lines.map(mendLine));
  const replayed = copy.replay();
  assert.equal(replayed.status, 0, replayed.stderr);
  assert.equal(replayed.stdout, recorded);
  copy.remove();
});

for (const fixture of FIXTURES)
  test(`${fixture}: a changed answer changes the log or diverges at its entry`, () => {
    const copy = new Copy(`fixtures/${fixture}`);
    const log = readFileSync(`fixtures/${fixture}/events.ndjson`, 'utf8');
    const { stderr } = copy.replay();
    const all = answers(copy.lines);
    assert.ok(all.length > 0, 'there are answers to change');
    for (const { line, index } of spread(all, copy.lines.join('').length > LARGE_BYTES ? TRIES_LARGE : TRIES_MAX)) {
      const noticed = ([from, to]) => {
        const lines = [...copy.lines];
        lines[index] = mendLine(line.replace(from, to));
        copy.write(lines);
        const replayed = copy.replay();
        const entry = Number(/at +entry (\d+)/.exec(replayed.stderr)?.[1] ?? 0);
        assert.ok(replayed.status !== 6 || entry > index, `diverged at entry ${entry}, before the change at ${index + 1}`);
        return replayed.status === 6 || replayed.stdout !== log || replayed.stderr !== stderr;
      };
      assert.ok(CHANGES.filter(([from]) => from.test(line)).some(noticed), `entry ${index + 1} can be changed and nothing follows`);
    }
    copy.remove();
  });

test('a deleted answer diverges: a miss never looks like an answer', () => {
  const copy = new Copy(FIXTURE);
  const renumber = lines => lines.map((line, index) => mendLine(line.replace(/"n":\d+/, `"n":${index + 1}`)));
  for (const { index } of answers(copy.lines).slice(0, 12)) {
    copy.write(renumber(copy.lines.filter((_, at) => at !== index)));
    const replayed = copy.replay();
    assert.equal(replayed.status, 6, `without entry ${index + 1}: ${replayed.stderr}`);
  }
  copy.remove();
});

test('a swapped pair of sent and received entries diverges', () => {
  const copy = new Copy(FIXTURE);
  const sends = copy.lines.map((line, index) => ({ line, index })).filter(({ line }) => line.includes('"send":{')).slice(5, 15);
  for (const { index } of sends) {
    const lines = [...copy.lines];
    const swapN = (line, n) => mendLine(line.replace(/"n":\d+/, `"n":${n}`));
    [lines[index], lines[index - 1]] = [swapN(lines[index - 1], index + 1), swapN(lines[index], index)];
    copy.write(lines);
    const replayed = copy.replay();
    assert.equal(replayed.status, 6, `entries ${index} and ${index + 1} swapped: ${replayed.stderr}`);
    assert.match(replayed.stderr, /diverged/);
  }
  copy.remove();
});

test('a recorded failure that is deleted diverges', () => {
  const copy = new Copy('fixtures/http-refused');
  const at = copy.lines.findIndex(line => line.includes('"failure":"refused"'));
  assert.ok(at >= 0, 'the refusal is in the recording');
  copy.write(copy.lines.filter((_, index) => index !== at).map((line, index) => mendLine(line.replace(/"n":\d+/, `"n":${index + 1}`))));
  assert.equal(copy.replay().status, 6);
  copy.remove();
});

test('a divergence names entry, place, field and shapes, and no value', () => {
  const copy = new Copy(FIXTURE);
  const at = copy.lines.findIndex(line => line.includes('searchPatient') && line.includes('"send"'));
  const lines = [...copy.lines];
  lines[at] = mendLine(lines[at].replace(/\d\d\/\d\d\/19\d\d/, '12/31/1999'));
  copy.write(lines);
  const replayed = copy.replay();
  assert.equal(replayed.status, 6);
  assert.match(replayed.stderr, new RegExp(`entry ${at + 1}`));
  assert.match(replayed.stderr, /searchPatient/);
  assert.match(replayed.stderr, /p1\.v1\.a1/);
  assert.doesNotMatch(replayed.stderr, /1999|190\d/);
  copy.remove();
});

test('options that would change the course are refused and name what answers them', () => {
  for (const option of [['--max-retries', '0'], ['--timeout-multiplier', '2'], ['--set', 'max_retries=0']]) {
    const copy = new Copy(FIXTURE);
    const replayed = copy.replay(...option);
    assert.equal(replayed.status, 6);
    assert.match(replayed.stderr, /whatif/);
    copy.remove();
  }
});
