// Clean runs: three visits under random combinations of what nobody knows
// about the site, and the names, rows and notes that are easily confused or spoiled.
import { test, runCases, full } from './engine_run.mjs';
import { allDone, onlyTouched, outcomesOf, summaryOf } from './engine_chart.mjs';

const ALL = ['alpha', 'alphaNear', 'alphaOther', 'beta', 'gamma', 'odd', 'asian', 'tags', 'marked', 'composed'];

async function clean(t, spec) {
  const ended = await t.run({ exit: 0, fails: [], ...spec });
  t.same(outcomesOf(ended), Object.fromEntries(spec.visits.map((label) => [label, 'done 1'])), 'outcomes');
  t.same([summaryOf(ended).outcome, summaryOf(ended).succeeded], ['complete', spec.visits.length], 'summary');
  await allDone(t, ended);
  await onlyTouched(t, ended, spec.visits);
  return ended;
}

for (let seed = 1; seed <= (full ? 12 : 2); seed++)
  test(`three visits under the settings of seed ${seed}`, async (t) => {
    const knobs = await t.lane.standin.control(`knobs?seed=${seed}`);
    const visits = [[`alpha.${1 + (seed % 6)}`, 'alphaNear.2', 'beta.3'], ['gamma.4', 'gamma.5', 'alphaOther.1'], ['beta.6', 'beta.2', 'odd.2']][seed % 3];
    t.notes.push(JSON.stringify(knobs));
    await clean(t, { visits, knobs });
    if (!t.problems.length) t.notes.length = 0;
  });

test('names and notes of every kind arrive as they were written', (t) => clean(t, { visits: ALL.slice(5).map((name) => `${name}.1`), knobs: { pageWeight: 'full' } }));

await runCases('tests/live/engine_clean.test.mjs');
