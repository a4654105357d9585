// The program from outside: started with arguments, judged by exit status, stdout and
// stderr. Every test file has one scratch directory, removed at its end, and the
// environment of a program is only what is written here.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after } from 'node:test';
import assert from 'node:assert/strict';

export const PROGRAM = resolve(process.env.BUILD ?? 'build', 'revisit');
export const BATCH = resolve('fixtures/batches/clinic-3.json');
export const NOWHERE = 'http://127.0.0.1:1';

export const scratch = mkdtempSync(join(tmpdir(), 'revisit-cli-'));
after(() => rmSync(scratch, { recursive: true, force: true }));

let made = 0;
export const fresh = name => join(scratch, `${++made}-${name}`);

export function put(name, content) {
  const path = fresh(name);
  writeFileSync(path, content);
  return path;
}

// A storage state with one cookie for the loopback address.
export function stateText(value = 'a0b1c2d3e4f5a6b7c8d9e0f1') {
  return JSON.stringify({ cookies: [{ name: 'ASP.NET_SessionId', value, domain: '127.0.0.1', path: '/', expires: -1,
    httpOnly: true, secure: false, sameSite: 'Lax' }], origins: [] });
}
export const STATE = put('state.json', stateText());

export function environment(more = {}) {
  return { PATH: process.env.PATH, HOME: scratch, TMPDIR: scratch, XDG_STATE_HOME: join(scratch, 'runs'), ...more };
}

// An answer takes at most two seconds (FAULTS: bounded); the limit here is wide only
// because the tests share two processors with others.
const LIMIT_MS = 20000;

export function revisit(args, { env = {}, under = [], ...options } = {}) {
  const [command, ...rest] = [...under, PROGRAM, ...args];
  const done = spawnSync(command, rest, { encoding: 'utf8', timeout: LIMIT_MS, maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'],
    ...options, env: environment(env) });
  assert.equal(done.error, undefined, `revisit ${args.join(' ')}: ${done.error}`);
  return done;
}

// At most 256 MiB of address space, and so of memory.
export const bounded = (args, options = {}) =>
  revisit(args, { under: ['sh', '-c', 'ulimit -v 262144; exec "$@"', 'sh'], ...options });

export const runArguments = (batch, { url = NOWHERE, state = STATE, more = [] } = {}) =>
  ['run', batch, '--base-url', url, '--state', state, '--no-sandbox', ...more];

// The same without waiting here, for a test that answers as a server meanwhile.
export function revisitAsync(args, env = {}) {
  return new Promise((done, fail) => {
    const child = spawn(PROGRAM, args, { env: environment(env), stdio: ['ignore', 'pipe', 'pipe'], timeout: LIMIT_MS });
    const said = { pid: child.pid, stdout: '', stderr: '' };
    child.stdout.on('data', text => { said.stdout += text; });
    child.stderr.on('data', text => { said.stderr += text; });
    child.on('error', fail);
    child.on('close', status => done({ ...said, status }));
  });
}

// What a command said, for the message of a failed claim.
export const said = r => `status ${r.status}\nstdout: ${r.stdout.slice(0, 1000)}\nstderr: ${r.stderr.slice(0, 2000)}`;

// The claim of most tests: this status, nothing on stdout, a sentence that matches.
export function refused(r, status, ...patterns) {
  assert.equal(r.status, status, said(r));
  assert.equal(r.stdout, '', said(r));
  assert.match(r.stderr, /^revisit: [^]+\n$/, said(r));
  for (const pattern of patterns) assert.match(r.stderr, pattern);
  return r;
}

// The words of a batch that no message may hold: names, birth dates, codes' names,
// lines of notes.
export function wordsOf(batch) {
  const words = new Set();
  const look = value => {
    if (typeof value === 'string' && value.length >= 8) value.split('\n').forEach(line => line.length >= 8 && words.add(line));
    else if (value && typeof value === 'object') Object.values(value).forEach(look);
  };
  const whole = JSON.parse(readFileSync(batch, 'utf8'));
  look((whole.data ?? whole).patients);
  return [...words];
}

const SECRET_WORDS = wordsOf(BATCH);
export function tellsNobody(r) {
  for (const word of SECRET_WORDS) assert.ok(!(r.stdout + r.stderr).includes(word), `the output holds "${word}"`);
}
