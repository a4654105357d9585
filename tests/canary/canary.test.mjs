// Nothing leaks: a run against a site full of canaries, every command on what it left, then every
// byte that was written or shown anywhere, looked through in every way. A sink is a named place
// to which bytes go. CANARY=full adds runs that end badly: stopped and resumed, killed, a renderer
// that dies, a session that ends, a site that goes away.
import { after, before, test } from 'node:test';
import assert from 'node:assert/strict';
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ALL, IDENTIFIERS, PLANTS, STRANGER } from './identifiers.mjs';
import { command, live, openPlace } from './run.mjs';
import { search, searchTree } from './search.mjs';

const full = process.env.CANARY === 'full';
const ENTRIES_LEAST = 24, SINKS_LEAST = 16;

let place;
const machineBefore = new Set();

function* machinePlaces() {
  for (const folder of ['/tmp', '/dev/shm', '/run/lock', '/var/crash', '/var/tmp'])
    if (existsSync(folder)) for (const name of readdirSync(folder)) if (/^(revisit-browser-|\.?org\.chromium|\.?com\.google|scoped_dir|core\b|chrom)/i.test(name)) yield join(folder, name);
}

// Where the true bytes go, when they are asked for: sealed, to be opened with a key alone.
const key = () => place.at('given', 'clinic.key');
const raw = () => made('raw.rvt');

const made = (...names) => place.at('made', ...names);
const recording = () => made('recording');

