// revisit explain from outside: what its pages say of recorded runs, and that the commands
// on them do what they say.
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Damaged } from './damaged.mjs';
import { fresh, refused, revisit, said, wordsOf } from './revisit.mjs';

const FIXTURES = readdirSync('fixtures').filter((name) => existsSync(`fixtures/${name}/manifest.json`));
const run = (...args) => revisit(['explain', ...args]);

function explain(path, ...args) {
  const ended = run(path, '--json', ...args);
  assert.equal(ended.status, 0, said(ended));
  return JSON.parse(ended.stdout);
}

const labelOf = ({ patient, dos }) => `${patient}.v${dos}`;
function pageOf(told, label) {
  const page = told.visits.find((visit) => labelOf(visit) === label);
  assert.ok(page, `there is a page of ${label} among ${told.visits.map(labelOf)}`);
  return page;
}

// A command as it stands on a page, run: its words are plain, or in quotes.
const wordsOfCommand = (command) => [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain);
function runCommand(command, ...more) {
  const [program, ...args] = wordsOfCommand(command);
  assert.equal(program, 'revisit');
  return revisit([...args, ...more]);
}

// What the visit comes to under a what-if command; undefined: it came out as recorded.
function outcomeUnder(command, label) {
  const ended = runCommand(command, '--json');
  assert.equal(ended.status, 0, said(ended));
  const changed = JSON.parse(ended.stdout).changed.find((visit) => labelOf(visit) === label);
  return changed && [changed.whatIf.outcome, changed.whatIf.attempt];
}

test('a save that was answered too late: waited, heard, its request, and the smallest multiplier that cures it', () => {
  const page = pageOf(explain('fixtures/hang-save'), 'p1.v1'), [trouble] = page.troubles;
  assert.deepEqual([page.class, page.outcome, page.attempt], ['hung', 'done', 2]);
  assert.deepEqual([trouble.step, trouble.attempt, trouble.operation, trouble.errorKind, trouble.end], ['saveSOAP', 1, 'saveSOAP', 'timeout', 'given_up']);
  assert.deepEqual([trouble.waitedMs, trouble.budgetMs], [15012, 15000]);
  assert.deepEqual(trouble.lastHeard, { event: 'Fetch.requestPaused', agoMs: 14726, messages: 1 });
  assert.deepEqual(trouble.request, { sent: true, sentAfterMs: 285, end: 'answered', endedAfterMs: 21333, tookPlace: true });
  assert.deepEqual(trouble.unanswered, [{ tail: 'ov_ptnote2018.aspx', ageMs: 14726, own: true }]);
  assert.deepEqual(trouble.editorsOpened, [0, 1, 2, 3, 4]);
  assert.deepEqual(trouble.elsewhere, { n: 2, p50Ms: 432, p95Ms: 631, maxMs: 631 });
  assert.match(trouble.then, /^killed the browser; listened .* 21\.3 s after the call; tried again after 2\.0 s; .* done at attempt 2$/);
  assert.match(page.verdict, /answered the request of saveSOAP 21\.3 s after the call, 6\.3 s after it was given up: it was slow, not stuck/);
  assert.equal(page.cure.command, 'revisit whatif fixtures/hang-save --set timeout_multiplier=1.423 --allow-assumed');
  assert.deepEqual(outcomeUnder(page.cure.command, 'p1.v1'), ['done', 1]);
  assert.equal(page.cure.attempt, 1);
  assert.ok(page.cure.runs <= 20);
  assert.equal(outcomeUnder(page.cure.command.replace('1.423', '1.422'), 'p1.v1'), undefined, 'one thousandth less is no cure');
});

test('a save that was never answered: no cure is proposed, and the page says why', () => {
  const page = pageOf(explain('fixtures/hang-save', 'p1.v2'), 'p1.v2');
  assert.match(page.verdict, /was sent the request of saveSOAP and gave no whole answer in 60\.0 s; the chart does not show/);
  assert.deepEqual(page.cure, { runs: 1, none: 'no late answer is in the recording' });
  assert.doesNotMatch(run('fixtures/hang-save', 'p1.v2').stdout, /revisit whatif/);
});

test('an editor that never came: which of the five, since when nothing came, and no cure; one that was slow and in time', () => {
  const told = explain('fixtures/slow-editor'), late = pageOf(told, 'p2.v1'), slow = pageOf(told, 'p1.v1');
  const [trouble] = late.troubles;
  assert.deepEqual([late.class, trouble.step, trouble.answer, trouble.place], ['retried', 'navigatePTNote', 'element_not_found', "the note's editor for Objective"]);
  assert.deepEqual([trouble.editorsOpened, trouble.framesLoading, trouble.budgetMs], [[0, 2, 3, 4], 0, 20000]);
  assert.ok(trouble.waitedMs > 19000 && trouble.lastHeard.agoMs > 19000 && trouble.lastHeard.event === 'Page.documentOpened');
  assert.match(late.verdict, /the page was last heard from \(Page\.documentOpened\) 19\.\d s before/);
  assert.match(late.cure.none, /gave up by itself/);
  assert.deepEqual([slow.class, slow.troubles[0].step, slow.troubles[0].errorKind, slow.cure], ['slow', 'navigatePTNote', undefined, undefined]);
  assert.match(slow.verdict, /took 12\.2 s.*60 % of the budget.*slow, and in time/);
});

