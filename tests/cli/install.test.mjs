// What is installed: the program's hardening as its ELF says it, files and modes, the
// systemd unit, the tarball, and that the directory it was built in leaves no trace.
import { after, test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { PROGRAM, environment, fresh } from './revisit.mjs';

const BUILD = process.env.BUILD ?? 'build';
const FLAGS = readFileSync(`${BUILD}/.flags`, 'utf8').trim();
const sanitized = /-fsanitize/.test(FLAGS) && 'a sanitizer watches this build';
const isX86 = process.arch === 'x64';

function ran(command, args, options = {}) {
  const r = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 26, env: environment({ LC_ALL: 'C.UTF-8' }), ...options });
  assert.equal(r.error, undefined, `${command}: ${r.error}`);
  return r;
}
function told(command, args, options) {
  const r = ran(command, args, options);
  assert.equal(r.status, 0, `${command} ${args.join(' ')}\n${r.stdout.slice(-2000)}${r.stderr.slice(-2000)}`);
  return r.stdout;
}
// The program stays as it is, by whatever flags it was built.
const make = (args, options) => told('make', ['--no-print-directory', '-o', `${BUILD}/revisit`, `BUILD=${BUILD}`, ...args], options);

// Each claim on what readelf prints of a program; what an unhardened one must break.
const CLAIMS = {
  'it may lie at any address': elf => /Type: +DYN/.test(elf) && /\(FLAGS_1\).*\bPIE\b/.test(elf),
  'its tables are read-only once it runs': elf => /GNU_RELRO/.test(elf) && /BIND_NOW/.test(elf),
  'its stack holds no code': elf => /GNU_STACK.* RW +0x/.test(elf),
  'no stack frame is left unguarded': elf => /__stack_chk_fail/.test(elf),
  'lengths are checked where the compiler knows them': elf => /__(memcpy|printf|fprintf|vsnprintf)_chk/.test(elf),
};
const NOTHING = {
  'no part of it can be both written and run': elf => !/ LOAD .* RWE /.test(elf) && !/TEXTREL/.test(elf),
  'it looks for libraries where the system does': elf => !/\((RPATH|RUNPATH)\)/.test(elf),
};
const elfOf = program => told('readelf', ['-hldW', '--dyn-syms', program]);

test('the program is hardened', { skip: sanitized }, () => {
  const elf = elfOf(PROGRAM), unoptimized = !/ -O[1-3s]\b/.test(FLAGS);
  for (const [claim, holds] of Object.entries({ ...CLAIMS, ...NOTHING }))
    assert.ok(holds(elf) || (unoptimized && /lengths/.test(claim)), claim);
  if (isX86) assert.match(told('readelf', ['-nW', `${BUILD}/engine/cli/main.o`]), /x86 feature: IBT, SHSTK/);
});

test('a program that is not hardened breaks each of these claims', () => {
  const program = fresh('soft'), source = `${program}.c`;
  writeFileSync(source, '#include <string.h>\n__attribute__((section(".both,\\"awx\\",@progbits#"))) int both = 1;\nint main(int argc, char **argv) { char a[64]; strcpy(a, argv[argc - 1]); return a[0]; }\n');
  told('gcc', ['-O2', '-U_FORTIFY_SOURCE', '-fno-stack-protector', '-no-pie', '-Wl,-z,norelro,-z,lazy,-z,execstack', '-Wl,-rpath,/nowhere', '-o', program, source]);
  const elf = elfOf(program);
  for (const [claim, holds] of Object.entries({ ...CLAIMS, ...NOTHING })) assert.ok(!holds(elf), claim);
});

const filesUnder = dir => readdirSync(dir, { recursive: true }).map(name => join(dir, name)).filter(path => statSync(path).isFile()).sort();

