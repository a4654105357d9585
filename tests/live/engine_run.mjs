// Runs build/revisit with a real Chromium against a stand-in of its own and says
// what came of it, from all sides: exit status, event log, what is left behind,
// the stand-in's truth, and the recording, which must replay to the same bytes
// after every run. Lanes work through a file's cases, one engine each.
//   node tests/live/engine_NAME.test.mjs [words of a case's name]
// MULTIPLIER sets the first TIMEOUT_MULTIPLIER (0.2); KEEP=1 keeps what runs left.
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ok, finish } from '../standin/tap.mjs';
import { browserPath, startStandin } from '../standin/walk.mjs';
import { batchOf, everyone, labelOf, ruleLabel, visitOf } from './engine_batch.mjs';

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
export const build = resolve(here('../..'), process.env.BUILD || 'build');
export const revisit = join(build, 'revisit');

// The machine decides how short budgets may be: a run in which one was missed
// where no fault made it is made again with twice the budgets, twice at most, and
// all that follow get a little more. A hang of the engine is still there the
// third time. A run in which no budget is to be missed has plenty: it waits for
// nothing.
let multiplier = Number(process.env.MULTIPLIER || 0.2);
let inHand = multiplier; // of the run that is being prepared
const NOISE = /(timeout|too_late|element_not_found|browser_gone)$/;
const AGAIN_MAX = 2;
const PLENTY = 4;
const LANES = Number(process.env.LANES || 3);

const budgets = Object.fromEntries([...readFileSync(here('../../engine/base/budget.def'), 'utf8')
  .matchAll(/X\(\w+,\s+"(\w+)",\s+(\d+)\)/g)].map(([, name, ms]) => [name, Number(ms)]));
// A budget of attempt 1 in ms; for a run's faults.
export const budget = (name) => Math.round(budgets[name] * inHand);

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

async function openLane() {
  const scratch = mkdtempSync(join(tmpdir(), 'engine-test-'));
  writeFileSync(join(scratch, 'everyone.json'), JSON.stringify(everyone));
  const standin = await startStandin(join(build, 'standin'), ['--batch', join(scratch, 'everyone.json'), '--pages', here('../standin/pages')]);
  const close = async () => {
    await standin.stop();
    if (!process.env.KEEP) rmSync(scratch, { recursive: true });
  };
  return { standin, scratch, close, runs: 0 };
}

// The rules that are in force from here on; a rule's visit is a label.
export function setFaults(standin, rules) {
  return standin.control('faults', rules.map((rule) => (rule.visit ? { ...rule, visit: ruleLabel(rule.visit) } : rule)));
}

async function prepare(lane, spec, factor) {
  const dir = join(lane.scratch, `run${++lane.runs}`);
  mkdirSync(join(dir, 'tmp'), { recursive: true });
  await lane.standin.control('faults', []);
  await lane.standin.control('reset', { knobs: true });
  await lane.standin.control('knobs', { pageWeight: 'light', ...spec.knobs });
  writeFileSync(join(dir, 'state.json'), JSON.stringify(await lane.standin.control('state')));
  writeFileSync(join(dir, 'batch.json'), JSON.stringify(spec.batch || batchOf(spec.visits)));
  inHand = factor;
  await setFaults(lane.standin, (typeof spec.faults === 'function' ? spec.faults() : spec.faults) || []);
  if (spec.before) await spec.before(lane.standin);
  if (spec.doorman) placeDoorman(dir, lane.standin, spec.doorman);
  return dir;
}

// The path to give as --browser, of the real one with a doorman (doorman.mjs) before it.
const doorOf = (dir) => join(dir, 'door');

function placeDoorman(dir, standin, plan) {
  writeFileSync(join(dir, 'plan.json'), JSON.stringify({ site: standin.base, ...plan }));
  const words = [process.execPath, here('doorman.mjs'), join(dir, 'plan.json'), browserPath];
  writeFileSync(doorOf(dir), `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`, { mode: 0o755 });
}

export function argumentsOf(dir, base, more = [], recording = 'recording') {
  return ['run', join(dir, 'batch.json'), '--base-url', base, '--state', join(dir, 'state.json'), '--record', join(dir, recording),
    '--run-dir', join(dir, 'run'), ...(process.getuid() === 0 ? ['--no-sandbox'] : []), ...more];
}

export function environmentOf(dir, more = {}) {
  return { PATH: process.env.PATH, HOME: dir, TMPDIR: join(dir, 'tmp'), TIMEOUT_MULTIPLIER: multiplier.toFixed(3), ...more };
}

