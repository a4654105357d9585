// Processes that die, freeze or are stopped: the browser, its renderers, the engine
// itself. A visit goes on in a new browser where the chart says it stopped; a
// stopped run says what was done and leaves nothing behind.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { startStandin } from '../standin/walk.mjs';
import { also, test, runCases, argumentsOf, budget, build, environmentOf, full, leftovers, processesOf, revisit, sleep } from './engine_run.mjs';
import { afterStep, atIntent, signal, whenHit } from './engine_victims.mjs';
import { allDone, chartProblems, countsOf, outcomesOf, summaryOf } from './engine_chart.mjs';
import { batchOf } from './engine_batch.mjs';

const EFFECTS = { saveDiagnosis: 'ov_icdcpt', saveSOAP: 'ov_ptnote2018', generateBilling: 'checkout2006_spec' };
const KINDS = { renderer: 'target_crashed', browser: 'browser_gone' };
// One of each for `make test`: every effect, and both of whom it can happen to.
const SOME = ['renderer saveDiagnosis', 'browser generateBilling'];
const started = (ended) => ended.events.filter((event) => event.type === 'browser' && event.state === 'started').length;

async function stays(t, ended) {
  const before = JSON.stringify((await ended.standin.control('truth')).visits);
  await sleep(1500);
  t.ok(JSON.stringify((await ended.standin.control('truth')).visits) === before, 'nothing happens after the run');
}

for (const [what, kind] of Object.entries(KINDS)) {
  (what === 'browser' ? test : also)(`the ${what} is killed between two steps`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 0, onEvent: afterStep('saveDiagnosis', (live) => signal(live, what, 'SIGKILL')) });
    t.same([ended.fails.length, ended.fails[0].endsWith(kind)], [1, true], `one step fails with ${kind}: ${ended.fails}`);
    t.same(outcomesOf(ended), { 'gamma.1': 'done 2', 'gamma.2': 'done 1' }, 'outcomes');
    t.same(started(ended), 2, 'a second browser was started');
    await allDone(t, ended);
  });
  for (const [step, path] of Object.entries(EFFECTS).filter(([step]) => full || SOME.includes(`${what} ${step}`)))
    test(`${step}: the ${what} is killed while the answer is on its way`, async (t) => {
      const ended = await t.run({ visits: ['gamma.1'], exit: 0, fails: [`gamma.1 ${step} ${kind}`], hurried: true,
        faults: () => [{ path, method: 'POST', visit: 'gamma.1', nth: 1, do: 'slow_answer', ms: budget('save') / 2 }],
        onEvent: atIntent(step, (live) => whenHit(live).then(() => signal(live, what, 'SIGKILL'))) });
      t.same(outcomesOf(ended), { 'gamma.1': 'done 2' }, 'outcome');
      await allDone(t, ended);
      await stays(t, ended);
    });
}

also('a browser that is frozen is given up and killed', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 0, onEvent: afterStep('navigatePTNote', (live) => signal(live, 'browser', 'SIGSTOP')) });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 2', 'gamma.2': 'done 1' }, 'outcomes');
  t.same([ended.fails.length, started(ended)], [1, 2], `one step failed, a second browser was started: ${ended.fails}`);
  await allDone(t, ended);
});

// Frozen at the moment when an effect is about to be asked for: it may have been
// done or not, and what was given up never happens later.
for (const step of Object.keys(EFFECTS))
  for (const what of ['browser', 'renderer'].filter((what) => full || SOME.includes(`${what} ${step}`)))
    test(`${step}: the ${what} freezes as it begins`, async (t) => {
      const ended = await t.run({ visits: ['gamma.1'], most: 1, onEvent: atIntent(step, (live) => signal(live, what, 'SIGSTOP')) });
      const counts = countsOf(await ended.truth('gamma.1'));
      t.ok(['done 1', 'done 2'].includes(outcomesOf(ended)['gamma.1']) || (step === 'generateBilling' && /^needs_review/.test(outcomesOf(ended)['gamma.1'])),
        'done, or left to a person', outcomesOf(ended));
      t.ok(counts.billPosts <= 1 && counts.codePosts <= 2 && counts.notePosts <= 2, 'no bill is asked for twice', counts);
      if (ended.code === 0) t.same(chartProblems(await ended.truth('gamma.1'), 'gamma.1', { codePosts: counts.codePosts, notePosts: counts.notePosts,
        codeSaves: counts.codeSaves, noteSaves: counts.noteSaves }), [], 'the chart holds it once');
      await stays(t, ended);
    });

