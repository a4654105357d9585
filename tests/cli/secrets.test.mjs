// A session cookie is worth as much as a password. Its value goes to the browser and
// to the clinic's server; it stands in no byte that is written and in nothing that
// another process can see. Values that Chromium or a server may spell in other ways are
// looked for in those spellings too.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { spawn, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { BATCH, PROGRAM, environment, fresh, put, revisit, revisitAsync, runArguments, said, scratch, stateText } from './revisit.mjs';
import { runDir, runEnd, runStart } from './run_dir.mjs';
import { LOGIN_PAGE, MAIN_PAGE, answers, html, speaks } from './servers.mjs';

const SECRET = 'qZ7+xT/9s=ecretCookieValue';
const STATE = put('secret-state.json', stateText(SECRET));
const LOWER = encodeURIComponent(SECRET).replace(/%../g, escape => escape.toLowerCase()); // as .NET spells it
const SPELLINGS = [SECRET, encodeURIComponent(SECRET), LOWER, JSON.stringify(SECRET).slice(1, -1), SECRET.replaceAll('/', '\\/'),
  Buffer.from(SECRET).toString('base64').slice(0, -4), Buffer.from(SECRET).toString('hex'), Buffer.from(SECRET, 'utf8').toString('utf16le')];

function tellsNothing(bytes, where) {
  const text = Buffer.from(bytes).toString('latin1');
  for (const spelling of SPELLINGS) assert.ok(!text.includes(spelling), `${where} holds the cookie as ${spelling}`);
}

function filesBelow(dir) {
  return readdirSync(dir, { recursive: true }).map(name => join(dir, name)).filter(path => statSync(path).isFile());
}

function noFileTells(dir, least) {
  const files = filesBelow(dir);
  assert.ok(files.length >= least, `${dir}: ${files.length} files`);
  for (const path of files) tellsNothing(readFileSync(path), path);
}

// Servers that say the cookie back in every way that they have.
const echoes = [
  html(500, `<p>${SECRET} ${encodeURIComponent(SECRET)}</p>`, { 'set-cookie': `ASP.NET_SessionId=${SECRET}; path=/`, 'x-debug': SECRET }),
  html(302, '', { location: `/login_single.aspx?session=${encodeURIComponent(SECRET)}` }),
  html(302, '', { location: `/elsewhere/(S(${SECRET}))/` }),
  html(302, `<a href="/login_single.aspx?session=${LOWER}">`, { location: `/login_single.aspx?session=${LOWER}` }),
  html(200, `<html>${SECRET}</html>`),
  html(200, LOGIN_PAGE.replace('loginForm', SECRET)),
];

test('the planted value would be found', () => {
  assert.throws(() => tellsNothing(`x${SECRET}y`, 'here'));
  assert.throws(() => tellsNothing(Buffer.from(`cookie: ${Buffer.from(SECRET).toString('base64')}`), 'here'));
});

test('no byte of what a run leaves and says holds a cookie value', async () => {
  const urls = ['http://127.0.0.1:1', ...(await Promise.all(echoes.map(answer => answers(answer)))).map(server => server.url)];
  for (const url of urls) {
    const dir = fresh('recording'), runDir = fresh('run');
    const r = await revisitAsync(runArguments(BATCH, { url, state: STATE, more: ['--record', dir, '--run-dir', runDir] }));
    assert.ok([3, 9].includes(r.status), said(r));
    tellsNothing(r.stdout + r.stderr, 'the output');
    noFileTells(dir, 5);
    noFileTells(runDir, 2);
    const replay = revisit(['replay', dir]);
    assert.equal(replay.stdout, r.stdout, said(replay));
    for (const args of [['replay', dir, '--verify'], ['recording', 'info', dir], ['recording', 'verify', dir]]) tellsNothing(said(revisit(args)), args.join(' '));
  }
});

