// Runs the measuring programs in turns, so that what else happens on the machine meets
// all of them alike, and puts medians and ratios of the same minutes into one table.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { basename, join } from 'node:path';
import { durabilityOf } from './durability.mjs';
import { recordingCost } from './live.mjs';
import { whatifCost } from './whatif.mjs';

const build = process.env.BUILD ?? 'build';
const work = join(build, 'bench');
const revisit = join(build, 'revisit');
const TURNS = 15;
const MIB = 1024;

function option(name, otherwise) {
  const at = process.argv.indexOf(name);
  return at < 0 ? otherwise : process.argv[at + 1];
}

const visitsMax = Number(option('--visits', '10000'));
const fixture = process.argv.slice(2).find(word => word.startsWith('fixtures/')) ?? 'fixtures/clinic-100';

function tool(name, ...args) {
  return JSON.parse(execFileSync(join(work, name), args.map(String), { encoding: 'utf8', maxBuffer: 1 << 26 }));
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

// Each of the measurements once a turn; the lists of their numbers, joined.
function inTurns(turns, measurements) {
  const seen = {};
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, measure] of Object.entries(measurements)) {
      const result = measure();
      if (result.exit) throw new Error(`${name} ended with ${result.exit}`);
      if (!seen[name]) { seen[name] = result; continue; }
      for (const key of ['wall_us', 'first_us', 'cpu_us']) seen[name][key]?.push(...result[key]);
      seen[name].peak_kb = Math.max(seen[name].peak_kb, result.peak_kb);
    }
  }
  return seen;
}

const ms = us => us / 1000;
const fixed = (number, digits = 1) => number.toFixed(digits);

const rows = [];
function row(question, target, reached, good) {
  rows.push({ question, target, reached, good });
}

function measureOne(path) {
  const seen = inTurns(TURNS, {
    process: () => tool('process', 1, revisit, 'replay', path),
    floorProcess: () => tool('process', 1, join(work, 'floor'), path),
    replay: () => tool('replay_bench', path, 1),
    floor: () => tool('floor', path, 1),
    bare: () => tool('floor', path, 1, 'bare'),
  });
  const wall = name => median(seen[name].wall_us);
  const cpu = name => median(seen[name].cpu_us);
  return {
    recording: path, entries: seen.replay.entries, bytes: seen.replay.bytes, runs: TURNS,
    process_ms: ms(wall('process')), process_least_ms: ms(Math.min(...seen.process.wall_us)), process_cpu_ms: ms(cpu('process')),
    first_event_ms: ms(median(seen.process.first_us)), process_peak_kb: seen.process.peak_kb,
    replay_ms: ms(wall('replay')), replay_cpu_ms: ms(cpu('replay')), replay_peak_kb: seen.replay.peak_kb,
    floor_process_ms: ms(wall('floorProcess')), floor_ms: ms(wall('floor')), floor_cpu_ms: ms(cpu('floor')), floor_parsed_bytes: seen.floor.parsed_bytes,
    bare_ms: ms(wall('bare')), bare_cpu_ms: ms(cpu('bare')),
    entries_per_second: seen.replay.entries / (cpu('replay') / 1e6),
    times_floor: cpu('replay') / cpu('floor'),
    process_times_floor: median(seen.process.cpu_us) / median(seen.floorProcess.cpu_us),
  };
}

// A recording of so many visits, made once in $BUILD/bench and remade when it does not replay.
function repeated(visits) {
  const path = join(work, `repeated-${visits}-of-${basename(source)}`);
  if (existsSync(path) && spawnSync(revisit, ['replay', path, '--verify'], { stdio: 'ignore' }).status === 0) return path;
  rmSync(path, { recursive: true, force: true });
  process.stderr.write(`  making a recording of ${visits} visits\n`);
  tool('repeat', source, visits, path);
  execFileSync(revisit, ['replay', path, '--verify'], { stdio: 'ignore' });
  return path;
}

function measureGrowth() {
  const counts = [1, 10, 100, 1000, 10000].filter(count => count <= visitsMax);
  const growth = counts.map(visits => ({ visits, path: repeated(visits), runs: [] }));
  const turns = visits => visits >= 10000 ? 3 : visits >= 1000 ? 7 : TURNS;
  for (let turn = 0; turn < TURNS; turn++)
    for (const size of growth)
      if (turn < turns(size.visits)) size.runs.push(tool('process', 1, revisit, 'replay', size.path));
  return growth.map(({ visits, runs }) => ({
    visits,
    process_ms: ms(median(runs.flatMap(run => run.wall_us))),
    cpu_ms: ms(median(runs.flatMap(run => run.cpu_us))),
    cpu_ms_a_visit: ms(median(runs.flatMap(run => run.cpu_us))) / visits,
    peak_kb: Math.max(...runs.map(run => run.peak_kb)),
  }));
}