for (const name of ['SIGTERM', 'SIGINT'])
  (name === 'SIGTERM' ? test : also)(`${name} stops the run at the next safe point`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1', 'gamma.2', 'alpha.1'], exit: 5,
      onEvent: (event, live) => event.type === 'step' && event.patient === 'p1' && event.dos === 2 && event.step === 'saveDiagnosis' && process.kill(live.pid, name) });
    t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'interrupted 1', 'alpha.1': 'not_attempted 0' }, 'outcomes');
    t.same([summaryOf(ended).outcome, summaryOf(ended).interrupted, summaryOf(ended).notAttempted], ['stopped', 1, 1], 'summary');
    t.same(chartProblems(await ended.truth('gamma.1'), 'gamma.1'), [], 'the first is on its chart once');
    t.same(countsOf(await ended.truth('gamma.2')).billPosts, 0, 'the second is not billed');
    await stays(t, ended);
  });

test('SIGTERM while a save is out: its end is known before the run stops', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 5, fails: [], hurried: true,
    faults: () => [{ path: 'checkout2006_spec', method: 'POST', visit: 'gamma.1', nth: 1, do: 'slow_answer', ms: budget('billing') / 3 }],
    onEvent: atIntent('generateBilling', (live) => whenHit(live).then(() => process.kill(live.pid, 'SIGTERM'))) });
  t.same(outcomesOf(ended)['gamma.2'], 'not_attempted 0', 'the next visit is not begun');
  t.ok(/"generateBilling".*proved|proved.*"generateBilling"/.test(readFileSync(join(ended.dir, 'run', 'journal.ndjson'), 'utf8')), 'the journal knows that the bill is there');
  t.same(Object.values(countsOf(await ended.truth('gamma.1'))), [1, 1, 1, 1, 1, 1], 'billed once');
});

test('SIGTERM while a retry is waited for', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], exit: 5, fails: ['gamma.1 saveSOAP network'],
    faults: [{ path: 'ov_ptnote2018', method: 'POST', visit: 'gamma.1', nth: 1, do: 'drop' }],
    onEvent: (event, live) => event.type === 'retry' && setTimeout(() => process.kill(live.pid, 'SIGTERM'), 200) });
  t.same([outcomesOf(ended)['gamma.1'].split(' ')[0], outcomesOf(ended)['gamma.2']], ['interrupted', 'not_attempted 0'], 'outcomes');
});

test('a second SIGTERM ends the run at once and leaves nothing', async (t) => {
  let asked = 0;
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], recorded: false,
    faults: [{ path: 'checkout2006_spec', method: 'POST', visit: 'gamma.1', do: 'hang' }],
    onEvent: atIntent('generateBilling', (live) => whenHit(live).then(() => {
      process.kill(live.pid, 'SIGTERM');
      setTimeout(() => { asked = Date.now(); process.kill(live.pid, 'SIGTERM'); }, 150);
    })) });
  t.ok(Date.now() - asked < 3000, 'at once', Date.now() - asked);
  t.ok(ended.code === 5 || ended.code === 'SIGTERM', 'it says that it was stopped', ended.code);
  const replayed = spawnSync(revisit, ['replay', join(ended.dir, 'recording')], { encoding: 'utf8' });
  const lines = replayed.stdout.trim().split('\n');
  t.same(lines, String(ended.out).trim().split('\n').slice(0, lines.length), 'what was recorded replays to the same log');
  await stays(t, ended);
});

test('SIGKILL of the engine: its recording replays to the same log, and says where it ends', async (t) => {
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], recorded: false, left: false, exit: 'SIGKILL',
    onEvent: afterStep('saveSOAP', (live) => process.kill(live.pid, 'SIGKILL')) });
  const replayed = spawnSync(revisit, ['replay', join(ended.dir, 'recording')], { encoding: 'utf8' });
  t.same(replayed.status, 0, 'the replay does its work');
  t.ok(/was cut at entry \d+/.test(replayed.stderr), 'it says where the recording ends', replayed.stderr);
  const lines = String(ended.out).trim().split('\n');
  t.same(replayed.stdout.trim().split('\n').slice(0, lines.length), lines, 'what was printed is what is replayed');
  t.ok(!replayed.stdout.includes('visit_result'), 'no visit gets a result that it never had');
  for (let tries = 0; tries < 60 && processesOf(ended.dir).length; tries++) await sleep(50);
  t.same(processesOf(ended.dir), [], 'the browser has ended with it');
  await stays(t, ended);
});