test('what is installed runs from there, and uninstall takes it away and nothing else', () => {
  const root = fresh('root'), program = join(root, 'opt/revisit/bin/revisit');
  make(['install', `DESTDIR=${root}`, 'PREFIX=/opt/revisit']);
  const files = filesUnder(root);
  for (const file of files) assert.equal((statSync(file).mode & 0o7777).toString(8), file === program ? '755' : '644', file);
  for (const name of ['lib/systemd/system/revisit@.service', 'lib/sysusers.d/revisit.conf', 'share/man/man1/revisit.1', 'share/man/man5/revisit-recording.5', 'share/man/man7/revisit-events.7',
    'share/bash-completion/completions/revisit', 'share/zsh/site-functions/_revisit', 'share/fish/vendor_completions.d/revisit.fish']) assert.ok(files.includes(join(root, 'opt/revisit', name)), name);
  assert.match(readFileSync(join(root, 'opt/revisit/share/man/man1/revisit.1'), 'utf8'), /^\.TH REVISIT 1/im);
  assert.equal(told(program, ['replay', 'fixtures/clinic-3']), told(PROGRAM, ['replay', 'fixtures/clinic-3']));
  const unit = readFileSync(join(root, 'opt/revisit/lib/systemd/system/revisit@.service'), 'utf8');
  assert.match(unit, /^ExecStart=\/opt\/revisit\/bin\/revisit run /m);
  assert.doesNotMatch(unit, /@BIN_DIR@/);
  const ours = join(root, 'opt/revisit/bin/another');
  writeFileSync(ours, '');
  make(['uninstall', `DESTDIR=${root}`, 'PREFIX=/opt/revisit']);
  assert.deepEqual(filesUnder(root), [ours]);
});

const hasSystemd = ran('sh', ['-c', 'command -v systemd-analyze']).status === 0;

test('systemd takes the unit without a word, and finds it little exposed', { skip: !hasSystemd && 'no systemd-analyze' }, () => {
  const root = fresh('root');
  make(['install', `PREFIX=${root}`]);
  const unit = join(root, 'lib/systemd/system/revisit@.service'), one = join(root, 'revisit@monday.service');
  cpSync(unit, one);
  const verified = ran('systemd-analyze', ['verify', '--man=no', unit.replace('@', '@monday')]);
  assert.equal(`${verified.status} ${verified.stdout}${verified.stderr}`, '0 ');
  assert.match(told('systemd-analyze', ['security', '--offline=true', '--threshold=30', one]), /Overall exposure level .*: [0-2]\.\d/);
});

// The names of a SystemCallFilter= line, with its groups taken apart as systemd lists them:
// a name in the first column, and under it what is in it.
function namesOf(words, groups) {
  return words.flatMap(word => word.startsWith('@') ? namesOf(groups.get(word), groups) : [word]);
}
function groupsOf(listing) {
  const groups = new Map();
  let group = [];
  for (const line of listing.split('\n')) {
    if (/^@/.test(line)) groups.set(line.trim(), group = []);
    else if (/^ +[@a-z]/.test(line)) group.push(line.trim());
  }
  return groups;
}

// As no user in particular, for as root the browser's sandbox would be left out.
test('what the program and its sandboxed browser ask of the kernel is what the unit lets through', { skip: !hasSystemd && 'no systemd-analyze' }, () => {
  const groups = groupsOf(told('systemd-analyze', ['syscall-filter']));
  const [allowed, denied] = [...readFileSync('engine/cli/install/revisit@.service.in', 'utf8').matchAll(/^SystemCallFilter=~?(.*)$/gm)].map(([, words]) => new Set(namesOf(words.split(' '), groups)));
  const dir = mkdtempSync(join(tmpdir(), 'revisit-calls-')), nobody = process.getuid() === 0 ? ['setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'] : [];
  after(() => rmSync(dir, { recursive: true }));
  cpSync(PROGRAM, join(dir, 'program'));
  for (const path of [dir, join(dir, 'program')]) chmodSync(path, 0o777);
  const [command, ...rest] = [...nobody, 'strace', '-f', '-qq', '-c', '-o', join(dir, 'calls'), join(dir, 'program'), 'doctor', 'browser', 'kernel', 'directories'];
  const r = ran(command, rest, { cwd: dir, env: environment({ HOME: dir, TMPDIR: dir, XDG_STATE_HOME: dir }) });
  assert.equal(r.status, 0, r.stdout + r.stderr);
  const used = [...readFileSync(join(dir, 'calls'), 'utf8').matchAll(/^ *\d.* ([a-z]\w*)$/gm)].map(([, name]) => name).filter(name => name !== 'total');
  for (const name of ['seccomp', 'unshare', 'chroot', 'landlock_restrict_self', 'flock']) assert.ok(used.includes(name), `${name} is not among ${used}`);
  assert.deepEqual(used.filter(name => !allowed.has(name) || denied.has(name)), [], 'the filter lacks these');
});

