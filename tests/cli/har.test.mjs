// revisit recording import-har: HARs as Chromium, Firefox and Playwright write them become a
// source for browser replay; what is none is refused with the place in it, within bounds.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { BATCH, bounded, fresh, put, refused, revisit, said } from './revisit.mjs';

const SITE = 'https://ehr.example';
const SECRET = 'Zx9Q7secretVALUE31337';
const headers = (more = []) => [{ name: 'Content-Type', value: 'text/html' }, ...more];

function entry(method, path, content, more = {}, request = {}) {
  return { startedDateTime: '2026-11-25T14:26:52.500+05:30', time: 12.75, cache: {}, timings: { send: 0, wait: 10.5, receive: 2.25 },
    request: { method, url: SITE + path, httpVersion: 'HTTP/1.1', cookies: [], headers: [{ name: 'Cookie', value: `sid=${SECRET}` },
      { name: 'Authorization', value: 'Bearer TOKEN-THAT-IS-LEFT-OUT' }], queryString: [], headersSize: -1, bodySize: 0, ...request },
    response: { status: 200, statusText: 'OK', httpVersion: 'HTTP/1.1', cookies: [], headers: headers(), redirectURL: '', headersSize: -1, bodySize: -1,
      content, ...more } };
}
const harOf = (...entries) => ({ log: { version: '1.2', creator: { name: 'x', version: '1' }, entries } });
const imported = (har, name = 'any.json') => {
  const dir = fresh('imported');
  const r = revisit(['recording', 'import-har', put(name, typeof har === 'string' ? har : JSON.stringify(har)), '-o', dir]);
  return { dir, ...r };
};
const network = dir => readFileSync(join(dir, 'network.ndjson'), 'utf8');
const bodies = dir => readdirSync(join(dir, 'bodies')).map(name => readFileSync(join(dir, 'bodies', name), 'latin1')).sort();

test('what was exported comes back the same, and answers a run', () => {
  const har = fresh('c.har'), again = fresh('d.har');
  assert.equal(revisit(['recording', 'export-har', 'fixtures/clinic-3', '-o', har]).status, 0);
  const { dir, status, stderr } = imported(readFileSync(har, 'utf8'), 'c');
  assert.equal(status, 0, stderr);
  assert.match(revisit(['recording', 'verify', dir]).stdout, /whole: \d+ files, 0 entries/);
  assert.equal(revisit(['recording', 'export-har', dir, '-o', again]).status, 0);
  // Cookie values have stand-ins anew.
  const of = path => JSON.parse(readFileSync(path, 'utf8').replace(/\b[a-z\d]{24}\b|checkoutPage=\d+/g, '#')).log.entries.map(({ request, response, _mark }) =>
    [_mark, request.method, request.url, request.postData?.text, response.status, response.content.text, response.content.encoding]).sort();
  assert.deepEqual(of(again), of(har));
  const run = revisit(['run', BATCH, '--replay-network', dir, '--no-sandbox', '--breaker', 'open', '--run-dir', fresh('run')]);
  assert.equal(run.status, 4, said(run));
  refused(revisit(['replay', dir]), 2, /holds requests and answers alone, and no run: import-har made it/);
});

