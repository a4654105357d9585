// The manual: help, man pages, completions and the parser say the same, because they are made of
// the same pages; here each is held to those.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { COMMANDS, PAGES, TOPICS } from './manual.mjs';
import { environment, fresh, put, refused, revisit, said } from './revisit.mjs';

const words = page => page.name.split(' ');
const helpOf = page => revisit([...words(page), '--help']).stdout;
const told = page => page.options.filter(option => option.told);
const printed = (...args) => {
  const r = revisit(args);
  assert.equal(r.status, 0, said(r));
  assert.equal(r.stderr, '');
  return r.stdout;
};
// A tool of another package; null where it is not installed.
const tool = (name, ...args) => {
  const r = spawnSync(name, args, { encoding: 'utf8', env: environment({ LC_ALL: 'C.UTF-8' }), timeout: 20000 });
  return r.error?.code === 'ENOENT' ? null : r;
};
const fine = (r, what) => assert.ok(r.status === 0 && r.stderr === '', `${what}: status ${r.status}\n${r.stdout}${r.stderr}`);

test('every command has a page, and every page is in the manual', () => {
  assert.deepEqual(PAGES.filter(page => !page.isPart).map(page => page.name).sort(), [...COMMANDS].sort());
  const files = readdirSync('engine/cli/manual').filter(name => name.endsWith('.def') && !/^(begin|end|pages|topic|shell|exit)\.def$/.test(name));
  assert.deepEqual(PAGES.map(page => page.file.split('/').pop()).sort(), files.sort());
});

test('a page begins with its usage and shows examples before it explains', () => {
  for (const page of PAGES) {
    const help = helpOf(page);
    assert.ok(help.startsWith(`usage: revisit ${page.name} `), page.name);
    assert.ok(page.examples.length >= (page.isPart ? 1 : 3), `${page.name}: examples`);
    for (const example of page.examples) {
      assert.ok(help.includes(`\n  ${example}\n`), `${page.name}: ${example}`);
      assert.ok(example.includes(`revisit ${page.name.split(' ')[0]}`), `${page.name}: ${example}`);
    }
    assert.ok(page.exits.includes(0) && page.exits.includes(2), `${page.name}: exit statuses`);
    for (const line of help.split('\n')) assert.ok(line.length <= 79 || /^(usage:| +revisit| +source)/.test(line), `${page.name}: ${line}`);
  }
});

test('help by name is the same as --help, of a part too', () => {
  for (const page of PAGES.filter(({ name }) => !TOPICS.includes(name))) assert.equal(printed('help', ...words(page)), helpOf(page), page.name);
  assert.equal(printed('help'), printed('--help'));
});