for (const step of Object.keys(EFFECTS).filter((step) => full || step === 'generateBilling'))
  test(`the engine is frozen past every budget as ${step} begins, and goes on`, async (t) => {
    const ended = await t.run({ visits: ['gamma.1'], hurried: true, onEvent: atIntent(step, (live) => {
      process.kill(live.pid, 'SIGSTOP');
      setTimeout(() => process.kill(live.pid, 'SIGCONT'), budget('billing') + 500);
    }) });
    t.same(Object.keys(outcomesOf(ended)).length, 1, 'the visit has one end');
    const counts = countsOf(await ended.truth('gamma.1'));
    t.ok(counts.billPosts <= 1 && counts.bills <= 1, 'no bill is asked for twice', counts);
    t.ok(ended.code === 0 || (step === 'generateBilling' && ended.code === 8), 'done, or a bill left to a person', ended.code);
    if (ended.code === 0) t.same(chartProblems(await ended.truth('gamma.1'), 'gamma.1', { ...counts, codeSaves: 1, noteSaves: 1, bills: 1 }), [], 'the chart holds it once');
    await stays(t, ended);
  });

// The run after a killed one, in the same temporary directory.
async function runAfter(ended) {
  const args = argumentsOf(ended.dir, ended.standin.base, ['--run-dir', join(ended.dir, 'next'), '--record', join(ended.dir, 'next-recording')]);
  const child = spawn(revisit, args, { stdio: 'ignore', env: environmentOf(ended.dir, { TIMEOUT_MULTIPLIER: '1' }) });
  return new Promise((resolve) => child.once('close', (code, name) => resolve(name || code)));
}

test('SIGKILL of the engine: the next run sweeps what the dead one left', async (t) => {
  const ended = await t.run({ visits: ['gamma.1'], recorded: false, left: false, exit: 'SIGKILL', onEvent: afterStep('saveSOAP', (live) => {
    t.ok(signal(live, 'renderer', 'SIGSTOP') > 0, 'a renderer is frozen: it does not see its browser die');
    process.kill(live.pid, 'SIGKILL');
  }) });
  const left = () => readdirSync(join(ended.dir, 'tmp'));
  t.same(left().map((name) => name.replace(/\w{6}$/, '')), ['revisit-browser-'], 'the dead engine leaves a directory');
  await sleep(500);
  t.ok(processesOf(ended.dir).length > 0, 'and a process that nobody told');
  t.same(await runAfter(ended), 0, 'the next run does its work');
  t.same(await leftovers(ended.dir), [], 'nothing of either is left');
  t.same(chartProblems(await ended.truth('gamma.1'), 'gamma.1'), [], 'the chart holds the visit once');
});

test('an EHR that goes away in mid-run fails what is left, with the cause', async (t) => {
  const people = join(t.lane.scratch, 'everyone.json'), state = join(t.lane.scratch, 'state-of-another.json');
  const other = await startStandin(join(build, 'standin'), ['--batch', people]);
  writeFileSync(state, JSON.stringify(await other.control('state')));
  const ended = await t.run({ visits: ['gamma.1', 'gamma.2'], base: other.base, args: ['--state', state, '--max-retries', '1'], exit: 1,
    onEvent: afterStep('closeVisit', () => other.stop()) });
  t.same(outcomesOf(ended), { 'gamma.1': 'done 1', 'gamma.2': 'failed 2 startBrowser network' }, 'outcomes');
  t.ok(ended.fails.every((each) => /network|timeout/.test(each)), 'nothing but the network failed', ended.fails);
});

