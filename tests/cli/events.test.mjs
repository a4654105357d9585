// The event log against its schema, by a validator that knows nothing of the engine: logs of
// every fixture, of scenarios, of what-if runs and of seeds of a sweep.
import { test } from 'node:test';
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { refused, revisit, said } from './revisit.mjs';

const Ajv2020 = createRequire(resolve('tests/standin/package.json'))('ajv/dist/2020').default;
const SCHEMA = JSON.parse(revisit(['events', 'schema']).stdout);
const EVENTS = SCHEMA.oneOf.map(({ $ref }) => $ref.split('/').at(-1));
// strict: a word of the schema that the validator does not know is refused.
const ajv = new Ajv2020({ strict: true, strictRequired: true, allErrors: true });
ajv.addSchema(SCHEMA);
const oneOf = Object.fromEntries(EVENTS.map(type => [type, ajv.getSchema(`${SCHEMA.$id}#/$defs/${type}`)]));
const line = ajv.getSchema(SCHEMA.$id);

const seen = new Map(); // type -> keys met

function valid(text, whose) {
  const lines = text.split('\n').filter(one => one.startsWith('{'));
  for (const one of lines) {
    const event = JSON.parse(one), check = oneOf[event.type];
    assert.ok(check, `${whose}: no such event: ${one}`);
    assert.ok(check(event), `${whose}: ${one}\n${ajv.errorsText(check.errors)}`);
    assert.ok(line(event), `${whose}: fits another event too: ${one}`);
    const order = Object.keys(SCHEMA.$defs[event.type].properties), keys = Object.keys(event);
    assert.deepEqual(keys, order.filter(key => keys.includes(key)), `${whose}: the order of keys: ${one}`);
    assert.equal(one, JSON.stringify(event), `${whose}: other bytes than JSON's shortest`);
    const met = seen.get(event.type) ?? seen.set(event.type, new Set()).get(event.type);
    for (const key of keys) met.add(key);
  }
  return lines.length;
}

test('the logs of all fixtures are valid', () => {
  const logs = readdirSync('fixtures').map(name => join('fixtures', name, 'events.ndjson')).filter(existsSync);
  assert.ok(logs.length >= 17);
  for (const log of logs) assert.ok(valid(readFileSync(log, 'utf8'), log) > 1);
});

test('the logs of all scenarios are valid', () => {
  const r = revisit(['test', 'fixtures/scenarios', '--log']);
  assert.equal(r.status, 0, said(r));
  assert.ok(valid(r.stdout, 'scenarios') > 10000);
  assert.equal(r.stdout.split('\n').filter(one => one.startsWith('ok  ')).length, readdirSync('fixtures/scenarios').filter(name => name.endsWith('.yaml')).length);
  refused(revisit(['test', 'fixtures/scenarios', '--log', '--json']), 2, /--log goes with neither/);
});

test('the logs of what-if runs are valid, undecided visits too', () => {
  for (const [recording, fault] of [['clinic-3', 'p1.v1.a1.saveSOAP:hang'], ['clinic-3', 'p1.v1.a1.generateBilling:lost_answer'], ['clinic-3', 'p1.v1.a1.openVisit:target_crash'],
    ['clinic-3', 'p1.v2.a1.saveDiagnosis:session_expired'], ['clinic-3', 'p2.v1.a1.closeVisit:dialog'], ['session-expiry', 'p4.v3.searchPatient:patient_missing']]) {
    const r = revisit(['whatif', `fixtures/${recording}`, '--fault', fault, '--log', '--allow-assumed']);
    assert.equal(r.status, 0, said(r));
    assert.ok(valid(r.stdout, fault) > 10, fault);
  }
});

test('the logs of seeds are valid, and every event and key comes up somewhere', () => {
  for (let seed = 1; seed <= 20; seed++) valid(revisit(['sweep', 'fixtures/batches/clinic-3.json', '--seed', String(seed), '--log']).stdout, `seed ${seed}`);
  valid(revisit(['sweep', 'fixtures/batches/clinic-3.json', '--schedule', 'p1.v1.generateBilling:reset p1.v2.a1.searchPatient:kill', '--log']).stdout, 'a review and a resume');
  assert.deepEqual([...seen.keys()].sort(), [...EVENTS].sort());
  const never = EVENTS.flatMap(type => Object.keys(SCHEMA.$defs[type].properties).filter(key => !seen.get(type).has(key)).map(key => `${type}.${key}`));
  assert.deepEqual(never, []);
});

// One event of each type, as it was recorded.
function samples() {
  const found = new Map();
  for (const name of readdirSync('fixtures')) {
    const log = join('fixtures', name, 'events.ndjson');
    if (existsSync(log)) for (const one of readFileSync(log, 'utf8').trimEnd().split('\n')) found.set(JSON.parse(one).type, JSON.parse(one));
  }
  return [...found.values()];
}

test('a key that is renamed, added, left out or of another kind is refused', () => {
  const events = samples();
  assert.ok(events.length >= 9, events.map(event => event.type).join(' '));
  const refuses = (event, why) => assert.ok(!line(event), `${why}: ${JSON.stringify(event)}`);
  for (const event of events) {
    assert.ok(line(event));
    refuses({ ...event, name: 'somebody' }, 'a key more');
    refuses({ ...event, at: -1 }, 'an instant before the run');
    refuses({ ...event, at: 1.5 }, 'half a millisecond');
    for (const key of Object.keys(event)) {
      const { [key]: value, ...rest } = event;
      refuses({ ...rest, [`${key}_`]: value }, `${key} renamed`);
      refuses({ ...event, [key]: null }, `${key} null`);
      refuses({ ...event, [key]: typeof value === 'string' ? 7 : 'x' }, `${key} of another kind`);
      if (SCHEMA.$defs[event.type].required.includes(key)) refuses(rest, `${key} left out`);
      if (typeof value === 'string' && key !== 'error') refuses({ ...event, [key]: `${value}x` }, `another word in ${key}`);
    }
  }
});

test('the list has what the schema has', () => {
  const list = revisit(['events', 'list']).stdout;
  for (const type of EVENTS) {
    const [, keys] = new RegExp(`^${type}: [^\n]*\n((?:  [^\n]*\n)*)`, 'm').exec(list);
    assert.deepEqual(['type', 'at', ...[...keys.matchAll(/^  (\S+)/gm)].map(([, key]) => key)], Object.keys(SCHEMA.$defs[type].properties), type);
  }
  refused(revisit(['events']), 2, /say what to print/);
  refused(revisit(['events', 'schema', 'list']), 2, /say what to print/);
});