// What a command that is given something broken says of it.
function provoke() {
  const given = (name, text) => { writeFileSync(place.at('given', name), text); return place.at('given', name); };
  const whole = JSON.parse(readFileSync(place.at('given/batch.json'))), state = JSON.parse(readFileSync(place.at('given/state.json')));
  const spoil = (name, change) => { const copy = structuredClone(whole); change(copy.patients[0], copy); return given(name, JSON.stringify(copy)); };
  const batches = [
    spoil('b1.json', person => { person.dob = `${person.dob}7`; }), spoil('b2.json', person => { person.name = [person.name]; }),
    spoil('b3.json', person => { person.visits[0].generated.soap.plan = { text: person.visits[0].generated.soap.plan }; }),
    spoil('b4.json', person => { person.visits[0].icdCodes[0].code = person.ssn; person.mode = person.name; person.visits[0].dos = person.ssn; }),
    spoil('b5.json', (person, all) => { all.patients.push(person); all.confirmed = person.name; }),
    given('b6.json', readFileSync(place.at('given/batch.json'), 'utf8').slice(0, 700)), given('b7.json', '{"QUILLFEATHER, ZEPHANIAH":1,"QUILLFEATHER, ZEPHANIAH":2}'),
  ];
  const states = [
    given('s1.json', JSON.stringify({ ...state, cookies: [{ ...state.cookies[0], value: { is: IDENTIFIERS[6].forms[0] } }] })),
    given('s2.json', JSON.stringify(state).slice(0, -40)), given('s3.json', JSON.stringify({ ...state, cookies: [{ name: 'x', value: '987-65-4320\u0001', domain: '127.0.0.1', path: '/' }] })),
  ];
  const args = ['--base-url', place.planter.base, '--run-dir', made('none')];
  batches.forEach((path, i) => assert.notEqual(command(place, `error-batch-${i}`, ['run', path, '--state', place.at('given/state.json'), ...args]).status, 0));
  states.forEach((path, i) => command(place, `error-state-${i}`, ['run', place.at('given/batch.json'), '--state', path, ...args, '--browser', '/bin/false']));
  command(place, 'error-resume', ['run', batches[4], '--state', place.at('given/state.json'), '--base-url', place.planter.base, '--run-dir', made('run'), '--resume']);
  // Damaged, cut, changed: what a replay and its kin say of a recording that is full of them.
  const broken = (name, change) => { cpSync(recording(), place.at('given', name), { recursive: true }); change(place.at('given', name)); return place.at('given', name); };
  const edit = (file, from, to) => dir => writeFileSync(join(dir, file), readFileSync(join(dir, file), 'latin1').replace(from, to), 'latin1');
  const recordings = [
    broken('r1', edit('session.ndjson', /"crc":"."?/, '"crc":"0')), broken('r2', dir => writeFileSync(join(dir, 'session.ndjson'), readFileSync(join(dir, 'session.ndjson')).subarray(0, 90001))),
    broken('r3', edit('batch.json', /"dob":"(.)/, '"dob":"7')), broken('r4', edit('state.json', /"value":"./, '"value":"Z')), broken('r5', edit('events.ndjson', /"duration":\d/, '"duration":7')),
    broken('r6', edit('manifest.json', /"sha256":"./, '"sha256":"z')), given('r7', readFileSync(place.at('given/batch.json'))),
  ];
  recordings.forEach((path, i) => {
    for (const args of [['replay', path], ['replay', path, '--verify'], ['explain', path], ['recording', 'verify', path], ['recording', 'info', path], ['recording', 'lint', path],
      ['check', path], ['status', path], ['whatif', path, '--set', 'max_retries=1'], ['recording', 'diff', recording(), path, '--all']])
      command(place, `error-recording-${i}-${args.slice(0, 2).join('-').replace(/[^a-z-]/g, '')}${args.length}`, args);
  });
  // An event log from elsewhere, with what no event of ours says.
  const hostile = given('hostile.ndjson', PLANTS.slice(0, 60).map(({ text }, at) =>
    `${JSON.stringify({ type: 'visit_result', at, patient: text, dos: 1, success: false, outcome: text, step: text, errorKind: text, error: text, duration: 1, attempt: 1 })}\n`).join(''));
  for (const args of [['status', hostile], ['status', hostile, '--json'], ['report', hostile, '-o', made('hostile.html')], ['status', hostile, '--metrics', made('hostile.prom')]])
    command(place, `error-log-${args[0]}${args[2] ?? ''}`, args);
}

// Every command on what the run left; each must have had something to do.
function useAll() {
  const r = recording(), run = made('run'), works = (name, args, statuses = [0]) => {
    const done = command(place, name, args);
    assert.ok(statuses.includes(done.status), `revisit ${args.join(' ')}: ${done.status} ${done.err.slice(0, 400)}`);
    assert.ok(done.out.length + done.err.length > 20 || args.includes('-o') || args.includes('pack'), `revisit ${args.join(' ')} said something`);
  };
  works('status', ['status', run]);
  works('status-json', ['status', run, '--json']);
  works('status-metrics', ['status', run, '--metrics', made('status.prom')]);
  works('replay', ['replay', r]);
  works('replay-verify', ['replay', r, '--verify']);
  works('replay-summary', ['replay', r, '--summary']);
  works('replay-until', ['replay', r, '--until', 'p1.v1.a1.saveSOAP']);
  works('replay-until-json', ['replay', r, '--until', 'p1.v1.a1.saveSOAP', '--json']);
  works('whatif', ['whatif', r, '--set', 'timeout_multiplier=2', '--allow-assumed']);
  works('whatif-json', ['whatif', r, '--fault', 'p2.v1.a1.saveSOAP:hang', '--json', '--allow-assumed']);
  works('whatif-log', ['whatif', r, '--fault', 'p2.v1.a1.saveSOAP:hang', '--log', '--allow-assumed']);
  works('whatif-matrix', ['whatif', r, '--matrix', 'timeout_multiplier=1,2', '--allow-assumed']);
  works('explain', ['explain', r]);
  works('explain-visit', ['explain', r, 'p1.v1']);
  works('explain-json', ['explain', r, '--json']);
  works('explain-run', ['explain', run]);
  works('report', ['report', r, run, '-o', made('report.html')]);
  works('check', ['check', r, '--junit', made('check.xml'), '--receipts', made('receipts.ndjson'), '--github', '--step-summary', made('summary.md')]);
  works('check-tap', ['check', r, '--tap']);
  works('info', ['recording', 'info', r]);
  works('verify', ['recording', 'verify', r]);
  works('lint', ['recording', 'lint', r], [0, 1]); // 1: it has something to say
  works('cat', ['recording', 'cat', r]);
  works('diff', ['recording', 'diff', r, r]);
  works('slice', ['recording', 'slice', r, '--visits', 'p2.v1', '-o', made('slice')]);
  cpSync(r, made('packed'), { recursive: true });
  works('pack', ['recording', 'pack', made('packed')]);
  works('seal', ['recording', 'seal', r, '--to', `${key()}.pub`, '-o', made('sealed.rvt')]);
  works('sealed-verify', ['recording', 'verify', made('sealed.rvt'), '--key', key()]);
  works('sealed-replay', ['replay', made('sealed.rvt'), '--key', key()]);
  works('sealed-explain', ['explain', made('sealed.rvt'), '--key', key()]);
  works('sealed-report', ['report', made('sealed.rvt'), '--key', key(), '-o', made('sealed.html')]);
  works('sealed-locked', ['replay', made('sealed.rvt')], [2, 7]);
  works('open', ['recording', 'open', raw(), '--key', key(), '-o', place.at('given', 'opened')]);
  works('har', ['recording', 'export-har', r, '-o', made('day.har')]);
  works('doctor', ['doctor', '--base-url', place.planter.base, '--run-dir', run, '--state', place.at('given/state.json'), '--key', key()], [0, 3, 9]);
  works('doctor-json', ['doctor', '--json', '--base-url', place.planter.base, '--run-dir', run, '--state', place.at('given/state.json')], [0, 3, 9]);
  works('key-show', ['key', 'show', key()]);
  works('test-from', ['test', '--from', r]);
  works('events', ['events', 'schema']);
  works('sweep', ['sweep', r, '--seeds', '1..5'], [0, 1]);
  works('sweep-batch', ['sweep', place.at('given/batch.json'), '--seeds', '1..5']);
}

async function endBadly() {
  const step = (name, more, options) => live(place, name, ['--run-dir', made(name), '--record', made(`${name}-recording`), ...more], options);
  const anew = async faults => {
    await place.standin.control('reset', {});
    await place.standin.control('faults', faults);
    await place.renew();
  };
  let stopped = false;
  const stop = (word, signal) => (child, text) => { if (!stopped && text.includes(word)) { stopped = true; child.kill(signal); } };
  // Stopped, and gone on with.
  await anew([]);
  let r = await step('stopped', [], { onOutput: stop('"step":"saveDiagnosis"', 'SIGTERM') });
  assert.equal(r.status, 5, r.err);
  await place.renew();
  r = await live(place, 'resumed', ['--run-dir', made('stopped'), '--record', made('resumed-recording'), '--resume']);
  assert.equal(r.status, 0, r.err);
  // Killed: what its browser had kept is private, and the next run takes it away.
  await anew([]);
  stopped = false;
  r = await step('killed', [], { onOutput: stop('"step":"saveSOAP"', 'SIGKILL') });
  assert.equal(r.signal, 'SIGKILL');
  const left = readdirSync(place.at('tmp'));
  assert.ok(left.length > 0, 'a killed run cannot clean up');
  for (const name of left) assert.equal(statSync(place.at('tmp', name)).mode & 0o077, 0, name);
  // The renderer dies in mid-visit; then the session ends.
  await anew([{ path: 'ov_ptnote2018', method: 'GET', nth: 1, do: 'crash' }, { path: 'ov_icdcpt', method: 'POST', nth: 2, do: 'expire' }]);
  r = await step('crashed', []);
  assert.ok([1, 3].includes(r.status), `${r.status} ${r.err}`);
  assert.match(r.err + r.out, /target_crashed|session_expired/);
  assert.deepEqual(readdirSync(place.at('tmp')), [], 'nothing is left of the killed run and of this one');
  // A site that is gone.
  await anew([{ path: 'clinic_main', do: 'redirect_login' }]);
  r = await step('expired', []);
  assert.equal(r.status, 3, r.err);
  await place.standin.control('faults', []);
}

before(async () => {
  for (const path of machinePlaces()) machineBefore.add(path);
  place = await openPlace();
  assert.equal(command(place, 'key-new', ['key', 'new', key()]).status, 0);
  const r = await live(place, 'run', ['--run-dir', made('run'), '--record', recording(), '--record-network', '--metrics', made('run.prom'), '--record-raw', raw(), '--seal-to', `${key()}.pub`]);
  assert.equal(r.status, 0, `${r.status} ${r.err}`);
  assert.match(String(r.out), /"retry"/, 'the refused save was tried again');
  if (full) await endBadly();
  useAll();
  provoke();
});

after(async () => {
  await place.close();
  if (!process.env.KEEP) rmSync(place.root, { recursive: true });
});

test('the site said canaries at every entry point', () => {
  const coverage = place.planter.coverage();
  console.log(`# ${Object.keys(coverage).length} entry points, ${PLANTS.length} canaries (${IDENTIFIERS.length + 1} identifiers), each entry point said at least ${Math.min(...Object.values(coverage))}`);
  assert.ok(Object.keys(coverage).length >= ENTRIES_LEAST, Object.keys(coverage).join(', '));
  for (const [entry, count] of Object.entries(coverage)) assert.ok(count >= IDENTIFIERS.length + 1, `${entry}: ${count}`);
});

// --- the sinks: [name, files beneath the place or bytes, holds a recording] -------------------------
const said = pattern => () => readdirSync(place.at('said')).filter(name => pattern.test(name)).map(name => place.at('said', name));
const files = (...names) => () => names.flat().map(name => made(name)).filter(existsSync);
const inRecordings = pattern => () => readdirSync(made()).filter(name => /recording$/.test(name)).flatMap(name => readdirSync(made(name)).filter(file => pattern.test(file)).map(file => made(name, file)));
const runDirs = pattern => () => readdirSync(made()).filter(name => existsSync(made(name, 'lock'))).flatMap(name => readdirSync(made(name)).filter(file => pattern.test(file)).map(file => made(name, file)));
const shown = name => () => [...place.seen.values()].filter(({ file }) => file === name).map(({ bytes }) => bytes);

const SINKS = [
  ['event log of a run, stdout', said(/^(run|stopped|resumed|killed|crashed|expired)\.out$/)],
  ['messages of a run, stderr', said(/^(run|stopped|resumed|killed|crashed|expired)\.err$/)],
  ['run directory: journal', runDirs(/^journal/)],
  ['run directory: event log', runDirs(/^events/)],
  ['run directory: lock and all else', runDirs(/^(?!journal|events)/)],
  ['recording: manifest', inRecordings(/^manifest/)],
  ['recording: event log', inRecordings(/^events/)],
  ['recording: journal as found', inRecordings(/^journal/), { full: true }],
  ['recording: batch', inRecordings(/^batch/)],
  ['recording: session state', inRecordings(/^state/)],
  ['recording: session', inRecordings(/^session/)],
  ['recording: network', inRecordings(/^network/)],
  ['recording: bodies and their names', inRecordings(/^bodies/)],
  ['recording: slice', files('slice')],
  ['recording: packed', files('packed')],
  ['recording: HAR', files('day.har')],
  ['recording: sealed, and the raw one sealed', files('sealed.rvt', 'raw.rvt')],
  ['sealed: what is said of it with its key, and without', said(/^(seal|sealed|open|har)(-.*)?\./)],
  ['doctor', said(/^doctor/)],
  ['key new, key show', said(/^key/)],
  ['recording cat', said(/^cat\./)],
  ['recording info, verify, lint, diff, pack, slice', said(/^(info|verify|lint|diff|pack|slice)\./)],
  ['status', said(/^status/)],
  ['metrics', files('run.prom', 'status.prom', 'hostile.prom')],
  ['replay', said(/^replay/)],
  ['what-if', said(/^whatif/)],
  ['explain', said(/^explain/)],
  ['report', files('report.html', 'sealed.html', 'hostile.html')],
  ['messages of the report', said(/^report/)],
  ['check: lines, TAP, annotations', said(/^check/)],
  ['check: JUnit, receipts, Markdown', files('check.xml', 'receipts.ndjson', 'summary.md')],
  ['a scenario drafted from the recording', said(/^test/)],
  ['sweep', said(/^sweep/)],
  ['event schema', said(/^events/)],
  ['errors: of a batch', said(/^error-batch/)],
  ['errors: of a session state', said(/^error-state/)],
  ['errors: of a resume', said(/^error-resume/)],
  ['errors: of a damaged, cut or changed recording', said(/^error-recording/)],
  ['errors: of an event log from elsewhere', said(/^error-log/)],
  ['/proc: command lines of the engine and its browsers', shown('cmdline')],
  ['/proc: environments', shown('environ')],
  ['/proc: names and status', () => [...shown('comm')(), ...shown('status')()]],
];

const toldOf = found => [...found].map(([kind, where]) => `${kind}, ${where}`).join('\n    ');

function holds(what) {
  const sum = { files: 0, bytes: 0, found: [] };
  for (const each of what) {
    const tree = Buffer.isBuffer(each) ? { files: 1, bytes: each.length, hits: [{ path: '/proc', found: search(each) }] } : searchTree(each);
    sum.files += tree.files;
    sum.bytes += tree.bytes;
    sum.found.push(...tree.hits.filter(({ found }) => found.size).map(({ path, found }) => `${path}: ${toldOf(found)}`));
  }
  return sum;
}

for (const [name, what, { full: onlyFull = false } = {}] of SINKS)
  test(`no canary in ${name}`, { skip: onlyFull && !full && 'CANARY=full' }, () => {
    const { files: count, bytes, found } = holds(what());
    assert.ok(count > 0 && (bytes > 0 || /lock|stderr|messages/.test(name)), 'there is something to look through');
    assert.deepEqual(found.slice(0, 5), [], `${found.length} of ${count}`);
  });

test('nothing is left in HOME, TMPDIR, the state directory and where the program ran: no profile, no core, no minidump', () => {
  for (const name of ['home', 'tmp', 'state', 'work']) {
    const left = searchTree(place.at(name));
    assert.deepEqual(left.hits.map(({ path }) => path), []);
    assert.equal(left.files, 0, readdirSync(place.at(name), { recursive: true }).join(' '));
  }
});

test('nothing new in the directories that all programs share holds one', () => {
  const fresh = [...machinePlaces()].filter(path => !machineBefore.has(path));
  assert.deepEqual(holds(fresh).found, []);
});

test('no name of a file that was made holds one', () => {
  const names = readdirSync(made(), { recursive: true });
  assert.ok(names.length > 30);
  assert.deepEqual([...search(names.join('\n')).keys()], []);
});

test(`there are at least ${SINKS_LEAST} sinks`, () => {
  assert.ok(SINKS.length + 3 >= SINKS_LEAST);
});

// What the engine was shown, as it was shown it, sealed until now: were the search blind, or the site
// silent, it would show here.
test('the sealed raw recording, opened, has all of them, each in each spelling', () => {
  const dir = place.at('given', 'opened'), kinds = new Set(), names = readdirSync(dir, { recursive: true }).map(name => join(dir, name));
  const texts = names.filter(path => statSync(path).isFile()).map(path => readFileSync(path, 'latin1'));
  for (const name of ['session.ndjson', 'batch.json']) for (const kind of search(readFileSync(join(dir, name))).keys()) kinds.add(kind);
  assert.deepEqual(ALL.map(({ kind }) => kind).filter(kind => !kinds.has(kind) && !/session/.test(kind)), []);
  assert.ok(kinds.has(STRANGER.kind));
  const spelled = text => [text, JSON.stringify(text).slice(1, -1), encodeURIComponent(text)];
  const missing = PLANTS.filter(({ text }) => !spelled(text).some(form => texts.some(each => each.includes(form))));
  assert.deepEqual(missing.map(({ id, encoding }) => `${id.kind} as ${encoding}`), []);
});