test('a closed stdout does not stop the run', async (t) => {
  const { lane } = t;
  const dir = join(lane.scratch, 'closed');
  mkdirSync(join(dir, 'tmp'), { recursive: true });
  await lane.standin.control('reset', { knobs: true });
  await lane.standin.control('faults', []);
  writeFileSync(join(dir, 'state.json'), JSON.stringify(await lane.standin.control('state')));
  writeFileSync(join(dir, 'batch.json'), JSON.stringify(batchOf(['gamma.1', 'gamma.2'])));
  const args = argumentsOf(dir, lane.standin.base).map((each) => `'${each}'`).join(' ');
  const shell = spawn('sh', ['-c', `{ '${revisit}' ${args} 2>/dev/null; echo $? >'${dir}/code'; } | head -n 1`], { env: environmentOf(dir), stdio: 'ignore' });
  await new Promise((resolve) => shell.once('close', resolve));
  for (let tries = 0; tries < 600 && !existsSync(join(dir, 'code')); tries++) await sleep(100);
  t.same(readFileSync(join(dir, 'code'), 'utf8').trim(), '0', 'exit status');
  const events = readFileSync(join(dir, 'run', 'events.ndjson'), 'utf8');
  t.same(events.trim().split('\n').filter((line) => line.includes('"outcome":"done"')).length, 2, 'both visits are done');
  const replayed = spawnSync(revisit, ['replay', join(dir, 'recording')], { encoding: 'utf8' });
  t.ok(replayed.stdout === events, 'it replays to the log in the run directory');
  t.same(await leftovers(dir), [], 'nothing is left behind');
});

test('a run directory that is in use, and one that was used', async (t) => {
  let second = null;
  const ended = await t.run({ visits: ['gamma.1'], exit: 0, fails: [], onEvent: afterStep('openVisit', (live) => {
    const args = argumentsOf(live.dir, live.standin.base).filter((each) => each !== '--record' && !each.endsWith('/recording'));
    second = { ...spawnSync(revisit, args, { encoding: 'utf8', env: environmentOf(live.dir) }), holder: String(live.pid), args };
  }) });
  t.same([second.status, second.stdout], [9, ''], 'the second run is refused');
  t.ok(second.stderr.includes(second.holder), 'and told who holds it', second.stderr);
  const third = spawnSync(revisit, second.args, { encoding: 'utf8', env: environmentOf(ended.dir) });
  t.same([third.status, /journal/.test(third.stderr)], [9, true], `the journal of a run is not written over: ${third.stderr}`);
  await allDone(t, ended);
});

// What is wrong with the browser is said before or instead of a visit.
function refused(claim, args, env, words) {
  test(claim, async (t) => {
    const dir = join(t.lane.scratch, claim.replace(/\W+/g, '-'));
    mkdirSync(join(dir, 'tmp'), { recursive: true });
    await t.lane.standin.control('reset', { knobs: true });
    writeFileSync(join(dir, 'state.json'), JSON.stringify(await t.lane.standin.control('state')));
    writeFileSync(join(dir, 'batch.json'), JSON.stringify(batchOf(['gamma.1'])));
    const all = argumentsOf(dir, t.lane.standin.base, args).filter((each) => args.length || each !== '--no-sandbox' || env.keep);
    const child = spawn(revisit, all, { env: { ...environmentOf(dir), ...env.set }, stdio: ['ignore', 'ignore', 'pipe'] });
    let messages = '';
    child.stderr.on('data', (text) => { messages += text; });
    const code = await new Promise((resolve) => child.once('close', resolve));
    t.same(code, 9, 'exit status');
    for (const word of words) t.ok(messages.includes(word), `the message says ${word}`, messages);
    t.same(Object.values(countsOf((await t.lane.standin.control('truth')).visits.find((visit) => visit.name === 'TEST, GAMMA' && visit.dos === 1))), [0, 0, 0, 0, 0, 0], 'no chart is touched');
    t.same(await leftovers(dir), [], 'nothing is left behind');
  });
}

refused('a browser path that leads nowhere', ['--browser', '/nonexistent/chromium'], {}, ['/nonexistent/chromium', '--browser']);
refused('a browser in the environment that leads nowhere', [], { keep: true, set: { REVISIT_BROWSER: '/nonexistent/chromium' } }, ['REVISIT_BROWSER']);
refused('a browser that is no browser', ['--browser', '/bin/false'], {}, ['install chromium']);
refused('a browser that says nothing', ['--browser', '/bin/cat'], {}, ['install chromium']);
if (process.getuid() === 0) refused('root without --no-sandbox', [], {}, ['--no-sandbox']);

await runCases('tests/live/engine_process.test.mjs');