test('Chromium, Firefox and Playwright: failures, missing and binary bodies, bodies in files', () => {
  const dir = fresh('playwright'), out = fresh('out');
  mkdirSync(dir);
  writeFileSync(join(dir, 'b0d1.html'), '<p>attached</p>');
  writeFileSync(join(dir, 'any'), '\ufeff' + JSON.stringify(harOf(
    entry('GET', '/page', { size: 15, mimeType: 'text/html', _file: 'b0d1.html' }),
    entry('GET', '/font', { size: 3, mimeType: 'font/woff', text: 'AP/+', encoding: 'base64' }, { headers: headers([{ name: 'Set-Cookie', value: `sid=${SECRET}; HttpOnly` }, { name: 'set-cookie', value: 'b=2' }]) }),
    entry('GET', '/gone', { size: 0 }, { status: 0, _error: 'net::ERR_CONNECTION_RESET' }),
    entry('GET', '/aborted', { size: -1 }, { status: -1, _failureText: 'NS_BINDING_ABORTED' }),
    entry('GET', '/forgotten', { size: 99, mimeType: 'text/html' }),
    entry('POST', '/save', { size: 2, text: 'ok' }, {}, { postData: { mimeType: 'application/x-www-form-urlencoded', params: [], text: 'a=1' } }))));
  const r = revisit(['recording', 'import-har', join(dir, 'any'), '-o', out]);
  assert.equal(r.status, 0, said(r));
  assert.match(r.stderr, /: 6 requests of .*, 2 of them failed; 1 answers are there without a body/);
  assert.deepEqual(bodies(out), ['\0\xff\xfe', '<p>attached</p>', 'ok']);
  const text = network(out);
  assert.match(text, /"errorText":"net::ERR_CONNECTION_RESET"/);
  assert.match(text, /"errorText":"net::ERR_FAILED"/);
  assert.match(text, /"Set-Cookie":"sid=[^"]*\\nb=2"/);
  assert.ok(text.includes(`"wallTime":${Date.parse('2026-11-25T14:26:52+05:30') / 1000}.500000`), 'the instant, in its zone');
  assert.doesNotMatch(text, new RegExp(`${SECRET}|TOKEN-THAT-IS-LEFT-OUT`));
});

test('what was given up after its headers came stays so, there and back', () => {
  const given = { ...entry('GET', '/half', { size: -1 }, { _error: 'net::ERR_ABORTED' }), _unanswered: true };
  const { dir, status, stderr } = imported(harOf(entry('GET', '/page', { size: 2, text: 'ok' }), given)), again = fresh('again.har');
  assert.equal(status, 0, stderr);
  const r = revisit(['recording', 'export-har', dir, '-o', again]);
  assert.match(r.stderr, /: 1 were given up after their headers had come/);
  const { response, _unanswered } = JSON.parse(readFileSync(again, 'utf8')).log.entries[1];
  assert.deepEqual([response.status, response._error, response.content.size, response.content.text, _unanswered], [200, 'net::ERR_ABORTED', -1, undefined, true]);
});

test('what is no HAR is refused with the place in it', () => {
  const good = harOf(entry('GET', '/page', { size: 2, text: 'ok' }));
  const broken = change => { const har = structuredClone(good); change(har.log.entries[0], har); return har; };
  for (const [har, message] of [
    ['', /empty/], ['{"log":', /line 1/], ['[]', /it is no HAR: an HTTP Archive is JSON with log\.entries/], [{ log: { entries: [] } }, /log\.entries holds nothing/],
    [broken(e => { delete e.request.url; }), /log\.entries\[0\]\.request\.url is missing or is not a text/],
    [broken(e => { e.request.url = 'data:text/html,x'; }), /none of the requests is of http or https/],
    [broken(e => { e.startedDateTime = '25.11.2026'; }), /log\.entries\[0\]\.startedDateTime/],
    [broken(e => { e.response.status = '200'; }), /log\.entries\[0\]\.response\.status/],
    [broken(e => { e.response.headers = [{ name: 'x' }]; }), /log\.entries\[0\]\.response\.headers/],
    [broken(e => { e.response.content = { text: 'no base64!', encoding: 'base64' }; }), /log\.entries\[0\]\.response\.content\.text is not base64/],
    [broken(e => { e.response.content = { text: 'x', encoding: 'gzip' }; }), /response\.content\.encoding/],
    [broken(e => { e.response.content = { _file: '../../etc/passwd' }; }), /names a file that does not stand beside it/],
    [broken(e => { e.response.content = { _file: 'not-there.html' }; }), /not-there\.html/],
    [JSON.stringify(good).replace('"log"', '"log":{},"log"'), /twice/],
  ]) {
    const r = imported(har);
    refused(r, 2, message);
  }
});

test('a HAR that is too large is refused within bounds', () => {
  const har = harOf(entry('GET', '/page', { size: 2, text: 'x'.repeat(41 << 20) }));
  refused(bounded(['recording', 'import-har', put('large', JSON.stringify(har)), '-o', fresh('out')]), 2, /limit|larger|too large/);
});