// Starts it; live.ended resolves when both it and its output have ended.
function start(lane, spec, dir, factor) {
  const more = [...(spec.doorman ? ['--browser', doorOf(dir)] : []), ...(spec.args || [])];
  const child = spawn(revisit, argumentsOf(dir, spec.base || lane.standin.base, more, spec.recording), {
    stdio: ['ignore', 'pipe', 'pipe'], env: environmentOf(dir, { TIMEOUT_MULTIPLIER: factor.toFixed(3), ...spec.env }) });
  const live = { child, dir, standin: lane.standin, pid: child.pid, events: [], out: [], messages: '' };
  child.stdout.on('data', (bytes) => live.out.push(bytes));
  child.stderr.on('data', (text) => { live.messages += text; });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const event = JSON.parse(line);
    live.events.push(event);
    if (spec.onEvent) spec.onEvent(event, live);
  });
  live.ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal || code));
  });
  return live;
}

// 'alpha.1 saveSOAP timeout', one for each step that failed.
function failedSteps(spec, events) {
  const failed = events.filter((event) => event.type === 'step' && event.errorKind);
  return failed.map((event) => `${labelOf(spec.visits, event)} ${event.step} ${event.errorKind}`);
}

const mustNot = (spec, fails) => fails.filter((each) => !spec.may || !spec.may.test(each));

function isNoisy(spec, events) {
  if (spec.most !== undefined) return failedSteps(spec, events).filter((each) => NOISE.test(each)).length > spec.most;
  if (!spec.fails) return false;
  const left = mustNot(spec, failedSteps(spec, events));
  for (const wanted of spec.fails) {
    const at = left.indexOf(wanted);
    if (at >= 0) left.splice(at, 1);
  }
  return left.some((each) => NOISE.test(each));
}

// A run directory that was used before holds the logs of its earlier runs too.
function replayProblems(dir, out, recording = 'recording') {
  const replayed = spawnSync(revisit, ['replay', join(dir, recording)], { env: { PATH: process.env.PATH }, maxBuffer: 1 << 28 });
  if (replayed.status !== 0) return [`the replay ended with ${replayed.status}: ${replayed.stderr}`];
  const problems = [];
  if (!replayed.stdout.equals(out)) problems.push(`the replay differs from the run: ${firstDifference(replayed.stdout, out)}`);
  for (const place of [recording, 'run']) {
    const log = readFileSync(join(dir, place, 'events.ndjson'));
    if (!log.subarray(-out.length).equals(out) || (recording === 'recording' && log.length !== out.length))
      problems.push(`${place}/events.ndjson differs from the run`);
  }
  return problems;
}

function firstDifference(a, b) {
  const [left, right] = [String(a).split('\n'), String(b).split('\n')];
  const at = left.findIndex((line, index) => line !== right[index]);
  return `line ${at + 1}: ${left[at]} | ${right[at]}`;
}

function says(pid, name, words) {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8').includes(words);
  } catch (error) {
    return false; // it has ended, or is not ours to read
  }
}

function worksIn(pid, places) {
  try {
    return readlinkSync(`/proc/${pid}/cwd`).startsWith(places);
  } catch (error) {
    return false;
  }
}

// Processes that have to do with a private directory of this run: in their command line, their environment, or as the place where they work.
export function processesOf(dir) {
  const places = join(dir, 'tmp', 'revisit-');
  const isOurs = (pid) => says(pid, 'cmdline', places) || says(pid, 'environ', places) || worksIn(pid, places);
  return readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOurs(name));
}

export async function leftovers(dir) {
  for (let tries = 0; tries < 20 && processesOf(dir).length; tries++) await sleep(50);
  const left = readdirSync(join(dir, 'tmp'));
  return [...processesOf(dir).map((pid) => `process ${pid} is left`), ...left.map((name) => `${name} is left in TMPDIR`)];
}

async function truthOf(standin, label) {
  const { person, dos } = visitOf(label);
  const { visits } = await standin.control('truth');
  return visits.find((visit) => visit.kind === 'pt' && !visit.decoy && visit.name === person.name && visit.dob === person.dob && visit.dos === dos);
}

async function once(lane, spec, factor) {
  const dir = await prepare(lane, spec, factor);
  const live = start(lane, spec, dir, factor);
  const code = await live.ended;
  const out = Buffer.concat(live.out);
  return { ...live, out, code, factor, visits: spec.visits, fails: failedSteps(spec, live.events), truth: (label) => truthOf(lane.standin, label) };
}