test('a page that crashed and a browser that was killed: how far into what, what followed', () => {
  for (const [fixture, end, kind, says] of [['renderer-crash', 'crashed', 'target_crashed', /renderer died \d+ ms into navigatePTNote/],
    ['browser-killed', 'gone', 'browser_gone', /browser ended \d+ ms into navigatePTNote/]]) {
    const page = pageOf(explain(`fixtures/${fixture}`), 'p1.v1'), [trouble] = page.troubles;
    assert.deepEqual([page.class, trouble.end, trouble.errorKind, trouble.step], ['retried', end, kind, 'navigatePTNote']);
    assert.match(page.verdict, says);
    assert.match(trouble.then, /^lost the (page|browser); tried again after 2\.0 s; began attempt 2; started a browser; was done at attempt 2$/);
    assert.match(page.cure.none, /no timeout was in the way/);
  }
  const [trouble] = pageOf(explain('fixtures/browser-killed'), 'p1.v1').troubles;
  assert.deepEqual([trouble.framesLoading, trouble.unanswered.map(({ tail, own }) => [tail, own])], [1, [['ov_ptnote2018.aspx', false]]]);
});

test('a bill whose answer was lost: its request left, had no answer, and took place', () => {
  const page = pageOf(explain('fixtures/lost-billing-answer'), 'p1.v1'), [trouble] = page.troubles;
  assert.deepEqual([trouble.step, trouble.request.end, trouble.request.tookPlace], ['generateBilling', 'unanswered', true]);
  assert.match(page.verdict, /no whole answer in \d+ ms; the chart shows that it took place/);
  assert.equal(page.cure.none, 'it is no matter of time');
});

test('a session that died: where, and how many visits were not attempted', () => {
  const told = explain('fixtures/session-expiry'), page = pageOf(told, 'p4.v3');
  assert.deepEqual([told.visits.length, page.class, page.troubles[0].errorKind], [1, 'failed', 'session_expired']);
  assert.match(page.verdict, /the session has expired: log in again/);
  const text = run('fixtures/session-expiry').stdout;
  assert.match(text, /18 visits were not attempted/);
  assert.match(text, /the batch ended early \(fatal\): the session has expired/);
  assert.match(run('fixtures/session-expiry', 'p5.v1').stdout, /not attempted: the batch had ended/);
});

test('a day of 100 visits: what failed comes first, then what hung, then a few that were slow', () => {
  const told = explain('fixtures/clinic-100');
  assert.deepEqual(told.visits.slice(0, 4).map((visit) => [labelOf(visit), visit.class]),
    [['p24.v1', 'failed'], ['p16.v1', 'hung'], ['p9.v1', 'retried'], ['p18.v1', 'retried']]);
  assert.equal(told.visits.length, 9);
  const [failed, hung] = told.visits;
  assert.deepEqual(failed.troubles.map(({ attempt, budgetMs, editorsOpened }) => [attempt, budgetMs, editorsOpened.length]), [[1, 20000, 4], [2, 30000, 4], [3, 40000, 4]]);
  assert.deepEqual([hung.troubles[0].end, hung.troubles[0].answer, hung.troubles[0].elsewhere.n], ['late', 'element_not_found', 95]);
  assert.match(hung.cure.none, /late answer .* is a failure too/, 'another failure of the same step is no cure');
  for (const { class: kind, troubles: [{ tookMs, elsewhere }] } of told.visits.slice(4)) {
    assert.equal(kind, 'slow');
    assert.ok(tookMs > 3 * elsewhere.p95Ms && elsewhere.n >= 5, 'slow is what the rule says');
  }
});

test('every page of every fixture has the place to look at, and replay goes there; no page has a name or a page\'s words', () => {
  for (const fixture of FIXTURES) {
    const path = `fixtures/${fixture}`, told = explain(path), text = run(path).stdout;
    for (const page of told.visits) {
      const mark = new RegExp(`^revisit replay ${path} --until (${page.patient}\\.v${page.dos}\\.a\\d+\\.\\w+)(#\\d+)?$`).exec(page.reproduce);
      assert.ok(mark, page.reproduce);
      assert.ok(text.includes(page.verdict) && text.includes(page.reproduce), `${fixture}: text and JSON agree`);
      const there = runCommand(page.reproduce, '--json');
      assert.equal(there.status, 0, said(there));
      assert.ok(there.stdout.includes(mark[1]));
    }
    for (const word of wordsOf(`${path}/batch.json`)) assert.ok(!(text + JSON.stringify(told)).includes(word), `${fixture}: the page holds "${word}"`);
  }
});

