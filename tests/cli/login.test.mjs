// A session that is kept sealed: from a window in which somebody logs in, or from a plain storage
// state; and a run that opens it. The site lets its browser in by itself, in the place of a person.
import { test, after } from 'node:test';
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { BATCH, NOWHERE, fresh, put, refused, revisit, revisitAsync, said, stateText } from './revisit.mjs';

const SECRET = 's3ssion.of-a-Person-4711', OTHER = 'an0ther-site-31337';
const SANDBOX = process.getuid() === 0 ? ['--no-sandbox'] : [];
const KEY = fresh('clinic.key');
assert.equal(revisit(['key', 'new', KEY]).status, 0);

// The main page sends who has no session to a form that sends itself; that sets the cookie. Another
// cookie is for a path, another is gone at once.
let asked = [];
const site = createServer((request, response) => {
  asked.push([request.method, request.url, request.headers.cookie ?? '']);
  const url = new URL(request.url, 'http://x');
  response.setHeader('content-type', 'text/html');
  if (url.pathname === '/login')
    return response.end('<form method=post action=/let-in><input name=factor value=2></form><script>document.forms[0].submit()</script>');
  if (url.pathname === '/let-in')
    return response.writeHead(302, { location: '/eClinic/clinic_main.aspx', 'set-cookie': [`ASP.NET_SessionId=${SECRET}; HttpOnly; Path=/`, 'lang=en; Path=/eClinic', 'gone=1; Max-Age=0'] }).end();
  if (url.pathname === '/eClinic/clinic_main.aspx' && !request.headers.cookie?.includes(SECRET))
    return response.writeHead(302, { location: '/login' }).end();
  response.end('<title>iClinic</title>');
});
await new Promise(done => site.listen(0, '127.0.0.1', done));
after(() => site.close());
const URL_OF_SITE = `http://127.0.0.1:${site.address().port}`;

const kept = (r, file) => {
  assert.equal(r.status, 0, said(r));
  const bytes = readFileSync(file);
  assert.equal(statSync(file).mode & 0o7777, 0o600);
  for (const text of [SECRET, OTHER, Buffer.from(SECRET).toString('base64').slice(0, 20)])
    assert.ok(!bytes.includes(text) && !(r.stdout + r.stderr).includes(text));
  return r.stdout;
};
// With the session of `file` a run asks the site for its main page, with exactly those cookies.
const asks = async file => {
  asked = [];
  const r = await revisitAsync(['run', BATCH, '--base-url', URL_OF_SITE, '--state', file, '--key', KEY, '--no-sandbox', '--run-dir', fresh('run')], { REVISIT_BROWSER: '/bin/false' });
  assert.ok(!(r.stdout + r.stderr).includes(SECRET));
};

test('who logs in is waited for, and the session is kept for that host alone', async () => {
  const file = fresh('site.session');
  const r = await revisitAsync(['login', '--base-url', URL_OF_SITE, '--state', file, '--seal-to', `${KEY}.pub`, '--headless', ...SANDBOX], {});
  assert.match(kept(r, file), /: 2 cookies of 127\.0\.0\.1, sealed to version 1\n$/);
  await asks(file);
  assert.ok(asked.some(([, , cookie]) => cookie.includes(SECRET) && cookie.includes('lang=en')));
});

test('a plain state is made a sealed one, of the one host, and is left for its owner to remove', async () => {
  const file = fresh('site.session'), state = JSON.parse(stateText(SECRET));
  state.cookies.push({ ...state.cookies[0], name: 'other', value: OTHER, domain: 'elsewhere.example' });
  state.origins.push({ origin: 'https://elsewhere.example', localStorage: [{ name: 'token', value: OTHER }] });
  const plain = put('state.json', JSON.stringify(state));
  const args = ['login', '--base-url', URL_OF_SITE, '--state', file, '--seal-to', `${KEY}.pub`, '--import', plain];
  const r = revisit(args);
  assert.match(kept(r, file), /: 1 cookies of 127\.0\.0\.1/);
  assert.match(r.stderr, /still holds the session in plain: remove it/);
  assert.ok(existsSync(plain));
  await asks(file);
  assert.ok(asked.some(([, , cookie]) => cookie === `ASP.NET_SessionId=${SECRET}`));
  refused(revisit(['run', BATCH, '--base-url', 'http://elsewhere.example', '--state', file, '--key', KEY, '--no-sandbox']), 2, /no cookie in it is for elsewhere\.example/);
  kept(revisit(args), file); // a sealed session is replaced
  refused(revisit([...args.slice(0, 4), plain, ...args.slice(5)]), 2, /is no sealed state: it is not replaced/);
  assert.equal(readFileSync(plain, 'utf8'), JSON.stringify(state));
  const recording = fresh('day.rvt');
  assert.equal(revisit(['recording', 'seal', 'fixtures/http-refused', '--to', `${KEY}.pub`, '-o', recording]).status, 0);
  const before = readFileSync(recording);
  refused(revisit([...args.slice(0, 4), recording, ...args.slice(5)]), 2, /is no sealed state: it is not replaced/);
  assert.deepEqual(readFileSync(recording), before);
});

test('a sealed session needs its key, and is no recording', () => {
  const file = fresh('site.session'), plain = put('state.json', stateText(SECRET));
  kept(revisit(['login', '--base-url', NOWHERE, '--state', file, '--seal-to', `${KEY}.pub`, '--import', plain]), file);
  const run = ['run', BATCH, '--base-url', NOWHERE, '--state', file, '--no-sandbox'];
  refused(revisit(run), 7, /is sealed to key .*name the key file with --key/);
  refused(revisit(['replay', file, '--key', KEY]), 2, /is a sealed session state; a recording is needed here/);
  const bytes = readFileSync(file);
  bytes[bytes.length - 40] ^= 1;
  writeFileSync(file, bytes);
  refused(revisit([...run, '--key', KEY]), 7, /damaged/);
  const open = fresh('open.key');
  writeFileSync(open, readFileSync(KEY));
  chmodSync(open, 0o640);
  refused(revisit([...run, '--key', open]), 7, /chmod 600/);
});

test('what makes no session is told before a window opens', () => {
  const all = { '--base-url': NOWHERE, '--state': fresh('s'), '--seal-to': `${KEY}.pub` };
  for (const option of Object.keys(all))
    refused(revisit(['login', ...Object.entries(all).filter(([name]) => name !== option).flat()]), 2, new RegExp(`${option} is needed`));
  refused(revisit(['login', ...Object.entries(all).flat(), '--import', put('state.json', '{"cookies":[]}')]), 2, /no cookie in it is for 127\.0\.0\.1/);
  assert.equal(existsSync(all['--state']), false);
});

test('a window in which nobody logs in is given up, and nothing is kept', async () => {
  const file = fresh('site.session');
  const r = await revisitAsync(['login', '--base-url', NOWHERE, '--state', file, '--seal-to', `${KEY}.pub`, '--headless', '--timeout', '1500ms', ...SANDBOX], {});
  assert.equal(r.status, 9, said(r));
  assert.match(r.stderr, /nobody logged in/);
  assert.equal(existsSync(file), false);
});
