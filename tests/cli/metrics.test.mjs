// Metrics: the text format, read strictly; the numbers, which are the event log's; and what a
// file that cannot be written costs. promtool judges too, where it can be had (tests/deps/promtool.sh).
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { BATCH, fresh, refused, revisit, runArguments, said, wordsOf } from './revisit.mjs';
import { WALL_US, ended, runDir, runEnd, runStart } from './run_dir.mjs';

const UNITS = /_(seconds|info|total)$|_(planned|active|outcome|state|expired|settled_before)$/;

// Families as {type, samples: Map of `name{labels}` to number}; throws at what a scraper refuses
// and at what the conventions do not have.
function readMetrics(text) {
  const families = new Map();
  let name = null, helped = null;
  assert.ok(text.endsWith('\n'), 'the last line ends');
  for (const line of text.slice(0, -1).split('\n')) {
    const help = /^# HELP ([a-z_]+) ([A-Z1][^\\\n]*\.|[A-Z1][^\\\n]*\d+[^\n]*)$/.exec(line), type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    if (help) {
      helped = help[1];
      assert.ok(!families.has(helped), `${helped} twice`);
      continue;
    }
    if (type) {
      assert.equal(type[1], helped, 'HELP before TYPE');
      name = helped;
      assert.match(name, UNITS, `${name}: a unit`);
      assert.equal(name.endsWith('_total'), type[2] === 'counter', `${name}: _total is a counter's`);
      families.set(name, { type: type[2], samples: new Map() });
      continue;
    }
    const sample = /^([a-z_]+)(\{(?:[a-z_]+="[A-Za-z0-9_.+]*")(?:,[a-z_]+="[A-Za-z0-9_.+]*")*\})? (-?\d+(?:\.\d+)?)$/.exec(line);
    assert.ok(sample, `no sample: ${line}`);
    const family = families.get(name), base = family.type === 'histogram' ? sample[1].replace(/_(bucket|sum|count)$/, '') : sample[1];
    assert.equal(base, name, `a sample outside its family: ${line}`);
    const key = sample[1] + (sample[2] ?? '');
    assert.ok(!family.samples.has(key), `twice: ${key}`);
    family.samples.set(key, Number(sample[3]));
  }
  for (const [of, { type, samples }] of families) {
    assert.ok(samples.size > 0, `${of} has no sample`);
    if (type === 'histogram') histogram(of, samples);
  }
  return families;
}

function histogram(name, samples) {
  const rows = new Map();
  for (const [key, value] of samples) {
    const [, part, labels] = /_(bucket|sum|count)(?:\{(.*)\})?$/.exec(key), le = /le="([^"]*)"/.exec(labels ?? '')?.[1];
    const series = (labels ?? '').replace(/,?le="[^"]*"/, ''), row = rows.get(series) ?? rows.set(series, { buckets: [] }).get(series);
    if (part === 'bucket') row.buckets.push([le === '+Inf' ? Infinity : Number(le), value]);
    else row[part] = value;
  }
  for (const [series, { buckets, sum, count }] of rows) {
    buckets.forEach(([le, value], i) => i && assert.ok(le > buckets[i - 1][0] && value >= buckets[i - 1][1], `${name}{${series}}: buckets add up`));
    assert.deepEqual(buckets.at(-1), [Infinity, count], `${name}{${series}}: +Inf is the count`);
    assert.ok(sum >= 0);
  }
}

const promtool = ['promtool', resolve(process.env.BUILD ?? 'build', 'promtool')].find(path => spawnSync(path, ['--version']).status === 0);
const judged = text => spawnSync(promtool, ['check', 'metrics'], { input: text, encoding: 'utf8' });

test('promtool is there, and knows good metrics from bad', { skip: !promtool && 'it cannot be had here' }, () => {
  assert.equal(judged('# HELP a_total all of it\n# TYPE a_total counter\na_total 1\n').status, 0);
  for (const bad of ['a_total{ 1\n', '# HELP a all of it\n# TYPE a counter\na 1\n']) assert.notEqual(judged(bad).status, 0, bad);
});

function metricsOf(text) {
  const r = promtool && judged(text);
  if (r) assert.equal(r.status, 0, r.stdout + r.stderr);
  const families = readMetrics(text);
  return (name, labels = '') => families.get(name.replace(/_(bucket|sum|count)$/, ''))?.samples.get(name + labels) ?? families.get(name)?.samples.get(name + labels);
}

