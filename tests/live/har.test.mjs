// revisit recording export-har: what it writes is a HAR by its JSON Schema, has every request
// and every byte of the recording, and serves its pages in a browser that Playwright drives,
// with no server anywhere.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openBrowser } from '../standin/walk.mjs';

const require = createRequire(new URL('../standin/package.json', import.meta.url));
const REC = 'fixtures/clinic-3';
const work = mkdtempSync(join(tmpdir(), 'revisit-har-'));
const file = join(work, 'c.har');
const done = spawnSync(join(process.env.BUILD ?? 'build', 'revisit'), ['recording', 'export-har', REC, '-o', file], { encoding: 'utf8' });
const har = done.status === 0 ? JSON.parse(readFileSync(file, 'utf8')) : null;
const lines = readFileSync(join(REC, 'network.ndjson'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

test.after(() => rmSync(work, { recursive: true, force: true }));

test('it is written, and what is not in it is told', () => {
  assert.equal(done.status, 0, done.stderr);
  assert.match(done.stderr, /c\.har: 318 requests of fixtures\/clinic-3\n/);
});

test('it is a HAR 1.2 by its schema', () => {
  const Ajv = require('ajv');
  const schemas = require('har-schema');
  const ajv = new Ajv({ strict: false, formats: { ipv4: /^\d+(\.\d+){3}$/, ipv6: /^[\da-f:]+$/i, uri: /^https?:\/\/[^ ]+$/,
    'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/ } });
  ajv.addMetaSchema(require('ajv/lib/refs/json-schema-draft-06.json'));
  for (const [name, schema] of Object.entries(schemas)) if (name !== 'har') ajv.addSchema(schema);
  const valid = ajv.compile(schemas.har);
  assert.ok(valid(har), JSON.stringify(valid.errors));
  assert.ok(!valid({ log: { ...har.log, entries: [{ ...har.log.entries[0], request: {} }] } }), 'the schema can say no');
});

test('every request is there with its answer, byte for byte', () => {
  const asked = lines.filter((line) => line.event?.method === 'Network.requestWillBeSent').map((line) => line.event.params);
  assert.deepEqual(har.log.entries.map(({ request }) => [request.method, request.url, request.postData?.text ?? '']),
    asked.map(({ request }) => [request.method, request.url, request.postData ?? '']));
  const bodies = new Map(lines.filter((line) => line.body?.sha256).map((line) => [line.body.requestId, line.body.sha256]));
  let compared = 0;
  asked.forEach(({ requestId }, index) => {
    const { content } = har.log.entries[index].response;
    const bytes = Buffer.from(content.text ?? '', content.encoding === 'base64' ? 'base64' : 'utf8');
    if (!bodies.has(requestId)) return;
    assert.equal(createHash('sha256').update(bytes).digest('hex'), bodies.get(requestId));
    compared++;
  });
  assert.equal(compared, bodies.size);
  assert.ok(har.log.entries.some(({ response }) => response.content.encoding === 'base64'), 'a font is no text');
});

test("Playwright's routeFromHAR serves the pages with no server", async () => {
  const browser = await openBrowser();
  try {
    const page = await (await browser.newContext()).newPage();
    const failed = [], scripts = [];
    page.on('requestfailed', (request) => failed.push(request.url()));
    page.on('requestfinished', (request) => scripts.push(new URL(request.url()).pathname));
    await page.routeFromHAR(file, { notFound: 'abort' });
    await page.goto(har.log.entries[0].request.url, { waitUntil: 'load' });
    const frames = page.frames().filter((frame) => frame.url().startsWith('http'));
    assert.ok(frames.length > 30, `${frames.length} frames are there`);
    const list = page.frames().find((frame) => /waittinglistshow\.aspx/.test(frame.url()));
    assert.match(await list.evaluate(() => document.body.innerText), /TEST, ALPHA/);
    assert.deepEqual(failed, []);
    assert.ok(scripts.includes('/eClinic/js/shell.js'));
  } finally {
    await browser.close();
  }
});
