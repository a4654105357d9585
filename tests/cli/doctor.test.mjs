// `revisit doctor`: each row with what it looks at really broken - by a program in the
// browser's place, a library of another version, a system call that the kernel refuses, a
// directory that is none, a server that answers so - and what it then advises.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BATCH, NOWHERE, environment, fresh, put, refused, revisit, revisitAsync, runArguments, said, scratch, stateText } from './revisit.mjs';
import { LOGIN_PAGE, MAIN_PAGE, answers, html } from './servers.mjs';

const SUBJECTS = { browser: ['sandbox', 'browser'], libraries: ['libcurl', 'jansson', 'zstd', 'libsodium', 'libyaml', 'libmagic', 'TLS'],
  kernel: ['kernel', 'pidfd', 'seccomp', 'landlock', 'namespaces'], directories: ['runs', 'room', 'profile', 'memory', 'locks'], clock: ['monotonic', 'wall'] };

// The lines as rows by name; the status is what the lines say.
function rowsOf(r) {
  const rows = new Map();
  for (const [, level, name, text] of r.stdout.matchAll(/^(ok|warn|bad) +(\S+) +(.*)$/gm)) rows.set(name, { level, text });
  const bad = [...rows.values()].filter(row => row.level === 'bad').length;
  assert.equal(r.status, bad ? 9 : 0, said(r));
  assert.match(r.stdout, new RegExp(`\\b${bad} would stop a run\\n$`), said(r));
  assert.equal(r.stderr, '', said(r));
  return rows;
}
const look = (args, options) => rowsOf(revisit(['doctor', ...args], options));
const lookAsync = async args => rowsOf(await revisitAsync(['doctor', ...args]));

function isRow(rows, name, level, ...patterns) {
  const row = rows.get(name);
  assert.ok(row, `${name} is not among ${[...rows.keys()]}`);
  assert.equal(row.level, level, `${name}: ${row.text}`);
  for (const pattern of patterns) assert.match(row.text, pattern);
}

// The kernel's answer to a call, changed on its way back: strace's own words.
function injected(...changes) {
  return { under: ['strace', '-f', '-qq', '-o', '/dev/null', '-e', `trace=${changes.map(change => change.split(':')[0])}`, ...changes.flatMap(change => ['-e', `inject=${change}`])] };
}

function shim(source) {
  const path = fresh('shim.so');
  const built = spawnSync('gcc', ['-shared', '-fPIC', '-O1', '-x', 'c', '-o', path, '-'], { encoding: 'utf8', input: source, env: environment() });
  assert.equal(built.status, 0, built.stderr);
  return { env: { LD_PRELOAD: path } };
}

function script(text) {
  const path = put('browser', text);
  chmodSync(path, 0o755);
  return path;
}

const someDir = (mode = 0o700) => {
  const dir = fresh('dir');
  mkdirSync(dir);
  chmodSync(dir, mode);
  return dir;
};

test('what is well: every row, in a browser that is really started, and nothing is left behind', () => {
  const tmp = someDir(), state = someDir();
  const r = revisit(['doctor', '--no-sandbox'], { env: { TMPDIR: tmp, XDG_STATE_HOME: state } }), rows = rowsOf(r);
  assert.equal(r.status, 0, said(r));
  assert.deepEqual([...rows.keys()], Object.values(SUBJECTS).flat());
  isRow(rows, 'browser', 'ok', /Chrome\/\d+\..*: a page opened/);
  isRow(rows, 'sandbox', 'warn', /leave --no-sandbox out/);
  for (const name of ['pidfd', 'seccomp', 'namespaces', 'profile', 'locks', 'monotonic']) isRow(rows, name, 'ok');
  isRow(rows, 'runs', rows.get('runs').level, new RegExp(`^${state}`));
  assert.deepEqual([readdirSync(tmp), readdirSync(state)], [[], []]);
});

test('the same for programs, on one line', () => {
  const lines = look(['clock', 'libraries']), r = revisit(['doctor', 'clock', 'libraries', '--json']);
  assert.match(r.stdout, /^\{.*\}\n$/);
  const { version, findings, exitCode } = JSON.parse(r.stdout);
  assert.match(version, /^\d+\.\d+\.\d+$/);
  assert.equal(exitCode, r.status);
  assert.deepEqual(findings.map(({ name, level }) => [name, level]), [...lines].map(([name, { level }]) => [name, level]));
  for (const { what, remedy, name } of findings) assert.equal(lines.get(name).text.replace(/in steps of \d+/, ''), (remedy ? `${what}: ${remedy}` : what).replace(/in steps of \d+/, ''));
});