const fixtures = readdirSync('fixtures').map(name => join('fixtures', name)).filter(dir => { try { return readdirSync(dir).includes('events.ndjson'); } catch { return false; } });
const eventsOf = text => text.trimEnd().split('\n').map(line => JSON.parse(line));

function fromStream(log) {
  const file = fresh('m.prom'), r = revisit(['status', '-', '--metrics', file], { input: log, stdio: ['pipe', 'pipe', 'pipe'] });
  assert.equal(r.status, 0, said(r));
  return readFileSync(file, 'utf8');
}

test('the numbers are those of the event log, in every fixture', () => {
  assert.ok(fixtures.length >= 17);
  for (const dir of fixtures) {
    const log = readFileSync(join(dir, 'events.ndjson'), 'utf8'), events = eventsOf(log), metric = metricsOf(fromStream(log));
    const of = (type, test = () => true) => events.filter(event => event.type === type && test(event));
    const summary = events.at(-1), told = { done: 'succeeded', failed: 'failed', needs_review: 'needsReview', interrupted: 'interrupted', not_attempted: 'notAttempted' };
    for (const [outcome, key] of Object.entries(told)) assert.equal(metric('revisit_visits_total', `{outcome="${outcome}"}`), summary[key], `${dir}: ${outcome}`);
    assert.equal(metric('revisit_visits_planned'), summary.total);
    assert.equal(metric('revisit_retries_total'), of('retry').length, dir);
    assert.equal(metric('revisit_attempts_total'), of('visit_start').length, dir);
    assert.equal(metric('revisit_dialogs_total'), of('dialog').length, dir);
    for (const state of ['started', 'killed', 'crashed', 'gone', 'hung']) assert.equal(metric('revisit_browser_events_total', `{state="${state}"}`), of('browser', event => event.state === state).length);
    for (const step of new Set(of('step').map(event => event.step))) {
      const these = of('step', event => event.step === step), label = `{step="${step}"}`;
      assert.equal(metric('revisit_step_duration_seconds_count', label), these.length, `${dir}: ${step}`);
      assert.equal(Math.round(metric('revisit_step_duration_seconds_sum', label) * 1000), these.reduce((sum, event) => sum + event.duration, 0), `${dir}: ${step}`);
      assert.equal(metric('revisit_step_duration_seconds_bucket', `{step="${step}",le="1"}`), these.filter(event => event.duration <= 1000).length);
      for (const kind of new Set(these.map(event => event.errorKind).filter(Boolean)))
        assert.equal(metric('revisit_step_failures_total', `{step="${step}",kind="${kind}"}`), these.filter(event => event.errorKind === kind).length);
    }
    const tried = of('visit_result', event => event.attempt > 0);
    assert.equal(metric('revisit_visit_duration_seconds_count'), tried.length);
    assert.equal(Math.round(metric('revisit_visit_duration_seconds_sum') * 1000), tried.reduce((sum, event) => sum + event.duration, 0));
    assert.equal(metric('revisit_run_outcome', `{outcome="${summary.outcome}"}`), 1);
    assert.equal(Math.round(metric('revisit_run_duration_seconds') * 1000), summary.at);
    const last = of('breaker').at(-1)?.state ?? 'closed';
    for (const state of ['closed', 'open', 'half_open', 'stopped']) assert.equal(metric('revisit_breaker_state', `{state="${state}"}`), Number(state === last), dir);
    assert.equal(metric('revisit_session_expired'), Number(of('session').length > 0), dir);
    assert.equal(metric('revisit_run_active'), 0);
  }
});

test('no name is in a label, whatever a log says', () => {
  const hostile = ['{"type":"batch_start","at":0,"format":1,"total":1,"settled":0}', '{"type":"step","at":1,"patient":"Muster","dos":1,"attempt":1,"step":"Erika \\"Muster\\"\\n","duration":-5,"errorKind":"01/01/1950"}',
    '{"type":"browser","at":2,"state":"Muster"}', '{"type":"breaker","at":2,"state":"Muster"}', '{"type":"visit_result","at":3,"patient":"Muster","dos":1,"outcome":"Muster","attempt":1,"duration":99999999999999}', 'Muster', '{"type":7}'].join('\n');
  const text = fromStream(hostile), metric = metricsOf(text);
  assert.doesNotMatch(text, /Muster|1950/);
  assert.equal(metric('revisit_step_failures_total', '{step="other",kind="other"}'), 1);
  for (const dir of fixtures) {
    const all = fromStream(readFileSync(join(dir, 'events.ndjson'), 'utf8'));
    assert.doesNotMatch(all, /"p\d+"/);
    for (const word of wordsOf(join(dir, 'batch.json'))) assert.ok(!all.includes(word), `${dir}: ${word}`);
  }
});

