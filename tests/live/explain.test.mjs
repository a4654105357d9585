// revisit explain of recordings made here, on a real Chromium: a request of one visit never
// answered, at a step drawn from a seed; and a bill that was answered when the visit's time
// was over. SEED=N draws the same again.
import { spawnSync } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { revisit, runCases, test } from './engine_run.mjs';
import { everyone } from './engine_batch.mjs';

const seed = Number(process.env.SEED || randomInt(1, 1 << 30));
console.log(`# SEED=${seed}`);

// Of each step the page that is asked for in it, and how.
const STEPS = {
  navigateICD: ['ov_icdcpt', 'GET'],
  navigatePTNote: ['ov_ptnote2018', 'GET'],
  navigateCheckout: ['checkout2006_spec', 'GET'],
  saveDiagnosis: ['ov_icdcpt', 'POST'],
  saveSOAP: ['ov_ptnote2018', 'POST'],
};
const drawn = Object.keys(STEPS)[Math.floor((Math.imul(seed, 2654435761) >>> 0) / 2 ** 32 * Object.keys(STEPS).length)];

const explain = (t, ended, ...more) => {
  const told = spawnSync(revisit, ['explain', join(ended.dir, 'recording'), ...more], { encoding: 'utf8', env: { PATH: process.env.PATH } });
  t.same([told.status, told.stderr], [0, ''], 'explained');
  return told.stdout;
};

// The identities and the notes of everybody who may be in it.
function wordsOf(value, words = []) {
  if (typeof value === 'string' && value.length >= 8 && /[^a-z-]/.test(value)) words.push(...value.split('\n').filter((line) => line.length >= 8));
  else if (value && typeof value === 'object') Object.values(value).forEach((each) => wordsOf(each, words));
  return words;
}

test('a hang at a step drawn from a seed is told at that step, and none in the other visit', async (t) => {
  const [path, method] = STEPS[drawn], isSave = method === 'POST';
  const ended = await t.run({ visits: ['gamma.1', 'beta.1'], fails: [`gamma.1 ${drawn} timeout`],
    faults: [{ path, method, visit: 'gamma.1', nth: 1, do: 'hang' }] });
  const told = JSON.parse(explain(t, ended, '--json')), page = told.visits[0], trouble = page?.troubles[0];
  t.same([page?.class, page?.troubles.length, trouble?.step, trouble?.attempt], ['hung', 1, drawn, 1], `SEED=${seed}: the page names the step`);
  t.ok(trouble?.waitedMs >= trouble?.budgetMs * 0.9 && trouble?.waitedMs <= trouble?.budgetMs + 1000, 'it was waited for as long as the budget', trouble);
  const open = trouble?.unanswered.find(({ own }) => own === isSave);
  t.ok(open?.tail.startsWith(path) && open.ageMs > trouble.waitedMs / 2, 'the request that hangs is told as unanswered', trouble?.unanswered);
  t.ok(page?.cure.none && !page.cure.command, 'no cure is proposed for what never was answered', page?.cure);
  t.ok(told.visits.slice(1).every((visit) => visit.class === 'slow'), 'the other visit did not hang', told.visits.slice(1));
  const text = explain(t, ended) + JSON.stringify(told);
  t.same(wordsOf(everyone).filter((word) => text.includes(word)), [], 'no name and no page text is told');
});

test('a look that the end of its visit cut short is told to be, and no cure is proposed', async (t) => {
  const ended = await t.run({ visits: ['gamma.2'], fails: ['gamma.2 navigateICD timeout'], exit: 1, args: ['--visit-timeout', '8s'],
    env: { TIMEOUT_MULTIPLIER: '1' }, faults: [{ path: 'ov_icdcpt', method: 'GET', visit: 'gamma.2', nth: 1, do: 'hang' }] });
  const [page] = JSON.parse(explain(t, ended, '--json')).visits, trouble = page?.troubles[0];
  t.same([page?.class, trouble?.step, trouble?.cutShort, trouble?.end], ['failed', 'navigateICD', true, 'given_up'], 'what is told');
  t.ok(trouble?.waitedMs < 8000 && trouble?.budgetMs === 15000, 'how long', trouble);
  t.ok(/time of the visit was over/.test(page?.cure.none), 'why there is no cure', page?.cure);
});

await runCases('tests/live/explain.test.mjs', { lanes: 2 });
