// The report in a real Chromium: what it shows, the keyboard, accessibility in light and dark,
// hostile text, and ten thousand visits.
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { openBrowser } from '../standin/walk.mjs';
import { fresh, put, revisit, said } from './revisit.mjs';

const AXE = readFileSync(createRequire(import.meta.resolve?.('../standin/walk.mjs') ?? import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
let browser;
before(async () => { browser = await openBrowser(); });
after(() => browser?.close());

function report(...paths) {
  const file = fresh('report.html'), ended = revisit(['report', ...paths, '-o', file]);
  assert.equal(ended.status, 0, said(ended));
  return file;
}

// A page on a file, and all that it complained of or asked the network for.
async function show(file, options = {}) {
  const context = await browser.newContext({ viewport: { width: 1300, height: 900 }, ...options });
  const page = await context.newPage();
  page.faults = [];
  page.on('pageerror', (error) => page.faults.push(error.message));
  page.on('console', (message) => message.type() === 'error' && page.faults.push(message.text()));
  page.on('dialog', (dialog) => { page.faults.push(`dialog ${dialog.message()}`); dialog.dismiss(); });
  page.on('request', (request) => request.url().startsWith('file:') || page.faults.push(request.url()));
  await page.goto(`file://${file}`);
  await page.waitForSelector('.row');
  return page;
}
async function closed(page) {
  assert.deepEqual(page.faults, []);
  await page.context().close();
}

const drawn = (page) => page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
const labels = (page) => page.locator('.row').evaluateAll((rows) => rows.map((row) => row.dataset.label));
const shownLabels = async (page) => { await drawn(page); return labels(page); };
const chosen = (page) => page.locator('.row.chosen').getAttribute('data-label');

test('it says how the run ended and what to do next, and draws every attempt', async () => {
  const page = await show(report('fixtures/breaker'));
  assert.match(await page.locator('.lead').innerText(), /^2 of 5 visits done, 3 failed\. complete$/);
  const next = await page.locator('#next').innerText();
  assert.match(next, /See why 3 visits failed[^]*p1\.v1[^]*navigateICD[^]*no answer within the budget[^]*revisit explain fixtures\/breaker/);
  assert.equal(await page.locator('.overview path.mark.breaker').count(), 5);
  const row = page.locator('[data-label="p1.v1"].row');
  assert.equal(await row.locator('rect.op.failed').count(), 3, 'three attempts failed');
  assert.equal(await row.locator('path.wait').count(), 2, 'and two waits lie between');
  assert.equal(await row.locator('path.budget').count(), 3);
  assert.match(await row.getAttribute('aria-label'), /^p1\.v1: failed, at navigateICD, timeout, 3 tries, 76\.4 s$/);
  await closed(page);
});

test('a stopped run offers the command that goes on, and a chart to be looked at comes with its reason', async () => {
  const stopped = await show(report('fixtures/session-expiry'));
  assert.match(await stopped.locator('#next').innerText(), /Log in again, save the state, and go on[^]*revisit run BATCH\.json .* --resume --run-dir RUN_DIR/);
  await closed(stopped);
  const page = await show(report(put('review.ndjson', [
    { type: 'batch_start', at: 0, format: 1, total: 1, settled: 0 }, { type: 'visit_start', at: 1, patient: 'p1', dos: 1, attempt: 1 },
    { type: 'visit_result', at: 900, patient: 'p1', dos: 1, success: false, outcome: 'needs_review', step: 'generateBilling', errorKind: 'timeout', duration: 899, attempt: 1 },
    { type: 'batch_summary', at: 900, total: 1, succeeded: 0, failed: 0, needsReview: 1, totalMs: 900, outcome: 'complete' }].map((event) => `${JSON.stringify(event)}\n`).join(''))));
  assert.match(await page.locator('#next').innerText(), /Look at 1 chart before anybody bills again[^]*p1\.v1[^]*generateBilling[^]*look at this visit before it is billed again/);
  await closed(page);
});

test('a click opens the visit: each step, its operations with budgets, why, and the commands', async () => {
  const page = await show(report('fixtures/hang-save'));
  await page.locator('.row[data-label="p1.v1"]').click();
  const text = await page.locator('.panel').innerText();
  assert.match(text, /it was slow, not stuck/);
  for (const line of ['revisit replay fixtures/hang-save --until p1.v1.a1.saveSOAP#1', 'revisit whatif fixtures/hang-save --set timeout_multiplier=1.423 --allow-assumed', 'revisit explain fixtures/hang-save p1.v1'])
    assert.ok(text.includes(line), line);
  assert.equal(await page.locator('.panel table.attempt').count(), 2);
  const save = page.locator('.panel table.attempt').first().locator('tr', { hasText: /^saveSOAP/ }).last();
  assert.match((await save.innerText()).replaceAll('\u202f', ''), /saveSOAP\s+15012\s+15000\s+given up, answered 21\.3 s after the call/);
  assert.match(await page.locator('#steps').innerText(), /1 of 2 timeouts was false \(50\.0 %\)/);
  assert.match((await page.locator('#budgets tr', { has: page.getByText('save', { exact: true }) }).innerText()).replaceAll('\u202f', ''), /27000\s+longer/);
  await closed(page);
});

test('the keyboard: choose, open, close, search, zoom, help', async () => {
  const page = await show(report('fixtures/clinic-100'));
  const span = () => page.evaluate('view.span'), fitted = await span();
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await drawn(page);
  assert.equal(await chosen(page), 'p1.v2');
  await page.keyboard.press('k');
  await drawn(page);
  assert.equal(await chosen(page), 'p1.v1');
  await page.keyboard.press('Enter');
  assert.ok(await page.locator('.panel').isVisible());
  assert.match(page.url(), /#p1\.v1$/);
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('.panel').isHidden());
  await page.keyboard.press('+');
  assert.ok(await span() < fitted);
  await page.keyboard.press('0');
  assert.ok(await span() > fitted, '0 shows all');
  await page.keyboard.press('-');
  assert.equal(await page.evaluate('view.span === view.full && view.from === 0'), true);
  await page.keyboard.press('/');
  await page.keyboard.type('p24.v1');
  assert.deepEqual(await shownLabels(page), ['p24.v1']);
  await page.keyboard.press('Escape');
  assert.ok((await shownLabels(page)).length > 10);
  await page.keyboard.press('?');
  assert.ok(await page.locator('#help').isVisible());
  await page.keyboard.press('Escape');
  assert.ok(await page.locator('#help').isHidden());
  await closed(page);
});

test('filters by outcome, failed step, error, tries and words leave what they name', async () => {
  const page = await show(report('fixtures/clinic-100'));
  const pick = async (name, value) => { await page.getByLabel(name, { exact: true }).selectOption(value); return shownLabels(page); };
  assert.deepEqual(await pick('outcome', 'failed'), ['p24.v1']);
  await pick('outcome', '');
  assert.deepEqual(await pick('failed step', 'generateBilling'), ['p18.v1']);
  await pick('failed step', '');
  assert.deepEqual((await pick('tries', '2')).sort(), ['p16.v1', 'p18.v1', 'p24.v1', 'p9.v1']);
  assert.deepEqual(await pick('order', 'worst').then((all) => all[0]), 'p24.v1');
  await page.getByLabel('search visits').fill('no such words');
  await drawn(page);
  assert.ok(await page.locator('.none').isVisible());
  await closed(page);
});

test('two runs on one axis: what differs is marked, and told in the panel', async () => {
  const other = put('other.ndjson', revisit(['whatif', 'fixtures/hang-save', '--set', 'timeout_multiplier=1.5', '--allow-assumed', '--log']).stdout);
  const page = await show(report('fixtures/hang-save', other));
  assert.equal(await page.locator('.row').count(), 3);
  assert.deepEqual(await page.locator('.row:has(.differs)').evaluateAll((rows) => rows.map((row) => row.dataset.label)), ['p1.v1']);
  await page.getByLabel('differing').check();
  assert.deepEqual(await shownLabels(page), ['p1.v1']);
  await page.locator('.row').first().click();
  assert.match(await page.locator('.panel .differing').innerText(), /tries: A 2, B 1/);
  await closed(page);
});

test('axe finds nothing, in light and in dark, with a visit open and the tables behind the pictures', async () => {
  const file = report('fixtures/hang-save', put('few.ndjson', readFileSync('fixtures/breaker/events.ndjson', 'utf8').split('\n').slice(0, 40).join('\n')));
  // What is not a matter of colour is the same in both.
  for (const [colorScheme, only] of [['light', undefined], ['dark', ['color-contrast']]]) {
    const page = await show(file, { colorScheme, bypassCSP: true });
    await page.locator('.row').first().click();
    for (const summary of await page.locator('details.behind summary').all()) await summary.click();
    await page.waitForFunction(() => [...document.querySelectorAll('details.behind')].every((one) => one.querySelector('table')));
    await page.addScriptTag({ content: AXE });
    const { violations } = await page.evaluate((rules) => axe.run(document, { resultTypes: ['violations'], ...(rules && { runOnly: rules }) }), only);
    assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.slice(0, 3).map((node) => node.html.slice(0, 160))]), [], colorScheme);
    await closed(page);
  }
});

