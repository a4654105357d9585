// Every command of README.md, and of the READMEs of folders, is run: a page's sh blocks,
// top to bottom, in one bash, in a fresh directory that holds the checkout and its build.
// A text block under the same heading as an sh block before it is that block's output: its
// lines come in that order, "..." stands for any, and how long something took may differ.
// `make test` is asked only which suites it would run, for this is one of them.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { basename, dirname, join, resolve } from 'node:path';
import { environment, fresh } from './revisit.mjs';

const BUILD = process.env.BUILD ?? 'build';
const LIMIT_MS = 240000;

// README.md, and those of folders that show commands; tests/scenarios runs the one for writers.
const ELSEWHERE = ['fixtures/scenarios/README.md'];
const PAGES = ['README.md', ...['engine', 'recorder', 'fixtures', 'tests', 'bench'].flatMap(folder => readdirSync(folder, { recursive: true }).map(name => join(folder, name)))
  .filter(path => basename(path) === 'README.md' && !path.includes('node_modules'))].map(path => ({ path, text: readFileSync(path, 'utf8') }));

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
for (const page of PAGES) page.blocks = ELSEWHERE.includes(page.path) ? [] : blocksOf(page.text);
const RUN = PAGES.filter(({ blocks }) => blocks.length);
const pageOf = path => PAGES.find(page => page.path === path);

// The checkout under another name, with nothing of it in the way.
function checkout() {
  const dir = fresh('readme');
  mkdirSync(dir);
  for (const name of readdirSync('.').filter(name => !/^(build.*|\..*)$/.test(name))) symlinkSync(resolve(name), join(dir, name));
  symlinkSync(resolve(BUILD), join(dir, BUILD));
  return dir;
}

