// Effects that hang before they begin. The browser is in trouble at the moment when
// the operation that saves or bills is asked for, so that it waits in a queue: given
// up, it must never come to life, whatever the trouble's end would let run. The visit
// is tried again in a new browser, and its chart holds everything once.
import { also, full, test, runCases } from './engine_run.mjs';
import { allDone, outcomesOf, summaryOf } from './engine_chart.mjs';
import { afterStep, groupOf, signal } from './engine_victims.mjs';

// The last first: a visit's second attempt meets no effect that is to be in trouble later.
const EFFECTS = { generateBilling: 'checkout2006_spec', saveSOAP: 'ov_ptnote2018', saveDiagnosis: 'ov_icdcpt' };
// The trouble, the kind of failure that it is told as, and the words for it in the error of a visit.
const TROUBLES = {
  busy: ['timeout', "the page's script is busy, or waits for the application"],
  navigation: ['timeout', "the page's navigation got no answer"],
  frozen: ['timeout', "the page's script is busy, or waits for the application"],
  dialog: ['dialog_blocked', 'a dialog is open'],
  silent: ['timeout', "the page's script is busy, or waits for the application"],
};
const HANGS = [{ path: '/hangs', do: 'hang' }];
const dialogsOf = (ended) => ended.events.filter((event) => event.type === 'dialog').map(({ dialog, kind, length }) => [dialog, kind, length]);
const browsersOf = (ended) => ended.events.filter((event) => event.type === 'browser').map((event) => event.state);

// Every request of the run came with the one session of the state.
async function oneSession(t, ended) {
  const log = await ended.standin.control('log');
  t.same([...new Set(log.filter((line) => line.path.endsWith('.aspx')).map((line) => line.session))], [1], 'all browsers had the same session');
  t.same((await ended.standin.control('truth')).sessions, 1, 'nobody logged in');
}

// Lets the browser's whole group go on as soon as the engine says that the effect has
// failed: by then nobody of it may be left to hear that. A run that is made again counts
// anew; a step that fails before any group was seen is the machine's, and asks nobody.
function thaw(seen) {
  return (event, live) => {
    if (event.type === 'batch_start') Object.assign(seen, { retries: [], survivors: [], asked: 0, group: undefined });
    if (event.type === 'retry') seen.retries.push(Date.now());
    if (event.type === 'step' && !event.errorKind) seen.group = groupOf(live) || seen.group;
    if (event.type !== 'step' || !event.errorKind || !seen.group) return;
    seen.asked++;
    try {
      process.kill(-seen.group, 'SIGCONT');
      seen.survivors.push(event.step);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error;
    }
  };
}

// For `make test` one trouble meets all effects, some the bill.
const SOME = ['frozen', 'busy', 'silent'];
for (const [trouble, [kind]] of Object.entries(TROUBLES))
  (SOME.includes(trouble) ? test : also)(`each effect waits behind a browser that is in trouble and never comes to life: ${trouble}`, async (t) => {
    const seen = {}, steps = full || trouble === 'frozen' ? Object.keys(EFFECTS) : ['generateBilling'], visits = steps.map((step, index) => `gamma.${index + 1}`);
    const ended = await t.run({ visits, exit: 0, faults: HANGS, onEvent: thaw(seen),
      fails: steps.map((step, index) => `${visits[index]} ${step} ${kind}`), hurried: true, doorman: { meets: steps.map((step) => ({ at: step, do: trouble })) } });
    t.same(outcomesOf(ended), Object.fromEntries(visits.map((label) => [label, 'done 2'])), 'outcomes');
    t.same(browsersOf(ended), ['started', ...visits.flatMap(() => ['killed', 'started'])], 'killed by force, and started anew');
    t.same(seen.asked, steps.length, 'as many groups were asked as effects were troubled');
    t.same(seen.survivors, [], 'nobody of the old browser is there when the step has failed');
    const log = await ended.standin.control('log');
    for (const [index, step] of steps.entries()) {
      const { visitID } = await ended.truth(visits[index]);
      const posts = log.filter((line) => line.method === 'POST' && line.path.includes(EFFECTS[step]) && line.visitID === visitID);
      t.same(posts.map((post) => post.at >= seen.retries[index]), [true], `${step}: one request, and that of the second attempt`);
    }
    await allDone(t, ended);
    await oneSession(t, ended);
  });

// What stands in the way is told in the error of a visit that is not tried again.
test('each trouble is named', async (t) => {
  const troubles = Object.keys(TROUBLES), visits = troubles.map((trouble, index) => `gamma.${index + 1}`);
  const ended = await t.run({ visits, exit: 1, args: ['--max-retries', '0'], faults: HANGS,
    fails: troubles.map((trouble, index) => `${visits[index]} addCPT ${TROUBLES[trouble][0]}`),
    doorman: { meets: troubles.map((trouble) => ({ at: 'addCPT', do: trouble })) } });
  const errors = ended.events.filter((event) => event.type === 'visit_result').map((event) => event.error);
  for (const [index, trouble] of troubles.entries()) t.ok(errors[index].includes(TROUBLES[trouble][1]), `${trouble}: in words`, errors[index]);
  t.same(browsersOf(ended), troubles.flatMap(() => ['started', 'hung']), 'each is told as hung, killed, and followed by another browser');
  t.same(dialogsOf(ended), [['unknown', 'alert', 19]], 'the dialog is told by kind and length');
  await oneSession(t, ended);
});

test('a silent pipe: told as hung, killed, and the visit goes on in a new browser with the same session', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 0, fails: ['gamma.1 navigatePTNote timeout'],
    doorman: { meets: [{ at: 'navigatePTNote', do: 'silent' }] } });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 2', 'gamma.2': 'done 1' }, 'outcomes');
  t.same(browsersOf(ended), ['started', 'hung', 'started'], 'browsers');
  await allDone(t, ended);
  await oneSession(t, ended);
});

test('three browser starts in a row that fail end the run', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2', 'gamma.3'], exit: 9, args: ['--max-retries', '3'],
    fails: ['gamma.2 openWaitingRoom browser_gone', ...Array(2).fill('gamma.2 startBrowser browser_gone')],
    doorman: { starts: ['ok', 'dies', 'mute', 'dies'] },
    onEvent: afterStep('closeVisit', (live) => signal(live, 'browser', 'SIGKILL')) });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'interrupted 4', 'gamma.3': 'not_attempted 0' }, 'outcomes');
  t.same(summaryOf(ended).outcome, 'environment', 'summary');
  t.ok(/three times in a row/.test(ended.messages), 'the message says why', ended.messages);
  await allDone(t, { ...ended, visits: ['gamma.1'] });
});

test('two browser starts that fail and a third that does not', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], exit: 0, fails: Array(2).fill('gamma.1 startBrowser browser_gone'), doorman: { starts: ['dies', 'mute'] } });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 3' }, 'outcome');
  await allDone(t, ended);
});

await runCases('tests/live/engine_hangs.test.mjs');