test('a picture has a table behind it, and the print holds every row', async () => {
  const page = await show(report('fixtures/clinic-100'));
  await page.locator('#visits details.behind summary').click();
  await page.waitForSelector('#visits details.behind tbody tr');
  assert.equal(await page.locator('#visits details.behind tbody tr').count(), 100);
  await page.evaluate('dispatchEvent(new Event("beforeprint"))');
  assert.equal(await page.locator('.row').count(), 100);
  await closed(page);
});

test('hostile text in events, in a path and put into the model itself is executed nowhere', async () => {
  const evil = '</script><script>alert(1)</script><img src=x onerror=alert(2)>\u2028"\'<!--';
  const events = readFileSync('fixtures/breaker/events.ndjson', 'utf8').trim().split('\n').map((line) => JSON.parse(line));
  for (const event of events) for (const key of Object.keys(event)) if (key !== 'type' && key !== 'patient' && typeof event[key] === 'string' && key !== 'outcome') event[key] = evil;
  const file = report(put("e'<b>.ndjson", `${events.map((event) => JSON.stringify(event)).join('\n')}\n`));
  await closed(await show(file));
  // Past the tables that let only our words through: each text of the model is hostile.
  const html = readFileSync(report('fixtures/breaker'), 'utf8'), [, text] = /application\/json">([^]*?)<\/script>/.exec(html), model = JSON.parse(text);
  const spoil = (value, key) => (Array.isArray(value) ? value.map((one) => spoil(one)) : value && typeof value === 'object' ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, spoil(one, name)]))
    : typeof value === 'string' && !['mark', 'class', 'outcome', 'advice', 'patient'].includes(key) ? evil : value);
  const spoilt = fresh('spoilt.html');
  writeFileSync(spoilt, html.replace(text, () => JSON.stringify(spoil(model)).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028')));
  const page = await show(spoilt);
  await page.locator('.row').first().click();
  for (const summary of await page.locator('summary').all()) await summary.click();
  assert.match(await page.locator('.panel').innerText(), /<img src=x onerror=alert\(2\)>/, 'it is shown as text');
  assert.equal(await page.locator('img').count(), 0);
  await closed(page);
});

