// The look before a batch: one GET of the main page, of which every failure has a name
// of its own; and browsers that are none. Nothing is left running and nobody waits
// longer than the budget.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import https from 'node:https';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { BATCH, PROGRAM, STATE, environment, fresh, put, refused, revisit, revisitAsync, runArguments, said, tellsNobody } from './revisit.mjs';
import { LOGIN_PAGE, MAIN_PAGE, answers, answersOverTls, html, speaks } from './servers.mjs';
import { selfSigned } from './certificate.mjs';

const TENTH = { TIMEOUT_MULTIPLIER: '0.1' };

// Runs the batch of three visits against url, recorded; returns what was said, the
// events, and where the recording is.
async function run(url, { more = [], env = {} } = {}) {
  const dir = fresh('recording'), began = performance.now();
  const r = await revisitAsync(runArguments(BATCH, { url, more: ['--record', dir, '--run-dir', fresh('run'), ...more] }), { ...TENTH, ...env });
  tellsNobody(r);
  return { ...r, dir, tookMs: performance.now() - began, events: r.stdout.trimEnd().split('\n').map(line => JSON.parse(line)) };
}

function replaysToTheSame(r) {
  const replay = revisit(['replay', r.dir]);
  assert.equal(replay.status, 0, said(replay));
  assert.equal(replay.stdout, r.stdout);
  if (r.events.at(-1).outcome === 'environment') assert.match(replay.stderr, /^revisit: the recorded run was ended by its environment: [^\n]+\n$/);
  else assert.equal(replay.stderr, '');
  assert.equal(revisit(['replay', r.dir, '--verify']).status, 0);
  assert.equal(revisit(['recording', 'verify', r.dir]).status, 0);
}

function nothingWasAttempted(r, outcome) {
  const summary = r.events.at(-1);
  assert.equal(summary.type, 'batch_summary');
  assert.equal(summary.outcome, outcome);
  assert.equal(summary.notAttempted, 3);
  const results = r.events.filter(event => event.type === 'visit_result');
  assert.deepEqual(results.map(({ outcome: one, attempt }) => [one, attempt]), Array(3).fill(['not_attempted', 0]));
  assert.ok(!r.events.some(event => event.type === 'browser'), 'no browser was started');
}

async function isRefused(url, cause) {
  const r = await run(url);
  assert.equal(r.status, 9, said(r));
  assert.match(r.stderr, cause);
  assert.ok(r.stderr.includes(url), 'the address is named');
  nothingWasAttempted(r, 'environment');
  replaysToTheSame(r);
  return r;
}

// Row 12.
test('a server that is not there', async () => {
  const server = await answers(html(200, ''));
  await server.stop();
  await isRefused(server.url, /cannot be reached: the server refused the connection; nothing was started/);
});

test('a host name that cannot be resolved', () => {
  // Without a network, so that no name server is asked.
  const r = spawnSync('unshare', ['-rn', PROGRAM, ...runArguments(BATCH, { url: 'http://ehr.invalid', state: put('state.json',
    readFileSync(STATE, 'utf8').replace('127.0.0.1', 'ehr.invalid')) })], { encoding: 'utf8', env: environment(TENTH), timeout: 20000 });
  assert.equal(r.status, 9, said(r));
  assert.match(r.stderr, /http:\/\/ehr\.invalid cannot be reached: the host name could not be resolved/);
});

const cut = { 'content-type': 'text/html', 'content-length': '100000' };
const broken = [
  ['a connection that is reset', socket => socket.once('data', () => socket.resetAndDestroy()), /connection was reset/],
  ['a connection that is closed without an answer', socket => socket.once('data', () => socket.end()), /closed without an answer/],
  ['an answer that is not HTTP', socket => socket.once('data', () => socket.end('220 mail.example ESMTP\r\n')), /not HTTP/],
  ['an answer that never comes', () => {}, /did not come in time/],
  ['an answer of one byte at a time', socket => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 100000\r\n\r\n');
    const timer = setInterval(() => socket.write('x'), 50);
    socket.on('close', () => clearInterval(timer));
  }, /did not come in time/],
  ['a header without end', socket => {
    socket.write('HTTP/1.1 200 OK\r\n');
    const more = () => { while (socket.writable && socket.write(`X-More: ${'x'.repeat(60000)}\r\n`)); };
    socket.on('drain', more).once('data', more);
  }, /larger than the limit/],
];
for (const [what, talk, cause] of broken)
  test(what, async () => {
    const server = await speaks(talk);
    await isRefused(server.url, cause);
    assert.equal(server.connections, 1, 'asked once');
    await server.stop();
  });

