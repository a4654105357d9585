// What a resume takes and what it refuses, before a browser is started. The runs here end
// at their look at a site that is not there: their journals are real, and hold no visit.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCH, fresh, put, refused, revisit, runArguments, said } from './revisit.mjs';
import { ended, journalText, pinned } from './run_dir.mjs';

const batch = () => JSON.parse(readFileSync(BATCH, 'utf8'));
const journalOf = dir => readFileSync(join(dir, 'journal.ndjson'), 'utf8');

// A run directory whose run ended with exit 9: resumable.
function begun(more = []) {
  const dir = fresh('run');
  const r = revisit(runArguments(BATCH, { more: ['--run-dir', dir, ...more] }));
  assert.equal(r.status, 9, said(r));
  return dir;
}

const resume = (dir, more = [], given = BATCH, env = {}) => revisit(runArguments(given, { more: ['--run-dir', dir, '--resume', ...more] }), { env });

function stays(dir, act) {
  const before = journalOf(dir);
  act();
  assert.equal(journalOf(dir), before, 'the journal is as it was');
}

test('a run that ended early is gone on with: its journal grows by a run', () => {
  const dir = begun();
  const r = resume(dir);
  assert.equal(r.status, 9, said(r));
  assert.match(r.stderr, /cannot be reached/);
  const types = journalOf(dir).trim().split('\n').map(line => JSON.parse(line).type);
  assert.deepEqual(types, ['run_start', 'run_end', 'run_start', 'run_end']);
  const numbers = journalOf(dir).trim().split('\n').map(line => JSON.parse(line).seq);
  assert.deepEqual(numbers, numbers.map((_, index) => index + 1));
  assert.equal(readFileSync(join(dir, 'events.ndjson'), 'utf8').match(/"type":"batch_summary"/g).length, 2, 'each run has its log');
});

test('an early end tells the command that goes on, word for word what was given', () => {
  const dir = fresh("run with 'blanks'");
  const r = revisit(runArguments(BATCH, { more: ['--run-dir', dir, '--max-retries', '1', '--record', fresh('day')] }), { env: { TIMEOUT_MULTIPLIER: '1.5' } });
  const line = /^to go on: (.*)$/m.exec(r.stderr)[1];
  assert.match(line, /^TIMEOUT_MULTIPLIER=1\.5 revisit run .*--max-retries 1 .*--resume --run-dir '.*'\\''blanks'\\'''$/);
  assert.doesNotMatch(line, /--record/);
});

test('other settings are refused by name, unless they are forced, and the journal says so', () => {
  const dir = begun();
  stays(dir, () => {
    refused(resume(dir, ['--max-retries', '5']), 2, /max_retries is not what this run was begun with/, /--force/);
    refused(resume(dir, ['--min-gap', '2s']), 2, /min_gap_ms/);
    refused(resume(dir, [], BATCH, { TIMEOUT_MULTIPLIER: '2' }), 2, /timeout_multiplier_thousandths/);
  });
  assert.equal(resume(dir, ['--max-retries', '5', '--force']).status, 9);
  assert.match(journalOf(dir), /"forced":\["settings"\]/);
  refused(resume(dir), 2, /max_retries/);
});

test('a batch whose contents changed is refused unless forced; one of others for good', () => {
  const dir = begun();
  const changed = batch();
  (changed.data ?? changed).patients[0].visits[0].generated.soap = { subjective: 'a', objective: 'b', assessment: 'c', plan: 'changed' };
  delete (changed.data ?? changed).patients[0].visits[0].generated.html;
  const others = batch();
  (others.data ?? others).patients[0].name = 'TEST, SOMEBODY ELSE';
  const fewer = batch();
  (fewer.data ?? fewer).patients[0].visits.pop();
  stays(dir, () => {
    refused(resume(dir, [], put('changed.json', JSON.stringify(changed))), 2, /not the one that this run was begun with/, /--force/);
    for (const wrong of [others, fewer])
      for (const more of [[], ['--force']])
        refused(resume(dir, more, put('others.json', JSON.stringify(wrong))), 2, /other patients or visits/);
  });
  assert.equal(resume(dir, ['--force'], put('changed.json', JSON.stringify(changed))).status, 9);
  assert.match(journalOf(dir), /"forced":\["batch"\]/);
});

test('a torn line is dropped and told once; damage before it is refused with its line', () => {
  const dir = begun();
  const path = join(dir, 'journal.ndjson');
  const whole = journalOf(dir);
  writeFileSync(path, whole + '{"seq":3,"crc":"00');
  assert.match(resume(dir).stderr, /ended in a torn line \(18 bytes\)/);
  assert.doesNotMatch(resume(dir).stderr, /torn/);
  assert.ok(journalOf(dir).startsWith(whole));
  writeFileSync(path, journalOf(dir).replace('"run_start"', '"run_stArt"'));
  const damaged = journalOf(dir);
  refused(resume(dir), 7, /journal\.ndjson: line 1 is damaged/);
  assert.equal(journalOf(dir), damaged);
});

test('a log that a kill tore in mid-line goes on in a line of its own', () => {
  const dir = begun();
  const path = join(dir, 'events.ndjson');
  writeFileSync(path, readFileSync(path, 'utf8') + '{"type":"step","at":1');
  resume(dir);
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  assert.equal(lines.filter(line => line.startsWith('{"type":"batch_start"')).length, 2);
});