test('a subject chooses its rows; one that is none, and a state without its site, are usage', () => {
  for (const [subject, names] of Object.entries(SUBJECTS).filter(([subject]) => subject !== 'browser')) assert.deepEqual([...look([subject]).keys()], names);
  refused(revisit(['doctor', 'weather']), 2, /'weather' is no subject: browser, /);
  refused(revisit(['doctor', '--state', 'state.json']), 2, /--state goes with --base-url/);
  refused(revisit(['doctor', '--run-dir', '']), 2, /empty path/);
});

test('a browser that is not there, ends at once or speaks another protocol', () => {
  const old = script('#!/bin/sh\nprintf \'{"id":%d,"error":{"code":-32601,"message":"not found"}}\\0\' 1 2 3 4 5 6 7 8 >&4\nread _ <&3\n');
  for (const [browser, cause] of [['/nowhere/chromium', /there is none/], ['no-such-chromium', /there is none/], ['/bin/true', /could not be started/], [old, /could not be started .*refused/]])
    for (const r of [look(['browser', '--no-sandbox', '--browser', browser]), look(['browser', '--no-sandbox'], { env: { REVISIT_BROWSER: browser } })])
      isRow(r, 'browser', 'bad', cause, /install chromium-headless-shell, or name a Chromium with --browser or \$REVISIT_BROWSER/);
});