// Pages are light unless spec.knobs says otherwise: engine_clean walks the full ones.
// A whole run: spec.visits (labels) with spec.knobs and spec.faults (or a
// function of none that gives them). spec.fails lists the steps that must fail;
// spec.most, where it is not known which step will: how many may miss a budget;
// spec.may (an expression) what may fail besides, as often as it will; spec.hurried
// says that budgets matter although none is to be missed.
async function run(t, lane, spec) {
  const first = multiplier * (spec.hurried || !spec.fails || spec.fails.some((each) => NOISE.test(each)) ? 1 : PLENTY);
  let ended = await once(lane, spec, first);
  for (let again = 1; again <= AGAIN_MAX && isNoisy(spec, ended.events); again++) {
    multiplier = Math.min(2, multiplier * 1.25);
    t.notes.push(`made again, with more time than TIMEOUT_MULTIPLIER ${(first * 2 ** (again - 1)).toFixed(3)}: ${ended.fails}`);
    ended = await once(lane, spec, first * 2 ** again);
  }
  t.ended = ended;
  if (spec.recorded !== false) t.same(replayProblems(ended.dir, ended.out), [], 'it replays to the same bytes');
  if (spec.left !== false) t.same(await leftovers(ended.dir), [], 'nothing is left behind');
  if (spec.fails) t.same(mustNot(spec, ended.fails), spec.fails, 'the steps that failed');
  if (spec.exit !== undefined) t.same(ended.code, spec.exit, 'exit status');
  return ended;
}

// Goes on with a run that ended before its batch was done, in the same directory, on the
// same stand-in. What it prints and records is a run of its own.
async function resume(t, lane, before, spec = {}) {
  const recording = `recording${readdirSync(before.dir).filter((name) => name.startsWith('recording')).length + 1}`;
  const whole = { visits: before.visits, ...spec, recording, args: ['--resume', ...(spec.args || [])] };
  const live = start(lane, whole, before.dir, before.factor);
  const code = await live.ended;
  const out = Buffer.concat(live.out);
  const ended = { ...live, out, code, factor: before.factor, visits: before.visits, fails: failedSteps(whole, live.events), truth: (label) => truthOf(lane.standin, label) };
  t.ended = ended;
  if (spec.recorded !== false) t.same(replayProblems(before.dir, out, recording), [], 'the resumed run replays to the same bytes');
  if (spec.left !== false) t.same(await leftovers(before.dir), [], 'nothing is left behind');
  if (spec.exit !== undefined) t.same(code, spec.exit, 'exit status of the resumed run');
  return ended;
}

const cases = [];
export function test(claim, body) {
  cases.push({ claim, body });
}

function newTest(lane, claim) {
  const t = { lane, claim, problems: [], notes: [], ended: null };
  t.ok = (condition, what, detail = '') => {
    if (!condition) t.problems.push(`${what}${detail === '' ? '' : `: ${typeof detail === 'string' ? detail : JSON.stringify(detail)}`}`);
  };
  t.same = (got, wanted, what) => t.ok(JSON.stringify(got) === JSON.stringify(wanted), what, `wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(got)}`);
  t.run = (spec) => run(t, lane, spec);
  t.resume = (before, spec) => resume(t, lane, before, spec);
  return t;
}

function report(file, t) {
  ok(!t.problems.length, t.claim);
  for (const each of t.problems.length ? [...t.notes, ...t.problems] : t.notes) console.log(`  # ${each.slice(0, 1500)}`);
  if (!t.problems.length) return;
  const tail = t.ended ? String(t.ended.out).trim().split('\n').slice(-8) : [];
  for (const line of [...tail, ...(t.ended ? t.ended.messages.trim().split('\n').slice(0, 3) : [])]) console.log(`  # | ${line}`);
  console.log(`  # again: node ${file} "${t.claim}"`);
}

async function work(file, queue) {
  const lane = await openLane();
  for (let next = queue.shift(); next; next = queue.shift()) {
    const t = newTest(lane, next.claim);
    try {
      await next.body(t);
    } catch (error) {
      t.problems.push(String(error.stack || error).split('\n').slice(0, 4).join(' | '));
    }
    report(file, t);
  }
  await lane.close();
}

// `make test` takes a part of what differs in nothing but the place or the seed; `make
// torture` takes all: cases that only it runs are `also`.
export const full = process.env.TORTURE === 'full';
export const also = full ? test : () => {};

// Runs the file's cases and ends the program. unhurried: no case of the file waits for a budget
// to be missed, and what a resumed run does is not made again.
export async function runCases(file, { lanes = LANES, unhurried = false } = {}) {
  if (unhurried) multiplier *= PLENTY;
  const wanted = process.argv.slice(2).join(' ');
  const queue = cases.filter((each) => each.claim.includes(wanted));
  await Promise.all(Array.from({ length: lanes }, () => work(file, queue)));
  finish();
}