test('a visit that went well has a page when it is asked for, and a patient has those of all visits', () => {
  assert.match(run('fixtures/clinic-3', 'p2.v1').stdout, /^p2\.v1  went well; done at attempt 1[^]*no step of it failed or was slow/);
  assert.deepEqual(explain('fixtures/hang-save', 'p1').visits.map(labelOf), ['p1.v1', 'p1.v2']);
  assert.match(run('fixtures/clinic-3').stdout, /3 visits, 0 of them to explain\n.*no visit failed, hung/);
});

test('a packed recording is explained as it was', () => {
  const copy = new Damaged('fixtures/hang-save');
  assert.equal(revisit(['recording', 'pack', copy.dir]).status, 0);
  const { visits } = explain(copy.dir);
  const plain = JSON.stringify(explain('fixtures/hang-save').visits).replaceAll('fixtures/hang-save', copy.dir);
  assert.equal(JSON.stringify(visits), plain);
});

test('a recording that ends while a save is waited for says for what, and how long so far', () => {
  const copy = new Damaged('fixtures/hang-save');
  const lines = copy.read('session.ndjson').toString().split('\n').slice(0, -1);
  const sent = lines.findIndex((line) => line.includes('"p1.v2.a1.saveSOAP","http_out"'));
  copy.session(lines.slice(0, sent + 1)).manifest((text) => text.replace('"status":"closed"', '"status":"open"'));
  const told = explain(copy.dir), page = pageOf(told, 'p1.v2'), [trouble] = page.troubles;
  assert.equal(told.cut, true);
  assert.deepEqual([page.class, trouble.pending, trouble.step, trouble.end, trouble.request.sent], ['unended', true, 'saveSOAP', 'pending', true]);
  assert.match(page.verdict, /the recording ends while saveSOAP is waited for/);
  assert.match(run(copy.dir).stdout, /it ends before the run did[^]*p1\.v2 {2}had not ended/);
  const cut = new Damaged('fixtures/hang-save').write('session.ndjson', Buffer.from(`${lines.slice(0, 500).join('\n')}\n`));
  refused(run(cut.dir), 2, /cut after entry 500/);
  const changed = new Damaged('fixtures/hang-save').entry(sent, (line) => line.replace('"POST"', '"PUT"'));
  refused(run(changed.dir), 6, /diverged/);
});

function runDirectory(files) {
  const dir = fresh('run');
  mkdirSync(dir);
  for (const [from, to] of files) cpSync(from, join(dir, to), { recursive: true });
  return dir;
}

test('a run directory without a recording is told from its log, and says what only a recording tells', () => {
  const dir = runDirectory([['fixtures/hang-save/events.ndjson', 'events.ndjson'], ['fixtures/resumed/journal.ndjson', 'journal.ndjson']]);
  const page = pageOf(explain(dir), 'p1.v1'), text = run(dir, 'p1.v1').stdout;
  assert.deepEqual([page.class, page.troubles[0].step, page.troubles[0].tookMs, page.troubles[0].waitedMs, page.reproduce, page.cure],
    ['hung', 'saveSOAP', 22026, undefined, undefined, undefined]);
  assert.match(text, /budget +15\.0 s[^]*unknown +without a recording: .*last heard from[^]*run with --record DIR/);
  assert.match(run(dir).stdout, /no recording: told from its journal and event log alone\n.*no end: the run was killed, or goes on/);
});

test('a run directory with a recording in it is explained by that; of several one must be named', () => {
  const dir = runDirectory([['fixtures/hang-save/events.ndjson', 'events.ndjson'], ['fixtures/hang-save', 'it\'s recorded']]);
  const page = pageOf(explain(dir), 'p1.v1');
  assert.equal(page.reproduce, `revisit replay '${dir}/it'\\''s recorded' --until p1.v1.a1.saveSOAP#1`);
  assert.match(run(dir).stdout, /recorded in .*it's recorded/);
  cpSync('fixtures/clinic-3', join(dir, 'other'), { recursive: true });
  refused(run(dir), 2, /holds 2 recordings.*name one/);
});

test('what cannot be explained is refused, by name', () => {
  for (const [args, says] of [
    [['fixtures/hang-save', 'p9.v9'], /no visit p9\.v9/],
    [['fixtures/hang-save', 'p1.v1.a1.saveSOAP'], /names no visit: p3\.v2 is/],
    [['fixtures/hang-save', 'saveSOAP'], /names no visit/],
    [['fixtures/hang-save', 'run'], /names no visit/],
    [['fixtures'], /neither a recording nor a run directory/],
    [['README.md'], /README\.md.*a recording is a directory/],
    [[fresh('none')], /does not exist/],
    [[''], /an empty path/],
    [[], /name one recording/],
    [['fixtures/hang-save', 'p1', 'p2'], /name one recording/],
    [['fixtures/hang-save', '--all'], /not an option/],
  ]) refused(run(...args), 2, says);
  assert.match(run('--help').stdout, /usage: revisit explain/);
});