const MARK = '=== block';
function script(blocks) {
  const spoken = text => text.replace(/^make test$/gm, 'make test RUN=echo').replace(/\bbuild\//g, `${BUILD}/`);
  return blocks.map(({ commands }, index) => `echo; echo "${MARK} ${index}"\n${spoken(commands)}`).join('\n');
}

function outputs(page) {
  if (page.ran) return page.ran;
  const env = environment({ BUILD, MAKEFLAGS: '', LC_ALL: 'C.UTF-8' });
  const r = spawnSync('bash', ['-e', '-o', 'pipefail', '-c', `exec 2>&1; trap 'kill $(jobs -p) 2>/dev/null || :' EXIT\n${script(page.blocks)}`], { cwd: checkout(), env, encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 26 });
  const parts = r.stdout.split(new RegExp(`^${MARK} \\d+\\n`, 'm')).slice(1);
  return (page.ran = { status: r.status, signal: r.signal, parts, all: r.stdout });
}

// What may differ from one machine and day to the next.
const loosely = line => line.trimEnd().replace(/\b\d+\.\d\ds\b/g, '#s').replace(/"(at|totalMs|duration)":\d+/g, '"$1":#').replace(/\b[\d.,]+ (ms|s|min|h|entries|bytes)\b/g, '# $1')
  .replace(/\b\d{3,}\b/g, '#').replace(/\b[0-9a-f]{8}\b/g, '#').replace(/ +/g, ' ').replaceAll(`${BUILD}/`, 'build/');

test('the pages have commands and show what they print', () => {
  for (const path of ['README.md', 'engine/cli/run/README.md', 'engine/cli/explain/README.md', 'recorder/whatif/README.md']) assert.ok(pageOf(path).blocks.some(({ output }) => output), path);
  for (const { blocks } of RUN) for (const { commands } of blocks) assert.ok(commands.trim());
});

for (const page of RUN) {
  test(`every command of ${page.path} works`, () => {
    const { status, signal, parts, all } = outputs(page);
    assert.equal(status, 0, `${signal ?? ''}in block ${parts.length - 1}:\n${page.blocks[parts.length - 1]?.commands}\n${all.slice(-3000)}`);
    assert.equal(parts.length, page.blocks.length, all.slice(0, 1000));
  });

  test(`what ${page.path} shows is what is printed`, () => {
    const { parts } = outputs(page);
    page.blocks.forEach(({ commands, output }, index) => {
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
}

test('make test would run every suite', () => {
  const page = pageOf('README.md'), index = page.blocks.findIndex(({ commands }) => /^make test$/m.test(commands));
  assert.ok(index >= 0, 'the page says make test');
  assert.match(outputs(page).parts[index], /^all$/m);
  const [all] = /^# `all`: [^]*/m.exec(readFileSync('tests/run', 'utf8'));
  for (const suite of ['build', 'lint', 'unit', 'fuzz', 'scenarios', 'sweep', 'standin', 'replay', 'cli', 'canary', 'torture', 'live', 'mutants'])
    assert.match(all, new RegExp(`\\b${suite}\\b`), suite);
});

test('the run on the page was recorded and is the same when it is replayed', () => {
  const page = pageOf('engine/cli/run/README.md'), index = page.blocks.findIndex(({ commands }) => /&& echo same/.test(commands));
  assert.ok(index >= 0, 'the page compares the logs');
  assert.match(outputs(page).parts[index], /^same$/m);
  assert.match(outputs(page).parts[index], /the event log equals the recorded one/);
});

// As the pages are shown: a heading's name in lower case, blanks as hyphens, without marks.
const anchorsOf = text => [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => heading.toLowerCase().replace(/[^\w -]/g, '').replaceAll(' ', '-'));

test('every link and picture of the pages leads somewhere', () => {
  let links = 0;
  for (const { path, text } of PAGES)
    for (const [, link] of text.matchAll(/(?:\]\(|srcset="|src=")([^)"]+)[)"]/g)) {
      if (/^https?:/.test(link)) continue;
      const [file, anchor] = link.split('#'), target = file ? join(dirname(path), file) : path;
      assert.ok(existsSync(target), `${path}: ${link}`);
      if (anchor) assert.ok(anchorsOf(readFileSync(target, 'utf8')).includes(anchor), `${path}: ${link}`);
      links++;
    }
  assert.ok(links >= 40, `${links}`);
});

const STRANGERS = ['--help', '--version', '--exclude-dir', '--batch', '--write-state']; // of the program itself, grep, the stand-in

test('every option and command that a page with commands names exists', () => {
  const commands = [...readFileSync('engine/cli/command.def', 'utf8').matchAll(/^X\("([a-z]+)"/gm)].map(([, name]) => [name]);
  // Parts have a help of their own.
  for (const [, command, part] of readFileSync('engine/cli/manual/pages.def', 'utf8').matchAll(/(recording|key)_(\w+)\.def/g)) commands.push([command, part.replace('_', '-')]);
  const help = commands.map(command => spawnSync(resolve(BUILD, 'revisit'), [...command, '--help'], { encoding: 'utf8' }).stdout).join('');
  for (const { path, text } of RUN) {
    for (const [, option] of text.matchAll(/[\s`(](--[a-z][a-z-]+)/g)) if (!STRANGERS.includes(option)) assert.ok(help.includes(option), `${path}: ${option} is in no help`);
    for (const [, command] of text.matchAll(/build\/revisit ([a-z]+)/g)) assert.match(help, new RegExp(`usage: revisit ${command}\\b`), path);
  }
});

test('every target of make, suite and script that a page names is there', () => {
  const rules = ['Makefile', ...PAGES.map(({ path }) => join(dirname(path), 'build.mk')).filter(path => existsSync(path))].map(path => readFileSync(path, 'utf8')).join('\n');
  const suites = readFileSync('tests/run', 'utf8');
  let named = 0;
  for (const { path, text } of PAGES)
    for (const [line, code] of text.matchAll(/(`[^`\n]+`|^ {4}\S.*$)/gm)) {
      for (const [, target] of code.matchAll(/\bmake ([a-z][a-z-]*)(?![\w/-])/g)) assert.match(rules, new RegExp(`^${target}:(?!=)`, 'm'), `${path}: ${line}`);
      for (const [, suite] of code.matchAll(/\btests\/run ([a-z][a-z-]*)/g)) assert.match(suites, new RegExp(`^    ${suite}\\)`, 'm'), `${path}: ${line}`);
      for (const [, script] of code.matchAll(/\b(?:node|sh) ([\w./-]+\.(?:mjs|sh))/g)) assert.ok(existsSync(script), `${path}: ${line}`);
      named += /\b(make|tests\/run|node|sh) /.test(code);
    }
  assert.ok(named >= 30, `${named}`);
});