test('the unit never begins a batch again by itself', () => {
  const unit = readFileSync('engine/cli/install/revisit@.service.in', 'utf8');
  const all = name => [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value]) => value);
  assert.deepEqual(all('Restart'), ['no']);
  const statuses = [...readFileSync('engine/base/err.def', 'utf8').matchAll(/, (\d+)\)/g), ...readFileSync('engine/batch/batch_outcome.def', 'utf8').matchAll(/, (\d+)\)/g)]
    .map(([, status]) => status).filter(status => status !== '0');
  const prevented = all('RestartPreventExitStatus').join(' ').split(' ');
  assert.ok(statuses.length > 5);
  for (const status of [...statuses, '1', '8']) assert.ok(prevented.includes(status), `RestartPreventExitStatus lacks ${status}`);
  assert.deepEqual(all('SuccessExitStatus'), ['5']);
  assert.ok(Number(all('TimeoutStopSec')[0]) > 25, 'a stop has its grace');
});

const inGit = existsSync('.git') && 'the tarball is made of a commit';

test('two tarballs of one commit are the same bytes, and hold what the commit holds', { skip: !inGit }, () => {
  const sums = () => {
    make(['dist']);
    const name = readdirSync(BUILD).find(file => /^revisit-.*SHA256SUMS$/.test(file));
    return readFileSync(join(BUILD, name), 'utf8');
  };
  const first = sums();
  assert.match(first, /^[0-9a-f]{64}  revisit-[\d.]+\.tar\.gz\n[0-9a-f]{64}  revisit-[\d.]+\.tar\.zst\n$/);
  assert.equal(sums(), first);
  const [, name] = /  (revisit-[\d.]+)\.tar\.zst/.exec(first);
  const inside = told('tar', ['--zstd', '-tf', join(BUILD, `${name}.tar.zst`)]).split('\n').filter(path => path && !path.endsWith('/')).sort();
  assert.deepEqual(inside, told('git', ['ls-tree', '-r', '--name-only', 'HEAD']).trimEnd().split('\n').map(path => `${name}/${path}`).sort());
  assert.deepEqual(told('tar', ['-tzf', join(BUILD, `${name}.tar.gz`)]).split('\n').filter(path => path && !path.endsWith('/')).sort(), inside);
});

// Some objects are made in another directory, the rest is copied there; then it is linked.
test('the program is the same from a directory of another name', { skip: sanitized }, () => {
  const there = join(fresh('another-and-longer-name'), 'of-a-directory');
  const again = ['engine/cli/main.o', 'engine/base/err.o', 'engine/batch/runner.o', 'recorder/seccomp.o', 'page_script.o', 'report_parts.o'].map(name => join('build', name));
  mkdirSync(there, { recursive: true });
  for (const name of ['Makefile', 'engine', 'recorder', 'tests/standin/build.mk', 'tests/sweep', 'tests/torture', 'bench/build.mk']) cpSync(name, join(there, name), { recursive: true, filter: path => !path.includes('node_modules') });
  const [CC, ...rest] = FLAGS.split(' '), opt = rest.filter(flag => /^-O/.test(flag)).join(' ') || '-O0';
  told('make', ['-s', '-C', there, 'BUILD=build', `CC=${CC}`, `OPT=${opt}`, ...again]);
  for (const object of again) assert.ok(readFileSync(join(there, object)).equals(readFileSync(join(BUILD, object.slice('build/'.length)))), `${object} differs`);
  assert.ok(!readFileSync(PROGRAM).includes(resolve('.')), 'the program knows where it was built');
});
