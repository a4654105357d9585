// One run of the program against a stand-in full of canaries, watched from outside: what it and
// its browsers show other processes in /proc while they live, and what it leaves.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startStandin } from '../standin/walk.mjs';
import { batch, withCanaries } from './batch.mjs';
import { Planter } from './planter.mjs';

const here = path => fileURLToPath(new URL(path, import.meta.url));
const build = resolve(here('../..'), process.env.BUILD || 'build');
export const revisit = join(build, 'revisit');

// What holds canaries because the test put them there lies in `given`; nothing else may.
export async function openPlace() {
  const root = mkdtempSync(join(tmpdir(), 'canary-'));
  for (const name of ['given', 'home', 'tmp', 'state', 'work', 'said', 'made']) mkdirSync(join(root, name));
  writeFileSync(join(root, 'given/batch.json'), JSON.stringify(batch()));
  const standin = await startStandin(join(build, 'standin'), ['--batch', join(root, 'given/batch.json'), '--pages', here('../standin/pages')]);
  const planter = await new Planter(standin.base).start();
  const place = { root, at: (...names) => join(root, ...names), standin, planter, seen: new Map() };
  place.renew = async () => writeFileSync(join(root, 'given/state.json'), JSON.stringify(withCanaries(await standin.control('state'))));
  place.close = async () => {
    await planter.stop();
    await standin.stop();
  };
  await place.renew();
  return place;
}

export const environmentOf = place => ({ PATH: process.env.PATH, HOME: place.at('home'), TMPDIR: place.at('tmp'), XDG_STATE_HOME: place.at('state'), TIMEOUT_MULTIPLIER: '3' });

function childrenOf(pid) {
  const parents = readdirSync('/proc').filter(name => /^\d+$/.test(name)).map(name => {
    try {
      return [Number(name), Number(readFileSync(`/proc/${name}/stat`, 'latin1').split(') ').pop().split(' ')[1])];
    } catch (error) {
      return [0, 0]; // it has ended
    }
  });
  const found = new Set([pid]);
  for (let before = 0; before !== found.size;) {
    before = found.size;
    for (const [child, parent] of parents) if (found.has(parent)) found.add(child);
  }
  return found;
}

// place.seen: digest -> {file, bytes} of what /proc showed of these processes, each text once.
function look(place, pid) {
  for (const each of childrenOf(pid))
    for (const file of ['cmdline', 'environ', 'comm', 'status'])
      try {
        const bytes = readFileSync(`/proc/${each}/${file}`);
        place.seen.set(createHash('sha256').update(file).update(bytes).digest('hex'), { file, bytes });
      } catch (error) { /* it has ended */ }
}

// {status, signal} of the program with these arguments; what it says goes to said/NAME.out and
// said/NAME.err. onOutput may end it.
export function run(place, name, args, { onOutput = () => {}, env = {}, detached = false } = {}) {
  const child = spawn(revisit, args, { cwd: place.at('work'), env: { ...environmentOf(place), ...env }, stdio: ['ignore', 'pipe', 'pipe'], detached });
  const said = { out: [], err: [] };
  child.stdout.on('data', bytes => { said.out.push(bytes); onOutput(child, String(bytes)); });
  child.stderr.on('data', bytes => said.err.push(bytes));
  const watch = setInterval(() => look(place, child.pid), 150);
  return new Promise(done => child.on('close', (status, signal) => {
    clearInterval(watch);
    for (const [kind, parts] of Object.entries(said)) writeFileSync(place.at('said', `${name}.${kind}`), Buffer.concat(parts));
    done({ status, signal, out: Buffer.concat(said.out), err: String(Buffer.concat(said.err)) });
  }));
}

export function live(place, name, more = [], options = {}) {
  const root = process.getuid() === 0 ? ['--no-sandbox'] : [];
  return run(place, name, ['run', place.at('given/batch.json'), '--base-url', place.planter.base, '--state', place.at('given/state.json'), ...root, ...more], options);
}

// A command that ends by itself: {status, out, err}.
export function command(place, name, args, env = {}) {
  const r = spawnSync(revisit, args, { cwd: place.at('work'), env: { ...environmentOf(place), ...env }, maxBuffer: 1 << 28 });
  writeFileSync(place.at('said', `${name}.out`), r.stdout);
  writeFileSync(place.at('said', `${name}.err`), r.stderr);
  return { status: r.status, signal: r.signal, out: r.stdout, err: String(r.stderr) };
}