test('an answer that ends before its body is whole', async () => {
  const server = await answers((_, response) => response.writeHead(200, cut).write('<html>', () => response.destroy()));
  await isRefused(server.url, /ended before its body was whole|connection was reset/);
});

test('a body without end, in bounded memory', async () => {
  const server = await answers((_, response) => {
    const more = () => { while (response.writable && !response.destroyed && response.write('x'.repeat(1 << 20))); };
    response.writeHead(200, { 'content-type': 'text/html' }).on('drain', more);
    more();
  });
  const r = await isRefused(server.url, /larger than the limit|did not come in time/);
  assert.ok(readFileSync(`${r.dir}/session.ndjson`).length < 64 << 20);
});

const statuses = [[500, {}, /answers its main page with status 500/], [404, {}, /status 404/], [403, {}, /status 403/], [204, {}, /status 204/],
  [503, { 'retry-after': '3600' }, /status 503 and asks to wait 3600 s/], [429, { 'retry-after': '1' }, /status 429 and asks to wait 1 s/, 3],
  [503, { 'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT' }, /status 503/], [302, { location: '/elsewhere.aspx?from=login' }, /redirects its main page elsewhere \(status 302\)/],
  [301, { location: 'http://127.0.0.2:1/' }, /elsewhere \(status 301\)/]];
for (const [status, headers, cause, asked = 1] of statuses)
  test(`a status ${status} ${JSON.stringify(headers)}`, async () => {
    const server = await answers(html(status, status === 204 ? '' : '<html>TEST, ALPHA 01/02/1903</html>', headers));
    await isRefused(server.url, cause);
    assert.equal(server.requests.length, asked, 'asked again where it says when, and no redirect is followed');
  });

