// What the torture tests share: programs run under a fault layer, and what is then
// asked of their journals and charts.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const build = resolve(process.env.BUILD || 'build');
export const revisit = join(build, 'revisit');
const modelled = join(build, 'torture/modelled_run');
const layer = (name) => join(build, `torture/${name}.so`);

// `make torture` does all of it; otherwise a sample that takes seconds.
export const full = process.env.TORTURE === 'full';

export const scratch = mkdtempSync(join(tmpdir(), 'torture-'));
process.on('exit', () => { if (!process.env.KEEP) rmSync(scratch, { recursive: true, force: true }); });

// Numbers that look random and are the same each time.
export function drawn(seed) {
  let state = seed;
  return () => (state = (state * 1103515245 + 12345) % 2147483648) / 2147483648;
}

// {code, signal, out, errors}; SIGKILL after killAfter ms, should it run that long, and
// what it said.
export function run(command, args, { env = {}, killAfter, limit = 60000, stdout = 'pipe' } = {}) {
  return new Promise((done, fail) => {
    const child = spawn(command, args, { stdio: ['ignore', stdout, 'pipe'], env: { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch, ...env } });
    const out = [], errors = [];
    const timer = setTimeout(() => child.kill('SIGKILL'), killAfter ?? limit);
    child.stdout?.on('data', (bytes) => out.push(bytes));
    child.stderr.on('data', (bytes) => errors.push(bytes));
    child.once('error', fail);
    child.once('close', (code, signal) => {
      clearTimeout(timer);
      done({ code, signal, out: String(Buffer.concat(out)), errors: String(Buffer.concat(errors)) });
    });
  });
}

let layers = 0;

// Runs it under a layer with the layer's settings; `counts` is what that has counted.
export async function runUnder(name, settings, command, args, options = {}) {
  const place = join(scratch, `counts${++layers}`);
  const prefix = name === 'failing_malloc' ? 'MALLOC' : 'DISK';
  const env = { ...options.env, ...settings, LD_PRELOAD: layer(name), [`${prefix}_COUNTS`]: place };
  const ended = await run(command, args, { ...options, env });
  const page = existsSync(place) ? readFileSync(place) : Buffer.alloc(64);
  rmSync(place, { force: true });
  return { ...ended, counts: Array.from({ length: page.length / 8 }, (none, index) => Number(page.readBigUInt64LE(index * 8))) };
}

let places = 0;

// A run over the model of the EHR that has not begun: a directory and charts of its own.
export function newRun(batch, { dir } = {}) {
  const place = join(scratch, `run${++places}`);
  return { batch, dir: dir ?? place, ledger: `${place}.ledger` };
}

// Begins it, or goes on with it. {disk: {...}} and {malloc: {...}} are a layer's settings.
export function go(r, { disk, malloc, ...options } = {}) {
  const args = [r.batch, r.ledger, r.dir];
  const stdout = options.stdout ?? 'pipe';
  if (disk) return runUnder('failing_disk', disk, modelled, args, { ...options, stdout });
  if (malloc) return runUnder('failing_malloc', { MALLOC_LATER: '1', ...malloc }, modelled, args, { ...options, stdout });
  return run(modelled, args, { ...options, stdout });
}

export function forget(r) {
  for (const path of [r.dir, r.ledger]) rmSync(path, { recursive: true, force: true });
}

export async function chartsOf(r) {
  const said = await run(modelled, [r.batch, r.ledger]);
  if (said.code !== 0) throw new Error(`the charts cannot be read: ${said.errors}`);
  return said.out.trim().split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// What a journal says: its records; by visit how it was settled, or the step whose intent
// has no result yet; the bytes of a torn line.
export function journalOf(r) {
  const path = join(r.dir, 'journal.ndjson');
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  const end = text.lastIndexOf('\n') + 1;
  const records = text.slice(0, end).split('\n').filter(Boolean).map((line) => JSON.parse(line));
  const outcomes = {}, open = {};
  for (const record of records) {
    const visit = `p${record.patient}.v${record.dos}`;
    if (record.type === 'intent') open[visit] = record.step;
    if (record.type === 'result') delete open[visit];
    if (record.type !== 'attempt_end' || !record.outcome || record.outcome === 'interrupted') continue;
    outcomes[visit] = record.outcome;
    delete open[visit];
  }
  return { records, outcomes, open, torn: text.length - end };
}

export const effectsOf = (charts) => charts.reduce((sum, chart) => sum + chart.codeSaves + chart.noteSaves + chart.bills, 0);

// How charts differ from what the journal says became of their visits. Only visits in
// `mayReview` may have been left to a person.
export function chartProblems(charts, outcomes, mayReview = new Set()) {
  return charts.flatMap((chart) => {
    const visit = `p${chart.patient}.v${chart.dos}`;
    const outcome = outcomes[visit];
    const bills = chart.soapOnly ? 0 : 1;
    const say = (what) => [`${visit}, ${outcome}: ${what}`];
    if (chart.bills > bills) return say(`billed ${chart.bills} times`);
    if (outcome === 'needs_review' && mayReview.has(visit)) return chart.codesFit && chart.noteFits ? [] : say('codes or note are not the batch\'s');
    if (outcome !== 'done') return say('not done');
    if (chart.bills !== bills) return say(`billed ${chart.bills} times`);
    return chart.codesFit && chart.noteFits ? [] : say('codes or note are not the batch\'s');
  });
}

// Goes on with a run, in peace, until nothing is left; what is wrong then.
export async function finishProblems(r, mayReview) {
  const ended = await go(r, { disk: { DISK_SKIP_SYNC: '1' } });
  if (ended.code !== 0 && ended.code !== 8) return [`the resume ended with ${ended.signal || ended.code}: ${ended.errors.trim()}`];
  return chartProblems(await chartsOf(r), journalOf(r).outcomes, mayReview);
}

// The numbers from first to last, all or every stride-th with both ends.
export function sample(first, last, most) {
  const count = last - first + 1;
  if (count <= most) return Array.from({ length: Math.max(0, count) }, (none, index) => first + index);
  return Array.from({ length: most }, (none, index) => first + Math.round((index * (count - 1)) / (most - 1)));
}

const LANES = Number(process.env.LANES || 2);

// Does the work for each, some at once; gives the problems of all, at most so many.
export async function problemsOfEach(items, work, most = 10) {
  const queue = [...items], problems = [];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift())
      for (const problem of await work(item)) if (problems.length < most) problems.push(problem);
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return problems;
}
