// What is told on stderr while something long goes on: on a terminal (a pty of script(1)) a line that is drawn
// over itself, elsewhere none of that; and what is told when a run is asked to stop.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { BATCH, PROGRAM, environment, fresh, revisit, runArguments, said } from './revisit.mjs';
import { answers, speaks } from './servers.mjs';

const quoted = word => `'${word.replaceAll("'", "'\\''")}'`;
const commandOf = args => [PROGRAM, ...args].map(quoted).join(' ');

// What a terminal of that width is sent; stdout goes to a file, as a person would keep it.
async function onTerminal(args, { columns = 80, env = {} } = {}) {
  const child = spawn('script', ['-qfec', `stty cols ${columns}; ${commandOf(args)} > ${quoted(fresh('stdout'))}`, '/dev/null'],
    { env: environment({ SHELL: '/bin/sh', LC_ALL: 'C.UTF-8', TERM: 'xterm', ...env }), stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  child.stdout.on('data', data => { text += data; });
  const [status] = await once(child, 'close');
  return { status, text, drawn: [...text.matchAll(/\r\x1b\[K((?:\x1b\[\d+m)?\[[^\r\n]+)/g)].map(([, line]) => line) };
}
const SWEEP = ['sweep', 'fixtures/batches/clinic-100.json', '--seeds', '1..60'];
const bare = line => line.replace(/\x1b\[\d*m/g, '');

test('a sweep draws how far it is over itself, at most ten times a second, and takes it away', async () => {
  const { text, drawn, status } = await onTerminal(SWEEP);
  const [, seconds] = /\x1b\[K60 seeds in ([\d.]+) s: /.exec(text) ?? assert.fail(text);
  assert.equal(status, 0);
  assert.ok(drawn.length >= 1 && drawn.length <= 10 * Number(seconds) + 1, `${drawn.length} times in ${seconds} s`);
  for (const line of drawn) assert.match(line, /^\x1b\[32m\[ *\d+\/60\] \d+ violations  .*seeds\/s\x1b\[0m$/);
  assert.match(text, /\r\x1b\[K60 seeds in/, 'what is printed at the end does not stand behind the line');
});

test('the line is no wider than the window, and says where it was cut', async () => {
  for (const [columns, env, mark] of [[24, {}, '…'], [24, { LC_ALL: 'C' }, '>']]) {
    const { drawn } = await onTerminal(SWEEP, { columns, env });
    assert.ok(drawn.length >= 1);
    for (const line of drawn) {
      assert.equal([...bare(line)].length, columns - 1, bare(line));
      assert.ok(bare(line).endsWith(mark), bare(line));
    }
  }
});

test('NO_COLOR takes the colour, -q the line', async () => {
  const plain = await onTerminal(SWEEP, { env: { NO_COLOR: '1' } });
  assert.ok(plain.drawn.length >= 1);
  assert.doesNotMatch(plain.text, /\x1b\[\d+m/);
  const quiet = await onTerminal([...SWEEP, '-q']);
  assert.equal(quiet.text.trim(), '');
});

test('where stderr is no terminal nothing is drawn over itself', () => {
  const r = revisit(SWEEP);
  assert.match(r.stderr, /^60 seeds in [\d.]+ s: .*\n$/, said(r));
});

test('where stderr is no terminal a plain line is printed every ten seconds of its clock', () => {
  const shim = fresh('clock.so');
  const built = spawnSync(process.env.CC ?? 'gcc', ['-shared', '-fPIC', '-O1', '-o', shim, 'tests/cli/jumping_clock.c'], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  const r = revisit(SWEEP, { env: { LD_PRELOAD: shim, CLOCK_RATE: '200' } }), lines = r.stderr.trimEnd().split('\n');
  const [, seconds] = /^60 seeds in ([\d.]+) s: /.exec(lines.pop()) ?? assert.fail(r.stderr);
  assert.ok(lines.length >= 1 && lines.length <= Number(seconds) / 10, `${lines.length} lines in ${seconds} s`);
  for (const line of lines) assert.match(line, /^\[ *\d+\/60\] \d+ violations  [\d,]+ batches\/min  \d+ seeds\/s$/);
});

test('a run draws how far it is, and closes with what can be done next', async () => {
  const slow = await answers((_, response) => setTimeout(() => response.destroy(), 300));
  const dir = fresh('run dir');
  const { text, drawn } = await onTerminal(runArguments(BATCH, { url: slow.url, more: ['--run-dir', dir] }));
  assert.ok(drawn.some(line => bare(line).startsWith('[0/3] done 0 failed 0 retried 0')), text);
  assert.match(text, /\r\x1b\[K3 visits, environment: /, 'the summary stands in the place of the line');
  assert.ok(text.includes(`to see it: revisit report '${dir}' -o report.html`), text);
  assert.ok(text.includes(`--resume --run-dir '${dir}'`), text);
  const quiet = await onTerminal(runArguments(BATCH, { url: slow.url, more: ['-q', '--run-dir', fresh('quiet')] }));
  assert.deepEqual(quiet.drawn, []);
  assert.doesNotMatch(quiet.text, /3 visits|to see it/);
  assert.match(quiet.text, /to go on: [^]*revisit: /, 'how to go on and what went wrong are told all the same');
});

test('the first Ctrl-C is answered at once, with how long it takes and what another does', async () => {
  const silent = await speaks(() => {});
  const child = spawn(PROGRAM, runArguments(BATCH, { url: silent.url }), { env: environment(), stdio: ['ignore', 'ignore', 'pipe'] });
  let told = '';
  child.stderr.on('data', data => {
    if (!told.includes('run directory') && String(data).includes('run directory')) setTimeout(() => child.kill('SIGINT'), 200);
    told += data;
    if (told.includes('asked to stop')) child.kill('SIGINT'); // it was said before the end
  });
  await once(child, 'close');
  assert.match(told, /^revisit: asked to stop: stopping at the next safe point, at most 25 s; again to leave at once$/m);
});

test('-v tells what happens in sentences, and not together with -q', () => {
  const r = revisit(runArguments(BATCH, { more: ['-v'] }));
  assert.match(r.stderr, /^p1\.v1 not_attempted/m, said(r));
  const both = spawnSync(PROGRAM, runArguments(BATCH, { more: ['-v', '-q'] }), { encoding: 'utf8', env: environment() });
  assert.equal(both.status, 2);
  assert.match(both.stderr, /--quiet and --verbose say the opposite/);
});
