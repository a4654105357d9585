// One run in two worlds: live in Chromium against the stand-in, and over the model of the
// EHR in memory (tests/torture/modelled_run.c); and where they part.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';
import { build, sleep, test } from './engine_run.mjs';
import { spelled } from './engine_chart.mjs';
import { batchOf, labelOf, sectionsOf, visitOf } from './engine_batch.mjs';

// The modelled budgets are a fifth of the table's, as the live ones are at first.
const MULTIPLIER = '0.2';
const EXIT_KILLED = 137;

const linesOf = (text) => text.split('\n').filter(Boolean).map((line) => JSON.parse(line));

function modelled(scratch, spec) {
  const dir = mkdtempSync(join(scratch, 'modelled-')), batch = join(dir, 'batch.json'), ledger = join(dir, 'ledger');
  const program = (...args) => spawnSync(join(build, 'torture/modelled_run'), [batch, ledger, ...args], { encoding: 'utf8' });
  const settings = [String(spec.retries ?? 2), MULTIPLIER];
  writeFileSync(batch, JSON.stringify(spec.batch || batchOf(spec.visits)));
  const first = program(join(dir, 'run'), spec.ours, ...settings);
  const last = spec.goesOn ? program(join(dir, 'run'), '', ...settings) : first;
  return { code: last.status, idle: first.stderr.split('\n').filter((line) => line.endsWith('never struck')),
    first: linesOf(first.stdout), events: linesOf(first.stdout + (spec.goesOn ? last.stdout : '')),
    journal: linesOf(readFileSync(join(dir, 'run', 'journal.ndjson'), 'utf8')), charts: linesOf(program().stdout).map((line) => line.held) };
}

// Of an event what it says but for when, and how long it took; of a record the same, and
// but for the site's own ids and what stands for the settings. null where it is left out.
const OTHERWISE = ['at', 'duration', 'totalMs', 'crc', 'ms', 'wall', 'settings', 'row', 'visit'];

function timeless(line, leaveOut) {
  if (leaveOut.includes(line.type)) return null;
  return JSON.stringify(Object.fromEntries(Object.entries(line).filter(([name]) => !OTHERWISE.includes(name) && !leaveOut.includes(name))));
}

function firstDifference(ours, theirs, leaveOut) {
  const [left, right] = [ours, theirs].map((lines) => lines.map((line) => timeless(line, leaveOut)).filter(Boolean));
  const at = [...Array(Math.max(left.length, right.length)).keys()].find((index) => left[index] !== right[index]);
  return at === undefined ? '' : `line ${at + 1}: modelled ${left[at]} | live ${right[at]} | after ${left[at - 1]}`;
}

function noteOf(chart, label) {
  const sections = chart.note.slice(0, 4).map(spelled);
  if (sections.every((each) => each === '')) return 'none';
  return JSON.stringify(sections) === JSON.stringify(sectionsOf(visitOf(label).visit).map(spelled)) ? 'ours' : 'foreign';
}

// One chart, as both worlds can tell it.
const told = ({ icd, cpt, note, opens, closes, codeSaves, noteSaves, bills, billed }) =>
  ({ icd, cpt: cpt.map(({ code, units }) => [code, units]), note, opens, closes, codeSaves, noteSaves, bills, billed });
const theirs = (chart, label) => told({ ...chart, note: noteOf(chart, label), billed: chart.bills > 0 || chart.billedElsewhere });
const ours = (chart) => told({ ...chart, billed: chart.bills + chart.otherBills > 0 });

const failedSteps = (visits, events) => events.filter((event) => event.type === 'step' && event.errorKind)
  .map((event) => `${labelOf(visits, event)} ${event.step} ${event.errorKind}`);

async function compare(t, spec, here, there) {
  const leaveOut = spec.leaveOut || [];
  const journal = linesOf(readFileSync(join(there.dir, 'run', 'journal.ndjson'), 'utf8'));
  const parts = [['events', firstDifference(here.events, there.events, leaveOut)], ['journals', firstDifference(here.journal, journal, leaveOut)]];
  for (const [what, difference] of parts) t.ok(!difference, `the ${what} are the same`, difference);
  t.same(here.code, there.code === 'SIGKILL' ? EXIT_KILLED : there.code, 'exit status, live and modelled');
  for (const [index, label] of spec.visits.entries()) {
    const chart = await t.ended.truth(label);
    if (chart) t.same(ours(here.charts[index]), theirs(spec.chart ? spec.chart(chart) : chart, label), `${label}: the chart, live and modelled`);
  }
}

// A test that both worlds are the same under `ours`, a list of faults as recorder/model/fault.h
// has it, and `faults`, the stand-in's rules, or what else t.run takes. goesOn: a second
// process finishes; it is given what the first has left. door: the stand-in is behind one.
// leaveOut: types and members of lines that one world cannot tell as the other does.
export function same(claim, given) {
  const spec = { visits: ['gamma.1'], ours: '', ...given };
  if (spec.retries !== undefined) spec.args = ['--max-retries', String(spec.retries)];
  test(claim, async (t) => {
    const here = modelled(t.lane.scratch, spec);
    t.same(here.idle, [], 'every modelled fault strikes');
    const door = spec.door ? await openDoor(t.lane.standin.port) : null;
    const live = { ...spec, fails: failedSteps(spec.visits, here.first), ...(door ? { base: door.base } : {}) };
    if (spec.onEvent) live.onEvent = (event, run) => spec.onEvent(event, Object.assign(run, { door }));
    let there = await t.run({ ...live, ...(spec.goesOn ? { recorded: false, left: false } : {}) });
    if (spec.goesOn) {
      const { events } = there;
      await spec.goesOn(there);
      there = await t.resume(there, { args: spec.args });
      there = { ...there, events: [...events, ...there.events] };
    }
    if (door) door.shut();
    await compare(t, spec, here, there);
  });
}

// A door before the stand-in that can be shut: who is connected stays so, whoever comes is
// refused.
async function openDoor(port) {
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const [from, to] of [[near, far], [far, near]]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  });
  const listen = (at) => new Promise((resolve) => server.listen(at, '127.0.0.1', resolve));
  await listen(0);
  const own = server.address().port;
  return { base: `http://127.0.0.1:${own}`, shut: () => server.close(), open: () => server.listening || listen(own) };
}

// When the stand-in's n-th rule has struck.
export async function whenStruck(live, rule) {
  let over = false;
  live.ended.then(() => { over = true; });
  while (!over && !(await live.standin.control('faults'))[rule].hits) await sleep(20);
}
