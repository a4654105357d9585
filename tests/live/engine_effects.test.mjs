// The three requests that change a chart, each met by everything that can happen
// to a request. Whatever happens, a chart holds its codes and its note once and
// never two bills; where a bill's fate is unknown and the chart does not show it,
// the visit needs review and the request is not made again.
import { also, test, runCases, budget, full, sleep } from './engine_run.mjs';
import { chartProblems, countsOf, outcomesOf } from './engine_chart.mjs';

const PATHS = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
const CLASSES = { saveDiagnosis: 'save', saveSOAP: 'save', generateBilling: 'billing' };
const NAMES = { saveDiagnosis: 'code', saveSOAP: 'note', generateBilling: 'bill' };

// What a fault does to the step it meets: the kind that the step fails with, and
// whether the site has taken the effect by then. `ms` is counted from the budget.
const FAULTS = {
  hang: { kind: 'timeout', taken: false },
  drop: { kind: 'network', taken: false },
  reset: { kind: 'network', taken: false },
  lose_answer: { kind: 'network', taken: true },
  late_answer: { kind: 'timeout', taken: true, over: 700 },
  slow_answer: { kind: 'timeout', taken: true, over: 1500 },
  'status 500': { kind: 'network', taken: false },
  'status 503': { kind: 'network', taken: false },
  html_answer: { kind: 'unknown', taken: false },
  viewstate_error: { kind: 'network', taken: false },
  short_body: { kind: 'network', taken: true },
  truncated: { kind: 'unknown', taken: true },
  endless_body: { kind: 'timeout', taken: true, rate: 1 },
};

function ruleOf(step, name, label) {
  const [what, status] = name.split(' ');
  const fault = FAULTS[name];
  return { path: PATHS[step], method: 'POST', visit: label, nth: 1, do: what,
    ...(status ? { status: Number(status) } : {}),
    ...(fault.over ? { ms: budget(CLASSES[step]) + fault.over } : {}),
    ...(fault.rate ? { rate: fault.rate } : {}) };
}

// Posts and effects of one visit after the run.
function countsAfter(step, fault) {
  const again = !fault.taken && step !== 'generateBilling';
  const made = fault.taken || again;
  const [posts, saves] = step === 'generateBilling' ? ['billPosts', 'bills'] : [`${NAMES[step]}Posts`, `${NAMES[step]}Saves`];
  return { [posts]: again ? 2 : 1, [saves]: made ? 1 : 0 };
}

// One run, a visit for each fault.
function faultsOf(step, names) {
  test(`${step}: ${names.join(', ')}`, async (t) => {
    const visits = names.map((name, index) => `beta.${index + 1}`);
    const review = (fault) => step === 'generateBilling' && !fault.taken;
    const fails = names.flatMap((name, index) => {
      const first = `${visits[index]} ${step} ${FAULTS[name].kind}`;
      return review(FAULTS[name]) ? [first, `${visits[index]} generateBilling unknown`] : [first];
    });
    const ended = await t.run({ visits, fails, exit: names.some((name) => review(FAULTS[name])) ? 8 : 0,
      faults: () => names.map((name, index) => ruleOf(step, name, visits[index])) });
    const wanted = names.map((name, index) => [visits[index], review(FAULTS[name]) ? 'needs_review 2 generateBilling unknown' : 'done 2']);
    t.same(outcomesOf(ended), Object.fromEntries(wanted), 'outcomes');
    t.same(ended.events.filter((event) => event.type === 'retry').map((event) => event.delay), names.map(() => 2000), 'each is tried again after 2 s');
    for (const [index, name] of names.entries()) {
      const chart = await ended.truth(visits[index]);
      const counts = countsAfter(step, FAULTS[name]);
      if (review(FAULTS[name])) t.same(countsOf(chart), { ...countsOf(chart), ...counts, codeSaves: 1, noteSaves: 1 }, `${name}: one request, no bill`);
      else t.same(chartProblems(chart, visits[index], counts), [], `${name}: on the chart once`);
    }
    const before = JSON.stringify((await ended.standin.control('truth')).visits);
    await sleep(1000);
    t.ok(JSON.stringify((await ended.standin.control('truth')).visits) === before, 'nothing happens after the run');
  });
}

