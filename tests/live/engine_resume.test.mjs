// Runs that end before their batch is done, and the next one that finishes it: killed at
// any moment, stopped, out of time, logged out, the breaker open. In the end each visit
// is on its chart once, and each run replays by itself.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { also, argumentsOf, environmentOf, revisit, runCases, setFaults, sleep, test } from './engine_run.mjs';
import { afterStep, atIntent, whenHit } from './engine_victims.mjs';
import { allDone, chartProblems, countsOf, outcomesOf, summaryOf } from './engine_chart.mjs';
import { batchOf } from './engine_batch.mjs';

const EFFECTS = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
const sameEnvironment = (ended) => environmentOf(ended.dir, { TIMEOUT_MULTIPLIER: ended.factor.toFixed(3) });
const kill = (live) => process.kill(live.pid, 'SIGKILL');
const journalOf = (ended) => readFileSync(join(ended.dir, 'run', 'journal.ndjson'), 'utf8');

// Numbers that look random and are the same each time.
function drawn(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

const killed = { recorded: false, left: false };

for (const [step, path] of Object.entries(EFFECTS))
  (step === 'generateBilling' ? test : also)(`killed while the answer of ${step} is on its way: the next run looks, and acts at most once more`, async (t) => {
    const first = await t.run({ visits: ['gamma.1', 'gamma.2'], ...killed,
      faults: [{ path, method: 'POST', visit: 'gamma.1', nth: 1, do: 'slow_answer', ms: 700 }],
      onEvent: atIntent(step, (live) => whenHit(live).then(() => kill(live))) });
    t.same(first.code, 'SIGKILL', 'it was killed');
    await sleep(900);
    const ended = await t.resume(first, { exit: 0 });
    t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'done 1' }, 'outcomes');
    await allDone(t, ended);
  });

test('killed with the bill asked for and its answer lost for good: a person looks, nobody bills again', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2'], ...killed,
    faults: [{ path: EFFECTS.generateBilling, method: 'POST', visit: 'gamma.1', nth: 1, do: 'hang' }],
    onEvent: atIntent('generateBilling', (live) => whenHit(live).then(() => kill(live))) });
  await setFaults(first.standin, []);
  const ended = await t.resume(first, { exit: 8 });
  t.same(outcomesOf(ended), { 'gamma.1': 'needs_review 1 generateBilling unknown', 'gamma.2': 'done 1' }, 'outcomes');
  t.same(countsOf(await ended.truth('gamma.1')).billPosts, 1, 'one bill was asked for');
  t.ok(ended.messages.includes('p1.v1  needs_review'), 'the summary names the visit', ended.messages);
});

test('killed between two visits and in the resume, again and again', async (t) => {
  const visits = ['gamma.1', 'gamma.2', 'alpha.1', 'beta.1', 'alpha.2'];
  const random = drawn(20260101);
  const cut = (rest) => { let left = 3 + Math.floor(random() * 30); return { ...rest, onEvent: (event, live) => --left === 0 && kill(live) }; };
  let ended = await t.run(cut({ visits, ...killed }));
  for (let runs = 1; ended.code === 'SIGKILL' && runs < 9; runs++) ended = await t.resume(ended, cut(killed));
  if (ended.code === 'SIGKILL') ended = await t.resume(ended);
  const status = spawnSync(revisit, ['status', join(ended.dir, 'run'), '--json'], { encoding: 'utf8' });
  t.same(JSON.parse(status.stdout || '{}').status, 'done', 'status');
  t.ok(ended.code === 0, 'exit status', ended.code);
  await allDone(t, ended, await manyPosts(ended, visits));
});

// A save of codes or note that a kill cut may be made again; a bill never.
async function manyPosts(ended, visits) {
  const counts = {};
  for (const label of visits) {
    const { codePosts, codeSaves, notePosts, noteSaves } = countsOf(await ended.truth(label));
    counts[label] = { codePosts, codeSaves, notePosts, noteSaves };
  }
  return counts;
}

test('stopped by SIGTERM: the visit in hand is charged no attempt, and what is done is not touched', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2', 'alpha.1'], exit: 5,
    onEvent: (event, live) => event.type === 'step' && event.patient === 'p1' && event.dos === 2 && event.step === 'saveDiagnosis' && process.kill(live.pid, 'SIGTERM') });
  t.ok(/^to go on: .*revisit run .*--resume --run-dir /m.test(first.messages), 'the command that goes on is told', first.messages);
  t.ok(first.messages.includes('asked to stop: stopping at the next safe point, at most 25 s; again to leave at once'), 'that the signal was heard is told at once', first.messages);
  const ended = await t.resume(first, { exit: 0 });
  t.same(outcomesOf(ended), { 'gamma.2': 'done 1', 'alpha.1': 'done 1' }, 'outcomes');
  t.same([summaryOf(ended).settled, ended.events[0].settled], [1, 1], 'one visit was settled before');
  await allDone(t, ended);
});