test('options are those of the page in the help, the man page and each completion, and none else is', () => {
  const man = printed('help', '--man', '1').replaceAll('\\-', '-');
  const [bash, zsh, fish] = ['bash', 'zsh', 'fish'].map(shell => printed('completion', shell));
  for (const page of PAGES) {
    const listed = [...helpOf(page).matchAll(/^  (?:-(\w), )?--([a-z-]+)(?: ([A-Z].*?))?(?:  .*)?$/gm)].map(([, letter, name, argument]) => ({ letter: letter ?? null, name, argument: argument ?? null, told: true }));
    assert.deepEqual(listed, told(page), page.name);
    const section = man.slice(man.indexOf(`.SH "REVISIT ${page.name.toUpperCase()}"`)).split('\n.SH ')[0];
    for (const { letter, name, argument } of told(page))
      assert.ok(section.includes(`\n\\fB${letter ? `-${letter}, ` : ''}--${name}${argument ? ` ${argument}` : ''}\\fR\n`), `revisit(1): ${page.name} --${name}`);
    const hidden = page.options.filter(option => !option.told);
    for (const { name } of hidden) assert.ok(!section.includes(`--${name} `) && !section.includes(`--${name}\\`), `revisit(1): ${page.name} --${name}`);
    const inBash = new RegExp(`^    '${page.name}:-'\\*\\) _revisit_words '(.*)' ;;$`, 'm').exec(bash)[1].split(' ');
    assert.deepEqual(inBash, [...told(page).flatMap(({ letter, name }) => [`--${name}`, ...(letter ? [`-${letter}`] : [])]), '--help'], `bash: ${page.name}`);
    const inFish = [...fish.matchAll(new RegExp(`-n '__revisit_at ${page.name}' -l ([a-z-]+)(?: -s (\\w))?`, 'g'))].map(([, name, letter]) => [name, letter ?? null]);
    assert.deepEqual(inFish, told(page).map(({ name, letter }) => [name, letter]), `fish: ${page.name}`);
    const inZsh = zsh.slice(zsh.indexOf(`  ('${page.name}')\n    _arguments`)).split(' ;;\n')[0];
    assert.deepEqual([...inZsh.matchAll(/^ +'(--?[a-z-]+)\[/gm)].map(([, name]) => name), inBash.filter(name => name), `zsh: ${page.name}`);
  }
});

const GOOD = { 'base-url': 'http://127.0.0.1:1', 'max-retries': '1', breaker: 'open', man: '7', 'visit-timeout': '1s', 'batch-timeout': '1s', 'min-gap': '1s', lines: '1',
  until: 'p1.v1', set: 'max_retries=1', matrix: 'max_retries=1', fault: 'p1.v1.a1.saveSOAP:hang', seeds: '1..2', seed: '1', 'max-faults': '1', jobs: '1', shard: '1/2', giant: '1', ignore: 'at' };
const ENOUGH = ['test --keys', 'help --man']; // whole commands

test('every option of a page is taken by its command', () => {
  for (const page of PAGES)
    for (const { letter, name, argument } of told(page)) {
      const more = page.name === 'doctor' ? ['nothing'] : []; // to be refused before it looks at anything
      const value = argument ? [GOOD[name] ?? fresh('value')] : [];
      for (const spelled of letter ? [`--${name}`, `-${letter}`] : [`--${name}`]) {
        const r = revisit([...words(page), spelled, ...value, ...more]);
        assert.equal(r.status, ENOUGH.includes(`${page.name} --${name}`) ? 0 : 2, `${page.name} ${spelled}: ${said(r)}`);
        assert.doesNotMatch(r.stderr, /is not an option|lacks its value|takes no value/, `${page.name} ${spelled}`);
        if (argument) refused(revisit([...words(page), spelled]), 2, new RegExp(`^revisit: ${page.name}: ${spelled} lacks its value`));
      }
    }
});

test('every part of a command is one', () => {
  const parts = PAGES.filter(page => page.isPart && /^DIR( \[|$)/.test(page.usage[0]));
  assert.ok(parts.length >= 5);
  for (const page of parts) refused(revisit([...words(page), '/nowhere']), 2, /\/nowhere: does not exist/);
});

test('what is nearly right is answered with what it nearly is', () => {
  refused(revisit(['run', '--max-retires', '1']), 2, /run: --max-retires is not an option here; did you mean --max-retries\?/);
  refused(revisit(['run', '--retries=1']), 2, /--retries=1 is not an option here; did you mean --max-retries\?/);
  refused(revisit(['check', '-x']), 2, /check: -x is not an option here; see/);
  refused(revisit(['recording', 'verfiy', 'x']), 2, /no 'verfiy' here; did you mean verify\?/);
  refused(revisit(['key', 'rotat', 'x']), 2, /no 'rotat' here; did you mean rotate\?/);
  refused(revisit(['help', 'exitcodes']), 2, /'exitcodes'; did you mean exit-codes\?/);
  refused(revisit(['help', 'whatfi']), 2, /did you mean whatif\?/);
  refused(revisit(['completion', 'fihs']), 2, /did you mean fish\?/);
  refused(revisit(['run', '--breaker', 'clsoed']), 2, /did you mean closed\?/);
  refused(revisit(['doctor', 'clocks']), 2, /did you mean clock\?/);
  refused(revisit(['events', 'shcema']), 2, /did you mean schema\?/);
  refused(revisit(['replay', 'x', '--until', 'p1.v1.a1.saveSOPA']), 2, /no step; did you mean saveSOAP\?/);
  refused(revisit(['whatif', 'x', '--fault', 'p1.v1.saveSOAP:lost_answr']), 2, /no kind of fault; did you mean lost_answer\?/);
  refused(revisit(['whatif', 'x', '--set', 'max_retrys=1']), 2, /max_retrys is no setting that can be changed; did you mean max_retries\?/);
  const far = refused(revisit(['qqqqqq']), 2, /there is no command 'qqqqqq'; revisit --help/);
  assert.doesNotMatch(far.stderr, /did you mean/);
});

test('topics tell what their tables hold', () => {
  for (const topic of TOPICS) assert.ok(printed('help', topic).length > 200, topic);
  assert.match(printed('help', 'faults'), /^  late_answer +it is done at once/m);
  assert.match(printed('help', 'settings'), /^  timeout_multiplier +0\.1 to 100/m);
  assert.match(printed('help', 'events'), /^visit_result$/m);
  assert.match(printed('help', 'recordings'), /^  session\.ndjson +all that crossed/m);
  assert.match(printed('help', 'errors'), /^  session_expired +the session has expired/m);
  assert.match(printed('help', 'marks'), /saveDiagnosis, navigatePTNote/);
  assert.match(printed('help', 'exit-codes'), /^  70 +an internal error/m);
});

test('the man pages are roff that groff reads without a word', { skip: !tool('groff', '--version') && 'groff is not installed' }, () => {
  for (const [section, name] of [['1', 'revisit'], ['5', 'revisit-recording'], ['7', 'revisit-events']]) {
    const path = put(`${name}.${section}`, printed('help', '--man', section));
    const r = tool('groff', '-man', '-ww', '-Tutf8', path);
    fine(r, path);
    assert.match(r.stdout.replace(/\x1b\[\d*m|.\x08/g, ''), new RegExp(`${name} +[-\u2010] `, 'i'));
  }
});

// The function is called as readline would: words and where the cursor stands.
const BASH_CASES = [
  [['re'], 'replay report recording'], [['run', '--b'], '--base-url --batch-timeout --breaker --browser'], [['recording', 'sl'], 'slice'], [['key', 'r'], 'rotate'], [['key', 'show', 'x', '--p'], '--public'],
  [['recording', 'slice', 'x', '--v'], '--visits'], [['run', '--breaker', ''], 'auto closed open'], [['run', '--breaker', '=', 'c'], 'closed'],
  [['whatif', 'x', '--set', 'm'], 'max_retries= min_gap='], [['help', 'ex'], 'exit-codes explain'], [['run', '--max-retries', ''], ''], [['run', 'fixtures/batches/clinic-3.j'], 'fixtures/batches/clinic-3.json'],
  [['replay', '--set'], ''],
];
test('bash completes commands, parts, options, values, topics and files', () => {
  const script = put('revisit.bash', printed('completion', 'bash'));
  const asked = BASH_CASES.map(([typed]) => `try ${typed.map(word => `'${word}'`).join(' ')}`).join('\n');
  const r = tool('bash', '-c', `source ${script}; try() { COMP_WORDS=(revisit "$@"); COMP_CWORD=$#; _revisit; echo "\${COMPREPLY[*]}"; }\n${asked}`);
  fine(r, 'bash');
  const answers = r.stdout.trimEnd().split('\n');
  BASH_CASES.forEach(([typed, expected], index) => assert.equal((answers[index] ?? '').split(' ').sort().join(' '), expected.split(' ').sort().join(' '), typed.join(' ')));
});

const without = shell => ({ skip: !tool(shell, '--version') && `${shell} is not installed` });
test('zsh reads its script', without('zsh'), () => fine(tool('zsh', '-n', put('_revisit', printed('completion', 'zsh'))), 'zsh'));

test('fish reads its script, and completes by it', without('fish'), () => {
  const script = put('revisit.fish', printed('completion', 'fish'));
  fine(tool('fish', '-n', script), 'fish');
  const r = tool('fish', '--no-config', '-c', `source ${script}; for line in 'revisit recording sl' 'revisit recording slice --v' 'revisit run --breaker c'; complete -C $line; end`);
  fine(r, 'fish');
  assert.deepEqual(r.stdout.trim().split('\n').map(line => line.split('\t')[0]), ['slice', '--visits', 'closed']);
});