test('a run writes them to the end, and its directory gives the same file', () => {
  const dir = fresh('run'), live = fresh('live.prom'), later = fresh('later.prom');
  assert.equal(revisit(runArguments(BATCH, { more: ['--run-dir', dir, '--metrics', live] })).status, 9);
  assert.equal(revisit(['status', dir, '--metrics', later]).status, 0);
  assert.equal(readFileSync(live, 'utf8'), readFileSync(later, 'utf8'));
  const metric = metricsOf(readFileSync(live, 'utf8'));
  assert.equal(metric('revisit_visits_total', '{outcome="not_attempted"}'), 3);
  assert.equal(metric('revisit_run_outcome', '{outcome="environment"}'), 1);
  const started = metric('revisit_run_last_start_timestamp_seconds'), stopped = metric('revisit_run_last_end_timestamp_seconds');
  assert.ok(Math.abs(started - Date.now() / 1000) < 600 && stopped >= started, `${started} ${stopped}`);
});

test('of a directory the last run is told, with its instants, and one that was killed has no end', () => {
  const start = total => JSON.stringify({ type: 'batch_start', at: 0, format: 1, total, settled: 1, settledNeedsReview: 1 });
  const result = JSON.stringify({ type: 'visit_result', at: 900, patient: 'p1', dos: 2, success: true, outcome: 'done', duration: 900, attempt: 1 });
  const dir = runDir([runStart(2), ended(1, 1, 'done')], [start(2), result, result, start(2), result].map(line => line + '\n').join('')), file = fresh('m.prom');
  assert.equal(revisit(['status', dir, '--metrics', file, '--json']).status, 0);
  const text = readFileSync(file, 'utf8'), metric = metricsOf(text);
  assert.equal(metric('revisit_visits_total', '{outcome="done"}'), 1, 'the first run is not counted in');
  assert.equal(metric('revisit_visits_settled_before', '{outcome="needs_review"}'), 1);
  assert.equal(metric('revisit_run_last_start_timestamp_seconds'), WALL_US / 1e6);
  assert.doesNotMatch(text, /last_end/);
  assert.equal(metric('revisit_run_active'), 0);
  const whole = runDir([runStart(1), ended(1, 1, 'done'), runEnd('complete', 0)], [start(1), result, '{"type":"batch_summary","at":2500,"total":1,"outcome":"complete"}'].map(line => line + '\n').join(''));
  assert.equal(revisit(['status', whole, '--metrics', file]).status, 0);
  assert.equal(metricsOf(readFileSync(file, 'utf8'))('revisit_run_last_end_timestamp_seconds'), WALL_US / 1e6 + 2.5);
});

test('a long log is counted from its first line', () => {
  const dir = 'fixtures/clinic-100', log = readFileSync(join(dir, 'events.ndjson'), 'utf8'), run = runDir([runStart(100), runEnd('complete', 1)], log), file = fresh('m.prom');
  assert.ok(log.split('\n').length > 1000);
  assert.equal(revisit(['status', run, '--metrics', file]).status, 0);
  assert.equal(metricsOf(readFileSync(file, 'utf8'))('revisit_visits_total', '{outcome="done"}'), 99);
});

test('a file that cannot be written costs exit 9, after all else, and leaves nothing beside it', () => {
  const dir = fresh('run'), folder = fresh('folder');
  mkdirSync(join(folder, 'm.prom', 'in'), { recursive: true });
  const r = revisit(runArguments(BATCH, { more: ['--run-dir', dir, '--metrics', join(folder, 'no', 'm.prom')] }));
  assert.equal(r.status, 9, said(r));
  assert.equal(eventsOf(r.stdout).at(-1).type, 'batch_summary', 'the run went on');
  const told = revisit(['status', dir, '--metrics', join(folder, 'no', 'm.prom')]);
  assert.equal(told.status, 9);
  assert.match(told.stderr, /m\.prom: cannot be written: No such file/);
  assert.notEqual(told.stdout, '');
  assert.equal(revisit(['status', dir, '--metrics', join(folder, 'm.prom')]).status, 9, 'a directory');
  assert.deepEqual(readdirSync(folder), ['m.prom']);
  refused(revisit(['status', dir, '--metrics', '']), 2, /empty path/);
  refused(revisit(runArguments(BATCH, { more: ['--metrics', ''] })), 2, /empty path/);
});
