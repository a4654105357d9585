// The log comes from the recorded answers and from nothing else: whichever answer of
// a page operation is changed, with its checksums mended, the log changes or the
// replay diverges at that entry. A deleted, swapped or failed answer is never
// invented.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { Copy, mendLine } from './recording.mjs';

const FIXTURE = 'fixtures/clinic-3';
const recorded = readFileSync(`${FIXTURE}/events.ndjson`, 'utf8');

// Answers of page operations: JSON text inside JSON.
function answers(lines) {
  return lines.map((line, index) => ({ line, index })).filter(({ line }) => line.includes('\\"ok\\":true'));
}

test('an unchanged copy replays to the recorded log', () => {
  const copy = new Copy(FIXTURE);
  copy.write(copy.lines.map(mendLine));
  const replayed = copy.replay();
  assert.equal(replayed.status, 0, replayed.stderr);
  assert.equal(replayed.stdout, recorded);
  copy.remove();
});

test('a changed answer changes the log or diverges at its entry, whichever it is', () => {
  const copy = new Copy(FIXTURE);
  const all = answers(copy.lines);
  assert.ok(all.length > 40, 'there are answers to change');
  for (const { line, index } of all) {
    const lines = [...copy.lines];
    lines[index] = mendLine(line.replace('\\"ok\\":true', '\\"ok\\":false'));
    copy.write(lines);
    const replayed = copy.replay();
    const noticed = replayed.status === 6 || replayed.stdout !== recorded;
    assert.ok(noticed, `the changed answer of entry ${index + 1} went unnoticed`);
    const entry = Number(/at +entry (\d+)/.exec(replayed.stderr)?.[1] ?? 0);
    assert.ok(replayed.status !== 6 || entry > index, `diverged at entry ${entry}, before the change at ${index + 1}`);
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