// Of the engine alone, over a fixture's visits repeated: with and without a recorder on top.
function measureRecorder() {
  const visits = 100, turns = 7;
  const costs = { with: [], without: [] };
  for (let turn = 0; turn < turns; turn++) {
    const to = join(work, 'recorded');
    rmSync(to, { recursive: true, force: true });
    costs.without.push(tool('repeat', source, visits).cpu_us / visits);
    costs.with.push(tool('repeat', source, visits, to).cpu_us / visits);
    rmSync(to, { recursive: true, force: true });
  }
  return { visits, with_ms: ms(median(costs.with)), without_ms: ms(median(costs.without)), ms_a_visit: ms(median(costs.with) - median(costs.without)) };
}

// One plain recording into one sealed file, and that read to its end.
function measureSeal(path) {
  const copy = join(work, 'plain'), sealed = join(work, 'sealed.rvt');
  rmSync(copy, { recursive: true, force: true });
  cpSync(path, copy, { recursive: true });
  if (existsSync(join(copy, 'session.ndjson.zst'))) execFileSync(revisit, ['recording', 'unpack', copy]);
  const seen = tool('seal_bench', copy, sealed, TURNS);
  const size = statSync(sealed).size;
  rmSync(copy, { recursive: true, force: true });
  rmSync(sealed, { force: true });
  return { bytes: seen.bytes, sealed_bytes: size, seal_mb_s: seen.bytes / seen.seal_us, open_mb_s: seen.bytes / seen.open_us };
}

function measureSize(path) {
  const copy = join(work, 'packed');
  const visits = JSON.parse(readFileSync(join(path, 'events.ndjson'), 'utf8').split('\n')[0]).total;
  rmSync(copy, { recursive: true, force: true });
  cpSync(path, copy, { recursive: true });
  if (!existsSync(join(copy, 'session.ndjson.zst'))) execFileSync(revisit, ['recording', 'pack', copy]);
  const size = { visits, packed_bytes: statSync(join(copy, 'session.ndjson.zst')).size, path: copy };
  size.bytes_a_visit = size.packed_bytes / visits;
  return size;
}

