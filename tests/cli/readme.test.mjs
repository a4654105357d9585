// Every command of README.md is run: its sh blocks, top to bottom, in one bash, in a
// fresh directory that holds the checkout and its build. A text block under the same
// heading as an sh block before it is that block's output: its lines come in that order,
// "..." stands for any, and how long something took may differ. `make test` is asked only which
// suites it would run, for this is one of them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { environment, fresh } from './revisit.mjs';

const BUILD = process.env.BUILD ?? 'build';
const README = readFileSync('README.md', 'utf8');
const LIMIT_MS = 240000;

// [{ commands, output }]: output is null where the page shows none.
function blocksOf(page) {
  const blocks = [];
  let open = null;
  for (const [, heading, kind, body] of page.matchAll(/^(#+ .*)$|^```(\w*)\n([^]*?)^```$/gm)) {
    if (heading) open = null;
    else if (kind === 'sh') blocks.push(open = { commands: body, output: null });
    else if (kind === 'text' && open && open.output === null) open.output = body;
  }
  return blocks;
}
const BLOCKS = blocksOf(README);

// The checkout under another name, with nothing of it in the way.
function checkout() {
  const dir = fresh('readme');
  mkdirSync(dir);
  for (const name of readdirSync('.').filter(name => !/^(build.*|\..*)$/.test(name))) symlinkSync(resolve(name), join(dir, name));
  symlinkSync(resolve(BUILD), join(dir, BUILD));
  return dir;
}

const MARK = '=== block';
function script() {
  const spoken = text => text.replace(/^make test$/gm, 'make test RUN=echo').replace(/\bbuild\//g, `${BUILD}/`);
  return BLOCKS.map(({ commands }, index) => `echo; echo "${MARK} ${index}"\n${spoken(commands)}`).join('\n');
}

let ran;
function outputs() {
  if (ran) return ran;
  const env = environment({ BUILD, MAKEFLAGS: '', LC_ALL: 'C.UTF-8' });
  const r = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', `exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n${script()}`], { cwd: checkout(), env, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 26 });
  const parts = r.stdout.split(new RegExp(`^${MARK} \\d+\\n`, 'm')).slice(1);
  return (ran = { status: r.status, signal: r.signal, parts, all: r.stdout });
}

// What may differ from one machine and day to the next.
const loosely = line => line.trimEnd().replace(/\b\d+\.\d\ds\b/g, '#s').replace(/"(at|totalMs|duration)":\d+/g, '"$1":#').replace(/\b[\d.,]+ (ms|s|min|h|entries|bytes)\b/g, '# $1')
  .replace(/\b\d{3,}\b/g, '#').replace(/\b[0-9a-f]{8}\b/g, '#').replace(/ +/g, ' ').replaceAll(`${BUILD}/`, 'build/');

test('the page has commands and shows what they print', () => {
  assert.ok(BLOCKS.length >= 5);
  assert.ok(BLOCKS.some(({ output }) => output), 'some output is shown');
  for (const { commands } of BLOCKS) assert.ok(commands.trim());
});

test('every command on the page works', () => {
  const { status, signal, parts, all } = outputs();
  assert.equal(status, 0, `${signal ?? ''}in block ${parts.length - 1}:\n${BLOCKS[parts.length - 1]?.commands}\n${all.slice(-3000)}`);
  assert.equal(parts.length, BLOCKS.length, all.slice(0, 1000));
});

test('what the page shows is what is printed', () => {
  const { parts } = outputs();
  BLOCKS.forEach(({ commands, output }, index) => {
    if (output === null) return;
    const printed = parts[index].split(/[\r\n]+/).map(loosely);
    let from = 0;
    for (const line of output.split('\n').map(loosely)) {
      if (!line || line === '...') continue;
      const at = printed.indexOf(line, from);
      assert.ok(at >= 0, `after\n${commands}the line\n  ${line}\nis not printed, but\n${printed.slice(from).join('\n')}`);
      from = at + 1;
    }
  });
});

test('make test would run every suite', () => {
  const index = BLOCKS.findIndex(({ commands }) => /^make test$/m.test(commands));
  assert.ok(index >= 0, 'the page says make test');
  assert.match(outputs().parts[index], /^all$/m);
  const [, suites] = /!= all \] \|\| set -- (.*)/.exec(readFileSync('tests/run', 'utf8'));
  for (const suite of ['build', 'lint', 'unit', 'fuzz', 'scenarios', 'standin', 'replay', 'cli', 'live', 'mutants']) assert.ok(suites.split(' ').includes(suite), suite);
});

test('the run on the page was recorded and is the same when it is replayed', () => {
  const index = BLOCKS.findIndex(({ commands }) => /&& echo same/.test(commands));
  assert.ok(index >= 0, 'the page compares the logs');
  assert.match(outputs().parts[index], /^same$/m);
  assert.match(outputs().parts[index], /the event log equals the recorded one/);
});

test('every link of the page leads somewhere', () => {
  const links = [...README.matchAll(/\]\(([^)#]+)\)/g)].map(([, path]) => path).filter(path => !/^https?:/.test(path));
  assert.ok(links.length >= 5);
  for (const path of links) assert.ok(existsSync(path), path);
});

test('every option and command that the page names exists', () => {
  const commands = [...readFileSync('engine/cli/command.def', 'utf8').matchAll(/^X\("([a-z]+)"/gm)].map(([, name]) => [name]);
  commands.push(['recording', 'slice'], ['recording', 'diff'], ['recording', 'lint']); // with a help of their own
  const help = commands.map(command => spawnSync(resolve(BUILD, 'revisit'), [...command, '--help'], { encoding: 'utf8' }).stdout).join('');
  for (const [option] of README.matchAll(/--[a-z][a-z-]+/g))
    if (!['--batch', '--write-state', '--help'].includes(option)) assert.ok(help.includes(option), `${option} is in no help`);
  for (const [, command] of README.matchAll(/build\/revisit ([a-z]+)/g)) assert.match(help, new RegExp(`usage: revisit ${command}\\b`));
});