test('the command that is told goes on', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 5, onEvent: afterStep('saveDiagnosis', (live) => process.kill(live.pid, 'SIGINT')) });
  const line = /^to go on: (.*)$/m.exec(first.messages)[1].replace(' revisit ', ` ${revisit} `);
  const again = spawnSync('sh', ['-c', line], { encoding: 'utf8', env: sameEnvironment(first) });
  t.same(again.status, 0, `exit status: ${again.stderr}`);
  await allDone(t, { ...first, visits: ['gamma.1', 'gamma.2'] });
});

test('a second stop, at once, in mid-visit: the next run finishes', async (t) => {
  const first = await t.run({ visits: ['gamma.1'], ...killed,
    onEvent: atIntent('saveSOAP', (live) => { process.kill(live.pid, 'SIGTERM'); process.kill(live.pid, 'SIGINT'); }) });
  t.same(first.code, 5, 'it ended');
  t.ok(/^to go on: .*--resume --run-dir /m.test(first.messages), 'its last words are how to go on', first.messages);
  const ended = await t.resume(first, { exit: 0 });
  t.same(chartProblems(await ended.truth('gamma.1'), 'gamma.1', await onlyPosts(ended)), [], 'it is on its chart once');
});

async function onlyPosts(ended) {
  return (await manyPosts(ended, ['gamma.1']))['gamma.1'];
}

test('a batch that is out of time stops and can be gone on with', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2', 'alpha.1', 'alpha.2'], args: ['--batch-timeout', '4s'], exit: 5 });
  t.same([summaryOf(first).outcome, summaryOf(first).errorKind], ['stopped', 'timeout'], 'summary');
  const ended = await t.resume(first, { args: ['--force'], exit: 0 });
  t.ok(journalOf(ended).includes('"forced":["settings"]'), 'other settings are forced, and the journal says so');
  await allDone(t, { ...ended, visits: first.visits });
});

test('the session ends; a person logs in, and the run goes on', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 3,
    faults: [{ path: EFFECTS.saveSOAP, method: 'POST', visit: 'gamma.1', nth: 1, do: 'expire' }] });
  t.ok(journalOf(first).includes('"type":"latch"'), 'the journal holds the latch');
  await setFaults(first.standin, []);
  writeFileSync(join(first.dir, 'state.json'), JSON.stringify(await first.standin.control('state')));
  const ended = await t.resume(first, { exit: 0 });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'done 1' }, 'outcomes');
  await allDone(t, ended, await manyPosts(ended, ['gamma.1', 'gamma.2']));
});

test('another batch, other settings, another run: what cannot be gone on with is refused, and changes nothing', async (t) => {
  const first = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 5, onEvent: afterStep('saveDiagnosis', (live) => process.kill(live.pid, 'SIGTERM')) });
  const before = journalOf(first);
  const resume = (more) => spawnSync(revisit, [...argumentsOf(first.dir, first.standin.base, ['--resume', ...more], 'refused')],
    { encoding: 'utf8', env: sameEnvironment(first) });
  const swap = (batch) => { const text = readFileSync(join(first.dir, 'batch.json'), 'utf8'); writeFileSync(join(first.dir, 'batch.json'), batch); return text; };
  const refused = (ended, code, words, what) => t.ok(ended.status === code && ended.stderr.includes(words), what, `${ended.status}: ${ended.stderr}`);
  refused(resume(['--max-retries', '5']), 2, 'max_retries is not what this run was begun with', 'other settings');
  const batch = swap(JSON.stringify(batchOf(['gamma.1', 'gamma.3'])));
  refused(resume(['--force']), 2, 'other patients or visits', 'other visits, even if forced');
  const changed = structuredClone(batchOf(['gamma.1', 'gamma.2']));
  changed.patients[0].visits[1].generated.soap.plan = 'Changed.';
  swap(JSON.stringify(changed));
  refused(resume([]), 2, 'is not the one that this run was begun with', 'another text');
  swap(batch);
  refused(spawnSync(revisit, argumentsOf(first.dir, first.standin.base, [], 'refused'), { encoding: 'utf8', env: sameEnvironment(first) }), 9,
    'add --resume to finish that one', 'no --resume');
  t.same(journalOf(first), before, 'the journal is as it was');
  t.ok(!existsSync(join(first.dir, 'refused')), 'no recording was begun');
  const ended = await t.resume(first, { exit: 0 });
  refused(resume([]), 0, 'this run is finished (2 done, 0 failed, 0 for review)', 'a finished run');
  await allDone(t, { ...ended, visits: first.visits });
});

await runCases('tests/live/engine_resume.test.mjs', { unhurried: true });