function print(results) {
  const one = results.fixture, by = count => results.growth.find(size => size.visits === count);
  const kb = number => `${fixed(number / MIB)} MB`;
  row('replay of 100 visits, whole process', '40 ms', `${fixed(one.process_ms)} ms (least ${fixed(one.process_least_ms)}, processor ${fixed(one.process_cpu_ms)})`, one.process_ms <= 40);
  row('its first event', '10 ms', `${fixed(one.first_event_ms)} ms`, one.first_event_ms <= 10);
  row('replay in one process', '1.5 million a second', `${fixed(one.entries_per_second / 1e6, 2)} million entries a second (${one.entries} in ${fixed(one.replay_ms)} ms)`, one.entries_per_second >= 1.5e6);
  row('the floor: read, check, parse', '', `${fixed(one.floor_ms)} ms in one process, ${fixed(one.floor_process_ms)} whole; without jansson ${fixed(one.bare_ms)}`);
  row('replay against its floor', '1.5 times', `${fixed(one.times_floor, 2)} times (whole processes: ${fixed(one.process_times_floor, 2)})`, one.times_floor <= 1.5);
  for (const size of results.growth)
    row(`  ${size.visits} visits`, '', `${fixed(size.process_ms)} ms, ${fixed(size.cpu_ms_a_visit, 3)} ms of processor a visit, peak ${kb(size.peak_kb)}`);
  const top = results.growth.at(-1);
  for (const size of results.growth.filter(each => each.visits > 100 && by(100))) {
    const flat = size.cpu_ms_a_visit / by(100).cpu_ms_a_visit;
    row(`time a visit, ${size.visits} against 100`, 'within 10 %', `${fixed((flat - 1) * 100)} %`, flat <= 1.1);
  }
  if (by(100) && top.visits > 100) {
    row(`peak memory at ${top.visits} visits`, '38 MB, 1.2 x 32', `${kb(top.peak_kb)}, ${fixed(top.peak_kb / by(100).peak_kb, 2)} times that at 100`, top.peak_kb <= 1.2 * 32 * MIB);
  }
  row('peak memory at 100 visits', '32 MB', kb(one.process_peak_kb), one.process_peak_kb <= 32 * MIB);
  row('session, packed', '24 KB a visit', `${fixed(results.size.bytes_a_visit / 1000)} KB a visit`, results.size.bytes_a_visit <= 24000);
  row('recording, of the engine alone', '5 ms a visit', `${fixed(results.recorder.ms_a_visit, 2)} ms a visit (${fixed(results.recorder.without_ms, 2)} without)`, results.recorder.ms_a_visit <= 5);
  const live = results.live;
  if (live) {
    row('recording, a live run', '5 ms a visit', `${fixed(live.ms_a_visit, 2)} ms a visit (${fixed(live.without_ms, 2)} without)`, live.ms_a_visit <= 5);
    row('  of its processor time, sealed as it is', '3 %', `${fixed(live.raw_percent, 2)} % of ${fixed(live.whole_ms, 0)} ms a visit, Chromium's included`, live.raw_percent <= 3);
    row('  of its processor time, redacted', '6 %', `${fixed(live.clean_percent, 2)} %`, live.clean_percent <= 6);
  }
  row('sealing', '300 MB/s', `${fixed(results.seal.seal_mb_s, 0)} MB/s, to ${fixed(100 * results.seal.sealed_bytes / results.seal.bytes)} % of the room; opening ${fixed(results.seal.open_mb_s, 0)} MB/s`, results.seal.seal_mb_s >= 300);
  row('durability, of a live run', '1 %', `${fixed(results.durability.percent, 2)} % (${results.durability.commits} records, ${fixed(results.durability.waited_us / results.durability.commits / 1000, 2)} ms each)`, results.durability.percent < 1);
  row('modelled batches of 100 visits', '20,000 a minute', `${results.model.batches_per_minute} a minute on one core, no invariants`, results.model.batches_per_minute >= 20000);
  const whatif = results.whatif;
  row('what-if runs of 100 visits', '6,000 a minute', `${fixed(whatif.runs_per_minute, 0)} a minute on one core; ${fixed(whatif.times_replay, 3)} times a replay, ${fixed(whatif.times_batch, 2)} times a modelled batch`, whatif.runs_per_minute >= 6000);
  row('times it waited, in ' + whatif.runs + ' runs', 'none', `${whatif.waited}`, whatif.waited === 0);
  row('a matrix of 12 runs, whole process', '', `${fixed(whatif.matrix_ms)} ms`);
  for (const size of whatif.growth)
    row(`  what if, of ${size.visits} visits`, '', `loaded in ${fixed(size.load_ms)} ms, a run ${fixed(size.run_ms)} ms, peak ${kb(size.peak_kb)}`);
  const shrink = results.shrink;
  row('a schedule of 100 faults, cut down', '1 s', `${fixed(shrink.most_us / 1000)} ms at most of ${shrink.shrunk}, ${fixed(shrink.trials / shrink.shrunk)} batches each, to ${shrink.most_left} faults at most`, shrink.most_us < 1e6);
  const width = key => Math.max(...rows.map(each => each[key].length));
  const wide = [width('question'), width('target')];
  console.log(`${'what'.padEnd(wide[0])}  ${'to reach'.padEnd(wide[1])}        reached`);
  for (const { question, target, reached, good } of rows)
    console.log(`${question.padEnd(wide[0])}  ${target.padEnd(wide[1])}  ${target ? (good ? ' yes' : '  NO') : '    '}  ${reached}`);
}

mkdirSync(work, { recursive: true });
process.stderr.write(`bench: ${fixture}, in turns of ${TURNS}\n`);
const source = fixture;
const size = measureSize(fixture);
const results = {
  machine: { processors: cpus().length, model: cpus()[0]?.model, load: readFileSync('/proc/loadavg', 'utf8').trim() },
  fixture: measureOne(fixture), packed: measureOne(size.path), size, growth: measureGrowth(), recorder: measureRecorder(),
};
results.live = await recordingCost(build, work, median);
results.durability = durabilityOf(revisit, fixture);
results.seal = measureSeal(fixture);
results.model = tool('model_batches', 2000);
results.whatif = whatifCost(tool, revisit, source, results.growth.map(({ visits }) => [visits, repeated(visits)]));
results.shrink = tool('shrink_runs', 'fixtures/batches/clinic-100.json', 50);
print(results);
writeFileSync('bench/results.json', JSON.stringify(results, null, 1) + '\n');
console.log('\nbench/results.json has every number. The machine: ' + `${results.machine.processors} x ${results.machine.model}, load ${results.machine.load}`);