test('ten thousand visits: what is in view is drawn, and any visit is a key press away', async () => {
  const steps = ['validateSession', 'searchPatient', 'openVisit', 'saveDiagnosis', 'saveSOAP', 'generateBilling', 'closeVisit'], lines = [];
  const emit = (event) => lines.push(JSON.stringify(event));
  emit({ type: 'batch_start', at: 0, format: 1, total: 10000, settled: 0 });
  for (let i = 0; i < 10000; i++) {
    const at = i * 4000, patient = `p${i / 4 + 1 | 0}`, dos = i % 4 + 1, failed = i % 500 === 499;
    emit({ type: 'visit_start', at, patient, dos, attempt: 1 });
    steps.forEach((step, k) => emit({ type: 'step', at: at + (k + 1) * 500, patient, dos, attempt: 1, step, duration: 480 + (i * 7 + k) % 20, ...(failed && k === 6 ? { errorKind: 'timeout' } : {}) }));
    emit({ type: 'visit_result', at: at + 3600, patient, dos, success: !failed, outcome: failed ? 'failed' : 'done', ...(failed ? { step: 'closeVisit', errorKind: 'timeout', error: 'no answer within the budget' } : {}), duration: 3600, attempt: 1 });
  }
  emit({ type: 'batch_summary', at: 4e7, total: 10000, succeeded: 9980, failed: 20, needsReview: 0, interrupted: 0, notAttempted: 0, settled: 0, totalMs: 4e7, outcome: 'complete' });
  const page = await show(report(put('many.ndjson', `${lines.join('\n')}\n`)));
  assert.ok(await page.evaluate('document.querySelectorAll("*").length') < 8000, 'the document stays small');
  await page.evaluate('pane.rows.focus()');
  await page.keyboard.press('End');
  await drawn(page);
  assert.equal(await chosen(page), 'p2500.v4');
  assert.ok((await labels(page)).length < 60);
  await page.getByLabel('outcome', { exact: true }).selectOption('failed');
  assert.equal((await shownLabels(page)).length, 20);
  await page.keyboard.press('Escape');
  await page.keyboard.press('t');
  await page.getByLabel('search visits').fill('p1700.v2');
  assert.deepEqual(await shownLabels(page), []);
  await page.getByLabel('outcome', { exact: true }).selectOption('');
  assert.deepEqual(await shownLabels(page), ['p1700.v2']);
  await closed(page);
});