// For `make test` the bill meets all, codes and note a quarter of it each.
const TAKEN = { saveDiagnosis: [1], saveSOAP: [3], generateBilling: [0, 1, 2, 3] };
for (const step of Object.keys(PATHS)) {
  const groups = [['drop', 'lose_answer', 'hang'], ['late_answer', 'slow_answer', 'reset'], ['status 500', 'status 503', 'short_body', 'viewstate_error'],
    step === 'saveSOAP' ? ['html_answer', 'truncated', 'endless_body'] : ['html_answer', 'endless_body']];
  for (const [index, names] of groups.entries())
    if (full || TAKEN[step].includes(index)) faultsOf(step, names);
}

// Refused or in conflict: said once, not tried again, and nothing is on the chart.
test('a save that is refused ends its visit', async (t) => {
  const visits = ['gamma.1', 'gamma.2', 'gamma.3'], steps = Object.keys(PATHS);
  const ended = await t.run({ visits, exit: 8, fails: visits.map((label, index) => `${label} ${steps[index]} save_rejected`),
    faults: visits.map((visit, index) => ({ path: PATHS[steps[index]], method: 'POST', visit, do: 'refuse' })) });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 saveDiagnosis save_rejected', 'gamma.2': 'failed 1 saveSOAP save_rejected',
    'gamma.3': 'needs_review 1 generateBilling save_rejected' }, 'outcomes');
  for (const [index, label] of visits.entries()) {
    const { codePosts, codeSaves, notePosts, noteSaves, billPosts, bills } = await ended.truth(label);
    const wanted = [[1, 0, 0, 0, 0, 0], [1, 1, 1, 0, 0, 0], [1, 1, 1, 1, 1, 0]][index];
    t.same([codePosts, codeSaves, notePosts, noteSaves, billPosts, bills], wanted, `${label}: posts and what was taken`);
  }
});

for (const conflictForm of ['json', 'alert', 'confirm'])
  (conflictForm === 'alert' ? test : also)(`somebody else changed the note, told by ${conflictForm}`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], knobs: { conflictForm }, exit: 1, fails: ['gamma.1 saveSOAP conflict'],
      faults: [{ path: 'ov_ptnote2018', visit: 'gamma.1', do: 'conflict' }] });
    t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 saveSOAP conflict', 'gamma.2': 'done 1' }, 'outcomes');
    t.same((await ended.truth('gamma.1')).noteSaves, 0, 'the other note stands');
  });

test('three attempts, two and four seconds apart, then the visit has failed', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'alpha.1'], exit: 1, fails: Array(3).fill('gamma.1 saveSOAP network'),
    faults: [{ path: 'ov_ptnote2018', method: 'POST', visit: 'gamma.1', do: 'drop' }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 3 saveSOAP network', 'alpha.1': 'done 1' }, 'outcomes');
  t.same(ended.events.filter((event) => event.type === 'retry').map((event) => [event.attempt, event.delay]), [[2, 2000], [3, 4000]], 'waits');
  t.same([(await ended.truth('gamma.1')).notePosts, (await ended.truth('gamma.1')).codePosts], [3, 1], 'the note was sent three times, the codes once');
});

also('with --max-retries 0 there is one attempt', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], args: ['--max-retries', '0'], exit: 1, fails: ['gamma.1 saveDiagnosis network'],
    faults: [{ path: 'ov_icdcpt', method: 'POST', visit: 'gamma.1', nth: 1, do: 'reset' }] });
  t.same(outcomesOf(ended), { 'gamma.1': 'failed 1 saveDiagnosis network' }, 'outcome');
});

await runCases('tests/live/engine_effects.test.mjs');