const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0;
test('no browser named and none installed', { skip: (!canMount && 'nothing can be mounted here') || (!existsSync('/usr/lib/chromium') && 'no browser to hide') }, () => {
  const hidden = { under: ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs none /usr/lib/chromium && export PATH='${someDir()}' && exec "$@"`, 'sh'] };
  isRow(look(['browser', '--no-sandbox'], hidden), 'browser', 'bad', /^chromium: there is none \(No such file or directory\): install chromium-headless-shell/);
  refused(revisit(runArguments(BATCH), hidden), 9, /chromium: no browser there \(No such file or directory\): install chromium-headless-shell/);
});

test('as root the sandbox must be left out in so many words', { skip: process.getuid() !== 0 && 'not root' }, () => {
  const rows = look(['browser']);
  isRow(rows, 'sandbox', 'bad', /run as another user, or add --no-sandbox/);
  assert.ok(!rows.has('browser'), 'it was not started');
});

test('libraries that are older than any that was tried', () => {
  const old = { zstd: 'ZSTD_versionString', jansson: 'jansson_version_str', libsodium: 'sodium_version_string', libyaml: 'yaml_get_version_string' };
  const rows = look(['libraries'], shim(Object.values(old).map((name, i) => `const char *${name}(void) { return "${['1.5', '2.13.9', '1.0', '0.2.4'][i]}"; }\n`).join('')));
  for (const name of Object.keys(old)) isRow(rows, name, 'warn', /is older than .*, the oldest that was tried: upgrade it/);
  isRow(look(['libraries'], shim('const char *jansson_version_str(void) { return "2.14.1+a"; }')), 'jansson', 'ok', /^2\.14\.1\+a: it refuses lone surrogates/);
});

test('libraries that are missing', () => {
  const dir = someDir();
  for (const name of ['libcurl.so.4', 'libmagic.so.1']) writeFileSync(join(dir, name), 'x');
  const env = { LD_LIBRARY_PATH: dir }, rows = look(['libraries'], { env });
  isRow(rows, 'libcurl', 'bad', /install libcurl4/);
  isRow(rows, 'TLS', 'warn', /speaks no https/);
  isRow(rows, 'libmagic', 'warn', /install libmagic1/);
  assert.match(revisit(['--version'], { env }).stdout, /^revisit \d+\.\d+\.\d+\n  libcurl +not there\n  jansson +2\.\d+/);
});

test('a kernel without pidfd, Landlock, user namespaces, or a filter of system calls', () => {
  const rows = look(['kernel'], injected('pidfd_open:error=ENOSYS', 'landlock_create_ruleset:error=ENOSYS', 'unshare:error=EPERM', 'seccomp:error=EINVAL'));
  isRow(rows, 'pidfd', 'warn', /Linux 5\.3/);
  isRow(rows, 'landlock', 'warn', /there is none.*Linux 5\.13/);
  isRow(rows, 'namespaces', 'bad', /no user namespace can be made \(Operation not permitted\).*user\.max_user_namespaces/);
  isRow(rows, 'seccomp', 'bad', /takes no system call filter/);
  isRow(look(['kernel'], injected('seccomp:retval=0')), 'seccomp', 'bad', /took a filter and does not keep it/);
  isRow(look(['kernel'], injected('landlock_restrict_self:retval=0')), 'landlock', 'warn', /does not hold: files stay open/);
  isRow(look(['kernel'], injected('landlock_restrict_self:error=EPERM')), 'landlock', 'bad', /refuses it, and so no replay begins/);
  isRow(look(['kernel', '--no-sandbox'], injected('unshare:error=ENOSPC')), 'namespaces', 'ok', /none is wanted/);
});

test('a place for runs that is none', () => {
  const file = put('file', '');
  isRow(look(['directories', '--run-dir', `${file}/run`]), 'runs', 'bad', /nothing can be made there \(Not a directory\)/, /--run-dir/);
  isRow(look(['directories', '--run-dir', '/proc/nothing']), 'runs', 'bad', /nothing can be made there/);
  isRow(look(['directories'], { env: { HOME: '', XDG_STATE_HOME: '' } }), 'runs', 'bad', /neither \$XDG_STATE_HOME nor \$HOME/);
  isRow(look(['directories', '--run-dir', someDir(0o755)]), 'runs', 'warn', /others can look into it \(mode 755\): chmod 700/);
});

test('a file system that makes nothing durable, or keeps no lock', () => {
  const args = ['directories', '--run-dir', someDir()];
  isRow(look(args, injected('fdatasync:error=EIO')), 'runs', 'bad', /does not make a file durable: Input\/output error/, /local disk/);
  isRow(look(args, injected('fsync:error=EINVAL')), 'runs', 'bad', /does not make a file's name durable/);
  const none = look(args, injected('flock:error=ENOLCK'));
  isRow(none, 'runs', 'bad', /keeps no lock \(flock\): No locks available/);
  isRow(none, 'locks', 'bad', /no lock can be taken there/);
  isRow(look(args, injected('flock:retval=0')), 'runs', 'bad', /keeps no lock \(flock\): name a directory/);
  isRow(look(args, injected('mkdir:error=ENOSPC')), 'profile', 'bad', /no private directory can be made.*No space left/, /\$TMPDIR/);
  assert.deepEqual(readdirSync(args.at(-1)), [], 'nothing is left behind');
});

test('a disk that is full, nearly full, read-only, or memory', { skip: !canMount && 'nothing can be mounted here' }, () => {
  const dir = someDir();
  const on = options => look(['directories', '--run-dir', `${dir}/monday`], { under: ['unshare', '-rm', 'sh', '-c', `mount -t tmpfs -o ${options} none '${dir}' && exec "$@"`, 'sh'] });
  isRow(on('size=1m'), 'room', 'bad', /: [01] MB are free.*make room/);
  isRow(on('size=500m'), 'room', 'warn', /: \d{3} MB are free/);
  isRow(on('size=2g'), 'runs', 'warn', /in memory, so a power cut takes the journal/);
  isRow(on('ro'), 'runs', 'bad', /Read-only file system/);
});

test('a clock that goes backwards, one of another century, one that nobody keeps', () => {
  const clock = body => shim(`#define _GNU_SOURCE\n#include <sys/syscall.h>\n#include <time.h>\n#include <unistd.h>\nint clock_gettime(clockid_t clock, struct timespec *now)\n{\n    int status = (int)syscall(SYS_clock_gettime, clock, now);\n    ${body}\n    return status;\n}\n`);
  isRow(look(['clock'], clock('static int n; if (clock == CLOCK_MONOTONIC) now->tv_sec -= 5 * n++;')), 'monotonic', 'bad', /goes backwards/);
  const early = clock('if (clock == CLOCK_REALTIME) now->tv_sec = 86400;');
  isRow(look(['clock'], early), 'wall', 'warn', /the year 1970.*timedatectl set-ntp true/);
  isRow(look(['clock', '--base-url', 'https://node.example'], early), 'wall', 'bad', /every certificate is refused/);
  isRow(look(['clock'], injected('clock_adjtime:retval=5')), 'wall', 'warn', /nothing keeps the clock right/);
  isRow(look(['clock'], injected('clock_adjtime:retval=0')), 'wall', 'ok', /kept right from outside/);
  isRow(look(['clock'], injected('clock_adjtime:error=EPERM')), 'wall', 'ok', /does not say whether/);
});

test('the site is asked as before a batch', async () => {
  const url = async answer => (await answers(answer)).url;
  isRow(look(['site', '--base-url', NOWHERE]), 'site', 'bad', /cannot be reached: the server refused the connection/);
  isRow(await lookAsync(['site', '--base-url', await url(html(500, ''))]), 'site', 'bad', /status 500/);
  isRow(await lookAsync(['site', '--base-url', await url(html(200, 'It works'))]), 'site', 'bad', /is not the EHR's: check --base-url/);
  isRow(await lookAsync(['site', '--base-url', await url(html(200, MAIN_PAGE))]), 'site', 'ok', /the EHR answers$/);
  isRow(await lookAsync(['site', '--base-url', await url(html(200, LOGIN_PAGE))]), 'site', 'ok', /its login page answers/);
  const clear = (await url(html(200, MAIN_PAGE))).replace('127.0.0.1', '0.0.0.0');
  isRow(await lookAsync(['site', '--base-url', clear]), 'transport', 'warn', /in the clear: use https/);
});

test('a session: good, over, past its end, readable by others, not there', async () => {
  const state = put('state.json', stateText()), server = await answers(html(200, MAIN_PAGE)), login = await answers(html(200, LOGIN_PAGE));
  chmodSync(state, 0o600);
  const ask = (url, file) => lookAsync(['site', '--base-url', url, '--state', file]);
  const good = await ask(server.url, state);
  isRow(good, 'site', 'ok', /the session is good/);
  isRow(good, 'state', 'ok', /: 1 cookies for 127\.0\.0\.1/);
  assert.equal(server.requests[0].headers.cookie, 'ASP.NET_SessionId=a0b1c2d3e4f5a6b7c8d9e0f1');
  isRow(await ask(login.url, state), 'site', 'bad', /the session of .* is over: log in anew/);
  const past = put('past.json', stateText().replace('"expires":-1', '"expires":1000'));
  chmodSync(past, 0o600);
  isRow(await ask(server.url, past), 'state', 'warn', /1 of its 1 cookies .* past their end/);
  chmodSync(state, 0o644);
  isRow(await ask(server.url, state), 'state', 'warn', /others can read it \(mode 644\).*chmod 600/);
  const asked = server.requests.length;
  isRow(await ask(server.url, '/nowhere/state.json'), 'state', 'bad', /no such file/);
  assert.equal(server.requests.length, asked, 'without its session the site is not asked');
});

test('no finding quotes a cookie', async () => {
  const state = put('state.json', stateText('S3CRET-VALUE')), server = await answers(html(302, '', { location: '/login_single.aspx' }));
  for (const more of [[], ['--json']]) {
    const r = await revisitAsync(['doctor', 'site', '--base-url', server.url, '--state', state, ...more]);
    assert.equal(r.status, 9, said(r));
    assert.doesNotMatch(r.stdout + r.stderr, /S3CRET/);
  }
  assert.ok(existsSync(scratch));
});

test('a key: good, old, of another version, open to others, a link, damaged, not there', () => {
  const key = fresh('clinic.key'), look1 = (path, options) => look(['key', '--key', path], options);
  assert.equal(revisit(['key', 'new', key]).status, 0);
  isRow(look1(key), 'key', 'ok', /: version 1, 0 days old, id [0-9a-f]{32}$/);
  isRow(look1(`${key}.pub`), 'key', 'ok', /\.pub: version 1, 0 days old/);
  isRow(look1(key, shim('#define _GNU_SOURCE\n#include <sys/syscall.h>\n#include <time.h>\n#include <unistd.h>\nint clock_gettime(clockid_t clock, struct timespec *now)\n{\n    int status = (int)syscall(SYS_clock_gettime, clock, now);\n    if (clock == CLOCK_REALTIME) now->tv_sec += 81 * 86400;\n    return status;\n}\n')), 'key', 'warn', /version 1 is 81 days old, more than 80: revisit key rotate/);
  isRow(look1(key, { env: { FIELD_ENCRYPTION_KEY_VERSION: '7' } }), 'key', 'bad', /its version is 1, and \$FIELD_ENCRYPTION_KEY_VERSION says 7/);
  const linked = fresh('link.key');
  symlinkSync(key, linked);
  isRow(look1(linked), 'key', 'bad', /link/);
  chmodSync(key, 0o644);
  isRow(look1(key), 'key', 'bad', /chmod 600/);
  chmodSync(key, 0o600);
  const text = readFileSync(key, 'utf8'), secret = /^key \d+ \S+ \S+ ([0-9a-f]+)$/m.exec(text)[1];
  writeFileSync(key, text.replace(/^check ./m, 'check x'));
  isRow(look1(key), 'key', 'bad');
  isRow(look1('/nowhere/clinic.key'), 'key', 'bad');
  for (const path of [key, linked]) assert.ok(!revisit(['doctor', 'key', '--key', path]).stdout.includes(secret.slice(0, 16)), 'the key is never printed');
});