test('a page that is not the EHR', async () => {
  for (const page of ['<html><body>It works!</body></html>', '', '{"ok":true}', '%PDF-1.7'])
    await isRefused((await answers(html(200, page))).url, /its main page is not the EHR's: check --base-url/);
});

test('the login page, or a redirect to it, is an expired session: exit 3', async () => {
  const elsewhere = await answers(html(200, LOGIN_PAGE));
  for (const answer of [html(200, LOGIN_PAGE), html(302, '', { location: '/login_single.aspx' }), html(302, '', { location: `${elsewhere.url}/login_central.aspx?next=1` }),
    html(302, '', { location: '/eClinic/timeout.aspx' }), html(302, '', { location: '/Login/?ReturnUrl=%2feClinic%2fclinic_main.aspx' }),
    html(302, '', { location: '//login.example.test/start.aspx' }), html(302, '', { location: 'https://login.example.test' })]) {
    const r = await run((await answers(answer)).url);
    assert.equal(r.status, 3, said(r));
    nothingWasAttempted(r, 'fatal');
    assert.equal(r.events.at(-1).errorKind, 'session_expired');
    assert.ok(r.events.some(event => event.type === 'session' && event.state === 'expired'), r.stdout);
    replaysToTheSame(r);
  }
  assert.equal(elsewhere.connections, 0, 'the cookie goes to no other host');
});

test('a server without TLS, one without a certificate, and one whose certificate nobody signed', async () => {
  const servers = [await answers(html(200, MAIN_PAGE)), await answersOverTls({}, html(200, MAIN_PAGE)), await answersOverTls(selfSigned(), html(200, MAIN_PAGE))];
  for (const server of servers) {
    await isRefused(server.url.replace(/^http:/, 'https:'), /cannot be reached: the TLS handshake failed/);
    assert.equal(server.requests.length, 0, 'no request and so no cookie was sent');
  }
});

test('that certificate is refused for its signer alone: one who knows it takes it', async () => {
  const made = selfSigned(), server = await answersOverTls(made, html(200, MAIN_PAGE));
  const status = await new Promise((done, fail) => https.get(server.url, { ca: made.cert }, answer => done(answer.resume().statusCode)).on('error', fail));
  assert.equal(status, 200);
});

test('the look is one GET with the cookies of that host and nothing else of the state', async () => {
  const server = await answers(html(500, ''));
  const state = { cookies: ['127.0.0.1', 'other.example', '.example'].map((domain, i) => ({ name: `c${i}`, value: `v${i}`, domain, path: '/' })), origins: [] };
  await revisitAsync(runArguments(BATCH, { url: server.url, state: put('state.json', JSON.stringify(state)) }));
  const [{ method, url, headers }] = server.requests;
  assert.equal(`${method} ${url}`, 'GET /eClinic/clinic_main.aspx');
  assert.equal(headers.cookie, 'c0=v0');
  assert.equal(server.requests.length, 1);
});

test('the environment does not lead the look elsewhere', async () => {
  const proxy = await answers(html(200, MAIN_PAGE)), server = await answers(html(500, ''));
  const env = Object.fromEntries(['http_proxy', 'HTTP_PROXY', 'ALL_PROXY', 'all_proxy', 'https_proxy'].map(name => [name, proxy.url]));
  const r = await run(server.url, { env });
  assert.match(r.stderr, /status 500/);
  assert.equal(proxy.connections, 0);
});

// Row 11.
const browsers = () => {
  const script = (name, text) => {
    const path = put(name, text);
    spawnSync('chmod', ['755', path]);
    return path;
  };
  return [
    ['one that dies at start', '/bin/false', /the browser could not be started.*pipe was closed/],
    ['one that ends at once', '/bin/true', /the browser could not be started/],
    ['one that says everything back', script('echo', '#!/bin/sh\nexec cat <&3 >&4\n'), /could not be started.*refused/],
    ['one of another protocol', script('old', '#!/bin/sh\nprintf \'{"id":%d,"error":{"code":-32601,"message":"not found"}}\\0\' 1 2 3 4 5 6 7 8 >&4\nread _ <&3\n'), /could not be started.*refused/],
    ['one that is no program', script('none', 'MZ'), /could not be started|no browser/],
    ['one whose interpreter is missing', script('lost', '#!/nowhere/sh\n'), /could not be started/],
  ];
};

test('a browser that is none costs exit 9 and says what to install or set', async () => {
  const server = await answers(html(200, MAIN_PAGE));
  for (const [what, browser, cause] of browsers()) {
    const r = await run(server.url, { more: ['--browser', browser, '--max-retries', '0'] });
    assert.equal(r.status, 9, `${what}: ${said(r)}`);
    assert.match(r.stderr, cause, what);
    assert.match(r.stderr, /install chromium-headless-shell, or name a Chromium with --browser or \$REVISIT_BROWSER/, what);
    assert.equal(r.events.at(-1).outcome, 'environment');
    replaysToTheSame(r);
  }
});

test('a browser that is not there is told before anything is started or asked', async () => {
  const server = await answers(html(200, MAIN_PAGE)), runDir = fresh('run');
  const plain = put('plain', 'x');
  for (const browser of ['/nowhere/chromium', 'no-such-chromium', plain, '/tmp'])
    for (const [more, env] of [[['--browser', browser], {}], [[], { REVISIT_BROWSER: browser }]]) {
      const r = await revisitAsync(runArguments(BATCH, { url: server.url, more: ['--run-dir', runDir, ...more] }), env);
      refused(r, 9, /no browser there/, /install chromium-headless-shell, or name a Chromium with --browser or \$REVISIT_BROWSER/);
      assert.ok(r.stderr.includes(browser));
    }
  assert.ok(!existsSync(runDir), 'no run directory');
  assert.equal(server.connections, 0);
});

test('as root without --no-sandbox it says so, and never adds it by itself', { skip: process.getuid() !== 0 && 'not root' }, () => {
  refused(revisit(runArguments(BATCH).filter(argument => argument !== '--no-sandbox')), 9, /does not run as root/, /--no-sandbox/);
});

// Row 25: the wall clock jumps an hour back, or a year on, at every look; and a zone
// that is made up for the day begins its daylight saving time in mid-run.
function zoneThatBeginsSummerIn(ms) {
  const at = new Date(Date.now() + ms), day = Math.floor((at - Date.UTC(at.getUTCFullYear())) / 86400000);
  return `WINTER0SUMMER,${day}/${at.toISOString().slice(11, 19)},${(day + 100) % 365}/2`;
}

function clocks() {
  const shim = fresh('clock.so'), jumps = CLOCK_STEP => ({ LD_PRELOAD: shim, CLOCK_STEP });
  const built = spawnSync(process.env.CC ?? 'gcc', ['-shared', '-fPIC', '-O1', '-o', shim, 'tests/cli/jumping_clock.c'], { encoding: 'utf8' });
  assert.equal(built.status, 0, built.stderr);
  return [{}, jumps('-3600'), jumps('31536000'), { TZ: zoneThatBeginsSummerIn(1000) }, { ...jumps('-3600'), TZ: 'America/New_York' }];
}

const whenIt = (r, type) => r.events.find(event => event.type === type).at;
const withoutInstants = ({ at, duration, totalMs, ...rest }) => rest;

async function sameWithEveryClock(url, { more, isAsItShould }) {
  const runs = await Promise.all(clocks().map(env => run(url, { more, env }).then(r => ({ ...r, env }))));
  for (const r of runs) {
    isAsItShould(r);
    assert.deepEqual(r.events.map(withoutInstants), runs[0].events.map(withoutInstants), JSON.stringify(r.env));
    assert.ok(whenIt(r, 'batch_summary') <= r.tookMs, `the run lasted ${whenIt(r, 'batch_summary')} ms by its own clock and ${r.tookMs} ms by ours`);
    replaysToTheSame(r);
  }
  const year = r => new Date(JSON.parse(readFileSync(`${r.dir}/manifest.json`, 'utf8')).wall / 1000).getUTCFullYear();
  assert.ok(year(runs[2]) > year(runs[0]), 'the program saw the clock jump');
}

test('the wall clock has no influence on a wait for an answer', async () => {
  const silent = await speaks(() => {});
  await sameWithEveryClock(silent.url, { more: [], isAsItShould(r) {
    assert.match(r.stderr, /did not come in time/);
    assert.ok(whenIt(r, 'batch_summary') >= 1500, 'a tenth of 15 s');
  } });
});

test('the wall clock has no influence on visits, starts of a browser and the wait before a retry', async () => {
  const server = await answers(html(200, MAIN_PAGE));
  await sameWithEveryClock(server.url, { more: ['--browser', '/bin/false', '--max-retries', '1'], isAsItShould(r) {
    assert.equal(r.status, 9, said(r));
    const again = r.events.find(event => event.type === 'visit_start' && event.attempt === 2);
    assert.ok(again.at - whenIt(r, 'retry') >= 2000, r.stdout);
    assert.equal(r.events.filter(event => event.type === 'visit_start').length, 3);
  } });
});

test('nothing is left behind: no process, no private directory', async () => {
  const tmp = fresh('tmp'), server = await answers(html(200, MAIN_PAGE));
  spawnSync('mkdir', [tmp]);
  const sleeper = put('sleeper', '#!/bin/sh\nsleep 321 &\nexit 1\n');
  spawnSync('chmod', ['755', sleeper]);
  const r = await run(server.url, { more: ['--browser', sleeper, '--max-retries', '0'], env: { TMPDIR: tmp } });
  assert.equal(r.status, 9, said(r));
  assert.deepEqual(readdirSync(tmp), []);
  const left = readdirSync('/proc').filter(name => /^\d+$/.test(name)).filter(pid => {
    try { return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(tmp); } catch { return false; }
  });
  assert.deepEqual(left, []);
});