test('without a name the last run of the batch is gone on with: the highest number, whatever was removed', () => {
  const state = fresh('state');
  const env = { XDG_STATE_HOME: state };
  const place = join(state, 'revisit');
  for (let i = 0; i < 10; i++) assert.equal(revisit(runArguments(BATCH), { env }).status, 9);
  const [first] = readdirSync(place);
  const dir = number => join(place, first.replace(/\d+$/, number));
  assert.equal(readdirSync(place).length, 10);
  for (const removed of [1, 4]) rmSync(dir(removed), { recursive: true });
  const before = journalOf(dir(9));
  assert.match(revisit(runArguments(BATCH, { more: ['--resume'] }), { env }).stderr, new RegExp(`run directory ${dir(10)}\n`));
  assert.equal(journalOf(dir(9)), before);
  assert.equal(journalOf(dir(10)).trim().split('\n').length, 4);
  assert.match(revisit(runArguments(BATCH), { env }).stderr, new RegExp(`run directory ${dir(11)}\n`));
});

// The records of a real run of this batch, its start, and what is given.
function leftBehind(dir, records) {
  const real = begun();
  const start = JSON.parse(journalOf(real).split('\n')[0]);
  delete start.seq;
  delete start.crc;
  mkdirSync(dir, { recursive: true });
  writeFileSync(join(dir, 'journal.ndjson'), journalText([start, ...records]));
}

// A label for each visit of the batch.
const labels = () => (batch().data ?? batch()).patients.flatMap((patient, index) => patient.visits.map(visit => [index + 1, visit.dos]));

test('beside a run of the batch that has begun visits and is not finished no other is begun unless it is given a place', () => {
  const state = fresh('state');
  const env = { XDG_STATE_HOME: state };
  assert.equal(revisit(runArguments(BATCH), { env }).status, 9, 'a first run, which comes to no visit');
  const [first] = readdirSync(join(state, 'revisit'));
  const dir = join(state, 'revisit', first);
  leftBehind(dir, [pinned(...labels()[0])]);
  const r = revisit(runArguments(BATCH, { more: ['--max-retries', '2'] }), { env });
  assert.equal(r.status, 2, said(r));
  assert.equal(r.stdout, '');
  assert.match(r.stderr, new RegExp(`revisit: ${dir}: a run of this batch was begun there and is not finished.*--resume.*--run-dir`));
  assert.match(r.stderr, new RegExp(`^to go on: revisit run .*--max-retries 2 .*--resume --run-dir ${dir}\n`));
  assert.deepEqual(readdirSync(join(state, 'revisit')), [first], 'nothing was made');
  assert.equal(revisit(runArguments(BATCH, { more: ['--run-dir', fresh('run')] }), { env }).status, 9, 'in another place it is');
  leftBehind(dir, labels().map(label => ended(...label, 'done')));
  assert.equal(revisit(runArguments(BATCH), { env }).status, 9, 'and beside one that is finished');
  assert.equal(readdirSync(join(state, 'revisit')).length, 2);
});

test('a run that was killed after its last visit gets its end by a resume, which needs no site and no browser', () => {
  const dir = fresh('run');
  leftBehind(dir, labels().map(label => ended(...label, 'done')));
  const before = JSON.parse(revisit(['status', dir, '--json']).stdout);
  assert.equal(before.exitCode, undefined);
  const r = resume(dir);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stdout, /^\{"type":"batch_start".*\n\{"type":"batch_summary".*"outcome":"complete"\}\n$/);
  assert.deepEqual(journalOf(dir).trim().split('\n').slice(-2).map(line => JSON.parse(line).type), ['run_start', 'run_end']);
  const after = JSON.parse(revisit(['status', dir, '--json']).stdout);
  assert.deepEqual([after.status, after.exitCode, typeof after.finishedAt], ['done', 0, 'string']);
  stays(dir, () => {
    const again = resume(dir);
    assert.equal(again.status, 0, said(again));
    assert.match(again.stderr, /this run is finished/);
  });
});

test('a recording of a resumed run holds the journal as it was found, and names the run before', () => {
  const dir = begun();
  const found = journalOf(dir);
  const recording = fresh('day');
  assert.equal(resume(dir, ['--record', recording]).status, 9);
  assert.equal(readFileSync(join(recording, 'journal.ndjson'), 'utf8'), found);
  assert.match(JSON.parse(readFileSync(join(recording, 'manifest.json'), 'utf8')).predecessor, /, run 1$/);
  const replayed = revisit(['replay', recording]);
  assert.equal(replayed.status, 0, said(replayed));
  assert.equal(replayed.stdout, readFileSync(join(recording, 'events.ndjson'), 'utf8'));
  writeFileSync(join(recording, 'journal.ndjson'), found.replace('"run_end"', '"run_enD"'));
  assert.equal(revisit(['replay', recording]).status, 7, 'a changed journal is damage');
});

test('what is no journal is refused and left as it is; one torn in its first line begins anew', () => {
  const dir = begun();
  for (const make of [path => writeFileSync(path, 'no journal\n{"seq":1}\n'), path => copyFileSync(BATCH, path)]) {
    make(join(dir, 'journal.ndjson'));
    stays(dir, () => refused(resume(dir), 2, /this is no journal/));
  }
  writeFileSync(join(dir, 'journal.ndjson'), '{"seq":1,"crc":"0a');
  assert.match(resume(dir).stderr, /torn line/);
  assert.match(journalOf(dir), /^\{"seq":1,"crc":"[0-9a-f]{8}","type":"run_start"/);
});