// A browser that writes down how it was started, and leaves.
test('no browser is told a cookie by its arguments or its environment', async () => {
  const seen = fresh('seen'), spy = put('spy', `#!/bin/sh\n{ tr '\\0' '\\n' </proc/$$/cmdline; tr '\\0' '\\n' </proc/$$/environ; } >${seen}\nexit 1\n`);
  const server = await answers(html(200, MAIN_PAGE)), dir = fresh('recording');
  spawnSync('chmod', ['755', spy]);
  const r = await revisitAsync(runArguments(BATCH, { url: server.url, state: STATE,
    more: ['--record', dir, '--browser', spy, '--max-retries', '0', '--run-dir', fresh('run')] }));
  assert.equal(r.status, 9, said(r));
  const told = readFileSync(seen, 'utf8');
  assert.match(told, /^--remote-debugging-pipe$/m);
  assert.match(told, /^HOME=/m);
  tellsNothing(told, 'the start of the browser');
  tellsNothing(r.stdout + r.stderr, 'the output');
  noFileTells(dir, 5);
});

// Root without its rights is a user like any other: only then a process of its own is closed to it.
const AS_A_USER = process.getuid() === 0 ? ['setpriv', '--bounding-set=-all'] : [];
function isReadable(pid) {
  const [command, ...args] = [...AS_A_USER, 'sh', '-c', `cat /proc/${pid}/environ && true`];
  return spawnSync(command, args).status === 0;
}

// While a server keeps a run waiting, its process is looked at from outside.
test('no other process sees a cookie in the arguments, or the environment of a run', async () => {
  const silent = await speaks(() => {}), dir = fresh('recording');
  const [command, ...args] = [...AS_A_USER, PROGRAM, ...runArguments(BATCH, { url: silent.url, state: STATE, more: ['--record', dir, '--run-dir', fresh('run')] })];
  const child = spawn(command, args, { env: environment({ TIMEOUT_MULTIPLIER: '0.1' }), stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const asked = new Promise(done => child.stdout.on('data', text => { output += text; if (silent.connections) done(); }));
  child.stderr.on('data', text => { output += text; });
  const ended = new Promise(done => child.on('close', done));
  while (!silent.connections) await Promise.race([asked, ended, new Promise(done => setImmediate(done))]);
  for (const file of ['cmdline', 'environ', 'status', 'comm']) tellsNothing(readFileSync(`/proc/${child.pid}/${file}`), file);
  assert.match(readFileSync(`/proc/${child.pid}/cmdline`, 'latin1'), /run/, 'the process was there');
  assert.ok(isReadable('$$') && !isReadable(child.pid), 'its memory is its own');
  assert.match(readFileSync(`/proc/${child.pid}/limits`, 'utf8'), /Max core file size +0 +0 /);
  assert.match(readFileSync(`/proc/${child.pid}/status`, 'utf8'), /^Umask:\t0077$/m);
  noFileTells(dir, 4);
  await ended;
  tellsNothing(output, 'the output');
});

test('nobody else may read what a run leaves', async () => {
  const dir = fresh('recording'), runDir = fresh('run');
  await revisitAsync(runArguments(BATCH, { state: STATE, more: ['--record', dir, '--run-dir', runDir] }));
  for (const place of [dir, runDir])
    for (const path of [place, ...filesBelow(place)]) assert.equal(statSync(path).mode & 0o077, 0, path);
});

// Whatever the shell's mask allows. A monitor's file holds numbers, for another user to fetch.
test('what a command is asked to write is its user\'s alone, and metrics are everybody\'s', () => {
  const made = ['report.html', 'replays.xml', 'receipts.ndjson', 'summary.md'].map(fresh), metrics = fresh('metrics.prom');
  const [html, junit, receipts, summary] = made;
  const script = 'umask 000; "$0" report fixtures/http-refused -o "$1"; "$0" check fixtures/http-refused --junit "$2" --receipts "$3" --step-summary "$4"; "$0" status "$6" --metrics "$5"';
  const dir = runDir([runStart(100), runEnd('complete', 1)], readFileSync('fixtures/clinic-100/events.ndjson'));
  const r = spawnSync('sh', ['-c', script, PROGRAM, html, junit, receipts, summary, metrics, dir], { encoding: 'utf8', env: environment() });
  for (const path of made) assert.equal(statSync(path).mode & 0o777, 0o600, `${path}: ${said(r)}`);
  assert.equal(statSync(metrics).mode & 0o777, 0o644, said(r));
});

test('no file of these tests but the state itself holds the value', () => {
  for (const path of filesBelow(scratch).filter(path => !path.endsWith('secret-state.json'))) tellsNothing(readFileSync(path), path);
});
